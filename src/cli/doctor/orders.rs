//! What `caopan doctor` says of orders: whose they are, and which are hardly meant so.

use crate::cli::findings::{Finding, Verdict};
use crate::cli::how::How;
use crate::cli::progress::thousands;
use crate::store::health::Health;

/// Orders that know their customer, and those credited to nobody.
pub(super) fn matching(health: &Health, how: How) -> Finding {
    let (paid, matched) = health.orders;
    let share = if paid == 0 {
        100.0
    } else {
        matched as f64 * 100.0 / paid as f64
    };
    // Of no orders there is no rate.
    let rate = match paid {
        0 => "·".to_owned(),
        _ => format!("{share:.1} %"),
    };
    let said = format!(
        "{} / {} ({rate}) {}",
        thousands(matched),
        thousands(paid),
        how.word("笔订单认得客户", "orders know their customer")
    );
    let nobody = health.credited_to_nobody;
    let credited = match nobody {
        0 => String::new(),
        n => format!(
            "; {} {}",
            thousands(n),
            how.word(
                "笔归属的员工不在库中",
                "credited to staff not in the workspace"
            )
        ),
    };
    let line = Finding::well(
        "orders_matched",
        how.word("订单匹配", "orders matched"),
        said + &credited,
    );
    if share < 50.0 {
        let fix = how.word(
            "检查订单的 external_userid 列或买家手机号, 客户要有手机号",
            "look at the external_userid or phone column of the orders, and at the phones of the customers",
        );
        return line.but(Verdict::Note, fix);
    }
    if nobody > 0 {
        let fix = how.word(
            "先导入 staff, 再导入这些订单 (--again)",
            "import staff, then these orders again (--again)",
        );
        return line.but(Verdict::Note, fix);
    }
    line
}

/// Rows dated later than now.
pub(super) fn later(health: &Health, how: How) -> Finding {
    let topic = how.word("将来的数据", "rows to come");
    if health.later == 0 {
        return Finding::well("rows_later", topic, how.word("无", "none"));
    }
    let said = format!(
        "{} {}",
        thousands(health.later),
        how.word(
            "行的时间在将来, 到那时才计入",
            "rows are dated in the future, and count from then on"
        )
    );
    let fix = how.word(
        "若日期或时区写错, 改正后重新导入",
        "if date or zone is wrong, correct it and import again",
    );
    Finding::well("rows_later", topic, said).but(Verdict::Note, fix)
}

/// Orders that count as the definitions say, and are hardly meant so.
pub(super) fn doubtful(health: &Health, how: How) -> Finding {
    let odd = health.doubtful;
    let kinds = [
        (
            odd.over_refunded,
            how.word("笔退款多于实付", "refunded more than was paid"),
        ),
        (
            odd.paid_later,
            how.word("笔付款时间在将来", "paid in the future"),
        ),
        (
            odd.closed_yet_paid,
            how.word(
                "笔已关闭而有付款无退款, 仍计入 GMV",
                "closed, yet paid and not refunded: they count as GMV",
            ),
        ),
    ];
    let topic = how.word("可疑订单", "doubtful orders");
    let said: Vec<String> = kinds
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, words)| format!("{} {words}", thousands(n)))
        .collect();
    if said.is_empty() {
        return Finding::well("orders_doubtful", topic, how.word("无", "none"));
    }
    let fix = how.word(
        "核对后重新导入这些订单或退款",
        "check these orders and refunds, and import them again",
    );
    Finding::well("orders_doubtful", topic, said.join("; ")).but(Verdict::Note, fix)
}
