//! Finds a box of the screen whose content moved up or down, so that a terminal with four margins can move it itself.
//!
//! A list scrolled by a line beside other panes is then some fifty bytes and one new row. The search weighs bytes: a
//! cell that the move puts in its place saves its text, one that it takes out of place costs it. Only the choice
//! depends on these weights; what is wrong after the move is drawn like any other change.

use std::hash::{Hash, Hasher};

use ratatui::buffer::{Buffer, Cell};

use super::scroll::{FARTHEST, Scroll};

/// Bytes of the margins set, the move, the margins taken back and the cursor brought back.
const COST: i32 = 48;

/// The box whose move saves most bytes, if any pays. Both buffers have the same area and are canonical.
pub fn find(shown: &Buffer, next: &Buffer) -> Option<Scroll> {
    let scene = Scene::of(shown, next)?;
    let mut best: Option<(i32, Scroll)> = None;
    for distance in 1..=FARTHEST.min(next.area.height.saturating_sub(1)) {
        for up in [true, false] {
            let found = scene.weigh(usize::from(distance), up);
            let found = found.and_then(|found| found.settled(shown, distance, up));
            if let Some((saved, scroll)) = found
                && saved > COST
                && best.is_none_or(|(most, _)| saved > most)
            {
                best = Some((saved, scroll));
            }
        }
        // A list moves one way: what the shortest move explains needs no longer one.
        if best.is_some_and(|(saved, _)| saved * 2 > scene.changed) {
            break;
        }
    }
    best.map(|(_, scroll)| scroll)
}

/// Both pictures as numbers: equal looks, equal numbers.
struct Scene {
    width: usize,
    old: Vec<u64>,
    new: Vec<u64>,
    /// Bytes of each new cell's text.
    bytes: Vec<i32>,
    /// Bytes of all cells that differ.
    changed: i32,
}

/// Rows and columns that should move, each from the first to the one after the last, and the bytes that it saves.
struct Found {
    columns: (usize, usize),
    rows: (usize, usize),
    saved: i32,
}

impl Scene {
    fn of(shown: &Buffer, next: &Buffer) -> Option<Self> {
        let width = usize::from(next.area.width);
        if width < 2 || shown.area != next.area {
            return None;
        }
        let old: Vec<u64> = shown.content.iter().map(look).collect();
        let new: Vec<u64> = next.content.iter().map(look).collect();
        let bytes = next.content.iter().map(|cell| cell.symbol().len());
        let bytes: Vec<i32> = bytes.map(|n| i32::try_from(n).unwrap_or(1)).collect();
        let differ = old.iter().zip(&new).zip(&bytes);
        let changed = differ
            .filter(|((old, new), _)| old != new)
            .map(|(_, bytes)| bytes)
            .sum();
        Some(Self {
            width,
            old,
            new,
            bytes,
            changed,
        })
    }

    /// The best box for this move: columns by their sums over all rows, rows by their sums over these columns, and
    /// both once more.
    fn weigh(&self, distance: usize, up: bool) -> Option<Found> {
        let gains = self.gains(distance, up);
        let gains: Vec<&[i32]> = gains.chunks(self.width).collect();
        let mut rows = (0, gains.len());
        let mut columns = (0, self.width);
        let mut saved = 0;
        for _ in 0..2 {
            let mut sums = vec![0; self.width];
            for row in gains.get(rows.0..rows.1)? {
                for (sum, gain) in sums.iter_mut().zip(*row) {
                    *sum += gain;
                }
            }
            columns = best_run(&sums)?.0;
            let sums: Vec<i32> = gains
                .iter()
                .map(|row| {
                    row.get(columns.0..columns.1)
                        .map_or(0, |part| part.iter().sum())
                })
                .collect();
            (rows, saved) = best_run(&sums)?;
        }
        // Without the rows that have no source: going down these are the first ones.
        let skipped = if up { 0 } else { distance };
        let rows = (rows.0 + skipped, rows.1 + skipped);
        let uncovered = if up {
            (rows.1, rows.1 + distance)
        } else {
            (rows.0 - distance, rows.0)
        };
        Some(Found {
            columns,
            rows,
            saved: saved - self.lost(columns, uncovered),
        })
    }

    /// What each cell that has a source saves, row by row, when every row is moved.
    fn gains(&self, distance: usize, up: bool) -> Vec<i32> {
        let skip = distance * self.width;
        let (arriving, landing) = if up { (skip, 0) } else { (0, skip) };
        let cells = self.new.len().saturating_sub(skip);
        let from = self.old.iter().skip(arriving).take(cells);
        let here = self.old.iter().skip(landing);
        let wanted = self.new.iter().skip(landing);
        from.zip(here)
            .zip(wanted)
            .zip(self.bytes.iter().skip(landing))
            .map(
                |(((from, here), wanted), bytes)| match (here == wanted, from == wanted) {
                    (false, true) => *bytes,
                    (true, false) => -*bytes,
                    (true, true) | (false, false) => 0,
                },
            )
            .collect()
    }

    /// Bytes of the text that stands as it should where the move leaves blanks.
    fn lost(&self, columns: (usize, usize), rows: (usize, usize)) -> i32 {
        let cells = self.old.iter().zip(&self.new).zip(&self.bytes);
        let cells: Vec<_> = cells.collect();
        cells
            .chunks(self.width)
            .take(rows.1)
            .skip(rows.0)
            .filter_map(|row| row.get(columns.0..columns.1))
            .flatten()
            .filter(|((old, new), _)| old == new)
            .map(|(_, bytes)| **bytes)
            .sum()
    }
}

impl Found {
    /// The region, its edges where no character is cut, and the bytes that its move saves.
    fn settled(self, shown: &Buffer, distance: u16, up: bool) -> Option<(i32, Scroll)> {
        let short = |n: usize| u16::try_from(n).ok();
        let (first, end) = (short(self.rows.0)?, short(self.rows.1)?);
        let (top, bottom) = if up {
            (first, end + distance)
        } else {
            (first.checked_sub(distance)?, end)
        };
        let clean = |x: u16| {
            let mut edge = (top..bottom).filter_map(|y| shown.cell((x, y)));
            // A column that holds the second half of a character must not be the first of anything.
            x >= shown.area.width || edge.all(|cell| !cell.symbol().is_empty())
        };
        let left = short(self.columns.0)?;
        let left = [Some(left), left.checked_sub(1), Some(left + 1)];
        let left = left.into_iter().flatten().find(|x| clean(*x))?;
        let right = short(self.columns.1)?;
        let right = [right, right + 1, right - 1];
        let right = right
            .into_iter()
            .find(|x| *x <= shown.area.width && clean(*x))?;
        let by = i16::try_from(distance).ok()?;
        let scroll = Scroll {
            left,
            right,
            top,
            bottom,
            by: if up { by } else { -by },
        };
        // The least width of a region is two columns.
        (left + 1 < right).then_some((self.saved, scroll))
    }
}

/// The run of neighbours with the largest sum above zero, from the first to the one after the last, and the sum.
fn best_run(sums: &[i32]) -> Option<((usize, usize), i32)> {
    let mut best: Option<((usize, usize), i32)> = None;
    let (mut start, mut running) = (0, 0);
    for (i, sum) in sums.iter().enumerate() {
        if running <= 0 {
            (start, running) = (i, 0);
        }
        running += sum;
        if running > 0 && best.is_none_or(|(_, most)| running > most) {
            best = Some(((start, i + 1), running));
        }
    }
    best
}

/// A number that equal cells share. Different ones share it so rarely that the choice of a box does not suffer.
fn look(cell: &Cell) -> u64 {
    let mut quick = Quick(0);
    cell.symbol().hash(&mut quick);
    (cell.fg, cell.bg, cell.underline_color, cell.modifier).hash(&mut quick);
    quick.finish()
}

/// A quick hash of few bytes.
struct Quick(u64);

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(part) {
                *to = *from;
            }
            // Multiplication carries upward, the turn brings it back down.
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    /// A list between two panes that stay: rows `first..` of customers.
    fn panes(first: u16) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 60, 12));
        for y in 0..12 {
            let n = u32::from(first + y);
            let name = ["李晓燕", "王建国", "陈思雨", "欧阳丽"][usize::from(first + y) % 4];
            let row = format!(
                "{name} {:>5} 消费{:>6}",
                n * 7919 % 99_991,
                n * 3571 % 99_989
            );
            buffer.set_string(0, y, format!("标签{y} │"), Style::new());
            buffer.set_string(12, y, row, Style::new());
            let staff = format!("│ 销售{} {}", y * 3, y * 911);
            buffer.set_string(40, y, staff, Style::new());
        }
        super::super::canon::canonical(&mut buffer);
        buffer
    }

    #[test]
    fn a_list_between_panes_that_stay_is_found_with_the_rows_that_moved() {
        let found = find(&panes(100), &panes(101)).expect("a box");
        assert_eq!((found.top, found.bottom, found.by), (0, 12, 1));
        assert!(
            (12..20).contains(&found.left) && (20..=40).contains(&found.right),
            "{found:?}"
        );
        let back = find(&panes(101), &panes(100)).expect("a box");
        assert_eq!((back.top, back.bottom, back.by), (0, 12, -1));
        let two = find(&panes(100), &panes(102)).expect("a box");
        assert_eq!(two.by, 2);
    }

    #[test]
    fn an_edge_never_cuts_a_wide_character() {
        for (from, to) in [(100, 101), (101, 100), (205, 208)] {
            let (old, new) = (panes(from), panes(to));
            let found = find(&old, &new).expect("a box");
            for y in found.top..found.bottom {
                for x in [found.left, found.right] {
                    assert!(!old.cell((x, y)).unwrap().symbol().is_empty(), "{found:?}");
                }
            }
        }
    }

    #[test]
    fn what_did_not_move_is_not_scrolled() {
        assert_eq!(find(&panes(100), &panes(100)), None);
        let mut other = panes(100);
        other.set_string(12, 3, "别的客户", Style::new());
        assert_eq!(find(&panes(100), &other), None);
    }

    #[test]
    fn the_best_run_is_the_one_with_the_largest_sum() {
        assert_eq!(best_run(&[0, 3, -1, 4, 0, -9, 5]), Some(((1, 4), 6)));
        assert_eq!(best_run(&[-1, 0, -2]), None);
    }
}
