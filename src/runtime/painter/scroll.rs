//! Finds rows that moved up or down as a block, so that the terminal can move them itself.
//!
//! A list scrolled by one line is then some twenty bytes and one new row, instead of every row again.

use ratatui::buffer::{Buffer, Cell};

/// Farthest move looked for, in rows.
pub const FARTHEST: u16 = 3;
/// Rows that must be saved for a scroll to be worth its bytes.
pub const WORTH: u16 = 4;

/// Rows `top..bottom`, between the columns `left..right`, move by `by` lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scroll {
    /// First column of the region.
    pub left: u16,
    /// Column after the last one of the region.
    pub right: u16,
    /// First row of the region.
    pub top: u16,
    /// Row after the last one of the region.
    pub bottom: u16,
    /// Lines: more than 0 is up.
    pub by: i16,
}

impl Scroll {
    /// The region is as wide as the screen: it needs no left and right margin.
    pub fn is_of_whole_rows(self, width: u16) -> bool {
        self.left == 0 && self.right == width
    }
}

/// The best scroll from what is shown to what comes next, if one pays. Both buffers have the same area and are canonical.
pub fn find(shown: &Buffer, next: &Buffer) -> Option<Scroll> {
    let width = usize::from(next.area.width);
    if width == 0 || next.area.height < WORTH {
        return None;
    }
    let old: Vec<&[Cell]> = shown.content.chunks_exact(width).collect();
    let new: Vec<&[Cell]> = next.content.chunks_exact(width).collect();
    let changed: Vec<bool> = old.iter().zip(&new).map(|(a, b)| a != b).collect();
    let height = next.area.height;
    if changed.iter().filter(|c| **c).count() < usize::from(WORTH) {
        return None;
    }
    let mut best: Option<(u16, Scroll)> = None;
    for distance in 1..=FARTHEST.min(height - 1) {
        for up in [true, false] {
            let Some((saved, scroll)) = weigh(&old, &new, &changed, distance, up) else {
                continue;
            };
            if saved >= WORTH && best.is_none_or(|(most, _)| saved > most) {
                best = Some((saved, scroll));
            }
        }
    }
    best.map(|(_, scroll)| scroll)
}

/// Rows saved by the widest useful region for this move, and the region.
fn weigh(
    old: &[&[Cell]],
    new: &[&[Cell]],
    changed: &[bool],
    distance: u16,
    up: bool,
) -> Option<(u16, Scroll)> {
    let height = u16::try_from(new.len()).ok()?;
    // Row `y` of the next frame comes from `source(y)` of the shown one.
    let source = |y: u16| {
        if up {
            Some(y + distance).filter(|s| *s < height)
        } else {
            y.checked_sub(distance)
        }
    };
    let arrives = |y: u16| {
        let from = source(y).and_then(|s| old.get(usize::from(s)));
        from.is_some() && from == new.get(usize::from(y))
    };
    let useful = |y: u16| changed.get(usize::from(y)).copied().unwrap_or(false) && arrives(y);
    let first = (0..height).find(|y| useful(*y))?;
    let last = (0..height).rev().find(|y| useful(*y))?;
    let saved = (first..=last).filter(|y| useful(*y)).count();
    let spoilt = (first..=last)
        .filter(|y| !changed.get(usize::from(*y)).copied().unwrap_or(true) && !arrives(*y))
        .count();
    let (top, bottom) = if up {
        (first, last + distance + 1)
    } else {
        (first.checked_sub(distance)?, last + 1)
    };
    let by = i16::try_from(distance).ok()?;
    let width = new.first().map_or(0, |row| row.len());
    let saved = u16::try_from(saved.saturating_sub(spoilt)).ok()?;
    let scroll = Scroll {
        left: 0,
        right: u16::try_from(width).ok()?,
        top,
        bottom: bottom.min(height),
        by: if up { by } else { -by },
    };
    Some((saved, scroll))
}

/// Does to the shown buffer what the terminal does: rows of the region move, uncovered ones become blank.
pub fn apply(scroll: Scroll, shown: &mut Buffer) {
    let width = usize::from(shown.area.width);
    let (left, right) = (usize::from(scroll.left), usize::from(scroll.right));
    let rows = usize::from(scroll.top) * width..usize::from(scroll.bottom) * width;
    let Some(region) = shown.content.get_mut(rows).filter(|_| width > 0) else {
        return;
    };
    let mut rows: Vec<&mut [Cell]> = region
        .chunks_exact_mut(width)
        .filter_map(|row| row.get_mut(left..right))
        .collect();
    if scroll.by < 0 {
        rows.reverse();
    }
    // Now the way is toward the first of them.
    let lines = usize::from(scroll.by.unsigned_abs()).min(rows.len());
    for at in lines..rows.len() {
        let (to, from) = rows.split_at_mut(at);
        if let (Some(to), Some(from)) = (to.get_mut(at - lines), from.first_mut()) {
            to.swap_with_slice(from);
        }
    }
    let uncovered = rows.iter_mut().rev().take(lines);
    uncovered
        .flat_map(|row| row.iter_mut())
        .for_each(Cell::reset);
}
