//! Imports that run by themselves: one line each, and all that is known of the chosen one under them.

use ratatui::layout::Rect;

use crate::app::job::{Job, Stage};
use crate::config::theme::Role;
use crate::domain::SafeText;
use crate::domain::cells::pad;
use crate::ui::Cx;
use crate::ui::canvas::{Canvas, Run};
use crate::ui::widgets::popup::{Place, popup};
use crate::ui::wrap::wrap;

use super::{Line, list};

/// Lines about the chosen job.
const ABOUT: u16 = 6;

/// Draws the list.
pub fn jobs(cx: &Cx, canvas: &mut Canvas, area: Rect, chosen: usize) {
    let lines: Vec<Line> = cx.app.jobs.iter().map(|job| line(cx, job)).collect();
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX).clamp(1, 12);
    let size = (area.width.saturating_sub(4).min(90), rows + ABOUT + 3);
    let title = cx.words.say("jobs.title");
    let inner = popup(cx, canvas, area, Place::Middle, size, title);
    let above = Rect {
        height: rows.min(inner.height),
        ..inner
    };
    list(cx, canvas, above, &lines, chosen);
    let Some(job) = cx.app.jobs.get(chosen) else {
        return;
    };
    let words = about(cx, job);
    let mut y = above.bottom().saturating_add(1);
    for (text, role) in words {
        for line in wrap(&text, inner.width, usize::from(ABOUT)) {
            if y >= inner.bottom() {
                return;
            }
            canvas.put(inner.x, y, inner.width, &line, cx.style(role));
            y += 1;
        }
    }
}

/// `导入 42%`, and behind it what there is room for: file, rows, rate, time left.
pub fn short(cx: &Cx, job: &Job) -> (Run, Run) {
    let word = cx.words.say("jobs.import");
    let far = match job.percent() {
        Some(percent) => format!("{word} {percent}%"),
        None => format!("{word} {}", stage(cx, job.stage)),
    };
    let name = crate::ui::text::fit(job.file.as_str(), 20);
    let more = match pace(cx, job) {
        pace if pace.is_empty() => name,
        pace => format!("{name} {pace}"),
    };
    ((far, cx.style(Role::Watch)), (more, cx.style(Role::Dim)))
}

fn stage(cx: &Cx, stage: Stage) -> String {
    let key = match stage {
        Stage::Waiting => "jobs.waiting",
        Stage::Checking => "jobs.checking",
        Stage::Writing => "jobs.writing",
        Stage::Finishing => "jobs.finishing",
        Stage::Done => "jobs.done",
        Stage::Failed => "jobs.failed",
        Stage::Lost => "jobs.lost",
    };
    cx.words.say(key).to_owned()
}

/// `12,000 行/秒 剩 0:35`
fn pace(cx: &Cx, job: &Job) -> String {
    if job.rate == 0 {
        return String::new();
    }
    let rate = cx.figures.count(job.rate);
    let rate = cx.words.fill("jobs.rate", &[("n", &rate)]);
    match job.seconds_left() {
        Some(left) => {
            let time = format!("{}:{:02}", left / 60, left % 60);
            format!("{rate} {}", cx.words.fill("jobs.left", &[("time", &time)]))
        }
        None => rate,
    }
}

fn line(cx: &Cx, job: &Job) -> Line {
    let (text, dim) = (cx.style(Role::Text), cx.style(Role::Dim));
    let role = match job.stage {
        Stage::Waiting | Stage::Checking | Stage::Writing | Stage::Finishing => Role::Watch,
        Stage::Done if job.counts.last().is_some_and(|n| *n > 0) => Role::Watch,
        Stage::Done => Role::Ok,
        Stage::Failed | Stage::Lost => Role::Error,
    };
    let at = cx.app.workspace.zone.local(job.started_at);
    let rows = match (job.stage.is_running(), job.of) {
        (false, _) => cx.figures.count(job.counts.iter().sum()),
        (true, 0) => cx.figures.count(job.rows),
        (true, of) => format!("{} / {}", cx.figures.count(job.rows), cx.figures.count(of)),
    };
    let place = match job.place {
        (_, 0 | 1) => String::new(),
        (at, of) => format!(" ({at}/{of})"),
    };
    vec![
        (format!("{:<4}", job.id), dim),
        (at.format("%m-%d %H:%M ").to_string(), dim),
        (pad(&stage(cx, job.stage), 9), cx.style(role)),
        (format!("{rows}  "), text),
        (format!("{}{place}", job.file.as_str()), text),
    ]
}

/// What is known of a job: its pace, or what came in, where rejected rows lie, or why it failed and what to do.
fn about(cx: &Cx, job: &Job) -> Vec<(String, Role)> {
    let mut words = Vec::new();
    if job.stage.is_running() {
        words.push((pace(cx, job), Role::Text));
        return words;
    }
    let [new, changed, unchanged, rejected] = job.counts.map(|n| cx.figures.count(n));
    let holes = [
        ("new", &*new),
        ("changed", &*changed),
        ("unchanged", &*unchanged),
    ];
    match job.stage {
        Stage::Lost => words.push((cx.words.say("jobs.lost_help").to_owned(), Role::Text)),
        Stage::Failed => {}
        Stage::Waiting | Stage::Checking | Stage::Writing | Stage::Finishing | Stage::Done => {
            words.push((cx.words.fill("jobs.counts", &holes), Role::Text));
        }
    }
    if rejected != "0" {
        let files: Vec<_> = job.rejects.iter().map(SafeText::as_str).collect();
        let files = files.join(", ");
        let holes = [("n", &*rejected), ("file", &*files)];
        words.push((cx.words.fill("jobs.rejected", &holes), Role::Watch));
    }
    let said = job.said.iter().enumerate();
    words.extend(said.map(|(n, line)| {
        let role = if n == 0 { Role::Error } else { Role::Text };
        (line.as_str().to_owned(), role)
    }));
    words
}
