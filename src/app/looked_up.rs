//! Who it was that changed: names of rows on the pages at hand, and customers looked up for the open list of changes.

use crate::domain::{CustomerId, SafeText};
use crate::engine::answer::CustomerDetail;

use super::overlay::Overlay;
use super::panes::Pane;
use super::state::{App, Change};

/// So many of the newest changes are looked up.
const LOOKED_UP: usize = 40;

impl App {
    /// How many changes there are; `1000+` when there were more than are listed.
    pub fn changes_counted(&self) -> String {
        let more = if self.more_changes > 0 { "+" } else { "" };
        format!("{}{more}", self.changes.len())
    }

    /// The name of a row on the pages at hand.
    pub(super) fn name_on_screen(&self, pane: Pane, id: &str) -> Option<SafeText> {
        let panes = &self.panes;
        match pane {
            Pane::Customers => {
                let rows = &panes.customers.page.value.as_ref()?.rows;
                let row = rows.iter().find(|row| row.id.as_str() == id);
                row.map(|row| row.name.clone())
            }
            Pane::Groups => {
                let rows = &panes.groups.page.value.as_ref()?.rows;
                let row = rows.iter().find(|row| row.id.as_str() == id);
                row.map(|row| row.name.clone())
            }
            Pane::Board => {
                let rows = &panes.board.page.value.as_ref()?.rows;
                let row = rows.iter().find(|row| row.id.as_str() == id);
                row.map(|row| row.name.clone())
            }
            Pane::Tags | Pane::Kpi => None,
        }
    }

    /// Panes that are asked for the open list of changes alone: they know the groups and the staff of whom no name is known.
    pub(super) fn panes_to_look_up(&self) -> impl Iterator<Item = Pane> {
        let nameless = |pane: Pane| {
            let mut changes = self.changes.iter();
            changes.any(|change| change.pane == pane && change.name.as_str().is_empty())
        };
        [Pane::Groups, Pane::Board]
            .into_iter()
            .filter(move |pane| nameless(*pane))
    }

    /// A page has come: changes of its rows have names now.
    pub(super) fn name_changes(&mut self, pane: Pane) {
        let mut changes = std::mem::take(&mut self.changes);
        let nameless = changes
            .iter_mut()
            .filter(|change| change.pane == pane && change.name.as_str().is_empty());
        for change in nameless {
            if let Some(name) = self.name_on_screen(pane, &change.id) {
                change.name = name;
                self.dirty = true;
            }
        }
        self.changes = changes;
    }

    /// The customer to look up for the open list of changes: the newest of whom too little is known.
    pub(super) fn change_to_look_up(&self) -> Option<CustomerId> {
        let unknown = |change: &&Change| {
            let known = !change.name.as_str().is_empty() && !change.what.is_empty();
            change.pane == Pane::Customers && !known && !change.looked_up
        };
        let mut newest = self.changes.iter().rev().take(LOOKED_UP);
        let change = newest.find(unknown)?;
        Some(change.id.as_str().into())
    }

    /// Takes the customer looked up for the open list of changes, or that there is none any more; false when it was not
    /// for the list that somebody was looked up.
    pub(super) fn is_looked_up(&mut self, found: Option<&CustomerDetail>) -> bool {
        let listed = |overlay: &Overlay| matches!(overlay, Overlay::Changes(_));
        let wanted = self.change_to_look_up();
        if !self.overlays.iter().any(listed)
            || wanted.is_none()
            || wanted.as_ref() != self.memory.questions.customer()
        {
            return false;
        }
        let of = |change: &&mut Change| {
            let id = wanted.as_ref().map(CustomerId::as_str);
            change.pane == Pane::Customers && Some(change.id.as_str()) == id
        };
        if let Some(change) = self.changes.iter_mut().find(of) {
            change.looked_up = true;
            if let Some(detail) = found {
                change.name.clone_from(&detail.row.name);
                change.event = detail.timeline.first().cloned();
            }
        }
        self.dirty = true;
        true
    }
}
