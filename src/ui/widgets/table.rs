//! Rows and columns, straight into the buffer. Columns are data: header, widths, what to drop first, and a cell.

use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use crate::config::theme::Role;
use crate::ui::Cx;
use crate::ui::canvas::{Canvas, Run};
use crate::ui::text;

/// Columns in front of every row: cursor, mark, air.
pub const GUTTER: u16 = 3;

/// A column.
pub struct Column<'a, R> {
    /// Header as shown.
    pub header: String,
    /// Narrowest useful width.
    pub min: u16,
    /// Width it may grow to.
    pub max: u16,
    /// Numbers stand at the right.
    pub right: bool,
    /// 0 = always shown; the largest is dropped first.
    pub shed: u8,
    /// `Some(true)` = the table is sorted by it, largest first.
    pub sorted: Option<bool>,
    /// What a row shows in it.
    pub cell: CellOf<'a, R>,
}

/// What a row shows in a column of a width.
pub type CellOf<'a, R> = Box<dyn Fn(&R, u16) -> Vec<Run> + 'a>;

impl<'a, R> Column<'a, R> {
    /// A column of texts, as wide as from `min` to `max`; never dropped until [`Column::shed`] says so.
    pub fn left(
        header: &str,
        (min, max): (u16, u16),
        cell: impl Fn(&R, u16) -> Vec<Run> + 'a,
    ) -> Self {
        Self {
            header: header.to_owned(),
            min,
            max,
            right: false,
            shed: 0,
            sorted: None,
            cell: Box::new(cell),
        }
    }

    /// A column of numbers.
    pub fn right(header: &str, width: (u16, u16), cell: impl Fn(&R, u16) -> Vec<Run> + 'a) -> Self {
        Self {
            right: true,
            ..Self::left(header, width, cell)
        }
    }

    /// Dropped for lack of room; the largest first.
    #[must_use]
    pub fn shed(self, shed: u8) -> Self {
        Self { shed, ..self }
    }

    /// The table is sorted by it: `Some(true)` is largest first.
    #[must_use]
    pub fn sorted(self, sorted: Option<bool>) -> Self {
        Self { sorted, ..self }
    }
}

/// A row to draw.
pub struct Row<'r, R> {
    /// The row; `None` = not loaded yet.
    pub row: Option<&'r R>,
    /// Under the cursor.
    pub cursor: bool,
    /// Marked.
    pub marked: bool,
}

/// Columns that fit, with their widths, and how many were dropped.
pub struct Fitted {
    /// Index of the column, and its width.
    pub shown: Vec<(usize, u16)>,
    /// Dropped for lack of room.
    pub dropped: usize,
}

/// Drops columns until the rest fits, then gives what is left to the columns that can use it, first come first served.
pub fn fit_columns<R>(columns: &[Column<R>], width: u16) -> Fitted {
    let need = |column: &Column<R>| {
        let mark = u16::from(column.sorted.is_some());
        column.min.max(text::width(&column.header) + mark)
    };
    let mut shown: Vec<(usize, u16)> = columns.iter().map(need).enumerate().collect();
    let total = |shown: &[(usize, u16)]| {
        shown.iter().fold(GUTTER, |sum, (_, w)| {
            sum.saturating_add(*w).saturating_add(1)
        })
    };
    while total(&shown) > width {
        let victim = shown
            .iter()
            .enumerate()
            .filter_map(|(at, (i, _))| columns.get(*i).map(|c| (c, at)))
            .filter(|(c, _)| c.shed > 0 && c.sorted.is_none())
            .max_by_key(|(c, at)| (c.shed, *at));
        let Some((_, at)) = victim else { break };
        shown.remove(at);
    }
    // Still too wide: texts give way, numbers are never cut.
    let over = total(&shown).saturating_sub(width);
    if over > 0
        && let Some((_, w)) = shown
            .iter_mut()
            .filter(|(i, _)| columns.get(*i).is_some_and(|c| !c.right))
            .max_by_key(|(_, w)| *w)
    {
        *w = w.saturating_sub(over).max(4);
    }
    let mut spare = width.saturating_sub(total(&shown));
    for (i, w) in &mut shown {
        let max = columns.get(*i).map_or(*w, |c| c.max.max(*w));
        let more = spare.min(max - *w);
        *w += more;
        spare -= more;
    }
    Fitted {
        dropped: columns.len() - shown.len(),
        shown,
    }
}

/// Draws the header line and the rows under it. Returns the area of the rows.
pub fn draw<'r, R: 'r>(
    cx: &Cx,
    canvas: &mut Canvas,
    area: Rect,
    columns: &[Column<R>],
    rows: impl Iterator<Item = Row<'r, R>>,
    focused: bool,
) -> Rect {
    let fitted = fit_columns(columns, area.width);
    if area.height == 0 {
        return area;
    }
    if canvas.draws(Rect { height: 1, ..area }) {
        header(cx, canvas, area, columns, &fitted);
    }
    let list = Rect::new(area.x, area.y + 1, area.width, area.height - 1);
    for (row, y) in rows.zip(list.top()..list.bottom()) {
        let line = Rect::new(list.x, y, list.width, 1);
        if !canvas.draws(line) {
            continue;
        }
        draw_row(cx, canvas, line, columns, &fitted, &row);
        if row.cursor {
            cursor_line(cx, canvas, line, focused);
        }
    }
    list
}

/// Shows that a line is under the cursor. On slow links the mark in front has to do.
pub fn cursor_line(cx: &Cx, canvas: &mut Canvas, line: Rect, focused: bool) {
    if focused && !cx.app.look.slow {
        select(cx, canvas, line);
    }
}

/// Lays the style of a selection over a line; colours of its own would make a patchwork of it.
pub fn select(cx: &Cx, canvas: &mut Canvas, line: Rect) {
    let plain = Style::new()
        .fg(Color::Reset)
        .bg(Color::Reset)
        .remove_modifier(Modifier::DIM);
    // A bar turned inside out would show the opposite share.
    let bars: &[&str] = if cx.glyphs.braille {
        &[cx.glyphs.full, cx.glyphs.empty]
    } else {
        &[]
    };
    canvas.restyle_but(line, plain.patch(cx.style(Role::Selected)), bars);
}

fn header<R>(cx: &Cx, canvas: &mut Canvas, area: Rect, columns: &[Column<R>], fitted: &Fitted) {
    let style = cx.style(Role::Header);
    if fitted.dropped > 0 {
        // Columns that found no room are counted, not forgotten.
        let count = format!("+{}", fitted.dropped);
        canvas.put(
            area.x,
            area.y,
            GUTTER.min(area.width),
            &count,
            cx.style(Role::Dim),
        );
    }
    let mut x = area.x + GUTTER.min(area.width);
    for (i, w) in &fitted.shown {
        let Some(column) = columns.get(*i) else {
            continue;
        };
        let mark = match column.sorted {
            Some(true) => cx.glyphs.down,
            Some(false) => cx.glyphs.up,
            None => "",
        };
        let text = format!("{}{mark}", column.header);
        let room = (*w).min(area.right().saturating_sub(x));
        if column.right {
            canvas.put_right(x + room, area.y, room, &text, style);
        } else {
            canvas.put(x, area.y, room, &text, style);
        }
        x = x.saturating_add(*w).saturating_add(1);
    }
}

fn draw_row<R>(
    cx: &Cx,
    canvas: &mut Canvas,
    line: Rect,
    columns: &[Column<R>],
    fitted: &Fitted,
    row: &Row<R>,
) {
    let key = cx.style(Role::Key);
    if row.cursor {
        canvas.put(line.x, line.y, line.width.min(1), ">", key);
    }
    if row.marked && line.width > 1 {
        canvas.put(line.x + 1, line.y, 1, "*", key);
    }
    let mut x = line.x.saturating_add(GUTTER);
    for (i, w) in &fitted.shown {
        let room = (*w).min(line.right().saturating_sub(x));
        let (Some(column), true) = (columns.get(*i), room > 0) else {
            continue;
        };
        match row.row {
            Some(row) => cell(canvas, (x, line.y), room, column, row),
            None => {
                canvas.put(x, line.y, 1, ".", cx.style(Role::Dim));
            }
        }
        x = x.saturating_add(*w).saturating_add(1);
    }
}

fn cell<R>(canvas: &mut Canvas, at: (u16, u16), room: u16, column: &Column<R>, row: &R) {
    let runs = (column.cell)(row, room);
    let wide = runs.iter().fold(0_u16, |sum, (text, _)| {
        sum.saturating_add(text::width(text))
    });
    let x = if column.right && wide < room {
        at.0 + room - wide
    } else {
        at.0
    };
    canvas.runs(x, at.1, at.0 + room - x, &runs);
}

/// One piece of text as a cell.
pub fn one(text: impl Into<String>, style: Style) -> Vec<Run> {
    vec![(text.into(), style)]
}

#[cfg(test)]
mod tests {
    use super::{Column, GUTTER, fit_columns};

    fn column(min: u16, max: u16, shed: u8, sorted: Option<bool>) -> Column<'static, ()> {
        Column::left("", (min, max), |(), _| Vec::new())
            .shed(shed)
            .sorted(sorted)
    }

    #[test]
    fn the_least_needed_column_goes_first_and_never_the_sorted_one() {
        let columns = [
            column(6, 6, 0, None),
            column(6, 6, 9, Some(true)),
            column(6, 6, 2, None),
            column(6, 6, 5, None),
        ];
        let fitted = fit_columns(&columns, GUTTER + 3 * 7);
        let shown: Vec<usize> = fitted.shown.iter().map(|(i, _)| *i).collect();
        assert_eq!((shown, fitted.dropped), (vec![0, 1, 2], 1));
    }

    #[test]
    fn numbers_are_never_cut_to_make_room() {
        let mut number = column(7, 9, 0, None);
        number.right = true;
        let fitted = fit_columns(&[column(14, 28, 0, None), number], GUTTER + 18);
        assert_eq!(fitted.shown, vec![(0, 9), (1, 7)]);
    }

    #[test]
    fn room_left_over_goes_to_the_columns_that_can_use_it() {
        let columns = [column(6, 8, 0, None), column(6, 20, 0, None)];
        let fitted = fit_columns(&columns, GUTTER + 7 + 7 + 5);
        assert_eq!(fitted.shown, vec![(0, 8), (1, 9)]);
    }
}
