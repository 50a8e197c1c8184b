//! What lies over the panes: filter line, command line, palette, choosers, popups.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::Command;
use crate::app::overlay::{ColumnsState, FilterEdit, LineEdit, OrgState, Overlay, PaletteState};
use crate::app::panes::customers::Column;
use crate::config::theme::Role;

use super::canvas::{Canvas, Run};
use super::panes::{self, customers};
use super::widgets::popup::{Place, popup};
use super::widgets::table::select;
use super::{Cx, detail, text};

/// Milliseconds after a prefix before its popup opens.
const WHICH_KEY_MS: u64 = 300;

/// A row of a chooser: its pieces.
type Line = Vec<Run>;

/// Draws all overlays, the last on top, and says where a text field wants the cursor.
pub fn draw(cx: &Cx, canvas: &mut Canvas, area: Rect) -> Option<(u16, u16)> {
    let mut cursor = None;
    for overlay in &cx.app.overlays {
        cursor = match overlay {
            Overlay::Filter(edit) => filter(cx, canvas, area, edit),
            Overlay::CommandLine(line) => command_line(cx, canvas, area, line),
            Overlay::Palette(state) => palette(cx, canvas, area, state),
            Overlay::Detail(state) => {
                let size = (area.width.min(88), area.height.saturating_sub(4));
                let inner = popup(
                    cx,
                    canvas,
                    area,
                    Place::Middle,
                    size,
                    cx.words.say("card.title"),
                );
                detail::opened(cx, canvas, inner, state);
                None
            }
            Overlay::Org(state) => org(cx, canvas, area, state),
            Overlay::Columns(state) => columns(cx, canvas, area, state),
            Overlay::Definition(code) => definition(cx, canvas, area, code),
            Overlay::Changes(chosen) => changes(cx, canvas, area, *chosen),
            Overlay::Views(chosen) => views(cx, canvas, area, *chosen),
            Overlay::SaveView(line) => {
                let inner = popup(
                    cx,
                    canvas,
                    area,
                    Place::Middle,
                    (50, 3),
                    cx.words.say("views.save"),
                );
                input(cx, canvas, inner, "", line)
            }
            Overlay::Confirm(key, _) => confirm(cx, canvas, area, key),
        };
    }
    which_key(cx, canvas, area);
    cursor
}

/// A prompt and the text being typed; what is left of the cursor stays in view. Returns the cursor's place.
fn input(
    cx: &Cx,
    canvas: &mut Canvas,
    area: Rect,
    prompt: &str,
    line: &LineEdit,
) -> Option<(u16, u16)> {
    if area.width == 0 || area.height == 0 {
        return None;
    }
    let x = canvas.put(area.x, area.y, area.width, prompt, cx.style(Role::Key));
    let room = area.right().saturating_sub(x);
    let value = line.input.value();
    let before: String = value.chars().take(line.input.cursor()).collect();
    // Scrolled by whole clusters until the cursor has a column of its own.
    let mut shown = value;
    let mut left = before.as_str();
    while text::width(left) >= room.max(1) {
        let Some(cluster) = first_cluster(left) else {
            break;
        };
        left = left.get(cluster..).unwrap_or_default();
        shown = shown.get(cluster..).unwrap_or_default();
    }
    canvas.put(x, area.y, room, shown, cx.style(Role::Input));
    let at = x
        .saturating_add(text::width(left))
        .min(area.right().saturating_sub(1));
    // A cursor that is drawn too, for snapshots and for terminals that hide theirs.
    canvas.restyle(Rect::new(at, area.y, 1, 1), cx.style(Role::Selected));
    Some((at, area.y))
}

fn first_cluster(value: &str) -> Option<usize> {
    use unicode_segmentation::UnicodeSegmentation;
    value.graphemes(true).next().map(str::len)
}

/// The filter line in place of the scope line; completions, history and the error under it.
fn filter(cx: &Cx, canvas: &mut Canvas, area: Rect, edit: &FilterEdit) -> Option<(u16, u16)> {
    let line = Rect::new(area.x, area.y + 1, area.width, 1);
    canvas.clear(line, cx.style(Role::Popup));
    let state: Run = match (&edit.line.error, edit.hits) {
        (Some((column, _)), _) => {
            let n = (column + 1).to_string();
            (
                cx.words.fill("filter.error_at", &[("n", &n)]),
                cx.style(Role::Error),
            )
        }
        (None, Some(hits)) => {
            let hits = cx.figures.count(hits);
            (
                cx.words.fill("filter.hits", &[("hits", &hits)]),
                cx.style(Role::Ok),
            )
        }
        (None, None) => (String::new(), Style::new()),
    };
    let wide = text::width(&state.0);
    canvas.runs_right(line.right().saturating_sub(1), line.y, &[state]);
    let prompt = format!("{} ", cx.words.say("filter.prompt"));
    let field = Rect::new(line.x + 1, line.y, line.width.saturating_sub(wide + 4), 1);
    let start = field.x + text::width(&prompt);
    let cursor = input(cx, canvas, field, &prompt, &edit.line);
    filter_popup(cx, canvas, area, edit, start);
    cursor
}

/// The error with its caret, completions or earlier filters.
fn filter_popup(cx: &Cx, canvas: &mut Canvas, area: Rect, edit: &FilterEdit, start: u16) {
    let mut lines: Vec<(Line, bool)> = Vec::new();
    if let Some((column, words)) = &edit.line.error {
        let value = edit.line.input.value();
        let before: String = value.chars().take(*column).collect();
        // The popup's text begins two columns right of its frame.
        let indent = start
            .saturating_add(text::width(&before))
            .saturating_sub(area.x + 3)
            .min(area.width.saturating_sub(30));
        let error = cx.style(Role::Error);
        lines.push((
            vec![(format!("{}^", " ".repeat(indent.into())), error)],
            false,
        ));
        lines.push((vec![(words.clone(), error)], false));
    }
    let offered = edit.line.completions.iter().take(8).enumerate();
    lines.extend(offered.map(|(i, words)| {
        let runs = vec![(words.clone(), cx.style(Role::Text))];
        (runs, i == edit.line.chosen)
    }));
    if lines.is_empty() {
        lines = earlier_filters(cx);
    }
    let height = u16::try_from(lines.len()).unwrap_or(8).saturating_add(2);
    let size = (area.width.saturating_sub(2).min(100), height);
    let title = cx.words.say("filter.title");
    let inner = popup(cx, canvas, area, Place::Under(2), size, title);
    for ((runs, chosen), y) in lines.iter().zip(inner.top()..inner.bottom()) {
        let line = Rect::new(inner.x, y, inner.width, 1);
        row(cx, canvas, line, runs, *chosen);
    }
}

/// The last filters, or examples where there were none.
fn earlier_filters(cx: &Cx) -> Vec<(Line, bool)> {
    let (text, dim) = (cx.style(Role::Text), cx.style(Role::Dim));
    let history = cx.app.filter_history.iter().rev().take(3);
    let mark = cx.words.say("filter.history");
    let mut lines: Vec<(Line, bool)> = history
        .map(|past| (vec![(format!("{mark} "), dim), (past.clone(), text)], false))
        .collect();
    if lines.is_empty() {
        let examples = cx.words.say("filter.examples").to_owned();
        lines.push((vec![(examples, dim)], false));
    }
    lines
}

/// A row of a popup; the chosen one is marked and highlighted.
fn row(cx: &Cx, canvas: &mut Canvas, line: Rect, runs: &[Run], chosen: bool) {
    canvas.runs(line.x, line.y, line.width, runs);
    if chosen {
        select(cx, canvas, line);
    }
}

/// A list in a popup, scrolled so that the chosen row is in view.
fn list(cx: &Cx, canvas: &mut Canvas, area: Rect, lines: &[Line], chosen: usize) {
    let height = usize::from(area.height.max(1));
    let top = (chosen + 1).saturating_sub(height);
    for ((i, runs), y) in lines
        .iter()
        .enumerate()
        .skip(top)
        .zip(area.top()..area.bottom())
    {
        let line = Rect::new(area.x, y, area.width, 1);
        let mark = if i == chosen { "> " } else { "  " };
        let x = canvas.put(line.x, y, line.width, mark, cx.style(Role::Key));
        canvas.runs(x, y, line.right().saturating_sub(x), runs);
        if i == chosen && !cx.app.look.slow {
            select(cx, canvas, line);
        }
    }
}

/// The line `:` at the bottom, completions above it.
fn command_line(cx: &Cx, canvas: &mut Canvas, area: Rect, line: &LineEdit) -> Option<(u16, u16)> {
    let bottom = Rect::new(area.x, area.bottom() - 1, area.width, 1);
    canvas.clear(bottom, cx.style(Role::Popup));
    let mut lines: Vec<Line> = line
        .completions
        .iter()
        .take(8)
        .map(|words| vec![(words.clone(), cx.style(Role::Text))])
        .collect();
    if let Some((_, words)) = &line.error {
        lines = vec![vec![(words.clone(), cx.style(Role::Error))]];
    }
    if !lines.is_empty() {
        let height = u16::try_from(lines.len()).unwrap_or(8) + 2;
        let size = (area.width.min(64), height);
        let above = Rect {
            height: area.height - 1,
            ..area
        };
        let inner = popup(
            cx,
            canvas,
            above,
            Place::Under(u16::MAX),
            size,
            cx.words.say("command.title"),
        );
        let chosen = if line.error.is_some() {
            usize::MAX
        } else {
            line.chosen
        };
        if chosen == usize::MAX {
            for (runs, y) in lines.iter().zip(inner.top()..inner.bottom()) {
                canvas.runs(inner.x, y, inner.width, runs);
            }
        } else {
            list(cx, canvas, inner, &lines, chosen);
        }
    }
    let field = Rect::new(bottom.x + 1, bottom.y, bottom.width.saturating_sub(2), 1);
    input(cx, canvas, field, ":", line)
}

/// Palette and help: search line, then commands with their keys.
fn palette(cx: &Cx, canvas: &mut Canvas, area: Rect, state: &PaletteState) -> Option<(u16, u16)> {
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
    let lines: Vec<Line> = state
        .rows
        .iter()
        .map(|command| command_runs(cx, *command))
        .collect();
    let below = Rect {
        y: inner.y + 1,
        height: inner.height - 1,
        ..inner
    };
    if lines.is_empty() {
        let none = cx.words.say("palette.none");
        canvas.put(below.x, below.y, below.width, none, cx.style(Role::Dim));
    }
    list(cx, canvas, below, &lines, state.chosen);
    cursor
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

fn org(cx: &Cx, canvas: &mut Canvas, area: Rect, state: &OrgState) -> Option<(u16, u16)> {
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

fn columns(cx: &Cx, canvas: &mut Canvas, area: Rect, state: &ColumnsState) -> Option<(u16, u16)> {
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
fn definition(cx: &Cx, canvas: &mut Canvas, area: Rect, code: &str) -> Option<(u16, u16)> {
    let name = cx.metric(code);
    let meaning = cx.definition(code);
    let width = area.width.saturating_sub(4).min(70);
    let lines = detail::wrap(&meaning, width.saturating_sub(4), 8);
    let height = u16::try_from(lines.len()).unwrap_or(8) + 3;
    let inner = popup(cx, canvas, area, Place::Middle, (width, height), name);
    canvas.put(inner.x, inner.y, inner.width, code, cx.style(Role::Dim));
    for (line, y) in lines.iter().zip(inner.top() + 1..inner.bottom()) {
        canvas.put(inner.x, y, inner.width, line, cx.style(Role::Text));
    }
    None
}

fn changes(cx: &Cx, canvas: &mut Canvas, area: Rect, chosen: usize) -> Option<(u16, u16)> {
    let lines: Vec<Line> = cx
        .app
        .changes
        .iter()
        .map(|change| {
            let at = cx
                .app
                .workspace
                .zone
                .local(change.at)
                .format("%H:%M ")
                .to_string();
            let name = crate::domain::cells::pad(change.name.as_str(), 12);
            vec![
                (at, cx.style(Role::Dim)),
                (
                    format!("{} ", panes::name(cx, change.pane)),
                    cx.style(Role::Dim),
                ),
                (format!("{name} "), cx.style(Role::Text)),
                (change.what.clone(), cx.style(Role::Changed)),
            ]
        })
        .collect();
    let size = (
        area.width.saturating_sub(4).min(90),
        area.height.saturating_sub(4).min(24),
    );
    let inner = popup(
        cx,
        canvas,
        area,
        Place::Middle,
        size,
        cx.words.say("changes.title"),
    );
    if lines.is_empty() {
        canvas.put(
            inner.x,
            inner.y,
            inner.width,
            cx.words.say("changes.none"),
            cx.style(Role::Dim),
        );
    }
    list(cx, canvas, inner, &lines, chosen);
    None
}

fn views(cx: &Cx, canvas: &mut Canvas, area: Rect, chosen: usize) -> Option<(u16, u16)> {
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
            vec![
                (format!("{number} "), cx.style(Role::Key)),
                (format!("{name} "), cx.style(Role::Text)),
                (
                    format!("{} ", panes::name(cx, view.pane)),
                    cx.style(Role::Dim),
                ),
                (view.filter.clone(), cx.style(Role::Text)),
                (format!(" {}", view.period), cx.style(Role::Dim)),
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
    if lines.is_empty() {
        canvas.put(
            inner.x,
            inner.y,
            inner.width,
            cx.words.say("views.none"),
            cx.style(Role::Dim),
        );
    }
    list(cx, canvas, inner, &lines, chosen);
    None
}

fn confirm(cx: &Cx, canvas: &mut Canvas, area: Rect, key: &str) -> Option<(u16, u16)> {
    let width = area.width.saturating_sub(4).min(60);
    let lines = detail::wrap(cx.words.say(key), width.saturating_sub(4), 4);
    let height = u16::try_from(lines.len()).unwrap_or(4) + 3;
    let inner = popup(
        cx,
        canvas,
        area,
        Place::Middle,
        (width, height),
        cx.words.say("confirm.title"),
    );
    for (line, y) in lines.iter().zip(inner.top()..inner.bottom()) {
        canvas.put(inner.x, y, inner.width, line, cx.style(Role::Text));
    }
    let mut runs = Vec::new();
    for hint in cx.app.hints() {
        runs.push((format!("{} ", hint.keys), cx.style(Role::Key)));
        runs.push((format!("{}  ", hint.label), cx.style(Role::Text)));
    }
    canvas.runs(
        inner.x,
        inner.bottom().saturating_sub(1),
        inner.width,
        &runs,
    );
    None
}

/// What an unfinished prefix can become, in two columns at the bottom right.
fn which_key(cx: &Cx, canvas: &mut Canvas, area: Rect) {
    let Some(prefix) = &cx.app.prefix else { return };
    if cx.now.millis.saturating_sub(prefix.since) < WHICH_KEY_MS {
        return;
    }
    let rows = cx.app.which_key();
    if rows.is_empty() {
        return;
    }
    let half = rows.len().div_ceil(2).min(12);
    let height = u16::try_from(half).unwrap_or(12) + 2;
    let title = cx.app.prefix_title().unwrap_or_default();
    let size = (area.width.saturating_sub(2).min(64), height);
    let inner = popup(cx, canvas, area, Place::Corner(2), size, &title);
    let column = inner.width / 2;
    for (i, hint) in rows.iter().take(half * 2).enumerate() {
        let (right, down) = (u16::from(i >= half), u16::try_from(i % half).unwrap_or(0));
        let x = inner.x + right * column;
        let label = if hint.command.is_some() {
            hint.label
        } else {
            ".."
        };
        let runs = [
            (
                crate::domain::cells::pad(&hint.keys, 4),
                cx.style(Role::Key),
            ),
            (label.to_owned(), cx.style(Role::Text)),
        ];
        canvas.runs(x, inner.y + down, column.saturating_sub(1), &runs);
    }
}
