//! The database at the other end: asked page by page, only ever read.

use std::error::Error as _;

use postgres::types::ToSql;
use postgres::{Client, IsolationLevel, Row, Transaction};

use super::cells::turned;
use super::cursor::Place;
use super::mapping::{Mapping, Part};
use super::query::{self, Query};
use super::{Address, PullError};
use crate::domain::{Sentence, sentence};
use crate::import::Kind;

/// Times a page is asked again when the server says that it lost a race (SQLSTATE 40001).
const AGAIN: u32 = 3;

/// A connection that cannot write.
pub(super) struct Server {
    client: Client,
}

/// A row of the source.
pub(super) struct Fetched {
    /// Its key, part by part; a part that is NULL is empty.
    pub(super) key: Vec<String>,
    /// When it was changed.
    pub(super) changed: Option<String>,
    /// Older than anything that may still be committed late.
    pub(super) settled: bool,
    /// The source says that it is gone.
    pub(super) gone: bool,
    /// One cell a column, empty for NULL.
    pub(super) cells: Vec<String>,
}

impl Fetched {
    /// The place after it.
    pub(super) fn place(&self) -> Place {
        Place::After {
            changed: self.changed.clone(),
            key: self.key.clone(),
        }
    }
}

/// Rows in order, and how much of them is certain.
pub(super) struct Batch {
    pub(super) rows: Vec<Fetched>,
    /// Where the next pull may begin at the latest: the server's clock less the overlap.
    watermark: Option<String>,
}

impl Batch {
    /// Rows of this batch, or rows that ought to stand before them, may still be committed late.
    pub(super) fn is_unsettled(&self) -> bool {
        self.rows.last().is_some_and(|row| !row.settled)
    }

    /// Up to where everything is known once these rows have landed, `before` being where that stood.
    pub(super) fn settled(&self, before: &Place) -> Place {
        match (&self.watermark, self.rows.last()) {
            (Some(watermark), Some(row)) if !row.settled => Place::From(watermark.clone()),
            (Some(_) | None, Some(row)) => row.place(),
            (Some(_) | None, None) => before.clone(),
        }
    }
}

impl Server {
    /// Connects and gives up the right to write.
    pub(super) fn connect(address: &Address, mapping: &Mapping) -> Result<Self, PullError> {
        let mut client = address.connect()?;
        let millis = u64::from(mapping.statement_timeout) * 1_000;
        let set = format!(
            "SET default_transaction_read_only = on; SET statement_timeout = {millis}; SET TIME ZONE 'UTC'; SET DateStyle = 'ISO, YMD'"
        );
        client.batch_execute(&set).map_err(|e| PullError::Connect {
            at: address.to_string(),
            why: said(&e),
        })?;
        Ok(Self { client })
    }

    /// How a kind's rows are asked for: the types of the columns decide.
    pub(super) fn query(
        &mut self,
        kind: Kind,
        part: &Part,
        mapping: &Mapping,
    ) -> Result<Query, PullError> {
        let names = query::columns(kind, part).map_err(PullError::Mapping)?;
        let statement = self
            .client
            .prepare(&query::probe(part, &names))
            .map_err(|e| {
                if e.as_db_error().is_some() {
                    let (code, said) = (kind.code(), said(&e));
                    PullError::Mapping(sentence!("{code}: {said}", "{code}: {said}"))
                } else {
                    failed(kind, &e)
                }
            })?;
        let types: Vec<_> = statement
            .columns()
            .iter()
            .map(|c| c.type_().clone())
            .collect();
        Query::new(kind, part, mapping, &types).map_err(PullError::Mapping)
    }

    /// The place of the last row after another as it is now; `None` when there is none.
    pub(super) fn newest(
        &mut self,
        query: &Query,
        place: &Place,
    ) -> Result<Option<Place>, PullError> {
        let (sql, takes) = query.newest(place);
        let rows = self.client.query(&sql, &texts(&takes));
        let rows = rows.map_err(|e| failed(query.kind, &e))?;
        Ok(rows.first().map(|row| fetched(row, query).place()))
    }

    /// The next rows after a place and up to another, as of one moment.
    pub(super) fn page(
        &mut self,
        query: &Query,
        within: (&Place, &Place),
    ) -> Result<Batch, PullError> {
        let mut left = AGAIN;
        loop {
            match self.begin().and_then(|mut tx| {
                let batch = fetch(&mut tx, query, within)?;
                tx.commit()?;
                Ok(batch)
            }) {
                Err(e) if left > 0 && e.code().is_some_and(|c| c.code() == "40001") => left -= 1,
                done => return done.map_err(|e| failed(query.kind, &e)),
            }
        }
    }

    /// Rows that no pull would ever reach: a part of the key, or the time of the last change, is NULL.
    pub(super) fn lost(&mut self, query: &Query) -> Result<Vec<Fetched>, PullError> {
        let rows = self.client.query(&query.lost(), &[]);
        let rows = rows.map_err(|e| failed(query.kind, &e))?;
        Ok(rows.iter().map(|row| fetched(row, query)).collect())
    }

    /// Every row as of one moment, page by page.
    pub(super) fn each(
        &mut self,
        query: &Query,
        mut take: impl FnMut(&Fetched) -> Result<(), PullError>,
    ) -> Result<(), PullError> {
        let broken = |e: &postgres::Error| failed(query.kind, e);
        let mut tx = self.begin().map_err(|e| broken(&e))?;
        let mut place = Place::Start;
        loop {
            let within = (&place, &Place::Start);
            let batch = fetch(&mut tx, query, within).map_err(|e| broken(&e))?;
            for row in &batch.rows {
                take(row)?;
            }
            match batch.rows.last() {
                Some(row) if row.place() == place => return Err(stuck(query.kind)),
                Some(row) if batch.rows.len() >= query.limit() => place = row.place(),
                Some(_) | None => break,
            }
        }
        tx.commit().map_err(|e| broken(&e))
    }

    /// A transaction that sees one moment and writes nothing.
    fn begin(&mut self) -> Result<Transaction<'_>, postgres::Error> {
        self.client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
    }
}

/// Texts as a statement takes them.
fn texts<'a>(takes: &'a [&'a str]) -> Vec<&'a (dyn ToSql + Sync)> {
    takes
        .iter()
        .map(|text| text as &(dyn ToSql + Sync))
        .collect()
}

/// Rows after a place and up to another; no end where that is the start.
fn fetch(
    tx: &mut Transaction<'_>,
    query: &Query,
    within: (&Place, &Place),
) -> Result<Batch, postgres::Error> {
    // Before the rows: what is committed after this moment is younger than the watermark, or later than the overlap allows.
    let watermark = match query.watermark() {
        Some(sql) => tx.query_one(&sql, &[])?.try_get(0)?,
        None => None,
    };
    let (sql, takes) = query.page(within, watermark.as_deref());
    let rows = tx.query(&sql, &texts(&takes))?;
    Ok(Batch {
        rows: rows.iter().map(|row| fetched(row, query)).collect(),
        watermark,
    })
}

/// Reads a row as [`Query::page`] says it comes.
fn fetched(row: &Row, query: &Query) -> Fetched {
    let text = |at: usize| row.try_get::<_, Option<String>>(at).ok().flatten();
    let flag = |at: usize| {
        row.try_get::<_, Option<bool>>(at)
            .ok()
            .flatten()
            .unwrap_or(false)
    };
    let key = (1..=query.keys)
        .map(|at| text(at).unwrap_or_default())
        .collect();
    let first = query.keys + 3;
    let cells = (first..).zip(&query.turns);
    Fetched {
        key,
        changed: text(query.keys + 1),
        settled: flag(0),
        gone: flag(query.keys + 2),
        cells: cells
            .map(|(at, turn)| text(at).map_or_else(String::new, |cell| turned(cell, *turn)))
            .collect(),
    }
}

/// What an error says, down to its cause. Details are left out: they may repeat a row.
pub(super) fn said(error: &postgres::Error) -> String {
    if let Some(db) = error.as_db_error() {
        return format!("{} ({})", db.message(), db.code().code());
    }
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        cause = inner.source();
    }
    said
}

fn failed(kind: Kind, error: &postgres::Error) -> PullError {
    let said = said(error);
    let why = if error.is_closed() {
        sentence!("服务器断开了: {said}", "the server went away: {said}")
    } else {
        Sentence::quoted(said)
    };
    PullError::Server {
        kind: kind.code(),
        why,
        slow: error.code().is_some_and(|code| code.code() == "57014"),
    }
}

/// Rows that are newer at every look: a time or a key that is made when it is asked for.
pub(super) fn fleeing(kind: Kind, order: &str) -> PullError {
    PullError::Server {
        kind: kind.code(),
        why: sentence!(
            "每看一次, 每行的 {order} 都在变, 按它永远读不完",
            "{order} of every row is another at every look, so no order of reading ends",
        ),
        slow: false,
    }
}

/// A server that does not keep the order it was asked for: going on would never end.
pub(super) fn stuck(kind: Kind) -> PullError {
    PullError::Server {
        kind: kind.code(),
        why: sentence!(
            "服务器反复给同样的行",
            "the server gives the same rows again and again",
        ),
        slow: false,
    }
}
