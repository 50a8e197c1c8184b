//! Ways to move, and where in a list of rows each leads.

/// Ways to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Motion {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// Half a screen up.
    HalfUp,
    /// Half a screen down.
    HalfDown,
    /// One screen up.
    PageUp,
    /// One screen down.
    PageDown,
    /// First row.
    Top,
    /// Last row.
    Bottom,
    /// Fold, or scroll to the left.
    Left,
    /// Unfold, or scroll to the right.
    Right,
}

impl Motion {
    /// Where it leads from a position among `count` rows, `height` of them on screen; `None` when it is sideways.
    pub(super) fn goal(self, index: u64, count: u64, height: u64) -> Option<u64> {
        let (page, half) = (height.max(1), (height / 2).max(1));
        let last = count.saturating_sub(1);
        let to = match self {
            Motion::Up => index.saturating_sub(1),
            Motion::Down => index + 1,
            Motion::HalfUp => index.saturating_sub(half),
            Motion::HalfDown => index + half,
            Motion::PageUp => index.saturating_sub(page),
            Motion::PageDown => index + page,
            Motion::Top => 0,
            Motion::Bottom => last,
            Motion::Left | Motion::Right => return None,
        };
        Some(to.min(last))
    }
}
