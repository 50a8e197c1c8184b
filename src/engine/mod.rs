//! The customers in memory: columns, tag lists, orders by day; filter, facets, order, window.
//!
//! One thread owns an [`Engine`] and asks it; threads are used for the load alone ([`load`]). A customer is a *row*: a
//! number given in order of `external_userid` at the load and never given again. A filter is a set of rows ([`bits`]),
//! counts are set sizes, a window is a walk along a kept order under the set. What it answers is in [`answer`].
//!
//! # Memory
//!
//! About 125 bytes a customer with five tags and three orders: numbers in one, three or four bytes with a side table for
//! wide ones, words as codes of one byte or two, texts in one piece, order ids front-coded, tags as each row's own list.
//! Sets per tag, orders per column and the pinyin of names are built on first use and kept in small numbers.

pub mod answer;
mod apply;
pub mod bits;
pub mod board;
mod boards;
mod cells;
mod circles;
mod column;
mod counts;
mod culprit;
mod customers;
mod daily;
mod derived;
mod doubt;
pub mod groups;
mod ids;
pub mod kpi;
pub mod load;
pub mod moved;
mod named;
mod names;
mod narrow;
mod order;
mod page;
mod pair;
mod people;
mod phones;
pub mod reached;
pub mod reckoning;
pub mod request;
mod sales;
mod scan;
mod select;
mod selection;
pub mod shared;
mod sorting;
mod spans;
mod sparse;
mod tags;
mod takings;
mod tally;
mod text;
mod typed;
mod window;

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::group_health::Buyers;
use crate::domain::{ChatId, Day};

use circles::{Groups, Steps};
pub use page::{Disclosure, ListAsk};
pub use select::{Ground, StaffSet};
pub use selection::{Selection, ages};
pub use tally::BoardCounts;

use boards::Boards;
use customers::Customers;
use daily::Days;
use derived::Derived;
use names::Words;
use order::Orders;
use people::Strangers;
use sales::{Adds, Sales};
use selection::Selections;
use tags::TagLists;
use takings::Picked;
use typed::Typed;

/// Everything the panes ask about, in memory.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    customers: Customers,
    tags: TagLists,
    words: Words,
    sales: Sales,
    adds: Adds,
    groups: Groups,
    steps: Steps,
    strangers: Strangers,
    derived: Option<Derived>,
    orders: Orders,
    typed: Typed,
    selections: Selections,
    picked: Picked,
    boards: Boards,
    days: Days,
    /// Σ spend of all, fen, once asked for.
    spent: Option<i128>,
    /// Buyers by group as of a day.
    bought: Option<(Day, Arc<HashMap<ChatId, Buyers>>)>,
}

impl Engine {
    /// Customers of the pool.
    pub fn pool(&self) -> u64 {
        self.customers.live.count()
    }

    /// There are orders: who did not buy is known.
    pub fn has_orders(&self) -> bool {
        !self.sales.person.is_empty()
    }

    /// Bytes its columns hold, by part.
    pub fn bytes(&self) -> Vec<(&'static str, usize)> {
        let mut parts = self.customers.bytes();
        parts.extend(self.tags.bytes());
        parts.extend(self.sales.bytes());
        parts.extend([
            ("adds", self.adds.bytes()),
            ("groups", self.groups.bytes()),
            ("steps", self.steps.bytes()),
            ("strangers", self.strangers.bytes()),
            ("scores", self.derived.as_ref().map_or(0, Derived::bytes)),
            ("kept orders", self.orders.bytes()),
            ("typed", self.typed.bytes()),
            ("selections", self.selections.bytes()),
            ("picked orders", self.picked.bytes()),
            ("boards", self.boards.bytes()),
            ("days", self.days.bytes()),
        ]);
        parts
    }
}
