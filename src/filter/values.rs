//! The closed word lists of choice fields: gender, RFM segment, group flag, band. Which field has which, says its row in the
//! field table.

use crate::domain::Lang;

/// A word a choice field knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Canonical word: what a parsed filter holds and prints.
    pub code: &'static str,
    /// Chinese word.
    pub zh: &'static str,
    /// Other words that are accepted.
    pub aliases: &'static [&'static str],
}

impl Choice {
    /// Word in the language of the interface.
    pub fn label(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.code,
        }
    }

    /// Every accepted word.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        [self.code, self.zh]
            .into_iter()
            .chain(self.aliases.iter().copied())
    }
}

const fn choice(code: &'static str, zh: &'static str, aliases: &'static [&'static str]) -> Choice {
    Choice { code, zh, aliases }
}

/// In the order of the stored code: 0 unknown, 1 male, 2 female.
pub const GENDERS: &[Choice] = &[
    choice("unknown", "未知", &["u", "0"]),
    choice("m", "男", &["male", "1", "nan"]),
    choice("f", "女", &["female", "2", "nv"]),
];

/// Segments 0..=7 by the bits R F M (7 = all high), then buyers of nothing (metrics.md 4.11).
pub const SEGMENTS: &[Choice] = &[
    choice("general-winback", "一般挽留", &["ybwl", "0"]),
    choice("important-winback", "重要挽留", &["zywl", "1"]),
    choice("general-keep", "一般保持", &["ybbc", "2"]),
    choice("important-keep", "重要保持", &["zybc", "3"]),
    choice("general-growth", "一般发展", &["ybfz", "4"]),
    choice("important-growth", "重要发展", &["zyfz", "5"]),
    choice("general-value", "一般价值", &["ybjz", "6"]),
    choice("important-value", "重要价值", &["zyjz", "7"]),
    choice("none", "未购", &["wg", "未购买"]),
];

/// Flags of a group, and the new ones.
pub const FLAGS: &[Choice] = &[
    choice("silent", "沉默", &["沉默群"]),
    choice("full", "满员", &["已满"]),
    choice("exits", "退群多", &["退群", "退群高"]),
    choice("ownerless", "群主离职", &["无群主", "owner_left"]),
    choice("few_voices", "少数人发言", &["少数发言", "few-voices"]),
    choice("flash", "快闪", &["快闪群"]),
    choice("stale", "数据旧", &["旧数据", "数据过期"]),
    choice("new", "新群", &["新"]),
];

/// Bands of groups, then those of achievements.
pub const BANDS: &[Choice] = &[
    choice("critical", "严重", &["高危", "危险"]),
    choice("silent", "沉默", &[]),
    choice("at_risk", "风险", &["at-risk", "有风险"]),
    choice("watch", "关注", &[]),
    choice("healthy", "健康", &[]),
    choice(
        "structure_only",
        "结构分",
        &["仅结构", "structure", "structure-only"],
    ),
    choice("new", "新群", &["新"]),
    choice("below_floor", "低于底线", &["below-floor"]),
    choice("missed", "未达成", &[]),
    choice("met", "达成", &[]),
    choice("exceeded", "超额达成", &["超额"]),
];

/// The steps of a campaign: as stored, and as panes call them.
pub const STEPS: &[Choice] = &[
    choice("reached", "触达", &[]),
    choice("opened", "打开", &[]),
    choice("clicked", "点击", &[]),
    choice("joined_group", "进群", &[]),
    choice("added_cart", "加购", &[]),
    choice("ordered", "下单", &[]),
    choice("paid", "支付", &[]),
    choice("shared", "分享", &[]),
];

/// Campaign and step of `CAMPAIGN/STEP`, the campaign by number or name; `None` where it is neither.
pub fn campaign_step(text: &str) -> Option<(&str, &'static Choice)> {
    let (campaign, word) = text.rsplit_once('/')?;
    let step = STEPS.iter().find(|step| step.words().any(|w| w == word))?;
    let campaign = campaign.trim();
    (!campaign.is_empty()).then_some((campaign, step))
}
