//! The data as MLflow lists them among a run's inputs. Pure.

use podium_contract::JobDocument;
use podium_tabular::schema::Schema;
use podium_tabular::table::{ColumnType, Table};
use serde_json::json;

use super::Loaded;
use crate::deliver::DatasetNote;

/// MLflow keeps at most so much of a schema.
const LONGEST_SCHEMA: usize = 1_000_000;

/// A note on these data; `context` is `training` or `evaluation`.
pub(super) fn note(document: &JobDocument, loaded: &Loaded, schema: &Schema, context: &str) -> DatasetNote {
    let uri = &document.data.uri;
    let shown = without_login(uri);
    let name = shown.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("data");
    DatasetNote {
        name: name.chars().take(200).collect(),
        digest: loaded.digest.as_str().chars().take(36).collect(),
        source_type: uri.split_once("://").map_or("unknown", |(scheme, _)| scheme).to_owned(),
        source: json!({ "uri": shown }).to_string(),
        schema: columns(&loaded.table, schema),
        profile: json!({ "num_rows": loaded.rows.len(), "num_columns": loaded.table.names().len() })
            .to_string(),
        context: context.to_owned(),
    }
}

fn columns(table: &Table, schema: &Schema) -> String {
    let specs: Vec<_> = table
        .iter()
        .map(|(name, column)| {
            let kind = match column.kind() {
                ColumnType::Number => "double",
                ColumnType::Text => "string",
                ColumnType::Timestamp => "datetime",
            };
            json!({ "type": kind, "name": name, "required": *name == *schema.target })
        })
        .collect();
    let text = json!({ "mlflow_colspec": specs }).to_string();
    // Cut JSON would be none: thousands of columns are told by their number alone.
    if text.len() <= LONGEST_SCHEMA { text } else { json!({ "mlflow_colspec": [] }).to_string() }
}

/// A URI may carry a login or a signature, which must not be shown to all who see the run.
pub(super) fn without_login(uri: &str) -> String {
    let bare = uri.split(['?', '#']).next().unwrap_or(uri);
    match bare.split_once("://") {
        Some((scheme, rest)) if scheme.starts_with("http") => {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = host.rsplit('@').next().unwrap_or(host);
            format!("{scheme}://{host}/{path}")
        }
        _ => bare.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_login;

    #[test]
    fn logins_and_signatures_are_not_shown() {
        let uri = "https://user:secret@data.example.com/a/b.csv?X-Amz-Signature=abc";
        assert_eq!(without_login(uri), "https://data.example.com/a/b.csv");
        assert_eq!(without_login("s3://lake/a@b.csv"), "s3://lake/a@b.csv");
    }
}
