//! What the keys would do now: rows for the footer and for the popup after a prefix, from the live keymap.

use crate::config::keys::{Chord, Context, label_sequence};
use crate::domain::Lang;
use crate::domain::period::PeriodSpec;
use crate::engine::answer::{BoardMetric, GmvKind};
use crate::engine::request::GroupSort;
use crate::filter::Field;

use super::command::{COMMANDS, Command, Copying, Exporting};
use super::deed::{Editing, Prompt};
use super::keymap::{Found, Keymap};
use super::overlay::Overlay;
use super::panes::Pane;
use super::state::App;

/// A key and what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The key as shown to people.
    pub keys: String,
    /// What it does, in the interface language.
    pub label: &'static str,
    /// The command; `None` for the first key of a sequence.
    pub command: Option<Command>,
}

/// The first keys of sequences: what they are about (Chinese, English) and one command behind each.
const PREFIXES: &[((&str, &str), Command)] = &[
    (("排序", "sort"), Command::Sort(Field::Spend)),
    (("排序", "sort"), Command::SortGroups(GroupSort::Worst)),
    (("时段", "period"), Command::Period(PeriodSpec::Month)),
    (("指标", "metric"), Command::Gmv(GmvKind::Gross)),
    (
        ("指标", "metric"),
        Command::BoardMetric(BoardMetric::NetGmv),
    ),
    (("复制", "copy"), Command::Copy(Copying::Row)),
    (("前往", "go"), Command::Org),
    (("导出", "export"), Command::Export(Exporting::Csv)),
    (("编辑", "edit"), Command::Edit(Editing::Tag)),
];

/// Footer of the panes, what matters first; what does not fit is cut from the end.
const FOOTER: &[Command] = &[
    Command::Help,
    Command::FilterEdit,
    Command::CommandLine,
    Command::Mark,
    Command::Sort(Field::Spend),
    Command::SortGroups(GroupSort::Worst),
    Command::Gmv(GmvKind::Gross),
    Command::BoardMetric(BoardMetric::NetGmv),
    Command::Open,
    Command::Back,
    Command::Period(PeriodSpec::Month),
    Command::Copy(Copying::Row),
    Command::Close,
    Command::FilterClear,
    Command::Org,
    Command::NextChange,
    Command::Freeze,
    Command::Columns,
    Command::Zoom,
    Command::NextBox,
    Command::Views,
    Command::Projector,
    Command::Export(Exporting::Csv),
    Command::Edit(Editing::Tag),
];

/// Context of a pane.
pub fn context_of(pane: Pane) -> Context {
    match pane {
        Pane::Customers => Context::Customers,
        Pane::Tags => Context::Tags,
        Pane::Groups => Context::Groups,
        Pane::Kpi => Context::Kpi,
        Pane::Board => Context::Board,
    }
}

impl App {
    /// The contexts that hold now, nearest first.
    pub fn contexts(&self) -> Vec<Context> {
        let mut contexts = match self.overlays.last() {
            _ if self.projector.is_some() => vec![Context::Projector],
            Some(
                Overlay::Filter(_)
                | Overlay::CommandLine(_)
                | Overlay::Palette(_)
                | Overlay::Org(_)
                | Overlay::SaveView(_)
                | Overlay::Prompt(_),
            ) => vec![Context::Text],
            Some(Overlay::Columns(_)) => vec![Context::Columns, Context::List],
            Some(
                Overlay::Detail(_)
                | Overlay::Definition(_)
                | Overlay::Changes(_)
                | Overlay::Jobs(_)
                | Overlay::Views(_),
            ) => vec![Context::List],
            Some(Overlay::Confirm(..) | Overlay::Question(..)) => vec![Context::Confirm],
            None => vec![context_of(self.focus), Context::Global],
        };
        contexts.push(Context::Always);
        contexts
    }

    /// The footer: keys of the present context, what matters first.
    pub fn hints(&self) -> Vec<Hint> {
        let contexts = self.contexts();
        if self.overlays.is_empty() && self.projector.is_none() {
            let hint = |command: &Command| self.hint(&contexts, *command);
            return FOOTER.iter().filter_map(hint).collect();
        }
        let commands: &[Command] = match self.overlays.last() {
            Some(Overlay::Views(_)) => &[Command::Open, Command::ViewRemove, Command::Back],
            Some(Overlay::Detail(_) | Overlay::Definition(_) | Overlay::Jobs(_)) => {
                &[Command::Back]
            }
            _ => &[],
        };
        if !commands.is_empty() {
            let hint = |command: &Command| self.hint(&contexts, *command);
            return commands.iter().filter_map(hint).collect();
        }
        let enter = self.enter().map(|words| say(words, self.look.lang));
        COMMANDS
            .iter()
            .filter(|entry| entry.short.is_some())
            .filter_map(|entry| self.hint(&contexts, entry.command))
            .map(|hint| {
                let opens = hint.command == Some(Command::Open);
                let label = enter.filter(|_| opens).unwrap_or(hint.label);
                Hint { label, ..hint }
            })
            .collect()
    }

    /// What the key that opens rows does in the text field that is open.
    fn enter(&self) -> Option<(&'static str, &'static str)> {
        match self.overlays.last()? {
            Overlay::Filter(_) => Some(("筛选", "filter")),
            Overlay::CommandLine(_) | Overlay::Palette(_) => Some(("执行", "run")),
            Overlay::Org(_) => Some(("选定", "choose")),
            Overlay::SaveView(_) => Some(("保存", "save")),
            Overlay::Prompt(state) => Some(match state.prompt {
                Prompt::Export { .. } => ("导出", "export"),
                Prompt::Edit(_) if !state.points() => ("选定", "choose"),
                Prompt::Edit(Editing::Tag) if state.makes_a_tag() => ("新建标签", "make tag"),
                Prompt::Edit(Editing::Tag) => ("加标签", "tag"),
                Prompt::Edit(Editing::Untag) => ("去标签", "untag"),
                Prompt::Edit(Editing::Stage) => ("设阶段", "set stage"),
                Prompt::Edit(Editing::Owner) => ("归给", "give"),
            }),
            Overlay::Detail(_)
            | Overlay::Columns(_)
            | Overlay::Definition(_)
            | Overlay::Changes(_)
            | Overlay::Jobs(_)
            | Overlay::Views(_)
            | Overlay::Question(..)
            | Overlay::Confirm(..) => None,
        }
    }

    /// Rows of the popup after a prefix; empty without one. A title comes from [`App::prefix_title`].
    pub fn which_key(&self) -> Vec<Hint> {
        let Some(prefix) = &self.prefix else {
            return Vec::new();
        };
        self.keymap
            .following(&self.contexts(), &prefix.chords)
            .into_iter()
            .map(|row| Hint {
                keys: row.chord.label(),
                label: row
                    .command
                    .and_then(Command::entry)
                    .map_or("…", |entry| entry.say(self.look.lang)),
                command: row.command,
            })
            .collect()
    }

    /// What the unfinished sequence is about: `s 排序`.
    pub fn prefix_title(&self) -> Option<String> {
        let prefix = self.prefix.as_ref()?;
        let about = about(&self.keymap, &self.contexts(), &prefix.chords);
        let keys = label_sequence(&prefix.chords);
        Some(match about {
            Some((words, _)) => format!("{keys} {}", say(words, self.look.lang)),
            None => keys,
        })
    }

    /// The first key of a command as shown to people in the present context.
    pub fn key_of(&self, command: Command) -> Option<String> {
        self.keymap.label_of(&self.contexts(), command)
    }

    /// The first key of a command in the focused pane, whatever lies over it: for the palette.
    pub fn pane_key_of(&self, command: Command) -> Option<String> {
        let contexts = [context_of(self.focus), Context::Global, Context::Always];
        self.keymap.label_of(&contexts, command)
    }

    fn hint(&self, contexts: &[Context], command: Command) -> Option<Hint> {
        let entry = command.entry()?;
        if entry.writes && self.workspace.read_only {
            return None;
        }
        let keys = *self.keymap.keys_of(contexts, command).first()?;
        if let Some((words, _)) = PREFIXES.iter().find(|(_, known)| *known == command) {
            let first = keys.get(..1)?;
            if self.keymap.find(contexts, first) == Found::Pending {
                return Some(Hint {
                    keys: label_sequence(first),
                    label: say(*words, self.look.lang),
                    command: None,
                });
            }
        }
        Some(Hint {
            keys: label_sequence(keys),
            label: entry.label(self.look.lang),
            command: Some(command),
        })
    }
}

/// What the sequences that begin with these keys are about, and one command behind them.
pub(super) fn about(
    keymap: &Keymap,
    contexts: &[Context],
    begun: &[Chord],
) -> Option<((&'static str, &'static str), Command)> {
    let begins = |command: Command| {
        let mut keys = keymap.keys_of(contexts, command).into_iter();
        keys.any(|chords| chords.starts_with(begun))
    };
    PREFIXES
        .iter()
        .find(|(_, command)| begins(*command))
        .copied()
}

fn say(words: (&'static str, &'static str), lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => words.0,
        Lang::En => words.1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::state::Prefix;

    #[test]
    fn footer_keys_come_from_the_live_keymap() {
        let mut app = App::default();
        let key = |app: &App, command| {
            app.hints()
                .into_iter()
                .find(|hint| hint.command == command)
                .map(|hint| hint.keys)
        };
        assert_eq!(key(&app, Some(Command::FilterEdit)).as_deref(), Some("/"));
        let user =
            "[global]\n\"filter.edit\" = [\"ctrl-e\"]\n[customers]\n\"sort.spend\" = [\"x m\"]";
        app.keymap = Keymap::load(Some(("k", user))).unwrap().into();
        assert_eq!(
            key(&app, Some(Command::FilterEdit)).as_deref(),
            Some("Ctrl-E")
        );
        assert!(
            app.hints()
                .iter()
                .any(|hint| hint.keys == "x" && hint.label == "排序")
        );
    }

    #[test]
    fn a_text_field_says_what_enter_does_there() {
        let enter = |overlay: Overlay, lang| {
            let mut app = App::default();
            app.look.lang = lang;
            app.overlays.push(overlay);
            let hint = app.hints().into_iter().find(|hint| hint.keys == "Enter");
            hint.map(|hint| hint.label)
        };
        let line = || crate::app::overlay::LineEdit::with("");
        assert_eq!(enter(Overlay::CommandLine(line()), Lang::Zh), Some("执行"));
        assert_eq!(enter(Overlay::CommandLine(line()), Lang::En), Some("run"));
        assert_eq!(enter(Overlay::SaveView(line()), Lang::Zh), Some("保存"));
        let prompt = |prompt, text: &str| {
            Overlay::Prompt(crate::app::overlay::PromptState::of(prompt, text, None))
        };
        let untag = |text: &str| prompt(Prompt::Edit(Editing::Untag), text);
        assert_eq!(enter(untag("大客户"), Lang::Zh), Some("去标签"));
        assert_eq!(enter(untag(""), Lang::Zh), Some("选定"), "of nothing typed");
        let export = prompt(Prompt::Export { unmask: false }, "");
        assert_eq!(enter(export, Lang::En), Some("export"));
    }

    #[test]
    fn every_footer_command_is_bound_somewhere() {
        let app = App::default();
        for command in FOOTER {
            let bound = app.keymap.bindings().iter().any(|(_, c, _)| c == command);
            assert!(bound, "{}", command.name());
        }
    }

    #[test]
    fn the_popup_says_what_may_follow() {
        let mut app = App {
            prefix: Some(Prefix {
                chords: vec![Chord::char('s')],
                since: 0,
            }),
            ..App::default()
        };
        let rows = app.which_key();
        assert!(
            rows.iter()
                .any(|row| row.keys == "m" && row.label == "按累计消费排序")
        );
        assert_eq!(app.prefix_title().as_deref(), Some("s 排序"));
        app.look.lang = Lang::En;
        assert_eq!(app.prefix_title().as_deref(), Some("s sort"));
    }
}
