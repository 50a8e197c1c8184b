//! What stands around the rows of a sheet: what they were computed from.

use serde_json::{Map, Value, json};

use super::how::{How, SCHEMA_VERSION};
use crate::domain::SafeText;
use crate::engine::answer::Stamp;
use crate::filter::print_in;

/// What stands around the rows.
#[derive(Clone, Debug, Default)]
pub struct Head<'a> {
    /// Sort of the rows in JSON: `customers`, `tags` …
    pub kind: &'static str,
    /// What they were computed from.
    pub stamp: Option<&'a Stamp>,
    /// Lines above a table, after the scope.
    pub lines: Vec<String>,
    /// Further keys of the JSON document.
    pub facts: Vec<(&'static str, Value)>,
}

/// What is said behind the days of a period that is not over.
pub(super) fn so_far(stamp: &Stamp, how: How) -> &'static str {
    if stamp.is_ahead(how.zone) {
        how.word(" (未开始)", " (not begun)")
    } else if stamp.partial {
        how.word(" (至今)", " (so far)")
    } else {
        ""
    }
}

impl Head<'_> {
    /// The scope as it is printed above every table: org node, period, filter, moment.
    pub fn scope_line(stamp: &Stamp, how: How) -> String {
        let org = stamp.org.as_ref().map_or_else(
            || how.word("全部组织", "whole workspace").to_owned(),
            |(_, name)| name.as_str().to_owned(),
        );
        let so_far = so_far(stamp, how);
        let filter = if stamp.filter.is_empty() {
            how.word("无筛选", "no filter").to_owned()
        } else {
            format!(
                "{} {}",
                how.word("筛选", "filter"),
                SafeText::new(&print_in(&stamp.named, how.lang))
            )
        };
        format!(
            "{org} | {}..{}{so_far} | {filter} | {} {}",
            stamp.period.from,
            stamp.period.to,
            how.word("截至", "as of"),
            how.clock(stamp.as_of),
        )
    }

    pub(super) fn json(&self, how: How) -> Map<String, Value> {
        let mut all = Map::new();
        all.insert("schema_version".into(), json!(SCHEMA_VERSION));
        all.insert("kind".into(), json!(self.kind));
        if let Some(stamp) = self.stamp {
            all.insert("as_of".into(), json!(how.iso(stamp.as_of)));
            all.insert(
                "period".into(),
                json!({
                    "from": stamp.period.from.to_string(),
                    "to": stamp.period.to.to_string(),
                    "partial": stamp.partial,
                    "begun": !stamp.is_ahead(how.zone),
                }),
            );
            let org = stamp
                .org
                .as_ref()
                .map(|(id, name)| json!({ "id": id.0, "name": name.as_str() }));
            all.insert(
                "scope".into(),
                json!({ "org": org, "filter": SafeText::new(&stamp.filter).as_str() }),
            );
        }
        for (key, value) in &self.facts {
            all.insert((*key).to_owned(), value.clone());
        }
        all
    }
}
