//! Where a kind's pull goes on, as kept in the workspace.

use serde::{Deserialize, Serialize};

/// A place in the order of reading.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    /// Before the first row.
    #[default]
    Start,
    /// At the first row changed at this time or later.
    From(String),
    /// After this row.
    After {
        /// When it was changed; `None` where the source does not say when rows change.
        changed: Option<String>,
        /// Its key, part by part.
        key: Vec<String>,
    },
}

impl Place {
    /// The key of the row it stands on.
    pub(super) fn key(&self) -> Option<&[String]> {
        match self {
            Self::Start | Self::From(_) => None,
            Self::After { key, .. } => Some(key),
        }
    }
}

/// What is kept between pulls of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// Digest of the mapping it belongs to: another mapping begins anew.
    pub(super) mapping: String,
    /// Up to here everything has landed.
    pub(super) place: Place,
    /// A full pass is under way.
    #[serde(default)]
    pub(super) full: bool,
    /// A pull is under way, or was ended early.
    #[serde(default)]
    pub(super) open: Option<Shrink>,
}

/// How many rows a pull has taken out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shrink {
    /// Rows of the kind when it began.
    pub(super) here: u64,
    /// Taken out since.
    pub(super) gone: u64,
}

impl Shrink {
    /// More than a twentieth is gone.
    pub(super) fn is_too_much(self) -> bool {
        self.gone.saturating_mul(20) > self.here
    }
}

impl Cursor {
    /// Reads what was kept; what another version wrote, or nothing, is `None`.
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// As it is kept.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_as_it_was_written() {
        for place in [
            Place::Start,
            Place::From("2026-11-11 06:30:00.123456+00".into()),
            Place::After {
                changed: Some("2026-11-11".into()),
                key: vec!["a\"b".into(), String::new()],
            },
            Place::After {
                changed: None,
                key: vec!["7".into()],
            },
        ] {
            let cursor = Cursor {
                mapping: "m".into(),
                place,
                full: true,
                open: Some(Shrink { here: 100, gone: 5 }),
            };
            assert_eq!(Cursor::read(&cursor.text()), Some(cursor));
        }
        assert_eq!(Cursor::read("eyJ"), None);
    }

    #[test]
    fn a_twentieth_may_go_and_not_one_more() {
        assert!(!Shrink { here: 100, gone: 5 }.is_too_much());
        assert!(Shrink { here: 100, gone: 6 }.is_too_much());
        assert!(!Shrink { here: 0, gone: 0 }.is_too_much());
        assert!(Shrink { here: 19, gone: 1 }.is_too_much());
    }
}
