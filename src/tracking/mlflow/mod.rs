//! The port on a real MLflow server: one client a server and workspace.

mod earlier;
mod files;
mod orphans;
mod read;
mod resolve;
mod trials;
mod trouble;
mod write;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use podium_mlflow::{Auth, Client, Observer, Secret, Settings};

use super::Tracking;
use crate::plan::{Answer, Effect, Pin, Query, Trouble};
use crate::settings::Grant;

/// Longest that one request of the operator may take; a lease must have more left than this for a write.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// The operator's own login. It never enters a pod.
#[derive(Debug, Clone, Default)]
pub enum Login {
    /// None.
    #[default]
    None,
    /// Files `token`, or `username` and `password`, of a mounted Secret.
    Directory(PathBuf),
}

/// The port on MLflow servers.
pub struct MlflowTracking {
    login: Login,
    observer: Option<Arc<dyn Observer>>,
    /// Whether this process may still write: false once its lease is about to end.
    may_write: Arc<dyn Fn() -> bool + Send + Sync>,
    clients: Mutex<HashMap<(String, Option<String>), Client>>,
}

impl MlflowTracking {
    /// A port that writes only while `may_write` says so.
    pub fn new(
        login: Login,
        observer: Option<Arc<dyn Observer>>,
        may_write: Arc<dyn Fn() -> bool + Send + Sync>,
    ) -> Self {
        Self { login, observer, may_write, clients: Mutex::default() }
    }

    fn client(&self, grant: &Grant) -> Result<Client, Trouble> {
        let key = (grant.tracking_uri.clone(), grant.workspace.clone());
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let settings = Settings {
            auth: self.auth().map_err(|error| trouble::login(&error))?,
            workspace: grant.workspace.clone(),
            certificate_authorities: grant.certificate_authorities.as_deref().map(str::to_owned),
            request_timeout: REQUEST_TIMEOUT,
            observer: self.observer.clone(),
            ..Settings::new(&grant.tracking_uri)
        };
        let client = Client::new(settings).map_err(|error| trouble::of(&error))?;
        clients.insert(key, client.clone());
        Ok(client)
    }

    fn auth(&self) -> std::io::Result<Auth> {
        let Login::Directory(directory) = &self.login else { return Ok(Auth::None) };
        let token = directory.join("token");
        if token.exists() {
            return Ok(Auth::TokenFile(token));
        }
        let read =
            |name: &str| std::fs::read_to_string(directory.join(name)).map(|text| text.trim().to_owned());
        Ok(Auth::Basic { user: read("username")?, password: Secret::new(read("password")?) })
    }
}

impl Tracking for MlflowTracking {
    fn answer<'a>(&'a self, grant: &'a Grant, query: &'a Query) -> BoxFuture<'a, Answer> {
        async move {
            match self.client(grant) {
                Ok(client) => read::answer(&client, grant, query).await,
                Err(trouble) => Answer::unreachable(query, trouble),
            }
        }
        .boxed()
    }

    fn carry_out<'a>(
        &'a self,
        grant: &'a Grant,
        effect: &'a Effect,
    ) -> BoxFuture<'a, Result<Option<Pin>, Trouble>> {
        async move {
            if !(self.may_write)() {
                return Err(trouble::not_leader());
            }
            write::carry_out(&self.client(grant)?, grant, effect).await
        }
        .boxed()
    }
}
