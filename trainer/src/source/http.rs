//! Reading over HTTP, bounded in size. The answer's status decides who has to act: the user, or time.

use std::time::Duration;

use bytes::BytesMut;
use reqwest::header::ETAG;
use reqwest::{Client, Response, StatusCode, Url};

use super::{Fetched, SourceError, Trust};
use crate::causes::causes;

const CONNECT: Duration = Duration::from_secs(10);
/// Longest silence of a server that has accepted the request.
const SILENCE: Duration = Duration::from_secs(60);

pub(super) async fn read(url: &Url, trust: &Trust, limit: u64) -> Result<Fetched, SourceError> {
    let uri = shown(url);
    let response =
        client(&uri, trust)?.get(url.clone()).send().await.map_err(|error| unreachable(&uri, &error))?;
    check_status(&uri, response.status())?;
    let version = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    let bytes = body(&uri, response, limit).await?;
    Ok(Fetched { bytes: bytes.freeze(), version })
}

fn client(uri: &str, trust: &Trust) -> Result<Client, SourceError> {
    let unreadable = |message: String| SourceError::Unreadable { uri: uri.to_owned(), message };
    let builder = Client::builder()
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .user_agent(concat!("podium-trainer/", env!("CARGO_PKG_VERSION")));
    trust.http(builder).map_err(unreadable)?.build().map_err(|error| unreadable(causes(&error)))
}

fn check_status(uri: &str, status: StatusCode) -> Result<(), SourceError> {
    let uri = uri.to_owned();
    let message = format!("the server answered {status}");
    match status {
        _ if status.is_success() => Ok(()),
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(SourceError::NotFound { uri, message }),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(SourceError::Denied { uri, message }),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            Err(SourceError::Unreachable { uri, message })
        }
        _ if status.is_server_error() => Err(SourceError::Unreachable { uri, message }),
        _ => Err(SourceError::Unreadable { uri, message }),
    }
}

async fn body(uri: &str, mut response: Response, limit: u64) -> Result<BytesMut, SourceError> {
    let too_large = || SourceError::TooLarge { uri: uri.to_owned(), limit };
    if response.content_length().is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut bytes = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(uri, &error))? {
        if (bytes.len() + chunk.len()) as u64 > limit {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn unreachable(uri: &str, error: &reqwest::Error) -> SourceError {
    SourceError::Unreachable { uri: uri.to_owned(), message: causes(error) }
}

/// The URL without login and query, which may hold a signature.
fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    if shown.set_username("").is_err() || shown.set_password(None).is_err() {
        return format!("{}://…", url.scheme());
    }
    shown.to_string()
}
