//! Texts broken into lines.

use super::text;

/// Breaks a text into lines of a width, at spaces where there are any; the last line is cut.
pub fn wrap(value: &str, room: u16, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in value.split_inclusive(' ') {
        let mut rest = word;
        while !rest.is_empty() {
            let last = lines.last().map_or(0, |line| text::width(line));
            let bare = text::width(rest.trim_end());
            if last + bare <= room || lines.len() >= most {
                if let Some(line) = lines.last_mut() {
                    line.push_str(rest);
                }
                break;
            }
            if bare <= room && !is_sentence(rest) {
                lines.push(String::new());
                continue;
            }
            // Longer than a line, or than any name, as Chinese sentences are: filled up cluster by cluster.
            let take = cut_at(rest, room.saturating_sub(last));
            let (head, tail) = rest.split_at(take);
            if let Some(line) = lines.last_mut() {
                line.push_str(head);
            }
            lines.push(String::new());
            rest = tail;
        }
    }
    lines
        .into_iter()
        .map(|line| text::fit(line.trim_end(), room))
        .collect()
}

/// The same of parts with two blanks between them: a part stays whole where a line has room for it.
pub fn wrap_parts(value: &str, room: u16, most: usize) -> Vec<String> {
    let parts: Vec<&str> = value.split("  ").collect();
    if parts.len() < 2 || parts.iter().any(|part| text::width(part) > room) {
        return wrap(value, room, most);
    }
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        let has_no_more = lines.len() >= most;
        match lines.last_mut() {
            Some(line) if has_no_more || text::width(line) + 2 + text::width(part) <= room => {
                line.push_str("  ");
                line.push_str(part);
            }
            Some(_) | None => lines.push(part.to_owned()),
        }
    }
    lines.iter().map(|line| text::fit(line, room)).collect()
}

/// Longer than names are, in a script that breaks anywhere.
fn is_sentence(word: &str) -> bool {
    const LONGEST_NAME: u16 = 16;
    text::width(word) > LONGEST_NAME && word.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// Bytes of the clusters that fit.
fn cut_at(value: &str, room: u16) -> usize {
    use unicode_segmentation::UnicodeSegmentation;
    let mut used = 0;
    value
        .grapheme_indices(true)
        .find(|(_, cluster)| {
            used += text::cluster(cluster);
            used > room
        })
        .map_or(value.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::{wrap, wrap_parts};

    #[test]
    fn a_long_chinese_word_fills_the_line_it_begins_on() {
        // Nine cells would be left over before a word of 18.
        assert_eq!(
            wrap("期内 支付订单的实付金额之 − 退款", 20, 9),
            ["期内 支付订单的实付", "金额之 − 退款"]
        );
        assert_eq!(
            wrap("高净值 母婴用户", 10, 9),
            ["高净值", "母婴用户"],
            "a name stays whole"
        );
    }

    #[test]
    fn a_label_stays_beside_its_figure() {
        let value = "5,399  13 orders  AOV 415";
        assert_eq!(wrap_parts(value, 18, 3), ["5,399  13 orders", "AOV 415"]);
        assert_eq!(wrap_parts(value, 30, 3), [value]);
        assert_eq!(
            wrap_parts("bought 49d  contact 09-22", 22, 3),
            ["bought 49d", "contact 09-22"]
        );
        assert_eq!(wrap_parts("one two three", 7, 3), ["one two", "three"]);
        assert_eq!(wrap_parts("ab  cd  ef", 4, 2), ["ab", "cd ~"]);
    }

    #[test]
    fn long_values_break_at_spaces_and_chinese_anywhere() {
        assert_eq!(wrap("ab cd ef", 5, 9), ["ab cd", "ef"]);
        assert_eq!(wrap("上海大区静安门店", 6, 9), ["上海大", "区静安", "门店"]);
        assert_eq!(wrap("上海大区静安门店", 6, 2), ["上海大", "区静~"]);
        assert_eq!(wrap("", 6, 2), [""]);
    }
}
