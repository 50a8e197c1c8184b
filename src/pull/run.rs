//! The course of a pull: kind by kind, page by page.

use std::sync::atomic::Ordering;

use rusqlite::Connection;

use super::cursor::{Cursor, Place, Shrink};
use super::land::{Landing, settle};
use super::mapping::{Mapping, Missing, Part};
use super::query::Query;
use super::server::{Server, fleeing, stuck};
use super::{Address, Options, Progress, PullError, Report, ledger};
use crate::domain::{Sentence, sentence};
use crate::import::{Kind, Rows};

/// Brings in every kind that is asked for.
pub(super) fn all(
    address: &Address,
    mapping: &Mapping,
    conn: &mut Connection,
    options: &mut Options<'_>,
) -> Result<(), PullError> {
    if let Some(kind) = options
        .only
        .iter()
        .find(|kind| mapping.kinds().all(|k| k != **kind))
    {
        let code = kind.code();
        return Err(PullError::Mapping(sentence!(
            "pull.toml 没有映射 {code}",
            "pull.toml does not map {code}",
        )));
    }
    let wanted = |kind: &Kind| options.only.is_empty() || options.only.contains(kind);
    let parts: Vec<&(Kind, Part)> = mapping
        .kinds
        .iter()
        .filter(|(kind, _)| wanted(kind))
        .collect();
    let mut server = Server::connect(address, mapping)?;
    // All are looked at before the first writes: a wrong mapping changes nothing.
    let mut queries = Vec::new();
    for (kind, part) in parts {
        let query = server.query(*kind, part, mapping)?;
        let rows =
            Rows::new(*kind, &query.header, options.zone, (options.now)()).map_err(|why| {
                let code = kind.code();
                PullError::Mapping(sentence!("{code}: {why}", "{code}: {why}", why = why))
            })?;
        queries.push((query, rows));
    }
    for (query, rows) in queries {
        let report = one(address, &query, rows, (&mut server, conn), options)?;
        (options.progress)(Progress::Done(report));
    }
    Ok(())
}

/// Brings in one kind.
fn one(
    address: &Address,
    query: &Query,
    rows: Rows,
    (server, conn): (&mut Server, &mut Connection),
    options: &mut Options<'_>,
) -> Result<Report, PullError> {
    let kind = query.kind;
    let source = format!("postgres:{}", kind.code());
    let kept = ledger::cursor(conn, &source)?;
    let mut cursor = resume(kept.as_deref(), query, options);
    cursor.open.get_or_insert(Shrink {
        here: rows.count_here(conn)?,
        gone: 0,
    });
    let run = if options.dry_run {
        None
    } else {
        Some(ledger::begin(conn, &source, (options.now)())?)
    };
    let mut landing = Landing {
        query,
        rows,
        source,
        address: address.to_string(),
        run,
        kept,
        cursor,
        report: Report::new(kind),
        journalled: false,
    };
    let done = read(&mut landing, server, conn, options);
    if let (Err(error), Some(run)) = (&done, run) {
        // What went wrong first is what is told.
        let _ = ledger::end(conn, run, (options.now)(), Some(&error.to_string()));
    }
    done.map(|()| landing.report)
}

/// Where to go on; what had to begin anew is said.
fn resume(kept: Option<&str>, query: &Query, options: &mut Options<'_>) -> Cursor {
    let anew = Cursor {
        mapping: query.digest.clone(),
        full: options.full,
        ..Cursor::default()
    };
    let Some(text) = kept else {
        return anew;
    };
    let code = query.kind.code();
    match Cursor::read(text) {
        Some(cursor) if cursor.mapping == query.digest => {
            let goes_on = cursor.full && cursor.open.is_some();
            if options.full && !goes_on {
                anew
            } else {
                cursor
            }
        }
        Some(_) => {
            let note = sentence!(
                "{code}: 映射变了, 全部重读",
                "{code}: the mapping has changed, so everything is read anew",
            );
            (options.progress)(Progress::Note(&note));
            anew
        }
        None => {
            let note = sentence!(
                "{code}: 记下的位置读不出来, 全部重读",
                "{code}: the place kept cannot be read, so everything is read anew",
            );
            (options.progress)(Progress::Note(&note));
            anew
        }
    }
}

/// The row that was newest at the start is newer at every look. Where it is another row each time, people are at work there,
/// and the next pull brings what they changed.
fn is_overtaken(server: &mut Server, query: &Query, mut upto: Place) -> Result<bool, PullError> {
    for _ in 0..LOOKS {
        match server.newest(query, &upto)? {
            Some(newer) if newer.key() == upto.key() => upto = newer,
            Some(_) | None => return Ok(false),
        }
    }
    Ok(true)
}

/// What is said of rows that no pull will ever bring.
fn left_out(query: &Query) -> Sentence {
    let (code, order) = (query.kind.code(), query.order());
    sentence!(
        "{code}: 有的行每看一次 {order} 就变, 这些行略过, 以后也取不到: 请映射一个存着的时间 \
         (或是某行每秒改了几次, 下次就会取到)",
        "{code}: rows whose {order} is another at every look are left out, and no later pull brings them: map a time that is stored \
         (or one row is changed several times a second, and the next pull brings it)",
    )
}

/// Times a source whose rows were all changed between two questions is asked anew.
const LOOKS: u32 = 3;

/// Reads one query to its end, and takes out what the source no longer has where that is wanted.
fn read(
    landing: &mut Landing<'_>,
    server: &mut Server,
    conn: &mut Connection,
    options: &mut Options<'_>,
) -> Result<(), PullError> {
    let query = landing.query;
    reject_unordered(landing, server, options)?;
    let newest = read_pages(landing, server, conn, options)?;
    if let Some(upto) = newest.filter(|_| query.is_dated())
        && is_overtaken(server, query, upto)?
    {
        let note = left_out(query);
        (options.progress)(Progress::Note(&note));
    }
    if landing.cursor.full && query.missing == Missing::Delete {
        landing.sweep(conn, server, options)?;
    }
    if !query.is_dated() {
        landing.cursor.place = Place::Start;
    }
    landing.finish(conn, options)
}

/// Rejects the rows that no order reaches.
fn reject_unordered(
    landing: &mut Landing<'_>,
    server: &mut Server,
    options: &mut Options<'_>,
) -> Result<(), PullError> {
    let query = landing.query;
    let order = query.order();
    let why = sentence!(
        "{order} 是 NULL, 怎么排都到不了这一行",
        "{order} is NULL, so no order would ever reach the row",
    );
    let lost = server.lost(query)?;
    let lost = lost
        .iter()
        .map(|row| landing.bad(row, None, why.clone()))
        .collect();
    settle(lost, &mut landing.report, options)
}

/// Reads to what was newest at the start, landing page by page. What was newest; `None` where there was nothing to read.
fn read_pages(
    landing: &mut Landing<'_>,
    server: &mut Server,
    conn: &mut Connection,
    options: &mut Options<'_>,
) -> Result<Option<Place>, PullError> {
    let query = landing.query;
    // Within a pull the place moves over everything. What is kept stops at the first page that reaches what may still be
    // committed late: a row that comes in behind a later page is younger than the watermark of that first one.
    let start = landing.cursor.place.clone();
    let mut place = start.clone();
    let mut unsettled = false;
    // What is changed from here on is for the next pull: a source that changes faster than it is read would have no end.
    let mut newest = server.newest(query, &place)?;
    let mut looks = 1;
    while let Some(upto) = &newest {
        if options.stop.load(Ordering::Relaxed) {
            return Err(PullError::Stopped);
        }
        let batch = server.page(query, (&place, upto))?;
        let is_last = batch.rows.len() < query.limit();
        if let Some(row) = batch.rows.last() {
            if row.place() == place {
                return Err(stuck(query.kind));
            }
            place = row.place();
            let mut next = landing.cursor.clone();
            if !unsettled {
                next.place = batch.settled(&next.place);
            }
            unsettled |= batch.is_unsettled();
            landing.page(conn, &batch.rows, next, options)?;
            (options.progress)(Progress::Rows(query.kind, landing.report.read));
        } else if place == start {
            // All there was has been changed in the meantime.
            if looks == LOOKS {
                return Err(fleeing(query.kind, &query.order()));
            }
            looks += 1;
            newest = server.newest(query, &place)?;
            continue;
        }
        if is_last {
            break;
        }
    }
    Ok(newest)
}
