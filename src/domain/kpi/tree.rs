//! The KPI tree of a campaign: attainment → GMV → users × conversion × value → journey steps (metrics.md 4.9).
//!
//! Users are the people who clicked (opened, else reached, when nothing deeper is recorded); conversion is buyers over
//! them. Products use unrounded factors; a node whose children do not multiply back within 0.5 % says so.

use super::super::metric::{Better, Unit, find};
use super::super::{CampaignId, Fen, Figure, Rate, SafeText};
use super::{
    CampaignCounts, Course, GapSplit, GmvKind, Held, Itemised, KpiOp, NodeFacts, Step, TargetFacts,
    curve::{Expected, Pacing},
    funnel::{Funnel, funnel, rate_code, users_base},
    node::KpiNode,
    split::{between, split},
    target::{self, target_of},
};

/// What a tree is made of.
#[derive(Clone, Copy, Debug)]
pub struct TreeInput<'a> {
    /// Which campaign: names the drill-down terms.
    pub campaign: CampaignId,
    /// Counts inside the scope.
    pub counts: &'a CampaignCounts,
    /// Which of the three GMVs (metrics.md 4.3) the tree multiplies up to.
    pub kind: GmvKind,
    /// Targets of the campaign (others are ignored).
    pub targets: &'a [TargetFacts],
    /// Names that replace those of metrics, of this campaign and of all; others' are ignored.
    pub labels: &'a [NodeFacts],
    /// Share of the campaign's time that has passed, 0..=1.
    pub share: f64,
    /// The share of its GMV to expect by now.
    pub expected: Expected,
}

/// The tree, the gap and the funnel of a campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// Depth first.
    pub nodes: Vec<KpiNode>,
    /// The gap and its causes, when there are targets and factors.
    pub split: Option<GapSplit>,
    /// What the targets of users, conversion and value multiply to, less the target of the GMV, fen.
    pub between: Option<f64>,
    /// Steps recorded: name, people, rate from the step before (forced order).
    pub funnel: Vec<(&'static str, u64, Rate)>,
}

/// Largest relative distance between a node and the product of its children.
const TOLERANCE: f64 = 0.005;

/// Builds the tree.
pub fn build(input: TreeInput<'_>) -> Tree {
    let funnel = funnel(&input.counts.steps);
    let builder = Builder {
        input,
        gmv: input.counts.money.of(input.kind),
        base: users_base(&funnel),
    };
    let split = builder.split();
    let mut nodes = vec![builder.attainment(), builder.gmv_node()];
    nodes.extend(builder.users(&funnel));
    nodes.extend(builder.conversion(&funnel));
    nodes.extend(builder.value());
    for node in &mut nodes {
        let part = split.as_ref().and_then(|split| {
            let own = split.parts.iter().find(|(code, _)| *code == node.code);
            own.filter(|_| node.depth == 2)
        });
        node.contribution = part.map(|(_, part)| *part);
    }
    Tree {
        nodes,
        split,
        between: apart(input.targets, input.kind),
        funnel: funnel
            .into_iter()
            .map(|(step, people, rate)| (step.as_str(), people.people, rate))
            .collect(),
    }
}

struct Builder<'a> {
    input: TreeInput<'a>,
    gmv: Fen,
    base: Option<(Step, u64)>,
}

impl Builder<'_> {
    /// A node without children, with its target, achievement, band, pace and forecast.
    fn node(&self, path: &str, depth: u8, code: &'static str, actual: Figure) -> KpiNode {
        self.exact_node(path, depth, code, (actual, actual.number()))
    }

    /// The same of a value that is rounded to be shown: achievement, band and forecast are of the unrounded one.
    fn exact_node(
        &self,
        path: &str,
        depth: u8,
        code: &'static str,
        (actual, value): (Figure, Option<f64>),
    ) -> KpiNode {
        let metric = find(code);
        let better = metric.map_or(Better::Higher, |m| m.better);
        let target = target_of(self.input.targets, code);
        let achievement = value
            .zip(target)
            .and_then(|(v, t)| target::achievement(v, t.target, better));
        // Only what grows through the period can be ahead of time; rates cannot.
        let grows = metric.is_some_and(|m| {
            matches!(m.unit, Unit::Count) || code.ends_with("gmv") || code.starts_with("net_gmv")
        });
        let expected = self.expected(code);
        let goes_on = expected.by != Pacing::Over;
        let expected = (grows && goes_on).then_some(expected);
        let band = value
            .zip(target)
            .and_then(|(v, t)| target::band(v, t, better));
        KpiNode {
            path: path.to_owned(),
            depth,
            code,
            label: self.label(code),
            op: KpiOp::Leaf,
            held: Held {
                actual,
                target: target.map_or(Figure::NoValue, |t| in_unit_of(code, t.target)),
                achievement,
                band,
                course: Course::of(band, goes_on, (achievement, expected)),
                pace: achievement
                    .zip(expected)
                    .and_then(|(a, expected)| target::pace(a, expected.share)),
                forecast: value
                    .zip(expected)
                    .and_then(|(v, expected)| target::forecast(v, expected.share))
                    .map_or(Figure::NoValue, |x| in_unit_of(code, x)),
                expected,
            },
            contribution: None,
            mismatch: None,
            drill: None,
        }
    }

    /// Money goes as that of earlier campaigns went, people by the time that has passed.
    fn expected(&self, code: &str) -> Expected {
        let share = self.input.share;
        if code == self.input.kind.code() {
            return self.input.expected;
        }
        let by = if share < 1.0 {
            Pacing::Linear
        } else {
            Pacing::Over
        };
        Expected { share, by }
    }

    fn label(&self, code: &str) -> Option<SafeText> {
        let of = |campaign: Option<CampaignId>| {
            let labels = self.input.labels.iter();
            labels
                .filter(move |l| l.campaign == campaign)
                .find(|l| l.metric_code == code)
        };
        of(Some(self.input.campaign))
            .or_else(|| of(None))
            .map(|node| node.label.clone())
    }

    /// Path, depth and drill-down of a branch, its children, and whether they multiply back to it.
    fn branch(mut node: KpiNode, drill: String, children: Vec<KpiNode>) -> Vec<KpiNode> {
        node.drill = Some(drill);
        if !children.is_empty() {
            node.op = KpiOp::Product;
            let product: Option<f64> = children
                .iter()
                .map(|child| child.held.actual.number())
                .product();
            node.mismatch = mismatch(product, node.held.actual.number());
        }
        let mut all = vec![node];
        all.extend(children);
        all
    }

    fn paid(&self) -> String {
        format!("campaign:{}", self.input.campaign.0)
    }

    fn at_step(&self, step: Step) -> String {
        format!("step:{}/{}", self.input.campaign.0, step.as_str())
    }

    fn attainment(&self) -> KpiNode {
        let gmv = self.node(
            "attainment",
            0,
            self.input.kind.code(),
            Figure::Money(self.gmv),
        );
        let target = gmv.held.target.number();
        KpiNode {
            code: "attainment",
            label: self.label("attainment"),
            op: KpiOp::Attainment,
            held: Held {
                actual: target.map_or(Figure::NoValue, |den| {
                    Figure::Rate(Rate {
                        num: self.gmv.0 as f64,
                        den,
                    })
                }),
                target: Figure::NoValue,
                forecast: Figure::NoValue,
                ..gmv.held
            },
            drill: Some(self.paid()),
            ..gmv
        }
    }

    fn gmv_node(&self) -> KpiNode {
        let node = self.node("gmv", 1, self.input.kind.code(), Figure::Money(self.gmv));
        let factors: Option<f64> = self.factors().iter().map(|(_, actual)| *actual).product();
        KpiNode {
            op: KpiOp::Product,
            mismatch: mismatch(factors, Some(self.gmv.0 as f64)),
            drill: Some(self.paid()),
            ..node
        }
    }

    /// Users, conversion, value per buyer, unrounded.
    fn factors(&self) -> [(&'static str, Option<f64>); 3] {
        let users = self.base.map(|(_, people)| people as f64);
        let buyers = self.input.counts.buyers as f64;
        [
            ("users", users),
            ("conversion", quotient(buyers, users.unwrap_or(0.0))),
            ("value_per_buyer", quotient(self.gmv.0 as f64, buyers)),
        ]
    }

    /// A target; one of 0 is none (metrics.md 4.9).
    fn goal(&self, code: &str) -> Option<f64> {
        let target = target_of(self.input.targets, code).map(|t| t.target);
        target.filter(|goal| *goal > 0.0)
    }

    fn split(&self) -> Option<GapSplit> {
        let factors = self
            .factors()
            .map(|(code, actual)| (code, actual, self.goal(code)));
        let whole = self.goal(self.input.kind.code());
        split(&factors, self.gmv.0 as f64, whole)
    }

    /// The steps that belong to a branch, as nodes below its path.
    fn steps(&self, path: &str, funnel: &Funnel, belongs: impl Fn(Step) -> bool) -> Vec<KpiNode> {
        let chosen = funnel.iter().filter(|(step, _, _)| belongs(*step));
        chosen
            .map(|(step, people, rate)| {
                let actual = match step {
                    Step::Reached => {
                        Figure::Count(i64::try_from(people.people).unwrap_or(i64::MAX))
                    }
                    Step::Opened | Step::Clicked | Step::AddedCart | Step::Ordered | Step::Paid => {
                        rate.figure()
                    }
                };
                let code = rate_code(*step);
                let mut node = self.node(&format!("{path}/{code}"), 3, code, actual);
                node.drill = Some(self.at_step(*step));
                node
            })
            .collect()
    }

    fn users(&self, funnel: &Funnel) -> Vec<KpiNode> {
        let Some((base, people)) = self.base else {
            return vec![self.node("gmv/users", 2, "users", Figure::NotMeasured)];
        };
        let actual = Figure::Count(i64::try_from(people).unwrap_or(i64::MAX));
        let node = self.node("gmv/users", 2, "users", actual);
        // The first recorded step has no rate: only a chain that begins with people reached multiplies back.
        let from_reached = funnel
            .first()
            .is_some_and(|(step, _, _)| *step == Step::Reached);
        let children = if from_reached {
            self.steps("gmv/users", funnel, |step| step <= Step::Clicked)
        } else {
            Vec::new()
        };
        Self::branch(node, self.at_step(base), children)
    }

    fn conversion(&self, funnel: &Funnel) -> Vec<KpiNode> {
        let actual = self.base.map_or(Figure::NotMeasured, |(_, people)| {
            ratio(self.input.counts.buyers, people).figure()
        });
        let node = self.node("gmv/conversion", 2, "conversion", actual);
        let has_base = self.base.is_some();
        let children = self.steps("gmv/conversion", funnel, |step| {
            has_base && step > Step::Clicked
        });
        Self::branch(node, self.paid(), children)
    }

    fn value(&self) -> Vec<KpiNode> {
        let counts = self.input.counts;
        let path = "gmv/value_per_buyer";
        let gmv = self.gmv.0 as f64;
        let (buyers, orders) = (counts.buyers as f64, counts.orders as f64);
        let leaf = |code: &'static str, x: Option<f64>| {
            let actual = x.map_or(Figure::NoValue, |x| in_unit_of(code, x));
            let mut node = self.exact_node(&format!("{path}/{code}"), 3, code, (actual, x));
            node.drill = Some(self.paid());
            node
        };
        let value = quotient(gmv, buyers);
        let actual = value.map_or(Figure::NoValue, |x| in_unit_of("value_per_buyer", x));
        let children = if orders == 0.0 {
            Vec::new()
        } else if let Some(known) = counts.itemised.filter(|known| known.items > 0) {
            let items = known.items as f64;
            let money = known.money.of(self.input.kind).0 as f64;
            vec![
                leaf("items_per_order", quotient(items, known.orders as f64)),
                leaf("price_per_item", quotient(money, items)),
                leaf("orders_per_buyer", quotient(orders, buyers)),
            ]
        } else {
            vec![
                leaf("aov", quotient(gmv, orders)),
                leaf("orders_per_buyer", quotient(orders, buyers)),
            ]
        };
        let node = self.exact_node(path, 2, "value_per_buyer", (actual, value));
        let mut branch = Self::branch(node, self.paid(), children);
        // These factors cancel out exactly; what money rounded to the fen would show is no mismatch. Items known of a part of
        // the orders only need not speak for the others.
        let part = |known: Itemised| !known.is_all_of(counts.orders);
        let product = counts
            .itemised
            .filter(|known| known.items > 0 && part(*known));
        let product = product.and_then(|known| {
            // Items per order, price per item and orders per buyer, unrounded: the items cancel out.
            let per_order = quotient(
                known.money.of(self.input.kind).0 as f64,
                known.orders as f64,
            )?;
            Some(per_order * quotient(orders, buyers)?)
        });
        if let Some(node) = branch.first_mut() {
            node.mismatch = mismatch(product, value);
        }
        branch
    }
}

fn mismatch(product: Option<f64>, whole: Option<f64>) -> Option<f64> {
    let off = product? / whole.filter(|w| *w != 0.0)? - 1.0;
    (off.is_finite() && off.abs() > TOLERANCE).then_some(off)
}

/// Metrics whose product is a campaign's GMV.
const FACTORS: [&str; 3] = ["users", "conversion", "value_per_buyer"];

/// How far what a campaign's targets of users, conversion and value multiply to lies from its target of a GMV, fen; `None`
/// while one is not set, and where they agree (within 0.5 %).
pub fn apart(targets: &[TargetFacts], kind: GmvKind) -> Option<f64> {
    let goal = |code: &str| target_of(targets, code).map(|target| target.target);
    between(&FACTORS.map(goal), goal(kind.code()))
}

/// A value in the unit of a metric, as a figure.
pub fn in_unit_of(code: &str, x: f64) -> Figure {
    find(code).map_or(Figure::Number(x), |metric| metric.figure(x))
}

fn ratio(num: u64, den: u64) -> Rate {
    Rate {
        num: num as f64,
        den: den as f64,
    }
}

fn quotient(a: f64, b: f64) -> Option<f64> {
    (b != 0.0).then(|| a / b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Day;
    use crate::domain::kpi::KpiBand;
    use crate::domain::kpi::StepPeople;
    use crate::domain::kpi::{GmvSums, SubjectKind};
    use crate::domain::period::PeriodKind;

    fn target(code: &str, goal: f64) -> TargetFacts {
        TargetFacts {
            metric_code: code.into(),
            subject_kind: SubjectKind::Campaign,
            subject_id: "7".into(),
            period_kind: PeriodKind::Campaign,
            period_start: Day(0),
            period_end: Day(9),
            floor: None,
            target: goal,
            stretch: None,
            penalty_allowed: true,
        }
    }

    fn time(share: f64) -> Expected {
        let by = if share < 1.0 {
            Pacing::Linear
        } else {
            Pacing::Over
        };
        Expected { share, by }
    }

    fn step(people: u64, with_previous: u64) -> StepPeople {
        StepPeople {
            people,
            with_previous,
            recorded: people > 0,
        }
    }

    /// The worked example of the gap: 46,000 users, 1,610 buyers (3.5 %), ¥132 a buyer = ¥212,520.
    fn counts() -> CampaignCounts {
        CampaignCounts {
            steps: [
                step(100_000, 0),
                step(80_000, 80_000),
                step(46_000, 46_000),
                step(9_200, 9_200),
                step(2_300, 2_300),
                step(1_610, 1_610),
            ],
            buyers: 1_610,
            orders: 2_254,
            itemised: Some(Itemised {
                orders: 2_254,
                items: 4_508,
                money: GmvSums {
                    gross: Fen(21_252_000),
                    ..GmvSums::default()
                },
            }),
            money: GmvSums {
                gross: Fen(21_252_000),
                ..GmvSums::default()
            },
            by_day: Vec::new(),
        }
    }

    #[test]
    fn what_is_rounded_to_be_shown_is_held_against_its_target_unrounded() {
        // 464.99 yuan of three buyers are 154.9967 each: shown as 155.00, and short of it.
        let mut counts = CampaignCounts {
            buyers: 3,
            orders: 3,
            ..CampaignCounts::default()
        };
        counts.money.gross = Fen(46_499);
        let targets = [target("value_per_buyer", 15_500.0), target("gmv", 46_500.0)];
        let tree = build(TreeInput {
            campaign: CampaignId(7),
            counts: &counts,
            kind: GmvKind::Gross,
            targets: &targets,
            labels: &[],
            share: 1.0,
            expected: time(1.0),
        });
        let mut nodes = tree.nodes.iter();
        let node = nodes.find(|n| n.code == "value_per_buyer").unwrap();
        assert_eq!(node.held.actual, Figure::Money(Fen(15_500)));
        assert_eq!(node.held.band, Some(KpiBand::Missed));
        assert!((node.held.achievement.unwrap() - 464.99 / 465.0).abs() < 1e-12);
    }

    fn targets() -> Vec<TargetFacts> {
        vec![
            target("gmv", 24_000_000.0),
            target("users", 50_000.0),
            target("conversion", 0.04),
            target("value_per_buyer", 12_000.0),
        ]
    }

    fn tree(counts: &CampaignCounts, targets: &[TargetFacts]) -> Tree {
        build(TreeInput {
            campaign: CampaignId(7),
            counts,
            kind: GmvKind::Gross,
            targets,
            labels: &[],
            share: 0.5,
            expected: time(0.5),
        })
    }

    fn node<'a>(tree: &'a Tree, path: &str) -> &'a KpiNode {
        tree.nodes.iter().find(|n| n.path == path).unwrap()
    }

    #[test]
    fn the_tree_has_four_levels_and_multiplies_back() {
        let tree = tree(&counts(), &targets());
        let paths: Vec<(u8, &str)> = tree
            .nodes
            .iter()
            .map(|n| (n.depth, n.path.as_str()))
            .collect();
        assert_eq!(
            paths,
            [
                (0, "attainment"),
                (1, "gmv"),
                (2, "gmv/users"),
                (3, "gmv/users/reached"),
                (3, "gmv/users/open_rate"),
                (3, "gmv/users/click_rate"),
                (2, "gmv/conversion"),
                (3, "gmv/conversion/cart_rate"),
                (3, "gmv/conversion/order_rate"),
                (3, "gmv/conversion/pay_rate"),
                (2, "gmv/value_per_buyer"),
                (3, "gmv/value_per_buyer/items_per_order"),
                (3, "gmv/value_per_buyer/price_per_item"),
                (3, "gmv/value_per_buyer/orders_per_buyer"),
            ]
        );
        assert!(tree.nodes.iter().all(|n| n.mismatch.is_none()));
        let gmv = node(&tree, "gmv");
        assert_eq!(gmv.held.achievement, Some(0.8855));
        assert_eq!(gmv.held.band, Some(KpiBand::Missed));
        assert!((gmv.held.pace.unwrap() - 1.771).abs() < 1e-12);
        assert_eq!(gmv.held.forecast, Figure::Money(Fen(42_504_000)));
        assert_eq!(
            node(&tree, "attainment").held.actual,
            Figure::Rate(Rate {
                num: 21_252_000.0,
                den: 24_000_000.0
            })
        );
        assert_eq!(
            node(&tree, "gmv/conversion").held.pace,
            None,
            "a rate cannot be ahead of time"
        );
        assert_eq!(
            node(&tree, "gmv/users").drill.as_deref(),
            Some("step:7/clicked")
        );
        assert_eq!(
            node(&tree, "gmv/value_per_buyer").held.actual,
            Figure::Money(Fen(13_200))
        );
        assert_eq!(
            node(&tree, "gmv/value_per_buyer/items_per_order")
                .held
                .actual,
            Figure::Number(2.0)
        );
    }

    #[test]
    fn contributions_stand_at_the_factors_only() {
        let tree = tree(&counts(), &targets());
        let parts: Vec<(&str, f64)> = tree
            .nodes
            .iter()
            .filter_map(|n| Some((n.code, (n.contribution? / 100.0).round())))
            .collect();
        assert_eq!(
            parts,
            [
                ("users", -18_843.0),
                ("conversion", -30_176.0),
                ("value_per_buyer", 21_538.0)
            ]
        );
        assert_eq!(
            tree.split.as_ref().map(|s| s.gap.round()),
            Some(-2_748_000.0)
        );
    }

    #[test]
    fn items_are_told_of_the_orders_whose_items_are_known() {
        // 100 orders of ¥150 by 100 buyers; 40 of them, ¥6,000 with ¥400 given back, have 80 items.
        let mut counts = CampaignCounts {
            buyers: 100,
            orders: 100,
            itemised: Some(Itemised {
                orders: 40,
                items: 80,
                money: GmvSums {
                    gross: Fen(600_000),
                    refunded_in_period: Fen(40_000),
                    refunded_so_far: Fen(40_000),
                },
            }),
            money: GmvSums {
                gross: Fen(1_500_000),
                ..GmvSums::default()
            },
            ..CampaignCounts::default()
        };
        let part = tree(&counts, &[]);
        let of = |tree: &Tree, code: &str| {
            node(tree, &format!("gmv/value_per_buyer/{code}"))
                .held
                .actual
        };
        assert_eq!(of(&part, "items_per_order"), Figure::Number(2.0));
        assert_eq!(
            of(&part, "price_per_item"),
            Figure::Money(Fen(7_500)),
            "6,000 over 80, not 15,000"
        );
        // 2 × 75 × 1 is the 150 a buyer spends: they multiply back.
        assert_eq!(node(&part, "gmv/value_per_buyer").mismatch, None);
        // Orders of ¥180 among the rest: a buyer spends ¥168, and the known 150 fall short of it by a ninth and more.
        counts.money.gross = Fen(1_680_000);
        let off = node(&tree(&counts, &[]), "gmv/value_per_buyer").mismatch;
        assert!((off.unwrap() - (150.0 / 168.0 - 1.0)).abs() < 1e-12);
    }

    #[test]
    fn the_month_of_the_golden_case_is_184_per_buyer_and_131_43_per_order() {
        let counts = CampaignCounts {
            steps: [step(10, 0); 6],
            buyers: 5,
            orders: 7,
            itemised: None,
            money: GmvSums {
                gross: Fen(92_000),
                ..GmvSums::default()
            },
            ..CampaignCounts::default()
        };
        let tree = tree(&counts, &[]);
        assert_eq!(
            node(&tree, "gmv/value_per_buyer").held.actual,
            Figure::Money(Fen(18_400))
        );
        assert_eq!(
            node(&tree, "gmv/value_per_buyer/aov").held.actual,
            Figure::Money(Fen(13_143))
        );
        assert_eq!(
            node(&tree, "gmv/value_per_buyer/orders_per_buyer")
                .held
                .actual,
            Figure::Number(1.4)
        );
        assert_eq!(node(&tree, "gmv").held.achievement, None);
        assert_eq!(tree.split, None);
        assert_eq!(node(&tree, "attainment").held.actual, Figure::NoValue);
    }

    #[test]
    fn people_who_skip_a_step_keep_rates_under_one_and_raise_the_mark() {
        let mut counts = counts();
        // 1,610 paid, but only 1,200 of them with a recorded order: the rate counts those, and the product falls short.
        counts.steps[5] = step(1_610, 1_200);
        let tree = tree(&counts, &[]);
        assert_eq!(
            node(&tree, "gmv/conversion/pay_rate").held.actual,
            Figure::Rate(Rate {
                num: 1_200.0,
                den: 2_300.0
            })
        );
        let off = node(&tree, "gmv/conversion").mismatch.unwrap();
        assert!((off - (1_200.0 / 1_610.0 - 1.0)).abs() < 1e-9);
    }

    #[test]
    fn steps_nobody_recorded_are_passed_over() {
        let mut counts = counts();
        counts.steps[1] = step(0, 0);
        counts.steps[3] = step(0, 0);
        let tree = tree(&counts, &[]);
        let steps: Vec<&str> = tree.funnel.iter().map(|(code, _, _)| *code).collect();
        assert_eq!(steps, ["reached", "clicked", "ordered", "paid"]);
        assert_eq!(
            tree.funnel[1].2,
            Rate {
                num: 46_000.0,
                den: 100_000.0
            }
        );
        assert_eq!(tree.funnel[0].2.value(), None);
        assert!(tree.nodes.iter().all(|n| n.mismatch.is_none()));
    }

    #[test]
    fn a_campaign_without_steps_has_money_but_no_conversion() {
        let mut counts = counts();
        counts.steps = [StepPeople::default(); 6];
        let tree = tree(&counts, &targets());
        assert_eq!(node(&tree, "gmv/users").held.actual, Figure::NotMeasured);
        assert_eq!(
            node(&tree, "gmv/conversion").held.actual,
            Figure::NotMeasured
        );
        assert_eq!(tree.split, None, "nobody can be blamed without users");
        assert!(tree.funnel.is_empty());
    }

    /// A part of the pool is counted at the steps of the whole: where nobody of it clicked, those reached are not its users.
    #[test]
    fn at_a_step_that_is_recorded_nobody_is_a_zero() {
        let mut counts = counts();
        let nobody = StepPeople {
            recorded: true,
            ..StepPeople::default()
        };
        counts.steps = [step(40, 0), step(30, 30), nobody, nobody, nobody, nobody];
        let tree = tree(&counts, &targets());
        assert_eq!(node(&tree, "gmv/users").held.actual, Figure::Count(0));
        assert_eq!(
            node(&tree, "gmv/conversion").held.actual,
            Figure::NoValue,
            "buyers of nobody"
        );
        assert_eq!(tree.funnel.len(), 6);
        assert_eq!(tree.funnel[3].2.value(), None, "nobody of nobody");
    }

    #[test]
    fn net_gmv_is_held_against_the_gross_target_when_it_has_none() {
        let mut counts = counts();
        counts.money.refunded_in_period = Fen(252_000);
        let all = targets();
        let tree = build(TreeInput {
            campaign: CampaignId(7),
            counts: &counts,
            kind: GmvKind::NetByRefundDate,
            targets: &all,
            labels: &[NodeFacts {
                campaign: None,
                metric_code: "users".into(),
                label: SafeText::new("访客"),
            }],
            share: 1.0,
            expected: time(1.0),
        });
        let gmv = node(&tree, "gmv");
        assert_eq!(
            (gmv.code, gmv.held.actual, gmv.held.achievement),
            (
                "net_gmv_refund",
                Figure::Money(Fen(21_000_000)),
                Some(0.875)
            )
        );
        assert_eq!(node(&tree, "gmv/users").label, Some(SafeText::new("访客")));
        assert_eq!(node(&tree, "gmv/conversion").label, None);
    }
}
