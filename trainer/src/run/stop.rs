//! SIGTERM: a fit ends at its next interrupt check, waiting ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{error, warn};

use crate::failure::Failure;

/// A fit that does not look for so long is left behind: the kubelet kills after 30 s.
const GRACE: Duration = Duration::from_secs(10);

/// Whether to stop. Clones share the answer.
#[derive(Debug, Clone)]
pub struct Stop {
    asked: Arc<AtomicBool>,
    changed: watch::Receiver<bool>,
}

/// Asks to stop.
#[derive(Debug)]
pub struct Asker {
    asked: Arc<AtomicBool>,
    change: watch::Sender<bool>,
}

impl Asker {
    /// Asks.
    pub fn ask(&self) {
        self.asked.store(true, Ordering::SeqCst);
        self.change.send_replace(true);
    }
}

impl Stop {
    /// A stop and who asks for it.
    pub fn pair() -> (Asker, Self) {
        let asked = Arc::new(AtomicBool::new(false));
        let (change, changed) = watch::channel(false);
        (Asker { asked: Arc::clone(&asked), change }, Self { asked, changed })
    }

    /// Asked for by SIGTERM. Must be called within a runtime.
    pub fn on_signal() -> Self {
        let (asker, stop) = Self::pair();
        let mut terminate = match signal(SignalKind::terminate()) {
            Ok(terminate) => terminate,
            Err(error) => {
                error!(%error, "SIGTERM can't be listened to, it will end the process at once");
                return stop;
            }
        };
        tokio::spawn(async move {
            while terminate.recv().await.is_some() {
                warn!("SIGTERM: stopping");
                asker.ask();
            }
        });
        stop
    }

    /// Whether to stop.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// The work's answer, or a stop as soon as it is asked for.
    ///
    /// # Errors
    /// Those of the work; [`Failure::Stopped`].
    pub async fn or<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.wait() => Err(Failure::Stopped),
            done = work => done,
        }
    }

    /// Ends some time after a stop was asked for.
    pub async fn grace_is_over(&self) {
        self.wait().await;
        tokio::time::sleep(GRACE).await;
    }

    async fn wait(&self) {
        let mut changed = self.changed.clone();
        if changed.wait_for(|asked| *asked).await.is_err() {
            // Nobody is left who could ask.
            std::future::pending::<()>().await;
        }
    }
}
