//! What the store says of rows that changed: which, and what of them; less what one did oneself.

use std::collections::HashSet;

use crate::domain::{ChatId, CustomerId, SafeText, StaffId};
use crate::engine::answer::CustomerRow;
use crate::engine::request::Turned;
use crate::filter::Field;

use super::now::Now;
use super::overlay::Overlay;
use super::panes::Pane;
use super::sheet::joined;
use super::state::App;

/// What the fields that are told besides the tags are called.
const LABELS: &[(Field, (&str, &str))] = &[
    (Field::Spend, ("消费", "spend")),
    (Field::Orders, ("单数", "orders")),
    (Field::Stage, ("阶段", "stage")),
    (Field::Owner, ("顾问", "owner")),
];

impl App {
    /// Rows changed: notes those that are news, and what of them is.
    pub(super) fn rows_changed(
        &mut self,
        (customers, groups, staff): (&[CustomerId], &[ChatId], &[StaffId]),
        turned: &[(CustomerId, Vec<Turned>)],
        more: bool,
        now: Now,
    ) {
        self.dirty |= self.workspace.busy.take().is_some();
        let count = (customers.len() + groups.len() + staff.len()) as u64 + u64::from(more);
        if let Some(freeze) = &mut self.freeze {
            freeze.waiting += count;
        }
        let listed = self.changes.len();
        let customers = customers.iter().map(|id| (Pane::Customers, id.as_str()));
        let groups = groups.iter().map(|id| (Pane::Groups, id.as_str()));
        let staff = staff.iter().map(|id| (Pane::Board, id.as_str()));
        let mut news = false;
        for (pane, id) in customers.chain(groups).chain(staff) {
            if !self.memory.own.is_of(pane, id, now) {
                self.note_change(now.unix, pane, id);
                news = true;
            }
        }
        for (id, turned) in turned {
            news |= self.note_turned(id, turned, now);
        }
        self.more_changes += u64::from(more && news);
        // What is seen of it by itself: how many rows changed, or which; what waits while nothing moves.
        let counted = self.freeze.is_some() || self.changes.len() != listed;
        let open = |overlay: &Overlay| matches!(overlay, Overlay::Changes(_));
        self.dirty |= count > 0 && (counted || self.overlays.iter().any(open));
    }

    /// Notes what differs of a customer, on screen or not; false where all of it is one's own doing.
    fn note_turned(&mut self, id: &CustomerId, turned: &[Turned], now: Now) -> bool {
        let (id, own) = (id.as_str(), &self.memory.own);
        let is_beside_own = own.is_of(Pane::Customers, id, now);
        let what = self.words_of_turned(&own.others(id, turned, now));
        if what.is_empty() {
            return false;
        }
        if is_beside_own {
            self.note_change(now.unix, Pane::Customers, id);
        }
        let mut newest = self.changes.iter_mut().rev();
        let of =
            |change: &&mut super::state::Change| change.pane == Pane::Customers && change.id == id;
        if let Some(change) = newest.find(of) {
            change.what = what.join("  ");
        }
        true
    }

    /// Those who are gone are not among the marked any more.
    pub(super) fn forget_marks_of(&mut self, gone: &[CustomerId]) {
        if gone.is_empty() {
            return;
        }
        // Thousands may go at once, of thousands marked.
        let gone: HashSet<&CustomerId> = gone.iter().collect();
        let customers = &mut self.panes.customers;
        let before = customers.list.marked.len();
        customers.list.marked.retain(|id| !gone.contains(id));
        customers.kept.retain(|id, _| !gone.contains(id));
        self.dirty |= customers.list.marked.len() != before;
    }

    /// What a list tells of a customer's row that was another.
    pub(super) fn customer_words(&self, was: &CustomerRow, row: &CustomerRow) -> Vec<String> {
        let of = |field, said: fn(&CustomerRow) -> Vec<SafeText>| Turned {
            field,
            was: said(was),
            is: said(row),
        };
        let turned = [
            of(Field::Spend, |row| {
                vec![SafeText::new(&row.spend.decimal())]
            }),
            of(Field::Orders, |row| {
                vec![SafeText::new(&row.orders.to_string())]
            }),
            of(Field::Tag, |row| row.tags.clone()),
            of(Field::Owner, |row| {
                row.owner.iter().map(|(_, name)| name.clone()).collect()
            }),
            of(Field::Stage, |row| row.stage.iter().cloned().collect()),
        ];
        let mut what = self.words_of_turned(&turned);
        if was.last_contact != row.last_contact {
            what.push(self.word(("有新联系", "new contact")).to_owned());
        }
        what
    }

    /// `消费 100 -> 200`, `标签 +囤货 -拼团`: what differs, and of tags only that.
    fn words_of_turned(&self, turned: &[Turned]) -> Vec<String> {
        let differs = turned.iter().filter(|one| one.was != one.is);
        differs.map(|one| self.words_of_one(one)).collect()
    }

    fn words_of_one(&self, one: &Turned) -> String {
        let known = LABELS.iter().find(|(field, _)| *field == one.field);
        let label = self.word(known.map_or(("标签", "tags"), |(_, words)| *words));
        if one.field == Field::Tag {
            let only = |these: &[SafeText], those: &[SafeText], sign: &str| -> Vec<String> {
                let new = these.iter().filter(|tag| !those.contains(tag));
                new.map(|tag| format!("{sign}{tag}")).collect()
            };
            let (added, taken) = (only(&one.is, &one.was, "+"), only(&one.was, &one.is, "-"));
            return format!("{label} {}", [added, taken].concat().join(" "));
        }
        let said = |texts: &[SafeText]| match texts {
            [] => "-".to_owned(),
            texts => joined(texts),
        };
        format!("{label} {} -> {}", said(&one.was), said(&one.is))
    }
}
