//! The filter line: it parses while it is typed, counts live, completes, and keeps the last good filter.

use crate::config::state::HISTORY;
use crate::filter::complete::{Sources, complete};
use crate::filter::{Ctx, Entity, Expr, Field, Filter, edit, parse, print, print_in};

use super::input::is_han;
use super::overlay::{FilterEdit, LineEdit, Overlay};
use super::panes::Pane;
use super::state::App;
use super::turn::Turn;
use crate::engine::request::{Kind, Slot};

/// Completions offered at once: more than there are fields.
const MOST: usize = 50;

/// The condition of a text the console made itself; `None` when it does not parse.
pub(super) fn parse_term(text: &str) -> Option<Expr> {
    parse(text, &Ctx::of(Entity::Customers))
        .ok()
        .map(|filter| filter.expr)
}

impl App {
    /// Parses a filter; the error is a column (in characters) and words.
    pub(super) fn parse_filter(&self, text: &str, groups: bool) -> Result<Filter, (usize, String)> {
        let views = |name: &str| {
            self.views
                .iter()
                .find(|view| view.name == name)
                .map(|view| view.filter.clone())
        };
        let ctx = Ctx {
            entity: if groups {
                Entity::Groups
            } else {
                Entity::Customers
            },
            views: Some(&views),
        };
        parse(text, &ctx).map_err(|error| {
            let lang = self.look.lang;
            let hint = error.hint(lang);
            let gap = if hint.is_empty() { "" } else { " " };
            let words = format!("{}{gap}{hint}", error.message(lang));
            (error.column, words)
        })
    }

    /// A pasted text: into the open field, else a filter.
    pub(super) fn pasted(&mut self, text: &str, turn: &mut Turn) {
        self.pressed(turn.now.millis);
        self.unsay();
        if self.in_text() {
            self.paste_typed(text, turn);
        } else {
            self.chinese_arrived(text, turn);
        }
    }

    /// Text in a list opens the filter with it, and says so once.
    pub(super) fn chinese_arrived(&mut self, text: &str, turn: &mut Turn) {
        if self.projector.is_some() || !self.overlays.is_empty() || text.trim().is_empty() {
            return;
        }
        self.prefix = None;
        if self.workspace.is_another_file() {
            // It was meant for a field that was refused.
            return self.refuse_other_file(turn);
        }
        self.open_filter(turn);
        let gap = match self.overlays.last() {
            Some(Overlay::Filter(edit)) if !edit.line.text().is_empty() => " ",
            _ => "",
        };
        self.paste_typed(&format!("{gap}{}", text.trim()), turn);
        if text.chars().any(is_han) && !self.memory.told.chinese {
            self.memory.told.chinese = true;
            let words = (
                "检测到中文输入: 已作为筛选。按 Shift 切英文可用快捷键",
                "Chinese input became a filter; switch the input method to English for keys",
            );
            self.toast(turn, words, false);
        }
    }

    /// Opens the filter line on the filter in force.
    pub(super) fn open_filter(&mut self, turn: &mut Turn) {
        let groups = self.focus == Pane::Groups;
        let before = if groups {
            self.panes.groups.filter.clone()
        } else {
            self.scope.filter.clone()
        };
        let shown = self.filter_named(&before);
        let mut text = print_in(&shown, self.look.lang);
        if !text.is_empty() {
            text.push(' ');
        }
        self.overlays.push(Overlay::Filter(FilterEdit {
            line: LineEdit::with(&text),
            parsed: Some(before.clone()),
            before,
            shown,
            groups,
            customers_at: self.panes.customers.list.clone(),
            groups_at: self.panes.groups.list.clone(),
            ..FilterEdit::default()
        }));
        self.filter_typed(turn);
    }

    /// A filter over customers with names in place of ids, where the page at hand knows them.
    pub(super) fn filter_named(&self, filter: &Filter) -> Filter {
        let page = self.panes.customers.page.value.as_ref();
        page.filter(|page| page.stamp.filter == print(filter))
            .map_or_else(|| filter.clone(), |page| page.stamp.named.clone())
    }

    /// The text of the filter line changed.
    pub(super) fn filter_typed(&mut self, _turn: &mut Turn) {
        let Some(Overlay::Filter(edit)) = self.overlays.last() else {
            return;
        };
        let (text, groups) = (edit.line.text().to_owned(), edit.groups);
        let parsed = self.parse_filter(&text, groups);
        self.complete_filter();
        let Some(Overlay::Filter(edit)) = self.overlays.last_mut() else {
            return;
        };
        match parsed {
            Ok(filter) => {
                let filter = edit::restored(filter, &edit.shown, &edit.before);
                edit.line.error = None;
                if edit.parsed.as_ref() != Some(&filter) {
                    // The rows follow the typing, from their top.
                    if groups {
                        self.panes.groups.list.restart();
                    } else {
                        self.panes.customers.list.restart();
                    }
                }
                edit.parsed = Some(filter);
            }
            Err(error) => {
                // What the text said before the fault stays on screen.
                edit.line.error = Some(error);
            }
        }
    }

    /// What may be typed next, offered anew.
    pub(super) fn complete_filter(&mut self) {
        let Some(Overlay::Filter(edit)) = self.overlays.last() else {
            return;
        };
        let (text, cursor) = (edit.line.text().to_owned(), edit.line.input.cursor());
        let (completions, _) = self.completions(&text, cursor, edit.groups);
        if let Some(Overlay::Filter(edit)) = self.overlays.last_mut()
            && edit.line.completions != completions
        {
            edit.line.completions = completions;
            edit.line.chosen = 0;
            self.dirty = true;
        }
    }

    /// Completions for a cursor, and the characters they replace.
    fn completions(
        &self,
        text: &str,
        cursor: usize,
        groups: bool,
    ) -> (Vec<String>, std::ops::Range<usize>) {
        let values = |field: Field| self.known_values(field);
        let views: Vec<String> = self.views.iter().map(|view| view.name.clone()).collect();
        let ctx = Ctx::of(if groups {
            Entity::Groups
        } else {
            Entity::Customers
        });
        let from = Sources {
            values: &values,
            views: &views,
            lang: self.look.lang,
        };
        let found = complete(text, cursor, &ctx, &from);
        let offered = found
            .candidates
            .into_iter()
            .map(|candidate| candidate.insert)
            .take(MOST)
            .collect();
        (offered, found.span)
    }

    /// Values of a field, each once: all there are where their names have come, else those on the pages at hand.
    pub(super) fn known_values(&self, field: Field) -> Vec<String> {
        let panes = &self.panes;
        let customers = || {
            panes
                .customers
                .page
                .value
                .iter()
                .flat_map(|page| &page.rows)
        };
        let mut values: Vec<String> = match field {
            Field::Tag => self.known(Kind::Tag, self.tags_at_hand()),
            Field::Owner | Field::CreditedTo | Field::AddedBy => {
                self.known(Kind::Staff, self.staff_at_hand())
            }
            Field::Group => self.known(Kind::Group, self.groups_at_hand()),
            Field::Campaign => self.known(Kind::Campaign, Vec::new()),
            Field::City => customers().map(|row| row.city.to_string()).collect(),
            Field::Source => customers().map(|row| row.source.to_string()).collect(),
            Field::Stage => customers()
                .filter_map(|row| row.stage.as_ref())
                .map(ToString::to_string)
                .collect(),
            _ => Vec::new(),
        };
        let mut seen = std::collections::HashSet::new();
        values.retain(|value| !value.is_empty() && seen.insert(value.clone()));
        values
    }

    /// Tab: takes the completion chosen.
    pub(super) fn take_completion(&mut self, turn: &mut Turn) {
        let Some(Overlay::Filter(edit)) = self.overlays.last() else {
            return;
        };
        let (text, cursor, groups) = (
            edit.line.text().to_owned(),
            edit.line.input.cursor(),
            edit.groups,
        );
        let (offered, span) = self.completions(&text, cursor, groups);
        let Some(insert) = offered.get(edit.line.chosen).or_else(|| offered.first()) else {
            return;
        };
        let head: String = text.chars().take(span.start).collect();
        let tail: String = text.chars().skip(cursor).collect();
        let typed = format!("{head}{insert}");
        let at = typed.chars().count();
        let input = tui_input::Input::new(format!("{typed}{tail}")).with_cursor(at);
        if let Some(Overlay::Filter(edit)) = self.overlays.last_mut() {
            edit.line.input = input;
        }
        self.filter_typed(turn);
    }

    /// Up and down in the filter line: the filters typed before.
    pub(super) fn walk_filter_history(&mut self, older: bool, turn: &mut Turn) {
        let (history, lang) = (&self.filter_history, self.look.lang);
        let Some(Overlay::Filter(edit)) = self.overlays.last_mut() else {
            return;
        };
        if history.is_empty() {
            return;
        }
        let at = match (edit.line.history_at, older) {
            (None, true) => Some(history.len() - 1),
            (Some(at), true) => Some(at.saturating_sub(1)),
            (Some(at), false) if at + 1 < history.len() => Some(at + 1),
            (_, false) => None,
        };
        let text = at
            .and_then(|at| history.get(at))
            .cloned()
            .unwrap_or_else(|| print_in(&edit.shown, lang));
        edit.line.set(&text);
        edit.line.history_at = at;
        self.filter_typed(turn);
    }

    /// Enter in the filter line: keeps it when it parses, else says where it does not.
    pub(super) fn commit_filter(&mut self, turn: &mut Turn) {
        let Some(Overlay::Filter(edit)) = self.overlays.last() else {
            return;
        };
        if let Some((_, words)) = edit.line.error.clone() {
            self.toast_text(turn, words, true);
            return;
        }
        let filter = edit.parsed.clone().unwrap_or_default();
        let (text, groups) = (edit.line.text().trim().to_owned(), edit.groups);
        self.leave_filter();
        if !text.is_empty() {
            self.filter_history.retain(|known| *known != text);
            self.filter_history.push(text);
            if self.filter_history.len() > HISTORY {
                self.filter_history.remove(0);
            }
        }
        // The rows typed for are those kept, but the cursor finds its place among them anew.
        self.ask_again(if groups {
            Slot::Groups
        } else {
            Slot::Customers
        });
        if groups {
            self.set_groups_filter(filter, turn);
        } else {
            self.apply_filter(filter, turn);
        }
    }

    /// Closes the filter line: the lists stand where they stood before it opened.
    pub(super) fn leave_filter(&mut self) {
        if let Some(Overlay::Filter(edit)) = self.overlays.pop() {
            self.panes.customers.list = edit.customers_at;
            self.panes.groups.list = edit.groups_at;
            // The rows may have come and gone meanwhile: the cursors find their places anew.
            self.ask_again(Slot::Customers);
            self.ask_again(Slot::Groups);
        }
    }

    /// A filter typed, named or restored: its view options go to the list, its condition to the scope.
    pub(super) fn apply_filter(&mut self, mut filter: Filter, turn: &mut Turn) {
        let sort = std::mem::take(&mut filter.sort);
        let columns: Vec<_> = std::mem::take(&mut filter.cols)
            .into_iter()
            .filter_map(super::panes::customers::Column::of)
            .collect();
        self.set_filter(filter, turn);
        let customers = &mut self.panes.customers;
        if !sort.is_empty() && customers.sort != sort {
            customers.sort = sort;
            customers.list.restart();
        }
        if !columns.is_empty() {
            customers.set_columns(columns);
        }
    }
}
