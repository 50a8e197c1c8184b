//! `caopan check`: is the file whole, and do totals, journal and rows agree?

use std::io::{Write, stderr};
use std::path::Path;

use clap::Args;

use crate::domain::{SafeText, Sentence, Zone, sentence};
use crate::store::check::{Findings, damage, findings, repair_totals};
use crate::store::write::Writer;
use crate::store::{Access, Opened, StoreError, copies, meta, open};

use super::error::{Exit, Failure};
use super::findings::{Finding, Verdict, exit, print};
use super::how::How;
use super::options::OutputFormat;
use super::person::actor;
use super::progress::{busy, thousands};
use super::setting::Setting;
use super::shell;
use super::when;

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Compare every index with its table (slower).
    #[arg(long)]
    pub deep: bool,
    /// Compute the kept totals anew from orders, refunds and follow relations.
    #[arg(long)]
    pub repair_totals: bool,
    /// How.
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}

/// Looks, repairs the totals where that was asked for, and prints what was found.
pub fn run(
    setting: &Setting,
    wish: &CheckArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let path = setting.workspace();
    let access = if setting.common.read_only {
        Access::ReadOnly
    } else {
        Access::ReadWrite
    };
    let opened = open(&path, access).map_err(|error| with_way_back(error, &path))?;
    for note in &opened.notes {
        writeln!(stderr(), "caopan: {}", note.say(setting.lang()))?;
    }
    let how = setting.how(wish.format, meta::zone(&opened.conn)?);
    let bar = busy(how.word("检查页", "checking pages"));
    let torn = damage(&opened.conn, wish.deep)?;
    bar.set_message(how.word("核对行", "comparing rows"));
    let mut lines = vec![of_file(&torn, &path, how)];
    if torn.is_empty() {
        if wish.repair_totals {
            if setting.common.read_only {
                return Err(StoreError::ReadOnly {
                    doing: "repairing the totals",
                }
                .into());
            }
            repair_totals(&mut Writer::open(&path, &actor())?, when::now())?;
        }
        lines.extend(of_zone(&opened, how)?);
        lines.extend(of_rows(&findings(&opened.conn)?, how));
    }
    bar.finish_and_clear();
    print("check", &lines, how, out)?;
    Ok(exit(&lines))
}

/// A damaged workspace: what brings it back, by name.
fn with_way_back(error: StoreError, path: &Path) -> Failure {
    let damaged = matches!(error, StoreError::Damaged { .. });
    let mut failure = Failure::from(error);
    if damaged {
        failure.help = Some(way_back(path));
    }
    failure
}

/// The newest copy there is, and what to do without one.
fn way_back(path: &Path) -> Sentence {
    // Whoever reads this does not say in which language: the word in capitals is a hole.
    let shown = |path: &Path| shell::path(path).unwrap_or_else(|| "FILE".to_owned());
    let conn = open(path, Access::ReadOnly).ok().map(|opened| opened.conn);
    let here = shown(path);
    let save = format!("caopan backup --salvage OUT.db -w {here}");
    match copies::of(path, conn.as_ref()).first() {
        Some(newest) => {
            let newest = shown(newest);
            sentence!(
                "caopan restore {newest} -w {here} (已知最新的副本), 或救出还能读的: {save}",
                "caopan restore {newest} -w {here} (the newest copy known), or save what can be read: {save}",
            )
        }
        None => sentence!(
            "恢复备份 (caopan restore BACKUP -w {here}), 或救出还能读的: {save}",
            "restore a backup (caopan restore BACKUP -w {here}), or save what can be read: {save}",
        ),
    }
}

fn of_file(torn: &[String], path: &Path, how: How) -> Finding {
    let topic = how.word("文件", "file");
    match torn.first() {
        None => Finding::well("file", topic, how.word("完整", "whole")),
        Some(first) => Finding::well("file", topic, first)
            .but(Verdict::Damaged, way_back(path).say(how.lang).as_str()),
    }
}

fn of_rows(found: &Findings, how: How) -> Vec<Finding> {
    let mut lines = vec![
        of_totals(found, how),
        of_references(found, how),
        of_journal(found, how),
    ];
    let topic = how.word("变更日志", "change log");
    lines.push(if found.unknown_changes == 0 {
        Finding::well("change_log", topic, how.word("可读", "readable"))
    } else {
        let said = format!(
            "{} {}",
            found.unknown_changes,
            how.word("行不认识", "rows of a kind unknown here")
        );
        let fix = how.word(
            "有别的程序写入; 控制台会整体重读",
            "another program writes them; consoles read everything again",
        );
        Finding::well("change_log", topic, said).but(Verdict::Note, fix)
    });
    lines.extend(of_metrics(&found.unknown_metrics, how));
    lines.extend(found.orphans.iter().map(|orphans| {
        let topic = how.word("未匹配", "unmatched");
        let said = format!(
            "{} {}",
            thousands(orphans.count),
            how.word(orphans.zh, orphans.en)
        );
        let fix = how.word(
            "导入缺的一方; 数据保留",
            "import what is missing; the rows are kept",
        );
        Finding::well(orphans.code, topic, said).but(Verdict::Note, fix)
    }));
    lines
}

/// A zone that is none: every day begins where the default's does, and nobody chose that.
pub(super) fn of_zone(opened: &Opened, how: How) -> Result<Option<Finding>, Failure> {
    let unknown = meta::unknown_zone(&opened.conn)?;
    Ok(unknown.map(|name| {
        let told = Zone::default().0.name();
        let said = format!(
            "{} {name}; {} {told}",
            how.word("不认识", "unknown:"),
            how.word("日期都按", "days are told in")
        );
        let fix = format!(
            "sqlite3 {} \"UPDATE meta SET value = '{told}' WHERE key = 'tz'\"",
            how.word("文件", "FILE")
        );
        Finding::well("zone", how.word("时区", "zone"), said).but(Verdict::Wrong, fix)
    }))
}

/// Targets of metrics that no program of this version reads.
pub(super) fn of_metrics(unknown: &[SafeText], how: How) -> Option<Finding> {
    let first = unknown.first()?;
    let topic = how.word("目标的指标", "metrics of targets");
    let names: Vec<&str> = unknown.iter().map(SafeText::as_str).collect();
    let said = format!("{}: {}", how.word("不认识", "unknown"), names.join(", "));
    // A mark in place of a character is no code.
    let code = Some(first.as_str()).filter(|code| !code.contains('‹'));
    let fix = match code.and_then(shell::word) {
        Some(code) if code.starts_with('-') => format!("caopan target remove -- {code}"),
        Some(code) => format!("caopan target remove {code}"),
        None => how
            .word("删除或更正这些目标", "remove or correct these targets")
            .to_owned(),
    };
    Some(Finding::well("unknown_metrics", topic, said).but(Verdict::Note, fix))
}

fn of_totals(found: &Findings, how: How) -> Finding {
    let topic = how.word("累计", "totals");
    let (customers, orders) = found.looked_at;
    if found.wrong_totals == 0 && found.pool_agrees {
        let said = format!(
            "{} {}, {} {}",
            thousands(customers),
            how.word("位客户", "customers"),
            thousands(orders),
            how.word("笔订单, 与逐笔相符", "orders: as the rows say")
        );
        return Finding::well("totals", topic, said);
    }
    let said = format!(
        "{} {}{}",
        thousands(found.wrong_totals),
        how.word(
            "位客户的累计与逐笔不符",
            "customers' totals differ from their rows"
        ),
        if found.pool_agrees {
            ""
        } else {
            how.word("; 总数也不符", "; the pool's sums differ")
        }
    );
    Finding::well("totals", topic, said).but(Verdict::Wrong, "caopan check --repair-totals")
}

fn of_references(found: &Findings, how: How) -> Finding {
    let topic = how.word("引用", "references");
    if found.broken_references == 0 {
        return Finding::well("references", topic, how.word("成立", "hold"));
    }
    let said = format!(
        "{} {}",
        thousands(found.broken_references),
        how.word("行引用了不存在的上级", "rows refer to a row that is gone")
    );
    let fix = how.word(
        "重新导入 KPI 节点或旅程阶段",
        "import the KPI nodes or journey stages again",
    );
    Finding::well("references", topic, said).but(Verdict::Wrong, fix)
}

fn of_journal(found: &Findings, how: How) -> Finding {
    let topic = how.word("操作记录", "journal");
    match found.journal_break {
        None => {
            let said = format!(
                "{} {}",
                thousands(found.journal_rows),
                how.word("行, 链条完整", "rows, the chain holds")
            );
            Finding::well("journal", topic, said)
        }
        Some(id) => {
            let said = format!("{} {id}", how.word("链条断在第", "the chain breaks at row"));
            let fix = how.word(
                "有人改过或删过记录: 与备份对照",
                "somebody changed or deleted a row: compare with a backup",
            );
            Finding::well("journal", topic, said).but(Verdict::Wrong, fix)
        }
    }
}
