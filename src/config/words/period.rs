//! What periods are called.

use crate::domain::Lang;
use crate::domain::period::{PeriodSpec, Yearless, counted_word};

use super::Words;

impl Words {
    /// The name of a period (`本月`, `last 7 days`); empty for one that has no other name than its days.
    pub fn period_name(&self, spec: PeriodSpec) -> String {
        match spec {
            PeriodSpec::Today => self.say("period.today").to_owned(),
            PeriodSpec::Yesterday => self.say("period.yesterday").to_owned(),
            PeriodSpec::Week => self.say("period.week").to_owned(),
            PeriodSpec::Month => self.say("period.month").to_owned(),
            PeriodSpec::Quarter => self.say("period.quarter").to_owned(),
            PeriodSpec::Year => self.say("period.year").to_owned(),
            PeriodSpec::LastWeek => self.say("period.last_week").to_owned(),
            PeriodSpec::LastMonth => self.say("period.last_month").to_owned(),
            PeriodSpec::Last(n) => self.fill("period.last", &[("n", &n.to_string())]),
            PeriodSpec::MonthOf(year, month) => format!("{year}-{month:02}"),
            PeriodSpec::WeekOf(year, week) => format!("{year}-W{week:02}"),
            PeriodSpec::Counted(kind, units) => {
                let word = match self.lang {
                    Lang::En => 0,
                    Lang::Zh => 1,
                };
                counted_word(kind, units, word).to_owned()
            }
            PeriodSpec::OfYear(Yearless::Month(_) | Yearless::Week(_)) if self.lang == Lang::Zh => {
                spec.to_string()
            }
            PeriodSpec::OfYear(Yearless::Quarter(_)) => spec.to_string(),
            PeriodSpec::Range(..) | PeriodSpec::OfYear(_) => String::new(),
        }
    }

    /// The name of a period that is kept as its canonical word, else its days; the word itself where it is none.
    pub fn period_said(&self, word: &str) -> String {
        let name = word.parse().map(|spec| self.period_name(spec));
        name.ok()
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| word.to_owned())
    }
}
