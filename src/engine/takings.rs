//! Orders, refunds and adds picked out of the columns: those of some days for the board, those of campaigns for the KPI
//! tree. Under another filter they are asked again and again while all the other orders are not looked at.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use super::bits::Bits;
use super::sales::{Adds, Order, Sales};

/// Orders a picked part may hold (24 bytes each); a longer period is added up from the columns themselves.
const MOST: u64 = 1 << 20;

/// An order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Paid, fen.
    pub paid: i64,
    /// Its number.
    pub number: u32,
    /// Who bought.
    pub person: u32,
    /// Code of the credited staff; 0 nobody.
    pub staff: u16,
    /// Day paid.
    pub day: u16,
    /// Code of the campaign; 0 none.
    pub campaign: u16,
    /// Σ quantity of its items in two bytes, where campaigns are picked: see [`Sale::items`].
    items: u16,
}

/// Nothing is known of the items.
const UNKNOWN: u16 = u16::MAX;
/// They are too many for two bytes.
const MANY: u16 = u16::MAX - 1;

impl Sale {
    /// Σ quantity of its items; `None` when nothing is known of them. Only of sales picked for their campaign.
    pub fn items(&self, sales: &Sales) -> Option<u32> {
        match self.items {
            UNKNOWN => None,
            MANY => sales.items.get(&self.number).copied(),
            few => Some(u32::from(few)),
        }
    }
}

/// A refund with what is asked of its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Given back, fen.
    pub fen: i64,
    /// Number of the order.
    pub number: u32,
    /// Who bought.
    pub person: u32,
    /// Code of the staff the order is credited to; 0 nobody.
    pub staff: u16,
    /// Day of the refund.
    pub day: u16,
    /// Day the order was paid.
    pub bought: u16,
    /// Code of the order's campaign; 0 none.
    pub campaign: u16,
}

/// Which orders and refunds are picked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// Paid, or given back, within these days.
    Days(Range<u16>),
    /// Of any campaign.
    Campaigns,
}

impl Pick {
    fn numbers(&self, sales: &Sales) -> Bits {
        match self {
            Self::Days(days) => sales.paid_within(days),
            Self::Campaigns => sales.of_campaigns(),
        }
    }

    fn sale(&self, order: Order) -> bool {
        match self {
            Self::Days(days) => days.contains(&order.day),
            Self::Campaigns => order.campaign != 0,
        }
    }

    fn refund(&self, order: Order, day: u16) -> bool {
        match self {
            Self::Days(days) => days.contains(&day),
            Self::Campaigns => order.campaign != 0,
        }
    }
}

/// A picked part of the sales.
#[derive(Clone, Debug)]
pub struct Takings {
    pick: Pick,
    /// By number.
    pub sales: Vec<Sale>,
    /// In the order of the refund columns.
    pub refunds: Vec<Refund>,
    /// Of days only: who was added, by which staff, on which day.
    pub adds: Vec<(u32, u16, u16)>,
}

fn sale(number: u32, order: Order, pick: &Pick, sales: &Sales) -> Sale {
    let items = match pick {
        Pick::Days(_) => None,
        Pick::Campaigns => sales.items.get(&number),
    };
    Sale {
        items: items.map_or(UNKNOWN, |n| u16::try_from(*n).map_or(MANY, |n| n.min(MANY))),
        paid: order.paid,
        number,
        person: order.person,
        staff: order.staff,
        day: order.day,
        campaign: order.campaign,
    }
}

impl Takings {
    /// Picks a part.
    fn of(pick: Pick, sales: &Sales, adds: &Adds) -> Self {
        let numbers = pick.numbers(sales);
        let mut picked = Vec::with_capacity(usize::try_from(numbers.count()).unwrap_or(0));
        sales.each(&numbers, |number, order| {
            picked.push(sale(number, order, &pick, sales));
        });
        let mut takings = Self {
            pick,
            sales: picked,
            refunds: Vec::new(),
            adds: Vec::new(),
        };
        takings.pick_refunds(sales);
        takings.pick_adds(adds);
        takings
    }

    fn pick_refunds(&mut self, sales: &Sales) {
        let pick = &self.pick;
        let asked = |day: u16| match pick {
            Pick::Days(days) => days.contains(&day),
            Pick::Campaigns => true,
        };
        let refunds = sales.refunds.iter().filter(|(_, day, _)| asked(*day));
        self.refunds = refunds
            .filter_map(|&(number, day, fen)| {
                let order = sales.get(number)?;
                pick.refund(order, day).then_some(Refund {
                    fen,
                    number,
                    person: order.person,
                    staff: order.staff,
                    day,
                    bought: order.day,
                    campaign: order.campaign,
                })
            })
            .collect();
    }

    fn pick_adds(&mut self, adds: &Adds) {
        self.adds.clear();
        if let Pick::Days(days) = &self.pick {
            adds.each_within(days, |person, staff, day| {
                self.adds.push((person, staff, day));
            });
        }
    }

    /// Takes over orders that changed.
    fn mend(&mut self, numbers: &BTreeSet<u32>, sales: &Sales) {
        for &number in numbers {
            let now = sales
                .get(number)
                .filter(|order| self.pick.sale(*order))
                .map(|order| sale(number, order, &self.pick, sales));
            let place = self.sales.binary_search_by_key(&number, |sale| sale.number);
            match (place, now) {
                (Ok(at), Some(now)) => super::column::put(&mut self.sales, at, now),
                (Ok(at), None) => {
                    self.sales.remove(at);
                }
                (Err(at), Some(now)) => self.sales.insert(at, now),
                (Err(_), None) => {}
            }
        }
        self.pick_refunds(sales);
    }

    fn bytes(&self) -> usize {
        self.sales.capacity() * 24 + self.refunds.capacity() * 24 + self.adds.capacity() * 8
    }
}

/// The parts picked last, one of days and the one of campaigns.
#[derive(Clone, Debug, Default)]
pub struct Picked {
    parts: Vec<Takings>,
    /// Days asked for last and not picked, and whether they were asked for again: then picking them is worth an idle
    /// moment.
    passed: Option<(Range<u16>, bool)>,
    /// The orders of campaigns were too many to keep.
    too_many: bool,
    /// Orders that changed since.
    changed: BTreeSet<u32>,
    adds_changed: bool,
}

/// Changed orders above which parts are picked again rather than mended.
const MEND: usize = 1_000;

impl Picked {
    /// These orders changed, or came, or went.
    pub fn touch(&mut self, numbers: impl Iterator<Item = u32>) {
        if !self.parts.is_empty() {
            self.changed.extend(numbers);
        }
        if self.changed.len() > MEND {
            self.forget();
        }
    }

    /// Who was added changed.
    pub fn touch_adds(&mut self) {
        self.adds_changed = true;
    }

    /// People were numbered anew.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// The part of some days; `None` when it has not been picked, since picking takes longer than adding up.
    pub fn days(&mut self, days: &Range<u16>, sales: &Sales, adds: &Adds) -> Option<&Takings> {
        let pick = Pick::Days(days.clone());
        if self.parts.iter().any(|part| part.pick == pick) {
            return self.get(pick, sales, adds);
        }
        let again = self.passed.as_ref().is_some_and(|(last, _)| last == days);
        self.passed = Some((days.clone(), again));
        None
    }

    /// Some days were asked for twice and are not picked.
    pub fn lacks_days(&self) -> bool {
        self.passed.as_ref().is_some_and(|(_, again)| *again)
    }

    /// Picks them, unless they would be too large to keep.
    pub fn pick_days(&mut self, sales: &Sales, adds: &Adds) {
        if let Some((days, true)) = self.passed.take() {
            self.get(Pick::Days(days), sales, adds);
        }
    }

    /// The orders of campaigns are not picked, and may be.
    pub fn lacks_campaigns(&self) -> bool {
        !self.too_many && !self.parts.iter().any(|part| part.pick == Pick::Campaigns)
    }

    /// A part as it is now; `None` when it would be too large to keep.
    pub fn get(&mut self, pick: Pick, sales: &Sales, adds: &Adds) -> Option<&Takings> {
        let changed = std::mem::take(&mut self.changed);
        let adds_changed = std::mem::take(&mut self.adds_changed);
        for part in &mut self.parts {
            if !changed.is_empty() {
                part.mend(&changed, sales);
            }
            if adds_changed {
                part.pick_adds(adds);
            }
        }
        let known = self.parts.iter().position(|part| part.pick == pick);
        let at = if let Some(at) = known {
            at
        } else {
            if pick.numbers(sales).count() > MOST {
                self.too_many |= pick == Pick::Campaigns;
                return None;
            }
            let kind = std::mem::discriminant(&pick);
            self.parts
                .retain(|part| std::mem::discriminant(&part.pick) != kind);
            let part = Takings::of(pick, sales, adds);
            self.parts.push(part);
            self.parts.len() - 1
        };
        self.parts.get(at)
    }

    /// The orders of campaigns: as picked, else picked for this once.
    pub fn campaigns(&self, sales: &Sales) -> Cow<'_, Takings> {
        let kept = self.parts.iter().find(|part| part.pick == Pick::Campaigns);
        match kept {
            Some(part) if self.changed.is_empty() => Cow::Borrowed(part),
            Some(_) | None => Cow::Owned(Takings::of(Pick::Campaigns, sales, &Adds::default())),
        }
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.parts.iter().map(Takings::bytes).sum()
    }
}
