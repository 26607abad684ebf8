//! Logins of servers that ask for one, and the users that tests make there.

use podium_mlflow::{Auth, Client, Secret};
use serde_json::{Value, json};

use crate::support::{Server, script, unique};

/// The login of a server started with `--basic-auth`.
pub fn login() -> Auth {
    let line = script("mlflow", &["login"]);
    let (user, password) = line.split_once(' ').unwrap();
    Auth::Basic { user: user.to_owned(), password: Secret::new(password) }
}

/// A new user, who may read what others made.
pub async fn reader(server: &Server) -> Auth {
    create_user(server, unique("reader")).await
}

/// A user that may do everything in a new workspace, and nothing elsewhere; its name is the workspace's.
pub async fn manager(server: &Server) -> (String, Auth) {
    let name = unique("team").replace('_', "-");
    administrate(server, "3.0/mlflow/workspaces", json!({"name": name})).await;
    let auth = create_user(server, name.clone()).await;
    let asked = json!({"workspace": name, "name": "managers"});
    let made = administrate(server, "3.0/mlflow/roles/create", asked).await;
    let role = &made["role"]["id"];
    let all = json!({"role_id": role, "resource_type": "workspace", "resource_pattern": "*", "permission": "MANAGE"});
    administrate(server, "3.0/mlflow/roles/permissions/add", all).await;
    administrate(server, "3.0/mlflow/roles/assign", json!({"username": name, "role_id": role})).await;
    (name, auth)
}

async fn create_user(server: &Server, user: String) -> Auth {
    let password = "a-long-password-1";
    let asked = json!({"username": user, "password": password});
    administrate(server, "2.0/mlflow/users/create", asked).await;
    Auth::Basic { user, password: Secret::new(password) }
}

/// Asks what only the administrator may.
async fn administrate(server: &Server, path: &str, body: Value) -> Value {
    let Auth::Basic { user, password } = login() else { panic!("no login") };
    // The first client of a process chooses the TLS library, and reqwest's own can't.
    let _chosen = Client::new(server.settings()).unwrap();
    let request = reqwest::Client::new().post(format!("{}/api/{path}", server.url));
    let request = request.basic_auth(&user, Some(password.reveal())).json(&body);
    let answer = request.send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_str(&text).unwrap()
}
