//! A URI as a place to read from. Refuses paths that could leave their mount.

use reqwest::Url;

/// Where the bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A key of a mounted ConfigMap.
    ConfigMap {
        /// The ConfigMap.
        name: String,
        /// The key.
        key: String,
    },
    /// A file of a mounted PersistentVolumeClaim.
    Claim {
        /// The claim.
        claim: String,
        /// Path in it, without a leading slash.
        path: String,
    },
    /// `http://` or `https://`.
    Http(Box<Url>),
    /// An object in an S3 bucket.
    S3 {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
    },
}

/// Why a URI names no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// None of the known schemes.
    #[error("data.uri {0:?} has no known scheme: must be s3://, https://, http://, pvc:// or configmap://")]
    Scheme(String),
    /// A part is missing or malformed.
    #[error("data.uri {uri:?} must have the form {form}")]
    Form {
        /// The URI.
        uri: String,
        /// The form.
        form: &'static str,
    },
    /// A path that leads out of its volume.
    #[error("data.uri {0:?} must not have empty, `.` or `..` parts in its path")]
    Path(String),
}

impl Location {
    /// Reads a URI.
    ///
    /// # Errors
    /// See [`UriError`].
    pub fn parse(uri: &str) -> Result<Self, UriError> {
        let (scheme, rest) = uri.split_once("://").ok_or_else(|| UriError::Scheme(uri.to_owned()))?;
        match scheme {
            "configmap" => {
                let (name, key) = parts(uri, rest, "configmap://name/key")?;
                if key.contains('/') {
                    return Err(UriError::Form { uri: uri.to_owned(), form: "configmap://name/key" });
                }
                Ok(Self::ConfigMap { name, key })
            }
            "pvc" => parts(uri, rest, "pvc://claim/path").map(|(claim, path)| Self::Claim { claim, path }),
            "s3" => s3(uri, rest),
            "http" | "https" => {
                let form = "https://host/path";
                let url = Url::parse(uri).map_err(|_| UriError::Form { uri: uri.to_owned(), form })?;
                Ok(Self::Http(Box::new(url)))
            }
            _ => Err(UriError::Scheme(uri.to_owned())),
        }
    }
}

fn parts(uri: &str, rest: &str, form: &'static str) -> Result<(String, String), UriError> {
    let malformed = || UriError::Form { uri: uri.to_owned(), form };
    let (first, path) = rest.split_once('/').ok_or_else(malformed)?;
    if first.is_empty() || path.is_empty() {
        return Err(malformed());
    }
    let safe = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains('\0');
    if !safe(first) || !path.split('/').all(safe) {
        return Err(UriError::Path(uri.to_owned()));
    }
    Ok((first.to_owned(), path.to_owned()))
}

/// Keys of S3 are not paths: empty parts are allowed there.
fn s3(uri: &str, rest: &str) -> Result<Location, UriError> {
    match rest.split_once('/') {
        Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => {
            Ok(Location::S3 { bucket: bucket.to_owned(), key: key.to_owned() })
        }
        _ => Err(UriError::Form { uri: uri.to_owned(), form: "s3://bucket/key" }),
    }
}
