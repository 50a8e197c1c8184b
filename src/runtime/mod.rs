//! The one reader of clocks, keys and signals, and the one writer to the terminal.

pub mod painter;
