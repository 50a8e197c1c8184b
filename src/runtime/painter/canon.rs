//! One form for every picture: cells that look the same are the same, and nothing in them can steer the terminal.
//!
//! This is the last door before the terminal: whatever a widget put into a cell, control characters, half a wide
//! character at the edge and text without width do not pass.

use ratatui::buffer::{Buffer, Cell, CellDiffOption, CellWidth};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthChar;

use super::pen::SEEN_ON_BLANK;

/// Longest text of one cell in bytes: a letter with some eight marks. More is a prank.
const LONGEST: usize = 32;

/// Brings a buffer into the one form: the columns after a wide character hold the empty symbol and its style, blanks
/// carry no ink, unsafe symbols are a blank or `?`.
pub fn canonical(buffer: &mut Buffer) {
    let width = usize::from(buffer.area.width);
    if width == 0 {
        return;
    }
    buffer
        .content
        .chunks_exact_mut(width)
        .for_each(canonical_row);
}

/// The same for one row.
pub fn canonical_row(row: &mut [Cell]) {
    let mut rest = row;
    while let Some((head, after)) = rest.split_first_mut() {
        let columns = settle(head, after.len() + 1);
        for cell in after.iter_mut().take(columns - 1) {
            cell.clone_from(head);
            cell.set_symbol("");
        }
        rest = after.get_mut(columns - 1..).unwrap_or_default();
    }
}

/// Makes one cell canonical; says how many columns it takes (at least 1, at most `room`).
fn settle(cell: &mut Cell, room: usize) -> usize {
    cell.set_diff_option(CellDiffOption::None);
    let symbol = cell.symbol();
    let mut columns = 1;
    match *symbol.as_bytes() {
        [b' '] => {}
        [byte] if byte.is_ascii_graphic() => {}
        [] => {
            cell.set_symbol(" ");
        }
        _ if symbol.len() > LONGEST || symbol.chars().any(steers) => {
            cell.set_symbol("?");
        }
        _ => {
            columns = usize::from(symbol.cell_width());
            if columns == 0 || columns > room {
                cell.set_symbol(" ");
                columns = 1;
            }
        }
    }
    if !cell.modifier.contains(Modifier::UNDERLINED) {
        cell.underline_color = Color::Reset;
    }
    if cell.symbol() == " " && !cell.modifier.intersects(SEEN_ON_BLANK) {
        cell.fg = Color::Reset;
        cell.modifier = Modifier::empty();
    }
    columns
}

/// Characters a terminal acts upon instead of drawing: controls, line separators, direction overrides.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{061c}' | '\u{200e}' | '\u{200f}'
        )
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether every terminal agrees how far this symbol moves the cursor. After any other one the cursor is placed anew.
pub fn surely_as_wide(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    let (Some(only), None) = (chars.next(), chars.next()) else {
        return false;
    };
    match only {
        // Lines and blocks run in rows; a terminal that draws them wide has spoilt the frame already.
        ' '..='~'
        | '\u{2500}'..='\u{259f}'
        | '\u{2800}'..='\u{28ff}'
        // Hangul, Han, kana, full-width forms.
        | '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{33ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff01}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{20000}'..='\u{3fffd}' => true,
        c => c.width() == Some(1) && c.width_cjk() == Some(1),
    }
}

/// Whether two cells are equal; most of a frame is one byte a cell and is asked on every frame.
pub(super) fn alike(a: &Cell, b: &Cell) -> bool {
    match (a.symbol().as_bytes(), b.symbol().as_bytes()) {
        ([a], [b]) if a != b => return false,
        ([_], [_]) => {}
        (a, b) if a != b => return false,
        _ => {}
    }
    (a.fg, a.bg, a.modifier) == (b.fg, b.bg, b.modifier)
        && a.underline_color == b.underline_color
        && a.diff_option == b.diff_option
}
