//! What a sync did, printed.

use std::io::Write;

use super::progress::thousands;
use crate::domain::Zone;
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
pub(super) fn print(report: &Report, out: &mut impl Write) -> std::io::Result<()> {
    for PartReport {
        part,
        counts,
        error,
    } in &report.parts
    {
        write!(
            out,
            "{}: {} rows read: {} new, {} changed, {} ended",
            name(*part),
            thousands(counts.rows),
            thousands(counts.new),
            thousands(counts.changed),
            thousands(counts.ended)
        )?;
        if counts.skipped > 0 {
            write!(
                out,
                ", {} not given by the server",
                thousands(counts.skipped)
            )?;
        }
        if counts.odd > 0 {
            write!(out, ", {} left out as unreadable", thousands(counts.odd))?;
        }
        writeln!(
            out,
            "{}",
            if error.is_some() {
                " (not finished)"
            } else {
                ""
            }
        )?;
    }
    if let Some(verdict) = report.verdict {
        writeln!(out, "msg_total of group owners: {}", verdict.word())?;
    }
    writeln!(out, "{} calls", thousands(report.calls))
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
        "msg_total": report.verdict.map(crate::wecom::intake::days::Verdict::word),
        "parts": parts,
    });
    writeln!(out, "{whole:#}")
}
