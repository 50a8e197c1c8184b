//! Imports that run by themselves beside the console: how far they are, and how they ended.

use crate::domain::SafeText;

use super::asking::Turn;
use super::overlay::Overlay;
use super::state::App;

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

impl App {
    /// The job that the top line speaks of: the oldest one on its way.
    pub fn running_job(&self) -> Option<&Job> {
        self.jobs.iter().rev().find(|job| job.stage.is_running())
    }

    /// How the jobs stand, newest first; one that ended since is told.
    pub(super) fn jobs_told(&mut self, jobs: Vec<Job>, turn: &mut Turn) {
        let knows = std::mem::replace(&mut self.memory.told.jobs, true);
        if self.jobs == jobs {
            return;
        }
        self.dirty = true;
        let before = std::mem::replace(&mut self.jobs, jobs);
        // One that ended at once was never seen on its way.
        let had_ended = |id: u32| {
            let job = before.iter().find(|job| job.id == id);
            job.is_some_and(|job| !job.stage.is_running())
        };
        let ended: Vec<(String, bool)> = self
            .jobs
            .iter()
            .filter(|job| knows && !job.stage.is_running() && !had_ended(job.id))
            .map(|job| (self.end_of(job), job.stage != Stage::Done))
            .collect();
        for (words, is_error) in ended {
            self.toast_text(turn, words, is_error);
        }
        let last = self.jobs.len().saturating_sub(1);
        if let Some(Overlay::Jobs(at)) = self.overlays.last_mut() {
            *at = (*at).min(last);
        }
    }

    /// How a job ended, in one sentence.
    fn end_of(&self, job: &Job) -> String {
        let file = job.file.as_str();
        match job.stage {
            Stage::Done => {
                let [new, changed, _, rejected] = job.counts;
                let words = match self.look.lang {
                    crate::domain::Lang::Zh => {
                        format!("导入完成 {file}: 新增 {new}, 变更 {changed}")
                    }
                    crate::domain::Lang::En => {
                        format!("{file} is in: {new} new, {changed} changed")
                    }
                };
                if rejected == 0 {
                    return words;
                }
                let more = self.word(("拒收", "rejected"));
                format!("{words}, {more} {rejected} (J)")
            }
            Stage::Failed => {
                let words = self.word(("没有导入, 按 J 看原因", "was not imported; J says why"));
                format!("{file} {words}")
            }
            Stage::Lost => {
                let words = self.word((
                    "的导入被中断, 没有写入, 可以重新导入",
                    "was killed on its way: nothing of it is in; import it again",
                ));
                format!("{file} {words}")
            }
            Stage::Waiting | Stage::Checking | Stage::Writing | Stage::Finishing => String::new(),
        }
    }

    /// Opens the list of jobs.
    pub(super) fn open_jobs(&mut self, turn: &mut Turn) {
        if self.jobs.is_empty() {
            let words = (
                "没有后台导入; caopan import … --detach 开始一个",
                "No detached imports; caopan import … --detach starts one",
            );
            self.toast(turn, words, false);
        } else {
            self.overlays.push(Overlay::Jobs(0));
        }
    }
}
