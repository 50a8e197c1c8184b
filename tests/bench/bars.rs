//! The bars of the console, printed as ratios.
fn main() {}
