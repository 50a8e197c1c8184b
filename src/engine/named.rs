//! A filter as it is shown: names in place of ids, wherever a name says as much; of a name that several of the staff have,
//! each of them.

use super::Engine;
use crate::domain::SafeText;
use crate::filter::eval::told_apart;
use crate::filter::fields::spec;
use crate::filter::fold::search_form;
use crate::filter::values::campaign_step;
use crate::filter::{Expr, Field, Filter, Match, Term, Test, eval};

impl Engine {
    /// The filter with names in place of ids. An id stays where its name is gone, or another's too. It finds the same rows.
    #[must_use]
    pub fn named(&self, filter: &Filter) -> Filter {
        Filter {
            expr: self.named_expr(&filter.expr),
            ..filter.clone()
        }
    }

    fn named_expr(&self, expr: &Expr) -> Expr {
        let all = |parts: &[Expr]| parts.iter().map(|part| self.named_expr(part)).collect();
        match expr {
            Expr::All => Expr::All,
            Expr::And(parts) => Expr::And(all(parts)),
            Expr::Or(parts) => Expr::Or(all(parts)),
            Expr::Not(inner) => Expr::Not(Box::new(self.named_expr(inner))),
            Expr::Term(term) => Expr::Term(self.named_term(term)),
        }
    }

    fn named_term(&self, term: &Term) -> Term {
        let field = term.field;
        let named = |found: &[Match], whole| {
            let name = |value: &Match| match self.each_of_name(field, value, whole) {
                Some(each) => each,
                None => vec![self.one_named(field, value, whole)],
            };
            found.iter().flat_map(name).collect()
        };
        let is_named = spec(field).has_ids || field == Field::Step;
        let test = match &term.test {
            Test::Has(found) if is_named => Test::Has(named(found, false)),
            Test::Is(found) if is_named => Test::Is(named(found, true)),
            Test::Not(found) if is_named => Test::Not(named(found, true)),
            test @ (Test::Has(_)
            | Test::Is(_)
            | Test::Not(_)
            | Test::Regex(_)
            | Test::Number(_)
            | Test::Time(_)
            | Test::Present
            | Test::Absent) => test.clone(),
        };
        Term { field, test }
    }

    /// The name of one; what has no name of its own stays.
    fn one_named(&self, field: Field, value: &Match, whole: bool) -> Match {
        let name = if field == Field::Step {
            self.step_named(value, whole)
        } else {
            self.name_of(field, value, whole)
        };
        name.unwrap_or_else(|| value.clone())
    }

    /// A step of a campaign with the campaign's name in place of its number.
    fn step_named(&self, value: &Match, whole: bool) -> Option<Match> {
        let (campaign, step) = campaign_step(&value.text)?;
        let name = self.name_of(Field::Campaign, &Match::word(campaign), whole)?;
        Some(typed(&format!("{}/{}", name.text, step.code)))
    }

    /// The name that means what this id means, and nothing else.
    fn name_of(&self, field: Field, value: &Match, whole: bool) -> Option<Match> {
        // Campaigns are also named by their bare number.
        let number = field == Field::Campaign && value.text.bytes().all(|b| b.is_ascii_digit());
        if !value.id && !number {
            return None;
        }
        if field == Field::Group {
            return self.group_name_of(&value.text, whole);
        }
        let [code] = *self.codes(field, value, whole) else {
            return None;
        };
        let names = self.coded_names(field);
        let (_, name) = names.iter().find(|(of, _)| *of == code)?;
        let means_it = |name: &Match| {
            let mut meant = self.codes(field, name, whole);
            meant.dedup();
            meant == [code]
        };
        let alone = typed(name);
        if means_it(&alone) {
            return Some(alone);
        }
        self.apart(field, code).filter(means_it)
    }

    /// Whom a name of staff means that several have: each of them, told apart. `None` where it is nobody's, one's alone, or
    /// that of too many to be listed.
    fn each_of_name(&self, field: Field, value: &Match, whole: bool) -> Option<Vec<Match>> {
        if value.id || value.prefix {
            return None;
        }
        let codes = self.codes(field, value, whole);
        let is_name =
            |code: &u16| search_form(self.words.staff_name(*code)) == search_form(&value.text);
        if !(2..=LISTED).contains(&codes.len()) || !codes.iter().all(is_name) {
            return None;
        }
        let each = codes.iter().map(|code| self.apart(field, *code));
        each.collect()
    }

    /// A member of staff by their name with the id behind it.
    fn apart(&self, field: Field, code: u16) -> Option<Match> {
        if !field.is_staff() {
            return None;
        }
        let id = self.words.staff.word(code)?;
        Some(typed(&told_apart(self.words.staff_name(code), id)))
    }

    /// The same of a group. Hundreds are held against the name only where the name may also be read as pinyin.
    fn group_name_of(&self, id: &str, whole: bool) -> Option<Match> {
        let group = self.groups.get(id)?;
        let name = typed(&group.name);
        let is_own = search_form(&name.text) == search_form(&group.name);
        // A name that is the text is meant before those that sound like it; `=` means both.
        if is_own && (!whole || self.groups.bearers(&group.name) > 1) {
            return (self.groups.bearers(&group.name) == 1).then_some(name);
        }
        let names: Vec<(&str, &str)> = self.groups.iter().map(|g| (&*g.id, &*g.name)).collect();
        let meant = eval::keys_meant(&name, whole, &names);
        (meant == [&*group.id]).then_some(name)
    }
}

/// Namesakes listed in place of their name; of more the name alone stands.
const LISTED: usize = 4;

/// A name as it would be typed: bare where it can be.
fn typed(name: &str) -> Match {
    let shown = SafeText::new(name);
    let bare = Match::word(shown.as_str());
    if bare.to_string() == bare.text {
        bare
    } else {
        Match::quoted(shown.as_str())
    }
}
