//! What is wrong with a filter, where, and what to type instead.

use std::ops::Range;

use super::fields::{Entity, lookup};
use crate::domain::{Lang, SafeText, Sentence};

/// A filter that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// Where it is wrong, in characters from the start of the text; the caret's column.
    pub column: usize,
    /// The characters that are wrong; may be empty at the end of the text.
    pub span: Range<usize>,
    /// What is wrong.
    pub problem: Problem,
    /// What to type instead of the span, when something is near.
    pub suggestion: Option<String>,
}

/// The kinds of faults, each with what its sentence names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A word before an operator that is no field.
    UnknownField(String),
    /// An operator without a field before it.
    NoField,
    /// A field of other rows: the field as typed, and what has it.
    WrongEntity(String, Entity),
    /// Nothing after an operator: the field.
    NoValue(&'static str),
    /// Nothing where a condition should stand.
    NoTerm,
    /// `(` never closed.
    Unclosed,
    /// `)` without `(`.
    Unopened,
    /// A quote never closed.
    UnclosedQuote,
    /// `word(`: an opening parenthesis stuck to a word.
    StuckParenthesis,
    /// `tag:a|b`, with no blank at the bar: the word behind it.
    StuckBar(String),
    /// Parentheses or views nested too deep.
    TooDeep,
    /// Longer than a filter may be.
    TooLong,
    /// An operator the field does not have: operator, field.
    WrongOperator(String, &'static str),
    /// Not a number: what was typed.
    NotANumber(String),
    /// A unit that does not exist here: the unit, the units that do.
    WrongUnit(String, &'static str),
    /// `100-200`, where `..` makes a range: the range.
    Dash(String),
    /// `2026-13`, `02-30`: a month or day that no year has: what was typed.
    NoSuchDay(String),
    /// An age without a unit: what was typed.
    NoUnit(String),
    /// Money finer than a fen, or a fraction of a thing.
    TooFine(String),
    /// Too large to be counted exactly.
    TooLarge(String),
    /// `1,000`: comma makes a list; the number without it.
    Thousands(String),
    /// `500..100`.
    Backwards,
    /// Not a date, age or calendar word: what was typed.
    NotATime(String),
    /// `last=30d`: an age is a line, not a moment.
    AgeNeedsDirection(String),
    /// An age and a date in one range.
    MixedRange,
    /// Not a day of the year.
    NotABirthday(String),
    /// A word the field does not know: the word, the words it knows.
    UnknownChoice(String, String),
    /// Digits are wanted: the field.
    NotDigits(&'static str),
    /// Not `CAMPAIGN/STEP`.
    NotAStep(String),
    /// A regular expression that cannot be compiled: why.
    BadRegex(String),
    /// `消费@30d>500`.
    Windowed,
    /// `@name` of no view.
    UnknownView(String),
    /// The view's own text is wrong: name, why (Chinese, English).
    InView(String, String, String),
    /// `sort:` and the like inside parentheses or under a minus: the word.
    OptionInside(&'static str),
    /// `limit:` given twice or not a count.
    BadLimit,
}

impl FilterError {
    /// The fault as a sentence, without the position.
    pub fn message(&self, lang: Lang) -> String {
        let text = match lang {
            Lang::Zh => self.problem.zh(),
            Lang::En => self.problem.en(),
        };
        SafeText::new(&text).as_str().to_owned()
    }

    /// What is wrong, in both languages.
    pub fn sentence(&self) -> Sentence {
        let [zh, en] = [Lang::Zh, Lang::En].map(|lang| self.message(lang));
        Sentence::new(&zh, &en)
    }

    /// The suggestion in both languages, if there is one.
    pub fn suggested(&self) -> Option<Sentence> {
        let [zh, en] = [Lang::Zh, Lang::En].map(|lang| self.hint(lang));
        (!en.is_empty()).then(|| Sentence::new(&zh, &en))
    }

    /// The suggestion as a phrase: `是否 tag?`; empty without one.
    pub fn hint(&self, lang: Lang) -> String {
        match (&self.suggestion, lang) {
            (None, _) => String::new(),
            (Some(s), Lang::Zh) => format!("是否 {}?", SafeText::new(s)),
            (Some(s), Lang::En) => format!("did you mean {}?", SafeText::new(s)),
        }
    }
}

impl std::fmt::Display for FilterError {
    /// English, with the column counted from 1.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "column {}: {}", self.column + 1, self.message(Lang::En))?;
        let hint = self.hint(Lang::En);
        if hint.is_empty() {
            Ok(())
        } else {
            write!(f, "; {hint}")
        }
    }
}

impl std::error::Error for FilterError {}

/// A field by its Chinese name; other words stay.
fn in_chinese(field: &'static str) -> &'static str {
    lookup(field).map_or(field, |spec| spec.zh)
}

/// Where rows are: the pane that lists them, with its key; Chinese and English.
fn rows_of(entity: Entity) -> (&'static str, &'static str) {
    match entity {
        Entity::Customers => ("1 客户", "1 customers"),
        Entity::Tags => ("2 标签", "2 tags"),
        Entity::Groups => ("3 群组", "3 groups"),
        Entity::Campaigns => ("4 活动", "4 campaigns"),
        Entity::Staff => ("员工", "staff"),
    }
}

impl Problem {
    /// What to type instead, where the fault itself says it.
    pub(super) fn instead(&self) -> Option<String> {
        if let Self::Dash(range) = self {
            Some(range.clone())
        } else {
            None
        }
    }

    fn zh(&self) -> String {
        match self {
            // A department is part of the scope, not of the filter.
            Self::UnknownField(w) if w == "部门" => {
                format!("没有字段 {w}; 部门不在筛选里: 用 --org 部门名, 操盘台里按 g s")
            }
            Self::UnknownField(w) => format!("没有字段 {w}; 要找这段文字请加引号"),
            Self::NoField => "运算符前缺少字段, 例如 消费>500".into(),
            Self::WrongEntity(f, of) => format!("这里没有字段 {f}; {} 有", rows_of(*of).0),
            Self::NoValue(f) => format!("{} 后面缺少值", in_chinese(f)),
            Self::NoTerm => "这里缺少条件".into(),
            Self::Unclosed => "括号没有闭合, 请补 )".into(),
            Self::Unopened => "多了一个 )".into(),
            Self::UnclosedQuote => "引号没有闭合, 请补 \"".into(),
            Self::StuckParenthesis => "( 前请加空格; 如果是名字的一部分, 请把名字加引号".into(),
            Self::StuckBar(w) => {
                format!("| 后面的 {w} 会当作文字来找; 同一字段的几个值用逗号, 两个条件之间加空格")
            }
            Self::TooDeep => "括号或视图嵌套太深 (最多 64 层)".into(),
            Self::TooLong => "筛选太长 (最多 20000 字)".into(),
            Self::WrongOperator(op, f) => format!("{} 不能用 {op}", in_chinese(f)),
            Self::NotANumber(w) => format!("{w} 不是数字, 例如 500 或 1万"),
            Self::WrongUnit(u, known) => format!("没有单位 {u}, 用 {known}"),
            Self::Dash(_) => "- 不表示范围, 用 ..".into(),
            Self::NoSuchDay(w) => format!("没有 {w} 这个日期"),
            Self::NoUnit(w) => format!("{w} 缺少单位, 例如 {w}天 或 {w}d"),
            Self::TooFine(w) => format!("{w} 太细: 金额到分, 数量为整数"),
            Self::TooLarge(w) => format!("{w} 太大"),
            Self::Thousands(w) => format!("逗号表示多个值; 请写 {w}"),
            Self::Backwards => "范围反了: 小的在前, 大的在后".into(),
            Self::NotATime(w) => format!("{w} 不是时间, 例如 <30天, 本周, 2026-03-01, 03-15"),
            Self::AgeNeedsDirection(w) => format!("请写 <{w} (不到) 或 >{w} (超过)"),
            Self::MixedRange => "范围两端要么都是日期, 要么都是天数".into(),
            Self::NotABirthday(w) => format!("{w} 不是生日, 例如 3 (月), 03-15, 本周"),
            Self::UnknownChoice(w, known) => format!("没有 {w}, 可用: {known}"),
            Self::NotDigits(f) => format!("{} 只能是数字, 例如尾号 2210", in_chinese(f)),
            Self::NotAStep(w) => format!("{w} 不是环节, 例如 7/支付 或 年度大促/点击"),
            Self::BadRegex(why) => format!("正则不对: {why}"),
            Self::Windowed => "没有按时间窗的指标 (字段@30d); 请用顶部的时间范围".into(),
            Self::UnknownView(w) => format!("没有视图 {w}"),
            Self::InView(name, zh, _) => format!("视图 {name} 有错: {zh}"),
            Self::OptionInside(w) => format!("{w}: 请写在最外层, 不能在括号里或减号后"),
            Self::BadLimit => "limit: 后面写一个正整数, 只写一次".into(),
        }
    }

    fn en(&self) -> String {
        match self {
            Self::UnknownField(w) if w == "dept" || w == "department" => {
                format!(
                    "no field {w}; a department is part of the scope: --org NAME, g s in the console"
                )
            }
            Self::UnknownField(w) => format!("no field {w}; quote it to look for the text"),
            Self::NoField => "a field is missing before the operator, as in spend>500".into(),
            Self::WrongEntity(f, of) => {
                format!("{f} is not a field of these rows but of {}", rows_of(*of).1)
            }
            Self::NoValue(f) => format!("a value is missing after {f}"),
            Self::NoTerm => "a condition is missing here".into(),
            Self::Unclosed => "this ( is never closed: add )".into(),
            Self::Unopened => "this ) was never opened".into(),
            Self::UnclosedQuote => "this quote is never closed: add \"".into(),
            Self::StuckParenthesis => {
                "put a space before (, or quote the whole name if it is part of it".into()
            }
            Self::StuckBar(w) => format!(
                "{w} behind | is looked for as text; values of one field take a comma, two conditions a space"
            ),
            Self::TooDeep => "parentheses or views are nested too deep (64 at most)".into(),
            Self::TooLong => "the filter is too long (20000 characters at most)".into(),
            Self::WrongOperator(op, f) => format!("{f} does not take {op}"),
            Self::NotANumber(w) => format!("{w} is not a number, as in 500 or 1w"),
            Self::WrongUnit(u, known) => format!("no unit {u}, use {known}"),
            Self::Dash(_) => "- makes no range, .. does".into(),
            Self::NoSuchDay(w) => format!("there is no {w} in the calendar"),
            Self::NoUnit(w) => format!("{w} needs a unit, as in {w}d"),
            Self::TooFine(w) => format!("{w} is too fine: money goes to the fen, counts are whole"),
            Self::TooLarge(w) => format!("{w} is too large"),
            Self::Thousands(w) => format!("a comma makes a list; write {w}"),
            Self::Backwards => "the range is backwards: smaller end first".into(),
            Self::NotATime(w) => {
                format!("{w} is not a time, as in <30d, week, 2026-03-01, 03-15")
            }
            Self::AgeNeedsDirection(w) => format!("write <{w} (less than) or >{w} (more than)"),
            Self::MixedRange => "both ends must be dates, or both ages".into(),
            Self::NotABirthday(w) => format!("{w} is not a birthday, as in 3 (March), 03-15, week"),
            Self::UnknownChoice(w, known) => format!("no {w}, one of: {known}"),
            Self::NotDigits(f) => format!("{f} takes digits, as in the tail 2210"),
            Self::NotAStep(w) => {
                format!("{w} is not a step, as in 7/paid or \"year sale/clicked\"")
            }
            Self::BadRegex(why) => format!("bad regular expression: {why}"),
            Self::Windowed => {
                "windowed measures (field@30d) are not available; use the scope's period".into()
            }
            Self::UnknownView(w) => format!("no view {w}"),
            Self::InView(name, _, en) => format!("view {name} is wrong: {en}"),
            Self::OptionInside(w) => {
                format!("{w}: belongs outside parentheses and after no minus")
            }
            Self::BadLimit => "limit: takes one positive whole number, once".into(),
        }
    }
}
