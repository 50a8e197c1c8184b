//! `caopan restore`: a copy put back into the workspace, under whoever has it open.

use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::Args;

use crate::config::words::Words;
use crate::domain::{SafeText, sentence};
use crate::store::StoreError;
use crate::store::identity::{Identity, identity};
use crate::store::restore::{By, restore};

use super::error::{Exit, Failure};
use super::person::{actor, confirmed, stop_flag};
use super::progress::{bar_of_pages, thousands};
use super::setting::Setting;
use super::when;

/// Arguments of `restore`.
#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// The copy, as `caopan backup` made it.
    pub backup: PathBuf,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
    /// The copy is of another workspace, and shall take this one's place.
    #[arg(long)]
    pub other: bool,
}

/// Asks, restores, and says where what was there before is kept.
pub fn run(
    setting: &Setting,
    wish: &RestoreArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let to = setting.workspace();
    let shown = |path: &Path| SafeText::new(&path.to_string_lossy());
    if setting.common.read_only {
        return Err(Failure::new(
            Exit::Refused,
            sentence!("恢复备份要写入", "a restore writes"),
            sentence!("去掉 --read-only", "leave --read-only out"),
        ));
    }
    let whose = identity(&wish.backup);
    if let (Some(copy), Some(live), false) = (&whose, identity(&to), wish.other)
        && copy.id != live.id
    {
        return Err(of_another(copy, &live));
    }
    let words = Words::new(setting.lang());
    let (file, backup) = (shown(&to), shown(&wish.backup));
    let places = [("file", file.as_str()), ("backup", backup.as_str())];
    let whose = whose.map(|whose| (whose.name.to_string(), thousands(whose.customers)));
    let (name, customers) = whose.unwrap_or_default();
    let [place, copy] = places;
    let holes = [place, copy, ("name", &name), ("customers", &customers)];
    let question = words.fill("ask.restore", &holes);
    confirmed(&question, wish.yes)?;
    let stop = stop_flag()?;
    let bar = bar_of_pages(&words);
    let actor = actor();
    let by = By {
        actor: &actor,
        now: when::now(),
    };
    let restored = restore(&wish.backup, &to, by, &mut |done, of| {
        bar.set_length(of * 4096);
        bar.set_position(done * 4096);
        !stop.load(Ordering::Relaxed)
    });
    bar.finish_and_clear();
    let restored = restored.map_err(|error| no_copy(&wish.backup, error))?;
    let (customers, orders) = (thousands(restored.customers), thousands(restored.orders));
    let [file, backup] = places;
    let holes = [file, backup, ("customers", &customers), ("orders", &orders)];
    writeln!(out, "{}", words.fill("receipt.restored", &holes))?;
    if let Some(kept) = &restored.kept {
        let kept = shown(kept);
        let said = words.fill("receipt.kept", &[("file", kept.as_str())]);
        writeln!(out, "{said}")?;
    }
    if restored.erasures_undone > 0 {
        let back = restored.erasures_undone.to_string();
        let said = words.fill("receipt.people_back", &[("n", &back)]);
        writeln!(stderr(), "caopan: {said}")?;
    }
    Ok(Exit::Ok)
}

/// A copy of one shop in the place of another is a slip more often than a wish.
fn of_another(copy: &Identity, live: &Identity) -> Failure {
    let name = |of: &Identity| match of.name.as_str() {
        "" => "—".to_owned(),
        name => name.to_owned(),
    };
    let (copied, kept) = (name(copy), name(live));
    let (n, m) = (thousands(copy.customers), thousands(live.customers));
    Failure::new(
        Exit::Refused,
        sentence!(
            "副本是另一个工作区的: {copied} ({n} 位客户), 这里是 {kept} ({m} 位客户)",
            "the copy is of another workspace: {copied} ({n} customers), here is {kept} ({m} customers)"
        ),
        sentence!(
            "什么都没有改动; 确要用它替换, 加 --other",
            "nothing was changed; to put it here all the same add --other"
        ),
    )
}

/// The file named as the backup is no workspace: naming another workspace would not help.
fn no_copy(backup: &Path, error: StoreError) -> Failure {
    let named = SafeText::new(&backup.to_string_lossy());
    match error {
        StoreError::NotWorkspace { path, why } if path == named => Failure::new(
            Exit::Workspace,
            sentence!(
                "要恢复的 {path} 不是 caopan 工作区: {why}",
                "the backup named, {path}, is no caopan workspace: {why}",
                why = why,
            ),
            sentence!(
                "请写 `caopan backup` 留下的副本; 什么都没有改动",
                "name a copy that `caopan backup` made; nothing was changed"
            ),
        ),
        StoreError::Missing { path } if path == named => Failure::new(
            Exit::Workspace,
            sentence!("{path} 没有备份", "there is no backup at {path}"),
            sentence!(
                "请写 `caopan backup` 留下的副本; 什么都没有改动",
                "name a copy that `caopan backup` made; nothing was changed"
            ),
        ),
        error => error.into(),
    }
}
