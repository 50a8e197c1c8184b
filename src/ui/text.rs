//! Text measured in cells, in the buffer's own `u16`.

use std::borrow::Cow;

use crate::domain::cells;

/// Columns a text takes.
pub fn width(text: &str) -> u16 {
    u16::try_from(cells::width(text)).unwrap_or(u16::MAX)
}

/// Columns a cluster takes; control characters take none because nobody draws them.
pub fn cluster(grapheme: &str) -> u16 {
    if grapheme.contains(char::is_control) {
        0
    } else {
        u16::try_from(cells::cluster(grapheme)).unwrap_or(u16::MAX)
    }
}

/// Clusters with the columns each takes; those with control characters take none.
pub fn clusters(text: &str) -> impl Iterator<Item = (&str, u16)> {
    cells::clusters(text).map(|(cluster, cells)| {
        // A control character ends what is before it: it can only stand first.
        if cluster.chars().next().is_some_and(char::is_control) {
            (cluster, 0)
        } else {
            (cluster, u16::try_from(cells).unwrap_or(u16::MAX))
        }
    })
}

/// The text if it fits, else as much as fits with `~` behind it; never half a wide glyph, never wider than `columns`.
pub fn fit(text: &str, columns: u16) -> String {
    cells::fit(text, columns.into())
}

/// The same without a copy where the text fits.
pub fn fitted(text: &str, columns: u16) -> Cow<'_, str> {
    cells::fitted(text, columns.into())
}

#[cfg(test)]
mod tests {
    use super::width;
    use ratatui::buffer::CellWidth;

    #[test]
    fn the_buffer_counts_columns_as_we_do() {
        // unicode-width 0.2.3 would make ｶﾞ three with ratatui 0.30.2: the pin in Cargo.toml can go when both agree.
        for text in ["ｶﾞ", "高", "é", "❤️", "👨‍👩‍👧", "กำ", "…", "a"] {
            assert_eq!(width(text), text.cell_width(), "{text}");
        }
    }
}
