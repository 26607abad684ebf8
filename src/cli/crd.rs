//! `podium crd`: the custom resource definitions as YAML. `crds/` holds the same text.

use std::io::Write;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, CustomResourceDefinitionNames,
};
use kube::CustomResourceExt;

use super::CrdArgs;
use crate::api::{HyperparameterSweep, ModelVersion, TrainingPipeline};

/// A definition could not be printed.
#[derive(Debug, thiserror::Error)]
pub enum CrdError {
    /// No such kind.
    #[error("no kind {asked:?} in the group podium.dev; there are {known}")]
    Unknown {
        /// What was asked for.
        asked: String,
        /// What there is.
        known: String,
    },
    /// It can't be written as YAML.
    #[error("a definition can't be written as YAML: {0}")]
    Yaml(#[from] serde_yaml_ng::Error),
    /// The output is closed.
    #[error("can't write: {0}")]
    Write(#[from] std::io::Error),
}

/// All definitions.
pub fn all() -> Vec<CustomResourceDefinition> {
    vec![TrainingPipeline::crd(), HyperparameterSweep::crd(), ModelVersion::crd()]
}

/// One definition as a YAML document with its own `---`.
///
/// # Errors
/// When it can't be written as YAML.
pub fn yaml(crd: &CustomResourceDefinition) -> Result<String, CrdError> {
    Ok(format!("---\n{}", serde_yaml_ng::to_string(crd)?))
}

/// Prints them.
///
/// # Errors
/// When there is no such kind, or the output is closed.
pub fn print(args: &CrdArgs, out: &mut impl Write) -> Result<(), CrdError> {
    let chosen: Vec<_> =
        all().into_iter().filter(|crd| is_chosen(&crd.spec.names, args.kind.as_deref())).collect();
    if chosen.is_empty() {
        let known: Vec<_> = all().into_iter().map(|crd| crd.spec.names.kind).collect();
        return Err(CrdError::Unknown {
            asked: args.kind.clone().unwrap_or_default(),
            known: known.join(", "),
        });
    }
    for crd in &chosen {
        out.write_all(yaml(crd)?.as_bytes())?;
    }
    Ok(())
}

/// Whether a kind goes by this name, as kubectl reads names.
pub(super) fn is_chosen(names: &CustomResourceDefinitionNames, asked: Option<&str>) -> bool {
    let Some(asked) = asked else { return true };
    let own = [Some(&names.kind), Some(&names.plural), names.singular.as_ref()];
    own.into_iter()
        .flatten()
        .chain(names.short_names.iter().flatten())
        .any(|name| name.eq_ignore_ascii_case(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(kind: Option<&str>) -> Result<String, CrdError> {
        let mut out = Vec::new();
        print(&CrdArgs { kind: kind.map(str::to_owned) }, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_kind_is_found_by_every_name_that_kubectl_knows() {
        for name in ["ModelVersion", "modelversions", "modelversion", "MV"] {
            let text = printed(Some(name)).unwrap();
            assert!(text.contains("name: modelversions.podium.dev"), "{name}");
            assert!(!text.contains("trainingpipelines.podium.dev"), "{name}");
        }
        assert_eq!(printed(None).unwrap().matches("---\n").count(), 3);
    }

    #[test]
    fn an_unknown_kind_is_refused_with_those_that_there_are() {
        let error = printed(Some("Study")).unwrap_err().to_string();
        assert_eq!(
            error,
            "no kind \"Study\" in the group podium.dev; there are TrainingPipeline, HyperparameterSweep, ModelVersion"
        );
    }
}
