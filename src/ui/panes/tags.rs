//! 标签: groups, tags, three states, live counts.

use ratatui::layout::Rect;

use crate::config::theme::Role;
use crate::engine::answer::{TagFamily, TagGroup, TagRow, TriState};
use crate::ui::Cx;
use crate::ui::canvas::{Canvas, Run};
use crate::ui::layout::widest_label;
use crate::ui::text::width;
use crate::ui::widgets::bar::bar;
use crate::ui::widgets::table::{self, Column, Row, one};

/// A line of the pane.
enum Line<'a> {
    Group(&'a TagGroup, bool),
    Tag(&'a TagRow),
}

/// `8 组 46 标签`
pub fn title(cx: &Cx) -> (Vec<Run>, Vec<Run>) {
    let Some(page) = &cx.app.panes.tags.page.value else {
        return (Vec::new(), Vec::new());
    };
    let tags: usize = page.groups.iter().map(|group| group.tags.len()).sum();
    let (g, t) = (page.groups.len().to_string(), tags.to_string());
    let words = cx.words.fill("tags.title", &[("groups", &g), ("tags", &t)]);
    let mut right = vec![(words, cx.style(Role::Dim))];
    let folded = &cx.app.panes.tags.folded;
    let folded = folded.iter().filter_map(|at| page.groups.get(*at));
    let folded: usize = folded.map(|group| group.tags.len()).sum();
    if folded > 0 {
        let n = folded.to_string();
        let words = cx.words.fill("tags.folded", &[("n", &n)]);
        right.push((format!(" {words}"), cx.style(Role::Dim)));
    }
    (Vec::new(), right)
}

/// Draws the groups and their tags.
pub fn draw(cx: &Cx, canvas: &mut Canvas, area: Rect, focused: bool) -> Rect {
    let state = &cx.app.panes.tags;
    let Some(page) = &state.page.value else {
        return area;
    };
    let lines: Vec<((usize, Option<usize>), Line)> = state
        .rows()
        .into_iter()
        .filter_map(|(g, t)| {
            let group = page.groups.get(g)?;
            let line = match t {
                None => Line::Group(group, state.folded.contains(&g)),
                Some(t) => Line::Tag(group.tags.get(t)?),
            };
            Some(((g, t), line))
        })
        .collect();
    // The legend goes first when rows are few.
    let legend = u16::from(area.height >= 12 && area.width >= 60);
    let table_area = Rect {
        height: area.height - legend,
        ..area
    };
    let index = lines
        .iter()
        .position(|(at, _)| *at == state.cursor)
        .unwrap_or(0);
    let top = super::visible_top(
        count(state.top),
        count(index),
        table_area.height.saturating_sub(1),
    );
    let rows = lines
        .iter()
        .skip(usize::try_from(top).unwrap_or(0))
        .map(|(at, line)| Row {
            row: Some(line),
            cursor: *at == state.cursor,
            marked: false,
        });
    let list = table::draw(cx, canvas, table_area, &columns(cx), rows, focused);
    if legend == 1 {
        let y = area.bottom() - 1;
        let room = area.width.saturating_sub(2);
        let worn = page.groups.iter().flat_map(|group| &group.tags);
        let (words, role) = if worn.map(|tag| tag.all).sum::<u64>() == 0 {
            (cx.words.say("tags.nobody"), Role::Watch)
        } else {
            (cx.words.say("tags.legend"), Role::Dim)
        };
        canvas.put(area.x + 1, y, room, words, cx.style(role));
    }
    list
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

fn columns<'a>(cx: &'a Cx) -> Vec<Column<'a, Line<'a>>> {
    let say = |key| cx.words.say(key);
    let widest = widest_label(cx.app);
    vec![
        Column::left(say("column.tag"), (11, 28.max(widest)), |line, room| {
            name(cx, line, room)
        }),
        number(cx, say("column.tag_hits"), 6, |tag| {
            cx.figures.short_count(tag.hits)
        }),
        number(cx, say("column.tag_all"), 6, |tag| {
            cx.figures.short_count(tag.all)
        })
        .shed(2),
        number(cx, say("column.tag_share"), 7, |tag| {
            cx.figures.rate(tag.share)
        })
        .shed(3),
        Column::left(say("column.tag_bar"), (10, 40), |line, room| match line {
            Line::Group(..) => Vec::new(),
            Line::Tag(tag) => bar(cx, room, tag.share.value().unwrap_or(0.0)).to_vec(),
        })
        .shed(4),
    ]
}

fn number<'a>(
    cx: &'a Cx,
    header: &str,
    min: u16,
    text: impl Fn(&TagRow) -> String + 'a,
) -> Column<'a, Line<'a>> {
    // Beside a folded group stands how many tags it hides.
    let hits = header == cx.words.say("column.tag_hits");
    Column::right(header, (min, min + 3), move |line, _| match line {
        Line::Group(group, true) if hits => {
            one(format!("({})", group.tags.len()), cx.style(Role::Dim))
        }
        Line::Group(..) => Vec::new(),
        Line::Tag(tag) => {
            let role = if tag.hits == 0 { Role::Dim } else { Role::Text };
            one(text(tag), cx.style(role))
        }
    })
}

/// Code of a tag family: the key of its name.
fn family_code(family: TagFamily) -> &'static str {
    match family {
        TagFamily::Static => "static",
        TagFamily::Consumption => "consumption",
        TagFamily::Behaviour => "behaviour",
        TagFamily::Tier => "tier",
        TagFamily::Other => "other",
    }
}

fn name(cx: &Cx, line: &Line, room: u16) -> Vec<Run> {
    match line {
        Line::Group(group, folded) => {
            let fold = if *folded {
                cx.glyphs.closed
            } else {
                cx.glyphs.open
            };
            let family = cx.words.named("tag_family", family_code(group.family));
            let mut runs = vec![(
                format!("{fold} {}", group.name.as_str()),
                cx.style(Role::Header),
            )];
            if *folded {
                // What a fold hides but rules the list is said.
                let chosen = group.tags.iter().filter(|tag| tag.state != TriState::Any);
                let (must, not): (Vec<_>, Vec<_>) =
                    chosen.partition(|tag| tag.state == TriState::Must);
                for (sign, some, role) in [("+", must, Role::Ok), ("-", not, Role::Bad)] {
                    if !some.is_empty() {
                        runs.push((format!(" {sign}{}", some.len()), cx.style(role)));
                    }
                }
            }
            // Last, and whole or not at all: want of room takes the family before the name.
            let family = format!(" {family}");
            let wide: u16 = runs.iter().map(|(text, _)| width(text)).sum();
            if wide + width(&family) <= room {
                runs.push((family, cx.style(Role::Dim)));
            }
            runs
        }
        Line::Tag(tag) => {
            let (state, role) = match tag.state {
                TriState::Any => ("[ ]", Role::Dim),
                TriState::Must => ("[+]", Role::Ok),
                TriState::MustNot => ("[-]", Role::Bad),
            };
            vec![
                (format!("{state} "), cx.style(role)),
                (tag.name.as_str().to_owned(), cx.style(Role::Text)),
            ]
        }
    }
}
