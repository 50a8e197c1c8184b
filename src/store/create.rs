//! Making an empty workspace.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::connect::{Access, connect, set_up};
use super::error::{Doing, StoreError, shown};
use super::file::{folder_of, mode_in};
use super::open::{Opened, check_library, open};
use super::part::Over;
use super::schema;

/// What a new workspace is born with.
#[derive(Clone, Debug)]
pub struct Birth<'a> {
    /// IANA zone of the business day.
    pub zone: &'a str,
    /// Name of the company or brand; may be empty.
    pub corp_name: &'a str,
    /// Identity of the workspace; empty draws a random one.
    pub workspace_id: &'a str,
    /// Now, unix seconds.
    pub now: i64,
}

impl Default for Birth<'_> {
    fn default() -> Self {
        Self {
            zone: "Asia/Shanghai",
            corp_name: "",
            workspace_id: "",
            now: 0,
        }
    }
}

/// Creates an empty workspace and opens it for writing. Never over anything that exists; missing folders are made 0700.
pub fn create(path: &Path, birth: &Birth<'_>) -> Result<Opened, StoreError> {
    check_library()?;
    let folder = folder_of(path);
    if !folder.exists() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .doing("making the workspace's folder")?;
    }
    Over::Never.check(path)?;
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(file) => file
            .set_permissions(fs::Permissions::from_mode(mode_in(&folder)))
            .doing("setting the workspace's permissions")?,
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(StoreError::Exists { path: shown(path) });
        }
        Err(e) => return Err(e).doing("making the workspace file"),
    }
    let filled = fill(path, birth);
    if filled.is_err() {
        // The file is ours and holds nothing yet.
        let _ = fs::remove_file(path);
    }
    filled?;
    open(path, Access::ReadWrite)
}

/// Makes the schema and the first rows, then switches to WAL.
fn fill(path: &Path, birth: &Birth<'_>) -> Result<(), StoreError> {
    let mut conn = connect(path, Access::ReadWrite)?;
    schema::make(&mut conn)?;
    let tx = conn.transaction().doing("writing the first rows")?;
    for (key, value) in [
        ("tz", birth.zone),
        ("corp_name", birth.corp_name),
        ("currency", "CNY"),
        ("is_demo", "0"),
        ("created_at", &birth.now.to_string()),
    ] {
        tx.execute("INSERT INTO meta VALUES (?1, ?2)", [key, value])
            .doing("writing the first rows")?;
    }
    tx.execute(
        "INSERT INTO meta SELECT 'workspace_id', iif(?1 = '', lower(hex(randomblob(16))), ?1)",
        [birth.workspace_id],
    )
    .doing("writing the first rows")?;
    tx.commit().doing("writing the first rows")?;
    set_up(&conn, Access::ReadWrite).doing("setting the connection up")?;
    conn.pragma_update(None, "journal_mode", "wal")
        .doing("switching to WAL")
}
