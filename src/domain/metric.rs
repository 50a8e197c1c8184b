//! The metric table: one row a metric. Panes, reports, `caopan metrics` and the definition window (`gd`) all read it.
//!
//! A percent metric is a fraction everywhere but on screen (4 % is 0.04), money is in fen.

use super::{Fen, Figure, Lang, Rate, Sentence, nearest, sentence};

/// Unit of a metric's value as stored and computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Things or people.
    Count,
    /// Money, fen.
    Fen,
    /// A rate, as a fraction of one.
    Percent,
    /// Minutes.
    Minutes,
    /// Days.
    Days,
    /// A plain quotient.
    Ratio,
    /// A score, 0..=100 unless its definition says otherwise.
    Score,
}

/// Which direction is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// How a metric goes from parts to the whole (metrics.md 4.0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rollup {
    /// Parts add.
    Sum,
    /// Σ numerators over Σ denominators.
    RatioOfSums,
    /// The last day counts (stock).
    Last,
    /// Distinct people: counted again at each level, never added.
    Distinct,
    /// Does not roll up.
    None,
}

/// A metric of the catalogue: its one name, unit and definition, wherever a figure is shown, set or exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Fixed code: store, targets, locales, JSON.
    pub code: &'static str,
    /// Name, Chinese.
    pub zh: &'static str,
    /// Name, English.
    pub en: &'static str,
    /// What its values are counted in: targets and exports use the same.
    pub unit: Unit,
    /// Whether more or less is better.
    pub better: Better,
    /// How the values of parts (staff, departments, days) make the value of the whole.
    pub rollup: Rollup,
    /// Definition, Chinese.
    pub definition_zh: &'static str,
    /// Definition, English.
    pub definition_en: &'static str,
}

impl Metric {
    /// Name in a language.
    pub fn name(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }

    /// Definition in a language.
    pub fn definition(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.definition_zh,
            Lang::En => self.definition_en,
        }
    }

    /// A value in the metric's unit as a figure.
    pub fn figure(&self, x: f64) -> Figure {
        match self.unit {
            Unit::Fen => Figure::Money(Fen(nearest(x))),
            Unit::Count => Figure::Count(nearest(x)),
            // A bare rate has no base of its own: a thousand thousandths.
            Unit::Percent => Figure::Rate(Rate {
                num: x * 1_000.0,
                den: 1_000.0,
            }),
            Unit::Minutes | Unit::Days | Unit::Ratio | Unit::Score => Figure::Number(x),
        }
    }

    /// Its figures are of the period asked for; others are of the day they are read, or of a campaign.
    pub fn is_of_a_period(&self) -> bool {
        OF_A_PERIOD.contains(&self.code)
    }

    /// A target of it is held against a figure, of a campaign or of anything else (the workspace, a department, somebody).
    pub fn can_be_aimed_at(&self, by_campaign: bool) -> bool {
        !NEVER_AIMED_AT.contains(&self.code) && (by_campaign || !OF_A_CAMPAIGN.contains(&self.code))
    }

    /// Why a target of it, as it was typed, is beyond what it can be, and what to write instead: a rate is a part of a
    /// whole, except a growth, which has none.
    pub fn is_beyond_the_whole(&self, text: &str, value: f64) -> Option<Sentence> {
        if self.unit != Unit::Percent || self.code == "group_net_growth" || value <= 1.0 {
            return None;
        }
        // Who writes 30 means 30 %.
        let meant = value <= 100.0 && !text.contains(['%', '％']);
        Some(if meant {
            let fraction = format!("{:.6}", value / 100.0);
            let fraction = fraction.trim_end_matches('0');
            sentence!(
                "超过 100%: 写 {value}% 或 {fraction}",
                "it is over 100%: write {value}% or {fraction}"
            )
        } else {
            sentence!(
                "超过 100%: 比率最多写 100%",
                "it is over 100%: write a rate of at most 100%"
            )
        })
    }

    /// It begins with nothing and adds up as the days of a period go by: it can be behind time, and forecast.
    pub fn grows_through_a_period(&self) -> bool {
        self.rollup == Rollup::Sum && self.is_of_a_period()
    }
}

/// Metrics of what was ordered and who came and went in a period.
const OF_A_PERIOD: [&str; 16] = [
    "gmv",
    "net_gmv_refund",
    "net_gmv_order",
    "value_per_buyer",
    "items_per_order",
    "price_per_item",
    "orders_per_buyer",
    "aov",
    "adds",
    "lost",
    "net_adds",
    "orders",
    "buyers",
    "repurchase_rate",
    "returning_share",
    "data_match",
];

/// Metrics of which no figure is held against a target.
const NEVER_AIMED_AT: [&str; 7] = [
    "attainment",
    "targets_off",
    "group_health",
    "group_structure",
    "rfm",
    "risk",
    "tag_share",
];

/// Codes of the metrics of a campaign's funnel alone.
pub const OF_A_CAMPAIGN: [&str; 8] = [
    "users",
    "conversion",
    "reached",
    "open_rate",
    "click_rate",
    "cart_rate",
    "order_rate",
    "pay_rate",
];

/// Codes of the metrics that can have a target of a campaign, or of anything else.
pub fn aims(by_campaign: bool) -> String {
    let codes = METRICS
        .iter()
        .filter(|metric| metric.can_be_aimed_at(by_campaign));
    codes
        .map(|metric| metric.code)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The metric of a code.
pub fn find(code: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.code == code)
}

/// What people call a metric besides its names.
const CALLED: &[(&str, &str)] = &[("净gmv", "net_gmv_refund"), ("net gmv", "net_gmv_refund")];

/// The metric of a code or of a name in either language, whatever its case and the width of its brackets.
pub fn named(text: &str) -> Option<&'static Metric> {
    let plain = |text: &str| {
        let text = text.trim().to_lowercase();
        text.replace('（', "(").replace('）', ")")
    };
    let asked = plain(text);
    let called = CALLED.iter().find(|(name, _)| *name == asked);
    let asked = called.map_or(asked, |(_, code)| (*code).to_owned());
    let mut all = METRICS.iter();
    all.find(|m| [m.code, m.zh, m.en].iter().any(|name| plain(name) == asked))
}

macro_rules! metrics {
    ($($code:literal $zh:literal $en:literal $unit:ident $better:ident $rollup:ident, $def_zh:literal, $def_en:literal;)*) => {
        /// Every metric, in the order of the panes.
        pub const METRICS: &[Metric] = &[$(Metric {
            code: $code,
            zh: $zh,
            en: $en,
            unit: Unit::$unit,
            better: Better::$better,
            rollup: Rollup::$rollup,
            definition_zh: $def_zh,
            definition_en: $def_en,
        }),*];
    };
}

metrics! {
    "gmv" "支付GMV" "gross GMV" Fen Higher Sum,
        "支付日在期内的已支付非测试订单实付金额之和；不减退款，之后不再变动。含运费。",
        "Paid amount of paid, non-test orders by pay date. Refunds are not subtracted and it never moves later. Freight included.";
    "net_gmv_refund" "净GMV(现金口径)" "net GMV by refund date" Fen Higher Sum,
        "期内支付GMV − 期内发生的退款（不论订单何时支付）；可为负。活动只减本活动订单在活动最后一天及之前的退款，结束后不再变动。销售榜月榜用此口径。",
        "Gross GMV of the period minus refunds refunded in the period, whenever the order was paid. May be negative. Of a campaign: refunds of its own orders by its last day, so that none moves it later. Used by the monthly leaderboard.";
    "net_gmv_order" "净GMV(订单口径)" "net GMV by order date" Fen Higher Sum,
        "期内支付订单的实付 − 这些订单至今的全部退款；退款期结束前会变动，须看数据截至时间。",
        "Paid amount minus all refunds so far of the orders paid in the period. Moves until the refund window closes; mind the as-of time.";
    "attainment" "达成率" "attainment" Percent Higher None,
        "实际 ÷ 目标（越低越好的指标为目标 ÷ 实际）；无目标为无值，实际为负按 0；向下取整，差一点也不显示 100%。",
        "Actual ÷ target (target ÷ actual where lower is better). No target: no value; a negative actual counts as 0. Rounded down, so that a miss never reads 100 %.";
    "users" "用户量" "users" Count Higher Distinct,
        "活动的转化基数：点击人数（没有点击记录时取打开、再取触达人数），按人去重。",
        "Base of the campaign's conversion: distinct people who clicked (without click records: opened, else reached).";
    "conversion" "转化率" "conversion" Percent Higher RatioOfSums,
        "成交买家数 ÷ 用户量；基数见「用户量」。",
        "Distinct buyers ÷ users; see “users” for the base.";
    "value_per_buyer" "客单价" "value per buyer" Fen Higher RatioOfSums,
        "GMV ÷ 去重买家数。与笔单价（每单）不同；GMV = 用户量 × 转化率 × 客单价 只对本口径成立。",
        "GMV ÷ distinct buyers. Not the value per order: GMV = users × conversion × value holds for this reading only.";
    "reached" "触达" "reached" Count Higher Distinct,
        "活动触达的人数，按人去重。", "Distinct people the campaign reached.";
    "open_rate" "打开率" "open rate" Percent Higher RatioOfSums,
        "既触达又打开的人数 ÷ 触达人数（强制顺序，不会超过 100%）。",
        "People who opened and were reached ÷ people reached (forced order, never over 100 %).";
    "click_rate" "点击率" "click rate" Percent Higher RatioOfSums,
        "既打开又点击的人数 ÷ 打开人数。", "People who clicked and had opened ÷ people who opened.";
    "cart_rate" "加购率" "cart rate" Percent Higher RatioOfSums,
        "既点击又加购的人数 ÷ 点击人数。", "People who put into the cart and had clicked ÷ people who clicked.";
    "order_rate" "下单率" "order rate" Percent Higher RatioOfSums,
        "既加购又下单的人数 ÷ 加购人数。", "People who ordered and had put into the cart ÷ people with a cart.";
    "pay_rate" "支付率" "pay rate" Percent Higher RatioOfSums,
        "既下单又支付的人数 ÷ 下单人数。", "People who paid and had ordered ÷ people who ordered.";
    "items_per_order" "件单数" "items per order" Ratio Higher RatioOfSums,
        "商品件数 ÷ 有明细的支付订单数；没有明细的订单不算，全都没有时为未测量。",
        "Items ÷ paid orders whose items are known; orders without items do not count, and without any it is not measured.";
    "price_per_item" "件单价" "price per item" Fen Higher RatioOfSums,
        "有明细的订单的 GMV ÷ 其商品件数。", "GMV of the orders whose items are known ÷ those items.";
    "orders_per_buyer" "人均单数" "orders per buyer" Ratio Higher RatioOfSums,
        "支付订单数 ÷ 去重买家数。", "Paid orders ÷ distinct buyers.";
    "aov" "笔单价" "value per order" Fen Higher RatioOfSums,
        "GMV ÷ 支付订单数。", "GMV ÷ paid orders.";
    "targets_off" "目标不自洽" "targets disagree" Fen Higher None,
        "各因子目标之积 − GMV目标：目标之间对不上的部分，不归因于经营；在 0.5% 以内视为取整。",
        "Product of the factors' targets − the GMV target: the part of a gap that lies between the targets themselves. Within 0.5 % it is rounding.";
    "adds" "加粉数" "adds" Count Higher Sum,
        "期内「添加」事件数（按关系计，不含客户转接）。", "Add events in the period, by relation; transfers are not adds.";
    "lost" "流失数" "lost" Count Lower Sum,
        "期内客户删除员工的事件数。", "Events of customers deleting staff in the period.";
    "net_adds" "净增" "net adds" Count Higher Sum,
        "加粉数 − 客户删除 − 员工删除；可为负。", "Adds − deleted by customer − deleted by staff; may be negative.";
    "orders" "支付单数" "orders" Count Higher Sum,
        "期内已支付非测试订单数。", "Paid, non-test orders in the period.";
    "buyers" "买家数" "buyers" Count Higher Distinct,
        "期内有已支付非测试订单的去重买家数；各级重新去重，不可相加。",
        "Distinct buyers with a paid, non-test order in the period; counted again at each level, never added.";
    "customers" "客户数" "customers" Count Higher Distinct,
        "至少有一条有效好友关系的客户数，按人去重。名单里还有已无好友关系的人，所以名单的人数可以更多。",
        "Distinct customers with at least one live relation. The list also holds those without one any more, so it may count more people.";
    "relations" "好友数" "relations" Count Higher Sum,
        "有效的员工-客户关系数；一人加三位导购计 3；部门的是其员工的关系。",
        "Live staff–customer relations; one person with three guides counts three. A department has those of its staff.";
    "repurchase_rate" "期内复购率" "repurchase rate" Percent Higher RatioOfSums,
        "期内有两个及以上购买日的买家 ÷ 期内买家；同日多单算一次，全额退款不算购买。",
        "Buyers with two purchase days or more in the period ÷ buyers. Orders of one day are one purchase; fully refunded orders are none.";
    "returning_share" "老客占比" "returning share" Percent Higher RatioOfSums,
        "期内买家中此前买过的人 ÷ 期内买家；全额退款不算购买，两边都不计。",
        "Buyers of the period who had bought before it ÷ its buyers; fully refunded orders are no purchases on either side.";
    "group_health" "群健康分" "group health" Score Higher None,
        "活跃35 增长25 服务15 转化15 SOP10；100 × Σ(权重×得分) ÷ Σ已测权重；已测不足 60 不出分。≥75 健康，55–74 关注，35–54 风险，<35 严重。",
        "Activity 35, growth 25, service 15, conversion 15, SOP 10: 100 × Σ(weight × part) ÷ Σ measured weight; none when under 60 is measured. ≥ 75 healthy, 55–74 watch, 35–54 at risk, < 35 critical.";
    "group_structure" "群结构分" "group structure" Score Higher None,
        "没有会话存档时只用净增、退群、成交、点击、SOP 计算的分数；其中已测不足一半 (25) 不出分。",
        "The score without speech: net growth, exits, buyers, clicks and SOP only; none when under half of them (25) is measured.";
    "group_speakers_daily" "日均发言率" "daily speakers" Percent Higher RatioOfSums,
        "近7个完整日：日均外部发言人数 ÷ 同期日均外部成员数。需要会话存档。",
        "Mean daily external speakers ÷ mean external members of the same days, 7 complete days. Needs the chat archive.";
    "group_speakers_7d" "7日发言率" "7-day speakers" Percent Higher RatioOfSums,
        "近7日去重外部发言人数 ÷ 外部成员数。需要会话存档。", "Distinct external speakers of 7 days ÷ external members. Needs the chat archive.";
    "group_net_growth" "净增率" "net growth" Percent Higher RatioOfSums,
        "近7日（入群 − 退群）÷ 期初外部成员数。", "(Joined − left) in 7 days ÷ external members at the start.";
    "group_exit_rate" "退群率" "exit rate" Percent Lower RatioOfSums,
        "近7日退群（主动+移出）÷（期初外部成员 + 入群）。", "Left in 7 days (by themselves or removed) ÷ (external members at the start + joined).";
    "group_answered_30m" "30分钟应答率" "30-min answers" Percent Higher RatioOfSums,
        "近7日 30 分钟内得到回复的提问 ÷ 提问数。需要会话存档。", "Questions answered within 30 minutes ÷ questions, 7 days. Needs the chat archive.";
    "group_first_reply" "平均首响" "first reply" Minutes Lower RatioOfSums,
        "近7日首次回复用时之和 ÷ 次数，分钟。需要会话存档。", "Σ time to first reply ÷ first replies, minutes, 7 days. Needs the chat archive.";
    "group_buyers_30d" "30日成交率" "30-day buyers" Percent Higher RatioOfSums,
        "今天之前 30 个整日里购买过的外部成员 ÷ 现有外部成员数（统计与名单取多者，今天进群的还没有统计）；全额退款不算购买。",
        "External members who bought in the 30 whole days before today ÷ external members of now (by statistics or by the list, whichever has more: of who came in today there are none yet); fully refunded orders are no purchase.";
    "group_click_rate" "活动点击率" "campaign clicks" Percent Higher RatioOfSums,
        "近7日活动点击 ÷ 外部成员数；满分线为全部群的 P75，测得不足 30 个群时不计分。",
        "Campaign clicks of 7 days ÷ external members. Full marks at the P75 of all groups; not judged with fewer than 30 groups measured.";
    "group_sop_on_time" "SOP准时率" "SOP on time" Percent Higher RatioOfSums,
        "近7日准时完成的 SOP 任务 ÷ 到期任务（作废除外）。", "SOP tasks done on time ÷ due in 7 days (void ones excluded).";
    "spend" "累计消费" "spend" Fen Higher Sum,
        "仍然成立的订单（未全额退款）的净额之和，全部历史。", "Net money of orders that still stand (not fully refunded), all of history.";
    "rfm" "RFM分层" "RFM segment" Score Higher None,
        "近365日购买过的客户按名次五等分打分：R 距上次购买的天数，F 有购买的天数（一天几单算一天，不是单数），M 净消费合计（同值同分；池外买家不参与排名，同一客户的订单按客户合并），R F M ≥4 为高，共八层；不足 50 人用固定门槛；无购买为「未购」。",
        "Customers who bought in 365 days scored by rank quintile among themselves: R days since the last purchase, F days with a purchase (several orders of a day are one; not orders), M net money in all (equal values, equal scores; buyers outside the pool are not ranked, orders of one customer are one whatever their buyer keys); high = 4 or more; eight segments. Fixed bounds under 50 buyers; no purchase is a class of its own.";
    "risk" "流失预警" "overdue level" Score Lower None,
        "距上次购买超过全体客户购买间隔（不含池外买家）分布 P75 为 1 级、P90 为 2 级、P95 为 3 级；不足 200 个间隔用固定门槛 30/60/90 天；有 3 个以上间隔者按本人平均间隔：超过其 2 倍为 1 级，2×P90÷P75 倍为 2 级，2×P95÷P75 倍为 3 级，4×P95÷P75 倍为已流失；其余超过 2×P95，或任何人超过 365 天视为已流失，退出预警；一次购买另列。",
        "Days since the last purchase beyond the P75, P90, P95 of the intervals of all customers (not of buyers outside the pool): 1, 2, 3; fixed bounds of 30, 60, 90 days under 200 intervals; with 3 intervals or more the own mean interval rules: beyond 2 of it level 1, 2 × P90 ÷ P75 level 2, 2 × P95 ÷ P75 level 3, 4 × P95 ÷ P75 lost. Others beyond 2 × P95, and anybody beyond 365 days: lost, off the list. One-time buyers are listed apart.";
    "value_at_risk" "风险金额" "value at risk" Fen Lower Sum,
        "客户年均净消费 × 预警级别权重（0.25 / 0.5 / 0.75）。", "Mean yearly net money of the customer × weight of the level (0.25 / 0.5 / 0.75).";
    "active_rate" "活跃度" "active rate" Percent Higher RatioOfSums,
        "近30日（含今天）发过私聊、点击过活动（或分享、加购、下单、支付）或支付过订单的客户 ÷ 客户数，按人去重。群内发言、朋友圈互动和打卡没有按人的记录，所以是下限；三种记录一种都没有时为未测量。",
        "Customers who wrote to us, clicked a campaign (or shared, put into the cart, ordered, paid) or paid an order in the 30 days to today ÷ customers, each counted once. Speech in groups, moments and check-ins are kept of nobody by name, so it is a lower bound; with none of the three kept it is not measured.";
    "tag_share" "标签占比" "tag share" Percent Higher RatioOfSums,
        "当前范围与筛选下带此标签的客户 ÷ 客户数。", "Customers with the tag ÷ customers, under scope and filter.";
    "members" "群成员数" "group members" Count Higher Last,
        "最近一个统计日的外部成员数；跨群相加是账号数，不是人数。", "External members at the last day measured; summed over groups it counts accounts, not people.";
    "data_match" "订单匹配率" "orders matched" Percent Higher RatioOfSums,
        "能对应到客户的支付订单 ÷ 支付订单；低于 80% 时客户级指标须谨慎。",
        "Paid orders with a known customer ÷ paid orders; under 80 % every customer-level figure is in doubt.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Shared with targets, demo and locales; a code once published stays.
    const CODES: &str = "gmv net_gmv_refund net_gmv_order attainment users conversion value_per_buyer reached open_rate \
        click_rate cart_rate order_rate pay_rate items_per_order price_per_item orders_per_buyer aov targets_off adds lost net_adds \
        orders buyers customers relations repurchase_rate returning_share group_health group_structure \
        group_speakers_daily group_speakers_7d group_net_growth group_exit_rate group_answered_30m group_first_reply \
        group_buyers_30d group_click_rate group_sop_on_time spend rfm risk value_at_risk active_rate tag_share members \
        data_match";

    #[test]
    fn definitions_name_what_the_figures_stand_on() {
        let defined = |code: &str, zh: &str, en: &str| {
            let metric = METRICS.iter().find(|m| m.code == code).unwrap();
            let (said_zh, said_en) = (metric.definition(Lang::Zh), metric.definition(Lang::En));
            assert!(
                said_zh.contains(zh) && said_en.contains(en),
                "{code}: {said_zh} {said_en}"
            );
        };
        defined("returning_share", "全额退款", "fully refunded");
        defined("group_buyers_30d", "全额退款", "fully refunded");
        let (least, cuts) = (
            super::super::churn::MIN_INTERVALS,
            super::super::churn::Cuts::FIXED,
        );
        let (a, b, c) = (cuts.p75, cuts.p90, cuts.p95);
        defined(
            "risk",
            &format!("不足 {least} 个间隔用固定门槛 {a}/{b}/{c} 天"),
            &format!("fixed bounds of {a}, {b}, {c} days under {least} intervals"),
        );
    }

    #[test]
    fn every_published_code_has_exactly_one_row() {
        let codes: Vec<&str> = METRICS.iter().map(|m| m.code).collect();
        assert_eq!(codes, CODES.split_whitespace().collect::<Vec<_>>());
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        assert_eq!(find("gmv").map(|m| m.unit), Some(Unit::Fen));
        assert_eq!(find("nothing"), None);
    }

    #[test]
    fn names_and_definitions_are_there_in_both_languages() {
        for metric in METRICS {
            for lang in [Lang::Zh, Lang::En] {
                assert!(!metric.name(lang).is_empty(), "{}", metric.code);
                assert!(metric.definition(lang).len() > 10, "{}", metric.code);
            }
            assert!(metric.name(Lang::En).is_ascii(), "{}", metric.code);
        }
        let names: BTreeSet<_> = METRICS.iter().map(|m| m.zh).collect();
        assert_eq!(names.len(), METRICS.len());
    }
}
