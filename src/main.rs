//! The `caopan` binary: parse arguments, run, turn an error into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(caopan::cli::main())
}
