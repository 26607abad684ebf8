//! The objects and who must hear of their changes.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{Answer, Refusal};
use super::kinds;
use super::request::{Request, Verb};

/// One object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id {
    pub plural: String,
    pub namespace: String,
    pub name: String,
}

impl Id {
    pub fn new(plural: &str, namespace: &str, name: &str) -> Self {
        Self { plural: plural.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

/// All objects of the cluster.
#[derive(Debug, Clone, Default)]
pub struct Store {
    pub(super) objects: BTreeMap<Id, Value>,
    /// Objects that changed since somebody last looked, as they are or last were.
    pub changed: Vec<(Id, Value)>,
    /// Number of changes: the newest resourceVersion.
    pub version: u64,
    uids: u64,
}

impl Store {
    /// Carries out a request.
    pub fn handle(&mut self, request: &Request, now: Timestamp) -> Answer {
        match request.verb {
            Verb::Get => self.objects.get(&request.id()).cloned().ok_or(Refusal::NotFound),
            Verb::List => Ok(self.list(request)),
            Verb::Create => self.create(&request.id(), request.body.clone(), now),
            Verb::Replace => self.replace(&request.id(), request.body.clone(), request.status),
            Verb::Apply => self.apply(&request.id(), request.body.clone(), now),
            Verb::Merge => self.merge(&request.id(), &request.body),
            Verb::Delete => self.delete(&request.id(), now),
        }
    }

    /// An object.
    pub fn get(&self, id: &Id) -> Option<&Value> {
        self.objects.get(id)
    }

    /// All objects of a kind.
    pub fn all(&self, plural: &str) -> Vec<(Id, Value)> {
        let hits = self.objects.iter().filter(|(id, _)| id.plural == plural);
        hits.map(|(id, object)| (id.clone(), object.clone())).collect()
    }

    /// Changes an object as somebody beside podium does.
    pub fn edit(&mut self, id: &Id, change: impl FnOnce(&mut Value)) {
        let mut object = self.objects.get(id).unwrap_or_else(|| panic!("no {id:?}")).clone();
        change(&mut object);
        self.put(id, object);
    }

    fn list(&self, request: &Request) -> Value {
        let (version, kind) = kinds::of(&request.plural);
        let of_kind = self
            .objects
            .iter()
            .filter(|(id, _)| id.plural == request.plural && id.namespace == request.namespace)
            .map(|(_, object)| object);
        let has = |object: &Value, path: &str, value: &str| {
            let found = path.split('.').fold(object, |object, key| &object[key]);
            found.as_str() == Some(value)
        };
        let hit = |object: &&Value| {
            let labels = &object["metadata"]["labels"];
            request.labels.iter().all(|(key, value)| labels[key].as_str() == Some(value))
                && request.fields.iter().all(|(path, value)| has(object, path, value))
        };
        let shape = |object: &Value| match request.metadata_only {
            true => json!({
                "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": object["metadata"]
            }),
            false => object.clone(),
        };
        let items: Vec<Value> = of_kind.filter(hit).map(shape).collect();
        json!({
            "apiVersion": version, "kind": format!("{kind}List"),
            "metadata": {"resourceVersion": self.version.to_string()}, "items": items,
        })
    }

    /// Stores an object; one that says the same as before is no change.
    pub(super) fn put(&mut self, id: &Id, mut object: Value) -> Value {
        if let Some(old) = self.objects.get(id) {
            object["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"].clone();
            if *old == object {
                return object;
            }
            if old["spec"] != object["spec"] && kinds::has_status(&id.plural) {
                let generation = old["metadata"]["generation"].as_i64().unwrap_or(1) + 1;
                object["metadata"]["generation"] = generation.into();
            }
        }
        self.version += 1;
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        let free = object["metadata"]["finalizers"].as_array().is_none_or(Vec::is_empty);
        if !object["metadata"]["deletionTimestamp"].is_null() && free {
            self.remove(id);
            return object;
        }
        self.objects.insert(id.clone(), object.clone());
        self.changed.push((id.clone(), object.clone()));
        object
    }

    /// Removes an object and everything that it owns.
    pub fn remove(&mut self, id: &Id) {
        let Some(object) = self.objects.remove(id) else { return };
        self.version += 1;
        let uid = object["metadata"]["uid"].clone();
        self.changed.push((id.clone(), object));
        let owned = |object: &Value| {
            object["metadata"]["ownerReferences"]
                .as_array()
                .is_some_and(|owners| owners.iter().any(|owner| owner["uid"] == uid))
        };
        let children: BTreeSet<Id> =
            self.objects.iter().filter(|(_, object)| owned(object)).map(|(id, _)| id.clone()).collect();
        children.iter().for_each(|child| self.remove(child));
    }

    /// The garbage collector: what was made for an owner that is gone goes too. Whether there was any.
    pub fn collect_garbage(&mut self) -> bool {
        let uids: BTreeSet<&str> =
            self.objects.values().filter_map(|object| object["metadata"]["uid"].as_str()).collect();
        let is_garbage = |object: &Value| {
            let owner = object["metadata"]["ownerReferences"][0]["uid"].as_str();
            owner.is_some_and(|owner| !uids.contains(owner))
        };
        let garbage: Vec<Id> =
            self.objects.iter().filter(|(_, object)| is_garbage(object)).map(|(id, _)| id.clone()).collect();
        garbage.iter().for_each(|id| self.remove(id));
        !garbage.is_empty()
    }

    pub(super) fn next_uid(&mut self) -> String {
        self.uids += 1;
        format!("00000000-0000-4000-8000-{:012}", self.uids)
    }
}
