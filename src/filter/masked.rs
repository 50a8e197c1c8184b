//! A filter as it is shown where people are masked (reliability.md D8): what was typed of them is masked as they are.

use super::ast::{Expr, Field, Filter, Match, Term, Test};
use crate::domain::mask;

/// Digits of a phone's end that a masked phone shows.
const TAIL: usize = 4;

/// Masks a word.
type Hide = fn(&str) -> String;

/// How a field's words are masked, where they are of people.
const HIDES: [(Field, Hide); 4] = [
    (Field::Text, word),
    (Field::Name, mask::name),
    (Field::Phone, number),
    (Field::Id, mask::id),
];

/// The filter to show: it means nobody any more.
#[must_use]
pub fn masked(filter: &Filter) -> Filter {
    Filter {
        expr: of(&filter.expr),
        ..filter.clone()
    }
}

fn of(expr: &Expr) -> Expr {
    let all = |parts: &[Expr]| parts.iter().map(of).collect();
    match expr {
        Expr::All => Expr::All,
        Expr::And(parts) => Expr::And(all(parts)),
        Expr::Or(parts) => Expr::Or(all(parts)),
        Expr::Not(part) => Expr::Not(Box::new(of(part))),
        Expr::Term(term) => Expr::Term(of_term(term)),
    }
}

fn of_term(term: &Term) -> Term {
    let Some((_, hide)) = HIDES.iter().find(|(field, _)| *field == term.field) else {
        return term.clone();
    };
    let words = |found: &[Match]| found.iter().map(|one| shown(one, *hide)).collect();
    let test = match &term.test {
        Test::Has(found) => Test::Has(words(found)),
        Test::Is(found) => Test::Is(words(found)),
        Test::Not(found) => Test::Not(words(found)),
        Test::Regex(_) => Test::Regex(mask::WHOLE.to_owned()),
        other @ (Test::Number(_) | Test::Time(_) | Test::Present | Test::Absent) => other.clone(),
    };
    let field = term.field;
    Term { field, test }
}

fn shown(one: &Match, hide: Hide) -> Match {
    let text = hide(&one.text);
    // What is left as it was stands as it was typed; marks of a mask are no marks of the language.
    let literal = one.literal || text != one.text;
    Match {
        text,
        literal,
        prefix: one.prefix,
        id: one.id && !literal,
    }
}

/// Bare text: a phone or its end, else a name, a remark or an id.
fn word(text: &str) -> String {
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '.');
    if text.chars().all(is_number) {
        number(text)
    } else {
        mask::name(text)
    }
}

fn number(text: &str) -> String {
    if text.chars().filter(char::is_ascii_digit).count() > TAIL {
        mask::phone(text)
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Ctx, Entity, parse, print};

    #[test]
    fn a_filter_that_is_shown_masked_names_nobody() {
        for (typed, wanted) in [
            ("吴曦敏 | 12841976604", "\"吴*\" | \"128****6604\""),
            ("姓名:张三,李四 标签:黑金", "name:\"张*\",\"李*\" tag:黑金"),
            (
                "phone:12841976604 -name~^张三",
                "phone:\"128****6604\" -name~***",
            ),
            ("zs 6604 spend>100", "\"***\" 6604 spend>100"),
            ("1284197", "\"***\""),
            ("编号:wmNQHPN6NRZ0", "id:\"wmN****Z0\""),
            ("has:phone owner:张三", "has:phone owner:张三"),
            ("", ""),
        ] {
            let filter = parse(typed, &Ctx::of(Entity::Customers)).unwrap();
            assert_eq!(print(&masked(&filter)), wanted, "{typed}");
        }
    }
}
