//! `caopan backup`: the workspace as one file, checked, while others go on writing.

use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::Args;

use crate::config::words::Words;
use crate::domain::{SafeText, sentence};
use crate::store::backup::{Copied, copy};
use crate::store::journal::Act;
use crate::store::restore::By;
use crate::store::salvage::salvage;
use crate::store::write::Writer;
use crate::store::{Access, StoreError, open};

use super::error::{Exit, Failure};
use super::person::{actor, stop_flag};
use super::progress::{bar_of_pages, thousands};
use super::setting::Setting;
use super::when;

/// Arguments of `backup`.
#[derive(Debug, Args)]
pub struct BackupArguments {
    /// The copy: one private file (0600).
    pub file: PathBuf,
    /// Replace a plain file of that name.
    #[arg(long)]
    pub force: bool,
    /// The workspace is damaged: save what can still be read of it as a new one.
    #[arg(long)]
    pub salvage: bool,
}

/// Copies the workspace, says what was copied and journals it.
pub fn run(
    setting: &Setting,
    wish: &BackupArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let words = Words::new(setting.lang());
    let from = setting.workspace();
    if wish.salvage {
        return save_what_is_left(&from, wish, &words, out);
    }
    let access = if setting.common.read_only {
        Access::ReadOnly
    } else {
        Access::ReadWrite
    };
    let opened = open(&from, access)?;
    let stop = stop_flag()?;
    let bar = bar_of_pages(&words);
    let page = crate::store::backup::page_size(&opened.conn)?;
    let copied = copy(
        &opened.conn,
        &from,
        &wish.file,
        wish.force,
        &mut |done, of| {
            bar.set_length(of * page);
            bar.set_position(done * page);
            !stop.load(Ordering::Relaxed)
        },
    );
    bar.finish_and_clear();
    let copied = copied?;
    drop(opened.conn);
    say((&from, &wish.file), &copied, &words, out)?;
    if opened.access == Access::ReadOnly {
        writeln!(stderr(), "caopan: {}", words.say("receipt.not_journalled"))?;
    } else {
        journal(&from, &wish.file, &copied)?;
    }
    Ok(Exit::Ok)
}

fn say(
    (from, to): (&Path, &Path),
    copied: &Copied,
    words: &Words,
    out: &mut impl Write,
) -> std::io::Result<()> {
    let shown = |path: &Path| SafeText::new(&path.to_string_lossy());
    let (from, to) = (shown(from), shown(to));
    let (bytes, rows) = (thousands(copied.bytes), thousands(copied.rows));
    let holes = [
        ("from", from.as_str()),
        ("to", to.as_str()),
        ("bytes", &bytes),
        ("rows", &rows),
        ("schema", &copied.version.to_string()),
    ];
    writeln!(out, "{}", words.fill("receipt.copied", &holes))?;
    writeln!(out, "sha256 {}", copied.sha256)
}

/// What not even this command reads is not sent to it again.
fn nothing_left(error: StoreError) -> Failure {
    let is_damaged = matches!(error, StoreError::Damaged { .. });
    let mut failure = Failure::from(error);
    if is_damaged {
        failure.help = Some(sentence!(
            "这里救不出什么: 恢复备份 (caopan restore BACKUP)",
            "nothing can be saved here: restore a backup (caopan restore BACKUP)"
        ));
    }
    failure
}

/// Of a damaged workspace, what can be read, as a new one.
fn save_what_is_left(
    from: &Path,
    wish: &BackupArguments,
    words: &Words,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let actor = actor();
    let by = By {
        actor: &actor,
        now: when::now(),
    };
    let saved = salvage(from, &wish.file, wish.force, by).map_err(nothing_left)?;
    let rows = saved.iter().map(|table| table.rows).sum();
    let shown = |path: &Path| SafeText::new(&path.to_string_lossy());
    let holes = [
        ("rows", thousands(rows)),
        ("from", shown(from).to_string()),
        ("to", shown(&wish.file).to_string()),
    ];
    let holes = holes
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    writeln!(out, "{}", words.fill("receipt.saved", &holes))?;
    let torn: Vec<_> = saved.iter().filter(|table| !table.whole).collect();
    for table in &torn {
        let (rows, lost) = (thousands(table.rows), thousands(table.lost));
        let holes = [
            ("table", table.table.as_ref()),
            ("rows", rows.as_str()),
            ("lost", lost.as_str()),
        ];
        let key = match table.lost {
            0 => "receipt.saved_unsure",
            _ => "receipt.saved_torn",
        };
        writeln!(out, "{}", words.fill(key, &holes))?;
    }
    if torn.is_empty() {
        Ok(Exit::Ok)
    } else {
        Ok(Exit::Partly)
    }
}

/// Where copies lie is what an erasure looks for later.
fn journal(from: &Path, to: &Path, copied: &Copied) -> Result<(), StoreError> {
    let whole = to.canonicalize().unwrap_or_else(|_| to.to_owned());
    let name: String = to
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .chars()
        .take(128)
        .collect();
    let detail = serde_json::json!({
        "path": whole.to_string_lossy(),
        "bytes": copied.bytes,
        "sha256": copied.sha256,
    })
    .to_string();
    let act = Act {
        at: when::now(),
        act: "backup",
        subject_kind: "file",
        subject_id: &name,
        detail: Some(&detail)
            .filter(|d| d.len() <= 4096)
            .map(String::as_str),
        ..Act::default()
    };
    let mut writer = Writer::open(from, &actor())?;
    // The copy is made: busy writers are outwaited rather than let it go unsaid.
    for _ in 0..5 {
        match writer.act(act, |_| Ok(())) {
            Err(error) if error.is_busy() => {}
            done => return done,
        }
    }
    writer.act(act, |_| Ok(()))
}
