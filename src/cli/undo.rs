//! `caopan undo`: takes an act back, as long as everything is as the act left it.

use std::io::Write;

use crate::config::words::Words;
use crate::domain::{Lang, sentence};
use crate::store::journal::Entry;
use crate::store::undo::{Undone, Which};

use super::edit::writer;
use super::error::{Exit, Failure};
use super::progress::thousands;
use super::setting::Setting;
use super::told::{about, act_named};
use super::when;

/// Takes back the last act of one's own, or the one named.
pub fn run(setting: &Setting, id: Option<i64>, out: &mut impl Write) -> Result<Exit, Failure> {
    let mut writer = writer(setting)?;
    let which = id.map_or(Which::Last, Which::Act);
    match writer.undo(which, when::now())? {
        Undone::Done(entry, line) => {
            let (name, customers) = about(&entry, setting.lang());
            let customers = customers.map(thousands);
            let detail = match (customers, setting.lang()) {
                (None, _) => format!(" {name}"),
                (Some(n), Lang::Zh) => format!(" {name}: {n} 人"),
                (Some(n), Lang::En) => format!(" {name}: {n}"),
            };
            let (line, again) = (entry.id.to_string(), line.to_string());
            let holes = [
                ("line", line.as_str()),
                ("act", act_named(entry.act.as_str(), setting.lang())),
                ("detail", &detail),
                ("again", &again),
            ];
            let words = Words::new(setting.lang());
            writeln!(out, "{}", words.fill("receipt.undone", &holes))?;
            Ok(Exit::Ok)
        }
        Undone::Barred(entry, earlier) => Err(barred(&entry, earlier, setting.lang())),
        Undone::Nothing | Undone::Elsewhere(_) => Err(Failure::new(
            Exit::Refused,
            {
                let actor = writer.actor();
                sentence!(
                    "{actor} 在这里没有可撤销的操作",
                    "{actor} has done nothing here that could be taken back",
                )
            },
            sentence!(
                "`caopan journal` 列出做过的事; 写上行号可撤销别人的操作",
                "`caopan journal` lists what was done; name a line to take back another's act"
            ),
        )),
        Undone::Changed(entry, count, some) => {
            let (id, act) = (entry.id, act_named(entry.act.as_str(), setting.lang()));
            let what = sentence!(
                "操作 {id} ({act}) 不能撤销: 它动过的东西里有 {count} 项后来又改了",
                "act {id} ({act}) cannot be taken back: {count} of what it touched has been changed since",
            );
            Err(Failure::new(
                Exit::Refused,
                what,
                sentence!(
                    "没有写入; 请手工改正, 或先撤销后来的操作",
                    "nothing was written; put it right by hand, or take back the later act first"
                ),
            )
            .with(some.into_iter().map(|one| {
                let (zh, en) = (one.zh, one.en);
                sentence!("  {zh}", "  {en}")
            })))
        }
    }
}

/// The last act keeps nothing to put back: what could be taken back instead.
fn barred(entry: &Entry, earlier: Option<i64>, lang: Lang) -> Failure {
    let (id, act) = (entry.id, act_named(entry.act.as_str(), lang));
    let what = sentence!(
        "最近一次操作 ({id}, {act}) 不能撤销",
        "the last act ({id}, {act}) cannot be taken back",
    );
    let help = match earlier {
        Some(line) => sentence!(
            "先前的可用 `caopan undo {line}`; 这次什么都没有撤销",
            "what was done before it: `caopan undo {line}`; nothing was taken back",
        ),
        None => sentence!(
            "之前也没有可撤销的; `caopan journal` 列出做过的事",
            "nothing before it can be either; `caopan journal` lists what was done",
        ),
    };
    Failure::new(Exit::Refused, what, help)
}
