//! Cells of a sheet: what a value looks like to a reader, in CSV and in JSON.

use serde_json::{Value, json};

use super::how::How;
use crate::domain::number::is_small_base;
use crate::domain::text::inert;
use crate::domain::{Day, Fen, Figure, Rate, SafeText};
use crate::engine::answer::Movement;

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words, safe to show.
    Text(SafeText),
    /// A code of ours: the code for programs, words for people.
    Code(&'static str, String),
    /// A count.
    Count(i64),
    /// A number that names something: no separators.
    Id(i64),
    /// Movement on a board: places for programs, a sign for people.
    Moved(Movement, String),
    /// Money.
    Money(Fen),
    /// A rate with its base.
    Rate(Rate),
    /// A number that is not a share, with what it is made of: shown with two decimals.
    Ratio(Rate),
    /// Actual over target: the value (rounded down when shown), actual and target in units of display.
    Achievement(Option<f64>, Option<f64>, Option<f64>),
    /// A score, rounded down when shown.
    Score(f64),
    /// A plain number; decimals shown in a table.
    Number(f64, u32),
    /// A moment, unix seconds.
    Instant(i64),
    /// A business day.
    Day(Day),
    /// Several words.
    List(Vec<SafeText>),
    /// Yes or no.
    Yes(bool),
    /// JSON for programs.
    Nested(Value),
    /// Empty: the row has no such thing.
    Empty,
    /// No value.
    NoValue,
    /// Nobody measured it.
    NotMeasured,
}

impl From<Figure> for Cell {
    fn from(figure: Figure) -> Self {
        match figure {
            Figure::Count(n) => Self::Count(n),
            Figure::Money(fen) => Self::Money(fen),
            Figure::Rate(rate) => Self::Rate(rate),
            Figure::Number(n) => Self::Number(n, 1),
            Figure::NoValue => Self::NoValue,
            Figure::NotMeasured => Self::NotMeasured,
        }
    }
}

impl Cell {
    /// Words.
    pub fn text(text: &SafeText) -> Self {
        Self::Text(text.clone())
    }

    /// An identity; made safe like any text.
    pub fn id(raw: &str) -> Self {
        Self::Text(SafeText::new(raw))
    }

    /// The cell of a value that may be missing.
    pub fn or<T>(value: Option<T>, missing: Self, cell: impl Fn(T) -> Self) -> Self {
        value.map_or(missing, cell)
    }

    /// For reading.
    pub fn shown(&self, how: How) -> String {
        let style = how.style();
        match self {
            Self::Text(text) => text.as_str().to_owned(),
            Self::Code(_, words) | Self::Moved(_, words) => words.clone(),
            Self::Id(n) => n.to_string(),
            Self::Count(n) => style.count(*n),
            Self::Money(fen) => style.money(*fen),
            Self::Rate(rate) => style.percent(*rate),
            Self::Ratio(rate) => rate
                .value()
                .map_or_else(|| style.no_value().to_owned(), |x| style.number(x, 2)),
            Self::Achievement(value, ..) => style.achievement(*value),
            Self::Score(x) => style.score(*x),
            Self::Number(x, decimals) => style.number(*x, *decimals),
            Self::Instant(at) => how.clock(*at),
            Self::Day(day) => day.to_string(),
            Self::List(items) => joined(items, " "),
            Self::Yes(true) => how.word("是", "yes").to_owned(),
            Self::Yes(false) | Self::Nested(_) | Self::Empty => String::new(),
            Self::NoValue => style.no_value().to_owned(),
            Self::NotMeasured => style.not_measured().to_owned(),
        }
    }

    /// For a CSV cell: value, numerator, denominator.
    pub fn csv(&self, how: How) -> [String; 3] {
        let one = |text: String| [text, String::new(), String::new()];
        match self {
            Self::Text(text) => one(inert(text.as_str())),
            Self::Code(code, _) => one((*code).to_owned()),
            Self::Count(n) | Self::Id(n) => one(n.to_string()),
            Self::Moved(movement, _) => one(match places(*movement) {
                Some(n) => n.to_string(),
                None if *movement == Movement::New => "new".to_owned(),
                None => String::new(),
            }),
            Self::Money(fen) => one(fen.decimal()),
            Self::Rate(rate) | Self::Ratio(rate) => {
                [number(rate.value()), plain(rate.num), plain(rate.den)]
            }
            Self::Achievement(value, num, den) => [number(*value), number(*num), number(*den)],
            Self::Number(x, _) | Self::Score(x) => one(plain(*x)),
            Self::Instant(at) => one(how.iso(*at)),
            Self::Day(day) => one(day.to_string()),
            Self::List(items) => one(inert(&joined(items, ";"))),
            Self::Yes(yes) => one(u8::from(*yes).to_string()),
            Self::Nested(_) | Self::Empty | Self::NoValue | Self::NotMeasured => one(String::new()),
        }
    }

    /// For JSON.
    pub fn json(&self, how: How) -> Value {
        match self {
            Self::Text(text) => json!(text.as_str()),
            Self::Code(code, _) => json!(code),
            Self::Count(n) | Self::Id(n) => json!(n),
            Self::Moved(Movement::New, _) => json!("new"),
            Self::Moved(movement, _) => json!(places(*movement)),
            Self::Money(fen) => json!(fen.0 as f64 / 100.0),
            Self::Rate(rate) => json!({
                "value": rate.value(), "num": rate.num, "den": rate.den, "unit": "fraction", "note": rate_note(*rate),
            }),
            Self::Ratio(rate) => json!({
                "value": rate.value(), "num": rate.num, "den": rate.den, "unit": "ratio",
                "note": rate.value().is_none().then_some("no_value"),
            }),
            Self::Achievement(value, num, den) => json!({
                "value": value, "num": num, "den": den, "unit": "fraction",
                "note": value.is_none().then_some("no_value"),
            }),
            Self::Number(x, _) | Self::Score(x) => json!(x),
            Self::Instant(at) => json!(how.iso(*at)),
            Self::Day(day) => json!(day.to_string()),
            Self::List(items) => json!(items.iter().map(SafeText::as_str).collect::<Vec<_>>()),
            Self::Yes(yes) => json!(yes),
            Self::Nested(value) => value.clone(),
            Self::Empty => Value::Null,
            Self::NoValue => no_number("no_value"),
            Self::NotMeasured => no_number("not_measured"),
        }
    }
}

/// A count as shown figures take it; no workspace has 2^63 rows.
pub fn count(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A figure that is no number says why.
fn no_number(why: &str) -> Value {
    json!({ "value": null, "num": null, "den": null, "unit": null, "note": why })
}

fn rate_note(rate: Rate) -> Option<&'static str> {
    match rate.value() {
        None => Some("no_value"),
        Some(_) if is_small_base(rate) => Some("small_base"),
        Some(_) => None,
    }
}

fn joined(items: &[SafeText], with: &str) -> String {
    let texts: Vec<&str> = items.iter().map(SafeText::as_str).collect();
    texts.join(with)
}

fn plain(x: f64) -> String {
    if x.is_finite() {
        x.to_string()
    } else {
        String::new()
    }
}

fn number(x: Option<f64>) -> String {
    x.map(plain).unwrap_or_default()
}

/// Places won (positive) or lost; `None` when there is nothing to compare with.
fn places(movement: Movement) -> Option<i64> {
    match movement {
        Movement::Up(n) => Some(n.into()),
        Movement::Down(n) => Some(-i64::from(n)),
        Movement::Same => Some(0),
        Movement::New | Movement::Unknown => None,
    }
}
