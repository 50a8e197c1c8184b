//! How a workspace is doing, in figures for `caopan doctor`: permissions, size, freshness, what matches and what does not.

mod targets;

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::error::{Doing, StoreError};
use super::file::{folder_of, mode_in, side_files};
use super::sources::{Source, ages};
use crate::domain::{AsOf, SafeText};
pub use targets::Targets;

/// What is being done, for errors.
const DOING: &str = "examining the workspace";

/// Orders whose account is none of the staff's.
const CREDITED_TO_NOBODY: &str =
    "SELECT count(*) FROM sale_order o WHERE o.credited_userid IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM staff s WHERE s.userid = o.credited_userid)";

/// Rows that are counted as the definitions say, and are hardly meant so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Doubtful {
    /// Orders whose refunds come to more than was paid.
    pub over_refunded: u64,
    /// Orders paid after now.
    pub paid_later: u64,
    /// Orders closed that have a moment of payment and no refund: they count as GMV.
    pub closed_yet_paid: u64,
}

/// What the rows say.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// Schema version.
    pub version: i64,
    /// Age of each source.
    pub sources: Vec<Source>,
    /// Paid orders, and those of them that belong to a customer of the pool.
    pub orders: (u64, u64),
    /// Orders to be looked at.
    pub doubtful: Doubtful,
    /// Rows dated later than now, which count from then on.
    pub later: u64,
    /// Customers with several follow relations.
    pub shared_customers: u64,
    /// Fen of the pool's paid orders: as they are, and as a join with the follow relations would count them.
    pub fan_out: (i64, i64),
    /// The targets that still count.
    pub targets: Targets,
    /// Orders credited to accounts that no member of staff has.
    pub credited_to_nobody: u64,
    /// Metrics of targets that this program does not know.
    pub unknown_metrics: Vec<SafeText>,
    /// First row at which the journal's chain breaks.
    pub journal_break: Option<i64>,
    /// An erasure has not come to its end.
    pub erasure_unfinished: bool,
}

/// Reads it.
pub fn of_rows(conn: &Connection, now: AsOf) -> Result<Health, StoreError> {
    let tx = conn.unchecked_transaction().doing(DOING)?;
    let pair = |sql: &str| -> Result<(i64, i64), StoreError> {
        tx.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .doing(DOING)
    };
    let (paid_orders, matched) = pair(
        "SELECT count(*), count(c.external_userid) FROM sale_order o LEFT JOIN customer c ON c.external_userid = o.external_userid
         WHERE o.paid_at IS NOT NULL AND o.is_test = 0",
    )?;
    let doubtful = doubtful(&tx, now).doing(DOING)?;
    let shared: u64 = tx
        .query_row(
            "SELECT count(*) FROM (SELECT 1 FROM follow GROUP BY external_userid HAVING count(*) > 1)",
            [],
            |row| row.get(0),
        )
        .doing(DOING)?;
    let fan_out = pair(
        "WITH relations AS MATERIALIZED (SELECT external_userid AS id, count(*) AS n FROM follow GROUP BY external_userid)
         SELECT coalesce(sum(o.paid_fen), 0), coalesce(sum(o.paid_fen * r.n), 0)
         FROM sale_order o JOIN relations r ON r.id = o.external_userid WHERE o.paid_at IS NOT NULL AND o.is_test = 0",
    )?;
    let health = Health {
        version: super::schema::version(&tx).doing(DOING)?,
        sources: ages(&tx, now)?,
        orders: (
            u64::try_from(paid_orders).unwrap_or(0),
            u64::try_from(matched).unwrap_or(0),
        ),
        doubtful,
        later: super::later::Later::read(&tx, now)?.rows(),
        shared_customers: shared,
        fan_out,
        targets: Targets::read(&tx, now)?,
        credited_to_nobody: tx
            .query_row(CREDITED_TO_NOBODY, [], |row| row.get(0))
            .doing(DOING)?,
        unknown_metrics: super::check::unknown_metrics(&tx)?,
        journal_break: super::journal::first_break(&tx)?,
        erasure_unfinished: super::erase::is_unfinished(&tx)?,
    };
    tx.finish().doing(DOING)?;
    Ok(health)
}

fn doubtful(conn: &Connection, now: AsOf) -> rusqlite::Result<Doubtful> {
    let over_refunded = "SELECT count(*) FROM (SELECT order_id, sum(amount_fen) AS fen FROM order_refund GROUP BY order_id) r
         JOIN sale_order o USING (order_id) WHERE o.is_test = 0 AND r.fen > o.paid_fen";
    let over_refunded = conn.query_row(over_refunded, [], |row| row.get(0))?;
    let orders = "SELECT coalesce(sum(paid_at > ?1), 0),
         coalesce(sum(status = 'closed' AND NOT EXISTS (SELECT 1 FROM order_refund r WHERE r.order_id = o.order_id)), 0)
         FROM sale_order o WHERE paid_at IS NOT NULL AND is_test = 0";
    let (paid_later, closed_yet_paid) =
        conn.query_row(orders, [now.unix], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Doubtful {
        over_refunded,
        paid_later,
        closed_yet_paid,
    })
}

/// What the file system says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Permission bits of the file.
    pub mode: u32,
    /// Permission bits it should have: 0660 where its folder shares it with a group, else 0600.
    pub wanted: u32,
    /// The folder's group may write and the folder does not hand its group on, so side files of one member lock out the others.
    pub lacks_setgid: bool,
    /// A side file whose permissions are not the file's own.
    pub odd_side: bool,
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes of the `-wal`.
    pub wal: u64,
    /// Bytes free on the disk.
    pub free: u64,
    /// Modification of the newest copy known, unix seconds.
    pub newest_copy: Option<i64>,
    /// Half made copies that a killed process left.
    pub parts_left: Vec<PathBuf>,
}

/// Reads it; the file itself is not opened.
pub fn of_place(path: &Path, conn: &Connection) -> Result<Place, StoreError> {
    let meta = std::fs::symlink_metadata(path).doing(DOING)?;
    let folder = folder_of(path);
    let shared = std::fs::metadata(&folder).map_or(0, |m| m.mode());
    let mode = meta.permissions().mode() & 0o7777;
    let [wal, shm, _] = side_files(path);
    let size = |file: &Path| std::fs::symlink_metadata(file).map_or(0, |m| m.len());
    let odd = |file: &Path| {
        std::fs::symlink_metadata(file)
            .is_ok_and(|m| m.permissions().mode() & 0o777 != mode & 0o777)
    };
    let free = rustix::fs::statvfs(&folder)
        .map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    let newest_copy = super::copies::of(path, Some(conn))
        .first()
        .and_then(|copy| std::fs::symlink_metadata(copy).ok())
        .map(|m| m.mtime());
    Ok(Place {
        mode,
        wanted: mode_in(&folder),
        lacks_setgid: shared & 0o2020 == 0o0020 && shared & 0o002 == 0,
        odd_side: odd(&wal) || odd(&shm),
        bytes: meta.len(),
        wal: size(&wal),
        free,
        newest_copy,
        parts_left: super::copies::parts_left(path, Some(conn)),
    })
}
