//! Text measured in terminal cells: width, fitting, padding.
//!
//! Measured cluster by cluster, as the screen buffer places them, with wide characters as two cells. The truncation
//! mark is `~`, narrow everywhere; a wide character is never cut in half.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Clusters of a text with the cells of each.
#[derive(Clone, Debug)]
pub struct Clusters<'a>(&'a str);

/// Cuts a text into clusters.
pub fn clusters(text: &str) -> Clusters<'_> {
    Clusters(text)
}

impl<'a> Iterator for Clusters<'a> {
    type Item = (&'a str, usize);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let mut chars = self.0.chars();
        let first = chars.next()?;
        let rest = chars.as_str();
        if let Some(cells) = plain(first)
            && chars.next().is_none_or(|next| plain(next).is_some())
        {
            let head = self.0.get(..first.len_utf8())?;
            self.0 = rest;
            return Some((head, cells));
        }
        let head = self.0.graphemes(true).next()?;
        self.0 = self.0.get(head.len()..)?;
        Some((head, cluster(head)))
    }
}

/// Cells of the characters most text is made of. Two of them next to each other are never one cluster (UAX #29: neither
/// extends, joins, prepends nor controls), so that the tables need not be asked.
#[inline]
fn plain(c: char) -> Option<usize> {
    match c {
        // Signs of our own among them: `·`, `—`, `▴`, `▾`, `◔`.
        ' '..='~'
        | '\u{b7}'
        | '\u{2014}'
        | '\u{2500}'..='\u{259f}'
        | '\u{25b4}'
        | '\u{25be}'
        | '\u{25d4}' => Some(1),
        '\u{3001}'..='\u{3029}' | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ff60}' => Some(2),
        _ => None,
    }
}

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
    clusters(text).map(|(_, cells)| cells).sum()
}

/// The text, or its beginning and `~`, in at most `cells` cells; nothing at all in none.
pub fn fit(text: &str, cells: usize) -> String {
    fitted(text, cells).into_owned()
}

/// The same without a copy where the text fits. What a cut would leave of a figure is left out with it: `1,2~` of
/// `1,204` would be read as another figure.
pub fn fitted(text: &str, cells: usize) -> Cow<'_, str> {
    // Nothing takes more cells than bytes.
    if text.len() <= cells || width(text) <= cells {
        return Cow::Borrowed(text);
    }
    let Some(room) = cells.checked_sub(1) else {
        return Cow::Borrowed("");
    };
    let mut used = 0;
    let mut kept = 0;
    for (part, wide) in clusters(text) {
        used += wide;
        if used > room {
            break;
        }
        kept += part.len();
    }
    let (head, rest) = text.split_at(kept);
    let mut out = String::with_capacity(cells + 1);
    out.push_str(whole_figures(head, rest));
    out.push('~');
    Cow::Owned(out)
}

/// The beginning of a text without the part of a figure that it ends in, where the rest goes on with that figure. Digits
/// behind a Latin letter are no figure but part of an id or a name.
fn whole_figures<'a>(head: &'a str, rest: &str) -> &'a str {
    let inside = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    let goes_on = |c: char| inside(c) || matches!(c, '%' | '万' | '亿' | 'k' | 'M' | '/');
    let before = head.trim_end_matches(inside);
    let is_cut = before.len() < head.len() && rest.starts_with(goes_on);
    let is_name = before.ends_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if is_cut && !is_name { before } else { head }
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

    #[test]
    fn what_a_cut_leaves_of_a_figure_is_left_out() {
        assert_eq!(fit("(1%→100.0%)", 8), "(1%→~");
        assert_eq!(fit("差 12,345.60 元", 9), "差 ~");
        assert_eq!(fit("差 12,345.60 元", 13), "差 12,345.60~");
        assert_eq!(fit("¥1.28万", 5), "¥~");
        assert_eq!(fit("wmAB0123456", 8), "wmAB012~");
        assert_eq!(fit("120 人", 5), "120 ~");
        assert_eq!(fit("1204", 3), "~");
    }

    proptest! {
        #[test]
        fn clusters_are_those_of_the_tables(
            text in "([ -~]|[·—▴▾◔、-〩]|[─-▟]|[一-鿿]|[！-｠]|\\PC|[\u{300}\u{200d}\u{fe0f}\u{20e3}\u{1f3fb}👩👍🇨ﾞकि]){0,12}"
        ) {
            let known: Vec<(&str, usize)> = text.graphemes(true).map(|g| (g, cluster(g))).collect();
            prop_assert_eq!(clusters(&text).collect::<Vec<_>>(), known);
        }

        #[test]
        fn no_text_takes_more_cells_than_bytes(text in any::<String>()) {
            prop_assert!(width(&text) <= text.len());
        }

        #[test]
        fn fitted_text_never_exceeds_its_cells(text in any::<String>(), cells in 0usize..40) {
            let safe = crate::domain::SafeText::new(&text);
            prop_assert!(width(&fit(safe.as_str(), cells)) <= cells);
            prop_assert_eq!(width(&pad(safe.as_str(), cells)), cells);
            prop_assert_eq!(width(&pad_left(safe.as_str(), cells)), cells);
        }
    }
}
