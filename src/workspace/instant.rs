//! One instant for everything: with "now" fixed, what the file has of later is left out (see [`past`]).

use crate::domain::{AsOf, Zone};
use crate::store::{StoreError, past};

use super::Workspace;

/// The instant everything is told of.
#[derive(Debug, Default)]
pub(super) struct Instant {
    /// Unix seconds; `None` follows the clock.
    pub fixed: Option<i64>,
    /// A load has come in: nobody has looked yet whether it has rows of later.
    pub unlooked: bool,
}

impl Workspace {
    /// Tells everything as it stood at an instant, whatever the file has of later: what commits bring of later is not taken
    /// over either.
    pub fn stand_at(&mut self, unix: i64) -> Result<(), StoreError> {
        self.instant.fixed = Some(unix);
        let at = self.as_of(unix);
        // What is held has something of later, and at an earlier instant all the more.
        if self.is_past() || past::has_later(&self.conn, at)? {
            self.leave_present(at)?;
        }
        Ok(())
    }

    fn hold(&mut self, at: AsOf) -> Result<(), StoreError> {
        past::hold(&self.conn, at)?;
        self.opening.past = Some(at);
        Ok(())
    }

    /// The file has rows of later than the instant that is told of.
    pub fn is_past(&self) -> bool {
        self.opening.past.is_some()
    }

    /// What was loaded may have rows of later than the instant that is told of: the connection is held from now on, and
    /// everything is to be read again.
    pub(super) fn has_outrun(&mut self) -> Result<bool, StoreError> {
        let Some(at) = self.fixed_present() else {
            return Ok(false);
        };
        let has_later = past::has_later(&self.conn, at)?;
        if has_later {
            self.leave_present(at)?;
        }
        Ok(has_later)
    }

    /// The file has rows of later, whether or not they have been taken notice of: an edit would not be seen.
    pub fn is_only_looked_at(&self) -> Result<bool, StoreError> {
        match self.fixed_present() {
            Some(at) => past::has_later(&self.conn, at),
            None => Ok(self.is_past()),
        }
    }

    /// Business days are those of another zone from here on.
    pub(super) fn move_to(&mut self, zone: Zone) -> Result<(), StoreError> {
        if let Some(at) = self.opening.past {
            self.hold(AsOf { zone, ..at })?;
        }
        (self.zone, self.facts) = (zone, None);
        Ok(())
    }

    /// The instant that is told of, as long as nothing is known of later.
    pub(super) fn fixed_present(&self) -> Option<AsOf> {
        let unix = self.instant.fixed.filter(|_| !self.is_past())?;
        Some(self.as_of(unix))
    }

    /// Something of later came in: holds the connection; what was read of small tables goes.
    pub(super) fn leave_present(&mut self, at: AsOf) -> Result<(), StoreError> {
        self.facts = None;
        self.hold(at)
    }
}
