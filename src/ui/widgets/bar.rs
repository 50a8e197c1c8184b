//! A bar of a share: clamped, so that no figure can draw outside it.

use crate::config::theme::Role;
use crate::ui::Cx;
use crate::ui::canvas::Run;

/// A bar `columns` wide, filled to `share` (0..=1). More than full is full; NaN and less than nothing are empty.
pub fn bar(cx: &Cx, columns: u16, share: f64) -> [Run; 2] {
    let full = filled(columns, share);
    [
        (
            cx.glyphs.full.repeat(usize::from(full)),
            cx.style(Role::Bar),
        ),
        (
            cx.glyphs.empty.repeat(usize::from(columns - full)),
            cx.style(Role::BarTarget),
        ),
    ]
}

/// Columns filled. Any share above nothing fills at least one, any short of full leaves at least one empty.
pub fn filled(columns: u16, share: f64) -> u16 {
    let share = if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    };
    let count = (1..=columns)
        .take_while(|n| f64::from(*n) <= share * f64::from(columns) + 1e-9)
        .count();
    let full = u16::try_from(count).unwrap_or(columns);
    if share > 0.0 && full == 0 {
        columns.min(1)
    } else {
        full
    }
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn a_bar_is_never_longer_than_its_place_whatever_it_is_told() {
        for share in [f64::NAN, f64::INFINITY, -3.0, 0.0, 0.001, 0.5, 1.0, 7.0] {
            assert!(filled(10, share) <= 10, "{share}");
        }
        assert_eq!(filled(10, 0.999), 9);
        assert_eq!(filled(10, 1.0), 10);
        assert_eq!(filled(10, 0.001), 1);
        assert_eq!(filled(0, 0.5), 0);
    }
}
