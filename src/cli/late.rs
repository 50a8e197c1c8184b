//! How old the rows are that figures were computed from: whoever reads of a day that goes on takes it for now.

use serde_json::{Value, json};

use crate::config::words::Words;
use crate::domain::NumberStyle;
use crate::engine::answer::SourceAge;
use crate::engine::request::{Answer, Question};

use super::asking::Asking;
use super::error::Failure;
use super::how::How;

/// What the figures of the sales stand on; of the adds that stand beside them, too.
pub(super) const OF_SALES: [&str; 2] = ["orders", "adds"];

/// What all figures together stand on.
pub(super) const OF_ALL: [&str; 5] = ["customers", "orders", "groups", "adds", "campaigns"];

/// The sources of these codes that are older than they should be.
pub(super) fn late(asking: &mut Asking, codes: &[&str]) -> Result<Vec<SourceAge>, Failure> {
    let Answer::Sources(mut sources) = asking.ask(&Question::Sources)? else {
        return Err(super::rows::unexpected());
    };
    sources.retain(|source| source.stale && codes.contains(&source.code));
    Ok(sources)
}

/// The same as a line above a table; `None` where nothing is late.
pub(super) fn late_line(sources: &[SourceAge], now: i64, how: How) -> Option<String> {
    let words = Words::new(how.lang);
    line(sources.iter(), now, how.style(), &words)
}

/// The same for programs.
pub(super) fn json(sources: &[SourceAge], how: How) -> Value {
    let told = sources.iter().map(|source| {
        let newest = source.newest.map(|at| how.iso(at));
        json!({ "code": source.code, "newest": newest, "stale": source.stale })
    });
    told.collect()
}

/// `数据最近更新: 客户 5分, 订单 12天! 前`, with a sign where it is older than it should be; `None` without any.
pub(super) fn line<'a>(
    sources: impl Iterator<Item = &'a SourceAge>,
    now: i64,
    style: NumberStyle,
    words: &Words,
) -> Option<String> {
    let ages: Vec<String> = sources
        .map(|source| {
            let name = words.named("source", source.code);
            let age = source.newest.map_or_else(
                || style.not_measured().to_owned(),
                |newest| style.age(now - newest),
            );
            let late = if source.stale { "!" } else { "" };
            format!("{name} {age}{late}")
        })
        .collect();
    let told = ages.join(", ");
    (!ages.is_empty()).then(|| words.fill("report.sources", &[("ages", &told)]))
}
