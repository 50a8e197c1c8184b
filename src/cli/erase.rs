//! `caopan erase`: a person gone from the workspace, with a receipt that names nobody.

use std::io::{Write, stderr};
use std::path::{Path, PathBuf};

use clap::Args;

use indicatif::ProgressBar;

use crate::config::state::{self, Kept};
use crate::config::words::Words;
use crate::domain::{SafeText, mask, sentence};
use crate::store::erase::{Erased, Step, copies_that_know, erase, known};
use crate::store::restore::By;
use crate::store::traces::Traces;
use crate::store::{Access, open};

use super::error::{Exit, Failure};
use super::person::{actor, confirmed};
use super::progress::{bar_of_pages, thousands};
use super::setting::Setting;
use super::when;

/// Arguments of `erase`.
#[derive(Debug, Args)]
pub struct EraseArguments {
    /// The customer's external_userid.
    pub customer: String,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// Asks, erases, and prints the receipt.
pub fn run(
    setting: &Setting,
    wish: &EraseArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    if setting.common.read_only {
        return Err(Failure::new(
            Exit::Refused,
            sentence!("删除个人信息要写入", "an erasure writes"),
            sentence!("去掉 --read-only", "leave --read-only out"),
        ));
    }
    let words = Words::new(setting.lang());
    let path = setting.workspace();
    let shown = SafeText::new(&path.to_string_lossy());
    let opened = open(&path, Access::ReadWrite)?;
    super::edit::sees_edits(setting)?;
    if let Some(person) = known(&opened.conn, &wish.customer)? {
        let name = SafeText::new(&mask::name(&person.name));
        let (orders, groups) = (person.orders.to_string(), person.groups.to_string());
        let holes = [
            ("name", name.as_str()),
            ("orders", &orders),
            ("groups", &groups),
            ("file", shown.as_str()),
        ];
        let question = words.fill("ask.erase", &holes);
        confirmed(&question, wish.yes)?;
    }
    let traces = Traces::of(&opened.conn, &wish.customer)?;
    drop(opened);
    // Before the rows: whoever runs this again after a power cut only has the id.
    let private = setting.paths.kept(&path);
    let (forgotten, unread) = forget(&private, &traces)?;
    let actor = actor();
    let by = By {
        actor: &actor,
        now: when::now(),
    };
    let bar = bar_of_pages(&words);
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    let erased = erase(&path, &wish.customer, by, &mut |step| {
        show(&bar, step, &words);
    });
    bar.finish_and_clear();
    let erased = erased?;
    receipt(&erased, forgotten, (&shown, &words), out)?;
    let conn = open(&path, Access::ReadOnly)?.conn;
    let mut copies = copies_that_know(&path, &conn, &wish.customer);
    copies.extend(files_that_know(&setting.paths.state, &traces));
    copies.extend(unread.then_some(private));
    // A copy that knows the id tells that it was somebody's.
    let did_nothing = erased.is_nothing() && !erased.resumed && forgotten == 0 && copies.is_empty();
    if !copies.is_empty() {
        writeln!(out, "{}", words.say("receipt.files_know"))?;
        for copy in copies {
            writeln!(out, "  {}", SafeText::new(&copy.to_string_lossy()))?;
        }
    }
    Ok(ending(&erased, did_nothing, (&shown, &words))?)
}

/// What keeps the erasure from being whole, if anything. Where it did nothing at all the id was most likely another's.
fn ending(
    erased: &Erased,
    did_nothing: bool,
    (shown, words): (&SafeText, &Words),
) -> std::io::Result<Exit> {
    let (what, help, exit) = if erased.wal_held {
        let what = words.say("receipt.wal_held").to_owned();
        (what, "receipt.wal_help", Exit::Busy)
    } else if did_nothing && erased.left.is_empty() {
        let file = ("file", shown.as_str());
        let what = words.fill("receipt.erased_nothing", &[file]);
        (what, "receipt.erased_nothing_help", Exit::Failed)
    } else if erased.left.is_empty() {
        return Ok(Exit::Ok);
    } else {
        let places = erased.left.join(", ");
        let what = words.fill("receipt.left", &[("places", &places)]);
        (what, "receipt.left_help", Exit::Failed)
    };
    writeln!(stderr(), "caopan: error: {what}\nhelp: {}", words.say(help))?;
    Ok(exit)
}

/// What was done, in counts.
fn receipt(
    erased: &Erased,
    forgotten: usize,
    (shown, words): (&SafeText, &Words),
    out: &mut impl Write,
) -> std::io::Result<()> {
    let mut say = |key: &str, holes: &[(&str, &str)]| writeln!(out, "{}", words.fill(key, holes));
    let file = ("file", shown.as_str());
    if erased.is_nothing() {
        say("receipt.erased_nothing_left", &[file])?;
    } else {
        say("receipt.erased", &[file])?;
        for (table, rows) in &erased.rows {
            let rows = thousands(*rows);
            say("receipt.erased_rows", &[("table", table), ("n", &rows)])?;
        }
        say(
            "receipt.erased_journal",
            &[("n", &thousands(erased.journal))],
        )?;
        say("receipt.erased_totals", &[])?;
    }
    if forgotten > 0 {
        say("receipt.forgotten", &[("n", &forgotten.to_string())])?;
    }
    if erased.wal_held {
        return Ok(());
    }
    let anew = if erased.rewritten {
        words.say("receipt.written_anew")
    } else {
        ""
    };
    let resumed = if erased.resumed {
        words.say("receipt.resumed")
    } else {
        ""
    };
    let bytes = thousands(erased.searched);
    let holes = [("n", bytes.as_str()), ("anew", anew), ("resumed", resumed)];
    let searched = if erased.left.is_empty() {
        "receipt.searched"
    } else {
        "receipt.searched_left"
    };
    say(searched, &holes)?;
    if erased.of_others > 0 {
        say("receipt.of_others", &[("n", &erased.of_others.to_string())])?;
    }
    Ok(())
}

/// Says what the erasure is at.
fn show(bar: &ProgressBar, step: Step, words: &Words) {
    match step {
        Step::Rows => bar.set_message(words.say("progress.erase_rows").to_owned()),
        Step::Search(done, all) => {
            bar.set_length(all);
            bar.set_position(done);
        }
        Step::Rewrite => {
            bar.set_position(0);
            bar.set_message(words.say("progress.rewrite").to_owned());
        }
    }
    bar.tick();
}

/// Takes filters that speak of the person out of this account's private state of the workspace; how many, and whether there
/// is a state that cannot be read.
fn forget(file: &Path, traces: &Traces) -> Result<(usize, bool), Failure> {
    match state::update(file, |kept| forget_in(kept, traces)) {
        Ok(forgotten) => Ok((forgotten, false)),
        Err(_) if state::load(file).unread.is_some() => Ok((0, true)),
        Err(error) => Err(error.into()),
    }
}

fn forget_in(kept: &mut Kept, traces: &Traces) -> usize {
    let speaks = |text: &str| traces.are_in(text, |_| false);
    let before = kept.filter_history.len() + kept.views.len();
    kept.filter_history.retain(|filter| !speaks(filter));
    kept.views
        .retain(|view| !speaks(&view.filter) && !speaks(&view.name));
    let mut forgotten = before - kept.filter_history.len() - kept.views.len();
    for filter in [&mut kept.filter, &mut kept.groups_filter] {
        if speaks(filter) {
            filter.clear();
            forgotten += 1;
        }
    }
    forgotten
}

/// Files of this account's state that hold one of the person's words: mappings, kept input, reports.
fn files_that_know(folder: &Path, traces: &Traces) -> Vec<PathBuf> {
    /// Larger ones are not looked through.
    const MOST: u64 = 64 << 20;
    let mut left = vec![(folder.to_owned(), 0)];
    let mut found = Vec::new();
    while let Some((folder, depth)) = left.pop() {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries {
            let Ok(meta) = entry.metadata() else { continue };
            if meta.is_dir() && depth < 3 {
                left.push((entry.path(), depth + 1));
            }
            let is_one = meta.is_file()
                && meta.len() <= MOST
                && std::fs::read(entry.path()).is_ok_and(|bytes| traces.are_in_bytes(&bytes));
            if is_one {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}
