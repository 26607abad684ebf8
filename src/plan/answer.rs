//! Answers find their place in what is known.

use super::{
    AliasFacts, EvidenceFacts, FileDigest, Known, ModelFacts, Query, Reading, RunFacts, VersionFacts,
};

/// The answer to a query, by its kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To [`Query::Run`].
    Run(Reading<RunFacts>),
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
}

impl Known {
    /// Notes an answer. One of another kind than its query is nothing that the port can give, and is dropped.
    pub fn note(&mut self, query: Query, answer: Answer) {
        match (query, answer) {
            (Query::Run(id), Answer::Run(reading)) => {
                self.runs.insert(id, reading);
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
            _ => {}
        }
    }
}
