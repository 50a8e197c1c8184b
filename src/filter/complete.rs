//! What may be typed next: field names, values, views.

use std::ops::Range;

use super::amount::calendar_words;
use super::ast::{Field, Match};
use super::fields::{FIELDS, FieldSpec, Kind, lookup};
use super::fold::{fold_text_char, search_form};
use super::parse::Ctx;
use super::pinyin::NameMatcher;
use super::special::SPECIALS;
use crate::domain::Lang;

/// Most candidates offered.
const MOST: usize = 50;

/// Something that may stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Text that replaces the span.
    pub insert: String,
    /// What to show beside it: the field's help; empty for values.
    pub note: String,
}

/// Candidates and the characters they would replace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Characters replaced by a candidate; ends at the cursor.
    pub span: Range<usize>,
    /// Best first.
    pub candidates: Vec<Candidate>,
}

/// What completion asks of its caller.
pub struct Sources<'a> {
    /// The known values of a field (tag names, owners, cities …), best first. It need not filter.
    pub values: &'a dyn Fn(Field) -> Vec<String>,
    /// Names of saved views.
    pub views: &'a [String],
    /// Language of field names offered.
    pub lang: Lang,
}

/// Candidates for the cursor, a position in characters.
pub fn complete(text: &str, cursor: usize, ctx: &Ctx<'_>, from: &Sources<'_>) -> Completion {
    let chars: Vec<char> = text.chars().take(cursor).map(fold_text_char).collect();
    let cursor = chars.len();
    let parts = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '|');
    let opens = |at: usize| {
        // A parenthesis stuck to a value has the id of somebody: `王芳(zs01)`.
        let before = at.checked_sub(1).and_then(|at| chars.get(at)).copied();
        before.is_none_or(|c| parts(c) || matches!(c, '-' | '!'))
    };
    let begins =
        |(at, c): (usize, &char)| (parts(*c) && (*c != '(' || opens(at))).then_some(at + 1);
    let start = chars.iter().enumerate().rev().find_map(begins);
    let start = start.unwrap_or(0);
    let token: String = chars.get(start..).unwrap_or_default().iter().collect();
    let word = token.trim_start_matches(['-', '!']);
    let word_at = start + (token.chars().count() - word.chars().count());

    if let Some(name) = word.strip_prefix('@') {
        let span = word_at + 1..cursor;
        return offer(
            span,
            name,
            from.views.iter().map(|v| (quote(v), String::new())),
        );
    }
    let Some(operator) = word.find([':', '=', '<', '>', '~']) else {
        return fields(word_at..cursor, word, ctx, from.lang);
    };
    let (name, rest) = word.split_at(operator);
    let value = rest.trim_start_matches([':', '=', '<', '>', '~', '!']);
    let typed = value.rsplit(',').next().unwrap_or_default();
    let typed = typed.strip_prefix('-').unwrap_or(typed);
    let span = cursor - typed.chars().count()..cursor;
    let name = name.trim_end_matches('!');
    match lookup(name) {
        Some(found) => values(span, typed, found, from),
        None if SPECIALS.iter().any(|words| words.contains(&name)) => {
            fields(span, typed, ctx, from.lang).without_colon()
        }
        None => Completion {
            span,
            candidates: Vec::new(),
        },
    }
}

impl Completion {
    /// Field names as values (`sort:spend`): no operator behind them.
    fn without_colon(mut self) -> Self {
        for c in &mut self.candidates {
            c.insert.truncate(c.insert.trim_end_matches(':').len());
        }
        self
    }
}

fn fields(span: Range<usize>, typed: &str, ctx: &Ctx<'_>, lang: Lang) -> Completion {
    let lower = search_form(typed);
    let begins = |s: &FieldSpec| s.names().any(|n| n.starts_with(&lower));
    let candidates = FIELDS
        .iter()
        .filter(|s| s.field != Field::Text && s.entities.contains(&ctx.entity) && begins(s))
        .map(|s| Candidate {
            insert: format!("{}:", s.label(lang)),
            note: s.help(lang).to_owned(),
        })
        .take(MOST)
        .collect();
    Completion { span, candidates }
}

fn values(
    span: Range<usize>,
    typed: &str,
    field: &'static FieldSpec,
    from: &Sources<'_>,
) -> Completion {
    let plain = |text: &str| (text.to_owned(), String::new());
    match field.kind {
        Kind::Choice => {
            let words = field.choices.iter();
            offer(span, typed, words.map(|c| plain(c.label(from.lang))))
        }
        Kind::Time | Kind::Birthday => {
            let word = |words: &&'static [&'static str]| match from.lang {
                Lang::Zh => words.get(1).copied(),
                Lang::En => words.first().copied(),
            };
            let words: Vec<_> = calendar_words().filter_map(|w| word(&w)).collect();
            offer(span, typed, words.into_iter().map(plain))
        }
        Kind::Text => {
            let known = (from.values)(field.field);
            let typed = typed.trim_start_matches('"');
            offer(span, typed, known.iter().map(|v| (quote(v), String::new())))
        }
        Kind::Money | Kind::Count | Kind::Number => Completion {
            span,
            candidates: Vec::new(),
        },
    }
}

/// A value as it must be typed: bare where it can be.
fn quote(value: &str) -> String {
    let bare = Match::word(value).to_string();
    if bare == value {
        bare
    } else {
        Match::quoted(value).to_string()
    }
}

fn offer(
    span: Range<usize>,
    typed: &str,
    all: impl Iterator<Item = (String, String)>,
) -> Completion {
    let matcher = NameMatcher::new(typed);
    let candidates = all
        .filter(|(text, _)| matcher.is_match(text.trim_start_matches('"')))
        .map(|(insert, note)| Candidate { insert, note })
        .take(MOST)
        .collect();
    Completion { span, candidates }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Entity;

    fn inserts(text: &str, entity: Entity, lang: Lang) -> (Range<usize>, Vec<String>) {
        let views = ["我的VIP".to_owned(), "本周 新客".to_owned()];
        let sources = Sources {
            values: &|field| match field {
                Field::Tag => vec!["高净值".into(), "高 复购".into(), "母婴".into()],
                Field::Owner => vec!["王芳(gao1)".into(), "王芳(hu07)".into()],
                _ => Vec::new(),
            },
            views: &views,
            lang,
        };
        let done = complete(text, text.chars().count(), &Ctx::of(entity), &sources);
        let inserts = done.candidates.into_iter().map(|c| c.insert).collect();
        (done.span, inserts)
    }

    #[test]
    fn field_names_are_offered_by_any_name() {
        let (span, offered) = inserts("a -xf", Entity::Customers, Lang::Zh);
        assert_eq!((span, offered), (3..5, vec!["消费:".to_owned()]));
        let (span, offered) = inserts("(xf", Entity::Customers, Lang::Zh);
        assert_eq!((span, offered), (1..3, vec!["消费:".to_owned()]));
        let (_, offered) = inserts("sp", Entity::Customers, Lang::En);
        assert_eq!(offered, ["spend:"]);
        assert!(inserts("heal", Entity::Customers, Lang::En).1.is_empty());
        assert_eq!(inserts("heal", Entity::Groups, Lang::En).1, ["health:"]);
    }

    #[test]
    fn values_are_offered_by_pinyin_and_quoted_where_needed() {
        let (span, offered) = inserts("tag:母婴,g", Entity::Customers, Lang::Zh);
        assert_eq!(span, 7..8);
        assert_eq!(offered, ["高净值", "\"高 复购\""]);
        assert_eq!(
            inserts("性别:", Entity::Customers, Lang::Zh).1,
            ["未知", "男", "女"]
        );
        assert_eq!(inserts("added:sz", Entity::Customers, Lang::Zh).1, ["上周"]);
        let (span, offered) = inserts("a 顾问:王芳(h", Entity::Customers, Lang::Zh);
        assert_eq!((span, offered), (5..9, vec!["\"王芳(hu07)\"".to_owned()]));
    }

    #[test]
    fn views_and_sort_fields_are_offered() {
        let (span, offered) = inserts("@bz", Entity::Customers, Lang::Zh);
        assert_eq!((span, offered), (1..3, vec!["\"本周 新客\"".to_owned()]));
        assert_eq!(
            inserts("sort:-sp", Entity::Customers, Lang::En).1,
            ["spend"]
        );
    }
}
