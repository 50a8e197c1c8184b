//! `caopan init`: an empty workspace.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::config::words::Words;
use crate::domain::{Lang, SafeText, Zone, sentence};
use crate::store::{Birth, create};

use super::error::{Exit, Failure};
use super::when;

/// What `init` takes.
#[derive(Debug, Args)]
pub struct InitArguments {
    /// The new file; an existing one is never touched.
    pub file: PathBuf,
    /// Zone of business days.
    #[arg(long, default_value = "Asia/Shanghai")]
    pub zone: String,
    /// Name of the business, shown in the top bar.
    #[arg(long, default_value = "")]
    pub name: String,
}

/// Makes the workspace and says what to do next.
pub fn run(wish: &InitArguments, lang: Lang, out: &mut impl Write) -> Result<Exit, Failure> {
    let (file, zone) = (&wish.file, wish.zone.as_str());
    if Zone::parse(zone).is_none() {
        let what = sentence!("{zone:?} 不是时区", "{zone:?} is not a time zone");
        return Err(Failure::new(
            Exit::Usage,
            what,
            sentence!(
                "用 IANA 名称, 如 Asia/Shanghai",
                "use an IANA name such as Asia/Shanghai"
            ),
        ));
    }
    folder_is_there(file)?;
    let birth = Birth {
        zone,
        corp_name: &wish.name,
        workspace_id: "",
        now: when::now(),
    };
    create(file, &birth)?;
    let words = Words::new(lang);
    let shown = SafeText::new(&file.to_string_lossy());
    let holes = [("file", shown.as_str()), ("zone", zone)];
    writeln!(out, "{}", words.fill("receipt.init", &holes))?;
    writeln!(out, "{}", words.fill("receipt.init_next", &holes))?;
    writeln!(out, "{}", words.say("receipt.init_columns"))?;
    Ok(Exit::Ok)
}

/// A folder mistyped is no place for a shop: what lies there would be found by nobody.
pub(super) fn folder_is_there(file: &Path) -> Result<(), Failure> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let Some(folder) = folder.filter(|folder| !folder.exists()) else {
        return Ok(());
    };
    let shown = SafeText::new(&folder.to_string_lossy());
    Err(Failure::new(
        Exit::Failed,
        sentence!("文件夹 {shown} 不存在", "there is no folder {shown}"),
        sentence!(
            "先建好它 (mkdir -p), 或改正路径",
            "make it first (mkdir -p), or correct the path"
        ),
    ))
}
