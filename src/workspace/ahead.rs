//! What is one key away, looked through in pauses: who is under it and their tags, then the board if one is on screen.
//! Nothing is told of it; what nobody waits for fails unheard.

use super::Workspace;
use super::leaderboard::leaderboard;
use super::panes::within;
use crate::domain::AsOf;
use crate::engine::answer::BoardMetric;
use crate::engine::request::Scope;

/// A scope one key away.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ahead {
    scope: Scope,
    /// What the board on screen ranks.
    board: Option<BoardMetric>,
    /// Who is under it has been found out.
    counted: bool,
}

impl Workspace {
    /// A scope is one key away, and perhaps a board is on screen.
    pub fn foresee(&mut self, scope: Scope, board: Option<BoardMetric>) {
        self.ahead = Some(Ahead {
            scope,
            board,
            counted: false,
        });
    }

    /// Does the next piece of what is one key away, each once; false when there is none.
    pub(super) fn look_one_key_ahead(&mut self, as_of: AsOf) -> bool {
        let Some(ahead) = self.ahead.take() else {
            return false;
        };
        let scope = &ahead.scope;
        if ahead.counted {
            if let Some(metric) = ahead.board {
                let _ = leaderboard(self, scope, metric, as_of);
            }
        } else {
            let _ = within(self, scope, as_of, |engine, ground, _| {
                engine.foresee(&scope.filter, ground);
            });
            self.ahead = ahead.board.map(|_| Ahead {
                counted: true,
                ..ahead
            });
        }
        true
    }
}
