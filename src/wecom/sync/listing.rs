//! Pages of one listing, watched: a server that turns in a circle is noticed, an expired cursor begins anew.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::error::SyncError;
use crate::wecom::client::CallError;
use crate::wecom::page::Cells;

/// Pages of one listing at most: five million rows of a hundred.
const MOST_PAGES: u32 = 50_000;
/// Times a listing begins anew because its cursor expired.
const RESTARTS: u32 = 2;

/// One listing.
#[derive(Debug)]
pub(super) struct Listing {
    call: &'static str,
    /// The list of rows in an answer.
    rows: &'static str,
    cursor: Option<String>,
    seen: HashSet<u64>,
    pages: u32,
    restarts: u32,
    over: bool,
}

/// A page of a listing.
#[derive(Debug)]
pub(super) struct Page {
    /// The answer.
    pub(super) answer: Value,
    /// The rows' name in it.
    rows: &'static str,
    /// Where the next page begins; `None`: this is the last.
    pub(super) next: Option<String>,
}

impl Page {
    /// Its rows.
    pub(super) fn rows(&self) -> &[Value] {
        Cells::of(&self.answer).list(self.rows).unwrap_or_default()
    }
}

impl Listing {
    /// A listing that goes on from a cursor.
    pub(super) fn new(call: &'static str, rows: &'static str, cursor: Option<String>) -> Self {
        Self {
            call,
            rows,
            cursor,
            seen: HashSet::new(),
            pages: 0,
            restarts: 0,
            over: false,
        }
    }

    /// The next page, asked for with the cursor; `None` after the last.
    pub(super) fn next(
        &mut self,
        mut ask: impl FnMut(Option<&str>) -> Result<Value, CallError>,
    ) -> Result<Option<Page>, SyncError> {
        if self.over {
            return Ok(None);
        }
        let circle = SyncError::Circle { call: self.call };
        if self.pages >= MOST_PAGES {
            return Err(circle);
        }
        let answer = loop {
            match ask(self.cursor.as_deref()) {
                Ok(answer) => break answer,
                Err(error)
                    if error.code() == Some(50100)
                        && self.cursor.is_some()
                        && self.restarts < RESTARTS =>
                {
                    self.restarts += 1;
                    self.cursor = None;
                    self.seen.clear();
                }
                Err(error) => return Err(error.into()),
            }
        };
        self.pages += 1;
        let cells = Cells::of(&answer);
        let rows = cells.list(self.rows).ok_or(CallError::Strange {
            call: self.call,
            why: "a list is not a list",
        })?;
        let next = cells.next_cursor();
        if !rows.is_empty()
            && !self
                .seen
                .insert(digest(&serde_json::to_string(rows).unwrap_or_default()))
        {
            return Err(circle);
        }
        if let Some(next) = &next
            && !self.seen.insert(digest(&("cursor", next)))
        {
            return Err(circle);
        }
        self.cursor.clone_from(&next);
        self.over = next.is_none();
        Ok(Some(Page {
            answer,
            rows: self.rows,
            next,
        }))
    }
}

fn digest(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(
        mut answer: impl FnMut(u32, Option<&str>) -> Result<Value, CallError>,
    ) -> (u32, Result<usize, SyncError>) {
        let mut listing = Listing::new("x", "info", None);
        let (mut asked, mut rows) = (0, 0);
        let done = loop {
            match listing.next(|cursor| {
                asked += 1;
                answer(asked, cursor)
            }) {
                Ok(Some(page)) => rows += page.rows().len(),
                Ok(None) => break Ok(rows),
                Err(error) => break Err(error),
            }
        };
        (asked, done)
    }

    #[test]
    fn the_last_page_has_an_empty_cursor_or_none() {
        for last in [
            json!({"info": [2], "next_cursor": ""}),
            json!({"info": [2]}),
        ] {
            let (asked, rows) = read(|n, _| {
                Ok(if n == 1 {
                    json!({"info": [1], "next_cursor": "c"})
                } else {
                    last.clone()
                })
            });
            assert_eq!((asked, rows.unwrap()), (2, 2));
        }
    }

    #[test]
    fn the_same_page_or_cursor_for_ever_ends_after_two_requests() {
        let (asked, done) = read(|n, _| Ok(json!({"info": [1], "next_cursor": n.to_string()})));
        assert!(asked == 2 && matches!(done, Err(SyncError::Circle { .. })));
        let (asked, done) = read(|n, _| Ok(json!({"info": [n], "next_cursor": "c"})));
        assert!(asked == 2 && matches!(done, Err(SyncError::Circle { .. })));
    }

    #[test]
    fn an_expired_cursor_begins_the_listing_anew_twice_at_most() {
        let expired = || CallError::Api {
            call: "x",
            code: 50100,
            ip: None,
        };
        let (asked, rows) = read(|n, cursor| match (n, cursor) {
            (2, _) => Err(expired()),
            (_, None) => Ok(json!({"info": [1], "next_cursor": "c"})),
            (_, Some(_)) => Ok(json!({"info": [2]})),
        });
        assert_eq!((asked, rows.unwrap()), (4, 3));
        let (asked, done) = read(|_, cursor| match cursor {
            None => Ok(json!({"info": [1], "next_cursor": "c"})),
            Some(_) => Err(expired()),
        });
        assert!(asked <= 8 && done.is_err());
    }
}
