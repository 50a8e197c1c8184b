//! What changed since the last look: marks for a few seconds, the list (`D`), the walk (`u`).

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::domain::{CustomerId, SafeText};
use crate::engine::answer::{
    BoardPage, BoardRow, CustomerRow, CustomersPage, GroupRow, GroupsPage,
};

use super::now::Now;
use super::overlay::Overlay;
use super::panes::Pane;
use super::panes::customers::Column;
use super::state::{App, Change};
use super::turn::Turn;

/// How long a changed row is marked, milliseconds.
pub const MARKED_FOR: u64 = 5_000;

/// The list of changes is no longer than this; the oldest go.
const MOST: usize = 1_000;

/// -1, 0 or 1.
fn direction<T: Ord>(old: &T, new: &T) -> i8 {
    match new.cmp(old) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }
}

/// A change to be noted: row, name, what in words, and whether its first figure fell (-1) or rose (1).
type Found<Id> = (Id, SafeText, Vec<String>, i8);

/// What is told of each row that stands in both windows, as it was and as it is.
fn seen_twice<'a, Row, Told>(
    (old, new): (&'a [Row], &'a [Row]),
    id: impl Fn(&Row) -> &str,
    tell: impl Fn(&Row, &Row) -> Option<Told>,
) -> Vec<Told> {
    let before: HashMap<&str, &Row> = old.iter().map(|row| (id(row), row)).collect();
    new.iter()
        .filter_map(|row| tell(before.get(id(row))?, row))
        .collect()
}

/// Replaces marks of the same row, adds new ones.
fn put_mark<Id: PartialEq>(marks: &mut Vec<(Id, u64, i8)>, id: Id, until: u64, dir: i8) {
    marks.retain(|(marked, _, _)| *marked != id);
    marks.push((id, until, dir));
}

impl App {
    /// Notes that a row changed; a row already in the list since the last look moves to its end.
    pub(super) fn note_change(&mut self, at: i64, pane: Pane, id: &str) {
        let known = self
            .changes
            .iter()
            .position(|change| change.pane == pane && change.id == id);
        let mut change = match known {
            Some(i) => {
                if i < self.change_at {
                    self.change_at -= 1;
                }
                self.chosen_change_moved(i);
                self.changes.remove(i)
            }
            None => Change {
                at,
                pane,
                id: id.to_owned(),
                name: self.name_on_screen(pane, id).unwrap_or_default(),
                what: String::new(),
                event: None,
                looked_up: false,
            },
        };
        change.at = at;
        // What is known of an earlier change says nothing of this one.
        (change.event, change.looked_up) = (None, false);
        change.what.clear();
        self.changes.push(change);
        if self.changes.len() > MOST {
            self.changes.remove(0);
            self.more_changes += 1;
            self.change_at = self.change_at.saturating_sub(1);
            self.chosen_change_moved(0);
        }
    }

    /// The cursor of the open list stays on its row when one before it goes.
    fn chosen_change_moved(&mut self, gone: usize) {
        for overlay in &mut self.overlays {
            if let Overlay::Changes(at) = overlay
                && gone < *at
            {
                *at -= 1;
            }
        }
    }

    fn note_found(&mut self, now: Now, pane: Pane, id: &str, name: SafeText, what: &[String]) {
        if self.memory.own.is_of(pane, id, now) {
            return;
        }
        let at = now.unix;
        let recent = self
            .changes
            .iter()
            .skip(self.change_at)
            .any(|change| change.pane == pane && change.id == id);
        if !recent {
            self.note_change(at, pane, id);
        }
        if let Some(change) = self
            .changes
            .iter_mut()
            .rev()
            .find(|change| change.pane == pane && change.id == id)
        {
            change.name = name;
            change.what = what.join("  ");
        }
    }

    /// Notes what was found in a pane's rows and marks them for a while.
    fn mark<Id: PartialEq + AsRef<str>>(
        &mut self,
        turn: &Turn,
        pane: Pane,
        found: Vec<Found<Id>>,
        marks: impl Fn(&mut Self) -> &mut Vec<(Id, u64, i8)>,
    ) {
        let until = turn.now.millis + MARKED_FOR;
        for (id, name, what, dir) in found {
            self.note_found(turn.now, pane, id.as_ref(), name, &what);
            put_mark(marks(self), id, until, dir);
        }
    }

    pub(super) fn mark_customers(&mut self, old: Option<CustomersPage>, turn: &Turn) {
        let (Some(old), Some(new)) = (old, &self.panes.customers.page.value) else {
            return;
        };
        let told = |was: &CustomerRow, row: &CustomerRow| {
            let words = || self.customer_words(was, row);
            let dir = direction(&was.spend, &row.spend);
            (was != row).then(|| (row.id.clone(), row.name.clone(), words(), dir))
        };
        let found = seen_twice((&old.rows, &new.rows), |row| row.id.as_str(), told);
        let changed = seen_twice(
            (&old.rows, &new.rows),
            |row| row.id.as_str(),
            |was, row| (was != row).then(|| (row.id.clone(), Column::changed(was, row))),
        );
        for (id, columns) in changed {
            let kept = self.panes.customers.changed.entry(id).or_default();
            kept.extend(columns);
        }
        self.mark(turn, Pane::Customers, found, |app| {
            &mut app.panes.customers.marks
        });
    }

    pub(super) fn mark_groups(&mut self, old: Option<GroupsPage>, turn: &Turn) {
        let (Some(old), Some(new)) = (old, &self.panes.groups.page.value) else {
            return;
        };
        let told = |was: &GroupRow, row: &GroupRow| {
            (was != row).then(|| {
                (
                    row.id.clone(),
                    row.name.clone(),
                    self.group_words(was, row),
                    0,
                )
            })
        };
        let found = seen_twice((&old.rows, &new.rows), |row| row.id.as_str(), told);
        self.mark(turn, Pane::Groups, found, |app| &mut app.panes.groups.marks);
    }

    pub(super) fn mark_board(&mut self, old: Option<BoardPage>, turn: &Turn) {
        let (Some(old), Some(new)) = (old, &self.panes.board.page.value) else {
            return;
        };
        let told = |was: &BoardRow, row: &BoardRow| {
            let is_as_it_was =
                was.value == row.value && was.orders == row.orders && was.adds == row.adds;
            let dir = match row.value.number().partial_cmp(&was.value.number()) {
                Some(Ordering::Less) => -1,
                Some(Ordering::Greater) => 1,
                Some(Ordering::Equal) | None => 0,
            };
            let words = || self.board_words(was, row);
            (!is_as_it_was).then(|| (row.id.clone(), row.called(), words(), dir))
        };
        let found = seen_twice((&old.rows, &new.rows), |row| row.id.as_str(), told);
        self.mark(turn, Pane::Board, found, |app| &mut app.panes.board.marks);
    }

    fn group_words(&self, was: &GroupRow, row: &GroupRow) -> Vec<String> {
        let mut what = Vec::new();
        let number = |n: Option<u32>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
        let score = |s: Option<f64>| s.map_or_else(|| "-".to_owned(), |s| format!("{s:.0}"));
        let figures = [
            (
                ("人数", "members"),
                number(was.members),
                number(row.members),
            ),
            (("退群", "left"), number(was.left), number(row.left)),
            (("健康", "health"), score(was.score), score(row.score)),
        ];
        for (words, was, is) in figures {
            self.said(&mut what, words, &was, &is);
        }
        what
    }

    fn board_words(&self, was: &BoardRow, row: &BoardRow) -> Vec<String> {
        use super::sheet::{number, plain};
        let mut what = Vec::new();
        let figures = [
            (("业绩", "value"), plain(was.value), plain(row.value)),
            (("单数", "orders"), number(was.orders), number(row.orders)),
            (("新增", "adds"), number(was.adds), number(row.adds)),
        ];
        for (words, was, is) in figures {
            self.said(&mut what, words, &was, &is);
        }
        what
    }

    /// `消费 100 -> 200`, if they differ.
    fn said(
        &self,
        what: &mut Vec<String>,
        words: (&'static str, &'static str),
        was: &str,
        is: &str,
    ) {
        if was != is {
            what.push(format!("{} {was} -> {is}", self.word(words)));
        }
    }

    /// `u`: to the next changed row; behind the last one the list is empty again.
    pub(super) fn next_change(&mut self, turn: &mut Turn) {
        let Some(change) = self.changes.get(self.change_at).cloned() else {
            self.changes.clear();
            self.more_changes = 0;
            self.change_at = 0;
            self.toast(turn, ("没有更多变更", "No more changes"), false);
            return;
        };
        self.change_at += 1;
        self.go_to_row(change.pane, &change.id, turn);
    }

    /// Puts the cursor on a row of a pane, by its raw id.
    pub(super) fn go_to_row(&mut self, pane: Pane, id: &str, turn: &mut Turn) {
        self.focus_on(pane);
        let height = self.height(pane);
        let found = match pane {
            Pane::Customers => {
                let list = &mut self.panes.customers.list;
                list.cursor = Some(id.into());
                list.held = true;
                let listed = self.panes.customers.page.value.as_ref();
                let at = listed.and_then(|listed| {
                    (listed.offset..)
                        .zip(&listed.rows)
                        .find(|(_, row)| row.id.as_str() == id)
                        .map(|(at, _)| (at, listed.hits))
                });
                match at {
                    Some((at, count)) => {
                        list.index = at;
                        list.follow(count, height);
                    }
                    None => self
                        .memory
                        .questions
                        .stale(crate::engine::request::Slot::Customers),
                }
                true
            }
            Pane::Groups => {
                let rows = self.panes.groups.page.value.as_ref().map(|page| &page.rows);
                let at = rows.and_then(|rows| rows.iter().position(|row| row.id.as_str() == id));
                at.is_some_and(|at| self.place_in(Pane::Groups, at as u64))
            }
            Pane::Board => {
                let rows = self.panes.board.page.value.as_ref().map(|page| &page.rows);
                let at = rows.and_then(|rows| rows.iter().position(|row| row.id.as_str() == id));
                at.is_some_and(|at| self.place_in(Pane::Board, at as u64))
            }
            Pane::Tags | Pane::Kpi => false,
        };
        if !found {
            self.toast(
                turn,
                ("这一行不在当前范围内", "This row is outside the scope"),
                false,
            );
        }
    }

    /// Removes marks whose time is over; true when there were any.
    pub(super) fn expire_marks(&mut self, millis: u64) -> bool {
        let panes = &mut self.panes;
        let count = |panes: &super::panes::Panes| {
            panes.customers.marks.len() + panes.groups.marks.len() + panes.board.marks.len()
        };
        let before = count(panes);
        let customers = &mut panes.customers;
        customers.marks.retain(|(_, until, _)| *until > millis);
        let marked = |id: &CustomerId| customers.marks.iter().any(|(of, _, _)| of == id);
        customers.changed.retain(|id, _| marked(id));
        panes.groups.marks.retain(|(_, until, _)| *until > millis);
        panes.board.marks.retain(|(_, until, _)| *until > millis);
        before != count(panes)
    }

    /// When the next mark ends.
    pub(super) fn marks_end(&self) -> Option<u64> {
        let panes = &self.panes;
        let customers = panes.customers.marks.iter().map(|(_, until, _)| *until);
        let groups = panes.groups.marks.iter().map(|(_, until, _)| *until);
        let board = panes.board.marks.iter().map(|(_, until, _)| *until);
        customers.chain(groups).chain(board).min()
    }
}
