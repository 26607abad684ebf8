//! Requests past the client's types, as other programs send them: what the server makes of them.

use podium_mlflow::{Auth, Client};

use crate::support::Server;

/// Status, content type and text of an answer.
pub type Answered = (u16, String, String);

/// Posts this text as JSON, whatever it is.
pub async fn post(server: &Server, auth: &Auth, operation: &str, body: &str) -> Answered {
    // The first client of a process chooses the TLS library, and reqwest's own can't.
    let _chosen = Client::new(server.settings()).unwrap();
    let request = reqwest::Client::new().post(format!("{}/api/2.0/mlflow/{operation}", server.url));
    let request = request.header("Content-Type", "application/json").body(body.to_owned());
    let signed = match auth {
        Auth::Basic { user, password } => request.basic_auth(user, Some(password.reveal())),
        Auth::Bearer(token) => request.bearer_auth(token.reveal()),
        Auth::None | Auth::TokenFile(_) => request,
    };
    let answer = signed.send().await.unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    (answer.status().as_u16(), kind, answer.text().await.unwrap())
}
