//! `caopan import --list`: the ledger.

use std::io::{self, Write};

use crate::cli::cell::Cell;
use crate::cli::how::How;
use crate::cli::table::{Column, Head, Sheet};
use crate::store::imports::Run;

/// Prints imports, newest first.
pub fn print(runs: &[Run], how: How, out: &mut impl Write) -> io::Result<()> {
    let head = Head {
        kind: "imports",
        ..Head::default()
    };
    let mut sheet = Sheet::begin(out, how, &head, columns())?;
    sheet.rows(runs)?;
    sheet.end(&[])?;
    Ok(())
}

fn columns() -> Vec<Column<Run>> {
    vec![
        Column::number("run", "次", "run", |run, _| Cell::Id(run.id)),
        Column::text("ended_at", "时间", "when", |run, _| {
            Cell::Instant(run.ended_at)
        }),
        Column::text("actor", "操作人", "who", |run, _| Cell::text(&run.actor)),
        Column::text("kind", "类别", "kind", |run, _| Cell::text(&run.kind)),
        Column::text("file", "文件", "file", |run, _| Cell::text(&run.file)),
        Column::number("rows", "读入", "read", |run, _| counted(run.counts.read)),
        Column::number("new", "新增", "new", |run, _| counted(run.counts.new)),
        Column::number("changed", "变更", "changed", |run, _| {
            counted(run.counts.changed)
        }),
        Column::number("unchanged", "未变", "unchanged", |run, _| {
            counted(run.counts.unchanged)
        }),
        Column::number("rejected", "拒收", "rejected", |run, _| {
            counted(run.counts.rejected)
        }),
    ]
}

fn counted(n: u64) -> Cell {
    Cell::Count(i64::try_from(n).unwrap_or(i64::MAX))
}
