//! The whole state of the console.

use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::{CustomerId, Fixed, Lang, SafeText, Zone};
use crate::engine::answer::{SourceAge, TimelineEvent};
use crate::engine::request::{Scope, Trouble};
use crate::filter::{Filter, SortKey};

use super::Command;
use super::keymap::Keymap;
use super::overlay::{DetailState, Overlay};
use super::panes::{Pane, Panes};
use super::questions::Questions;

pub use super::views::View;
pub use crate::domain::GlyphSet;

/// Colours of deltas, apart from status colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DeltaColours {
    /// Red up, green down.
    #[default]
    Cn,
    /// Green up, red down.
    Intl,
    /// None.
    None,
}

/// Rows that a list scrolls by when the cursor passes an edge of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scrolling {
    /// A list as wide as the terminal.
    pub across: u64,
    /// A list beside other panes.
    pub beside: u64,
}

impl Scrolling {
    /// Rows at once where each scroll sends a list beside other panes anew.
    pub const SEVERAL: u64 = 5;
}

impl Default for Scrolling {
    fn default() -> Self {
        Self {
            across: 1,
            beside: 1,
        }
    }
}

/// How things look; the theme itself is passed to `ui::draw`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Language of the interface; data is shown as it is.
    pub lang: Lang,
    /// Theme by name.
    pub theme: String,
    /// Symbols.
    pub glyphs: GlyphSet,
    /// Delta colours.
    pub delta: DeltaColours,
    /// Names and phones masked.
    pub mask: bool,
    /// Slow link: highlight by a mark, fewer frames.
    pub slow: bool,
    /// Rows that a list scrolls by.
    pub scroll: Scrolling,
    /// Mouse reporting is on.
    pub mouse: bool,
}

/// Number of boxes on screen; each width has a layout of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Layout {
    /// As many as the width carries: one under 100 columns, three to 159, five from 160.
    #[default]
    Auto,
    /// One.
    One,
    /// Three.
    Three,
    /// Five.
    Five,
}

impl Layout {
    /// The next choice.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Auto => Self::One,
            Self::One => Self::Three,
            Self::Three => Self::Five,
            Self::Five => Self::Auto,
        }
    }
}

/// What is known of the workspace file.
#[derive(Clone, Debug, Default)]
pub struct WorkspaceFacts {
    /// Name shown in the top bar (`meta.corp_name`, else the file's name).
    pub name: SafeText,
    /// Where the file is, from the root.
    pub path: Option<PathBuf>,
    /// "Now" as it was given, where it stands still.
    pub as_of: Option<String>,
    /// The same, and where that is.
    pub fixed: Option<Fixed>,
    /// Zone of business days.
    pub zone: Zone,
    /// No writes.
    pub read_only: bool,
    /// Sample rows: marked on every screen.
    pub demo: bool,
    /// Ages of the sources.
    pub sources: Vec<SourceAge>,
    /// The engine is ready; until then rows loaded and rows in all.
    pub loading: Option<(u64, u64)>,
    /// What is wrong with the file, and what to do.
    pub trouble: Option<Trouble>,
    /// Locked by another process since this many seconds.
    pub busy: Option<u64>,
    /// Rows dated later than now, which wait for their time.
    pub waiting: u64,
}

/// A line at the bottom that goes away.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    /// Words.
    pub text: String,
    /// It is an error.
    pub error: bool,
    /// Monotonic ms when it goes.
    pub until: u64,
}

/// Keys typed of an unfinished sequence (`g`, `s`, `t` …).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prefix {
    /// Chords so far.
    pub chords: Vec<crate::config::keys::Chord>,
    /// Since when (monotonic ms); the which-key popup opens 300 ms later.
    pub since: u64,
}

/// Paused: panes stand still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// Unix seconds of the picture.
    pub since: i64,
    /// Rows that changed behind it.
    pub waiting: u64,
}

/// Projector mode.
#[derive(Clone, Debug, PartialEq)]
pub struct Projector {
    /// Pages, in order.
    pub pages: Vec<ProjectorPage>,
    /// Page on screen.
    pub at: usize,
    /// Milliseconds a page.
    pub every: u64,
    /// When the page turns (monotonic ms); `None` while paused.
    pub turns_at: Option<u64>,
    /// Started by `caopan present`: leaving it leaves the program.
    pub only: bool,
    /// The first page is of the whole scope alone.
    pub without_campaign: bool,
}

impl Projector {
    /// Steps of the bar that shows how long the page still stands.
    pub const STEPS: u64 = 10;

    /// Steps left of the page; `None` while paused.
    pub fn steps_left(&self, millis: u64) -> Option<u64> {
        let left = self.turns_at?.saturating_sub(millis);
        Some(left.div_ceil(self.step()).min(Self::STEPS))
    }

    /// The first moment after `millis` at which fewer steps are left; the last of them turns the page.
    pub fn next_step(&self, millis: u64) -> Option<u64> {
        let turns_at = self.turns_at?;
        let left = self.steps_left(millis)?;
        Some(turns_at - left.saturating_sub(1) * self.step())
    }

    fn step(&self) -> u64 {
        (self.every / Self::STEPS).max(1)
    }
}

/// Pages of the projector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProjectorPage {
    /// Target, gap and its cause.
    Target,
    /// Leaderboard.
    Board,
    /// Groups in trouble.
    Groups,
}

/// Where "back" leads: everything a drill-down changed.
#[derive(Clone, Debug)]
pub struct Place {
    /// Focused pane.
    pub pane: Pane,
    /// Scope.
    pub scope: Scope,
    /// Name of the scope's org node.
    pub org_name: Option<SafeText>,
    /// Filter over the groups themselves.
    pub groups_filter: Filter,
    /// Sort of the customer list.
    pub sort: Vec<SortKey>,
    /// Cursor of the customer list and its position.
    pub cursor: (Option<CustomerId>, u64, u64),
    /// Somebody chose the row under it.
    pub held: bool,
    /// It was left by opening a figure: Esc comes back here.
    pub opened: bool,
}

/// A change seen since the last look.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// When it was seen (unix seconds).
    pub at: i64,
    /// Where.
    pub pane: Pane,
    /// Which row: raw id.
    pub id: String,
    /// Name as listed; empty while it is not known.
    pub name: SafeText,
    /// What changed, in words: old and new; empty while it is not known.
    pub what: String,
    /// What happened last, where it was not on screen when it changed.
    pub event: Option<TimelineEvent>,
    /// It has been looked up: what is not known now stays unknown.
    pub looked_up: bool,
}

/// The console.
#[derive(Clone, Debug, Default)]
pub struct App {
    /// Panes.
    pub panes: Panes,
    /// Focused pane.
    pub focus: Pane,
    /// Only the focused pane is shown.
    pub zoom: bool,
    /// Boxes on screen.
    pub layout: Layout,
    /// Scope line.
    pub scope: Scope,
    /// Name of the org node in the scope.
    pub org_name: Option<SafeText>,
    /// Overlays, top last.
    pub overlays: Vec<Overlay>,
    /// Unfinished key sequence.
    pub prefix: Option<Prefix>,
    /// Messages.
    pub toasts: Vec<Toast>,
    /// How things look.
    pub look: Look,
    /// The file.
    pub workspace: WorkspaceFacts,
    /// Paused.
    pub freeze: Option<Freeze>,
    /// Projector mode.
    pub projector: Option<Projector>,
    /// Back.
    pub back: Vec<Place>,
    /// Forward.
    pub forward: Vec<Place>,
    /// Saved views.
    pub views: Vec<View>,
    /// Earlier filters, newest last.
    pub filter_history: Vec<String>,
    /// Changes since the last look, oldest first, at most 1,000.
    pub changes: Vec<Change>,
    /// At least so many more than are listed.
    pub more_changes: u64,
    /// Where `u` stands in them.
    pub change_at: usize,
    /// Detached imports into this workspace, newest first.
    pub jobs: Vec<super::job::Job>,
    /// Terminal size: columns, rows.
    pub size: (u16, u16),
    /// Where the last frame put things.
    pub hits: super::hits::Hits,
    /// Last generation given out.
    pub generation: u64,
    /// Something visible changed since the last frame.
    pub dirty: bool,
    /// The cursor of the customer list stood here in the last frame and went to another row on screen; unless
    /// [`App::dirty`] says so, nothing else changed.
    pub moved: Option<u64>,
    /// The last command, for the toast that teaches its key.
    pub last_command: Option<Command>,
    /// The keys in force.
    pub keymap: Arc<Keymap>,
    /// Three boxes show KPI tree, groups and board (else tags, customers and board).
    pub stand_up: bool,
    /// The customer under the cursor, when the layout has a box for it.
    pub detail: Option<DetailState>,
    /// What the update remembers from message to message; nothing of it is drawn.
    pub memory: Memory,
}

/// What the update remembers from message to message.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The questions standing in the store's slots.
    pub(super) questions: Questions,
    /// The scope one key away.
    pub(super) ahead: Option<Scope>,
    /// Monotonic ms at which the next minute begins: ages and the clock change.
    pub(super) minute_at: u64,
    /// Deadlines up to here are served.
    pub(super) served: u64,
    /// The card beside the list.
    pub(super) card: super::card::Card,
    /// The figures behind a filter that is being typed.
    pub(super) behind: super::behind::Behind,
    /// What the list opened from a figure leaves out.
    pub(super) outside: Option<super::outside::Outside>,
    /// When Ctrl-C was pressed last.
    pub(super) interrupted: Option<u64>,
    /// What was said once.
    pub(super) told: Told,
    /// Masking before projector mode.
    pub(super) mask_before: bool,
    /// The scope under which customers were marked.
    pub(super) marks_of: Option<Scope>,
    /// Some were marked under another scope besides.
    pub(super) marks_mixed: bool,
    /// What is being copied, in words.
    pub(super) copying: String,
    /// `-` went back last, so it goes forth next.
    pub(super) swapped: bool,
    /// Deeds that have not come back.
    pub(super) under_way: super::under_way::UnderWay,
    /// What waits to be asked.
    pub(super) late: super::late::Late,
    /// The last deed, whose changes are no news.
    pub(super) own: super::own::Own,
    /// The layout that the settings ask for.
    pub(super) set_layout: Layout,
    /// What things are called, and customers found by name.
    pub(super) finding: super::finding::Finding,
    /// Timings.
    pub(super) times: Times,
}

/// What is said once in a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    /// Chinese text opens the filter.
    pub(super) chinese: bool,
    /// The detached imports, so that what ended before is no news.
    pub(super) jobs: bool,
}

/// Timings, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// A prefix waits this long before its popup opens; 0 = never.
    pub which_key: u64,
    /// A toast stays.
    pub toast: u64,
    /// A projector page stays.
    pub page: u64,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            which_key: 300,
            toast: 4_000,
            page: 20_000,
        }
    }
}
