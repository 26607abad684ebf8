//! A trial that is a container of any image.

use podium_search::Space;

use super::Template;
use super::trial::Surroundings;
use crate::api::container::Container;
use crate::domain::container::{self, Own};
use crate::domain::violation::Violation;

/// A container whose arguments can be filled at every point of the space.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidContainer {
    /// As stated; its command and arguments are those below.
    pub stated: Container,
    /// The program and what always follows it; empty where the image's counts.
    pub command: Template,
    /// Arguments of the program.
    pub args: Template,
    /// The objective as the container logs it.
    pub metric: String,
}

/// Validates a container. Fields are named below `spec.trial.container`.
pub(super) fn container(
    around: Surroundings<'_>,
    stated: &Container,
    problems: &mut Vec<Violation>,
) -> ValidContainer {
    let own = Own { field: "spec.trial.container", grant: around.grant, folders: &[container::TOLD] };
    container::check(stated, own, problems);
    only_for_learners(around, problems);
    let mut words = |field: &str, words: Option<&Vec<String>>| template(field, words, around.space, problems);
    ValidContainer {
        command: words("command", stated.command.as_ref()),
        args: words("args", stated.args.as_ref()),
        stated: stated.clone(),
        metric: around.spec.objective.metric.clone(),
    }
}

fn template(
    field: &str,
    words: Option<&Vec<String>>,
    space: Option<&Space>,
    problems: &mut Vec<Violation>,
) -> Template {
    let (Some(words), Some(space)) = (words, space) else { return Template::default() };
    Template::parse(words, space).unwrap_or_else(|error| {
        problems.push(Violation::new(format!("spec.trial.container.{field}"), error.to_string()));
        Template::default()
    })
}

/// What a container knows nothing of must not be asked for.
fn only_for_learners(around: Surroundings<'_>, problems: &mut Vec<Violation>) {
    let mut refuse = |field: &str, message: &str| problems.push(Violation::new(field, message));
    if around.spec.early_stopping.as_ref().is_some_and(|stopping| stopping.algorithm.is_some()) {
        let message = "trials of a container can't be judged on the way, since what they log is read at their end; \
                       earlyStopping.patience ends the sweep";
        refuse("spec.earlyStopping.algorithm", message);
    }
    if around.resources.gpu.as_ref().is_some_and(|gpu| gpu.fallback_cpu) {
        refuse("spec.resources.gpu.fallback", "is for algorithm; a container finds out by itself");
    }
    if around.spec.limits.as_ref().is_some_and(|limits| limits.operator_timeout_seconds.is_some()) {
        refuse(
            "spec.limits.operatorTimeoutSeconds",
            "is for algorithm; a container asks the operator nothing",
        );
    }
}
