//! Campaigns: what runs, who came how far, and targets that tell a story.
//!
//! The big campaign misses its GMV because people look but do not put things into the cart: users near target,
//! conversion well under it, value per buyer above it.

use rusqlite::{Connection, params};

use super::calendar::Calendar;
use super::org::Org;
use super::rng::Rng;

/// Funnel steps towards paying, in their forced order.
pub(super) const STEPS: [&str; 6] = [
    "reached",
    "opened",
    "clicked",
    "added_cart",
    "ordered",
    "paid",
];

/// How targets stand to what really happened: actual over target of users, conversion, value per buyer.
type Story = [f64; 3];

/// A campaign as it will be written, with what its people did.
pub(super) struct Campaign {
    id: i64,
    name: &'static str,
    kind: &'static str,
    status: &'static str,
    /// Days before today: warm-up, first day, first day after it (negative: to come).
    days: [i32; 3],
    /// Of ten thousand: reached of the pool, then each step of the one before.
    rates: [u64; 6],
    story: Option<Story>,
    /// Per step: customer and time, by customer.
    people: [Vec<(u32, i64)>; 6],
    /// Gross GMV in fen.
    gross: i64,
    /// People with a paid order.
    buyers: u64,
}

/// One customer's way through one campaign.
#[derive(Clone, Copy, Default)]
pub(super) struct Way {
    /// When the order was made, if it came so far.
    pub(super) ordered_at: Option<i64>,
    /// It was paid.
    pub(super) paid: bool,
}

fn campaign(
    id: i64,
    (name, kind, status): (&'static str, &'static str, &'static str),
    days: [i32; 3],
    rates: [u64; 6],
    story: Option<Story>,
) -> Campaign {
    Campaign {
        id,
        name,
        kind,
        status,
        days,
        rates,
        story,
        people: Default::default(),
        gross: 0,
        buyers: 0,
    }
}

/// The campaigns of the demo, seen from today.
pub(super) fn all() -> Vec<Campaign> {
    let warm = [400, 8_000, 2_500, 0, 0, 0];
    vec![
        campaign(
            1,
            ("年度大促", "festival", "running"),
            [10, 4, -2],
            [1_200, 7_000, 5_000, 5_000, 5_500, 8_500],
            Some([0.93, 0.71, 1.10]),
        ),
        campaign(
            2,
            ("社群秒杀周", "flash", "running"),
            [3, 2, -1],
            [500, 8_000, 6_000, 5_500, 7_000, 9_200],
            Some([1.05, 1.02, 0.99]),
        ),
        campaign(
            3,
            ("会员日", "member_day", "reviewed"),
            [38, 33, 31],
            [700, 7_500, 5_500, 6_000, 7_000, 9_000],
            Some([1.08, 1.10, 1.06]),
        ),
        campaign(
            4,
            ("直播专场", "live", "ended"),
            [20, 18, 17],
            [600, 5_000, 6_000, 5_000, 6_000, 9_000],
            Some([0.97, 0.98, 1.01]),
        ),
        campaign(
            5,
            ("新品首发", "self_made", "warmup"),
            [2, -3, -6],
            warm,
            None,
        ),
        campaign(
            6,
            ("裂变拉新", "fission", "planned"),
            [-8, -12, -20],
            [0; 6],
            None,
        ),
    ]
}

impl Campaign {
    /// `campaign_id`.
    pub(super) fn id(&self) -> i64 {
        self.id
    }

    /// Leads one customer (added at `added`) as far as they go; notes every step.
    pub(super) fn lead(
        &mut self,
        rng: &mut Rng,
        calendar: &Calendar,
        customer: u32,
        added: i64,
    ) -> Way {
        let [warm, first, after] = self.days.map(|ago| calendar.start(ago));
        let last = calendar.now.min(after) - 60;
        let mut way = Way::default();
        if !rng.chance(self.rates.first().copied().unwrap_or(0)) || warm >= last {
            return way;
        }
        // Nobody goes straight to the till. On the member day some skip the link and come by another way, so that its
        // conversion does not multiply back.
        let skips_click = rng.chance(200) && self.kind == "member_day";
        let mut at = rng.between(warm.max(added), last);
        if at > last {
            return way;
        }
        for (step, (rate, people)) in self.rates.iter().zip(self.people.iter_mut()).enumerate() {
            if step > 0 {
                let goes_on = (skips_click && step <= 3) || rng.chance(*rate);
                if !goes_on {
                    break;
                }
                at += rng.between(30, 5_400);
            }
            if step == 3 {
                at = at.max(first + rng.between(0, 36_000));
            }
            if at > last {
                break;
            }
            if !(skips_click && step == 2) {
                people.push((customer, at));
            }
            if step == 4 {
                way.ordered_at = Some(at);
            }
            way.paid = step == 5;
        }
        way
    }

    /// Counts a paid order of a person; `first` for the person's first.
    pub(super) fn count(&mut self, fen: i64, first: bool) {
        self.gross += fen;
        self.buyers += u64::from(first);
    }

    /// Writes the campaign, its funnel and its targets.
    pub(super) fn write(
        &self,
        conn: &Connection,
        calendar: &Calendar,
        org: &Org,
        mut person: impl FnMut(u32, &mut String) -> u16,
    ) -> rusqlite::Result<u64> {
        let [warm, first, after] = self.days.map(|ago| calendar.start(ago));
        conn.execute(
            "INSERT INTO campaign (campaign_id, name, kind, warmup_at, starts_at, ends_at, owner_userid, status)
             VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
            params![self.id, self.name, self.kind, warm, first, after, org.planner(), self.status],
        )?;
        let mut insert = conn.prepare(
            "INSERT INTO campaign_step (campaign_id, step, person_key, at, userid) VALUES (?1,?2,?3,?4,?5)",
        )?;
        let mut steps: Vec<(&str, &Vec<(u32, i64)>)> =
            STEPS.iter().copied().zip(&self.people).collect();
        steps.sort_by_key(|(step, _)| *step);
        let mut key = String::new();
        let mut rows = 0;
        for (step, people) in steps {
            for (customer, at) in people {
                let guide = person(*customer, &mut key);
                insert.execute(params![self.id, step, key, at, org.userid(guide)])?;
                rows += 1;
            }
        }
        self.targets(conn, calendar)?;
        Ok(rows)
    }

    /// Targets from the story: whole people, tenths of a percent, whole yuan; the tree multiplies back.
    fn targets(&self, conn: &Connection, calendar: &Calendar) -> rusqlite::Result<()> {
        let Some([of_users, of_conversion, of_value]) = self.story else {
            return Ok(());
        };
        let count = |step: usize| self.people.get(step).map_or(0.0, |p| p.len() as f64);
        let rate =
            |step: usize| ((count(step) / count(step - 1).max(1.0)) * 1_000.0).round() / 1_000.0;
        let buyers = self.buyers as f64;
        // Users are the people who clicked (metrics.md 4.9): reached × open × click.
        let users = round_to_two(count(2) / of_users).max(10.0);
        let conversion = ((buyers / count(2).max(1.0) / of_conversion) * 1_000.0)
            .round()
            .max(1.0)
            / 1_000.0;
        let value = (self.gross as f64 / buyers.max(1.0) / of_value / 100.0)
            .round()
            .max(1.0)
            * 100.0;
        let gmv = (users * conversion * value / 100.0).round() * 100.0;
        let reached = (users / (rate(1) * rate(2)).max(0.001)).round();
        let rest = (rate(4) * rate(5)).max(0.001);
        let rows = [
            ("gmv", gmv, Some(gmv * 0.7), Some(gmv * 1.2)),
            ("users", users, None, None),
            ("conversion", conversion, None, None),
            ("value_per_buyer", value, None, None),
            ("reached", reached, None, None),
            ("open_rate", rate(1), None, None),
            ("click_rate", rate(2), None, None),
            ("cart_rate", (conversion / rest).min(1.0), None, None),
            ("order_rate", rate(4), None, None),
            ("pay_rate", rate(5), None, None),
        ];
        let [_, first, after] = self.days;
        let (from, to) = (calendar.today.plus(-first), calendar.today.plus(-after - 1));
        let mut insert = conn.prepare(
            "INSERT INTO kpi_target (metric_code, subject_kind, subject_id, period_kind, period_start, period_end,
               floor_value, target_value, stretch_value) VALUES (?1,'campaign',?2,'campaign',?3,?4,?5,?6,?7)",
        )?;
        for (code, target, floor, stretch) in rows {
            insert.execute(params![
                code,
                self.id.to_string(),
                calendar.text(from),
                calendar.text(to),
                floor,
                target,
                stretch
            ])?;
        }
        Ok(())
    }
}

/// Two leading digits kept: 1 237 becomes 1 200.
fn round_to_two(x: f64) -> f64 {
    let unit = 10f64.powf((x.max(1.0).log10().floor() - 1.0).max(0.0));
    (x / unit).round() * unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Day, Zone};

    #[test]
    fn people_take_steps_in_order_and_never_after_now() {
        let calendar = Calendar::new(Day::parse("2026-11-11").unwrap(), Zone::default());
        let mut campaign = all().swap_remove(0);
        let mut rng = Rng::new(3, 3);
        for customer in 0..20_000 {
            campaign.lead(&mut rng, &calendar, customer, calendar.start(100));
        }
        let counts: Vec<usize> = campaign.people.iter().map(Vec::len).collect();
        assert!(counts.windows(2).all(|w| w[0] > w[1]), "{counts:?}");
        let paid = &campaign.people[5];
        assert!(paid.len() > 50);
        assert!(
            paid.iter()
                .all(|(_, at)| *at >= calendar.start(4) && *at < calendar.now)
        );
        for (customer, at) in paid {
            let reached = campaign.people[0]
                .iter()
                .find(|(c, _)| c == customer)
                .unwrap();
            assert!(reached.1 < *at);
        }
    }

    #[test]
    fn rounding_keeps_two_digits() {
        assert!((round_to_two(1_237.0) - 1_200.0).abs() < 1e-9);
        assert!((round_to_two(87.4) - 87.0).abs() < 1e-9);
    }
}
