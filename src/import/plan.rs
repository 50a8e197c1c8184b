//! The kind of a file and which of its headings fills which column, decided and shown before anything is written.

mod words;

use super::column::{Column, Spec};
use super::headings::{self, normal};
use super::kind::{Kind, nearest};
use super::parse::Reading;
use crate::domain::{SafeText, Sentence, sentence};

/// A column that files of ours may carry and that says nothing about the row.
pub(super) const REASON: &str = "reject_reason";

/// What a heading fills.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fill {
    pub(super) column: &'static Column,
    pub(super) reading: Reading,
}

/// A heading and its column as somebody said: `买家实付=paid_yuan`, `ctime=added_at:unix`, `备注=-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The heading as it stands in the file.
    pub heading: String,
    /// The column; `-` leaves the heading out; a suffix `:unix` says that its times are unix seconds or milliseconds.
    pub field: String,
}

impl Said {
    /// Reads `COL=FIELD`; the last `=` counts.
    pub fn parse(text: &str) -> Result<Self, Sentence> {
        match text.rsplit_once('=') {
            Some((heading, field)) if !heading.is_empty() && !field.is_empty() => Ok(Self {
                heading: heading.to_owned(),
                field: field.trim().to_owned(),
            }),
            _ => Err(sentence!(
                "写作 COL=FIELD, 如 买家实付=paid_yuan",
                "write COL=FIELD, like 买家实付=paid_yuan"
            )),
        }
    }
}

/// The kind of a file and what its headings fill.
#[derive(Clone, Debug)]
pub struct Plan {
    kind: Kind,
    headings: Vec<String>,
    fills: Vec<Option<Fill>>,
}

impl Plan {
    /// Reads a header that has the columns' own names and no others.
    ///
    /// # Errors
    /// A name that is no column's, one that is there twice, or a column that is missing: one sentence.
    pub fn new(kind: Kind, header: &[String]) -> Result<Self, Sentence> {
        let plan = Self::fill(kind, header, &[])?;
        let spec = kind.spec();
        for (heading, fill) in header.iter().zip(&plan.fills) {
            let name = heading.trim().to_ascii_lowercase();
            if fill.is_none_or(|fill| fill.column.name != name) && name != REASON {
                return Err(unknown(spec, heading));
            }
        }
        plan.complete()
    }

    /// Reads a header as people have it: other programs' words count, what is not known is left out, and the kind is found
    /// where it is not said. What somebody `said` of a heading comes first.
    ///
    /// # Errors
    /// No kind or several fit, a heading is nearly a column's name, or a column is missing: one sentence.
    pub fn guess(kind: Option<Kind>, header: &[String], said: &[Said]) -> Result<Self, Sentence> {
        if header.is_empty() {
            return Err(sentence!("文件是空的", "the file is empty"));
        }
        let plan = match kind {
            Some(kind) => Self::fill(kind, header, said)?,
            None => find(header, said)?,
        };
        plan.not_misspelt()?.complete()
    }

    /// Fills what can be filled.
    fn fill(kind: Kind, header: &[String], said: &[Said]) -> Result<Self, Sentence> {
        let spec = kind.spec();
        let mut fills: Vec<Option<Fill>> = vec![None; header.len()];
        let mut taken = vec![false; header.len()];
        for Said { heading, field } in said {
            let at = header.iter().position(|h| normal(h) == normal(heading));
            let at = at.ok_or_else(|| {
                let heading = shown(heading);
                sentence!("没有表头 `{heading}`", "there is no heading `{heading}`")
            })?;
            let fill = said_fill(spec, field)?;
            let is_same = |f: &Fill| fill.is_some_and(|fill| fill.column.name == f.column.name);
            if fills.iter().flatten().any(is_same) {
                return Err(sentence!(
                    "两个表头都要填 {field}",
                    "two headings are said to fill {field}",
                ));
            }
            if let Some(slot) = fills.get_mut(at) {
                *slot = fill;
            }
            if let Some(slot) = taken.get_mut(at) {
                *slot = true;
            }
        }
        let normals: Vec<(String, Reading)> = header.iter().map(|h| told(&normal(h))).collect();
        for column in spec.columns {
            let is_filled = |f: &Option<Fill>| f.is_some_and(|f| f.column.name == column.name);
            if fills.iter().any(is_filled) {
                continue;
            }
            let own = normal(column.name);
            let words = std::iter::once(&own).chain(headings::of(kind.code(), column.name));
            let free = |word: &String| {
                let places = normals.iter().zip(&taken).enumerate();
                let mut places = places.filter(|(_, ((name, _), taken))| name == word && !**taken);
                places
                    .next()
                    .map(|(at, ((_, reading), _))| (at, *reading, places.next().is_some()))
            };
            let Some((at, reading, twice)) = words.into_iter().find_map(free) else {
                continue;
            };
            if twice {
                let heading = shown(header.get(at).map_or("", String::as_str));
                return Err(sentence!(
                    "列 `{heading}` 出现两次",
                    "the column `{heading}` is there twice",
                ));
            }
            if let (Some(fill), Some(taken)) = (fills.get_mut(at), taken.get_mut(at)) {
                (*fill, *taken) = (Some(Fill { column, reading }), true);
            }
        }
        Ok(Self {
            kind,
            headings: header.to_vec(),
            fills,
        })
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Every heading as the file has it, with the column it fills; `None` is not read.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, Option<&'static str>)> {
        let columns = self.fills.iter().map(|f| f.map(|f| f.column.name));
        self.headings.iter().map(String::as_str).zip(columns)
    }

    /// The header is the kind's own: nothing was guessed or left out.
    pub fn is_literal(&self) -> bool {
        self.pairs().all(|(heading, column)| {
            column.map_or(heading == REASON, |name| {
                heading.trim().eq_ignore_ascii_case(name)
            })
        })
    }

    /// Headings and the columns they fill, as JSON, for the ledger.
    pub(super) fn json(&self) -> String {
        let said = self.said().into_iter();
        let map: serde_json::Map<_, _> = said
            .filter(|said| said.field != "-")
            .map(|said| (said.heading, said.field.into()))
            .collect();
        serde_json::Value::Object(map).to_string()
    }

    /// What must be said to read such a file in the same way again.
    pub fn said(&self) -> Vec<Said> {
        let pairs = self.headings.iter().zip(&self.fills);
        pairs
            .filter(|(heading, _)| !heading.trim().is_empty())
            .map(|(heading, fill)| Said {
                heading: heading.clone(),
                field: fill.map_or_else(
                    || "-".to_owned(),
                    |fill| match fill.reading {
                        Reading::Plain => fill.column.name.to_owned(),
                        Reading::Unix => format!("{}:unix", fill.column.name),
                    },
                ),
            })
            .collect()
    }

    /// Where a column of the kind stands in the file, and how its cells are written.
    pub(super) fn position(&self, name: &str) -> Option<(usize, Reading)> {
        let fills = self.fills.iter().enumerate();
        let mut found = fills.filter_map(|(at, fill)| Some((at, (*fill)?)));
        found
            .find(|(_, fill)| fill.column.name == name)
            .map(|(at, fill)| (at, fill.reading))
    }

    /// Fields each record must have.
    pub(super) fn width(&self) -> usize {
        self.fills.len()
    }

    fn filled(&self) -> usize {
        self.fills.iter().flatten().count()
    }

    /// Columns that the kind needs and the file does not have.
    fn missing(&self) -> Vec<&'static str> {
        let has = |name: &str| self.position(name).is_some();
        let columns = self.kind.spec().columns.iter();
        columns
            .filter(|c| c.required && !has(c.name))
            .map(|c| c.name)
            .collect()
    }

    fn complete(self) -> Result<Self, Sentence> {
        let missing = self.missing();
        if self.headings.is_empty() {
            Err(sentence!("文件是空的", "the file is empty"))
        } else if missing.is_empty() {
            Ok(self)
        } else {
            let missing = missing.join(", ");
            Err(if missing == "external_userid" {
                // The usual first file of somebody who starts from what the console exports.
                sentence!(
                    "表头缺少 {missing}: 企微后台导出的表里没有它, 用 `caopan sync wecom` 取客户",
                    "the header lacks {missing}, which WeCom's console leaves out of its exports: `caopan sync wecom` brings it",
                )
            } else {
                sentence!("表头缺少 {missing}", "the header lacks {missing}")
            })
        }
    }

    /// A heading that is nearly the name of a column nobody fills was meant to be it.
    fn not_misspelt(self) -> Result<Self, Sentence> {
        let spec = self.kind.spec();
        for (heading, column) in self.pairs() {
            let name = heading.trim().to_ascii_lowercase();
            if column.is_some() || name.len() < 4 || !name.is_ascii() {
                continue;
            }
            let open = spec.columns.iter().map(|c| c.name);
            let open = open.filter(|name| self.position(name).is_none());
            let near = nearest(&name, open)
                .filter(|near| strsim::damerau_levenshtein(&name, near) <= 1.max(near.len() / 5));
            if let Some(near) = near {
                let heading = shown(heading);
                return Err(sentence!(
                    "不认识列 `{heading}`, 是不是 `{near}`? (--map {heading}={near}, 或 --map {heading}=- 略过)",
                    "the column `{heading}` is unknown; did you mean `{near}`? (--map {heading}={near}, or --map {heading}=- to leave it out)",
                ));
            }
        }
        Ok(self)
    }
}

/// A heading that says its times are unix seconds, and what is left of it.
fn told(normal: &str) -> (String, Reading) {
    let ending = ["时间戳", "(unix)", "timestamp"]
        .into_iter()
        .find_map(|ending| normal.strip_suffix(ending).filter(|rest| !rest.is_empty()));
    match ending {
        Some(rest) if normal.ends_with('戳') => (format!("{rest}时间"), Reading::Unix),
        Some(rest) => (rest.to_owned(), Reading::Unix),
        None => (normal.to_owned(), Reading::Plain),
    }
}

/// What somebody said a heading fills.
fn said_fill(spec: &'static Spec, field: &str) -> Result<Option<Fill>, Sentence> {
    if field == "-" {
        return Ok(None);
    }
    let (name, reading) = match field.split_once(':') {
        None => (field, Reading::Plain),
        Some((name, "unix")) => (name, Reading::Unix),
        Some(_) => {
            return Err(sentence!(
                "列名后面只能写 `:unix`",
                "after the column only `:unix` may stand"
            ));
        }
    };
    let column = spec.columns.iter().find(|c| c.name == name);
    let column = column.ok_or_else(|| unknown(spec, name))?;
    Ok(Some(Fill { column, reading }))
}

/// Finds the kind of a header: all that a kind needs is there, and it explains more than any other that fits.
fn find(header: &[String], said: &[Said]) -> Result<Plan, Sentence> {
    let plans: Vec<Plan> = Kind::all()
        .filter_map(|kind| Plan::fill(kind, header, said).ok())
        .collect();
    let mut fitting: Vec<&Plan> = plans.iter().filter(|p| p.missing().is_empty()).collect();
    let covers = |a: &Plan, b: &Plan| {
        let mut both = a.fills.iter().zip(&b.fills);
        both.all(|(a, b)| a.is_some() || b.is_none())
    };
    // A kind that reads more and lacks something is what the file was meant to be.
    let most = plans.iter().map(Plan::filled).max().unwrap_or(0);
    if fitting.iter().all(|plan| plan.filled() < most) {
        fitting.clear();
    }
    // The winner reads more headings than any other, and all that another one would that reads nearly as many.
    let wins = |plan: &&&Plan| {
        fitting.iter().all(|other| {
            let far = other.filled() * 5 < plan.filled() * 3;
            other.kind == plan.kind
                || (plan.filled() > other.filled() && (far || covers(plan, other)))
        })
    };
    if let Some(plan) = fitting.iter().find(wins) {
        return Ok((*plan).clone());
    }
    let of = |plan: &Plan| {
        let (filled, all) = (plan.filled(), header.len());
        let kind = plan.kind.code();
        sentence!(
            "{kind} ({all} 个表头里有 {filled} 个)",
            "{kind} ({filled} of {all} headings)",
        )
    };
    if fitting.is_empty() {
        return Err(none_fits(&plans));
    }
    let all: Vec<Sentence> = fitting.iter().map(|plan| of(plan)).collect();
    Err(sentence!(
        "表头符合多类: {all}; 请写明是哪一类 (一个文件可以每类各导入一次)",
        "the headings fit several kinds: {all}; say which (a file may be imported once as each)",
        all = Sentence::list(&all, ", "),
    ))
}

/// Why no kind fits, with those that come nearest and what they lack.
fn none_fits(plans: &[Plan]) -> Sentence {
    let mut near: Vec<&Plan> = plans.iter().filter(|p| p.filled() > 0).collect();
    near.sort_by_key(|p| (usize::MAX - p.filled(), p.missing().len()));
    let lacks = |plan: &&Plan| {
        let (kind, missing) = (plan.kind.code(), plan.missing().join(", "));
        if missing.is_empty() {
            return Sentence::quoted(kind);
        }
        sentence!("{kind} (缺 {missing})", "{kind} (lacks {missing})")
    };
    let near: Vec<Sentence> = near.iter().take(3).map(lacks).collect();
    if near.is_empty() {
        return sentence!(
            "一个表头也不认识: 第一行必须是列名, 或用 --map COL=FIELD 说明",
            "no heading is known: the first row must name the columns, or say them with --map COL=FIELD"
        );
    }
    sentence!(
        "看不出是哪一类; 最接近: {near}",
        "no kind fits the headings; nearest: {near}",
        near = Sentence::list(&near, "; "),
    )
}

fn unknown(spec: &Spec, name: &str) -> Sentence {
    let known = || spec.columns.iter().map(|c| c.name);
    let near = nearest(&name.trim().to_ascii_lowercase(), known());
    let name = shown(name);
    if let Some(near) = near {
        return sentence!(
            "不认识列 `{name}`, 是不是 `{near}`?",
            "the column `{name}` is unknown; did you mean `{near}`?",
        );
    }
    let known = known().collect::<Vec<_>>().join(", ");
    sentence!(
        "不认识列 `{name}`; 有 {known}",
        "the column `{name}` is unknown; there are {known}",
    )
}

/// A header as an error may show it: short and without control characters.
fn shown(name: &str) -> String {
    SafeText::new(&name.trim().chars().take(40).collect::<String>()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    fn guess(text: &str) -> Result<Plan, String> {
        Plan::guess(None, &header(text), &[]).map_err(|why| why.to_string())
    }

    fn column(plan: &Plan, heading: &str) -> Option<&'static str> {
        plan.pairs().find(|(h, _)| *h == heading).unwrap().1
    }

    #[test]
    fn every_template_is_known_by_its_header_alone() {
        for kind in Kind::all() {
            let template = kind.template();
            let plan = guess(template.lines().next().unwrap());
            let plan = plan.unwrap_or_else(|e| panic!("{}: {e}", kind.code()));
            assert_eq!(plan.kind(), kind);
            assert!(plan.is_literal(), "{}", kind.code());
        }
    }

    #[test]
    fn an_export_of_wecoms_console_is_read_as_customers_or_as_relations() {
        let text = "客户名称,外部联系人ID,添加人,添加人账号,添加时间,来源,标签,备注,手机号,性别";
        let error = guess(text).unwrap_err();
        assert!(
            error.contains("customers (5 of 10") && error.contains("follows (5 of 10"),
            "{error}"
        );
        let plan = Plan::guess(Some(Kind::Customers), &header(text), &[]).unwrap();
        assert_eq!(column(&plan, "手机号"), Some("phone"));
        assert_eq!(column(&plan, "添加时间"), Some("first_added_at"));
        assert_eq!(column(&plan, "标签"), None);
        let plan = Plan::guess(Some(Kind::Follows), &header(text), &[]).unwrap();
        // The account wins over the name.
        assert_eq!(column(&plan, "添加人账号"), Some("userid"));
        assert_eq!(column(&plan, "添加人"), None);
        assert_eq!(column(&plan, "来源"), Some("add_way"));
    }

    #[test]
    fn exports_of_shops_are_read_by_what_was_paid() {
        for (text, paid, order) in [
            (
                "订单编号,买家会员名,买家应付货款,买家应付邮费,总金额,买家实际支付金额,订单状态,订单创建时间,订单付款时间,宝贝标题,运送方式",
                "买家实际支付金额",
                "订单编号",
            ),
            (
                "订单号,订单状态,买家付款时间,买家手机号,商品总价,运费,订单实付金额,收货人",
                "订单实付金额",
                "订单号",
            ),
            (
                "主订单编号,选购商品,商品数量,订单应付金额,订单提交时间,支付完成时间,订单状态,APP渠道,用户ID",
                "订单应付金额",
                "主订单编号",
            ),
            (
                "订单号,下单帐号,下单时间,付款确认时间,订单金额,应付金额,订单状态,商家备注",
                "应付金额",
                "订单号",
            ),
            (
                "订单编号,外部联系人ID,付款时间,实付金额（元）,导购账号",
                "实付金额（元）",
                "订单编号",
            ),
        ] {
            let plan = guess(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(plan.kind(), Kind::Orders, "{text}");
            assert_eq!(column(&plan, paid), Some("paid_yuan"), "{text}");
            assert_eq!(column(&plan, order), Some("order_id"), "{text}");
            assert!(plan.position("paid_at").is_some(), "{text}");
        }
        let plan = guess("售后单号,订单编号,退款金额(元),退款完成时间,退款原因").unwrap();
        assert_eq!(plan.kind(), Kind::Refunds);
        // Amounts in fen are no amounts in yuan.
        assert!(guess("订单编号,外部联系人ID,付款时间,实付金额(分)").is_err());
    }

    #[test]
    fn what_is_said_comes_first_and_is_said_again_the_same_way() {
        let text = header("单子,谁,钱,何时,备注");
        let said: Vec<Said> = [
            "单子=order_id",
            "谁=external_userid",
            "钱=paid_yuan",
            "何时=paid_at:unix",
            "备注=-",
        ]
        .iter()
        .map(|t| Said::parse(t).unwrap())
        .collect();
        let plan = Plan::guess(Some(Kind::Orders), &text, &said).unwrap();
        assert_eq!(plan.position("paid_at"), Some((3, Reading::Unix)));
        assert_eq!(plan.said(), said);
        let again = Plan::guess(Some(Kind::Orders), &text, &plan.said()).unwrap();
        assert_eq!(again.said(), said);
        let wrong = [Said::parse("钱=paid").unwrap()];
        assert!(
            Plan::guess(Some(Kind::Orders), &text, &wrong)
                .unwrap_err()
                .to_string()
                .contains("unknown")
        );
        let nobody = [Said::parse("没有=paid_yuan").unwrap()];
        assert!(
            Plan::guess(Some(Kind::Orders), &text, &nobody)
                .unwrap_err()
                .to_string()
                .contains("no heading")
        );
    }

    #[test]
    fn a_misspelt_name_is_not_left_out_in_silence() {
        let error = guess("external_userid,name,phnoe").unwrap_err();
        assert!(error.contains("did you mean `phone`"), "{error}");
        let plan = guess("external_userid,name,favourite_colour").unwrap();
        assert!(
            plan.table(crate::domain::Lang::En)
                .contains("not read: favourite_colour")
        );
        assert!(!plan.is_literal());
    }

    #[test]
    fn headings_that_say_nothing_are_answered_with_what_is_near() {
        assert!(guess("a,b,c").unwrap_err().contains("no heading is known"));
        let error = guess("订单编号,付款时间").unwrap_err();
        assert!(error.contains("orders (lacks"), "{error}");
        assert!(
            Plan::guess(None, &[], &[])
                .unwrap_err()
                .to_string()
                .contains("empty")
        );
        let twice = Plan::guess(Some(Kind::Customers), &header("客户ID,手机号,手机号"), &[]);
        assert!(twice.unwrap_err().to_string().contains("there twice"));
    }

    #[test]
    fn a_time_stamp_is_read_as_one_only_where_the_heading_says_so() {
        let plan = guess("external_userid,userid,添加时间戳").unwrap();
        assert_eq!(plan.position("added_at"), Some((2, Reading::Unix)));
    }
}
