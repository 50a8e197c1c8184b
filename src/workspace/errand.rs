//! Something to do with the workspace between two answers.

use super::Workspace;
use crate::domain::AsOf;

/// What an errand does.
type Work = dyn FnOnce(&mut Workspace, AsOf) + Send;

/// Something to do with the workspace between two answers.
pub struct Errand(pub(super) Box<Work>);

impl std::fmt::Debug for Errand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Errand")
    }
}
