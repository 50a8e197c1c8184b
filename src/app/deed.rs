//! What the console does to the world outside its panes: a file written, customers edited, an act taken back. A deed goes
//! out as an effect; what came of it comes back as a message.

use crate::domain::{CampaignId, CustomerId, SafeText, Sentence};
use crate::engine::answer::{BoardMetric, GmvKind};
use crate::engine::request::{GroupSort, Scope};
use crate::filter::{Filter, SortKey};

pub use crate::domain::tag::OWN_TAGS;

/// Something to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// Rows into a file.
    Export(Box<Export>),
    /// Customers edited.
    Edit(Box<Edit>),
    /// The last act of one's own taken back.
    Undo,
    /// The last undo taken back.
    Redo,
    /// Names shown whole: noted in the journal first.
    Reveal,
    /// The names an edit of these customers chooses from are wanted; it has none yet.
    Names(Box<Edit>),
    /// A tag made of the name that is given, and customers tagged with it.
    NewTag(Box<Edit>),
}

/// Which customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// These.
    These(Vec<CustomerId>),
    /// All of the scope but these.
    AllBut(Vec<CustomerId>),
}

/// Rows of a pane, all of them, in the pane's order.
#[derive(Clone, Debug, PartialEq)]
pub enum Rows {
    /// Customers in an order.
    Customers(Vec<SortKey>, Chosen),
    /// Tags.
    Tags,
    /// Groups under a filter over them, in an order, reversed.
    Groups(Filter, GroupSort, bool),
    /// The KPI tree.
    Kpi(Option<CampaignId>, GmvKind),
    /// The leaderboard.
    Board(BoardMetric),
}

/// Rows into a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// Which.
    pub rows: Rows,
    /// Under which scope.
    pub scope: Scope,
    /// The file as typed; its ending says the format.
    pub file: String,
    /// Phones whole: it has been confirmed.
    pub unmask: bool,
    /// Names masked too.
    pub mask: bool,
    /// Replace a file that is there: it has been confirmed.
    pub replaces: bool,
}

/// What is done to customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Editing {
    /// They get a tag.
    Tag,
    /// They lose a tag.
    Untag,
    /// They stand at a stage.
    Stage,
    /// They belong to a member of staff.
    Owner,
}

/// Customers edited.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// What.
    pub editing: Editing,
    /// The tag or stage, as typed.
    pub name: String,
    /// Whom.
    pub chosen: Chosen,
    /// Under which scope.
    pub scope: Scope,
    /// The state of the workspace the operator looked at; `None`: whatever others did meanwhile.
    pub seen: Option<u64>,
}

/// Whom an edit will be about, settled when it is begun: what others commit meanwhile moves the cursor, not the edit.
#[derive(Clone, Debug, PartialEq)]
pub struct Whom {
    /// Which customers.
    pub chosen: Chosen,
    /// Under which scope.
    pub scope: Scope,
    /// The state of the workspace that was on screen; `None` where none could be named.
    pub seen: Option<u64>,
    /// How many they were then.
    pub count: u64,
    /// The name of the only one, as on screen.
    pub name: Option<SafeText>,
    /// They were marked under another filter and may not be on the list.
    pub elsewhere: bool,
}

impl Whom {
    /// The edit itself, once it is said what is done to them.
    pub(super) fn edit(&self, editing: Editing, name: String) -> Edit {
        Edit {
            editing,
            name,
            chosen: self.chosen.clone(),
            scope: self.scope.clone(),
            seen: self.seen,
        }
    }
}

/// What came of a deed.
#[derive(Clone, Debug, PartialEq)]
pub enum Came {
    /// A file was written: rows, whole phones, where.
    Exported(u64, bool, SafeText),
    /// A file of that name is there already.
    Exists(Box<Export>),
    /// The ending says no format.
    NoFormat,
    /// Committed: name, customers changed, customers who were so already.
    Edited(Editing, SafeText, u64, u64),
    /// The names an edit chooses from, in the order of the workspace.
    Names(Editing, Vec<SafeText>),
    /// The names an edit chooses from cannot be told: why.
    NoNames(SafeText),
    /// It was given up before it began.
    GivenUp,
    /// No tag, stage or member of staff of that name; the nearest one.
    NoSuch(Box<Edit>, Option<SafeText>),
    /// Several tags, stages or members of staff have that name: their ids.
    Several(Box<Edit>, Vec<SafeText>),
    /// Others changed so many of these customers since (0: nobody can say); nothing was written.
    Changed(Box<Edit>, u64),
    /// An act was taken back, or one that had been comes `again`.
    Undone {
        /// The tag's or stage's name, or the target.
        name: SafeText,
        /// Customers it was about; `None` for what is about none.
        customers: Option<u64>,
        /// It was an undo that was taken back.
        again: bool,
    },
    /// Nothing was done in this console; the line of the newest act elsewhere that could be taken back by name.
    UndoElsewhere(i64),
    /// Nothing of one's own is left to take back.
    NothingToUndo,
    /// Nothing was taken back since the last act of one's own.
    NothingToRedo,
    /// The act cannot be taken back: so many things are otherwise since, the first few.
    NotUndone(u64, Vec<SafeText>),
    /// The act that was taken back cannot come again, for the same reasons.
    NotRedone(u64, Vec<SafeText>),
    /// The journal has who shows names whole: they may be.
    Revealed,
    /// Views, layout and filter could not be kept: why. No deed of anybody's.
    NotKept(Sentence),
    /// It failed: why, and what to do.
    Failed(SafeText),
}

/// What a text field asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// The file of an export; whole phones.
    Export {
        /// Whole phones.
        unmask: bool,
    },
    /// A tag or a stage.
    Edit(Editing),
}
