//! The third stage: orders, adds, steps and groups. Board, KPI tree, group buyers and scores need them.

use std::sync::{OnceLock, mpsc};

use rusqlite::Connection;

use super::shared::{Codes, Shared, locked};
use super::{Pair, Reach, Table};
use crate::domain::kpi::curve::Daily;
use crate::engine::Engine;
use crate::engine::circles::{Groups, Steps};
use crate::engine::column::Dict;
use crate::engine::daily::Sums;
use crate::engine::derived::BY_SCORES;
use crate::engine::people::{Asked, Finder, NOBODY, Strangers};
use crate::engine::sales::{Adds, NO_DAY, Order, Sales, day_cell};
use crate::store::load::{self as rows, Key, OrderRecord, Part, Stretch};

/// What the third stage of a load read: for the engine that the first stage made, as it was made.
#[derive(Debug, Default)]
pub struct Rest {
    sold: Sold,
    adds: Adds,
    groups: Groups,
    steps: Steps,
    strangers: Strangers,
    staff: Dict,
    campaigns: Dict,
    /// Totals of days, where all orders and adds were read.
    daily: Option<Daily>,
}

/// Orders, and totals of the days of what was read.
#[derive(Debug, Default)]
struct Sold {
    sales: Sales,
    days: Sums,
}

impl Engine {
    /// Takes over the rest of its load. No change may have been applied since the first stage.
    pub fn complete(&mut self, rest: Rest) {
        self.sales = rest.sold.sales;
        self.adds = rest.adds;
        self.groups = rest.groups;
        self.steps = rest.steps;
        self.strangers = rest.strangers;
        self.words.staff = rest.staff;
        self.words.campaigns = rest.campaigns;
        self.derived = None;
        self.bought = None;
        self.picked.forget();
        self.boards.forget();
        self.days.begin(rest.daily);
        self.orders.forget(&BY_SCORES);
        self.typed.forget();
        self.selections.forget();
    }
}

/// A load that knows the customers.
pub struct Trade<'a, 'b> {
    pub shared: &'b Shared<'a>,
    pub finder: Finder,
    pub wanted: &'b [Table],
    pub reach: Reach,
    /// Orders that still stand, by the customers' totals: about how many there are.
    pub orders: u64,
}

/// The middle of the orders, once it was looked for: `None` where there is none, and where looking failed.
type Middle = OnceLock<Option<Key>>;

/// Finds the middle and tells who waits for it. They wake up also when finding it fails or panics.
fn tell_middle(
    middle: &Middle,
    find: impl FnOnce() -> rusqlite::Result<Option<Key>>,
) -> rusqlite::Result<Option<&Key>> {
    let _wakes = Wakes(middle);
    let found = find()?;
    Ok(middle.get_or_init(|| found).as_ref())
}

/// Tells those who wait that there is no middle, unless they were told of one.
struct Wakes<'m>(&'m Middle);

impl Drop for Wakes<'_> {
    fn drop(&mut self) {
        self.0.get_or_init(|| None);
    }
}

/// Below so many orders one thread reads them all.
const WORTH_SHARING: u64 = 10_000;

impl Trade<'_, '_> {
    /// A person by key: a row, or the number of a stranger.
    fn person(&self, key: &str) -> u32 {
        self.found(self.finder.find(key), key)
    }

    /// The row that was found, else the number of a stranger.
    fn found(&self, row: Option<u32>, key: &str) -> u32 {
        row.unwrap_or_else(|| locked(&self.shared.strangers).number(key))
    }

    fn wants(&self, table: Table) -> bool {
        self.wanted.contains(&table)
    }

    /// Reads everything that is wanted.
    pub fn read(self, pair: &mut Pair<'_>) -> rusqlite::Result<Rest> {
        let is_whole =
            self.reach == Reach::All && self.wants(Table::Orders) && self.wants(Table::Adds);
        let is_much = self.reach == Reach::All && self.orders >= WORTH_SHARING;
        let mut rest = if self.wants(Table::Orders) && is_much {
            self.read_shared(pair)?
        } else {
            self.read_plainly(pair)?
        };
        let Self { shared, finder, .. } = self;
        drop(finder);
        rest.strangers = std::mem::take(&mut locked(&shared.strangers));
        rest.staff = std::mem::take(&mut locked(&shared.staff));
        rest.campaigns = std::mem::take(&mut locked(&shared.campaigns));
        rest.daily = is_whole.then(|| rest.sold.days.daily());
        Ok(rest)
    }

    /// Orders on both threads: one looks for the middle while the other reads smaller tables. Who has read the upper half
    /// hands it over and goes on with what is left, while the other joins it to the lower.
    fn read_shared(&self, pair: &mut Pair<'_>) -> rusqlite::Result<Rest> {
        let middle = &OnceLock::new();
        let (hand_over, taken) = mpsc::channel();
        let (rest, (groups, steps)) = pair.both(
            |conn| self.lower(conn, middle, &taken),
            move |conn| {
                hand_over.send(self.upper(conn, middle)?).ok();
                self.circles(conn)
            },
        )?;
        Ok(Rest {
            groups,
            steps,
            ..rest
        })
    }

    /// Adds, the lower half of the orders and what belongs to any of them.
    fn lower(
        &self,
        conn: &Connection,
        middle: &Middle,
        upper: &mpsc::Receiver<Sold>,
    ) -> rusqlite::Result<Rest> {
        let (mut rest, mut added) = (Rest::default(), Sums::default());
        if self.wants(Table::Adds) {
            rest.adds = self.adds(conn, &mut added)?;
        }
        let stretch = Stretch {
            until: middle.wait().as_ref(),
            ..Stretch::default()
        };
        rest.sold = self.orders(conn, stretch, self.orders)?;
        rest.sold.days.join(&added);
        // Where nothing comes the other half failed, and says so.
        if let Ok(upper) = upper.recv() {
            rest.sold.sales.join(&upper.sales);
            rest.sold.days.join(&upper.days);
            self.shared.outlive(upper);
            self.parts(conn, &mut rest.sold)?;
        }
        Ok(rest)
    }

    /// The upper half of the orders, whose first it finds.
    fn upper(&self, conn: &Connection, middle: &Middle) -> rusqlite::Result<Sold> {
        let Some(key) = tell_middle(middle, || rows::order_at(conn, self.orders / 2))? else {
            return Ok(Sold::default());
        };
        let stretch = Stretch {
            from: Some(key),
            ..Stretch::default()
        };
        self.orders(conn, stretch, self.orders / 2)
    }

    fn read_plainly(&self, pair: &mut Pair<'_>) -> rusqlite::Result<Rest> {
        let conn = pair.first;
        let mut rest = Rest::default();
        if self.wants(Table::Orders) {
            rest.sold = match self.reach {
                Reach::All => self.orders(conn, Stretch::default(), self.orders)?,
                Reach::Days(from, to) => self.part(conn, Part::Days(from, to))?,
                Reach::Campaigns => self.part(conn, Part::Campaigns)?,
            };
            self.parts(conn, &mut rest.sold)?;
        }
        if self.wants(Table::Adds) {
            rest.adds = self.adds(conn, &mut rest.sold.days)?;
        }
        (rest.groups, rest.steps) = self.circles(conn)?;
        Ok(rest)
    }

    fn orders(
        &self,
        conn: &Connection,
        stretch: Stretch<'_>,
        expected: u64,
    ) -> rusqlite::Result<Sold> {
        let mut sold = Sold::default();
        let room = usize::try_from(expected).unwrap_or(0).min(1 << 26);
        sold.sales.reserve(room);
        let mut buyers = Asked::new(&self.finder);
        rows::each_order(conn, stretch, self.taking(&mut sold, &mut buyers))?;
        buyers.answer(|number, row, key| self.bought(&mut sold.sales, number, row, key));
        Ok(sold)
    }

    /// The orders of a part, on one thread.
    fn part(&self, conn: &Connection, part: Part) -> rusqlite::Result<Sold> {
        let mut sold = Sold::default();
        let mut buyers = Asked::new(&self.finder);
        rows::each_order_of(conn, part, self.taking(&mut sold, &mut buyers))?;
        buyers.answer(|number, row, key| self.bought(&mut sold.sales, number, row, key));
        Ok(sold)
    }

    /// Takes orders one after the other; who bought is asked for.
    fn taking<'s>(
        &'s self,
        Sold { sales, days }: &'s mut Sold,
        buyers: &'s mut Asked<'_, u32>,
    ) -> impl FnMut(&OrderRecord<'_>) + 's {
        let mut ticker = self.shared.ticker();
        let (mut staff, mut campaigns) = (
            Codes::new(&self.shared.staff),
            Codes::new(&self.shared.campaigns),
        );
        move |order| {
            let cells = Order {
                person: NOBODY,
                staff: staff.code(&order.staff),
                day: order.day.map_or(NO_DAY, day_cell),
                paid: order.paid_fen,
                campaign: campaigns.number(order.campaign),
            };
            let number = sales.push(&order.id, cells);
            days.order(cells.day, cells.paid);
            buyers.ask(&order.person, number, |number, row, key| {
                self.bought(sales, number, row, key);
            });
            ticker.tick();
        }
    }

    /// Notes who bought an order.
    fn bought(&self, sales: &mut Sales, number: u32, row: Option<u32>, key: &str) {
        sales.person.put(number as usize, self.found(row, key));
    }

    /// Refunds and items of all orders.
    fn parts(&self, conn: &Connection, sold: &mut Sold) -> rusqlite::Result<()> {
        let Sold { sales, days } = sold;
        sales.shrink();
        let mut ticker = self.shared.ticker();
        rows::each_refund(conn, |order, day, fen| {
            if let Some(number) = sales.ids.find(order) {
                let day = day.map_or(NO_DAY, day_cell);
                let bought = sales.day.get(number as usize).copied();
                days.refund((day, bought.unwrap_or(NO_DAY)), fen);
                sales.refund(number, day, fen);
            }
            ticker.tick();
        })?;
        sales.refunds.shrink_to_fit();
        rows::each_campaign_items(conn, |order, items| {
            if let (Some(number), Ok(items)) = (sales.ids.find(order), u32::try_from(items)) {
                sales.items.insert(number, items);
            }
        })?;
        sales.items.shrink_to_fit();
        Ok(())
    }

    /// Adds; their days are counted in `sums`.
    fn adds(&self, conn: &Connection, sums: &mut Sums) -> rusqlite::Result<Adds> {
        let (mut adds, mut ticker) = (Adds::default(), self.shared.ticker());
        let mut staff = Codes::new(&self.shared.staff);
        let days = match self.reach {
            Reach::All | Reach::Campaigns => None,
            Reach::Days(from, to) => Some((from, to)),
        };
        let mut added = Asked::new(&self.finder);
        let note = |adds: &mut Adds, (staff, day), row, key: &str| {
            adds.push(self.found(row, key), staff, day);
        };
        rows::each_add(conn, days, |customer, userid, day| {
            let cells = (staff.code(userid), day.map_or(NO_DAY, day_cell));
            sums.add(cells.1);
            added.ask(customer, cells, |cells, row, key| {
                note(&mut adds, cells, row, key);
            });
            ticker.tick();
        })?;
        added.answer(|cells, row, key| note(&mut adds, cells, row, key));
        adds.shrink();
        Ok(adds)
    }

    fn circles(&self, conn: &Connection) -> rusqlite::Result<(Groups, Steps)> {
        let (mut groups, mut steps) = (Groups::default(), Steps::default());
        if self.wants(Table::Groups) {
            rows::each_group(conn, |id, name| groups.set(id, Some((name, Vec::new()))))?;
            self.members(conn, &mut groups)?;
            groups.finish();
        }
        if self.wants(Table::Steps) {
            self.steps(conn, &mut steps)?;
            steps.finish();
        }
        Ok((groups, steps))
    }

    /// Members of groups, those of one together.
    fn members(&self, conn: &Connection, groups: &mut Groups) -> rusqlite::Result<()> {
        let mut ticker = self.shared.ticker();
        let mut members = Asked::new(&self.finder);
        let join = |groups: &mut Groups, place, row, key: &str| {
            groups.join(place, self.found(row, key));
        };
        let (mut group, mut place) = (String::new(), groups.place(""));
        rows::each_member(conn, |id, member| {
            if group != id {
                (group, place) = (id.to_owned(), groups.place(id));
            }
            if let Some(place) = place {
                members.ask(member, place, |place, row, key| {
                    join(groups, place, row, key);
                });
            }
            ticker.tick();
        })?;
        members.answer(|place, row, key| join(groups, place, row, key));
        Ok(())
    }

    /// People at the steps of campaigns, those of one together and ascending.
    fn steps(&self, conn: &Connection, steps: &mut Steps) -> rusqlite::Result<()> {
        let mut ticker = self.shared.ticker();
        let (mut of, mut people) = ((0, String::new()), Vec::new());
        rows::each_step(conn, |campaign, step, person| {
            if (of.0, of.1.as_str()) != (campaign, step) {
                steps.put((of.0, &of.1), &mut people);
                of = (campaign, step.to_owned());
            }
            people.push(self.person(person));
            ticker.tick();
        })?;
        steps.put((of.0, &of.1), &mut people);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn who_waits_for_the_middle_wakes_up_however_looking_for_it_ends() {
        let failing = || -> rusqlite::Result<Option<Key>> { Err(rusqlite::Error::InvalidQuery) };
        let middle = Middle::new();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| middle.wait().is_none());
            assert!(tell_middle(&middle, failing).is_err());
            assert!(waiting.join().unwrap());
        });
        let middle = Middle::new();
        let panics = catch_unwind(AssertUnwindSafe(|| {
            tell_middle(&middle, || panic!("a defect")).is_ok()
        }));
        assert!(panics.is_err());
        assert!(middle.get().is_some_and(Option::is_none));
    }
}
