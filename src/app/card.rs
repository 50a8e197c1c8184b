//! The card beside the customer list. It follows the cursor once cursor and keyboard rest: a held key moves rows at its own
//! pace, no character typed waits for a card, and neither the store nor a slow line carries cards that nobody could read.

use super::App;
use super::asking::Turn;
use crate::config::keys::Chord;
use crate::domain::CustomerId;

/// Cursor and keyboard rest when neither has moved for so long, milliseconds.
const REST: u64 = 120;

/// Whom the card is of, and whom it will be of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Card {
    /// Whom it is asked for.
    of: Option<CustomerId>,
    /// Where the cursor stands, and from when on the card may follow it.
    next: Option<(CustomerId, u64)>,
}

impl App {
    /// Notes where the cursor stands, and lets the card follow it when its time has come. The first card comes at once.
    pub(super) fn follow_cursor(&mut self, millis: u64) {
        let customers = &self.panes.customers;
        let cursor = customers.list.cursor.clone();
        let card = &mut self.memory.card;
        if cursor.is_none()
            && customers
                .page
                .value
                .as_ref()
                .is_some_and(|page| page.hits > 0)
        {
            // Its row comes with the next answer.
            return;
        }
        if cursor.is_none() || card.of.is_none() || card.of == cursor {
            card.of = cursor;
            card.next = None;
            return;
        }
        if card.next.as_ref().map(|(id, _)| id) != cursor.as_ref() {
            card.next = cursor.map(|id| (id, millis + REST));
        }
        if let Some((id, _)) = card.next.take_if(|(_, at)| *at <= millis) {
            card.of = Some(id);
        }
    }

    /// A key was pressed: the card waits on.
    pub(super) fn pressed(&mut self, chord: Chord, turn: &mut Turn) {
        if let Some((_, at)) = &mut self.memory.card.next {
            *at = turn.now.millis + REST;
        }
        self.key(chord, turn);
    }

    /// When the card follows, monotonic milliseconds.
    pub(super) fn card_due(&self) -> Option<u64> {
        self.memory.card.next.as_ref().map(|(_, at)| *at)
    }

    /// Whom the card is of.
    pub(super) fn card_of(&self) -> Option<&CustomerId> {
        self.memory.card.of.as_ref()
    }
}
