//! The command line (`:`): the words of the command line of the shell, and every command by its name.

use crate::config::place::nearest;
use crate::config::words::Words;
use crate::domain::Lang;
use crate::engine::answer::{BoardMetric, GmvKind};
use crate::engine::request::GroupSort;
use crate::filter::{SortKey, fields};

use super::command::{COMMANDS, Command, Copying};
use super::overlay::{LineEdit, Overlay};
use super::panes::Pane;
use super::panes::customers::Column;
use super::state::App;
use super::turn::Turn;
use super::views::{PANES, layout_named, named};

/// Words of the command line.
const WORDS: &[&str] = &[
    "go", "filter", "sort", "cols", "period", "range", "metric", "view", "copy", "mask", "present",
    "layout", "zoom", "theme", "lang", "pause", "refresh", "changes", "jobs", "help", "mouse", "q",
    "quit",
];

/// Themes that come with the console.
const THEMES: &[&str] = &["default", "dark", "light", "projector", "cb-safe", "mono"];

const METRICS: &[(Command, &str)] = &[
    (Command::BoardMetric(BoardMetric::NetGmv), "net_gmv"),
    (Command::BoardMetric(BoardMetric::Gmv), "gmv"),
    (Command::BoardMetric(BoardMetric::Adds), "adds"),
    (Command::BoardMetric(BoardMetric::Orders), "orders"),
    (
        Command::BoardMetric(BoardMetric::Achievement),
        "achievement",
    ),
];

const GMVS: &[(Command, &str)] = &[
    (Command::Gmv(GmvKind::Gross), "gmv"),
    (Command::Gmv(GmvKind::NetByRefundDate), "net_gmv_refund"),
    (Command::Gmv(GmvKind::NetByOrderDate), "net_gmv_order"),
];

const GROUP_SORTS: &[(GroupSort, &str)] = &[
    (GroupSort::Worst, "worst"),
    (GroupSort::Name, "name"),
    (GroupSort::Members, "members"),
    (GroupSort::Left, "left"),
    (GroupSort::Joined, "joined"),
    (GroupSort::Speakers, "speakers"),
    (GroupSort::Score, "health"),
];

const COPIES: &[(Copying, &str)] = &[
    (Copying::Row, "row"),
    (Copying::Cell, "cell"),
    (Copying::Name, "name"),
    (Copying::Phone, "phone"),
    (Copying::Id, "id"),
    (Copying::Markdown, "md"),
    (Copying::Json, "json"),
    (Copying::Shell, "shell"),
];

/// What a word of the command line came to.
type Outcome = Result<(), String>;

impl App {
    /// Opens the command line with a text.
    pub(super) fn open_command_line(&mut self, text: &str) {
        self.overlays
            .push(Overlay::CommandLine(LineEdit::with(text)));
        self.complete_command_line();
    }

    /// Words that go on from what is typed.
    pub(super) fn complete_command_line(&mut self) {
        let views: Vec<String> = self
            .views
            .iter()
            .map(|view| format!("open {}", view.name))
            .collect();
        let Some(Overlay::CommandLine(line)) = self.overlays.last_mut() else {
            return;
        };
        let typed = line.text().to_owned();
        let from = |words: &mut dyn Iterator<Item = &str>, rest: &str| -> Vec<String> {
            words
                .filter(|word| word.starts_with(rest))
                .map(str::to_owned)
                .take(8)
                .collect()
        };
        line.chosen = 0;
        line.completions = match typed.split_once(' ') {
            None => from(
                &mut WORDS
                    .iter()
                    .copied()
                    .chain(COMMANDS.iter().map(|entry| entry.name)),
                &typed,
            ),
            Some((word, rest)) => {
                let offered = match word {
                    "go" => from(&mut PANES.iter().map(|(_, name)| *name), rest),
                    "theme" => from(&mut THEMES.iter().copied(), rest),
                    "lang" => from(&mut ["zh", "en"].into_iter(), rest),
                    "layout" => from(&mut ["auto", "1", "3", "5"].into_iter(), rest),
                    "mask" => from(&mut ["on", "off"].into_iter(), rest),
                    "copy" => from(&mut COPIES.iter().map(|(_, name)| *name), rest),
                    "period" | "range" => from(
                        &mut "today yesterday week month quarter year last-week last-month last-quarter last-year next-month 7d 30d 90d".split(' '),
                        rest,
                    ),
                    "sort" => from(&mut Column::ALL.iter().map(|(column, _)| fields::spec(column.field()).name), rest),
                    "view" => from(&mut views.iter().map(String::as_str), rest),
                    "metric" => from(&mut METRICS.iter().chain(GMVS).map(|(_, name)| *name), rest),
                    _ => Vec::new(),
                };
                offered
                    .into_iter()
                    .map(|rest| format!("{word} {rest}"))
                    .collect()
            }
        };
    }

    /// Tab: takes the word chosen.
    pub(super) fn take_word(&mut self) {
        let Some(Overlay::CommandLine(line)) = self.overlays.last_mut() else {
            return;
        };
        if let Some(word) = line.completions.get(line.chosen).cloned() {
            line.set(&word);
            self.complete_command_line();
        }
    }

    /// Enter: does what the line says, or keeps it open and says what is wrong.
    pub(super) fn run_line(&mut self, line: &LineEdit, turn: &mut Turn) {
        let text = line.text().trim().trim_start_matches(':').to_owned();
        let before = self.overlays.len();
        let mut kept = self.overlays.pop();
        if text.is_empty() {
            return;
        }
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((&text, ""));
        if let Err(why) = self.say_word(word, rest.trim(), turn)
            && self.overlays.len() < before
        {
            if let Some(Overlay::CommandLine(line)) = &mut kept {
                line.error = Some((0, why));
            }
            self.overlays.extend(kept);
        }
    }

    fn say_word(&mut self, word: &str, rest: &str, turn: &mut Turn) -> Outcome {
        match word {
            "go" => {
                let pane = named(PANES, rest)
                    .ok_or_else(|| self.unknown(rest, PANES.iter().map(|(_, name)| *name)))?;
                self.focus_on(pane);
            }
            "filter" => {
                let groups = self.focus == Pane::Groups;
                let filter = self
                    .parse_filter(rest, groups)
                    .map_err(|(_, words)| words)?;
                if groups {
                    self.set_groups_filter(filter, turn);
                } else {
                    self.apply_filter(filter, turn);
                }
            }
            "sort" => self.sort_words(rest, turn)?,
            "cols" => self.column_words(rest, turn)?,
            "period" | "range" => self.period_named(rest, turn)?,
            "metric" => {
                let table = if self.focus == Pane::Kpi {
                    GMVS
                } else {
                    METRICS
                };
                let command = named(table, rest)
                    .ok_or_else(|| self.unknown(rest, table.iter().map(|(_, name)| *name)))?;
                self.run(command, turn);
            }
            "view" => self.view_words(rest, turn)?,
            "copy" => {
                let what = named(COPIES, rest)
                    .ok_or_else(|| self.unknown(rest, COPIES.iter().map(|(_, name)| *name)))?;
                self.run(Command::Copy(what), turn);
            }
            "layout" => {
                self.layout = layout_named(rest)
                    .ok_or_else(|| self.unknown(rest, ["auto", "1", "3", "5"]))?;
                self.keep(turn);
            }
            "theme" => {
                if !THEMES.contains(&rest) {
                    return Err(self.unknown(rest, THEMES.iter().copied()));
                }
                rest.clone_into(&mut self.look.theme);
            }
            "lang" => {
                self.look.lang = match rest {
                    "zh" | "zh-CN" => Lang::Zh,
                    "en" => Lang::En,
                    _ => return Err(self.unknown(rest, ["zh", "en"])),
                };
            }
            _ => return self.say_plain(word, rest, turn),
        }
        Ok(())
    }

    /// Words that stand for one command.
    fn say_plain(&mut self, word: &str, rest: &str, turn: &mut Turn) -> Outcome {
        let command = match (word, rest) {
            ("mask", "on") if self.look.mask => return Ok(()),
            ("mask", "off") if !self.look.mask => return Ok(()),
            ("mask", _) => Command::Mask,
            ("present", _) => Command::Projector,
            ("zoom", _) => Command::Zoom,
            ("pause", _) => Command::Freeze,
            ("refresh", _) => Command::Refresh,
            ("changes", _) => Command::Changes,
            ("jobs", _) => Command::Jobs,
            ("help", _) => Command::Help,
            ("mouse", _) => Command::Mouse,
            ("q" | "q!" | "quit", _) => Command::Quit,
            _ => Command::named(word).ok_or_else(|| {
                if let Some(command) = self.shell_command(word) {
                    return Words::new(self.look.lang)
                        .fill("palette.shell", &[("command", command)]);
                }
                let names = COMMANDS.iter().map(|entry| entry.name);
                self.unknown(word, WORDS.iter().copied().chain(names))
            })?,
        };
        self.run(command, turn);
        Ok(())
    }

    /// `没有 fliter: filter?`: the nearest three.
    fn unknown<'a>(&self, word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
        let mut near = nearest(word, known.clone(), 3).join(", ");
        if near.is_empty() {
            near = known.into_iter().take(8).collect::<Vec<_>>().join(", ");
        }
        match self.look.lang {
            Lang::Zh => format!("没有 {word}; 是否 {near}?"),
            Lang::En => format!("no {word}; perhaps {near}?"),
        }
    }

    fn sort_words(&mut self, rest: &str, turn: &mut Turn) -> Outcome {
        if self.focus == Pane::Groups {
            let name = rest.trim_start_matches('-');
            let sort = named(GROUP_SORTS, name)
                .ok_or_else(|| self.unknown(name, GROUP_SORTS.iter().map(|(_, name)| *name)))?;
            self.panes.groups.sort = sort;
            self.panes.groups.reversed = rest.starts_with('-');
            self.panes.groups.list.restart();
        } else {
            let sort = rest
                .split_whitespace()
                .map(|word| {
                    let name = word.trim_start_matches('-');
                    let field = self.column_named(name)?.field();
                    Ok(SortKey {
                        field,
                        descending: word.starts_with('-'),
                    })
                })
                .collect::<Result<Vec<_>, String>>()?;
            self.panes.customers.sort = sort;
            self.panes.customers.list.restart();
        }
        self.keep(turn);
        Ok(())
    }

    fn column_words(&mut self, rest: &str, turn: &mut Turn) -> Outcome {
        let columns = rest
            .split([' ', ','])
            .filter(|word| !word.is_empty())
            .map(|word| self.column_named(word))
            .collect::<Result<Vec<_>, String>>()?;
        self.panes.customers.set_columns(columns);
        self.keep(turn);
        Ok(())
    }

    fn column_named(&self, name: &str) -> Result<Column, String> {
        fields::lookup(name)
            .and_then(|spec| Column::of(spec.field))
            .ok_or_else(|| {
                let known: Vec<&str> = Column::ALL
                    .iter()
                    .map(|(column, _)| fields::spec(column.field()).name)
                    .collect();
                self.unknown(name, known)
            })
    }

    fn view_words(&mut self, rest: &str, turn: &mut Turn) -> Outcome {
        let (word, name) = rest.split_once(' ').unwrap_or((rest, ""));
        match word {
            "" | "list" => self.run(Command::Views, turn),
            "save" => self.save_view(name, turn),
            "open" | "rm" if !self.views.iter().any(|view| view.name == name) => {
                let known: Vec<&str> = self.views.iter().map(|view| view.name.as_str()).collect();
                return Err(self.unknown(name, known));
            }
            "open" => {
                self.open_view_named(name, turn);
            }
            "rm" => self.ask_about_removing(name),
            _ => return Err(self.unknown(word, ["open", "save", "rm", "list"])),
        }
        Ok(())
    }

    pub(super) fn switch_language(&mut self) {
        self.look.lang = match self.look.lang {
            Lang::Zh => Lang::En,
            Lang::En => Lang::Zh,
        };
    }

    pub(super) fn toast_layout(&mut self, turn: &Turn) {
        use super::state::Layout;
        let words = match self.layout {
            Layout::Auto => ("布局: 自动", "Layout: auto"),
            Layout::One => ("布局: 一栏", "Layout: one box"),
            Layout::Three => ("布局: 三栏", "Layout: three boxes"),
            Layout::Five => ("布局: 五栏", "Layout: five boxes"),
        };
        self.toast(turn, words, false);
    }
}
