//! Loads of the engine as the store thread sees them: begun, taken over stage by stage, tried again when they fail.

use std::sync::Arc;

use super::super::inbox::rows;
use super::super::loading;
use super::super::stage::Stage;
use super::{Desk, LOAD_AGAIN, Posted};
use crate::engine::load::LoadError;
use crate::engine::request::{Notice, Trouble};

impl Desk {
    pub(super) fn start_loader(&mut self) {
        self.loading = true;
        let staged = self.workspace.is_empty();
        let opening = self.workspace.opening().clone();
        let (inbox, post) = (Arc::clone(&self.inbox), Arc::clone(&self.post));
        match loading::start(opening, staged, inbox, post) {
            Ok(loader) => self.loader = Some(loader),
            Err(error) => self.load_failed(rows(&error)),
        }
    }

    /// Takes over what the loading thread has read.
    pub(super) fn adopt(&mut self, stages: Vec<Result<Stage, LoadError>>) {
        for stage in stages {
            match stage {
                Ok(Stage::Early(early)) => {
                    self.workspace.adopt_early(early);
                    self.everything_is_due();
                }
                // What it belongs to was lost meanwhile.
                Ok(Stage::Rest(_)) if self.workspace.is_empty() => {
                    self.load_failed(rows(&LoadError::BrokeOff));
                }
                Ok(Stage::Rest(rest)) => {
                    self.workspace.complete(*rest);
                    self.ready();
                }
                Ok(Stage::Whole(loaded)) => {
                    self.workspace.adopt(*loaded);
                    self.ready();
                }
                Err(error) => self.load_failed(rows(&error)),
            }
        }
    }

    /// What is there goes on answering, and everything is read again later.
    pub(super) fn load_failed(&mut self, why: Trouble) {
        self.loading = false;
        self.load_at = Some((self.clock)().millis.saturating_add(LOAD_AGAIN));
        (self.post)(Posted::Notice(Notice::Trouble(why)));
    }

    /// The engine is whole: commits are applied from here on, also those made while it was loaded.
    pub(super) fn ready(&mut self) {
        self.loading = false;
        self.behind = true;
        if self.load_at.take().is_some() {
            (self.post)(Posted::Notice(Notice::Recovered));
        }
        (self.post)(Posted::Notice(Notice::Ready));
        self.everything_is_due();
    }
}
