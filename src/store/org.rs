//! Reading the organisation.

use rusqlite::Connection;

use super::error::{Doing, StoreError};
use super::row::{Cells, rows};
use crate::domain::DeptId;

pub use crate::domain::org::Department;

/// Every department, siblings in their order.
pub fn departments(conn: &Connection) -> Result<Vec<Department>, StoreError> {
    rows(
        conn,
        "SELECT dept_id, parent_id, name, kind, ord FROM department WHERE is_deleted = 0 ORDER BY ord DESC, dept_id",
        [],
        |row| {
            Some(Department {
                id: DeptId(row.int(0)?),
                parent: row.int(1).filter(|&parent| parent != 0).map(DeptId),
                name: row.text(2),
                kind: row.text(3),
                ord: row.int(4).unwrap_or(0),
            })
        },
    )
    .doing("reading departments")
}
