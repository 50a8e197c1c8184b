//! The columns of a sheet: keys for programs, titles for people, and what their cells hold.

use super::cell::Cell;
use super::how::How;
use super::options::OutputFormat;

/// A column of a sheet whose rows are `T`.
pub struct Column<T> {
    /// Key in CSV and JSON: the import's header where there is one.
    pub key: &'static str,
    /// Chinese title, with the unit.
    pub zh: &'static str,
    /// English title, with the unit.
    pub en: &'static str,
    /// What its cells are.
    pub holds: Holds,
    /// The cell of a row.
    pub cell: fn(&T, How) -> Cell,
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Words: left aligned.
    Text,
    /// Amounts: right aligned.
    Number,
    /// Rates, or figures that may be rates: CSV has two more columns, `KEY_num` and `KEY_den`.
    Rate,
    /// For programs only; not in tables.
    Hidden,
    /// For JSON only.
    Nested,
}

impl<T> Column<T> {
    /// A column of words.
    pub fn text(
        key: &'static str,
        zh: &'static str,
        en: &'static str,
        cell: fn(&T, How) -> Cell,
    ) -> Self {
        Self {
            key,
            zh,
            en,
            holds: Holds::Text,
            cell,
        }
    }

    /// A column of amounts.
    pub fn number(
        key: &'static str,
        zh: &'static str,
        en: &'static str,
        cell: fn(&T, How) -> Cell,
    ) -> Self {
        Self::text(key, zh, en, cell).holding(Holds::Number)
    }

    /// A column of rates.
    pub fn rate(
        key: &'static str,
        zh: &'static str,
        en: &'static str,
        cell: fn(&T, How) -> Cell,
    ) -> Self {
        Self::text(key, zh, en, cell).holding(Holds::Rate)
    }

    /// A column only programs read.
    pub fn hidden(key: &'static str, cell: fn(&T, How) -> Cell) -> Self {
        Self::text(key, "", "", cell).holding(Holds::Hidden)
    }

    /// The same column under words of its own, where a workbook shows it.
    #[must_use]
    pub fn titled(self, zh: &'static str, en: &'static str) -> Self {
        Self { zh, en, ..self }
    }

    /// Its headings in a CSV.
    pub(super) fn csv_keys(&self) -> Vec<String> {
        let key = self.key.to_owned();
        if self.holds == Holds::Rate {
            vec![
                key,
                format!("{}_num", self.key),
                format!("{}_den", self.key),
            ]
        } else {
            vec![key]
        }
    }

    /// The same column holding something else.
    #[must_use]
    pub fn holding(self, holds: Holds) -> Self {
        Self { holds, ..self }
    }
}

impl Holds {
    /// Whether rows written so show such a column.
    pub(super) fn is_in(self, format: OutputFormat) -> bool {
        match self {
            Self::Text | Self::Number | Self::Rate => true,
            Self::Hidden => !matches!(format, OutputFormat::Table | OutputFormat::Md),
            Self::Nested => matches!(format, OutputFormat::Json | OutputFormat::Jsonl),
        }
    }
}
