//! What there is to say to the operator, in both languages of the interface.
//!
//! Whoever knows what went wrong says it with `sentence!`: the Chinese beside the English, with the same values in their
//! holes. There is no way to say a thing in one language only, and nothing is looked up by its English words.

use std::fmt;
use std::io;

use super::{Lang, SafeText};

/// Something to say to the operator, in each language; safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Chinese.
    pub zh: SafeText,
    /// English.
    pub en: SafeText,
}

impl Sentence {
    /// A sentence of two texts. What strangers wrote is made safe to show here, word by word.
    pub fn new(zh: &str, en: &str) -> Self {
        Self {
            zh: SafeText::words(zh),
            en: SafeText::words(en),
        }
    }

    /// What others said, or a name: the same in every language.
    pub fn quoted(text: impl fmt::Display) -> Self {
        let said = SafeText::words(&text.to_string());
        Self {
            zh: said.clone(),
            en: said,
        }
    }

    /// Several, one behind another.
    pub fn list(parts: &[Self], between: &str) -> Self {
        let joined = |lang| {
            let said: Vec<&str> = parts.iter().map(|part| part.say(lang).as_str()).collect();
            said.join(between)
        };
        Self::new(&joined(Lang::Zh), &joined(Lang::En))
    }

    /// What the system refused. What is rare stays in its own words.
    pub fn of_system(error: &io::Error) -> Self {
        let zh = match error.kind() {
            io::ErrorKind::NotFound => "没有这个文件或文件夹",
            io::ErrorKind::PermissionDenied => "没有权限",
            io::ErrorKind::AlreadyExists => "已经存在",
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "磁盘已满",
            io::ErrorKind::NotADirectory => "路径里有一段不是文件夹",
            io::ErrorKind::IsADirectory => "是文件夹",
            io::ErrorKind::ReadOnlyFilesystem => "文件系统只能读",
            io::ErrorKind::InvalidFilename => "文件名不合规",
            _ => return Self::quoted(error),
        };
        Self::new(zh, &error.to_string())
    }

    /// In a language.
    pub fn say(&self, lang: Lang) -> &SafeText {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }

    /// This, and another behind a semicolon.
    #[must_use]
    pub fn and(&self, more: &Self) -> Self {
        sentence!("{this}; {more}", "{this}; {more}", this = self, more = more)
    }
}

/// A sentence without holes, Chinese and English: what a constant can hold.
pub type Fixed = (&'static str, &'static str);

impl From<Fixed> for Sentence {
    fn from((zh, en): Fixed) -> Self {
        Self::new(zh, en)
    }
}

impl fmt::Display for Sentence {
    /// English: for logs and for files that keep a reason.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.en.fmt(f)
    }
}

// What a reader of arguments refuses with.
impl std::error::Error for Sentence {}

/// A [`Sentence`] of two formats, Chinese and English, that name what stands around them. Behind them, `name = sentence`
/// fills the hole of that name with another sentence, in its language.
macro_rules! sentence {
    ($zh:literal, $en:literal $(, $name:ident = $part:expr)* $(,)?) => {{
        $(let $name = ::std::clone::Clone::clone(&$part);)*
        $crate::domain::Sentence {
            zh: {
                $(let $name = $name.say($crate::domain::Lang::Zh);)*
                $crate::domain::SafeText::of_words(format_args!($zh))
            },
            en: {
                $(let $name = $name.say($crate::domain::Lang::En);)*
                $crate::domain::SafeText::of_words(format_args!($en))
            },
        }
    }};
}
pub(crate) use sentence;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_in_both_languages_and_a_sentence_in_a_hole_speaks_its_own() {
        let (file, n) = ("客户.csv", 3);
        let why = sentence!("第 {n} 行是空的", "line {n} is empty");
        let said = sentence!(
            "{file} 读不了: {why}",
            "{file} cannot be read: {why}",
            why = why
        );
        assert_eq!(
            said.say(Lang::Zh).as_str(),
            "客户.csv 读不了: 第 3 行是空的"
        );
        assert_eq!(said.to_string(), "客户.csv cannot be read: line 3 is empty");
    }

    #[test]
    fn what_strangers_wrote_is_harmless_and_long_sentences_stay_whole() {
        let name = "\u{1b}[31m";
        let said = sentence!("没有 {name}", "there is no {name}");
        assert!(!said.zh.as_str().contains('\u{1b}') && !said.en.as_str().contains('\u{1b}'));
        let known = "orders, ".repeat(200);
        let said = sentence!("可用: {known}", "there are {known}");
        assert!(said.en.as_str().ends_with(&known));
    }

    #[test]
    fn the_system_is_understood_in_both_languages() {
        let denied = Sentence::of_system(&io::ErrorKind::PermissionDenied.into());
        assert_eq!(denied.zh.as_str(), "没有权限");
        assert_eq!(denied.en.as_str(), "permission denied");
        let odd = Sentence::of_system(&io::Error::other("odd"));
        assert_eq!((odd.zh.as_str(), odd.en.as_str()), ("odd", "odd"));
    }

    /// Every literal pair of the source: what stands between `sentence!(` and the second text's end.
    fn pairs(source: &str) -> Vec<(String, String)> {
        let text = |from: &mut &str| {
            let rest = from.trim_start().trim_start_matches(',').trim_start();
            let inner = rest.strip_prefix('"')?;
            let end = inner
                .char_indices()
                .scan(false, |escaped, (at, c)| {
                    let ends = c == '"' && !*escaped;
                    *escaped = c == '\\' && !*escaped;
                    Some((at, ends))
                })
                .find_map(|(at, ends)| ends.then_some(at))?;
            *from = inner.get(end + 1..)?;
            inner.get(..end).map(str::to_owned)
        };
        let calls = source.split("sentence!(").skip(1);
        calls
            .filter_map(|mut rest| Some((text(&mut rest)?, text(&mut rest)?)))
            .collect()
    }

    fn holes(format: &str) -> Vec<&str> {
        let parts = format.split('{').skip(1);
        let mut holes: Vec<&str> = parts.filter_map(|part| part.split('}').next()).collect();
        holes.sort_unstable();
        holes.dedup();
        holes
    }

    fn sources(folder: &std::path::Path, out: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                out.push(std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    /// Holes of one language alone: a word of that language, a code, or what was being done, which only the English tells.
    const OF_ONE: [&str; 5] = ["doing", "en", "zh", "of", "kind"];

    #[test]
    fn every_sentence_is_chinese_and_english_and_names_the_same_things() {
        let mut files = Vec::new();
        sources(
            &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut files,
        );
        let all: Vec<_> = files.iter().flat_map(|source| pairs(source)).collect();
        assert!(all.len() > 300, "only {} were found", all.len());
        for (zh, en) in all {
            let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
            let letters = en.split('{').filter_map(|part| part.rsplit('}').next());
            let says_words = letters.flat_map(str::chars).any(char::is_alphabetic);
            let is_command = zh == en || zh.contains("{zh}");
            assert!(
                !says_words || is_command || zh.chars().any(is_han),
                "{zh} | {en}"
            );
            let (mut ours, mut theirs) = (holes(&zh), holes(&en));
            ours.retain(|hole| !OF_ONE.contains(hole));
            theirs.retain(|hole| !OF_ONE.contains(hole));
            assert_eq!(ours, theirs, "{zh} | {en}");
        }
    }
}
