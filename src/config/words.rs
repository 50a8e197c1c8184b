//! The words of the interface in two languages, from `config/locales/*.toml` (embedded).
//!
//! A flat table of sentences with `{name}` holes is all the console needs; the kept i18n crates bring second versions
//! of crates that are already in the tree, and none of them can hold a test to "every key the source uses exists".
//! That test is at the bottom of this file.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::domain::Lang;

const ZH: &str = include_str!("../../config/locales/zh-CN.toml");
const EN: &str = include_str!("../../config/locales/en.toml");

/// Sentences by key.
type Table = BTreeMap<String, String>;

// Each file is read once: who says one word a row of a table makes its words anew for each.
// A broken locale file cannot pass the tests; should one ever ship, keys are shown instead of a crash.
static ZH_TABLE: LazyLock<Table> = LazyLock::new(|| read(ZH).unwrap_or_default());
static EN_TABLE: LazyLock<Table> = LazyLock::new(|| read(EN).unwrap_or_default());

/// The sentences of one language. Made at no cost, and copied.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    lang: Lang,
    table: &'static Table,
}

impl Words {
    /// The words of a language.
    pub fn new(lang: Lang) -> Self {
        let table = match lang {
            Lang::Zh => &*ZH_TABLE,
            Lang::En => &*EN_TABLE,
        };
        Self { lang, table }
    }

    /// Which language.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The sentence of `key` (`table.name`); the key itself when there is none.
    pub fn say<'a>(&'a self, key: &'a str) -> &'a str {
        self.table.get(key).map_or(key, String::as_str)
    }

    /// The sentence with its holes filled: `{n}` becomes the value given for `n`.
    pub fn fill(&self, key: &str, holes: &[(&str, &str)]) -> String {
        fill_holes(self.say(key), holes)
    }

    /// The name of a code in a family (`metric`, `event`, `flag` …); the code itself when the family lacks it.
    pub fn named<'a>(&'a self, family: &str, code: &'a str) -> &'a str {
        self.table
            .get(&format!("{family}.{code}"))
            .map_or(code, String::as_str)
    }
}

mod period;

/// Replaces each `{name}` once, left to right; values are never scanned for holes again.
fn fill_holes(sentence: &str, holes: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(sentence.len() + 16);
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        if let Some((_, value)) = holes.iter().find(|(hole, _)| *hole == name) {
            out.push_str(value);
        } else {
            out.push('{');
            out.push_str(name);
            out.push('}');
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn read(text: &str) -> Option<Table> {
    let tables: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(text).ok()?;
    Some(
        tables
            .into_iter()
            .flat_map(|(table, words)| {
                words
                    .into_iter()
                    .map(move |(name, sentence)| (format!("{table}.{name}"), sentence))
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use unicode_width::UnicodeWidthChar;

    use super::{EN, Words, ZH, fill_holes, read};
    use crate::domain::Lang;

    fn holes(sentence: &str) -> BTreeSet<String> {
        sentence
            .split('{')
            .skip(1)
            .filter_map(|part| part.split_once('}'))
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    /// Text of every source file of a folder.
    fn sources(folder: &str) -> String {
        fn walk(folder: &Path, out: &mut String) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, out);
                } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("words.rs")
                {
                    out.push_str(&std::fs::read_to_string(&path).unwrap());
                }
            }
        }
        let mut out = String::new();
        walk(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
            &mut out,
        );
        out
    }

    /// First string literal after each `call(`.
    fn literals(source: &str, call: &str) -> BTreeSet<String> {
        source
            .split(call)
            .skip(1)
            .filter_map(|rest| rest.trim_start().strip_prefix('"'))
            .filter_map(|rest| rest.split_once('"'))
            .map(|(key, _)| key.to_owned())
            .collect()
    }

    #[test]
    fn both_languages_have_the_same_keys_and_holes() {
        let (zh, en) = (read(ZH).unwrap(), read(EN).unwrap());
        let shape = |words: &BTreeMap<String, String>| -> BTreeMap<String, BTreeSet<String>> {
            words.iter().map(|(k, v)| (k.clone(), holes(v))).collect()
        };
        assert_eq!(shape(&zh), shape(&en));
        for (key, sentence) in zh.iter().chain(&en) {
            assert!(!sentence.trim().is_empty(), "{key} says nothing");
        }
    }

    #[test]
    fn every_key_the_source_uses_exists_and_every_key_is_used() {
        let words = read(ZH).unwrap();
        // Only the drawing code speaks through `Words`; other rooms have `say` and `fill` of their own.
        let (drawing, source) = (sources("src/ui"), sources("src"));
        let mut used = literals(&drawing, ".say(");
        used.extend(literals(&drawing, ".fill("));
        used.extend(literals(&drawing, " say("));
        // Receipts and questions of the commands.
        let commands = sources("src/cli");
        used.extend(literals(&commands, "words.say("));
        used.extend(literals(&commands, "words.fill("));
        used.extend(literals(&commands, "self.say("));
        used.extend(literals(&commands, "self.part("));
        for key in &used {
            assert!(words.contains_key(key), "the locale files lack {key}");
        }
        let mut families = literals(&drawing, ".named(");
        families.extend(literals(&commands, "words.named("));
        for family in &families {
            assert!(
                words
                    .keys()
                    .any(|key| key.starts_with(&format!("{family}."))),
                "the locale files lack the family {family}"
            );
        }
        for key in words.keys() {
            let family = key.split('.').next().unwrap_or_default();
            assert!(
                families.contains(family) || source.contains(&format!("\"{key}\"")),
                "nobody says {key}"
            );
        }
    }

    #[test]
    fn no_sentence_holds_a_character_of_ambiguous_width() {
        for (key, sentence) in read(ZH).unwrap().iter().chain(&read(EN).unwrap()) {
            for c in sentence.chars() {
                assert_eq!(
                    c.width(),
                    c.width_cjk(),
                    "{key}: {c:?} is one column or two"
                );
            }
        }
    }

    #[test]
    fn holes_are_filled_once_and_values_are_not_read_again() {
        assert_eq!(
            fill_holes("{a} of {b}", &[("a", "{b}"), ("b", "9")]),
            "{b} of 9"
        );
        assert_eq!(fill_holes("{x} {", &[]), "{x} {");
    }

    #[test]
    fn the_words_of_a_language_are_read_once() {
        for lang in [Lang::Zh, Lang::En] {
            let [one, other] = [(); 2].map(|()| Words::new(lang));
            assert!(std::ptr::eq(one.table, other.table));
        }
        let [zh, en] = [Lang::Zh, Lang::En].map(|lang| Words::new(lang).table);
        assert_ne!(zh, en);
    }

    #[test]
    fn an_unknown_code_is_shown_as_it_is() {
        assert_eq!(Words::new(Lang::En).named("event", "no_such"), "no_such");
    }
}
