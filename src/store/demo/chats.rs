//! Groups before anybody is in them: whose they are, since when, and what is the matter with them.
//!
//! Each state the console must show exists at every size of the demo: silent, full, losing people, ownerless, new,
//! unmeasured, few voices, flash, tiny, thriving, dissolved. Two groups of three are well.

use super::calendar::Calendar;
use super::ids::Ids;
use super::org::Org;
use super::rng::Rng;

/// What is the matter with a group.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Ordinary,
    Thriving,
    Silent,
    Full,
    Exits,
    Ownerless,
    New,
    Unmeasured,
    FewVoices,
    Flash,
    Tiny,
    Dissolved,
    Neglected,
}

/// States and how many groups of a hundred are in them.
const STATES: [(State, u64); 13] = [
    (State::Ordinary, 46),
    (State::Thriving, 14),
    (State::Silent, 4),
    (State::Full, 2),
    (State::Exits, 3),
    (State::Ownerless, 2),
    (State::New, 3),
    (State::Unmeasured, 3),
    (State::FewVoices, 3),
    (State::Flash, 2),
    (State::Tiny, 1),
    (State::Dissolved, 1),
    (State::Neglected, 18),
];

/// A group before anybody is in it.
pub(super) struct Chat {
    pub(super) id: String,
    /// Position in [`Org::staff`].
    pub(super) owner: u16,
    /// Unix seconds.
    pub(super) created: i64,
    pub(super) state: State,
}

/// The groups before anybody is in them.
pub(super) struct Chats {
    pub(super) list: Vec<Chat>,
    /// Positions in `list`, per position in [`Org::staff`].
    by_owner: Vec<Vec<u32>>,
}

impl Chats {
    /// `count` groups with owners and birthdays.
    pub(super) fn new(
        rng: &mut Rng,
        calendar: &Calendar,
        org: &Org,
        ids: &Ids,
        count: usize,
    ) -> Self {
        let weights = STATES.map(|(_, w)| w);
        let mut by_owner = vec![Vec::new(); org.staff.len()];
        let leavers: Vec<u16> = org
            .sellers
            .iter()
            .copied()
            .filter(|g| org.at(*g).is_some_and(|s| s.left_at.is_some()))
            .collect();
        let list: Vec<Chat> = (0..count)
            .map(|n| {
                let at = if n < STATES.len() {
                    n
                } else {
                    rng.weighted(&weights)
                };
                let state = STATES.get(at).map_or(State::Ordinary, |s| s.0);
                let owner = if state == State::Ownerless {
                    rng.pick(&leavers)
                } else {
                    org.present_guide(rng)
                };
                let ago = match state {
                    State::New => rng.between(1, 5),
                    State::Flash => 6,
                    _ => rng.between(50, 380),
                };
                if let Some(own) = by_owner.get_mut(usize::from(owner)) {
                    own.push(u32::try_from(n).unwrap_or(0));
                }
                let created =
                    calendar.start(i32::try_from(ago).unwrap_or(1)) + rng.between(32_400, 64_800);
                Chat {
                    id: ids.chat(n, count),
                    owner,
                    created,
                    state,
                }
            })
            .collect();
        Self { list, by_owner }
    }

    /// One of a guide's groups that existed then.
    pub(super) fn of(&self, rng: &mut Rng, guide: u16, at: i64) -> Option<&str> {
        let own = self.by_owner.get(usize::from(guide))?;
        let chat = self.list.get(usize::try_from(rng.pick(own)).ok()?)?;
        (!own.is_empty() && chat.created < at && chat.state != State::Dissolved)
            .then_some(chat.id.as_str())
    }
}
