//! The one command table: it feeds keys, footer, `?`, palette, `caopan keys` and the README.
//!
//! A command is named once (`filter.edit`), said once in each language, and bound in `config/keys.toml`. Names are the
//! interface: keys may move, names stay.

mod table;

pub use super::motion::Motion;
pub use table::COMMANDS;

use crate::config::keys::Context;
use crate::domain::Lang;
use crate::domain::period::PeriodSpec;
use crate::engine::answer::{BoardMetric, GmvKind};
use crate::engine::request::GroupSort;
use crate::filter::Field;

use super::deed::Editing;
use super::panes::Pane;

/// Everything an operator can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Leave the console.
    Quit,
    /// Close the top thing; at the root, leave.
    Close,
    /// Once: leave the field or drop the unfinished keys; twice: leave the console.
    Interrupt,
    /// Look at a pane.
    Focus(Pane),
    /// Next box on screen.
    NextBox,
    /// Previous box on screen.
    PreviousBox,
    /// Move the cursor.
    Move(Motion),
    /// Drill in.
    Open,
    /// Back one level.
    Back,
    /// Back in the history of views.
    HistoryBack,
    /// Forward in the history of views.
    HistoryForward,
    /// Between the last two views.
    HistoryLast,
    /// Edit the filter.
    FilterEdit,
    /// Add the value under the cursor to the filter.
    FilterAdd,
    /// Exclude the value under the cursor.
    FilterExclude,
    /// Clear the filter.
    FilterClear,
    /// Open the command line.
    CommandLine,
    /// Open the palette.
    Palette,
    /// Open the palette with what applies here.
    Help,
    /// Mark the row, or cycle the tag's three states.
    Mark,
    /// Mark from the last marked row to the cursor.
    MarkRange,
    /// Mark every row under the filter; again: none.
    MarkAll,
    /// Turn the marks round: every row under the filter but those marked.
    MarkInvert,
    /// Sort the customers; again reverses.
    Sort(Field),
    /// Sort the groups; again reverses.
    SortGroups(GroupSort),
    /// Reverse the order.
    SortReverse,
    /// The pane's own order.
    SortDefault,
    /// The next sort key is added behind the present ones.
    SortSecond,
    /// Detached imports.
    Jobs,
    /// Choose columns.
    Columns,
    /// Show or hide the column under the cursor.
    ColumnToggle,
    /// Move the column under the cursor to the front.
    ColumnEarlier,
    /// Move it to the back.
    ColumnLater,
    /// The default columns.
    ColumnsDefault,
    /// Set the period.
    Period(PeriodSpec),
    /// Type a period.
    PeriodEdit,
    /// Which GMV the KPI tree is about.
    Gmv(GmvKind),
    /// What the board ranks.
    BoardMetric(BoardMetric),
    /// List the saved views.
    Views,
    /// Save this as a view.
    SaveView,
    /// Remove the saved view under the cursor.
    ViewRemove,
    /// Copy something.
    Copy(Copying),
    /// Write all rows of the pane into a file.
    Export(Exporting),
    /// Edit the marked customers.
    Edit(Editing),
    /// Take back the last act of one's own.
    Undo,
    /// Take back the last undo.
    Redo,
    /// Next changed row.
    NextChange,
    /// List of changes.
    Changes,
    /// Stand still, or go on.
    Freeze,
    /// Ask everything again.
    Refresh,
    /// Definition of the figure under the cursor.
    Definition,
    /// What the column sorted by means.
    ColumnHelp,
    /// Choose the org node of the scope.
    Org,
    /// The owner's customers.
    GoOwner,
    /// The customers behind this row.
    GoCustomers,
    /// The campaign.
    GoCampaign,
    /// Only the focused pane, or all boxes again.
    Zoom,
    /// Next layout.
    Layout,
    /// Projector mode.
    Projector,
    /// Mask on; off asks.
    Mask,
    /// Mouse on or off.
    Mouse,
    /// Draw everything again.
    Redraw,
    /// Suspend the program.
    Suspend,
    /// The other language.
    Language,
    /// Take the completion offered.
    Complete,
    /// Yes to the question.
    Yes,
    /// No to the question.
    No,
    /// Stop or go on turning the projector's pages.
    PagePause,
    /// Next projector page.
    PageNext,
    /// Previous projector page.
    PagePrevious,
    /// A projector page by number, from 0.
    Page(u8),
}

/// What can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Copying {
    /// The marked rows, else the row under the cursor, tab separated.
    Row,
    /// The figure the list is ordered by.
    Cell,
    /// The name.
    Name,
    /// The phone, as shown.
    Phone,
    /// The id.
    Id,
    /// The rows as a Markdown table.
    Markdown,
    /// The rows as JSON.
    Json,
    /// The shell command that prints this list.
    Shell,
}

/// Ways to export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exporting {
    /// Comma-separated.
    Csv,
    /// A workbook.
    Xlsx,
    /// JSON lines.
    Jsonl,
    /// A Markdown table.
    Md,
    /// A workbook with whole phones; asked.
    Unmasked,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The command.
    pub command: Command,
    /// Its name in the key file, the palette and `caopan keys`.
    pub name: &'static str,
    /// What it does, in Chinese.
    pub zh: &'static str,
    /// What it does, in English.
    pub en: &'static str,
    /// Short footer labels (Chinese, English); `None` keeps it out of the footer.
    pub short: Option<(&'static str, &'static str)>,
    /// Where it makes sense.
    pub contexts: &'static [Context],
    /// It changes the workspace; not offered read-only.
    pub writes: bool,
}

impl Entry {
    /// The sentence in a language.
    pub fn say(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }

    /// The footer label in a language, else the sentence.
    pub fn label(&self, lang: Lang) -> &'static str {
        match (self.short, lang) {
            (Some((zh, _)), Lang::Zh) => zh,
            (Some((_, en)), Lang::En) => en,
            (None, _) => self.say(lang),
        }
    }
}

impl Command {
    /// Its row in the table; every command has one (held by a test).
    pub fn entry(self) -> Option<&'static Entry> {
        COMMANDS.iter().find(|entry| entry.command == self)
    }

    /// It does something with the row under the cursor, and so chooses it.
    pub(super) fn is_about_the_row(self) -> bool {
        matches!(
            self,
            Self::Open
                | Self::FilterAdd
                | Self::FilterExclude
                | Self::Mark
                | Self::MarkRange
                | Self::Copy(_)
                | Self::Edit(_)
                | Self::GoOwner
                | Self::GoCustomers
                | Self::GoCampaign
        )
    }

    /// The command of a name.
    pub fn named(name: &str) -> Option<Self> {
        COMMANDS
            .iter()
            .find(|entry| entry.name == name)
            .map(|entry| entry.command)
    }

    /// Its name; empty only for a command without a row, which a test rules out.
    pub fn name(self) -> &'static str {
        self.entry().map_or("", |entry| entry.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_row_has_a_name_and_a_sentence_of_its_own() {
        let mut names = BTreeSet::new();
        for entry in COMMANDS {
            assert!(names.insert(entry.name), "{} twice", entry.name);
            assert_eq!(Command::named(entry.name), Some(entry.command));
            assert_eq!(entry.command.entry(), Some(entry), "{}", entry.name);
            assert!(!entry.zh.is_empty() && !entry.en.is_empty());
            assert!(!entry.contexts.is_empty(), "{}", entry.name);
            assert!(
                entry
                    .name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '_'),
                "{}",
                entry.name
            );
        }
    }
}
