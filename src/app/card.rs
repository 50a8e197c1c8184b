//! The card beside the customer list. It follows the cursor once cursor and keyboard rest: a held key moves rows at its own
//! pace, no character typed waits for a card, and neither the store nor a slow line carries cards that nobody could read.

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

impl Card {
    /// Lets the card follow the cursor when its time has come, or at once where none is shown.
    pub(super) fn follow(&mut self, cursor: Option<CustomerId>, millis: u64) {
        if cursor.is_none() || self.of.is_none() || self.of == cursor {
            self.of = cursor;
            self.next = None;
            return;
        }
        if self.next.as_ref().map(|(id, _)| id) != cursor.as_ref() {
            self.next = cursor.map(|id| (id, millis + REST));
        }
        if let Some((id, _)) = self.next.take_if(|(_, at)| *at <= millis) {
            self.of = Some(id);
        }
    }

    /// A key was pressed: the card waits on.
    pub(super) fn wait(&mut self, millis: u64) {
        if let Some((_, at)) = &mut self.next {
            *at = millis + REST;
        }
    }

    /// When the card follows, monotonic milliseconds.
    pub(super) fn due(&self) -> Option<u64> {
        self.next.as_ref().map(|(_, at)| *at)
    }

    /// Whom the card is of.
    pub(super) fn of(&self) -> Option<&CustomerId> {
        self.of.as_ref()
    }
}
