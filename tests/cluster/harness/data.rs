//! Data for pipelines: the examples' files and small tables made here.

use serde_json::{Value, json};

use super::World;
use super::machine::root;
use super::manifests::changed;

/// One of the examples' files.
pub fn example(file: &str) -> String {
    std::fs::read_to_string(root().join("examples/data").join(file)).unwrap()
}

/// One of the examples' manifests, in the namespace and for the model of a world, on few resources.
pub fn manifest(world: &World, file: &str) -> Value {
    let text = std::fs::read_to_string(root().join("examples").join(file)).unwrap();
    let example: Value = serde_yaml_ng::from_str(&text).unwrap();
    let mut manifest = changed(
        example,
        json!({"metadata": {"namespace": world.namespace},
            "spec": {"registration": {"registeredModel": world.model},
                "resources": {"cpu": "500m", "memory": "512Mi"}}}),
    );
    for candidate in manifest["spec"]["candidates"].as_array_mut().unwrap() {
        candidate.as_object_mut().unwrap().remove("resources");
    }
    manifest
}

impl World {
    /// The breast cancer data as the ConfigMap that manifests name.
    pub async fn breast_cancer(&self) {
        self.file("breast-cancer", "breast_cancer.csv", &example("breast_cancer.csv")).await;
    }
}

/// Rows of a small table: two numbers and a class that depends on them, with some noise; the same each time.
pub fn rows(count: u32) -> Vec<[String; 3]> {
    let mut state = 12_345_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1_u32 << 31)
    };
    let row = |_| {
        let (a, b, noise) = (random(), random(), random());
        let class = if a + b + 0.4 * (noise - 0.5) > 1.0 { "1" } else { "0" };
        [format!("{a:.6}"), format!("{b:.6}"), class.to_owned()]
    };
    (0..count).map(row).collect()
}

/// A small table as CSV.
pub fn csv(header: &str, rows: &[[String; 3]]) -> String {
    let lines = rows.iter().map(|row| row.join(","));
    std::iter::once(header.to_owned()).chain(lines).map(|line| line + "\n").collect()
}
