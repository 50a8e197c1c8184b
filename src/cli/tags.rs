//! `caopan tags`: tag groups and tags with their counts under scope and filter.

use std::io::{self, Write};

use serde_json::json;

use super::cell::Cell;
use super::cell::count;
use super::how::How;
use super::rows::first;
use super::table::{Column, Head, Printed, Sheet};
use crate::domain::AsOf;
use crate::engine::answer::{TagFamily, TagGroup, TagRow, TagsPage};
use crate::filter::{Field, Filter, Has, RowFilter, TriState};

/// A tag beside its group.
struct Line<'a> {
    group: &'a TagGroup,
    tag: &'a TagRow,
}

/// Writes the tag pane: one row a tag, in the pane's order, the first so many.
pub fn print_tags(
    page: &TagsPage,
    limit: Option<u64>,
    how: How,
    out: &mut impl Write,
) -> io::Result<Printed> {
    let all: Vec<Line<'_>> = page
        .groups
        .iter()
        .flat_map(|group| group.tags.iter().map(move |tag| Line { group, tag }))
        .collect();
    let lines = first(&all, limit);
    let head = Head {
        kind: "tags",
        stamp: Some(&page.stamp),
        lines: Vec::new(),
        facts: vec![("hits", json!(page.hits)), ("pool", json!(page.pool))],
    };
    let mut sheet = Sheet::begin(out, how, &head, columns())?;
    sheet.rows(lines)?;
    let style = how.style();
    let listed = format!(
        "{} {} / {} {}",
        how.word("列出", "listed"),
        style.count(count(lines.len() as u64)),
        style.count(count(all.len() as u64)),
        how.word("个标签", "tags"),
    );
    let is_cut = lines.len() < all.len();
    let hits = format!(
        "{} {} / {} {} | {}",
        how.word("命中", "hits"),
        style.count(count(page.hits)),
        style.count(count(page.pool)),
        how.word("客户", "customers"),
        how.word(
            "占比 = 命中 ÷ 当前条件下的客户",
            "share = hits ÷ customers under the filter"
        ),
    );
    let foot = is_cut.then_some(listed).into_iter().chain([hits]);
    sheet.end(&foot.collect::<Vec<_>>())
}

/// The page with only the tags that a filter over tags means (`name: id:`); groups left empty go.
#[must_use]
pub fn keep_tags(page: &TagsPage, filter: &Filter, now: AsOf) -> TagsPage {
    let filter = RowFilter::new(&filter.expr, now);
    let mut kept = page.clone();
    for group in &mut kept.groups {
        group.tags.retain(|tag| {
            let (id, name) = (tag.id.as_str(), tag.name.as_str());
            filter.holds(&|field| match field {
                Field::Name => Has::Name { id, name },
                Field::Id => Has::Name { id, name: "" },
                _ => Has::Nothing,
            })
        });
    }
    kept.groups.retain(|group| !group.tags.is_empty());
    kept
}

fn columns<'a>() -> Vec<Column<Line<'a>>> {
    vec![
        Column::text("family", "类别", "family", |l, how| {
            family(l.group.family, how)
        }),
        Column::text("group_name", "标签组", "group", |l, _| {
            Cell::text(&l.group.name)
        }),
        Column::hidden("group_id", |l, _| Cell::text(&l.group.id)),
        Column::hidden("tag_id", |l, _| Cell::id(l.tag.id.as_str())),
        Column::text("state", "条件", "state", |l, _| state(l.tag.state)),
        Column::text("name", "标签", "tag", |l, _| Cell::text(&l.tag.name)),
        Column::number("customers", "客户数", "customers", |l, _| {
            Cell::Count(count(l.tag.all))
        }),
        Column::number("hits", "命中", "hits", |l, _| {
            Cell::Count(count(l.tag.hits))
        }),
        Column::rate("share", "占比", "share", |l, _| Cell::Rate(l.tag.share)),
    ]
}

fn family(family: TagFamily, how: How) -> Cell {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::options::OutputFormat;
    use crate::cli::testing::{how, printed, stamp};
    use crate::domain::{Lang, Rate, SafeText, TagId};

    fn page() -> TagsPage {
        let tag = |id: &str, name: &str, state, all, hits| TagRow {
            id: TagId::from(id),
            name: SafeText::new(name),
            state,
            all,
            hits,
            share: Rate {
                num: hits as f64,
                den: 1_204.0,
            },
        };
        TagsPage {
            stamp: stamp(),
            hits: 1_204,
            pool: 20_486,
            groups: vec![TagGroup {
                id: SafeText::new("g1"),
                family: TagFamily::Tier,
                name: SafeText::new("价值分层"),
                tags: vec![
                    tag("et1", "高净值", TriState::Must, 1_204, 1_204),
                    tag("et2", "流失", TriState::MustNot, 2_011, 0),
                ],
            }],
        }
    }

    #[test]
    fn counts_stand_under_their_titles() {
        let text =
            printed(|out| print_tags(&page(), None, how(OutputFormat::Table, Lang::Zh), out));
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines[..3],
            [
                "类别  标签组    条件  标签    客户数   命中    占比",
                "层级  价值分层  [+]   高净值   1,204  1,204  100.0%",
                "层级  价值分层  [-]   流失     2,011      0    0.0%",
            ]
        );
    }

    #[test]
    fn tags_are_kept_by_name_and_their_empty_groups_go() {
        let now = AsOf {
            unix: crate::cli::testing::NOW,
            zone: crate::domain::Zone::default(),
        };
        let ctx = crate::filter::Ctx::of(crate::filter::Entity::Tags);
        let kept = |text: &str| {
            let filter = crate::filter::parse(text, &ctx).unwrap();
            let page = keep_tags(&page(), &filter, now);
            page.groups.iter().map(|g| g.tags.len()).collect::<Vec<_>>()
        };
        assert_eq!(
            (kept("ls"), kept("#et1"), kept("vip"), kept("")),
            (vec![1], vec![1], vec![], vec![2])
        );
    }

    #[test]
    fn a_share_keeps_numerator_and_denominator() {
        let csv = printed(|out| print_tags(&page(), None, how(OutputFormat::Csv, Lang::Zh), out));
        assert_eq!(
            csv.lines().next(),
            Some(
                "family,group_name,group_id,tag_id,state,name,customers,hits,share,share_num,share_den"
            )
        );
        assert_eq!(
            csv.lines().nth(2),
            Some("tier,价值分层,g1,et2,must_not,流失,2011,0,0,0,1204")
        );
        let jsonl =
            printed(|out| print_tags(&page(), None, how(OutputFormat::Jsonl, Lang::Zh), out));
        let row: serde_json::Value = serde_json::from_str(jsonl.lines().next().unwrap()).unwrap();
        let share =
            json!({ "value": 1.0, "num": 1204.0, "den": 1204.0, "unit": "fraction", "note": null });
        assert_eq!(row.get("share"), Some(&share));
    }
}
