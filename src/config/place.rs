//! Where in a file something is wrong, and what was probably meant.

use crate::domain::{Sentence, sentence};

/// An error in a configuration file, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct FileError {
    /// The file, as the operator knows it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: Sentence,
    /// The nearest known name, where a name was not known.
    pub nearest: Option<String>,
}

impl FileError {
    /// Where, what, and what was probably meant.
    pub fn sentence(&self) -> Sentence {
        let (file, line, column) = (&self.file, self.line, self.column);
        let said = sentence!(
            "{file}:{line}:{column}: {what}",
            "{file}:{line}:{column}: {what}",
            what = self.what,
        );
        match &self.nearest {
            None => said,
            Some(name) => said.and(&sentence!("是不是 `{name}`?", "did you mean `{name}`?")),
        }
    }

    /// An error at a byte of the file's text.
    pub fn at(file: &str, text: &str, byte: usize, what: impl Into<Sentence>) -> Self {
        let before = text.get(..byte.min(text.len())).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .map_or(1, |l| l.chars().count() + 1);
        Self {
            file: file.to_owned(),
            line,
            column,
            what: what.into(),
            nearest: None,
        }
    }

    /// The same error, naming the nearest of the known names.
    #[must_use]
    pub fn near<'a>(mut self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        self.nearest = nearest(word, known, 1).first().map(|n| (*n).to_owned());
        self
    }

    /// What the TOML reader said, with its place.
    pub fn toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let byte = error.span().map_or(0, |span| span.start);
        Self::at(file, text, byte, Sentence::quoted(error.message().trim()))
    }
}

impl std::fmt::Display for FileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.sentence().fmt(f)
    }
}

/// The `count` names nearest to a word, best first; names further away than half the word are left out.
pub fn nearest<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
    count: usize,
) -> Vec<&'a str> {
    let limit = (word.chars().count() / 2).max(2);
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .map(|name| {
            let away = if name.starts_with(word) && !word.is_empty() {
                1
            } else {
                distance(word, name)
            };
            (away, name)
        })
        // A name that shares nothing with the word is no slip of it.
        .filter(|(away, name)| {
            *away <= limit && *away < word.chars().count().max(name.chars().count())
        })
        .collect();
    found.sort_unstable();
    found
        .into_iter()
        .map(|(_, name)| name)
        .take(count)
        .collect()
}

/// Edits (insert, delete, replace) between two words.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (y, cell) in b.chars().zip(row.iter_mut().skip(1)) {
            let replaced = diagonal + usize::from(x != y);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_textbook() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("flaw", "lawn"), 2);
    }

    #[test]
    fn what_shares_no_character_with_a_word_is_not_near_it() {
        assert!(nearest("没有", ["于晶", "何敏"], 1).is_empty());
        assert_eq!(nearest("于静", ["于晶", "何敏"], 1), ["于晶"]);
        assert_eq!(nearest("thme", ["theme", "lang"], 1), ["theme"]);
    }

    #[test]
    fn the_place_counts_characters_not_bytes() {
        let text = "甲\n乙丙x";
        let byte = text.find('x').unwrap();
        let error = FileError::at("f", text, byte, ("不对", "bad")).near("thme", ["theme", "lang"]);
        assert_eq!(error.to_string(), "f:2:3: bad; did you mean `theme`?");
    }
}
