//! Full-width input made ASCII, one character for one character.
//!
//! A Chinese input method left on sends `：／？【】＞` and `Ａ-Ｚ`; keys and filters mean the ASCII ones.

/// The ASCII character an input method's full-width character stands for; any other character unchanged.
///
/// Used for keys before look-up and for filter text. `、` is `/` here, as on the keyboard; in a filter it is a comma
/// (see [`fold_text_char`]).
pub fn fold_char(c: char) -> char {
    match c {
        // The full-width block is ASCII shifted.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        '、' => '/',
        '。' => '.',
        '《' | '〈' => '<',
        '》' | '〉' => '>',
        '【' => '[',
        '】' => ']',
        '「' => '{',
        '」' => '}',
        '‘' | '’' => '\'',
        '“' | '”' => '"',
        '￥' => '$',
        _ => c,
    }
}

/// As [`fold_char`], but `、` is the comma it is in a written list, and `￥` the yuan.
pub fn fold_text_char(c: char) -> char {
    match c {
        '、' => ',',
        '￥' => '¥',
        _ => fold_char(c),
    }
}

/// The form in which text is compared: full-width folded, lower case. One character stays one character.
pub fn fold_search_char(c: char) -> char {
    let folded = fold_char(c);
    if folded.is_ascii() {
        return folded.to_ascii_lowercase();
    }
    let mut lower = folded.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => folded,
    }
}

/// A text in the form in which it is compared (see [`fold_search_char`]): what the engine keeps of names.
pub fn search_form(text: &str) -> String {
    text.chars().map(fold_search_char).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_letters_digits_and_punctuation_become_ascii() {
        let typed = "ＡＺａｚ０９：／？！，。（）【】《》“”‘’；＞～｜\u{3000}";
        let folded: String = typed.chars().map(fold_char).collect();
        assert_eq!(folded, "AZaz09:/?!,.()[]<>\"\"'';>~| ");
    }

    #[test]
    fn other_characters_stay() {
        for c in ['张', 'a', '·', 'é', '\u{ff00}', '\u{ff5f}', '😀'] {
            assert_eq!(fold_char(c), c);
        }
    }

    #[test]
    fn the_enumeration_comma_is_a_comma_in_text_and_a_slash_on_the_keyboard() {
        assert_eq!((fold_char('、'), fold_text_char('、')), ('/', ','));
    }

    #[test]
    fn search_form_is_lower_case_and_keeps_the_number_of_characters() {
        assert_eq!(search_form("ＶＩＰ 张İ"), "vip 张İ");
        assert_eq!(search_form("İßΣ").chars().count(), 3);
    }
}
