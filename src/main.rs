//! The `caopan` binary: parse arguments, run, turn an error into an exit code. It keeps the system's allocator, which gives
//! large blocks back as soon as they are free.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(caopan::cli::main())
}
