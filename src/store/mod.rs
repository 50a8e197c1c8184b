//! The workspace file: SQLite, and the only room that knows its tables.
//!
//! [`create()`] makes a workspace, [`open()`] opens one; both set every connection up the same way. [`changes`] reads the log
//! of what other processes touched, [`totals`] keeps the sums, and the rest reads rows by aggregate as plain structs.
//! Text becomes [`crate::domain::SafeText`] here; a value that does not fit its column's meaning is shown as unreadable
//! and never fails the rows around it.
//!
//! # Locking
//!
//! WAL: readers never wait and never block. Every write is one short `BEGIN IMMEDIATE` transaction (a deferred one that
//! reads before it writes fails at once, whatever the busy timeout). No read transaction outlives a refresh, or the WAL
//! grows without bound. Nobody opens the file but SQLite: closing a second descriptor would drop this process's locks.
//!
//! The last to close deletes the WAL. Keeping it (`SQLITE_FCNTL_PERSIST_WAL`) would let somebody who may not write read
//! on; it is reached by an unsafe file control only, which this crate forbids. Such a reader is told to let somebody who
//! may write keep the file open.
//!
//! Opening compares the schema and lets SQLite check each page's cells as it reads them; it does not walk the whole file
//! (`quick_check` takes seconds on a million customers). Damage is said where it is met.
//!
//! # Compatibility
//!
//! `application_id` says whose file it is, `user_version` which schema. Newer, negative or foreign files are refused
//! unchanged; so is a schema with triggers or views that nobody here made. Tables of others are left alone. What
//! version 1 made is frozen; later versions add migrations, which run when a file is opened for writing.
//!
//! # Permissions
//!
//! A private workspace is 0600; one made in a set-group-id directory that its group may write is 0660, which every side
//! file inherits. SQLite alone would make 0644.

pub mod active;
pub mod backup;
mod blank;
pub mod board;
pub mod called;
pub mod campaigns;
pub mod changes;
pub mod check;
mod connect;
pub mod copies;
mod create;
pub mod customers;
pub mod daily;
pub mod demo;
mod differences;
pub mod edit;
pub mod erase;
mod error;
pub mod feed;
mod file;
pub mod groups;
pub mod health;
pub mod identity;
pub mod imports;
pub mod journal;
pub mod later;
pub mod load;
pub mod meeting;
pub mod meta;
mod migrate;
pub mod named;
pub mod number;
mod open;
pub mod org;
pub mod owner;
mod part;
pub mod past;
#[cfg(test)]
mod plan;
pub mod purchases;
mod relation;
pub mod remains;
pub mod restore;
mod row;
pub mod salvage;
mod schema;
pub mod sift;
pub mod sources;
pub mod sums;
pub mod tag_made;
mod tagged;
pub mod target;
mod theirs;
pub mod timeline;
pub mod totals;
pub mod traces;
pub mod trade;
pub mod undo;
pub mod watch;
pub mod write;

pub use connect::Access;
pub use create::{Birth, create};
pub use error::{Doing, StoreError};
pub use file::FileId;
pub use open::{Opened, open, open_within};
pub use schema::{APPLICATION_ID, VERSION};
