//! The `caopan` binary.
fn main() {}
