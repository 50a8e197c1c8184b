//! Orders of people outside the pool behind a figure: no list of customers shows them, so the list says how many it leaves
//! out and what they came to.

use super::App;
use super::panes::Pane;
use crate::domain::Fen;
use crate::engine::answer::{BoardMetric, BoardRow};
use crate::engine::request::Scope;
use crate::filter::{Expr, edit};

/// What the list opened from a figure leaves out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outside {
    /// The list it is said of.
    of: Scope,
    orders: u32,
    money: Fen,
    /// What the figure counted, where it counted adds.
    adds: u32,
    /// Members that groups counted.
    members: u32,
}

impl App {
    /// Notes what the list behind rows of the board will leave out.
    pub(super) fn note_outside(&mut self, expr: &Expr) {
        match self.focus {
            Pane::Board => {}
            Pane::Groups => return self.note_members(expr),
            Pane::Customers | Pane::Tags | Pane::Kpi => return,
        }
        let orders = self.chosen_staff().map(|row| row.outside_orders).sum();
        let money = Fen::total_held(self.chosen_staff().map(|row| row.outside));
        let of_adds = self.panes.board.metric == BoardMetric::Adds;
        let counted = |row: &BoardRow| row.adds.filter(|_| of_adds);
        let adds = self.chosen_staff().filter_map(counted).sum();
        if orders == 0 && money.0 == 0 && adds == 0 {
            self.memory.outside = None;
            return;
        }
        self.memory.outside = Some(Outside {
            of: self.scope_behind(expr),
            orders,
            money,
            adds,
            members: 0,
        });
    }

    fn scope_behind(&self, expr: &Expr) -> Scope {
        Scope {
            filter: edit::and(&self.scope.filter, expr.clone()),
            ..self.scope.clone()
        }
    }

    /// Notes how many members the groups counted: those of the last day measured, in the pool or not. Under a condition
    /// the list is of other people anyway.
    fn note_members(&mut self, expr: &Expr) {
        let is_narrowed = self.is_filtered() || self.scope.org.is_some();
        let members = self.chosen_groups().filter_map(|row| row.members).sum();
        self.memory.outside = (members > 0 && !is_narrowed).then(|| Outside {
            of: self.scope_behind(expr),
            orders: 0,
            money: Fen(0),
            adds: 0,
            members,
        });
    }

    /// Orders of people outside the pool, and what they came to, that the figure had and the list of customers has not.
    pub fn outside(&self) -> Option<(u32, Fen)> {
        let outside = self.memory.outside.as_ref()?;
        let is_any = outside.orders > 0 || outside.money.0 != 0;
        (is_any && outside.of == self.scope).then_some((outside.orders, outside.money))
    }

    /// Members that the groups counted, where a list of so many customers is of others.
    pub fn members_beside(&self, listed: u64) -> Option<u64> {
        let outside = self.memory.outside.as_ref()?;
        let members = u64::from(outside.members);
        (members > 0 && members != listed && outside.of == self.scope).then_some(members)
    }

    /// Adds that the figure counted and a list of so many customers has not: of people outside the pool, or of somebody
    /// who was added more than once.
    pub fn adds_beside(&self, listed: u64) -> Option<u64> {
        let outside = self.memory.outside.as_ref()?;
        let beside = u64::from(outside.adds).saturating_sub(listed);
        (beside > 0 && outside.of == self.scope).then_some(beside)
    }
}
