//! The fields of the filter language: names, what they hold, and where they apply.

use super::ast::Field;
use super::values::{BANDS, Choice, FLAGS, GENDERS, SEGMENTS};
use crate::domain::Lang;

/// What a list lists; a field may apply to some entities only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Entity {
    /// Customers.
    #[default]
    Customers,
    /// Tags.
    Tags,
    /// Customer groups.
    Groups,
    /// Campaigns.
    Campaigns,
    /// Staff.
    Staff,
}

/// What a field holds: it decides the operators and units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A name or word; matched by text.
    Text,
    /// A word of a closed list (`filter::values`).
    Choice,
    /// Money in fen, written in yuan.
    Money,
    /// A count of things.
    Count,
    /// A plain number: score, level.
    Number,
    /// A moment: an age, a date, a calendar word.
    Time,
    /// A day of the year, kept as month × 100 + day.
    Birthday,
}

/// One row of the field table.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    /// The field.
    pub field: Field,
    /// Canonical English name: what is printed and stored.
    pub name: &'static str,
    /// Chinese name.
    pub zh: &'static str,
    /// Pinyin initials; empty when they would be another field's.
    pub initials: &'static str,
    /// Other names that are accepted.
    pub aliases: &'static [&'static str],
    /// What it holds.
    pub kind: Kind,
    /// Entities that have it.
    pub entities: &'static [Entity],
    /// The words it knows, for [`Kind::Choice`].
    pub choices: &'static [Choice],
    /// Its values have both an id and a name.
    pub has_ids: bool,
    /// A list is sorted by it from the first to the last; by the others the largest, newest or worst comes first.
    pub ascends: bool,
    /// One line of help, Chinese.
    pub help_zh: &'static str,
    /// One line of help, English.
    pub help_en: &'static str,
}

impl FieldSpec {
    /// Name in the language of the interface.
    pub fn label(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.name,
        }
    }

    /// One line of help in the language of the interface.
    pub fn help(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.help_zh,
            Lang::En => self.help_en,
        }
    }

    /// Its values have both an id and a name.
    const fn with_ids(self) -> Self {
        Self {
            has_ids: true,
            ..self
        }
    }

    /// A list is sorted by it from the first to the last.
    const fn ascending(self) -> Self {
        Self {
            ascends: true,
            ..self
        }
    }

    /// It knows these words.
    const fn of(self, choices: &'static [Choice]) -> Self {
        Self { choices, ..self }
    }

    /// Every name under which it is found: canonical, Chinese, initials, aliases.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        [self.name, self.zh, self.initials]
            .into_iter()
            .filter(|n| !n.is_empty())
            .chain(self.aliases.iter().copied())
    }
}

const CUSTOMERS: &[Entity] = &[Entity::Customers];
const GROUPS: &[Entity] = &[Entity::Groups];
const STAFF: &[Entity] = &[Entity::Staff];
const BANDED: &[Entity] = &[Entity::Groups, Entity::Staff, Entity::Campaigns];
const OWNED: &[Entity] = &[Entity::Customers, Entity::Groups];
const EVERY: &[Entity] = &[
    Entity::Customers,
    Entity::Tags,
    Entity::Groups,
    Entity::Campaigns,
    Entity::Staff,
];

macro_rules! row {
    ($field:ident, $kind:ident, $on:expr, $name:literal $zh:literal $initials:literal [$($alias:literal),*], $help_zh:literal, $help_en:literal) => {
        FieldSpec {
            field: Field::$field,
            name: $name,
            zh: $zh,
            initials: $initials,
            aliases: &[$($alias),*],
            kind: Kind::$kind,
            entities: $on,
            choices: &[],
            has_ids: false,
            ascends: false,
            help_zh: $help_zh,
            help_en: $help_en,
        }
    };
}

/// The field table, in the order in which completion offers it.
#[rustfmt::skip]
pub const FIELDS: &[FieldSpec] = &[
    row!(Tag, Text, CUSTOMERS, "tag" "标签" "bq" ["tags"], "标签: 标签:高净值,母婴", "tag: tag:vip,baby").with_ids(),
    row!(Spend, Money, CUSTOMERS, "spend" "消费" "xf" ["累计消费"], "累计消费 (元): 消费>500 消费:1万..5万", "lifetime net spend (yuan): spend>500 spend:1w..5w"),
    row!(LastContact, Time, CUSTOMERS, "last" "最近" "zj" ["最近互动", "最近联系", "联系"], "最近互动: 最近<30天 (不到 30 天前)", "last contact: last<30d (less than 30 days ago)"),
    row!(LastPurchase, Time, CUSTOMERS, "bought" "购买" "gm" ["最近购买"], "最近购买: 购买>90天 (90 天以前)", "last purchase: bought>90d (more than 90 days ago)"),
    row!(Orders, Count, CUSTOMERS, "orders" "单数" "ds" ["订单数", "订单"], "有效订单数: 单数>=3", "orders that stand: orders>=3"),
    row!(Aov, Money, CUSTOMERS, "aov" "客单" "kd" ["客单价"], "客单价 (元): 客单>200", "spend per order (yuan): aov>200"),
    row!(Owner, Text, OWNED, "owner" "顾问" "gw" ["销售", "导购", "群主"], "顾问: 顾问:何敏 或 顾问:#工号", "owner: owner:何敏 or owner:#userid").with_ids().ascending(),
    row!(Source, Text, CUSTOMERS, "source" "来源" "ly" ["渠道"], "添加渠道: 来源:扫码", "channel: source:扫码").with_ids().ascending(),
    row!(Group, Text, CUSTOMERS, "group" "群" "q" ["群组"], "所在群: 群:福利群 或 群:#群ID", "member of a group: group:福利群 or group:#chat_id").with_ids(),
    row!(Stage, Text, CUSTOMERS, "stage" "阶段" "jd" [], "旅程阶段: 阶段:复购", "journey stage: stage:复购").with_ids().ascending(),
    row!(City, Text, CUSTOMERS, "city" "城市" "cs" ["地区", "region"], "地区: 城市:上海*", "region: city:上海*").ascending(),
    row!(Added, Time, CUSTOMERS, "added" "添加" "tj" ["首次添加"], "首次添加: 添加:本周 添加:2026-03-01..2026-03-31", "first added: added:week added:2026-03-01..2026-03-31"),
    row!(Gender, Choice, CUSTOMERS, "gender" "性别" "xb" [], "性别: 性别:女", "gender: gender:f").of(GENDERS),
    row!(Birthday, Birthday, CUSTOMERS, "birthday" "生日" "sr" [], "生日: 生日:3 (3 月) 生日:03-15 生日:本周", "birthday: birthday:3 (March) birthday:03-15 birthday:week"),
    row!(Segment, Choice, CUSTOMERS, "rfm" "分层" "fc" ["segment"], "RFM 分层: 分层:重要价值 分层:未购", "RFM segment: rfm:important-value rfm:none").of(SEGMENTS).ascending(),
    row!(Risk, Number, CUSTOMERS, "risk" "流失" "ls" ["流失风险"], "逾期未购等级 0..3: 流失>=2", "purchase-overdue level 0..3: risk>=2"),
    row!(ValueAtRisk, Money, CUSTOMERS, "value" "风险值" "fxz" [], "风险金额 (元): 风险值>1000", "value at risk (yuan): value>1000"),
    row!(CreditedTo, Text, CUSTOMERS, "buyer" "成交" "cj" [], "本期由谁成交或退款: 成交:#工号", "bought or refunded in the period, credited to: buyer:#userid").with_ids(),
    row!(AddedBy, Text, CUSTOMERS, "adder" "加粉" "jf" [], "本期由谁加上: 加粉:#工号", "added in the period by: adder:#userid").with_ids(),
    row!(Step, Text, CUSTOMERS, "step" "环节" "hj" [], "到达活动环节: 环节:7/支付 或 环节:年度大促/点击", "reached a campaign step: step:7/paid"),
    row!(Campaign, Text, CUSTOMERS, "campaign" "活动" "hd" [], "在活动中下单: 活动:7", "paid in a campaign: campaign:7").with_ids(),
    row!(Name, Text, EVERY, "name" "姓名" "xm" ["名称", "名字", "昵称"], "姓名: 姓名:张 姓名~^欧阳", "name: name:张 name~^欧阳").ascending(),
    row!(Id, Text, EVERY, "id" "编号" "bh" [], "编号: 编号:wm123 或 #wm123", "identity: id:wm123 or #wm123"),
    row!(Phone, Text, CUSTOMERS, "phone" "手机" "sj" ["电话"], "手机尾号或全号: 手机:2210; 开头: 手机:134*", "phone, tail or whole: phone:2210; its beginning: phone:134*"),
    row!(Health, Number, GROUPS, "health" "健康" "jk" ["健康分"], "群健康分 0..100: 健康<45", "group health 0..100: health<45"),
    row!(Members, Count, GROUPS, "members" "人数" "rs" ["群人数"], "外部成员数: 人数>100", "external members: members>100"),
    row!(Flag, Choice, GROUPS, "flag" "标记" "bj" [], "群标记: 标记:沉默", "group flag: flag:silent").of(FLAGS),
    row!(Band, Choice, BANDED, "band" "状态" "zt" [], "健康或达成状态: 状态:严重", "health or achievement band: band:critical").of(BANDS),
    row!(Role, Text, STAFF, "role" "岗位" "" [], "岗位: 岗位:导购", "role: role:导购"),
    row!(Text, Text, EVERY, "text" "文字" "wz" [], "姓名、备注、编号、手机尾号", "name, remark, id, phone tail"),
];

/// The row of a field.
pub fn spec(field: Field) -> &'static FieldSpec {
    FIELDS
        .iter()
        .find(|s| s.field == field)
        .unwrap_or(&TEXT_FALLBACK)
}

/// A line for each field of customers and of groups: its names, an example, and the words of a closed list.
pub fn listed(lang: Lang) -> Vec<String> {
    let is_named = |s: &&FieldSpec| s.field != Field::Text && s.entities != STAFF;
    let line = |s: &FieldSpec| {
        let words: Vec<&str> = s.choices.iter().map(|choice| choice.label(lang)).collect();
        let words = if words.is_empty() {
            String::new()
        } else {
            format!(" ({})", words.join(" "))
        };
        format!("{:<9} {:<4} {}{words}", s.name, s.initials, s.help(lang))
    };
    FIELDS.iter().filter(is_named).map(line).collect()
}

/// Never reached while [`FIELDS`] holds every field (tested); keeps [`spec`] total.
const TEXT_FALLBACK: FieldSpec = row!(Text, Text, EVERY, "text" "文字" "wz" [], "姓名、备注、编号、手机尾号", "name, remark, id, phone tail");

/// The words of a choice field; empty for every other field.
pub fn choices(field: Field) -> &'static [Choice] {
    spec(field).choices
}

/// Position of a typed word among a field's [`choices`]; Latin in either case.
///
/// For [`Field::Gender`] this is the stored code, for [`Field::Segment`] the segment with 8 for 未购.
pub fn position(field: Field, word: &str) -> Option<usize> {
    let lower = word.to_lowercase();
    choices(field)
        .iter()
        .position(|c| c.words().any(|w| w == lower))
}

/// Finds a field by any of its names; Latin in either case.
pub fn lookup(name: &str) -> Option<&'static FieldSpec> {
    let lower = name.to_lowercase();
    FIELDS.iter().find(|s| s.names().any(|n| n == lower))
}

/// The field name nearest to a mistyped one, if any is near: at most one edit in short words, two in longer.
pub fn nearest(name: &str) -> Option<&'static str> {
    let words = FIELDS.iter().flat_map(FieldSpec::names);
    nearest_of(name, words)
}

/// The word nearest to a mistyped one by edit distance, if any is near enough to be meant.
pub fn nearest_of<'a>(typed: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed: Vec<char> = typed.to_lowercase().chars().take(32).collect();
    let allowed = match typed.len() {
        0 | 1 => 0,
        2..=4 => 1,
        _ => 2,
    };
    words
        .filter(|w| w.chars().count() > 1)
        .map(|w| (distance(&typed, &w.chars().collect::<Vec<_>>()), w))
        .filter(|(d, _)| *d <= allowed)
        .min_by_key(|(d, _)| *d)
        .map(|(_, w)| w)
}

/// Edits (insert, delete, replace, swap of neighbours) between two words.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let at = |v: &[usize], k: usize| v.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&last, j) + usize::from(ca != cb))
                .min(at(&last, j + 1) + 1)
                .min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(cb) && b.get(j - 1) == Some(ca);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{HashMap, HashSet};

    #[test]
    fn no_two_fields_share_a_name() {
        let mut seen: HashMap<&str, Field> = HashMap::new();
        for s in FIELDS {
            for name in s.names() {
                assert_eq!(name, name.to_lowercase(), "names are stored lower case");
                if let Some(other) = seen.insert(name, s.field) {
                    panic!("{name} names both {other:?} and {:?}", s.field);
                }
            }
        }
    }

    #[test]
    fn every_field_finds_its_own_row() {
        for s in FIELDS {
            assert_eq!(spec(s.field).name, s.name);
            assert_eq!(lookup(s.zh).map(|f| f.field), Some(s.field));
        }
        assert_eq!(FIELDS.len(), 30, "one row for each of the 30 fields");
    }

    #[test]
    fn a_field_is_found_in_english_chinese_and_initials() {
        for name in ["spend", "SPEND", "消费", "xf"] {
            assert_eq!(lookup(name).map(|s| s.field), Some(Field::Spend));
        }
        assert!(lookup("vip").is_none());
    }

    #[test]
    fn a_slip_of_the_finger_finds_the_field_meant() {
        assert_eq!(nearest("tga"), Some("tag"));
        assert_eq!(nearest("spned"), Some("spend"));
        assert_eq!(nearest("zebra"), None);
    }

    #[test]
    fn a_word_means_one_choice_of_a_field() {
        for field in [Field::Gender, Field::Segment, Field::Flag, Field::Band] {
            let words: Vec<_> = choices(field).iter().flat_map(Choice::words).collect();
            let distinct: HashSet<_> = words.iter().collect();
            assert_eq!(distinct.len(), words.len(), "{field:?}: {words:?}");
        }
    }

    #[test]
    fn positions_are_the_stored_codes() {
        assert_eq!(position(Field::Gender, "女"), Some(2));
        assert_eq!(position(Field::Gender, "Male"), Some(1));
        // R high, F low, M high is 101 = 5, 重要发展.
        assert_eq!(position(Field::Segment, "重要发展"), Some(0b101));
        assert_eq!(position(Field::Segment, "重要挽留"), Some(0b001));
        assert_eq!(position(Field::Segment, "未购"), Some(8));
    }

    #[test]
    fn a_choice_and_no_other_field_knows_its_words() {
        for s in FIELDS {
            assert_eq!(s.kind == Kind::Choice, !s.choices.is_empty(), "{}", s.name);
        }
    }
}
