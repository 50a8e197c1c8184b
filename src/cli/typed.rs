//! Filters and sorts as they are typed on a command line.

use super::error::{Exit, Failure};
use crate::config::place::nearest;
use crate::domain::{Lang, Sentence, sentence};
use crate::filter::fields::{Entity, FIELDS, FieldSpec};
use crate::filter::{Ctx, Filter, SortKey, parse};

/// Reads a filter; its error shows the place.
pub fn read_filter(text: Option<&str>, entity: Entity) -> Result<Filter, Failure> {
    let Some(text) = text else {
        return Ok(Filter::default());
    };
    let ctx = Ctx::of(entity);
    parse(text, &ctx).map_err(|error| {
        Failure::in_filter(error.sentence(), text, error.column, error.suggested())
    })
}

/// `--sort spend`, `--sort -last`: read by the filter language.
pub fn sort_keys(words: &[String]) -> Result<Vec<SortKey>, Failure> {
    let mut keys = Vec::new();
    for word in words {
        for word in word.split([',', '，']) {
            let read = read_filter(Some(&format!("sort:{word}")), Entity::Customers);
            keys.extend(read.map_err(|_| no_sort(word))?.sort);
        }
    }
    Ok(keys)
}

/// No such field to sort by: those there are, the nearest first.
fn no_sort(word: &str) -> Failure {
    let word = word.strip_prefix('-').unwrap_or(word);
    let fields = || {
        FIELDS
            .iter()
            .filter(|f| f.entities.contains(&Entity::Customers))
    };
    let near = nearest(word, fields().flat_map(FieldSpec::names), 3);
    let is_near = |f: &&FieldSpec| f.names().any(|name| near.contains(&name));
    let names = |lang| {
        let mut names: Vec<&str> = fields().filter(is_near).map(|f| f.label(lang)).collect();
        names.extend(fields().filter(|f| !is_near(f)).map(|f| f.label(lang)));
        names.join(" ")
    };
    Failure::new(
        Exit::Usage,
        sentence!("不能按 {word:?} 排序", "there is no sorting by {word:?}"),
        sentence!(
            "可用 (前面加 - 为从大到小): {names}",
            "sort by one of these (- before it: largest first): {names}",
            names = Sentence::new(&names(Lang::Zh), &names(Lang::En)),
        ),
    )
}
