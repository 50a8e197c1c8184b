//! Cells and words of what is held against a target: achievement, band, pace, and of which GMV.

use super::cell::Cell;
use super::how::How;
use crate::config::words::Words;
use crate::domain::{Figure, Rate, metric};
use crate::engine::answer::{CampaignHead, GmvKind, KpiBand};

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

/// The achievement band's stable code and its words.
pub(super) fn band_cell(band: Option<KpiBand>, how: How) -> Cell {
    let Some(band) = band else {
        return Cell::Empty;
    };
    let (code, zh, en) = band_words(band);
    Cell::Code(code, how.word(zh, en).to_owned())
}

/// A band's stable code (also its word in filters), Chinese and English.
pub(super) fn band_words(band: KpiBand) -> (&'static str, &'static str, &'static str) {
    match band {
        KpiBand::BelowFloor => ("below_floor", "低于底线", "below floor"),
        KpiBand::Missed => ("missed", "未达成", "missed"),
        KpiBand::Met => ("met", "达成", "met"),
        KpiBand::Exceeded => ("exceeded", "超额达成", "exceeded"),
    }
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
