//! The first customers, before the engine is ready: by spend, since who is at risk is not known yet.

use crate::domain::AsOf;
use crate::engine::answer::CustomersPage;
use crate::engine::request::{Answer, Question, Scope};
use crate::store::{Doing, StoreError, customers};

use super::{Workspace, row};

/// Pages kept while the first customers are read: the upper ones of every index, and some rows' own.
const FIRST_PAGES: i64 = 48;

impl Workspace {
    /// The top of the list by spend (risk is not known yet), straight from SQL, before the engine is ready. Any other question waits.
    pub(super) fn first_page(
        &mut self,
        question: &Question,
        scope: &Scope,
        as_of: AsOf,
    ) -> Result<Option<Answer>, StoreError> {
        let Question::Customers { sort, rows, .. } = question else {
            return Ok(None);
        };
        if *scope
            != (Scope {
                period: scope.period,
                ..Scope::default()
            })
            || !sort.is_empty()
            || self.is_held()
        {
            return Ok(None);
        }
        let stamp = self.stamp(scope, as_of)?;
        let ahead = self.first.take();
        self.brief = ahead.as_ref().is_some_and(|(_, rows)| !rows.is_empty());
        let (pool, listed) = match ahead {
            Some(first) => first,
            None => customers::first_screen(&self.conn, *rows)?,
        };
        Ok(Some(Answer::Customers(CustomersPage {
            stamp,
            hits: pool.customers,
            pool: pool.customers,
            spend: pool.spend,
            offset: 0,
            rows: listed
                .into_iter()
                .map(|one| row::shown(one, self.disclosure))
                .collect(),
            anchor_at: None,
            preliminary: true,
            sketch: self.brief,
            culprit: None,
        })))
    }

    /// The sketch was told.
    pub(super) fn has_told_sketch(&self) -> bool {
        self.brief
    }

    /// The first answers are out: what was read ahead goes. Whether the list was a sketch of what was asked for.
    pub(super) fn end_read_ahead(&mut self) -> bool {
        self.first = None;
        std::mem::take(&mut self.brief)
    }

    /// Reads a sketch of the first customers for the first answer to come: as many as the screen has rows.
    pub fn read_ahead(&mut self, rows: u16) -> Result<(), StoreError> {
        if self.is_held() {
            return Ok(());
        }
        // Hundreds of pages are read once each: touching memory for the first time costs more than reading again.
        let usual: i64 = self
            .conn
            .pragma_query_value(None, "cache_size", |row| row.get(0))
            .doing("reading the first customers")?;
        self.resize_cache(FIRST_PAGES)?;
        self.first = Some(customers::first_sketch(&self.conn, u32::from(rows))?);
        self.resize_cache(usual)
    }

    fn resize_cache(&self, pages: i64) -> Result<(), StoreError> {
        self.conn
            .pragma_update(None, "cache_size", pages)
            .doing("reading the first customers")
    }
}
