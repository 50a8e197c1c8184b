//! The help of the command line in Chinese: clap's own command with the words of `config/locales/help.zh-CN.toml`.
//! English stands with the commands themselves.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::builder::{Resettable, StyledStr};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command, CommandFactory};
use serde::Deserialize;

use super::args::Arguments;
use crate::domain::Lang;

const PAGES: &str = include_str!("../../config/locales/help.zh-CN.toml");

/// The words of one command, or those that all share.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    /// What it does, in a line.
    about: Option<String>,
    /// What it does, at length.
    long: Option<String>,
    /// Examples and exit codes.
    after: Option<String>,
    /// Help of options by id.
    #[serde(default)]
    args: BTreeMap<String, String>,
    /// Help of possible values by `ID.VALUE`.
    #[serde(default)]
    values: BTreeMap<String, String>,
}

/// Pages by the path of their command, and `shared`.
struct Pages(BTreeMap<String, Page>);

impl Pages {
    fn read() -> Self {
        // A broken file cannot pass the tests; should one ever ship, help is English instead of a crash.
        Self(toml::from_str(PAGES).unwrap_or_default())
    }

    /// What an entry says for a command: its own word, or the one that all share.
    fn find<'a>(
        &'a self,
        path: &str,
        of: impl Fn(&'a Page) -> Option<&'a String>,
    ) -> Option<&'a str> {
        let page = |name: &str| self.0.get(name);
        let own = page(path).and_then(&of);
        own.or_else(|| page("shared").and_then(&of))
            .map(String::as_str)
    }

    fn arg(&self, path: &str, id: &str) -> Option<&str> {
        self.find(path, |page| page.args.get(id))
    }

    fn value(&self, path: &str, id: &str, value: &str) -> Option<&str> {
        let key = format!("{id}.{value}");
        self.find(path, |page| page.values.get(&key))
    }
}

/// The whole command line, with help in a language.
pub fn command(lang: Lang) -> Command {
    let command = Arguments::command().mut_subcommand("list", |list| {
        let after = list.get_after_help().map(ToString::to_string);
        let after = after.unwrap_or_default();
        list.after_help(format!("{after}\n\n{}", fields(Lang::En)))
    });
    match lang {
        Lang::En => command,
        Lang::Zh => said(command, "caopan", &Pages::read()).term_width(wrapped_at()),
    }
}

/// The fields of the filter language, a line each, from the table by which it is read.
fn fields(lang: Lang) -> String {
    let (heading, besides) = match lang {
        Lang::Zh => (
            "筛选字段 (英文名、拼音首字母、说明与例子; 中文名见例子):",
            "has/no/is      有没有值, 是哪个词: 有:手机 无:顾问 是:女 是:沉默",
        ),
        Lang::En => (
            "Filter fields (name, pinyin initials, example):",
            "has/no/is      a value or none, a word of a list: has:phone no:owner is:f is:silent",
        ),
    };
    let lines = crate::filter::fields::listed(lang).into_iter();
    let lines = lines.chain([besides.to_owned()]);
    let lines: Vec<String> = lines.map(|line| format!("  {line}")).collect();
    format!("{heading}\n{}", lines.join("\n"))
}

/// Where lines are broken. clap counts a Chinese character as one column: with so many characters behind the names of
/// options, which take some thirty columns, a line is as wide as the terminal.
fn wrapped_at() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok();
    let columns = size.map(|size| usize::from(size.ws_col));
    let columns = columns.filter(|columns| *columns > 0).unwrap_or(100);
    columns.midpoint(30).max(40)
}

/// The help that a command line asks for, in a language. `--help` may stand before the command it is about.
pub fn asked(words: &[OsString], error: clap::Error, lang: Lang) -> clap::Error {
    if error.kind() != ErrorKind::DisplayHelp {
        return error;
    }
    let is_help = |word: &&OsString| *word == "-h" || *word == "--help";
    let mut last: Vec<OsString> = words
        .iter()
        .filter(|word| !is_help(word))
        .cloned()
        .collect();
    last.extend(words.iter().find(is_help).cloned());
    for words in [&last, &words.to_vec()] {
        if let Err(help) = command(lang).try_get_matches_from(words)
            && help.kind() == ErrorKind::DisplayHelp
        {
            return help;
        }
    }
    error
}

/// The command and those below it, in the words of the pages.
fn said(command: Command, path: &str, pages: &Pages) -> Command {
    let mut command = command.disable_help_flag(true).arg(
        Arg::new("help")
            .short('h')
            .long("help")
            .action(ArgAction::Help),
    );
    if command.get_version().is_some() {
        let version = Arg::new("version").short('V').long("version");
        command = command
            .disable_version_flag(true)
            .arg(version.action(ArgAction::Version));
    }
    if let Some(page) = pages.0.get(path) {
        let text = |text: &Option<String>| text.as_deref().map(|text| text.trim().to_owned());
        if let Some(about) = text(&page.about) {
            command = command.about(about);
        }
        command = match text(&page.long) {
            Some(long) => command.long_about(long),
            None => command.long_about(Resettable::<StyledStr>::Reset),
        };
        if let Some(mut after) = text(&page.after) {
            if path == "caopan list" {
                after = format!("{after}\n\n{}", fields(Lang::Zh));
            }
            command = command.after_help(after);
        }
    }
    command = command.mut_args(|arg| said_of(arg, path, pages));
    let names: Vec<String> = command
        .get_subcommands()
        .map(|below| below.get_name().to_owned())
        .collect();
    for name in &names {
        let path = format!("{path} {name}");
        command = command.mut_subcommand(name, |below| said(below, &path, pages));
    }
    let template = template(&command);
    command.help_template(template)
}

/// How help is laid out: the headings are in the template, since clap's own are English.
fn template(command: &Command) -> String {
    // As wide as clap's own heading, by which further lines of the usage are indented.
    let mut template = "{about-with-newline}\n用法:  {usage}\n".to_owned();
    let mut section = |heading: &str, tag: &str| {
        for piece in ["\n", heading, ":\n", tag, "\n"] {
            template.push_str(piece);
        }
    };
    if command.get_subcommands().any(|below| !below.is_hide_set()) {
        section("命令", "{subcommands}");
    }
    if command.get_positionals().next().is_some() {
        section("参数", "{positionals}");
    }
    section("选项", "{options}");
    // Examples are not broken.
    if let Some(after) = command.get_after_help() {
        template.push('\n');
        template.push_str(&after.to_string());
    }
    template.trim_end().to_owned()
}

/// An option in the words of the pages, with its values, default and variable behind.
fn said_of(arg: Arg, path: &str, pages: &Pages) -> Arg {
    let id = arg.get_id().to_string();
    let Some(words) = pages.arg(path, &id) else {
        return arg;
    };
    let mut words = words.to_owned();
    let mut note = |heading: &str, what: &str| {
        for piece in [" [", heading, ": ", what, "]"] {
            words.push_str(piece);
        }
    };
    let values = arg.get_possible_values();
    let values: Vec<String> = values
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| {
            let name = value.get_name();
            let own = value.get_help().map(ToString::to_string);
            match pages.value(path, &id, name).map(str::to_owned).or(own) {
                Some(help) => format!("{name} {help}"),
                None => name.to_owned(),
            }
        })
        .collect();
    if !values.is_empty() && !arg.is_hide_possible_values_set() {
        note("可选", &values.join("; "));
    }
    let defaults: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy())
        .collect();
    if !defaults.is_empty() && !arg.is_hide_default_value_set() && defaults != [""] {
        note("默认", &defaults.join(","));
    }
    if let Some(variable) = arg.get_env() {
        note("环境变量", &variable.to_string_lossy());
    }
    let arg = arg.help(words).long_help(Resettable::<StyledStr>::Reset);
    let arg = arg.hide_env(true);
    // A switch that may be given a value has an action of none.
    let takes = arg.get_num_args().map(|many| many.takes_values());
    if !takes.unwrap_or_else(|| arg.get_action().takes_values()) {
        return arg;
    }
    arg.hide_possible_values(true).hide_default_value(true)
}

/// Headings of the manual page.
const HEADINGS: &[(&str, &str)] = &[
    (".SH NAME", ".SH 名称"),
    (".SH SYNOPSIS", ".SH 用法"),
    (".SH DESCRIPTION", ".SH 说明"),
    (".SH OPTIONS", ".SH 选项"),
    (".SH SUBCOMMANDS", ".SH 命令"),
    (".SH EXTRA", ".SH 例子"),
    (".SH VERSION", ".SH 版本"),
];

/// The manual page, roff.
pub fn manual(lang: Lang) -> std::io::Result<String> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command(lang)).render(&mut page)?;
    let page = String::from_utf8_lossy(&page);
    let line = |line: &str| {
        let known = HEADINGS.iter().find(|(english, _)| *english == line);
        match lang {
            Lang::Zh => known.map_or_else(|| line.to_owned(), |(_, heading)| (*heading).to_owned()),
            Lang::En => line.to_owned(),
        }
    };
    let mut lines: Vec<String> = page.lines().map(line).collect();
    let heading = match lang {
        Lang::Zh => ".SH 筛选语言",
        Lang::En => ".SH FILTERS",
    };
    lines.extend([heading.to_owned(), ".nf".to_owned(), fields(lang)]);
    lines.push(".fi".to_owned());
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::fields::FIELDS;
    use std::collections::BTreeSet;

    fn words(line: &str) -> Vec<OsString> {
        std::iter::once("caopan")
            .chain(line.split_whitespace())
            .map(Into::into)
            .collect()
    }

    #[test]
    fn every_field_of_the_filter_language_stands_in_the_help_of_lists_and_in_the_manual() {
        for lang in [Lang::Zh, Lang::En] {
            let (help, manual) = (help("list --help", lang), manual(lang).unwrap());
            for field in FIELDS
                .iter()
                .filter(|field| !["text", "role"].contains(&field.name))
            {
                let line = field.help(lang);
                assert!(help.contains(line), "{}: {help}", field.name);
                assert!(manual.contains(line), "{}", field.name);
            }
        }
    }

    fn help(line: &str, lang: Lang) -> String {
        let words = words(line);
        let error = Arguments::command()
            .try_get_matches_from(&words)
            .expect_err("help is no command line");
        asked(&words, error, lang).to_string()
    }

    /// Every visible command with its path.
    fn each(command: &Command, path: &str, visit: &mut impl FnMut(&Command, &str)) {
        visit(command, path);
        for below in command
            .get_subcommands()
            .filter(|below| !below.is_hide_set())
        {
            each(below, &format!("{path} {}", below.get_name()), visit);
        }
    }

    /// The entries a command line needs: page, kind of entry, key; with those of its own before those shared.
    fn needed() -> Vec<(String, &'static str, String)> {
        let mut needed = Vec::new();
        each(&Arguments::command(), "caopan", &mut |command, path| {
            let mut need = |kind, key: String| needed.push((path.to_owned(), kind, key));
            need("about", String::new());
            if command.get_long_about().is_some() {
                need("long", String::new());
            }
            if command.get_after_help().is_some() {
                need("after", String::new());
            }
            need("args", "help".to_owned());
            if command.get_version().is_some() {
                need("args", "version".to_owned());
            }
            for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
                need("args", arg.get_id().to_string());
                for value in arg.get_possible_values() {
                    let english = |help: &StyledStr| {
                        !help.to_string().chars().any(|c| c > '\u{2e80}')
                            || help.to_string().contains(": ")
                    };
                    if !value.is_hide_set() && value.get_help().is_some_and(english) {
                        need("values", format!("{}.{}", arg.get_id(), value.get_name()));
                    }
                }
            }
        });
        needed
    }

    #[test]
    fn every_command_option_and_value_has_chinese_words_and_none_are_left_over() {
        let pages: BTreeMap<String, Page> = toml::from_str(PAGES).unwrap();
        let mut there = BTreeSet::new();
        for (path, page) in &pages {
            let mut has = |kind, key: &str| there.insert((path.clone(), kind, key.to_owned()));
            for (kind, text) in [
                ("about", &page.about),
                ("long", &page.long),
                ("after", &page.after),
            ] {
                if text.is_some() {
                    has(kind, "");
                }
            }
            page.args.keys().for_each(|key| _ = has("args", key));
            page.values.keys().for_each(|key| _ = has("values", key));
        }
        let mut used = BTreeSet::new();
        let mut missing = Vec::new();
        for (path, kind, key) in needed() {
            let own = (path, kind, key.clone());
            let shared = ("shared".to_owned(), kind, key);
            match [own.clone(), shared]
                .into_iter()
                .find(|entry| there.contains(entry))
            {
                Some(entry) => _ = used.insert(entry),
                None => missing.push(own),
            }
        }
        assert_eq!(missing, [], "without Chinese words");
        let over: Vec<_> = there.difference(&used).collect();
        assert!(over.is_empty(), "of nothing: {over:?}");
    }

    /// Three English words in a row, outside examples and quoted words.
    fn english(help: &str) -> Option<String> {
        let quoted = regex::Regex::new("`[^`]*`").unwrap();
        let sentence = regex::Regex::new(r"\b[A-Za-z]+ [a-z]+ [a-z]{2,}\b").unwrap();
        let plain = quoted.replace_all(help, "");
        plain
            .lines()
            .filter(|line| !line.contains("caopan "))
            .find(|line| sentence.is_match(line))
            .map(str::to_owned)
    }

    #[test]
    fn chinese_help_has_no_english_sentence() {
        each(&Arguments::command(), "caopan", &mut |_, path| {
            let line = path.strip_prefix("caopan").unwrap();
            let said = help(&format!("{line} --help"), Lang::Zh);
            assert_eq!(english(&said), None, "{path}: {said}");
            assert!(
                said.contains("\n用法:  caopan") && said.contains("\n选项:\n"),
                "{said}"
            );
            for twice in ["[env:", "[possible values:", "[default:"] {
                assert!(!said.contains(twice), "{path}: {said}");
            }
            let said = help(&format!("{line} --help"), Lang::En);
            assert!(english(&said).is_some(), "{path}: {said}");
        });
    }

    #[test]
    fn help_before_a_command_is_help_of_that_command() {
        for lang in [Lang::Zh, Lang::En] {
            assert_eq!(
                help("--help target set", lang),
                help("target set --help", lang)
            );
            assert_eq!(
                help("-h -w shop.db list", lang),
                help("list -h -w shop.db", lang)
            );
            assert_eq!(help("--help 标签:高净值", lang), help("--help", lang));
        }
        assert!(help("target --help set", Lang::Zh).starts_with("设定或修改目标\n"));
    }

    #[test]
    fn the_manual_has_its_headings_in_chinese() {
        let page = manual(Lang::Zh).unwrap();
        assert!(
            page.contains("\n.SH 选项\n") && page.contains("新建空工作区"),
            "{page}"
        );
        assert!(!page.contains("\n.SH OPTIONS\n"), "{page}");
        assert!(manual(Lang::En).unwrap().contains("\n.SH OPTIONS\n"));
    }
}
