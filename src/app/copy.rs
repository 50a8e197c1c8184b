//! Copies: the marked rows or the row under the cursor, as shown (masked when masking is on).

use crate::domain::{Fen, Figure, SafeText, Zone};
use crate::engine::answer::{BoardRow, CustomerRow, GroupRow, TagRow};
use crate::filter::{Field, fields, print};

use super::asking::Turn;
use super::command::{Command, Copying};
use super::msg::Effect;
use super::panes::Pane;
use super::panes::customers::Column;
use super::state::App;

/// Rows of a pane as text.
struct Sheet {
    headers: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    /// Marked rows that are not at hand.
    missing: usize,
}

/// Yuan with two decimals, exactly.
pub(super) fn yuan(fen: Fen) -> String {
    let sign = if fen.0 < 0 { "-" } else { "" };
    let all = fen.0.unsigned_abs();
    format!("{sign}{}.{:02}", all / 100, all % 100)
}

/// A figure as a plain number; empty for no value.
pub(super) fn plain(figure: Figure) -> String {
    match figure {
        Figure::Count(n) => n.to_string(),
        Figure::Money(fen) => yuan(fen),
        Figure::Rate(rate) => rate.value().map_or_else(String::new, |x| format!("{x:.4}")),
        Figure::Number(x) => format!("{x:.1}"),
        Figure::NoValue | Figure::NotMeasured => String::new(),
    }
}

/// Texts with commas between.
pub(super) fn joined(texts: &[SafeText]) -> String {
    let words: Vec<&str> = texts.iter().map(SafeText::as_str).collect();
    words.join(",")
}

/// Text that a spreadsheet takes as text: no tabs or line breaks, and no formula.
fn inert(text: &str) -> String {
    let flat: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if flat.starts_with(['=', '+', '-', '@']) {
        format!("'{flat}")
    } else {
        flat
    }
}

fn time(zone: Zone, at: Option<i64>) -> String {
    at.map_or_else(String::new, |at| {
        zone.local(at).format("%Y-%m-%d %H:%M").to_string()
    })
}

fn number(n: Option<u32>) -> String {
    n.map_or_else(String::new, |n| n.to_string())
}

fn customer_cell(row: &CustomerRow, column: Column, zone: Zone) -> String {
    let text = |text: &SafeText| inert(text.as_str());
    match column {
        Column::Name => text(&row.name),
        Column::Phone => row.phone.to_string(),
        Column::Tags => inert(&joined(&row.tags)),
        Column::Stage => row.stage.as_ref().map_or_else(String::new, text),
        Column::Spend => yuan(row.spend),
        Column::Orders => row.orders.to_string(),
        Column::LastPurchase => time(zone, row.last_purchase),
        Column::LastContact => time(zone, row.last_contact),
        Column::Owner => row
            .owner
            .as_ref()
            .map_or_else(String::new, |(_, name)| text(name)),
        Column::Rfm => row
            .rfm
            .map_or_else(String::new, |rfm| format!("{}{}{}", rfm.r, rfm.f, rfm.m)),
        Column::Risk => row.risk.map_or_else(String::new, |risk| risk.to_string()),
        Column::Aov => match i64::from(row.orders) {
            0 => String::new(),
            orders => yuan(Fen(row.spend.0 / orders)),
        },
        Column::City => text(&row.city),
        Column::Added => time(zone, row.added),
        Column::Source => text(&row.source),
        Column::Id => inert(row.id.as_str()),
    }
}

fn group_cells(row: &GroupRow) -> Vec<String> {
    vec![
        inert(row.name.as_str()),
        inert(row.owner.1.as_str()),
        number(row.members),
        row.capacity.to_string(),
        number(row.joined),
        number(row.left),
        row.score
            .map_or_else(String::new, |score| format!("{score:.1}")),
    ]
}

fn board_cells(row: &BoardRow) -> Vec<String> {
    vec![
        number(row.rank),
        inert(row.name.as_str()),
        inert(row.dept.as_str()),
        plain(row.value),
        row.orders.to_string(),
        row.adds.to_string(),
        plain(row.target),
        row.achievement
            .map_or_else(String::new, |a| format!("{a:.4}")),
    ]
}

fn tag_cells(row: &TagRow) -> Vec<String> {
    vec![
        inert(row.name.as_str()),
        row.all.to_string(),
        row.hits.to_string(),
    ]
}

/// A word of a shell command, quoted.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

impl App {
    /// Copies.
    pub(super) fn copy(&mut self, what: Copying, turn: &mut Turn) {
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
                (!sheet.rows.is_empty()).then(|| match what {
                    Copying::Markdown => markdown(&sheet),
                    Copying::Json => json(&sheet),
                    _ => tsv(&sheet),
                })
            }
            Copying::Cell | Copying::Name | Copying::Phone | Copying::Id => self.one(what),
        };
        match text.filter(|text| !text.is_empty()) {
            Some(text) => {
                let lines = text.lines().count();
                self.memory.copying = match lines {
                    1 => String::new(),
                    _ => format!("{lines} "),
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

    fn sheet(&self) -> Sheet {
        match self.focus {
            Pane::Customers => self.customer_sheet(),
            Pane::Groups => self.group_sheet(),
            Pane::Board => self.board_sheet(),
            Pane::Tags => Sheet {
                headers: vec!["tag", "customers", "hits"],
                rows: self.panes.tags.tag().into_iter().map(tag_cells).collect(),
                missing: 0,
            },
            Pane::Kpi => self.kpi_sheet(),
        }
    }

    fn group_sheet(&self) -> Sheet {
        let list = &self.panes.groups.list;
        let rows = self
            .panes
            .groups
            .page
            .value
            .iter()
            .flat_map(|page| &page.rows);
        Sheet {
            headers: vec![
                "name",
                "owner",
                "members",
                "capacity",
                "joined_7d",
                "left_7d",
                "score",
            ],
            rows: rows
                .filter(|row| chosen(&list.marked, list.cursor.as_ref(), &row.id))
                .map(group_cells)
                .collect(),
            missing: 0,
        }
    }

    fn board_sheet(&self) -> Sheet {
        let list = &self.panes.board.list;
        let rows = self
            .panes
            .board
            .page
            .value
            .iter()
            .flat_map(|page| &page.rows);
        Sheet {
            headers: vec![
                "rank",
                "name",
                "department",
                "value",
                "orders",
                "adds",
                "target",
                "achievement",
            ],
            rows: rows
                .filter(|row| chosen(&list.marked, list.cursor.as_ref(), &row.id))
                .map(board_cells)
                .collect(),
            missing: 0,
        }
    }

    fn kpi_sheet(&self) -> Sheet {
        let kpi = &self.panes.kpi;
        let node = kpi.node().map(|node| {
            let label = node.label.as_ref().map_or(node.code, SafeText::as_str);
            vec![inert(label), plain(node.actual), plain(node.target)]
        });
        let head = kpi.head().map(|head| {
            let target = head.target.map_or_else(String::new, yuan);
            vec![inert(head.name.as_str()), yuan(head.gmv), target]
        });
        Sheet {
            headers: vec!["name", "actual", "target"],
            rows: node.or(head).into_iter().collect(),
            missing: 0,
        }
    }

    fn customer_sheet(&self) -> Sheet {
        let customers = &self.panes.customers;
        let columns = customers.columns();
        let zone = self.workspace.zone;
        let cells = |row: &CustomerRow| {
            columns
                .iter()
                .map(|column| customer_cell(row, *column, zone))
                .collect()
        };
        let marked = &customers.list.marked;
        let rows: Vec<Vec<String>> = if marked.is_empty() {
            customers.row().into_iter().map(cells).collect()
        } else {
            marked
                .iter()
                .filter_map(|id| customers.kept.get(id))
                .map(cells)
                .collect()
        };
        Sheet {
            headers: columns
                .iter()
                .map(|column| fields::spec(column.field()).name)
                .collect(),
            missing: marked.len().saturating_sub(rows.len()),
            rows,
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
                let by = panes
                    .customers
                    .sort()
                    .first()
                    .map_or(Field::Spend, |key| key.field);
                let column = Column::of(by).unwrap_or(Column::Spend);
                let cell = customer_cell(row, column, self.workspace.zone);
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
                    .map_or_else(String::new, |score| format!("{score:.1}"));
                (row.name.to_string(), row.id.as_str().to_owned(), score)
            }
            Pane::Kpi => {
                if let Some(node) = panes.kpi.node() {
                    let label = node.label.as_ref().map_or(node.code, SafeText::as_str);
                    (label.to_owned(), node.path.clone(), plain(node.actual))
                } else {
                    let head = panes.kpi.head()?;
                    (head.name.to_string(), head.id.0.to_string(), yuan(head.gmv))
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
        let takes_filter = matches!(self.focus, Pane::Customers | Pane::Tags | Pane::Groups);
        if takes_filter && !filter.is_empty() {
            line.push(' ');
            line.push_str(&quoted(&filter));
        }
        let org = self
            .scope
            .org
            .map_or_else(String::new, |org| format!(" --org {}", org.0));
        format!("{line} --period {}{org}", self.scope.period)
    }
}

/// The marked rows, else the row under the cursor.
fn chosen<Id: PartialEq>(marked: &[Id], cursor: Option<&Id>, id: &Id) -> bool {
    if marked.is_empty() {
        cursor == Some(id)
    } else {
        marked.contains(id)
    }
}

fn tsv(sheet: &Sheet) -> String {
    let lines: Vec<String> = sheet.rows.iter().map(|row| row.join("\t")).collect();
    lines.join("\n")
}

fn markdown(sheet: &Sheet) -> String {
    let line = |cells: &mut dyn Iterator<Item = String>| {
        let cells: Vec<String> = cells.map(|cell| cell.replace('|', "\\|")).collect();
        format!("| {} |", cells.join(" | "))
    };
    let mut lines = vec![
        line(&mut sheet.headers.iter().map(|header| (*header).to_owned())),
        line(&mut sheet.headers.iter().map(|_| "---".to_owned())),
    ];
    lines.extend(sheet.rows.iter().map(|row| line(&mut row.iter().cloned())));
    lines.join("\n")
}

fn json(sheet: &Sheet) -> String {
    let rows: Vec<serde_json::Value> = sheet
        .rows
        .iter()
        .map(|row| {
            let object = sheet
                .headers
                .iter()
                .zip(row)
                .map(|(header, cell)| {
                    ((*header).to_owned(), serde_json::Value::from(cell.as_str()))
                })
                .collect();
            serde_json::Value::Object(object)
        })
        .collect();
    serde_json::to_string_pretty(&rows).unwrap_or_default()
}
