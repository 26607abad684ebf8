//! Artifacts through MLflow's proxy: list, put, get, delete. The proxy checks neither run nor digest, and
//! overwrites. Roots on S3 are not served here: the crate podium-artifacts reaches both.

use std::{path::Path, time::Instant};

use bytes::Bytes;
use reqwest::Method;
use serde::Deserialize;
use tokio::io::AsyncWriteExt;

use crate::{
    ArtifactPath, ArtifactRoot, Client, Error, Invalid, ModelId, RunId, request::Request, transport::Open,
};

/// A file or folder among artifacts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FileInfo {
    /// Its path; relative to what, the operation says.
    pub path: String,
    /// Whether it is a folder.
    #[serde(default)]
    pub is_dir: bool,
    /// Bytes of a file.
    pub file_size: Option<u64>,
}

#[derive(Deserialize)]
struct Files {
    #[serde(default)]
    files: Vec<FileInfo>,
}

impl Client {
    /// Files and folders of a run's artifacts directly below a path, named from the run's root; on any kind
    /// of root. A path that does not exist has none.
    ///
    /// # Errors
    /// [`Class::NotFound`](crate::Class::NotFound) if there is no such run.
    pub async fn list_run_artifacts(
        &self,
        run: &RunId,
        path: Option<&ArtifactPath>,
    ) -> Result<Vec<FileInfo>, Error> {
        let mut request = Request::get("artifacts/list").query("run_id", run.as_str());
        if let Some(path) = path {
            request = request.query("path", path.as_str());
        }
        self.json(request).await.map(|answer: Files| answer.files)
    }

    /// Files and folders of a LoggedModel directly below its root or a folder, named from its root; on any
    /// kind of root.
    ///
    /// # Errors
    /// [`Class::NotFound`](crate::Class::NotFound) if there is no such model.
    pub async fn list_logged_model_artifacts(
        &self,
        model: &ModelId,
        folder: Option<&ArtifactPath>,
    ) -> Result<Vec<FileInfo>, Error> {
        let path = ["api", "2.0", "mlflow", "logged-models", model.as_str(), "artifacts", "directories"];
        let mut request = Request::at(Method::GET, "logged-models/artifacts", path);
        if let Some(folder) = folder {
            request = request.query("artifact_directory_path", folder.as_str());
        }
        self.json(request).await.map(|answer: Files| answer.files)
    }

    /// Files and folders directly below a place, named from there. A place that does not exist has none.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a root that is not proxied by this server.
    pub async fn list_artifacts(&self, place: &ArtifactRoot) -> Result<Vec<FileInfo>, Error> {
        let path = self.proxied_path(place)?;
        let request = Request::at(Method::GET, "artifacts/list", PROXY).query("path", path);
        self.json(request).await.map(|answer: Files| answer.files)
    }

    /// Stores a file, over an earlier one. Safe to repeat.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a root that is not proxied by this server; those of the request.
    pub async fn put_artifact(
        &self,
        root: &ArtifactRoot,
        path: &ArtifactPath,
        body: Bytes,
    ) -> Result<(), Error> {
        let mut request = self.artifact(Method::PUT, "artifacts/put", &root.join(path))?;
        request.body = Some(body);
        request.is_json = false;
        let mut attempts = self.attempts(&request);
        loop {
            match self.upload(&request).await {
                Ok(()) => return Ok(()),
                Err(error) => attempts.failed(error).await?,
            }
        }
    }

    /// Stores a file of this machine, over an earlier one.
    ///
    /// # Errors
    /// [`Error::File`]; as [`Client::put_artifact`].
    pub async fn put_artifact_file(
        &self,
        root: &ArtifactRoot,
        path: &ArtifactPath,
        file: &Path,
    ) -> Result<(), Error> {
        let body = tokio::fs::read(file).await.map_err(|error| file_error(file, &error))?;
        self.put_artifact(root, path, Bytes::from(body)).await
    }

    /// Reads a file of at most `limit` bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; [`Class::NotFound`](crate::Class::NotFound).
    pub async fn get_artifact(
        &self,
        root: &ArtifactRoot,
        path: &ArtifactPath,
        limit: u64,
    ) -> Result<Bytes, Error> {
        let request = self.artifact(Method::GET, "artifacts/get", &root.join(path))?;
        let mut attempts = self.attempts(&request);
        loop {
            match self.download_bytes(&request, path, limit).await {
                Ok(body) => return Ok(body),
                Err(error) => attempts.failed(error).await?,
            }
        }
    }

    /// Reads a file of any size into a file of this machine, which is complete if this succeeds.
    ///
    /// # Errors
    /// [`Error::File`]; [`Class::NotFound`](crate::Class::NotFound).
    pub async fn get_artifact_file(
        &self,
        root: &ArtifactRoot,
        path: &ArtifactPath,
        file: &Path,
    ) -> Result<(), Error> {
        let request = self.artifact(Method::GET, "artifacts/get", &root.join(path))?;
        let mut attempts = self.attempts(&request);
        loop {
            match self.download_file(&request, path, file).await {
                Ok(()) => return Ok(()),
                Err(error) => attempts.failed(error).await?,
            }
        }
    }

    /// Reads a file of any size without holding it: `add` gets its pieces in their order. An attempt that is lost on the way
    /// is made again from the first piece, on a new `start`.
    ///
    /// # Errors
    /// [`Class::NotFound`](crate::Class::NotFound); those of the request.
    pub async fn fold_artifact<T>(
        &self,
        root: &ArtifactRoot,
        path: &ArtifactPath,
        start: impl Fn() -> T,
        mut add: impl FnMut(&mut T, &[u8]),
    ) -> Result<T, Error> {
        let request = self.artifact(Method::GET, "artifacts/get", &root.join(path))?;
        let mut attempts = self.attempts(&request);
        loop {
            match self.download_pieces(&request, path, start(), &mut add).await {
                Ok(whole) => return Ok(whole),
                Err(error) => attempts.failed(error).await?,
            }
        }
    }

    /// Deletes a file or folder; done if it is not there.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a root that is not proxied by this server; those of the request.
    pub async fn delete_artifact(&self, root: &ArtifactRoot, path: &ArtifactPath) -> Result<(), Error> {
        let request = self.artifact(Method::DELETE, "artifacts/delete", &root.join(path))?;
        match self.done(request).await {
            Err(error) if error.class() == crate::Class::NotFound => Ok(()),
            done => done,
        }
    }

    fn artifact(
        &self,
        method: Method,
        operation: &'static str,
        place: &ArtifactRoot,
    ) -> Result<Request, Error> {
        let path = self.proxied_path(place)?;
        Ok(Request::at(method, operation, PROXY.into_iter().chain(path.split('/'))))
    }

    fn proxied_path<'a>(&self, place: &'a ArtifactRoot) -> Result<&'a str, Error> {
        match place {
            ArtifactRoot::Proxied { authority: None, path } => Ok(path),
            ArtifactRoot::Proxied { authority: Some(authority), path }
                if *authority == self.transport.host() =>
            {
                Ok(path)
            }
            // Another server must not be sent this one's login.
            _ => Err(Invalid::new(
                "artifact root",
                &place.to_string(),
                "mlflow-artifacts: of this client's server",
            )
            .into()),
        }
    }

    async fn open_transfer(&self, request: &Request) -> Result<Open<'_>, Error> {
        self.transport.open(request, self.transport.transfer_timeout).await
    }

    async fn upload(&self, request: &Request) -> Result<(), Error> {
        let open = self.open_transfer(request).await?;
        self.transport
            .read(request.operation, open)
            .await?
            .body(request.operation, &self.transport.host())
            .map(drop)
    }

    async fn download(
        &self,
        request: &Request,
        path: &ArtifactPath,
        limit: u64,
    ) -> Result<Download<'_>, Error> {
        let open = self.open_transfer(request).await?;
        if !open.response.status().is_success() {
            let answer = self.transport.read(request.operation, open).await?;
            return Err(answer.error(request.operation, &self.transport.host()));
        }
        let began = open.began;
        Ok(Download {
            client: self,
            operation: request.operation,
            open,
            began,
            path: path.to_string(),
            limit,
            read: 0,
        })
    }

    async fn download_bytes(
        &self,
        request: &Request,
        path: &ArtifactPath,
        limit: u64,
    ) -> Result<Bytes, Error> {
        let mut body = Vec::new();
        let mut download = self.download(request, path, limit).await?;
        while let Some(chunk) = download.next().await? {
            body.extend_from_slice(&chunk);
        }
        Ok(Bytes::from(body))
    }

    async fn download_pieces<T>(
        &self,
        request: &Request,
        path: &ArtifactPath,
        mut whole: T,
        add: &mut impl FnMut(&mut T, &[u8]),
    ) -> Result<T, Error> {
        let mut download = self.download(request, path, u64::MAX).await?;
        while let Some(chunk) = download.next().await? {
            add(&mut whole, &chunk);
        }
        Ok(whole)
    }

    async fn download_file(&self, request: &Request, path: &ArtifactPath, file: &Path) -> Result<(), Error> {
        let failed = |error: std::io::Error| file_error(file, &error);
        let mut download = self.download(request, path, u64::MAX).await?;
        let mut target = tokio::fs::File::create(file).await.map_err(failed)?;
        while let Some(chunk) = download.next().await? {
            target.write_all(&chunk).await.map_err(failed)?;
        }
        target.flush().await.map_err(failed)
    }
}

const PROXY: [&str; 4] = ["api", "2.0", "mlflow-artifacts", "artifacts"];

/// A file on its way.
struct Download<'a> {
    client: &'a Client,
    operation: &'static str,
    open: Open<'a>,
    began: Instant,
    path: String,
    limit: u64,
    read: u64,
}

impl Download<'_> {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let lost = |error| self.client.transport.lost(self.operation, error, self.began);
        let Some(chunk) = self.open.response.chunk().await.map_err(lost)? else {
            self.client.transport.observe(self.operation, "OK", self.began);
            return Ok(None);
        };
        self.read += chunk.len() as u64;
        if self.read > self.limit {
            self.client.transport.observe(self.operation, "TOO_LARGE", self.began);
            return Err(Error::TooLarge { path: self.path.clone(), limit: self.limit });
        }
        Ok(Some(chunk))
    }
}

fn file_error(file: &Path, error: &std::io::Error) -> Error {
    Error::File { path: file.display().to_string(), message: error.to_string() }
}
