//! What lies over the panes: filter line, command line, palette, choosers, popups.

mod changes;
mod choosers;
mod filter;
pub mod jobs;

use ratatui::layout::Rect;

use crate::app::command::{Command, Exporting};
use crate::app::deed::{Editing, OWN_TAGS, Prompt};
use crate::app::overlay::{LineEdit, Overlay, PromptState};
use crate::config::theme::Role;

use super::canvas::{Canvas, Run};
use super::widgets::popup::{Place, popup};
use super::widgets::table::select;
use super::wrap::wrap;
use super::{Cx, detail, text};

/// A row of a chooser: its pieces.
type Line = Vec<Run>;

/// Draws all overlays, the last on top, and says where a text field wants the cursor.
pub fn draw(cx: &Cx, canvas: &mut Canvas, area: Rect) -> Option<(u16, u16)> {
    let mut cursor = None;
    for overlay in &cx.app.overlays {
        cursor = match overlay {
            Overlay::Filter(edit) => filter::line(cx, canvas, area, edit),
            Overlay::CommandLine(line) => command_line(cx, canvas, area, line),
            Overlay::Palette(state) => choosers::palette(cx, canvas, area, state),
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
            Overlay::Org(state) => choosers::org(cx, canvas, area, state),
            Overlay::Columns(state) => choosers::columns(cx, canvas, area, state),
            Overlay::Definition(code) => choosers::definition(cx, canvas, area, code),
            Overlay::Changes(chosen) => {
                changes::changes(cx, canvas, area, *chosen);
                None
            }
            Overlay::Jobs(chosen) => {
                jobs::jobs(cx, canvas, area, *chosen);
                None
            }
            Overlay::Views(chosen) => choosers::views(cx, canvas, area, *chosen),
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
            Overlay::Prompt(state) => prompt(cx, canvas, area, state),
            Overlay::Question(words, _) => confirm(cx, canvas, area, words),
            Overlay::Confirm(key, _) => {
                // Where whole phones come from.
                let whole = Command::Export(Exporting::Unmasked);
                let key_of = cx.app.pane_key_of(whole);
                let whole = key_of.as_deref().unwrap_or("caopan export --unmask");
                confirm(cx, canvas, area, &cx.words.fill(key, &[("key", whole)]))
            }
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
    let role = if line.offered {
        Role::Selected
    } else {
        Role::Input
    };
    canvas.put(x, area.y, room, shown, cx.style(role));
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

/// A row of a popup; the chosen one is marked and highlighted.
fn row(cx: &Cx, canvas: &mut Canvas, line: Rect, runs: &[Run], chosen: bool) {
    canvas.runs(line.x, line.y, line.width, runs);
    if chosen {
        select(cx, canvas, line);
    }
}

/// No row of a list is chosen.
const NONE: usize = usize::MAX;

/// A list in a popup, scrolled so that the chosen row is in view.
fn list(cx: &Cx, canvas: &mut Canvas, area: Rect, lines: &[Line], chosen: usize) {
    let height = usize::from(area.height.max(1));
    let chosen = (chosen != NONE).then_some(chosen);
    let top = chosen.map_or(0, |at| (at + 1).saturating_sub(height));
    for ((i, runs), y) in lines
        .iter()
        .enumerate()
        .skip(top)
        .zip(area.top()..area.bottom())
    {
        let line = Rect::new(area.x, y, area.width, 1);
        let mark = if Some(i) == chosen { "> " } else { "  " };
        let x = canvas.put(line.x, y, line.width, mark, cx.style(Role::Key));
        canvas.runs(x, y, line.right().saturating_sub(x), runs);
        if Some(i) == chosen && !cx.app.look.slow {
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
        if line.error.is_some() {
            for (runs, y) in lines.iter().zip(inner.top()..inner.bottom()) {
                canvas.runs(inner.x, y, inner.width, runs);
            }
        } else {
            list(cx, canvas, inner, &lines, line.chosen);
        }
    }
    let field = Rect::new(bottom.x + 1, bottom.y, bottom.width.saturating_sub(2), 1);
    input(cx, canvas, field, ":", line)
}

/// A text asked for, the names on offer below it.
fn prompt(cx: &Cx, canvas: &mut Canvas, area: Rect, state: &PromptState) -> Option<(u16, u16)> {
    let title = match state.prompt {
        Prompt::Export { unmask: false } => "prompt.export",
        Prompt::Export { unmask: true } => "prompt.export_whole",
        Prompt::Edit(Editing::Tag) => "prompt.tag",
        Prompt::Edit(Editing::Untag) => "prompt.untag",
        Prompt::Edit(Editing::Stage) => "prompt.stage",
        Prompt::Edit(Editing::Owner) => "prompt.owner",
    };
    let offered = &state.line.completions;
    let new = state.new_tag().map(|name| {
        let words = [("name", name), ("group", OWN_TAGS)];
        vec![(cx.words.fill("prompt.new_tag", &words), cx.style(Role::Key))]
    });
    let rows = offered.len() + usize::from(new.is_some());
    let below = u16::try_from(rows).unwrap_or(u16::MAX).min(8);
    let wrong = amiss(cx, state);
    let said = u16::from(wrong.is_some());
    let size = (area.width.min(64), below + said + 3);
    let people = cx
        .figures
        .count(state.whom.as_ref().map_or(0, |whom| whom.count));
    let mut title = cx.words.fill(title, &[("n", &people)]);
    if let Some(name) = state.whom.as_ref().and_then(|whom| whom.name.as_ref()) {
        title = format!("{title} · {}", name.as_str());
    }
    let inner = popup(cx, canvas, area, Place::Middle, size, &title);
    let names = Rect {
        y: inner.y.saturating_add(1),
        height: inner.height.saturating_sub(1),
        ..inner
    };
    if let Some((words, role)) = wrong {
        let line = Rect { height: 1, ..names };
        canvas.put(line.x, line.y, line.width, &words, cx.style(role));
    }
    let names = Rect {
        y: names.y.saturating_add(said),
        height: names.height.saturating_sub(said),
        ..names
    };
    if rows > 0 && names.height > 0 {
        let lines: Vec<Line> = offered
            .iter()
            .map(|name| vec![(name.clone(), cx.style(Role::Text))])
            .chain(new)
            .collect();
        let chosen = state.points().then_some(state.line.chosen);
        list(cx, canvas, names, &lines, chosen.unwrap_or(NONE));
    }
    input(cx, canvas, Rect { height: 1, ..inner }, "", &state.line)
}

/// What is to be said of the text typed: that it was refused, that no such name is known, that there are no names at all.
fn amiss(cx: &Cx, state: &PromptState) -> Option<(String, Role)> {
    if let Some((_, words)) = &state.line.error {
        return Some((words.clone(), Role::Error));
    }
    let Prompt::Edit(editing) = state.prompt else {
        return None;
    };
    let names = state.names.as_ref()?;
    let key = match editing {
        _ if state.is_answered() => return None,
        _ if !names.is_empty() => "prompt.none",
        Editing::Tag => "prompt.first_tag",
        Editing::Untag => "prompt.no_tags",
        Editing::Stage => "prompt.no_stages",
        Editing::Owner => "prompt.no_staff",
    };
    Some((cx.words.say(key).to_owned(), Role::Dim))
}

fn confirm(cx: &Cx, canvas: &mut Canvas, area: Rect, asked: &str) -> Option<(u16, u16)> {
    let width = area.width.saturating_sub(4).min(60);
    let lines = wrap(asked, width.saturating_sub(4), 4);
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
    if !cx.app.popup_open(cx.now) {
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
