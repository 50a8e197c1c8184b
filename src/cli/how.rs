//! How rows are written: format, language, symbols, zone.

use crate::domain::number::NumberStyle;
use crate::domain::{GlyphSet, Lang, Zone};

use super::options::OutputFormat;

/// Version of the JSON documents; grows when a key changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// How rows are written.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// What comes out.
    pub format: OutputFormat,
    /// Language of titles and words in a table.
    pub lang: Lang,
    /// Signs for "no value" and "not measured" in a table.
    pub glyphs: GlyphSet,
    /// Zone of times.
    pub zone: Zone,
}

impl How {
    /// Chinese or English, as the language goes.
    pub fn word(self, zh: &'static str, en: &'static str) -> &'static str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// Rows are read by people, not by programs.
    pub fn is_for_people(self) -> bool {
        matches!(self.format, OutputFormat::Table | OutputFormat::Md)
    }

    /// Figures exact to the fen: a column of `1.28万` and `9,622` cannot be added up by eye.
    pub fn style(self) -> NumberStyle {
        NumberStyle {
            lang: self.lang,
            glyphs: self.glyphs,
            exact: true,
        }
    }

    /// An instant with its offset: `2026-03-18T10:00:00+08:00`.
    pub fn iso(self, at: i64) -> String {
        chrono::DateTime::from_timestamp(at, 0)
            .map(|t| t.with_timezone(&self.zone.0).to_rfc3339())
            .unwrap_or_default()
    }

    /// An instant for reading: `2026-03-18 10:00`.
    pub fn clock(self, at: i64) -> String {
        self.zone.local(at).format("%Y-%m-%d %H:%M").to_string()
    }
}
