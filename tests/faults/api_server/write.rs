//! Writes: what each leaves of the object.

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::answer::{Answer, Refusal};
use super::kinds;
use super::store::{Id, Store};

/// Fields of the metadata that only the server writes.
const OURS: [&str; 4] = ["uid", "creationTimestamp", "generation", "deletionTimestamp"];

impl Store {
    /// Creates an object.
    pub fn create(&mut self, id: &Id, body: Value, now: Timestamp) -> Answer {
        if self.objects.contains_key(id) {
            return Err(Refusal::AlreadyExists);
        }
        let (version, kind) = kinds::of(&id.plural);
        let mut object = body;
        object["apiVersion"] = version.into();
        object["kind"] = kind.into();
        let uid = self.next_uid();
        let metadata = &mut object["metadata"];
        metadata["name"] = id.name.clone().into();
        metadata["namespace"] = id.namespace.clone().into();
        metadata["uid"] = uid.into();
        metadata["generation"] = 1.into();
        metadata["creationTimestamp"] = whole_second(now);
        if kinds::has_status(&id.plural)
            && let Some(object) = object.as_object_mut()
        {
            object.remove("status");
        }
        Ok(self.put(id, object))
    }

    pub(super) fn replace(&mut self, id: &Id, mut body: Value, status: bool) -> Answer {
        let old = self.objects.get(id).ok_or(Refusal::NotFound)?.clone();
        let stated = &body["metadata"]["resourceVersion"];
        if !stated.is_null() && *stated != old["metadata"]["resourceVersion"] {
            return Err(Refusal::Conflict);
        }
        if status {
            let mut object = old;
            object["status"] = body["status"].take();
            return Ok(self.put(id, object));
        }
        for key in OURS {
            body["metadata"][key] = old["metadata"][key].clone();
        }
        body["apiVersion"] = old["apiVersion"].clone();
        body["kind"] = old["kind"].clone();
        if kinds::has_status(&id.plural) {
            body["status"] = old["status"].clone();
        }
        Ok(self.put(id, without_nulls(body)))
    }

    /// Server-side apply by the only manager: what it says is what there is.
    pub(super) fn apply(&mut self, id: &Id, body: Value, now: Timestamp) -> Answer {
        let Some(old) = self.objects.get(id) else { return self.create(id, body, now) };
        let mut object = old.clone();
        object["spec"] = body["spec"].clone();
        for key in ["labels", "annotations"] {
            let mut stated = Value::Object(Map::from_iter([(key.to_owned(), body["metadata"][key].clone())]));
            merge(&mut object["metadata"], &mut stated);
        }
        Ok(self.put(id, object))
    }

    pub(super) fn merge(&mut self, id: &Id, body: &Value) -> Answer {
        let mut object = self.objects.get(id).ok_or(Refusal::NotFound)?.clone();
        let stated = &body["metadata"]["resourceVersion"];
        if !stated.is_null() && *stated != object["metadata"]["resourceVersion"] {
            return Err(Refusal::Conflict);
        }
        merge(&mut object, &mut body.clone());
        Ok(self.put(id, object))
    }

    /// Deletes in the background; what has a finalizer waits for it.
    pub fn delete(&mut self, id: &Id, now: Timestamp) -> Answer {
        let mut object = self.objects.get(id).ok_or(Refusal::NotFound)?.clone();
        if object["metadata"]["finalizers"].as_array().is_some_and(|all| !all.is_empty()) {
            object["metadata"]["deletionTimestamp"] = whole_second(now);
            return Ok(self.put(id, object));
        }
        self.remove(id);
        Ok(json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}))
    }
}

/// Times in metadata are written in whole seconds.
fn whole_second(now: Timestamp) -> Value {
    let rounded = now.round(k8s_openapi::jiff::Unit::Second).unwrap_or(now);
    let floor =
        if rounded > now { rounded.checked_sub(SignedDuration::from_secs(1)).unwrap() } else { rounded };
    floor.to_string().into()
}

/// RFC 7386.
fn merge(target: &mut Value, patch: &mut Value) {
    let Some(patch) = patch.as_object_mut() else { return };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(target) = target.as_object_mut() else { return };
    for (key, value) in patch.iter_mut() {
        match value {
            Value::Null => {
                target.remove(key);
            }
            Value::Object(_) => merge(target.entry(key.clone()).or_insert(Value::Null), value),
            other => {
                target.insert(key.clone(), other.take());
            }
        }
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect())
        }
        other => other,
    }
}
