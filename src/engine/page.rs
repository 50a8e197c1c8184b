//! The customer list and the tag pane as snapshots.

use super::Engine;
use super::answer::{CustomerRow, CustomersPage, Rfm, Stamp, TagGroup, TagRow, TagsPage};
use super::narrow::Narrow;
use super::select::Ground;
use super::selection::Selection;
use super::window::{Wanted, Window};
use crate::domain::{CustomerId, Fen, Rate, SafeText, mask};
use crate::filter::{Field, Filter, SortKey, edit};

/// How much of a person is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disclosure {
    /// Names, phones and ids masked: projector, `--mask`.
    Masked,
    /// Names as they are, phones masked.
    #[default]
    Usual,
    /// Everything; only where it was asked for.
    Whole,
}

/// A question for the customer list.
#[derive(Clone, Copy, Debug)]
pub struct ListAsk<'a> {
    /// Which customers.
    pub filter: &'a Filter,
    /// Read against.
    pub ground: Ground<'a>,
    /// Sort; when empty the filter's own, else [`ALARM_FIRST`](super::request::ALARM_FIRST).
    pub sort: &'a [SortKey],
    /// Position of the first row.
    pub offset: u64,
    /// How many rows.
    pub rows: u32,
    /// A customer to keep in the window, and how far from its top.
    pub anchor: Option<(&'a CustomerId, u32)>,
    /// How much is told.
    pub disclosure: Disclosure,
}

impl Engine {
    /// A window of the customer list.
    pub fn customers_page(&mut self, ask: &ListAsk<'_>, stamp: Stamp) -> CustomersPage {
        let (selection, window) = self.listed(ask);
        let rows = window
            .rows
            .iter()
            .map(|row| self.customer_row(*row, ask.disclosure))
            .collect();
        let culprit = if selection.hits == 0 {
            self.culprit(ask.filter, ask.ground)
        } else {
            None
        };
        CustomersPage {
            stamp,
            hits: selection.hits,
            pool: self.pool(),
            spend: selection.spend,
            offset: window.offset,
            rows,
            anchor_at: window.anchor_at,
            preliminary: false,
            sketch: false,
            culprit,
        }
    }

    /// A new page would hold as many hits and as much spend as this one, and the same customers in the same places: it
    /// differs only where cells of theirs do.
    pub fn still_lists(&mut self, ask: &ListAsk<'_>, page: &CustomersPage) -> bool {
        let (selection, window) = self.listed(ask);
        let ids = &self.customers.ids;
        let customers = window.rows.iter().map(|row| ids.get(*row));
        // Without hits a page says why.
        selection.hits > 0
            && (selection.hits, selection.spend, self.pool()) == (page.hits, page.spend, page.pool)
            && (window.offset, window.anchor_at) == (page.offset, page.anchor_at)
            && customers.eq(page.rows.iter().map(|row| row.id.as_str()))
    }

    /// The customers of a window of the list, and where it stands. Scores are computed.
    fn listed(&mut self, ask: &ListAsk<'_>) -> (Selection, Window) {
        let selection = self.selection(ask.filter, ask.ground);
        let sort = if ask.sort.is_empty() {
            ask.filter.sort.as_slice()
        } else {
            ask.sort
        };
        self.scores(ask.ground.as_of.today());
        if selection.hits == 0 {
            return (selection, Window::default());
        }
        let anchor = ask
            .anchor
            .and_then(|(id, from_top)| Some((self.customers.ids.find(id.as_str())?, from_top)));
        let limit = ask.filter.limit.unwrap_or(u64::MAX);
        let last = limit.min(selection.hits).saturating_sub(1);
        let wanted = Wanted {
            offset: ask.offset.min(last),
            rows: ask.rows as usize,
            anchor,
        };
        let mut window = self.window(sort, &selection.rows, wanted);
        let within = usize::try_from(limit.saturating_sub(window.offset)).unwrap_or(usize::MAX);
        window.rows.truncate(within);
        (selection, window)
    }

    /// The first `most` customers under a filter in the order of a sort (when empty the filter's own): their rows, to be read later with [`Engine::rows_at`]. A customer who goes meanwhile is left out then.
    pub fn listing(
        &mut self,
        filter: &Filter,
        ground: Ground<'_>,
        sort: &[SortKey],
        most: u64,
    ) -> (Selection, Vec<u32>) {
        let selection = self.selection(filter, ground);
        self.scores(ground.as_of.today());
        if selection.hits == 0 {
            return (selection, Vec::new());
        }
        let wanted = Wanted {
            offset: 0,
            rows: usize::try_from(most.min(selection.hits)).unwrap_or(usize::MAX),
            anchor: None,
        };
        let sort = if sort.is_empty() { &filter.sort } else { sort };
        let rows = self.window(sort, &selection.rows, wanted).rows;
        (selection, rows)
    }

    /// Customers as listed, by row; rows that died are left out.
    pub fn rows_at(&self, rows: &[u32], disclosure: Disclosure) -> Vec<CustomerRow> {
        let alive = rows.iter().filter(|row| self.customers.live.has(**row));
        alive
            .map(|row| self.customer_row(*row, disclosure))
            .collect()
    }

    /// Rows of ids; those of nobody are left out.
    pub fn rows_of(&self, ids: &[CustomerId]) -> Vec<u32> {
        let find = |id: &CustomerId| self.customers.ids.find(id.as_str());
        ids.iter().filter_map(find).collect()
    }

    /// Ids of rows; rows that died are left out.
    pub fn ids_at(&self, rows: &[u32]) -> Vec<CustomerId> {
        let alive = rows.iter().filter(|row| self.customers.live.has(**row));
        alive
            .map(|row| CustomerId::from(self.customers.ids.get(*row)))
            .collect()
    }

    /// A customer as listed; `None` when there is no such customer.
    pub fn customer(
        &mut self,
        id: &CustomerId,
        ground: Ground<'_>,
        disclosure: Disclosure,
    ) -> Option<CustomerRow> {
        let row = self
            .customers
            .ids
            .find(id.as_str())
            .filter(|row| self.customers.live.has(*row))?;
        self.scores(ground.as_of.today());
        Some(self.customer_row(row, disclosure))
    }

    /// One row. Scores have been computed.
    fn customer_row(&self, row: u32, disclosure: Disclosure) -> CustomerRow {
        let (c, words, at) = (&self.customers, &self.words, row as usize);
        let code = |column: &Narrow| column.get(at).filter(|code| *code != 0);
        let phone = c.phones.get(row);
        let name = c.names.get(row);
        let scores = self.derived.as_ref();
        let spend = c.spend.get(row).unwrap_or(0);
        CustomerRow {
            id: CustomerId::from(c.ids.get(row)),
            name: if disclosure == Disclosure::Masked {
                SafeText::new(&mask::name(name))
            } else {
                SafeText::new(name)
            },
            phone: if disclosure == Disclosure::Whole {
                SafeText::new(&phone)
            } else {
                SafeText::new(&mask::phone(&phone))
            },
            gender: c.gender.get(at).copied().unwrap_or(0),
            city: code(&c.city)
                .and_then(|code| c.cities.word(code))
                .map(|w| SafeText::new(w))
                .unwrap_or_default(),
            tags: words.tags_in_order(&self.tags.of(row)),
            stage: code(&c.stage)
                .and_then(|code| words.stage_names.get(&code))
                .map(|(_, n)| n.name.clone()),
            spend: Fen(spend),
            orders: c.orders_of(row),
            last_purchase: c.last_paid.get(row),
            last_contact: c.last_contact.get(row),
            added: c.added.get(row),
            owner: code(&c.owner).and_then(|code| words.staff_member(code)),
            source: code(&c.source)
                .and_then(|code| words.channel_names.get(&code))
                .map(|(_, n)| n.name.clone())
                .unwrap_or_default(),
            rfm: scores.and_then(|s| s.rfm(row)).map(|s| Rfm {
                r: s.r,
                f: s.f,
                m: s.m,
                segment: s.segment,
            }),
            risk: scores.and_then(|s| s.level(row)),
            value_at_risk: scores.and_then(|s| s.at_risk(row, spend)),
        }
    }

    /// The tag pane: counts of every tag under scope and filter.
    pub fn tags_page(&mut self, filter: &Filter, ground: Ground<'_>, stamp: Stamp) -> TagsPage {
        let selection = self.selection(filter, ground);
        let hits = self.tag_counts(&selection);
        let scope = self.selection(&Filter::default(), ground);
        let all = self.tag_counts(&scope);
        let of = |counts: &[u64], code: u16| counts.get(usize::from(code)).copied().unwrap_or(0);
        let row = |tag: &super::names::Tag| TagRow {
            id: tag.id.clone(),
            name: tag.name.clone(),
            state: edit::state_of(filter, Field::Tag, tag.id.as_str(), &tag.raw),
            all: of(&all, tag.code),
            hits: of(&hits, tag.code),
            share: Rate {
                num: of(&hits, tag.code) as f64,
                den: selection.hits as f64,
            },
        };
        let groups = self
            .words
            .tag_sets
            .iter()
            .map(|set| TagGroup {
                id: set.id.clone(),
                family: set.family,
                name: set.name.clone(),
                tags: set.tags.iter().map(row).collect(),
            })
            .collect();
        TagsPage {
            stamp,
            hits: selection.hits,
            pool: self.pool(),
            groups,
        }
    }
}
