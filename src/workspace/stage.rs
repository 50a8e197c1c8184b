//! What the loading thread hands over, part by part.

use crate::engine::load::{Early, Loaded, Rest};

/// What the loading thread has read.
#[derive(Debug)]
pub enum Stage {
    /// The customers, or more of them; the rest follows.
    Early(Early),
    /// The rest.
    Rest(Box<Rest>),
    /// Everything, in the place of an engine that was there.
    Whole(Box<Loaded>),
}
