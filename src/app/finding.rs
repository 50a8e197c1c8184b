//! Whatever has a name is found by it, in Chinese, pinyin or initials: customers, staff, tags, groups and campaigns in the
//! palette, and the names that a filter is completed with.

use crate::engine::answer::CustomersPage;
use crate::engine::request::{Called, Kind, Question, Scope, Slot};
use crate::filter::fold::fold_text_char;
use crate::filter::{Expr, Field, Filter, Match, NameMatcher, Test, print};

use super::input::is_han;
use super::overlay::{DetailState, Overlay, PaletteState};
use super::panes::Pane;
use super::state::App;
use super::terms;
use super::turn::Turn;

/// Customers the palette lists at most.
const CUSTOMERS: u32 = 8;
/// Other things it lists at most.
const OTHERS: usize = 40;

/// What is known of names.
#[derive(Clone, Debug, Default)]
pub(super) struct Finding {
    /// What everything but customers is called; none until it has come.
    names: Vec<Called>,
    /// The customers found last, as long as the palette is open: who closes it may mask names, or see somebody erased.
    customers: Option<CustomersPage>,
}

impl App {
    /// What the palette asks: all names, and the customers of the text that is searched for.
    pub(super) fn looked_for(&self, state: &PaletteState) -> Vec<(Slot, Question)> {
        if state.help {
            return Vec::new();
        }
        let mut wanted = vec![(Slot::Names, Question::Names)];
        if let Some(filter) = customers_called(state.line.text()) {
            let question = Question::Customers {
                scope: Scope {
                    org: None,
                    period: self.scope.period,
                    filter,
                },
                sort: Vec::new(),
                offset: 0,
                rows: CUSTOMERS,
                anchor: None,
            };
            wanted.push((Slot::Found, question));
        }
        wanted
    }

    /// What is called as the palette's text says: what begins so before what holds it, customers last.
    pub(super) fn targets(&self, state: &PaletteState) -> Vec<Called> {
        let text = state.line.text().trim().to_owned();
        if state.help || text.is_empty() {
            return Vec::new();
        }
        let matcher = NameMatcher::new(&text);
        let all = self.memory.finding.names.iter();
        let hits = all.filter(|one| matcher.is_match(one.name.as_str()) || one.id == text);
        let mut found: Vec<Called> = hits.cloned().collect();
        found.sort_by_key(|one| {
            let name = one.name.as_str();
            (one.id != text && name != text, !name.starts_with(&text))
        });
        found.truncate(OTHERS);
        let asked = customers_called(&text).map(|filter| print(&filter));
        let page = self.memory.finding.customers.as_ref();
        let page = page.filter(|page| asked.as_ref() == Some(&page.stamp.filter));
        let customers = page.into_iter().flat_map(|page| &page.rows);
        found.extend(customers.map(|row| Called {
            kind: Kind::Customer,
            id: row.id.as_str().to_owned(),
            name: row.name.clone(),
            note: row.phone.clone(),
        }));
        found
    }

    /// All names have come.
    pub(super) fn take_names(&mut self, names: Vec<Called>) {
        if self.memory.finding.names == names {
            return;
        }
        self.memory.finding.names = names;
        self.found_more();
    }

    /// The customers of the palette's text have come.
    pub(super) fn take_found(&mut self, page: CustomersPage) {
        self.memory.finding.customers = Some(page);
        self.found_more();
    }

    /// The palette has been closed.
    pub(super) fn forget_found(&mut self) {
        self.memory.finding.customers = None;
    }

    /// More is known than when the list was made: a cursor that was moved stays on the row it stood on.
    fn found_more(&mut self) {
        if let Some(Overlay::Filter(_)) = self.overlays.last() {
            self.complete_filter();
        }
        let Some(Overlay::Palette(state)) = self.overlays.last() else {
            return;
        };
        let rows = self.palette_rows(state);
        if state.rows == rows {
            return;
        }
        self.dirty = true;
        if let Some(Overlay::Palette(state)) = self.overlays.last_mut() {
            let stood = state.rows.get(state.chosen);
            let at = rows
                .iter()
                .position(|row| stood.is_some_and(|s| s.is_same(row)));
            let last = rows.len().saturating_sub(1);
            // Nobody has walked away from the top: it is the best fit, whatever comes.
            state.chosen = match state.chosen {
                0 => 0,
                chosen => at.unwrap_or(chosen.min(last)),
            };
            state.rows = rows;
        }
    }

    /// Goes to what was found: a customer's card, the customers of anybody or anything else, the tree of a campaign.
    pub(super) fn go_to(&mut self, target: &Called, turn: &mut Turn) {
        let field = match target.kind {
            Kind::Customer => {
                let id = target.id.as_str().into();
                let (detail, top) = (None, 0);
                let card = DetailState { id, detail, top };
                return self.overlays.push(Overlay::Detail(card));
            }
            Kind::Campaign => {
                self.focus_on(Pane::Kpi);
                let kpi = &mut self.panes.kpi;
                kpi.campaign = target.id.parse().ok().map(crate::domain::CampaignId);
                kpi.cursor.clear();
                kpi.cursor_campaign = None;
                return;
            }
            Kind::Staff => Field::Owner,
            Kind::Tag => Field::Tag,
            Kind::Group => Field::Group,
        };
        self.look_at(terms::of_id(field, &target.id), turn);
    }

    /// The names of a kind: all of them where they have come, else those at hand.
    pub(super) fn known(&self, kind: Kind, at_hand: Vec<String>) -> Vec<String> {
        let names = self.memory.finding.names.iter();
        let all = names.filter(|one| one.kind == kind);
        let all: Vec<String> = all.map(|one| one.name.to_string()).collect();
        if all.is_empty() { at_hand } else { all }
    }

    /// Names of the tags on screen, the most used first.
    pub(super) fn tags_at_hand(&self) -> Vec<String> {
        let pages = self.panes.tags.page.value.iter();
        let mut tags: Vec<_> = pages
            .flat_map(|page| &page.groups)
            .flat_map(|group| &group.tags)
            .collect();
        tags.sort_by_key(|tag| std::cmp::Reverse(tag.all));
        tags.iter().map(|tag| tag.name.to_string()).collect()
    }

    pub(super) fn staff_at_hand(&self) -> Vec<String> {
        let board = self
            .panes
            .board
            .page
            .value
            .iter()
            .flat_map(|page| &page.rows);
        let board = board.map(|row| row.called().to_string());
        let pages = self.panes.customers.page.value.iter();
        let owners = pages
            .flat_map(|page| &page.rows)
            .filter_map(|row| row.owner.as_ref());
        board
            .chain(owners.map(|(_, name)| name.to_string()))
            .collect()
    }

    pub(super) fn groups_at_hand(&self) -> Vec<String> {
        let pages = self.panes.groups.page.value.iter();
        pages
            .flat_map(|page| &page.rows)
            .map(|row| row.name.to_string())
            .collect()
    }
}

/// The customers of a name, part of a name or end of a phone; none for a single letter.
fn customers_called(text: &str) -> Option<Filter> {
    let text: String = text.trim().chars().map(fold_text_char).collect();
    if text.chars().count() < 2 && !text.chars().any(is_han) {
        return None;
    }
    let called = Test::Has(vec![Match::word(&text)]);
    Some(Filter {
        expr: Expr::term(Field::Text, called),
        ..Filter::default()
    })
}
