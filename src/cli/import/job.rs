//! A detached import as its file under the state directory says: written by its own process, read by lists and consoles.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use crate::app::job::{self, Stage};
use crate::cli::setting::Setting;
use crate::cli::when;
use crate::domain::SafeText;

/// Seconds that a job may take to stand on its own.
const START: i64 = 30;
/// Jobs that are remembered.
const KEPT: usize = 200;

/// What a job did last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// On its way.
    #[default]
    Running,
    /// In.
    Done,
    /// Not in.
    Failed,
    /// Killed on the way: nothing of its file is in.
    Lost,
}

/// What a running job does with the file it is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It starts, or waits for another process that writes.
    #[default]
    Waiting,
    /// It holds the rows against the rules.
    Checking,
    /// It writes them.
    Writing,
    /// It brings totals and indexes up to them.
    Finishing,
}

/// A job as its file says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Job {
    /// Its number.
    pub id: u32,
    /// What it does now, or did last.
    pub state: State,
    /// Files on their way.
    pub files: Vec<String>,
    /// The workspace.
    pub workspace: String,
    /// When it began, unix seconds.
    pub started_at: i64,
    /// When it ended, unix seconds; `None` while it goes on.
    pub ended_at: Option<i64>,
    /// Rows written of the file it is at.
    pub rows: u64,
    /// Rows of that file; 0 while they are not counted.
    pub of: u64,
    /// What it said at the end.
    pub said: String,
    /// Its exit code.
    pub exit: Option<u8>,
    /// Its process has come so far as to hold the lock.
    pub stands: bool,
    /// What it does with the file it is at.
    pub phase: Phase,
    /// That file's place among the files, from 1.
    pub place: u32,
    /// When the phase began and when the rows were last told, unix seconds.
    pub told: (i64, i64),
    /// Rows of all files so far: new, changed, unchanged, rejected.
    pub counts: [u64; 4],
    /// Where rejected rows lie.
    pub rejects: Vec<String>,
    /// Why it failed, and what to do.
    pub why: Vec<String>,
}

/// The folder of jobs, made if need be.
pub fn folder(setting: &Setting) -> io::Result<PathBuf> {
    setting.paths.make_state()?;
    let folder = setting.paths.state.join("jobs");
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)?;
    Ok(folder)
}

pub fn private(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    options.write(true).mode(0o600).open(path)
}

impl Job {
    pub fn file(folder: &Path, id: u32) -> PathBuf {
        folder.join(format!("{id}.json"))
    }

    /// Written beside and renamed: a reader never sees half of it.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let beside = folder.join(format!("{}.new", self.id));
        let file = private(&beside, OpenOptions::new().create(true).truncate(true))?;
        serde_json::to_writer(&file, self)?;
        std::fs::rename(&beside, Self::file(folder, self.id))
    }

    pub fn read(folder: &Path, id: u32) -> Option<Self> {
        let text = std::fs::read_to_string(Self::file(folder, id)).ok()?;
        let mut job: Self = serde_json::from_str(&text).ok()?;
        let is_young = !job.stands && when::now().saturating_sub(job.started_at) < START;
        if job.state == State::Running && !is_young && is_free(folder, id) {
            // It may have ended between the two looks.
            let text = std::fs::read_to_string(Self::file(folder, id)).ok()?;
            job = serde_json::from_str(&text).ok()?;
            if job.state == State::Running {
                job.state = State::Lost;
            }
        }
        Some(job)
    }

    /// Rows a second in its phase; 0 while that cannot be said.
    pub fn rate(&self) -> u64 {
        let (since, at) = self.told;
        let seconds = u64::try_from(at.saturating_sub(since)).unwrap_or(0);
        self.rows.checked_div(seconds).unwrap_or(0)
    }

    /// As the console shows it.
    pub fn shown(&self) -> job::Job {
        let files = self.files.len();
        let at = usize::try_from(self.place.max(1) - 1).unwrap_or(0);
        let file = self.files.get(at.min(files.saturating_sub(1)));
        let name = file.map_or("", |file| file.rsplit('/').next().unwrap_or(file));
        let safe = |lines: &[String]| lines.iter().map(|line| SafeText::new(line)).collect();
        job::Job {
            id: self.id,
            stage: match (self.state, self.phase) {
                (State::Running, Phase::Waiting) => Stage::Waiting,
                (State::Running, Phase::Checking) => Stage::Checking,
                (State::Running, Phase::Writing) => Stage::Writing,
                (State::Running, Phase::Finishing) => Stage::Finishing,
                (State::Done, _) => Stage::Done,
                (State::Failed, _) => Stage::Failed,
                (State::Lost, _) => Stage::Lost,
            },
            file: SafeText::new(name),
            place: (self.place.max(1), u32::try_from(files).unwrap_or(u32::MAX)),
            rows: self.rows,
            of: self.of,
            rate: self.rate(),
            started_at: self.started_at,
            ended_at: self.ended_at,
            counts: self.counts,
            rejects: safe(&self.rejects),
            said: safe(&self.why),
        }
    }
}

/// Nobody holds the lock of a job's process. Several may ask at a time.
pub fn is_free(folder: &Path, id: u32) -> bool {
    let options = &mut OpenOptions::new();
    let lock = private(&folder.join(format!("{id}.lock")), options.create(true));
    lock.is_ok_and(|lock| flock(&lock, FlockOperation::NonBlockingLockShared).is_ok())
}

/// Numbers of all jobs, oldest first.
pub fn numbers(folder: &Path) -> Vec<u32> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<u32> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            name.strip_suffix(".json")?.parse().ok()
        })
        .collect();
    found.sort_unstable();
    found
}

/// The workspace, however it was named; safe to show.
pub fn place_of(setting: &Setting) -> String {
    let named = setting.workspace();
    let whole = std::fs::canonicalize(&named).unwrap_or(named);
    SafeText::new(&whole.to_string_lossy()).to_string()
}

/// Forgets the oldest jobs that ended.
pub fn forget_old(folder: &Path, known: &[u32]) {
    let old = known.len().saturating_sub(KEPT);
    for id in known.iter().take(old) {
        if is_free(folder, *id) {
            let _ = std::fs::remove_file(Job::file(folder, *id));
            let _ = std::fs::remove_file(folder.join(format!("{id}.lock")));
        }
    }
}
