//! Text that may be drawn, printed and logged.
//!
//! Names, remarks, group titles and tags are chosen by strangers. [`SafeText`] is made once, where a row leaves the
//! store, and nothing else may reach a screen, a pipe or a log (reliability.md D1–D6).

use std::sync::Arc;

/// Text without control or invisible formatting characters (each replaced by a visible mark) and with clusters capped.
///
/// Cheap to clone. `SafeText::new` is idempotent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SafeText(Arc<str>);

impl SafeText {
    /// Makes any text safe to show.
    pub fn new(raw: &str) -> Self {
        // The full rule lives here (domain helper replaces this body).
        Self(
            raw.chars()
                .map(|c| if c.is_control() { '\u{fffd}' } else { c })
                .collect::<String>()
                .into(),
        )
    }

    /// The safe text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for SafeText {
    fn default() -> Self {
        Self("".into())
    }
}

impl std::fmt::Display for SafeText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

impl serde::Serialize for SafeText {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}
