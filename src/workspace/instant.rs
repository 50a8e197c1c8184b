//! One instant for everything: what the file dates later than "now" is left out (see [`past`]), be now fixed or the clock's.
//!
//! With the clock, what is left out waits ([`Later`]) and comes in when its time has come, as if it were committed then.

use crate::domain::{AsOf, Fixed, Zone};
use crate::engine::load::{LoadError, Loaded};
use crate::engine::moved::Applied;
use crate::store::changes::{self, Changes, Tail};
use crate::store::later::Later;
use crate::store::{StoreError, meta, past};
use rusqlite::Connection;

use super::caught::{CaughtUp, Cells, changed_notice};
use super::{Workspace, needs};

/// The instant everything is told of.
#[derive(Debug, Default)]
pub(super) struct Instant {
    /// Unix seconds, where it stands still.
    pub fixed: Option<i64>,
    /// It was over when the file was opened.
    pub over: bool,
    /// The clock is followed; unix seconds when it began.
    pub begun: Option<i64>,
    /// A load has come in: nobody has looked yet whether it has rows of later.
    pub unlooked: bool,
    /// The clock has begun, and nobody has looked yet whether the file has rows of later.
    pub unlooked_file: bool,
    /// As of when that load was read.
    pub loaded: Option<i64>,
    /// What waits for its time while the clock is followed.
    pub later: Later,
}

impl Workspace {
    /// Tells everything as it stood at an instant, whatever the file has of later: what commits bring of later is not taken
    /// over either.
    pub fn stand_at(&mut self, unix: i64) -> Result<(), StoreError> {
        self.instant.fixed = Some(unix);
        self.instant.later = Later::default();
        let at = self.as_of(unix);
        // What is held has something of later, and at an earlier instant all the more.
        if self.is_held() || past::has_later(&self.conn, at)? {
            self.leave_present(at)?;
        }
        Ok(())
    }

    /// Tells everything as of now, as the clock goes on from here: what is dated later counts when its time has come.
    pub fn follow_clock(&mut self, unix: i64) -> Result<(), StoreError> {
        self.begin_clock(unix);
        self.look_first()
    }

    /// The same without looking yet, for whoever has a first frame to draw: [`Workspace::look_first`] comes behind it.
    pub fn begin_clock(&mut self, unix: i64) {
        self.instant.begun = Some(unix);
        self.instant.unlooked_file = true;
    }

    /// Looks what the file has of later than the beginning, once.
    pub fn look_first(&mut self) -> Result<(), StoreError> {
        let begun = self.instant.begun;
        match begun.filter(|_| std::mem::take(&mut self.instant.unlooked_file)) {
            Some(unix) => self.look_ahead(self.as_of(unix)),
            None => Ok(()),
        }
    }

    /// Now, where one has been settled: fixed, or the clock's when the file was opened.
    pub fn begun(&self) -> Option<i64> {
        self.instant.fixed.or(self.instant.begun)
    }

    /// The instant that now is fixed at.
    pub fn fixed(&self) -> Option<Fixed> {
        let ahead = !self.instant.over;
        self.instant.fixed.map(|at| Fixed { at, ahead })
    }

    /// The fixed instant is over already: what is written from here on is not of it.
    pub fn only_look(&mut self) {
        self.instant.over = true;
    }

    /// What is written now would not be seen: the instant that is told of is over, or the file has something of later.
    pub fn is_past(&self) -> bool {
        self.instant.fixed.is_some() && (self.instant.over || self.is_held())
    }

    /// Rows that wait for their time.
    pub fn waiting(&self) -> u64 {
        self.instant.later.rows()
    }

    /// When the next row that waits comes in, unix seconds.
    pub(super) fn next_due(&self) -> Option<i64> {
        self.instant.later.next()
    }

    /// The clock is followed, and not held at an instant of one's own.
    fn follows(&self) -> bool {
        self.instant.begun.is_some() && self.instant.fixed.is_none()
    }

    /// Looks what the file has of later than now; held from here on where it has any.
    fn look_ahead(&mut self, now: AsOf) -> Result<(), StoreError> {
        self.instant.later = Later::read(&self.conn, now)?;
        self.keep_held(now)
    }

    /// Held at now as long as anything waits.
    fn keep_held(&mut self, now: AsOf) -> Result<(), StoreError> {
        match (self.instant.later.rows(), self.opening.held) {
            (0, None) => Ok(()),
            (0, Some(_)) => {
                past::release(&self.conn)?;
                (self.opening.held, self.facts) = (None, None);
                Ok(())
            }
            (_, Some(at)) if at == now => Ok(()),
            (_, Some(_)) => self.hold(now),
            (_, None) => self.leave_present(now),
        }
    }

    /// A new business day: what is held is held in it.
    pub(super) fn turn_day(&mut self, now: AsOf) -> Result<(), StoreError> {
        if self.follows() && self.is_held() {
            // Who is hired on it is here, and the day before has its statistics.
            return self.leave_present(now);
        }
        Ok(())
    }

    fn hold(&mut self, at: AsOf) -> Result<(), StoreError> {
        past::hold(&self.conn, at)?;
        self.opening.held = Some(at);
        Ok(())
    }

    /// The file has rows of later than the instant that is told of.
    pub fn is_held(&self) -> bool {
        self.opening.held.is_some()
    }

    /// What was loaded may have rows of later than the instant that is told of: the connection is held from now on, and
    /// everything is to be read again.
    fn has_outrun(&mut self, now: AsOf) -> Result<bool, StoreError> {
        if self.follows() {
            if let Some(unix) = self.instant.loaded {
                // What came to count since it was read is due.
                self.instant.later = Later::read(&self.conn, self.as_of(unix))?;
                return Ok(false);
            }
            self.look_ahead(now)?;
            return Ok(self.is_held());
        }
        let Some(at) = self.fixed_present() else {
            return Ok(false);
        };
        let has_later = past::has_later(&self.conn, at)?;
        if has_later {
            self.leave_present(at)?;
        }
        Ok(has_later)
    }

    /// Business days are those of another zone from here on.
    pub(super) fn move_to(&mut self, zone: Zone) -> Result<(), StoreError> {
        if let Some(at) = self.opening.held {
            self.hold(AsOf { zone, ..at })?;
        }
        (self.zone, self.facts) = (zone, None);
        Ok(())
    }

    /// The fixed instant that is told of, as long as nothing is known of later.
    fn fixed_present(&self) -> Option<AsOf> {
        let unix = self.instant.fixed.filter(|_| !self.is_held())?;
        Some(self.as_of(unix))
    }

    /// Something of later came in, or the day turned: holds the connection; what was read of small tables goes.
    fn leave_present(&mut self, at: AsOf) -> Result<(), StoreError> {
        self.facts = None;
        self.hold(at)
    }

    /// Takes over what other processes committed since the last time, and what has come to count since.
    pub fn catch_up(&mut self, as_of: AsOf) -> Result<CaughtUp, LoadError> {
        if !self.half && std::mem::take(&mut self.instant.unlooked) && self.has_outrun(as_of)? {
            return Ok(CaughtUp::Gap);
        }
        if self.half || self.engine.is_none() {
            // The load that is under way sees it, or it is applied to the whole.
            return Ok(CaughtUp::Nothing);
        }
        let mut due = Changes::default();
        if self.follows() {
            self.instant.later.file_due(as_of.unix, &mut due);
        }
        loop {
            if let Some(caught) = self.catch(&due, as_of)? {
                return Ok(caught);
            }
        }
    }

    /// One try; `None` when what came waits for its time, or nothing does any more: it is read again as it is to be told.
    fn catch(&mut self, due: &Changes, as_of: AsOf) -> Result<Option<CaughtUp>, LoadError> {
        let (fixed, follows) = (self.fixed_present(), self.follows());
        let Some(loaded) = self.engine.as_mut() else {
            return Ok(Some(CaughtUp::Nothing));
        };
        // One read transaction: the log's tail and the rows it names are of one state.
        let tx = self.conn.unchecked_transaction()?;
        // Looked at itself: the log tells neither what a load saw nor what a sweep brought.
        let zone = meta::zone(&tx)?;
        if zone != self.zone {
            tx.finish()?;
            self.move_to(zone)?;
            return Ok(Some(CaughtUp::Gap));
        }
        let mut changed = match changes::since(&tx, loaded.seq)? {
            Tail::Gap => {
                tx.finish()?;
                self.facts = None;
                if follows {
                    self.look_ahead(as_of)?;
                }
                return Ok(Some(CaughtUp::Gap));
            }
            Tail::Changes(changed) => changed,
        };
        changed.join(due);
        if changed.is_empty() {
            return Ok(Some(CaughtUp::Nothing));
        }
        if follows {
            let later = &mut self.instant.later;
            later.look_at(&tx, &changed, as_of.unix)?;
            let wanted = (later.rows() > 0).then_some(as_of);
            if wanted != self.opening.held {
                tx.finish()?;
                self.keep_held(as_of)?;
                return Ok(None);
            }
        }
        if let Some(at) = fixed
            && past::brings_later(&tx, &changed, at)?
        {
            tx.finish()?;
            self.leave_present(at)?;
            return Ok(Some(CaughtUp::Gap));
        }
        let Some((applied, stayed)) = take_over(loaded, &tx, &changed)? else {
            self.facts = None;
            return Ok(Some(CaughtUp::Gap));
        };
        if let Some(facts) = &mut self.facts {
            facts.refresh(&tx, &changed, as_of)?;
        }
        self.revision += 1;
        tx.finish()?;
        self.note_state();
        let cells = needs::only_cells(&changed, stayed).then(|| Cells::of(&applied, &changed));
        Ok(Some(CaughtUp::Changed(
            changed_notice(applied, &changed),
            cells,
        )))
    }
}

/// Takes over the rows that changed, and says whether the pool is of the same customers; `None` when everything must be read
/// again.
fn take_over(
    loaded: &mut Loaded,
    conn: &Connection,
    changed: &Changes,
) -> Result<Option<(Applied, bool)>, LoadError> {
    let again = crate::store::load::again(conn, changed, &loaded.engine.owners(changed))?;
    if loaded.engine.is_of_another_journey(&again) {
        return Ok(None);
    }
    let rows = &changed.customers.rows;
    let before = loaded.engine.known(rows);
    let applied = loaded.engine.apply(&again);
    let stayed = before == rows.len() && loaded.engine.known(rows) == rows.len();
    loaded.seq = changed.upto;
    Ok(Some((applied, stayed)))
}
