//! Moving about in the panes, marking rows, putting them in order.

use crate::engine::request::GroupSort;
use crate::filter::edit::TriState;
use crate::filter::fields::spec;
use crate::filter::{Field, SortKey};

use super::command::{Command, Motion};
use super::list::scrolled;
use super::overlay::Overlay;
use super::panes::Pane;
use super::panes::kpi::Line;
use super::state::{App, Prefix};
use super::turn::Turn;

impl App {
    /// Moves the cursor of the customer list up or down with nothing over the list: of all that is on screen only the
    /// cursor may change, which is noted where it is so. False: another kind of move, nothing was done.
    pub(super) fn move_along_rows(&mut self, command: Command) -> bool {
        let Command::Move(motion) = command else {
            return false;
        };
        let sideways = matches!(motion, Motion::Left | Motion::Right);
        let over = self.projector.is_some() || !self.overlays.is_empty();
        if self.focus != Pane::Customers || sideways || over {
            return false;
        }
        let customers = &self.panes.customers;
        let (from, top) = (customers.list.index, customers.list.top);
        let known = customers.is_settled();
        self.move_in_pane(motion);
        let customers = &self.panes.customers;
        if known && customers.list.top == top && customers.row().is_some() {
            self.moved.get_or_insert(from);
        } else {
            self.dirty = true;
        }
        self.last_command = Some(command);
        true
    }

    /// Moves the cursor of the focused pane.
    pub(super) fn move_in_pane(&mut self, motion: Motion) {
        let pane = self.focus;
        if let Some(to) = motion.goal(self.cursor_at(pane), self.rows_of(pane), self.height(pane)) {
            let before = self.top_of(pane);
            self.place_in(pane, to);
            match motion {
                Motion::Up | Motion::Down => self.scroll_on(pane, before),
                // The first row is asked for, whoever it is and comes to be.
                Motion::Top => self.hold_row(pane, false),
                Motion::HalfUp
                | Motion::HalfDown
                | Motion::PageUp
                | Motion::PageDown
                | Motion::Bottom
                | Motion::Left
                | Motion::Right => {}
            }
            return;
        }
        let unfold = motion == Motion::Right;
        match pane {
            Pane::Customers => return self.panes.customers.scroll(unfold),
            Pane::Tags => self.panes.tags.fold(unfold),
            Pane::Kpi => self.panes.kpi.fold(unfold),
            Pane::Groups | Pane::Board => return,
        }
        self.place_in(pane, self.cursor_at(pane));
    }

    /// The row under a list's cursor is the one somebody means, and stays under it; or it is the first, whoever that is.
    pub(super) fn hold_row(&mut self, pane: Pane, held: bool) {
        let panes = &mut self.panes;
        match pane {
            Pane::Customers => panes.customers.list.held = held,
            Pane::Groups => panes.groups.list.held = held,
            Pane::Board => panes.board.list.held = held,
            // Their rows do not change places.
            Pane::Tags | Pane::Kpi => {}
        }
    }

    /// Past an edge of its screen, which began at the row `before`, a list goes on by the rows that the terminal and the
    /// line make worth it.
    fn scroll_on(&mut self, pane: Pane, before: u64) {
        let drawn = self.hits.lists.iter().find(|(drawn, _)| *drawn == pane);
        let Some((_, (_, _, width, _))) = drawn else {
            return;
        };
        // A frame takes a column on either side.
        let lines = if width.saturating_add(2) < self.size.0 {
            self.look.scroll.beside
        } else {
            self.look.scroll.across
        };
        let (count, height) = (self.rows_of(pane), self.height(pane));
        let to = scrolled(before, self.top_of(pane), lines, count, height);
        let panes = &mut self.panes;
        let row = usize::try_from(to).unwrap_or(usize::MAX);
        match pane {
            Pane::Customers => panes.customers.list.top = to,
            Pane::Groups => panes.groups.list.top = to,
            Pane::Board => panes.board.list.top = to,
            Pane::Tags => panes.tags.top = row,
            Pane::Kpi => panes.kpi.top = row,
        }
    }

    /// The first row of a pane on screen.
    fn top_of(&self, pane: Pane) -> u64 {
        let panes = &self.panes;
        match pane {
            Pane::Customers => panes.customers.list.top,
            Pane::Groups => panes.groups.list.top,
            Pane::Board => panes.board.list.top,
            Pane::Tags => panes.tags.top as u64,
            Pane::Kpi => panes.kpi.top as u64,
        }
    }

    /// Position of a pane's cursor among its rows.
    pub(super) fn cursor_at(&self, pane: Pane) -> u64 {
        match pane {
            Pane::Customers => self.panes.customers.list.index,
            Pane::Groups => self.panes.groups.list.index,
            Pane::Board => self.panes.board.list.index,
            Pane::Tags => self.panes.tags.at() as u64,
            Pane::Kpi => self.panes.kpi.at() as u64,
        }
    }

    /// Rows of a pane, all of them.
    pub fn rows_of(&self, pane: Pane) -> u64 {
        let panes = &self.panes;
        match pane {
            Pane::Customers => panes
                .customers
                .page
                .value
                .as_ref()
                .map_or(0, |page| page.hits),
            Pane::Groups => panes
                .groups
                .page
                .value
                .as_ref()
                .map_or(0, |page| page.rows.len() as u64),
            Pane::Board => panes
                .board
                .page
                .value
                .as_ref()
                .map_or(0, |page| page.rows.len() as u64),
            Pane::Tags => panes.tags.rows().len() as u64,
            Pane::Kpi => panes.kpi.rows().len() as u64,
        }
    }

    /// Puts a pane's cursor on a row; false when there are no rows.
    pub(super) fn place_in(&mut self, pane: Pane, to: u64) -> bool {
        let (count, height) = (self.rows_of(pane), self.height(pane));
        if count == 0 {
            return false;
        }
        let panes = &mut self.panes;
        match pane {
            Pane::Customers => {
                let list = &mut panes.customers.list;
                list.place(to, count, height);
                if let Some(page) = &panes.customers.page.value
                    && let Some(row) = list
                        .index
                        .checked_sub(page.offset)
                        .and_then(|at| page.rows.get(usize::try_from(at).ok()?))
                {
                    list.cursor = Some(row.id.clone());
                }
            }
            Pane::Groups => {
                if let Some(page) = &panes.groups.page.value {
                    panes.groups.list.place(to, count, height);
                    panes
                        .groups
                        .list
                        .settle(&page.rows, 0, count, |row| &row.id);
                }
            }
            Pane::Board => {
                if let Some(page) = &panes.board.page.value {
                    panes.board.list.place(to, count, height);
                    panes.board.list.settle(&page.rows, 0, count, |row| &row.id);
                }
            }
            Pane::Tags => panes.tags.place(to, height),
            Pane::Kpi => panes.kpi.place(to, height),
        }
        true
    }

    /// Puts a pane's cursor on a line of the screen.
    pub(super) fn place_on_line(&mut self, pane: Pane, line: u64) {
        let top = self.top_of(pane);
        if top + line < self.rows_of(pane) {
            self.place_in(pane, top + line);
        }
    }

    /// Sort keys and metrics.
    pub(super) fn run_order(&mut self, command: Command, turn: &mut Turn) {
        match command {
            Command::Sort(field) => self.sort_by(field),
            Command::SortGroups(sort) => {
                let groups = &mut self.panes.groups;
                groups.reversed = groups.sort == sort && !groups.reversed;
                groups.sort = sort;
                groups.list.restart();
            }
            Command::SortReverse if self.focus == Pane::Groups => {
                self.panes.groups.reversed = !self.panes.groups.reversed;
                self.panes.groups.list.restart();
            }
            Command::SortReverse => {
                let mut sort = self.panes.customers.sort();
                if let Some(first) = sort.first_mut() {
                    first.descending = !first.descending;
                }
                self.panes.customers.sort = sort;
                self.panes.customers.list.restart();
            }
            Command::SortDefault if self.focus == Pane::Groups => {
                self.panes.groups.sort = GroupSort::default();
                self.panes.groups.reversed = false;
                self.panes.groups.list.restart();
            }
            Command::SortDefault => {
                self.panes.customers.sort.clear();
                self.panes.customers.list.restart();
            }
            Command::SortSecond => {
                self.panes.customers.second = true;
                let contexts = self.contexts();
                let first = self
                    .keymap
                    .keys_of(&contexts, Command::SortSecond)
                    .first()
                    .and_then(|chords| chords.first().copied());
                self.prefix = first.map(|chord| Prefix {
                    chords: vec![chord],
                    since: turn.now.millis,
                });
                return;
            }
            Command::Gmv(gmv) => self.panes.kpi.gmv = gmv,
            Command::BoardMetric(metric) => {
                self.panes.board.metric = metric;
                self.panes.board.list.restart();
            }
            _ => {}
        }
        self.keep(turn);
    }

    /// Sorts by a field: largest (newest, worst) first where that is what needs the operator; the same key reverses.
    pub(super) fn sort_by(&mut self, field: Field) {
        let customers = &mut self.panes.customers;
        let mut sort = customers.sort();
        let second = std::mem::take(&mut customers.second);
        let key = SortKey {
            field,
            descending: !spec(field).ascends,
        };
        match sort.iter_mut().find(|known| known.field == field) {
            Some(known) if second || sort_is_first(&customers.sort(), field) => {
                known.descending = !known.descending;
            }
            _ if second => sort.push(key),
            _ => sort = vec![key],
        }
        customers.sort = sort;
        customers.list.restart();
    }

    /// Enter in a pane.
    pub(super) fn open(&mut self, turn: &mut Turn) {
        match self.focus {
            Pane::Customers => {
                if let Some(id) = self.panes.customers.list.cursor.clone() {
                    let known = self.detail.as_ref().filter(|d| d.id == id);
                    let detail = known.and_then(|d| d.detail.clone());
                    self.overlays
                        .push(Overlay::Detail(super::overlay::DetailState {
                            id,
                            detail,
                            top: 0,
                        }));
                }
            }
            Pane::Tags if self.panes.tags.tag().is_none() => self.panes.tags.toggle_fold(),
            Pane::Tags if self.tag_state() == TriState::Any => self.open_behind(turn),
            Pane::Tags => {
                // The tag is in the filter already: look at who is left.
                self.remember();
                self.focus_on(Pane::Customers);
                self.keep(turn);
            }
            Pane::Kpi => self.open_kpi(turn),
            Pane::Groups | Pane::Board => self.open_behind(turn),
        }
    }

    /// The people behind the row under the cursor.
    pub(super) fn open_behind(&mut self, turn: &mut Turn) {
        match self.behind_row() {
            Some(expr) => {
                self.note_outside(&expr);
                self.drill(expr, turn);
            }
            None => self.toast(
                turn,
                (
                    "这一行背后没有可列的客户",
                    "There are no customers to list behind this row",
                ),
                false,
            ),
        }
    }

    fn open_kpi(&mut self, turn: &mut Turn) {
        let kpi = &mut self.panes.kpi;
        let line = kpi.rows().get(kpi.at()).copied();
        let opened = kpi.page.value.as_ref().and_then(|page| page.campaign);
        let head = kpi.head().map(|head| head.id);
        match line {
            Some(Line::Campaign(_)) if head != opened => {
                kpi.campaign = head;
                kpi.folded.remove("");
            }
            Some(Line::Campaign(_) | Line::Node(_)) => self.open_behind(turn),
            None => {}
        }
    }
}

fn sort_is_first(sort: &[SortKey], field: Field) -> bool {
    sort.first().is_some_and(|key| key.field == field)
}
