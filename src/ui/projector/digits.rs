//! Digits five rows high.

use ratatui::style::Style;

use crate::ui::Cx;
use crate::ui::canvas::Canvas;

/// Digits three pixels wide and five high, a pixel two columns: rows from the top, bits from the left.
const DIGITS: [(char, [u8; 5]); 15] = [
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
    ('−', [0, 0, 7, 0, 0]),
    ('k', [4, 5, 6, 5, 5]),
    ('M', [5, 7, 7, 5, 5]),
];

/// A number in big digits, a pixel `scale` rows high and twice as many columns wide; returns the column after it. What
/// has no big form (万, 亿) stands behind at the foot.
pub fn big(
    cx: &Cx,
    canvas: &mut Canvas,
    at: (u16, u16),
    scale: u16,
    (figure, style): (&str, Style),
) -> u16 {
    let mut x = at.0;
    let mut pixel = |x: u16, y: u16| {
        for row in y..y + scale {
            for column in 0..scale {
                canvas.put(x + column * 2, row, 2, cx.glyphs.pixel, style);
            }
        }
    };
    let foot = at.1 + 5 * scale - 1;
    let mut signs = Vec::new();
    for c in figure.chars() {
        if let Some((_, rows)) = DIGITS.iter().find(|(digit, _)| *digit == c) {
            for (row, y) in rows.iter().zip(0..) {
                for bit in 0..3_u16 {
                    if row & (4 >> bit) != 0 {
                        pixel(x + bit * 2 * scale, at.1 + y * scale);
                    }
                }
            }
            x = x.saturating_add(8 * scale);
        } else if c == '.' {
            pixel(x, at.1 + 4 * scale);
            x = x.saturating_add(4 * scale);
        } else if c == ',' {
            // Slanted, so that thousands are not read as decimals.
            pixel(x + 2 * scale, at.1 + 3 * scale);
            pixel(x, at.1 + 4 * scale);
            x = x.saturating_add(6 * scale);
        } else {
            signs.push((x, c.to_string()));
            x = x.saturating_add(2 * scale);
        }
    }
    for (x, sign) in signs {
        canvas.put(x, foot, 2, &sign, style);
    }
    x
}

/// Columns a figure takes in big digits.
pub fn big_width(figure: &str) -> u16 {
    figure.chars().fold(0, |sum, c| {
        sum + match c {
            '.' => 4,
            ',' => 6,
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
        assert_eq!(big_width("2,937"), 4 * 8 + 6);
    }
}
