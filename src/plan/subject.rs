//! An object that an Event is about, where nothing but its name is known.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Resource;

use crate::api::HyperparameterSweep;

/// An object that an Event is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
}

/// Kinds of objects that lead to a call of the trial service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubjectKind {
    /// A HyperparameterSweep.
    Sweep,
    /// A Job.
    Job,
    /// A pod.
    Pod,
    /// A ServiceAccount.
    ServiceAccount,
}

impl Subject {
    /// An object by what identifies it.
    pub fn new(kind: SubjectKind, namespace: &str, name: &str, uid: &str) -> Self {
        Self { kind, namespace: namespace.to_owned(), name: name.to_owned(), uid: uid.to_owned() }
    }

    /// The object as Events name it.
    pub fn reference(&self) -> ObjectReference {
        let (api_version, kind) = match self.kind {
            SubjectKind::Sweep => (HyperparameterSweep::api_version(&()).into_owned(), "HyperparameterSweep"),
            SubjectKind::Job => ("batch/v1".to_owned(), "Job"),
            SubjectKind::Pod => ("v1".to_owned(), "Pod"),
            SubjectKind::ServiceAccount => ("v1".to_owned(), "ServiceAccount"),
        };
        ObjectReference {
            api_version: Some(api_version),
            kind: Some(kind.to_owned()),
            namespace: Some(self.namespace.clone()),
            name: Some(self.name.clone()),
            uid: Some(self.uid.clone()).filter(|uid| !uid.is_empty()),
            ..ObjectReference::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_is_named_with_its_group_and_an_object_whose_uid_nobody_knows_without_one() {
        let sweep = Subject::new(SubjectKind::Sweep, "ml", "churn", "u").reference();
        let expected = ObjectReference {
            api_version: Some("podium.dev/v1alpha1".into()),
            kind: Some("HyperparameterSweep".into()),
            namespace: Some("ml".into()),
            name: Some("churn".into()),
            uid: Some("u".into()),
            ..ObjectReference::default()
        };
        assert_eq!(sweep, expected);
        assert_eq!(Subject::new(SubjectKind::Pod, "ml", "churn", "").reference().uid, None);
    }
}
