//! Copies: the marked rows or the row under the cursor, as shown (masked when masking is on).

use crate::config::words::Words;
use crate::domain::{Fen, NumberStyle, SafeText};
use crate::engine::answer::{BoardMetric, CustomerRow, GmvKind};
use crate::filter::{Field, print};

use super::command::{Command, Copying};
use super::msg::Effect;
use super::panes::Pane;
use super::panes::customers::Column;
use super::sheet::{customer_cell, json, markdown, plain, tsv};
use super::state::App;
use super::turn::Turn;

/// A word of a shell command, quoted where it has to be.
pub(crate) fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A word of a shell command, quoted.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

impl App {
    /// Copies.
    pub(super) fn copy(&mut self, what: Copying, turn: &mut Turn) {
        let page = self.panes.customers.page.value.as_ref();
        if self.focus == Pane::Customers && page.is_some_and(|page| page.sketch) {
            // A sketch says nothing of orders; a copy would say there are none.
            let words = (
                "还没读全, 稍后再复制",
                "Not all read yet: copy it in a moment",
            );
            return self.toast(turn, words, false);
        }
        let mut rows = 1;
        let text = match what {
            Copying::Shell => Some(self.shell_line()),
            Copying::Row | Copying::Markdown | Copying::Json => {
                let sheet = self.sheet();
                if sheet.missing > 0 {
                    let words = self.word((
                        "行不在手边, 未复制",
                        "marked rows are not at hand and left out",
                    ));
                    self.toast_text(turn, format!("{} {words}", sheet.missing), true);
                }
                rows = sheet.rows.len();
                (rows > 0).then(|| match what {
                    Copying::Markdown => markdown(&sheet, &Words::new(self.look.lang)),
                    Copying::Json => json(&sheet),
                    _ => tsv(&sheet),
                })
            }
            Copying::Cell | Copying::Name | Copying::Phone | Copying::Id => self.one(what),
        };
        match text.filter(|text| !text.is_empty()) {
            Some(text) => {
                // Headings are no rows.
                self.memory.copying = match rows {
                    1 => String::new(),
                    _ => format!("{rows} "),
                };
                turn.effects.push(Effect::Copy(text));
            }
            None => self.toast(turn, ("没有可复制的内容", "Nothing to copy"), false),
        }
    }

    /// The clipboard took it, or not.
    pub(super) fn copied(&mut self, result: Result<&'static str, String>, turn: &mut Turn) {
        match result {
            Ok(way) => {
                let key = match self.last_command {
                    Some(command @ Command::Copy(_)) => self.pane_key_of(command),
                    _ => None,
                };
                let lines = std::mem::take(&mut self.memory.copying);
                let lines = if lines.is_empty() {
                    String::new()
                } else {
                    format!(" {lines}{}", self.word(("行", "lines")))
                };
                let copied = self.word(("已复制", "Copied"));
                let key = key.map_or_else(String::new, |key| format!(" ({key})"));
                self.toast_text(turn, format!("{copied}{lines}{key} {way}"), false);
            }
            Err(why) => {
                let failed = self.word(("复制失败", "Copy failed"));
                self.toast_text(turn, format!("{failed}: {why}"), true);
            }
        }
    }

    /// The figure a customer is sorted by.
    fn sorted_cell(&self, row: &CustomerRow) -> String {
        let sort = self.panes.customers.sort();
        match sort.first().map_or(Field::Spend, |key| key.field) {
            Field::ValueAtRisk => row.value_at_risk.map_or_else(String::new, Fen::decimal),
            field => {
                let column = Column::of(field).unwrap_or(Column::Spend);
                customer_cell(row, column, self.workspace.zone)
            }
        }
    }

    /// One text of the row under the cursor.
    fn one(&self, what: Copying) -> Option<String> {
        let panes = &self.panes;
        let (name, id, cell) = match self.focus {
            Pane::Customers => {
                let row = panes.customers.row()?;
                if what == Copying::Phone {
                    return Some(row.phone.to_string());
                }
                let cell = self.sorted_cell(row);
                (row.name.to_string(), row.id.as_str().to_owned(), cell)
            }
            Pane::Tags => {
                let tag = panes.tags.tag()?;
                (
                    tag.name.to_string(),
                    tag.id.as_str().to_owned(),
                    tag.hits.to_string(),
                )
            }
            Pane::Groups => {
                let row = panes.groups.row()?;
                let score = row
                    .score
                    .map_or_else(String::new, |score| NumberStyle::default().score(score));
                (row.name.to_string(), row.id.as_str().to_owned(), score)
            }
            Pane::Kpi => {
                if let Some(node) = panes.kpi.node() {
                    (
                        self.called(node),
                        node.path.clone(),
                        plain(node.held.actual),
                    )
                } else {
                    let head = panes.kpi.head()?;
                    (
                        head.name.to_string(),
                        head.id.0.to_string(),
                        head.gmv.decimal(),
                    )
                }
            }
            Pane::Board => {
                let row = panes.board.row()?;
                (
                    row.name.to_string(),
                    row.id.as_str().to_owned(),
                    plain(row.value),
                )
            }
        };
        match what {
            Copying::Name => Some(name),
            Copying::Id => Some(SafeText::new(&id).to_string()),
            Copying::Cell => Some(cell),
            Copying::Phone | Copying::Row | Copying::Markdown | Copying::Json | Copying::Shell => {
                None
            }
        }
    }

    /// The shell command that prints what the focused pane shows.
    fn shell_line(&self) -> String {
        let mut line = match self.focus {
            Pane::Customers => "caopan list customers".to_owned(),
            Pane::Tags => "caopan tags".to_owned(),
            Pane::Groups => "caopan groups".to_owned(),
            Pane::Kpi => "caopan kpi".to_owned(),
            Pane::Board => "caopan board".to_owned(),
        };
        let mut filter = self.filter_here().clone();
        if self.focus == Pane::Customers {
            filter.sort.clone_from(&self.panes.customers.sort);
        }
        let filter = print(&filter);
        line.push_str(&self.shell_options());
        match (self.focus, filter.is_empty()) {
            (_, true) => {}
            // What begins with a minus is a filter here, not an option.
            (Pane::Kpi, false) => line.push_str(" --filter="),
            (_, false) if filter.starts_with('-') => line.push_str(" -- "),
            (_, false) => line.push(' '),
        }
        if !filter.is_empty() {
            line.push_str(&quoted(&filter));
        }
        line
    }

    /// What else rules the view: which file, days, part of the organisation and "now", and the pane's own choice.
    fn shell_options(&self) -> String {
        let facts = &self.workspace;
        let mut line = String::new();
        let mut option = |name: &str, value: &str| {
            for word in [name, &word(value)] {
                if !word.is_empty() {
                    line.push(' ');
                    line.push_str(word);
                }
            }
        };
        match self.focus {
            Pane::Kpi => {
                let kpi = &self.panes.kpi;
                let shown = kpi.page.value.as_ref().and_then(|page| page.campaign);
                if let Some(campaign) = kpi.campaign.or(shown) {
                    option("", &campaign.0.to_string());
                }
                option(
                    "--gmv",
                    match kpi.gmv {
                        GmvKind::Gross => "gross",
                        GmvKind::NetByRefundDate => "net-by-refund-date",
                        GmvKind::NetByOrderDate => "net-by-order-date",
                    },
                );
            }
            Pane::Board => option(
                "--metric",
                match self.panes.board.metric {
                    BoardMetric::NetGmv => "net-gmv",
                    BoardMetric::Gmv => "gmv",
                    BoardMetric::Adds => "adds",
                    BoardMetric::Orders => "orders",
                    BoardMetric::Achievement => "achievement",
                },
            ),
            Pane::Customers | Pane::Tags | Pane::Groups => {}
        }
        if let Some(path) = &facts.path {
            option("-w", &path.to_string_lossy());
        }
        option("--period", &self.scope.period.to_string());
        if let Some(org) = self.scope.org {
            option("--org", &org.0.to_string());
        }
        if let Some(as_of) = &facts.as_of {
            option("--as-of", as_of);
        }
        line
    }
}
