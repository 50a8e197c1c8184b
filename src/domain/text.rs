//! Text that may be drawn, printed and logged.
//!
//! Names, remarks, group titles and tags are chosen by strangers. [`SafeText`] is made once, where a row leaves the
//! store, and nothing else may reach a screen, a pipe or a log (reliability.md D1–D6).
//!
//! Two steps: every character that steers a terminal or cannot be seen becomes a visible mark such as `‹RLO›`; then
//! clusters that would stack marks without end, and texts without end, are cut, and the cut is shown.
//!
//! Two invisible characters are everyday parts of emoji and draw differently from terminal to terminal: the selector
//! behind a pictograph and the joiner between two. There, and only there, they are left out, so that `❤️` is a heart and
//! a family stands side by side, in columns that every terminal counts alike.

use std::fmt::Write as _;
use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use super::cells;

/// Longest safe text, bytes, cut mark included.
pub const MAX_BYTES: usize = 512;
/// Most combining characters kept on one base.
pub const MAX_MARKS: usize = 8;
/// Longest cluster kept, bytes.
pub const MAX_CLUSTER_BYTES: usize = 32;

/// Text without control or invisible formatting characters (each replaced by a visible mark) and with clusters capped.
///
/// Cheap to clone. `SafeText::new` is idempotent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SafeText(Arc<str>);

impl SafeText {
    /// Makes any text safe to show.
    pub fn new(raw: &str) -> Self {
        if raw.len() <= MAX_BYTES && raw.chars().all(is_plain) {
            return Self(raw.into());
        }
        Self(capped(&marked(raw)).into())
    }

    /// Prose of any length, safe to show: word by word, so that only single words are ever cut.
    pub fn words(raw: &str) -> Self {
        if raw.len() <= MAX_BYTES && raw.chars().all(is_plain) {
            return Self(raw.into());
        }
        let words: Vec<String> = raw.split(' ').map(|word| capped(&marked(word))).collect();
        Self(words.join(" ").into())
    }

    /// The same of a format.
    pub(crate) fn of_words(format: std::fmt::Arguments<'_>) -> Self {
        match format.as_str() {
            Some(fixed) => Self::words(fixed),
            None => Self::words(&format.to_string()),
        }
    }

    /// The safe text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text no spreadsheet runs, not even one that looks past spaces: a `'` stands before what might be a formula. What had
/// one of its own there gets another, so that [`active`] gives back what it was.
pub fn inert(text: &str) -> String {
    if is_dressed(text) || runs(text.trim_start_matches(' ')) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// A text for a cell that is known to be one and never runs, from which nothing is taken off as it comes in again: what looks
/// dressed already gets a `'`, as in [`inert`].
pub fn guarded(text: &str) -> String {
    let is_constant = text.starts_with("=\"") && text.ends_with('"');
    if is_dressed(text) || is_constant {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// A text as it was before [`inert`], or before somebody's spreadsheet wrote `'` so that a number stays a text.
pub fn active(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_dressed(text) => rest,
        Some(_) | None => text,
    }
}

/// What stands behind `'`, and behind what else may stand there, is a number or would run.
fn is_dressed(text: &str) -> bool {
    let rest = text.strip_prefix('\'').unwrap_or_default();
    let rest = rest.trim_start_matches([' ', '\'']);
    runs(rest) || rest.starts_with(|c: char| c.is_ascii_digit())
}

fn runs(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
}

impl Default for SafeText {
    fn default() -> Self {
        Self("".into())
    }
}

impl From<&str> for SafeText {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl std::fmt::Display for SafeText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

impl serde::Serialize for SafeText {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

/// Characters that need no second look: printable ASCII, the common ideographs, CJK and full-width punctuation.
fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{3001}'..='\u{3029}' | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ff5e}')
}

/// Step one: every character that must not be drawn, as a mark.
fn marked(raw: &str) -> String {
    // No more than the cap can be kept; a mark is never shorter than its character.
    let mut out = String::with_capacity(raw.len().min(4 * MAX_BYTES));
    let mut chars = raw.chars().peekable();
    let mut after_pictograph = false;
    while let Some(c) = chars.next() {
        if out.len() > 4 * MAX_BYTES {
            break;
        }
        let selects = matches!(c, '\u{fe0e}' | '\u{fe0f}');
        let joins = c == '\u{200d}' && chars.peek().is_some_and(|next| is_pictograph(*next));
        if after_pictograph && (selects || joins) {
            continue;
        }
        after_pictograph = is_pictograph(c);
        match mark(c) {
            Some(Mark::Named(name)) => {
                out.push('‹');
                out.push_str(name);
                out.push('›');
            }
            Some(Mark::Numbered(name, n)) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "‹{name}{n}›");
            }
            Some(Mark::Code) => push_code(&mut out, c),
            None => out.push(c),
        }
    }
    out
}

/// Symbols that emoji are made of.
fn is_pictograph(c: char) -> bool {
    matches!(u32::from(c),
        0x203c | 0x2049 | 0x2122 | 0x2139 | 0x2194..=0x21aa | 0x231a..=0x23ff | 0x24c2 | 0x25aa..=0x25fe
        | 0x2600..=0x27bf | 0x2934..=0x2935 | 0x2b05..=0x2b55 | 0x3030 | 0x303d | 0x3297 | 0x3299
        | 0x1f000..=0x1faff)
}

fn push_code(out: &mut String, c: char) {
    let _ = write!(out, "‹U+{:04X}›", u32::from(c));
}

/// How a forbidden character is shown.
enum Mark {
    Named(&'static str),
    Numbered(&'static str, u32),
    Code,
}

/// Names of U+0000..=U+001F.
const C0: [&str; 32] = [
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "TAB", "LF", "VT", "FF", "CR",
    "SO", "SI", "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC",
    "FS", "GS", "RS", "US",
];

/// The mark of a character that must not be drawn; `None` when it may.
fn mark(c: char) -> Option<Mark> {
    if is_plain(c) {
        return None;
    }
    let n = u32::from(c);
    let c0 = usize::try_from(n).ok().and_then(|n| C0.get(n).copied());
    if let Some(name) = c0.or_else(|| steering_name(n)) {
        return Some(Mark::Named(name));
    }
    match n {
        0xfe00..=0xfe0f => Some(Mark::Numbered("VS", n - 0xfe00 + 1)),
        0xe0100..=0xe01ef => Some(Mark::Numbered("VS", n - 0xe0100 + 17)),
        _ => is_invisible(n).then_some(Mark::Code),
    }
}

/// Names of the characters above U+001F that turn text around, join it or steer a terminal.
fn steering_name(n: u32) -> Option<&'static str> {
    Some(match n {
        0x7f => "DEL",
        0x85 => "NEL",
        0x90 => "DCS",
        0x9b => "CSI",
        0x9c => "ST",
        0x9d => "OSC",
        0xad => "SHY",
        0x034f => "CGJ",
        0x061c => "ALM",
        0x180e => "MVS",
        0x200b => "ZWSP",
        0x200c => "ZWNJ",
        0x200d => "ZWJ",
        0x200e => "LRM",
        0x200f => "RLM",
        0x2028 => "LS",
        0x2029 => "PS",
        0x202a => "LRE",
        0x202b => "RLE",
        0x202c => "PDF",
        0x202d => "LRO",
        0x202e => "RLO",
        0x2060 => "WJ",
        0x2066 => "LRI",
        0x2067 => "RLI",
        0x2068 => "FSI",
        0x2069 => "PDI",
        0xfeff => "BOM",
        0xe0000..=0xe007f => "TAG",
        _ => return None,
    })
}

/// Characters without a name of ours that cannot be seen: C1, invisible operators, Mongolian selectors, Hangul and
/// Khmer fillers, the other format characters (category Cf of Unicode 17), noncharacters.
fn is_invisible(n: u32) -> bool {
    matches!(
        n,
        0x80..=0x9f
            | 0x0600..=0x0605
            | 0x06dd
            | 0x070f
            | 0x0890..=0x0891
            | 0x08e2
            | 0x115f..=0x1160
            | 0x17b4..=0x17b5
            | 0x180b..=0x180d
            | 0x180f
            | 0x2061..=0x2065
            | 0x206a..=0x206f
            | 0x3164
            | 0xfdd0..=0xfdef
            | 0xffa0
            | 0xfff0..=0xfffb
            | 0x0001_10bd
            | 0x0001_10cd
            | 0x0001_3430..=0x0001_3455
            | 0x0001_bca0..=0x0001_bca3
            | 0x0001_d173..=0x0001_d17a
            | 0x000e_0080..=0x000e_00ff
            | 0x000e_01f0..=0x000e_0fff
    ) || n & 0xfffe == 0xfffe
}

/// Step two: clusters and the whole text capped.
fn capped(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(MAX_BYTES));
    let mut ends = Vec::new();
    for cluster in text.graphemes(true) {
        let start = out.len();
        push_cluster(&mut out, cluster);
        if out.len() > MAX_BYTES {
            out.truncate(start);
            return cut(out, &ends);
        }
        ends.push(start);
    }
    out
}

/// Takes clusters off the end until the cut mark fits behind what is left and stands on its own.
fn cut(mut out: String, starts: &[usize]) -> String {
    for &start in starts.iter().rev() {
        if out.len() < MAX_BYTES && stands_alone(&out, '~') {
            break;
        }
        out.truncate(start);
    }
    out.push('~');
    out
}

/// Whether a character put behind the text begins a cluster of its own.
fn stands_alone(text: &str, c: char) -> bool {
    let Some(last) = text.graphemes(true).next_back() else {
        return true;
    };
    let mut joined = String::from(last);
    joined.push(c);
    joined.graphemes(true).count() > 1
}

/// A cluster as it may be drawn: one without a cell of its own by its codes, one too heavy cut with the number of
/// characters left out.
fn push_cluster(out: &mut String, cluster: &str) {
    if cells::cluster(cluster) == 0 {
        for c in cluster.chars() {
            push_code(out, c);
        }
        return;
    }
    let all = cluster.chars().count();
    if cluster.len() <= MAX_CLUSTER_BYTES && all <= MAX_MARKS + 1 {
        out.push_str(cluster);
        return;
    }
    let mut kept = String::new();
    for c in cluster.chars().take(MAX_MARKS + 1) {
        if kept.len() + c.len_utf8() > MAX_CLUSTER_BYTES {
            break;
        }
        kept.push(c);
    }
    while !kept.is_empty() && (!stands_alone(&kept, '‹') || cells::width(&kept) == 0) {
        kept.pop();
    }
    let left_out = all - kept.chars().count();
    out.push_str(&kept);
    let _ = write!(out, "‹+{left_out}›");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn safe(raw: &str) -> String {
        SafeText::new(raw).as_str().to_owned()
    }

    #[test]
    fn emoji_keep_their_pictures_and_lose_their_invisible_parts() {
        assert_eq!(SafeText::new("爱❤\u{fe0f}你").as_str(), "爱❤你");
        assert_eq!(
            SafeText::new("👩\u{200d}❤\u{fe0f}\u{200d}👩").as_str(),
            "👩❤👩"
        );
        // Elsewhere the same characters are somebody's trick.
        assert_eq!(SafeText::new("张\u{200d}三").as_str(), "张‹ZWJ›三");
        assert_eq!(SafeText::new("a\u{fe0f}").as_str(), "a‹VS16›");
        assert_eq!(SafeText::new("👩\u{200d}").as_str(), "👩‹ZWJ›");
    }

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in [
            "张三",
            "José",
            "Zoë",
            "王小明 (VIP)",
            "ｶﾞｰﾄﾞ",
            "สมชาย",
            "한국",
            "🌸小美",
            "👍🏽",
            "🇨🇳",
            "عمر",
            "",
        ] {
            assert_eq!(safe(name), name);
        }
    }

    #[test]
    fn what_steers_a_terminal_becomes_a_visible_mark() {
        assert_eq!(safe("a\u{1b}[31mb"), "a‹ESC›[31mb");
        assert_eq!(safe("x\r\ny\tz\0"), "x‹CR›‹LF›y‹TAB›z‹NUL›");
        assert_eq!(
            safe("\u{9b}2J\u{9d}0;t\u{9c}\u{84}"),
            "‹CSI›2J‹OSC›0;t‹ST›‹U+0084›"
        );
        assert_eq!(safe("\u{202e}gpj.exe\u{202c}"), "‹RLO›gpj.exe‹PDF›");
        assert_eq!(
            safe("\u{2067}x\u{2069}\u{2028}\u{2029}"),
            "‹RLI›x‹PDI›‹LS›‹PS›"
        );
    }

    #[test]
    fn names_that_differ_only_in_invisibles_can_be_told_apart() {
        let same = [
            "张三",
            "张\u{200b}三",
            "张\u{feff}三",
            "张三\u{fe0f}",
            "张三\u{e0100}",
            "张三\u{ad}",
            "张三\u{e0041}",
            "\u{3164}张三",
        ];
        let shown: std::collections::BTreeSet<_> = same.iter().map(|s| safe(s)).collect();
        assert_eq!(shown.len(), same.len());
        assert_eq!(safe("\u{e0100}"), "‹VS17›");
    }

    #[test]
    fn stacked_marks_are_capped_and_counted() {
        let zalgo = format!("e{}x", "\u{301}".repeat(40));
        assert_eq!(safe(&zalgo), format!("e{}‹+32›x", "\u{301}".repeat(8)));
        assert_eq!(
            safe("\u{301}a"),
            "‹U+0301›a",
            "a mark without a base would climb on the neighbouring cell"
        );
    }

    #[test]
    fn long_texts_end_in_the_cut_mark() {
        let long = safe(&"长".repeat(5000));
        assert!(long.len() <= MAX_BYTES && long.ends_with('~'));
        assert_eq!(long.chars().count(), (MAX_BYTES - 1) / 3 + 1);
        let exact = "a".repeat(MAX_BYTES);
        assert_eq!(safe(&exact), exact);
        assert_eq!(
            safe(&format!("{exact}b")),
            format!("{}~", "a".repeat(MAX_BYTES - 1))
        );
    }

    /// Strings full of trouble: any character, weighted towards the ones that hurt.
    fn hostile() -> impl Strategy<Value = String> {
        let hard = proptest::sample::select(vec![
            '\u{1b}',
            '\u{9b}',
            '\u{202e}',
            '\u{200d}',
            '\u{fe0f}',
            '\u{301}',
            '\u{1161}',
            '\u{11a8}',
            '\u{1100}',
            '\u{d4e}',
            '\u{94d}',
            '\u{915}',
            '\u{1f1e6}',
            '\u{1f3fb}',
            '\u{ff9e}',
            '\u{e33}',
            '\u{f72}',
            '👩',
            '‹',
            '›',
            '~',
            '中',
            'a',
            '\u{e0061}',
            '\u{feff}',
            '\u{2028}',
            '\0',
        ]);
        prop_oneof![
            proptest::collection::vec(prop_oneof![3 => hard, 1 => any::<char>()], 0..300)
                .prop_map(|chars| chars.into_iter().collect::<String>()),
            any::<String>(),
        ]
    }

    proptest! {
        #[test]
        fn safe_text_is_idempotent_short_and_visible(raw in hostile()) {
            let once = safe(&raw);
            prop_assert_eq!(&safe(&once), &once);
            prop_assert!(once.len() <= MAX_BYTES);
            for c in once.chars() {
                prop_assert!(mark(c).is_none(), "{:?} got through", c);
                prop_assert!(!c.is_control());
            }
            for cluster in once.graphemes(true) {
                prop_assert!(cells::cluster(cluster) > 0, "{:?} has no cell", cluster);
                prop_assert!(cluster.len() <= MAX_CLUSTER_BYTES + '›'.len_utf8());
            }
        }
    }
}
