//! What the chart renders, without a cluster.

use std::process::Command;

use serde_json::Value;

use super::root;

/// Runs helm where no cluster is.
pub fn helm(args: &[&str]) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(root().join("cluster/cluster"))
        .env("CLUSTER_DIR", folder.path())
        .arg("helm")
        .args(args)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// The objects that the chart renders with these values.
pub fn render(values: &str) -> Result<Vec<Value>, String> {
    let chart = root().join("charts/podium");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), values).unwrap();
    let args = [
        "template",
        "podium",
        chart.to_str().unwrap(),
        "--namespace",
        "podium-system",
        "--kube-version",
        "1.34.0",
    ];
    let text = helm(&[&args[..], &["--values", file.path().to_str().unwrap()]].concat())?;
    let documents = serde_yaml_ng::Deserializer::from_str(&text);
    let objects = documents.map(|document| serde::Deserialize::deserialize(document).unwrap());
    Ok(objects.filter(|object: &Value| !object.is_null()).collect())
}

/// The objects of a kind.
pub fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| object["kind"] == kind).collect()
}
