//! How far an import is: a bar where somebody looks, plain lines in a log, the job's file where it is detached.

use std::io::{IsTerminal, Write, stderr};
use std::path::Path;

use indicatif::ProgressBar;

use super::job::Phase;
use super::jobs::Running;
use crate::cli::progress::{bar, thousands};
use crate::config::words::Words;
use crate::domain::{Lang, SafeText, sentence};
use crate::import::{Progress, Report};

/// Rows between two lines in a log.
const LINE: u64 = 250_000;

/// Tells whoever looks.
pub struct Teller {
    bar: Option<ProgressBar>,
    job: Option<Running>,
    file: SafeText,
    /// Rows said so far, in a log.
    said: u64,
    words: Words,
}

impl Teller {
    /// A bar on a terminal, lines elsewhere, nothing of both for a job.
    pub fn new(job: Option<Running>, lang: Lang) -> Self {
        let words = Words::new(lang);
        let looks = job.is_none() && stderr().is_terminal();
        Self {
            bar: looks.then(|| bar(words.say("progress.import"))),
            job,
            file: SafeText::new(""),
            said: 0,
            words,
        }
    }

    /// The next file.
    pub fn begin(&mut self, file: &Path) {
        self.file = SafeText::new(&file.to_string_lossy());
        self.said = 0;
        if let Some(bar) = &self.bar {
            bar.reset();
        }
        if let Some(job) = &mut self.job {
            job.next_file();
        }
    }

    /// How far it is.
    pub fn tell(&mut self, progress: Progress) {
        let (what, rows, of) = match progress {
            Progress::Checked(rows) => ("progress.checked", rows, 0),
            Progress::Written(rows, of) => ("progress.written", rows, of),
            Progress::Finishing => ("progress.finishing", u64::MAX, 0),
        };
        if let Some(bar) = &self.bar {
            let what = self.words.say(what);
            if bar.message() != what {
                bar.set_message(what.to_owned());
                bar.reset_eta();
            }
            if of > 0 {
                bar.set_length(of);
            }
            if rows != u64::MAX {
                bar.set_position(rows);
            }
        } else if let Some(job) = &mut self.job {
            match progress {
                Progress::Checked(rows) => job.report(Phase::Checking, rows, 0),
                Progress::Written(rows, of) => job.report(Phase::Writing, rows, of),
                Progress::Finishing => job.turn(Phase::Finishing),
            }
        } else if of > LINE && rows >= self.said + LINE && rows <= of {
            self.said = rows;
            let (file, rows, of) = (self.file.as_str(), thousands(rows), thousands(of));
            let holes = [("file", file), ("rows", rows.as_str()), ("of", of.as_str())];
            let said = self.words.fill("progress.written_of", &holes);
            let _ = writeln!(stderr(), "caopan: {said}");
        }
    }

    /// Another process writes; it waits.
    pub fn waits(&mut self, seconds: u16) {
        if let Some(job) = &mut self.job {
            job.turn(Phase::Waiting);
        }
        let waits = sentence!(
            "另一个进程正在写工作区; 最多等 {seconds} 秒",
            "another process is writing the workspace; waiting up to {seconds} s",
        );
        self.say(waits.say(self.words.lang()).as_str());
    }

    /// What came of a file.
    pub fn came(&mut self, report: &Report, rejects: Option<SafeText>) {
        if let Some(job) = &mut self.job {
            let counts = [
                report.new,
                report.changed,
                report.unchanged,
                report.rejected,
            ];
            job.came(counts, rejects.filter(|_| report.rejected > 0));
        }
    }

    /// Says a sentence.
    pub fn say(&self, sentence: &str) {
        if self.job.is_none() {
            match &self.bar {
                Some(bar) => bar.suspend(|| {
                    let _ = writeln!(stderr(), "caopan: {sentence}");
                }),
                None => {
                    let _ = writeln!(stderr(), "caopan: {sentence}");
                }
            }
        }
    }

    /// Takes the bar away; the job, if this is one.
    pub fn end(self) -> Option<Running> {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.job
    }
}
