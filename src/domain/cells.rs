//! Text measured in terminal cells: width, fitting, padding.
//!
//! Measured cluster by cluster, as the screen buffer places them, with wide characters as two cells. The truncation
//! mark is `~`, narrow everywhere; a wide character is never cut in half.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Cells of one cluster. Half-width kana sound marks take a cell of their own in terminals.
pub fn cluster(cluster: &str) -> usize {
    let sound_marks = cluster
        .chars()
        .filter(|c| matches!(c, '\u{ff9e}' | '\u{ff9f}'))
        .count();
    cluster.width() + sound_marks
}

/// Cells of a text.
pub fn width(text: &str) -> usize {
    if is_narrow(text) {
        return text.len();
    }
    text.graphemes(true).map(cluster).sum()
}

/// The text, or its beginning and `~`, in at most `cells` cells; nothing at all in none.
pub fn fit(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let Some(room) = cells.checked_sub(1) else {
        return String::new();
    };
    let mut out = String::with_capacity(cells + 1);
    let mut used = 0;
    for part in text.graphemes(true) {
        used += cluster(part);
        if used > room {
            break;
        }
        out.push_str(part);
    }
    out.push('~');
    out
}

/// Fitted and filled with spaces on the right to exactly `cells` cells.
pub fn pad(text: &str, cells: usize) -> String {
    let mut out = fit(text, cells);
    let fill = cells.saturating_sub(width(&out));
    out.extend(std::iter::repeat_n(' ', fill));
    out
}

/// Fitted and filled with spaces on the left to exactly `cells` cells: numbers.
pub fn pad_left(text: &str, cells: usize) -> String {
    let fitted = fit(text, cells);
    let fill = cells.saturating_sub(width(&fitted));
    let mut out = " ".repeat(fill);
    out.push_str(&fitted);
    out
}

/// Printable ASCII only: one byte is one cell.
fn is_narrow(text: &str) -> bool {
    text.bytes().all(|b| (b' '..=b'~').contains(&b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn chinese_takes_two_cells_a_character() {
        assert_eq!(width("张三 vip"), 8);
        assert_eq!(width("ｶﾞ"), 2);
        assert_eq!(width(""), 0);
    }

    #[test]
    fn a_wide_character_is_never_cut_in_half() {
        assert_eq!(fit("沉睡唤醒群", 10), "沉睡唤醒群");
        assert_eq!(fit("沉睡唤醒群", 9), "沉睡唤醒~");
        assert_eq!(fit("沉睡唤醒群", 8), "沉睡唤~");
        assert_eq!(pad("沉睡唤醒群", 8), "沉睡唤~ ");
        assert_eq!(pad_left("1,204", 8), "   1,204");
        assert_eq!(fit("沉", 1), "~");
        assert_eq!(fit("沉", 0), "");
    }

    proptest! {
        #[test]
        fn fitted_text_never_exceeds_its_cells(text in any::<String>(), cells in 0usize..40) {
            let safe = crate::domain::SafeText::new(&text);
            prop_assert!(width(&fit(safe.as_str(), cells)) <= cells);
            prop_assert_eq!(width(&pad(safe.as_str(), cells)), cells);
            prop_assert_eq!(width(&pad_left(safe.as_str(), cells)), cells);
        }
    }
}
