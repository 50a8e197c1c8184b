//! Customers and tags, a second way.

use std::collections::BTreeSet;

use crate::truth::Truth;
use crate::views::{View, ask, customers};
use caopan::engine::answer::TagsPage;
use caopan::engine::request::{Answer, Question};
use caopan::workspace::Workspace;

pub fn check_customers(workspace: &mut Workspace, truth: &Truth, view: &View) {
    let page = customers(workspace, &view.scope, truth.now);
    let mut meant = truth.owned(view.org);
    if let Some(filtered) = &view.filtered {
        meant.retain(|id| filtered.contains(id));
    }
    let found: BTreeSet<String> = page.rows.iter().map(|r| r.id.as_str().to_owned()).collect();
    assert_eq!(found, meant, "{:?}", page.stamp);
    assert_eq!(page.hits, meant.len() as u64);
    assert_eq!(page.pool, truth.customers.len() as u64);
    let spend: i64 = meant.iter().map(|id| truth.spend(id)).sum();
    assert_eq!(page.spend.0, spend);
    if view.filtered.is_some() || view.org.is_some() {
        return;
    }
    let scores = truth.scores();
    for row in &page.rows {
        let id = row.id.as_str();
        assert_eq!(row.spend.0, truth.spend(id), "{id}");
        assert_eq!(row.orders as usize, truth.standing(id).count(), "{id}");
        assert_eq!(
            row.last_purchase,
            truth.standing(id).map(|o| o.at).max(),
            "{id}"
        );
        let owner = row.owner.as_ref().map(|(id, _)| id.as_str());
        let known = truth
            .owner
            .get(id)
            .filter(|s| truth.staff.iter().any(|k| k.id == **s));
        assert_eq!(
            owner.filter(|o| truth.staff.iter().any(|k| k.id == *o)),
            known.map(String::as_str),
            "{id}"
        );
        let own = scores.get(id).cloned().unwrap_or_default();
        let rfm = row.rfm.map(|s| (s.r, s.f, s.m, s.segment));
        assert_eq!((rfm, row.risk), (own.rfm, own.level), "{id}");
        let value = row.value_at_risk.map(|value| value.0);
        assert_eq!(value.is_some(), own.level.is_some(), "{id}");
        let off = (value.unwrap_or(0) - own.at_risk).abs();
        assert!(off <= own.at_risk >> 40, "{id}: {value:?} {}", own.at_risk);
    }
}

pub fn check_tags(workspace: &mut Workspace, truth: &Truth, view: &View) {
    let Answer::Tags(page) = ask(workspace, &Question::Tags(view.scope.clone()), truth.now) else {
        panic!("tags");
    };
    let page: TagsPage = page;
    let scope = truth.owned(view.org);
    let inside = |id: &String| view.filtered.as_ref().is_none_or(|f| f.contains(id));
    assert_eq!(
        page.hits as usize,
        scope.iter().filter(|id| inside(id)).count()
    );
    for tag in page.groups.iter().flat_map(|g| &g.tags) {
        let of = |id: &&String| {
            truth
                .tags
                .contains(&(tag.id.as_str().to_owned(), (*id).clone()))
        };
        assert_eq!(
            tag.all as usize,
            scope.iter().filter(of).count(),
            "{:?}",
            tag.id
        );
        let hits = scope.iter().filter(of).filter(|id| inside(id)).count();
        assert_eq!(tag.hits as usize, hits, "{:?} {:?}", tag.id, page.stamp);
    }
}
