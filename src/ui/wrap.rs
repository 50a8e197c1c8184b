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
            if bare <= room {
                lines.push(String::new());
                continue;
            }
            // Longer than a line, as Chinese sentences are: filled up cluster by cluster.
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
    use super::wrap;

    #[test]
    fn long_values_break_at_spaces_and_chinese_anywhere() {
        assert_eq!(wrap("ab cd ef", 5, 9), ["ab cd", "ef"]);
        assert_eq!(wrap("上海大区静安门店", 6, 9), ["上海大", "区静安", "门店"]);
        assert_eq!(wrap("上海大区静安门店", 6, 2), ["上海大", "区静~"]);
        assert_eq!(wrap("", 6, 2), [""]);
    }
}
