//! The process: arguments in, exit code out. All work is in the library.

use std::process::ExitCode;

use clap::Parser;
use podium_trainer::cli::{Arguments, carry_out};

fn main() -> ExitCode {
    carry_out(Arguments::parse())
}
