//! Imports that go on when the terminal is lost: each a process in a session of its own, with a file of what it does under
//! the state directory. A lock held for as long as the process lives tells a running job from one that was killed.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write, stdout};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use crate::app::jobs::{self, Stage};
use crate::cli::cell::Cell;
use crate::cli::error::{Exit, Failure};
use crate::cli::setting::Setting;
use crate::cli::table::{Column, Head, How, Sheet};
use crate::cli::when;
use crate::domain::{Lang, SafeText};
use crate::runtime::folder::Folder;

use super::chinese::chinese;

/// Seconds that a job may take to stand on its own.
const START: i64 = 30;
/// Jobs that are remembered.
const KEPT: usize = 200;
/// Jobs that a console looks at.
const LISTED: usize = 50;
/// Between two looks at a job that runs: it may have been killed.
const LOOK: Duration = Duration::from_secs(3);
/// What a job says once it stands on its own.
const READY: &str = "ready";

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
    /// When it ended.
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
fn folder(setting: &Setting) -> io::Result<PathBuf> {
    setting.paths.make_state()?;
    let folder = setting.paths.state.join("jobs");
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)?;
    Ok(folder)
}

fn private(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    options.write(true).mode(0o600).open(path)
}

impl Job {
    fn file(folder: &Path, id: u32) -> PathBuf {
        folder.join(format!("{id}.json"))
    }

    /// Written beside and renamed: a reader never sees half of it.
    fn write(&self, folder: &Path) -> io::Result<()> {
        let beside = folder.join(format!("{}.new", self.id));
        let file = private(&beside, OpenOptions::new().create(true).truncate(true))?;
        serde_json::to_writer(&file, self)?;
        std::fs::rename(&beside, Self::file(folder, self.id))
    }

    fn read(folder: &Path, id: u32) -> Option<Self> {
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
    fn rate(&self) -> u64 {
        let (since, at) = self.told;
        let seconds = u64::try_from(at.saturating_sub(since)).unwrap_or(0);
        self.rows.checked_div(seconds).unwrap_or(0)
    }

    /// As the console shows it.
    fn shown(&self) -> jobs::Job {
        let files = self.files.len();
        let at = usize::try_from(self.place.max(1) - 1).unwrap_or(0);
        let file = self.files.get(at.min(files.saturating_sub(1)));
        let name = file.map_or("", |file| file.rsplit('/').next().unwrap_or(file));
        let safe = |lines: &[String]| lines.iter().map(|line| SafeText::new(line)).collect();
        jobs::Job {
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
fn is_free(folder: &Path, id: u32) -> bool {
    let options = &mut OpenOptions::new();
    let lock = private(&folder.join(format!("{id}.lock")), options.create(true));
    lock.is_ok_and(|lock| flock(&lock, FlockOperation::NonBlockingLockShared).is_ok())
}

/// Numbers of all jobs, oldest first.
fn numbers(folder: &Path) -> Vec<u32> {
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

/// Starts this very command again as a job, waits until it stands on its own and says its number.
pub fn start(setting: &Setting, files: &[PathBuf], out: &mut impl Write) -> Result<Exit, Failure> {
    let folder = folder(setting)?;
    let known = numbers(&folder);
    forget_old(&folder, &known);
    let mut id = known.last().map_or(1, |last| last + 1);
    while let Err(taken) = private(&Job::file(&folder, id), OpenOptions::new().create_new(true)) {
        if taken.kind() != io::ErrorKind::AlreadyExists {
            return Err(taken.into());
        }
        id += 1;
    }
    let shown = |path: &Path| SafeText::new(&path.to_string_lossy()).to_string();
    let job = Job {
        id,
        state: State::Running,
        files: files.iter().map(|file| shown(file)).collect(),
        workspace: place_of(setting),
        started_at: when::now(),
        ..Job::default()
    };
    job.write(&folder)?;
    let arguments = std::env::args_os()
        .skip(1)
        .filter(|argument| argument != "--detach");
    let mut child = Command::new(std::env::current_exe()?)
        .args(arguments)
        .arg(format!("--job={id}"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut said = String::new();
    if let Some(output) = child.stdout.take() {
        BufReader::new(output).read_line(&mut said)?;
    }
    if said.trim() != READY {
        return Err(Failure::new(
            Exit::Failed,
            "the job did not start",
            "run it without --detach to see why",
        ));
    }
    writeln!(
        out,
        "job {id} goes on by itself; `caopan import --jobs` shows how far it is"
    )?;
    Ok(Exit::Ok)
}

/// The job that this process is.
pub struct Running {
    folder: PathBuf,
    job: Job,
    _lock: File,
}

impl Running {
    /// Leaves the terminal and takes the job's lock.
    pub fn begin(setting: &Setting, id: u32) -> Result<Self, Failure> {
        let folder = folder(setting)?;
        let unknown = || Failure::new(Exit::Usage, format!("there is no job {id}"), "use --detach");
        let text = std::fs::read_to_string(Job::file(&folder, id)).map_err(|_| unknown())?;
        let mut job: Job = serde_json::from_str(&text).map_err(|_| unknown())?;
        let lock = private(
            &folder.join(format!("{id}.lock")),
            OpenOptions::new().create(true),
        )?;
        // Whoever lists the jobs holds it for a moment.
        flock(&lock, FlockOperation::LockExclusive).map_err(io::Error::from)?;
        job.stands = true;
        job.write(&folder)?;
        // Where this process leads a session already there is no terminal to leave.
        let _ = rustix::process::setsid();
        writeln!(stdout(), "{READY}")?;
        Ok(Self {
            folder,
            job,
            _lock: lock,
        })
    }

    /// The next file.
    pub fn next_file(&mut self) {
        self.job.place += 1;
        self.report(Phase::Waiting, 0, 0);
    }

    /// So many rows of so many in a phase; written down once a second at most, and when a phase begins.
    pub fn report(&mut self, phase: Phase, rows: u64, of: u64) {
        let (now, job) = (when::now(), &mut self.job);
        let begins = job.phase != phase || rows < job.rows;
        if !begins && now == job.told.1 {
            return;
        }
        let since = if begins { now } else { job.told.0 };
        (job.phase, job.rows, job.of, job.told) = (phase, rows, of, (since, now));
        // A full disk shows in the import itself.
        let _ = job.write(&self.folder);
    }

    /// It waits for another process that writes, or ends what it has written.
    pub fn turn(&mut self, phase: Phase) {
        let (rows, of) = (self.job.rows, self.job.of);
        self.report(phase, rows, of);
    }

    /// What came of a file, and where its rejected rows lie.
    pub fn came(&mut self, counts: [u64; 4], rejects: Option<SafeText>) {
        for (sum, n) in self.job.counts.iter_mut().zip(counts) {
            *sum += n;
        }
        self.job
            .rejects
            .extend(rejects.map(|place| place.to_string()));
    }

    /// Writes the end down.
    pub fn end(mut self, said: &str, done: &Result<Exit, Failure>, lang: Lang) -> io::Result<()> {
        self.job.ended_at = Some(when::now());
        let exit = match done {
            Ok(exit) => *exit,
            Err(failure) => failure.exit,
        };
        self.job.exit = Some(exit as u8);
        self.job.state = match done {
            Ok(_) => State::Done,
            Err(_) => State::Failed,
        };
        self.job.said = match done {
            Ok(_) => said.trim().to_owned(),
            Err(failure) => format!("{said}{failure}"),
        };
        if let Err(failure) = done {
            let lines = failure.what.lines().chain([failure.help.as_str()]);
            let say = |line: &str| match lang {
                Lang::Zh => chinese(line),
                Lang::En => line.to_owned(),
            };
            self.job.why = lines.map(say).collect();
        }
        self.job.write(&self.folder)
    }
}

/// The workspace, however it was named; safe to show.
fn place_of(setting: &Setting) -> String {
    let named = setting.workspace();
    let whole = std::fs::canonicalize(&named).unwrap_or(named);
    SafeText::new(&whole.to_string_lossy()).to_string()
}

/// Forgets the oldest jobs that ended.
fn forget_old(folder: &Path, known: &[u32]) {
    let old = known.len().saturating_sub(KEPT);
    for id in known.iter().take(old) {
        if is_free(folder, *id) {
            let _ = std::fs::remove_file(Job::file(folder, *id));
            let _ = std::fs::remove_file(folder.join(format!("{id}.lock")));
        }
    }
}

/// Tells how the jobs into this workspace stand, newest first, now and whenever that changes. Nothing wakes while no job runs.
pub fn watch(
    setting: &Setting,
    mut tell: impl FnMut(Vec<jobs::Job>) + Send + 'static,
) -> io::Result<()> {
    let folder = folder(setting)?;
    let workspace = place_of(setting);
    let mut listened = Folder::listen(&folder);
    let mut told = Vec::new();
    let watching = move || loop {
        let known = numbers(&folder);
        let newest = known.iter().rev().take(LISTED);
        let jobs: Vec<jobs::Job> = newest
            .filter_map(|id| Job::read(&folder, *id))
            .filter(|job| job.workspace == workspace)
            .map(|job| job.shown())
            .collect();
        let runs = jobs.iter().any(|job| job.stage.is_running());
        if jobs != told {
            told.clone_from(&jobs);
            tell(jobs);
        }
        // A process that is killed puts nothing into the folder.
        listened.wait(runs.then_some(LOOK));
    };
    std::thread::Builder::new()
        .name("jobs".into())
        .spawn(watching)
        .map(drop)
}

/// Prints all jobs, newest first.
pub fn list(setting: &Setting, how: How, out: &mut impl Write) -> Result<Exit, Failure> {
    let folder = folder(setting)?;
    let jobs: Vec<Job> = numbers(&folder)
        .into_iter()
        .rev()
        .filter_map(|id| Job::read(&folder, id))
        .collect();
    let head = Head {
        kind: "jobs",
        ..Head::default()
    };
    let mut sheet = Sheet::begin(out, how, &head, columns())?;
    sheet.rows(&jobs)?;
    sheet.end(&[])?;
    Ok(Exit::Ok)
}

fn columns() -> Vec<Column<Job>> {
    vec![
        Column::number("job", "任务", "job", |job, _| Cell::Id(i64::from(job.id))),
        Column::text("state", "状态", "state", |job, how| {
            let (code, zh, en) = match job.state {
                State::Running => ("running", "进行中", "running"),
                State::Done => ("done", "完成", "done"),
                State::Failed => ("failed", "失败", "failed"),
                State::Lost => ("lost", "中断", "killed"),
            };
            Cell::Code(code, how.word(zh, en).to_owned())
        }),
        Column::text("started_at", "开始", "started", |job, _| {
            Cell::Instant(job.started_at)
        }),
        Column::number("rows", "行", "rows", |job, _| {
            Cell::Count(i64::try_from(job.rows).unwrap_or(i64::MAX))
        }),
        Column::number("of", "共", "of", |job, _| match job.of {
            0 => Cell::Empty,
            of => Cell::Count(i64::try_from(of).unwrap_or(i64::MAX)),
        }),
        Column::text("files", "文件", "files", |job, _| {
            Cell::id(&job.files.join(" "))
        }),
        Column::text("workspace", "工作区", "workspace", |job, _| {
            Cell::id(&job.workspace)
        }),
        Column::text("said", "结果", "outcome", |job, _| {
            let said = job.said.lines().next().unwrap_or_default();
            Cell::id(job.why.first().map_or(said, String::as_str))
        }),
    ]
}
