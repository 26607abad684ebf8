//! Where artifacts lie, read from MLflow's URIs, and paths below such a place. Nothing is sent here.

use std::{fmt, str::FromStr};

use crate::Invalid;

/// Place of artifacts, by the way they are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArtifactRoot {
    /// Through MLflow's own proxy (`mlflow-artifacts:`).
    Proxied {
        /// Host and port of another server, if the URI names one.
        authority: Option<String>,
        /// Path below the proxy's root, without slash at either end.
        path: String,
    },
    /// In S3 or a compatible store (`s3://`), to be reached without MLflow.
    S3 {
        /// Name of the bucket.
        bucket: String,
        /// Key before the artifacts' paths, without slash at either end.
        prefix: String,
    },
    /// A folder of the server's machine, or any other scheme: not reachable by this client.
    Other {
        /// Its scheme, `file` if it has none.
        scheme: String,
        /// The URI as MLflow gave it.
        uri: String,
    },
}

impl ArtifactRoot {
    /// Reads a URI as it stands in `artifact_uri` or `artifact_location`.
    pub fn parse(uri: &str) -> Self {
        let other = |scheme: &str| Self::Other { scheme: scheme.to_owned(), uri: uri.to_owned() };
        let Some((scheme, rest)) = uri.split_once(':') else { return other("file") };
        match scheme {
            "mlflow-artifacts" => proxied(rest),
            "s3" => match rest.strip_prefix("//").map(split_host) {
                Some((bucket, prefix)) if !bucket.is_empty() => {
                    Self::S3 { bucket: bucket.to_owned(), prefix: trimmed(prefix) }
                }
                _ => other(scheme),
            },
            _ => other(scheme),
        }
    }

    /// The place of a path below this one.
    #[must_use]
    pub fn join(&self, path: &ArtifactPath) -> Self {
        let below = |start: &str| if start.is_empty() { path.0.clone() } else { format!("{start}/{path}") };
        match self {
            Self::Proxied { authority, path: start } => {
                Self::Proxied { authority: authority.clone(), path: below(start) }
            }
            Self::S3 { bucket, prefix } => Self::S3 { bucket: bucket.clone(), prefix: below(prefix) },
            Self::Other { scheme, uri } => {
                Self::Other { scheme: scheme.clone(), uri: below(uri.trim_end_matches('/')) }
            }
        }
    }
}

impl fmt::Display for ArtifactRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proxied { authority: Some(authority), path } => {
                write!(f, "mlflow-artifacts://{authority}/{path}")
            }
            Self::Proxied { authority: None, path } => write!(f, "mlflow-artifacts:/{path}"),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
            Self::Other { uri, .. } => f.write_str(uri),
        }
    }
}

fn proxied(rest: &str) -> ArtifactRoot {
    let (authority, path) = rest.strip_prefix("//").map_or(("", rest), split_host);
    let authority = if authority.is_empty() { None } else { Some(authority.to_owned()) };
    ArtifactRoot::Proxied { authority, path: trimmed(path) }
}

fn split_host(rest: &str) -> (&str, &str) {
    rest.split_once('/').unwrap_or((rest, ""))
}

fn trimmed(path: &str) -> String {
    path.trim_matches('/').to_owned()
}

/// Path of a file or folder below an artifact root: parts between slashes, none empty, `.` or `..`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtifactPath(String);

impl ArtifactPath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ArtifactPath {
    type Err = Invalid;

    fn from_str(path: &str) -> Result<Self, Invalid> {
        let refused = |allowed| Err(Invalid::new("artifact path", path, allowed));
        let is_odd = |part: &str| matches!(part, "" | "." | "..") || part.chars().any(char::is_control);
        if path.split('/').any(is_odd) {
            return refused(
                "a relative path whose parts are not empty, \".\" or \"..\", without control characters",
            );
        }
        if path.contains(['\\', '#']) {
            return refused("no backslash and no #, which MLflow refuses");
        }
        // MLflow decodes a path a second time: `a%20b` would be stored as `a b`.
        if path.split('%').skip(1).any(begins_with_hex) {
            return refused("no % before two hexadecimal digits, which MLflow would decode");
        }
        Ok(Self(path.to_owned()))
    }
}

fn begins_with_hex(text: &str) -> bool {
    text.len() >= 2 && text.bytes().take(2).all(|byte| byte.is_ascii_hexdigit())
}

impl fmt::Display for ArtifactPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxied(authority: Option<&str>, path: &str) -> ArtifactRoot {
        ArtifactRoot::Proxied { authority: authority.map(str::to_owned), path: path.to_owned() }
    }

    #[test]
    fn a_caller_can_tell_how_artifacts_are_reached() {
        let parse = ArtifactRoot::parse;
        assert_eq!(parse("mlflow-artifacts:/1/r/artifacts"), proxied(None, "1/r/artifacts"));
        assert_eq!(parse("mlflow-artifacts:///1/r/"), proxied(None, "1/r"));
        assert_eq!(parse("mlflow-artifacts://mlflow:5000/1/r"), proxied(Some("mlflow:5000"), "1/r"));
        let s3 = ArtifactRoot::S3 { bucket: "b".to_owned(), prefix: "p/1/r/artifacts".to_owned() };
        assert_eq!(parse("s3://b/p/1/r/artifacts"), s3);
        for uri in ["/srv/mlruns/1", "file:///srv/1", "gs://b/p", "s3:/b", "s3:///b", ""] {
            assert!(matches!(parse(uri), ArtifactRoot::Other { .. }), "{uri}");
        }
    }

    #[test]
    fn a_path_below_a_root_has_one_slash_between() {
        let path: ArtifactPath = "model/MLmodel".parse().unwrap();
        for (root, joined) in [
            ("mlflow-artifacts:/1/r", "mlflow-artifacts:/1/r/model/MLmodel"),
            ("mlflow-artifacts:/", "mlflow-artifacts:/model/MLmodel"),
            ("s3://b/p/", "s3://b/p/model/MLmodel"),
            ("s3://b", "s3://b/model/MLmodel"),
            ("gs://b/p/", "gs://b/p/model/MLmodel"),
        ] {
            assert_eq!(ArtifactRoot::parse(root).join(&path).to_string(), joined);
        }
    }

    #[test]
    fn a_path_that_leaves_its_root_is_refused() {
        for path in
            ["", "/etc/passwd", "a/../b", "..", "./a", "a//b", "a/", "a\\b", "a\nb", "a%20b", "%2e%2e", "a#b"]
        {
            assert!(path.parse::<ArtifactPath>().is_err(), "{path}");
        }
        for path in ["a", "a b/ü?%.txt", "..a/b..", "100%"] {
            assert_eq!(path.parse::<ArtifactPath>().unwrap().as_str(), path);
        }
    }
}
