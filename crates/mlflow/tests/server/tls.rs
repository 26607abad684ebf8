//! A server behind https whose authority only this test knows: who trusts it, who does not, and what they are told.

use std::{path::PathBuf, sync::OnceLock};

use podium_mlflow::{Class, Client, Error, Settings};

use crate::support::{Server, folder, run, script, start, unique};

/// A server with a certificate for localhost, and its authority.
fn encrypted() -> &'static (Server, String) {
    static SERVER: OnceLock<(Server, String)> = OnceLock::new();
    SERVER.get_or_init(|| {
        let server = start("tls", &["--tls", "--workers", "1"]);
        (server, authority(folder("tls")))
    })
}

fn authority(folder: PathBuf) -> String {
    std::fs::read_to_string(folder.join("ca.pem")).unwrap()
}

fn client(url: &str, authorities: Option<&str>) -> Client {
    let certificate_authorities = authorities.map(str::to_owned);
    Client::new(Settings { certificate_authorities, ..Settings::new(url) }).unwrap()
}

/// Why a client is refused, without the server's address.
async fn refusal(url: &str, authorities: Option<&str>) -> String {
    let error = client(url, authorities).create_experiment("never", &[]).await.unwrap_err();
    assert_eq!((error.class(), error.code()), (Class::CertificateRefused, "CERTIFICATE_REFUSED"), "{error}");
    let Error::CertificateRefused { operation: "experiments/create", host, why } = error else {
        panic!("{error}")
    };
    assert!(url.ends_with(&host), "{host}");
    why
}

#[tokio::test]
async fn who_is_given_its_authority_works_with_it() {
    let (server, authority) = encrypted();
    // As in a bundle: one after another, with text between them.
    let other = self::other();
    let client = client(&server.url, Some(&format!("# ours\n{other}\n# and theirs\n{authority}")));
    let made = run(&client).await;
    let name = "a/b.txt".parse().unwrap();
    client.put_artifact(&made.info.artifact_root(), &name, bytes::Bytes::from_static(b"x")).await.unwrap();
    assert_eq!(client.get_artifact(&made.info.artifact_root(), &name, 9).await.unwrap(), "x");
}

/// An authority that signed nothing of the server's.
fn other() -> String {
    let folder = folder(&unique("tls-other"));
    script("mlflow", &["certify", folder.to_str().unwrap()]);
    let authority = authority(folder.clone());
    std::fs::remove_dir_all(folder).unwrap();
    authority
}

#[tokio::test]
async fn who_is_not_is_told_to_add_it_and_nothing_is_created() {
    let (server, authority) = encrypted();
    let untrusted =
        "an authority signed it that is not trusted; add that authority to certificateAuthorities";
    assert_eq!(refusal(&server.url, None).await, untrusted);
    let renewed = "a trusted authority has the name of the one that signed it, and another key; was the authority renewed?";
    assert_eq!(refusal(&server.url, Some(&other())).await, renewed);
    let found = client(&server.url, Some(authority)).get_experiment_by_name("never").await.unwrap();
    assert_eq!(found, None);
}

#[tokio::test]
async fn a_server_called_by_a_name_that_its_certificate_lacks_is_told_with_the_one_it_has() {
    let (server, authority) = encrypted();
    let url = server.url.replace("localhost", "127.0.0.1");
    let expected = "it is for DnsName(\"localhost\") only; call the server by that name";
    assert_eq!(refusal(&url, Some(authority)).await, expected);
}
