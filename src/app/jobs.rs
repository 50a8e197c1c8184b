//! Imports that run by themselves beside the console: how far they are, and how they ended.

use super::job::{Job, Stage};
use super::overlay::Overlay;
use super::state::App;
use super::turn::Turn;

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
                let rejected = job.counts[3];
                let [new, changed, _, refused] = job.counts.map(|n| self.grouped(n));
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
                format!("{words}, {more} {refused} (J)")
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
