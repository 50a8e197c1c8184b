//! `caopan doctor`: terminal, file and rows examined, one line each with what to do about it.

mod leftovers;
mod orders;
mod targets;
mod terminal;

use std::io::Write;
use std::path::Path;

use clap::Args;

use crate::domain::{AsOf, Fen, SafeText};
use crate::store::health::{Health, Place, of_place, of_rows};
use crate::store::sources::Source;
use crate::store::{Access, StoreError, VERSION, meta, open};

use super::error::{Exit, Failure};
use super::findings::{Finding, Verdict, exit, print};
use super::how::How;
use super::options::OutputFormat;
use super::progress::{busy, thousands};
use super::setting::Setting;
use super::shell;
use super::when;

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// One JSON document.
    #[arg(long)]
    pub json: bool,
    /// How.
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}

/// Hour and day, in seconds.
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// A `-wal` larger than this, bytes, is worth knowing.
const LARGE_WAL: u64 = 128 << 20;

/// Examines and prints.
pub fn run(
    setting: &Setting,
    wish: &DoctorArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let format = if wish.json {
        OutputFormat::Json
    } else {
        wish.format
    };
    let path = setting.workspace();
    let opened = open(&path, Access::ReadOnly);
    let zone = match &opened {
        Ok(opened) => meta::zone(&opened.conn)?,
        Err(_) => crate::domain::Zone::default(),
    };
    let how = setting.how(format, zone);
    let mut lines = terminal::findings(&setting.settings.margins, how);
    lines.push(language(setting, how));
    lines.push(leftovers::state(&setting.paths, how));
    match opened {
        Ok(opened) => {
            lines.extend(super::check::of_zone(&opened, how)?);
            let unix = match &setting.common.as_of {
                Some(text) => when::as_of(text, zone)?,
                None => when::now(),
            };
            let place = of_place(&path, &opened.conn)?;
            lines.extend(of_file(&path, &place, unix, how));
            let bar = busy(how.word("查看行", "looking at rows"));
            let health = of_rows(&opened.conn, AsOf { unix, zone })?;
            bar.finish_and_clear();
            lines.extend(of_health(&health, unix, how));
        }
        Err(error) => lines.push(unopened(&error, setting.names_workspace(), how)),
    }
    print("doctor", &lines, how, out)?;
    Ok(exit(&lines))
}

fn language(setting: &Setting, how: How) -> Finding {
    let lang = match setting.lang() {
        crate::domain::Lang::Zh => "zh-CN",
        crate::domain::Lang::En => "en",
    };
    let said = format!("{lang}, {} {}", how.word("时区", "zone"), how.zone.0.name());
    Finding::well("language", how.word("语言", "language"), said)
}

/// No workspace yet is no fault; one that was named and cannot be opened is.
fn unopened(error: &StoreError, was_named: bool, how: How) -> Finding {
    let line = Finding::well(
        "workspace",
        how.word("工作区", "workspace"),
        error.what().say(how.lang).as_str(),
    );
    let verdict = if matches!(error, StoreError::Missing { .. }) && !was_named {
        Verdict::Note
    } else if error.exit_code() == 3 {
        Verdict::Damaged
    } else {
        Verdict::Wrong
    };
    line.but(verdict, error.help().say(how.lang).as_str())
}

fn of_file(path: &Path, place: &Place, now: i64, how: How) -> Vec<Finding> {
    let shown = SafeText::new(&path.to_string_lossy());
    let named = shell::path_or_file(path, how);
    let topic = how.word("文件", "file");
    let said = format!(
        "{shown}, {} MB, schema {VERSION}",
        thousands(place.bytes >> 20)
    );
    let mut lines = vec![
        Finding::well("file", topic, said),
        permissions(&named, place, how),
        side_and_disk(place, how),
        copies(&named, place, now, how),
    ];
    lines.extend(leftovers::parts_left(place, how));
    lines
}

fn permissions(named: &str, place: &Place, how: How) -> Finding {
    let topic = how.word("权限", "permissions");
    let line = Finding::well("permissions", topic, format!("{:04o}", place.mode));
    if place.lacks_setgid {
        let fix = format!(
            "chmod g+s {}; {}",
            how.word("文件夹", "FOLDER"),
            how.word(
                "只读者: setfacl -d -m g:只读组:r 文件夹",
                "for viewers: setfacl -d -m g:VIEWERS:r FOLDER"
            )
        );
        return line.but(Verdict::Wrong, fix);
    }
    if place.mode & 0o777 != place.wanted {
        let verdict = if (place.mode & 0o007).count_ones() == 0 {
            Verdict::Note
        } else {
            Verdict::Wrong
        };
        return line.but(verdict, format!("chmod {:04o} {named}", place.wanted));
    }
    if place.odd_side {
        let fix = format!("chmod {:04o} {named}-wal {named}-shm", place.wanted);
        return line.but(Verdict::Note, fix);
    }
    line
}

fn side_and_disk(place: &Place, how: How) -> Finding {
    let said = format!(
        "WAL {} MB, {} {} MB",
        thousands(place.wal >> 20),
        how.word("磁盘余", "disk free"),
        thousands(place.free >> 20)
    );
    let line = Finding::well("disk", how.word("空间", "room"), said);
    if place.free < place.bytes.saturating_mul(2) {
        let fix = how.word(
            "备份与导入需要约两倍文件大小的空间",
            "backups and imports want room for twice the file",
        );
        return line.but(Verdict::Wrong, fix);
    }
    if place.wal > LARGE_WAL {
        let fix = how.word(
            "有读者长期占用; 关闭久开的控制台. 切勿删除 -wal",
            "a reader holds it: close consoles that hang; never delete it",
        );
        return line.but(Verdict::Note, fix);
    }
    line
}

fn copies(named: &str, place: &Place, now: i64, how: How) -> Finding {
    let topic = how.word("备份", "backup");
    let fix = format!("caopan backup FILE -w {named}");
    match place.newest_copy.map(|at| (now - at).max(0)) {
        None => Finding::well("backup", topic, how.word("无", "none")).but(Verdict::Note, fix),
        Some(age) => {
            let line = Finding::well("backup", topic, ago(age, how));
            if age > 7 * DAY {
                line.but(Verdict::Note, fix)
            } else {
                line
            }
        }
    }
}

fn ago(seconds: i64, how: How) -> String {
    match seconds {
        ..60 => format!("{seconds}s"),
        60..HOUR => format!("{} {}", seconds / 60, how.word("分钟前", "minutes ago")),
        HOUR..DAY => format!("{} {}", seconds / HOUR, how.word("小时前", "hours ago")),
        _ => format!("{} {}", seconds / DAY, how.word("天前", "days ago")),
    }
}

fn of_health(health: &Health, now: i64, how: How) -> Vec<Finding> {
    let mut lines: Vec<_> = health
        .sources
        .iter()
        .map(|source| freshness(source, now, how))
        .collect();
    lines.extend([
        orders::matching(health, how),
        orders::doubtful(health, how),
        orders::later(health, how),
        fan_out(health, how),
        targets::finding(&health.targets, how),
        journal(health, how),
    ]);
    lines.extend(super::check::of_metrics(&health.unknown_metrics, how));
    if health.erasure_unfinished {
        let said = how.word(
            "一次抹除未完成, 文件里可能还有字节",
            "one did not come to its end; bytes may be left in the file",
        );
        let line = Finding::well("erasure", how.word("抹除", "erasure"), said);
        lines.push(line.but(Verdict::Wrong, "caopan erase CUSTOMER"));
    }
    lines
}

fn freshness(source: &Source, now: i64, how: How) -> Finding {
    let (zh, en) = match source.code {
        "customers" => ("客户数据", "customers"),
        "orders" => ("订单数据", "orders"),
        "groups" => ("社群数据", "groups"),
        "adds" => ("加粉数据", "adds"),
        _ => ("活动数据", "campaigns"),
    };
    let topic = how.word(zh, en);
    let Some(newest) = source.newest else {
        let kind = match source.code {
            "adds" => "follow-events",
            "groups" => "group-days",
            "campaigns" => "campaign-steps",
            same => same,
        };
        let fix = format!("caopan import {kind} FILE");
        return Finding::well(source.code, topic, how.word("无", "none")).but(Verdict::Note, fix);
    };
    let line = Finding::well(source.code, topic, ago((now - newest).max(0), how));
    if source.stale {
        let fix = how.word(
            "过期: 看导入或同步任务是否在跑",
            "stale: see whether its import or sync still runs",
        );
        return line.but(Verdict::Note, fix);
    }
    line
}

/// Told so that nobody checks the console against a sum that counts orders once a follow relation.
fn fan_out(health: &Health, how: How) -> Finding {
    let topic = how.word("重复计数", "fan-out");
    let (right, joined) = health.fan_out;
    let said = format!(
        "{} {}; {} {}, {} {}",
        thousands(health.shared_customers),
        how.word("位客户有多位顾问", "customers have several staff"),
        how.word("订单额", "orders"),
        Fen(right).decimal(),
        how.word("与好友关系相连后", "joined with follow relations"),
        Fen(joined).decimal()
    );
    let line = Finding::well("fan_out", topic, said);
    if joined == right {
        return line;
    }
    let fix = how.word(
        "自写 SQL 时勿将订单与 follow 相连求和; 控制台不受影响",
        "in SQL of your own never sum orders joined with follow; the console does not",
    );
    line.but(Verdict::Note, fix)
}

fn journal(health: &Health, how: How) -> Finding {
    let topic = how.word("操作记录", "journal");
    match health.journal_break {
        None => Finding::well("journal", topic, how.word("链条完整", "the chain holds")),
        Some(id) => {
            let said = format!("{} {id}", how.word("链条断在第", "the chain breaks at row"));
            Finding::well("journal", topic, said).but(Verdict::Wrong, "caopan check")
        }
    }
}
