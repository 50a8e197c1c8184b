//! What the panes on screen want to know.
//!
//! Nothing here is pushed by hand: after every message the wanted questions are derived from the state, and those that
//! differ from what the slots hold are asked with a new generation. A changed scope so re-asks every visible slot.

use crate::engine::request::{Question, Scope, Slot};
use crate::filter::{Expr, Filter};

use super::msg::Effect;
use super::overlay::Overlay;
use super::panes::Pane;
use super::state::App;
use super::turn::Turn;

/// The slot of a pane.
pub(super) fn slot_of(pane: Pane) -> Slot {
    match pane {
        Pane::Customers => Slot::Customers,
        Pane::Tags => Slot::Tags,
        Pane::Groups => Slot::Groups,
        Pane::Kpi => Slot::Kpi,
        Pane::Board => Slot::Board,
    }
}

impl App {
    /// Asks what is wanted and not asked, forgets what nobody looks at.
    pub(super) fn ask_wanted(&mut self, turn: &mut Turn) {
        self.drop_marks_of_another_scope(turn);
        let wanted = self.wanted();
        let questions = &mut self.memory.questions;
        for slot in questions.keep_only(|slot| wanted.iter().any(|(w, _)| *w == slot)) {
            self.set_waiting(slot, None);
            if slot == Slot::Found {
                self.forget_found();
            }
            turn.effects.push(Effect::Forget(slot));
        }
        for (slot, question) in wanted {
            if self.memory.questions.standing(slot) == Some(&question) {
                continue;
            }
            self.generation += 1;
            let generation = self.generation;
            self.set_waiting(slot, Some((generation, turn.now.millis)));
            let questions = &mut self.memory.questions;
            questions.put(slot, generation, question.clone());
            turn.effects.push(Effect::Ask(slot, generation, question));
        }
        self.tell_ahead(turn);
    }

    /// The slot's question is asked again even if it has not changed.
    pub(super) fn ask_again(&mut self, slot: Slot) {
        self.memory.questions.stale(slot);
    }

    /// Rows of a pane's list on screen: as last drawn, else estimated from the terminal's size.
    pub(super) fn height(&self, pane: Pane) -> u64 {
        let drawn = self
            .hits
            .lists
            .iter()
            .find(|(p, _)| *p == pane)
            .map(|(_, (_, _, _, height))| *height);
        u64::from(drawn.unwrap_or_else(|| match self.size.1 {
            0 => 20,
            rows => rows.saturating_sub(6),
        }))
        .max(1)
    }

    fn wanted(&self) -> Vec<(Slot, Question)> {
        let mut wanted = vec![(Slot::Sources, Question::Sources)];
        if self.projector.is_some() {
            for pane in [Pane::Groups, Pane::Kpi, Pane::Board] {
                wanted.push((slot_of(pane), self.question(pane)));
            }
            return wanted;
        }
        // The scope line prints hits and pool, whatever pane is on screen.
        wanted.push((Slot::Customers, self.question(Pane::Customers)));
        let mut shown = self.shown();
        // The target of the whole stands above the campaigns and is told with the board.
        if shown.panes.contains(&Pane::Kpi) && !shown.panes.contains(&Pane::Board) {
            shown.panes.push(Pane::Board);
        }
        for pane in shown.panes {
            if pane != Pane::Customers {
                wanted.push((slot_of(pane), self.question(pane)));
            }
        }
        let mut opened = None;
        for overlay in &self.overlays {
            match overlay {
                Overlay::Detail(detail) => opened = Some(detail.id.clone()),
                Overlay::Org(_) => wanted.push((Slot::Org, Question::Org)),
                Overlay::Changes(_) => {
                    opened = self.change_to_look_up();
                    for pane in self.panes_to_look_up() {
                        if !wanted.iter().any(|(slot, _)| *slot == slot_of(pane)) {
                            wanted.push((slot_of(pane), self.question(pane)));
                        }
                    }
                }
                Overlay::Filter(_) => wanted.push((Slot::Names, Question::Names)),
                Overlay::Palette(state) => wanted.extend(self.looked_for(state)),
                Overlay::CommandLine(_)
                | Overlay::Columns(_)
                | Overlay::Definition(_)
                | Overlay::Jobs(_)
                | Overlay::Views(_)
                | Overlay::SaveView(_)
                | Overlay::Prompt(_)
                | Overlay::Question(..)
                | Overlay::Confirm(..) => {}
            }
        }
        let beside = || self.memory.card.of().filter(|_| shown.detail).cloned();
        if let Some(id) = opened.or_else(beside) {
            wanted.push((Slot::Detail, Question::Customer(id)));
        }
        wanted
    }

    /// The filter that is being typed, while it parses.
    fn typed_filter(&self, groups: bool) -> Option<&Filter> {
        match self.overlays.last() {
            Some(Overlay::Filter(edit)) if edit.groups == groups => edit.parsed.as_ref(),
            _ => None,
        }
    }

    /// The condition over customers that is being typed, while it parses.
    pub(super) fn typed_condition(&self) -> Option<Filter> {
        self.typed_filter(false).map(Filter::condition)
    }

    /// The scope looked through: the panes follow a filter while it is typed; the scope itself changes with Enter.
    fn looking(&self) -> Scope {
        let mut scope = self.scope.clone();
        if let Some(typed) = self.typed_condition() {
            scope.filter = typed;
        }
        scope
    }

    /// The scope KPI tree and leaderboard look through: see [`super::behind`].
    fn figures(&self) -> Scope {
        let mut scope = self.scope.clone();
        if let Some(filter) = self.figures_filter() {
            scope.filter = filter.clone();
        }
        scope
    }

    /// The filter over the groups themselves; the projector shows them all, whoever narrowed the pane.
    fn groups_filter(&self) -> Filter {
        if self.projector.is_some() {
            return Filter::default();
        }
        let kept = &self.panes.groups.filter;
        self.typed_filter(true).unwrap_or(kept).clone()
    }

    fn question(&self, pane: Pane) -> Question {
        match pane {
            Pane::Customers => self.window(),
            Pane::Tags => Question::Tags(self.looking()),
            Pane::Groups => Question::Groups {
                scope: self.figures(),
                own_filter: self.groups_filter(),
                sort: self.panes.groups.sort,
                reversed: self.panes.groups.reversed,
            },
            Pane::Kpi => Question::Kpi {
                scope: self.figures(),
                campaign: self.panes.kpi.campaign,
                gmv: self.panes.kpi.gmv,
            },
            Pane::Board => Question::Board {
                scope: self.figures(),
                metric: self.panes.board.metric,
            },
        }
    }

    /// About three screens of customers around the cursor: the standing question as long as the screen is well inside
    /// its window, else one around the screen.
    fn window(&self) -> Question {
        let customers = &self.panes.customers;
        let looking = self.looking();
        let height = self.height(Pane::Customers);
        // Nobody scrolls while typing: what the screen shows, and what keeps it from being asked again.
        let (before, rows) = if self.typed_filter(false).is_some() {
            let before = customers.list.top.min(height / 2);
            (before, before + height * 3 / 2 + 1)
        } else {
            (height, (height * 3).max(60))
        };
        let rows = u32::try_from(rows).unwrap_or(60).min(300);
        let standing = self.memory.questions.standing(Slot::Customers);
        if let Some(Question::Customers {
            scope,
            sort,
            offset,
            rows: asked_rows,
            ..
        }) = standing
            && (scope, sort, *asked_rows) == (&looking, &customers.sort, rows)
        {
            let (from, end, last) = match (&customers.page.value, customers.page.waiting) {
                (Some(page), None) => {
                    let end = page.offset + page.rows.len() as u64;
                    (page.offset, end, end >= page.hits)
                }
                _ => (*offset, offset + u64::from(rows), false),
            };
            let margin = height / 2;
            let above = from == 0 || customers.list.top >= from + margin;
            let below = last || customers.list.top + height + margin <= end;
            if above
                && below
                && let Some(question) = standing
            {
                return question.clone();
            }
        }
        let offset = customers.list.top.saturating_sub(before);
        let from_top = customers.list.index.saturating_sub(offset);
        Question::Customers {
            scope: looking,
            sort: customers.sort.clone(),
            offset,
            rows,
            anchor: customers
                .list
                .kept()
                .cloned()
                .zip(u32::try_from(from_top).ok()),
        }
    }

    fn set_waiting(&mut self, slot: Slot, waiting: Option<(u64, u64)>) {
        match slot {
            Slot::Customers => self.panes.customers.page.waiting = waiting,
            Slot::Tags => self.panes.tags.page.waiting = waiting,
            Slot::Groups => self.panes.groups.page.waiting = waiting,
            Slot::Kpi => self.panes.kpi.page.waiting = waiting,
            Slot::Board => self.panes.board.page.waiting = waiting,
            Slot::Detail | Slot::Sources | Slot::Org | Slot::Names | Slot::Found => {}
        }
    }

    /// The pane's question has not been answered yet.
    pub(super) fn waits(&self, slot: Slot) -> bool {
        match slot {
            Slot::Customers => self.panes.customers.page.waiting.is_some(),
            Slot::Tags => self.panes.tags.page.waiting.is_some(),
            Slot::Groups => self.panes.groups.page.waiting.is_some(),
            Slot::Kpi => self.panes.kpi.page.waiting.is_some(),
            Slot::Board => self.panes.board.page.waiting.is_some(),
            Slot::Detail | Slot::Sources | Slot::Org | Slot::Names | Slot::Found => true,
        }
    }

    /// There is a condition in force.
    pub fn is_filtered(&self) -> bool {
        self.scope.filter.expr != Expr::All
    }
}
