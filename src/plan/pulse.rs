//! How often MLflow is looked at while pods work. They alone would learn that it is away, and they keep their results until it
//! is back: whoever looks at the object meanwhile is to see why nothing ends.

use std::time::Duration;

/// How long there is nothing of MLflow before it is looked at: what is over sooner costs no look.
pub const EVERY: Duration = Duration::from_secs(15);
/// How soon it is looked at again while it is away.
pub const AWAY: Duration = Duration::from_secs(5);
