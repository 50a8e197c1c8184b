//! What the tests of the printers share.

use std::io;

use super::how::How;
use super::options::OutputFormat;
use crate::domain::period::Period;
use crate::domain::{Day, GlyphSet, Lang, Zone};
use crate::engine::answer::Stamp;
use crate::filter::{Ctx, parse};

/// 2026-03-18 10:00 in Shanghai: 02:00 UTC of the 20,530th day of the epoch.
pub const NOW: i64 = 20_530 * 86_400 + 2 * 3_600;

/// A way of writing.
pub fn how(format: OutputFormat, lang: Lang) -> How {
    How {
        format,
        lang,
        glyphs: GlyphSet::Ascii,
        zone: Zone::default(),
    }
}

/// March 2026, still running.
pub fn stamp() -> Stamp {
    Stamp {
        revision: 1,
        as_of: NOW,
        period: Period {
            from: Day::parse("2026-03-01").unwrap(),
            to: Day::parse("2026-03-31").unwrap(),
        },
        partial: true,
        org: None,
        filter: "tag:vip".to_owned(),
        named: parse("tag:vip", &Ctx::default()).unwrap(),
    }
}

/// What was written.
pub fn printed<T>(write: impl FnOnce(&mut Vec<u8>) -> io::Result<T>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}
