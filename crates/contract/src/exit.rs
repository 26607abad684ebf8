//! Exit codes of our own trainer image, and what each means for the next attempt.

/// How a trainer process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The result stands in MLflow.
    Done,
    /// The document makes no sense; repeating it can't help.
    BadSpecification,
    /// The data were refused by a check, or changed since they were pinned.
    DataRejected,
    /// A GPU was asked for and none can be used.
    DeviceMissing,
    /// MLflow could not be reached for as long as the document allows.
    TrackingUnreachable,
}

impl Exit {
    /// The process exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::BadSpecification => 2,
            Self::DataRejected => 3,
            Self::DeviceMissing => 4,
            Self::TrackingUnreachable => 5,
        }
    }
}

/// What an exit code of our own image means for the owner of the Job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Exit code 0.
    Succeeded,
    /// The same input fails again: no further attempt.
    Permanent,
    /// Another attempt may succeed; it counts against the backoff limit.
    Retry,
}

/// Judges the exit code of our own trainer image. 101 and 134 are a panic and an abort, our own bugs;
/// 137 is a kill (mostly out of memory), 143 a stop by SIGTERM.
pub const fn judge(code: i32) -> Verdict {
    match code {
        0 => Verdict::Succeeded,
        2 | 3 | 4 | 101 | 134 => Verdict::Permanent,
        _ => Verdict::Retry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_by_itself_is_tried_again() {
        let permanent = [2, 3, 4, 101, 134].map(judge);
        assert_eq!(permanent, [Verdict::Permanent; 5]);
        assert_eq!([5, 1, 137, 143].map(judge), [Verdict::Retry; 4]);
        assert_eq!(judge(i32::from(Exit::Done.code())), Verdict::Succeeded);
    }
}
