//! The SQL that asks for a kind's rows, in words that PostgreSQL and what speaks its protocol share.

use std::fmt::Write as _;

use postgres::types::Type;
use sha2::{Digest as _, Sha256};

use super::cells::{Cell, Comes, Turn, comes, deleted, quoted};
use super::cursor::Place;
use super::mapping::{Mapping, Missing, Part};
use crate::domain::{Sentence, Zone, sentence};
use crate::import::Kind;

/// How rows of one kind are asked for.
pub(super) struct Query {
    pub(super) kind: Kind,
    /// Columns of the kind, in the order of the cells.
    pub(super) header: Vec<String>,
    /// What is done to each cell.
    pub(super) turns: Vec<Turn>,
    /// Parts of the key.
    pub(super) keys: usize,
    /// Rows that the source does not have go after a full pass.
    pub(super) missing: Missing,
    /// Digest of everything that decides which rows come as what.
    pub(super) digest: String,
    /// What is selected, the settled mark left out.
    list: String,
    from: String,
    filter: Option<String>,
    key: Vec<Ordered>,
    changed: Option<Ordered>,
    zone: Option<Zone>,
    overlap: u32,
    limit: u32,
}

/// A column that rows are ordered by.
struct Ordered {
    name: String,
    /// Type to which a place's text is cast.
    cast: &'static str,
    comes: Comes,
}

/// The FROM of a source.
pub(super) fn from(part: &Part) -> String {
    match (&part.table, &part.query) {
        (Some(table), _) => {
            let parts: Vec<_> = table.split('.').map(quoted).collect();
            format!("{} AS s", parts.join("."))
        }
        (None, Some(query)) => format!("({}\n) AS s", query.trim().trim_end_matches(';')),
        (None, None) => String::new(),
    }
}

/// Columns of the source, in the order in which [`Query::new`] wants their types: the kind's, the key, the rest.
pub(super) fn columns(kind: Kind, part: &Part) -> Result<Vec<String>, Sentence> {
    let mut names: Vec<String> = part.columns.values().cloned().collect();
    names.extend(key(kind, part)?);
    names.extend(part.updated_at.iter().chain(&part.deleted).cloned());
    Ok(names)
}

/// A statement that returns nothing and whose columns have the types of these.
pub(super) fn probe(part: &Part, columns: &[String]) -> String {
    let list: Vec<_> = columns.iter().map(|c| format!("s.{}", quoted(c))).collect();
    format!("SELECT {} FROM {} LIMIT 0", list.join(", "), from(part))
}

/// Columns of the source that name a row.
fn key(kind: Kind, part: &Part) -> Result<Vec<String>, Sentence> {
    if !part.key.is_empty() {
        return Ok(part.key.clone());
    }
    let column = |name: &&str| part.columns.get(*name).cloned();
    kind.key()
        .iter()
        .map(column)
        .collect::<Option<_>>()
        .ok_or_else(|| {
            let code = kind.code();
            sentence!(
                "{code}: 写上 key, 即源头里认定一行的列",
                "{code}: give the key, the columns that name a row of the source",
            )
        })
}

impl Query {
    /// `types` are those of [`columns`], in that order.
    pub(super) fn new(
        kind: Kind,
        part: &Part,
        mapping: &Mapping,
        types: &[Type],
    ) -> Result<Self, Sentence> {
        let code = kind.code();
        let wrong = |why: Sentence| sentence!("{code}: {why}", "{code}: {why}", why = why);
        let names = columns(kind, part)?;
        let type_of = |name: &str| {
            let at = names.iter().position(|n| n == name);
            at.and_then(|at| types.get(at))
                .cloned()
                .unwrap_or(Type::UNKNOWN)
        };
        let cells = part.columns.iter().map(|(field, source)| {
            let ty = type_of(source);
            Cell::new(kind, (field, source), &ty, mapping.zone).map_err(&wrong)
        });
        let cells: Vec<Cell> = cells.collect::<Result<_, _>>()?;
        let order = |name: &String| ordered(name, &type_of(name)).map_err(&wrong);
        let key: Vec<_> = key(kind, part)?
            .iter()
            .map(order)
            .collect::<Result<_, _>>()?;
        let changed = part.updated_at.as_ref().map(order).transpose()?;
        if let Some(changed) = &changed {
            check_changed(changed, mapping.zone).map_err(&wrong)?;
        }
        let gone = match &part.deleted {
            Some(name) => deleted(name, &type_of(name)).map_err(&wrong)?,
            None => "FALSE".into(),
        };
        let when = changed
            .as_ref()
            .map_or_else(|| "NULL".into(), Ordered::text);
        let mut list: Vec<String> = key.iter().map(Ordered::text).collect();
        list.extend([when, gone]);
        list.extend(cells.iter().map(|cell| cell.sql.clone()));
        let mut query = Self {
            kind,
            header: cells.iter().map(|cell| cell.name.clone()).collect(),
            turns: cells.iter().map(|cell| cell.turn).collect(),
            keys: key.len(),
            missing: part.missing,
            digest: String::new(),
            list: list.join(", "),
            from: from(part),
            filter: part.filter.as_ref().map(|sql| format!("({sql}\n)")),
            key,
            changed,
            zone: mapping.zone,
            overlap: mapping.overlap,
            limit: mapping.page,
        };
        query.digest = query.digested();
        Ok(query)
    }

    /// Digest of everything that decides which rows come as what.
    fn digested(&self) -> String {
        let Self {
            list,
            from,
            filter,
            header,
            turns,
            ..
        } = self;
        let digest = Sha256::digest(format!("{list}\n{from}\n{filter:?}\n{header:?}\n{turns:?}"));
        digest.iter().take(16).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// The next rows after a place, up to another and with it, and the texts that the statement takes. A row comes as:
    /// whether it is older than the watermark (see [`Query::watermark`]), its key part by part, when it was changed, whether
    /// it is gone, its cells.
    pub(super) fn page<'a>(
        &self,
        (place, upto): (&'a Place, &'a Place),
        watermark: Option<&'a str>,
    ) -> (String, Vec<&'a str>) {
        let mut takes: Vec<&str> = watermark.into_iter().collect();
        let settled = match (&self.changed, watermark) {
            (Some(changed), Some(_)) => format!("{} < {}", changed.column(), changed.mark(1)),
            (Some(_) | None, _) => "TRUE".into(),
        };
        let after = self.after(place, &mut takes);
        let until = self.until(upto, &mut takes);
        let names: Vec<_> = self.ordering().map(Ordered::column).collect();
        let mut sql = format!("SELECT {settled}, {} FROM {}", self.list, self.from);
        push_where(
            &mut sql,
            self.filter.iter().cloned().chain([after]).chain(until),
        );
        let _ = write!(sql, " ORDER BY {} LIMIT {}", names.join(", "), self.limit);
        (sql, takes)
    }

    /// The last row after a place, and the texts that the statement takes; it comes as those of a page.
    pub(super) fn newest<'a>(&self, place: &'a Place) -> (String, Vec<&'a str>) {
        let mut takes = Vec::new();
        let after = self.after(place, &mut takes);
        let names: Vec<_> = self
            .ordering()
            .map(|o| format!("{} DESC", o.column()))
            .collect();
        let mut sql = format!("SELECT TRUE, {} FROM {}", self.list, self.from);
        push_where(&mut sql, self.filter.iter().cloned().chain([after]));
        let _ = write!(sql, " ORDER BY {} LIMIT 1", names.join(", "));
        (sql, takes)
    }

    /// What orders the rows.
    fn ordering(&self) -> impl Iterator<Item = &Ordered> {
        self.changed.iter().chain(&self.key)
    }

    /// The condition that a row stands after a place. One without a key or a time stands nowhere.
    fn after<'a>(&self, place: &'a Place, takes: &mut Vec<&'a str>) -> String {
        let stands = self
            .ordering()
            .map(|o| format!("{} IS NOT NULL", o.column()));
        let beyond = match place {
            Place::Start => None,
            Place::From(changed) => self.since(changed, takes),
            Place::After {
                changed: Some(changed),
                key,
            } if self.is_no_key(key) => self.since(changed, takes),
            Place::After { changed, key } => Some(self.beside((">", changed.as_ref(), key), takes)),
        };
        stands.chain(beyond).collect::<Vec<_>>().join(" AND ")
    }

    /// The condition that a row was changed at a time or later.
    fn since<'a>(&self, changed: &'a str, takes: &mut Vec<&'a str>) -> Option<String> {
        let first = self.ordering().next()?;
        takes.push(changed);
        let mark = first.mark(takes.len());
        Some(format!("{} >= {mark}", first.column()))
    }

    /// Whether a key cannot be that of a row: a place that an earlier version kept of one that had none.
    fn is_no_key(&self, key: &[String]) -> bool {
        let mut parts = self.key.iter().zip(key);
        parts.any(|(column, part)| part.is_empty() && column.cast != "text")
    }

    /// The condition that a row stands no further than a place; none without one.
    fn until<'a>(&self, upto: &'a Place, takes: &mut Vec<&'a str>) -> Option<String> {
        match upto {
            Place::Start | Place::From(_) => None,
            Place::After { changed, key } => {
                Some(self.beside(("<=", changed.as_ref(), key), takes))
            }
        }
    }

    /// A row compared with a place.
    fn beside<'a>(
        &self,
        (than, changed, key): (&str, Option<&'a String>, &'a [String]),
        takes: &mut Vec<&'a str>,
    ) -> String {
        let first = takes.len() + 1;
        takes.extend(changed.into_iter().chain(key).map(String::as_str));
        let names: Vec<_> = self.ordering().map(Ordered::column).collect();
        let marks: Vec<_> = (first..)
            .zip(self.ordering())
            .map(|(n, o)| o.mark(n))
            .collect();
        format!("({}) {than} ({})", names.join(", "), marks.join(", "))
    }

    /// The source says when rows change.
    pub(super) fn is_dated(&self) -> bool {
        self.changed.is_some()
    }

    /// Rows of a page at most.
    pub(super) fn limit(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }

    /// Rows that no order would ever reach: without a key, or without a time.
    pub(super) fn lost(&self) -> String {
        let columns = self.changed.iter().chain(&self.key);
        let nulls: Vec<_> = columns.map(|o| format!("{} IS NULL", o.column())).collect();
        let mut sql = format!("SELECT TRUE, {} FROM {}", self.list, self.from);
        let lost = format!("({})", nulls.join(" OR "));
        push_where(&mut sql, self.filter.iter().cloned().chain([lost]));
        sql.push_str(" LIMIT 20");
        sql
    }

    /// The server's clock less the overlap, as text of the type that changes are dated in; `None` where they are not.
    pub(super) fn watermark(&self) -> Option<String> {
        let changed = self.changed.as_ref()?;
        let safe = format!("(now() - CAST('{} seconds' AS interval))", self.overlap);
        let zone = self.zone.unwrap_or_default().0.name();
        let local = format!("({safe} AT TIME ZONE '{zone}')");
        let value = match changed.comes {
            Comes::Local => local,
            Comes::Date => format!("CAST({local} AS date)"),
            Comes::Instant
            | Comes::Text
            | Comes::Whole
            | Comes::Decimal
            | Comes::Float
            | Comes::Flag => safe,
        };
        Some(format!("SELECT CAST({value} AS text)"))
    }

    /// Names of the columns that order the rows, for messages.
    pub(super) fn order(&self) -> String {
        let names: Vec<_> = self
            .changed
            .iter()
            .chain(&self.key)
            .map(|o| o.name.as_str())
            .collect();
        names.join(", ")
    }
}

fn push_where(sql: &mut String, terms: impl Iterator<Item = String>) {
    let terms: Vec<_> = terms.collect();
    if !terms.is_empty() {
        let _ = write!(sql, " WHERE {}", terms.join(" AND "));
    }
}

impl Ordered {
    fn column(&self) -> String {
        format!("s.{}", quoted(&self.name))
    }

    fn text(&self) -> String {
        format!("CAST({} AS text)", self.column())
    }

    /// The n-th text that a statement takes, as a value of the column's type.
    fn mark(&self, n: usize) -> String {
        format!("CAST(CAST(${n} AS text) AS {})", self.cast)
    }
}

/// A column that can order rows.
fn ordered(name: &str, ty: &Type) -> Result<Ordered, Sentence> {
    let cast = match *ty {
        Type::TEXT | Type::VARCHAR => "text",
        Type::UUID => "uuid",
        Type::INT2 | Type::INT4 | Type::INT8 => "bigint",
        Type::NUMERIC => "numeric",
        Type::DATE => "date",
        Type::TIMESTAMPTZ => "timestamptz",
        Type::TIMESTAMP => "timestamp",
        ref other => {
            let ty = other.name();
            return Err(sentence!(
                "`{name}` 的类型 {ty} 不能排序; 请在 query 里转换",
                "`{name}` of type {ty} cannot order rows; cast it in a query",
            ));
        }
    };
    let comes = comes(ty).unwrap_or(Comes::Text);
    Ok(Ordered {
        name: name.to_owned(),
        cast,
        comes,
    })
}

fn check_changed(changed: &Ordered, zone: Option<Zone>) -> Result<(), Sentence> {
    let name = &changed.name;
    match (changed.comes, zone) {
        (Comes::Instant, _) | (Comes::Local | Comes::Date, Some(_)) => Ok(()),
        (Comes::Local | Comes::Date, None) => Err(sentence!(
            "updated_at `{name}` 没有时区; 请写明: zone = \"Asia/Shanghai\"",
            "updated_at `{name}` is in no zone; name it: zone = \"Asia/Shanghai\"",
        )),
        (Comes::Text | Comes::Whole | Comes::Decimal | Comes::Float | Comes::Flag, _) => {
            Err(sentence!(
                "updated_at `{name}` 不是时间; 请在 query 里转成时间, 如 to_timestamp({name})",
                "updated_at `{name}` is no time; make it one in a query, as in to_timestamp({name})",
            ))
        }
    }
}
