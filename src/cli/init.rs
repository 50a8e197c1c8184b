//! `caopan init`: an empty workspace.

use std::io::Write;
use std::path::PathBuf;

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
