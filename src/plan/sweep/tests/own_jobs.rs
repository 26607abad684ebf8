//! Trials with a Job each, played through with a real desk: an MLflow, a cluster, and leaders that die at every write.

use crate::plan::CloseAs;
use crate::plan::pipeline::{By, Failure};
use crate::plan::trials::tests::write_down;
use crate::plan::trials::{Clock, Desk, TrialRun, Write, read};

use super::*;

/// The leader died.
#[derive(Debug)]
struct Died;

fn container(object: &mut Value) {
    object["spec"]["objective"] = json!({"metric": "loss", "goal": "Minimize"});
    object["spec"]["trial"] = json!({"container": {
        "image": "acme/train:3",
        "args": ["--c={C}"],
        "env": [{"name": "MODE", "value": "fast"}],
    }});
}

/// A sweep, where it stands, and what runs of it.
struct Floor {
    sweep: HostedSweep,
    stored: HyperparameterSweepStatus,
    desk: Option<Desk>,
    runs: BTreeMap<String, TrialRun>,
    closed: Option<CloseAs>,
    jobs: Vec<WorkerFacts>,
    made: Vec<TrialPlan>,
    done: Vec<String>,
    now: i64,
    /// Points at which the leader can die, before and after each write; and that at which it does.
    points: usize,
    dies_at: Option<usize>,
}

impl Floor {
    fn new(change: impl FnOnce(&mut Value)) -> Self {
        Self {
            sweep: hosted(|object| {
                container(object);
                change(object);
            }),
            stored: HyperparameterSweepStatus::default(),
            desk: None,
            runs: BTreeMap::new(),
            closed: None,
            jobs: vec![],
            made: vec![],
            done: vec![],
            now: 0,
            points: 0,
            dies_at: None,
        }
    }

    fn point(&mut self) -> Result<(), Died> {
        self.points += 1;
        if self.dies_at != Some(self.points) {
            return Ok(());
        }
        self.desk = None;
        Err(Died)
    }

    fn view(&self) -> Option<View> {
        self.desk.as_ref().map(|desk| desk.view(at(self.now)))
    }

    /// One reconcile, to where it waits for something; what it does is noted.
    fn pass(&mut self) -> Result<(), Died> {
        let mut observed = Observed {
            status: self.stored.clone(),
            desk: self.view(),
            workers: self.jobs.clone(),
            ..Observed::default()
        };
        for _ in 0..12 {
            let decided = plan(&self.sweep, &observed, Err("no service"), at(self.now));
            let mut status = decided.status;
            let is_first = |action: &SweepAction| {
                matches!(action, SweepAction::DeleteWorker(_) | SweepAction::Adjust(_))
            };
            let is_last =
                |action: &SweepAction| matches!(action, SweepAction::SetTtl { .. } | SweepAction::Forget);
            let (first, others): (Vec<_>, Vec<_>) = decided.actions.into_iter().partition(is_first);
            let (last, then): (Vec<_>, Vec<_>) = others.into_iter().partition(is_last);
            self.carry_out(&first, &mut observed)?;
            let mut is_pinned = false;
            for effect in &decided.effects {
                is_pinned |= self.effect(effect, &mut status)?;
            }
            if is_pinned {
                self.store(&status)?;
                observed.status = status;
                continue;
            }
            self.carry_out(&then, &mut observed)?;
            observed.status = status;
            if decided.requeue == Some(AT_ONCE) {
                continue;
            }
            let status = observed.status.clone();
            self.store(&status)?;
            return self.carry_out(&last, &mut observed);
        }
        let status = observed.status.clone();
        self.store(&status)
    }

    fn store(&mut self, status: &HyperparameterSweepStatus) -> Result<(), Died> {
        if self.stored == *status {
            return Ok(());
        }
        self.point()?;
        self.stored = status.clone();
        self.point()
    }

    fn effect(&mut self, effect: &Effect, status: &mut HyperparameterSweepStatus) -> Result<bool, Died> {
        self.point()?;
        let id = match effect {
            Effect::EnsureParent { .. } => {
                Some(Pin::Parent { experiment_id: "1".into(), run_id: "p".into(), fresh: true })
            }
            Effect::EnsureRun { .. } => {
                Some(Pin::Run { slot: Slot::Summary, run_id: "s".into(), fresh: true })
            }
            Effect::CloseSweep { status, .. } => {
                self.closed = Some(*status);
                None
            }
            other => panic!("{other:?}"),
        };
        self.point()?;
        Ok(id.is_some_and(|id| pin(status, &id)))
    }

    fn write(&mut self, write: Option<Write>) -> Result<bool, Died> {
        let Some(write) = write else { return Ok(false) };
        self.point()?;
        let run_id = write_down(&mut self.runs, &write.effect);
        self.point()?;
        self.desk.as_mut().unwrap().written(&write, run_id);
        Ok(true)
    }

    fn carry_out(&mut self, actions: &[SweepAction], observed: &mut Observed) -> Result<(), Died> {
        for action in actions {
            self.act(action, observed)?;
            observed.after(action);
        }
        observed.desk = self.view();
        Ok(())
    }

    fn act(&mut self, action: &SweepAction, observed: &mut Observed) -> Result<(), Died> {
        let now = at(self.now);
        match action {
            SweepAction::Open(opening) => {
                let clock = Clock { started_at: at(0), suspended: Duration::ZERO };
                let mut desk = Desk::new(&opening.sweep, opening.place.clone(), clock, 2).unwrap();
                if opening.own_jobs {
                    desk = desk.with_own_jobs();
                }
                read(&mut desk, self.runs.values().cloned().collect(), now).unwrap();
                self.desk = Some(desk);
            }
            SweepAction::Adjust(terms) => {
                if let Some(desk) = &mut self.desk {
                    desk.adjust(&terms.limits, terms.backoff_limit, terms.clock, terms.is_open);
                }
            }
            SweepAction::HandOut(most) => {
                let mut given = 0;
                while given < *most {
                    let (owner, desk) = (self.sweep.owner.clone(), self.desk.as_mut().unwrap());
                    let run = desk.run().to_owned();
                    let name = |number, attempt| trial_job_name(&owner, &run, number, attempt);
                    let next = desk.hand_out(name, now);
                    if !self.write(next)? {
                        break;
                    }
                    given += 1;
                }
                observed.is_dry = given < *most;
            }
            SweepAction::Settle(settlement) => {
                let logged = self.runs[&settlement.run_id].metrics.clone();
                let write = self.desk.as_mut().unwrap().settle(settlement, &logged, now);
                self.done.push(format!("settle {} {:?}", settlement.number, settlement.exit));
                self.write(write)?;
            }
            SweepAction::Lose(loss) => {
                self.done.push(format!("lose ({})", loss.why));
                let write = self.desk.as_mut().unwrap().lose(loss, now);
                self.write(write)?;
            }
            SweepAction::CreateTrial(plan) => {
                self.point()?;
                if !self.jobs.iter().any(|job| job.name == plan.name) {
                    let mut made = Observed::default();
                    made.after(action);
                    self.jobs.extend(made.workers);
                    self.made.push(plan.as_ref().clone());
                }
                self.point()?;
            }
            SweepAction::DeleteWorker(name) => {
                self.point()?;
                self.jobs.retain(|job| job.name != *name);
                self.point()?;
            }
            SweepAction::SetTtl { job, .. } => {
                self.jobs.iter_mut().filter(|one| one.name == *job).for_each(|job| job.has_ttl = true);
            }
            SweepAction::Forget => self.desk = None,
            SweepAction::Pulse { .. } => self.desk.as_mut().unwrap().heard(now),
            SweepAction::Report { .. } | SweepAction::Keep(_) => {}
            SweepAction::CreateWorker(_) | SweepAction::Learn(_) | SweepAction::FindTeachers => {
                panic!("{action:?}")
            }
        }
        Ok(())
    }

    /// Reconciles; a leader that dies is followed by another one.
    fn lead(&mut self) {
        while self.pass().is_err() {}
    }

    fn job(&mut self, number: i32) -> &mut WorkerFacts {
        let jobs = self.jobs.iter_mut().filter(|job| job.number == number && job.state.is_active());
        jobs.last().unwrap()
    }

    /// Every Job that runs logs its objective, the parameter itself, and ends.
    fn work(&mut self) {
        for job in self.jobs.iter_mut().filter(|job| job.state.is_active()) {
            let plan = self.made.iter().find(|plan| plan.name == job.name).unwrap();
            let value: f64 = plan.environment[0].1.parse().unwrap();
            self.runs.get_mut(&plan.run_id).unwrap().metrics.insert("loss".into(), value);
            job.state = JobState::Succeeded;
        }
    }

    fn run_out(&mut self) {
        for _ in 0..40 {
            self.lead();
            if self.stored.run.as_ref().is_some_and(|run| run.closed) {
                return;
            }
            self.work();
        }
        panic!("it never ends: {:?}", self.stored);
    }

    /// Parameters and values by number as MLflow has them.
    fn results(&self) -> Vec<(i64, Value, Option<f64>)> {
        let result = |run: &TrialRun| {
            let record: podium_contract::TrialRecord =
                serde_json::from_str(&run.tags[podium_contract::TRIAL_TAG]).unwrap();
            (record.number, record.parameters["C"].clone(), run.metrics.get("loss").copied())
        };
        let mut results: Vec<_> = self.runs.values().map(result).collect();
        results.sort_by_key(|(number, ..)| *number);
        results
    }
}

#[test]
fn as_many_jobs_run_as_are_asked_for_and_each_is_told_its_trial() {
    let mut floor = Floor::new(|_| {});
    floor.lead();
    assert_eq!((floor.jobs.len(), floor.runs.len()), (3, 3));
    let plan = &floor.made[0];
    assert_eq!((plan.number, plan.attempt, plan.experiment_id.as_str()), (0, 1, "1"));
    assert!(floor.runs.contains_key(&plan.run_id), "its run was there before its Job");
    let value = plan.environment[0].1.clone();
    let expected =
        [("PODIUM_PARAMETER_C".to_owned(), value.clone()), ("PODIUM_TRIAL_NUMBER".into(), "0".into())];
    assert_eq!(plan.environment, expected);
    assert_eq!(plan.container.args, Some(vec![format!("--c={value}")]));
    assert_eq!(plan.parameters, format!("{{\"C\":{value}}}"));
    let workers = floor.stored.workers.clone().unwrap();
    assert_eq!((workers.desired, workers.made), (3, 3));
    floor.lead();
    assert_eq!(floor.jobs.len(), 3, "a second look changes nothing");
}

#[test]
fn what_jobs_come_to_is_taken_their_places_are_given_again_and_the_sweep_ends() {
    let mut floor = Floor::new(|_| {});
    floor.run_out();
    assert_eq!((floor.made.len(), floor.closed), (10, Some(CloseAs::Finished)));
    assert_eq!(
        (floor.stored.phase, floor.stored.message.as_str()),
        (SweepPhase::Succeeded, "all 10 trials ended")
    );
    let results = floor.results();
    let least = results.iter().filter_map(|result| result.2).fold(f64::INFINITY, f64::min);
    assert_eq!(floor.stored.best.as_ref().unwrap().value.value(), Some(least));
    floor.lead();
    assert!(floor.jobs.iter().all(|job| job.has_ttl), "{:?}", floor.jobs);
}

#[test]
fn a_leader_that_dies_before_or_after_any_write_changes_no_trial_and_makes_no_job_twice() {
    let mut calm = Floor::new(|_| {});
    calm.run_out();
    let expected = calm.results();
    for dies_at in 1..=calm.points {
        let mut floor = Floor::new(|_| {});
        floor.dies_at = Some(dies_at);
        floor.run_out();
        assert_eq!(floor.results(), expected, "dies at {dies_at}");
        assert_eq!(floor.made.len(), 10, "dies at {dies_at}");
        assert_eq!(floor.closed, Some(CloseAs::Finished), "dies at {dies_at}");
    }
}

#[test]
fn every_exit_code_fails_the_trial_alone_and_is_told_in_words_of_its_own() {
    let mut floor = Floor::new(|_| {});
    floor.lead();
    let words = "ValueError: no such column".to_owned();
    floor.job(0).state = JobState::Failed(Failure::Exit {
        by: By::Foreign("trial".to_owned()),
        code: 3,
        out_of_memory: false,
        words,
    });
    floor.job(1).state = JobState::Failed(Failure::Exit {
        by: By::Foreign("trial".to_owned()),
        code: 137,
        out_of_memory: true,
        words: String::new(),
    });
    floor.lead();
    let told = [
        "settle 0 Failed(\"it ended with exit code 3: ValueError: no such column\")",
        "settle 1 Failed(\"it ran out of memory at its limit of 2Gi: raise resources.memory\")",
    ];
    assert_eq!(floor.done, told);
    assert_eq!(floor.stored.trials.unwrap().failed, 2);
    assert_eq!(floor.stored.phase, SweepPhase::Running);
    let numbers: Vec<i64> = floor.made.iter().map(|plan| plan.number).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4], "they are not tried again");
}

#[test]
fn a_trial_that_takes_longer_than_it_may_fails_and_is_not_tried_again() {
    let mut floor = Floor::new(|object| object["spec"]["limits"] = json!({"trialDeadlineSeconds": 90}));
    floor.lead();
    assert_eq!(floor.made.iter().map(|plan| plan.deadline).collect::<Vec<_>>(), [Some(90); 3]);
    floor.job(1).state = JobState::Failed(Failure::DeadlineExceeded(90));
    floor.lead();
    assert_eq!(floor.done, ["settle 1 Failed(\"it took longer than limits.trialDeadlineSeconds, 90 s\")"]);
    let numbers: Vec<i64> = floor.made.iter().map(|plan| plan.number).collect();
    assert_eq!((numbers, floor.stored.trials.unwrap().failed), (vec![0, 1, 2, 3], 1));
}

#[test]
fn a_job_ends_a_minute_after_the_sweep_s_time_limit_whoever_lives_then_and_never_later_than_a_trial_may() {
    let made_at = |second: i64, limits: Value| {
        let mut floor = Floor::new(|object| {
            object["spec"]["timeLimitSeconds"] = json!(600);
            object["spec"]["limits"] = limits;
        });
        floor.lead();
        floor.work();
        floor.now = second;
        floor.lead();
        floor.made.iter().map(|plan| plan.deadline.unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(made_at(100, json!({})), [660, 660, 660, 560, 560, 560]);
    assert_eq!(made_at(200, json!({"trialDeadlineSeconds": 500})), [500, 500, 500, 460, 460, 460]);
}

#[test]
fn a_trial_that_ran_out_of_a_time_limit_that_was_raised_since_is_run_again_and_counts_for_nothing() {
    // It may take longer than the sweep had left.
    let mut floor = Floor::new(|object| {
        object["spec"]["timeLimitSeconds"] = json!(600);
        object["spec"]["limits"] = json!({"trialDeadlineSeconds": 5400});
    });
    floor.lead();
    floor.sweep.sweep.plan.limits.time_limit = Some(Duration::from_secs(6000));
    floor.lead();
    floor.job(0).state = JobState::Failed(Failure::DeadlineExceeded(660));
    floor.now = 700;
    floor.lead();
    let last = floor.made.last().unwrap();
    assert_eq!((last.number, last.attempt, last.deadline), (0, 2, Some(5360)));
    assert_eq!(floor.stored.trials.unwrap().failed, 0);
}

#[test]
fn more_or_fewer_trials_run_as_soon_as_the_spec_says_so_and_none_that_runs_is_stopped() {
    let mut floor = Floor::new(|_| {});
    floor.lead();
    floor.sweep.sweep.plan.limits.parallelism = 5;
    floor.lead();
    assert_eq!(floor.made.len(), 5);
    floor.sweep.sweep.plan.limits.parallelism = 2;
    floor.lead();
    assert_eq!(floor.jobs.iter().filter(|job| job.state.is_active()).count(), 5);
    for job in 0..4 {
        let run_id = floor.made[job].run_id.clone();
        floor.runs.get_mut(&run_id).unwrap().metrics.insert("loss".into(), 0.5);
        floor.jobs[job].state = JobState::Succeeded;
    }
    floor.lead();
    assert_eq!(floor.jobs.iter().filter(|job| job.state.is_active()).count(), 2);
    assert_eq!((floor.made.len(), floor.stored.workers.as_ref().unwrap().desired), (6, 2));
}

#[test]
fn a_disrupted_or_deleted_job_s_trial_is_given_out_again_and_counts_for_nothing() {
    let mut floor = Floor::new(|_| {});
    floor.lead();
    floor.job(0).state = JobState::Failed(Failure::Disrupted("the node was drained".into()));
    floor.job(1).state = JobState::Deleting;
    floor.lead();
    let again: Vec<_> = floor.made.iter().skip(3).map(|plan| (plan.number, plan.attempt)).collect();
    assert_eq!(again, [(0, 2), (1, 2)]);
    assert_eq!(floor.made[3].environment, floor.made[0].environment);
    assert_eq!(floor.stored.trials.unwrap().failed, 0);
}

#[test]
fn a_job_that_is_gone_without_a_trace_is_made_again() {
    let mut floor = Floor::new(|_| {});
    floor.lead();
    let name = floor.jobs.remove(1).name;
    floor.lead();
    assert_eq!(floor.made.last().map(|plan| plan.name.as_str()), Some(name.as_str()));
}

#[test]
fn a_job_of_an_attempt_that_counts_no_longer_goes() {
    let mut floor = Floor::new(|_| {});
    floor.lead();
    let late = WorkerFacts { name: "late".into(), state: JobState::Running, ..floor.jobs[0].clone() };
    floor.jobs.push(late);
    floor.lead();
    assert!(!floor.jobs.iter().any(|job| job.name == "late"));
    assert_eq!(floor.jobs.len(), 3);
}

#[test]
fn a_suspended_sweep_has_no_jobs_takes_what_had_ended_and_goes_on_with_the_same_trials() {
    let mut floor = Floor::new(|_| {});
    floor.lead();
    floor.work();
    (1..3).for_each(|job: usize| floor.jobs[job].state = JobState::Running);
    let running = floor.sweep.clone();
    floor.sweep.suspend = true;
    floor.lead();
    assert!(!floor.jobs.iter().any(|job| job.state.is_active()));
    assert_eq!(floor.stored.trials.map(|trials| (trials.running, trials.complete)), Some((0, 1)));
    assert_eq!((floor.stored.phase, floor.made.len()), (SweepPhase::Suspended, 3));
    floor.sweep = running;
    floor.now = 60;
    floor.lead();
    let again: Vec<_> = floor.made.iter().skip(3).map(|plan| (plan.number, plan.attempt)).collect();
    assert_eq!(again, [(1, 2), (2, 2), (3, 1)]);
}

#[test]
fn what_had_ended_when_the_sweep_was_over_counts_too() {
    let mut floor = Floor::new(|object| object["spec"]["timeLimitSeconds"] = json!(60));
    floor.lead();
    floor.work();
    floor.jobs[2].state = JobState::Running;
    floor.now = 60;
    floor.lead();
    assert_eq!(floor.stored.trials.unwrap().complete, 2);
    assert_eq!(floor.stored.run.as_ref().unwrap().reason, "TimeLimit");
    assert_eq!(floor.closed, Some(CloseAs::Finished));
    assert!(!floor.jobs.iter().any(|job| job.state.is_active()));
}

#[test]
fn a_million_trials_and_a_thousand_at_once_leave_a_small_status() {
    let mut floor = Floor::new(|object| {
        object["spec"]["maxTrials"] = json!(1_000_000);
        object["spec"]["parallelism"] = json!(1000);
    });
    for _ in 0..12 {
        floor.lead();
    }
    assert_eq!(floor.jobs.len(), 1000);
    floor.work();
    floor.lead();
    assert_eq!(floor.stored.trials.unwrap().complete, 1000);
    assert!(serde_json::to_string(&floor.stored).unwrap().len() < 16 * 1024);
}

#[test]
fn why_trials_have_no_pod_is_said() {
    let mut floor = Floor::new(|_| {});
    floor.lead();
    floor.jobs.iter_mut().for_each(|job| job.state = JobState::Pending(Some("exceeded quota".into())));
    floor.lead();
    assert_eq!((floor.stored.phase, floor.stored.message.as_str()), (SweepPhase::Running, "exceeded quota"));
    floor.jobs.iter_mut().for_each(|job| job.state = JobState::Queued);
    floor.lead();
    assert_eq!(floor.stored.message, "trials wait for admission by Kueue");
}
