//! A workspace in the test's hands, loaded as the console loads it.

use std::path::PathBuf;

use caopan::engine::load::{Loaded, load};
use caopan::store::{Access, open, past};
use caopan::workspace::Workspace;

/// Opened for reading; nothing is loaded yet.
pub fn opened(path: PathBuf) -> Workspace {
    let file = open(&path, Access::ReadOnly).expect("the file opens");
    Workspace::new(path, file).expect("a workspace")
}

/// The same with "now" at this instant.
pub fn standing_at(path: PathBuf, at: i64) -> Workspace {
    let mut workspace = opened(path);
    workspace.stand_at(at).expect("an instant");
    workspace
}

/// Loads, whatever was held.
pub fn load_whole(workspace: &mut Workspace) {
    let opening = workspace.opening();
    let conn = || {
        let conn = open(&opening.path, Access::ReadOnly)
            .expect("the file opens")
            .conn;
        if let Some(at) = opening.held {
            past::hold(&conn, at).expect("a past");
        }
        conn
    };
    let (mut first, mut second) = (conn(), conn());
    let loaded = load(&mut first, Some(&mut second), &|_, _| {}).expect("a load");
    let until = opening.held.map(|at| at.unix);
    workspace.adopt(Loaded { until, ..loaded });
}
