//! The campaign pane: campaigns with their targets, and the tree of one of them.

use std::cmp::{Ordering, Reverse};

use super::answer::{KpiPage, Stamp};
use crate::domain::kpi::curve::{Daily, Expected, Pacing, comparable};
use crate::domain::kpi::target::target_of;
use crate::domain::kpi::tree::{TreeInput, build};
use crate::domain::kpi::{
    CampaignCounts, CampaignFacts, Caveats, Course, GmvKind, GmvSums, KpiBand, KpiNode, NodeFacts,
    TargetFacts, target,
};
use crate::domain::metric::Better;
use crate::domain::period::Period;
use crate::domain::{AsOf, CampaignId, Day, Fen, SafeText, nearest};

/// What the pane is made of.
pub struct KpiInput<'a> {
    /// Printed with the page.
    pub stamp: Stamp,
    /// "Now".
    pub now: AsOf,
    /// The campaigns listed.
    pub campaigns: &'a [CampaignFacts],
    /// Every campaign there is: those before one tell how it may run.
    pub known: &'a [CampaignFacts],
    /// The first day of the history.
    pub since: Option<Day>,
    /// Day totals of a campaign of [`lookback`].
    pub days_of: &'a dyn Fn(CampaignId) -> Option<&'a Daily>,
    /// Everybody is counted, nobody left out by a filter or an organisation.
    pub whole: bool,
    /// Every target; those of campaigns are picked.
    pub targets: &'a [TargetFacts],
    /// Labels of tree nodes.
    pub labels: &'a [NodeFacts],
    /// The campaign asked for; `None` (or one that is gone) opens the first of the list.
    pub asked: Option<CampaignId>,
    /// Which GMV.
    pub gmv: GmvKind,
    /// Money of a campaign inside the scope: asked for each campaign.
    pub money: &'a dyn Fn(CampaignId) -> GmvSums,
    /// Everything counted of a campaign inside the scope: asked for the one opened.
    pub counts: &'a dyn Fn(CampaignId) -> CampaignCounts,
}

/// The campaigns of whose money it depends which one [`page`] opens: the one asked for alone, else those running, else the
/// latest to start.
pub fn in_question(
    campaigns: &[CampaignFacts],
    asked: Option<CampaignId>,
    now: AsOf,
) -> Vec<CampaignFacts> {
    let latest = || {
        campaigns
            .iter()
            .min_by_key(|c| (Reverse(c.starts_at), c.id))
    };
    let these = |wanted: &dyn Fn(&CampaignFacts) -> bool| -> Vec<CampaignFacts> {
        campaigns.iter().filter(|c| wanted(c)).cloned().collect()
    };
    let alone = these(&|c| Some(c.id) == asked);
    if !alone.is_empty() {
        return alone;
    }
    let running = these(&|campaign| is_running(campaign, now));
    if running.is_empty() {
        latest().cloned().into_iter().collect()
    } else {
        running
    }
}

/// The campaign goes on now, as its dates have it.
fn is_running(campaign: &CampaignFacts, now: AsOf) -> bool {
    campaign.state(now.unix) == "running"
}

/// Lists the campaigns and builds the tree of the one opened.
pub fn page(input: &KpiInput<'_>) -> KpiPage {
    let mut heads: Vec<Listed> = input.campaigns.iter().map(|c| listed(c, input)).collect();
    heads.sort_by(order);
    let opened = heads
        .iter()
        .find(|listed| Some(listed.head.id) == input.asked)
        .or_else(|| heads.first());
    let mut page = KpiPage {
        stamp: input.stamp.clone(),
        campaigns: Vec::new(),
        campaign: opened.map(|listed| listed.head.id),
        gmv: input.gmv,
        tree: Vec::new(),
        split: None,
        caveats: Caveats::default(),
        expected_share: opened.map_or(0.0, |listed| listed.share),
        expected: opened.map(|listed| listed.expected),
        by_day: Vec::new(),
        funnel: Vec::new(),
        itemised: None,
    };
    if let Some(listed) = opened {
        let id = listed.head.id;
        let counts = (input.counts)(id);
        let tree = build(TreeInput {
            campaign: id,
            counts: &counts,
            kind: input.gmv,
            targets: &listed.targets,
            labels: input.labels,
            share: listed.share,
            expected: listed.expected,
        });
        page.tree = tree.nodes;
        if listed.called_off {
            page.expected = None;
            let all = page.tree.iter_mut();
            all.for_each(|node| node.held.call_off());
        }
        page.split = tree.split;
        page.caveats = Caveats {
            uncredited: listed.unsold && counts.orders == 0,
            between: tree.between,
        };
        if page.caveats.uncredited {
            page.split = None;
            let of_orders = |node: &&mut KpiNode| OF_ORDERS.contains(&node.code);
            let nodes = page.tree.iter_mut().filter(of_orders);
            nodes.for_each(|node| node.held.unmeasure());
        }
        page.funnel = tree.funnel;
        page.itemised = counts
            .itemised
            .map(|known| (known.items, known.orders, counts.orders));
        page.by_day = counts.by_day;
    }
    page.campaigns = heads.into_iter().map(|listed| listed.head).collect();
    page
}

/// Nodes of the tree that are made of a campaign's orders; the others are of the steps people took.
const OF_ORDERS: [&str; 10] = [
    "attainment",
    "gmv",
    "net_gmv_refund",
    "net_gmv_order",
    "conversion",
    "value_per_buyer",
    "items_per_order",
    "price_per_item",
    "orders_per_buyer",
    "aov",
];

impl KpiPage {
    /// The campaign whose tree the page has.
    pub fn opened(&self) -> Option<&CampaignHead> {
        let mut heads = self.campaigns.iter();
        heads.find(|head| Some(head.id) == self.campaign)
    }
}

/// A campaign in the chooser of the KPI pane.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignHead {
    /// Identity.
    pub id: CampaignId,
    /// Name.
    pub name: SafeText,
    /// `planned`, `warmup`, `running`, `ended`, `reviewed`, `cancelled`.
    pub status: SafeText,
    /// First and last day.
    pub days: Period,
    /// When it begins and ends, unix seconds; the end is not in it.
    pub lasts: (i64, i64),
    /// When its warm-up begins, unix seconds.
    pub warmup_at: Option<i64>,
    /// GMV so far in the kind asked for.
    pub gmv: Fen,
    /// Target.
    pub target: Option<Fen>,
    /// Of which GMV the target is, where the one asked for has none of its own and is held against another's.
    pub target_of: Option<GmvKind>,
    /// Achievement, unrounded.
    pub achievement: Option<f64>,
    /// Band.
    pub band: Option<KpiBand>,
    /// How it runs to the target.
    pub course: Option<Course>,
}

/// A campaign in the list with what orders it.
struct Listed {
    head: CampaignHead,
    running: bool,
    called_off: bool,
    unsold: bool,
    starts_at: i64,
    share: f64,
    expected: Expected,
    pace: Option<f64>,
    targets: Vec<TargetFacts>,
}

fn listed(campaign: &CampaignFacts, input: &KpiInput<'_>) -> Listed {
    let period = campaign.days(input.now.zone);
    let gmv = (input.money)(campaign.id).of(input.gmv);
    let targets = target::of_campaign(campaign, input.targets, input.now.zone);
    let goal = target_of(&targets, input.gmv.code());
    // Whose orders nobody names a campaign in has not failed: that is not measured. A part of the pool may well have bought
    // nothing.
    let has_begun = campaign.starts_at <= input.now.unix;
    let unsold = input.whole && has_begun && (input.money)(campaign.id).gross == Fen(0);
    let held = goal.filter(|_| !unsold);
    let actual = gmv.0 as f64;
    let achievement =
        held.and_then(|goal| target::achievement(actual, goal.target, Better::Higher));
    let passed = passed(campaign, period, input.now);
    let expected = match goal {
        Some(_) => expected(campaign, passed, input),
        None => Expected::by_time(passed),
    };
    let band = held.and_then(|goal| target::band(actual, goal, Better::Higher));
    let goes_on = expected.by != Pacing::Over;
    let share = goes_on.then_some(expected);
    // It runs to nothing any more.
    let state = campaign.state(input.now.unix);
    let called_off = state == "cancelled";
    let course = Course::of(band, goes_on, (achievement, share));
    Listed {
        running: is_running(campaign, input.now),
        called_off,
        unsold,
        starts_at: campaign.starts_at,
        share: passed,
        expected,
        pace: achievement.and_then(|a| target::pace(a, expected.share)),
        head: CampaignHead {
            id: campaign.id,
            name: campaign.name.clone(),
            status: SafeText::new(state),
            days: period,
            lasts: (campaign.starts_at, campaign.ends_at),
            warmup_at: campaign.warmup_at,
            gmv,
            target: goal.map(|goal| Fen(nearest(goal.target))),
            target_of: target::borrowed(&targets, input.gmv),
            achievement,
            band,
            course: course.filter(|_| !called_off),
        },
        targets,
    }
}

/// Share of a campaign's time that has passed, 0..=1. Where it begins or ends within a day, a live show say, its hours are
/// its time: nothing of it has passed before it begins, and it is over when it ends.
fn passed(campaign: &CampaignFacts, days: Period, now: AsOf) -> f64 {
    let zone = now.zone;
    let (starts, ends) = (campaign.starts_at, campaign.ends_at);
    let whole = (zone.start_of(days.from), zone.start_of(days.to.plus(1)));
    if (starts, ends) == whole {
        return target::linear_share(days, now);
    }
    // At the last second of a day that day is over, see `AsOf::open_day`.
    let now = zone.start_of(now.open_day()).max(now.unix);
    let (passed, lasts) = (now.saturating_sub(starts), ends.saturating_sub(starts));
    (passed as f64 / lasts.max(1) as f64).clamp(0.0, 1.0)
}

/// As the campaigns before it went, else by time.
fn expected(campaign: &CampaignFacts, passed: f64, input: &KpiInput<'_>) -> Expected {
    let zone = input.now.zone;
    let earlier = comparable(campaign, input.known, |c| c.days(zone), input.since);
    let curves = earlier
        .into_iter()
        .filter_map(|(other, days)| Some((days, (input.days_of)(other.id)?)));
    Expected::of_campaign(input.gmv.code(), passed, curves)
}

/// The campaigns whose day totals tell how those under way with a target may run: [`KpiInput::days_of`] is asked for them.
pub fn lookback(
    (campaigns, known): (&[CampaignFacts], &[CampaignFacts]),
    (targets, gmv): (&[TargetFacts], GmvKind),
    now: AsOf,
    since: Option<Day>,
) -> Vec<CampaignId> {
    let goes_on = |campaign: &&CampaignFacts| {
        let period = campaign.days(now.zone);
        let is_on = period.contains(now.today()) && campaign.status.as_str() != "cancelled";
        let its = target::of_campaign(campaign, targets, now.zone);
        is_on && target_of(&its, gmv.code()).is_some()
    };
    let of = |campaign| comparable(campaign, known, |c| c.days(now.zone), since);
    let all = campaigns.iter().filter(goes_on).flat_map(of);
    let mut ids: Vec<CampaignId> = all.map(|(other, _)| other.id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Running campaigns first, those furthest behind their pace at the top; then the others, latest start first.
fn order(a: &Listed, b: &Listed) -> Ordering {
    let behind = match (a.running, a.pace, b.pace) {
        (true, Some(a), Some(b)) => a.total_cmp(&b),
        (true, a, b) => b.is_some().cmp(&a.is_some()),
        (false, _, _) => Ordering::Equal,
    };
    b.running
        .cmp(&a.running)
        .then(behind)
        .then_with(|| b.starts_at.cmp(&a.starts_at))
        .then_with(|| a.head.id.cmp(&b.head.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::kpi::{KpiBand, StepPeople, SubjectKind};
    use crate::domain::period::PeriodKind;
    use crate::domain::{Figure, Zone};

    const DAY: i64 = 86_400;

    fn now() -> AsOf {
        AsOf {
            unix: start(5),
            zone: Zone::default(),
        }
    }

    fn start(day: i32) -> i64 {
        Zone::default().start_of(Day(20_000 + day))
    }

    fn campaign(id: i64, status: &str, from: i32, to: i32) -> CampaignFacts {
        CampaignFacts {
            id: CampaignId(id),
            name: SafeText::new(&format!("活动{id}")),
            kind: SafeText::new("festival"),
            status: SafeText::new(status),
            warmup_at: None,
            starts_at: start(from),
            ends_at: start(to),
        }
    }

    fn goal(id: i64, code: &str, value: f64) -> TargetFacts {
        TargetFacts {
            metric_code: code.into(),
            subject_kind: SubjectKind::Campaign,
            subject_id: id.to_string(),
            period_kind: PeriodKind::Campaign,
            period_start: Day(20_000),
            period_end: Day(20_010),
            floor: Some(value * 0.5),
            target: value,
            stretch: None,
            penalty_allowed: true,
        }
    }

    fn money(id: CampaignId) -> GmvSums {
        GmvSums {
            gross: Fen(id.0 * 10_000),
            ..GmvSums::default()
        }
    }

    fn counts(id: CampaignId) -> CampaignCounts {
        CampaignCounts {
            steps: [StepPeople {
                people: 100,
                with_previous: 100,
                recorded: true,
            }; 6],
            buyers: 100,
            orders: 100,
            itemised: None,
            money: money(id),
            by_day: vec![Fen(1), Fen(2)],
        }
    }

    fn asked(id: Option<i64>, campaigns: &[CampaignFacts], targets: &[TargetFacts]) -> KpiPage {
        page(&KpiInput {
            stamp: Stamp {
                revision: 1,
                as_of: now().unix,
                period: Period::day(now().today()),
                partial: true,
                org: None,
                filter: String::new(),
                named: crate::filter::Filter::default(),
            },
            now: now(),
            campaigns,
            known: campaigns,
            since: None,
            days_of: &|_| None,
            whole: true,
            targets,
            labels: &[],
            asked: id.map(CampaignId),
            gmv: GmvKind::Gross,
            money: &money,
            counts: &counts,
        })
    }

    #[test]
    fn the_state_of_a_campaign_follows_its_dates_unless_it_was_cancelled() {
        let warm = CampaignFacts {
            warmup_at: Some(start(4)),
            ..campaign(1, "planned", 6, 8)
        };
        for (campaign, state) in [
            (campaign(1, "planned", 0, 2), "ended"),
            (campaign(1, "reviewed", 0, 2), "reviewed"),
            (campaign(1, "running", 0, 5), "ended"),
            (campaign(1, "planned", 5, 6), "running"),
            (campaign(1, "running", 6, 8), "planned"),
            (campaign(1, "cancelled", 0, 10), "cancelled"),
            (warm, "warmup"),
        ] {
            assert_eq!(campaign.state(now().unix), state, "{campaign:?}");
        }
    }

    #[test]
    fn the_tree_opened_is_that_of_a_campaign_in_question() {
        let planned = [campaign(1, "planned", 20, 30), campaign(6, "ended", 0, 2)];
        let both = [campaign(4, "running", 0, 10), campaign(2, "running", 1, 9)];
        let twins = [
            campaign(3, "planned", 20, 22),
            campaign(1, "planned", 20, 30),
        ];
        let [all, few] = [[both.as_slice(), &planned].concat(), planned.to_vec()];
        for (campaigns, wanted, ids) in [
            (&all, None, vec![4, 2]),
            (&all, Some(6), vec![6]),
            (&all, Some(99), vec![4, 2]),
            (&few, None, vec![1]),
            (&twins.to_vec(), None, vec![1]),
            (&Vec::new(), None, vec![]),
        ] {
            let few = in_question(campaigns, wanted.map(CampaignId), now());
            let told: Vec<i64> = few.iter().map(|c| c.id.0).collect();
            assert_eq!(told, ids, "{wanted:?}");
            let targets = [goal(2, "gmv", 200_000.0), goal(4, "gmv", 100_000.0)];
            let opened = asked(wanted, campaigns, &targets).campaign;
            assert_eq!(asked(wanted, &few, &targets).campaign, opened, "{wanted:?}");
        }
    }

    #[test]
    fn the_running_campaign_furthest_behind_its_pace_is_opened_first() {
        let campaigns = [
            campaign(1, "ended", -30, -20),
            campaign(2, "running", 0, 10),
            campaign(3, "running", 4, 6),
            campaign(4, "planned", 20, 30),
            campaign(5, "running", 0, 10),
        ];
        // Half of each running campaign's time has passed: 2 is at 40 % of its pace, 3 at 120 %, 5 has no target.
        let targets = [
            goal(2, "gmv", 100_000.0),
            goal(3, "gmv", 50_000.0),
            goal(1, "gmv", 10_000.0),
        ];
        let page = asked(None, &campaigns, &targets);
        let order: Vec<i64> = page.campaigns.iter().map(|c| c.id.0).collect();
        assert_eq!(order, [2, 3, 5, 4, 1]);
        assert_eq!(page.campaign, Some(CampaignId(2)));
        assert!((page.expected_share - 0.5).abs() < 1e-12);
        let first = &page.campaigns[0];
        assert_eq!(
            (first.gmv, first.target, first.achievement),
            (Fen(20_000), Some(Fen(100_000)), Some(0.2))
        );
        assert_eq!(first.band, Some(KpiBand::BelowFloor));
        assert_eq!(page.campaigns[4].band, Some(KpiBand::Met));
        assert_eq!(page.by_day, [Fen(1), Fen(2)]);
        assert_eq!(page.funnel.len(), 6);
    }

    #[test]
    fn a_campaign_that_was_cancelled_runs_to_no_target() {
        let targets = [goal(1, "gmv", 100_000.0), goal(1, "users", 900.0)];
        let of = |status| asked(Some(1), &[campaign(1, status, 0, 10)], &targets);
        let (off, on) = (of("cancelled"), of("running"));
        // As long as it goes on there are all of them.
        let told = |page: &KpiPage| {
            let runs = |held: &crate::domain::kpi::Held| {
                let forecast = held.forecast != Figure::NoValue;
                held.course.is_some() || held.pace.is_some() || forecast
            };
            let nodes = page.tree.iter().filter(|node| runs(&node.held)).count();
            (page.campaigns[0].course.is_some(), nodes > 0)
        };
        assert_eq!((told(&on), on.expected.is_some()), ((true, true), true));
        assert_eq!((told(&off), off.expected), ((false, false), None));
        // What was sold of it, and how much of the target that is, stands.
        assert_eq!(off.campaigns[0].achievement, Some(0.1));
        assert_eq!(off.tree[0].held.achievement, Some(0.1));
    }

    #[test]
    fn a_show_of_two_hours_goes_by_its_hours() {
        let hour = 3_600;
        let same = |a: f64, b: f64| (a - b).abs() < 1e-12;
        let show = CampaignFacts {
            starts_at: start(5) + 20 * hour,
            ends_at: start(5) + 22 * hour,
            ..campaign(1, "running", 5, 6)
        };
        let zone = Zone::default();
        let share = |seconds| {
            let now = AsOf {
                unix: start(5) + seconds,
                zone,
            };
            passed(&show, show.days(zone), now)
        };
        for (seconds, expected) in [
            (-86_400, 0.0),
            (19 * hour, 0.0),
            (20 * hour, 0.0),
            (20 * hour + 1_800, 0.25),
            (22 * hour, 1.0),
            (23 * hour, 1.0),
        ] {
            assert!(same(share(seconds), expected), "{seconds}");
        }
        // Whole days go by days, whatever the hours of the clock in them.
        let whole = campaign(2, "running", 5, 7);
        let noon = AsOf {
            unix: start(5) + 12 * hour,
            zone,
        };
        assert!(same(passed(&whole, whole.days(zone), noon), 0.25));
        let last = AsOf {
            unix: start(7) - 1,
            zone,
        };
        assert!(same(passed(&whole, whole.days(zone), last), 1.0));
    }

    #[test]
    fn a_show_is_not_behind_before_it_begins_nor_after_its_end() {
        // Now is the first second of day 5.
        let of = |from: i64, to: i64| {
            let show = CampaignFacts {
                starts_at: now().unix + from,
                ends_at: now().unix + to,
                ..campaign(1, "running", 5, 6)
            };
            let page = asked(None, &[show], &[goal(1, "gmv", 100_000.0)]);
            page.campaigns[0].course
        };
        assert_eq!(of(3_600, 7_200), Some(Course::NotBegun));
        assert_eq!(of(-3_600, 3_600), Some(Course::Behind));
        assert_eq!(of(-7_200, 0), Some(Course::Band(KpiBand::BelowFloor)));
    }

    #[test]
    fn a_campaign_asked_for_is_opened_and_one_that_is_gone_is_not_missed() {
        let campaigns = [
            campaign(1, "ended", -30, -20),
            campaign(2, "running", 0, 10),
        ];
        assert_eq!(
            asked(Some(1), &campaigns, &[]).campaign,
            Some(CampaignId(1))
        );
        assert_eq!(
            asked(Some(9), &campaigns, &[]).campaign,
            Some(CampaignId(2))
        );
        let empty = asked(None, &[], &[]);
        assert_eq!((empty.campaign, empty.tree.len()), (None, 0));
    }

    #[test]
    fn the_last_day_is_the_one_before_the_end() {
        let zone = Zone::default();
        let whole = campaign(1, "running", 0, 10).days(zone);
        assert_eq!((whole.from, whole.to), (Day(20_000), Day(20_009)));
        let mut evening = campaign(1, "running", 0, 10);
        evening.ends_at = start(3) + DAY / 2;
        assert_eq!(evening.days(zone).to, Day(20_003));
        evening.ends_at = evening.starts_at;
        assert_eq!(evening.days(zone).days(), 1);
    }
}
