//! What a file of a kind looks like, as data: its table, its natural key, its columns.

use super::parse::Type;

/// What an empty cell means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Empty {
    /// It may not be empty.
    Refused,
    /// NULL.
    Null,
    /// This text.
    Text(&'static str),
}

/// A column of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// Header. `…_yuan` fills `…_fen`, anything else the column of that name.
    pub(super) name: &'static str,
    /// What it holds.
    pub(super) ty: Type,
    /// The header must have it.
    pub(super) required: bool,
    /// What an empty cell means.
    pub(super) empty: Empty,
    /// A value for the template.
    pub(super) sample: &'static str,
}

impl Column {
    /// Its cells may tell of a person: names, ids, phones, birthdays, whatever is written freely.
    pub(super) fn is_personal(&self) -> bool {
        match self.ty {
            Type::Id | Type::Text(_) | Type::Phone => true,
            Type::Date => self.name == "birthday",
            Type::Money
            | Type::SignedMoney
            | Type::Time
            | Type::End
            | Type::Int
            | Type::Count
            | Type::Real
            | Type::Flag
            | Type::Gender
            | Type::OneOf(_)
            | Type::Numbered
            | Type::Measure => false,
        }
    }

    /// The column of the table.
    pub(super) fn field(&self) -> String {
        self.name
            .strip_suffix("_yuan")
            .map_or_else(|| self.name.to_owned(), |n| format!("{n}_fen"))
    }
}

/// What a row should find in the workspace: counted as unmatched when it does not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refers {
    /// Column of the file.
    pub(super) column: &'static str,
    /// `SELECT 1 … WHERE … = ?1`.
    pub(super) sql: &'static str,
}

/// What a column of the table has to do with a row that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Part of the natural key.
    Key,
    /// A difference makes the row a changed one.
    Compared,
    /// Written when the row is new or something else differs.
    Follows,
    /// Written when the row is new.
    Birth,
    /// Who bought. Of a row that names the customer it is compared; of one that does not it is found in the workspace: it
    /// fills an order of nobody, and never takes away whom an order names.
    Found,
    /// Read for what follows from it; the table has no such column.
    Aside,
}

/// Everything about a kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec {
    /// As given on the command line.
    pub(super) code: &'static str,
    pub(super) table: &'static str,
    /// Natural key: names of columns, in the order of the table's index.
    pub(super) key: &'static [&'static str],
    pub(super) columns: &'static [Column],
    pub(super) refers: Option<Refers>,
    /// Columns of the table that are worked out when the file has none.
    pub(super) made: &'static [(&'static str, Role)],
    /// Columns of the table that hold an instant from which the row counts, or from which it counts otherwise.
    pub(super) instants: &'static [&'static str],
}

/// The header must have it and no cell may be empty.
pub(super) const fn must(name: &'static str, ty: Type, sample: &'static str) -> Column {
    Column {
        name,
        ty,
        required: true,
        empty: Empty::Refused,
        sample,
    }
}

/// The header must have it; a cell may be empty.
pub(super) const fn want(name: &'static str, ty: Type, sample: &'static str) -> Column {
    Column {
        name,
        ty,
        required: true,
        empty: Empty::Null,
        sample,
    }
}

/// May be missing or empty.
pub(super) const fn may(name: &'static str, ty: Type, sample: &'static str) -> Column {
    Column {
        name,
        ty,
        required: false,
        empty: Empty::Null,
        sample,
    }
}

/// May be missing; an empty cell means `empty`.
pub(super) const fn or(
    name: &'static str,
    ty: Type,
    empty: &'static str,
    sample: &'static str,
) -> Column {
    Column {
        name,
        ty,
        required: false,
        empty: Empty::Text(empty),
        sample,
    }
}

pub(super) const NAME: Type = Type::Text(512);

pub(super) const CUSTOMER: Refers = Refers {
    column: "external_userid",
    sql: "SELECT 1 FROM customer WHERE external_userid = ?1",
};
pub(super) const ORDER: Refers = Refers {
    column: "order_id",
    sql: "SELECT 1 FROM sale_order WHERE order_id = ?1",
};
pub(super) const CHAT: Refers = Refers {
    column: "chat_id",
    sql: "SELECT 1 FROM group_chat WHERE chat_id = ?1",
};
pub(super) const TAG_GROUP: Refers = Refers {
    column: "group_id",
    sql: "SELECT 1 FROM tag_group WHERE group_id = ?1",
};
pub(super) const STAFF: Refers = Refers {
    column: "userid",
    sql: "SELECT 1 FROM staff WHERE userid = ?1",
};
pub(super) const CAMPAIGN: Refers = Refers {
    column: "campaign_id",
    sql: "SELECT 1 FROM campaign WHERE campaign_id = ?1",
};
