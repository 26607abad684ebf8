//! Whether the API server serves our kinds as this operator needs them. PURE. A field that an older definition lacks is
//! dropped without a word when status is written, and with it the ids that keep effects from being repeated.

use serde_json::Value;

/// Most fields that a message names.
const NAMED: usize = 5;
const HELP: &str = "install the definitions of this version (kubectl apply --server-side -f crds/, or the chart with \
                    crds.enabled); it is looked for again by itself";

/// One of our kinds.
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    /// Group.
    pub group: String,
    /// Version.
    pub version: String,
    /// Kind.
    pub kind: String,
    /// Its schema, as its definition holds it.
    pub schema: Value,
}

/// What is wrong with what is served, in one sentence with the fix. `served` is the API server's OpenAPI v3 document of
/// the group and version; `None` when it has no such document.
pub fn lacking(ours: &[Kind], served: Option<&Value>) -> Option<String> {
    let (missing, known): (Vec<_>, Vec<_>) = ours
        .iter()
        .map(|kind| (kind, served.and_then(|served| schema(served, kind))))
        .partition(|(_, served)| served.is_none());
    if !missing.is_empty() {
        let names: Vec<_> = missing.iter().map(|(kind, _)| format!("no {}", kind.kind)).collect();
        return Some(format!("the API server knows {}: {HELP}", in_words(&names)));
    }
    let mut fields = Vec::new();
    for (kind, served) in known {
        for part in ["spec", "status"] {
            let path = format!("{}.{part}", kind.kind);
            compare(
                &kind.schema["properties"][part],
                &served.unwrap_or(&Value::Null)["properties"][part],
                &path,
                &mut fields,
            );
        }
    }
    let more = fields.len().saturating_sub(NAMED);
    let others = if more > 0 { format!(" and {more} more") } else { String::new() };
    fields.truncate(NAMED);
    (!fields.is_empty()).then(|| {
        format!(
            "the definitions on the API server are of an older version, they lack {}{others}: {HELP}",
            fields.join(", ")
        )
    })
}

/// A list as a sentence has it: `a, b and c`.
fn in_words(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The schema of a kind in an OpenAPI v3 document.
fn schema<'a>(document: &'a Value, kind: &Kind) -> Option<&'a Value> {
    let is_it = |name: &Value| {
        name["group"] == kind.group.as_str()
            && name["version"] == kind.version.as_str()
            && name["kind"] == kind.kind.as_str()
    };
    let schemas = document["components"]["schemas"].as_object()?;
    schemas.values().find(|schema| {
        schema["x-kubernetes-group-version-kind"].as_array().is_some_and(|names| names.iter().any(is_it))
    })
}

/// Notes fields and values of enumerations that we know and the server does not.
fn compare(ours: &Value, served: &Value, path: &str, lacks: &mut Vec<String>) {
    if served.is_null() {
        lacks.push(path.to_owned());
        return;
    }
    for (name, property) in ours["properties"].as_object().into_iter().flatten() {
        compare(property, &served["properties"][name], &format!("{path}.{name}"), lacks);
    }
    for inner in ["items", "additionalProperties"] {
        if ours[inner].is_object() {
            compare(&ours[inner], &served[inner], &format!("{path}[]"), lacks);
        }
    }
    let values = served["enum"].as_array();
    for value in ours["enum"].as_array().into_iter().flatten() {
        if values.is_some_and(|values| !values.contains(value)) {
            lacks.push(format!("{path}={value}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kind(schema: Value) -> Kind {
        Kind { group: "podium.dev".into(), version: "v1alpha1".into(), kind: "Thing".into(), schema }
    }

    fn ours() -> Kind {
        kind(json!({"properties": {
            "spec": {"properties": {"uri": {"type": "string"}}},
            "status": {"properties": {
                "phase": {"enum": ["Open", "Done"]},
                "runs": {"items": {"properties": {"id": {"type": "string"}}}},
                "notes": {"additionalProperties": {"type": "string"}},
            }},
        }}))
    }

    /// The API server's document of a schema.
    fn served(schema: &Value) -> Value {
        let mut schema = schema.clone();
        schema["x-kubernetes-group-version-kind"] =
            json!([{"group": "podium.dev", "version": "v1alpha1", "kind": "Thing"}]);
        json!({"components": {"schemas": {"dev.podium.v1alpha1.Thing": schema}}})
    }

    #[test]
    fn a_kind_that_is_served_as_we_know_it_or_with_more_will_do() {
        let mut schema = ours().schema;
        assert_eq!(lacking(&[ours()], Some(&served(&schema))), None);
        schema["properties"]["spec"]["properties"]["newer"] = json!({"type": "string"});
        schema["properties"]["status"]["properties"]["phase"]["enum"] = json!(["Open", "Done", "Newer"]);
        assert_eq!(lacking(&[ours()], Some(&served(&schema))), None);
    }

    #[test]
    fn a_kind_that_is_not_served_is_named_with_the_fix() {
        for document in [None, Some(json!({"components": {"schemas": {}}}))] {
            let message = lacking(&[ours()], document.as_ref()).unwrap();
            assert!(
                message.starts_with("the API server knows no Thing: install the definitions"),
                "{message}"
            );
        }
    }

    #[test]
    fn fields_and_values_that_an_older_definition_lacks_are_named() {
        let mut schema = ours().schema;
        let status = &mut schema["properties"]["status"]["properties"];
        status["phase"]["enum"] = json!(["Open"]);
        status["runs"]["items"] = json!({"properties": {}});
        status.as_object_mut().unwrap().remove("notes");
        let message = lacking(&[ours()], Some(&served(&schema))).unwrap();
        let lacks =
            "they lack Thing.status.phase=\"Done\", Thing.status.runs[].id, Thing.status.notes: install";
        assert!(message.contains(lacks), "{message}");
    }

    #[test]
    fn a_message_names_five_fields_at_most() {
        let names = ["a", "b", "c", "d", "e", "f", "g"];
        let properties: Value = names
            .iter()
            .map(|name| ((*name).to_owned(), json!({})))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let new = kind(json!({"properties": {"spec": {"properties": properties}, "status": {}}}));
        let old = served(&json!({"properties": {"spec": {"properties": {}}, "status": {}}}));
        let message = lacking(&[new], Some(&old)).unwrap();
        assert!(message.contains("Thing.spec.e and 2 more: install"), "{message}");
    }
}
