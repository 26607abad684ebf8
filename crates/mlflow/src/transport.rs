//! Sending one request once: address, headers, login, time limit, the cap on requests in flight, observation.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::{RequestBuilder, Response, Url, header::HeaderValue, redirect};
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use crate::{
    Error, Invalid, Observation, Observer, ServerInfo, Settings, Unsent,
    answer::{Answer, content_type},
    auth::Credentials,
    request::Request,
    tls,
};

/// What all clones of a client share.
pub(crate) struct Transport {
    http: reqwest::Client,
    base: Url,
    credentials: Credentials,
    workspace: Option<Workspace>,
    places: Semaphore,
    request_timeout: Duration,
    pub(crate) transfer_timeout: Duration,
    observer: Option<Arc<dyn Observer>>,
}

/// A workspace that requests name, and whether the server is known to look at it.
struct Workspace {
    name: String,
    header: HeaderValue,
    is_confirmed: OnceCell<()>,
}

/// An answer whose body is still on its way, with its place among the requests in flight.
pub(crate) struct Open<'a> {
    pub(crate) response: Response,
    pub(crate) began: Instant,
    _place: SemaphorePermit<'a>,
}

impl Transport {
    pub(crate) fn new(settings: Settings) -> Result<Self, Error> {
        install_tls_provider();
        let base = base_url(&settings.base_url)?;
        if !(1..=8).contains(&settings.max_in_flight) {
            return Err(Invalid::new("max_in_flight", &settings.max_in_flight.to_string(), "1 to 8").into());
        }
        Ok(Self {
            http: http_client(&base, &settings)?,
            base,
            credentials: Credentials::new(settings.auth),
            workspace: settings.workspace.map(Workspace::new).transpose()?,
            places: Semaphore::new(settings.max_in_flight),
            request_timeout: settings.request_timeout,
            transfer_timeout: settings.transfer_timeout,
            observer: settings.observer,
        })
    }

    /// Host and port as the server sees them in the Host header.
    pub(crate) fn host(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        match self.base.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Sends once and reads the whole answer.
    pub(crate) async fn send(&self, request: &Request) -> Result<Answer, Error> {
        let open = self.open(request, self.request_timeout).await?;
        self.read(request.operation, open).await
    }

    /// Sends once and returns when the answer begins.
    pub(crate) async fn open(&self, request: &Request, timeout: Duration) -> Result<Open<'_>, Error> {
        if let Some(workspace) = &self.workspace {
            workspace.is_confirmed.get_or_try_init(|| self.confirm(&workspace.name)).await?;
        }
        self.open_unconfirmed(request, timeout).await
    }

    /// A server without workspaces ignores their header: what is meant for one team would be stored among all
    /// others'.
    async fn confirm(&self, workspace: &str) -> Result<(), Error> {
        let request = ServerInfo::request();
        let open = self.open_unconfirmed(&request, self.request_timeout).await?;
        let info: ServerInfo =
            self.read(request.operation, open).await?.json(request.operation, &self.host())?;
        if info.workspaces_enabled {
            Ok(())
        } else {
            Err(Error::WorkspacesOff { workspace: workspace.to_owned() })
        }
    }

    async fn open_unconfirmed(&self, request: &Request, timeout: Duration) -> Result<Open<'_>, Error> {
        let operation = request.operation;
        let place = self.places.acquire().await.map_err(|closed| Error::Transport {
            operation,
            unsent: Unsent::Connect,
            message: closed.to_string(),
        })?;
        let builder = self.credentials.sign(self.builder(request, timeout)).await?;
        let began = Instant::now();
        match builder.send().await {
            Ok(response) => Ok(Open { response, began, _place: place }),
            Err(error) => Err(self.lost(operation, error, began)),
        }
    }

    /// The whole of an answer that has begun.
    pub(crate) async fn read(&self, operation: &'static str, open: Open<'_>) -> Result<Answer, Error> {
        let status = open.response.status().as_u16();
        let content_type = content_type(open.response.headers());
        let body = open.response.bytes().await.map_err(|error| self.lost(operation, error, open.began))?;
        let answer = Answer { status, content_type, body };
        self.observe(operation, &answer.code(), open.began);
        Ok(answer)
    }

    /// The error of an answer that did not come whole.
    pub(crate) fn lost(&self, operation: &'static str, error: reqwest::Error, began: Instant) -> Error {
        let error = lost(operation, self.host(), error);
        self.observe(operation, error.code(), began);
        error
    }

    /// Tells the observer, if there is one.
    pub(crate) fn observe(&self, operation: &'static str, code: &str, began: Instant) {
        if let Some(observer) = &self.observer {
            observer.observe(Observation { operation, code: code.to_owned(), duration: began.elapsed() });
        }
    }

    /// Whether the login has changed since it was refused.
    pub(crate) async fn has_new_login(&self) -> bool {
        self.credentials.renewed().await
    }

    fn builder(&self, request: &Request, timeout: Duration) -> RequestBuilder {
        let mut builder = self.http.request(request.method.clone(), self.url(request)).timeout(timeout);
        if let Some(workspace) = &self.workspace {
            builder = builder.header("X-MLFLOW-WORKSPACE", workspace.header.clone());
        }
        if let Some(body) = &request.body {
            // Only JSON is named: artifacts are stored as they are, and MLflow refuses other types on its
            // API.
            if request.is_json {
                builder = builder.header("Content-Type", "application/json");
            }
            builder = builder.body(body.clone());
        }
        builder
    }

    fn url(&self, request: &Request) -> Url {
        let mut url = self.base.clone();
        // A base address can always have a path: `base_url` has made sure of that.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(&request.path);
        }
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        url
    }
}

/// Makes ring the process's TLS provider unless one is set: reqwest has none of its own here.
pub(crate) fn install_tls_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have set one meanwhile, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

fn base_url(text: &str) -> Result<Url, Error> {
    let allowed = "an http:// or https:// address without login, query or fragment";
    let shown = text.rsplit('@').next().unwrap_or_default();
    let refused = || Error::from(Invalid::new("MLflow address", shown, allowed));
    let url = Url::parse(text).map_err(|_| refused())?;
    let is_plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !is_plain {
        return Err(refused());
    }
    Ok(url)
}

impl Workspace {
    fn new(name: String) -> Result<Self, Error> {
        let allowed = "visible ASCII characters, at least one";
        match HeaderValue::from_str(&name) {
            Ok(header) if !name.is_empty() => Ok(Self { name, header, is_confirmed: OnceCell::new() }),
            _ => Err(Invalid::new("workspace", &name, allowed).into()),
        }
    }
}

fn http_client(base: &Url, settings: &Settings) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        // MLflow never redirects; a proxy that does would turn a POST into a GET of its login page.
        .redirect(redirect::Policy::none())
        // All repeating is decided in one place, which knows what may be repeated.
        .retry(reqwest::retry::never())
        .http1_only()
        .tcp_nodelay(true);
    if base.scheme() == "http" {
        // No certificates needed, and a container without any must still start.
        builder = builder.tls_certs_only([]);
    } else if let Some(authorities) = &settings.certificate_authorities {
        builder = tls::trust(builder, authorities)?;
    }
    builder.build().map_err(|error| Error::Tls { message: tls::innermost(&error) })
}

fn lost(operation: &'static str, host: String, error: reqwest::Error) -> Error {
    if let Some(why) = tls::refusal(&error) {
        return Error::CertificateRefused { operation, host, why };
    }
    let unsent = match &error {
        error if error.is_connect() || error.is_builder() => Unsent::Connect,
        error if error.is_timeout() => Unsent::Timeout,
        _ => Unsent::Interrupted,
    };
    Error::Transport { operation, unsent, message: tls::innermost(&error.without_url()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Request;

    fn transport(base: &str) -> Transport {
        Transport::new(Settings::new(base)).unwrap()
    }

    #[test]
    fn paths_are_escaped_and_keep_what_stands_before_them() {
        let request =
            Request::at(reqwest::Method::GET, "x", ["artifacts", "a b", "50%", "é#?"]).query("path", "a&b=c");
        let url = transport("https://proxy/mlflow/").url(&request);
        assert_eq!(url.as_str(), "https://proxy/mlflow/artifacts/a%20b/50%25/%C3%A9%23%3F?path=a%26b%3Dc");
    }

    #[test]
    fn the_host_is_named_as_the_server_sees_it() {
        assert_eq!(transport("http://mlflow.ml.svc:5000").host(), "mlflow.ml.svc:5000");
        assert_eq!(transport("http://mlflow.ml.svc:80/x").host(), "mlflow.ml.svc");
    }

    #[test]
    fn an_address_with_a_login_is_refused_without_printing_it() {
        let refused = Client::refused("http://ann:hunter2@mlflow:5000");
        assert!(refused.contains("mlflow:5000") && !refused.contains("hunter2"), "{refused}");
        for address in ["mlflow:5000", "ftp://mlflow", "http://", "http://mlflow?x=1", ""] {
            assert!(Client::refused(address).contains("http:// or https://"), "{address}");
        }
    }

    struct Client;

    impl Client {
        fn refused(address: &str) -> String {
            match Transport::new(Settings::new(address)) {
                Ok(_) => panic!("{address} was taken"),
                Err(error) => error.to_string(),
            }
        }
    }
}
