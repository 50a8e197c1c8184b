//! What killed processes left beside a workspace and its copies, and whether the console can leave what it shall.

use crate::cli::findings::{Finding, Verdict};
use crate::cli::how::How;
use crate::cli::shell;
use crate::config::paths::Paths;
use crate::domain::text::MAX_BYTES;
use crate::domain::{SafeText, Sentence};
use crate::store::health::Place;

/// What a killed backup, restore or export left: a copy that no list has.
pub(super) fn parts_left(place: &Place, how: How) -> Option<Finding> {
    let parts = &place.parts_left;
    let said = match parts.len() {
        0 => return None,
        1 => how
            .word("有 1 个没做完的文件", "one half made file")
            .to_owned(),
        n => format!("{n} {}", how.word("个没做完的文件", "half made files")),
    };
    let line = Finding::well("leftovers", how.word("残留", "leftovers"), said);
    let names: Option<Vec<String>> = parts.iter().map(|part| shell::path(part)).collect();
    let fix = match names {
        Some(names) => remove(&names),
        None => how
            .word(
                "名字里有不可见的字符: 用 ls -ab 查看后手工删除",
                "a name has characters that cannot be seen: look with ls -ab, remove by hand",
            )
            .to_owned(),
    };
    Some(line.but(Verdict::Note, fix))
}

/// The folder that keeps views, layouts and the progress of imports: nothing of them stays where it cannot be written.
pub(super) fn state(paths: &Paths, how: How) -> Finding {
    let shown = SafeText::new(&paths.state.to_string_lossy());
    let line = Finding::well(
        "state",
        how.word("状态目录", "state folder"),
        shown.as_str(),
    );
    let Err(error) = paths.can_keep() else {
        return line;
    };
    let why = Sentence::of_system(&error);
    let fix = format!(
        "{}: {}",
        how.word("视图与布局存不下", "views and layouts are not kept"),
        why.say(how.lang)
    );
    line.but(Verdict::Wrong, fix)
}

/// Removes as many of them as a line holds whole; the next look tells of the others.
fn remove(names: &[String]) -> String {
    let mut command = "rm".to_owned();
    for name in names {
        if command.len() + 1 + name.len() > MAX_BYTES {
            break;
        }
        command.push(' ');
        command.push_str(name);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_never_cut_within_a_name() {
        let names = ["a".repeat(300), "b".repeat(150), "c".repeat(100)];
        assert_eq!(remove(&names), format!("rm {} {}", names[0], names[1]));
    }
}
