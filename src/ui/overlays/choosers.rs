//! Lists to choose from: palette, org nodes, columns, changes, views; and the definition of a figure.

use ratatui::layout::Rect;

use crate::app::Command;
use crate::app::overlay::{ColumnsState, OrgState, PaletteState, Sought};
use crate::app::panes::customers::Column;
use crate::config::theme::Role;
use crate::engine::request::{Called, Kind};
use crate::ui::Cx;
use crate::ui::canvas::Canvas;
use crate::ui::panes::{self, customers};
use crate::ui::widgets::popup::{Place, popup};
use crate::ui::wrap::wrap;

use super::{Line, input, list};

/// Palette and help: search line, then commands with their keys.
pub fn palette(
    cx: &Cx,
    canvas: &mut Canvas,
    area: Rect,
    state: &PaletteState,
) -> Option<(u16, u16)> {
    let title = if state.help {
        cx.words
            .fill("palette.help", &[("pane", panes::name(cx, cx.app.focus))])
    } else {
        cx.words.say("palette.title").to_owned()
    };
    let size = (
        area.width.saturating_sub(4).min(76),
        area.height.saturating_sub(4).min(32),
    );
    let inner = popup(cx, canvas, area, Place::Middle, size, &title);
    if inner.height < 2 {
        return None;
    }
    let cursor = input(cx, canvas, Rect { height: 1, ..inner }, "> ", &state.line);
    let row = |row: &Sought| match row {
        Sought::Command(command) => command_runs(cx, *command),
        Sought::Named(target) => target_runs(cx, target),
    };
    let lines: Vec<Line> = state.rows.iter().map(row).collect();
    let shell = cx.app.shell_command(state.line.text());
    let below = Rect {
        y: inner.y + 1,
        height: inner.height - 1 - u16::from(shell.is_some()),
        ..inner
    };
    if let Some(command) = shell {
        let words = cx.words.fill("palette.shell", &[("command", command)]);
        let y = inner.bottom() - 1;
        canvas.put(inner.x, y, inner.width, &words, cx.style(Role::Watch));
    }
    let none = if state.help {
        "palette.no_command"
    } else {
        "palette.none"
    };
    list_or(cx, canvas, below, &lines, (state.chosen, none));
    cursor
}

/// The lines with the chosen one shown, or what is said where there are none.
fn list_or(
    cx: &Cx,
    canvas: &mut Canvas,
    area: Rect,
    lines: &[Line],
    (chosen, none): (usize, &str),
) {
    if lines.is_empty() {
        let none = cx.words.say(none);
        canvas.put(area.x, area.y, area.width, none, cx.style(Role::Dim));
    }
    list(cx, canvas, area, lines, chosen);
}

fn command_runs(cx: &Cx, command: Command) -> Line {
    let keys = cx.app.pane_key_of(command).unwrap_or_default();
    let say = command
        .entry()
        .map_or("", |entry| entry.say(cx.words.lang()));
    vec![
        (crate::domain::cells::pad(&keys, 11), cx.style(Role::Key)),
        (say.to_owned(), cx.style(Role::Text)),
        (format!("  {}", command.name()), cx.style(Role::Dim)),
    ]
}

/// What it is, its name and what it belongs to.
fn target_runs(cx: &Cx, target: &Called) -> Line {
    let kind = match target.kind {
        Kind::Customer => cx.words.say("found.customer"),
        Kind::Staff => cx.words.say("found.staff"),
        Kind::Tag => cx.words.say("found.tag"),
        Kind::Group => cx.words.say("found.group"),
        Kind::Campaign => cx.words.say("found.campaign"),
    };
    vec![
        (crate::domain::cells::pad(kind, 11), cx.style(Role::Dim)),
        (target.name.to_string(), cx.style(Role::Text)),
        (format!("  {}", target.note), cx.style(Role::Dim)),
    ]
}

pub fn org(cx: &Cx, canvas: &mut Canvas, area: Rect, state: &OrgState) -> Option<(u16, u16)> {
    let size = (
        area.width.saturating_sub(4).min(60),
        area.height.saturating_sub(4).min(30),
    );
    let inner = popup(
        cx,
        canvas,
        area,
        Place::Middle,
        size,
        cx.words.say("org.title"),
    );
    if inner.height < 2 {
        return None;
    }
    let cursor = input(cx, canvas, Rect { height: 1, ..inner }, "> ", &state.line);
    let (text, dim) = (cx.style(Role::Text), cx.style(Role::Dim));
    let mut lines: Vec<Line> = vec![vec![(cx.words.say("scope.everyone").to_owned(), text)]];
    let shown = state
        .shown
        .iter()
        .filter_map(|id| state.nodes.iter().find(|node| node.id == *id));
    lines.extend(shown.map(|node| {
        let indent = "  ".repeat(usize::from(node.depth.min(12)) + 1);
        let staff = cx.figures.count(node.staff.into());
        let mut runs = vec![
            (format!("{indent}{} ", node.name.as_str()), text),
            (cx.words.fill("org.staff", &[("n", &staff)]), dim),
        ];
        if node.unplaced {
            runs.push((
                format!(" {}", cx.words.say("org.unplaced")),
                cx.style(Role::Watch),
            ));
        }
        runs
    }));
    let below = Rect {
        y: inner.y + 1,
        height: inner.height - 1,
        ..inner
    };
    list(cx, canvas, below, &lines, state.chosen);
    cursor
}

pub fn columns(
    cx: &Cx,
    canvas: &mut Canvas,
    area: Rect,
    state: &ColumnsState,
) -> Option<(u16, u16)> {
    let shown = cx.app.panes.customers.columns();
    let lines: Vec<Line> = Column::ALL
        .iter()
        .map(|(column, _)| {
            let place = shown.iter().position(|c| c == column);
            let mark = place.map_or_else(|| "[ ]   ".to_owned(), |at| format!("[x] {:<2}", at + 1));
            let role = if place.is_some() {
                Role::Text
            } else {
                Role::Dim
            };
            vec![
                (format!("{mark} "), cx.style(Role::Key)),
                (customers::header(cx, *column).to_owned(), cx.style(role)),
            ]
        })
        .collect();
    let height = u16::try_from(lines.len()).unwrap_or(16) + 2;
    let inner = popup(
        cx,
        canvas,
        area,
        Place::Middle,
        (36, height),
        cx.words.say("columns.title"),
    );
    list(cx, canvas, inner, &lines, state.chosen);
    None
}

/// What a figure means.
pub fn definition(cx: &Cx, canvas: &mut Canvas, area: Rect, code: &str) -> Option<(u16, u16)> {
    let name = cx.metric(code);
    let meaning = cx.definition(code);
    let width = area.width.saturating_sub(4).min(70);
    let lines = wrap(&meaning, width.saturating_sub(4), 8);
    let height = u16::try_from(lines.len()).unwrap_or(8) + 3;
    let inner = popup(cx, canvas, area, Place::Middle, (width, height), name);
    canvas.put(inner.x, inner.y, inner.width, code, cx.style(Role::Dim));
    for (line, y) in lines.iter().zip(inner.top() + 1..inner.bottom()) {
        canvas.put(inner.x, y, inner.width, line, cx.style(Role::Text));
    }
    None
}

pub fn views(cx: &Cx, canvas: &mut Canvas, area: Rect, chosen: usize) -> Option<(u16, u16)> {
    let lines: Vec<Line> = cx
        .app
        .views
        .iter()
        .enumerate()
        .map(|(i, view)| {
            let number = if i < 9 {
                (i + 1).to_string()
            } else {
                " ".to_owned()
            };
            let name = crate::domain::cells::pad(&view.name, 16);
            let mut filter = cx.app.filter_of_view(view);
            if !filter.is_empty() {
                filter.push(' ');
            }
            let period = cx.words.period_said(&view.period);
            vec![
                (format!("{number} "), cx.style(Role::Key)),
                (format!("{name} "), cx.style(Role::Text)),
                (
                    format!("{} ", panes::name(cx, view.pane)),
                    cx.style(Role::Dim),
                ),
                (filter, cx.style(Role::Text)),
                (period, cx.style(Role::Dim)),
            ]
        })
        .collect();
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX).clamp(1, 20);
    let size = (area.width.saturating_sub(4).min(80), rows + 2);
    let inner = popup(
        cx,
        canvas,
        area,
        Place::Middle,
        size,
        cx.words.say("views.title"),
    );
    list_or(cx, canvas, inner, &lines, (chosen, "views.none"));
    None
}
