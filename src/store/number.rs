//! Phone numbers, however they are written: `+86 138-1234-2210`, `１３８ １２３４ ２２１０` and `13812342210` are one.

use std::ops::Range;

use memchr::memmem;

/// Digits from which a number is taken for a phone's, and up to which.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=20;

/// Digits of a mainland mobile.
const MOBILE: usize = 11;

/// Marks that may stand between two digits of a number.
const BETWEEN: usize = 2;

/// Bytes that no spelling of a number is longer than.
pub const LONGEST: usize = 20 * 3 * (1 + BETWEEN);

/// A phone number, told apart from others whatever stands between its digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// `+` of another country, then its digits, and the extension behind `转`.
    plain: String,
}

impl Number {
    /// The number that a text is; `None` for one that is masked, has other words in it, or too few digits.
    pub fn of(text: &str) -> Option<Self> {
        let narrow: String = text.trim().chars().map(half).collect();
        let (number, extension) = match narrow.split_once(['转', 'x']) {
            Some((number, extension)) => (number, Some(extension.trim())),
            None => (narrow.as_str(), None),
        };
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let is_number = number
            .chars()
            .all(|c| c.is_ascii_digit() || is_between(c) || c == '+');
        if !is_number || !DIGITS.contains(&digits.len()) {
            return None;
        }
        if let Some(extension) = extension {
            let is_one = !extension.is_empty() && extension.bytes().all(|b| b.is_ascii_digit());
            let plain = format!("{digits}转{extension}");
            return is_one.then_some(Self { plain });
        }
        let has_plus = number.trim_start_matches(['(', ' ']).starts_with('+');
        let abroad = digits.strip_prefix("0086");
        let home = abroad.or_else(|| digits.strip_prefix("86"));
        let mobile = home.unwrap_or(&digits);
        let plain = if is_mobile(mobile) && (home.is_some() || !has_plus) {
            mobile.to_owned()
        } else {
            match home {
                // Of a number in a town, the country takes the place of the leading 0.
                Some(home) if has_plus || abroad.is_some() => {
                    format!("0{}", home.trim_start_matches('0'))
                }
                Some(_) | None if has_plus => format!("+{digits}"),
                Some(_) | None => digits,
            }
        };
        Some(Self { plain })
    }

    /// The number as it is written plainest.
    pub fn plain(&self) -> &str {
        &self.plain
    }

    /// Is it a mobile of the mainland?
    pub fn is_mobile(&self) -> bool {
        is_mobile(&self.plain)
    }

    /// Is this text the number, written in whatever way?
    pub fn is(&self, text: &str) -> bool {
        // Whole tables are asked; nearly all of them end otherwise.
        let last = |text: &str| text.bytes().rev().find(u8::is_ascii_digit);
        if text.is_ascii() && last(text) != last(&self.plain) {
            return false;
        }
        Self::of(text).is_some_and(|other| other == *self)
    }

    /// Whether the number stands somewhere in a text, not as part of a longer one.
    pub fn stands_in(&self, text: &str) -> bool {
        let ends = |end: usize| text.get(end..).is_some_and(|t| !t.starts_with(is_digit));
        let stands = |digits: &str, may_follow: &dyn Fn(&str) -> bool| {
            places_of(digits, text.as_bytes(), 1)
                .into_iter()
                .any(|at| ends(at.end) && text.get(..at.start).is_some_and(may_follow))
        };
        stands(self.digits(), &|before| self.may_follow(before))
            || self
                .abroad()
                .is_some_and(|digits| stands(&digits, &may_begin_abroad))
    }

    /// May the number begin behind this text? Not within a longer one, nor behind the `+` of another country.
    fn may_follow(&self, before: &str) -> bool {
        let before: String = before.chars().map(half).collect();
        if self.plain.starts_with('+') {
            return before.ends_with(['+']) || before.ends_with("00");
        }
        let ends = |text: &str| !text.ends_with(|c: char| c.is_ascii_digit());
        let at_home = before.strip_suffix("86");
        let at_home = at_home.map(|text| text.strip_suffix("00").unwrap_or(text));
        let is_home = self.is_mobile() && at_home.is_some_and(ends);
        is_home || (ends(&before) && !before.ends_with('+'))
    }

    /// Its digits at home.
    fn digits(&self) -> &str {
        self.plain.trim_start_matches('+')
    }

    /// The digits of a number in a town as they are written for callers from abroad: the country in place of the 0.
    fn abroad(&self) -> Option<String> {
        let town = self.plain.strip_prefix('0')?;
        Some(format!("86{town}"))
    }

    /// Where its digits stand one behind the other in bytes, whatever goes before or comes behind; the last `tail` of them
    /// with nothing between.
    pub fn places(&self, bytes: &[u8], tail: usize) -> Vec<Range<usize>> {
        let mut found = places_of(self.digits(), bytes, tail);
        if let Some(digits) = self.abroad() {
            found.extend(places_of(&digits, bytes, tail));
        }
        found
    }
}

/// Where digits stand one behind the other, narrow or wide; see [`Number::places`].
fn places_of(digits: &str, bytes: &[u8], tail: usize) -> Vec<Range<usize>> {
    let digits = digits.as_bytes();
    if !digits.iter().all(u8::is_ascii_digit) {
        return Vec::new();
    }
    let (head, tail) = digits.split_at(digits.len().saturating_sub(tail));
    let wide: Vec<u8> = tail.iter().flat_map(|d| wide(*d)).collect();
    let mut found = Vec::new();
    for tail in [tail, wide.as_slice()] {
        let finder = memmem::Finder::new(tail);
        let mut from = 0;
        // Two places may overlap: 0000 stands twice in 00000.
        while let Some(at) = bytes.get(from..).and_then(|rest| finder.find(rest)) {
            let at = from + at;
            from = at + 1;
            let begin = bytes.get(..at).and_then(|bytes| begin_of(bytes, head));
            found.extend(begin.map(|begin| begin..at + tail.len()));
        }
    }
    found
}

/// May a number that begins with the country begin behind this text? Not within a longer one.
fn may_begin_abroad(before: &str) -> bool {
    let before: String = before.chars().map(half).collect();
    let before = before.strip_suffix("00").unwrap_or(&before);
    !before.ends_with(|c: char| c.is_ascii_digit())
}

/// Mobiles that somebody wrote in among other words, as they stand there: eleven digits at once, or three, four and four.
pub fn mobiles_in(text: &str) -> Vec<&str> {
    let chars: Vec<(usize, char)> = text.char_indices().map(|(at, c)| (at, half(c))).collect();
    let of = |at: usize| chars.get(at).map(|(_, c)| *c);
    let mobile_at = |begin: usize| {
        let mut at = begin;
        for n in 0..MOBILE {
            if matches!(n, 3 | 7) && of(at).is_some_and(is_between) {
                at += 1;
            }
            let digit = of(at).filter(char::is_ascii_digit)?;
            let is_right = match n {
                0 => digit == '1',
                1 => digit >= '2',
                _ => true,
            };
            at = is_right.then_some(at + 1)?;
        }
        let goes_on = of(at).is_some_and(|c| c.is_ascii_digit());
        let (begin, end) = (
            chars.get(begin)?.0,
            chars.get(at).map_or(text.len(), |(at, _)| *at),
        );
        text.get(begin..end).filter(|_| !goes_on)
    };
    let may_begin = |at: &usize| {
        let before = text
            .get(..chars.get(*at).map_or(0, |(at, _)| *at))
            .unwrap_or_default();
        !before.ends_with(is_digit) || before.ends_with("86")
    };
    (0..chars.len())
        .filter(may_begin)
        .filter_map(mobile_at)
        .collect()
}

fn is_mobile(digits: &str) -> bool {
    digits.len() == MOBILE && digits.starts_with('1') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// A full-width digit or mark as its narrow twin; dashes and spaces of every kind are one.
fn half(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

fn is_digit(c: char) -> bool {
    half(c).is_ascii_digit()
}

/// May this stand between two digits of a number?
fn is_between(c: char) -> bool {
    let is_air = matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{202a}'..='\u{202e}');
    is_air || matches!(half(c), ' ' | '-' | '.' | '(' | ')')
}

/// The bytes of a full-width digit.
fn wide(digit: u8) -> [u8; 3] {
    [0xef, 0xbc, digit.wrapping_add(0x60)]
}

/// Where digits begin that end with these bytes, marks between them.
fn begin_of(mut bytes: &[u8], digits: &[u8]) -> Option<usize> {
    for digit in digits.iter().rev() {
        let ends = |bytes: &[u8]| {
            let narrow = bytes.strip_suffix(&[*digit]).map(<[u8]>::len);
            narrow.or_else(|| bytes.strip_suffix(&wide(*digit)).map(<[u8]>::len))
        };
        let mut at = ends(bytes);
        for _ in 0..BETWEEN {
            if at.is_some() {
                break;
            }
            bytes = bytes.get(..bytes.len().checked_sub(mark_behind(bytes)?)?)?;
            at = ends(bytes);
        }
        bytes = bytes.get(..at?)?;
    }
    Some(bytes.len())
}

/// Bytes of the mark with which these end, if it may stand between digits.
fn mark_behind(bytes: &[u8]) -> Option<usize> {
    (1..=3).find(|n| {
        let last = bytes.len().checked_sub(*n).and_then(|at| bytes.get(at..));
        let mut chars = last
            .and_then(|b| std::str::from_utf8(b).ok())
            .unwrap_or_default()
            .chars();
        chars.next().is_some_and(is_between) && chars.next().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ways to write one mobile.
    const SPELLINGS: [&str; 12] = [
        "12800005678",
        "+8612800005678",
        "+86 128-0000-5678",
        "0086-128-0000-5678",
        "86 12800005678",
        "(+86)128.0000.5678",
        "128 0000 5678",
        "128  0000  5678",
        "１２８－００００－５６７８",
        "128\u{a0}0000\u{a0}5678",
        "128 00 00 56 78",
        "128—0000—5678",
    ];

    #[test]
    fn a_number_is_one_however_it_is_written() {
        let number = Number::of("12800005678").unwrap();
        for text in SPELLINGS {
            assert_eq!(Number::of(text), Some(number.clone()), "{text}");
            assert!(number.is(text), "{text}");
            for around in [
                text.to_owned(),
                format!("tel{text}转"),
                format!("2026-11-10 {text}, 5"),
                format!("1/{text}"),
                format!("电话{text}。"),
            ] {
                assert!(number.stands_in(&around), "{around}");
            }
        }
    }

    #[test]
    fn another_number_is_another() {
        let number = Number::of("12800005678").unwrap();
        for text in [
            "12800005679",
            "128000056780",
            "912800005678",
            "128****5678",
            "+12800005678",
            "1280000567",
            "",
        ] {
            assert!(!number.is(text) && !number.stands_in(text), "{text}");
        }
        assert!(!number.stands_in("128-0000\n\n\n-5678"));
        assert_eq!(Number::of("电话"), None);
        assert_eq!(Number::of("123456"), None);
        assert_ne!(Number::of("+1 202 555 0123"), Number::of("12025550123"));
        assert_ne!(Number::of("021-55550123转801"), Number::of("021-55550123"));
    }

    #[test]
    fn numbers_that_are_no_mobiles_are_one_however_they_are_written_too() {
        for (one, other) in [
            ("021-55550123", "(021) 5555 0123"),
            ("021-55550123", "+86 21 5555 0123"),
            ("021-55550123", "０２１ ５５５５０１２３"),
            ("021-55550123转801", "02155550123 转 801"),
            ("+1 202 555 0123", "+1 (202) 555-0123"),
            ("400-555-0123", "4005550123"),
        ] {
            assert_eq!(Number::of(one), Number::of(other), "{one} {other}");
            assert!(Number::of(one).is_some());
        }
        let far = Number::of("+1 202 555 0123").unwrap();
        assert!(far.stands_in("call +1-202-555-0123") && !far.stands_in("12025550123"));
    }

    #[test]
    fn a_number_in_a_town_is_found_as_callers_from_abroad_write_it() {
        let number = Number::of("021-55550123").unwrap();
        for text in [
            "+86 21 5555 0123",
            "tel 0086-21-55550123",
            "８６ ２１ ５５５５０１２３",
            "(021)55550123",
            "+86 (021) 5555 0123",
        ] {
            assert!(number.stands_in(text), "{text}");
            assert!(!number.places(text.as_bytes(), 4).is_empty(), "{text}");
        }
        for text in ["186 21 5555 0123", "21 5555 0123", "+86 21 5555 01234"] {
            assert!(!number.stands_in(text), "{text}");
        }
    }

    #[test]
    fn a_number_is_found_where_its_last_digits_begin_before_their_time() {
        for (number, text) in [
            ("12800000000", "128 00000000"),
            ("12812121212", "tel 128 12121212"),
            ("12812121212", "１２８１２１２１２１２"),
        ] {
            let number = Number::of(number).unwrap();
            assert!(number.stands_in(text), "{text}");
            let all = number.places(text.as_bytes(), 4);
            assert!(all.iter().any(|at| at.end == text.len()), "{text} {all:?}");
        }
    }

    #[test]
    fn mobiles_are_found_among_words_and_nothing_else_is() {
        for (text, found) in [
            ("陈女士128-0000-5678，晚上", &["128-0000-5678"][..]),
            (
                "+86 12800005678/１２９ ００００ ５６７８",
                &["12800005678", "１２９ ００００ ５６７８"],
            ),
            ("8612800005678", &["12800005678"]),
            ("2026-11-10 12:30 满128.00元", &[]),
            ("110101199003071234 1794300000000", &[]),
            ("", &[]),
        ] {
            assert_eq!(mobiles_in(text), found, "{text}");
        }
    }

    #[test]
    fn bytes_give_the_places_of_a_number_among_other_bytes() {
        let number = Number::of("12800005678").unwrap();
        for spelling in ["12800005678", "128-0000-5678", "１２８ ００００ ５６７８"] {
            let bytes = [b"SO9\xff\x02", spelling.as_bytes(), b"7paid\0"].concat();
            let places = number.places(&bytes, 4);
            assert_eq!(places, vec![5..5 + spelling.len()], "{spelling}");
        }
        assert!(number.places(b"128-0000-567", 4).is_empty());
    }
}
