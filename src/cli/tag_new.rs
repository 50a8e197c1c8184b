//! `caopan tag new`: a tag of this workspace alone.

use std::io::Write;

use clap::Args;

use crate::config::words::Words;
use crate::domain::tag::{LONGEST, OWN_TAGS, is_name};
use crate::domain::{SafeText, sentence};
use crate::store::tag_made::group_with;

use super::edit::writer;
use super::error::{Exit, Failure};
use super::setting::Setting;
use super::when;

/// Arguments of `tag new`.
#[derive(Debug, Args)]
pub struct NewTagArguments {
    /// The tag's name.
    pub name: String,
    /// Its group; made where there is none of that name [default: 自建标签, unless another group has a tag of that name].
    #[arg(long)]
    pub group: Option<String>,
}

/// Makes it.
pub fn run(
    setting: &Setting,
    wish: &NewTagArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let name = fit(&wish.name)?;
    let mut writer = writer(setting)?;
    let group = match (&wish.group, group_with(writer.look(), name, OWN_TAGS)?) {
        (Some(group), _) => fit(group)?,
        (None, Some(other)) if other.as_str() != OWN_TAGS => return Err(there(name, &other)),
        (None, _) => OWN_TAGS,
    };
    let made = writer.make_tag(name, group, when::now())?;
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

/// Another group has a tag of the name: a twin would make both hard to name.
fn there(name: &str, group: &SafeText) -> Failure {
    Failure::new(
        Exit::Usage,
        sentence!(
            "标签组 {group} 里已有标签 {name:?}",
            "the group {group} has a tag {name:?} already",
        ),
        sentence!(
            "要另建一个同名的, 用 --group 写明组",
            "for another one of that name say its --group",
        ),
    )
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
            "写 1 到 {LONGEST} 个看得见的字, 不含分开名称的 , ; : | 、",
            "write 1 to {LONGEST} visible characters, none of , ; : | that part names"
        ),
    ))
}
