//! Whom a command that writes is aimed at: whole ids, or a filter that means nobody by a slip.

use std::sync::Arc;

use crate::domain::{CustomerId, Sentence, sentence};
use crate::filter::{Expr, Field, Test, print};
use crate::store::changes::Seq;
use crate::store::write::Writer;

use super::asking::Asking;
use super::edit::EditArguments;
use super::error::{Exit, Failure};
use super::options::OutputFormat;
use super::setting::Setting;

/// Customers aimed at, and the state they were chosen from.
pub struct Aimed {
    /// They themselves.
    pub customers: Vec<CustomerId>,
    /// What was looked at; `None` where they were named by id.
    pub seen: Option<Seq>,
    /// The filter they were chosen by, as the journal keeps it.
    pub filter: String,
    /// Ids that were named and that nobody has.
    pub unknown: Vec<String>,
}

/// Letters from which a word is long enough to be an id that somebody had.
const LONG: usize = 8;

/// Ids where one of the words is an id or all look like ids; else a filter.
pub fn aimed(setting: &Setting, writer: &Writer, wish: &EditArguments) -> Result<Aimed, Failure> {
    let which = &wish.which;
    if !wish.all
        && let Some(named) = by_id(writer, which)?
    {
        return Ok(named);
    }
    let text = which.join(" ");
    let mut asking = Asking::new(setting, Some(&text), OutputFormat::Table)?;
    let most = asking.scope.filter.limit;
    // In a script a word that was never set leaves nothing to go by, which is nobody's wish for everybody.
    if asking.scope.filter.expr == Expr::All && most.is_none() && !wish.all {
        return Err(everybody());
    }
    let mut bare = Vec::new();
    bare_words(&asking.scope.filter.expr, &mut bare);
    for word in bare {
        is_no_piece_of_ids(writer, &word)?;
    }
    let most = most.unwrap_or(u64::MAX);
    let sort = asking.scope.filter.sort.clone();
    let listing = Arc::new(asking.listing(&sort, most)?);
    Ok(Aimed {
        customers: asking.ids(&listing)?,
        seen: Some(listing.seq),
        filter: super::searched::filter(&print(&asking.scope.filter)),
        unknown: Vec::new(),
    })
}

/// The customers of these ids; `None` where the words are a filter.
fn by_id(writer: &Writer, which: &[String]) -> Result<Option<Aimed>, Failure> {
    let (known, others) = writer.known_customers(which)?;
    if known.is_empty() && !all_once_ids(writer, &others)? {
        return Ok(None);
    }
    if let Some(other) = others.iter().find(|word| !is_written_as_id(word)) {
        return Err(mixed(other));
    }
    if known.is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            unknown(&others),
            sentence!(
                "没有写入; 写现有客户的完整编号",
                "nothing was written; give whole ids of customers there are"
            ),
        ));
    }
    Ok(Some(Aimed {
        customers: known
            .iter()
            .map(|id| CustomerId::from(id.as_str()))
            .collect(),
        seen: None,
        filter: String::new(),
        unknown: others,
    }))
}

/// Each word is written as an id and begins as the ids of this workspace do: nobody of them is there any more.
fn all_once_ids(writer: &Writer, words: &[String]) -> Result<bool, Failure> {
    for word in words {
        let begins = word.get(..2).unwrap_or_default();
        let is_long = is_written_as_id(word) && word.len() >= LONG;
        // What other ids hold is a piece of one, which has an error of its own.
        if !is_long || writer.ids_holding(begins)?.begin == 0 || writer.ids_holding(word)?.hold > 0
        {
            return Ok(false);
        }
    }
    Ok(!words.is_empty())
}

/// Nothing but what ids are made of.
fn is_written_as_id(word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '@');
    !word.is_empty() && word.chars().all(is_part)
}

/// What bare text looks for, wherever in the filter.
fn bare_words(expr: &Expr, words: &mut Vec<String>) {
    match expr {
        Expr::All => {}
        Expr::And(parts) | Expr::Or(parts) => {
            for part in parts {
                bare_words(part, words);
            }
        }
        Expr::Not(inner) => bare_words(inner, words),
        Expr::Term(term) => {
            if let (Field::Text, Test::Has(found)) = (term.field, &term.test) {
                let texts = found.iter().filter(|value| !value.id);
                words.extend(texts.map(|value| value.text.clone()));
            }
        }
    }
}

/// Bare text looks inside ids too: an id pasted without its end would mean all that begin like it, `zs` in capitals whoever
/// has these letters in the id. On a screen one sees it; a command has written by then.
fn is_no_piece_of_ids(writer: &Writer, word: &str) -> Result<(), Failure> {
    let ids = writer.ids_holding(word)?;
    if ids.hold == u64::from(ids.is_whole) {
        return Ok(());
    }
    let (begin, hold) = (ids.begin, ids.hold);
    let what = if begin > 0 {
        sentence!(
            "{word} 是 {begin} 个编号的开头, 不是写明了谁",
            "{word} is how {begin} ids begin: it does not say whom"
        )
    } else {
        sentence!(
            "{word} 也在 {hold} 个编号的中间, 不是写明了谁",
            "{word} also stands inside {hold} ids: it does not say whom"
        )
    };
    Err(Failure::new(
        Exit::Usage,
        what,
        sentence!(
            "没有写入; 写完整编号, 或写明字段: 姓名:{word} 手机:{word} 编号:{word}",
            "nothing was written; give whole ids, or the field: name:{word} phone:{word} id:{word}"
        ),
    ))
}

/// These ids are of nobody.
pub fn unknown(ids: &[String]) -> Sentence {
    let (n, ids) = (ids.len(), ids.join(", "));
    sentence!(
        "{n} 个编号没有对上客户: {ids}",
        "{n} of the ids are of no customer: {ids}"
    )
}

fn mixed(other: &str) -> Failure {
    Failure::new(
        Exit::Usage,
        sentence!(
            "编号和筛选不能一起写: {other:?} 不是编号",
            "ids and a filter do not go together: {other:?} is no id"
        ),
        sentence!(
            "没有写入; 只写编号, 或只写一个筛选",
            "nothing was written; give ids alone, or one filter"
        ),
    )
}

fn everybody() -> Failure {
    Failure::new(
        Exit::Usage,
        sentence!(
            "筛选是空的: 没有写入",
            "the filter is empty: nothing was written"
        ),
        sentence!(
            "写明是谁, 或用 --all 指全部客户",
            "say who, or mean every customer by --all"
        ),
    )
}
