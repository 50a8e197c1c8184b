//! What is said of a filter that finds nobody.

use crate::domain::{Lang, SafeText};
use crate::filter::fields::spec;
use crate::filter::{Field, Filter, print_in};

/// Why a filter finds nobody.
#[derive(Clone, Debug, PartialEq)]
pub struct Culprit {
    /// The term to drop, or the terms that have no hits alone; with names in place of ids.
    pub terms: Filter,
    /// Hits without them.
    pub without: u64,
    /// What was hardly meant as it is typed.
    pub doubt: Option<Doubt>,
}

/// What a filter says that was hardly meant.
#[derive(Clone, Debug, PartialEq)]
pub enum Doubt {
    /// A name that nothing has.
    NoName {
        /// Of which field.
        field: Field,
        /// As typed.
        name: SafeText,
        /// The name that is nearest to it, when one is near.
        near: Option<SafeText>,
    },
    /// Nobody's last contact is known: the filter by last purchase instead, and its hits.
    NoContacts(Filter, u64),
    /// `and`, `or`, `not` in small letters, which is a text to look for: the operator.
    SmallOperator(&'static str),
}

impl Doubt {
    /// As a sentence.
    pub fn said(&self, lang: Lang) -> String {
        match self {
            Self::NoName { field, name, near } => {
                // Who is credited, or added somebody, is a member of staff like an owner.
                let field = if field.is_staff() {
                    Field::Owner
                } else {
                    *field
                };
                let label = spec(field).label(lang);
                match (lang, near) {
                    (Lang::Zh, Some(near)) => format!("没有{label} {name}, 是不是 {near}?"),
                    (Lang::Zh, None) => format!("没有{label} {name}"),
                    (Lang::En, Some(near)) => format!("no {label} {name}, did you mean {near}?"),
                    (Lang::En, None) => format!("no {label} {name}"),
                }
            }
            Self::NoContacts(instead, hits) => {
                let instead = SafeText::new(&print_in(instead, lang));
                match lang {
                    Lang::Zh => format!("没有联系数据 (最近 = 最近联系); {instead} 有 {hits} 人"),
                    Lang::En => {
                        format!("no contacts are known (last = last contact); {instead}: {hits}")
                    }
                }
            }
            Self::SmallOperator(word) => {
                let small = word.to_lowercase();
                match lang {
                    Lang::Zh => format!("{small} 小写是要找的文字; 运算符请写 {word}"),
                    Lang::En => format!("{small} is a text to look for; the operator is {word}"),
                }
            }
        }
    }
}
