//! The filter line: live count, caret on errors, completions, earlier filters.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::overlay::FilterEdit;
use crate::config::theme::Role;
use crate::engine::answer::Doubt;
use crate::ui::canvas::{Canvas, Run};
use crate::ui::widgets::popup::{Place, popup};
use crate::ui::wrap::wrap;
use crate::ui::{Cx, text};

use super::{Line, input, row};

/// Completions that stand on a line each.
const LISTED: usize = 8;

/// The filter line in place of the scope line; completions, history and the error under it.
pub fn line(cx: &Cx, canvas: &mut Canvas, area: Rect, edit: &FilterEdit) -> Option<(u16, u16)> {
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

/// What the filter without hits says that was hardly meant, once its answer is there.
fn doubt_of<'a>(cx: &'a Cx, edit: &FilterEdit) -> Option<&'a Doubt> {
    if edit.hits != Some(0) || edit.groups {
        return None;
    }
    let page = cx.app.panes.customers.page.value.as_ref()?;
    page.culprit.as_ref()?.doubt.as_ref()
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
    if let Some(doubt) = doubt_of(cx, edit) {
        let words = doubt.said(cx.app.look.lang);
        lines.push((vec![(words, cx.style(Role::Watch))], false));
    }
    let offered = edit.line.completions.iter().take(LISTED).enumerate();
    lines.extend(offered.map(|(i, words)| {
        let runs = vec![(words.clone(), cx.style(Role::Text))];
        (runs, i == edit.line.chosen)
    }));
    lines.extend(others(cx, edit, area.width.saturating_sub(6)));
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

/// What else might be typed, side by side below what Tab takes: so that every field is seen once.
fn others(cx: &Cx, edit: &FilterEdit, width: u16) -> Vec<(Line, bool)> {
    let rest = edit.line.completions.get(LISTED..).unwrap_or_default();
    if rest.is_empty() {
        return Vec::new();
    }
    let words = rest.join(" ");
    let lines = wrap(&words, width.min(96), 3).into_iter();
    lines
        .map(|line| (vec![(line, cx.style(Role::Dim))], false))
        .collect()
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
