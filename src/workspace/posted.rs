//! What the store thread says to the console.

use std::sync::Arc;

use crate::engine::request::{Answer, Notice, Slot};

/// What the store thread posts to the console.
#[derive(Debug)]
pub enum Posted {
    /// An answer to a slot's question of this generation.
    Answer(Slot, u64, Box<Answer>),
    /// Something said without being asked.
    Notice(Notice),
}

/// Where postings go. Must not block for long.
pub type Post = Arc<dyn Fn(Posted) + Send + Sync>;
