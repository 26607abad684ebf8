//! Model files: written by pods, read by operators as a digest.

use sha2::{Digest, Sha256};

use super::store::{Mlflow, hex};

impl Mlflow {
    /// Writes the files of a model into a run.
    pub fn write_model(&mut self, run_id: &str, content: &str) {
        let root = self.root(run_id);
        for (name, bytes) in
            [("MLmodel", format!("model of {content}")), ("model.podium", content.to_owned())]
        {
            self.files.insert(format!("{root}/model/{name}"), bytes.into_bytes());
        }
    }

    /// The digest over all files below an address, as the trainer computes it; none when there are none.
    pub fn digest(&self, address: &str) -> Option<String> {
        let prefix = format!("{address}/");
        let below = self.files.iter().filter_map(|(path, bytes)| Some((path.strip_prefix(&prefix)?, bytes)));
        let lines: String =
            below.map(|(path, bytes)| format!("{} {path}\n", hex(&Sha256::digest(bytes)))).collect();
        (!lines.is_empty()).then(|| hex(&Sha256::digest(lines.as_bytes())))
    }
}
