//! Turns frames into bytes: what the terminal shows is remembered, and only what differs is written.
//!
//! A frame is at most one run of bytes inside a synchronized update (DEC mode 2026), and none at all when nothing
//! differs. Where the bytes go is not known here; see [`super::screen`]. Compared with a stock backend it
//! - knows where the cursor is after a wide character, so that Chinese text needs no cursor moves;
//! - takes the shortest way between two places, by line feeds, relative moves or rewriting a short gap;
//! - erases blank ends of rows, and lets the terminal move scrolled rows, or a box of them where it can;
//! - writes the sixteen colours as such and only the style changes that can be seen;
//! - lets nothing pass that could steer the terminal ([`canon`]).

pub mod boxes;
pub mod canon;
pub mod moves;
mod paper;
pub mod pen;
pub mod scroll;

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::Rect;

use super::margins::Margins;
use moves::{csi, horizontal, position, relative, vertical};
use pen::Pen;
use scroll::Scroll;

/// Begin of a synchronized update.
pub const BEGIN: &[u8] = b"\x1b[?2026h";
/// End of a synchronized update.
pub const END: &[u8] = b"\x1b[?2026l";
/// Bytes of `CSI K`.
const ERASE_COST: usize = 3;
/// A gap up to this many bytes is rewritten rather than jumped over (`CSI n C` takes 4).
const SHORT_GAP: u16 = 3;

/// Where the terminal's cursor is, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Nowhere known.
    Unknown,
    /// In this row.
    Row(u16),
    /// At this column and row.
    Cell(u16, u16),
}

/// Knows what the terminal shows and writes the way to the next frame.
#[derive(Debug)]
pub struct Painter {
    /// What the terminal shows, in the one form of [`canon`].
    shown: Buffer,
    /// The same as it was given: a row that is given again need not be looked at.
    given: Buffer,
    at: At,
    pen: Pen,
    cursor: Option<(u16, u16)>,
    stale: bool,
    margins: Margins,
    /// Rows of the frame at hand that are as they were.
    same: Vec<bool>,
    out: Vec<u8>,
}

impl Default for Painter {
    fn default() -> Self {
        Self {
            shown: Buffer::empty(Rect::ZERO),
            given: Buffer::empty(Rect::ZERO),
            at: At::Unknown,
            pen: Pen::PLAIN,
            cursor: None,
            stale: true,
            margins: Margins::TopBottom,
            same: Vec::new(),
            out: Vec::new(),
        }
    }
}

impl Painter {
    /// A painter before a terminal of which nothing is known but that its cursor is hidden.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same before a terminal with these margins.
    #[must_use]
    pub fn with(self, margins: Margins) -> Self {
        Self { margins, ..self }
    }

    /// Forgets what the terminal shows: the next frame is written in full, its text cursor taken as hidden.
    pub fn forget(&mut self) {
        self.stale = true;
        self.cursor = None;
    }

    /// The bytes for a frame of which only `lines` differ from the one before; any may, where none are named.
    pub fn draw(
        &mut self,
        next: &mut Buffer,
        lines: Option<&[u16]>,
        cursor: Option<(u16, u16)>,
    ) -> &[u8] {
        match lines {
            Some(lines) => self.lines(next, lines, cursor),
            None => self.frame(next, cursor),
        }
    }

    /// The bytes that bring the terminal to `next`, with the text cursor at `cursor` or hidden; empty if it is there.
    ///
    /// `next` must start at 0,0. It is worked in, and comes back as it was.
    pub fn frame(&mut self, next: &mut Buffer, cursor: Option<(u16, u16)>) -> &[u8] {
        self.begin();
        let afresh = self.stale || self.shown.area != next.area;
        if afresh {
            self.clear(next.area);
        }
        let width = usize::from(next.area.width);
        if width > 0 {
            let changed = self.take_in(next, width, |_| true);
            if !afresh && changed >= usize::from(scroll::WORTH) {
                self.whole(next, width);
                let found = match self.margins {
                    Margins::TopBottom => scroll::find(&self.shown, next),
                    Margins::AllFour => boxes::find(&self.shown, next),
                };
                if let Some(scroll) = found {
                    self.scroll(scroll);
                }
            }
            self.rows(next, width);
        }
        self.end(cursor)
    }

    /// The same where nothing but these lines differs from the frame before; no other is looked at.
    pub fn lines(&mut self, next: &mut Buffer, lines: &[u16], cursor: Option<(u16, u16)>) -> &[u8] {
        let width = usize::from(next.area.width);
        if self.stale || self.shown.area != next.area || width == 0 {
            return self.frame(next, cursor);
        }
        self.begin();
        self.take_in(next, width, |y| lines.contains(&y));
        self.rows(next, width);
        self.end(cursor)
    }

    fn begin(&mut self) {
        self.out.clear();
        self.out.extend_from_slice(BEGIN);
    }

    fn end(&mut self, cursor: Option<(u16, u16)>) -> &[u8] {
        self.place_cursor(cursor);
        if self.out.len() == BEGIN.len() {
            self.out.clear();
        } else {
            self.out.extend_from_slice(END);
        }
        &self.out
    }

    /// Brings the rows that differ from what was given last into the one form and marks the others as such; how many
    /// differ. A row that is not looked at is known not to.
    fn take_in(
        &mut self,
        next: &mut Buffer,
        width: usize,
        looked_at: impl Fn(u16) -> bool,
    ) -> usize {
        let given = self.given.content.chunks_exact_mut(width);
        let rows = next.content.chunks_exact_mut(width);
        self.same.clear();
        for (y, (given, row)) in (0u16..).zip(given.zip(rows)) {
            let mut cells = given.iter().zip(row.iter());
            let same = !looked_at(y) || cells.all(|(a, b)| canon::alike(a, b));
            if !same {
                given.clone_from_slice(row);
                canon::canonical_row(row);
            }
            self.same.push(same);
        }
        self.same.iter().filter(|same| !**same).count()
    }

    /// Fills in the rows that were not looked at.
    fn whole(&mut self, next: &mut Buffer, width: usize) {
        let shown = self.shown.content.chunks_exact(width);
        let rows = next.content.chunks_exact_mut(width);
        for ((row, shown), same) in rows.zip(shown).zip(&mut self.same) {
            if std::mem::take(same) {
                row.clone_from_slice(shown);
            }
        }
    }

    /// Writes the rows that differ, which are what is shown then, and gives all of them back as they were given.
    fn rows(&mut self, next: &mut Buffer, width: usize) {
        let mut shown = std::mem::take(&mut self.shown.content);
        let given = std::mem::take(&mut self.given.content);
        let same = std::mem::take(&mut self.same);
        let rows = next.content.chunks_exact_mut(width);
        let rows = rows.zip(given.chunks_exact(width)).zip(&same);
        for (y, (old, ((new, given), same))) in
            (0u16..).zip(shown.chunks_exact_mut(width).zip(rows))
        {
            if *same {
                continue;
            }
            if old != new {
                self.row(y, old, new);
                old.swap_with_slice(new);
            }
            new.clone_from_slice(given);
        }
        (self.shown.content, self.given.content, self.same) = (shown, given, same);
    }

    /// Lets the terminal move rows, or the part of them in a box: margins, the move, no margins.
    fn scroll(&mut self, scroll: Scroll) {
        // Uncovered cells take the paper of the pen.
        self.pen.switch(Pen::PLAIN, &mut self.out);
        let lines = scroll.by.unsigned_abs();
        let in_box = !scroll.is_of_whole_rows(self.shown.area.width);
        if in_box {
            self.out.extend_from_slice(b"\x1b[?69h");
            self.sequence(&[scroll.left + 1, scroll.right], b's');
        }
        self.sequence(&[scroll.top + 1, scroll.bottom], b'r');
        // Setting margins moves the cursor home, but terminals differ in where home is.
        self.at = At::Unknown;
        if in_box {
            // Whatever has these margins can scroll between them from anywhere.
            relative(
                lines,
                if scroll.by > 0 { b'S' } else { b'T' },
                &mut self.out,
            );
        } else if scroll.by > 0 {
            self.go(0, scroll.bottom - 1);
            self.out.extend(std::iter::repeat_n(b'\n', lines.into()));
        } else {
            self.go(0, scroll.top);
            self.out
                .extend(std::iter::repeat_n(*b"\x1bM", lines.into()).flatten());
        }
        self.out.extend_from_slice(b"\x1b[r");
        if in_box {
            self.out.extend_from_slice(b"\x1b[?69l");
        }
        self.at = At::Unknown;
        scroll::apply(scroll, &mut self.shown);
    }

    /// Writes what differs in one row.
    fn row(&mut self, y: u16, old: &[Cell], new: &[Cell]) {
        let differs = |x: u16| old.get(usize::from(x)) != new.get(usize::from(x));
        let width = u16::try_from(new.len()).unwrap_or(u16::MAX);
        let blank_from = blank_end(new);
        let mut erase = None;
        if let Some(first) = (blank_from..width).find(|x| differs(*x)) {
            let last = (first..width).rev().find(|x| differs(*x)).unwrap_or(first);
            if usize::from(last - first) + 1 > ERASE_COST {
                erase = Some(first);
            }
        }
        let end = erase.unwrap_or(width);
        let mut x = 0;
        while let Some(cell) = new.get(usize::from(x)).filter(|_| x < end) {
            let columns = cell.symbol().cell_width().max(1);
            if (x..x + columns).any(differs) {
                self.reach(x, y, new);
                self.put(cell, columns, width);
            }
            x += columns;
        }
        if let Some(first) = erase {
            let here = matches!(self.at, At::Cell(cx, cy) if cy == y && (blank_from..=first).contains(&cx));
            if !here {
                self.reach(first, y, new);
            }
            // Erased cells take the paper of the pen in some terminals and none in others: plain is the same in all.
            let mut plain_paper = self.pen;
            plain_paper.bg = Pen::PLAIN.bg;
            plain_paper.modifier = plain_paper.modifier.difference(pen::SEEN_ON_BLANK);
            self.pen.switch(plain_paper, &mut self.out);
            self.out.extend_from_slice(b"\x1b[K");
        }
    }

    /// Writes one cell where the cursor is.
    fn put(&mut self, cell: &Cell, columns: u16, width: u16) {
        let pen = self.pen.toward(cell);
        self.pen.switch(pen, &mut self.out);
        let sure = canon::surely_as_wide(cell.symbol());
        if !sure && columns > 1 {
            // A terminal that draws it narrower would leave old text in its second column.
            self.sequence(&[columns], b'X');
        }
        self.out.extend_from_slice(cell.symbol().as_bytes());
        self.at = match self.at {
            At::Cell(x, y) if x + columns < width && sure => At::Cell(x + columns, y),
            At::Cell(x, y) if sure || x + columns + 1 < width => At::Row(y),
            At::Cell(..) | At::Row(_) | At::Unknown => At::Unknown,
        };
    }

    /// Brings the cursor to a cell of a row, over a short gap by writing it again.
    fn reach(&mut self, x: u16, y: u16, row: &[Cell]) {
        if let At::Cell(cx, cy) = self.at
            && cy == y
            && cx < x
            && x - cx <= SHORT_GAP
            && let Some(gap) = row.get(usize::from(cx)..usize::from(x))
            && gap
                .iter()
                .all(|c| c.symbol().len() == 1 && self.pen.toward(c) == self.pen)
        {
            for cell in gap {
                self.out.extend_from_slice(cell.symbol().as_bytes());
            }
            self.at = At::Cell(x, y);
        }
        self.go(x, y);
    }

    /// Moves the cursor by the shortest sequence.
    fn go(&mut self, x: u16, y: u16) {
        if self.at == At::Cell(x, y) {
            return;
        }
        let mut best = Vec::with_capacity(16);
        position(x, y, &mut best);
        let (column, row) = match self.at {
            At::Unknown => (None, None),
            At::Row(row) => (None, Some(row)),
            At::Cell(column, row) => (Some(column), Some(row)),
        };
        if let Some(row) = row {
            let mut way = Vec::with_capacity(16);
            for column in [column, Some(0)] {
                let Some(from) = column else { continue };
                way.clear();
                if self.at != At::Cell(from, row) {
                    way.push(b'\r');
                }
                if vertical(row, y, &mut way) {
                    horizontal(from, x, &mut way);
                    if way.len() < best.len() {
                        std::mem::swap(&mut way, &mut best);
                    }
                }
            }
        }
        self.out.append(&mut best);
        self.at = At::Cell(x, y);
    }

    /// Shows, moves or hides the text cursor.
    fn place_cursor(&mut self, cursor: Option<(u16, u16)>) {
        let area = self.shown.area;
        let cursor = cursor.filter(|(x, y)| *x < area.width && *y < area.height);
        match cursor {
            Some((x, y)) => {
                self.go(x, y);
                if self.cursor.is_none() {
                    self.out.extend_from_slice(b"\x1b[?25h");
                }
            }
            None if self.cursor.is_some() => self.out.extend_from_slice(b"\x1b[?25l"),
            None => {}
        }
        self.cursor = cursor;
    }

    /// `CSI a;b… final`.
    fn sequence(&mut self, parameters: &[u16], last: u8) {
        csi(parameters, last, &mut self.out);
    }
}

/// First column of the blank, plain end of a row.
fn blank_end(row: &[Cell]) -> u16 {
    let blanks = row
        .iter()
        .rev()
        .take_while(|c| c.symbol() == " " && Pen::of(c) == Pen::PLAIN)
        .count();
    u16::try_from(row.len() - blanks).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests;
