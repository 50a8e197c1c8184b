//! What spreadsheets and shops put around a text so that it stays one: taken off where it comes in, put on where a row goes
//! out to be mended.

use std::borrow::Cow;

use crate::domain::text::{active, inert};

/// Takes off what spreadsheets and shops put around a text so that nobody takes it for a number: `="…"`, a leading `'`
/// before a digit or a formula, a tab behind it.
pub(super) fn undressed(text: &str) -> &str {
    let bytes = text.as_bytes();
    if !matches!(bytes.first(), Some(b'=' | b'\'' | b'\t')) && bytes.last() != Some(&b'\t') {
        return text;
    }
    let text = text.trim_matches('\t');
    let inner = text.strip_prefix("=\"").and_then(|t| t.strip_suffix('"'));
    let constant = inner.filter(|inner| !inner.contains('"'));
    constant.unwrap_or_else(|| active(text))
}

/// A cell of a rejected row as a spreadsheet keeps it through opening and saving: long numbers and seconds as texts (`="…"`),
/// and nothing that runs. [`undressed`] takes it off again.
pub(super) fn dressed(text: &str) -> Cow<'_, str> {
    let bare = text.trim_matches('\t');
    let plain = |t: &str| !t.contains('"');
    let inner = bare.strip_prefix("=\"").and_then(|t| t.strip_suffix('"'));
    if inner.is_some_and(plain) || (text.starts_with('\'') && active(text) != text) {
        return Cow::Borrowed(bare);
    }
    let is_number = !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit());
    let loses_digits = bare.len() >= LONG || (bare.len() > 1 && bare.starts_with('0'));
    let has_seconds = bare.starts_with(|c: char| c.is_ascii_digit())
        && bare.matches(':').count() > 1
        && plain(bare);
    if (is_number && loses_digits) || has_seconds {
        return Cow::Owned(format!("=\"{bare}\""));
    }
    Cow::Owned(inert(text))
}

/// Digits from which on a spreadsheet shows, and saves, a number in scientific form.
const LONG: usize = 12;

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("=\"0012345\"", "0012345")]
    #[case("'0012345", "0012345")]
    #[case("0012345\t", "0012345")]
    #[case("'tis", "'tis")]
    #[case("'=1+1", "=1+1")]
    #[case("''=1+1", "'=1+1")]
    #[case("' =1+1", " =1+1")]
    #[case("'＠x", "＠x")]
    #[case("=SUM(A1)", "=SUM(A1)")]
    #[case("plain", "plain")]
    fn dress_against_spreadsheets_comes_off(#[case] text: &str, #[case] wanted: &str) {
        assert_eq!(undressed(text), wanted);
    }

    #[rstest]
    #[case("2026030500011", "=\"2026030500011\"")]
    #[case("2026030500011\t", "=\"2026030500011\"")]
    #[case("007", "=\"007\"")]
    #[case("12800001234", "12800001234")]
    #[case("=\"2026030500011\"", "=\"2026030500011\"")]
    #[case("'2026030500011", "'2026030500011")]
    #[case("2026-03-05 20:15:30", "=\"2026-03-05 20:15:30\"")]
    #[case("2026-03-05 20:15", "2026-03-05 20:15")]
    #[case("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")")]
    #[case("=\"a\"&cmd&\"b\"", "'=\"a\"&cmd&\"b\"")]
    #[case("+86 12800001234", "'+86 12800001234")]
    #[case("0", "0")]
    #[case("", "")]
    fn what_is_to_be_mended_stays_a_text_and_never_runs(#[case] text: &str, #[case] wanted: &str) {
        assert_eq!(dressed(text), wanted);
        assert_eq!(undressed(&dressed(text)).trim(), undressed(text).trim());
    }
}
