//! Keys and commands inside what lies over the panes.

use crate::config::keys::Chord;
use crate::domain::DeptId;
use crate::filter::NameMatcher;

use super::command::{Command, Motion};
use super::deed::Deed;
use super::input::Edited;
use super::overlay::{ColumnsState, LineEdit, Meant, OrgState, Overlay};
use super::panes::Pane;
use super::panes::customers::Column;
use super::state::App;
use super::turn::Turn;

impl Overlay {
    /// It has a text field that takes the keys.
    pub fn is_text(&self) -> bool {
        match self {
            Self::Filter(_)
            | Self::CommandLine(_)
            | Self::Palette(_)
            | Self::Org(_)
            | Self::SaveView(_)
            | Self::Prompt(_) => true,
            Self::Detail(_)
            | Self::Columns(_)
            | Self::Definition(_)
            | Self::Changes(_)
            | Self::Jobs(_)
            | Self::Views(_)
            | Self::Question(..)
            | Self::Confirm(..) => false,
        }
    }

    fn line(&mut self) -> Option<&mut LineEdit> {
        match self {
            Self::Filter(edit) => Some(&mut edit.line),
            Self::CommandLine(line) | Self::SaveView(line) => Some(line),
            Self::Palette(state) => Some(&mut state.line),
            Self::Org(state) => Some(&mut state.line),
            Self::Prompt(state) => Some(&mut state.line),
            Self::Detail(_)
            | Self::Columns(_)
            | Self::Definition(_)
            | Self::Changes(_)
            | Self::Jobs(_)
            | Self::Views(_)
            | Self::Question(..)
            | Self::Confirm(..) => None,
        }
    }
}

impl App {
    /// Opens an overlay that a command names.
    pub(super) fn open_overlay(&mut self, command: Command, turn: &mut Turn) {
        match command {
            Command::CommandLine => self.open_command_line(""),
            Command::Palette => self.open_palette(false),
            Command::Help => self.open_palette(true),
            Command::Columns => self
                .overlays
                .push(Overlay::Columns(ColumnsState::default())),
            // Other consoles' views come with what is told of a saving.
            Command::Views if self.views.is_empty() => {
                self.keep(turn);
                let words = (
                    "还没有存过视图, 按 w 存一个",
                    "No saved views yet; w saves one",
                );
                self.toast(turn, words, false);
            }
            Command::Views => {
                self.keep(turn);
                self.overlays.push(Overlay::Views(0));
            }
            Command::SaveView => {
                self.keep(turn);
                let name = self.name_for_view();
                self.overlays
                    .push(Overlay::SaveView(LineEdit::offering(&name)));
            }
            Command::Changes if self.changes.is_empty() => {
                self.toast(
                    turn,
                    ("自上次查看没有变更", "Nothing changed since the last look"),
                    false,
                );
            }
            Command::Changes => {
                let last = self.changes.len() - 1;
                self.overlays.push(Overlay::Changes(last));
            }
            Command::Jobs => self.open_jobs(turn),
            Command::Definition => match self.figure_code() {
                Some(code) => self.overlays.push(Overlay::Definition(code)),
                None => self.toast(turn, ("这里没有要定义的数字", "No figure here"), false),
            },
            Command::ColumnHelp => self.overlays.push(Overlay::Definition(self.column_code())),
            _ => {}
        }
    }

    /// A command while something lies over the panes; false hands it on to the panes.
    pub(super) fn run_in_overlay(&mut self, command: Command, turn: &mut Turn) -> bool {
        match command {
            Command::Interrupt => {
                if !self.overlays.last().is_some_and(Overlay::is_text) {
                    return false;
                }
                self.overlays.pop();
            }
            Command::Back | Command::Close | Command::No => match self.overlays.last() {
                Some(Overlay::Filter(_)) => self.leave_filter(),
                _ => drop(self.overlays.pop()),
            },
            Command::Move(motion) => self.move_in_overlay(motion, turn),
            Command::Open | Command::Yes => self.accept(turn),
            Command::Complete => self.complete(turn),
            Command::ViewRemove => self.ask_to_remove_view(),
            Command::ColumnToggle
            | Command::ColumnEarlier
            | Command::ColumnLater
            | Command::ColumnsDefault => {
                self.run_columns(command, turn);
            }
            _ => return false,
        }
        true
    }

    /// A key in the text field on top.
    pub(super) fn typed(&mut self, chord: Chord, turn: &mut Turn) {
        let edited = self
            .overlays
            .last_mut()
            .and_then(Overlay::line)
            .map_or(Edited::No, |line| line.key(chord));
        self.after_typing(edited, turn);
    }

    /// A paste into the text field on top.
    pub(super) fn paste_typed(&mut self, text: &str, turn: &mut Turn) {
        let edited = self
            .overlays
            .last_mut()
            .and_then(Overlay::line)
            .map_or(Edited::No, |line| line.paste(text));
        self.after_typing(edited, turn);
    }

    fn after_typing(&mut self, edited: Edited, turn: &mut Turn) {
        self.dirty |= edited != Edited::No;
        if edited == Edited::No {
            return;
        }
        match self.overlays.last_mut() {
            Some(Overlay::Filter(_)) => self.filter_typed(turn),
            Some(Overlay::Palette(_)) if edited == Edited::Text => self.palette_search(),
            Some(Overlay::Org(_)) if edited == Edited::Text => self.org_search(),
            Some(Overlay::CommandLine(line)) => {
                line.error = None;
                self.complete_command_line();
            }
            Some(Overlay::Prompt(_)) if edited == Edited::Text => self.prompt_typed(),
            _ => {}
        }
    }

    fn complete(&mut self, turn: &mut Turn) {
        match self.overlays.last() {
            Some(Overlay::Filter(_)) => self.take_completion(turn),
            Some(Overlay::CommandLine(_)) => self.take_word(),
            Some(Overlay::Prompt(_)) => self.take_name(),
            _ => self.move_in_overlay(Motion::Down, turn),
        }
    }

    fn move_in_overlay(&mut self, motion: Motion, turn: &mut Turn) {
        let page = u64::from(self.size.1 / 2).max(5);
        let step = |at: usize, count: usize| {
            motion
                .goal(at as u64, count as u64, page)
                .map_or(at, |to| usize::try_from(to).unwrap_or(at))
        };
        let (changes, views) = (self.changes.len(), self.views.len());
        let jobs = self.jobs.len();
        match self.overlays.last_mut() {
            Some(Overlay::Filter(_)) => {
                let older = matches!(motion, Motion::Up | Motion::PageUp);
                self.walk_filter_history(older, turn);
            }
            Some(Overlay::CommandLine(line)) => {
                line.chosen = step(line.chosen, line.completions.len());
            }
            Some(Overlay::Palette(state)) => {
                state.chosen = step(state.chosen, state.rows.len());
            }
            Some(Overlay::Org(state)) => state.chosen = step(state.chosen, state.shown.len() + 1),
            Some(Overlay::Columns(state)) => state.chosen = step(state.chosen, Column::ALL.len()),
            Some(Overlay::Changes(at)) => {
                // Counted from the oldest, shown from the newest.
                let last = changes.saturating_sub(1);
                *at = last.saturating_sub(step(last.saturating_sub(*at), changes));
            }
            Some(Overlay::Jobs(at)) => *at = step(*at, jobs),
            Some(Overlay::Views(at)) => *at = step(*at, views),
            Some(Overlay::Detail(state)) => {
                let lines = state
                    .detail
                    .as_ref()
                    .map_or(0, |detail| detail.timeline.len());
                state.top = step(state.top, lines);
            }
            Some(Overlay::Prompt(state)) => state.walk(motion, step),
            Some(
                Overlay::Definition(_)
                | Overlay::SaveView(_)
                | Overlay::Question(..)
                | Overlay::Confirm(..),
            )
            | None => {}
        }
    }

    /// Enter (or yes) in the overlay on top.
    fn accept(&mut self, turn: &mut Turn) {
        match self.overlays.last().cloned() {
            Some(Overlay::Filter(_)) => self.commit_filter(turn),
            // A word walked to with the arrows is meant, not the letters that led there.
            Some(Overlay::CommandLine(line)) if line.chosen > 0 => {
                self.take_word();
                if let Some(Overlay::CommandLine(line)) = self.overlays.last().cloned() {
                    self.run_line(&line, turn);
                }
            }
            Some(Overlay::CommandLine(line)) => self.run_line(&line, turn),
            Some(Overlay::Palette(state)) => self.take_from_palette(&state, turn),
            Some(Overlay::Org(state)) => self.choose_org(&state, turn),
            Some(Overlay::Changes(at)) => {
                self.overlays.pop();
                if let Some(change) = self.changes.get(at).cloned() {
                    self.change_at = self.change_at.max(at + 1);
                    self.go_to_row(change.pane, &change.id, turn);
                }
            }
            Some(Overlay::Views(at)) => self.open_view(at, turn),
            Some(Overlay::SaveView(line)) => self.save_view(line.text(), turn),
            Some(Overlay::Prompt(state)) => self.prompted(&state, turn),
            Some(Overlay::Question(_, meant)) => {
                self.overlays.pop();
                match *meant {
                    Meant::Deed(deed) => self.send(deed, turn),
                    Meant::SaveView(view) => self.put_view(view, turn),
                    Meant::RemoveView(name) => self.take_view_out(&name, turn),
                    Meant::Leave => self.leave(turn),
                }
            }
            Some(Overlay::Confirm(_, command)) => {
                self.overlays.pop();
                self.confirmed(command, turn);
            }
            Some(Overlay::Columns(_)) => {
                self.overlays.pop();
            }
            Some(Overlay::Detail(_) | Overlay::Definition(_) | Overlay::Jobs(_)) | None => {}
        }
    }

    fn confirmed(&mut self, command: Command, turn: &mut Turn) {
        if command == Command::Mask {
            self.send(Deed::Reveal, turn);
        }
    }

    fn choose_org(&mut self, state: &OrgState, turn: &mut Turn) {
        // Nothing found is nothing chosen, least of all the whole workspace.
        if state.chosen == 0 && state.shown.is_empty() && !state.line.text().trim().is_empty() {
            let words = ("没有这个组织节点", "No such part of the organisation");
            self.toast(turn, words, true);
            return;
        }
        let chosen = state
            .chosen
            .checked_sub(1)
            .and_then(|at| state.shown.get(at))
            .and_then(|id| state.nodes.iter().find(|node| node.id == *id))
            .map(|node| (node.id, node.name.clone()));
        self.overlays.pop();
        self.set_org(chosen, turn);
    }

    /// Nodes under the search of the org chooser.
    pub(super) fn org_search(&mut self) {
        if let Some(Overlay::Org(state)) = self.overlays.last_mut() {
            let text = state.line.text().trim().to_owned();
            let matcher = NameMatcher::new(&text);
            state.shown = state
                .nodes
                .iter()
                .filter(|node| text.is_empty() || matcher.is_match(node.name.as_str()))
                .map(|node| node.id)
                .collect();
            // Searching chooses the node of exactly that name, else the first found, not the whole workspace.
            let named = |id: &DeptId| {
                let mut nodes = state.nodes.iter();
                nodes.any(|node| node.id == *id && node.name.as_str() == text)
            };
            let exact = state.shown.iter().position(named).unwrap_or(0);
            state.chosen = if text.is_empty() || state.shown.is_empty() {
                0
            } else {
                exact + 1
            };
        }
    }

    fn run_columns(&mut self, command: Command, turn: &mut Turn) {
        let Some(Overlay::Columns(state)) = self.overlays.last() else {
            return;
        };
        let customers = &mut self.panes.customers;
        let mut columns = customers.columns().to_vec();
        let Some((column, _)) = Column::ALL.get(state.chosen) else {
            return;
        };
        let at = columns.iter().position(|shown| shown == column);
        match (command, at) {
            (Command::ColumnsDefault, _) => columns = Column::DEFAULT.to_vec(),
            // The name is always first and always shown.
            _ if *column == Column::Name => {}
            (Command::ColumnToggle, Some(at)) => {
                columns.remove(at);
            }
            (Command::ColumnToggle, None) => columns.push(*column),
            (Command::ColumnEarlier, Some(at)) if at > 1 => columns.swap(at, at - 1),
            (Command::ColumnLater, Some(at)) if at + 1 < columns.len() => columns.swap(at, at + 1),
            _ => {}
        }
        customers.set_columns(columns);
        self.keep(turn);
    }

    /// Metric code of the figure under the cursor.
    fn figure_code(&self) -> Option<&'static str> {
        Some(match self.focus {
            Pane::Customers | Pane::Board => self.column_code(),
            Pane::Tags => "tag_share",
            Pane::Groups => match self.panes.groups.row()?.score {
                Some(_) => "group_health",
                None => "group_structure",
            },
            Pane::Kpi => self.panes.kpi.node().map_or("attainment", |node| node.code),
        })
    }

    /// Metric code of the column the focused pane is ordered by.
    fn column_code(&self) -> &'static str {
        use crate::engine::answer::{BoardMetric, GmvKind};
        use crate::engine::request::GroupSort;
        use crate::filter::Field;
        match self.focus {
            Pane::Customers => match self.panes.customers.sort().first().map(|key| key.field) {
                Some(Field::Orders) => "orders",
                Some(Field::Aov) => "aov",
                Some(Field::Segment) => "rfm",
                Some(Field::Risk) => "risk",
                Some(Field::ValueAtRisk) => "value_at_risk",
                Some(Field::Name | Field::Owner | Field::City | Field::Stage) => "customers",
                _ => "spend",
            },
            Pane::Tags => "tag_share",
            Pane::Groups => match self.panes.groups.sort {
                GroupSort::Worst | GroupSort::Name | GroupSort::Score => "group_health",
                GroupSort::Members => "members",
                GroupSort::Left => "group_exit_rate",
                GroupSort::Joined => "group_net_growth",
                GroupSort::Speakers => "group_speakers_daily",
            },
            Pane::Kpi => match self.panes.kpi.gmv {
                GmvKind::Gross => "gmv",
                GmvKind::NetByRefundDate => "net_gmv_refund",
                GmvKind::NetByOrderDate => "net_gmv_order",
            },
            Pane::Board => match self.panes.board.metric {
                BoardMetric::NetGmv => "net_gmv_refund",
                BoardMetric::Gmv => "gmv",
                BoardMetric::Adds => "adds",
                BoardMetric::Orders => "orders",
                BoardMetric::Achievement => "attainment",
            },
        }
    }
}
