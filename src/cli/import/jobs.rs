//! Imports that go on when the terminal is lost: each a process in a session of its own, with a file of what it does under
//! the state directory. A lock held for as long as the process lives tells a running job from one that was killed.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write, stdout};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use crate::app::job;
use crate::cli::cell::Cell;
use crate::cli::error::{Exit, Failure};
use crate::cli::how::How;
use crate::cli::setting::Setting;
use crate::cli::table::{Column, Head, Sheet};
use crate::cli::when;
use crate::config::words::Words;
use crate::domain::{Lang, SafeText, sentence};
use crate::runtime::folder::Folder;

use super::job::{Job, Phase, State, folder, forget_old, numbers, place_of, private};

/// Jobs that a console looks at.
const LISTED: usize = 50;
/// Between two looks at a job that runs: it may have been killed.
const LOOK: Duration = Duration::from_secs(3);
/// What a job says once it stands on its own.
const READY: &str = "ready";

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
            sentence!("后台任务没有启动", "the job did not start"),
            sentence!(
                "去掉 --detach 运行, 看是为什么",
                "run it without --detach to see why"
            ),
        ));
    }
    let words = Words::new(setting.lang());
    let said = words.fill("receipt.detached", &[("job", &id.to_string())]);
    writeln!(out, "{said}")?;
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
        let unknown = || {
            Failure::new(
                Exit::Usage,
                sentence!("没有任务 {id}", "there is no job {id}"),
                sentence!("用 --detach", "use --detach"),
            )
        };
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
        if done.is_ok() {
            self.job.rows = self.job.rows.max(self.job.of);
        }
        self.job.state = match done {
            Ok(_) => State::Done,
            Err(_) => State::Failed,
        };
        self.job.said = match done {
            Ok(_) => said.trim().to_owned(),
            Err(failure) => format!("{said}{}", failure.said(lang)),
        };
        if let Err(failure) = done {
            self.job.why = failure.lines(lang).map(ToString::to_string).collect();
        }
        self.job.write(&self.folder)
    }
}

/// Tells how the jobs into this workspace stand, newest first, now and whenever that changes. Nothing wakes while no job runs.
pub fn watch(
    setting: &Setting,
    mut tell: impl FnMut(Vec<job::Job>) + Send + 'static,
) -> io::Result<()> {
    let folder = folder(setting)?;
    let workspace = place_of(setting);
    let mut listened = Folder::listen(&folder);
    let mut told: Option<Vec<job::Job>> = None;
    let watching = move || loop {
        let known = numbers(&folder);
        let newest = known.iter().rev().take(LISTED);
        let jobs: Vec<job::Job> = newest
            .filter_map(|id| Job::read(&folder, *id))
            .filter(|job| job.workspace == workspace)
            .map(|job| job.shown())
            .collect();
        let runs = jobs.iter().any(|job| job.stage.is_running());
        if told.as_ref() != Some(&jobs) {
            told = Some(jobs.clone());
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
