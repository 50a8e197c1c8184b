//! The `caopan` binary: parse arguments, run, turn an error into an exit code.

use std::process::ExitCode;

/// Gives back the memory a load needs for a moment, which the system's allocator keeps.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(caopan::cli::main())
}
