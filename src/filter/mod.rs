//! The filter language: one parser for console, command line, views and facets. `parse(print(q)) == q`.

pub mod ast;

pub use ast::{Expr, Field, Filter, Match, Measure, Range, SortKey, Term, Test, When};
