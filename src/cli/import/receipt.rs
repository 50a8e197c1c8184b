//! What an import says when it is done: what came of the rows, and whose they are.

use std::io::Write;
use std::path::Path;

use crate::cli::setting::Setting;
use crate::cli::target;
use crate::config::words::Words;
use crate::domain::{Fen, SafeText, Zone, mask, metric};
use crate::import::{Change, Holds, Kind, Report};
use crate::store::number::Number;

use super::rejects_of;
use super::wish::ImportArguments;

/// Says what came of a file.
pub fn say(
    setting: &Setting,
    wish: &ImportArguments,
    (kind, file): (Kind, &Path),
    (report, zone): (&Report, Zone),
    out: &mut impl Write,
) -> std::io::Result<()> {
    let words = Words::new(setting.lang());
    if let Some(run) = &report.standing {
        let at = zone.local(run.ended_at);
        let at = at.format("%Y-%m-%d %H:%M").to_string();
        let place = SafeText::new(&file.to_string_lossy());
        let holes = [
            ("kind", kind.code()),
            ("file", place.as_str()),
            ("at", &at),
            ("run", &run.id.to_string()),
        ];
        return writeln!(out, "{}", words.fill("receipt.imported_before", &holes));
    }
    let key = if wish.dry_run {
        "receipt.would_import"
    } else {
        "receipt.imported"
    };
    let counts = [report.rows(), report.new, report.changed, report.unchanged];
    let mut line = words.fill(key, &counted(kind, &counts.map(|n| n.to_string())));
    // Whose orders are is said in lines of their own.
    if report.unmatched > 0 && kind != Kind::Orders {
        let n = report.unmatched.to_string();
        line.push_str(&words.fill("receipt.unmatched", &[("n", &n)]));
    }
    if report.rejected > 0 {
        let n = report.rejected.to_string();
        line.push_str(&words.fill("receipt.rejected", &[("n", &n)]));
        if !wish.dry_run {
            let place = SafeText::new(&rejects_of(wish, file).to_string_lossy());
            line.push_str(&words.fill("receipt.rejects_in", &[("file", place.as_str())]));
        }
    }
    writeln!(out, "{line}")?;
    for line in more(kind, report, &words) {
        writeln!(out, "  {line}")?;
    }
    if wish.dry_run {
        for problem in &report.problems {
            writeln!(out, "  {}", problem.what().say(words.lang()))?;
        }
        for change in &report.changes {
            writeln!(
                out,
                "  {}",
                told(kind, change, &words, (zone, setting.settings.mask))
            )?;
        }
        writeln!(out, "{}", words.say("receipt.nothing_written"))?;
    } else if report.new + report.changed > 0 {
        writeln!(out, "  {}", words.say("receipt.final"))?;
    }
    Ok(())
}

/// Words of the statuses that are counted, in their order.
const STATUSES: [&str; 4] = [
    "order_status.created",
    "order_status.paid",
    "order_status.completed",
    "order_status.closed",
];

/// What orders and refunds have to say besides, a line each.
fn more(kind: Kind, report: &Report, words: &Words) -> Vec<String> {
    let matched = &report.matched;
    let unmatched = if kind == Kind::Orders {
        report.unmatched
    } else {
        0
    };
    let mut lines = Vec::new();
    if let Some(statuses) = report.statuses {
        let parts: Vec<String> = STATUSES
            .into_iter()
            .zip(statuses)
            .filter(|(_, n)| *n > 0)
            .map(|(status, n)| format!("{} {n}", words.say(status)))
            .collect();
        let [.., closed, closed_yet_paid] = statuses;
        if parts.len() > 1 || closed > 0 {
            lines.push(words.fill("receipt.statuses", &[("n", &parts.join(", "))]));
        }
        lines.extend(counted_line(
            words,
            "receipt.closed_yet_paid",
            closed_yet_paid,
        ));
    }
    let dated = [
        (Kind::Orders, "receipt.paid_later"),
        (Kind::Refunds, "receipt.refunded_later"),
    ];
    let later = dated.iter().find(|(of, _)| *of == kind);
    let later = later.map_or("receipt.dated_later", |(_, key)| key);
    let counts = [
        ("receipt.items", report.items),
        ("receipt.given_back", report.given_back),
        ("receipt.unsettled", report.left_out.unsettled),
        ("receipt.withdrawn", report.withdrawn),
        ("receipt.totals", report.left_out.totals),
        ("receipt.untagged", report.left_out.untagged),
        ("receipt.tags_made", report.tags_made),
        (later, report.later),
        ("receipt.by_phone", matched.by_phone),
        ("receipt.strangers", unmatched),
        ("receipt.shared_phone", matched.shared_phone),
        ("receipt.alone", matched.alone),
        ("receipt.unknown_staff", matched.unknown_staff),
        ("receipt.unknown_owners", matched.unknown_owners),
        ("receipt.unknown_depts", matched.unknown_depts),
        ("receipt.unknown_campaign", matched.unknown_campaign),
        ("receipt.said_nothing", report.left),
        ("receipt.masked_lost", report.masked.lost),
        ("receipt.masked_names", report.masked.names),
        ("receipt.overdrawn", report.overdrawn),
        ("receipt.passed_on", report.passed_on),
        ("receipt.untold", report.untold),
    ];
    lines.extend(
        counts
            .into_iter()
            .filter_map(|(key, n)| counted_line(words, key, n)),
    );
    lines
}

/// A line that counts; none where there is nothing to count.
fn counted_line(words: &Words, key: &str, n: u64) -> Option<String> {
    (n > 0).then(|| words.fill(key, &[("n", &n.to_string())]))
}

/// The holes of a line that says what came of rows: read, new, changed and unchanged.
pub fn counted(kind: Kind, counts: &[String; 4]) -> [(&'static str, &str); 5] {
    let [rows, new, changed, unchanged] = counts;
    [
        ("kind", kind.code()),
        ("rows", rows),
        ("new", new),
        ("changed", changed),
        ("unchanged", unchanged),
    ]
}

/// What a cell is shown as. Phones are masked wherever they stand; with `--mask` names and whatever somebody wrote or is
/// known by elsewhere, too.
fn shown(column: &str, text: &str, masks: bool) -> String {
    match column {
        "phone" | "remark_mobiles" => mask::phone(text),
        "buyer_key" | "person_key" => match Number::of(text) {
            Some(number) => mask::phone(number.plain()),
            None if masks => mask::id(text),
            None => text.to_owned(),
        },
        "name" | "group_nickname" | "wechat_channels_nickname" if masks => mask::name(text),
        "birthday" if masks => mask::birthday(text),
        "remark" | "description" | "detail" | "note" | "notice" | "reason" | "unionid"
        | "avatar" | "corp_name" | "corp_full_name" | "remark_corp_name" | "position"
        | "dedup_key"
            if masks =>
        {
            mask::text(text)
        }
        _ => text.to_owned(),
    }
}

/// What stands in the store as people write it: yuan for fen, local time for unix seconds; `None` where that is the same.
fn written(kind: Kind, column: &str, value: &SafeText, zone: Zone) -> Option<String> {
    let number = value.as_str().parse::<i64>().ok()?;
    match kind.fills(column)?.1 {
        Holds::Money => Some(Fen(number).decimal()),
        Holds::Time => Some(zone.local(number).format("%Y-%m-%d %H:%M:%S").to_string()),
        Holds::Text | Holds::Date | Holds::Whole | Holds::Number | Holds::Flag => None,
    }
}

/// A row that would change: its key, and each cell before and after.
fn told(kind: Kind, change: &Change, words: &Words, (zone, masks): (Zone, bool)) -> String {
    let code = change
        .key
        .iter()
        .find(|(column, _)| column == "metric_code");
    let metric = code.and_then(|(_, code)| metric::find(code.as_str()));
    let measure = |column: &str, text: &SafeText| {
        let is_measure = column.ends_with("_value") || column == "threshold";
        let value = text.as_str().parse().ok().filter(|_| is_measure)?;
        Some(target::said(value, metric?))
    };
    let cell = |column: &str, value: &Option<SafeText>, nothing: &str| match value {
        None => nothing.to_owned(),
        Some(text) if text.as_str().is_empty() => nothing.to_owned(),
        Some(text) => written(kind, column, text, zone)
            .or_else(|| measure(column, text))
            .unwrap_or_else(|| shown(column, text.as_str(), masks)),
    };
    let cells: Vec<_> = change
        .cells
        .iter()
        .map(|c| {
            format!(
                "{} {} → {}",
                kind.fills(&c.column).map_or(&*c.column, |filled| filled.0),
                cell(&c.column, &c.before, "—"),
                cell(&c.column, &c.after, words.say("receipt.cleared"))
            )
        })
        .collect();
    let keys = change.key.iter();
    let key: Vec<_> = keys
        .map(|(column, text)| cell(column, &Some(text.clone()), "—"))
        .collect();
    format!("{}: {}", key.join(" "), cells.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Lang;
    use crate::import::Cell;

    #[test]
    fn a_dry_run_shows_no_whole_phone_and_with_the_mask_no_free_text() {
        let cell = |column: &str, before: &str, after: &str| Cell {
            column: column.into(),
            before: Some(SafeText::new(before)),
            after: Some(SafeText::new(after)),
        };
        let change = Change {
            key: vec![
                ("campaign_id".into(), SafeText::new("7")),
                ("person_key".into(), SafeText::new("+86 128-0000-5678")),
            ],
            cells: vec![
                cell("buyer_key", "12800005678", "wm0001"),
                cell("phone", "12800005678", "12900005678"),
                cell("unionid", "oSecret1", "oSecret2"),
                cell("avatar", "https://a.example/secret", "x"),
                cell("corp_name", "某某公司", "某某"),
                cell("position", "店长", "总监"),
                cell("reason", "退给12800005678", "少件"),
                cell("buyer_key", "oSecretBuyer01", "someone@secret.example"),
                cell("paid_fen", "1", "102"),
                cell("paid_at", "1772712930", "1772641800"),
            ],
        };
        let words = Words::new(Lang::En);
        let told = |masks| told(Kind::Orders, &change, &words, (Zone::default(), masks));
        let open = told(false);
        assert!(
            open.starts_with("7 128****5678: buyer_key 128****5678 → wm0001, phone 128****5678 →"),
            "{open}"
        );
        assert!(open.contains("position 店长 → 总监"), "{open}");
        let masked = told(true);
        for secret in [
            "12800005678",
            "oSecret",
            "secret",
            "Buyer",
            "某某",
            "店长",
            "少件",
        ] {
            assert!(!masked.contains(secret), "{masked}");
        }
        // In yuan and in the workspace's zone, under the headings of the file.
        let end = "paid_yuan 0.01 → 1.02, paid_at 2026-03-05 20:15:30 → 2026-03-05 00:30:00";
        assert!(masked.ends_with(end), "{masked}");
    }
}
