//! What commands say when they fail, in Chinese: a sentence is found by its English form, with what stands in its holes. What
//! is in neither table is said in English.

use crate::domain::{Lang, SafeText};

use super::error::Failure;
use super::import::sentences as import;
use super::sentences::SENTENCES;

/// Sentences within sentences: `a: b: c` is three of them.
const DEEPEST: usize = 8;

/// Bytes above which a line is no sentence of ours.
const LONGEST: usize = 2_000;

/// A sentence in Chinese; what is not known stays as it is.
pub fn chinese(sentence: &str) -> String {
    within(sentence, DEEPEST)
}

fn within(sentence: &str, deep: usize) -> String {
    if deep == 0 || sentence.len() > LONGEST {
        return sentence.to_owned();
    }
    let known = SENTENCES.iter().chain(import::SENTENCES);
    let known = known.into_iter().find_map(|(english, words)| {
        let holes = holes(english, sentence)?;
        // A name before a colon is a sentence only where something behind it is known.
        let parts: Vec<String> = holes.iter().map(|hole| within(hole, deep - 1)).collect();
        let is_open = *english == "{}: {}";
        let found = !is_open
            || parts
                .get(1)
                .is_some_and(|part| Some(part.as_str()) != holes.get(1).copied());
        found.then(|| fill(words, &parts))
    });
    known.unwrap_or_else(|| sentence.to_owned())
}

/// What stands in the holes of a form, if the text has that form.
fn holes<'a>(form: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut fixed = form.split("{}");
    let mut rest = text.strip_prefix(fixed.next()?)?;
    let mut found = Vec::new();
    let mut fixed = fixed.peekable();
    while let Some(part) = fixed.next() {
        let (hole, behind) = if fixed.peek().is_none() {
            (rest.strip_suffix(part)?, "")
        } else {
            rest.split_once(part)?
        };
        found.push(hole);
        rest = behind;
    }
    rest.is_empty().then_some(found)
}

fn fill(words: &str, parts: &[String]) -> String {
    let mut text = String::new();
    let mut rest = words;
    while let Some((before, behind)) = rest.split_once('{') {
        let (number, after) = behind.split_once('}').unwrap_or((behind, ""));
        text.push_str(before);
        let part = number.parse().ok().and_then(|at: usize| parts.get(at));
        text.push_str(part.map_or("", String::as_str));
        rest = after;
    }
    text.push_str(rest);
    text
}

/// A failure as the console says it, in one line.
pub fn said(failure: &Failure, lang: Lang) -> SafeText {
    if let Some(sentence) = &failure.sentence {
        return sentence.say(lang).clone();
    }
    let gap = if failure.help.is_empty() { "" } else { "; " };
    let said = |text: &str| match lang {
        Lang::Zh => chinese(text),
        Lang::En => text.to_owned(),
    };
    SafeText::new(&format!(
        "{}{gap}{}",
        said(&failure.what),
        said(&failure.help)
    ))
}

impl Failure {
    /// As it is printed, in a language.
    pub fn said(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.to_string(),
            Lang::Zh => {
                let (what, help) = (lines(&self.what), lines(&self.help));
                // What the store refuses it says in both languages itself.
                let own = self.sentence.as_ref().map(|sentence| &sentence.zh);
                match own.filter(|own| what == self.what && own.as_str() != what) {
                    Some(own) => Self::new(self.exit, own, ""),
                    None => Self::new(self.exit, what, help),
                }
                .to_string()
            }
        }
    }
}

/// Each line in Chinese where it is known.
fn lines(text: &str) -> String {
    text.split('\n').map(chinese).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::error::Exit;

    fn said(what: &str, help: &str) -> String {
        Failure::new(Exit::Usage, what, help).said(Lang::Zh)
    }

    #[test]
    fn a_failure_is_said_line_by_line_and_names_stay_as_they_are() {
        assert_eq!(
            said(
                "invalid value 'yaml' for '--format <FORMAT>'\n  [possible values: table, csv]",
                "`--help` shows options and examples"
            ),
            "caopan: error: '--format <FORMAT>' 不能是 'yaml'\n  [可选: table, csv]\nhelp: `--help` 列出选项与例子"
        );
        assert_eq!(
            said(
                "there is no workspace at 我的 店.db",
                "check the path, or make one: caopan init 我的 店.db (or caopan demo 我的 店.db)"
            ),
            "caopan: error: 我的 店.db 没有工作区\nhelp: 检查路径, 或新建一个: caopan init 我的 店.db (或 caopan demo 我的 店.db)"
        );
        let unknown = said("no such thing happened before", "");
        assert_eq!(unknown, "caopan: error: no such thing happened before");
        let english = Failure::new(Exit::Usage, "not confirmed", "").said(Lang::En);
        assert_eq!(english, "caopan: error: not confirmed");
    }

    #[test]
    fn every_form_is_met_before_a_wider_one_and_has_its_holes() {
        for (english, words) in SENTENCES {
            let names: Vec<String> = (0..english.matches("{}").count())
                .map(|n| format!("名{n}"))
                .collect();
            let mut sentence = (*english).to_owned();
            for name in &names {
                sentence = sentence.replacen("{}", name, 1);
            }
            let mut expected = (*words).to_owned();
            for (n, name) in names.iter().enumerate() {
                expected = expected.replace(&format!("{{{n}}}"), name);
            }
            assert_eq!(chinese(&sentence), expected, "{english}");
        }
    }

    #[test]
    fn a_line_of_ever_so_many_parts_ends() {
        let many = "a: ".repeat(40_000);
        assert_eq!(chinese(&many), many);
        let nested = "a.csv: ".repeat(200) + "is empty";
        assert!(chinese(&nested).starts_with("a.csv: "));
    }
}
