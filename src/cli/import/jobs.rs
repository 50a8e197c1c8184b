//! Imports that go on when the terminal is lost: each a process in a session of its own, with a file of what it does under
//! the state directory. A lock held for as long as the process lives tells a running job from one that was killed.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write, stdout};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize};

use crate::cli::cell::Cell;
use crate::cli::error::{Exit, Failure};
use crate::cli::setting::Setting;
use crate::cli::table::{Column, Head, How, Sheet};
use crate::cli::when;
use crate::domain::SafeText;

/// What a job says once it stands on its own.
const READY: &str = "ready";

/// What a job did last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// On its way.
    Running,
    /// In.
    Done,
    /// Not in.
    Failed,
    /// Killed on the way: nothing of its file is in.
    Lost,
}

/// A job as its file says.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
        if job.state == State::Running && lock(folder, id).is_ok_and(|free| free.is_some()) {
            job.state = State::Lost;
        }
        Some(job)
    }
}

/// The lock of a job's process; `None` while somebody holds it.
fn lock(folder: &Path, id: u32) -> io::Result<Option<File>> {
    let file = private(
        &folder.join(format!("{id}.lock")),
        OpenOptions::new().create(true),
    )?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(e) => Err(e.into()),
    }
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
    let mut id = numbers(&folder).last().map_or(1, |last| last + 1);
    while let Err(taken) = private(&Job::file(&folder, id), OpenOptions::new().create_new(true)) {
        if taken.kind() != io::ErrorKind::AlreadyExists {
            return Err(taken.into());
        }
        id += 1;
    }
    let shown = |path: &Path| SafeText::new(&path.to_string_lossy()).as_str().to_owned();
    let job = Job {
        id,
        state: State::Running,
        files: files.iter().map(|file| shown(file)).collect(),
        workspace: shown(&setting.workspace()),
        started_at: when::now(),
        ended_at: None,
        rows: 0,
        of: 0,
        said: String::new(),
        exit: None,
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
    /// Second of the last report.
    reported: i64,
}

impl Running {
    /// Leaves the terminal and takes the job's lock.
    pub fn begin(setting: &Setting, id: u32) -> Result<Self, Failure> {
        let folder = folder(setting)?;
        let unknown = || Failure::new(Exit::Usage, format!("there is no job {id}"), "use --detach");
        let text = std::fs::read_to_string(Job::file(&folder, id)).map_err(|_| unknown())?;
        let job: Job = serde_json::from_str(&text).map_err(|_| unknown())?;
        let lock = private(
            &folder.join(format!("{id}.lock")),
            OpenOptions::new().create(true),
        )?;
        // Whoever lists the jobs holds it for a moment.
        rustix::fs::flock(&lock, FlockOperation::LockExclusive).map_err(io::Error::from)?;
        // Where this process leads a session already there is no terminal to leave.
        let _ = rustix::process::setsid();
        writeln!(stdout(), "{READY}")?;
        Ok(Self {
            folder,
            job,
            _lock: lock,
            reported: 0,
        })
    }

    /// So many rows of so many; written down once a second at most.
    pub fn report(&mut self, rows: u64, of: u64) {
        let now = when::now();
        if now == self.reported {
            return;
        }
        self.reported = now;
        (self.job.rows, self.job.of) = (rows, of);
        // A full disk shows in the import itself.
        let _ = self.job.write(&self.folder);
    }

    /// Writes the end down.
    pub fn end(mut self, said: &str, done: &Result<Exit, Failure>) -> io::Result<()> {
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
        self.job.write(&self.folder)
    }
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
            Cell::id(job.said.lines().next().unwrap_or_default())
        }),
    ]
}
