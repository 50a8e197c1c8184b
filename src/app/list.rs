//! A selectable list: the selection is an identity, not an index; it survives moving rows.

/// Selection and marks over rows of identity `Id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<Id> {
    /// The row under the cursor.
    pub cursor: Option<Id>,
    /// Its position among all rows.
    pub index: u64,
    /// First row on screen.
    pub top: u64,
    /// Marked rows.
    pub marked: Vec<Id>,
}

impl<Id> Default for List<Id> {
    fn default() -> Self {
        Self {
            cursor: None,
            index: 0,
            top: 0,
            marked: Vec::new(),
        }
    }
}
