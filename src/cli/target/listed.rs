//! `caopan target list`: the targets, whose they are and of which days.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::Write;

use super::{metric_of, said, whose};
use crate::cli::cell::Cell;
use crate::cli::error::{Exit, Failure};
use crate::cli::how::How;
use crate::cli::options::OutputFormat;
use crate::cli::setting::Setting;
use crate::cli::table::{Column, Head, Sheet};
use crate::cli::told::subject_named;
use crate::cli::when;
use crate::domain::metric::{Unit, find};
use crate::domain::period::Period;
use crate::domain::{Fen, Lang, SafeText, nearest as nearest_whole};
use crate::store::Opened;
use crate::store::meta;
use crate::store::named::Named;
use crate::store::target::{TargetKey, TargetRow, every, subjects_of};

/// A target as listed, and whom it is for in words.
struct Line {
    key: TargetKey,
    row: TargetRow,
    whom: SafeText,
}

/// Whom each target is for, in words: `全店`, `员工 胡艳婷`; two of one name with their ids.
fn lines_of(
    opened: &Opened,
    targets: Vec<(TargetKey, TargetRow)>,
    lang: Lang,
) -> Result<Vec<Line>, Failure> {
    let mut known: BTreeMap<String, Vec<Named>> = BTreeMap::new();
    let mut lines = Vec::with_capacity(targets.len());
    for (key, row) in targets {
        let named = match known.entry(key.subject_kind.clone()) {
            Entry::Occupied(named) => named.into_mut(),
            Entry::Vacant(place) => place.insert(subjects_of(&opened.conn, &key.subject_kind)?),
        };
        let whom = in_words(&key, named, lang);
        lines.push(Line { key, row, whom });
    }
    Ok(lines)
}

fn in_words(key: &TargetKey, known: &[Named], lang: Lang) -> SafeText {
    let kind = subject_named(&key.subject_kind, lang);
    let id = key.subject_id.as_str();
    let name = known.iter().find(|one| one.id == id).map(|one| &one.name);
    let said = match name {
        _ if id.is_empty() => kind.to_owned(),
        Some(name) if known.iter().filter(|one| one.name == *name).count() > 1 => {
            format!("{kind} {name}({id})")
        }
        Some(name) => format!("{kind} {name}"),
        None => format!("{kind} {id}"),
    };
    SafeText::new(&said)
}

/// A period's kind in words.
fn period_named(kind: &str, how: How) -> &str {
    match kind {
        "day" => how.word("日", "day"),
        "week" => how.word("周", "week"),
        "month" => how.word("月", "month"),
        "quarter" => how.word("季", "quarter"),
        "year" => how.word("年", "year"),
        "campaign" => how.word("活动期", "campaign"),
        other => other,
    }
}

/// `caopan target list`.
pub(super) fn list(
    setting: &Setting,
    metric: Option<&str>,
    format: OutputFormat,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let metric = metric.map(metric_of).transpose()?;
    let opened = setting.opened(&setting.workspace())?;
    let zone = meta::zone(&opened.conn)?;
    let now = match &setting.common.as_of {
        Some(text) => when::as_of(text, zone)?,
        None => when::now(),
    };
    let asked = setting.common.period;
    let period = asked.map(|spec| spec.resolve(zone.day_of(now)));
    let mut targets = every(&opened.conn)?;
    targets.retain(|(key, row)| {
        let is_in = |p: Period| key.start <= p.to.to_string() && p.from.to_string() <= row.end;
        metric.is_none_or(|metric| metric.code == key.metric) && period.is_none_or(is_in)
    });
    let how = How {
        format,
        lang: setting.lang(),
        glyphs: setting.glyphs(),
        zone,
    };
    let head = Head {
        kind: "targets",
        ..Head::default()
    };
    let mut sheet = Sheet::begin(out, how, &head, columns())?;
    sheet.rows(&lines_of(&opened, targets, how.lang)?)?;
    sheet.end(&[])?;
    Ok(Exit::Ok)
}

fn columns() -> Vec<Column<Line>> {
    type C = Column<Line>;
    vec![
        C::text("metric", "代码", "code", |line, _| {
            Cell::id(&line.key.metric)
        }),
        C::text("name", "指标", "metric", |line, how| {
            let code = &*line.key.metric;
            Cell::id(find(code).map_or(code, |m| m.name(how.lang)))
        }),
        C::text("for", "对象", "for", |line, how| {
            if how.is_for_people() {
                return Cell::text(&line.whom);
            }
            Cell::id(&whose(&line.key))
        }),
        C::text("period", "周期", "period", |line, how| {
            if how.is_for_people() {
                return Cell::id(period_named(&line.key.period_kind, how));
            }
            Cell::id(&line.key.period_kind)
        }),
        C::text("from", "从", "from", |line, _| Cell::id(&line.key.start)),
        C::text("to", "到", "to", |line, _| Cell::id(&line.row.end)),
        C::number("value", "目标", "value", |line, how| {
            amount_of(Some(line.row.target), &line.key, how)
        }),
        C::number("floor", "底线", "floor", |line, how| {
            amount_of(line.row.floor, &line.key, how)
        }),
        C::number("stretch", "超额", "stretch", |line, how| {
            amount_of(line.row.stretch, &line.key, how)
        }),
    ]
}

/// A target's value: money in yuan, a rate as a fraction for programs.
fn amount_of(value: Option<f64>, key: &TargetKey, how: How) -> Cell {
    match (value, find(&key.metric)) {
        (None, _) => Cell::Empty,
        (Some(value), Some(metric)) if metric.unit == Unit::Fen => {
            Cell::Money(Fen(nearest_whole(value)))
        }
        (Some(value), Some(metric)) if how.is_for_people() => Cell::Code("", said(value, metric)),
        (Some(value), _) => Cell::Number(value, 4),
    }
}
