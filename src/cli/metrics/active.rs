//! The active rate: by which signs it is known, and which are missing.

use crate::cli::how::How;
use crate::domain::Figure;
use crate::store::active::{Active, Sign};

use super::Value;

/// Its figure.
pub fn of_active(active: Option<&Active>) -> Value {
    let figure = active.map_or(Figure::NotMeasured, |active| Figure::Rate(active.rate));
    ("active_rate", figure)
}

/// A sign's code in JSON.
pub fn code(sign: Sign) -> &'static str {
    match sign {
        Sign::Messages => "messages",
        Sign::Steps => "steps",
        Sign::Orders => "orders",
    }
}

/// A sign in words, and what brings it.
fn told(sign: Sign, how: How) -> (&'static str, &'static str) {
    match sign {
        Sign::Messages => (how.word("私聊来信", "messages"), "follows: last_inbound_at"),
        Sign::Steps => (how.word("活动点击", "campaign clicks"), "campaign-steps"),
        Sign::Orders => (how.word("支付订单", "paid orders"), "orders"),
    }
}

/// Says what the rate stands on. It is never more than a lower bound: who speaks in a group is not kept by person.
pub fn line(signs: &[Sign], how: How) -> String {
    let (known, missing): (Vec<Sign>, Vec<Sign>) =
        Sign::ALL.into_iter().partition(|sign| signs.contains(sign));
    let comma = how.word("、", ", ");
    let known: Vec<_> = known.iter().map(|sign| told(*sign, how).0).collect();
    let missing: Vec<String> = missing
        .iter()
        .map(|sign| told(*sign, how))
        .map(|(name, import)| format!("{name} (caopan import {import})"))
        .collect();
    let (known, missing) = (known.join(comma), missing.join(comma));
    let by = match (known.is_empty(), how.lang) {
        (true, crate::domain::Lang::Zh) => "活跃度未测量".to_owned(),
        (true, crate::domain::Lang::En) => "the active rate is not measured".to_owned(),
        (false, crate::domain::Lang::Zh) => format!("活跃度是下限, 只看得到{known}"),
        (false, crate::domain::Lang::En) => {
            format!("the active rate is a lower bound: it knows of {known}")
        }
    };
    if missing.is_empty() {
        return by;
    }
    format!("{by}{}{missing}", how.word("; 缺 ", "; missing: "))
}
