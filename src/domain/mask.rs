//! Masks for names, phones, ids and birthdays (reliability.md D8). Applied where rows leave the store.
//!
//! Masking goes by characters. What does not look exactly like the thing it should be is masked whole, and a whole mask
//! has one length, so that it does not tell how long the value was. An empty value stays empty: "unknown" is no secret.

use unicode_segmentation::UnicodeSegmentation;

/// A value of which nothing is shown.
pub const WHOLE: &str = "***";

/// A Chinese name keeps its first character: `张*`. Others (one character, foreign) are masked whole.
pub fn name(raw: &str) -> String {
    let mut clusters = raw.trim().graphemes(true);
    match (clusters.next(), clusters.next()) {
        (None, _) => String::new(),
        (Some(first), Some(_)) if first.starts_with(is_ideograph) => format!("{first}*"),
        (Some(_), _) => WHOLE.to_owned(),
    }
}

/// A mainland mobile number keeps three and four digits: `138****2210`. Anything else is masked whole.
pub fn phone(raw: &str) -> String {
    let raw = raw.trim();
    if raw.is_empty() {
        return String::new();
    }
    let compact: String = raw.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let digits = compact.strip_prefix("+86").unwrap_or(&compact);
    let is_mobile =
        digits.len() == 11 && digits.starts_with('1') && digits.bytes().all(|b| b.is_ascii_digit());
    match (digits.get(..3), digits.get(7..)) {
        (Some(head), Some(tail)) if is_mobile => format!("{head}****{tail}"),
        _ => WHOLE.to_owned(),
    }
}

/// A WeChat or WeCom id keeps three and two characters: `wx_****24`. Short ones, and those that do not begin with two
/// letters (an identity card, a bank card), are masked whole.
pub fn id(raw: &str) -> String {
    let raw = raw.trim();
    if raw.is_empty() {
        return String::new();
    }
    let is_id = raw.len() >= 8
        && raw.bytes().take(2).all(|b| b.is_ascii_alphabetic())
        && raw
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    match (raw.get(..3), raw.get(raw.len().saturating_sub(2)..)) {
        (Some(head), Some(tail)) if is_id => format!("{head}****{tail}"),
        _ => WHOLE.to_owned(),
    }
}

/// A birthday (`YYYY-MM-DD` or `MM-DD`) keeps its month: `05-**`. Anything else is masked whole.
pub fn birthday(raw: &str) -> String {
    let raw = raw.trim();
    if raw.is_empty() {
        return String::new();
    }
    let parts: Vec<&str> = raw.split('-').collect();
    let month = match parts.as_slice() {
        [year, month, day] if is_number(year, 4) && is_number(day, 2) => Some(*month),
        [month, day] if is_number(day, 2) => Some(*month),
        _ => None,
    };
    match month {
        Some(month) if is_number(month, 2) && ("01"..="12").contains(&month) => {
            format!("{month}-**")
        }
        _ => WHOLE.to_owned(),
    }
}

/// A remark or any free text: hidden.
pub fn text(raw: &str) -> String {
    if raw.trim().is_empty() {
        String::new()
    } else {
        WHOLE.to_owned()
    }
}

/// A character of a Chinese name.
pub fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

fn is_number(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_masked_by_characters() {
        assert_eq!(name("张三"), "张*");
        assert_eq!(name("欧阳娜娜"), "欧*");
        assert_eq!(name("𠮷田"), "𠮷*");
        assert_eq!(name("张"), "***");
        assert_eq!(name("Linda"), "***");
        assert_eq!(name("🌸小美"), "***");
        assert_eq!(name(""), "");
    }

    #[test]
    fn phones_that_are_no_mainland_mobile_are_masked_whole() {
        assert_eq!(phone("13812342210"), "138****2210");
        assert_eq!(phone("+86 138-1234-2210"), "138****2210");
        for other in [
            "1381234221",
            "+14155550100",
            "110101199003071234",
            "１３８１２３４２２１０",
            "电话",
            "8",
            "王小明王小明王小明王小",
        ] {
            assert_eq!(phone(other), "***", "{other}");
        }
        assert_eq!(phone(""), "");
    }

    #[test]
    fn ids_keep_their_ends_unless_they_could_be_a_card() {
        assert_eq!(id("wx_abcdef24"), "wx_****24");
        assert_eq!(id("wmJ4kNDAAAx5q3"), "wmJ****q3");
        for other in [
            "wx_24",
            "110101199003071234",
            "11010119900307123X",
            "6222020200112233445",
            "张三张三",
        ] {
            assert_eq!(id(other), "***", "{other}");
        }
    }

    #[test]
    fn birthdays_keep_their_month() {
        assert_eq!(birthday("1990-05-12"), "05-**");
        assert_eq!(birthday("05-12"), "05-**");
        for other in ["1990-13-12", "May 12", "1990/05/12", "19900512", "00-01"] {
            assert_eq!(birthday(other), "***", "{other}");
        }
        assert_eq!(birthday(""), "");
        assert_eq!(text("老客户, 送过礼盒"), "***");
    }
}
