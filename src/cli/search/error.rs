//! Why a search can't go on.

use std::path::PathBuf;

use crate::domain::sweep::TemplateError;

/// Why a search can't go on. What was found so far is kept.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The manifest can't be read.
    #[error("{file} can't be read: {source}")]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The manifest is wrong.
    #[error("{file} can't be searched:\n{problems}")]
    Manifest {
        /// The file.
        file: PathBuf,
        /// One line a problem.
        problems: String,
    },
    /// Our own definition is broken.
    #[error("the definition of a sweep can't be used: {0}")]
    Definition(#[from] serde_json::Error),
    /// The command names something that is no parameter.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// Something in the output folder can't be read or written.
    #[error("{path}: {source}")]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process works there.
    #[error("{path} is used by another podium search{by}: wait for its end, or name another --output")]
    Locked {
        /// The folder.
        path: PathBuf,
        /// Its process, when it said so.
        by: String,
    },
    /// The journal has a line that nobody can have written.
    #[error("{path}, line {line}: {reason}; mend it, or name another --output")]
    Journal {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// Why.
        reason: String,
    },
    /// The folder holds another search.
    #[error(
        "{path} holds the search of {before}, and values of two metrics can't be compared: name another --output to search for {now}"
    )]
    OtherMetric {
        /// The folder.
        path: PathBuf,
        /// The metric there.
        before: String,
        /// The metric of the manifest.
        now: String,
    },
    /// The program can't be started.
    #[error("can't start {program:?}: {source}")]
    Start {
        /// The program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// Signals can't be received.
    #[error("can't receive signals: {0}")]
    Signals(std::io::Error),
    /// The report.
    #[error(transparent)]
    Report(#[from] podium_tuning::report::WriteError),
    /// The output is closed.
    #[error("can't write: {0}")]
    Write(#[from] std::io::Error),
    /// A result that the sweep refuses.
    #[error("the sweep refuses a result: {0}")]
    Tell(#[from] podium_search::TellError),
}
