//! File names made from titles: a group may be called `../..`, `CON` or three hundred characters of anything.

/// Longest name made, bytes; leaves room for a date and an extension in the 255 that file systems take.
const MOST: usize = 120;

/// Names that some systems keep for devices.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];

/// A title as one plain part of a file name: letters and digits of any script stay, everything else becomes one `-`. Never
/// empty, never a path, never hidden, never a device.
pub fn slug(title: &str) -> String {
    let mut name = String::new();
    for c in title.chars() {
        let kept = if c.is_alphanumeric() { c } else { '-' };
        if kept == '-' && (name.is_empty() || name.ends_with('-')) {
            continue;
        }
        if name.len() + kept.len_utf8() > MOST {
            break;
        }
        name.push(kept);
    }
    let name = name.trim_end_matches('-');
    if name.is_empty() {
        return "export".to_owned();
    }
    let lower = name.to_lowercase();
    let port = ["com", "lpt"].iter().any(|port| {
        lower
            .strip_prefix(port)
            .is_some_and(|n| n.chars().count() == 1 && n.chars().all(char::is_numeric))
    });
    if port || DEVICES.contains(&lower.as_str()) {
        return format!("{name}-");
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_title_is_never_a_path_or_a_device() {
        for (title, name) in [
            ("../../etc/passwd", "etc-passwd"),
            ("福利群 1 群/上海", "福利群-1-群-上海"),
            ("", "export"),
            ("...", "export"),
            (".bashrc", "bashrc"),
            ("CON", "CON-"),
            ("com1", "com1-"),
            ("community", "community"),
            ("a\nb\0c\u{202e}d", "a-b-c-d"),
            ("标签:高净值 -标签:流失", "标签-高净值-标签-流失"),
        ] {
            assert_eq!(slug(title), name, "{title:?}");
        }
        assert_eq!(slug(&"群".repeat(300)).len(), 120);
    }

    proptest! {
        #[test]
        fn any_title_gives_one_plain_part(title in any::<String>()) {
            let name = slug(&title);
            prop_assert!(!name.is_empty() && name.len() <= MOST + 1);
            prop_assert!(name.chars().all(|c| c.is_alphanumeric() || c == '-'));
            prop_assert!(!name.starts_with('-'));
        }
    }
}
