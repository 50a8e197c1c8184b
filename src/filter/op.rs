//! Operators: what may stand between a field and its value.

use super::ast::{Bound, Range};
use super::scan::Scanner;

/// An operator as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Has,
    Is,
    Not,
    Regex,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

impl Op {
    pub fn sign(self) -> &'static str {
        match self {
            Self::Has => ":",
            Self::Is => "=",
            Self::Not => "!=",
            Self::Regex => "~",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::More => ">",
            Self::MoreOrEqual => ">=",
        }
    }

    /// Everything on one side of a value; `None` for operators that name the value itself.
    pub fn side<T>(self, value: T) -> Option<Range<T>> {
        let (from, to) = match self {
            Self::Less => (Bound::None, Bound::Excluded(value)),
            Self::LessOrEqual => (Bound::None, Bound::Included(value)),
            Self::More => (Bound::Excluded(value), Bound::None),
            Self::MoreOrEqual => (Bound::Included(value), Bound::None),
            Self::Has | Self::Is | Self::Not | Self::Regex => return None,
        };
        Some(Range { from, to })
    }
}

/// Takes an operator; `:>` and `:<` are accepted for `>` and `<`, and the signs of mathematics for theirs.
pub(super) fn operator(s: &mut Scanner) -> Op {
    let colon = s.eat(':');
    if s.eat('≥') || s.eat('≧') {
        return Op::MoreOrEqual;
    }
    if s.eat('≤') || s.eat('≦') {
        return Op::LessOrEqual;
    }
    if s.eat('≠') {
        return Op::Not;
    }
    if s.eat('<') {
        return if s.eat('=') {
            Op::LessOrEqual
        } else {
            Op::Less
        };
    }
    if s.eat('>') {
        return if s.eat('=') {
            Op::MoreOrEqual
        } else {
            Op::More
        };
    }
    if colon {
        return Op::Has;
    }
    if s.eat('~') {
        return Op::Regex;
    }
    if s.eat('!') {
        s.eat('=');
        return Op::Not;
    }
    s.eat('=');
    // `==` is what programmers type.
    s.eat('=');
    Op::Is
}
