//! Artifacts through the real server's proxy.

use bytes::Bytes;
use podium_mlflow::{ArtifactPath, ArtifactRoot, Class, Error, FileInfo};

use crate::support::{run, shared};

fn path(text: &str) -> ArtifactPath {
    text.parse().unwrap()
}

fn file(path: &str, size: u64) -> FileInfo {
    FileInfo { path: path.to_owned(), is_dir: false, file_size: Some(size) }
}

fn folder(path: &str) -> FileInfo {
    FileInfo { path: path.to_owned(), is_dir: true, file_size: None }
}

#[tokio::test]
async fn a_file_reads_back_byte_for_byte_and_is_overwritten() {
    let client = shared().client();
    let root = run(&client).await.info.artifact_root();
    let name = path("model/MLmodel");
    let bytes = Bytes::from((0..=255_u8).cycle().take(3 << 20).collect::<Vec<_>>());
    client.put_artifact(&root, &name, bytes.clone()).await.unwrap();
    assert_eq!(client.get_artifact(&root, &name, 4 << 20).await.unwrap(), bytes);
    client.put_artifact(&root, &name, Bytes::from_static(b"{\"not\": \"parsed\"}")).await.unwrap();
    assert_eq!(client.get_artifact(&root, &name, 99).await.unwrap(), "{\"not\": \"parsed\"}");
    client.put_artifact(&root, &name, Bytes::new()).await.unwrap();
    assert_eq!(client.get_artifact(&root, &name, 99).await.unwrap(), "");
}

#[tokio::test]
async fn names_with_odd_characters_read_back() {
    let client = shared().client();
    let root = run(&client).await.info.artifact_root();
    for name in
        ["a b.txt", "100%.txt", "größe 准.csv", "q?x=1&y=z", "plus+sign", "%zz", "a'b\"c", "semi;colon"]
    {
        let body = Bytes::from(name.to_owned());
        client.put_artifact(&root, &path(&format!("sub dir/{name}")), body.clone()).await.unwrap();
        let read = client.get_artifact(&root, &path(&format!("sub dir/{name}")), 999).await;
        assert_eq!(read.unwrap_or_else(|error| panic!("{name}: {error}")), body);
    }
    let listed = client.list_artifacts(&root.join(&path("sub dir"))).await.unwrap();
    assert_eq!(listed.len(), 8, "{listed:?}");
}

#[tokio::test]
async fn files_are_listed_from_the_root_of_the_run_or_from_the_folder() {
    let client = shared().client();
    let made = run(&client).await;
    let (id, root) = (&made.info.run_id, made.info.artifact_root());
    for name in ["model/hello.txt", "model/deep/x.bin", "top.json"] {
        client.put_artifact(&root, &path(name), Bytes::from_static(b"hello world")).await.unwrap();
    }
    let mut top = client.list_run_artifacts(id, None).await.unwrap();
    top.sort_by(|a, b| a.path.cmp(&b.path));
    assert_eq!(top, [folder("model"), file("top.json", 11)]);
    let mut inside = client.list_run_artifacts(id, Some(&path("model"))).await.unwrap();
    inside.sort_by(|a, b| a.path.cmp(&b.path));
    assert_eq!(inside, [folder("model/deep"), file("model/hello.txt", 11)]);
    let mut relative = client.list_artifacts(&root.join(&path("model"))).await.unwrap();
    relative.sort_by(|a, b| a.path.cmp(&b.path));
    assert_eq!(relative, [folder("deep"), file("hello.txt", 11)]);
    assert_eq!(client.list_run_artifacts(id, Some(&path("nope"))).await.unwrap(), []);
    assert_eq!(client.list_artifacts(&root.join(&path("nope"))).await.unwrap(), []);
}

#[tokio::test]
async fn a_missing_file_is_not_found_and_deleting_it_is_done() {
    let client = shared().client();
    let root = run(&client).await.info.artifact_root();
    let name = path("model/x.bin");
    assert_eq!(client.get_artifact(&root, &name, 9).await.unwrap_err().class(), Class::NotFound);
    client.put_artifact(&root, &name, Bytes::from_static(b"x")).await.unwrap();
    client.delete_artifact(&root, &name).await.unwrap();
    client.delete_artifact(&root, &name).await.unwrap();
    assert_eq!(client.get_artifact(&root, &name, 9).await.unwrap_err().class(), Class::NotFound);
}

#[tokio::test]
async fn a_file_larger_than_asked_for_is_refused_and_streams_to_disk() {
    let client = shared().client();
    let root = run(&client).await.info.artifact_root();
    let name = path("big.bin");
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    std::fs::write(&from, vec![7_u8; 5 << 20]).unwrap();
    client.put_artifact_file(&root, &name, &from).await.unwrap();
    let error = client.get_artifact(&root, &name, (5 << 20) - 1).await.unwrap_err();
    assert!(matches!(&error, Error::TooLarge { limit, .. } if *limit == (5 << 20) - 1), "{error}");
    client.get_artifact_file(&root, &name, &to).await.unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), std::fs::read(&from).unwrap());
    let missing = client.put_artifact_file(&root, &name, &folder.path().join("nope")).await.unwrap_err();
    assert!(matches!(missing, Error::File { .. }), "{missing}");
}

#[tokio::test]
async fn a_root_that_this_server_does_not_proxy_is_named_and_not_asked() {
    let client = shared().client();
    for uri in ["s3://bucket/1/r", "mlflow-artifacts://evil.example.com/1/r", "/srv/mlruns/1", "gs://b/1"] {
        let error = client.list_artifacts(&ArtifactRoot::parse(uri)).await.unwrap_err();
        assert!(matches!(&error, Error::Invalid(invalid) if invalid.value.contains(uri)), "{error}");
    }
    let own = shared().url.trim_start_matches("http://");
    client.list_artifacts(&ArtifactRoot::parse(&format!("mlflow-artifacts://{own}/nothing"))).await.unwrap();
}
