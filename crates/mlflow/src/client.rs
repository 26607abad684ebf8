//! The client's handle: sends requests, again where that does no harm. The operations stand in files of their
//! own.

use std::sync::Arc;

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::{
    Class, Error, RetryPolicy, Settings,
    request::{Repeat, Request},
    retry::Jitter,
    transport::Transport,
};

/// A client of one MLflow server. Clones share connections and the cap on requests in flight.
#[derive(Clone)]
pub struct Client {
    pub(crate) transport: Arc<Transport>,
    retry: RetryPolicy,
    jitter: Arc<Jitter>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("host", &self.transport.host()).finish_non_exhaustive()
    }
}

impl Client {
    /// A client by these settings; nothing is sent yet.
    ///
    /// # Errors
    /// The address, the workspace or the certificate file can't be used.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let retry = settings.retry.clone();
        let jitter = Arc::new(Jitter::new(retry.seed));
        Ok(Self { transport: Arc::new(Transport::new(settings)?), retry, jitter })
    }

    /// The same client with another way to try again.
    pub fn with_retry(&self, retry: RetryPolicy) -> Self {
        Self { transport: Arc::clone(&self.transport), jitter: Arc::new(Jitter::new(retry.seed)), retry }
    }

    /// Sends and reads the JSON answer.
    pub(crate) async fn json<T: DeserializeOwned>(&self, request: Request) -> Result<T, Error> {
        let host = self.transport.host();
        let mut attempts = self.attempts(&request);
        loop {
            let answer = self.transport.send(&request).await;
            match answer.and_then(|answer| answer.json(request.operation, &host)) {
                Ok(value) => return Ok(value),
                Err(error) => attempts.failed(error).await?,
            }
        }
    }

    /// Sends and reads the answer's body.
    pub(crate) async fn bytes(&self, request: Request) -> Result<Bytes, Error> {
        let mut attempts = self.attempts(&request);
        loop {
            match self.once(&request).await {
                Ok(body) => return Ok(body),
                Err(error) => attempts.failed(error).await?,
            }
        }
    }

    /// Sends and reads an answer whose body does not matter.
    pub(crate) async fn done(&self, request: Request) -> Result<(), Error> {
        self.bytes(request).await.map(drop)
    }

    /// Sends once and reads the answer's body.
    pub(crate) async fn once(&self, request: &Request) -> Result<Bytes, Error> {
        self.transport.send(request).await?.body(request.operation, &self.transport.host())
    }

    /// The attempts at a request, none made yet.
    pub(crate) fn attempts<'a>(&'a self, request: &'a Request) -> Attempts<'a> {
        Attempts { client: self, request, failed: 0, may_renew: true }
    }
}

/// The attempts at one request so far.
pub(crate) struct Attempts<'a> {
    client: &'a Client,
    request: &'a Request,
    failed: u32,
    may_renew: bool,
}

impl Attempts<'_> {
    /// Returns when it is time for the next attempt, or with the error if there must not be one.
    pub(crate) async fn failed(&mut self, error: Error) -> Result<(), Error> {
        // A token that was renewed meanwhile gets one more try at once: the refused request did nothing.
        if error.class() == Class::Unauthorised
            && self.may_renew
            && self.client.transport.has_new_login().await
        {
            self.may_renew = false;
            return Ok(());
        }
        self.failed += 1;
        match after(&error, self.request.repeat) {
            After::Again if self.failed < self.client.retry.attempts => {
                self.pause(&error).await;
                Ok(())
            }
            After::Again | After::GiveUp => Err(error),
            After::Unknown => {
                Err(Error::OutcomeUnknown { operation: self.request.operation, cause: Box::new(error) })
            }
        }
    }

    async fn pause(&self, error: &Error) {
        let (operation, failed) = (self.request.operation, self.failed);
        let delay = self.client.retry.delay(failed, &self.client.jitter);
        tracing::debug!(operation, failed, %error, ?delay, "MLflow request failed, trying again");
        tokio::time::sleep(delay).await;
    }
}

/// What follows a failed attempt.
#[derive(Debug, PartialEq, Eq)]
enum After {
    Again,
    GiveUp,
    Unknown,
}

fn after(error: &Error, repeat: Repeat) -> After {
    match (error.class(), repeat) {
        (Class::Retry, Repeat::Safe) => After::Again,
        (Class::Retry, Repeat::IfUnsent) if error.is_unsent() => After::Again,
        (Class::Retry, Repeat::IfUnsent) => After::Unknown,
        // A success that can't be read was a success: what it created is there.
        (_, Repeat::IfUnsent) if matches!(error, Error::Decode { .. }) => After::Unknown,
        _ => After::GiveUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unsent;

    fn lost(unsent: Unsent) -> Error {
        Error::Transport { operation: "runs/create", unsent, message: String::new() }
    }

    #[test]
    fn a_creation_is_repeated_only_when_the_server_has_not_seen_it() {
        assert_eq!(after(&lost(Unsent::Connect), Repeat::IfUnsent), After::Again);
        assert_eq!(after(&lost(Unsent::Timeout), Repeat::IfUnsent), After::Unknown);
        assert_eq!(after(&lost(Unsent::Interrupted), Repeat::IfUnsent), After::Unknown);
        let undecodable = Error::Decode { operation: "runs/create", message: String::new() };
        assert_eq!(after(&undecodable, Repeat::IfUnsent), After::Unknown);
        assert_eq!(after(&undecodable, Repeat::Safe), After::GiveUp);
    }

    #[test]
    fn what_is_safe_to_repeat_is_repeated_after_a_passing_error_only() {
        assert_eq!(after(&lost(Unsent::Timeout), Repeat::Safe), After::Again);
        assert_eq!(after(&Error::Forbidden { operation: "runs/get" }, Repeat::Safe), After::GiveUp);
    }
}
