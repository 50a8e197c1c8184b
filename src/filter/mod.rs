//! The filter language: one parser for console, command line, views and facets. `parse(print(q)) == q`.
//!
//! Text → [`parse()`] → [`Filter`] → [`print()`] → the same filter. [`edit`] changes filters the way facets do, [`complete`]
//! offers what may come next, [`eval`] turns values into what can be compared, [`NameMatcher`] matches names by
//! Chinese, pinyin and initials.

pub(crate) mod amount;
pub mod ast;
pub mod complete;
pub mod edit;
pub mod error;
pub mod eval;
pub mod fields;
pub mod fold;
pub mod masked;
mod measure;
mod op;
pub mod parse;
pub mod pinyin;
pub mod print;
pub mod rows;
mod scan;
mod special;
mod value;
pub mod values;

pub use ast::{Bound, Expr, Field, Filter, Match, Measure, Range, SortKey, Term, Test, When};
pub use edit::TriState;
pub use error::FilterError;
pub use fields::Entity;
pub use masked::masked;
pub use parse::{Ctx, parse};
pub use pinyin::NameMatcher;
pub use print::{print, print_in};
pub use rows::{Has, RowFilter};
