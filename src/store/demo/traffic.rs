//! Simulated traffic: what a shop writes into its workspace while the console looks on.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::names;
use super::rng::Rng;
use super::words::{CHANNEL_WEIGHTS, CHANNELS, CITIES};
use crate::domain::Zone;
use crate::store::{Doing, StoreError, meta};

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Somebody paid an order.
    Order,
    /// Somebody new was added.
    Add,
    /// A customer deleted their guide.
    Loss,
    /// Somebody joined a group.
    Join,
    /// A customer got a tag.
    Tag,
    /// Part of an order was given back.
    Refund,
    /// A customer wrote.
    Contact,
    /// The workspace had nobody to do it with.
    Nothing,
}

/// A shop at work on a workspace. The caller paces it: each [`Traffic::step`] is one small transaction.
pub struct Traffic<'c> {
    conn: &'c mut Connection,
    rng: Rng,
    zone: Zone,
    /// Makes ids of this run its own: the number of rows the log has seen when it began.
    run: i64,
    step: u64,
}

/// A customer with the guide who owns them.
struct Known {
    id: String,
    guide: String,
}

impl<'c> Traffic<'c> {
    /// Begins; the same seed on the same workspace does the same.
    pub fn new(conn: &'c mut Connection, seed: u64) -> Result<Self, StoreError> {
        let zone = meta::zone(conn)?;
        let run = conn
            .query_row("SELECT coalesce(max(seq), 0) FROM change_log", [], |row| {
                row.get(0)
            })
            .doing("beginning the traffic")?;
        Ok(Self {
            conn,
            rng: Rng::new(seed, 77),
            zone,
            run,
            step: 0,
        })
    }

    /// Does one thing at `now` (unix seconds) in one IMMEDIATE transaction.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when another writer held the lock past the timeout: nothing was written, try again.
    pub fn step(&mut self, now: i64) -> Result<Deed, StoreError> {
        self.step += 1;
        let tag = format!("{}x{}", self.run, self.step);
        let deed = [
            Deed::Order,
            Deed::Add,
            Deed::Loss,
            Deed::Join,
            Deed::Tag,
            Deed::Refund,
            Deed::Contact,
        ];
        let deed = deed
            .get(self.rng.weighted(&[45, 12, 3, 10, 10, 3, 17]))
            .copied()
            .unwrap_or(Deed::Nothing);
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .doing("writing traffic")?;
        let mut shop = Shop {
            tx: &tx,
            rng: &mut self.rng,
            zone: self.zone,
            now,
            tag,
        };
        let done = match deed {
            Deed::Order => shop.order(),
            Deed::Add => shop.add(),
            Deed::Loss => shop.lose(),
            Deed::Join => shop.join(),
            Deed::Tag => shop.tag(),
            Deed::Refund => shop.refund(),
            Deed::Contact => shop.contact(),
            Deed::Nothing => Ok(false),
        }
        .doing("writing traffic")?;
        tx.commit().doing("writing traffic")?;
        Ok(if done { deed } else { Deed::Nothing })
    }
}

/// One transaction's hands.
struct Shop<'a, 't> {
    tx: &'a Transaction<'t>,
    rng: &'a mut Rng,
    zone: Zone,
    now: i64,
    tag: String,
}

impl Shop<'_, '_> {
    fn today(&self) -> String {
        self.zone.day_of(self.now).to_string()
    }

    /// Somewhere in the pool: the first customer at or after a random id who has an owner.
    fn somebody(&mut self) -> rusqlite::Result<Option<Known>> {
        let spot = format!("wm{}{}", self.letter(), self.letter());
        let mut find = self.tx.prepare_cached(
            "SELECT c.external_userid, f.userid FROM customer c JOIN follow f ON f.external_userid = c.external_userid
               AND f.is_owner = 1 AND f.status = 'active' WHERE c.external_userid >= ?1 ORDER BY c.external_userid LIMIT 1",
        )?;
        let mut at = |from: &str| {
            find.query_row([from], |row| {
                Ok(Known {
                    id: row.get(0)?,
                    guide: row.get(1)?,
                })
            })
            .optional()
        };
        Ok(match at(&spot)? {
            Some(known) => Some(known),
            None => at("")?,
        })
    }

    fn letter(&mut self) -> String {
        "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
            .chars()
            .nth(self.rng.index(32))
            .into_iter()
            .collect()
    }

    fn order(&mut self) -> rusqlite::Result<bool> {
        let Some(known) = self.somebody()? else {
            return Ok(false);
        };
        let fen = self.rng.between(9, 480) * 100 + self.rng.pick(&[0, 0, 90, 50]);
        let campaign: Option<i64> = self.running_campaign()?.filter(|_| self.rng.chance(3_000));
        let source = self
            .rng
            .pick(&["mini_program", "mini_program", "group", "live", "store"]);
        self.tx.prepare_cached(
            "INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen,
               paid_fen, source, credited_userid, credited_dept_id, campaign_id)
             VALUES (?1,?2,?2,?3,?3,?4,'paid',?5,?5,?6,?7,(SELECT main_dept_id FROM staff WHERE userid = ?7),?8)",
        )?
        .execute(params![format!("ST{}", self.tag), known.id, self.now, self.today(), fen, source, known.guide, campaign])?;
        if let Some(campaign) = campaign {
            let mut step = self.tx.prepare_cached(
                "INSERT INTO campaign_step (campaign_id, step, person_key, at, userid) VALUES (?1,?2,?3,?4,?5)
                 ON CONFLICT DO NOTHING",
            )?;
            for name in [
                "reached",
                "opened",
                "clicked",
                "added_cart",
                "ordered",
                "paid",
            ] {
                step.execute(params![campaign, name, known.id, self.now, known.guide])?;
            }
        }
        self.touch(&known)?;
        Ok(true)
    }

    fn running_campaign(&self) -> rusqlite::Result<Option<i64>> {
        self.tx
            .prepare_cached("SELECT campaign_id FROM campaign WHERE starts_at <= ?1 AND ends_at > ?1 ORDER BY 1 LIMIT 1")?
            .query_row([self.now], |row| row.get(0))
            .optional()
    }

    fn touch(&self, known: &Known) -> rusqlite::Result<()> {
        self.tx
            .prepare_cached(
                "UPDATE follow SET last_inbound_at = ?3, last_touch_at = ?3 WHERE userid = ?1 AND external_userid = ?2",
            )?
            .execute(params![known.guide, known.id, self.now])?;
        Ok(())
    }

    fn contact(&mut self) -> rusqlite::Result<bool> {
        let Some(known) = self.somebody()? else {
            return Ok(false);
        };
        self.touch(&known)?;
        Ok(true)
    }

    fn add(&mut self) -> rusqlite::Result<bool> {
        let Some(guide) = self.somebody()?.map(|k| k.guide) else {
            return Ok(false);
        };
        let id = format!("wm{}{}{}", self.letter(), self.letter(), self.tag);
        let (mut name, mut phone) = (String::new(), String::new());
        names::person(self.rng, &mut name);
        names::phone(self.rng, &mut phone);
        let channel = self.rng.weighted(&CHANNEL_WEIGHTS);
        let way = CHANNELS.get(channel).map(|c| c.2);
        let channel = i64::try_from(channel).unwrap_or(0) + 1;
        let (city, gender) = (self.rng.pick(&CITIES), 1 + self.rng.index(2));
        self.tx
            .prepare_cached(
                "INSERT INTO customer (external_userid, name, type, gender, region, first_added_at, synced_at, phone)
                 VALUES (?1,?2,1,?3,?4,?5,?5,?6)",
            )?
            .execute(params![id, name, gender, city, self.now, phone])?;
        self.tx
            .prepare_cached(
                "INSERT INTO follow (userid, external_userid, added_at, add_way, channel_id, oper_userid, is_owner, last_touch_at)
                 VALUES (?1,?2,?3,?4,?5,?1,1,?3)",
            )?
            .execute(params![guide, id, self.now, way, channel])?;
        self.event(&guide, &id, "add")?;
        Ok(true)
    }

    fn event(&self, guide: &str, id: &str, kind: &str) -> rusqlite::Result<()> {
        self.tx
            .prepare_cached(
                "INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source)
                 VALUES (?1,?2,?3,?4,?5,'callback')",
            )?
            .execute(params![self.today(), self.now, guide, id, kind])?;
        Ok(())
    }

    fn lose(&mut self) -> rusqlite::Result<bool> {
        let Some(known) = self.somebody()? else {
            return Ok(false);
        };
        self.tx
            .prepare_cached(
                "UPDATE follow SET status = 'deleted_by_customer', ended_at = ?3, is_owner = 0
                 WHERE userid = ?1 AND external_userid = ?2",
            )?
            .execute(params![known.guide, known.id, self.now])?;
        self.event(&known.guide, &known.id, "del_by_customer")?;
        Ok(true)
    }

    fn join(&mut self) -> rusqlite::Result<bool> {
        let Some(known) = self.somebody()? else {
            return Ok(false);
        };
        let spot = format!("wr{}{}", self.letter(), self.letter());
        let chat: Option<String> = self
            .tx
            .prepare_cached(
                "SELECT chat_id FROM group_chat WHERE chat_id >= ?1 AND dissolved_at IS NULL ORDER BY chat_id LIMIT 1",
            )?
            .query_row([spot], |row| row.get(0))
            .optional()?;
        let Some(chat) = chat else { return Ok(false) };
        let joined = self
            .tx
            .prepare_cached(
                "INSERT INTO group_member (chat_id, member_id, join_at, type, join_scene)
                 SELECT ?1,?2,?3,2,3 WHERE NOT EXISTS
                   (SELECT 1 FROM group_member WHERE chat_id = ?1 AND member_id = ?2 AND quit_at IS NULL)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![chat, known.id, self.now])?;
        Ok(joined > 0)
    }

    fn tag(&mut self) -> rusqlite::Result<bool> {
        let Some(known) = self.somebody()? else {
            return Ok(false);
        };
        let from = format!("et{:05}", self.rng.below(200));
        let tagged = self
            .tx
            .prepare_cached(
                "INSERT INTO customer_tag (tag_id, external_userid, userid, origin, tagged_at)
                 SELECT tag_id, ?2, ?3, 'wecom', ?4 FROM (SELECT tag_id FROM tag WHERE tag_id >= ?1 AND is_deleted = 0
                   ORDER BY tag_id LIMIT 1) WHERE true ON CONFLICT DO NOTHING",
            )?
            .execute(params![from, known.id, known.guide, self.now])?;
        Ok(tagged > 0)
    }

    fn refund(&mut self) -> rusqlite::Result<bool> {
        let Some(known) = self.somebody()? else {
            return Ok(false);
        };
        let order: Option<(String, i64)> = self
            .tx
            .prepare_cached(
                "SELECT order_id, net_fen FROM v_valid WHERE external_userid = ?1 AND paid_at <= ?2
                 ORDER BY paid_at DESC LIMIT 1",
            )?
            .query_row(params![known.id, self.now], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let Some((order, net)) = order else {
            return Ok(false);
        };
        let amount = if self.rng.chance(5_000) {
            net
        } else {
            (net / 2).max(1)
        };
        self.tx
            .prepare_cached(
                "INSERT INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen, is_full, reason)
                 VALUES (?1,?2,?3,?4,?5,?6,'不喜欢')",
            )?
            .execute(params![format!("RT{}", self.tag), order, self.now, self.today(), amount, amount == net])?;
        Ok(true)
    }
}
