//! Calendar units: what targets and boards are set for.

/// Calendar of a target or a board (`period_kind`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeriodKind {
    /// A day.
    Day,
    /// An ISO week.
    Week,
    /// A month.
    Month,
    /// A quarter.
    Quarter,
    /// A year.
    Year,
    /// The days of a campaign.
    Campaign,
}

impl PeriodKind {
    /// Reads the column; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "day" => Some(Self::Day),
            "week" => Some(Self::Week),
            "month" => Some(Self::Month),
            "quarter" => Some(Self::Quarter),
            "year" => Some(Self::Year),
            "campaign" => Some(Self::Campaign),
            _ => None,
        }
    }

    /// As the column has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::Campaign => "campaign",
        }
    }
}
