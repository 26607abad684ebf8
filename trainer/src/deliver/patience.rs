//! Trying again until a deadline: a finished result is worth waiting for. What can't pass by itself ends the wait.

use std::time::{Duration, Instant};

use podium_artifacts::{S3Verdict, StoreError, judge};
use podium_mlflow::{Class, Error};
use tracing::warn;

use crate::failure::Failure;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// How long to try.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    deadline: Instant,
    /// Whether a refused login is worth waiting for: someone may mend it while a finished result is held.
    waits_for_login: bool,
}

impl Patience {
    /// For a finished result: everything that someone or time can mend is waited for.
    pub fn for_result(total: Duration) -> Self {
        Self { deadline: Instant::now() + total, waits_for_login: true }
    }

    /// For the first look, when nothing is lost yet: a refused login is told at once.
    pub fn for_look(total: Duration) -> Self {
        Self { deadline: Instant::now() + total, waits_for_login: false }
    }

    /// Calls until it succeeds, can't succeed, or time is over.
    ///
    /// # Errors
    /// [`Failure::Tracking`] with the last error.
    pub async fn until<T, E: Passing>(
        &self,
        what: &str,
        mut call: impl AsyncFnMut() -> Result<T, E>,
    ) -> Result<T, Failure> {
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match call().await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let left = self.deadline.saturating_duration_since(Instant::now());
            if !error.may_pass(self.waits_for_login) || left.is_zero() {
                return Err(Failure::Tracking(format!("{what}: {error}")));
            }
            warn!(what, %error, seconds_left = left.as_secs(), "MLflow did not take it, trying again");
            tokio::time::sleep(pause.min(left)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// An error that says whether waiting can help.
pub trait Passing: std::fmt::Display {
    /// Whether the same call may succeed later.
    fn may_pass(&self, login_may_be_mended: bool) -> bool;
}

impl Passing for Error {
    fn may_pass(&self, login_may_be_mended: bool) -> bool {
        match self.class() {
            Class::Retry | Class::OutcomeUnknown => true,
            Class::HostRejected | Class::CertificateRefused | Class::Unauthorised | Class::Forbidden => {
                login_may_be_mended
            }
            Class::Permanent | Class::NotFound | Class::AlreadyExists => false,
        }
    }
}

impl Passing for StoreError {
    fn may_pass(&self, login_may_be_mended: bool) -> bool {
        match self {
            Self::Mlflow(error) => error.may_pass(login_may_be_mended),
            Self::S3(error) => match judge(error) {
                S3Verdict::Denied => login_may_be_mended,
                S3Verdict::Unreachable => true,
                S3Verdict::NotFound | S3Verdict::Refused => false,
            },
            Self::Path(_) | Self::TooLarge { .. } | Self::Root { .. } | Self::Authorities(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[derive(Debug, Clone, Copy)]
    enum Trouble {
        Passing,
        Login,
        Final,
    }

    impl std::fmt::Display for Trouble {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "{self:?}")
        }
    }

    impl Passing for Trouble {
        fn may_pass(&self, login_may_be_mended: bool) -> bool {
            match self {
                Self::Passing => true,
                Self::Login => login_may_be_mended,
                Self::Final => false,
            }
        }
    }

    /// Calls until two troubles have passed; answers the end and the number of calls.
    async fn calls(patience: Patience, trouble: Trouble) -> (Result<u32, Failure>, u32) {
        let calls = Cell::new(0);
        let ended = patience
            .until("it", async || {
                calls.set(calls.get() + 1);
                if calls.get() <= 2 { Err(trouble) } else { Ok(calls.get()) }
            })
            .await;
        (ended, calls.get())
    }

    const LONG: Duration = Duration::from_secs(600);

    #[tokio::test]
    async fn what_may_pass_is_waited_for_and_what_is_final_is_told_at_once() {
        assert_eq!(calls(Patience::for_look(LONG), Trouble::Passing).await, (Ok(3), 3));
        let refused = |trouble: &str| Err(Failure::Tracking(format!("it: {trouble}")));
        assert_eq!(calls(Patience::for_result(LONG), Trouble::Final).await, (refused("Final"), 1));
    }

    #[tokio::test]
    async fn a_refused_login_is_waited_for_only_when_a_finished_result_is_held() {
        assert_eq!(calls(Patience::for_result(LONG), Trouble::Login).await, (Ok(3), 3));
        assert_eq!(calls(Patience::for_look(LONG), Trouble::Login).await.1, 1);
    }

    #[tokio::test]
    async fn the_last_call_comes_when_time_is_over_and_its_error_is_told() {
        let begin = Instant::now();
        let (ended, calls) = calls(Patience::for_result(Duration::from_millis(100)), Trouble::Passing).await;
        assert_eq!(ended, Err(Failure::Tracking("it: Passing".to_owned())));
        assert_eq!(calls, 2);
        assert!(begin.elapsed() >= Duration::from_millis(100));
    }
}
