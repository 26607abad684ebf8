//! The clock that operators read: one a thread, since a context's clock is a plain function.

use std::cell::Cell;

use k8s_openapi::jiff::Timestamp;

thread_local! {
    static NOW: Cell<i64> = const { Cell::new(0) };
}

/// What the world's time is, for operators of this thread.
pub fn set(now: Timestamp) {
    NOW.set(now.as_millisecond());
}

/// The time as operators see it.
pub fn now() -> Timestamp {
    Timestamp::from_millisecond(NOW.get()).unwrap()
}
