//! `caopan tag new`: a tag of this workspace alone.

use std::io::Write;

use clap::Args;

use crate::config::words::Words;
use crate::domain::tag::{LONGEST, OWN_TAGS, is_name};
use crate::domain::{SafeText, sentence};

use super::edit::writer;
use super::error::{Exit, Failure};
use super::setting::Setting;
use super::when;

/// Arguments of `tag new`.
#[derive(Debug, Args)]
pub struct NewTagArguments {
    /// The tag's name.
    pub name: String,
    /// Its group; made where there is none of that name.
    #[arg(long, default_value = OWN_TAGS)]
    pub group: String,
}

/// Makes it.
pub fn run(
    setting: &Setting,
    wish: &NewTagArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let name = fit(&wish.name)?;
    let group = fit(&wish.group)?;
    let made = writer(setting)?.make_tag(name, group, when::now())?;
    let (name, group) = (SafeText::new(name), SafeText::new(group));
    let holes = [("name", name.as_str()), ("group", group.as_str())];
    let key = if made.is_new {
        "receipt.tag_made"
    } else {
        "receipt.tag_there"
    };
    let words = Words::new(setting.lang());
    writeln!(out, "{}", words.fill(key, &holes))?;
    Ok(Exit::Ok)
}

/// A name that can be read and typed again.
pub(super) fn fit(name: &str) -> Result<&str, Failure> {
    let name = name.trim();
    if is_name(name) {
        return Ok(name);
    }
    Err(Failure::new(
        Exit::Usage,
        sentence!("{name:?} 不能作名称", "{name:?} cannot be a name"),
        sentence!(
            "写 1 到 {LONGEST} 个看得见的字",
            "write 1 to {LONGEST} visible characters"
        ),
    ))
}
