//! What columns of the source come as, and how their cells become texts that the rules of a kind read.
//!
//! Every value is asked for as text, so that no amount passes through a float and no time through a zone nobody named.
//! The session's zone is UTC: a `timestamptz` says its own offset.

use postgres::types::{Kind as TypeKind, Type};

use crate::domain::Zone;
use crate::import::{Holds, Kind};

/// Longest text that is fetched; columns keep less, so a longer one is refused by its length and not by memory.
const LONGEST: u32 = 5_000;

/// What a column of the source comes as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comes {
    Text,
    Whole,
    Decimal,
    Float,
    Flag,
    Date,
    /// `timestamptz`.
    Instant,
    /// `timestamp`: a local time of a zone that somebody has to name.
    Local,
}

/// What is done to a cell's text before it lands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing.
    As,
    /// Zeros after the last decimal that counts go: `12.5000` is `12.5`.
    Trim,
    /// Whole fen become yuan.
    Fen,
}

/// An identifier, whatever is in it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(super) fn comes(ty: &Type) -> Option<Comes> {
    Some(match *ty {
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UUID => Comes::Text,
        Type::INT2 | Type::INT4 | Type::INT8 => Comes::Whole,
        Type::NUMERIC => Comes::Decimal,
        Type::FLOAT4 | Type::FLOAT8 => Comes::Float,
        Type::BOOL => Comes::Flag,
        Type::DATE => Comes::Date,
        Type::TIMESTAMPTZ => Comes::Instant,
        Type::TIMESTAMP => Comes::Local,
        ref other => {
            let is_word = matches!(other.kind(), TypeKind::Enum(_)) || other.name() == "citext";
            return is_word.then_some(Comes::Text);
        }
    })
}

/// A column of the kind: its name, what is done to its text, and the SQL of that text.
pub(super) fn cell(
    kind: Kind,
    field: &str,
    source: &str,
    ty: &Type,
    zone: Option<Zone>,
) -> Result<(String, Turn, String), String> {
    let in_fen = field
        .strip_suffix("_fen")
        .map(|name| format!("{name}_yuan"));
    let in_fen = in_fen.filter(|name| kind.holds(name).is_some());
    let name = in_fen.clone().unwrap_or_else(|| field.to_owned());
    let Some(holds) = kind.holds(&name) else {
        let known: Vec<_> = kind.columns().map(|(name, _)| name).collect();
        return Err(format!(
            "there is no column `{field}`; there are {}",
            known.join(", ")
        ));
    };
    let refuse = |why: &str| {
        format!(
            "`{field}` cannot come from `{source}` of type {}: {why}",
            ty.name()
        )
    };
    let Some(comes) = comes(ty) else {
        return Err(refuse("cast it in a query"));
    };
    let fits = match (holds, comes) {
        (Holds::Money, Comes::Float) => {
            return Err(refuse("a float is not exact; make it numeric"));
        }
        (Holds::Money, Comes::Whole) => true,
        (Holds::Money, Comes::Decimal | Comes::Text) => in_fen.is_none(),
        (Holds::Text, Comes::Text | Comes::Whole | Comes::Decimal) => true,
        (Holds::Time, Comes::Instant | Comes::Local | Comes::Date | Comes::Text) => true,
        (Holds::Date, Comes::Date | Comes::Text) => true,
        (Holds::Date, Comes::Instant | Comes::Local) => {
            return Err(refuse(
                "whose day? say it in a query: (x AT TIME ZONE 'Asia/Shanghai')::date",
            ));
        }
        (Holds::Whole, Comes::Whole | Comes::Decimal | Comes::Text) => true,
        (Holds::Number, Comes::Whole | Comes::Decimal | Comes::Float | Comes::Text) => true,
        (Holds::Flag, Comes::Flag | Comes::Whole | Comes::Text) => true,
        (
            Holds::Text
            | Holds::Money
            | Holds::Time
            | Holds::Date
            | Holds::Whole
            | Holds::Number
            | Holds::Flag,
            _,
        ) => false,
    };
    if !fits {
        return Err(refuse("it does not fit; cast it in a query"));
    }
    let column = format!("s.{}", quoted(source));
    let expression = match (comes, zone) {
        (Comes::Text, _) => format!("left(CAST({column} AS text), {LONGEST})"),
        (Comes::Local, None) => {
            return Err(refuse(
                "name the zone of such columns: zone = \"Asia/Shanghai\"",
            ));
        }
        (Comes::Local, Some(zone)) => {
            format!("CAST(({column} AT TIME ZONE '{}') AS text)", zone.0.name())
        }
        (
            Comes::Whole
            | Comes::Decimal
            | Comes::Float
            | Comes::Flag
            | Comes::Date
            | Comes::Instant,
            _,
        ) => {
            format!("CAST({column} AS text)")
        }
    };
    let turn = match comes {
        Comes::Decimal => Turn::Trim,
        Comes::Whole if in_fen.is_some() => Turn::Fen,
        Comes::Whole
        | Comes::Text
        | Comes::Float
        | Comes::Flag
        | Comes::Date
        | Comes::Instant
        | Comes::Local => Turn::As,
    };
    Ok((name, turn, expression))
}

/// Whether a row is gone, as SQL.
pub(super) fn deleted(name: &str, ty: &Type) -> Result<String, String> {
    let column = format!("s.{}", quoted(name));
    match comes(ty) {
        Some(Comes::Flag) => Ok(format!("coalesce({column}, FALSE)")),
        Some(Comes::Whole) => Ok(format!("(coalesce({column}, 0) <> 0)")),
        Some(Comes::Date | Comes::Instant | Comes::Local) => Ok(format!("({column} IS NOT NULL)")),
        Some(Comes::Text | Comes::Decimal | Comes::Float) | None => Err(format!(
            "deleted `{name}` of type {} is neither a flag nor a time",
            ty.name()
        )),
    }
}

/// A cell on its way to the rules of the kind.
pub(super) fn turned(text: String, turn: Turn) -> String {
    match turn {
        Turn::As => text,
        Turn::Trim if text.contains('.') => {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        Turn::Trim => text,
        Turn::Fen => yuan(&text).unwrap_or(text),
    }
}

/// `-5` fen is `-0.05` yuan; exact, whatever its size.
fn yuan(fen: &str) -> Option<String> {
    let (sign, digits) = fen
        .strip_prefix('-')
        .map_or(("", fen), |digits| ("-", digits));
    let padded = format!("{digits:0>3}");
    let (whole, cents) = padded.split_at_checked(padded.len().checked_sub(2)?)?;
    Some(format!("{sign}{whole}.{cents}"))
}
