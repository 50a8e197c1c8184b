//! Cells and words of what is held against a target: achievement, band, pace, and of which GMV.

use super::cell::Cell;
use super::how::How;
use crate::config::words::Words;
use crate::domain::{Figure, Rate, metric};
use crate::engine::answer::{CampaignHead, Course, GmvKind, KpiBand};

/// A rate of money over money, with both sides in yuan like all money that is printed.
pub(super) fn in_yuan(figure: Figure) -> Figure {
    match figure {
        Figure::Rate(rate) => Figure::Rate(Rate {
            num: rate.num / 100.0,
            den: rate.den / 100.0,
        }),
        Figure::Count(_)
        | Figure::Money(_)
        | Figure::Number(_)
        | Figure::NoValue
        | Figure::NotMeasured => figure,
    }
}

/// An achievement without its figures, shown as such, written as a fraction.
pub(super) fn pace(value: Option<f64>, how: How) -> Cell {
    match value {
        None => Cell::Empty,
        value if how.is_for_people() => Cell::Achievement(value, None, None),
        Some(value) => Cell::Number(value, 4),
    }
}

/// Achievement of a target with both figures in units of display.
pub(super) fn achievement(value: Option<f64>, actual: Figure, target: Figure) -> Cell {
    match (actual, target) {
        // An attainment is held against money: the money it is made of, over that.
        (Figure::Rate(rate), Figure::Money(_)) => {
            Cell::Achievement(value, Some(rate.num / 100.0), target.written())
        }
        (actual, target) => Cell::Achievement(value, actual.written(), target.written()),
    }
}

/// The achievement band's stable code; for people how the figure runs to its target, which is no verdict while the period
/// goes on.
pub(super) fn band_cell((band, course): (Option<KpiBand>, Option<Course>), how: How) -> Cell {
    band.map_or(Cell::Empty, |band| {
        Cell::Code(band_word(band), course_words(course, how))
    })
}

/// How a figure runs to its target, in words.
pub(super) fn course_words(course: Option<Course>, how: How) -> String {
    let words = Words::new(how.lang);
    let course = course.map(|course| words.named("kpi_band", course.code()));
    course.unwrap_or_default().to_owned()
}

/// Its stable code.
pub(super) fn course_cell(course: Option<Course>) -> Cell {
    course.map_or(Cell::Empty, |course| {
        Cell::Code(course.code(), String::new())
    })
}

/// A band's stable code, also its word in filters.
pub(super) fn band_word(band: KpiBand) -> &'static str {
    Course::Band(band).code()
}

/// Says that the target is another GMV's.
pub(super) fn target_line(head: &CampaignHead, gmv: GmvKind, how: How) -> Option<String> {
    let [of, asked] = [head.target_of?, gmv].map(|kind| metric::find(kind.code()));
    let [of, asked] = [of?.name(how.lang), asked?.name(how.lang)];
    let holes = [("of", of), ("asked", asked)];
    Some(Words::new(how.lang).fill("kpi.target_of", &holes))
}

/// Says which GMV the figures mean.
pub(super) fn gmv_line(kind: GmvKind, how: How) -> String {
    let code = kind.code();
    let name = metric::find(code).map_or(code, |m| m.name(how.lang));
    format!("{} {name}", how.word("GMV 口径:", "GMV:"))
}
