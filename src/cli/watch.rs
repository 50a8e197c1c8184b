//! `caopan watch`: what is committed to the workspace, by whomever, one JSON object a line.

use std::io::Write;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use clap::Args;

use serde_json::{Map, Value, json};

use crate::config::words::Words;
use crate::domain::mask;
use crate::store::changes::{Seq, head};
use crate::store::feed::{Entry, Happened, after, person};
use crate::store::watch::{Seen, Trouble, Watch};
use crate::store::{Access, Opened, meta, open};

use super::error::{Exit, Failure};
use super::how::How;
use super::options::OutputFormat;
use super::person::{confirmed, stop_flag};
use super::setting::Setting;
use super::when;
use crate::domain::{Sentence, sentence};

/// Arguments of `watch`.
#[derive(Debug, Args)]
pub struct WatchArguments {
    /// Begin behind this number [default: with the next change].
    #[arg(long, value_name = "SEQ")]
    pub from: Option<i64>,
    /// Print what there is and end.
    #[arg(long)]
    pub once: bool,
    /// Add whole names and phones of customers; asked, and written in the journal.
    #[arg(long)]
    pub unmask: bool,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// How long Ctrl-C may wait for the loop to look.
const LOOK: Duration = Duration::from_millis(250);

/// Prints changes until it is stopped, its reader goes, or with `--once` all there is has been printed.
pub fn run(
    setting: &Setting,
    wish: &WatchArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let path = setting.workspace();
    if wish.unmask {
        let words = Words::new(setting.lang());
        confirmed(words.say("ask.watch"), wish.yes)?;
        super::reveal::noted(setting, "watch", "")?;
    }
    let opened = open(&path, Access::ReadOnly)?;
    let how = setting.how(OutputFormat::Jsonl, meta::zone(&opened.conn)?);
    let (tell, seen) = channel();
    let file = opened.file;
    let watch = Watch::start(&path, file, move |what| {
        let _ = tell.send(what);
    })?;
    let stop = stop_flag()?;
    let mut at = wish
        .from
        .map_or_else(|| head(&opened.conn), |n| Ok(Seq(n)))?;
    loop {
        at = print_new(&opened, at, wish, how, out)?;
        if wish.once || stop.load(Ordering::Relaxed) {
            drop(watch);
            return Ok(Exit::Ok);
        }
        match seen.recv_timeout(LOOK) {
            Ok(Seen::Trouble(what)) => {
                let from = at.0;
                let help = sentence!(
                    "用 --from {from} 重新开始",
                    "start again with --from {from}",
                );
                return Err(Failure::new(Exit::Workspace, said(&what), help));
            }
            Ok(Seen::Commit | Seen::Locked | Seen::Recovered)
            | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
    }
}

fn said(trouble: &Trouble) -> Sentence {
    match trouble {
        Trouble::Replaced => sentence!(
            "工作区文件被替换或删除",
            "the workspace file was replaced or deleted",
        ),
        Trouble::SideLost(side) => sentence!(
            "{side} 在使用中被删除或替换",
            "{side} was deleted or replaced while in use",
        ),
        Trouble::OtherSchema(version) => {
            sentence!(
                "工作区被另一个 caopan 改成了结构 {version}",
                "the workspace was changed to schema {version} by another caopan",
            )
        }
        Trouble::Unreadable(why) => sentence!(
            "工作区读不了了: {why}",
            "the workspace cannot be read any more: {why}",
        ),
    }
}

/// Prints what came behind a place; the new place.
fn print_new(
    opened: &Opened,
    mut at: Seq,
    wish: &WatchArguments,
    how: How,
    out: &mut impl Write,
) -> Result<Seq, Failure> {
    loop {
        let entries = after(&opened.conn, at)?;
        let Some(last) = entries.last() else {
            out.flush()?;
            return Ok(at);
        };
        at = last.seq;
        let now = how.iso(when::now());
        for entry in &entries {
            let mut line = line(entry, &now);
            if wish.unmask
                && entry.entity == "customer"
                && let Some((name, phone)) = person(&opened.conn, &entry.key)?
            {
                line.insert("name".into(), json!(name.as_str()));
                line.insert("phone".into(), json!(phone.as_str()));
            }
            serde_json::to_writer(&mut *out, &Value::Object(line)).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
        }
    }
}

fn line(entry: &Entry, now: &str) -> Map<String, Value> {
    let kind = match entry.happened {
        Happened::Changed => "changed",
        Happened::Gone => "gone",
        Happened::Everything => "everything",
    };
    let mut line = Map::new();
    line.insert("seq".into(), json!(entry.seq.0));
    line.insert("entity".into(), json!(entry.entity));
    line.insert("key".into(), json!(key(entry)));
    line.insert("kind".into(), json!(kind));
    line.insert("at".into(), json!(now));
    line
}

/// A key as it may be printed: some shops know their customers by phone.
fn key(entry: &Entry) -> String {
    let safe = |text: &str| crate::domain::SafeText::new(text).as_str().to_owned();
    if !entry.is_person {
        return safe(&entry.key);
    }
    let (before, person) = match entry.key.rsplit_once('/') {
        Some((before, person)) if entry.entity == "campaign_step" => (format!("{before}/"), person),
        Some(_) | None => (String::new(), entry.key.as_str()),
    };
    let digits = person.bytes().filter(u8::is_ascii_digit).count();
    let is_phone = digits >= 7
        && person
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b' '));
    let person = if is_phone {
        mask::phone(person)
    } else {
        safe(person)
    };
    format!("{}{person}", safe(&before))
}
