//! Digits five rows high.

use ratatui::style::Style;

use crate::ui::Cx;
use crate::ui::canvas::Canvas;

/// Digits three pixels wide and five high, a pixel two columns: rows from the top, bits from the left.
const DIGITS: [(char, [u8; 5]); 14] = [
    ('0', [7, 5, 5, 5, 7]),
    ('1', [2, 6, 2, 2, 7]),
    ('2', [7, 1, 7, 4, 7]),
    ('3', [7, 1, 7, 1, 7]),
    ('4', [5, 5, 7, 1, 1]),
    ('5', [7, 4, 7, 1, 7]),
    ('6', [7, 4, 7, 5, 7]),
    ('7', [7, 1, 1, 1, 1]),
    ('8', [7, 5, 7, 5, 7]),
    ('9', [7, 5, 7, 1, 7]),
    ('%', [5, 1, 2, 4, 5]),
    ('-', [0, 0, 7, 0, 0]),
    ('k', [4, 5, 6, 5, 5]),
    ('M', [5, 7, 7, 5, 5]),
];

/// A number in big digits; returns the column after it. What has no big form (万, 亿) stands behind at the foot.
pub fn big(cx: &Cx, canvas: &mut Canvas, at: (u16, u16), figure: &str, style: Style) -> u16 {
    let mut x = at.0;
    for c in figure.chars() {
        if let Some((_, rows)) = DIGITS.iter().find(|(digit, _)| *digit == c) {
            for (row, y) in rows.iter().zip(at.1..) {
                for bit in 0..3_u16 {
                    if row & (4 >> bit) != 0 {
                        canvas.put(x + bit * 2, y, 2, cx.glyphs.pixel, style);
                    }
                }
            }
            x = x.saturating_add(8);
        } else if matches!(c, '.' | ',') {
            canvas.put(x, at.1 + 4, 2, cx.glyphs.pixel, style);
            x = x.saturating_add(4);
        } else {
            x = canvas.put(x, at.1 + 4, 2, &c.to_string(), style);
        }
    }
    x
}

/// Columns a figure takes in big digits.
pub fn big_width(figure: &str) -> u16 {
    figure.chars().fold(0, |sum, c| {
        sum + match c {
            '.' | ',' => 4,
            c if DIGITS.iter().any(|(digit, _)| *digit == c) => 8,
            _ => 2,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::big_width;

    #[test]
    fn big_figures_know_their_width() {
        // Four digits and a sign of eight columns each, a point of four.
        assert_eq!(big_width("88.5%"), 4 * 8 + 4);
        assert_eq!(big_width("21.25万"), 4 * 8 + 4 + 2);
    }
}
