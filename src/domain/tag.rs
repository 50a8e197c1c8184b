//! Tags that people make by hand.

use super::SafeText;

/// The group of tags made by hand, where no other is named.
pub const OWN_TAGS: &str = "自建标签";

/// Characters of a tag's or a group's name, at most.
pub const LONGEST: usize = 30;

/// A name of a tag or a group that can be read and typed again: 1 to [`LONGEST`] visible characters.
pub fn is_name(name: &str) -> bool {
    let is_plain = SafeText::new(name).as_str() == name;
    !name.is_empty() && is_plain && name.trim() == name && name.chars().count() <= LONGEST
}
