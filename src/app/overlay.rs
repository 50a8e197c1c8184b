//! What lies over the panes: one enum, a small stack, the top one takes the keys.

use tui_input::Input;

use super::list::List;
use crate::domain::{ChatId, CustomerId, DeptId};
use crate::engine::answer::{CustomerDetail, OrgNode};
use crate::engine::request::Called;
use crate::filter::Filter;

use super::state::View;

/// An overlay.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there are two or three of them at most"
)]
pub enum Overlay {
    /// The filter line being edited.
    Filter(FilterEdit),
    /// `:` command line.
    CommandLine(LineEdit),
    /// Command palette (`Ctrl-P`), or help of the focused pane (`?`): the same list, filtered.
    Palette(PaletteState),
    /// A customer opened, with timeline.
    Detail(DetailState),
    /// Org node chooser (`gs`).
    Org(OrgState),
    /// Column chooser of the customer list (`,`).
    Columns(ColumnsState),
    /// Definition of the figure under the cursor (`gd`): metric code.
    Definition(&'static str),
    /// Changes since the last look (`D`).
    Changes(usize),
    /// Detached imports (`J`).
    Jobs(usize),
    /// Saved views (`o`).
    Views(usize),
    /// Name of a view to save (`w`).
    SaveView(LineEdit),
    /// A text asked for: a file, a tag, a stage.
    Prompt(PromptState),
    /// A yes/no question in words, and what to do on yes.
    Question(String, Box<Meant>),
    /// A yes/no question: text key, what to do on yes.
    Confirm(&'static str, super::Command),
}

/// What is done when a question is answered with yes.
#[derive(Clone, Debug, PartialEq)]
pub enum Meant {
    /// This deed.
    Deed(super::deed::Deed),
    /// A view is saved in the place of the one of its name.
    SaveView(View),
    /// The view of this name is removed.
    RemoveView(String),
    /// The console is left.
    Leave,
}

/// A text asked for.
#[derive(Clone, Debug)]
pub struct PromptState {
    /// For what.
    pub prompt: super::deed::Prompt,
    /// The text.
    pub line: LineEdit,
    /// All names it chooses from; `None` until they have come.
    pub names: Option<Vec<String>>,
    /// Whom an edit is about.
    pub whom: Option<super::deed::Whom>,
    /// An arrow chose a row: an empty text means it from then on.
    pub picked: bool,
}

/// A text field with history.
#[derive(Clone, Debug, Default)]
pub struct LineEdit {
    /// Text and cursor, by grapheme.
    pub input: Input,
    /// Position in the history while walking it.
    pub history_at: Option<usize>,
    /// What is wrong with it: column (in characters) and words.
    pub error: Option<(usize, String)>,
    /// Completions offered, and the chosen one.
    pub completions: Vec<String>,
    /// Index of the chosen completion.
    pub chosen: usize,
    /// The text is an offer, selected as a whole: what is typed replaces it, a movement goes into it.
    pub offered: bool,
}

/// The filter being typed: live count, caret on errors, last good filter stays applied.
#[derive(Clone, Debug, Default)]
pub struct FilterEdit {
    /// The line.
    pub line: LineEdit,
    /// What Esc restores.
    pub before: Filter,
    /// That filter as the text began: with names in place of ids.
    pub shown: Filter,
    /// Hits of the text as typed, when it parses.
    pub hits: Option<u64>,
    /// What the text says; `None` while it does not parse.
    pub parsed: Option<Filter>,
    /// It is the filter over the groups themselves, edited in the group pane.
    pub groups: bool,
    /// Where the customer list stood: the rows follow the typing, Esc comes back here.
    pub customers_at: List<CustomerId>,
    /// Where the group list stood.
    pub groups_at: List<ChatId>,
}

/// A row of the palette.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sought {
    /// Something to do.
    Command(super::Command),
    /// Something that is called so.
    Named(Called),
}

impl Sought {
    /// It is about the same thing.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Command(one), Self::Command(other)) => one == other,
            (Self::Named(one), Self::Named(other)) => {
                (one.kind, &one.id) == (other.kind, &other.id)
            }
            (Self::Command(_), Self::Named(_)) | (Self::Named(_), Self::Command(_)) => false,
        }
    }
}

/// Palette and help.
#[derive(Clone, Debug, Default)]
pub struct PaletteState {
    /// Search text.
    pub line: LineEdit,
    /// Rows under the search, in order.
    pub rows: Vec<Sought>,
    /// Chosen row.
    pub chosen: usize,
    /// Opened by `?`: only what applies in the focused pane.
    pub help: bool,
}

/// Detail of a customer.
#[derive(Clone, Debug)]
pub struct DetailState {
    /// Who.
    pub id: CustomerId,
    /// What is known; `None` while loading.
    pub detail: Option<Box<CustomerDetail>>,
    /// First timeline line on screen.
    pub top: usize,
}

/// Org chooser.
#[derive(Clone, Debug, Default)]
pub struct OrgState {
    /// Nodes, depth first; empty while loading.
    pub nodes: Vec<OrgNode>,
    /// Search text.
    pub line: LineEdit,
    /// Nodes under the search.
    pub shown: Vec<DeptId>,
    /// Chosen row; 0 is "whole workspace".
    pub chosen: usize,
}

/// Column chooser.
#[derive(Clone, Debug, Default)]
pub struct ColumnsState {
    /// Chosen row in the list of all columns.
    pub chosen: usize,
}
