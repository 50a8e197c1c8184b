//! Who stands in a row: two of one name told apart, who left marked, in the columns there are.

use crate::config::theme::Role;
use crate::domain::{SafeText, StaffId};
use crate::engine::answer::BoardRow;
use crate::ui::Cx;
use crate::ui::canvas::Run;
use crate::ui::text::{fit, width};

/// Columns that are kept for the end of a userid that tells two of one name apart, with its brackets.
const APART: u16 = 6;

/// Fewest columns beside a name in which the end of a userid says anything.
const LEAST: u16 = 3;

/// The name; of who shares it, with the userid after it, or its end where there is not room for all of it, or nothing where
/// there is hardly any; of who left, with a mark.
pub fn name(cx: &Cx, row: &BoardRow, room: u16) -> Vec<Run> {
    let mark = left_mark(cx, row, room);
    let room = room.saturating_sub(width(&mark));
    let style = cx.style(super::text_role(row));
    let dim = cx.style(Role::Dim);
    let mut runs = vec![(fit(row.name.as_str(), room), style)];
    let spare = room.saturating_sub(width(row.name.as_str()));
    if row.has_namesake && spare >= LEAST {
        let apart = apart(SafeText::new(row.id.as_str()).as_str(), spare);
        runs = vec![(row.name.as_str().to_owned(), style), (apart, dim)];
    }
    runs.push((mark, dim));
    runs
}

/// A userid behind a name, in so many columns: its end where there is not room for all of it.
fn apart(id: &str, spare: u16) -> String {
    if spare >= (width(id) + 2).min(APART) {
        format!("({})", end_of(id, spare.saturating_sub(2)))
    } else {
        end_of(id, spare)
    }
}

/// A person as told in a column, `王芳(zs01)` where two have that name: of a userid that finds no room the end is kept, which
/// tells them apart.
pub fn person((id, told): &(StaffId, SafeText), room: u16) -> String {
    let id = SafeText::new(id.as_str());
    let behind = format!("({})", id.as_str());
    let told = told.as_str();
    match told.strip_suffix(&behind) {
        Some(name) if width(told) > room && width(name) + LEAST <= room => {
            format!("{name}{}", apart(id.as_str(), room - width(name)))
        }
        Some(_) | None => fit(told, room),
    }
}

/// Columns that no person of these gives up: so that two of one name are told apart.
pub fn least_of<'p>(people: impl Iterator<Item = &'p (StaffId, SafeText)>, least: u16) -> u16 {
    let apart =
        |(id, told): &(StaffId, SafeText)| told.as_str().ends_with(&format!("({})", id.as_str()));
    let mut people = people;
    if people.any(apart) {
        least + LEAST
    } else {
        least
    }
}

/// Columns that a name takes with all that stands behind it.
pub fn name_width(cx: &Cx, row: &BoardRow) -> u16 {
    let mark = if row.left {
        1 + width(cx.words.say("board.left"))
    } else {
        0
    };
    width(row.called().as_str()).saturating_add(mark)
}

/// Columns that no name gives up: of who left, the mark stands whole behind a name of three characters.
pub fn least(cx: &Cx) -> u16 {
    let page = cx.app.panes.board.page.value.as_ref();
    let gone = page.is_some_and(|page| page.rows.iter().any(|row| row.left));
    if gone {
        6 + width(cx.words.say("board.left_short"))
    } else {
        8
    }
}

/// The mark of who left, short where the name would not fit beside it.
fn left_mark(cx: &Cx, row: &BoardRow, room: u16) -> String {
    if !row.left {
        return String::new();
    }
    let long = format!(" {}", cx.words.say("board.left"));
    if width(row.called().as_str()) + width(&long) <= room {
        long
    } else {
        cx.words.say("board.left_short").to_owned()
    }
}

/// A text in so many columns, its end where it is longer.
fn end_of(text: &str, room: u16) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let starts = text.char_indices().map(|(at, _)| text.get(at..));
    let mut ends = starts.map(Option::unwrap_or_default);
    let end = ends.find(|end| width(end) < room).unwrap_or_default();
    format!("~{end}")
}

#[cfg(test)]
mod tests {
    use super::{SafeText, StaffId, end_of, least_of, person};

    #[test]
    fn a_person_who_shares_a_name_keeps_what_tells_them_apart() {
        let one = (
            StaffId::from("zhangmin01"),
            SafeText::new("张敏(zhangmin01)"),
        );
        assert_eq!(person(&one, 16), "张敏(zhangmin01)");
        assert_eq!(person(&one, 10), "张敏(~n01)");
        assert_eq!(person(&one, 7), "张敏~01");
        let alone = (StaffId::from("zs"), SafeText::new("欧阳张敏"));
        assert_eq!(person(&alone, 6), "欧阳~");
        assert_eq!(least_of([&alone].into_iter(), 6), 6);
        assert_eq!(least_of([&alone, &one].into_iter(), 6), 9);
    }

    #[test]
    fn of_a_long_id_its_end_is_kept() {
        assert_eq!(end_of("zs01", 4), "zs01");
        assert_eq!(end_of("zhangmin01", 5), "~in01");
        assert_eq!(end_of("张敏01", 4), "~01");
        assert_eq!(end_of("zs01", 1), "~");
    }
}
