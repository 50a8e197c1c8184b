//! Marks of the lists: row by row, a range, everything under the filter, turned round.

use crate::engine::answer::{BoardRow, GroupRow};

use super::command::{Command, Motion};
use super::panes::Pane;
use super::state::App;
use super::turn::Turn;

impl App {
    /// Marks of the lists; on tags the three states.
    pub(super) fn run_marks(&mut self, command: Command, turn: &mut Turn) {
        let pane = self.focus;
        if pane == Pane::Tags {
            self.cycle_tag(turn);
            return;
        }
        let at = self.cursor_at(pane);
        match command {
            Command::MarkRange => {
                let anchor = self.anchor(pane).unwrap_or(at);
                self.mark_rows(pane, at.min(anchor)..at.max(anchor) + 1, false);
            }
            Command::MarkAll => self.mark_all(pane),
            Command::MarkInvert => self.invert_marks(pane),
            _ => {
                self.mark_rows(pane, at..at + 1, true);
                self.set_anchor(pane, at);
                self.move_in_pane(Motion::Down);
            }
        }
    }

    fn mark_all(&mut self, pane: Pane) {
        match pane {
            Pane::Customers => {
                self.panes.customers.list.mark_all();
                self.panes.customers.kept.clear();
                self.note_marks(true);
            }
            Pane::Groups => self.panes.groups.list.mark_all(),
            Pane::Board => self.panes.board.list.mark_all(),
            Pane::Tags | Pane::Kpi => {}
        }
    }

    fn invert_marks(&mut self, pane: Pane) {
        let all = match pane {
            Pane::Customers => {
                // They stand where they stood, whichever way round.
                let were_elsewhere = self.names_others();
                self.note_marks(true);
                self.memory.marks_mixed = were_elsewhere;
                &mut self.panes.customers.list.all
            }
            Pane::Groups => &mut self.panes.groups.list.all,
            Pane::Board => &mut self.panes.board.list.all,
            Pane::Tags | Pane::Kpi => return,
        };
        *all = !*all;
    }

    /// "All of the filter" means the filter it was said under: under another one nothing is marked.
    pub(super) fn drop_marks_of_another_scope(&mut self, turn: &mut Turn) {
        let list = &mut self.panes.customers.list;
        if list.all && self.memory.marks_of.as_ref() != Some(&self.scope) {
            list.all = false;
            list.marked.clear();
            self.panes.customers.kept.clear();
            let words = (
                "筛选变了, 全选已取消",
                "Another filter: what was marked is unmarked",
            );
            self.toast(turn, words, false);
        }
    }

    /// The groups a key is about.
    pub(super) fn chosen_groups(&self) -> impl Iterator<Item = &GroupRow> {
        let groups = &self.panes.groups;
        let rows = groups.page.value.iter().flat_map(|page| &page.rows);
        rows.filter(|row| groups.list.is_chosen(&row.id))
    }

    /// The staff a key is about.
    pub(super) fn chosen_staff(&self) -> impl Iterator<Item = &BoardRow> {
        let board = &self.panes.board;
        let rows = board.page.value.iter().flat_map(|page| &page.rows);
        rows.filter(|row| board.list.is_chosen(&row.id))
    }

    /// Notes under which scope customers are marked; `afresh` where no earlier mark stays.
    fn note_marks(&mut self, afresh: bool) {
        let list = &self.panes.customers.list;
        let is_first = afresh || list.marked.is_empty() && !list.all;
        let is_here = self.memory.marks_of.as_ref() == Some(&self.scope);
        self.memory.marks_mixed = !is_first && (self.memory.marks_mixed || !is_here);
        if is_first {
            self.memory.marks_of = Some(self.scope.clone());
        }
    }

    /// Customers are marked who may stand outside the list on screen: they were marked under another scope.
    pub fn marked_elsewhere(&self) -> bool {
        self.names_others() && !self.panes.customers.list.all
    }

    /// Some of those marked, or left out of all, were so under another scope.
    fn names_others(&self) -> bool {
        let of = self.memory.marks_of.as_ref();
        let is_elsewhere = self.memory.marks_mixed || of.is_some_and(|of| *of != self.scope);
        is_elsewhere && !self.panes.customers.list.marked.is_empty()
    }

    fn anchor(&self, pane: Pane) -> Option<u64> {
        match pane {
            Pane::Customers => self.panes.customers.list.anchor,
            Pane::Groups => self.panes.groups.list.anchor,
            Pane::Board => self.panes.board.list.anchor,
            Pane::Tags | Pane::Kpi => None,
        }
    }

    fn set_anchor(&mut self, pane: Pane, at: u64) {
        match pane {
            Pane::Customers => self.panes.customers.list.anchor = Some(at),
            Pane::Groups => self.panes.groups.list.anchor = Some(at),
            Pane::Board => self.panes.board.list.anchor = Some(at),
            Pane::Tags | Pane::Kpi => {}
        }
    }

    /// Marks (or inverts the marks of) the loaded rows at these positions.
    fn mark_rows(&mut self, pane: Pane, rows: std::ops::Range<u64>, invert: bool) {
        if pane == Pane::Customers {
            self.note_marks(false);
        }
        let panes = &mut self.panes;
        let cut = |offset: u64| {
            let skip = usize::try_from(rows.start.saturating_sub(offset)).unwrap_or(usize::MAX);
            let end = usize::try_from(rows.end.saturating_sub(offset)).unwrap_or(usize::MAX);
            (skip, end.saturating_sub(skip))
        };
        match pane {
            Pane::Customers => {
                let customers = &mut panes.customers;
                let Some(listed) = &customers.page.value else {
                    return;
                };
                let (skip, take) = cut(listed.offset);
                for row in listed.rows.iter().skip(skip).take(take) {
                    if invert {
                        customers.list.toggle(&row.id);
                    } else {
                        customers.list.mark(&row.id);
                    }
                    customers.kept.insert(row.id.clone(), row.clone());
                }
                let marked = &customers.list.marked;
                customers.kept.retain(|id, _| marked.contains(id));
            }
            Pane::Groups => {
                let Some(listed) = &panes.groups.page.value else {
                    return;
                };
                let (skip, take) = cut(0);
                for row in listed.rows.iter().skip(skip).take(take) {
                    if invert {
                        panes.groups.list.toggle(&row.id);
                    } else {
                        panes.groups.list.mark(&row.id);
                    }
                }
            }
            Pane::Board => {
                let Some(listed) = &panes.board.page.value else {
                    return;
                };
                let (skip, take) = cut(0);
                for row in listed.rows.iter().skip(skip).take(take) {
                    if invert {
                        panes.board.list.toggle(&row.id);
                    } else {
                        panes.board.list.mark(&row.id);
                    }
                }
            }
            Pane::Tags | Pane::Kpi => {}
        }
    }
}
