//! The empty page: room for frames, and a screen of which everything is known.

use ratatui::buffer::{Cell, CellDiffOption};
use ratatui::layout::Rect;

use super::pen::Pen;
use super::{At, Margins, Painter};

impl Painter {
    /// The same with room for frames of this size: memory that is touched for the first time costs the first frame much.
    #[must_use]
    pub fn sized(mut self, area: Rect) -> Self {
        self.shown.resize(area);
        self.given.resize(area);
        self
    }

    /// Blanks the screen and the memory of it.
    pub(super) fn clear(&mut self, area: Rect) {
        // Whoever had the terminal before may have left margins, between which a line feed would scroll.
        if self.margins == Margins::AllFour {
            self.out.extend_from_slice(b"\x1b[?69l");
        }
        self.out.extend_from_slice(b"\x1b[r\x1b[m\x1b[2J");
        self.pen = Pen::PLAIN;
        self.at = At::Unknown;
        self.shown.resize(area);
        self.shown.reset();
        // No cell of a frame says that it is to be skipped: every row differs from this one.
        let mut unknown = Cell::EMPTY;
        unknown.set_diff_option(CellDiffOption::Skip);
        self.given.resize(area);
        self.given.content.fill(unknown);
        self.stale = false;
    }
}
