//! The customers in memory: columns, tag bitmaps, orders by day; filter, facets, order, window.
//!
//! Pure: it is fed rows and asked questions. What it answers is in [`answer`].

pub mod answer;
pub mod request;
