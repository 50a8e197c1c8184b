//! Filter text → [`Filter`], by hand, with a column for every fault.
//!
//! `query = or; or = and {("|" | OR | 或) and}; and = unary {[AND | 且] unary}; unary = [- ! NOT 非] atom;`
//! `atom = "(" query ")" | @view | #id | field op value | text`. View options (`sort: limit: cols:`) stand anywhere
//! outside parentheses. Recursion happens through parentheses and views only and is limited.

use super::ast::{Expr, Field, Filter, Match, Test};
use super::error::{FilterError, Problem};
use super::fields::{Entity, FieldSpec, lookup, nearest, spec};
use super::scan::{Ends, Scanner, fault};
use super::special::{Clause, Options, special};
use super::value;

/// Parentheses and views may nest this deep.
pub const MAX_DEPTH: usize = 64;
/// Longest filter, in characters.
pub const MAX_CHARS: usize = 20_000;

/// What parsing depends on besides the text.
#[derive(Clone, Copy, Default)]
pub struct Ctx<'a> {
    /// What is listed: it decides which fields apply.
    pub entity: Entity,
    /// Saved views, for `@name`.
    pub views: Option<&'a Views<'a>>,
}

/// The text of a saved view by its name.
pub type Views<'a> = dyn Fn(&str) -> Option<String> + 'a;

impl Ctx<'_> {
    /// For rows of this entity, without views.
    pub fn of(entity: Entity) -> Self {
        Self {
            entity,
            views: None,
        }
    }
}

impl std::fmt::Debug for Ctx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ctx")
            .field("entity", &self.entity)
            .field("views", &self.views.is_some())
            .finish()
    }
}

/// Reads a filter. Empty text is the empty filter.
pub fn parse(text: &str, ctx: &Ctx<'_>) -> Result<Filter, FilterError> {
    parse_nested(text, ctx, 0)
}

fn parse_nested(text: &str, ctx: &Ctx<'_>, depth: usize) -> Result<Filter, FilterError> {
    let mut parser = Parser {
        s: Scanner::new(text),
        ctx,
        base: depth,
        depth,
        options: Options::default(),
        from_views: Options::default(),
    };
    if parser.s.len() > MAX_CHARS {
        return Err(fault(MAX_CHARS..parser.s.len(), Problem::TooLong));
    }
    let expr = parser.or()?;
    if parser.s.at < parser.s.len() {
        return Err(parser.s.fault_here(Problem::Unopened));
    }
    let Parser {
        options,
        from_views,
        ..
    } = parser;
    Ok(Filter {
        expr,
        sort: first_given(options.sort, from_views.sort),
        limit: options.limit.or(from_views.limit),
        cols: first_given(options.cols, from_views.cols),
    })
}

fn first_given<T>(own: Vec<T>, from_view: Vec<T>) -> Vec<T> {
    if own.is_empty() { from_view } else { own }
}

/// A parse going on.
struct Parser<'a> {
    s: Scanner,
    ctx: &'a Ctx<'a>,
    /// Depth at which this text began (a view inside a filter begins deeper).
    base: usize,
    depth: usize,
    options: Options,
    from_views: Options,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Expr, FilterError> {
        let mut branches = vec![self.and()?];
        loop {
            self.s.skip_spaces();
            let at = self.s.at;
            if !(self.s.eat('|') || self.s.eat_keyword(&["OR", "或"])) {
                return Ok(Expr::any_of(branches));
            }
            // `||` is what other languages write.
            self.s.eat('|');
            self.check_stuck(at)?;
            let right = self.and()?;
            if branches.last() == Some(&Expr::All) || right == Expr::All {
                return Err(fault(at..at + 1, Problem::NoTerm));
            }
            branches.push(right);
        }
    }

    /// `tag:a|b`: who writes a bar between two words of a field means either of them, and the grammar reads the second as
    /// bare text. A field of its own behind the bar, or a blank at it, makes it plain.
    fn check_stuck(&self, bar: usize) -> Result<(), FilterError> {
        let value = self.s.value_before(bar);
        let (Some(value), Some(word)) = (value, self.s.bare_word()) else {
            return Ok(());
        };
        let instead = format!(
            "{},{}",
            self.s.text(value.clone()),
            self.s.text(word.clone())
        );
        let problem = Problem::StuckBar(self.s.text(word.clone()));
        Err(FilterError {
            suggestion: Some(instead),
            ..fault(value.start..word.end, problem)
        })
    }

    fn and(&mut self) -> Result<Expr, FilterError> {
        let mut parts = Vec::new();
        loop {
            self.s.skip_spaces();
            let begins = match self.s.peek(0) {
                None | Some(')' | '|') => false,
                Some(_) => !self.clone_ahead_is_or(),
            };
            if !begins {
                return Ok(Expr::all_of(parts));
            }
            let at = self.s.at;
            if self.s.eat_keyword(&["AND", "且"]) {
                let here = at..self.s.at;
                self.s.skip_spaces();
                if parts.is_empty() || matches!(self.s.peek(0), None | Some(')' | '|')) {
                    return Err(fault(here, Problem::NoTerm));
                }
                continue;
            }
            parts.push(self.unary()?);
        }
    }

    /// `OR` or `或` stands next.
    fn clone_ahead_is_or(&mut self) -> bool {
        let at = self.s.at;
        let is = self.s.eat_keyword(&["OR", "或"]);
        self.s.at = at;
        is
    }

    fn unary(&mut self) -> Result<Expr, FilterError> {
        let at = self.s.at;
        if !self.eat_not() {
            return self.atom(false);
        }
        self.s.skip_spaces();
        let inner = match self.s.peek(0) {
            None | Some(')' | '|') => return Err(fault(at..at + 1, Problem::NoTerm)),
            Some(_) => self.atom(true)?,
        };
        if inner == Expr::All {
            return Err(fault(at..self.s.at, Problem::NoTerm));
        }
        Ok(Expr::Not(Box::new(inner)))
    }

    /// `-`, `!`, `NOT`; and `非` before a field, a parenthesis, a quote or a space (`非洲` is text).
    fn eat_not(&mut self) -> bool {
        if self.s.eat('-') || self.s.eat('!') || self.s.eat_keyword(&["NOT", "非"]) {
            return true;
        }
        if self.s.peek(0) != Some('非') {
            return false;
        }
        self.s.at += 1;
        let head = self.s.head();
        let before_field = self.s.operator_at(head.len()) && {
            let word = self.s.text(head);
            lookup(&word).is_some() || special(&word).is_some()
        };
        let not = before_field || matches!(self.s.peek(0), Some('(' | '"' | '@' | '#'));
        if !not {
            self.s.at -= 1;
        }
        not
    }

    fn atom(&mut self, negated: bool) -> Result<Expr, FilterError> {
        match self.s.peek(0) {
            Some('(') => self.group(),
            Some('@') => self.view(negated),
            Some('#') => {
                let items = self.items(Ends::CommaOrOperator, "#")?;
                self.check_entity(spec(Field::Id), self.s.at)?;
                Ok(Expr::term(Field::Id, Test::Is(items)))
            }
            _ => self.field_or_text(negated),
        }
    }

    fn group(&mut self) -> Result<Expr, FilterError> {
        let open = self.s.at;
        self.s.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(fault(open..open + 1, Problem::TooDeep));
        }
        let inner = self.or()?;
        if !self.s.eat(')') {
            return Err(fault(open..open + 1, Problem::Unclosed));
        }
        self.depth -= 1;
        if inner == Expr::All {
            return Err(fault(open..self.s.at, Problem::NoTerm));
        }
        Ok(inner)
    }

    fn view(&mut self, negated: bool) -> Result<Expr, FilterError> {
        let start = self.s.at;
        self.s.at += 1;
        let name = match self.s.word(Ends::Comma)? {
            Some(word) => word.text,
            None => return Err(self.s.fault_here(Problem::NoValue("@"))),
        };
        let span = start..self.s.at;
        if self.depth >= MAX_DEPTH {
            return Err(fault(span, Problem::TooDeep));
        }
        let Some(text) = self.ctx.views.and_then(|views| views(&name)) else {
            return Err(fault(span, Problem::UnknownView(name)));
        };
        let view = parse_nested(&text, self.ctx, self.depth + 1).map_err(|inner| {
            // However deep the views go, only the innermost fault is told.
            let problem = match inner.problem {
                Problem::TooDeep => Problem::TooDeep,
                Problem::InView(name, zh, en) => Problem::InView(name, zh, en),
                _ => Problem::InView(
                    name.clone(),
                    inner.message(crate::domain::Lang::Zh),
                    inner.message(crate::domain::Lang::En),
                ),
            };
            fault(span.clone(), problem)
        })?;
        if self.depth == self.base && !negated {
            self.from_views.sort.extend(view.sort);
            self.from_views.cols.extend(view.cols);
            self.from_views.limit = self.from_views.limit.or(view.limit);
        }
        Ok(view.expr)
    }

    fn field_or_text(&mut self, negated: bool) -> Result<Expr, FilterError> {
        let head = self.s.head();
        if !self.s.operator_at(head.len()) {
            return self.text();
        }
        let name = self.s.text(head.clone());
        if let Some(word) = special(&name) {
            self.s.at = head.end;
            let mut clause = Clause {
                s: &mut self.s,
                entity: self.ctx.entity,
                options: &mut self.options,
                inside: negated || self.depth > self.base,
            };
            return clause.read(word, head.start);
        }
        if let Some(found) = lookup(&name) {
            self.s.at = head.end;
            self.check_entity(found, head.start)?;
            return value::test(&mut self.s, found);
        }
        if head.is_empty() {
            return Err(self.s.fault_here(Problem::NoField));
        }
        let windowed = name
            .split_once('@')
            .is_some_and(|(f, _)| lookup(f).is_some());
        let suggestion = nearest(&name).map(str::to_owned);
        let problem = if windowed {
            Problem::Windowed
        } else {
            Problem::UnknownField(name)
        };
        Err(FilterError {
            suggestion,
            ..fault(head, problem)
        })
    }

    fn check_entity(&self, found: &FieldSpec, start: usize) -> Result<(), FilterError> {
        value::check_entity(&self.s, self.ctx.entity, found, start)
    }

    fn text(&mut self) -> Result<Expr, FilterError> {
        let start = self.s.at;
        let items = self.items(Ends::CommaOrOperator, "text")?;
        if self.s.operator_at(0) {
            let word = self.s.text(start..self.s.at);
            return Err(fault(start..self.s.at, Problem::UnknownField(word)));
        }
        Ok(Expr::term(Field::Text, Test::Has(items)))
    }

    fn items(&mut self, ends: Ends, after: &'static str) -> Result<Vec<Match>, FilterError> {
        value::matches(&mut self.s, ends, after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Lang;
    use crate::filter::{Bound, Range, print};
    use rstest::rstest;

    fn canonical(text: &str) -> String {
        match parse(text, &Ctx::default()) {
            Ok(filter) => print(&filter),
            Err(e) => panic!("{text}: {e}"),
        }
    }

    fn refused(text: &str) -> FilterError {
        parse(text, &Ctx::default()).expect_err(text)
    }

    // The ten examples of the help, and what they mean in canonical words.
    #[rstest]
    #[case("zs", "zs")]
    #[case(
        "标签:高净值 -标签:流失 消费>500 最近<30d",
        "tag:高净值 -tag:流失 spend>500 last<30d"
    )]
    #[case("tag:母婴,复购 owner:何敏", "tag:母婴,复购 owner:何敏")]
    #[case("消费:1万..5万", "spend:10000..50000")]
    #[case(
        "(来源:裂变 | 来源:扫码) 添加:本周",
        "(source:裂变 | source:扫码) added:week"
    )]
    #[case("no:owner", "no:owner")]
    #[case("2210", "2210")]
    #[case("城市:上海*", "city:上海*")]
    #[case("name~^欧阳", "name~^欧阳")]
    #[case("标签：高净值　消费＞５００", "tag:高净值 spend>500")]
    fn the_examples_of_the_help_are_understood(#[case] text: &str, #[case] meaning: &str) {
        assert_eq!(canonical(text), meaning);
    }

    #[rstest]
    #[case("张三 李四", "张三 李四")]
    #[case("张三，李四", "张三,李四")]
    #[case("标签:母婴、复购", "tag:母婴,复购")]
    #[case("a b | c d", "a b | c d")]
    #[case("a (b | c)", "a (b | c)")]
    #[case("((a))", "a")]
    #[case("(a b) c", "a b c")]
    #[case("a AND b OR c", "a b | c")]
    #[case("a 且 b 或 c", "a b | c")]
    #[case("NOT a", "-a")]
    #[case("!a", "-a")]
    #[case("非 a", "-a")]
    #[case("非标签:流失", "-tag:流失")]
    #[case("非(a|b)", "-(a | b)")]
    #[case("非洲", "\\非洲")]
    #[case("-(-a)", "-(-a)")]
    #[case("or and not", "or and not")]
    #[case("\"张 三\"", "\"张 三\"")]
    #[case("“张三”", "\"张三\"")]
    #[case("#wm123", "#wm123")]
    #[case("id:#wm123", "id:#wm123")]
    #[case("id=#wm123", "#wm123")]
    #[case("group:#wrOg", "group:#wrOg")]
    #[case("step:7/paid", "step:7/paid")]
    #[case("环节：7/支付", "step:7/paid")]
    #[case("环节:年度大促/点击", "step:年度大促/clicked")]
    #[case("step:\"a b/paid\"", "step:\"a b/paid\"")]
    #[case("phone:2210", "phone:2210")]
    #[case("性别:女", "gender:f")]
    #[case("is:female", "gender:f")]
    #[case("分层:重要价值,未购", "rfm:important-value,none")]
    #[case("rfm!=none", "rfm!=none")]
    #[case("生日:3月", "birthday:3")]
    #[case("生日:12..1", "birthday:12..1")]
    #[case("birthday:03-15..04-02", "birthday:03-15..04-02")]
    #[case("birthday:03-01", "birthday:03-01")]
    #[case("birthday:本周", "birthday:week")]
    #[case(
        "sort:-spend,last limit:20 cols:name,phone tag:vip",
        "tag:vip sort:-spend,last limit:20 cols:name,phone"
    )]
    #[case("排序:-消费", "sort:-spend")]
    #[case("orders:1,3", "orders=1 | orders=3")]
    #[case("x orders:1,3", "x (orders=1 | orders=3)")]
    #[case("orders!=2", "-orders=2")]
    #[case("spend:>500", "spend>500")]
    #[case("spend:500..", "spend>=500")]
    #[case("spend:..500", "spend<=500")]
    #[case("spend>=￥1.5万元", "spend>=15000")]
    #[case("消费≥500", "spend>=500")]
    #[case("消费:≤500", "spend<=500")]
    #[case("标签≠a", "tag!=a")]
    #[case("消费：500～1000", "spend:500..1000")]
    #[case("aov<0.29", "aov<0.29")]
    #[case("value>-0.5", "value>-0.5")]
    #[case("risk>=2", "risk>=2")]
    #[case("last:7d..30d", "last:7d..30d")]
    #[case("added:-7d..", "added<=7d")]
    #[case("added:30d", "added:30d")]
    #[case("added:2026-03-01..2026-03-31", "added:2026-03-01..2026-03-31")]
    #[case("added>=3-1", "added>=03-01")]
    #[case("has:phone,city", "has:phone | has:city")]
    #[case("tag!=a,b", "tag!=a,b")]
    #[case("city=上海", "city=上海")]
    #[case("TAG:vip", "tag:vip")]
    #[case("bq:vip xf>1w zj<2w", "tag:vip spend>10000 last<2w")]
    #[case("name~\"a|b c\"", "name~\"a|b c\"")]
    #[case("(name~^(欧|阳) | b)", "name~\"^(欧|阳)\" | b")]
    #[case("a\\:b", "a\\:b")]
    #[case("  ", "")]
    fn text_has_one_canonical_form(#[case] text: &str, #[case] meaning: &str) {
        assert_eq!(canonical(text), meaning, "{text}");
        assert_eq!(canonical(meaning), meaning, "the canonical form is its own");
    }

    #[rstest]
    #[case(
        "标签:高净值 消费>1w 最近<30t",
        18,
        "没有单位 t, 用 时h 天d 周w 月m 年y"
    )]
    #[case("tga:vip", 0, "没有字段 tga; 要找这段文字请加引号")]
    #[case("a >5", 2, "运算符前缺少字段, 例如 消费>500")]
    #[case("health<45", 0, "这里没有字段 health; 3 群组 有")]
    #[case("tag:", 3, "标签 后面缺少值")]
    #[case("a | ", 2, "这里缺少条件")]
    #[case("| a", 0, "这里缺少条件")]
    #[case("a -", 2, "这里缺少条件")]
    #[case("()", 0, "这里缺少条件")]
    #[case("(a", 0, "括号没有闭合, 请补 )")]
    #[case("a)", 1, "多了一个 )")]
    #[case("\"a", 0, "引号没有闭合, 请补 \"")]
    #[case(
        "tag:高净值(2024)",
        7,
        "( 前请加空格; 如果是名字的一部分, 请把名字加引号"
    )]
    #[case("tag>5", 3, "标签 不能用 >")]
    #[case("spend~5", 5, "消费 不能用 ~")]
    #[case("spend>abc", 6, "abc 不是数字, 例如 500 或 1万")]
    #[case("spend>0.001", 6, "0.001 太细: 金额到分, 数量为整数")]
    #[case("spend>1,000", 6, "逗号表示多个值; 请写 1000")]
    #[case("spend:5..1", 6, "范围反了: 小的在前, 大的在后")]
    #[case("last<30", 7, "30 缺少单位, 例如 30天 或 30d")]
    #[case("last=30d", 5, "请写 <30d (不到) 或 >30d (超过)")]
    #[case("购买<-5天", 3, "请写 <5天 (不到) 或 >5天 (超过)")]
    #[case("added>-7d", 6, "请写 <7d (不到) 或 >7d (超过)")]
    #[case(
        "标签:黑金|金卡",
        3,
        "| 后面的 金卡 会当作文字来找; 同一字段的几个值用逗号, 两个条件之间加空格"
    )]
    #[case(
        "tag:a|b",
        4,
        "| 后面的 b 会当作文字来找; 同一字段的几个值用逗号, 两个条件之间加空格"
    )]
    #[case("added:7d..今天", 6, "范围两端要么都是日期, 要么都是天数")]
    #[case("added:2026-02-30", 6, "没有 2026-02-30 这个日期")]
    #[case("phone:abc", 6, "手机 只能是数字, 例如尾号 2210")]
    #[case("step:paid", 5, "paid 不是环节, 例如 7/支付 或 年度大促/点击")]
    #[case("消费@30d>500", 0, "没有按时间窗的指标 (字段@30d); 请用顶部的时间范围")]
    #[case("@nobody", 0, "没有视图 nobody")]
    #[case("(a sort:name)", 3, "sort: 请写在最外层, 不能在括号里或减号后")]
    #[case("limit:0", 6, "limit: 后面写一个正整数, 只写一次")]
    #[case("sort:nmae", 5, "没有字段 nmae; 要找这段文字请加引号")]
    fn a_fault_has_a_column_and_says_what_to_type(
        #[case] text: &str,
        #[case] column: usize,
        #[case] message: &str,
    ) {
        let e = refused(text);
        assert_eq!((e.column, e.message(Lang::Zh).as_str()), (column, message));
        assert!(
            !e.message(Lang::En).is_empty() && e.message(Lang::En).is_ascii() || !text.is_ascii()
        );
    }

    #[test]
    fn a_mistyped_word_gets_a_suggestion() {
        assert_eq!(refused("tga:vip").suggestion.as_deref(), Some("tag"));
        assert_eq!(
            refused("rfm:重要价直").suggestion.as_deref(),
            Some("重要价值")
        );
        assert_eq!(refused("sort:nmae").suggestion.as_deref(), Some("name"));
    }

    #[test]
    fn fields_belong_to_entities() {
        let groups = Ctx::of(Entity::Groups);
        assert!(parse("health<45 flag:silent is:critical owner:何敏 福利", &groups).is_ok());
        assert!(parse("spend>5", &groups).is_err());
        assert!(parse("role:导购 band:met", &Ctx::of(Entity::Staff)).is_ok());
    }

    #[test]
    fn views_stand_for_their_text_and_lend_their_options() {
        let views = |name: &str| match name {
            "vip" => Some("tag:vip | spend>1w sort:-spend limit:5".to_owned()),
            "both" => Some("@vip city:上海".to_owned()),
            "loop" => Some("@loop".to_owned()),
            "bad" => Some("tga:x".to_owned()),
            _ => None,
        };
        let ctx = Ctx {
            entity: Entity::Customers,
            views: Some(&views),
        };
        let text = |q: &str| parse(q, &ctx).map(|f| print(&f));
        assert_eq!(
            text("@vip a").as_deref(),
            Ok("(tag:vip | spend>10000) a sort:-spend limit:5")
        );
        assert_eq!(
            text("@both limit:9").as_deref(),
            Ok("(tag:vip | spend>10000) city:上海 sort:-spend limit:9")
        );
        assert_eq!(text("-@vip").as_deref(), Ok("-(tag:vip | spend>10000)"));
        assert_eq!(
            parse("x @loop", &ctx).unwrap_err().problem,
            Problem::TooDeep
        );
        let e = parse("x @bad", &ctx).unwrap_err();
        assert_eq!(e.column, 2);
        assert!(e.message(Lang::En).contains("view bad") && e.message(Lang::En).contains("tga"));
    }

    #[test]
    fn nesting_is_limited_and_does_not_overflow() {
        let deep = |n: usize| format!("{}a{}", "(".repeat(n), ")".repeat(n));
        assert!(parse(&deep(MAX_DEPTH), &Ctx::default()).is_ok());
        assert_eq!(refused(&deep(MAX_DEPTH + 1)).problem, Problem::TooDeep);
        assert_eq!(refused(&"-(".repeat(9_000)).problem, Problem::TooDeep);
        assert_eq!(refused(&"a ".repeat(10_001)).problem, Problem::TooLong);
    }

    #[test]
    fn money_bounds_are_exact_fen() {
        let filter = parse("spend<=0.29", &Ctx::default()).unwrap();
        let range = Range {
            from: Bound::None,
            to: Bound::Included(29.0),
        };
        assert_eq!(filter.expr, Expr::term(Field::Spend, Test::Number(range)));
    }
}
