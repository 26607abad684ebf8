//! The command line, and the runtime that a command works on.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing::error;

use crate::run::Work;
use crate::{run, telemetry};

/// Trains and evaluates models in the pods of a TrainingPipeline.
#[derive(Debug, Parser)]
#[command(name = "podium-trainer", version)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Carry out the stage that a job document names, once.
    Run {
        /// The document; in a pod the downward API puts it at the default place.
        #[arg(long, default_value = podium_contract::DOCUMENT_PATH)]
        document: PathBuf,
        /// Where a container of the user's own has left what it made, when the document is about one.
        #[arg(long, default_value = podium_contract::HANDED_OUTPUT)]
        output: PathBuf,
    },
    /// Hand the training part to a container of the user's own, before it runs.
    HandOver {
        /// The document, the same as of `run`.
        #[arg(long, default_value = podium_contract::DOCUMENT_PATH)]
        document: PathBuf,
        /// Where the container finds it.
        #[arg(long, default_value = podium_contract::HANDED_INPUT)]
        input: PathBuf,
    },
}

/// Carries out a command; the exit codes are the contract's.
pub fn carry_out(arguments: Arguments) -> ExitCode {
    telemetry::start();
    // Two threads serve the network; the numbers are made on the pool that the document sizes.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            error!(%error, "the runtime can't be started");
            return ExitCode::FAILURE;
        }
    };
    let code = match arguments.command {
        Command::Run { document, output } => {
            runtime.block_on(run::from_file(&document, Work::Stage { output }))
        }
        Command::HandOver { document, input } => {
            runtime.block_on(run::from_file(&document, Work::HandOver { input }))
        }
    };
    // A fit that has not reached an interrupt check must not hold a stopped process.
    runtime.shutdown_background();
    ExitCode::from(code)
}
