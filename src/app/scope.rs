//! The scope line (org node, period, filter) and the way back through what a drill-down changed.

use crate::domain::period::PeriodSpec;
use crate::domain::{DeptId, SafeText};
use crate::engine::answer::BoardMetric;
use crate::filter::edit::TriState;
use crate::filter::{Expr, Field, Filter, Match, edit};

use super::command::Command;
use super::overlay::{OrgState, Overlay};
use super::panes::Pane;
use super::state::{App, Place};
use super::terms;
use super::turn::Turn;

/// The way back is no longer than this.
const LONGEST: usize = 100;

impl App {
    /// Where the console stands.
    pub(super) fn place(&self) -> Place {
        let customers = &self.panes.customers;
        let list = &customers.list;
        Place {
            pane: self.focus,
            scope: self.scope.clone(),
            org_name: self.org_name.clone(),
            groups_filter: self.panes.groups.filter.clone(),
            sort: customers.sort.clone(),
            cursor: (list.cursor.clone(), list.index, list.top),
            held: list.held,
            opened: false,
        }
    }

    fn restore(&mut self, place: Place) {
        self.focus_on(place.pane);
        self.scope = place.scope;
        self.org_name = place.org_name;
        self.panes.groups.filter = place.groups_filter;
        let customers = &mut self.panes.customers;
        customers.sort = place.sort;
        (
            customers.list.cursor,
            customers.list.index,
            customers.list.top,
        ) = place.cursor;
        customers.list.held = place.held;
        self.dirty = true;
    }

    /// Remembers where the console stands before something changes the scope.
    pub(super) fn remember(&mut self) {
        self.remember_place(false);
    }

    fn remember_place(&mut self, opened: bool) {
        let here = self.place();
        self.back.push(Place { opened, ..here });
        if self.back.len() > LONGEST {
            self.back.remove(0);
        }
        self.forward.clear();
    }

    /// Where the console stands once what was opened is left again: this is kept for the next start.
    pub(super) fn standing(&self) -> Place {
        let opened = self.back.iter().rev().take_while(|place| place.opened);
        opened.last().cloned().unwrap_or_else(|| self.place())
    }

    /// Back; false when there is nothing before.
    pub(super) fn go_back(&mut self, turn: &mut Turn) -> bool {
        let Some(place) = self.back.pop() else {
            return false;
        };
        let here = self.place();
        self.forward.push(Place {
            opened: place.opened,
            ..here
        });
        self.restore(place);
        self.keep(turn);
        true
    }

    /// Out of what was opened last, with the filter as it was before; false when nothing is open. What was changed by hand
    /// stays: for that there is the way back.
    pub(super) fn leave_opened(&mut self, turn: &mut Turn) -> bool {
        if !self.back.iter().any(|place| place.opened) {
            return false;
        }
        loop {
            let opened = self.back.last().is_none_or(|place| place.opened);
            if !self.go_back(turn) || opened {
                return true;
            }
        }
    }

    /// Forward; false when there is nothing after.
    pub(super) fn go_forward(&mut self, turn: &mut Turn) -> bool {
        let Some(place) = self.forward.pop() else {
            return false;
        };
        let here = self.place();
        self.back.push(Place {
            opened: place.opened,
            ..here
        });
        self.restore(place);
        self.keep(turn);
        true
    }

    /// Another filter over customers; the list begins at its top.
    pub(super) fn set_filter(&mut self, filter: Filter, turn: &mut Turn) {
        if filter == self.scope.filter {
            return;
        }
        self.remember();
        self.scope.filter = filter;
        self.panes.customers.list.restart();
        self.keep(turn);
    }

    /// Another period.
    pub(super) fn set_period(&mut self, period: PeriodSpec, turn: &mut Turn) {
        self.dirty = true;
        if period == self.scope.period {
            return;
        }
        self.remember();
        self.scope.period = period;
        self.keep(turn);
    }

    /// Another org node; `None` is the whole workspace.
    pub(super) fn set_org(&mut self, org: Option<(DeptId, SafeText)>, turn: &mut Turn) {
        self.dirty = true;
        let (id, name) = org.unzip();
        if id == self.scope.org {
            return;
        }
        self.remember();
        self.scope.org = id;
        self.org_name = name;
        self.panes.customers.list.restart();
        self.keep(turn);
    }

    /// The people of one condition in the whole workspace, in the customer list; Esc comes back.
    pub(super) fn look_at(&mut self, expr: Expr, turn: &mut Turn) {
        self.remember_place(true);
        self.scope.filter = edit::and(&Filter::default(), expr);
        (self.scope.org, self.org_name) = (None, None);
        self.panes.customers.list.restart();
        self.focus_on(Pane::Customers);
        self.dirty = true;
        self.keep(turn);
    }

    /// The people behind a figure: the filter narrowed by a condition, in the customer list.
    pub(super) fn drill(&mut self, expr: Expr, turn: &mut Turn) {
        self.remember_place(true);
        self.scope.filter = edit::and(&self.scope.filter, expr);
        self.panes.customers.list.restart();
        self.focus_on(Pane::Customers);
        self.dirty = true;
        self.keep(turn);
    }

    /// Narrows the filter by the value under the cursor, or by its opposite.
    pub(super) fn narrow_by_value(&mut self, exclude: bool, turn: &mut Turn) {
        let Some(expr) = self.value_under_cursor() else {
            self.toast(
                turn,
                ("这里没有可筛选的值", "Nothing to filter by here"),
                false,
            );
            return;
        };
        let expr = if exclude { terms::not(expr) } else { expr };
        // What was said the other way round before is said no more.
        let opposite = terms::not(expr.clone());
        let mut filter = self.scope.filter.clone();
        while let Some(at) = edit::terms(&filter)
            .iter()
            .position(|term| *term == opposite)
        {
            filter = edit::without(&filter, at);
        }
        self.set_filter(edit::and(&filter, expr), turn);
    }

    fn value_under_cursor(&self) -> Option<Expr> {
        match self.focus {
            Pane::Customers => self.customer_value(),
            Pane::Tags => {
                let tag = self.panes.tags.tag()?;
                Some(terms::of_id(Field::Tag, tag.id.as_str()))
            }
            Pane::Groups | Pane::Kpi => self.behind_row(),
            Pane::Board => {
                let staff = self.chosen_staff().map(|row| row.id.as_str());
                terms::of_ids(Field::Owner, staff)
            }
        }
    }

    /// The value of the column the list is sorted by, where it is a word; else the owner.
    fn customer_value(&self) -> Option<Expr> {
        let row = self.panes.customers.row()?;
        let by = self.panes.customers.sort().first()?.field;
        let text = |field, text: &SafeText| {
            (!text.as_str().is_empty()).then(|| terms::of_text(field, text.as_str()))
        };
        match by {
            Field::Stage => text(Field::Stage, row.stage.as_ref()?),
            Field::City => text(Field::City, &row.city),
            Field::Source => text(Field::Source, &row.source),
            Field::Name => text(Field::Name, &row.name),
            Field::Spend => Some(terms::at_least(Field::Spend, row.spend.0 as f64)),
            Field::Orders => Some(terms::at_least(Field::Orders, f64::from(row.orders))),
            Field::Risk => Some(terms::at_least(Field::Risk, f64::from(row.risk?))),
            Field::ValueAtRisk => Some(terms::at_least(
                Field::ValueAtRisk,
                row.value_at_risk?.0 as f64,
            )),
            _ => {
                let (id, _) = row.owner.as_ref()?;
                Some(terms::of_id(Field::Owner, id.as_str()))
            }
        }
    }

    /// The condition that lists the people behind the row under the cursor; of groups and staff, behind those marked.
    pub(super) fn behind_row(&self) -> Option<Expr> {
        match self.focus {
            Pane::Customers => None,
            Pane::Tags => {
                let tag = self.panes.tags.tag()?;
                Some(terms::of_id(Field::Tag, tag.id.as_str()))
            }
            Pane::Groups => {
                let groups = self.chosen_groups().map(|row| row.id.as_str());
                terms::of_ids(Field::Group, groups)
            }
            Pane::Kpi => {
                let kpi = &self.panes.kpi;
                if let Some(head) = kpi.head() {
                    return super::typing::parse_term(&format!("campaign:{}", head.id.0));
                }
                super::typing::parse_term(kpi.node()?.drill.as_deref()?)
            }
            Pane::Board => {
                let staff = self.chosen_staff().map(|row| row.id.as_str());
                match self.panes.board.metric {
                    // Who was added, whoever owns them now and whoever else added them before.
                    BoardMetric::Adds => terms::of_ids(Field::AddedBy, staff),
                    BoardMetric::NetGmv
                    | BoardMetric::Gmv
                    | BoardMetric::Orders
                    | BoardMetric::Achievement => terms::of_ids(Field::CreditedTo, staff),
                }
            }
        }
    }

    /// Scope commands.
    pub(super) fn run_scope(&mut self, command: Command, turn: &mut Turn) {
        match command {
            Command::HistoryBack if !self.go_back(turn) => {
                self.toast(turn, ("前面没有了", "Nothing before this"), false);
            }
            Command::HistoryForward if !self.go_forward(turn) => {
                self.toast(turn, ("后面没有了", "Nothing after this"), false);
            }
            Command::HistoryLast => {
                let forth = self.last_command == Some(Command::HistoryLast) && self.memory.swapped;
                let moved = if forth {
                    self.go_forward(turn)
                } else {
                    self.go_back(turn)
                };
                self.memory.swapped = moved && !forth;
            }
            Command::FilterEdit => self.open_filter(turn),
            Command::FilterAdd => self.narrow_by_value(false, turn),
            Command::FilterExclude => self.narrow_by_value(true, turn),
            Command::FilterClear
                if self.focus == Pane::Groups && self.panes.groups.filter != Filter::default() =>
            {
                self.set_groups_filter(Filter::default(), turn);
            }
            Command::FilterClear => self.set_filter(Filter::default(), turn),
            Command::Period(period) => self.set_period(period, turn),
            Command::PeriodEdit => self.open_command_line("period "),
            Command::Org => self.overlays.push(Overlay::Org(OrgState::default())),
            Command::GoOwner => match self.owner_under_cursor() {
                Some(id) => self.drill(terms::of_id(Field::Owner, &id), turn),
                None => self.toast(turn, ("这一行没有顾问", "This row has no owner"), false),
            },
            Command::GoCustomers => self.open_behind(turn),
            Command::GoCampaign => {
                self.focus_on(Pane::Kpi);
                self.panes.kpi.cursor.clear();
                self.panes.kpi.cursor_campaign = None;
            }
            _ => {}
        }
    }

    /// Another filter over the groups themselves.
    pub(super) fn set_groups_filter(&mut self, filter: Filter, turn: &mut Turn) {
        if filter != self.panes.groups.filter {
            self.remember();
            self.panes.groups.filter = filter;
            self.panes.groups.list.restart();
            self.keep(turn);
        }
    }

    /// Space on a tag: must, must not, any.
    pub(super) fn cycle_tag(&mut self, turn: &mut Turn) {
        let Some(filter) = self.cycled_tag() else {
            self.panes.tags.toggle_fold();
            return;
        };
        let cursor = self.panes.tags.cursor;
        self.set_filter(filter, turn);
        self.panes.tags.cursor = cursor;
    }

    /// The filter with the tag under the cursor in its next state; `None` on a group's line.
    pub(super) fn cycled_tag(&self) -> Option<Filter> {
        let tag = self.panes.tags.tag()?;
        let (id, name) = (tag.id.as_str(), tag.name.as_str());
        let filter = &self.scope.filter;
        let state = edit::state_of(filter, Field::Tag, id, name).next();
        // Either way of naming the tag may stand in the filter.
        let cleared = edit::set(filter, Field::Tag, &Match::word(name), TriState::Any);
        let cleared = edit::set(&cleared, Field::Tag, &Match::quoted(name), TriState::Any);
        let value = if self.is_only_tag(name) {
            Match::word(name)
        } else {
            Match::identity(id)
        };
        let cleared = edit::set(&cleared, Field::Tag, &Match::identity(id), TriState::Any);
        Some(edit::set(&cleared, Field::Tag, &value, state))
    }

    /// The state of the tag under the cursor in the filter in force.
    pub(super) fn tag_state(&self) -> TriState {
        self.panes.tags.tag().map_or(TriState::Any, |tag| {
            let (id, name) = (tag.id.as_str(), tag.name.as_str());
            edit::state_of(&self.scope.filter, Field::Tag, id, name)
        })
    }

    /// The name says which tag is meant: one tag has it, and it reads as a plain word.
    fn is_only_tag(&self, name: &str) -> bool {
        let page = self.panes.tags.page.value.as_ref();
        let same = page
            .into_iter()
            .flat_map(|page| &page.groups)
            .flat_map(|group| &group.tags)
            .filter(|tag| tag.name.as_str() == name)
            .count();
        same == 1 && !name.is_empty() && name.chars().all(char::is_alphanumeric)
    }

    /// The owner of the row under the cursor: id.
    pub(super) fn owner_under_cursor(&self) -> Option<String> {
        let id = match self.focus {
            Pane::Customers => &self.panes.customers.row()?.owner.as_ref()?.0,
            Pane::Groups => &self.panes.groups.row()?.owner.0,
            Pane::Board => &self.panes.board.row()?.id,
            Pane::Tags | Pane::Kpi => return None,
        };
        Some(id.as_str().to_owned())
    }
}
