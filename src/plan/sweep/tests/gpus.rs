//! GPU seconds: pods that come, end and vanish, seen often or seldom.

use super::*;
use crate::api::sweep_status::{GpuHolder, GpuUse, SweepOutcome};

/// A sweep of two workers with a GPU each.
fn shell(limit: Option<i64>) -> Shell {
    let mut shell = Shell::new(|object| {
        object["spec"]["parallelism"] = json!(2);
        object["spec"]["trial"]["algorithm"] = json!("TorchMLP");
        object["spec"]["parameters"] =
            json!([{"name": "learning_rate", "double": {"min": "0.001", "max": "0.1", "scale": "Log"}}]);
        object["spec"]["resources"] = json!({"gpu": {"count": 1}});
        object["spec"]["gpuTimeLimitSeconds"] = json!(limit);
    });
    shell.reconcile();
    shell.took();
    shell
}

fn key(shell: &Shell) -> String {
    shell.observed.status.run.as_ref().unwrap().key.clone()
}

fn pod(shell: &mut Shell, name: &str, from: i64) {
    let pod =
        GpuPod { name: name.into(), run: key(shell), gpus: 1, from: at(from), until: None, is_news: true };
    shell.observed.gpus.push(pod);
}

/// Looks at a second; what stands in status then.
fn look(shell: &mut Shell, second: i64) -> (i64, i64, Vec<(String, bool)>) {
    shell.now = second;
    shell.reconcile();
    let GpuUse { seconds, counted_at, pods } = shell.observed.status.run.clone().unwrap().gpu.unwrap();
    let known = |GpuHolder { name, ended, .. }| (name, ended);
    (seconds, counted_at.0.as_second() - at(0).as_second(), pods.into_iter().map(known).collect())
}

fn known(pods: &[(&str, bool)]) -> Vec<(String, bool)> {
    pods.iter().map(|(name, ended)| ((*name).to_owned(), *ended)).collect()
}

#[test]
fn a_sweep_whose_pods_have_no_gpu_has_no_sum() {
    let mut shell = Shell::new(|_| {});
    shell.reconcile();
    assert_eq!(shell.observed.status.run.as_ref().unwrap().gpu, None);
}

#[test]
fn what_pods_hold_is_summed_up_when_one_comes_or_ends_and_every_five_minutes_and_not_at_each_look() {
    let mut shell = shell(None);
    pod(&mut shell, "a", 10);
    assert_eq!(look(&mut shell, 12), (2, 12, known(&[("a", false)])));
    for second in [13, 100, 311] {
        assert_eq!(look(&mut shell, second).0, 2, "no write for time alone");
    }
    assert_eq!(look(&mut shell, 312), (302, 312, known(&[("a", false)])));
    pod(&mut shell, "b", 315);
    assert_eq!(look(&mut shell, 320), (310 + 5, 320, known(&[("a", false), ("b", false)])));
    shell.observed.gpus[0].until = Some(at(330));
    assert_eq!(look(&mut shell, 340), (320 + 25, 340, known(&[("a", true), ("b", false)])));
}

#[test]
fn a_pod_whose_job_has_its_ttl_or_is_gone_is_not_counted_again() {
    let mut shell = shell(None);
    pod(&mut shell, "a", 0);
    look(&mut shell, 10);
    shell.observed.gpus[0].until = Some(at(20));
    assert_eq!(look(&mut shell, 30), (20, 30, known(&[("a", true)])));
    shell.observed.gpus[0].is_news = false;
    assert_eq!(look(&mut shell, 40), (20, 40, known(&[])));
    // The Job goes by its ttl, its pod a moment later.
    assert_eq!(look(&mut shell, 50).0, 20);
    shell.observed.gpus.clear();
    assert_eq!(look(&mut shell, 60).0, 20);
}

#[test]
fn a_pod_that_vanished_counts_until_that_is_seen_and_one_that_is_seen_late_from_its_begin() {
    let mut shell = shell(None);
    pod(&mut shell, "a", 0);
    pod(&mut shell, "b", 0);
    look(&mut shell, 10);
    // Nobody looks for a while; meanwhile one was deleted with its Job, one ended, and one came and ended.
    shell.observed.gpus.remove(0);
    shell.observed.gpus[0].until = Some(at(50));
    pod(&mut shell, "c", 60);
    shell.observed.gpus[1].until = Some(at(70));
    assert_eq!(look(&mut shell, 100), (100 + 50 + 10, 100, known(&[("b", true), ("c", true)])));
}

#[test]
fn an_end_that_is_seen_late_takes_back_what_was_too_much() {
    let mut shell = shell(None);
    pod(&mut shell, "a", 0);
    pod(&mut shell, "b", 0);
    look(&mut shell, 10);
    pod(&mut shell, "c", 20);
    assert_eq!(look(&mut shell, 20).0, 40);
    // It had ended before the sum was made.
    shell.observed.gpus[0].until = Some(at(18));
    assert_eq!(look(&mut shell, 30), (18 + 30 + 10, 30, known(&[("a", true), ("b", false), ("c", false)])));
}

#[test]
fn a_pod_on_a_lost_node_counts_to_the_end_of_its_grace() {
    let mut shell = shell(None);
    pod(&mut shell, "a", 0);
    look(&mut shell, 10);
    shell.observed.gpus[0].until = Some(at(40));
    assert_eq!(look(&mut shell, 20).2, known(&[("a", false)]));
    assert_eq!(look(&mut shell, 1000), (40, 1000, known(&[("a", true)])));
    assert_eq!(look(&mut shell, 5000).0, 40);
}

#[test]
fn pods_of_an_earlier_run_are_none_of_this_one_s() {
    let mut shell = shell(None);
    pod(&mut shell, "a", 0);
    shell.observed.gpus[0].run = "before".into();
    shell.now = 100;
    shell.reconcile();
    assert_eq!(shell.observed.status.run.as_ref().unwrap().gpu, None);
}

#[test]
fn what_is_used_up_ends_the_run_at_that_moment() {
    let mut shell = shell(Some(100));
    pod(&mut shell, "a", 0);
    pod(&mut shell, "b", 0);
    look(&mut shell, 10);
    (0..2).for_each(|worker| shell.state(worker, JobState::Running));
    let service = service();
    let plan_at = |shell: &Shell, second| plan(&shell.sweep, &shell.observed, Ok(&service), at(second));
    let requeue = |shell: &Shell, second| plan_at(shell, second).requeue;
    assert_eq!(requeue(&shell, 20), Some(Duration::from_secs(5)), "it is looked at that often anyway");
    assert_eq!(requeue(&shell, 47), Some(Duration::from_secs(3)));
    shell.now = 50;
    shell.reconcile();
    let run = shell.observed.status.run.as_ref().unwrap();
    assert_eq!(
        (run.outcome, run.reason.as_str()),
        (Some(SweepOutcome::Failed), "GpuTimeLimit"),
        "nothing was found"
    );
    assert_eq!(run.message, "the GPU time limit of 100 s is over: its pods held 100 GPU seconds");
    let took = shell.took();
    assert_eq!(took.iter().filter(|action| *action == "delete").count(), 2, "{took:?}");
}

#[test]
fn with_a_best_trial_it_is_a_success_and_while_it_is_suspended_it_does_not_end() {
    let mut shell = shell(Some(100));
    pod(&mut shell, "a", 0);
    look(&mut shell, 10);
    shell.desk().top = vec![crate::api::sweep_status::RankedTrial {
        number: 4,
        value: Decimal::from(0.9),
        run_id: "r4".into(),
        parameters: None,
    }];
    shell.sweep.suspend = true;
    look(&mut shell, 500);
    assert_eq!(shell.observed.status.run.as_ref().unwrap().outcome, None);
    shell.sweep.suspend = false;
    look(&mut shell, 510);
    assert_eq!(shell.observed.status.run.as_ref().unwrap().outcome, Some(SweepOutcome::Succeeded));
}

#[test]
fn the_limit_may_change_while_the_run_is_open_and_starts_no_other_one() {
    let with = |limit: i64| {
        hosted(|object| {
            object["spec"]["trial"]["algorithm"] = json!("TorchMLP");
            object["spec"]["parameters"] = json!([{"name": "dropout", "double": {"min": "0", "max": "0.5"}}]);
            object["spec"]["resources"] = json!({"gpu": {"count": 1}});
            object["spec"]["gpuTimeLimitSeconds"] = json!(limit);
        })
    };
    assert_eq!(with(1).identity, with(2).identity);
    assert_eq!((with(1).gpu_time_limit, with(2).gpu_time_limit), (Some(1), Some(2)));
}

#[test]
fn after_the_end_it_is_looked_at_until_the_last_pod_is_gone() {
    let mut shell = shell(Some(100));
    pod(&mut shell, "a", 0);
    look(&mut shell, 100);
    assert_eq!(shell.observed.status.run.as_ref().unwrap().reason, "GpuTimeLimit");
    assert_eq!(look(&mut shell, 105).2, known(&[("a", false)]));
    shell.observed.gpus.clear();
    assert_eq!(look(&mut shell, 110), (110, 110, known(&[])));
    let service = service();
    let rest = plan(&shell.sweep, &shell.observed, Ok(&service), at(900));
    assert_eq!((rest.requeue, rest.status), (None, shell.observed.status.clone()));
}
