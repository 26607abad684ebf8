//! `podium check`: the API server's verdict on manifests without an API server, then the operator's own.
//!
//! Equal verdicts are held by `tests/check.rs`, which runs one corpus through both.

mod domain;
mod metadata;
mod object;
mod scalar;
mod schema;
mod yaml;

use std::io::{Read, Write};
use std::path::Path;

pub use object::Checker;

use super::CheckArgs;
use crate::settings::{ConfigError, OperatorConfig};
use object::Judgement;

/// Something that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Path of the field, for example `spec.candidates[0].algorithm`; empty for the whole document.
    pub field: String,
    /// One sentence.
    pub message: String,
}

impl Problem {
    fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// A verdict on a document of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Number in the file, from 1.
    pub document: usize,
    /// Line of the file on which it starts, from 1.
    pub line: usize,
    /// Kind and name, as far as they can be read.
    pub name: String,
    /// Whether it is a kind of ours; others are not judged.
    pub is_ours: bool,
    /// What the API server refuses.
    pub problems: Vec<Problem>,
    /// What the operator would refuse of that which the API server takes.
    pub objections: Vec<Problem>,
}

/// The check could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// A file can't be read.
    #[error("{file} can't be read: {source}")]
    Read {
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The output is closed.
    #[error("can't write: {0}")]
    Write(#[from] std::io::Error),
    /// The operator's configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A definition of ours is broken.
    #[error("a definition can't be used: {0}")]
    Definition(#[from] serde_json::Error),
}

/// Checks files and prints one line a problem; says whether all is well.
///
/// # Errors
/// When a file can't be read or the output is closed.
pub fn run(args: &CheckArgs, out: &mut impl Write) -> Result<bool, CheckError> {
    let mut checker = Checker::new()?;
    if let Some(file) = &args.config {
        let config = OperatorConfig::parse(&read(file)?)?;
        checker = checker.with_settings(config.check("check")?);
    }
    let (mut problems, mut judged, mut others) = (0, 0, 0);
    for path in &args.files {
        let file = path.display().to_string();
        for verdict in verdicts(&checker, &read(path)?) {
            judged += usize::from(verdict.is_ours);
            others += usize::from(!verdict.is_ours);
            for problem in verdict.problems.iter().chain(&verdict.objections) {
                problems += 1;
                writeln!(out, "{}", line(&file, &verdict, problem))?;
            }
        }
    }
    let noun = if problems == 1 { "problem" } else { "problems" };
    let rest = if others == 0 { String::new() } else { format!("; {others} of other kinds not checked") };
    writeln!(out, "{problems} {noun} in {judged} objects{rest}")?;
    Ok(problems == 0)
}

/// Judges each document of a text.
pub fn verdicts(checker: &Checker, text: &str) -> Vec<Verdict> {
    let judge = |(index, document): (usize, yaml::Document)| {
        let judgement = match document.value {
            Ok(value) => checker.judge(&value),
            Err(message) => {
                Judgement { is_ours: true, problems: vec![Problem::new("", message)], ..Judgement::default() }
            }
        };
        let Judgement { name, is_ours, problems, objections } = judgement;
        Verdict { document: index + 1, line: document.line, name, is_ours, problems, objections }
    };
    yaml::documents(text).into_iter().enumerate().map(judge).collect()
}

/// The documents of a text that can be read, as they are.
pub(super) fn read_documents(text: &str) -> Vec<serde_json::Value> {
    yaml::documents(text).into_iter().filter_map(|document| document.value.ok()).collect()
}

fn line(file: &str, verdict: &Verdict, problem: &Problem) -> String {
    let place = format!("{file}:{}: document {}", verdict.line, verdict.document);
    let parts = [verdict.name.as_str(), problem.field.as_str(), problem.message.as_str()];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("{place}: {}", parts.join(": "))
}

fn read(path: &Path) -> Result<String, CheckError> {
    let fail = |source| CheckError::Read { file: path.display().to_string(), source };
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(fail)?;
        return Ok(text);
    }
    std::fs::read_to_string(path).map_err(fail)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "apiVersion: podium.dev/v1alpha1
kind: TrainingPipeline
metadata: {name: a, namespace: ml}
spec:
  data: {uri: configmap://data/a.csv, target: t}
  candidates: [{name: forest, algorithm: RandomForest}]
";

    fn lines(text: &str) -> Vec<String> {
        let checker = Checker::new().unwrap();
        let verdicts = verdicts(&checker, text);
        let all = verdicts
            .iter()
            .flat_map(|verdict| verdict.problems.iter().map(|problem| line("f.yaml", verdict, problem)));
        all.collect()
    }

    #[test]
    fn a_problem_is_told_with_file_document_field_and_message() {
        let text = format!("{GOOD}---\n{}", GOOD.replace("RandomForest", "XGB"));
        assert_eq!(
            lines(&text),
            [
                "f.yaml:8: document 2: TrainingPipeline ml/a: spec.candidates[0].algorithm: \"XGB\" is not one of \
              LogisticRegression, LinearRegression, RandomForest, TorchMLP"
            ]
        );
    }

    #[test]
    fn a_document_of_another_kind_is_not_judged() {
        let verdicts = verdicts(&Checker::new().unwrap(), "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n");
        assert!(!verdicts[0].is_ours && verdicts[0].problems.is_empty());
    }

    #[test]
    fn broken_yaml_is_one_problem_and_ends_the_file() {
        let text = format!("{GOOD}---\na: [\n---\n{GOOD}");
        let found = lines(&text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("f.yaml:7: document 2: not YAML:"), "{found:?}");
    }
}
