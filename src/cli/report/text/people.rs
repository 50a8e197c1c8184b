//! Who and what needs somebody: the board, the groups, losses and tasks by person.

use crate::cli::groups::{band, counted, flags};
use crate::domain::group_health::GroupWeek;
use crate::domain::{Figure, Rate, SafeText};
use crate::engine::answer::{BoardRow, Course, GroupRow, HealthBand, KpiBand, Movement};
use crate::engine::groups::{Trouble, troubled};
use crate::store::meeting::Tasks;

use super::super::figures::so_far;
use super::{Writer, span};

/// People named in a list by person; the others are counted.
const NAMED: usize = 10;

impl Writer<'_> {
    /// As many of the ranked as are named, and who is below the target.
    pub(super) fn board(&mut self) {
        let report = self.report;
        let page = &report.board;
        let metric = crate::cli::board::metric_name(page.metric, self.how);
        let (begun, goes_on) = so_far(page.stamp.period, report.at);
        let days = self.told_days(begun, goes_on);
        self.part("report.board", &format!("{metric} {days}"));
        let total = self.figure(page.total);
        self.say("report.total", &[("total", &total)]);
        if let Some(words) = crate::cli::board::uncredited(page, self.how) {
            self.line(&words);
        }
        let (most, _) = report.meeting.most();
        let ranked = || page.rows.iter().filter(|row| row.rank.is_some());
        for row in ranked().take(most) {
            self.ranked(row);
        }
        let left = ranked().count().saturating_sub(most);
        if left > 0 {
            self.say("report.more_people", &[("n", &left.to_string())]);
        }
        if report.meeting.looks_back() {
            let missed = [KpiBand::BelowFloor, KpiBand::Missed].map(Course::Band);
            self.short("report.missed", &missed, most);
            self.short("report.behind", &[Course::Behind], most);
        }
    }

    /// Who missed the target, or is behind.
    fn short(&mut self, key: &str, courses: &[Course], most: usize) {
        let rows = self.report.board.rows.iter();
        let falls = |row: &&BoardRow| row.course.is_some_and(|course| courses.contains(&course));
        let short: Vec<&BoardRow> = rows.filter(falls).collect();
        if short.is_empty() {
            return;
        }
        let names: Vec<SafeText> = short.iter().take(most).map(|r| r.called()).collect();
        let names: Vec<&str> = names.iter().map(SafeText::as_str).collect();
        let (n, names) = (short.len().to_string(), names.join(", "));
        self.say(key, &[("n", &n), ("names", &names)]);
    }

    fn ranked(&mut self, row: &BoardRow) {
        let rank = row.rank.map_or_else(String::new, |rank| rank.to_string());
        let moved = match row.movement {
            Movement::Up(n) => format!(" +{n}"),
            Movement::Down(n) => format!(" {}{n}", self.style.minus()),
            Movement::New => format!(" {}", self.words.say("report.new_here")),
            Movement::Same | Movement::Unknown => String::new(),
        };
        let value = self.figure(row.value);
        let done = row.achievement.map_or_else(String::new, |_| {
            format!(" ({})", self.style.achievement(row.achievement))
        });
        let step = row
            .to_reward
            .as_ref()
            .map_or_else(String::new, |(gap, text)| {
                let gap = self.figure(*gap);
                let holes = [("gap", gap.as_str()), ("reward", text.as_str())];
                format!(" {}", self.words.fill("report.to_reward", &holes))
            });
        let name = row.called();
        let name = name.as_str();
        self.line(&format!("{rank} {name} {value}{done}{moved}{step}"));
    }

    /// The groups that need somebody, worst first.
    pub(super) fn groups(&mut self) {
        let report = self.report;
        let troubled = troubled(report.groups.rows.iter());
        let days = GroupWeek::days(report.at.open_day());
        self.part("report.groups", &span(days.from, days.to));
        let (n, all) = (
            self.style.count(count(troubled.len())),
            self.style.count(count(report.groups.rows.len())),
        );
        let line = self
            .words
            .fill("projector.trouble", &[("n", &n), ("all", &all)]);
        let trouble = Trouble::of(report.groups.rows.iter());
        let counted = counted(trouble, &self.words);
        self.line(&format!("{line}: {counted}"));
        let (_, most) = report.meeting.most();
        for row in troubled.iter().take(most) {
            let line = self.group(row);
            self.line(&line);
        }
        if troubled.len() > most {
            let left = (troubled.len() - most).to_string();
            self.say("report.more_groups", &[("n", &left)]);
        }
        let hits = self.figure(report.hits);
        let days = span(report.block.period.from, report.block.period.to);
        self.say("report.hits", &[("days", &days), ("n", &hits)]);
    }

    /// `!! 沉睡唤醒群2 31.0 沉默 +1/-9 周倩`
    fn group(&self, row: &GroupRow) -> String {
        let sign = crate::ui::panes::groups::band_sign(row.band);
        let shown = |score: f64| self.style.number((score * 10.0 + 1e-7).floor() / 10.0, 1);
        let score = match (row.score, row.structure) {
            (Some(score), _) => shown(score),
            (None, Some(structure)) => format!("({})", shown(structure)),
            (None, None) => self.style.no_value().to_owned(),
        };
        let measured = |n: Option<u32>| {
            n.map_or_else(|| self.style.not_measured().to_owned(), |n| n.to_string())
        };
        let mut why = vec![band(row, self.how).shown(self.how)];
        if row.band == HealthBand::Healthy {
            why.clear();
        }
        let flagged = flags(row, self.how).shown(self.how);
        for flag in flagged.split(' ') {
            if !flag.is_empty() && !why.iter().any(|said| said == flag) {
                why.push(flag.to_owned());
            }
        }
        format!(
            "{sign} {} {score} {} +{}/{}{} {}",
            row.name,
            why.join(" "),
            measured(row.joined),
            self.style.minus(),
            measured(row.left),
            row.owner.1,
        )
        .trim_start()
        .to_owned()
    }

    /// Losses by person.
    fn lost(&mut self) {
        let report = self.report;
        let named: Vec<String> = report
            .lost
            .iter()
            .take(NAMED)
            .map(|(name, n)| format!("{name} {n}"))
            .collect();
        self.part(
            "report.lost",
            &span(report.block.period.from, report.block.period.to),
        );
        let lost = report.block.lines.iter().find(|l| l.metric.code == "lost");
        if lost.is_some_and(|line| line.now == Figure::NotMeasured) {
            let sign = self.style.not_measured();
            self.line(sign);
        } else if named.is_empty() {
            self.say("report.nobody", &[]);
        } else {
            self.line(&named.join(", "));
            self.unnamed(report.lost.len());
        }
    }

    /// How many of a list by person are not named.
    fn unnamed(&mut self, all: usize) {
        let left = all.saturating_sub(NAMED);
        if left > 0 {
            self.say("report.more_people", &[("n", &left.to_string())]);
        }
    }

    /// Losses and tasks by person.
    pub(super) fn people(&mut self) {
        let report = self.report;
        if report.meeting.looks_back() {
            self.lost();
        }
        self.tasks();
    }

    /// Tasks of the day: how many were done of those due, and who has some left.
    fn tasks(&mut self) {
        let report = self.report;
        let at = self.how.clock(report.now.unix);
        let at = self.words.fill("report.at", &[("at", &at)]);
        self.part("report.tasks", &format!("{} ({at})", report.day));
        let Some(people) = &report.tasks else {
            let sign = self.style.not_measured();
            self.line(sign);
            return;
        };
        let sum = |of: fn(&Tasks) -> u64| people.iter().map(|p| of(&p.tasks)).sum::<u64>();
        let (due, done) = (sum(|t| t.due), sum(|t| t.done));
        let rate = Rate {
            num: done as f64,
            den: due as f64,
        };
        let rate = match due {
            0..20 => String::new(),
            _ => format!(" = {}", self.style.percent(rate)),
        };
        let holes = [
            ("done", done.to_string()),
            ("due", due.to_string()),
            ("rate", rate),
            ("late", sum(|t| t.late).to_string()),
            ("left", sum(|t| t.left).to_string()),
            ("overdue", sum(|t| t.overdue).to_string()),
        ];
        let holes = holes
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        self.say("report.tasks_done", &holes);
        let open = people
            .iter()
            .filter(|p| p.tasks.overdue > 0 || p.tasks.left > 0);
        let all = open.clone().count();
        let lines: Vec<String> = open
            .take(NAMED)
            .map(|p| {
                let (left, overdue) = (p.tasks.left.to_string(), p.tasks.overdue.to_string());
                let holes = [
                    ("name", p.name.as_str()),
                    ("left", &left),
                    ("overdue", &overdue),
                ];
                self.words.fill("report.tasks_of", &holes)
            })
            .collect();
        for line in lines {
            self.line(&line);
        }
        self.unnamed(all);
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
