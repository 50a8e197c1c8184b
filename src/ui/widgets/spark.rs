//! A trend in few columns: two days a column in braille, or one sign a pair of days in ASCII.

use crate::ui::glyphs::Glyphs;

/// Left and right dots of a braille cell at heights 0..=4.
const LEFT: [u32; 5] = [0, 0x40, 0x44, 0x46, 0x47];
const RIGHT: [u32; 5] = [0, 0x80, 0xa0, 0xb0, 0xb8];
const SIGNS: [char; 5] = [' ', '_', '-', '=', '#'];

/// Oldest first; `None` = not measured (nothing is drawn), zero is the lowest dot. Scaled to the largest value.
pub fn spark(values: &[Option<f64>], glyphs: &Glyphs) -> String {
    let top = values.iter().flatten().copied().fold(0.0, f64::max);
    values
        .chunks(2)
        .map(|pair| {
            let mut heights = pair.iter().map(|value| height(*value, top));
            let (left, right) = (heights.next().unwrap_or(0), heights.next().unwrap_or(0));
            if glyphs.braille {
                let dots = LEFT.get(left).unwrap_or(&0) | RIGHT.get(right).unwrap_or(&0);
                if dots == 0 {
                    ' '
                } else {
                    char::from_u32(0x2800 + dots).unwrap_or(' ')
                }
            } else {
                SIGNS.get(left.max(right)).copied().unwrap_or(' ')
            }
        })
        .collect()
}

/// 0 for not measured, else 1..=4.
fn height(value: Option<f64>, top: f64) -> usize {
    match value {
        None => 0,
        Some(value) if top <= 0.0 || value <= 0.0 || value.is_nan() => 1,
        Some(value) if value >= top * 0.75 => 4,
        Some(value) if value >= top * 0.5 => 3,
        Some(value) if value >= top * 0.25 => 2,
        Some(_) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::spark;
    use crate::app::state::GlyphSet;
    use crate::ui::glyphs::Glyphs;

    #[test]
    fn two_days_share_a_column_and_days_not_measured_stay_empty() {
        let unicode = Glyphs::of(GlyphSet::Unicode);
        assert_eq!(spark(&[Some(0.0), Some(8.0)], unicode), "⣸");
        assert_eq!(spark(&[None, None, Some(8.0), Some(8.0)], unicode), " ⣿");
        assert_eq!(
            spark(&[Some(8.0), Some(4.0)], Glyphs::of(GlyphSet::Ascii)),
            "#"
        );
        assert_eq!(spark(&[], unicode), "");
    }

    #[test]
    fn nonsense_values_draw_the_lowest_dot() {
        let unicode = Glyphs::of(GlyphSet::Unicode);
        assert_eq!(spark(&[Some(f64::NAN), Some(-3.0)], unicode), "⣀");
    }
}
