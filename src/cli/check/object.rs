//! Judges one object: its kind, its metadata, the schema of its kind, the CEL rules of the schema, then the operator.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::core::cel::Validator;
use serde_json::{Map, Value, json};

use super::{Problem, domain, metadata, schema};
use crate::api;
use crate::cli::crd;
use crate::settings::Settings;

/// The definitions, ready to judge.
#[derive(Debug)]
pub struct Checker {
    kinds: Vec<Kind>,
    rules: Validator,
    settings: Option<Settings>,
}

/// What is known about an object.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    /// Kind, namespace and name.
    pub name: String,
    /// Whether its kind is ours.
    pub is_ours: bool,
    /// What the API server refuses.
    pub problems: Vec<Problem>,
    /// What the operator refuses of that which the API server takes.
    pub objections: Vec<Problem>,
}

impl Judgement {
    fn refused(name: String, field: &str, message: impl Into<String>) -> Self {
        Self { name, is_ours: true, problems: vec![Problem::new(field, message)], objections: Vec::new() }
    }
}

#[derive(Debug)]
struct Kind {
    api_version: String,
    kind: String,
    schema: Value,
}

impl Checker {
    /// Reads our own definitions.
    ///
    /// # Errors
    /// When one is broken.
    pub fn new() -> Result<Self, serde_json::Error> {
        Self::of(&crd::all())
    }

    /// Reads some definitions: objects of these kinds alone are known.
    ///
    /// # Errors
    /// When one is broken.
    pub fn of(definitions: &[CustomResourceDefinition]) -> Result<Self, serde_json::Error> {
        let mut kinds = Vec::new();
        for crd in definitions {
            for version in &crd.spec.versions {
                let api_version = format!("{}/{}", crd.spec.group, version.name);
                let validation = serde_json::to_value(&version.schema)?;
                let schema = validation["openAPIV3Schema"].clone();
                kinds.push(Kind { api_version, kind: crd.spec.names.kind.clone(), schema });
            }
        }
        Ok(Self { kinds, rules: Validator::new(), settings: None })
    }

    /// Judges names by the operator's configuration too.
    pub fn with_settings(self, settings: Settings) -> Self {
        Self { settings: Some(settings), ..self }
    }

    /// What is to be said about an object.
    pub(super) fn judge(&self, value: &Value) -> Judgement {
        let Some(object) = value.as_object() else {
            let message = "must be an object with apiVersion, kind and metadata";
            return Judgement::refused(String::new(), "", message);
        };
        let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        let name = display_name(kind, object);
        if api_version.is_empty() || kind.is_empty() {
            return Judgement::refused(
                name,
                if kind.is_empty() { "kind" } else { "apiVersion" },
                "is required",
            );
        }
        if api_version.split('/').next() != Some(api::GROUP) {
            return Judgement { name, ..Judgement::default() };
        }
        let problems = self.problems(api_version, kind, object);
        let objections = if problems.is_empty() {
            domain::objections(kind, &without_nulls(value), self.settings.as_ref())
        } else {
            Vec::new()
        };
        Judgement { name, is_ours: true, problems, objections }
    }

    fn problems(&self, api_version: &str, kind: &str, object: &Map<String, Value>) -> Vec<Problem> {
        let Some(known) =
            self.kinds.iter().find(|known| known.api_version == api_version && known.kind == kind)
        else {
            let there: Vec<_> =
                self.kinds.iter().map(|known| format!("{} {}", known.api_version, known.kind)).collect();
            return vec![Problem::new(
                "kind",
                format!("no {api_version} {kind}; there are {}", there.join(", ")),
            )];
        };
        let mut found = metadata::problems(object);
        found.extend(schema::problems(&with_root_fields(&known.schema), &Value::Object(object.clone()), ""));
        if found.is_empty() {
            found = self.broken_rules(known, object);
        }
        found
    }

    fn broken_rules(&self, kind: &Kind, object: &Map<String, Value>) -> Vec<Problem> {
        let object = without_nulls(&Value::Object(object.clone()));
        match self.rules.validate(&kind.schema, &object, None) {
            Ok(()) => Vec::new(),
            Err(errors) => errors
                .into_iter()
                .map(|error| Problem::new(error.field_path.clone(), error.message.clone()))
                .collect(),
        }
    }
}

/// A definition leaves out what every object has; metadata is judged by its own rules.
fn with_root_fields(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.insert("apiVersion".to_owned(), json!({"type": "string"}));
        properties.insert("kind".to_owned(), json!({"type": "string"}));
        properties.insert("metadata".to_owned(), json!({}));
    }
    schema
}

/// CEL takes a null field for an absent one.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key.clone(), without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

fn display_name(kind: &str, object: &Map<String, Value>) -> String {
    let metadata = object.get("metadata");
    let text = |field: &str| metadata.and_then(|metadata| metadata.get(field)).and_then(Value::as_str);
    let name = match (text("namespace"), text("name")) {
        (Some(namespace), Some(name)) => format!("{namespace}/{name}"),
        (_, name) => name.unwrap_or_default().to_owned(),
    };
    format!("{kind} {name}").trim().to_owned()
}
