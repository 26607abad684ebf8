//! Conditions from one status to the next: which stay, which go, and when they last flipped.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

/// The conditions of the next status: exactly `new`, each with the transition time that it had while its status was the
/// same. A type that is not in `new` goes, since Reconciling and Stalled stand only while they are true.
pub fn set_conditions(old: &[Condition], new: Vec<Condition>) -> Vec<Condition> {
    new.into_iter().map(|condition| keep_transition(old, condition)).collect()
}

/// The condition of a type.
pub fn find<'a>(conditions: &'a [Condition], type_: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.type_ == type_)
}

fn keep_transition(old: &[Condition], mut new: Condition) -> Condition {
    if let Some(old) = find(old, &new.type_).filter(|old| old.status == new.status) {
        new.last_transition_time = old.last_transition_time.clone();
    }
    new
}

#[cfg(test)]
mod tests {
    use k8s_openapi::jiff::Timestamp;

    use super::*;
    use crate::api::conditions::{READY, RECONCILING, condition};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_transition_time_stays_until_the_status_flips() {
        let old = vec![condition(READY, false, "A", "a", 1, at(1))];
        let same = set_conditions(&old, vec![condition(READY, false, "B", "b", 2, at(2))]);
        assert_eq!(same, vec![condition(READY, false, "B", "b", 2, at(1))]);
        let flipped = set_conditions(&same, vec![condition(READY, true, "C", "c", 2, at(3))]);
        assert_eq!(flipped, vec![condition(READY, true, "C", "c", 2, at(3))]);
    }

    #[test]
    fn a_condition_that_is_no_longer_true_goes() {
        let old = vec![
            condition(READY, false, "A", "a", 1, at(1)),
            condition(RECONCILING, true, "A", "a", 1, at(1)),
        ];
        let new = set_conditions(&old, vec![condition(READY, true, "B", "b", 1, at(2))]);
        assert_eq!(new, vec![condition(READY, true, "B", "b", 1, at(2))]);
    }
}
