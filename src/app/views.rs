//! Saved views, and the private state that comes back at the next start.

use std::str::FromStr;

use crate::config::state::{Kept, KeptSort, KeptView};
use crate::config::words::Words;
use crate::domain::period::PeriodSpec;
use crate::domain::{Lang, SafeText, Sentence};
use crate::filter::{Filter, SortKey, fields, print, print_in};

use super::now::Now;
use super::overlay::{Meant, Overlay};
use super::panes::Pane;
use super::panes::customers::Column;
use super::state::{App, Layout};
use super::turn::Turn;

/// A saved view.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Name.
    pub name: String,
    /// Pane.
    pub pane: Pane,
    /// Filter as text.
    pub filter: String,
    /// Sort of the customer list.
    pub sort: Vec<SortKey>,
    /// Period as text.
    pub period: String,
    /// Columns of the customer list, empty for the default ones; `None`: it was saved without them.
    pub columns: Option<Vec<Column>>,
}

/// Panes by the words of `:go` and of the state file.
pub(super) const PANES: &[(Pane, &str)] = &[
    (Pane::Customers, "customers"),
    (Pane::Tags, "tags"),
    (Pane::Groups, "groups"),
    (Pane::Kpi, "kpi"),
    (Pane::Board, "board"),
];

const LAYOUTS: &[(Layout, &str)] = &[
    (Layout::Auto, "auto"),
    (Layout::One, "1"),
    (Layout::Three, "3"),
    (Layout::Five, "5"),
];

fn word_of<T: PartialEq>(table: &[(T, &'static str)], value: &T) -> &'static str {
    table
        .iter()
        .find(|(known, _)| known == value)
        .map_or("", |(_, word)| word)
}

/// The value of a word in such a table.
pub(super) fn named<T: Copy>(table: &[(T, &'static str)], word: &str) -> Option<T> {
    table
        .iter()
        .find(|(_, known)| *known == word)
        .map(|(value, _)| *value)
}

/// A layout by its word: `auto`, `1`, `3`, `5`.
pub fn layout_named(word: &str) -> Option<Layout> {
    named(LAYOUTS, word)
}

fn kept_sort(sort: &[SortKey]) -> Vec<KeptSort> {
    sort.iter()
        .map(|key| KeptSort {
            field: fields::spec(key.field).name.to_owned(),
            descending: key.descending,
        })
        .collect()
}

fn sort_of(kept: &[KeptSort]) -> Vec<SortKey> {
    kept.iter()
        .filter_map(|key| {
            Some(SortKey {
                field: fields::lookup(&key.field)?.field,
                descending: key.descending,
            })
        })
        .collect()
}

fn kept_columns(columns: &[Column]) -> Vec<String> {
    columns
        .iter()
        .map(|column| fields::spec(column.field()).name.to_owned())
        .collect()
}

fn columns_of(kept: &[String]) -> Vec<Column> {
    kept.iter()
        .filter_map(|name| Column::of(fields::lookup(name)?.field))
        .collect()
}

fn kept_view(view: &View) -> KeptView {
    KeptView {
        name: view.name.clone(),
        pane: word_of(PANES, &view.pane).to_owned(),
        filter: view.filter.clone(),
        period: view.period.clone(),
        columns: view.columns.as_deref().map(kept_columns),
        sort: kept_sort(&view.sort),
    }
}

fn view_of(kept: &KeptView) -> View {
    View {
        name: kept.name.clone(),
        pane: named(PANES, &kept.pane).unwrap_or_default(),
        filter: kept.filter.clone(),
        sort: sort_of(&kept.sort),
        period: kept.period.clone(),
        columns: kept.columns.as_deref().map(columns_of),
    }
}

impl App {
    /// A name to offer for a view of what is on screen.
    pub(super) fn name_for_view(&self) -> String {
        let filter = print_in(&self.filter_named(&self.scope.filter), self.look.lang);
        if filter.is_empty() {
            let words = Words::new(self.look.lang);
            let period = words.period_said(&self.scope.period.to_string());
            format!("{} {period}", words.say(self.focus.heading()))
        } else {
            filter.chars().take(20).collect()
        }
    }

    /// The filter of a view in the words of the interface; as it was kept where it is not understood any more.
    pub fn filter_of_view(&self, view: &View) -> String {
        self.parse_filter(&view.filter, false).map_or_else(
            |_| view.filter.clone(),
            |filter| print_in(&self.filter_named(&filter), self.look.lang),
        )
    }

    /// Saves what is on screen under a name; asks before it replaces a view of that name that is another.
    pub(super) fn save_view(&mut self, name: &str, turn: &mut Turn) {
        let name: String = name
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .map(|c| if c.is_whitespace() { '-' } else { c })
            .take(40)
            .collect();
        if name.is_empty() {
            self.toast(turn, ("视图要有名字", "A view needs a name"), true);
            return;
        }
        let view = View {
            name,
            pane: self.focus,
            filter: print(&self.scope.filter),
            sort: self.panes.customers.sort.clone(),
            period: self.scope.period.to_string(),
            columns: Some(self.panes.customers.columns.clone()),
        };
        match self.views.iter().find(|known| known.name == view.name) {
            Some(there) if *there != view => {
                let words = self.words_of_replacing(there);
                self.ask(words, Meant::SaveView(view));
            }
            Some(_) | None => self.put_view(view, turn),
        }
    }

    fn words_of_replacing(&self, there: &View) -> String {
        let (name, what) = (SafeText::new(&there.name), self.words_of_view(there));
        match self.look.lang {
            Lang::Zh => format!("已有视图 {name} ({what}), 换成现在的样子?"),
            Lang::En => {
                format!(
                    "There is a view {name} already ({what}). Put what is on screen in its place?"
                )
            }
        }
    }

    /// What a view shows: pane, filter, period.
    fn words_of_view(&self, view: &View) -> String {
        let words = Words::new(self.look.lang);
        let (filter, period) = (self.filter_of_view(view), words.period_said(&view.period));
        let parts = [words.say(view.pane.heading()), &filter, &period];
        let said = parts.into_iter().filter(|part| !part.is_empty());
        said.collect::<Vec<_>>().join(" ")
    }

    /// Puts a view among those saved; one of the same name goes.
    pub(super) fn put_view(&mut self, view: View, turn: &mut Turn) {
        if matches!(self.overlays.last(), Some(Overlay::SaveView(_))) {
            self.overlays.pop();
        }
        let saved = self.word(("已存视图", "View saved"));
        let text = format!("{saved}: {}", view.name);
        self.views.retain(|known| known.name != view.name);
        self.views.push(view);
        self.keep(turn);
        self.toast_text(turn, text, false);
    }

    /// Views and layout live only until the console is left.
    pub(super) fn words_of_not_kept(&self, why: &Sentence) -> String {
        let why = why.say(self.look.lang);
        match self.look.lang {
            Lang::Zh => format!("没有存下视图与布局: {why}; `caopan doctor` 看状态目录"),
            Lang::En => format!(
                "Views and layout were not kept: {why}; `caopan doctor` looks at the state folder"
            ),
        }
    }

    /// Opens a saved view by its place in the list.
    pub(super) fn open_view(&mut self, at: usize, turn: &mut Turn) {
        let Some(view) = self.views.get(at).cloned() else {
            return;
        };
        match self.parse_filter(&view.filter, false) {
            Ok(filter) => {
                self.overlays.clear();
                self.remember();
                self.scope.filter = filter;
                self.panes.customers.sort = view.sort;
                self.panes.customers.list.restart();
                if let Some(columns) = view.columns {
                    self.panes.customers.set_columns(columns);
                }
                if let Ok(period) = PeriodSpec::from_str(&view.period) {
                    self.scope.period = period;
                }
                self.focus_on(view.pane);
                self.keep(turn);
            }
            Err((_, why)) => self.toast_text(turn, format!("{}: {why}", view.name), true),
        }
    }

    /// Opens a saved view by name; false when there is none.
    pub(super) fn open_view_named(&mut self, name: &str, turn: &mut Turn) -> bool {
        let at = self.views.iter().position(|view| view.name == name);
        if let Some(at) = at {
            self.open_view(at, turn);
        }
        at.is_some()
    }

    /// Other consoles of the same person saved and removed views: what was is as it is now. Where it is not what was any
    /// more, that is to be written first, and told again then.
    pub(super) fn views_told(&mut self, was: &[KeptView], now: &[KeptView]) {
        if !was.iter().map(view_of).eq(self.views.iter().cloned()) || was == now {
            return;
        }
        let new: Vec<View> = now.iter().map(view_of).collect();
        if let Some(Overlay::Views(at)) = self.overlays.last_mut() {
            let under = self.views.get(*at).map(|view| &view.name);
            let stands = new.iter().position(|view| Some(&view.name) == under);
            *at = stands.unwrap_or_else(|| (*at).min(new.len().saturating_sub(1)));
            if new.is_empty() {
                self.overlays.pop();
            }
        }
        self.views = new;
        self.dirty = true;
    }

    /// Asks whether the view under the cursor is to go.
    pub(super) fn ask_to_remove_view(&mut self) {
        let Some(Overlay::Views(at)) = self.overlays.last() else {
            return;
        };
        if let Some(name) = self.views.get(*at).map(|view| view.name.clone()) {
            self.ask_about_removing(&name);
        }
    }

    /// Asks whether the view of a name is to go: nothing brings it back.
    pub(super) fn ask_about_removing(&mut self, name: &str) {
        let shown = SafeText::new(name);
        let words = match self.look.lang {
            Lang::Zh => format!("删除视图 {shown}? 删除后不能撤销。"),
            Lang::En => format!("Remove the view {shown}? It does not come back."),
        };
        self.ask(words, Meant::RemoveView(name.to_owned()));
    }

    /// Takes the view of a name out of those saved.
    pub(super) fn take_view_out(&mut self, name: &str, turn: &mut Turn) {
        self.views.retain(|view| view.name != name);
        let left = self.views.len();
        if let Some(Overlay::Views(at)) = self.overlays.last_mut() {
            *at = (*at).min(left.saturating_sub(1));
            if left == 0 {
                self.overlays.pop();
            }
        }
        self.keep(turn);
        let gone = self.word(("已删视图", "View removed"));
        self.toast_text(turn, format!("{gone}: {}", SafeText::new(name)), false);
    }

    /// What the state directory keeps of this console.
    pub fn kept(&self) -> Kept {
        let customers = &self.panes.customers;
        let standing = self.standing();
        Kept {
            focus: word_of(PANES, &standing.pane).to_owned(),
            // As the setting has it is no choice of its own: another setting is to be seen the next time.
            layout: if self.layout == self.memory.set_layout {
                String::new()
            } else {
                word_of(LAYOUTS, &self.layout).to_owned()
            },
            filter: print(&standing.scope.filter),
            groups_filter: print(&standing.groups_filter),
            period: standing.scope.period.to_string(),
            org: standing.scope.org.map(|org| org.0),
            org_name: standing.org_name.as_ref().map(ToString::to_string),
            columns: kept_columns(&customers.columns),
            filter_history: self.filter_history.clone(),
            sort: kept_sort(&standing.sort),
            views: self.views.iter().map(kept_view).collect(),
        }
    }

    /// Puts back what was kept; what is not understood any more is left as it is by default.
    pub fn restore_kept(&mut self, kept: &Kept) {
        self.views = kept.views.iter().map(view_of).collect();
        self.filter_history.clone_from(&kept.filter_history);
        if let Some(pane) = named(PANES, &kept.focus) {
            self.focus_on(pane);
        }
        if let Some(layout) = named(LAYOUTS, &kept.layout) {
            self.layout = layout;
        }
        self.scope.filter = self.parse_filter(&kept.filter, false).unwrap_or_default();
        self.panes.groups.filter = self
            .parse_filter(&kept.groups_filter, true)
            .unwrap_or_default();
        if let Ok(period) = PeriodSpec::from_str(&kept.period) {
            self.scope.period = period;
        }
        self.scope.org = kept.org.map(crate::domain::DeptId);
        self.org_name = kept.org_name.as_deref().map(SafeText::new);
        let customers = &mut self.panes.customers;
        customers.sort = sort_of(&kept.sort);
        customers.set_columns(columns_of(&kept.columns));
        self.dirty = true;
    }

    /// A filter given on the command line; fails with the column (in characters) and words.
    pub fn start_with_filter(&mut self, text: &str) -> Result<(), (usize, String)> {
        let filter = self.parse_filter(text, false)?;
        let mut turn = Turn {
            now: Now { millis: 0, unix: 0 },
            effects: Vec::new(),
        };
        self.apply_filter(filter, &mut turn);
        self.back.clear();
        Ok(())
    }

    /// The period named by a word of `--period`; false when it is none.
    pub(super) fn period_named(&mut self, word: &str, turn: &mut Turn) -> Result<(), String> {
        let period = PeriodSpec::from_str(word).map_err(|error| match self.look.lang {
            Lang::Zh => format!(
                "{} 不是时段; 可用 前天 上周 下月 上季度 去年 7d 10月 第47周 11.1-11.11",
                error.0
            ),
            Lang::En => error.to_string(),
        })?;
        self.set_period(period, turn);
        Ok(())
    }

    /// The filter in force over the focused pane.
    pub fn filter_here(&self) -> &Filter {
        if self.focus == Pane::Groups {
            &self.panes.groups.filter
        } else {
            &self.scope.filter
        }
    }
}
