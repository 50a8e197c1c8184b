//! Where the last frame put things, told by whoever drew it.

use super::panes::Pane;

/// Where the last frame put things: for clicks, for paging and for the terminal's cursor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hits {
    /// Each drawn pane: its list area (x, y, width, height), rows only.
    pub lists: Vec<(Pane, (u16, u16, u16, u16))>,
    /// Where a text field wants the terminal's cursor (x, y): an IME opens its window there. `None` hides it.
    pub cursor: Option<(u16, u16)>,
}
