//! Who leads: decided from the Lease and from how long it has stood still, never by comparing clocks.

use std::time::Duration;

/// What a Lease says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseFacts {
    /// Identity of the holder; empty when it was given back.
    pub holder: String,
    /// How long it counts after its last change.
    pub duration: Duration,
    /// How often it changed hands: the epoch.
    pub transitions: i32,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseDecision {
    /// Create it.
    Create,
    /// Write it again with the same epoch.
    Renew {
        /// The epoch.
        transitions: i32,
    },
    /// Take it with a new epoch.
    Take {
        /// The epoch.
        transitions: i32,
    },
    /// Somebody else leads; look again after this long.
    Wait(Duration),
}

/// Decides. `leading` is the epoch that this process leads with; `still` is how long it has seen the record unchanged,
/// by its own monotonic clock, so clocks that differ by a minute change nothing.
pub fn decide(lease: Option<&LeaseFacts>, me: &str, leading: Option<i32>, still: Duration) -> LeaseDecision {
    let Some(lease) = lease else { return LeaseDecision::Create };
    if lease.holder == me && leading == Some(lease.transitions) {
        return LeaseDecision::Renew { transitions: lease.transitions };
    }
    // The same pod after a restart: nobody else can carry its name, so there is nothing to wait for.
    if lease.holder == me || lease.holder.is_empty() || still >= lease.duration {
        return LeaseDecision::Take { transitions: lease.transitions.saturating_add(1) };
    }
    LeaseDecision::Wait(lease.duration - still)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(holder: &str) -> LeaseFacts {
        LeaseFacts { holder: holder.into(), duration: Duration::from_secs(30), transitions: 4 }
    }

    #[test]
    fn a_lease_that_moves_is_left_alone_and_one_that_stood_still_is_taken_with_a_new_epoch() {
        let young = decide(Some(&lease("b")), "a", None, Duration::from_secs(10));
        assert_eq!(young, LeaseDecision::Wait(Duration::from_secs(20)));
        let old = decide(Some(&lease("b")), "a", None, Duration::from_secs(30));
        assert_eq!(old, LeaseDecision::Take { transitions: 5 });
    }

    #[test]
    fn a_restarted_pod_takes_its_own_lease_at_once_but_never_with_the_old_epoch() {
        let restarted = decide(Some(&lease("a")), "a", None, Duration::ZERO);
        assert_eq!(restarted, LeaseDecision::Take { transitions: 5 });
        let leading = decide(Some(&lease("a")), "a", Some(4), Duration::ZERO);
        assert_eq!(leading, LeaseDecision::Renew { transitions: 4 });
    }

    #[test]
    fn a_lease_given_back_is_taken_at_once() {
        assert_eq!(
            decide(Some(&lease("")), "a", None, Duration::ZERO),
            LeaseDecision::Take { transitions: 5 }
        );
        assert_eq!(decide(None, "a", None, Duration::ZERO), LeaseDecision::Create);
    }
}
