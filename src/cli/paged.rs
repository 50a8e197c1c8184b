//! Rows on paper: a Markdown table, or a workbook whose last sheet says what the rows are.

use std::io::{self, Write};

use chrono::{Datelike, Timelike};

use super::cell::Cell;
use super::column::{Column, Holds};
use super::head::Head;
use super::how::How;
use super::person;
use crate::domain::Lang;
use crate::domain::cells::width;
use crate::domain::number::score_shown;
use crate::domain::text::guarded;
use crate::export::{Book, Entry, Title};

/// Writes scope and titles of a Markdown table.
pub fn md_head<T>(
    out: &mut impl Write,
    how: How,
    head: &Head<'_>,
    columns: &[Column<T>],
) -> io::Result<()> {
    let scope = head.stamp.map(|stamp| Head::scope_line(stamp, how));
    for line in scope.iter().chain(&head.lines) {
        writeln!(out, "{}\n", escaped(line))?;
    }
    md_line(out, columns.iter().map(|c| how.word(c.zh, c.en).to_owned()))?;
    let rules = columns.iter().map(|c| match c.holds {
        Holds::Number | Holds::Rate => "---:".to_owned(),
        Holds::Text | Holds::Hidden | Holds::Nested => "---".to_owned(),
    });
    let rules: Vec<String> = rules.collect();
    writeln!(out, "| {} |", rules.join(" | "))
}

/// Writes one row of a Markdown table.
pub fn md_line(out: &mut impl Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    let cells: Vec<String> = cells.map(|cell| escaped(cell.trim_end())).collect();
    writeln!(out, "| {} |", cells.join(" | "))
}

/// A text that Markdown shows as it is: no columns, tags, links or code of its own.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '|' | '<' | '[' | ']' | '*' | '`' | '!') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Begins a workbook: titles in the language of the interface (codes of programs where there are none).
pub fn book<T>(how: How, head: &Head<'_>, columns: &[Column<T>]) -> io::Result<Book> {
    let titles = columns.iter().flat_map(|column| {
        let words = how.word(column.zh, column.en);
        let text = if words.is_empty() { column.key } else { words };
        let sides: &[(&str, &str)] = if column.holds == Holds::Rate {
            &[("分子", "_num"), ("分母", "_den")]
        } else {
            &[]
        };
        let sides = sides.iter().map(move |(zh, side)| {
            title(match how.lang {
                Lang::Zh if !words.is_empty() => format!("{words}{zh}"),
                Lang::Zh | Lang::En => format!("{}{side}", column.key),
            })
        });
        std::iter::once(title(text.to_owned())).chain(sides)
    });
    Book::begin(head.kind, titles.collect(), about(how, head))
}

/// A title, its column wide enough to read it.
fn title(text: String) -> Title {
    Title {
        width: u8::try_from(width(&text) + 2).map_or(40, |cells| cells.clamp(10, 40)),
        text,
    }
}

/// What the rows are, of when and by whom.
fn about(how: How, head: &Head<'_>) -> Vec<(String, String)> {
    let mut lines = vec![(how.word("内容", "rows").to_owned(), head.kind.to_owned())];
    let mut add = |what: &str, text: String| lines.push((what.to_owned(), text));
    if let Some(stamp) = head.stamp {
        let org = stamp.org.as_ref().map_or_else(
            || how.word("全部组织", "whole workspace").to_owned(),
            |(id, name)| format!("{name} ({})", id.0),
        );
        add(how.word("组织", "org"), org);
        let so_far = super::head::so_far(stamp, how);
        let period = format!("{}..{}{so_far}", stamp.period.from, stamp.period.to);
        add(how.word("时段", "period"), period);
        let filter = crate::domain::SafeText::new(&stamp.filter);
        add(how.word("筛选", "filter"), filter.to_string());
        add(how.word("截至", "as of"), how.iso(stamp.as_of));
    }
    add(how.word("时区", "zone"), how.zone.0.to_string());
    add(how.word("导出人", "by"), person::actor());
    for (key, fact) in &head.facts {
        let text = match fact {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        add(key, text);
    }
    for line in &head.lines {
        add("", line.clone());
    }
    lines
}

/// The cells of a row as a workbook takes them; a rate takes three.
pub fn entries<T>(cells: &[Cell], columns: &[Column<T>], how: How) -> Vec<Entry> {
    let mut out = Vec::with_capacity(cells.len() + 4);
    for (cell, column) in cells.iter().zip(columns) {
        let three = entry(cell, how);
        let wide = if column.holds == Holds::Rate { 3 } else { 1 };
        out.extend(three.into_iter().take(wide));
    }
    out
}

/// Value, numerator, denominator.
fn entry(cell: &Cell, how: How) -> [Entry; 3] {
    let one = |entry| [entry, Entry::Empty, Entry::Empty];
    let share = |x: Option<f64>| x.map_or(Entry::Empty, Entry::Share);
    let side = |x: Option<f64>| x.map_or(Entry::Empty, Entry::Number);
    match cell {
        Cell::Text(text) => one(Entry::Text(guarded(text.as_str()))),
        Cell::Code(_, words) | Cell::Moved(_, words) => one(Entry::Text(words.clone())),
        Cell::Count(n) => one(Entry::Whole(*n)),
        Cell::Id(n) => one(Entry::Text(n.to_string())),
        Cell::Money(fen) => one(Entry::Money(fen.0)),
        Cell::Ratio(rate) => [
            side(rate.value()),
            Entry::Number(rate.num),
            Entry::Number(rate.den),
        ],
        Cell::Rate(rate) => [
            share(rate.value()),
            Entry::Number(rate.num),
            Entry::Number(rate.den),
        ],
        Cell::Achievement(value, num, den) => [share(*value), side(*num), side(*den)],
        Cell::Number(x, _) => one(Entry::Number(*x)),
        // People compare it with the pane.
        Cell::Score(x) => one(Entry::Number(score_shown(*x))),
        Cell::Instant(at) => one(moment(*at, how)),
        Cell::Day(day) => {
            let date = day.date();
            let year = u16::try_from(date.year()).unwrap_or(0);
            one(Entry::Day([year, small(date.month()), small(date.day())]))
        }
        Cell::List(_) => one(Entry::Text(guarded(&cell.shown(how)))),
        Cell::Yes(yes) => one(Entry::Whole(i64::from(*yes))),
        Cell::Nested(_) | Cell::Empty | Cell::NoValue | Cell::NotMeasured => one(Entry::Empty),
    }
}

fn small(n: u32) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

/// Local time of the workspace; a spreadsheet's moments have no zone.
fn moment(at: i64, how: How) -> Entry {
    let local = how.zone.local(at);
    let Ok(year) = u16::try_from(local.year()) else {
        return Entry::Text(how.iso(at));
    };
    Entry::Moment([
        year,
        small(local.month()),
        small(local.day()),
        small(local.hour()),
        small(local.minute()),
        small(local.second()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::options::OutputFormat;
    use crate::cli::testing::{NOW, how};
    use crate::domain::{Fen, Lang, Rate, SafeText};

    #[test]
    fn a_name_makes_no_column_or_link_of_its_own() {
        assert_eq!(
            escaped("a|b <script> [x](y) `c`"),
            "a\\|b \\<script> \\[x\\](y) \\`c\\`"
        );
    }

    #[test]
    fn cells_keep_their_types_in_a_workbook() {
        let how = how(OutputFormat::Xlsx, Lang::Zh);
        let of = |cell: Cell| {
            let [first, ..] = entry(&cell, how);
            first
        };
        assert_eq!(of(Cell::Money(Fen(-5))), Entry::Money(-5));
        assert_eq!(
            of(Cell::Text(SafeText::new("=1+1"))),
            Entry::Text("=1+1".into())
        );
        assert_eq!(of(Cell::Id(138)), Entry::Text("138".into()));
        assert_eq!(
            of(Cell::Instant(NOW)),
            Entry::Moment([2026, 3, 18, 10, 0, 0])
        );
        let rate = Cell::Rate(Rate { num: 1.0, den: 4.0 });
        assert_eq!(
            entry(&rate, how),
            [Entry::Share(0.25), Entry::Number(1.0), Entry::Number(4.0)]
        );
        assert_eq!(of(Cell::NotMeasured), Entry::Empty);
    }
}
