//! What panes are made of.

pub mod bar;
pub mod popup;
pub mod spark;
pub mod table;
