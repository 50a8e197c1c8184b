//! What a question needs: which tables must be loaded to answer it, and whether a change can make its answer another.

use std::collections::BTreeSet;

use super::caught::Cells;
use crate::domain::AsOf;
use crate::engine::load::{Reach, Table};
use crate::engine::request::{ALARM_FIRST, Question, Scope};
use crate::filter::{Expr, Field, SortKey};
use crate::store::changes::{Changes, Tables};

/// The tables a question's answer is computed from.
pub fn tables(question: &Question) -> BTreeSet<Table> {
    let (scope, own): (Option<&Scope>, &[Table]) = match question {
        Question::Customers { scope, sort, .. } => return listed(scope, sort),
        Question::Tags(scope) => (Some(scope), &[Table::Tags]),
        Question::Groups { scope, .. } => (Some(scope), &[Table::Orders, Table::Groups]),
        Question::Kpi { scope, .. } => (Some(scope), &[Table::Orders, Table::Steps]),
        Question::Board { scope, .. } => (Some(scope), &[Table::Orders, Table::Adds]),
        Question::Customer(_) => (
            None,
            &[
                Table::Customers,
                Table::Orders,
                Table::Tags,
                Table::Owners,
                Table::Follows,
                Table::Stages,
            ],
        ),
        Question::Sources | Question::Org | Question::Names => (None, &[]),
    };
    let mut needed: BTreeSet<Table> = own.iter().copied().collect();
    needed.insert(Table::Ids);
    if let Some(scope) = scope {
        scoped(scope, &mut needed);
    }
    needed
}

/// What a list of customers needs: with chosen columns only theirs, and what it is sorted by.
fn listed(scope: &Scope, sort: &[SortKey]) -> BTreeSet<Table> {
    // Hits and their spend are always told.
    let mut needed = BTreeSet::from([Table::Ids, Table::Customers]);
    let sort = sorted(scope, sort);
    let columns = match scope.filter.cols.as_slice() {
        [] => &[
            Field::Segment,
            Field::Tag,
            Field::Stage,
            Field::Owner,
            Field::Source,
        ],
        chosen => chosen,
    };
    for field in sort.iter().map(|key| &key.field).chain(columns) {
        needed.extend(of_field(*field));
    }
    scoped(scope, &mut needed);
    needed
}

/// What a list is sorted by.
fn sorted<'q>(scope: &'q Scope, sort: &'q [SortKey]) -> &'q [SortKey] {
    match (sort, scope.filter.sort.as_slice()) {
        ([], []) => &ALARM_FIRST,
        ([], own) => own,
        (asked, _) => asked,
    }
}

/// Adds the tables that a scope looks at.
fn scoped(scope: &Scope, needed: &mut BTreeSet<Table>) {
    filtered(&scope.filter.expr, needed);
    if scope.org.is_some() {
        needed.insert(Table::Owners);
    }
}

/// Which orders a question's answer is computed from.
pub fn reach(question: &Question, as_of: AsOf) -> Reach {
    let (scope, reach) = match question {
        Question::Board { scope, .. } => {
            let period = scope.period.resolve(as_of.today());
            (scope, Reach::of_board(period, as_of.today()))
        }
        Question::Groups { scope, .. } => (scope, Reach::of_groups(as_of.open_day())),
        Question::Kpi { scope, .. } => (scope, Reach::Campaigns),
        Question::Customers { .. }
        | Question::Tags(_)
        | Question::Customer(_)
        | Question::Sources
        | Question::Org
        | Question::Names => return Reach::All,
    };
    let mut asked = BTreeSet::new();
    filtered(&scope.filter.expr, &mut asked);
    if asked.contains(&Table::Orders) || asked.contains(&Table::Adds) {
        // The filter looks at what people ever bought, or at adds that the figures leave out.
        Reach::All
    } else {
        reach
    }
}

/// The tables without which a question waits. A list without orders is one whose scores are not known yet, unless it is
/// filtered or sorted by them.
pub fn at_least(question: &Question) -> BTreeSet<Table> {
    let Question::Customers { scope, sort, .. } = question else {
        return tables(question);
    };
    let mut needed: BTreeSet<Table> = Table::PEOPLE.iter().copied().collect();
    filtered(&scope.filter.expr, &mut needed);
    for key in sort.iter().chain(&scope.filter.sort) {
        needed.extend(of_field(key.field));
    }
    needed
}

/// Adds the tables a filter looks at.
fn filtered(expr: &Expr, needed: &mut BTreeSet<Table>) {
    match expr {
        Expr::All => {}
        Expr::And(parts) | Expr::Or(parts) => {
            for part in parts {
                filtered(part, needed);
            }
        }
        Expr::Not(inner) => filtered(inner, needed),
        Expr::Term(term) => needed.extend(of_field(term.field)),
    }
}

/// Where a field's values come from.
fn of_field(field: Field) -> &'static [Table] {
    match field {
        Field::Text => &[Table::Customers, Table::Follows],
        Field::Name
        | Field::Phone
        | Field::Gender
        | Field::City
        | Field::Birthday
        | Field::Spend
        | Field::Orders
        | Field::Aov
        | Field::LastContact
        | Field::LastPurchase
        | Field::Added => &[Table::Customers],
        Field::Id | Field::Health | Field::Members | Field::Flag | Field::Band | Field::Role => {
            &[Table::Ids]
        }
        Field::Tag => &[Table::Tags],
        Field::Stage => &[Table::Stages],
        Field::Owner => &[Table::Owners],
        Field::Source => &[Table::Owners, Table::Follows],
        Field::Group => &[Table::Groups],
        Field::Segment | Field::Risk | Field::ValueAtRisk => &[Table::Customers, Table::Orders],
        Field::CreditedTo | Field::Campaign => &[Table::Orders],
        Field::AddedBy => &[Table::Adds],
        Field::Step => &[Table::Steps],
    }
}

/// Only rows, tags and stages of customers changed who were there before and still are: nobody came or left, nothing was
/// bought, added or reached.
pub fn only_cells(changed: &Changes, all_stayed: bool) -> bool {
    all_stayed
        && changed.customers.follows.is_empty()
        && changed.customers.events.is_empty()
        && changed.orders.is_empty()
        && changed.groups.is_empty()
        && changed.members.is_empty()
        && changed.campaigns.is_empty()
        && changed.steps.is_empty()
        && changed.staff.is_empty()
        && changed.departments.is_empty()
        && changed.tables == Tables::default()
}

/// The answer can be another one now that these cells changed, and nothing else ([`only_cells`]), though none that it shows
/// is among them. A list follows what it is filtered and sorted by, and tells a sum of spend; panes that show no customers
/// follow the filter alone, the counts of tags also tags.
pub fn concerned(question: &Question, cells: &Cells) -> bool {
    let moved = &cells.moved;
    let narrowed = |scope: &Scope| {
        moved.filters(&scope.filter.expr) || scope.org.is_some() && moved.has(Field::Owner)
    };
    match question {
        Question::Customers { scope, sort, .. } => {
            narrowed(scope) || moved.has(Field::Spend) || moved.sorts(sorted(scope, sort))
        }
        Question::Sources => true,
        Question::Tags(scope) => cells.tagged || narrowed(scope),
        Question::Kpi { scope, .. } | Question::Board { scope, .. } => narrowed(scope),
        Question::Customer(id) => cells.customers.contains(id),
        Question::Groups { .. } | Question::Org | Question::Names => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::moved::Moved;

    #[test]
    fn counts_of_tags_follow_tags_and_the_filter() {
        let cells = |tagged| Cells {
            customers: vec!["wm1".into()],
            tagged,
            moved: Moved::everything(),
        };
        let filtered = Scope {
            filter: crate::filter::parse(
                "gender:f",
                &crate::filter::Ctx::of(crate::filter::Entity::Customers),
            )
            .expect("a filter"),
            ..Scope::default()
        };
        assert!(concerned(&Question::Tags(Scope::default()), &cells(true)));
        let untagged = Cells {
            moved: Moved::default(),
            ..cells(false)
        };
        assert!(!concerned(&Question::Tags(Scope::default()), &untagged));
        assert!(concerned(&Question::Tags(filtered), &cells(false)));
    }
}
