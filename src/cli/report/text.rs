//! A report as text for a chat: short lines, no columns, nothing that a proportional font would spoil.

mod people;

use crate::config::words::Words;
use crate::domain::kpi::goal::Goal;
use crate::domain::number::{NumberStyle, SMALL_BASE};
use crate::domain::period::Period;
use crate::domain::{Day, Figure, nearest};
use crate::ui::panes::kpi::{YUAN, caveats, why_no_split};

use super::super::held::course_words;
use super::super::how::How;
use super::super::late;
use super::super::options::OutputFormat;
use super::figures::{Block, Line, so_far};
use super::{Meeting, Report};

/// Writes a report in words.
struct Writer<'a> {
    report: &'a Report,
    how: How,
    style: NumberStyle,
    words: Words,
    text: String,
}

/// The whole text.
pub fn written(report: &Report, how: How) -> String {
    let how = How {
        format: OutputFormat::Table,
        ..how
    };
    let style = NumberStyle {
        exact: false,
        ..how.style()
    };
    let words = Words::new(how.lang);
    let mut writer = Writer {
        report,
        how,
        style,
        words,
        text: String::new(),
    };
    writer.title();
    writer.block(&report.block, "report.result");
    if let Some(month) = &report.month {
        writer.block(month, "report.month");
    }
    writer.campaign();
    writer.board();
    writer.groups();
    writer.people();
    writer.text
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn say(&mut self, key: &str, holes: &[(&str, &str)]) {
        let line = self.words.fill(key, holes);
        self.line(&line);
    }

    /// A blank line and the heading of a part.
    fn part(&mut self, key: &str, of: &str) {
        let line = format!("\n[{}] {of}", self.words.say(key));
        self.line(&line);
    }

    /// Whose report of which meeting, its scope, how old the sources are.
    fn title(&mut self) {
        let report = self.report;
        let kind = self.words.say(match report.meeting {
            Meeting::Daily => "report.daily",
            Meeting::Morning => "report.morning",
            Meeting::Noon => "report.noon",
            Meeting::Evening => "report.evening",
        });
        let demo = if report.demo { " DEMO" } else { "" };
        let title = format!("{kind} {} {}{demo}", report.name, report.day);
        self.line(&title);
        let org = report.stamp.org.as_ref().map(|(_, name)| name.to_string());
        let org = org.unwrap_or_else(|| self.words.say("scope.everyone").to_owned());
        let at = self.how.clock(report.stamp.as_of);
        self.say("report.scope", &[("org", &org), ("at", &at)]);
        if report.stamp.org.is_some() {
            self.say("report.of_owners", &[]);
        }
        // Whoever reads of a day that goes on takes it for now: what is late is told in every report.
        let looks_back = report.meeting.looks_back();
        let told = report.sources.iter().filter(|s| looks_back || s.stale);
        let now = report.now.unix;
        if let Some(line) = late::line(told, now, self.style, &self.words) {
            self.line(&line);
        }
    }

    fn block(&mut self, block: &Block, title: &str) {
        let days = self.days(block);
        self.part(title, &days);
        let before = span(block.before.from, block.before.to);
        let key = if block.same_time {
            "report.against_same_time"
        } else {
            "report.against"
        };
        self.say(key, &[("days", &before)]);
        for line in &block.lines {
            let name = line.metric.name(self.how.lang);
            let now = self.figure(line.now);
            let before = self.before(line);
            self.line(&format!("{name} {now}{before}"));
            if let Some(goal) = &line.goal {
                if goal.held.actual != line.now {
                    let actual = self.figure(goal.held.actual);
                    self.say("report.credited", &[("actual", &actual)]);
                }
                self.goal(goal);
            }
        }
    }

    fn days(&self, block: &Block) -> String {
        self.told_days(block.period, block.partial)
    }

    /// `2026-11-01..2026-11-11 (至今)`
    fn told_days(&self, period: Period, goes_on: bool) -> String {
        let days = span(period.from, period.to);
        if goes_on {
            format!("{days} ({})", self.words.say("scope.so_far"))
        } else {
            days
        }
    }

    /// `2026-10-20..2026-11-11 (计到 2026-11-10)`
    fn counted_days(&self, period: Period) -> String {
        let (begun, goes_on) = so_far(period, self.report.at);
        if begun == period {
            return self.told_days(period, goes_on);
        }
        let to = begun.to.to_string();
        let counted = self.words.fill("report.counted", &[("to", &to)]);
        format!("{} ({counted})", span(period.from, period.to))
    }

    /// `(前 1.20万, +3.0% ▴)`: nothing where neither was measured.
    fn before(&self, line: &Line) -> String {
        if line.before == Figure::NotMeasured {
            return String::new();
        }
        let change = match (line.now, line.before) {
            (Figure::Count(now), Figure::Count(before)) => {
                Some(self.style.change(now as f64, before as f64))
            }
            (Figure::Money(now), Figure::Money(before)) => {
                Some(self.style.change(now.0 as f64, before.0 as f64))
            }
            // Points of a few people say nothing.
            (Figure::Rate(now), Figure::Rate(before)) => (now.den.abs() >= SMALL_BASE
                && before.den.abs() >= SMALL_BASE)
                .then(|| self.style.points(now.value(), before.value())),
            (
                Figure::Count(_)
                | Figure::Money(_)
                | Figure::Rate(_)
                | Figure::Number(_)
                | Figure::NoValue
                | Figure::NotMeasured,
                _,
            ) => Some(self.style.no_value().to_owned()),
        };
        let before = self.figure(line.before);
        let told = match change {
            Some(change) => {
                let holes = [("before", before.as_str()), ("change", &change)];
                self.words.fill("report.before", &holes)
            }
            None => self
                .words
                .fill("report.before_only", &[("before", &before)]),
        };
        format!(" {told}")
    }

    /// Target, achievement, band; pace and forecast where they are told.
    fn goal(&mut self, goal: &Goal) {
        let target = match goal.held.target {
            // Nobody said of how many.
            Figure::Rate(rate) => self.style.percent_of(rate.value().unwrap_or_default()),
            target => self.figure(target),
        };
        let done = self.style.achievement(goal.held.achievement);
        let course = course_words(goal.held.course, self.how);
        let holes = [
            ("target", target.as_str()),
            ("done", &done),
            ("band", &course),
        ];
        let mut line = self.words.fill("report.goal", &holes);
        if goal.held.pace.is_some() {
            let pace = self.style.achievement(goal.held.pace);
            line.push_str(", ");
            line.push_str(&self.words.pace(&pace, goal.held.expected));
        }
        if goal.held.forecast != Figure::NoValue {
            let forecast = self.figure(goal.held.forecast);
            line.push_str(", ");
            line.push_str(&self.words.fill("kpi.forecast", &[("forecast", &forecast)]));
        }
        self.line(&format!("  {line}"));
    }

    /// The campaign that misses most, and what it lacks by factor.
    fn campaign(&mut self) {
        let report = self.report;
        let Some((head, page)) = report.campaign() else {
            self.part("report.campaign", "");
            self.say("report.no_campaign", &[]);
            return;
        };
        let has_begun = head.lasts.0 <= report.at.unix;
        let days = if has_begun {
            self.counted_days(head.days)
        } else {
            let planned = self.words.say("campaign.planned");
            format!("{} ({planned})", span(head.days.from, head.days.to))
        };
        self.part("report.campaign", &format!("{} {days}", head.name));
        let node = page.tree.iter().find(|n| n.code == "gmv");
        let Some(node) = node else { return };
        let actual = self.figure(node.held.actual);
        self.line(&format!("GMV {actual}"));
        let signed = |fen| self.yuan(fen);
        let caveats = caveats(&self.words, page, signed);
        if let Some(goal) = node.goal().filter(|_| !page.caveats.uncredited) {
            self.goal(&goal);
        }
        for said in caveats {
            self.line(&format!("! {said}"));
        }
        if !has_begun || page.caveats.uncredited {
            return;
        }
        let Some(split) = &page.split else {
            let key = why_no_split(page);
            self.say(key, &[]);
            return;
        };
        let shown = split.in_whole(YUAN);
        let name = |code| crate::domain::metric::find(code).map_or(code, |m| m.name(self.how.lang));
        let parts: Vec<String> = shown
            .parts
            .iter()
            .map(|(code, fen)| format!("{} {}", name(*code), self.yuan(*fen)))
            .collect();
        let gap = self.yuan(shown.gap);
        let sequential = if split.sequential {
            format!(" {}", self.words.say("kpi.sequential"))
        } else {
            String::new()
        };
        let mut line = self
            .words
            .fill("report.gap", &[("gap", &gap), ("parts", &parts.join(", "))]);
        line.push_str(&sequential);
        let cause = split
            .cause()
            .filter(|_| split.gap < 0.0)
            .map(|(code, _)| self.words.fill("report.cause", &[("name", name(code))]));
        self.line(&line);
        if let Some(cause) = cause {
            self.line(&cause);
        }
    }

    /// A figure; a rate with its numerator and denominator.
    fn figure(&self, figure: Figure) -> String {
        match figure {
            Figure::Rate(rate) if rate.den.abs() >= SMALL_BASE => {
                let side = |n: f64| self.style.count(nearest(n));
                format!(
                    "{} ({}/{})",
                    self.style.percent(rate),
                    side(rate.num),
                    side(rate.den)
                )
            }
            Figure::Rate(_)
            | Figure::Count(_)
            | Figure::Money(_)
            | Figure::Number(_)
            | Figure::NoValue
            | Figure::NotMeasured => self.style.figure(figure),
        }
    }

    /// Whole yuan with their sign, so that parts are seen to add up.
    fn yuan(&self, fen: f64) -> String {
        let yuan = nearest(fen / YUAN);
        self.style.signed_count(yuan)
    }
}

/// `2026-11-11`, or `2026-11-01..2026-11-11`.
fn span(from: Day, to: Day) -> String {
    if from == to {
        from.to_string()
    } else {
        format!("{from}..{to}")
    }
}
