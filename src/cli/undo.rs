//! `caopan undo`: takes an act back, as long as everything is as the act left it.

use std::io::Write;

use crate::config::words::Words;
use crate::store::undo::{Undone, Which};

use super::edit::writer;
use super::error::{Exit, Failure};
use super::setting::Setting;
use super::when;

/// Takes back the last act of one's own, or the one named.
pub fn run(setting: &Setting, id: Option<i64>, out: &mut impl Write) -> Result<Exit, Failure> {
    let mut writer = writer(setting)?;
    let which = id.map_or(Which::Last, Which::Act);
    match writer.undo(which, when::now())? {
        Undone::Done(entry, line) => {
            let detail = entry
                .detail
                .as_ref()
                .map(|d| format!(" {d}"))
                .unwrap_or_default();
            let (line, again) = (entry.id.to_string(), line.to_string());
            let holes = [
                ("line", line.as_str()),
                ("act", entry.act.as_str()),
                ("detail", &detail),
                ("again", &again),
            ];
            let words = Words::new(setting.lang());
            writeln!(out, "{}", words.fill("receipt.undone", &holes))?;
            Ok(Exit::Ok)
        }
        Undone::Nothing => Err(Failure::new(
            Exit::Refused,
            format!(
                "{} has done nothing here that could be taken back",
                writer.actor()
            ),
            "`caopan journal` lists what was done; name a line to take back another's act",
        )),
        Undone::Changed(entry, count, some) => {
            let mut what = format!(
                "act {} ({}) cannot be taken back: {count} of what it touched has been changed since",
                entry.id, entry.act
            );
            for one in some {
                what.push_str("\n  ");
                what.push_str(one.as_str());
            }
            Err(Failure::new(
                Exit::Refused,
                what,
                "nothing was written; put it right by hand, or take back the later act first",
            ))
        }
    }
}
