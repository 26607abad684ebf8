//! Whether this replica is ready, and if not, why: the kubelet reads the one, people the other.

use std::sync::{Arc, Mutex, PoisonError};

/// Shared by the server and whoever knows.
#[derive(Debug, Clone)]
pub struct Readiness(Arc<Mutex<Option<String>>>);

impl Readiness {
    /// Not ready yet.
    pub fn starting() -> Self {
        Self(Arc::new(Mutex::new(Some("starting".to_owned()))))
    }

    /// Notes what hinders; `None` makes it ready. Whether that is news.
    pub fn set(&self, hindrance: Option<String>) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let news = *known != hindrance;
        *known = hindrance;
        news
    }

    /// What hinders; `None` when it is ready.
    pub fn hindrance(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
