//! Tags that people make by hand.

use super::SafeText;

/// The group of tags made by hand, where no other is named.
pub const OWN_TAGS: &str = "自建标签";

/// Characters of a tag's or a group's name, at most.
pub const LONGEST: usize = 30;

/// What stands between several tags of a cell, where the whole cell is no tag's name.
pub const BETWEEN: [char; 9] = [';', '；', ',', '，', '、', '|', '｜', '\n', '\r'];

/// What stands between a group and its tag in such a cell.
pub const BEHIND_GROUP: [char; 2] = [':', '：'];

/// A name of a tag or a group that can be read and typed again: 1 to [`LONGEST`] visible characters, and none that parts
/// names in a cell, or a list of tags would come in again as others.
pub fn is_name(name: &str) -> bool {
    let is_plain = SafeText::new(name).as_str() == name;
    let parts = |c: char| BETWEEN.contains(&c) || BEHIND_GROUP.contains(&c);
    !name.is_empty()
        && !name.contains(parts)
        && is_plain
        && name.trim() == name
        && name.chars().count() <= LONGEST
}
