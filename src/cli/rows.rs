//! The rows of every pane and list, printed: for the commands, for `export` and for `E` in the console.

use std::io::Write;
use std::sync::Arc;

use crate::domain::kpi::CampaignFacts;
use crate::domain::kpi::goal::{Goal, Goals};
use crate::domain::{CampaignId, Figure, Sentence, sentence};
use crate::engine::answer::{BoardMetric, BoardPage, Culprit, CustomersPage, GmvKind, KpiPage};
use crate::engine::request::{Answer, GroupSort, Question};
use crate::filter::{Filter, SortKey};
use crate::workspace::listing::Listing;

use super::asking::Asking;
use super::banded::{keep_campaigns, keep_staff, print_campaigns, print_staff};
use super::error::{Exit, Failure};
use super::late::{OF_SALES, late};
use super::list::CustomerList;
use super::options::OutputFormat;
use super::progress::Watching;
use super::table::Printed;

/// Customers fetched at once.
const BATCH: usize = 2_000;

/// Which rows; the scope stands in [`Asking`].
#[derive(Clone, Debug)]
pub enum Rows {
    /// Customers in the order of a sort, the first so many.
    Customers(Vec<SortKey>, Option<u64>),
    /// Tags with their counts under the scope: a filter over the tags themselves, the first so many.
    Tags(Option<Filter>, Option<u64>),
    /// Groups: a filter over them, their order, reversed; the first so many.
    Groups(Filter, GroupSort, bool, Option<u64>),
    /// The KPI tree of a campaign.
    Kpi(Campaign, GmvKind),
    /// The leaderboard.
    Board(BoardMetric),
    /// Campaigns under a filter over them, the first so many.
    Campaigns(Filter, Option<u64>),
    /// Staff under a filter over them, the first so many.
    Staff(Filter, Option<u64>),
    /// Orders paid in the period, the first so many.
    Orders(Option<u64>),
    /// Refunds of the period, the first so many.
    Refunds(Option<u64>),
}

/// Which campaign.
#[derive(Clone, Debug)]
pub enum Campaign {
    /// The running one that misses most.
    Usual,
    /// This one.
    Id(CampaignId),
    /// By id or part of its name.
    Named(String),
}

/// Writes rows.
pub fn print(
    asking: &mut Asking,
    rows: &Rows,
    out: &mut impl Write,
    watching: &mut Watching<'_>,
) -> Result<Printed, Failure> {
    let scope = asking.scope.clone();
    let how = asking.how;
    match rows {
        Rows::Customers(sort, limit) => customers(asking, sort, *limit, out, watching),
        Rows::Tags(filter, limit) => match asking.ask(&Question::Tags(scope))? {
            Answer::Tags(mut page) => {
                if let Some(filter) = filter {
                    page = super::tags::keep_tags(&page, filter, asking.as_of);
                }
                let limit = limit.or(filter.as_ref().and_then(|filter| filter.limit));
                Ok(super::tags::print_tags(&page, limit, how, out)?)
            }
            _ => Err(unexpected()),
        },
        Rows::Groups(own_filter, sort, reversed, limit) => {
            let question = Question::Groups {
                scope,
                own_filter: own_filter.clone(),
                sort: *sort,
                reversed: *reversed,
            };
            match asking.ask(&question)? {
                Answer::Groups(page) => {
                    let limit = limit.or(own_filter.limit);
                    Ok(super::groups::print_groups(&page, limit, how, out)?)
                }
                _ => Err(unexpected()),
            }
        }
        Rows::Kpi(campaign, gmv) => {
            let page = tree(asking, campaign, *gmv)?;
            let goals = overall(asking)?;
            let late = late(asking, &OF_SALES)?;
            Ok(super::kpi::print_kpi(&page, (&goals, &late), how, out)?)
        }
        Rows::Board(metric) => {
            let page = board(asking, *metric)?;
            let late = late(asking, &OF_SALES)?;
            Ok(super::board::print_board(&page, &late, how, out)?)
        }
        Rows::Campaigns(filter, limit) => {
            let page = counted(asking, None, GmvKind::Gross)?;
            let kept = keep_campaigns(&page.campaigns, filter, asking.as_of);
            let kept = first(&kept, limit.or(filter.limit));
            Ok(print_campaigns(&page, kept, how, out)?)
        }
        Rows::Staff(filter, limit) => {
            let page = board(asking, BoardMetric::NetGmv)?;
            let kept = keep_staff(&page.rows, filter, asking.as_of);
            let kept = first(&kept, limit.or(filter.limit));
            Ok(print_staff(&page, kept, how, out)?)
        }
        Rows::Orders(limit) => super::trade::print_orders(asking, *limit, out, watching),
        Rows::Refunds(limit) => super::trade::print_refunds(asking, *limit, out, watching),
    }
}

/// The leaderboard of the scope.
fn board(asking: &mut Asking, metric: BoardMetric) -> Result<BoardPage, Failure> {
    let scope = asking.scope.clone();
    match asking.ask(&Question::Board { scope, metric })? {
        Answer::Board(page) => Ok(page),
        _ => Err(unexpected()),
    }
}

fn customers(
    asking: &mut Asking,
    sort: &[SortKey],
    limit: Option<u64>,
    out: &mut impl Write,
    watching: &mut Watching<'_>,
) -> Result<Printed, Failure> {
    let most = limit.or(asking.scope.filter.limit).unwrap_or(u64::MAX);
    asking.scope.filter.limit = None;
    let columns = asking.scope.filter.cols.clone();
    let shown = super::list::fields(&columns, asking.how.format);
    let counted = match asking.how.format {
        OutputFormat::Table | OutputFormat::Json | OutputFormat::Xlsx => true,
        OutputFormat::Csv | OutputFormat::Jsonl | OutputFormat::Md => false,
    };
    if let Some(page) = asking.short_list(sort, most, &shown, counted)? {
        let count = page.rows.len() as u64;
        watching(0, count)?;
        let printed = CustomerList::begin(out, asking.how, &columns, &page)?;
        watching(count, count)?;
        return Ok(printed.end()?);
    }
    let listing = Arc::new(asking.listing(sort, most)?);
    let count = listing.len() as u64;
    watching(0, count)?;
    let mut page = page_of(&listing);
    page.rows = asking.listed(&listing, 0..BATCH)?;
    if listing.hits == 0 {
        page.culprit = culprit(asking)?;
    }
    let mut printed = CustomerList::begin(out, asking.how, &columns, &page)?;
    let mut at = BATCH;
    while at < listing.len() {
        watching(at as u64, count)?;
        page.rows = asking.listed(&listing, at..at + BATCH)?;
        printed.page(&page)?;
        at += BATCH;
    }
    watching(count, count)?;
    Ok(printed.end()?)
}

/// A page of a listing, without its rows.
fn page_of(listing: &Listing) -> CustomersPage {
    CustomersPage {
        stamp: listing.stamp.clone(),
        hits: listing.hits,
        pool: listing.pool,
        spend: listing.spend,
        offset: 0,
        rows: Vec::new(),
        anchor_at: None,
        preliminary: false,
        sketch: false,
        culprit: None,
    }
}

/// The term to drop when nobody is left.
fn culprit(asking: &mut Asking) -> Result<Option<Culprit>, Failure> {
    let question = Question::Customers {
        scope: asking.scope.clone(),
        sort: Vec::new(),
        offset: 0,
        rows: 1,
        anchor: None,
    };
    match asking.ask(&question)? {
        Answer::Customers(page) => Ok(page.culprit),
        _ => Err(unexpected()),
    }
}

fn tree(asking: &mut Asking, campaign: &Campaign, gmv: GmvKind) -> Result<KpiPage, Failure> {
    match campaign {
        Campaign::Usual => asked(asking, None, gmv),
        Campaign::Id(id) => asked(asking, Some(*id), gmv),
        Campaign::Named(wanted) => {
            let id = named(wanted, &asking.campaigns()?)?;
            asked(asking, Some(id), gmv)
        }
    }
}

/// The tree of a campaign, or of the running one that misses most; other campaigns may not be listed.
pub(super) fn asked(
    asking: &mut Asking,
    campaign: Option<CampaignId>,
    gmv: GmvKind,
) -> Result<KpiPage, Failure> {
    match asking.short_tree(campaign, gmv)? {
        Some(page) => Ok(page),
        None => counted(asking, campaign, gmv),
    }
}

/// The same with every campaign listed.
fn counted(
    asking: &mut Asking,
    campaign: Option<CampaignId>,
    gmv: GmvKind,
) -> Result<KpiPage, Failure> {
    let scope = asking.scope.clone();
    match asking.ask(&Question::Kpi {
        scope,
        campaign,
        gmv,
    })? {
        Answer::Kpi(page) => Ok(page),
        _ => Err(unexpected()),
    }
}

/// The whole scope's money held against targets of its own; of the console's own workspace nothing, its panes show it.
fn overall(asking: &mut Asking) -> Result<Vec<Goal>, Failure> {
    let (scope, as_of) = (asking.scope.clone(), asking.as_of);
    let period = scope.period.resolve(as_of.today());
    if asking.is_lent() || scope.filter.expr != crate::filter::Expr::All {
        return Ok(Vec::new());
    }
    let targets = asking.workspace()?.0.targets()?;
    let goals = Goals::new(&targets, scope.org, period, as_of);
    if goals.are_none() {
        return Ok(Vec::new());
    }
    let daily = asking.workspace()?.0.daily(&goals)?;
    let goals = goals.paced(daily.as_ref());
    let credited = super::credited::of_staff(asking, &goals, period)?;
    let those = asking.customers()?;
    let mut held = Vec::new();
    for code in ["gmv", "net_gmv_refund", "net_gmv_order"] {
        if let Some(own) = credited.get(code) {
            held.extend(goals.hold(code, *own));
            continue;
        }
        let wanted = goals.hold(code, Figure::NoValue).is_some();
        let money = wanted.then(|| {
            asking
                .workspace()?
                .0
                .money(code, those.whose(period))
                .map_err(Failure::from)
        });
        if let Some(fen) = money.transpose()?.flatten() {
            held.extend(goals.hold(code, Figure::Money(fen)));
        }
    }
    Ok(held)
}

/// A campaign by its id, else by its name, else by part of a name.
pub(super) fn named(wanted: &str, campaigns: &[CampaignFacts]) -> Result<CampaignId, Failure> {
    let ways: [fn(&CampaignFacts, &str) -> bool; 3] = [
        |c, wanted| c.id.0.to_string() == wanted,
        |c, wanted| c.name.as_str() == wanted,
        |c, wanted| c.name.as_str().contains(wanted),
    ];
    let fit = |way: fn(&CampaignFacts, &str) -> bool| -> Vec<_> {
        campaigns.iter().filter(|c| way(c, wanted)).collect()
    };
    let found = ways.into_iter().map(fit).find(|found| !found.is_empty());
    let found = found.unwrap_or_default();
    match found.as_slice() {
        [one] => Ok(one.id),
        [] => Err(Failure::new(
            Exit::Usage,
            sentence!(
                "没有叫 {wanted:?} 的活动",
                "no campaign is called {wanted:?}"
            ),
            sentence!(
                "`caopan list campaigns` 列出全部",
                "`caopan list campaigns` names them"
            ),
        )),
        several => {
            let names: Vec<_> = several
                .iter()
                .map(|c| format!("{} {}", c.id.0, c.name))
                .collect();
            Err(Failure::new(
                Exit::Usage,
                sentence!(
                    "{wanted:?} 对得上几个活动",
                    "{wanted:?} fits several campaigns"
                ),
                Sentence::quoted(names.join(", ")),
            ))
        }
    }
}

/// The first so many.
pub(super) fn first<T>(rows: &[T], limit: Option<u64>) -> &[T] {
    let most = limit
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(usize::MAX);
    rows.get(..most.min(rows.len())).unwrap_or(rows)
}

pub(super) fn unexpected() -> Failure {
    Failure::bare(
        Exit::Failed,
        sentence!(
            "答的不是所问 (这是程序的缺陷)",
            "another question was answered (this is a defect)"
        ),
    )
}
