//! The metrics that our trainer logs on the holdout, and which way each gets better.

/// Which way a metric gets better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
    /// It says something, but ranks nothing.
    None,
}

/// Every metric that an evaluation may log, by its name. Which of them one run logs depends on its task.
pub const LOGGED: &[(&str, Direction)] = &[
    ("accuracy", Direction::Up),
    ("balanced_accuracy", Direction::Up),
    ("precision", Direction::Up),
    ("recall", Direction::Up),
    ("f1_score", Direction::Up),
    ("roc_auc", Direction::Up),
    ("average_precision", Direction::Up),
    ("mcc", Direction::Up),
    ("log_loss", Direction::Down),
    ("brier", Direction::Down),
    ("mse", Direction::Down),
    ("rmse", Direction::Down),
    ("mae", Direction::Down),
    ("medae", Direction::Down),
    ("mape", Direction::Down),
    ("r2_score", Direction::Up),
    ("training_time", Direction::Down),
    ("inference_time_ms", Direction::Down),
    ("model_size_mb", Direction::Down),
    ("gpu_used", Direction::None),
];

/// Which way a metric gets better; `None` for a name that is not ours.
pub fn direction(metric: &str) -> Option<Direction> {
    LOGGED.iter().find(|(name, _)| *name == metric).map(|(_, direction)| *direction)
}

/// All names, for messages.
pub fn names() -> String {
    LOGGED.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}
