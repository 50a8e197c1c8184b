//! `pull.toml`: which table or query gives the rows of which kind.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::PullError;
use crate::domain::{SafeText, Sentence, Zone, sentence};
use crate::import::Kind;

/// Rows of a page at most: a page is held in memory and is one transaction.
const MOST_ROWS: u32 = 20_000;

/// What `pull.toml` says.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Where to ask, without a password.
    pub url: Option<String>,
    /// File with the password on its first line.
    pub password_file: Option<String>,
    /// How late a transaction may commit after the time it writes into its rows, seconds.
    pub overlap: u32,
    /// Rows of a page.
    pub page: u32,
    /// How long the server may think about a page, seconds.
    pub statement_timeout: u32,
    /// Zone of columns of type `timestamp`.
    pub zone: Option<Zone>,
    /// The kinds, in an order in which they can refer to each other.
    pub(super) kinds: Vec<(Kind, Part)>,
}

/// Where the rows of one kind come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    /// A table or view, `schema.name`.
    pub(super) table: Option<String>,
    /// Or a SELECT.
    pub(super) query: Option<String>,
    /// Columns of the source that name a row; without it, those that fill the kind's own key.
    #[serde(default)]
    pub(super) key: Vec<String>,
    /// Column with the time of the last change; without it every pull reads everything.
    pub(super) updated_at: Option<String>,
    /// Which rows, as SQL.
    #[serde(rename = "where")]
    pub(super) filter: Option<String>,
    /// Column that says the row is gone: a flag, or the time it went.
    pub(super) deleted: Option<String>,
    /// What a full pass does with rows that the source does not have.
    #[serde(default)]
    pub(super) missing: Missing,
    /// Column of the kind = column of the source.
    pub(super) columns: BTreeMap<String, String>,
}

/// What a full pass does with rows that the source does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Missing {
    /// They go.
    #[default]
    Delete,
    /// They stay: the workspace has rows of this kind from elsewhere too.
    Keep,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    url: Option<String>,
    password_file: Option<String>,
    overlap: Option<String>,
    page: Option<u32>,
    statement_timeout: Option<String>,
    zone: Option<String>,
    kinds: BTreeMap<String, Part>,
}

impl Mapping {
    /// The file that is handed out to begin with.
    pub const TEMPLATE: &str = include_str!("../../config/pull.example.toml");

    /// Reads the text of a file; `name` is for errors, which say line and column.
    pub fn read(name: &str, text: &str) -> Result<Self, PullError> {
        let name = SafeText::new(name);
        let wrong = |why: Sentence| {
            PullError::Mapping(sentence!("{name}: {why}", "{name}: {why}", why = why))
        };
        let file: Written = toml::from_str(text).map_err(|e| wrong(misread(text, &e)))?;
        let mut kinds = Vec::new();
        for (code, part) in file.kinds {
            let kind = Kind::parse(&code).map_err(&wrong)?;
            part.check(kind).map_err(&wrong)?;
            kinds.push((kind, part));
        }
        if kinds.is_empty() {
            return Err(wrong(sentence!(
                "没有映射任何一类; 写上 [kinds.customers]",
                "it maps no kind; write [kinds.customers]",
            )));
        }
        kinds.sort_by_key(|(kind, _)| Kind::all().position(|k| k == *kind));
        let zone = file.zone.map(|zone| {
            Zone::parse(&zone).ok_or_else(|| {
                wrong(sentence!(
                    "不认识时区 {zone:?}; 写作 Asia/Shanghai",
                    "zone {zone:?} is unknown; write one like Asia/Shanghai",
                ))
            })
        });
        let page = file.page.unwrap_or(2_000);
        if !(1..=MOST_ROWS).contains(&page) {
            return Err(wrong(sentence!(
                "page 是 {page}; 可以是 1 到 {MOST_ROWS}",
                "page is {page}; it may be 1 to {MOST_ROWS}",
            )));
        }
        let seconds = |field: &str, text: Option<String>, default: u32| match text {
            None => Ok(default),
            Some(text) => seconds(&text).ok_or_else(|| {
                wrong(sentence!(
                    "{field} 是 {text:?}; 写作 90s, 5m 或 1h",
                    "{field} is {text:?}; write it as 90s, 5m or 1h",
                ))
            }),
        };
        Ok(Self {
            url: file.url,
            password_file: file.password_file,
            overlap: seconds("overlap", file.overlap, 300)?,
            page,
            statement_timeout: seconds("statement_timeout", file.statement_timeout, 60)?.max(1),
            zone: zone.transpose()?,
            kinds,
        })
    }

    /// The kinds it maps.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.kinds.iter().map(|(kind, _)| *kind)
    }
}

impl Part {
    /// What can be said against it before the database is asked.
    fn check(&self, kind: Kind) -> Result<(), Sentence> {
        let code = kind.code();
        match (&self.table, &self.query) {
            (Some(_), None) | (None, Some(_)) => {}
            (None, None) => {
                return Err(sentence!(
                    "{code}: 写上 table 或 query",
                    "{code}: give a table or a query",
                ));
            }
            (Some(_), Some(_)) => {
                return Err(sentence!(
                    "{code}: table 与 query 只写一个",
                    "{code}: give a table or a query, not both",
                ));
            }
        }
        let names = self.columns.values().chain(&self.key);
        let mut names = names
            .chain(&self.updated_at)
            .chain(&self.deleted)
            .chain(&self.table);
        if names.any(|name| name.is_empty() || name.contains('\0')) {
            return Err(sentence!(
                "{code}: 有一个名字是空的",
                "{code}: a name is empty"
            ));
        }
        Ok(())
    }
}

/// `5m` → 300. At most a month.
fn seconds(text: &str) -> Option<u32> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match text.strip_prefix(digits)? {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let n: u32 = digits.parse().ok()?;
    n.checked_mul(factor).filter(|n| *n <= 31 * 86_400)
}

/// What the reader of TOML said, with its place.
fn misread(text: &str, error: &toml::de::Error) -> Sentence {
    let said = error.message();
    let Some(span) = error.span() else {
        return Sentence::quoted(said);
    };
    let (line, column) = place(text, span.start);
    sentence!(
        "第 {line} 行第 {column} 列: {said}",
        "line {line}, column {column}: {said}",
    )
}

/// Line and column of a byte, both from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        Mapping::read("pull.toml", text).unwrap_err().to_string()
    }

    #[test]
    fn the_template_is_a_mapping() {
        let mapping = Mapping::read("pull.toml", Mapping::TEMPLATE).unwrap();
        let kinds: Vec<_> = mapping.kinds().map(Kind::code).collect();
        assert_eq!(
            kinds,
            ["staff", "customers", "follows", "orders", "refunds"]
        );
        assert_eq!((mapping.overlap, mapping.page), (300, 2_000));
    }

    #[test]
    fn a_wrong_mapping_is_answered_by_line_and_by_the_nearest_kind() {
        assert_eq!(
            wrong("[kinds.orders]\ntabel = \"x\"\n[kinds.orders.columns]\n"),
            "pull.toml: line 2, column 1: unknown field `tabel`, expected one of `table`, `query`, `key`, `updated_at`, `where`, `deleted`, `missing`, `columns`"
        );
        assert!(wrong("[kinds.order]\ntable='x'\ncolumns={}").contains("did you mean `orders`?"));
        assert!(wrong("[kinds.orders]\ncolumns={}").contains("give a table or a query"));
        assert!(wrong("overlap='soon'\n[kinds.orders]\ntable='x'\ncolumns={}").contains("5m"));
        assert!(wrong("page=0\n[kinds.orders]\ntable='x'\ncolumns={}").contains("1 to"));
        assert!(
            wrong("zone='Mars'\n[kinds.orders]\ntable='x'\ncolumns={}").contains("Asia/Shanghai")
        );
        assert!(wrong("[kinds]").contains("maps no kind"));
    }

    #[test]
    fn durations_are_read_by_their_unit() {
        let read: Vec<_> = ["5m", "90", "90s", "2h", "31d", "32d", "1w", "m", "-1s"]
            .map(seconds)
            .into();
        let wanted = [
            Some(300),
            Some(90),
            Some(90),
            Some(7_200),
            Some(2_678_400),
            None,
            None,
            None,
            None,
        ];
        assert_eq!(read, wanted);
    }
}
