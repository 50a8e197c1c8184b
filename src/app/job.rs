//! An import that runs by itself beside the console: where it is, and what came of it.

use crate::domain::SafeText;

/// Where a job is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Its process starts, or waits for another that writes.
    #[default]
    Waiting,
    /// Rows are held against the rules; how many there are is not known.
    Checking,
    /// Rows are written.
    Writing,
    /// Totals and indexes follow.
    Finishing,
    /// All files are in.
    Done,
    /// A file is not in.
    Failed,
    /// Its process was killed: nothing of the file it was at is in.
    Lost,
}

impl Stage {
    /// It goes on.
    pub fn is_running(self) -> bool {
        match self {
            Self::Waiting | Self::Checking | Self::Writing | Self::Finishing => true,
            Self::Done | Self::Failed | Self::Lost => false,
        }
    }
}

/// A detached import into this workspace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Job {
    /// Its number.
    pub id: u32,
    /// Where it is.
    pub stage: Stage,
    /// The file it is at, or the last one.
    pub file: SafeText,
    /// Its place among the job's files, from 1, and how many there are.
    pub place: (u32, u32),
    /// Rows of that file done in this stage.
    pub rows: u64,
    /// Rows of that file; 0 while they are not counted.
    pub of: u64,
    /// Rows a second in this stage; 0 while that cannot be said.
    pub rate: u64,
    /// When it began, unix seconds.
    pub started_at: i64,
    /// When it ended, unix seconds.
    pub ended_at: Option<i64>,
    /// Rows of all its files: new, changed, unchanged, rejected.
    pub counts: [u64; 4],
    /// Where rejected rows lie.
    pub rejects: Vec<SafeText>,
    /// Why it failed and what to do, in lines.
    pub said: Vec<SafeText>,
}

impl Job {
    /// Share of the file that is written, whole percent; `None` while that cannot be said.
    pub fn percent(&self) -> Option<u64> {
        match self.stage {
            Stage::Writing => self.rows.saturating_mul(100).checked_div(self.of),
            Stage::Finishing => Some(100),
            Stage::Waiting | Stage::Checking | Stage::Done | Stage::Failed | Stage::Lost => None,
        }
        .map(|percent| percent.min(100))
    }

    /// Seconds until its rows are written, at the rate so far.
    pub fn seconds_left(&self) -> Option<u64> {
        let left = self.of.checked_sub(self.rows).filter(|_| self.of > 0)?;
        (self.stage == Stage::Writing)
            .then(|| left.checked_div(self.rate))
            .flatten()
    }
}
