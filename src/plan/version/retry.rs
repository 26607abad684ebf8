//! When to look again, without a clock or a random source.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;

use crate::domain::names::digest;
pub use crate::plan::AT_ONCE;

/// While somebody else's step is open.
pub const SOON: Duration = Duration::from_secs(5);
/// While what is decided may be changed from outside: an alias in the UI, a hold released through another object.
pub const STEADY: Duration = Duration::from_secs(60);
/// While nothing but a person or a new evaluation changes anything.
pub const RARE: Duration = Duration::from_secs(300);

const SHORTEST: i64 = 2;
const LONGEST: i64 = 60;

/// Backoff: waits as long again as it has waited, from 2 to 60 s, plus up to a quarter by which objects differ.
pub fn backoff(since: Option<Timestamp>, now: Timestamp, uid: &str) -> Duration {
    let waited = since.map_or(0, |since| now.as_second() - since.as_second()).clamp(SHORTEST, LONGEST);
    let seed = u64::from_str_radix(digest(&[uid]).get(..4).unwrap_or("0"), 16).unwrap_or(0);
    let milliseconds = waited.unsigned_abs() * 1000;
    Duration::from_millis(milliseconds + milliseconds / 4 * (seed % 1000) / 1000)
}
