//! [`Filter`] → canonical text. `parse(print(q)) == q` for every filter the parser can make.

use std::fmt::{self, Display, Formatter, Write as _};

use super::amount::calendar_text;
use super::ast::{Bound, Expr, Field, Filter, Match, Measure, Range, Term, Test, When};
use super::fields::{Kind, choices, spec};
use super::fold::fold_text_char;
use super::special::SPECIALS;
use super::values::campaign_step;
use crate::domain::{Fen, Lang, nearest};

/// The canonical text of a filter: English field names, one space between terms.
pub fn print(filter: &Filter) -> String {
    filter.to_string()
}

/// The text of a filter with the words of a language; it is read as the same filter.
pub fn print_in(filter: &Filter, lang: Lang) -> String {
    Said(filter, lang).to_string()
}

/// A part of a filter in the words of a language.
struct Said<'a, T>(&'a T, Lang);

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Said(self, Lang::En).fmt(f)
    }
}

/// A word like `sort` in a language.
fn special(word: &'static str, lang: Lang) -> &'static str {
    let words = SPECIALS.iter().find(|words| words.first() == Some(&word));
    match lang {
        Lang::Zh => words
            .and_then(|words| words.get(1))
            .copied()
            .unwrap_or(word),
        Lang::En => word,
    }
}

impl Display for Said<'_, Filter> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(filter, lang) = *self;
        let name = |field: Field| spec(field).label(lang);
        let mut gap = "";
        if filter.expr != Expr::All {
            write!(f, "{}", Said(&filter.expr, lang))?;
            gap = " ";
        }
        if !filter.sort.is_empty() {
            write!(f, "{gap}{}:", special("sort", lang))?;
            for (i, key) in filter.sort.iter().enumerate() {
                let comma = if i > 0 { "," } else { "" };
                let minus = if key.descending { "-" } else { "" };
                write!(f, "{comma}{minus}{}", name(key.field))?;
            }
            gap = " ";
        }
        if let Some(limit) = filter.limit {
            write!(f, "{gap}{}:{limit}", special("limit", lang))?;
            gap = " ";
        }
        if !filter.cols.is_empty() {
            let names: Vec<_> = filter.cols.iter().map(|c| name(*c)).collect();
            write!(f, "{gap}{}:{}", special("cols", lang), names.join(","))?;
        }
        Ok(())
    }
}

impl Display for Said<'_, Expr> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(expr, lang) = *self;
        match expr {
            Expr::All => Ok(()),
            Expr::Or(parts) => joined(f, parts, lang, " | ", |part| matches!(part, Expr::Or(_))),
            Expr::And(parts) => joined(f, parts, lang, " ", |part| {
                matches!(part, Expr::Or(_) | Expr::And(_))
            }),
            Expr::Not(inner) => {
                f.write_char('-')?;
                let group = !matches!(**inner, Expr::Term(_));
                grouped(f, inner, lang, group)
            }
            Expr::Term(term) => write!(f, "{}", Said(term, lang)),
        }
    }
}

fn joined(
    f: &mut Formatter<'_>,
    parts: &[Expr],
    lang: Lang,
    with: &str,
    needs_group: impl Fn(&Expr) -> bool,
) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(with)?;
        }
        grouped(f, part, lang, needs_group(part))?;
    }
    Ok(())
}

fn grouped(f: &mut Formatter<'_>, expr: &Expr, lang: Lang, group: bool) -> fmt::Result {
    if group {
        write!(f, "({})", Said(expr, lang))
    } else {
        write!(f, "{}", Said(expr, lang))
    }
}

impl Display for Said<'_, Term> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(term, lang) = *self;
        let name = spec(term.field).label(lang);
        let list = |found| List(found, term.field, lang);
        match &term.test {
            Test::Has(found) if term.field == Field::Text => write!(f, "{}", list(found)),
            Test::Has(found) => write!(f, "{name}:{}", list(found)),
            Test::Is(found) if term.field == Field::Id && found.first().is_some_and(|m| m.id) => {
                write!(f, "{}", list(found))
            }
            Test::Is(found) => write!(f, "{name}={}", list(found)),
            Test::Not(found) => write!(f, "{name}!={}", list(found)),
            Test::Regex(pattern) => {
                write!(f, "{name}~")?;
                let safe =
                    |c: char| c.is_ascii_alphanumeric() || is_han(c) || "^$.*+?_-".contains(c);
                if !pattern.is_empty() && pattern.chars().all(safe) {
                    f.write_str(pattern)
                } else {
                    quoted(f, pattern)
                }
            }
            Test::Number(range) if term.field == Field::Birthday => birthday(f, name, *range, lang),
            Test::Number(range) => {
                let value = match spec(term.field).kind {
                    Kind::Money => yuan,
                    Kind::Text
                    | Kind::Choice
                    | Kind::Count
                    | Kind::Number
                    | Kind::Time
                    | Kind::Birthday => plain,
                };
                bounds(f, name, *range, lang, value)
            }
            Test::Time(range) => time(f, name, *range, lang),
            Test::Present => write!(f, "{}:{name}", special("has", lang)),
            Test::Absent => write!(f, "{}:{name}", special("no", lang)),
        }
    }
}

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// A comma list of texts of a field.
struct List<'a>(&'a [Match], Field, Lang);

impl Display for List<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(found, field, lang) = *self;
        for (i, item) in found.iter().enumerate() {
            if i > 0 {
                f.write_char(',')?;
            }
            if field == Field::Step {
                at_step(f, item, lang)?;
                continue;
            }
            match choices(field).iter().find(|c| c.code == item.text) {
                Some(choice) if !item.id => f.write_str(choice.label(lang))?,
                _ => write!(f, "{item}")?,
            }
        }
        Ok(())
    }
}

/// `年度大促/点击`: the step in the words of a language.
fn at_step(f: &mut Formatter<'_>, item: &Match, lang: Lang) -> fmt::Result {
    match campaign_step(&item.text) {
        Some((campaign, step)) => {
            let text = format!("{campaign}/{}", step.label(lang));
            write!(
                f,
                "{}",
                Match {
                    text,
                    ..item.clone()
                }
            )
        }
        None => write!(f, "{item}"),
    }
}

impl Display for Match {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.id {
            f.write_char('#')?;
            return word(f, &self.text);
        }
        if self.literal || self.text.is_empty() {
            quoted(f, &self.text)?;
        } else {
            word(f, &self.text)?;
        }
        if self.prefix {
            f.write_char('*')?;
        }
        Ok(())
    }
}

fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        if c == '\\' || fold_text_char(c) == '"' {
            f.write_char('\\')?;
        }
        f.write_char(c)?;
    }
    f.write_char('"')
}

/// A bare word; whatever could mean something else gets a backslash.
fn word(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    let keyword = matches!(text, "AND" | "OR" | "NOT" | "且" | "或");
    for (i, c) in text.chars().enumerate() {
        let plain = (c.is_alphanumeric() && fold_text_char(c) == c)
            || "_./+%&'·".contains(c)
            || (i > 0 && "-@".contains(c));
        if !plain || (i == 0 && (keyword || c == '非')) {
            f.write_char('\\')?;
        }
        f.write_char(c)?;
    }
    Ok(())
}

/// A range as operator and value, or as `a..b`.
fn bounds<T: Copy + PartialEq>(
    f: &mut Formatter<'_>,
    name: &str,
    range: Range<T>,
    lang: Lang,
    value: impl Fn(&mut Formatter<'_>, T) -> fmt::Result + Copy,
) -> fmt::Result {
    let mut side = |sign: &str, v: T| {
        write!(f, "{name}{sign}")?;
        value(f, v)
    };
    match (range.from, range.to) {
        (Bound::None, Bound::None) => write!(f, "{}:{name}", special("has", lang)),
        (Bound::Included(v), Bound::None) => side(">=", v),
        (Bound::Excluded(v), Bound::None) => side(">", v),
        (Bound::None, Bound::Included(v)) => side("<=", v),
        (Bound::None, Bound::Excluded(v)) => side("<", v),
        (Bound::Included(a), Bound::Included(b)) if a == b => side("=", a),
        (Bound::Included(a), Bound::Included(b)) => {
            side(":", a)?;
            f.write_str("..")?;
            value(f, b)
        }
        // The language has no half-open `a..b`: two terms say it.
        (from, to) => {
            f.write_char('(')?;
            bounds(
                f,
                name,
                Range {
                    from,
                    to: Bound::None,
                },
                lang,
                value,
            )?;
            f.write_char(' ')?;
            bounds(
                f,
                name,
                Range {
                    from: Bound::None,
                    to,
                },
                lang,
                value,
            )?;
            f.write_char(')')
        }
    }
}

fn plain(f: &mut Formatter<'_>, value: f64) -> fmt::Result {
    write!(f, "{value}")
}

/// Fen as yuan.
fn yuan(f: &mut Formatter<'_>, value: f64) -> fmt::Result {
    // Whole fen below 2^53, by construction.
    let exact = Fen(nearest(value)).decimal();
    f.write_str(exact.trim_end_matches('0').trim_end_matches('.'))
}

/// Birthdays are whole months or single days, kept as month × 100 + day.
fn birthday(f: &mut Formatter<'_>, name: &str, range: Range<f64>, lang: Lang) -> fmt::Result {
    let (from, to) = match (range.from, range.to) {
        (Bound::Included(_), Bound::Included(_)) => range.whole(),
        _ => return bounds(f, name, range, lang, plain),
    };
    let date = |v: i64| format!("{:02}-{:02}", v / 100, v % 100);
    // A month stands for its first day at the lower end and for its 31st at the upper one.
    let end = |v: i64, whole: i64| {
        if v % 100 == whole {
            (v / 100).to_string()
        } else {
            date(v)
        }
    };
    if from == to {
        return write!(f, "{name}:{}", date(from));
    }
    let (a, b) = (end(from, 1), end(to, 31));
    if a == b {
        write!(f, "{name}:{a}")
    } else {
        write!(f, "{name}:{a}..{b}")
    }
}

fn time(f: &mut Formatter<'_>, name: &str, range: Range<When>, lang: Lang) -> fmt::Result {
    match (range.from, range.to) {
        (Bound::Included(a), Bound::Included(b)) if a == b => {
            write!(f, "{name}:")?;
            when(f, a, lang)?;
            if matches!(a, When::Ago(..)) {
                f.write_str("..")?;
                when(f, b, lang)?;
            }
            Ok(())
        }
        _ => bounds(f, name, range, lang, |f, value| when(f, value, lang)),
    }
}

fn when(f: &mut Formatter<'_>, value: When, lang: Lang) -> fmt::Result {
    match value {
        When::Ago(amount, measure) => write!(f, "{amount}{}", unit(measure, lang)),
        When::On(day) => write!(f, "{day}"),
        When::MonthDay(month, day) => write!(f, "{month:02}-{day:02}"),
        When::In(period) => match (calendar_text(period, lang), period) {
            (Some(text), _) => f.write_str(&text),
            (None, crate::domain::period::PeriodSpec::Range(a, b)) => write!(f, "{a}..{b}"),
            (None, _) => Ok(()),
        },
    }
}

fn unit(measure: Measure, lang: Lang) -> char {
    let (zh, en) = match measure {
        Measure::Hour => ('时', 'h'),
        Measure::Day => ('天', 'd'),
        Measure::Week => ('周', 'w'),
        Measure::Month => ('月', 'm'),
        Measure::Year => ('年', 'y'),
    };
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Day;
    use crate::domain::period::PeriodSpec;
    use crate::filter::fields::{Entity, FIELDS};
    use crate::filter::{Ctx, SortKey, parse};
    use proptest::prelude::*;

    fn any_text() -> BoxedStrategy<String> {
        prop_oneof![
            "[a-z]{1,6}",
            "\\PC{1,8}",
            any::<String>().prop_filter("empty text is no value", |t| !t.is_empty()),
            prop::sample::select(vec![
                "AND",
                "或",
                "非",
                "非洲",
                "-x",
                "@v",
                "#1",
                "a*",
                "*",
                "..",
                "a:b",
                "x，y",
                "ＶＩＰ",
                "“",
                "\\",
                "\u{3000}",
                "1,000",
            ])
            .prop_map(str::to_owned),
        ]
        .boxed()
    }

    fn any_match() -> impl Strategy<Value = Match> {
        (any_text(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
            |(text, literal, prefix, id)| Match {
                text,
                literal: literal && !id,
                prefix: prefix && !id,
                id,
            },
        )
    }

    fn some<T: fmt::Debug>(one: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
        prop::collection::vec(one, 1..4)
    }

    fn ranges<T: Copy + fmt::Debug>(
        value: impl Strategy<Value = T>,
        backwards: impl Fn(T, T) -> bool,
    ) -> impl Strategy<Value = Range<T>> {
        (value_pair(value), 0..5_u8).prop_map(move |((a, b), shape)| {
            let (a, b) = if backwards(a, b) { (b, a) } else { (a, b) };
            let (from, to) = match shape {
                0 => (Bound::Included(a), Bound::None),
                1 => (Bound::Excluded(a), Bound::None),
                2 => (Bound::None, Bound::Included(a)),
                3 => (Bound::None, Bound::Excluded(a)),
                _ => (Bound::Included(a), Bound::Included(b)),
            };
            Range { from, to }
        })
    }

    fn value_pair<T: Copy + fmt::Debug>(
        value: impl Strategy<Value = T>,
    ) -> impl Strategy<Value = (T, T)> {
        prop::collection::vec(value, 2).prop_map(|v| (v[0], v[1]))
    }

    fn any_day() -> impl Strategy<Value = When> {
        let span = |d: &str| Day::parse(d).unwrap().0;
        (span("0001-01-01")..span("9999-12-31")).prop_map(|d| When::On(Day(d)))
    }

    fn any_period() -> impl Strategy<Value = PeriodSpec> {
        prop_oneof![
            prop::sample::select(vec![
                PeriodSpec::Today,
                PeriodSpec::Yesterday,
                PeriodSpec::Week,
                PeriodSpec::Month,
                PeriodSpec::Quarter,
                PeriodSpec::Year,
                PeriodSpec::LastWeek,
                PeriodSpec::LastMonth,
            ]),
            (1000..9999_i32, 1..13_u32).prop_map(|(y, m)| PeriodSpec::MonthOf(y, m)),
            (1000..9999_i32, 1..53_u32).prop_map(|(y, w)| PeriodSpec::WeekOf(y, w)),
        ]
    }

    fn any_time() -> impl Strategy<Value = Range<When>> {
        let ages = || {
            (
                0.0..5_000.0_f64,
                prop::sample::select(vec![
                    Measure::Hour,
                    Measure::Day,
                    Measure::Week,
                    Measure::Month,
                    Measure::Year,
                ]),
                any::<bool>(),
            )
                .prop_map(|(n, m, whole)| When::Ago(if whole { n.floor() } else { n }, m))
        };
        prop_oneof![
            ranges(ages(), super::super::eval::backwards),
            ranges(any_day(), super::super::eval::backwards),
            ranges(any_period().prop_map(When::In), |_, _| false),
            ranges(
                (1..13_u32, 1..29_u32).prop_map(|(m, d)| When::MonthDay(m, d)),
                |_, _| false
            ),
            (1..u16::MAX).prop_map(|n| Range::exactly(When::In(PeriodSpec::Last(n)))),
        ]
    }

    fn any_test(field: Field) -> BoxedStrategy<Test> {
        let kind = spec(field).kind;
        let own: BoxedStrategy<Test> = match kind {
            Kind::Text => match field {
                Field::Phone => some("[0-9]{1,11}".prop_map(|d| Match::word(&d)))
                    .prop_map(Test::Has)
                    .boxed(),
                Field::Step => some((0..99_i64).prop_map(|c| Match::word(&format!("{c}/paid"))))
                    .prop_map(Test::Is)
                    .boxed(),
                _ => prop_oneof![
                    some(any_match()).prop_map(Test::Has),
                    some(any_match()).prop_map(Test::Is),
                    some(any_match()).prop_map(Test::Not),
                    any_text().prop_map(|t| Test::Regex(regex::escape(&t))),
                    Just(Test::Regex("^(欧|阳)\\d+ \"x".to_owned())),
                ]
                .boxed(),
            },
            Kind::Choice => {
                let codes = prop::sample::select(choices(field)).prop_map(|c| Match::word(c.code));
                some(codes).prop_map(Test::Has).boxed()
            }
            Kind::Money | Kind::Count => {
                let whole = (-(1_i64 << 53)..=1 << 53).prop_map(|n| n as f64);
                ranges(whole, |a, b| a > b).prop_map(Test::Number).boxed()
            }
            Kind::Number => {
                let finite =
                    prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::SUBNORMAL;
                ranges(finite, |a, b| a > b).prop_map(Test::Number).boxed()
            }
            Kind::Time => any_time().prop_map(Test::Time).boxed(),
            Kind::Birthday => {
                let day = || (1..13_u32, 1..29_u32).prop_map(|(m, d)| f64::from(m * 100 + d));
                let month = || (1..13_u32).prop_map(|m| f64::from(m * 100));
                prop_oneof![
                    (day(), day()).prop_map(|(a, b)| Test::Number(Range::between(a, b))),
                    (month(), month())
                        .prop_map(|(a, b)| Test::Number(Range::between(a + 1.0, b + 31.0))),
                    (day(), month()).prop_map(|(a, b)| Test::Number(Range::between(a, b + 31.0))),
                    any_period().prop_map(|p| Test::Time(Range::exactly(When::In(p)))),
                ]
                .boxed()
            }
        };
        if field == Field::Text {
            return some(any_match().prop_filter("ids are the id field's", |m| !m.id))
                .prop_map(Test::Has)
                .boxed();
        }
        prop_oneof![8 => own, 1 => Just(Test::Present), 1 => Just(Test::Absent)].boxed()
    }

    fn customer_field() -> impl Strategy<Value = Field> {
        let fields: Vec<Field> = FIELDS
            .iter()
            .filter(|s| s.entities.contains(&Entity::Customers))
            .map(|s| s.field)
            .collect();
        prop::sample::select(fields)
    }

    fn any_expr() -> impl Strategy<Value = Expr> {
        let term =
            customer_field().prop_flat_map(|f| any_test(f).prop_map(move |t| Expr::term(f, t)));
        term.prop_recursive(5, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::all_of),
                prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::any_of),
                inner.prop_map(|e| Expr::Not(Box::new(e))),
            ]
        })
    }

    fn any_filter() -> impl Strategy<Value = Filter> {
        let column = || customer_field().prop_filter("no column", |f| *f != Field::Text);
        let key =
            (column(), any::<bool>()).prop_map(|(field, descending)| SortKey { field, descending });
        (
            prop_oneof![1 => Just(Expr::All), 9 => any_expr()],
            prop::collection::vec(key, 0..3),
            prop::option::of(1..u64::MAX),
            prop::collection::vec(column(), 0..3),
        )
            .prop_map(|(expr, sort, limit, cols)| Filter {
                expr,
                sort,
                limit,
                cols,
            })
    }

    #[test]
    fn a_filter_is_said_in_the_language_it_is_read_in() {
        for (zh, en) in [
            ("标签:黑金 消费>100", "tag:黑金 spend>100"),
            (
                "-顾问:何敏 最近<30天 排序:-消费 限:20",
                "-owner:何敏 last<30d sort:-spend limit:20",
            ),
            (
                "(性别:女 | 无:手机) 添加:本周",
                "(gender:f | no:phone) added:week",
            ),
            (
                "添加:2026-03-01..2026-03-31 列:姓名,城市",
                "added:2026-03-01..2026-03-31 cols:name,city",
            ),
            ("何敏", "何敏"),
        ] {
            let filter = parse(zh, &Ctx::default()).unwrap();
            assert_eq!(print_in(&filter, Lang::Zh), zh);
            assert_eq!(print_in(&filter, Lang::En), en);
            assert_eq!(parse(en, &Ctx::default()).unwrap(), filter);
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_as_the_same_filter(filter in any_filter()) {
            let text = print(&filter);
            prop_assert_eq!(parse(&text, &Ctx::default()).map_err(|e| TestCaseError::fail(format!("{text}: {e}")))?, filter, "{}", text);
        }

        #[test]
        fn what_is_printed_in_chinese_is_read_as_the_same_filter(filter in any_filter()) {
            let text = print_in(&filter, Lang::Zh);
            prop_assert_eq!(parse(&text, &Ctx::default()).map_err(|e| TestCaseError::fail(format!("{text}: {e}")))?, filter, "{}", text);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            let _ = parse(&text, &Ctx::default());
        }

        #[test]
        fn text_of_the_languages_own_pieces_is_read_or_refused_within_its_bounds(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "tag", "消费", "last", "生日", "rfm", "sort", "is", "has", ":", "=", "!=", "<", ">=", "~", "..", ",", "(", ")", "|",
                "-", "非", "或", "AND", "\"", "#", "@", "*", "\\", " ", "　", "1", "30d", "1万", "2026-03-01", "上周", "张", "a", "０", "；",
            ]), 0..14),
        ) {
            let text = pieces.concat();
            let chars = text.chars().count();
            match parse(&text, &Ctx::default()) {
                Ok(filter) => {
                    let again = print(&filter);
                    prop_assert_eq!(parse(&again, &Ctx::default()).map_err(|e| TestCaseError::fail(format!("{text} -> {again}: {e}")))?, filter);
                }
                Err(e) => prop_assert!(e.column <= chars && e.span.start <= e.span.end && e.span.end <= chars, "{} {:?}", text, e),
            }
        }
    }
}
