//! JSON inside YAML: a signature's columns stand in an `MLmodel` as the text of a JSON list.

use std::fmt::Write;

use crate::Column;

/// A YAML scalar in single quotes: always a text, whatever it looks like. The text must be printable ASCII, as
/// [`json_columns`] and MLflow's ids are.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The columns as MLflow's JSON list, in ASCII: a name of any language passes every YAML reader.
pub(super) fn json_columns(columns: &[Column]) -> String {
    let columns: Vec<String> = columns
        .iter()
        .map(|column| {
            let (kind, name) = (column.r#type.mlflow_name(), json_text(&column.name));
            format!(r#"{{"type": "{kind}", "name": {name}, "required": true}}"#)
        })
        .collect();
    format!("[{}]", columns.join(", "))
}

/// A JSON string in ASCII; characters beyond 16 bits are two escapes, as JSON has it.
fn json_text(text: &str) -> String {
    let mut out = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            ' '..='~' => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    // Writing to a String can't fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ColumnType;

    #[test]
    fn a_column_name_of_any_language_becomes_ascii_json() {
        let columns = [
            Column { name: "größe \"x\"\\\n😀".into(), r#type: ColumnType::Double },
            Column { name: "it's".into(), r#type: ColumnType::String },
        ];
        assert_eq!(
            json_columns(&columns),
            r#"[{"type": "double", "name": "gr\u00f6\u00dfe \"x\"\\\u000a\ud83d\ude00", "required": true}, {"type": "string", "name": "it's", "required": true}]"#
        );
    }

    #[test]
    fn a_quote_in_a_text_is_doubled() {
        assert_eq!(quoted("it's"), "'it''s'");
    }
}
