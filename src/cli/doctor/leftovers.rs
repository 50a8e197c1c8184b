//! What killed processes left beside a workspace and its copies.

use crate::cli::findings::{Finding, Verdict};
use crate::cli::how::How;
use crate::cli::shell;
use crate::domain::text::MAX_BYTES;
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
