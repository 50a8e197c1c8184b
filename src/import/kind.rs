//! The kinds of files that can be imported; each one's columns are in a file of `kind/`.

mod campaigns;
mod company;
mod groups;
mod people;
mod trade;

use super::column::{Column, Spec};
use crate::domain::{Lang, Sentence, sentence};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The organisation.
    Departments,
    /// People of the company.
    Staff,
    /// People of the pool.
    Customers,
    /// Who knows whom, as it stands.
    Follows,
    /// Adds, losses, transfers.
    FollowEvents,
    /// Tag groups.
    TagGroups,
    /// Tags.
    Tags,
    /// Who carries which tag.
    CustomerTags,
    /// Journeys.
    Journeys,
    /// Stages of journeys.
    Stages,
    /// Where customers stand.
    CustomerStages,
    /// Ways by which customers come.
    Channels,
    /// Groups.
    Groups,
    /// Who is or was in which group.
    GroupMembers,
    /// Statistics per group and day.
    GroupDays,
    /// Statistics per staff and day.
    StaffDays,
    /// Orders.
    Orders,
    /// Lines of orders.
    OrderItems,
    /// Refunds.
    Refunds,
    /// Costs.
    Costs,
    /// Campaigns.
    Campaigns,
    /// Who came how far in a campaign.
    CampaignSteps,
    /// Targets.
    Targets,
    /// Reward rules.
    Incentives,
}

impl Kind {
    /// All kinds, in an order in which a whole business can be imported.
    const ALL: [Self; 24] = [
        Self::Departments,
        Self::Staff,
        Self::Channels,
        Self::Customers,
        Self::Follows,
        Self::FollowEvents,
        Self::TagGroups,
        Self::Tags,
        Self::CustomerTags,
        Self::Journeys,
        Self::Stages,
        Self::CustomerStages,
        Self::Groups,
        Self::GroupMembers,
        Self::GroupDays,
        Self::StaffDays,
        Self::Campaigns,
        Self::CampaignSteps,
        Self::Orders,
        Self::OrderItems,
        Self::Refunds,
        Self::Costs,
        Self::Targets,
        Self::Incentives,
    ];

    /// All kinds, in an order in which a whole business can be imported.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    /// As given on the command line: `order-items`.
    pub fn code(self) -> &'static str {
        self.spec().code
    }

    /// What it is called in Chinese, first the best word.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Departments => &["部门", "门店", "组织"],
            Self::Staff => &["员工", "成员"],
            Self::Channels => &["渠道"],
            Self::Customers => &["客户"],
            Self::Follows => &["好友关系", "好友", "跟进关系"],
            Self::FollowEvents => &["好友事件", "加粉流失"],
            Self::TagGroups => &["标签组"],
            Self::Tags => &["标签"],
            Self::CustomerTags => &["客户标签"],
            Self::Journeys => &["旅程"],
            Self::Stages => &["旅程阶段", "阶段"],
            Self::CustomerStages => &["客户阶段"],
            Self::Groups => &["群", "客户群", "社群"],
            Self::GroupMembers => &["群成员"],
            Self::GroupDays => &["群日报", "群统计"],
            Self::StaffDays => &["员工日报", "员工统计"],
            Self::Campaigns => &["活动"],
            Self::CampaignSteps => &["活动步骤", "活动漏斗"],
            Self::Orders => &["订单"],
            Self::OrderItems => &["订单明细", "商品明细"],
            Self::Refunds => &["退款"],
            Self::Costs => &["费用", "成本"],
            Self::Targets => &["目标"],
            Self::Incentives => &["激励", "奖励"],
        }
    }

    /// Its name for people.
    pub fn name(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.words().first().copied().unwrap_or_default(),
            Lang::En => self.code(),
        }
    }

    /// Reads a kind by its code or its Chinese name; the error names the nearest one.
    pub fn parse(text: &str) -> Result<Self, Sentence> {
        let is_meant = |kind: &Self| kind.code() == text || kind.words().contains(&text);
        Self::all().find(is_meant).ok_or_else(|| {
            let codes = || Self::all().map(Self::code);
            if let Some(code) = nearest(text, codes()) {
                return sentence!(
                    "没有 `{text}` 这一类; 是不是 `{code}`?",
                    "there is no kind `{text}`; did you mean `{code}`?",
                );
            }
            let codes = codes().collect::<Vec<_>>().join(", ");
            sentence!(
                "没有 `{text}` 这一类; 有 {codes}",
                "there is no kind `{text}`; there are {codes}",
            )
        })
    }

    /// Header and one sample row of a kind: a file that imports cleanly.
    pub fn template(self) -> String {
        self.template_by(",")
    }

    /// The template with another separator.
    pub fn template_by(self, separator: &str) -> String {
        let columns = self.spec().columns;
        let line = |cell: fn(&Column) -> &'static str| {
            columns.iter().map(cell).collect::<Vec<_>>().join(separator)
        };
        format!("{}\n{}\n", line(|c| c.name), line(|c| c.sample))
    }

    /// The template as one JSON object.
    pub fn template_json(self) -> String {
        let columns = self.spec().columns.iter();
        let cells = columns.map(|c| format!("{:?}: {:?}", c.name, c.sample));
        format!("{{{}}}\n", cells.collect::<Vec<_>>().join(", "))
    }

    /// Its columns: name, and a cell as one would write it.
    pub fn samples(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.spec().columns.iter().map(|c| (c.name, c.sample))
    }

    /// Its columns: name, and whether the header must have it.
    pub fn columns(self) -> impl Iterator<Item = (&'static str, bool)> {
        self.spec().columns.iter().map(|c| (c.name, c.required))
    }

    /// Everything about it.
    pub(super) fn spec(self) -> &'static Spec {
        match self {
            Self::Departments => &company::DEPARTMENTS,
            Self::Staff => &company::STAFF,
            Self::Channels => &company::CHANNELS,
            Self::Customers => &people::CUSTOMERS,
            Self::Follows => &people::FOLLOWS,
            Self::FollowEvents => &people::FOLLOW_EVENTS,
            Self::TagGroups => &people::TAG_GROUPS,
            Self::Tags => &people::TAGS,
            Self::CustomerTags => &people::CUSTOMER_TAGS,
            Self::Journeys => &people::JOURNEYS,
            Self::Stages => &people::STAGES,
            Self::CustomerStages => &people::CUSTOMER_STAGES,
            Self::Groups => &groups::GROUPS,
            Self::GroupMembers => &groups::GROUP_MEMBERS,
            Self::GroupDays => &groups::GROUP_DAYS,
            Self::StaffDays => &groups::STAFF_DAYS,
            Self::Campaigns => &campaigns::CAMPAIGNS,
            Self::CampaignSteps => &campaigns::CAMPAIGN_STEPS,
            Self::Orders => &trade::ORDERS,
            Self::OrderItems => &trade::ORDER_ITEMS,
            Self::Refunds => &trade::REFUNDS,
            Self::Costs => &trade::COSTS,
            Self::Targets => &campaigns::TARGETS,
            Self::Incentives => &campaigns::INCENTIVES,
        }
    }
}

/// The known word that is most like the one typed, if any is near.
pub(super) fn nearest<'a>(typed: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    words
        .map(|w| (strsim::damerau_levenshtein(typed, w), w))
        .filter(|(d, w)| *d <= 2.max(w.len() / 3))
        .min_by_key(|(d, _)| *d)
        .map(|(_, w)| w)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_among_the_columns_and_comes_required_or_is_made() {
        for spec in Kind::all().map(Kind::spec) {
            for key in spec.key {
                assert!(
                    spec.columns.iter().any(|c| c.name == *key),
                    "{} {key}",
                    spec.code
                );
            }
            assert!(spec.columns.iter().any(|c| c.required), "{}", spec.code);
        }
    }

    #[test]
    fn a_mistyped_kind_is_answered_with_the_nearest() {
        assert_eq!(Kind::parse("order-items"), Ok(Kind::OrderItems));
        assert_eq!(Kind::parse("部门"), Ok(Kind::Departments));
        let words: Vec<_> = Kind::all().flat_map(Kind::words).collect();
        let meant = Kind::all().map(|kind| kind.words().len()).sum::<usize>();
        assert_eq!(words.len(), meant);
        for kind in Kind::all() {
            assert!(
                kind.words()
                    .iter()
                    .all(|word| Kind::parse(word) == Ok(kind))
            );
        }
        assert!(
            Kind::parse("custmers")
                .unwrap_err()
                .to_string()
                .contains("did you mean `customers`")
        );
        assert!(
            Kind::parse("zzzzzzzzzz")
                .unwrap_err()
                .to_string()
                .contains("there are departments")
        );
        assert_eq!(Kind::all().count(), 24);
    }
}
