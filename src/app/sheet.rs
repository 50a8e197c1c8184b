//! Rows of a pane as text: tab separated, Markdown, JSON. Figures are exact, texts are inert in a spreadsheet.

use crate::config::words::Words;
use crate::domain::rfm::{Rfm, segment_name};
use crate::domain::{Fen, Figure, Lang, NumberStyle, SafeText, Zone, metric, text};
use crate::engine::answer::{BoardRow, CustomerRow, GroupRow, KpiNode, TagRow};
use crate::filter::{Field, fields};

use super::panes::customers::Column;
use super::panes::{Pane, board};
use super::state::App;

/// What stands over a column: its name for programs, and the key of its words for people.
type Heading = (&'static str, &'static str);

/// Rows of a pane as text.
pub(super) struct Sheet {
    headings: Vec<Heading>,
    pub rows: Vec<Vec<String>>,
    /// Marked rows that are not at hand.
    pub missing: u64,
}

/// A figure as a plain number; empty for no value.
pub(super) fn plain(figure: Figure) -> String {
    match figure {
        Figure::Count(n) => n.to_string(),
        Figure::Money(fen) => fen.decimal(),
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
    text::inert(&flat)
}

fn time(zone: Zone, at: Option<i64>) -> String {
    at.map_or_else(String::new, |at| {
        zone.local(at).format("%Y-%m-%d %H:%M").to_string()
    })
}

pub(super) fn number(n: Option<u32>) -> String {
    n.map_or_else(String::new, |n| n.to_string())
}

pub(super) fn customer_cell(row: &CustomerRow, column: Column, zone: Zone) -> String {
    let text = |text: &SafeText| inert(text.as_str());
    match column {
        Column::Name => text(&row.name),
        Column::Phone => row.phone.to_string(),
        Column::Tags => inert(&joined(&row.tags)),
        Column::Stage => row.stage.as_ref().map_or_else(String::new, text),
        Column::Spend => row.spend.decimal(),
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
        Column::Aov => {
            let aov = row.spend.per(row.orders.into());
            aov.map_or_else(String::new, Fen::decimal)
        }
        Column::City => text(&row.city),
        Column::Added => time(zone, row.added),
        Column::Source => text(&row.source),
        Column::Id => inert(row.id.as_str()),
    }
}

/// What a column shows of a customer, each part by itself.
fn copied(row: &CustomerRow, column: Column, (zone, lang): (Zone, Lang)) -> Vec<String> {
    let cell = customer_cell(row, column, zone);
    match column {
        Column::Risk => {
            let money = row.value_at_risk.map_or_else(String::new, Fen::decimal);
            vec![cell, money]
        }
        Column::Rfm => {
            let named = |rfm: Rfm| segment_name(rfm.segment, lang).to_owned();
            vec![row.rfm.map_or_else(String::new, named), cell]
        }
        Column::Name
        | Column::Phone
        | Column::Tags
        | Column::Stage
        | Column::Spend
        | Column::Orders
        | Column::LastPurchase
        | Column::LastContact
        | Column::Owner
        | Column::Aov
        | Column::City
        | Column::Added
        | Column::Source
        | Column::Id => vec![cell],
    }
}

/// The headings of these parts: for programs, and the key of the words.
fn copied_under(column: Column) -> Vec<Heading> {
    let name = fields::spec(column.field()).name;
    match column {
        Column::Risk => {
            let money = fields::spec(Field::ValueAtRisk).name;
            vec![(name, "column.risk_level"), (money, "column.risk")]
        }
        Column::Rfm => vec![("segment", "column.rfm"), (name, "column.rfm_scores")],
        other => vec![(name, other.heading())],
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
            .map_or_else(String::new, |score| NumberStyle::default().score(score)),
    ]
}

fn board_cells(row: &BoardRow) -> Vec<String> {
    vec![
        number(row.rank),
        inert(row.called().as_str()),
        inert(row.dept.as_str()),
        plain(row.value),
        number(row.orders),
        number(row.adds),
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

impl App {
    /// The marked rows of the focused pane, else the row under the cursor.
    pub(super) fn sheet(&self) -> Sheet {
        match self.focus {
            Pane::Customers => self.customer_sheet(),
            Pane::Groups => self.group_sheet(),
            Pane::Board => self.board_sheet(),
            Pane::Tags => Sheet {
                headings: vec![
                    ("tag", "column.tag"),
                    ("customers", "column.tag_all"),
                    ("hits", "column.tag_hits"),
                ],
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
            headings: vec![
                ("name", "column.group"),
                ("owner", "column.group_owner"),
                ("members", "column.people"),
                ("capacity", "column.capacity"),
                ("joined_7d", "column.joined"),
                ("left_7d", "column.left"),
                ("score", "column.score"),
            ],
            rows: rows
                .filter(|row| list.is_chosen(&row.id))
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
            headings: vec![
                ("rank", "column.rank"),
                ("name", "column.staff"),
                ("department", "column.dept"),
                ("value", board::heading(self.panes.board.metric)),
                ("orders", "column.paid_orders"),
                ("adds", "column.adds"),
                ("target", "column.target"),
                ("achievement", "column.achievement"),
            ],
            rows: rows
                .filter(|row| list.is_chosen(&row.id))
                .map(board_cells)
                .collect(),
            missing: 0,
        }
    }

    fn kpi_sheet(&self) -> Sheet {
        let kpi = &self.panes.kpi;
        let node = kpi.node().map(|node| {
            vec![
                inert(&self.called(node)),
                plain(node.held.actual),
                plain(node.held.target),
            ]
        });
        let head = kpi.head().map(|head| {
            let target = head.target.map_or_else(String::new, Fen::decimal);
            vec![inert(head.name.as_str()), head.gmv.decimal(), target]
        });
        Sheet {
            headings: vec![
                ("name", "column.kpi"),
                ("actual", "column.actual"),
                ("target", "column.target"),
            ],
            rows: node.or(head).into_iter().collect(),
            missing: 0,
        }
    }

    /// A node of the KPI tree by its own name, else by its metric's.
    pub(super) fn called(&self, node: &KpiNode) -> String {
        let metric = || metric::find(node.code).map(|metric| metric.name(self.look.lang));
        let own = node.label.as_ref().map(SafeText::as_str);
        own.or_else(metric).unwrap_or(node.code).to_owned()
    }

    fn customer_sheet(&self) -> Sheet {
        let customers = &self.panes.customers;
        let columns = customers.columns();
        let (zone, lang) = (self.workspace.zone, self.look.lang);
        let cells = |row: &CustomerRow| {
            let cells = columns.iter().map(|c| copied(row, *c, (zone, lang)));
            cells.flatten().collect()
        };
        let list = &customers.list;
        let page = customers.page.value.as_ref();
        let marks = list.marks(page.map_or(0, |page| page.hits));
        let rows: Vec<Vec<String>> = if list.all {
            let rows = page.into_iter().flat_map(|page| &page.rows);
            rows.filter(|row| list.is_marked(&row.id))
                .map(cells)
                .collect()
        } else if list.marked.is_empty() {
            customers.row().into_iter().map(cells).collect()
        } else {
            list.marked
                .iter()
                .filter_map(|id| customers.kept.get(id))
                .map(cells)
                .collect()
        };
        Sheet {
            headings: columns.iter().flat_map(|c| copied_under(*c)).collect(),
            missing: marks.saturating_sub(rows.len() as u64),
            rows,
        }
    }
}

pub(super) fn tsv(sheet: &Sheet) -> String {
    let lines: Vec<String> = sheet.rows.iter().map(|row| row.join("\t")).collect();
    lines.join("\n")
}

/// A Markdown table, under the headings that the pane has on screen.
pub(super) fn markdown(sheet: &Sheet, words: &Words) -> String {
    let line = |cells: &mut dyn Iterator<Item = String>| {
        let cells: Vec<String> = cells.map(|cell| cell.replace('|', "\\|")).collect();
        format!("| {} |", cells.join(" | "))
    };
    let mut lines = vec![
        line(
            &mut sheet
                .headings
                .iter()
                .map(|(_, key)| words.say(key).to_owned()),
        ),
        line(&mut sheet.headings.iter().map(|_| "---".to_owned())),
    ];
    lines.extend(sheet.rows.iter().map(|row| line(&mut row.iter().cloned())));
    lines.join("\n")
}

/// JSON for programs: its keys are the same in every language.
pub(super) fn json(sheet: &Sheet) -> String {
    let rows: Vec<serde_json::Value> = sheet
        .rows
        .iter()
        .map(|row| {
            let object = sheet
                .headings
                .iter()
                .zip(row)
                .map(|((name, _), cell)| {
                    // What the other forms leave empty.
                    let cell = (!cell.is_empty()).then_some(cell.as_str());
                    ((*name).to_owned(), cell.into())
                })
                .collect();
            serde_json::Value::Object(object)
        })
        .collect();
    serde_json::to_string_pretty(&rows).unwrap_or_default()
}
