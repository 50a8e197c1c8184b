//! Words of commands that are printed to be run: what a shell reads is the very name, or none is printed.

use std::path::Path;

use super::how::How;
use crate::app::copy;
use crate::domain::SafeText;

/// A text as one word of a command, quoted where it has to be; `None` where it cannot be shown as it is.
pub fn word(text: &str) -> Option<String> {
    let is_shown = SafeText::new(text).as_str() == text;
    is_shown.then(|| copy::word(text))
}

/// A path as one word that no program takes for an option.
pub fn path(path: &Path) -> Option<String> {
    let text = path.to_str()?;
    if text.starts_with('-') {
        return word(&format!("./{text}"));
    }
    word(text)
}

/// A path, or the word for a file where its name cannot be shown as it is.
pub fn path_or_file(file: &Path, how: How) -> String {
    path(file).unwrap_or_else(|| how.word("文件", "FILE").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_the_very_name() {
        for name in [
            "a.db",
            "it's; rm -rf ~",
            "a b",
            "$(id)`id`",
            "客户.db",
            "-rf",
            "~",
            "a\"b",
            "a*",
        ] {
            let said = path(Path::new(name)).unwrap();
            let printed = std::process::Command::new("sh")
                .args(["-c", &format!("printf %s {said}")])
                .output()
                .unwrap();
            let printed = String::from_utf8(printed.stdout).unwrap();
            assert_eq!(printed.trim_start_matches("./"), name, "{said}");
            assert!(!printed.starts_with('-'));
        }
    }

    #[test]
    fn a_name_that_cannot_be_shown_as_it_is_makes_no_command() {
        for name in ["a\u{202e}b", "a\nb", "a\u{1b}[2J", "a\u{200b}b"] {
            assert_eq!(word(name), None, "{name:?}");
        }
    }
}
