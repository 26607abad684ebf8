//! Room `cli`: the command line. It parses arguments, reads files and prints; it decides nothing about objects and talks
//! to the API server only through `cluster`.

mod args;
pub mod check;
pub mod crd;
pub mod follow;
pub mod learners;
pub mod search;

pub use args::{
    CheckArgs, Cli, Command, CrdArgs, FollowArgs, LogFormat, ObjectName, RunArgs, SearchArgs, Until,
};

use std::io::Write;
use std::process::ExitCode;

/// Exit code of a command that could not do its work.
const BROKEN: u8 = 2;
/// Exit code of a command that a signal ended, as shells have it for SIGINT.
const INTERRUPTED: u8 = 130;

/// Carries out one command.
pub fn dispatch(cli: Cli) -> ExitCode {
    match cli.command {
        Command::Run(args) => finish(crate::run::run(args)),
        Command::Learners => finish(learners::print(&mut std::io::stdout().lock())),
        Command::Crd(args) => finish(crd::print(&args, &mut std::io::stdout().lock())),
        Command::Check(args) => match check::run(&args, &mut std::io::stdout().lock()) {
            Ok(is_good) => ExitCode::from(u8::from(!is_good)),
            Err(error) => finish(Err(error)),
        },
        Command::Follow(args) => match follow::run(&args) {
            Ok(is_reached) => ExitCode::from(u8::from(!is_reached)),
            Err(error) => finish(Err(error)),
        },
        Command::Search(args) => match search::run(&args) {
            Ok(search::Finish::Best) => ExitCode::SUCCESS,
            Ok(search::Finish::NoBest) => ExitCode::FAILURE,
            Ok(search::Finish::Interrupted) => ExitCode::from(INTERRUPTED),
            Err(error) => finish(Err(error)),
        },
    }
}

/// Says an error on stderr.
fn finish<E: std::fmt::Display>(result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to be told when stderr is closed too.
            let _ = writeln!(std::io::stderr(), "podium: {error}");
            ExitCode::from(BROKEN)
        }
    }
}
