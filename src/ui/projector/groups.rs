//! The page of the groups in trouble.

use ratatui::layout::Rect;

use crate::config::theme::Role;
use crate::engine::answer::GroupRow;
use crate::engine::groups::{Trouble, troubled};
use crate::ui::Cx;
use crate::ui::canvas::Canvas;
use crate::ui::panes::groups;
use crate::ui::text;

use super::nothing;

/// The groups that need somebody, and why, in words.
pub fn trouble(cx: &Cx, canvas: &mut Canvas, area: Rect) {
    let page = cx.app.panes.groups.page.value.as_ref();
    let Some(page) = page.filter(|page| !page.rows.is_empty()) else {
        nothing(cx, canvas, area, cx.words.say("empty.groups"));
        return;
    };
    let rows = troubled(page.rows.iter());
    let (n, all) = (
        rows.len().to_string(),
        cx.figures.count(page.rows.len().try_into().unwrap_or(0)),
    );
    let words = cx
        .words
        .fill("projector.trouble", &[("n", &n), ("all", &all)]);
    let mut line = vec![(format!("{words}   "), cx.style(Role::Title))];
    let trouble = Trouble::of(page.rows.iter());
    line.extend(groups::counted(cx, trouble));
    canvas.runs(area.x, area.y, area.width, &line);
    let names = rows.iter().map(|row| text::width(row.name.as_str())).max();
    let room = names.unwrap_or(0).clamp(20, (area.width * 2 / 5).max(30));
    for (row, y) in rows
        .iter()
        .zip((area.y + 3..area.bottom().saturating_sub(1)).step_by(3))
    {
        in_trouble(cx, canvas, (Rect::new(area.x, y, area.width, 2), room), row);
    }
    if rows.is_empty() {
        let (key, role) = if trouble.unmeasured > 0 {
            ("projector.unknown", Role::Watch)
        } else {
            ("projector.no_trouble", Role::Ok)
        };
        let words = cx.words.say(key);
        canvas.put(area.x, area.y + 3, area.width, words, cx.style(role));
    }
}

/// A group in two lines: `names` columns for its name.
fn in_trouble(cx: &Cx, canvas: &mut Canvas, (area, names): (Rect, u16), row: &GroupRow) {
    let style = cx.style(groups::band_role(row.band));
    let after = area.x + names + 15;
    // A healthy group, listed for its flags, has no sign here as it has none in the pane.
    canvas.put(area.x, area.y, 3, groups::band_sign(row.band), style);
    canvas.put(
        area.x + 4,
        area.y,
        names,
        row.name.as_str(),
        cx.style(Role::Title),
    );
    let score = groups::score_text(cx, row);
    canvas.put_right(area.x + names + 12, area.y, 6, &score, style);
    let mut why = vec![(groups::state_name(cx, row).to_owned(), style)];
    for flag in &row.flags {
        let name = groups::flag_name(cx, *flag);
        if name != groups::band_name(cx, row.band) {
            why.push((format!("  {name}"), cx.style(Role::Text)));
        }
    }
    if let (Some(joined), Some(left)) = (row.joined, row.left) {
        // Always signed: two bare zeros would not say what they count.
        let (joined, left) = (
            format!("+{joined}"),
            format!("{}{left}", cx.figures.style.minus()),
        );
        let words = cx
            .words
            .fill("projector.moves", &[("joined", &joined), ("left", &left)]);
        why.push((format!("  {words}"), cx.style(Role::Dim)));
    }
    canvas.runs(after, area.y, area.right().saturating_sub(after), &why);
    let trend = groups::trend(cx, row);
    canvas.put(after, area.y + 1, 20, &trend, cx.style(Role::Bar));
    canvas.put(
        area.x + 4,
        area.y + 1,
        names,
        row.owner.1.as_str(),
        cx.style(Role::Dim),
    );
}
