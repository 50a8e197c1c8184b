//! What columns of the source come as, and how their cells become texts that the rules of a kind read.
//!
//! Every value is asked for as text, so that no amount passes through a float and no time through a zone nobody named.
//! The session's zone is UTC: a `timestamptz` says its own offset.

use postgres::types::{Kind as TypeKind, Type};

use crate::domain::sentence::Fixed;
use crate::domain::{Sentence, Zone, sentence};
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

/// How a column of a kind is filled.
pub(super) struct Cell {
    /// The column of the kind.
    pub(super) name: String,
    /// What is done to the text.
    pub(super) turn: Turn,
    /// The SQL of the text.
    pub(super) sql: String,
}

impl Cell {
    /// Fills `field` (a column of the kind, or `…_fen` for one in yuan) from a column of the source.
    pub(super) fn new(
        kind: Kind,
        (field, source): (&str, &str),
        ty: &Type,
        zone: Option<Zone>,
    ) -> Result<Self, Sentence> {
        let yuan_name = field
            .strip_suffix("_fen")
            .map(|name| format!("{name}_yuan"))
            .filter(|name| kind.holds(name).is_some());
        let is_fen = yuan_name.is_some();
        let name = yuan_name.unwrap_or_else(|| field.to_owned());
        let Some(holds) = kind.holds(&name) else {
            let known: Vec<_> = kind.columns().map(|(name, _)| name).collect();
            let known = known.join(", ");
            return Err(sentence!(
                "没有列 `{field}`; 有 {known}",
                "there is no column `{field}`; there are {known}",
            ));
        };
        let found = comes(ty).ok_or(("请在 query 里转换", "cast it in a query"));
        let made = found.and_then(|comes| {
            fits(holds, comes, is_fen)?;
            Ok((comes, text(&format!("s.{}", quoted(source)), comes, zone)?))
        });
        let (comes, sql) = made.map_err(|(zh, en)| {
            let ty = ty.name();
            sentence!(
                "`{field}` 不能取自类型为 {ty} 的 `{source}`: {zh}",
                "`{field}` cannot come from `{source}` of type {ty}: {en}",
            )
        })?;
        let turn = if comes == Comes::Decimal {
            Turn::Trim
        } else if is_fen {
            Turn::Fen
        } else {
            Turn::As
        };
        Ok(Self { name, turn, sql })
    }
}

/// Says no where a value could not be read for certain.
fn fits(holds: Holds, comes: Comes, is_fen: bool) -> Result<(), Fixed> {
    let fits = match holds {
        Holds::Text => matches!(comes, Comes::Text | Comes::Whole | Comes::Decimal),
        Holds::Money if comes == Comes::Float => {
            return Err((
                "浮点数不精确; 请改成 numeric",
                "a float is not exact; make it numeric",
            ));
        }
        Holds::Money if is_fen => comes == Comes::Whole,
        Holds::Money | Holds::Whole => matches!(comes, Comes::Whole | Comes::Decimal | Comes::Text),
        Holds::Time => {
            matches!(
                comes,
                Comes::Instant | Comes::Local | Comes::Date | Comes::Text
            )
        }
        Holds::Date if matches!(comes, Comes::Instant | Comes::Local) => {
            return Err((
                "是哪里的一天? 在 query 里写明: (x AT TIME ZONE 'Asia/Shanghai')::date",
                "whose day? say it in a query: (x AT TIME ZONE 'Asia/Shanghai')::date",
            ));
        }
        Holds::Date => matches!(comes, Comes::Date | Comes::Text),
        Holds::Number => {
            matches!(
                comes,
                Comes::Whole | Comes::Decimal | Comes::Float | Comes::Text
            )
        }
        Holds::Flag => matches!(comes, Comes::Flag | Comes::Whole | Comes::Text),
    };
    fits.then_some(()).ok_or((
        "对不上; 请在 query 里转换",
        "it does not fit; cast it in a query",
    ))
}

/// The SQL of a column's text.
fn text(column: &str, comes: Comes, zone: Option<Zone>) -> Result<String, Fixed> {
    let plain = format!("CAST({column} AS text)");
    if comes == Comes::Text {
        return Ok(format!("left({plain}, {LONGEST})"));
    }
    if comes != Comes::Local {
        return Ok(plain);
    }
    let zone = zone.ok_or((
        "写明这种列的时区: zone = \"Asia/Shanghai\"",
        "name the zone of such columns: zone = \"Asia/Shanghai\"",
    ))?;
    let zone = zone.0.name();
    Ok(format!("CAST(({column} AT TIME ZONE '{zone}') AS text)"))
}

/// Whether a row is gone, as SQL.
pub(super) fn deleted(name: &str, ty: &Type) -> Result<String, Sentence> {
    let column = format!("s.{}", quoted(name));
    match comes(ty) {
        Some(Comes::Flag) => Ok(format!("coalesce({column}, FALSE)")),
        Some(Comes::Whole) => Ok(format!("(coalesce({column}, 0) <> 0)")),
        Some(Comes::Date | Comes::Instant | Comes::Local) => Ok(format!("({column} IS NOT NULL)")),
        Some(Comes::Text | Comes::Decimal | Comes::Float) | None => {
            let ty = ty.name();
            Err(sentence!(
                "deleted `{name}` 的类型 {ty} 不是标志, 也不是时间",
                "deleted `{name}` of type {ty} is neither a flag nor a time",
            ))
        }
    }
}

/// A cell on its way to the rules of the kind.
pub(super) fn turned(text: String, turn: Turn) -> String {
    match turn {
        Turn::Trim if text.contains('.') => {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        Turn::As | Turn::Trim => text,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimals_lose_the_zeros_that_say_nothing_and_no_others() {
        let trim = |text: &str| turned(text.to_owned(), Turn::Trim);
        let read: Vec<_> = [
            "12.5000", "12.00", "100", "0.10", "12.345", "-0.0100", "NaN",
        ]
        .map(trim)
        .into();
        assert_eq!(read, ["12.5", "12", "100", "0.1", "12.345", "-0.01", "NaN"]);
    }

    #[test]
    fn names_are_quoted_whatever_is_in_them() {
        assert_eq!(quoted("a\" OR 1=1; --"), "\"a\"\" OR 1=1; --\"");
    }

    proptest! {
        #[test]
        fn whole_fen_are_the_same_amount_in_yuan(fen in any::<i64>()) {
            let yuan = turned(fen.to_string(), Turn::Fen);
            let (whole, cents) = yuan.split_once('.').unwrap();
            let digits: i128 = format!("{whole}{cents}").parse().unwrap();
            prop_assert_eq!((digits, cents.len()), (i128::from(fen), 2));
        }
    }
}
