//! What a sync did, printed.

use std::io::Write;

use super::progress::thousands;
use crate::config::words::Words;
use crate::domain::Zone;
use crate::wecom::intake::days::Verdict;
use crate::wecom::sync::{Part, PartReport, Report, SyncError};

/// What a part is called here.
pub(super) fn name(part: Part) -> &'static str {
    match part {
        Part::Org => "staff",
        Part::Tags => "tags",
        Part::Contacts => "contacts",
        Part::Groups => "groups",
        Part::Behaviour => "behaviour",
        Part::Handover => "handover",
    }
}

/// Prints it for reading.
pub(super) fn print(report: &Report, words: &Words, out: &mut impl Write) -> std::io::Result<()> {
    for PartReport {
        part,
        counts,
        error,
    } in &report.parts
    {
        let sums = [counts.rows, counts.new, counts.changed, counts.ended].map(thousands);
        let [rows, new, changed, ended] = &sums;
        let holes = [
            ("part", name(*part)),
            ("rows", rows),
            ("new", new),
            ("changed", changed),
            ("ended", ended),
        ];
        let mut line = words.fill("receipt.synced", &holes);
        if counts.skipped > 0 {
            let n = thousands(counts.skipped);
            line.push_str(&words.fill("receipt.not_given", &[("n", &n)]));
        }
        if counts.odd > 0 {
            let n = thousands(counts.odd);
            line.push_str(&words.fill("receipt.unreadable", &[("n", &n)]));
        }
        if error.is_some() {
            line.push_str(words.say("receipt.not_finished"));
        }
        writeln!(out, "{line}")?;
    }
    if let Some(verdict) = report.verdict {
        let key = match verdict {
            Verdict::Cumulative => "receipt.msg_cumulative",
            Verdict::Daily => "receipt.msg_daily",
            Verdict::Unknown => "receipt.msg_unknown",
        };
        writeln!(out, "{}", words.say(key))?;
    }
    let calls = thousands(report.calls);
    writeln!(out, "{}", words.fill("receipt.calls", &[("n", &calls)]))
}

/// Prints it as one JSON document.
pub(super) fn print_json(
    report: &Report,
    now: i64,
    zone: Zone,
    out: &mut impl Write,
) -> std::io::Result<()> {
    let parts: Vec<_> = report
        .parts
        .iter()
        .map(|part| {
            serde_json::json!({
                "part": name(part.part),
                "ok": part.error.is_none(),
                "counts": part.counts,
                "errcode": part.error.as_ref().and_then(SyncError::code),
                "error": part.error.as_ref().map(ToString::to_string),
            })
        })
        .collect();
    let whole = serde_json::json!({
        "schema_version": 1,
        "as_of": zone.local(now).format("%Y-%m-%dT%H:%M:%S").to_string(),
        "source": "wecom",
        "calls": report.calls,
        "msg_total": report.verdict.map(Verdict::word),
        "parts": parts,
    });
    writeln!(out, "{whole:#}")
}
