//! Reading over HTTP, bounded in size. The answer's status decides who has to act: the user, or time.

use std::time::Duration;

use bytes::BytesMut;
use reqwest::header::ETAG;
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Response, StatusCode, Url};

use super::{Fetched, Login, SourceError, Trust};
use crate::causes::causes;

const CONNECT: Duration = Duration::from_secs(10);
/// Longest silence of a server that has accepted the request.
const SILENCE: Duration = Duration::from_secs(60);
/// Redirects that are followed.
const REDIRECTS: usize = 10;

pub(super) async fn read(
    url: &Url,
    trust: &Trust,
    login: &Login,
    limit: u64,
) -> Result<Fetched, SourceError> {
    let uri = shown(url);
    if login.would_be_readable(url) {
        let message = "a login is not sent over plain http, where it can be read on the way; use https, or set the key \
                       allowHttp to true in the Secret";
        return Err(SourceError::Login { uri, message: message.to_owned() });
    }
    let mut bare = url.clone();
    if login.is_some() {
        // The Secret's login is the one that counts; a URL of http can always do without.
        let _ = (bare.set_username(""), bare.set_password(None));
    }
    let request = login.apply(client(&uri, trust, login)?.get(bare));
    let response = request.send().await.map_err(|error| failed(&uri, &error))?;
    check_status(&uri, &response, url, login)?;
    let version = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    let bytes = body(&uri, response, limit).await?;
    Ok(Fetched { bytes: bytes.freeze(), version })
}

fn client(uri: &str, trust: &Trust, login: &Login) -> Result<Client, SourceError> {
    let login = login.clone();
    let redirects = Policy::custom(move |attempt| redirect(attempt, &login));
    let unreadable = |message: String| SourceError::Unreadable { uri: uri.to_owned(), message };
    let builder = Client::builder()
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .redirect(redirects)
        // It would show a signature in the URL to another host.
        .referer(false)
        .user_agent(concat!("podium-trainer/", env!("CARGO_PKG_VERSION")));
    trust.http(builder).map_err(unreadable)?.build().map_err(|error| unreadable(causes(&error)))
}

/// To another host, or port, the client goes without the login.
fn redirect(attempt: Attempt<'_>, login: &Login) -> reqwest::redirect::Action {
    if attempt.previous().len() > REDIRECTS {
        return attempt.error("it redirects again and again");
    }
    let from_https = attempt.previous().last().is_some_and(|previous| previous.scheme() == "https");
    if login.is_some() && from_https && attempt.url().scheme() == "http" {
        return attempt.error("it redirects from https to http, which is not followed with a login");
    }
    attempt.follow()
}

/// Whether the login that was sent to the one is sent to the other.
fn is_same_host(one: &Url, other: &Url) -> bool {
    (one.host_str(), one.port_or_known_default()) == (other.host_str(), other.port_or_known_default())
}

fn check_status(uri: &str, response: &Response, asked: &Url, login: &Login) -> Result<(), SourceError> {
    let (uri, status) = (uri.to_owned(), response.status());
    let mut message = format!("the server answered {status}");
    match status {
        _ if status.is_success() => Ok(()),
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(SourceError::NotFound { uri, message }),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if !login.is_some() && !has_login(asked) => {
            Err(SourceError::LoginNeeded { uri, message })
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            if !is_same_host(asked, response.url()) {
                let there = shown(response.url());
                message = format!("{there}, to which it redirects and no login is sent, answered {status}");
            }
            Err(SourceError::Denied { uri, message })
        }
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

/// Of a login in the URL itself.
fn has_login(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// A redirect that is not followed is so again the next time.
fn failed(uri: &str, error: &reqwest::Error) -> SourceError {
    if error.is_redirect() {
        return SourceError::Unreadable { uri: uri.to_owned(), message: causes(error) };
    }
    unreachable(uri, error)
}

fn unreachable(uri: &str, error: &reqwest::Error) -> SourceError {
    SourceError::Unreachable { uri: uri.to_owned(), message: causes(error) }
}

/// The URL without login and query, which may hold a signature.
pub(super) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    if shown.set_username("").is_err() || shown.set_password(None).is_err() {
        return format!("{}://…", url.scheme());
    }
    shown.to_string()
}
