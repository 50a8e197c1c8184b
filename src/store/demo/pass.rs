//! The customers and everything that hangs on one of them: relations, orders, refunds, stage, tags.
//!
//! One pass over the customers in the order of their ids, so that every table is filled in the order of its key;
//! what belongs into tables with another order is kept (a few dozen bytes a customer) and written afterwards.

use rusqlite::{Connection, Statement, params};

use super::around::{Around, moment};
use super::calendar::HISTORY;
use super::campaigns::Campaign;
use super::links::{Links, Traits};
use super::names;
use super::orders::{Buyer, Draft, Orders};
use super::pool::{Happening, Pool, Standing, Tie};
use super::rng::Rng;
use super::words::{CHANNEL_WEIGHTS, CITIES};

/// The statements of one pass.
pub(super) struct Pass<'a, 'c> {
    around: &'a Around<'a>,
    orders: &'a mut Orders<'c>,
    campaigns: &'a mut [Campaign],
    customer: Statement<'c>,
    stage: Statement<'c>,
    rng: Rng,
    /// Text of the row being written, kept between rows.
    id: String,
    name: String,
    phone: String,
    drafts: Vec<Draft>,
    /// What is left for later.
    pub(super) pool: Pool,
}

/// What one customer's row says.
struct Profile {
    added: i64,
    guide: u16,
    channel: u8,
    city: usize,
    birth_month: Option<usize>,
}

impl<'a, 'c> Pass<'a, 'c> {
    pub(super) fn new(
        conn: &'c Connection,
        around: &'a Around<'a>,
        orders: &'a mut Orders<'c>,
        campaigns: &'a mut [Campaign],
        rng: Rng,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            around,
            orders,
            campaigns,
            customer: conn.prepare(
                "INSERT INTO customer (external_userid, name, type, gender, unionid, birthday, region, first_added_at,
                   synced_at, phone) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
            )?,
            stage: conn.prepare(
                "INSERT INTO customer_stage (journey_id, external_userid, stage_id, since_at) VALUES (1,?1,?2,?3)",
            )?,
            rng,
            id: String::new(),
            name: String::new(),
            phone: String::new(),
            drafts: Vec::new(),
            pool: Pool {
                ties: Vec::new(),
                events: Vec::new(),
                added: Vec::new(),
                guide: Vec::new(),
                links: Links::new(),
            },
        })
    }

    /// Writes the `n`-th customer.
    pub(super) fn next(&mut self, n: u32) -> rusqlite::Result<()> {
        self.around.ids.customer(n, &mut self.id);
        let profile = self.profile(n)?;
        self.relations(n, &profile);
        self.pool.added.push(profile.added);
        self.draft(n, &profile);
        let buyer = Buyer {
            id: Some(&self.id),
            guide: profile.guide,
        };
        let bought = self.orders.write(
            &mut self.rng,
            self.around,
            self.campaigns,
            &buyer,
            &self.drafts,
        )?;
        let now = self.around.calendar.now;
        let (stage, since) = match (bought.count, bought.last) {
            (0, _) if now - profile.added < 30 * 86_400 => (1, profile.added),
            (0, _) => (2, profile.added + 30 * 86_400),
            (_, last) if now - last > 180 * 86_400 => (6, last + 180 * 86_400),
            (1, last) => (3, last),
            (2 | 3, last) => (4, last),
            (_, last) => (5, last),
        };
        self.stage.execute(params![self.id, stage, since])?;
        let traits = Traits {
            city: profile.city,
            birth_month: profile.birth_month,
            channel: usize::from(profile.channel),
            store: self.around.org.at(profile.guide).map_or(0, |s| s.store),
            bought,
            idle_days: bought.last_days(self.around.calendar),
        };
        self.pool.links.tag(&mut self.rng, n, &traits);
        Ok(())
    }

    fn profile(&mut self, n: u32) -> rusqlite::Result<Profile> {
        let (rng, calendar) = (&mut self.rng, self.around.calendar);
        // The first days of the pool brought more people than later ones: a quarter draws twice and keeps the older day.
        let ago = rng.between(0, HISTORY.into()).max(if rng.chance(2_500) {
            rng.between(0, HISTORY.into())
        } else {
            0
        });
        let guide = self.around.org.guide(rng);
        let store = self.around.org.at(guide).map_or(0, |s| s.store);
        let city = if rng.chance(7_000) {
            store % CITIES.len()
        } else {
            rng.index(CITIES.len())
        };
        let mut profile = Profile {
            added: moment(rng, calendar, i32::try_from(ago).unwrap_or(0)),
            guide,
            channel: u8::try_from(rng.weighted(&CHANNEL_WEIGHTS)).unwrap_or(0),
            city,
            birth_month: None,
        };
        // A leaver took nobody in after leaving.
        if let Some(left) = self.around.org.at(guide).and_then(|s| s.left_at)
            && profile.added > left
        {
            profile.guide = self.around.org.present_guide(rng);
        }
        self.write(n, &mut profile)?;
        Ok(profile)
    }

    /// Writes the customer's own row; draws what only that row says.
    fn write(&mut self, n: u32, profile: &mut Profile) -> rusqlite::Result<()> {
        let rng = &mut self.rng;
        names::customer(rng, n.into(), &mut self.name);
        let birthday = rng.chance(4_000).then(|| {
            let (year, month, day) = (
                rng.between(1_962, 2_006),
                rng.between(1, 12),
                rng.between(1, 28),
            );
            profile.birth_month = usize::try_from(month - 1).ok();
            format!("{year:04}-{month:02}-{day:02}")
        });
        let has_phone = rng.chance(7_200);
        names::phone(rng, &mut self.phone);
        let gender = match rng.weighted(&[12, 24, 64]) {
            0 => 0,
            1 => 1,
            _ => 2,
        };
        let union = rng
            .chance(3_000)
            .then(|| format!("ou{:012x}", rng.next() >> 16));
        let region = rng
            .chance(8_500)
            .then(|| CITIES.get(profile.city).copied())
            .flatten();
        self.customer.execute(params![
            self.id,
            self.name,
            if rng.chance(300) { 2 } else { 1 },
            gender,
            union,
            birthday,
            region,
            profile.added,
            self.around.calendar.now,
            has_phone.then_some(&self.phone),
        ])?;
        Ok(())
    }

    /// Who knows the customer, since when, and how it ended.
    fn relations(&mut self, n: u32, profile: &Profile) {
        let (rng, now) = (&mut self.rng, self.around.calendar.now);
        let span = now - profile.added;
        // Days back to the last word of either side; 0 = never.
        let mut spoke = |chance: u64, days: i64| {
            if rng.chance(chance) {
                now - rng.between(0, span.min(days * 86_400))
            } else {
                0
            }
        };
        let (touch, inbound) = (spoke(8_000, 120), spoke(6_000, 200));
        let first = Tie {
            staff: profile.guide,
            customer: n,
            standing: Standing::Active,
            owner: true,
            channel: profile.channel,
            added: profile.added,
            ended: 0,
            touch,
            inbound,
        };
        self.note(&first, profile.added, "add");
        let tie = self.turn(first);
        self.pool.guide.push(tie.staff);
        if self.rng.chance(310) {
            let second = self.around.org.present_guide(&mut self.rng);
            let added = self.later(profile.added);
            if second != tie.staff && second != profile.guide {
                let other = Tie {
                    staff: second,
                    owner: false,
                    standing: Standing::Active,
                    added,
                    ended: 0,
                    ..tie
                };
                self.note(&other, added, "add");
                self.pool.ties.push(other);
            }
        }
    }

    /// What became of a relation: nothing, for most; else a loss, a transfer, a return. Keeps it and returns the last.
    fn turn(&mut self, mut tie: Tie) -> Tie {
        let now = self.around.calendar.now;
        match self.rng.weighted(&[900, 62, 7, 20, 5, 6]) {
            1 => self.end(&mut tie, Standing::DeletedByCustomer),
            2 => self.end(&mut tie, Standing::DeletedByStaff),
            3 => {
                let next = self.around.org.present_guide(&mut self.rng);
                let at = self.later(tie.added);
                if next != tie.staff {
                    let gone = Tie {
                        standing: Standing::Transferred,
                        owner: false,
                        ended: at,
                        ..tie
                    };
                    self.note(&gone, at, "transfer_out");
                    self.pool.ties.push(gone);
                    (tie.staff, tie.added) = (next, at);
                    self.note(&tie, at, "transfer_in");
                }
            }
            4 => {
                // Deleted us and came back.
                let gone = self.later(tie.added);
                let back = self.later(gone);
                self.note(&tie, gone, "del_by_customer");
                self.note(&tie, back, "add");
                tie.added = back;
            }
            5 => {
                // Lost within the last two days: what the morning asks about.
                self.end(&mut tie, Standing::DeletedByCustomer);
                tie.ended = tie.ended.max(now - self.rng.between(60, 160_000));
            }
            _ => {}
        }
        match tie.standing {
            Standing::DeletedByCustomer => self.note(&tie, tie.ended, "del_by_customer"),
            Standing::DeletedByStaff => self.note(&tie, tie.ended, "del_by_staff"),
            Standing::Active | Standing::Transferred => {}
        }
        self.pool.ties.push(tie);
        tie
    }

    /// Ends a relation at some time after it began; nobody wrote after that.
    fn end(&mut self, tie: &mut Tie, standing: Standing) {
        tie.standing = standing;
        tie.owner = false;
        tie.ended = self.later(tie.added);
        tie.touch = tie.touch.min(tie.ended);
        tie.inbound = tie.inbound.min(tie.ended);
    }

    /// Some time between an instant and now.
    fn later(&mut self, from: i64) -> i64 {
        let now = self.around.calendar.now;
        from + 1 + self.rng.between(0, (now - from - 2).max(0))
    }

    fn note(&mut self, tie: &Tie, at: i64, kind: &'static str) {
        self.pool.events.push(Happening {
            at,
            customer: tie.customer,
            staff: tie.staff,
            kind,
        });
    }

    /// When the customer will buy: on their own account, and in campaigns.
    fn draft(&mut self, n: u32, profile: &Profile) {
        let (rng, calendar) = (&mut self.rng, self.around.calendar);
        self.drafts.clear();
        let count = match rng.weighted(&[31, 22, 14, 10, 10, 8, 3, 2]) {
            few @ 0..=3 => i64::try_from(few).unwrap_or(0),
            4 => rng.between(4, 6),
            5 => rng.between(7, 10),
            6 => rng.between(11, 18),
            _ => rng.between(19, 31),
        };
        for _ in 0..count {
            let ago = i32::try_from(rng.between(0, HISTORY.into())).unwrap_or(0);
            let mut at = moment(rng, calendar, ago);
            if at <= profile.added {
                // Before they knew us: people buy soon after they come.
                at = profile.added
                    + 60
                    + rng.between(
                        0,
                        (calendar.now - profile.added - 120).clamp(0, 25 * 86_400),
                    );
            }
            self.drafts.push(Draft {
                at: at.min(calendar.now - 1),
                campaign: None,
                paid: true,
            });
        }
        for (c, campaign) in self.campaigns.iter_mut().enumerate() {
            let way = campaign.lead(rng, calendar, n, profile.added);
            if let Some(at) = way.ordered_at {
                self.drafts.push(Draft {
                    at,
                    campaign: Some(c),
                    paid: way.paid,
                });
                if way.paid && rng.chance(1_200) {
                    let again = (at + rng.between(600, 40_000)).min(calendar.now - 1);
                    self.drafts.push(Draft {
                        at: again,
                        campaign: Some(c),
                        paid: true,
                    });
                }
            }
        }
        self.drafts.sort_by_key(|d| d.at);
    }
}
