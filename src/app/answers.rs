//! Answers and notices of the store: what they put into the panes, and what they mark as changed.

use crate::domain::{CustomerId, Zone};
use crate::engine::answer::{
    BoardPage, CustomersPage, GroupsPage, KpiPage, OrgNode, Stamp, TagsPage,
};
use crate::engine::request::{Answer, Notice, Slot};

use super::overlay::{DetailState, Overlay};
use super::panes::{Loadable, Pane};
use super::state::App;
use super::turn::Turn;

/// A page that says what it was computed from.
pub(super) trait Page: PartialEq {
    /// The stamp.
    fn stamp(&mut self) -> &mut Stamp;
}

macro_rules! pages {
    ($($page:ty),*) => {$(
        impl Page for $page {
            fn stamp(&mut self) -> &mut Stamp {
                &mut self.stamp
            }
        }
    )*};
}
pages!(CustomersPage, TagsPage, GroupsPage, KpiPage, BoardPage);

/// What taking a page did.
pub(super) struct Taken<T> {
    /// The page before.
    pub old: Option<T>,
    /// Something visible differs.
    pub changed: bool,
    /// It answers a question that had been answered before: the workspace changed, not the question.
    pub again: bool,
}

fn take<T: Page>(slot: &mut Loadable<T>, mut new: T, millis: u64) -> Taken<T> {
    let again = slot.waiting.take().is_none();
    let failed = slot.failed.take().is_some();
    let mut old = slot.value.take();
    if let Some(old) = &mut old {
        // "Now" and the revision differ at every answer and are not a change of anything listed.
        let stamp = new.stamp().clone();
        old.stamp().as_of = stamp.as_of;
        old.stamp().revision = stamp.revision;
    }
    let changed = failed || !again || old.as_ref() != Some(&new);
    slot.value = Some(new);
    slot.at = millis;
    Taken {
        old,
        changed,
        again,
    }
}

/// Two rankings are of other people or of another figure: not the same one as it went on.
fn are_others(old: &BoardPage, new: &BoardPage) -> bool {
    let of = |page: &BoardPage| {
        let stamp = &page.stamp;
        let org = stamp.org.as_ref().map(|(id, _)| *id);
        (page.metric, org, stamp.named.clone(), stamp.period)
    };
    of(old) != of(new)
}

impl App {
    /// An answer of a generation.
    pub(super) fn answered(
        &mut self,
        slot: Slot,
        generation: u64,
        answer: Answer,
        turn: &mut Turn,
    ) {
        if self.memory.questions.generation(slot) != Some(generation) {
            return;
        }
        if self.workspace.busy.take().is_some() {
            self.dirty = true;
        }
        // Paused: what the operator asks for is shown, what comes by itself is not.
        if self.freeze.is_some() && (!self.waits(slot) || slot == Slot::Sources) {
            return;
        }
        let now = turn.now.millis;
        match (slot, answer) {
            (Slot::Found, Answer::Customers(page)) => self.take_found(page),
            (_, Answer::Customers(page)) => self.take_customers(page, turn),
            (_, Answer::Tags(page)) => self.take_tags(page, now),
            (_, Answer::Groups(page)) => self.take_groups(page, turn),
            (_, Answer::Kpi(page)) => {
                let taken = take(&mut self.panes.kpi.page, page, now);
                self.dirty |= taken.changed;
            }
            (_, Answer::Board(page)) => self.take_board(page, turn),
            (_, Answer::Customer(found)) => self.take_detail(found, turn),
            (_, Answer::Sources(sources)) => {
                self.dirty |= self.workspace.sources != sources;
                self.workspace.sources = sources;
            }
            (_, Answer::Org(nodes)) => self.take_org(nodes),
            (_, Answer::Names(names)) => self.take_names(names),
            (_, Answer::Failed(why)) => {
                let why = why.say(self.look.lang).to_string();
                self.failed(slot, why, turn);
            }
        }
    }

    /// How many rows the filter being typed finds: as its pane says, once that has its answer.
    fn count_typed(&mut self) {
        fn told<T>(page: &Loadable<T>, hits: impl Fn(&T) -> u64) -> Option<u64> {
            let settled = page.waiting.is_none() && page.failed.is_none();
            page.value.as_ref().filter(|_| settled).map(hits)
        }
        let panes = &self.panes;
        if let Some(Overlay::Filter(edit)) = self.overlays.last_mut() {
            let hits = if edit.groups {
                told(&panes.groups.page, |page| page.rows.len() as u64)
            } else {
                told(&panes.customers.page, |page| page.hits)
            };
            let hits = hits.filter(|_| edit.line.error.is_none());
            self.dirty |= edit.hits != hits;
            edit.hits = hits;
        }
    }

    fn take_customers(&mut self, page: CustomersPage, turn: &mut Turn) {
        let height = self.height(Pane::Customers);
        let anchor: Option<CustomerId> = self.memory.questions.anchor().cloned();
        let customers = &mut self.panes.customers;
        let taken = take(&mut customers.page, page, turn.now.millis);
        let Some(page) = &customers.page.value else {
            return;
        };
        let before = (customers.list.index, customers.list.top);
        let listed = |id: &CustomerId| page.rows.iter().any(|row| row.id == *id);
        // The cursor's row left the window but was not what the window was anchored to: look for it first.
        let lost = customers
            .list
            .kept()
            .is_some_and(|id| !listed(id) && anchor.as_ref() != Some(id));
        if lost && taken.again && page.hits > 0 {
            self.memory.questions.stale(Slot::Customers);
        } else {
            customers
                .list
                .settle(&page.rows, page.offset, page.hits, |row| &row.id);
            customers.list.follow(page.hits, height);
        }
        for row in &page.rows {
            if let Some(kept) = customers.kept.get_mut(&row.id) {
                kept.clone_from(row);
            }
        }
        self.dirty |= taken.changed || before != (customers.list.index, customers.list.top);
        // What the whole knows better than the preview did is no change of the workspace.
        let old = taken.old.filter(|old| !old.preliminary);
        if taken.again {
            self.mark_customers(old, turn);
        }
    }

    /// Names the rows under cursors that were sent to a position while nothing new was asked.
    pub(super) fn settle_lists(&mut self) {
        let (customers, groups, board) = (
            self.height(Pane::Customers),
            self.height(Pane::Groups),
            self.height(Pane::Board),
        );
        let panes = &mut self.panes;
        if let (Some(page), None, None) = (
            &panes.customers.page.value,
            panes.customers.page.waiting,
            &panes.customers.list.cursor,
        ) {
            let list = &mut panes.customers.list;
            list.settle(&page.rows, page.offset, page.hits, |row| &row.id);
            list.follow(page.hits, customers);
        }
        if let (Some(page), None) = (&panes.groups.page.value, &panes.groups.list.cursor) {
            let count = page.rows.len() as u64;
            panes
                .groups
                .list
                .settle(&page.rows, 0, count, |row| &row.id);
            panes.groups.list.follow(count, groups);
        }
        if let (Some(page), None) = (&panes.board.page.value, &panes.board.list.cursor) {
            let count = page.rows.len() as u64;
            panes.board.list.settle(&page.rows, 0, count, |row| &row.id);
            panes.board.list.follow(count, board);
        }
        self.count_typed();
    }

    fn take_tags(&mut self, page: TagsPage, now: u64) {
        let tags = &mut self.panes.tags;
        let under = tags.tag().map(|tag| tag.id.clone());
        let first = tags.page.value.is_none();
        let taken = take(&mut tags.page, page, now);
        if first {
            tags.fold_long();
        }
        if let (Some(id), Some(page)) = (under, &tags.page.value) {
            let place = page.groups.iter().enumerate().find_map(|(g, group)| {
                let tag = group.tags.iter().position(|tag| tag.id == id)?;
                Some((g, Some(tag)))
            });
            if let Some(place) = place {
                tags.cursor = place;
            }
        }
        if !tags.rows().contains(&tags.cursor) {
            tags.cursor = tags.rows().first().copied().unwrap_or_default();
        }
        self.dirty |= taken.changed;
    }

    fn take_groups(&mut self, page: GroupsPage, turn: &mut Turn) {
        let height = self.height(Pane::Groups);
        let groups = &mut self.panes.groups;
        let taken = take(&mut groups.page, page, turn.now.millis);
        if let Some(page) = &groups.page.value {
            let count = page.rows.len() as u64;
            groups.list.settle(&page.rows, 0, count, |row| &row.id);
            groups.list.follow(count, height);
        }
        self.dirty |= taken.changed;
        self.name_changes(Pane::Groups);
        if taken.again {
            self.mark_groups(taken.old, turn);
        }
    }

    fn take_board(&mut self, page: BoardPage, turn: &mut Turn) {
        let height = self.height(Pane::Board);
        let board = &mut self.panes.board;
        let taken = take(&mut board.page, page, turn.now.millis);
        if let Some(page) = &board.page.value {
            let count = page.rows.len() as u64;
            board.list.settle(&page.rows, 0, count, |row| &row.id);
            // A ranking of others is looked at from its first, as far as the cursor's row allows.
            if taken.old.as_ref().is_some_and(|old| are_others(old, page)) {
                board.list.top = 0;
            }
            board.list.follow(count, height);
        }
        self.dirty |= taken.changed;
        self.name_changes(Pane::Board);
        if taken.again {
            self.mark_board(taken.old, turn);
        }
    }

    fn take_detail(
        &mut self,
        found: Option<Box<crate::engine::answer::CustomerDetail>>,
        turn: &mut Turn,
    ) {
        let opened = self
            .overlays
            .iter()
            .position(|overlay| matches!(overlay, Overlay::Detail(_)));
        if opened.is_none() && self.is_looked_up(found.as_deref()) {
            return;
        }
        let Some(detail) = found else {
            if let Some(at) = opened {
                self.overlays.truncate(at);
                self.toast(turn, ("这位客户已不在库中", "This customer is gone"), true);
            }
            self.dirty |= self.detail.take().is_some();
            return;
        };
        if let Some(Overlay::Detail(state)) = opened.and_then(|at| self.overlays.get_mut(at)) {
            if state.id == detail.row.id && state.detail.as_ref() != Some(&detail) {
                state.detail = Some(detail);
                self.dirty = true;
            }
        } else if self.detail.as_ref().and_then(|d| d.detail.as_ref()) != Some(&detail) {
            self.detail = Some(DetailState {
                id: detail.row.id.clone(),
                detail: Some(detail),
                top: 0,
            });
            self.dirty = true;
        }
    }

    fn take_org(&mut self, nodes: Vec<OrgNode>) {
        if let Some(Overlay::Org(state)) = self.overlays.last_mut() {
            self.dirty |= state.nodes != nodes;
            state.nodes = nodes;
            self.org_search();
        }
    }

    fn failed(&mut self, slot: Slot, why: String, turn: &mut Turn) {
        fn put<T>(page: &mut Loadable<T>, why: String) {
            page.waiting = None;
            page.failed = Some(why);
        }
        self.dirty = true;
        match slot {
            Slot::Customers => put(&mut self.panes.customers.page, why),
            Slot::Tags => put(&mut self.panes.tags.page, why),
            Slot::Groups => put(&mut self.panes.groups.page, why),
            Slot::Kpi => put(&mut self.panes.kpi.page, why),
            Slot::Board => put(&mut self.panes.board.page, why),
            Slot::Detail | Slot::Sources | Slot::Org | Slot::Names | Slot::Found => {
                self.toast_text(turn, why, true);
            }
        }
    }

    /// Business days are those of another zone from here on.
    fn take_zone(&mut self, zone: Zone, turn: &Turn) {
        self.workspace.zone = zone;
        self.memory.questions.all_stale();
        let words = (
            "营业日改按此时区划分, 全部重算",
            "Business days are of another zone now, and all is computed anew",
        );
        let text = format!("{}: {}", self.word(words), zone.0.name());
        self.toast_text(turn, text, false);
    }

    /// The instant that is told of has become a past one: nothing is written any more.
    fn become_past(&mut self, turn: &Turn) {
        self.workspace.read_only = true;
        self.dirty = true;
        self.memory.questions.all_stale();
        let words = (
            "--as-of 之后来了新数据, 停在当时, 从此只读",
            "Rows later than --as-of came in: it shows that moment, and is read-only from here on",
        );
        self.toast(turn, words, true);
    }

    /// Something the store says without being asked.
    pub(super) fn noticed(&mut self, notice: Notice, turn: &mut Turn) {
        let facts = &mut self.workspace;
        match notice {
            Notice::Loading(done, all) => {
                self.dirty |= facts.loading != Some((done, all));
                facts.loading = Some((done, all));
            }
            Notice::Ready => {
                facts.loading = None;
                self.dirty = true;
                self.memory.questions.all_stale();
            }
            Notice::Busy(seconds) => {
                let busy = (seconds > 0).then_some(seconds);
                self.dirty |= facts.busy != busy;
                facts.busy = busy;
            }
            Notice::Trouble(what) => {
                self.dirty |= facts.trouble.as_ref() != Some(&what);
                facts.trouble = Some(what);
            }
            Notice::Recovered => {
                facts.trouble = None;
                facts.busy = None;
                self.dirty = true;
                self.memory.questions.all_stale();
            }
            Notice::Zone(zone) => self.take_zone(zone, turn),
            Notice::Past => self.become_past(turn),
            Notice::Waiting(n) => self.dirty |= std::mem::replace(&mut facts.waiting, n) != n,
            Notice::Changed {
                customers,
                groups,
                staff,
                turned,
                gone,
                more,
            } => {
                self.forget_marks_of(&gone);
                let rows = (customers.as_slice(), groups.as_slice(), staff.as_slice());
                self.rows_changed(rows, &turned, more, turn.now);
            }
        }
    }
}
