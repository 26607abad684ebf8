//! Answers find their place in what is known.

use super::orphans::{KeyedVersion, OpenRun};
use super::trials::earlier::Files;
use super::trials::{Stored, SweepRunFacts};
use super::{
    AliasFacts, EvidenceFacts, FileDigest, Known, ModelFacts, Query, Reading, RunFacts, Trouble, VersionFacts,
};

/// The answer to a query, by its kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To [`Query::Run`].
    Run(Reading<RunFacts>),
    /// To [`Query::Pulse`].
    Pulse(Reading<()>),
    /// To [`Query::Evidence`].
    Evidence(Reading<EvidenceFacts>),
    /// To [`Query::Alias`].
    Alias(Reading<AliasFacts>),
    /// To [`Query::Version`].
    Version(Reading<VersionFacts>),
    /// To [`Query::Model`].
    Model(Reading<ModelFacts>),
    /// To [`Query::Files`].
    Files(Reading<FileDigest>),
    /// To [`Query::OpenRuns`].
    OpenRuns(Reading<Vec<OpenRun>>),
    /// To [`Query::Copies`].
    Copies(Reading<usize>),
    /// To [`Query::KeyedVersions`].
    KeyedVersions(Reading<Vec<KeyedVersion>>),
    /// To [`Query::Trials`].
    Trials(Reading<Stored>),
    /// To [`Query::SweepRuns`].
    SweepRuns(Reading<Vec<SweepRunFacts>>),
    /// To [`Query::Artifacts`].
    Artifacts(Reading<Files>),
}

impl Answer {
    /// The answer to a query that could not be asked.
    pub fn unreachable(query: &Query, trouble: Trouble) -> Self {
        match query {
            Query::Run(_) => Self::Run(Reading::Unreachable(trouble)),
            Query::Pulse(_) => Self::Pulse(Reading::Unreachable(trouble)),
            Query::Evidence(_) => Self::Evidence(Reading::Unreachable(trouble)),
            Query::Alias(..) => Self::Alias(Reading::Unreachable(trouble)),
            Query::Version(..) => Self::Version(Reading::Unreachable(trouble)),
            Query::Model(_) => Self::Model(Reading::Unreachable(trouble)),
            Query::Files(_) => Self::Files(Reading::Unreachable(trouble)),
            Query::OpenRuns(_) => Self::OpenRuns(Reading::Unreachable(trouble)),
            Query::Copies(..) => Self::Copies(Reading::Unreachable(trouble)),
            Query::KeyedVersions(..) => Self::KeyedVersions(Reading::Unreachable(trouble)),
            Query::Trials(..) => Self::Trials(Reading::Unreachable(trouble)),
            Query::SweepRuns(..) => Self::SweepRuns(Reading::Unreachable(trouble)),
            Query::Artifacts(..) => Self::Artifacts(Reading::Unreachable(trouble)),
        }
    }
}

impl Known {
    /// Notes an answer. One of another kind than its query is nothing that the port can give, and is dropped.
    pub fn note(&mut self, query: Query, answer: Answer) {
        match (query, answer) {
            (Query::Run(id), Answer::Run(reading)) => {
                self.runs.insert(id, reading);
            }
            (Query::Pulse(id), Answer::Pulse(reading)) => {
                self.pulses.insert(id, reading);
            }
            (Query::Evidence(id), Answer::Evidence(reading)) => {
                self.evidence.insert(id, reading);
            }
            (Query::Alias(model, alias), Answer::Alias(reading)) => {
                self.aliases.insert((model, alias), reading);
            }
            (Query::Version(model, version), Answer::Version(reading)) => {
                self.versions.insert((model, version), reading);
            }
            (Query::Model(name), Answer::Model(reading)) => {
                self.models.insert(name, reading);
            }
            (Query::Files(uri), Answer::Files(reading)) => {
                self.files.insert(uri, reading);
            }
            (Query::OpenRuns(installation), Answer::OpenRuns(reading)) => {
                self.open_runs.insert(installation, reading);
            }
            (Query::Copies(experiment, key), Answer::Copies(reading)) => {
                self.copies.insert((experiment, key), reading);
            }
            (Query::KeyedVersions(model, installation), Answer::KeyedVersions(reading)) => {
                self.keyed_versions.insert((model, installation), reading);
            }
            (Query::Trials(experiment, parent), Answer::Trials(reading)) => {
                self.trials.insert((experiment, parent), reading);
            }
            (Query::SweepRuns(installation, namespace, name), Answer::SweepRuns(reading)) => {
                self.sweep_runs.insert((installation, namespace, name), reading);
            }
            (Query::Artifacts(run, folder), Answer::Artifacts(reading)) => {
                self.artifacts.insert((run, folder), reading);
            }
            _ => {}
        }
    }
}
