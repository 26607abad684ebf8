//! The test data over HTTP: files of the shared folder, and tables that a test makes up.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;

type Files = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A server of files.
pub struct DataServer {
    address: SocketAddr,
    files: Files,
}

impl DataServer {
    pub async fn start() -> Self {
        let files = Files::default();
        let router = Router::new().route("/{name}", get(serve)).with_state(Arc::clone(&files));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, files }
    }

    /// Puts a file and answers its URI.
    pub fn put(&self, name: &str, body: impl Into<Vec<u8>>) -> String {
        self.files.lock().unwrap().insert(name.to_owned(), body.into());
        self.uri(name)
    }

    /// Puts a file of the shared folder.
    pub fn put_shared(&self, name: &str) -> String {
        self.put(name, shared(name))
    }

    pub fn uri(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }
}

async fn serve(State(files): State<Files>, Path(name): Path<String>) -> Result<Vec<u8>, StatusCode> {
    files.lock().unwrap().get(&name).cloned().ok_or(StatusCode::NOT_FOUND)
}

/// A file of the shared data folder, which lies beside the checkout.
pub fn shared(name: &str) -> String {
    let path = super::mlflow::root().join("../shared/data").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Header and rows of a CSV text.
pub fn rows(csv: &str) -> (String, Vec<String>) {
    let mut lines = csv.lines().map(str::to_owned);
    (lines.next().unwrap(), lines.collect())
}

/// A CSV text of header and rows.
pub fn csv(header: &str, rows: &[String]) -> String {
    format!("{header}\n{}\n", rows.join("\n"))
}

/// Of the rows that are made up.
pub const HEADER: &str = "a,b,label";

/// Distinct rows with a target that follows two columns; `from` makes other rows than another `from`.
pub fn made_up(from: u64, count: u64) -> Vec<String> {
    (from..from + count)
        .map(|i| {
            let noise = |salt: u64| {
                let mixed = (i * 2 + salt + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                ((mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 11) as f64
                    / (1_u64 << 53) as f64
            };
            let (a, b) = (noise(0), noise(7_000_001));
            let label = u8::from(a + b + 0.8 * (noise(13_000_001) - 0.5) > 1.0);
            format!("{a:.9},{b:.9},{label}")
        })
        .collect()
}
