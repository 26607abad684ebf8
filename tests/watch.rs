//! What the watches tell of objects that go, on a real API server.
#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod support;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use podium::cluster::watch::{self, Key, Scope};
use support::{ControlPlane, root};

/// Names of those that are said to be there, of those that were ever reconciled.
type Names = Arc<Mutex<BTreeSet<String>>>;

fn key(name: &str) -> Key {
    Key { namespace: "ml".to_owned(), name: name.to_owned() }
}

async fn until(what: &str, names: &Names, expected: &[&str]) {
    for _ in 0..300 {
        if names.lock().unwrap().iter().map(String::as_str).eq(expected.iter().copied()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(names.lock().unwrap().iter().map(String::as_str).collect::<Vec<_>>(), expected, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_deleted_without_a_finalizer_is_no_longer_there_and_another_one_is() {
    let plane = ControlPlane::start();
    plane.install_definitions();
    plane.kubectl(&["create", "namespace", "ml"]).unwrap();
    let manifest = std::fs::read_to_string(root().join("examples/breast-cancer.yaml")).unwrap();
    for name in ["goes", "stays"] {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), manifest.replace("name: breast-cancer", &format!("name: {name}")))
            .unwrap();
        plane.kubectl(&["apply", "-n", "ml", "-f", file.path().to_str().unwrap()]).unwrap();
    }

    let (seen, there) = (Names::default(), Names::default());
    let (reconciled, told) = (Arc::clone(&seen), (Arc::clone(&seen), Arc::clone(&there)));
    let work = watch::pipelines(
        plane.client().await,
        Scope::Namespace("ml".to_owned()),
        move |key| {
            reconciled.lock().unwrap().insert(key.name);
            Box::pin(async { None })
        },
        Arc::new(move |is_there: &dyn Fn(&Key) -> bool| {
            let seen = told.0.lock().unwrap();
            *told.1.lock().unwrap() = seen.iter().filter(|name| is_there(&key(name))).cloned().collect();
        }),
        std::future::pending(),
    );
    let work = tokio::spawn(work);
    until("at first", &there, &["goes", "stays"]).await;
    plane.kubectl(&["delete", "-n", "ml", "tp", "goes"]).unwrap();
    until("after the deletion", &there, &["stays"]).await;
    work.abort();
}
