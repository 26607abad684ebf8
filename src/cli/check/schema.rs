//! Judges a value by a structural schema, as the API server does with strict field validation.

use std::collections::HashSet;

use regex::Regex;
use serde_json::{Map, Value};

use super::Problem;

/// What is wrong with a value that stands at a path.
pub(super) fn problems(schema: &Value, value: &Value, path: &str) -> Vec<Problem> {
    let mut found = Vec::new();
    judge(schema, value, path, &mut found);
    found
}

fn judge(schema: &Value, value: &Value, path: &str, found: &mut Vec<Problem>) {
    // A schema without a type takes anything: the free values of a learner's parameters.
    let Some(wanted) = schema["type"].as_str() else { return };
    if value.is_null() && schema["nullable"] == true && schema.get("enum").is_none() {
        return;
    }
    if !is_of_type(wanted, value) {
        found.push(Problem::new(path, format!("must be {wanted}, not {}", type_name(value))));
        return;
    }
    match value {
        Value::Object(map) => object(schema, map, path, found),
        Value::Array(items) => list(schema, items, path, found),
        Value::String(text) => string(schema, text, path, found),
        Value::Number(number) => range(schema, number.as_f64(), path, found),
        Value::Null | Value::Bool(_) => {}
    }
}

fn is_of_type(wanted: &str, value: &Value) -> bool {
    /// Beyond it a float does not name one integer.
    const LARGEST_EXACT: f64 = 9_007_199_254_740_991.0;
    match wanted {
        "integer" => {
            value.is_i64()
                || value.as_f64().is_some_and(|number| number.fract() == 0.0 && number.abs() <= LARGEST_EXACT)
        }
        "number" => value.is_number(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        _ => value.is_object(),
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn object(schema: &Value, map: &Map<String, Value>, path: &str, found: &mut Vec<Problem>) {
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !map.contains_key(name) {
            found.push(Problem::new(join(path, name), "is required"));
        }
    }
    count(schema, "Properties", map.len(), "entries", path, found);
    for (name, value) in map {
        let path = join(path, name);
        if let Some(property) = schema["properties"].get(name) {
            judge(property, value, &path, found);
        } else if let Some(property) = schema.get("additionalProperties") {
            judge(property, value, &path, found);
        } else if schema["x-kubernetes-preserve-unknown-fields"] != true {
            found.push(Problem::new(path, "unknown field"));
        }
    }
}

fn list(schema: &Value, items: &[Value], path: &str, found: &mut Vec<Problem>) {
    count(schema, "Items", items.len(), "items", path, found);
    for (index, item) in items.iter().enumerate() {
        judge(&schema["items"], item, &format!("{path}[{index}]"), found);
    }
    let keys: Vec<_> = schema["x-kubernetes-list-map-keys"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if keys.is_empty() {
        return;
    }
    let mut seen = HashSet::new();
    for (index, item) in items.iter().enumerate() {
        let own: Vec<_> =
            keys.iter().map(|key| item.get(key).map_or_else(String::new, ToString::to_string)).collect();
        let own = own.join(", ");
        if !own.is_empty() && !seen.insert(own.clone()) {
            let message = format!("{} {own} stands twice in the list", keys.join(", "));
            found.push(Problem::new(format!("{path}[{index}]"), message));
        }
    }
}

fn string(schema: &Value, text: &str, path: &str, found: &mut Vec<Problem>) {
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.iter().any(|value| value == text)
    {
        let allowed: Vec<_> = allowed.iter().filter_map(Value::as_str).collect();
        found.push(Problem::new(path, format!("{text:?} is not one of {}", allowed.join(", "))));
    }
    count(schema, "Length", text.chars().count(), "characters", path, found);
    if let Some(pattern) = schema["pattern"].as_str()
        && !matches(pattern, text)
    {
        found.push(Problem::new(path, format!("{text:?} does not match {pattern}")));
    }
    if schema["format"] == "date-time" && text.parse::<jiff::Timestamp>().is_err() {
        found.push(Problem::new(path, format!("{text:?} is no time as in RFC 3339")));
    }
}

/// A pattern that is none matches nothing; a test holds that our schemas have no such.
fn matches(pattern: &str, text: &str) -> bool {
    Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text))
}

fn count(schema: &Value, what: &str, number: usize, noun: &str, path: &str, found: &mut Vec<Problem>) {
    let number = number as u64;
    if let Some(least) = schema[format!("min{what}")].as_u64().filter(|least| number < *least) {
        found.push(Problem::new(path, format!("has {number} {noun}; at least {least}")));
    }
    if let Some(most) = schema[format!("max{what}")].as_u64().filter(|most| number > *most) {
        found.push(Problem::new(path, format!("has {number} {noun}; at most {most}")));
    }
}

fn range(schema: &Value, number: Option<f64>, path: &str, found: &mut Vec<Problem>) {
    let Some(number) = number else { return };
    if let Some(least) = schema["minimum"].as_f64().filter(|least| number < *least) {
        found.push(Problem::new(path, format!("{number} is too small; at least {least}")));
    }
    if let Some(most) = schema["maximum"].as_f64().filter(|most| number > *most) {
        found.push(Problem::new(path, format!("{number} is too large; at most {most}")));
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(schema: Value, value: Value) -> Vec<String> {
        problems(&schema, &value, "spec").into_iter().map(|p| format!("{}: {}", p.field, p.message)).collect()
    }

    #[test]
    fn a_whole_float_is_an_integer_and_a_fraction_is_not() {
        let schema = json!({"type": "integer"});
        assert_eq!(told(schema.clone(), json!(2.0)), Vec::<String>::new());
        assert_eq!(told(schema.clone(), json!(i64::MAX)), Vec::<String>::new());
        assert_eq!(told(schema.clone(), json!(2.5)), ["spec: must be integer, not number"]);
        assert_eq!(told(schema, json!(u64::MAX)), ["spec: must be integer, not integer"]);
    }

    #[test]
    fn null_is_taken_where_it_is_nullable_and_no_enumeration() {
        assert_eq!(told(json!({"type": "string", "nullable": true}), Value::Null), Vec::<String>::new());
        assert_eq!(told(json!({"type": "string"}), Value::Null), ["spec: must be string, not null"]);
        let schema = json!({"type": "string", "nullable": true, "enum": ["a"]});
        assert_eq!(told(schema, Value::Null), ["spec: must be string, not null"]);
    }

    #[test]
    fn missing_and_unknown_fields_are_named() {
        let schema = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}});
        assert_eq!(told(schema, json!({"b": null})), ["spec.a: is required", "spec.b: unknown field"]);
    }

    #[test]
    fn two_items_of_a_list_map_can_not_share_their_key() {
        let item = json!({"type": "object", "properties": {"name": {"type": "string"}}});
        let schema = json!({"type": "array", "items": item, "x-kubernetes-list-map-keys": ["name"]});
        let told = told(schema, json!([{"name": "a"}, {"name": "b"}, {"name": "a"}]));
        assert_eq!(told, ["spec[2]: name \"a\" stands twice in the list"]);
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        let schema = json!({"type": "string", "maxLength": 3, "minLength": 2});
        assert_eq!(told(schema.clone(), json!("größ")), ["spec: has 4 characters; at most 3"]);
        assert_eq!(told(schema.clone(), json!("grö")), Vec::<String>::new());
        assert_eq!(told(schema, json!("g")), ["spec: has 1 characters; at least 2"]);
    }
}
