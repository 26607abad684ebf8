//! Why a pod failed, in words.

use super::observed::{By, Failure};

/// What is said of a pod's only container.
const ONLY: &str = "it";

/// Why a pod failed; `memory` is its limit. Where other images run beside our trainer, the container is named.
pub fn describe(failure: &Failure, memory: &str) -> String {
    match failure {
        Failure::Exit { by: By::Ours, .. } => told(failure, memory, ONLY, exit),
        Failure::Exit { by: By::Foreign(name), .. } => {
            told(failure, memory, &format!("the container {name}"), foreign_exit)
        }
        Failure::Disrupted(_) | Failure::DeadlineExceeded(_) | Failure::Unknown(_) => {
            told(failure, memory, ONLY, foreign_exit)
        }
    }
}

/// The same of a pod with one container of any image, whose exit codes mean what its author likes.
pub fn describe_foreign(failure: &Failure, memory: &str) -> String {
    told(failure, memory, ONLY, foreign_exit)
}

fn told(failure: &Failure, memory: &str, who: &str, exit: impl Fn(i32, &str, &str) -> String) -> String {
    match failure {
        Failure::Disrupted(why) => format!("its pod was disrupted: {why}"),
        Failure::DeadlineExceeded(seconds) => format!("the deadline of its Job, {seconds} s, had passed"),
        Failure::Unknown(why) => why.clone(),
        Failure::Exit { out_of_memory: true, .. } => {
            format!("{who} ran out of memory at its limit of {memory}: raise resources.memory")
        }
        Failure::Exit { code, words, .. } => {
            let told = exit(*code, memory, who);
            if words.is_empty() { told } else { format!("{told}: {words}") }
        }
    }
}

fn exit(code: i32, memory: &str, who: &str) -> String {
    match code {
        2 => "the trainer refused its specification (exit code 2); operator and trainer image may differ in version".to_owned(),
        3 => "the trainer refused the data (exit code 3)".to_owned(),
        4 => "no usable GPU (exit code 4)".to_owned(),
        5 => "the pod could not use MLflow (exit code 5)".to_owned(),
        101 | 134 => format!("the trainer crashed (exit code {code}), please report this with its log"),
        other => foreign_exit(other, memory, who),
    }
}

fn foreign_exit(code: i32, memory: &str, who: &str) -> String {
    match code {
        137 => format!(
            "{who} was killed (exit code 137); if that was for memory, raise resources.memory above {memory}"
        ),
        143 => format!("{who} was stopped (exit code 143)"),
        other => format!("{who} ended with exit code {other}"),
    }
}

/// Reason of the condition for an exit code that no other attempt can mend.
pub fn permanent_reason(code: i32) -> &'static str {
    match code {
        2 => "BadSpecification",
        3 => "DataRejected",
        4 => "DeviceMissing",
        _ => "TrainerCrashed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(by: By, code: i32, out_of_memory: bool, words: &str) -> Failure {
        Failure::Exit { by, code, out_of_memory, words: words.to_owned() }
    }

    #[test]
    fn of_another_image_the_container_is_named_and_its_code_means_nothing_to_us() {
        let candidate = || By::Foreign("candidate".to_owned());
        for (failure, expected) in [
            (exit(By::Ours, 3, false, "age: 130"), "the trainer refused the data (exit code 3): age: 130"),
            (
                exit(candidate(), 3, false, "ValueError: no such column"),
                "the container candidate ended with exit code 3: ValueError: no such column",
            ),
            (
                exit(candidate(), 137, true, ""),
                "the container candidate ran out of memory at its limit of 2Gi: raise resources.memory",
            ),
            (
                exit(candidate(), 137, false, ""),
                "the container candidate was killed (exit code 137); if that was for memory, raise resources.memory above \
                 2Gi",
            ),
            (exit(By::Ours, 7, false, ""), "it ended with exit code 7"),
        ] {
            assert_eq!(describe(&failure, "2Gi"), expected);
        }
        let trial = exit(By::Foreign("trial".to_owned()), 2, false, "no");
        assert_eq!(describe_foreign(&trial, "2Gi"), "it ended with exit code 2: no");
    }
}
