//! The way SQLite takes to a statement's rows, for tests that hold it to an index.

use rusqlite::{Connection, params_from_iter};

use super::{Birth, create};

/// A workspace with nothing in it.
pub(super) fn fresh() -> (tempfile::TempDir, Connection) {
    let folder = tempfile::Builder::new().prefix("plan-").tempdir().unwrap();
    let path = folder.path().join("w.db");
    let conn = create(&path, &Birth::default()).unwrap().conn;
    (folder, conn)
}

/// The steps SQLite takes, in their order.
pub(super) fn steps(conn: &Connection, sql: &str) -> Vec<String> {
    let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let unknown = vec![rusqlite::types::Null; plan.parameter_count()];
    plan.query_map(params_from_iter(unknown), |row| row.get("detail"))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}
