//! Groups, KPI tree and leaderboard under a filter that is being typed. Rows, counts and facets follow every character;
//! these follow once the typing rests, and say that they are behind until then: nobody reads a ranking between two characters,
//! and its sums over all orders would make the next character wait.

use super::App;
use crate::filter::Filter;

/// The typing rests when no character has come for so long, milliseconds.
const REST: u64 = 120;

/// The typed filter that is looked through, and the one that will be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Behind {
    /// Looked through; `None` while nothing is typed.
    of: Option<Filter>,
    next: Option<Next>,
}

/// A filter not looked through yet.
#[derive(Clone, Debug, PartialEq)]
struct Next {
    filter: Filter,
    /// Behind since (monotonic milliseconds).
    since: u64,
    /// Looked through from this moment on.
    at: u64,
}

impl App {
    /// Lets what waits for a rest follow: the card the cursor, the figures the typing.
    pub(super) fn follow(&mut self, millis: u64) {
        self.follow_cursor(millis);
        self.follow_typing(millis);
    }

    /// When one of them follows, monotonic milliseconds.
    pub(super) fn follow_due(&self) -> Option<u64> {
        let figures = self.memory.behind.next.as_ref().map(|next| next.at);
        [self.memory.card.due(), figures]
            .into_iter()
            .flatten()
            .min()
    }

    /// Notes where the cursor stands, and lets the card follow it when its time has come. The first card comes at once.
    fn follow_cursor(&mut self, millis: u64) {
        let customers = &self.panes.customers;
        let cursor = customers.list.cursor.clone();
        let mut page = customers.page.value.iter();
        if cursor.is_none() && page.any(|page| page.hits > 0) {
            // Its row comes with the next answer.
            return;
        }
        self.memory.card.follow(cursor, millis);
    }

    /// Notes what is typed, and lets the figures follow when its time has come.
    fn follow_typing(&mut self, millis: u64) {
        let Some(typed) = self.typed_condition() else {
            self.memory.behind = Behind::default();
            return;
        };
        let before = || self.scope.filter.condition();
        let behind = &mut self.memory.behind;
        let of = behind.of.get_or_insert_with(before);
        if *of == typed {
            behind.next = None;
            return;
        }
        if behind.next.as_ref().map(|next| &next.filter) != Some(&typed) {
            let since = behind.next.as_ref().map_or(millis, |next| next.since);
            behind.next = Some(Next {
                filter: typed,
                since,
                at: millis + REST,
            });
        }
        if let Some(next) = behind.next.take_if(|next| next.at <= millis) {
            behind.of = Some(next.filter);
        }
    }

    /// The filter the figures look through while one is typed.
    pub(super) fn figures_filter(&self) -> Option<&Filter> {
        self.memory.behind.of.as_ref()
    }

    /// Since when KPI tree and leaderboard are behind the filter being typed (monotonic milliseconds).
    pub fn behind_since(&self) -> Option<u64> {
        self.memory.behind.next.as_ref().map(|next| next.since)
    }
}
