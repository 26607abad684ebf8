//! Progress: on a terminal a block that is drawn again in its place, elsewhere a line for each change.

use std::collections::BTreeMap;
use std::io::{Result, Write};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::style::Style;
use super::view::View;
use crate::api::pipeline_status::{CandidateStatus, StageName, StepPhase, TrainingPipelineStatus};
use crate::api::tuning::TunedStatus;

/// Candidates that the block of a terminal lists one by one; more are only counted.
const MOST_LISTED: usize = 12;

/// Lines are cut at the edge of the terminal: a wrapped one would count twice, and the block could not be found again.
const CUT: &str = "\x1b[?7l";
/// Lines wrap again.
const WRAP: &str = "\x1b[?7h";

/// Where progress is shown.
pub(super) struct Screen {
    is_terminal: bool,
    style: Style,
    /// Lines of the block that was drawn last.
    drawn: usize,
    /// What was said last about each thing.
    said: BTreeMap<String, String>,
}

impl Screen {
    /// A screen on which nothing stands yet.
    pub fn new(is_terminal: bool, style: Style) -> Self {
        Self { is_terminal, style, drawn: 0, said: BTreeMap::new() }
    }

    /// Shows where it is.
    pub fn draw(&mut self, view: &View, now: Timestamp, out: &mut impl Write) -> Result<()> {
        let facts = facts(view, now);
        if self.is_terminal { self.redraw(&facts, out) } else { self.say(&facts, out) }
    }

    /// The last block stays; nothing is drawn over it.
    pub fn finish(&mut self, view: &View, now: Timestamp, out: &mut impl Write) -> Result<()> {
        self.draw(view, now, out)?;
        self.drawn = 0;
        writeln!(out)
    }

    fn redraw(&mut self, facts: &[Fact], out: &mut impl Write) -> Result<()> {
        if self.drawn > 0 {
            // Up to the first line of the block, and all below is cleared.
            write!(out, "\x1b[{}A\x1b[J", self.drawn)?;
        }
        write!(out, "{CUT}")?;
        let candidates = facts.iter().filter(|fact| fact.is_candidate).count();
        let shown = facts.iter().filter(|fact| !fact.is_candidate || candidates <= MOST_LISTED);
        self.drawn = 0;
        for fact in shown {
            let indent = if fact.is_candidate { "    " } else { "  " };
            let name = format!("{indent}{}", fact.name);
            let state = self.style.state(&format!("{:<12}", fact.state));
            let line = format!("{name:<28} {state} {:>7}  {}", fact.elapsed, fact.detail);
            writeln!(out, "{}", line.trim_end().replace('\n', " "))?;
            self.drawn += 1;
        }
        write!(out, "{WRAP}")?;
        out.flush()
    }

    fn say(&mut self, facts: &[Fact], out: &mut impl Write) -> Result<()> {
        for fact in facts {
            let text = format!("{} {}", fact.state, fact.detail);
            if self.said.insert(fact.name.clone(), text.clone()).as_ref() != Some(&text)
                && fact.is_worth_a_line()
            {
                let took =
                    if fact.elapsed.is_empty() { String::new() } else { format!(" ({})", fact.elapsed) };
                writeln!(out, "{}: {}{took}", fact.name, text.trim_end())?;
            }
        }
        out.flush()
    }
}

/// Where one thing is.
#[derive(Debug, PartialEq, Eq)]
struct Fact {
    name: String,
    state: String,
    /// Time that it took, minutes and seconds; empty before it starts.
    elapsed: String,
    detail: String,
    is_candidate: bool,
}

impl Fact {
    fn is_worth_a_line(&self) -> bool {
        self.state != "Pending" || !self.detail.is_empty()
    }
}

fn facts(view: &View, now: Timestamp) -> Vec<Fact> {
    let mut found = Vec::new();
    if let Some(pipeline) = &view.pipeline {
        let name = format!("TrainingPipeline {}", pipeline.metadata.name.as_deref().unwrap_or_default());
        match view.pipeline_status() {
            None => found.push(fact(name, "Pending", String::new(), "waiting for the operator")),
            Some(status) => found.extend(pipeline_facts(name, status, now)),
        }
    }
    if let Some(version) = &view.version {
        let name = format!("ModelVersion {}", version.metadata.name.as_deref().unwrap_or_default());
        found.push(match view.version_status() {
            None => fact(name, "Pending", String::new(), "waiting for the operator"),
            Some(status) => fact(name, &format!("{:?}", status.phase), String::new(), &status.message),
        });
    }
    found
}

fn fact(name: String, state: &str, elapsed: String, detail: &str) -> Fact {
    Fact { name, state: state.to_owned(), elapsed, detail: detail.to_owned(), is_candidate: false }
}

fn pipeline_facts(name: String, status: &TrainingPipelineStatus, now: Timestamp) -> Vec<Fact> {
    let run = status.run.as_ref();
    let elapsed = span(run.map(|run| &run.started_at), run.and_then(|run| run.finished_at.as_ref()), now);
    let mut found = vec![fact(name, &format!("{:?}", status.phase), elapsed, &status.message)];
    for stage in &status.stages {
        let elapsed = span(stage.started_at.as_ref(), stage.finished_at.as_ref(), now);
        let detail = match stage.name {
            StageName::Validate if stage.message.is_empty() => data(status),
            StageName::Train => join(&progress(&status.candidates), &stage.message),
            StageName::Validate | StageName::Tune | StageName::Evaluate | StageName::Register => {
                stage.message.clone()
            }
        };
        found.push(fact(format!("{:?}", stage.name), &format!("{:?}", stage.phase), elapsed, &detail));
        if stage.name == StageName::Train {
            found.extend(status.candidates.iter().map(|candidate| candidate_fact(candidate, status, now)));
        }
        if stage.name == StageName::Tune {
            found.extend(status.tuned.iter().map(|tuned| tuned_fact(tuned, now)));
        }
    }
    found
}

fn candidate_fact(candidate: &CandidateStatus, status: &TrainingPipelineStatus, now: Timestamp) -> Fact {
    let metric = status.best.as_ref().map_or("score", |best| best.metric.as_str());
    let score = candidate.score.as_ref().map(|score| format!("cv_{metric} {score}")).unwrap_or_default();
    Fact {
        name: candidate.name.clone(),
        state: format!("{:?}", candidate.phase),
        elapsed: span(candidate.started_at.as_ref(), candidate.finished_at.as_ref(), now),
        detail: join(&score, &candidate.message),
        is_candidate: true,
    }
}

fn tuned_fact(tuned: &TunedStatus, now: Timestamp) -> Fact {
    let trials = tuned.progress.as_ref().map(|progress| format!("{progress} trials")).unwrap_or_default();
    let scores = tuned.untuned.as_ref().zip(tuned.tuned.as_ref());
    let change = scores.map(|(before, after)| format!("from {before} to {after}")).unwrap_or_default();
    Fact {
        // A name of its own: what was said last is known by it.
        name: format!("{} (search)", tuned.candidate),
        state: format!("{:?}", tuned.phase),
        elapsed: span(tuned.started_at.as_ref(), tuned.finished_at.as_ref(), now),
        detail: join(&join(&trials, &change), &tuned.message),
        is_candidate: true,
    }
}

fn progress(candidates: &[CandidateStatus]) -> String {
    let count = |phase: StepPhase| candidates.iter().filter(|candidate| candidate.phase == phase).count();
    let (good, bad) = (count(StepPhase::Succeeded), count(StepPhase::Failed));
    let failed = if bad == 0 { String::new() } else { format!(", {bad} failed") };
    format!("{}/{} candidates{failed}", good + bad, candidates.len())
}

fn data(status: &TrainingPipelineStatus) -> String {
    let Some(data) = status.run.as_ref().and_then(|run| run.data.as_ref()) else { return String::new() };
    let classes = if data.classes > 0 { format!(", {} classes", data.classes) } else { String::new() };
    format!("{} rows, {} features{classes}", data.rows, data.features)
}

fn join(first: &str, second: &str) -> String {
    [first, second].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
}

/// Minutes and seconds between two times, or until now.
fn span(start: Option<&Time>, end: Option<&Time>, now: Timestamp) -> String {
    let Some(start) = start else { return String::new() };
    let seconds = end.map_or(now, |end| end.0).duration_since(start.0).as_secs().max(0);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
