//! The panes' snapshots: the engine counts inside scope and filter, the small tables name, `engine::{groups, kpi, board}`
//! put together.

use crate::domain::group_health::HealthMode;
use crate::domain::kpi::{GmvKind, TargetFacts};
use crate::domain::{AsOf, CampaignId};
use crate::engine::answer::Stamp;
use crate::engine::bits::Bits;
use crate::engine::load::Table;
use crate::engine::request::{Answer, Question, Scope};
use crate::engine::{Engine, Ground, ListAsk, groups, kpi};
use crate::filter::{Field, SortKey};
use crate::store::customers::{self, Beside};
use crate::store::{StoreError, meta};

use super::inside::{departments, staff_of};
use super::kept::OfGroups;
use super::refusal::{failed, not_ready};
use super::{Workspace, paced};

/// The list's order while nobody's risk is known, as that of the first page.
const BY_SPEND: [SortKey; 1] = [SortKey {
    field: Field::Spend,
    descending: true,
}];

/// Answers a question of a pane; the engine is ready.
pub fn answer(
    workspace: &mut Workspace,
    question: &Question,
    as_of: AsOf,
) -> Result<Answer, StoreError> {
    match question {
        Question::Customers { .. } => listed(workspace, question, as_of),
        Question::Tags(scope) => tags(workspace, scope, as_of),
        Question::Groups { .. } => group_health(workspace, question, as_of),
        Question::Kpi {
            scope,
            campaign,
            gmv,
        } => kpi_tree(workspace, scope, *campaign, *gmv, as_of),
        Question::Board { scope, metric } => {
            super::leaderboard::leaderboard(workspace, scope, *metric, as_of)
        }
        Question::Customer(_) | Question::Sources | Question::Org | Question::Names => Ok(failed(
            "这个问题由别处回答 (程序有缺陷)",
            "this question has its answer elsewhere (this is a defect)",
        )),
    }
}

/// Hands the engine a scope to be read against; `None` while nothing is loaded.
pub(super) fn within<T>(
    workspace: &mut Workspace,
    scope: &Scope,
    as_of: AsOf,
    then: impl FnOnce(&mut Engine, Ground<'_>, Stamp) -> T,
) -> Result<Option<T>, StoreError> {
    let stamp = workspace.stamp(scope, as_of)?;
    let inside = match scope.org {
        Some(_) => departments(workspace.facts(as_of)?, scope),
        None => None,
    };
    let Some(loaded) = &mut workspace.engine else {
        return Ok(None);
    };
    let org = match &workspace.facts {
        Some(facts) => staff_of(&loaded.engine, facts, inside.as_ref()),
        None => None,
    };
    let ground = Ground {
        as_of,
        period: stamp.period,
        org: org.as_ref(),
    };
    Ok(Some(then(&mut loaded.engine, ground, stamp)))
}

/// Hands the engine a question for the list; `None` when it is another one, or nothing is loaded.
pub(super) fn asking<T>(
    workspace: &mut Workspace,
    question: &Question,
    as_of: AsOf,
    then: impl FnOnce(&mut Engine, &ListAsk<'_>, Stamp) -> T,
) -> Result<Option<T>, StoreError> {
    let Question::Customers {
        scope,
        sort,
        offset,
        rows,
        anchor,
    } = question
    else {
        return Ok(None);
    };
    // Who is at risk is known when orders are.
    let unscored = workspace.half && sort.is_empty() && scope.filter.sort.is_empty();
    let disclosure = workspace.disclosure;
    within(workspace, scope, as_of, |engine, ground, stamp| {
        let ask = ListAsk {
            filter: &scope.filter,
            ground,
            sort: if unscored { &BY_SPEND } else { sort },
            offset: *offset,
            rows: *rows,
            anchor: anchor.as_ref().map(|(id, at)| (id, *at)),
            disclosure,
        };
        then(engine, &ask, stamp)
    })
}

fn listed(
    workspace: &mut Workspace,
    question: &Question,
    as_of: AsOf,
) -> Result<Answer, StoreError> {
    let told = asking(workspace, question, as_of, Engine::customers_page)?;
    let Some(mut page) = told else {
        return Ok(not_ready());
    };
    page.preliminary = workspace.half;
    if workspace.half && !workspace.loaded.contains(&Table::Follows) {
        // Where these few came from is known to SQL already.
        let relation = Beside {
            relation: true,
            tags: false,
            stage: false,
        };
        for row in &mut page.rows {
            let listed = customers::listed_of(&workspace.conn, &row.id, relation)?;
            row.source = listed.map(|listed| listed.source).unwrap_or_default();
        }
    }
    Ok(Answer::Customers(page))
}

fn tags(workspace: &mut Workspace, scope: &Scope, as_of: AsOf) -> Result<Answer, StoreError> {
    let page = within(workspace, scope, as_of, |engine, ground, stamp| {
        engine.tags_page(&scope.filter, ground, stamp)
    })?;
    Ok(page.map_or_else(not_ready, Answer::Tags))
}

fn group_health(
    workspace: &mut Workspace,
    question: &Question,
    as_of: AsOf,
) -> Result<Answer, StoreError> {
    let Question::Groups {
        scope,
        own_filter,
        sort,
        reversed,
    } = question
    else {
        return Ok(not_ready());
    };
    let stamp = workspace.stamp(scope, as_of)?;
    let mode = match meta::get(&workspace.conn, "health_mode")?.as_deref() {
        Some("fleet") => HealthMode::Fleet,
        _ => HealthMode::Defaults,
    };
    let of = OfGroups {
        revision: workspace.revision,
        today: as_of.open_day(),
        org: scope.org,
        mode,
        filter: own_filter.expr.clone(),
        sort: (*sort, *reversed),
    };
    if let Some(page) = workspace.pages.groups(&of, &stamp) {
        return Ok(Answer::Groups(page));
    }
    workspace.facts(as_of)?;
    let (Some(loaded), Some(facts)) = (&mut workspace.engine, &workspace.facts) else {
        return Ok(not_ready());
    };
    let bought = loaded.engine.group_buyers_kept(as_of.open_day());
    let knows_orders = loaded.engine.has_orders();
    let inside = departments(facts, scope);
    let page = groups::page(&groups::GroupsInput {
        stamp,
        now: as_of,
        facts: &facts.groups,
        buyers: &|at| {
            let group = facts.groups.get(at).filter(|_| knows_orders)?;
            bought.get(&group.id).copied()
        },
        in_scope: &|group| {
            inside
                .as_ref()
                .is_none_or(|set| group.dept.is_some_and(|d| set.contains(&d)))
        },
        mode,
        filter: &own_filter.expr,
        sort: *sort,
        reversed: *reversed,
    });
    workspace.pages.keep_groups(of, &page);
    Ok(Answer::Groups(page))
}

fn kpi_tree(
    workspace: &mut Workspace,
    scope: &Scope,
    campaign: Option<CampaignId>,
    gmv: GmvKind,
    as_of: AsOf,
) -> Result<Answer, StoreError> {
    let stamp = workspace.stamp(scope, as_of)?;
    workspace.facts(as_of)?;
    let zone = workspace.zone;
    let (Some(loaded), Some(facts)) = (&mut workspace.engine, &workspace.facts) else {
        return Ok(not_ready());
    };
    let org = staff_of(&loaded.engine, facts, departments(facts, scope).as_ref());
    let ground = Ground {
        as_of,
        period: stamp.period,
        org: org.as_ref(),
    };
    let selection = loaded.engine.selection(&scope.filter, ground);
    let today = as_of.today();
    loaded.engine.pick_campaigns();
    let (targets, since) = (
        &facts.targets,
        paced::since(&workspace.conn, &loaded.engine)?,
    );
    let all = (&*facts.campaigns, &*facts.campaigns);
    let earlier = kpi::lookback(all, (targets, gmv), as_of, since);
    loaded.engine.keep_campaign_days(&earlier);
    let engine = &loaded.engine;
    let last = |id| {
        facts
            .campaigns
            .iter()
            .find(|c| c.id == id)
            .map(|c| c.days(zone).to)
    };
    let page = |stamp: Stamp,
                asked: Option<CampaignId>,
                targets: &[TargetFacts],
                rows: Option<&Bits>| {
        let money = engine.campaign_money(today, &last, rows);
        kpi::page(&kpi::KpiInput {
            stamp,
            now: as_of,
            campaigns: &facts.campaigns,
            known: &facts.campaigns,
            since,
            days_of: &|id| engine.campaign_days(id),
            whole: rows.is_none(),
            targets,
            labels: &facts.nodes,
            asked,
            gmv,
            money: &|id| money.get(&id).copied().unwrap_or_default(),
            counts: &|id| engine.campaign_counts(id, gmv, today, last(id).unwrap_or(today), rows),
        })
    };
    Ok(Answer::Kpi(if selection.whole {
        page(stamp, campaign, &facts.targets, None)
    } else {
        // A target is the whole pool's: held against a part of it, it would call every part a failure. Which campaign
        // opens by itself is decided by the whole pool, so that a filter does not turn to another one.
        let asked = campaign.or_else(|| page(stamp.clone(), None, &facts.targets, None).campaign);
        page(stamp, asked, &[], Some(&selection.rows))
    }))
}
