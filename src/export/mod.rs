//! Rows on their way out: files that are whole or not there, and spreadsheets with typed cells.
//!
//! What is written stands in the commands' rooms; this room knows how a file comes to lie where somebody wants it
//! ([`Draft`]) and how rows become a workbook in flat memory ([`Book`]).

mod book;
mod draft;

/// A byte order mark before a CSV, without which Excel reads Chinese as noise.
pub const BOM: &[u8] = "\u{feff}".as_bytes();

pub use book::{Book, Entry, ROWS, Title};
pub use draft::{Draft, DraftError};
