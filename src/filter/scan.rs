//! Reading words, quotes and patterns from a filter's characters.

use std::ops::Range;

use super::error::{FilterError, Problem};
use super::fold::fold_text_char;

/// A filter's characters with a place in them.
#[derive(Clone, Debug)]
pub(super) struct Scanner {
    /// As typed.
    raw: Vec<char>,
    /// Full-width folded; same length.
    folded: Vec<char>,
    /// The next character.
    pub at: usize,
}

/// A word and how it was written.
pub(super) struct Word {
    /// Its text, escapes resolved.
    pub text: String,
    /// It was quoted.
    pub quoted: bool,
    /// It ended in a bare `*`.
    pub star: bool,
}

/// Where a bare word ends besides spaces, `|` and parentheses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// At commas: items of a list.
    Comma,
    /// The same, but an id in parentheses stuck to it belongs to it: staff.
    CommaNotId,
    /// At commas and operators: bare text.
    CommaOrOperator,
}

impl Scanner {
    pub fn new(text: &str) -> Self {
        Self {
            raw: text.chars().collect(),
            folded: text.chars().map(fold_text_char).collect(),
            at: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// The folded character `ahead` of the next one.
    pub fn peek(&self, ahead: usize) -> Option<char> {
        self.folded.get(self.at + ahead).copied()
    }

    /// Takes the next character if it is this one.
    pub fn eat(&mut self, c: char) -> bool {
        let is = self.peek(0) == Some(c);
        if is {
            self.at += 1;
        }
        is
    }

    pub fn skip_spaces(&mut self) {
        while self.peek(0).is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// Folded text of a span.
    pub fn text(&self, span: Range<usize>) -> String {
        self.folded
            .get(span)
            .map(|s| s.iter().collect())
            .unwrap_or_default()
    }

    /// Text of a span as typed.
    fn typed(&self, span: Range<usize>) -> String {
        self.raw
            .get(span)
            .map(|s| s.iter().collect())
            .unwrap_or_default()
    }

    /// An operator begins `ahead` of the next character.
    pub fn operator_at(&self, ahead: usize) -> bool {
        match self.peek(ahead) {
            Some(':' | '=' | '<' | '>' | '~' | '≥' | '≤' | '≠' | '≧' | '≦') => true,
            Some('!') => self.peek(ahead + 1) == Some('='),
            _ => false,
        }
    }

    /// The character ends any bare word.
    fn is_end(c: char) -> bool {
        c.is_whitespace() || matches!(c, '(' | ')' | '|')
    }

    /// The run of characters up to a space, parenthesis, `|`, comma, quote, backslash or operator; nothing is taken.
    pub fn head(&self) -> Range<usize> {
        let mut n = 0;
        while let Some(c) = self.peek(n) {
            if Self::is_end(c) || matches!(c, ',' | '"' | '\\') || self.operator_at(n) {
                break;
            }
            n += 1;
        }
        self.at..self.at + n
    }

    /// The value of a field that ends right before `bar`, with nothing between: `a` of `tag:a|`.
    pub fn value_before(&self, bar: usize) -> Option<Range<usize>> {
        let before = self.folded.get(..bar)?;
        let ends = |c: &char| Self::is_end(*c);
        let start = before.iter().rposition(ends).map_or(0, |at| at + 1);
        let signs =
            |c: &char| matches!(c, ':' | '=' | '<' | '>' | '~' | '≥' | '≤' | '≠' | '≧' | '≦');
        let sign = start + before.get(start..)?.iter().rposition(signs)?;
        (sign + 1 < bar).then_some(sign + 1..bar)
    }

    /// The bare word that stands next, if it is one and no field follows it with an operator.
    pub fn bare_word(&self) -> Option<Range<usize>> {
        let head = self.head();
        let is_sign = matches!(self.peek(0), Some('-' | '!' | '@' | '#'));
        (!head.is_empty() && !is_sign && !self.operator_at(head.len())).then_some(head)
    }

    /// Takes a whole-word keyword (`AND`, `或` …) standing by itself.
    pub fn eat_keyword(&mut self, words: &[&str]) -> bool {
        let head = self.head();
        let next = self.folded.get(head.end).copied();
        let alone = next.is_none_or(|c| Self::is_end(c) || c == '"');
        let is = alone && words.contains(&self.text(head.clone()).as_str());
        if is {
            self.at = head.end;
        }
        is
    }

    /// An id in parentheses stuck to a value, which tells two of one name apart: `王芳(zs01)`. Nothing is taken.
    fn id_in_parentheses(&self) -> Option<Range<usize>> {
        let of_id = |c: char| c.is_ascii_alphanumeric() || "_-@.".contains(c);
        let mut n = 1;
        while self.peek(n).is_some_and(of_id) {
            n += 1;
        }
        let is_one = n > 1 && self.peek(0) == Some('(') && self.peek(n) == Some(')');
        let ends = self.peek(n + 1).is_none_or(|c| c == ',' || Self::is_end(c));
        (is_one && ends).then(|| self.at..self.at + n + 1)
    }

    /// The raw run up to a space, parenthesis or `|`: numbers, dates, ranges, lists of them.
    pub fn run(&mut self) -> Range<usize> {
        let start = self.at;
        while self.peek(0).is_some_and(|c| !Self::is_end(c)) {
            self.at += 1;
        }
        start..self.at
    }

    /// A quoted string or a bare word; `None` when nothing stands here.
    pub fn word(&mut self, ends: Ends) -> Result<Option<Word>, FilterError> {
        if self.peek(0) == Some('"') {
            let text = self.quoted()?;
            let star = self.eat('*');
            return Ok(Some(Word {
                text,
                quoted: true,
                star,
            }));
        }
        let mut text = String::new();
        let mut star = false;
        let start = self.at;
        while let Some(c) = self.peek(0) {
            if let Some(id) = self.id_in_parentheses()
                && ends == Ends::CommaNotId
                && !text.is_empty()
            {
                text.push_str(&self.text(id.clone()));
                self.at = id.end;
                continue;
            }
            if Self::is_end(c) || c == ',' {
                break;
            }
            if ends == Ends::CommaOrOperator && self.operator_at(0) {
                break;
            }
            if star {
                text.push('*');
                star = false;
            }
            if c == '\\' && self.at + 1 < self.len() {
                text.extend(self.raw.get(self.at + 1));
                self.at += 2;
                continue;
            }
            if c == '*' {
                star = true;
            } else {
                text.push(c);
            }
            self.at += 1;
        }
        if self.at == start {
            return Ok(None);
        }
        if star && text.is_empty() {
            // A lone star is the character.
            text.push('*');
            star = false;
        }
        Ok(Some(Word {
            text,
            quoted: false,
            star,
        }))
    }

    /// A quoted string: `\"` and `\\` are the character, every other backslash stands for itself.
    pub fn quoted(&mut self) -> Result<String, FilterError> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        while let Some(c) = self.peek(0) {
            if c == '"' {
                self.at += 1;
                return Ok(text);
            }
            let escaped = c == '\\' && matches!(self.peek(1), Some('"' | '\\'));
            if escaped {
                self.at += 1;
            }
            text.extend(self.raw.get(self.at));
            self.at += 1;
        }
        Err(fault(start..self.len(), Problem::UnclosedQuote))
    }

    /// A regular expression: quoted, or up to a space, a `|` or a `)` outside its own parentheses.
    pub fn pattern(&mut self) -> Result<String, FilterError> {
        if self.peek(0) == Some('"') {
            return self.quoted();
        }
        let (start, mut depth) = (self.at, 0_u32);
        while let Some(c) = self.peek(0) {
            match c {
                c if c.is_whitespace() => break,
                '|' | ')' if depth == 0 => break,
                '(' => depth += 1,
                ')' => depth -= 1,
                '\\' if self.peek(1).is_some_and(|c| !c.is_whitespace()) => self.at += 1,
                _ => {}
            }
            self.at += 1;
        }
        Ok(self.typed(start..self.at))
    }

    /// After a value comes a space, a `)`, a `|` or the end; anything else would quietly begin another term.
    pub fn check_end(&self) -> Result<(), FilterError> {
        match self.peek(0) {
            None | Some(')' | '|') => Ok(()),
            Some(c) if c.is_whitespace() => Ok(()),
            Some(_) => Err(self.fault_here(Problem::StuckParenthesis)),
        }
    }

    /// An error at the next character.
    pub fn fault_here(&self, problem: Problem) -> FilterError {
        let end = (self.at + 1).min(self.len()).max(self.at);
        fault(self.at..end, problem)
    }
}

/// An error over a span.
pub(super) fn fault(span: Range<usize>, problem: Problem) -> FilterError {
    FilterError {
        column: span.start,
        span,
        problem,
        suggestion: None,
    }
}
