//! What killed processes left beside a workspace and its copies.

use std::path::PathBuf;

use crate::cli::findings::{Finding, Verdict};
use crate::cli::how::How;
use crate::domain::SafeText;
use crate::store::health::Place;

/// What a killed backup, restore or export left: a copy that no list has.
pub(super) fn parts_left(place: &Place, how: How) -> Option<Finding> {
    let quoted = |path: &PathBuf| format!("'{}'", SafeText::new(&path.to_string_lossy()));
    let names: Vec<String> = place.parts_left.iter().map(quoted).collect();
    let said = match names.len() {
        0 => return None,
        1 => how
            .word("有 1 个没做完的文件", "one half made file")
            .to_owned(),
        n => format!("{n} {}", how.word("个没做完的文件", "half made files")),
    };
    let line = Finding::well("leftovers", how.word("残留", "leftovers"), said);
    Some(line.but(Verdict::Note, format!("rm {}", names.join(" "))))
}
