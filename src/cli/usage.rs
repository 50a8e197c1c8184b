//! What is wrong with a command line, in both languages: from what clap found, not from how it says it.

use std::error::Error as _;
use std::num::{IntErrorKind, ParseIntError};

use clap::error::{ContextKind, ErrorKind};

use crate::domain::period::PeriodError;
use crate::domain::{Sentence, sentence};

use super::error::{Exit, Failure};

impl Failure {
    /// What clap says, in the words of every other failure.
    pub fn of_usage(error: &clap::Error) -> Self {
        let named = |kind| error.get(kind).map(ToString::to_string);
        let help = sentence!(
            "`--help` 列出选项与例子",
            "`--help` shows options and examples",
        );
        let Some(what) = what(error, &named) else {
            return Self::rendered(error, help);
        };
        let mut failure = Self::new(Exit::Usage, what, help);
        failure.below = below(error, &named);
        failure
    }

    /// In clap's own words, for what is rare.
    fn rendered(error: &clap::Error, help: Sentence) -> Self {
        let text = error.render().to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let text = text
            .split("\n\nFor more information")
            .next()
            .unwrap_or(text);
        let mut lines = text.trim_end().lines().map(Sentence::quoted);
        let first = lines.next().unwrap_or_else(|| Sentence::quoted(text));
        let mut failure = Self::new(Exit::Usage, first, help);
        failure.below = lines.collect();
        failure
    }
}

/// The first line; `None` for what no command line of ours brings about.
fn what(error: &clap::Error, named: &impl Fn(ContextKind) -> Option<String>) -> Option<Sentence> {
    let arg = named(ContextKind::InvalidArg);
    Some(match error.kind() {
        ErrorKind::InvalidValue => {
            let (arg, value) = (arg?, named(ContextKind::InvalidValue)?);
            if value.is_empty() {
                sentence!(
                    "'{arg}' 后面要有值",
                    "a value is required for '{arg}' but none was supplied",
                )
            } else {
                sentence!(
                    "'{arg}' 不能是 '{value}'",
                    "invalid value '{value}' for '{arg}'",
                )
            }
        }
        ErrorKind::ValueValidation => {
            let (arg, value) = (arg?, named(ContextKind::InvalidValue)?);
            sentence!(
                "'{arg}' 不能是 '{value}': {why}",
                "invalid value '{value}' for '{arg}': {why}",
                why = refused(error)?,
            )
        }
        ErrorKind::UnknownArgument => {
            let arg = arg?;
            sentence!("不认识参数 '{arg}'", "unexpected argument '{arg}' found")
        }
        ErrorKind::InvalidSubcommand => {
            let word = named(ContextKind::InvalidSubcommand)?;
            sentence!("没有命令 '{word}'", "unrecognized subcommand '{word}'")
        }
        ErrorKind::MissingRequiredArgument => sentence!(
            "缺少必需的参数:",
            "the following required arguments were not provided:",
        ),
        ErrorKind::ArgumentConflict => {
            let arg = arg?;
            match named(ContextKind::PriorArg) {
                Some(other) if other == arg => sentence!(
                    "'{arg}' 只能写一次",
                    "the argument '{arg}' cannot be used multiple times",
                ),
                Some(other) => sentence!(
                    "'{arg}' 不能和 '{other}' 同用",
                    "the argument '{arg}' cannot be used with '{other}'",
                ),
                None => sentence!(
                    "'{arg}' 不能和其他参数同用",
                    "the argument '{arg}' cannot be used with one or more of the other specified arguments",
                ),
            }
        }
        // Their kinds may grow; clap's own words say them.
        _ => return None,
    })
}

/// Why a value was refused, by whoever read it.
fn refused(error: &clap::Error) -> Option<Sentence> {
    let source = error.source()?;
    let own = source.downcast_ref::<Sentence>().cloned();
    let period = source.downcast_ref().map(PeriodError::sentence);
    let number = source.downcast_ref().map(no_number);
    Some(
        own.or(period)
            .or(number)
            .unwrap_or_else(|| Sentence::quoted(source)),
    )
}

/// Why a text is no number.
fn no_number(error: &ParseIntError) -> Sentence {
    match error.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => {
            sentence!("数太大", "the number is too large")
        }
        _ => sentence!("要写整数", "it must be a whole number"),
    }
}

/// What an argument that nobody knows was meant for: a filter.
fn tip_of_unknown(
    error: &clap::Error,
    named: &impl Fn(ContextKind) -> Option<String>,
) -> Option<Sentence> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let unknown = named(ContextKind::InvalidArg)?;
    if !unknown.starts_with('-') {
        return Some(sentence!(
            "  提示: 有空格的筛选要用引号括起来",
            "  tip: a filter with blanks in it stands in quotes",
        ));
    }
    let is_short = !unknown.starts_with("--");
    is_short.then(|| {
        sentence!(
            "  提示: 以 - 开头的筛选写在 -- 之后, 如 caopan list customers -- -顾问:林可",
            "  tip: a filter that begins with - stands behind --, as in caopan list customers -- -tag:vip",
        )
    })
}

/// The lines under it: what may be given, what was meant, how it is used.
fn below(error: &clap::Error, named: &impl Fn(ContextKind) -> Option<String>) -> Vec<Sentence> {
    let mut lines = Vec::new();
    if error.kind() == ErrorKind::MissingRequiredArgument {
        let missing = named(ContextKind::InvalidArg).unwrap_or_default();
        lines.extend(
            missing
                .split(", ")
                .map(|arg| sentence!("  {arg}", "  {arg}")),
        );
    }
    let is_value = matches!(error.kind(), ErrorKind::InvalidValue);
    if let Some(known) =
        named(ContextKind::ValidValue).filter(|known| is_value && !known.is_empty())
    {
        lines.push(sentence!(
            "  [可选: {known}]",
            "  [possible values: {known}]"
        ));
    }
    let mut tips = Vec::new();
    if let Some(near) = named(ContextKind::SuggestedSubcommand) {
        tips.push(sentence!(
            "  提示: 相近的命令有 '{near}'",
            "  tip: a similar subcommand exists: '{near}'",
        ));
    }
    if let Some(near) = named(ContextKind::SuggestedArg) {
        tips.push(sentence!(
            "  提示: 相近的参数有 '{near}'",
            "  tip: a similar argument exists: '{near}'",
        ));
    }
    if let Some(near) = named(ContextKind::SuggestedValue) {
        tips.push(sentence!(
            "  提示: 相近的值有 '{near}'",
            "  tip: a similar value exists: '{near}'",
        ));
    }
    tips.extend(tip_of_unknown(error, named));
    if !tips.is_empty() {
        lines.push(Sentence::quoted(""));
        lines.append(&mut tips);
    }
    if let Some(usage) = named(ContextKind::Usage) {
        let mut forms = usage.trim().trim_start_matches("Usage: ").lines();
        let first = forms.next().unwrap_or_default();
        lines.push(Sentence::quoted(""));
        lines.push(sentence!("用法: {first}", "Usage: {first}"));
        let others = forms.map(str::trim);
        lines.extend(others.map(|form| sentence!("      {form}", "       {form}")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::args::Arguments;
    use crate::domain::Lang;

    fn failed(line: &str) -> Failure {
        let words = std::iter::once("caopan").chain(line.split_whitespace());
        Failure::of_usage(&Arguments::try_parse_from(words).unwrap_err())
    }

    #[test]
    fn a_wrong_command_line_is_said_in_the_language_asked_for() {
        let failure = failed("list customers --format yaml");
        assert_eq!(
            failure.said(Lang::Zh),
            "caopan: error: '--format <FORMAT>' 不能是 'yaml'\n  [可选: table, csv, jsonl, json]\nhelp: `--help` 列出选项与例子"
        );
        assert_eq!(
            failure.said(Lang::En),
            "caopan: error: invalid value 'yaml' for '--format <FORMAT>'\n  [possible values: table, csv, jsonl, json]\nhelp: `--help` shows options and examples"
        );
        let filter = failed("list customers -顾问:林可").said(Lang::Zh);
        assert!(filter.contains("写在 -- 之后"), "{filter}");
        let number = failed("journal --limit abc").said(Lang::Zh);
        assert!(number.contains("要写整数"), "{number}");
        let large = failed("journal --limit 99999999999999999999999").said(Lang::Zh);
        assert!(large.contains("数太大"), "{large}");
        let blank = failed("list customers a b").said(Lang::Zh);
        assert!(blank.contains("用引号括起来"), "{blank}");
        let period = failed("kpi --period soon").said(Lang::Zh);
        assert!(
            period.starts_with(
                "caopan: error: '--period <P>' 不能是 'soon': `soon` 不是时段, 可用 today"
            ),
            "{period}"
        );
        assert!(
            failed("import --map x a.csv")
                .said(Lang::Zh)
                .contains("写作 COL=FIELD")
        );
    }

    #[test]
    fn each_form_of_a_usage_stands_on_a_line_of_its_own() {
        let failure = failed("count nothing");
        let zh = "\n用法: caopan [OPTIONS] [FILTER]\n      caopan [OPTIONS] <COMMAND>\n";
        let en = "\nUsage: caopan [OPTIONS] [FILTER]\n       caopan [OPTIONS] <COMMAND>\n";
        assert!(failure.said(Lang::Zh).contains(zh), "{failure:?}");
        assert!(failure.said(Lang::En).contains(en), "{failure:?}");
    }

    #[test]
    fn what_clap_finds_is_said_in_chinese_with_the_same_words_in_its_holes() {
        for line in [
            "sync nothing",
            "list customers --nothing",
            "list customers --limit",
            "list customers -tag:vip",
            "list",
            "list nothings",
            "acts undo --nothing 3 4",
            "board --metric gmv --metric gmv",
            "demo x.db --customers many",
        ] {
            let failure = failed(line);
            let (zh, en) = (failure.said(Lang::Zh), failure.said(Lang::En));
            assert!(
                zh.chars().any(|c| c >= '一') && !en.chars().any(|c| c >= '一'),
                "{line}: {zh} / {en}"
            );
            assert_eq!(zh.lines().count(), en.lines().count(), "{line}");
            let names = |text: &str| text.matches('\'').count();
            assert_eq!(names(&zh), names(&en), "{line}: {zh} / {en}");
        }
    }
}
