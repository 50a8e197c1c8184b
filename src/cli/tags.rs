//! `caopan tags`: tag groups and tags with their counts under scope and filter.

use std::io::{self, Write};

use serde_json::json;

use super::cell::Cell;
use super::list::count;
use super::table::{Column, Head, How, Sheet};
use crate::engine::answer::{TagFamily, TagGroup, TagRow, TagsPage};
use crate::filter::TriState;

/// A tag beside its group.
struct Line<'a> {
    group: &'a TagGroup,
    tag: &'a TagRow,
}

/// Writes the tag pane: one row a tag, in the pane's order.
pub fn print_tags(page: &TagsPage, how: How, out: &mut impl Write) -> io::Result<()> {
    let lines: Vec<Line<'_>> = page
        .groups
        .iter()
        .flat_map(|group| group.tags.iter().map(move |tag| Line { group, tag }))
        .collect();
    let head = Head {
        kind: "tags",
        stamp: Some(&page.stamp),
        lines: Vec::new(),
        facts: vec![("hits", json!(page.hits)), ("pool", json!(page.pool))],
    };
    let mut sheet = Sheet::begin(out, how, &head, columns())?;
    sheet.rows(&lines)?;
    let style = how.style();
    sheet.end(&[format!(
        "{} {} / {} {} | {}",
        how.word("命中", "hits"),
        style.count(count(page.hits)),
        style.count(count(page.pool)),
        how.word("客户", "customers"),
        how.word("占比 = 命中 ÷ 当前条件下的客户", "share = hits ÷ customers under the filter"),
    )])
}

fn columns<'a>() -> Vec<Column<Line<'a>>> {
    vec![
        Column::text("family", "类别", "family", |l, how| family(l.group.family, how)),
        Column::text("group_name", "标签组", "group", |l, _| Cell::text(&l.group.name)),
        Column::hidden("tag_id", |l, _| Cell::id(l.tag.id.as_str())),
        Column::text("state", "条件", "state", |l, _| state(l.tag.state)),
        Column::text("name", "标签", "tag", |l, _| Cell::text(&l.tag.name)),
        Column::number("customers", "客户数", "customers", |l, _| Cell::Count(count(l.tag.all))),
        Column::number("hits", "命中", "hits", |l, _| Cell::Count(count(l.tag.hits))),
        Column::rate("share", "占比", "share", |l, _| Cell::Rate(l.tag.share)),
    ]
}

fn family(family: TagFamily, how: &How) -> Cell {
    let (code, zh, en) = match family {
        TagFamily::Static => ("static", "静态", "static"),
        TagFamily::Consumption => ("consumption", "消费", "consumption"),
        TagFamily::Behaviour => ("behaviour", "行为", "behaviour"),
        TagFamily::Tier => ("tier", "层级", "tier"),
        TagFamily::Other => ("other", "其他", "other"),
    };
    Cell::Code(code, how.word(zh, en).to_owned())
}

fn state(state: TriState) -> Cell {
    let (code, sign) = match state {
        TriState::Any => ("any", "[ ]"),
        TriState::Must => ("must", "[+]"),
        TriState::MustNot => ("must_not", "[-]"),
    };
    Cell::Code(code, sign.to_owned())
}
