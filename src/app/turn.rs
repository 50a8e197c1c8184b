//! What one message leads to, gathered while it is worked through.

use super::msg::Effect;
use super::now::Now;

/// What one message leads to.
#[derive(Debug)]
pub(super) struct Turn {
    /// When.
    pub now: Now,
    /// What the runtime shall do.
    pub effects: Vec<Effect>,
}
