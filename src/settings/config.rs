//! The configuration file of the operator and its reading.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;

use super::{Grant, NotGranted, PodLogin};

/// Longest prefix of experiment names, in characters; MLflow takes names of 256.
const LONGEST_PREFIX: usize = 200;

/// The configuration file, YAML. The chart writes it from its values.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OperatorConfig {
    /// Id of this installation: everything in MLflow carries it. Default: uid of the namespace kube-system.
    pub installation: Option<String>,
    /// Image of trainer pods.
    pub trainer_image: String,
    /// Image of trainer pods that run a torch learner; default: `trainerImage`.
    pub torch_trainer_image: Option<String>,
    /// Address of MLflow for namespaces that state none.
    pub tracking: Option<TrackingConfig>,
    /// Certificate authorities (PEM, one or more) that are trusted beside the system's: by the operator for MLflow, by
    /// pods for MLflow and for data.
    pub certificate_authorities: Option<String>,
    /// What each namespace may use.
    #[serde(default)]
    pub namespaces: Vec<NamespaceConfig>,
    /// What happens to objects in namespaces that are not listed.
    #[serde(default)]
    pub other_namespaces: OtherNamespaces,
}

/// What happens to objects in namespaces that the configuration does not list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum OtherNamespaces {
    /// They are told that nothing will happen, and why.
    #[default]
    Refuse,
    /// They are left alone: another operator on the same cluster has them.
    Ignore,
}

/// An MLflow server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrackingConfig {
    /// Address as the operator reaches it.
    pub uri: String,
    /// Address as pods reach it; default: `uri`.
    pub pod_uri: Option<String>,
}

/// What one namespace may use.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamespaceConfig {
    /// The namespace.
    pub name: String,
    /// Its MLflow server; default: the common one.
    pub tracking: Option<TrackingConfig>,
    /// Workspace in MLflow.
    pub workspace: Option<String>,
    /// Prefix of experiment names; default: the namespace and a slash.
    pub experiment_prefix: Option<String>,
    /// Registered models that it may own, by exact name.
    #[serde(default)]
    pub models: Vec<String>,
    /// Models among them that may be promoted without a person.
    #[serde(default)]
    pub auto_promote: Vec<String>,
    /// The pods' MLflow login.
    pub pod_login: Option<PodLoginConfig>,
}

/// Secret of the namespace with the pods' MLflow login.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodLoginConfig {
    /// Name of the Secret.
    pub secret: String,
    /// What it holds.
    pub kind: LoginKind,
}

/// What a login Secret holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum LoginKind {
    /// The key `token`.
    Token,
    /// The keys `username` and `password`.
    Basic,
}

/// A configuration that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// It is not YAML of this shape.
    #[error("the operator's configuration can't be read: {0}")]
    Syntax(String),
    /// A namespace stands twice.
    #[error("namespaces: {0:?} stands twice in the operator's configuration")]
    Duplicate(String),
    /// No address.
    #[error("namespaces: {0:?} has no tracking.uri, and there is no common one either")]
    NoTracking(String),
    /// An address that is none.
    #[error("tracking.uri {0:?} must start with http:// or https://")]
    Address(String),
    /// Certificate authorities that are none.
    #[error(
        "certificateAuthorities: {0}; give certificates in PEM form, -----BEGIN CERTIFICATE----- and so on"
    )]
    Authorities(String),
    /// A prefix that leaves no room for a name.
    #[error(
        "experimentPrefix of namespace {namespace:?} has {length} characters; at most {LONGEST_PREFIX} leave room for names"
    )]
    Prefix {
        /// The namespace.
        namespace: String,
        /// Its length.
        length: usize,
    },
    /// Two namespaces could reach each other's experiments.
    #[error(
        "experimentPrefix {first:?} of namespace {first_namespace:?} and {second:?} of {second_namespace:?} overlap on one MLflow: neither may be a prefix of the other"
    )]
    Overlap {
        /// One prefix.
        first: String,
        /// Whose it is.
        first_namespace: String,
        /// The other.
        second: String,
        /// Whose it is.
        second_namespace: String,
    },
    /// Two namespaces own the same model.
    #[error("model {model:?} is given to namespaces {first:?} and {second:?} on one MLflow: one must own it")]
    SharedModel {
        /// Registered model.
        model: String,
        /// One namespace.
        first: String,
        /// The other.
        second: String,
    },
    /// An auto-promoted model that the namespace does not own.
    #[error("autoPromote of namespace {namespace:?} names {model:?}, which is not among its models")]
    AutoPromote {
        /// The namespace.
        namespace: String,
        /// Registered model.
        model: String,
    },
}

/// The configuration, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Id of this installation.
    pub installation: String,
    /// Image of trainer pods.
    pub trainer_image: String,
    /// Image of trainer pods that run a torch learner.
    pub torch_trainer_image: String,
    other_namespaces: OtherNamespaces,
    grants: BTreeMap<String, Grant>,
}

impl OperatorConfig {
    /// Reads the YAML text.
    ///
    /// # Errors
    /// When it is not YAML of this shape; unknown fields are refused.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        serde_yaml_ng::from_str(text).map_err(|error| ConfigError::Syntax(error.to_string()))
    }

    /// Checks it; `cluster_id` is the installation when the file names none.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(self, cluster_id: &str) -> Result<Settings, ConfigError> {
        let mut grants = BTreeMap::new();
        let authorities = self.certificate_authorities.map(authorities).transpose()?;
        for namespace in &self.namespaces {
            let grant = Grant {
                certificate_authorities: authorities.clone(),
                ..grant(namespace, self.tracking.as_ref())?
            };
            if grants.insert(grant.namespace.clone(), grant).is_some() {
                return Err(ConfigError::Duplicate(namespace.name.clone()));
            }
        }
        check_separation(&grants)?;
        Ok(Settings {
            installation: self.installation.unwrap_or_else(|| cluster_id.to_owned()),
            torch_trainer_image: self.torch_trainer_image.unwrap_or_else(|| self.trainer_image.clone()),
            trainer_image: self.trainer_image,
            other_namespaces: self.other_namespaces,
            grants,
        })
    }
}

impl Settings {
    /// What a namespace may use.
    ///
    /// # Errors
    /// When the configuration does not name it.
    pub fn grant(&self, namespace: &str) -> Result<&Grant, NotGranted> {
        self.grants.get(namespace).ok_or_else(|| NotGranted::Namespace(namespace.to_owned()))
    }

    /// Whether objects of a namespace are another operator's business.
    pub fn ignores(&self, namespace: &str) -> bool {
        self.other_namespaces == OtherNamespaces::Ignore && !self.grants.contains_key(namespace)
    }

    /// All namespaces with what they may use.
    pub fn grants(&self) -> impl Iterator<Item = &Grant> {
        self.grants.values()
    }
}

/// A mistake here is told at the start, not by every connection.
fn authorities(text: String) -> Result<Arc<str>, ConfigError> {
    let mut count = 0;
    for certificate in CertificateDer::pem_slice_iter(text.as_bytes()) {
        certificate.map_err(|error| ConfigError::Authorities(format!("can't be read ({error})")))?;
        count += 1;
    }
    if count == 0 { Err(ConfigError::Authorities("hold no certificate".to_owned())) } else { Ok(text.into()) }
}

fn grant(namespace: &NamespaceConfig, common: Option<&TrackingConfig>) -> Result<Grant, ConfigError> {
    let tracking = namespace
        .tracking
        .as_ref()
        .or(common)
        .ok_or_else(|| ConfigError::NoTracking(namespace.name.clone()))?;
    let pod_uri = tracking.pod_uri.as_ref().unwrap_or(&tracking.uri);
    for uri in [&tracking.uri, pod_uri] {
        if !uri.starts_with("http://") && !uri.starts_with("https://") {
            return Err(ConfigError::Address(uri.clone()));
        }
    }
    if let Some(model) = namespace.auto_promote.iter().find(|model| !namespace.models.contains(model)) {
        return Err(ConfigError::AutoPromote { namespace: namespace.name.clone(), model: model.clone() });
    }
    let experiment_prefix =
        namespace.experiment_prefix.clone().unwrap_or_else(|| format!("{}/", namespace.name));
    let length = experiment_prefix.chars().count();
    if length > LONGEST_PREFIX {
        return Err(ConfigError::Prefix { namespace: namespace.name.clone(), length });
    }
    Ok(Grant {
        namespace: namespace.name.clone(),
        tracking_uri: tracking.uri.trim_end_matches('/').to_owned(),
        pod_tracking_uri: pod_uri.trim_end_matches('/').to_owned(),
        certificate_authorities: None,
        workspace: namespace.workspace.clone(),
        experiment_prefix,
        models: namespace.models.clone(),
        auto_promote: namespace.auto_promote.clone(),
        pod_login: namespace.pod_login.as_ref().map(|login| match login.kind {
            LoginKind::Token => PodLogin::Token(login.secret.clone()),
            LoginKind::Basic => PodLogin::Basic(login.secret.clone()),
        }),
    })
}

/// Two namespaces of one MLflow and workspace must not reach each other's experiments or models.
fn check_separation(grants: &BTreeMap<String, Grant>) -> Result<(), ConfigError> {
    let all: Vec<&Grant> = grants.values().collect();
    for (index, first) in all.iter().enumerate() {
        for second in &all[index + 1..] {
            if (&first.tracking_uri, &first.workspace) == (&second.tracking_uri, &second.workspace) {
                separate(first, second)?;
            }
        }
    }
    Ok(())
}

fn separate(first: &Grant, second: &Grant) -> Result<(), ConfigError> {
    let (a, b) = (&first.experiment_prefix, &second.experiment_prefix);
    if a.starts_with(b.as_str()) || b.starts_with(a.as_str()) {
        return Err(ConfigError::Overlap {
            first: a.clone(),
            first_namespace: first.namespace.clone(),
            second: b.clone(),
            second_namespace: second.namespace.clone(),
        });
    }
    let owned: BTreeSet<&String> = first.models.iter().collect();
    match second.models.iter().find(|model| owned.contains(model)) {
        None => Ok(()),
        Some(model) => Err(ConfigError::SharedModel {
            model: model.clone(),
            first: first.namespace.clone(),
            second: second.namespace.clone(),
        }),
    }
}

#[cfg(test)]
mod tests;
