//! A selectable list: the selection is an identity, not an index; it survives moving rows.

use std::cmp::Ordering;

/// Selection and marks over rows of identity `Id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<Id> {
    /// The row under the cursor; `None` while the row at `index` is not known yet.
    pub cursor: Option<Id>,
    /// Its position among all rows.
    pub index: u64,
    /// First row on screen.
    pub top: u64,
    /// Somebody chose the row under the cursor, which stays with it. Until then the cursor stays at the first row, whoever
    /// that comes to be.
    pub held: bool,
    /// Marked rows; with `all`, the rows that are not.
    pub marked: Vec<Id>,
    /// Every row of the list is marked but those in `marked`.
    pub all: bool,
    /// Where the last mark was set: the other end of a range.
    pub anchor: Option<u64>,
}

impl<Id> Default for List<Id> {
    fn default() -> Self {
        Self {
            cursor: None,
            index: 0,
            top: 0,
            held: false,
            marked: Vec::new(),
            all: false,
            anchor: None,
        }
    }
}

impl<Id: Clone + PartialEq> List<Id> {
    /// Puts the cursor on a position of `count` rows; the screen of `height` rows follows.
    pub(super) fn place(&mut self, index: u64, count: u64, height: u64) {
        let index = index.min(count.saturating_sub(1));
        if index != self.index {
            self.cursor = None;
        }
        self.index = index;
        self.held = true;
        self.follow(count, height);
    }

    /// Moves the screen so that the cursor is on it and no empty rows stand below the last.
    pub(super) fn follow(&mut self, count: u64, height: u64) {
        let height = height.max(1);
        self.top = self
            .top
            .min(self.index)
            .max((self.index + 1).saturating_sub(height))
            .min(count.saturating_sub(height));
    }

    /// Finds the cursor's row again among rows that begin at `offset`: the same row on the same line of the screen if it
    /// is there, else the row that stands where it stood. Where nobody chose a row, the first.
    pub(super) fn settle<R>(
        &mut self,
        rows: &[R],
        offset: u64,
        count: u64,
        id: impl Fn(&R) -> &Id,
    ) {
        if !self.held {
            self.restart_at_first();
        }
        let found = self.cursor.as_ref().and_then(|cursor| {
            (offset..)
                .zip(rows)
                .find(|(_, row)| id(row) == cursor)
                .map(|(at, _)| at)
        });
        let at = found.unwrap_or_else(|| self.index.min(count.saturating_sub(1)));
        self.top = (self.top + at).saturating_sub(self.index);
        self.index = at;
        self.cursor = at
            .checked_sub(offset)
            .and_then(|i| usize::try_from(i).ok())
            .and_then(|i| rows.get(i))
            .map(|row| id(row).clone());
    }

    /// The row is marked.
    pub fn is_marked(&self, id: &Id) -> bool {
        self.marked.contains(id) != self.all
    }

    /// Whether a key is about the row: the marked ones, else the one under the cursor.
    pub(super) fn is_chosen(&self, id: &Id) -> bool {
        if self.marked.is_empty() && !self.all {
            self.cursor.as_ref() == Some(id)
        } else {
            self.is_marked(id)
        }
    }

    /// How many of `count` rows are marked.
    pub fn marks(&self, count: u64) -> u64 {
        let named = self.marked.len() as u64;
        if self.all {
            count.saturating_sub(named)
        } else {
            named
        }
    }

    /// Marks every row, or none when every row is marked.
    pub(super) fn mark_all(&mut self) {
        self.all = !(self.all && self.marked.is_empty());
        self.marked.clear();
    }

    /// Marks or unmarks a row.
    pub(super) fn toggle(&mut self, id: &Id) {
        match self.marked.iter().position(|marked| marked == id) {
            Some(at) => {
                self.marked.remove(at);
            }
            None => self.marked.push(id.clone()),
        }
    }

    /// Marks a row.
    pub(super) fn mark(&mut self, id: &Id) {
        if !self.is_marked(id) {
            self.toggle(id);
        }
    }

    /// Back to the first row, whatever it is and comes to be.
    pub(super) fn restart(&mut self) {
        self.restart_at_first();
        self.held = false;
        self.anchor = None;
    }

    fn restart_at_first(&mut self) {
        self.cursor = None;
        self.index = 0;
        self.top = 0;
    }

    /// The row that a question is to keep on its line of the screen.
    pub(super) fn kept(&self) -> Option<&Id> {
        self.cursor.as_ref().filter(|_| self.held)
    }
}

/// The first row on screen after the cursor, moved by a row, has taken the screen along from `before` to `after`: past an
/// edge it goes on to `lines` rows in all, half the screen's `height` at most, and never beyond the ends of `count` rows.
///
/// A screen that did not have to move stays, and one that moved further than that is where it was to go.
pub(super) fn scrolled(before: u64, after: u64, lines: u64, count: u64, height: u64) -> u64 {
    let lines = lines.min(height / 2);
    match after.cmp(&before) {
        Ordering::Greater => {
            let last = count.saturating_sub(height.max(1));
            after.max((before + lines).min(last))
        }
        Ordering::Less => after.min(before.saturating_sub(lines)),
        Ordering::Equal => after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selection_follows_the_row_when_rows_move() {
        let mut list = List {
            cursor: Some('c'),
            index: 2,
            top: 1,
            held: true,
            ..List::default()
        };
        list.settle(&['x', 'y', 'a', 'b', 'c', 'd'], 0, 6, |c| c);
        assert_eq!((list.cursor, list.index, list.top), (Some('c'), 4, 3));
        list.settle(&['a', 'b', 'd', 'e', 'f', 'g'], 0, 6, |c| c);
        assert_eq!((list.cursor, list.index), (Some('f'), 4));
        list.settle(&['a'], 0, 1, |c| c);
        assert_eq!((list.cursor, list.index, list.top), (Some('a'), 0, 0));
        list.settle(&[], 0, 0, |c| c);
        assert_eq!((list.cursor, list.index), (None, 0));
    }

    #[test]
    fn a_list_that_nobody_moved_in_stays_at_its_first_row() {
        let mut list: List<char> = List::default();
        list.settle(&['a', 'b'], 0, 2, |c| c);
        list.settle(&['x', 'a', 'b'], 0, 3, |c| c);
        assert_eq!((list.cursor, list.index, list.top), (Some('x'), 0, 0));
        list.place(0, 3, 2);
        list.settle(&['y', 'z', 'x'], 0, 3, |c| c);
        assert_eq!(
            (list.cursor, list.index),
            (Some('x'), 2),
            "chosen, it is held"
        );
        list.restart();
        list.settle(&['y', 'z', 'x'], 0, 3, |c| c);
        assert_eq!((list.cursor, list.index, list.top), (Some('y'), 0, 0));
    }

    #[test]
    fn past_an_edge_the_screen_goes_on_by_several_rows() {
        // Row 10 is the first below a screen of rows 0 to 9; row 39 the last above one that begins at 40.
        assert_eq!(scrolled(0, 1, 5, 100, 10), 5);
        assert_eq!(scrolled(40, 39, 5, 100, 10), 35);
        assert_eq!(scrolled(40, 40, 5, 100, 10), 40, "inside nothing moves");
        assert_eq!(scrolled(0, 1, 1, 100, 10), 1, "one row as it was");
        assert_eq!(scrolled(0, 30, 5, 100, 10), 30, "further is further");
        assert_eq!(scrolled(60, 3, 5, 100, 10), 3);
    }

    #[test]
    fn the_rows_scrolled_at_once_leave_the_cursor_on_screen_and_show_no_void() {
        for height in 0..9 {
            for count in 1..20u64 {
                for lines in 1..=20 {
                    let mut list: List<char> = List::default();
                    let down = (0..count).chain((0..count).rev());
                    for to in down {
                        let before = list.top;
                        list.place(to, count, height);
                        list.top = scrolled(before, list.top, lines, count, height);
                        let said = format!("{height} {count} {lines} {to}: {}", list.top);
                        assert!(list.top <= to && to < list.top + height.max(1), "{said}");
                        assert!(list.top <= count.saturating_sub(height.max(1)), "{said}");
                        assert!(list.top.abs_diff(before) <= (height / 2).max(1), "{said}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_screen_follows_the_cursor_and_shows_no_void() {
        let mut list: List<char> = List::default();
        list.place(50, 100, 10);
        assert_eq!((list.index, list.top), (50, 41));
        list.place(45, 100, 10);
        assert_eq!((list.index, list.top), (45, 41));
        list.place(3, 100, 10);
        assert_eq!((list.index, list.top), (3, 3));
        list.place(1_000, 100, 10);
        assert_eq!((list.index, list.top), (99, 90));
        list.follow(5, 10);
        assert_eq!(list.top, 0);
    }
}
