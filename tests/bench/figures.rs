//! Medians, percentiles, and the table that the bars are printed as.

use std::time::Duration;

/// Several measurements of one thing.
#[derive(Clone, Debug, Default)]
pub struct Sample(Vec<f64>);

impl Sample {
    /// Adds a duration, in milliseconds.
    pub fn time(&mut self, took: Duration) {
        self.0.push(took.as_secs_f64() * 1e3);
    }

    /// Adds a plain value.
    pub fn value(&mut self, value: f64) {
        self.0.push(value);
    }

    /// The q-quantile (0.5 is the median), nearest rank.
    pub fn quantile(&self, q: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let at = ((sorted.len() as f64 * q).ceil() as usize).saturating_sub(1);
        sorted
            .get(at.min(sorted.len().saturating_sub(1)))
            .copied()
            .unwrap_or(f64::NAN)
    }

    /// The median.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }
}

/// Measurements of several things by name, for the account of the slowest.
#[derive(Clone, Debug, Default)]
pub struct Named(Vec<(String, f64)>);

impl Named {
    /// Adds a duration.
    pub fn time(&mut self, name: &str, took: Duration) {
        self.0.push((name.to_owned(), took.as_secs_f64() * 1e3));
    }

    /// All of them, whatever their names.
    pub fn sample(&self) -> Sample {
        Sample(self.0.iter().map(|(_, took)| *took).collect())
    }

    /// The slowest few with their names, slowest first.
    pub fn slowest(&self, few: usize) -> String {
        let mut all = self.0.clone();
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        let said: Vec<String> = all
            .iter()
            .take(few)
            .map(|(name, took)| format!("{name} {took:.1}"))
            .collect();
        said.join(", ")
    }
}

/// One line of the table.
pub struct Line {
    /// Number of the bar in the design.
    pub bar: u8,
    /// What was measured.
    pub what: String,
    /// Measured.
    pub value: f64,
    /// Unit of `value` and `beside`.
    pub unit: &'static str,
    /// The same run's reference, and what it is.
    pub beside: Option<(f64, &'static str)>,
    /// The bar: at most this, as a ratio to `beside` or in the unit.
    pub limit: Limit,
}

/// How high a bar is.
#[derive(Clone, Copy)]
pub enum Limit {
    /// Value over reference.
    Ratio(f64),
    /// In the line's own unit.
    Value(f64),
    /// Printed only.
    None,
}

impl Line {
    fn verdict(&self) -> &'static str {
        let over = match (self.limit, self.beside) {
            (Limit::Ratio(limit), Some((beside, _))) => self.value / beside > limit,
            (Limit::Value(limit), _) => self.value > limit,
            (Limit::Ratio(_), None) | (Limit::None, _) => return "",
        };
        if over { "over" } else { "ok" }
    }

    /// Its row of the table.
    fn row(&self) -> String {
        let beside = self.beside.map_or_else(String::new, |(v, what)| {
            format!("{} {what}", amount(v, self.unit))
        });
        let ratio = self
            .beside
            .map_or_else(String::new, |(v, _)| format!("{:.3}", self.value / v));
        let bar = match self.limit {
            Limit::Ratio(limit) => format!("≤ {limit} ×"),
            Limit::Value(limit) => format!("≤ {}", amount(limit, self.unit)),
            Limit::None => String::new(),
        };
        let value = amount(self.value, self.unit);
        format!(
            "| {} | {} | {value} | {beside} | {ratio} | {bar} | {} |",
            self.bar,
            self.what,
            self.verdict()
        )
    }
}

/// The lines of a run. Each is told on standard error as soon as it is measured: a run that stops has not measured for
/// nothing.
#[derive(Default)]
pub struct Lines(Vec<Line>);

impl Lines {
    /// Takes lines over and tells them.
    pub fn extend(&mut self, lines: impl IntoIterator<Item = Line>) {
        for line in lines {
            eprintln!("{}", line.row());
            self.0.push(line);
        }
    }

    /// Prints the table as Markdown, as it stands in the README.
    pub fn print(mut self) {
        self.0.sort_by_key(|line| line.bar);
        println!("| # | what | value | beside | ratio | bar | |");
        println!("|--:|---|--:|---|--:|--:|---|");
        for line in &self.0 {
            println!("{}", line.row());
        }
    }
}

fn amount(value: f64, unit: &str) -> String {
    let digits = if value.abs() >= 100.0 {
        0
    } else if value.abs() >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {unit}")
}
