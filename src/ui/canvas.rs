//! The buffer with two promises: nothing is drawn outside it, or outside the part of it that is being drawn, and no half
//! of a wide glyph is left behind.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::glyphs::Glyphs;
use super::text::{self, fitted};

/// A piece of a line.
pub type Run = (String, Style);

/// What everything is drawn on.
#[derive(Debug)]
pub struct Canvas<'b> {
    buf: &'b mut Buffer,
    /// What is drawn; the rest stays as it is.
    parts: Vec<Rect>,
}

impl<'b> Canvas<'b> {
    /// Over a buffer.
    pub fn new(buf: &'b mut Buffer) -> Self {
        let parts = vec![buf.area];
        Self { buf, parts }
    }

    /// Over these parts of a buffer. A text that begins in one of them must end in it.
    pub fn within(buf: &'b mut Buffer, parts: &[Rect]) -> Self {
        let parts = parts
            .iter()
            .map(|part| part.intersection(buf.area))
            .collect();
        Self { buf, parts }
    }

    /// Something of this area is drawn.
    pub fn draws(&self, area: Rect) -> bool {
        self.parts.iter().any(|part| part.intersects(area))
    }

    /// What of an area is drawn.
    fn drawn(&self, area: Rect) -> Vec<Rect> {
        let parts = self.parts.iter().map(|part| part.intersection(area));
        parts.filter(|part| !part.is_empty()).collect()
    }

    /// Draws a text at most `columns` wide, cut with `~`. Returns the column after it.
    pub fn put(&mut self, x: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
        let right = self.buf.area.right().min(x.saturating_add(columns));
        let room = right.saturating_sub(x);
        if room == 0 || y < self.buf.area.top() || y >= self.buf.area.bottom() {
            return x;
        }
        let shown = fitted(text, room);
        if !self.draws(Rect::new(x, y, 1, 1)) {
            return x.saturating_add(text::width(&shown));
        }
        self.part_left(x, y);
        let mut at = x;
        for (grapheme, wide) in text::clusters(&shown) {
            if wide == 0 {
                continue;
            }
            if let Some(cell) = self.buf.cell_mut((at, y)) {
                cell.set_symbol(grapheme).set_style(style);
            }
            for tail in 1..wide {
                if let Some(cell) = self.buf.cell_mut((at.saturating_add(tail), y)) {
                    cell.set_symbol(" ").set_style(style);
                }
            }
            at = at.saturating_add(wide);
        }
        at
    }

    /// Draws a text that ends just before column `right`.
    pub fn put_right(&mut self, right: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
        let shown = fitted(text, columns);
        let x = right.saturating_sub(text::width(&shown));
        self.put(x, y, columns, &shown, style);
        x
    }

    /// Draws pieces one after the other, together at most `columns` wide. Returns the column after them.
    pub fn runs(&mut self, x: u16, y: u16, columns: u16, runs: &[Run]) -> u16 {
        let end = x.saturating_add(columns);
        let mut at = x;
        for (text, style) in runs {
            at = self.put(at, y, end.saturating_sub(at), text, *style);
            if at >= end {
                break;
            }
        }
        at
    }

    /// Draws pieces that end just before column `right`.
    pub fn runs_right(&mut self, right: u16, y: u16, runs: &[Run]) -> u16 {
        let wide = runs.iter().fold(0_u16, |sum, (text, _)| {
            sum.saturating_add(text::width(text))
        });
        let x = right.saturating_sub(wide);
        self.runs(x, y, wide, runs);
        x
    }

    /// Makes an area empty.
    pub fn clear(&mut self, area: Rect, style: Style) {
        let whole = self.buf.area;
        let mut empty = Cell::EMPTY;
        empty.set_style(style);
        for area in self.drawn(area) {
            let (from, columns) = (usize::from(area.x - whole.x), usize::from(area.width));
            for y in area.top()..area.bottom() {
                self.part_left(area.x, y);
                let from = usize::from(y - whole.y) * usize::from(whole.width) + from;
                if let Some(row) = self.buf.content.get_mut(from..from + columns) {
                    row.fill(empty.clone());
                }
            }
        }
    }

    /// Lays a style over what is drawn.
    pub fn restyle(&mut self, area: Rect, style: Style) {
        for area in self.drawn(area) {
            self.buf.set_style(area, style);
        }
    }

    /// Lays a style over a line, all but the cells that hold one of `kept`.
    pub fn restyle_but(&mut self, line: Rect, style: Style, kept: &[&str]) {
        self.cells(line, |cell| {
            if !kept.contains(&cell.symbol()) {
                cell.set_style(style);
            }
        });
    }

    /// A horizontal line.
    pub fn rule(&mut self, x: u16, y: u16, columns: u16, glyph: &str, style: Style) {
        self.fill(Rect::new(x, y, columns, 1), glyph, style);
    }

    /// The same narrow glyph in every cell of an area.
    fn fill(&mut self, area: Rect, glyph: &str, style: Style) {
        for area in self.drawn(area) {
            for y in area.top()..area.bottom() {
                self.part_left(area.x, y);
            }
        }
        self.cells(area, |cell| {
            cell.set_symbol(glyph).set_style(style);
        });
    }

    /// Changes every cell of an area that is drawn.
    fn cells(&mut self, area: Rect, change: impl Fn(&mut Cell)) {
        let whole = self.buf.area;
        for area in self.drawn(area) {
            let (from, columns) = (usize::from(area.x - whole.x), usize::from(area.width));
            for y in area.top()..area.bottom() {
                let from = usize::from(y - whole.y) * usize::from(whole.width) + from;
                let row = self.buf.content.get_mut(from..from + columns);
                row.into_iter().flatten().for_each(&change);
            }
        }
    }

    /// A box; returns what is inside it.
    pub fn frame(&mut self, area: Rect, glyphs: &Glyphs, style: Style) -> Rect {
        let area = area.intersection(self.buf.area);
        if area.width < 2 || area.height < 2 {
            return Rect::new(area.x, area.y, 0, 0);
        }
        let (right, bottom) = (area.right() - 1, area.bottom() - 1);
        let [tl, tr, bl, br] = glyphs.corners;
        for y in [area.y, bottom] {
            self.rule(area.x + 1, y, area.width - 2, glyphs.line, style);
        }
        for x in [area.x, right] {
            let wall = Rect::new(x, area.y + 1, 1, area.height - 2);
            self.fill(wall, glyphs.wall, style);
        }
        self.put(area.x, area.y, 1, tl, style);
        self.put(right, area.y, 1, tr, style);
        self.put(area.x, bottom, 1, bl, style);
        self.put(right, bottom, 1, br, style);
        Rect::new(area.x + 1, area.y + 1, area.width - 2, area.height - 2)
    }

    /// A wide glyph whose right half is at `x` gives way.
    fn part_left(&mut self, x: u16, y: u16) {
        if let Some(before) = x.checked_sub(1)
            && let Some(cell) = self.buf.cell_mut((before, y))
            && cell.symbol().len() > 1
            && text::cluster(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::Canvas;

    #[test]
    fn drawing_over_the_right_half_of_a_wide_glyph_removes_its_left_half() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 6, 1));
        let mut canvas = Canvas::new(&mut buf);
        canvas.put(0, 0, 6, "高娟超", Style::new());
        canvas.put(3, 0, 1, "|", Style::new());
        let symbols: Vec<&str> = buf
            .content
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect();
        assert_eq!(symbols, ["高", " ", " ", "|", "超", " "]);
    }

    #[test]
    fn nothing_is_drawn_outside_the_buffer() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 3, 1));
        let mut canvas = Canvas::new(&mut buf);
        canvas.put(2, 0, 9, "高", Style::new());
        canvas.put(7, 7, 9, "x", Style::new());
        canvas.clear(Rect::new(1, 0, 90, 90), Style::new());
        assert_eq!(buf.content.len(), 3);
    }
}
