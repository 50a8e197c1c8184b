//! Orders, their lines and refunds.

use std::fmt::Write as _;

use rusqlite::{Connection, Statement, params};

use super::around::{Around, moment};
use super::basket::{Priced, price};
use super::calendar::Calendar;
use super::campaigns::Campaign;
use super::org::Org;
use super::rng::Rng;
use super::sold::Sales;

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

/// The order tables while they are filled, in the order of their keys.
pub(super) struct Orders<'c> {
    order: Statement<'c>,
    line: Statement<'c>,
    refund: Statement<'c>,
    /// Orders written.
    pub(super) count: u64,
    refunds: u64,
    pub(super) sales: Sales,
    id: String,
    key: String,
}

/// Where an order comes from and whom it is credited to.
struct Credit<'a> {
    source: &'static str,
    guide: Option<u16>,
    chat: Option<&'a str>,
}

/// When an order was made, and what became of it.
struct Fate {
    /// Unix seconds.
    at: i64,
    paid: bool,
    test: bool,
    /// Id of its campaign.
    campaign: Option<i64>,
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
            sales: Sales::new(calendar, staff),
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
            let total = priced.total();
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
            let fate = Fate {
                at: draft.at,
                paid,
                test,
                campaign: campaign_id,
            };
            self.insert(around, buyer, &priced, &credit, &fate)?;
            if campaign_id.is_some() || around.calendar.now - draft.at < LINES_DAYS * 86_400 {
                self.lines(&priced)?;
            }
            if !paid || test {
                continue;
            }
            self.sales.note(credit.guide, draft.at, total);
            let back = self.refund(rng, around.calendar, draft.at, total, credit.guide)?;
            if back < total {
                bought.count += 1;
                bought.spend += total - back;
                bought.last = bought.last.max(draft.at);
            }
        }
        Ok(bought)
    }

    fn insert(
        &mut self,
        around: &Around<'_>,
        buyer: &Buyer<'_>,
        priced: &Priced,
        credit: &Credit<'_>,
        fate: &Fate,
    ) -> rusqlite::Result<()> {
        let Fate {
            at,
            paid,
            test,
            campaign,
        } = *fate;
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
            if paid { priced.total() } else { 0 },
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
        self.sales.note(guide, at, -amount);
        Ok(amount)
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
            let fate = Fate {
                at,
                paid: true,
                test: false,
                campaign: None,
            };
            self.insert(around, &buyer, &priced, &credit, &fate)?;
            self.sales.note(Some(*guide), at, gap);
        }
        Ok(())
    }

    fn present(&self, org: &Org) -> Vec<(i64, u16)> {
        org.sellers
            .iter()
            .filter(|g| org.at(**g).is_some_and(|s| s.left_at.is_none()))
            .filter_map(|g| {
                self.sales
                    .by_staff
                    .get(usize::from(*g))
                    .map(|s| (s.month, *g))
            })
            .collect()
    }
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
