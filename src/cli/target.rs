//! `caopan target set|remove|list`: a target of the workspace, a department, a member of staff or a campaign, by hand.

mod listed;
mod value;

use std::io::Write;

use clap::{Args, Subcommand};

use crate::config::place::nearest;
use crate::config::words::Words;
use crate::domain::metric::{METRICS, Metric, aims, named};
use crate::domain::period::{Period, PeriodSpec};
use crate::domain::{Day, SafeText, Sentence, sentence};
use crate::store::meta;
use crate::store::target::{TargetKey, TargetRow, Wanted, every};
use crate::store::write::Writer;

use super::edit::writer;
use super::error::{Exit, Failure};
use super::options::OutputFormat;
use super::setting::Setting;
use super::{when, whom};
pub(super) use value::said;
use value::value;

/// What is done to a target.
#[derive(Debug, Subcommand)]
pub enum Aim {
    /// Set a target, or change it.
    #[command(after_help = "Examples:\n\
        \x20 caopan target set gmv 120万 -w shop.db                         this month, the whole workspace\n\
        \x20 caopan target set net_gmv_refund 48000 --for staff:zhangmin --period 2026-03 -w shop.db\n\
        \x20 caopan target set conversion 4% --for campaign:3 -w shop.db    over the campaign's days")]
    Set(SetArguments),
    /// List the targets, all of them or those over `--period`.
    #[command(after_help = "Examples:\n\
        \x20 caopan target list -w shop.db\n\
        \x20 caopan target list gmv --period 2026-03 --format csv -w shop.db")]
    List {
        /// Of this metric alone.
        metric: Option<String>,
        /// How.
        #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
        format: OutputFormat,
    },
    /// Take a target away.
    #[command(after_help = "Examples:\n\
        \x20 caopan target remove gmv --period 2026-03 -w shop.db\n\
        \x20 caopan target remove net_gmv_refund --for staff:zhangmin -w shop.db")]
    Remove(Whose),
}

/// Whose target, of what. The period is `--period`: a day, week, month, quarter or year, this month if none is given.
#[derive(Debug, Args)]
pub struct Whose {
    /// The metric's code or name; `caopan metrics` lists them.
    pub metric: String,
    /// Whom it is for: dept:, staff:, campaign:, channel: or group: with a name or an id [default: the whole workspace].
    #[arg(long = "for", value_name = "KIND:NAME")]
    pub subject: Option<String>,
}

/// What the target shall be.
#[derive(Debug, Args)]
pub struct SetArguments {
    /// The metric's code or name; `caopan metrics` lists them.
    pub metric: String,
    /// The target: money in yuan, 万 and 亿 allowed; rates as 4%.
    #[arg(allow_negative_numbers = true)]
    pub value: String,
    /// Whom it is for: dept:, staff:, campaign:, channel: or group: with a name or an id [default: the whole workspace].
    #[arg(long = "for", value_name = "KIND:NAME")]
    pub subject: Option<String>,
    /// Below this a miss is deep [default: as it was].
    #[arg(long, value_name = "VALUE")]
    pub floor: Option<String>,
    /// From here on it is exceeded [default: as it was, else 120 %].
    #[arg(long, value_name = "VALUE")]
    pub stretch: Option<String>,
}

/// Lists, sets or removes.
pub fn run(setting: &Setting, aim: &Aim, out: &mut impl Write) -> Result<Exit, Failure> {
    let (metric, subject) = match aim {
        Aim::List { metric, format } => {
            return listed::list(setting, metric.as_deref(), *format, out);
        }
        Aim::Set(wish) => (&wish.metric, &wish.subject),
        Aim::Remove(wish) => (&wish.metric, &wish.subject),
    };
    let mut writer = writer(setting)?;
    let metric = match (aim, metric_of(metric)) {
        // What an earlier version let in can be taken away.
        (Aim::Remove(_), Err(_)) if is_kept(&writer, metric)? => Of::Unknown(metric),
        (_, metric) => Of::Known(metric?),
    };
    let (key, end) = key(
        setting,
        &writer,
        metric.code(),
        (subject.as_deref(), matches!(aim, Aim::Remove(_))),
    )?;
    let wanted = match aim {
        Aim::Remove(_) | Aim::List { .. } => None,
        Aim::Set(wish) => {
            let known = metric_of(&wish.metric)?;
            must_be_held(known, &key)?;
            let target = must_be_something(value(&wish.value, known)?, known)?;
            let read = |text: &Option<String>| text.as_deref().map(|t| value(t, known)).transpose();
            Some(Wanted {
                end,
                target,
                floor: read(&wish.floor)?,
                stretch: read(&wish.stretch)?,
            })
        }
    };
    let done = writer.set_target(&key, wanted, when::now())?;
    let of = whose(&key);
    let shown = |row: &Option<TargetRow>| {
        row.as_ref()
            .map_or_else(|| "—".to_owned(), |row| metric.said(row.target))
    };
    let words = Words::new(setting.lang());
    let line = done.journal.map_or_else(
        || words.say("receipt.nothing_to_do").to_owned(),
        |line| words.fill("receipt.undo_with", &[("line", &line.to_string())]),
    );
    let shown_code = SafeText::new(metric.code());
    let (whom, to) = (SafeText::new(&of), end.to_string());
    let (was, is) = (shown(&done.was), shown(&done.is));
    let holes = [
        ("metric", shown_code.as_str()),
        ("whom", whom.as_str()),
        ("from", &key.start),
        ("to", &to),
        ("was", &was),
        ("now", &is),
    ];
    writeln!(out, "{}{line}", words.fill("receipt.target", &holes))?;
    Ok(Exit::Ok)
}

/// Whose target: of a metric that is known, or of a word that stands in the workspace.
#[derive(Clone, Copy)]
enum Of<'a> {
    Known(&'static Metric),
    Unknown(&'a str),
}

impl<'a> Of<'a> {
    fn code(self) -> &'a str {
        match self {
            Self::Known(metric) => metric.code,
            Self::Unknown(code) => code,
        }
    }

    fn said(self, value: f64) -> String {
        match self {
            Self::Known(metric) => said(value, metric),
            Self::Unknown(_) => value.to_string(),
        }
    }
}

/// A target of exactly this word stands in the workspace.
fn is_kept(writer: &Writer, code: &str) -> Result<bool, Failure> {
    Ok(every(writer.look())?
        .iter()
        .any(|(key, _)| key.metric == code))
}

/// `staff:zhangmin`, as `--for` takes it.
fn whose(key: &TargetKey) -> String {
    if key.subject_id.is_empty() {
        key.subject_kind.clone()
    } else {
        format!("{}:{}", key.subject_kind, key.subject_id)
    }
}

fn usage(what: Sentence, help: Sentence) -> Failure {
    Failure::new(Exit::Usage, what, help)
}

fn metric_of(code: &str) -> Result<&'static Metric, Failure> {
    named(code).ok_or_else(|| {
        let near = nearest(code, METRICS.iter().map(|m| m.code), 1);
        let help = near.first().map_or_else(
            || sentence!("`caopan metrics` 列出全部", "`caopan metrics` lists them"),
            |near| sentence!("是不是 {near}?", "did you mean {near}?"),
        );
        usage(
            sentence!("没有叫 {code:?} 的指标", "no metric is called {code:?}"),
            help,
        )
    })
}

/// Refuses a target of 0: no figure is held against it, so it would be none (metrics.md 4.9).
fn must_be_something(target: f64, metric: &Metric) -> Result<f64, Failure> {
    if target > 0.0 {
        return Ok(target);
    }
    let code = metric.code;
    Err(usage(
        sentence!("目标 0 等于没有目标", "a target of 0 is no target"),
        sentence!(
            "写大于 0 的数; 要去掉目标: caopan target remove {code}",
            "give a value above 0; to take a target away: caopan target remove {code}"
        ),
    ))
}

/// Refuses the target of a metric that nothing of the subject is held against.
fn must_be_held(metric: &Metric, key: &TargetKey) -> Result<(), Failure> {
    let by_campaign = key.subject_kind == "campaign";
    if metric.can_be_aimed_at(by_campaign) {
        return Ok(());
    }
    let (code, whom, codes) = (metric.code, whose(key), aims(by_campaign));
    Err(usage(
        sentence!(
            "{whom} 没有可与 {code} 的目标对照的数",
            "no figure of {whom} is held against a target of {code}"
        ),
        sentence!(
            "可设目标的指标: {codes}",
            "metrics that can have one: {codes}"
        ),
    ))
}

/// Which target is meant, and the last day of its period.
fn key(
    setting: &Setting,
    writer: &Writer,
    metric: &str,
    (subject, removes): (Option<&str>, bool),
) -> Result<(TargetKey, Day), Failure> {
    let (kind, id) = whom::subject(writer, subject, removes)?;
    let conn = writer.look();
    let zone = meta::zone(conn)?;
    let now = match &setting.common.as_of {
        Some(text) => when::as_of(text, zone)?,
        None => when::now(),
    };
    let (period_kind, period) = match (kind, setting.common.period) {
        ("campaign", None) => ("campaign", days_of(writer, &id, zone)?),
        ("campaign", Some(_)) if !removes => {
            return Err(usage(
                sentence!(
                    "活动的目标按活动自己的日子算",
                    "a campaign's target is over its own days"
                ),
                sentence!("去掉 --period", "leave --period out"),
            ));
        }
        (_, spec) => {
            let period = spec.unwrap_or(PeriodSpec::Month).resolve(zone.day_of(now));
            let (from, to) = (period.from, period.to);
            let (kind, _) = period.calendar().ok_or_else(|| {
                usage(
                    sentence!(
                        "{from}..{to} 不是日, 周, 月, 季或年",
                        "{from}..{to} is no day, week, month, quarter or year",
                    ),
                    sentence!(
                        "用 --period 写 2026-03, 2026-W12, quarter, year 或一天",
                        "give --period 2026-03, 2026-W12, quarter, year or a day"
                    ),
                )
            })?;
            (kind.as_str(), period)
        }
    };
    let key = TargetKey {
        metric: metric.to_owned(),
        subject_kind: kind.to_owned(),
        subject_id: id,
        period_kind: period_kind.to_owned(),
        start: period.from.to_string(),
    };
    Ok((key, period.to))
}

/// The days a campaign runs, in the workspace's zone.
fn days_of(writer: &Writer, id: &str, zone: crate::domain::Zone) -> Result<Period, Failure> {
    let (from, to) = crate::store::target::campaign_span(writer.look(), id)?;
    Ok(Period {
        from: zone.day_of(from),
        to: zone.day_of(to.saturating_sub(1).max(from)),
    })
}
