//! Orders, their lines and refunds; and what each guide sold, for targets and the leaderboard.

use std::fmt::Write as _;

use rusqlite::{Connection, Statement, params};

use super::calendar::Calendar;
use super::campaigns::Campaign;
use super::org::Org;
use super::pool::{Around, moment};
use super::rng::Rng;
use super::words::{PRODUCTS, Product};

/// Orders older than this many days carry no lines, unless a campaign's.
const LINES_DAYS: i64 = 35;

/// An order to be written.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    /// When it was made.
    pub(super) at: i64,
    /// Position of its campaign.
    pub(super) campaign: Option<usize>,
    /// It may be paid.
    pub(super) paid: bool,
}

/// Who buys.
pub(super) struct Buyer<'a> {
    /// `external_userid`; `None` for people who are not in the pool.
    pub(super) id: Option<&'a str>,
    /// Their guide.
    pub(super) guide: u16,
}

/// What somebody bought that still stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Bought {
    /// Orders not refunded in full.
    pub(super) count: u32,
    /// Net money, fen.
    pub(super) spend: i64,
    /// Last payment; 0 = never.
    pub(super) last: i64,
}

impl Bought {
    /// Days since the last payment.
    pub(super) fn last_days(self, calendar: &Calendar) -> Option<i32> {
        (self.last > 0).then(|| calendar.days_ago(self.last))
    }
}

/// Net GMV by refund date of one guide, fen.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(super) struct Sold {
    /// This month so far.
    pub(super) month: i64,
    /// This week so far.
    pub(super) week: i64,
    /// Today so far.
    pub(super) day: i64,
    /// This month to yesterday's close.
    pub(super) month_close: i64,
    /// This week to yesterday's close.
    pub(super) week_close: i64,
    /// The thirty days before today.
    pub(super) thirty: i64,
}

/// The order tables while they are filled, in the order of their keys.
pub(super) struct Orders<'c> {
    order: Statement<'c>,
    line: Statement<'c>,
    refund: Statement<'c>,
    /// Orders written.
    pub(super) count: u64,
    refunds: u64,
    /// Per position in [`Org::staff`].
    pub(super) sold: Vec<Sold>,
    starts: [i64; 4],
    id: String,
    key: String,
}

/// What an order is made of before it is written.
struct Priced {
    list: i64,
    discount: i64,
    freight: i64,
    /// Product and quantity.
    lines: [Option<(&'static Product, i64)>; 3],
}

/// Where an order comes from and whom it is credited to.
struct Credit<'a> {
    source: &'static str,
    guide: Option<u16>,
    chat: Option<&'a str>,
}

impl<'c> Orders<'c> {
    pub(super) fn new(
        conn: &'c Connection,
        calendar: &Calendar,
        staff: usize,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            order: conn.prepare(
                "INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status,
                   list_fen, discount_fen, freight_fen, paid_fen, source, credited_userid, credited_dept_id, chat_id,
                   campaign_id, is_test) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17)",
            )?,
            line: conn.prepare(
                "INSERT INTO order_item (order_id, line_no, sku, name, category, product_role, qty, line_fen, cost_fen)
                 VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)",
            )?,
            refund: conn.prepare(
                "INSERT INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen, is_full, reason)
                 VALUES (?1,?2,?3,?4,?5,?6,?7)",
            )?,
            count: 0,
            refunds: 0,
            sold: vec![Sold::default(); staff],
            starts: [
                calendar.start_of(calendar.month_start()),
                calendar.start_of(calendar.week_start()),
                calendar.start(0),
                calendar.start(30),
            ],
            id: String::new(),
            key: String::new(),
        })
    }

    /// Writes one buyer's orders, earliest first.
    pub(super) fn write(
        &mut self,
        rng: &mut Rng,
        around: &Around<'_>,
        campaigns: &mut [Campaign],
        buyer: &Buyer<'_>,
        drafts: &[Draft],
    ) -> rusqlite::Result<Bought> {
        let mut bought = Bought::default();
        let mut in_campaign: Option<usize> = None;
        for draft in drafts {
            let test = draft.campaign.is_none() && rng.chance(4);
            let paid = draft.paid && (draft.campaign.is_some() || !rng.chance(250));
            let priced = price(rng);
            let credit = credit(rng, around, buyer, draft.at);
            let campaign = draft.campaign.and_then(|c| campaigns.get_mut(c));
            let total = priced.list - priced.discount + priced.freight;
            if let Some(campaign) = campaign
                && paid
            {
                let first = in_campaign != draft.campaign;
                campaign.count(total, first);
                in_campaign = draft.campaign;
            }
            let campaign_id = draft
                .campaign
                .and_then(|c| campaigns.get(c))
                .map(Campaign::id);
            self.count += 1;
            self.id.clear();
            let _ = write!(self.id, "SO{:010}", self.count);
            self.insert(
                around,
                buyer,
                draft.at,
                &priced,
                &credit,
                (paid, test, campaign_id),
            )?;
            if campaign_id.is_some() || around.calendar.now - draft.at < LINES_DAYS * 86_400 {
                self.lines(&priced)?;
            }
            if !paid || test {
                continue;
            }
            self.sell(credit.guide, draft.at, total);
            let back = self.refund(rng, around.calendar, draft.at, total, credit.guide)?;
            if back < total {
                bought.count += 1;
                bought.spend += total - back;
                bought.last = bought.last.max(draft.at);
            }
        }
        Ok(bought)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the columns of one row, grouped by where they come from"
    )]
    fn insert(
        &mut self,
        around: &Around<'_>,
        buyer: &Buyer<'_>,
        at: i64,
        priced: &Priced,
        credit: &Credit<'_>,
        (paid, test, campaign): (bool, bool, Option<i64>),
    ) -> rusqlite::Result<()> {
        let calendar = around.calendar;
        let fresh = calendar.now - at;
        let status = match paid {
            false if fresh < 86_400 => "created",
            false => "closed",
            true if fresh < 7 * 86_400 => "paid",
            true => "completed",
        };
        self.key.clear();
        match buyer.id {
            Some(id) => self.key.push_str(id),
            None => {
                let _ = write!(self.key, "order:{}", self.id);
            }
        }
        let staff = credit.guide.and_then(|g| around.org.at(g));
        self.order.execute(params![
            self.id,
            buyer.id,
            self.key,
            at,
            paid.then_some(at),
            paid.then(|| calendar.date(at)),
            status,
            priced.list,
            priced.discount,
            priced.freight,
            if paid {
                priced.list - priced.discount + priced.freight
            } else {
                0
            },
            credit.source,
            staff.map(|s| s.userid.as_str()),
            staff.map(|s| s.dept),
            credit.chat,
            campaign,
            test,
        ])?;
        Ok(())
    }

    fn lines(&mut self, priced: &Priced) -> rusqlite::Result<()> {
        for (no, (product, qty)) in (1..).zip(priced.lines.iter().flatten()) {
            let (line, cost) = (product.price * qty, product.cost * qty);
            self.line.execute(params![
                self.id,
                no,
                product.sku,
                product.name,
                product.category,
                product.role,
                qty,
                line,
                cost
            ])?;
        }
        Ok(())
    }

    /// About three orders in a hundred come back, in full or in part; returns the money given back.
    fn refund(
        &mut self,
        rng: &mut Rng,
        calendar: &Calendar,
        paid_at: i64,
        total: i64,
        guide: Option<u16>,
    ) -> rusqlite::Result<i64> {
        if total == 0 || !rng.chance(310) || calendar.now - paid_at < 4_000 {
            return Ok(0);
        }
        let at = paid_at + rng.between(3_600, (15 * 86_400).min(calendar.now - paid_at));
        let full = rng.chance(6_000) || total < 200;
        let amount = if full {
            total
        } else {
            rng.between(100, total - 1)
        };
        let reason = rng.pick(&["七天无理由", "拍错", "少件", "破损", "不喜欢", "迟发"]);
        self.refunds += 1;
        let id = format!("RF{:09}", self.refunds);
        self.refund.execute(params![
            id,
            self.id,
            at,
            calendar.date(at),
            amount,
            full,
            reason
        ])?;
        self.sell(guide, at, -amount);
        Ok(amount)
    }

    fn sell(&mut self, guide: Option<u16>, at: i64, fen: i64) {
        let [month, week, today, thirty] = self.starts;
        let Some(sold) = guide.and_then(|g| self.sold.get_mut(usize::from(g))) else {
            return;
        };
        let closed = at < today;
        for (from, sum, close) in [
            (month, &mut sold.month, &mut sold.month_close),
            (week, &mut sold.week, &mut sold.week_close),
        ] {
            if at >= from {
                *sum += fen;
                if closed {
                    *close += fen;
                }
            }
        }
        if !closed {
            sold.day += fen;
        } else if at >= thirty {
            sold.thirty += fen;
        }
    }

    /// Orders of people who are not in the pool: kept, and never on a customer's row.
    pub(super) fn outsiders(
        &mut self,
        rng: &mut Rng,
        around: &Around<'_>,
        count: u64,
    ) -> rusqlite::Result<()> {
        for _ in 0..count {
            let ago = i32::try_from(rng.between(0, 399)).unwrap_or(0);
            let buyer = Buyer {
                id: None,
                guide: around.org.present_guide(rng),
            };
            let draft = Draft {
                at: moment(rng, around.calendar, ago),
                campaign: None,
                paid: true,
            };
            self.write(rng, around, &mut [], &buyer, &[draft])?;
        }
        Ok(())
    }

    /// Makes two pairs of guides equal to the fen this month, so that the board has ties near its top.
    pub(super) fn level(&mut self, around: &Around<'_>) -> rusqlite::Result<()> {
        let mut board: Vec<(i64, u16)> = self.present(around.org);
        board.sort_by_key(|(fen, guide)| (std::cmp::Reverse(*fen), *guide));
        for (above, below) in [(1, 2), (4, 5)] {
            let (Some((high, _)), Some((low, guide))) = (board.get(above), board.get(below)) else {
                continue;
            };
            let gap = high - low;
            if gap == 0 {
                continue;
            }
            let at = around.calendar.start(0) + 36_000;
            self.count += 1;
            self.id.clear();
            let _ = write!(self.id, "SO{:010}", self.count);
            let priced = Priced {
                list: gap,
                discount: 0,
                freight: 0,
                lines: [None; 3],
            };
            let credit = Credit {
                source: "store",
                guide: Some(*guide),
                chat: None,
            };
            let buyer = Buyer {
                id: None,
                guide: *guide,
            };
            self.insert(around, &buyer, at, &priced, &credit, (true, false, None))?;
            self.sell(Some(*guide), at, gap);
        }
        Ok(())
    }

    fn present(&self, org: &Org) -> Vec<(i64, u16)> {
        org.sellers
            .iter()
            .filter(|g| org.at(**g).is_some_and(|s| s.left_at.is_none()))
            .filter_map(|g| self.sold.get(usize::from(*g)).map(|s| (s.month, *g)))
            .collect()
    }
}

/// One to three lines, sometimes a discount, freight for small parcels.
fn price(rng: &mut Rng) -> Priced {
    let mut priced = Priced {
        list: 0,
        discount: 0,
        freight: 0,
        lines: [None; 3],
    };
    let count = 1 + rng.weighted(&[60, 28, 12]);
    for line in priced.lines.iter_mut().take(count) {
        let product = match rng.weighted(&[40, 45, 5, 10]) {
            0 => PRODUCTS.get(rng.index(3)),
            1 => PRODUCTS.get(3 + rng.index(8)),
            2 => PRODUCTS.get(11 + rng.index(3)),
            _ => PRODUCTS.get(14 + rng.index(2)),
        };
        let qty = i64::try_from(1 + rng.weighted(&[72, 20, 8])).unwrap_or(1);
        *line = product.map(|p| (p, qty));
        priced.list += product.map_or(0, |p| p.price * qty);
    }
    if rng.chance(3_500) {
        priced.discount = priced.list * rng.between(5, 25) / 100;
    }
    if priced.list < 3_900 && rng.chance(5_000) {
        priced.freight = 800;
    }
    priced
}

fn credit<'a>(rng: &mut Rng, around: &Around<'a>, buyer: &Buyer<'_>, at: i64) -> Credit<'a> {
    let sources = [
        "mini_program",
        "group",
        "moments",
        "live",
        "store",
        "ecom_platform",
        "distributor",
        "other",
    ];
    let source = sources
        .get(rng.weighted(&[40, 22, 6, 8, 14, 6, 3, 1]))
        .copied()
        .unwrap_or("other");
    let guide = match rng.weighted(&[86, 7, 7]) {
        0 => Some(buyer.guide),
        1 => Some(around.org.present_guide(rng)),
        _ => None,
    };
    // Who had left by then is credited with nothing more.
    let guide = guide.filter(|g| {
        around
            .org
            .at(*g)
            .is_some_and(|s| s.left_at.is_none_or(|left| at < left))
    });
    let chat = (source == "group")
        .then(|| around.chats.of(rng, buyer.guide, at))
        .flatten();
    Credit {
        source,
        guide,
        chat,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_the_sum_of_its_lines() {
        let mut rng = Rng::new(5, 5);
        for _ in 0..500 {
            let priced = price(&mut rng);
            let sum: i64 = priced
                .lines
                .iter()
                .flatten()
                .map(|(p, q)| p.price * q)
                .sum();
            assert_eq!(priced.list, sum);
            assert!(priced.discount >= 0 && priced.discount < priced.list);
        }
    }
}
