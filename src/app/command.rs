//! The one command table: it feeds keys, footer, `?`, palette, `caopan keys` and the README.

/// Everything an operator can do, by name (`pane.customers`, `filter.edit`, …). Grown by the app room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Command {
    /// Leave the console.
    Quit,
}
