//! The words by which other programs head their columns, and the words in their cells: `config/headings.toml`.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::Kind;
use super::narrow::half;

/// The table, embedded: words, and what they stand for.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// By kind and column: headings, best first.
    headings: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// By word of the store: words of cells.
    words: BTreeMap<String, Vec<String>>,
    /// By column, or by kind and column (`group-members.type`) where that has its own: words of cells and their codes.
    codes: BTreeMap<String, BTreeMap<String, i64>>,
}

/// The file is part of the program; a test reads it.
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    toml::from_str(include_str!("../../config/headings.toml")).unwrap_or_default()
});

/// A heading without what does not tell it apart: blanks, case, width, the mark of a required field, a unit of yuan.
pub(super) fn normal(heading: &str) -> String {
    let plain: String = heading
        .chars()
        .map(half)
        .filter(|c| {
            !c.is_whitespace()
                && !matches!(c, '_' | '-' | '*' | ':' | '"' | '\'' | '\u{feff}')
                && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}')
        })
        .flat_map(char::to_lowercase)
        .collect();
    let mut rest = plain.as_str();
    for unit in [
        "(元)",
        "[元]",
        "(¥)",
        "(yuan)",
        "(cny)",
        "(rmb)",
        "(人民币)",
        "(单位元)",
        "/元",
        "元",
        "(必填)",
        "(选填)",
    ] {
        rest = rest.strip_suffix(unit).unwrap_or(rest);
    }
    rest.to_owned()
}

/// Every heading and column of every kind, in the normal form.
static KNOWN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let columns = Kind::all().flat_map(Kind::columns);
    let names = columns.map(|(name, _)| normal(name));
    let theirs = TABLE.headings.values().flat_map(BTreeMap::values).flatten();
    names.chain(theirs.cloned()).collect()
});

/// Whether a cell may head a column, of whatever kind: what stands beside no such cell is a title.
pub(super) fn is_one(cell: &str) -> bool {
    KNOWN.contains(&normal(cell))
}

/// The headings that fill a column of a kind (its code) besides its own name, in their normal form, best first.
pub(super) fn of(kind: &str, column: &str) -> &'static [String] {
    let columns = TABLE.headings.get(kind);
    columns
        .and_then(|columns| columns.get(column))
        .map_or(&[], Vec::as_slice)
}

/// The word of the store that a cell means, among those that its column allows.
pub(super) fn word(text: &str, allowed: &[&'static str]) -> Option<&'static str> {
    let plain: String = text
        .chars()
        .map(half)
        .filter(|c| !c.is_whitespace())
        .collect();
    let plain = plain.to_lowercase();
    let find = |said: &str| {
        let means = |ours: &&str| {
            let words = TABLE.words.get(*ours);
            *ours == said || words.is_some_and(|words| words.iter().any(|word| word == said))
        };
        allowed.iter().copied().find(means)
    };
    // Shops add why in brackets: 已关闭(退款).
    let bare = plain.split_once('(').map(|(bare, _)| bare);
    find(&plain).or_else(|| bare.and_then(find))
}

/// A word of the store with the word that shops have for it: `paid (已付款)`.
pub(super) fn called(ours: &str) -> String {
    match TABLE.words.get(ours).and_then(|words| words.first()) {
        Some(theirs) => format!("{ours} ({theirs})"),
        None => ours.to_owned(),
    }
}

/// The words that a column allows, each with the word that shops have for it: `paid (已付款)`.
pub(super) fn accepted(allowed: &[&'static str]) -> String {
    allowed
        .iter()
        .map(|ours| called(ours))
        .collect::<Vec<_>>()
        .join(", ")
}

/// WeCom's codes by their words, for a column of a kind that holds codes.
fn codes(kind: &str, column: &str) -> Option<&'static BTreeMap<String, i64>> {
    let own = TABLE.codes.get(&format!("{kind}.{column}"));
    own.or_else(|| TABLE.codes.get(column))
}

/// WeCom's code by its word, for a column of a kind that holds codes.
pub(super) fn code(kind: &str, column: &str, text: &str) -> Option<i64> {
    codes(kind, column)?.get(text).copied()
}

/// The codes that such a column holds, each with a word for it: `1 (企业成员)`; `None` for any other column.
pub(super) fn coded(kind: &str, column: &str) -> Option<String> {
    let mut words: BTreeMap<i64, &str> = BTreeMap::new();
    for (word, code) in codes(kind, column)? {
        words.entry(*code).or_insert(word);
    }
    let all: Vec<String> = words
        .iter()
        .map(|(code, word)| format!("{code} ({word})"))
        .collect();
    Some(all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_named_here_is_one_of_its_kind() {
        assert!(
            !TABLE.headings.is_empty(),
            "config/headings.toml cannot be read"
        );
        for (kind, columns) in &TABLE.headings {
            let kind = Kind::parse(kind).unwrap();
            for (column, words) in columns {
                let known = kind.columns().any(|(name, _)| name == column);
                assert!(known, "{} has no {column}", kind.code());
                for word in words {
                    assert_eq!(&normal(word), word, "{} {column}", kind.code());
                }
            }
        }
    }

    #[test]
    fn headings_are_compared_without_their_dress() {
        assert_eq!(normal(" *买家实付金额（元） "), "买家实付金额");
        for dressed in [
            "实付金额(元)",
            "实付金额（单位：元）",
            "实付金额/元",
            "实 付 金 额：元",
            "\u{feff}实付\u{200b}金额",
        ] {
            assert_eq!(normal(dressed), "实付金额", "{dressed}");
        }
        assert_eq!(normal("Order_ID"), "orderid");
        assert_eq!(normal("ＯＲＤＥＲ　ＩＤ"), "orderid");
        assert_eq!(normal("实付金额(分)"), "实付金额(分)");
    }

    #[test]
    fn words_of_shops_become_those_of_the_store() {
        let states = &["created", "paid", "completed", "closed"];
        assert_eq!(word("交易成功", states), Some("completed"));
        assert_eq!(word("买家已付款，等待卖家发货", states), Some("paid"));
        assert_eq!(word("已取消", states), Some("closed"));
        assert_eq!(word("已取消", &["planned", "cancelled"]), Some("cancelled"));
        assert_eq!(word("PAID", states), Some("paid"));
        for (ours, theirs) in [
            ("created", "待付款 待支付 未支付 等待买家付款"),
            (
                "paid",
                "待发货 已发货 待成团 待核销 支付成功 退款中 部分退款",
            ),
            ("completed", "交易完成 已完成 已核销 待评价"),
            ("closed", "交易关闭 已取消 已退款 全额退款 支付失败"),
        ] {
            for said in theirs.split(' ') {
                assert_eq!(word(said, states), Some(ours), "{said}");
            }
        }
        assert_eq!(
            accepted(states),
            "created (待付款), paid (已付款), completed (已完成), closed (交易关闭)"
        );
        assert_eq!(accepted(&["x"]), "x");
        assert_eq!(word("已关闭（退款）", states), Some("closed"));
        assert_eq!(word("(退款)", states), None);
        assert_eq!(word("随便", states), None);
    }
}
