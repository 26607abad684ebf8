//! The operator and its command line.

use std::process::ExitCode;

use clap::Parser;
use podium::cli::{self, Cli};

fn main() -> ExitCode {
    cli::dispatch(Cli::parse())
}
