//! What a parsed filter is.

use crate::domain::{Day, period::PeriodSpec};

/// A whole query: the condition and the view options written beside it.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Filter {
    /// Which rows.
    pub expr: Expr,
    /// `sort:` terms, first is primary.
    pub sort: Vec<SortKey>,
    /// `limit:`.
    pub limit: Option<u64>,
    /// `cols:` as canonical field names.
    pub cols: Vec<Field>,
}

impl Filter {
    /// Which rows and how many, without the view options.
    #[must_use]
    pub fn condition(&self) -> Self {
        Self {
            expr: self.expr.clone(),
            limit: self.limit,
            ..Self::default()
        }
    }
}

/// One sort key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SortKey {
    /// Sorted by.
    pub field: Field,
    /// Largest first. Rows without a value come last either way.
    pub descending: bool,
}

/// A condition over one row.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Expr {
    /// Every row.
    #[default]
    All,
    /// All of them; never empty, never nested `And`.
    And(Vec<Expr>),
    /// Any of them; never empty, never nested `Or`.
    Or(Vec<Expr>),
    /// The opposite.
    Not(Box<Expr>),
    /// A single test.
    Term(Term),
}

/// One test of one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What is tested.
    pub field: Field,
    /// How.
    pub test: Test,
}

/// Every field of the language. Each has an English name, a Chinese name and pinyin initials (`filter::fields`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Bare text: name, remark, id, and (four digits or more) the end of the phone.
    Text,
    /// `name 姓名 xm`.
    Name,
    /// `id 编号`: `external_userid`, or the id of the entity listed.
    Id,
    /// `phone 手机 sj`: tail or whole number.
    Phone,
    /// `gender 性别 xb`: 男 女 m f. Like every choice field it holds the canonical word (`filter::values`).
    Gender,
    /// `city 城市 cs`: region.
    City,
    /// `birthday 生日 sr`: month of birth (1..12) or MM-DD, as a number month × 100 + day (`birthday:3` is 301..331; a
    /// range whose ends are backwards goes over New Year), or a calendar word (`birthday:week`).
    Birthday,
    /// `tag 标签 bq`: a tag's name or `#tag_id`.
    Tag,
    /// `stage 阶段 jd`.
    Stage,
    /// `spend 消费 xf`: lifetime net money (orders that still stand), fen.
    Spend,
    /// `orders 单数 ds`: orders that still stand.
    Orders,
    /// `aov 客单 kd`: spend per order.
    Aov,
    /// `last 最近 zj`: time since the last contact (`last<30d`: less than 30 days ago).
    LastContact,
    /// `bought 购买 gm`: time since the last purchase.
    LastPurchase,
    /// `added 添加 tj`: when first added.
    Added,
    /// `owner 顾问 gw`: the staff who owns the customer; name or `#userid`.
    Owner,
    /// `source 来源 ly`: channel kind or name through which the customer was added.
    Source,
    /// `group 群 q`: member of a live group; name or `#chat_id`.
    Group,
    /// `rfm 分层`: one of the eight segments, or 未购.
    Segment,
    /// `risk 流失 ls`: purchase-overdue level 0..3.
    Risk,
    /// `value 风险值`: value at risk, fen.
    ValueAtRisk,
    /// `buyer 成交 cj`: bought in the scope's period with this staff credited; `#userid`.
    CreditedTo,
    /// `adder 加粉 jf`: added in the scope's period by this staff, whoever owns them now; `#userid`.
    AddedBy,
    /// `step 环节 hj`: reached a step of a campaign: `step:7/paid`.
    Step,
    /// `campaign 活动 hd`: bought in a campaign: `campaign:7` (whole campaign, paid orders).
    Campaign,
    /// `health 健康 jk` (groups only): score.
    Health,
    /// `members 人数 rs` (groups only): external members.
    Members,
    /// `flag 标记` (groups only): silent, full, exits, ownerless, few_voices, flash, stale, new.
    Flag,
    /// `band 状态` (groups, board): health or achievement band.
    Band,
    /// `role 岗位` (staff only).
    Role,
}

impl Field {
    /// Its values are members of staff.
    pub fn is_staff(self) -> bool {
        matches!(self, Self::Owner | Self::CreditedTo | Self::AddedBy)
    }
}

/// How a field is tested.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// `:` any of these, contained or member of.
    Has(Vec<Match>),
    /// `=` exactly any of these.
    Is(Vec<Match>),
    /// `!=` none of these.
    Not(Vec<Match>),
    /// `~` regular expression (linear-time engine).
    Regex(String),
    /// Numbers: `> >= < <= =` and `a..b`, in the field's own unit (fen, count, score); never without any end.
    Number(Range<f64>),
    /// Times on a time field: `last<30d`, `added:本周`, `added:2026-03-01..2026-03-31`. Ages count away from now, so
    /// the upper end of a range of ages is the earlier instant (`filter::eval::instants` knows).
    Time(Range<When>),
    /// `has:field`.
    Present,
    /// `no:field`.
    Absent,
}

/// A text value to look for. An id is neither literal nor a prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// The text, folded to ASCII punctuation, as typed otherwise.
    pub text: String,
    /// Quoted: literal, no pinyin.
    pub literal: bool,
    /// `word*`: starts with.
    pub prefix: bool,
    /// `#id`: the identity, not the name.
    pub id: bool,
}

/// An interval, each end open, closed or absent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range<T> {
    /// Lower end.
    pub from: Bound<T>,
    /// Upper end.
    pub to: Bound<T>,
}

/// One end of a [`Range`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound<T> {
    /// No end.
    None,
    /// The value belongs to the range.
    Included(T),
    /// The value does not.
    Excluded(T),
}

/// A time as written; made an instant or a day only when evaluated (`filter::eval` needs [`crate::domain::AsOf`]).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// `30d`, `12h`, `2周`: an *age*; amount in the measure.
    Ago(f64, Measure),
    /// A calendar day.
    On(Day),
    /// `MM-DD` of the current year (or last year when that lies in the future).
    MonthDay(u32, u32),
    /// `今天`, `本周`, `上月` …
    In(PeriodSpec),
}

/// Units of an age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Weeks.
    Week,
    /// Months (30 days).
    Month,
    /// Years (365 days).
    Year,
}

impl Expr {
    /// All of them, in normal form: nested `And`s are opened, `All` left out, one alone stands for itself.
    pub fn all_of(parts: Vec<Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::All => {}
                Self::And(inner) => flat.extend(inner),
                other @ (Self::Or(_) | Self::Not(_) | Self::Term(_)) => flat.push(other),
            }
        }
        match (flat.len(), flat.pop()) {
            (_, None) => Self::All,
            (1, Some(only)) => only,
            (_, Some(last)) => {
                flat.push(last);
                Self::And(flat)
            }
        }
    }

    /// Any of them, in normal form: nested `Or`s are opened, one alone stands for itself; with `All` in it, `All`.
    pub fn any_of(parts: Vec<Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::All => return Self::All,
                Self::Or(inner) => flat.extend(inner),
                other @ (Self::And(_) | Self::Not(_) | Self::Term(_)) => flat.push(other),
            }
        }
        match (flat.len(), flat.pop()) {
            (_, None) => Self::All,
            (1, Some(only)) => only,
            (_, Some(last)) => {
                flat.push(last);
                Self::Or(flat)
            }
        }
    }

    /// One test of one field.
    pub fn term(field: Field, test: Test) -> Self {
        Self::Term(Term { field, test })
    }
}

impl Match {
    /// A word as typed: Chinese, letters, pinyin.
    pub fn word(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..Self::default()
        }
    }

    /// The text itself, no pinyin.
    pub fn quoted(text: &str) -> Self {
        Self {
            literal: true,
            ..Self::word(text)
        }
    }

    /// An identity.
    pub fn identity(id: &str) -> Self {
        Self {
            id: true,
            ..Self::word(id)
        }
    }
}

impl<T: Copy> Range<T> {
    /// From `a` to `b`, both included.
    pub fn between(a: T, b: T) -> Self {
        Self {
            from: Bound::Included(a),
            to: Bound::Included(b),
        }
    }

    /// Exactly `a`.
    pub fn exactly(a: T) -> Self {
        Self::between(a, a)
    }
}
