//! Orders and refunds of a scope on their way out: masked here, where they leave the store.

use std::collections::HashSet;

use crate::domain::period::Period;
use crate::domain::{AsOf, CustomerId, Fen, SafeText, mask};
use crate::engine::Disclosure;
use crate::store::active::{self, Active};
use crate::store::sums::{self, Between, Of, Sums, Within};
use crate::store::trade::{self, PaidBack, PaidOrder};
use crate::store::{Doing, StoreError};

use super::Workspace;

/// Whose orders.
#[derive(Clone, Copy, Debug)]
pub struct Whose<'a> {
    /// Paid, or given back, in this period.
    pub period: Period,
    /// Only of these customers; `None` is everybody, people outside the pool included.
    pub customers: Option<&'a HashSet<CustomerId>>,
    /// Whose comings and goings are added up.
    pub moves: Between<'a>,
}

impl Whose<'_> {
    fn is(&self, customer: Option<&std::sync::Arc<str>>) -> bool {
        self.customers
            .is_none_or(|those| customer.is_some_and(|id| those.contains(&CustomerId(id.clone()))))
    }

    fn of(&self) -> Of<'_> {
        Of {
            customers: self.customers,
            moves: self.moves,
        }
    }
}

impl Workspace {
    /// What the period adds up to.
    pub fn sums(&self, whose: Whose<'_>) -> Result<Sums, StoreError> {
        let within = Within {
            period: whose.period,
            until: None,
        };
        sums::read_all(&self.conn, within, whose.of())
    }

    /// The same of what happened at an instant at the latest, unix seconds; without what customers spent in all of history.
    pub fn sums_until(&self, whose: Whose<'_>, until: Option<i64>) -> Result<Sums, StoreError> {
        let within = Within {
            period: whose.period,
            until,
        };
        sums::read(&self.conn, within, whose.of())
    }

    /// One metric of the period's money by its code (see [`sums::money`]).
    pub fn money(&self, code: &str, whose: Whose<'_>) -> Result<Option<Fen>, StoreError> {
        let within = Within {
            period: whose.period,
            until: None,
        };
        sums::money(&self.conn, code, within, whose.customers)
    }

    /// Who of them did something of their own in the 30 days to now; `None` where nothing tells of it.
    pub fn active(&self, whose: Whose<'_>, as_of: AsOf) -> Result<Option<Active>, StoreError> {
        active::read(&self.conn, whose.customers, as_of)
    }

    /// Orders that are looked at in a period: for progress.
    pub fn orders_within(&self, period: Period) -> Result<u64, StoreError> {
        trade::orders_within(&self.conn, period)
    }

    /// Refunds that are looked at in a period: for progress.
    pub fn refunds_within(&self, period: Period) -> Result<u64, StoreError> {
        trade::refunds_within(&self.conn, period)
    }

    /// Hands on the orders of one state of the file, one after the other; `None` for one that is somebody else's.
    pub fn each_order<E: From<StoreError>>(
        &self,
        whose: Whose<'_>,
        mut take: impl FnMut(Option<PaidOrder>) -> Result<(), E>,
    ) -> Result<(), E> {
        let hides = Hides(self.disclosure);
        let tx = self.conn.unchecked_transaction().doing("reading orders")?;
        trade::each_order(&tx, whose.period, |mut order| {
            if !whose.is(order.customer.as_ref()) {
                return take(None);
            }
            order.name = hides.name(order.name);
            let own = order
                .customer
                .as_deref()
                .is_some_and(|id| id == order.buyer_key.as_str());
            if !own && !order.buyer_key.as_str().starts_with("order:") {
                order.buyer_key = hides.key(order.buyer_key);
            }
            take(Some(order))
        })
    }

    /// The same of refunds.
    pub fn each_refund<E: From<StoreError>>(
        &self,
        whose: Whose<'_>,
        mut take: impl FnMut(Option<PaidBack>) -> Result<(), E>,
    ) -> Result<(), E> {
        let hides = Hides(self.disclosure);
        let tx = self.conn.unchecked_transaction().doing("reading refunds")?;
        trade::each_refund(&tx, whose.period, |mut refund| {
            if !whose.is(refund.customer.as_ref()) {
                return take(None);
            }
            refund.name = hides.name(refund.name);
            take(Some(refund))
        })
    }
}

/// What is hidden of people.
#[derive(Clone, Copy)]
struct Hides(Disclosure);

impl Hides {
    fn name(self, name: SafeText) -> SafeText {
        match self.0 {
            Disclosure::Masked => SafeText::new(&mask::name(name.as_str())),
            Disclosure::Usual | Disclosure::Whole => name,
        }
    }

    /// The key of a buyer outside the pool is often a phone.
    fn key(self, key: SafeText) -> SafeText {
        match self.0 {
            Disclosure::Masked | Disclosure::Usual => SafeText::new(&mask::phone(key.as_str())),
            Disclosure::Whole => key,
        }
    }
}
