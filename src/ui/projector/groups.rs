//! The page of the groups in trouble.

use std::cmp::Ordering;

use ratatui::layout::Rect;

use crate::config::theme::Role;
use crate::engine::answer::GroupRow;
use crate::engine::groups::needs_somebody;
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
    let mut rows: Vec<&GroupRow> = page.rows.iter().filter(|row| needs_somebody(row)).collect();
    rows.sort_by(|a, b| {
        (a.band, a.score.unwrap_or(0.0))
            .partial_cmp(&(b.band, b.score.unwrap_or(0.0)))
            .unwrap_or(Ordering::Equal)
    });
    // Counted as in the pane: by band.
    let of = |sign: &str| {
        let signed = rows.iter().filter(|r| groups::band_sign(r.band) == sign);
        signed.count()
    };
    let (bad, watched) = (of("!!"), of("!"));
    let (n, all) = (
        bad.to_string(),
        cx.figures.count(page.rows.len().try_into().unwrap_or(0)),
    );
    let line = [
        (
            cx.words
                .fill("projector.trouble", &[("n", &n), ("all", &all)]),
            cx.style(Role::Title),
        ),
        (format!("   !! {bad}"), cx.style(Role::Bad)),
        (format!("   ! {watched}"), cx.style(Role::Watch)),
    ];
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
        canvas.put(
            area.x,
            area.y + 3,
            area.width,
            cx.words.say("projector.no_trouble"),
            cx.style(Role::Ok),
        );
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
    let score = row.score.map_or_else(
        || cx.glyphs.no_value.to_owned(),
        |score| cx.figures.score(score),
    );
    canvas.put_right(area.x + names + 12, area.y, 6, &score, style);
    let mut why = vec![(groups::band_name(cx, row.band).to_owned(), style)];
    for flag in &row.flags {
        let name = groups::flag_name(cx, *flag);
        if name != groups::band_name(cx, row.band) {
            why.push((format!("  {name}"), cx.style(Role::Text)));
        }
    }
    if let (Some(joined), Some(left)) = (row.joined, row.left) {
        // Always signed: two bare zeros would not say what they count.
        let (joined, left) = (format!("+{joined}"), format!("-{left}"));
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
