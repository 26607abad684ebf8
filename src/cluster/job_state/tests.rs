//! Jobs and pods as the API server shows them, and the state that each is.

use serde_json::{Value, json};

use super::*;
use crate::plan::pipeline::By;

mod containers;

/// State of a Job with one pod.
fn state_of(job: Value, pod: Option<Value>) -> Option<JobState> {
    let job: Job = serde_json::from_value(job).unwrap();
    let pods: Vec<Pod> = pod.into_iter().map(|pod| serde_json::from_value(pod).unwrap()).collect();
    state(&job, &pods)
}

fn job(conditions: &[&str]) -> Value {
    let conditions: Vec<Value> =
        conditions.iter().map(|type_| json!({"type": type_, "status": "True"})).collect();
    json!({"metadata": {"name": "j"}, "status": {"conditions": conditions}})
}

fn pod(state: Value) -> Value {
    let container = json!({"name": "trainer", "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": state});
    json!({"metadata": {"name": "p"}, "status": {"containerStatuses": [container]}})
}

fn ended(code: i32, reason: &str) -> Value {
    pod(json!({"terminated": {"exitCode": code, "reason": reason}}))
}

fn failed(failure: Failure) -> Option<JobState> {
    Some(JobState::Failed(failure))
}

#[test]
fn a_job_without_a_pod_says_nothing_and_its_events_may() {
    assert_eq!(state_of(job(&[]), None), None);
    assert_eq!(state_of(job(&[]), Some(json!({"metadata": {"name": "p"}}))), None);
    assert_eq!(state_of(job(&[]), Some(pod(json!({"waiting": {"reason": "ContainerCreating"}})))), None);
}

#[test]
fn a_container_that_cannot_start_says_why() {
    let waiting = json!({"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}});
    let why = "ImagePullBackOff: no such image".to_owned();
    assert_eq!(state_of(job(&[]), Some(pod(waiting))), Some(JobState::Pending(Some(why))));
    let condition =
        json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes"});
    let unscheduled = json!({"metadata": {"name": "p"}, "status": {"conditions": [condition]}});
    let why = "Unschedulable: 0/1 nodes".to_owned();
    assert_eq!(state_of(job(&[]), Some(unscheduled)), Some(JobState::Pending(Some(why))));
}

#[test]
fn a_container_that_runs_or_has_just_ended_runs_until_the_job_is_judged() {
    assert_eq!(state_of(job(&[]), Some(pod(json!({"running": {}})))), Some(JobState::Running));
    assert_eq!(state_of(job(&[]), Some(ended(1, "Error"))), Some(JobState::Running));
}

#[test]
fn a_judged_job_succeeded_or_failed_with_its_exit_code() {
    assert_eq!(state_of(job(&["Complete"]), None), Some(JobState::Succeeded));
    assert_eq!(state_of(job(&["SuccessCriteriaMet"]), None), Some(JobState::Succeeded));
    for condition in ["Failed", "FailureTarget"] {
        let exit = Failure::Exit { by: By::Ours, code: 3, out_of_memory: false, words: String::new() };
        assert_eq!(state_of(job(&[condition]), Some(ended(3, "Error"))), failed(exit));
    }
    let killed = Failure::Exit { by: By::Ours, code: 137, out_of_memory: true, words: String::new() };
    assert_eq!(state_of(job(&["Failed"]), Some(ended(137, "OOMKilled"))), failed(killed));
}

#[test]
fn the_first_line_of_a_containers_last_words_is_kept_and_cut() {
    let mut pod = ended(1, "Error");
    pod["status"]["containerStatuses"][0]["state"]["terminated"]["message"] =
        format!("\n{}\nsecond line", "é".repeat(400)).into();
    let exit = Failure::Exit { by: By::Ours, code: 1, out_of_memory: false, words: "é".repeat(300) };
    assert_eq!(state_of(job(&["Failed"]), Some(pod)), failed(exit));
}

#[test]
fn of_a_container_whose_log_stands_in_for_last_words_the_last_line_is_kept() {
    let mut pod = ended(1, "Error");
    pod["status"]["containerStatuses"][0]["name"] = "trial".into();
    pod["status"]["containerStatuses"][0]["state"]["terminated"]["message"] =
        "Traceback:\n  line 3\nValueError: no such column\n".into();
    pod["spec"] =
        json!({"containers": [{"name": "trial", "terminationMessagePolicy": "FallbackToLogsOnError"}]});
    let words = "ValueError: no such column".to_owned();
    let exit = Failure::Exit { by: By::Foreign("trial".to_owned()), code: 1, out_of_memory: false, words };
    assert_eq!(state_of(job(&["Failed"]), Some(pod)), failed(exit));
}

#[test]
fn a_container_that_was_killed_with_its_pod_says_nothing_of_its_own() {
    let mut pod = ended(137, "Error");
    pod["metadata"]["deletionTimestamp"] = "2026-03-02T08:00:00Z".into();
    let why = Failure::Unknown("its pod was deleted".to_owned());
    assert_eq!(state_of(job(&["Failed"]), Some(pod)), failed(why));
    let mut pod = ended(3, "Error");
    pod["metadata"]["deletionTimestamp"] = "2026-03-02T08:00:00Z".into();
    let exit = Failure::Exit { by: By::Ours, code: 3, out_of_memory: false, words: String::new() };
    assert_eq!(state_of(job(&["Failed"]), Some(pod)), failed(exit));
}

#[test]
fn whatever_a_container_makes_of_the_signal_when_its_pod_is_deleted_is_no_exit_code_of_its_own() {
    let deleted = |finished: &str, grace: i64| {
        let mut pod = ended(2, "Error");
        pod["status"]["containerStatuses"][0]["state"]["terminated"]["finishedAt"] = finished.into();
        pod["metadata"]["deletionTimestamp"] = "2026-03-02T08:00:30Z".into();
        pod["metadata"]["deletionGracePeriodSeconds"] = grace.into();
        state_of(job(&["Failed"]), Some(pod))
    };
    let gone = failed(Failure::Unknown("its pod was deleted".to_owned()));
    let own = failed(Failure::Exit { by: By::Ours, code: 2, out_of_memory: false, words: String::new() });
    assert_eq!(deleted("2026-03-02T08:00:01Z", 30), gone);
    assert_eq!(deleted("2026-03-02T08:00:30Z", 0), gone);
    assert_eq!(deleted("2026-03-02T07:59:59Z", 30), own, "it had ended before");
    assert_eq!(deleted("2026-03-02T08:00:29Z", 0), own);
}

#[test]
fn a_failed_job_without_a_pod_or_an_exit_code_is_unknown() {
    let gone = Failure::Unknown("no pod of its Job is left".to_owned());
    assert_eq!(state_of(job(&["Failed"]), None), failed(gone));
    let evicted =
        json!({"metadata": {"name": "p"}, "status": {"reason": "Evicted", "message": "disk pressure"}});
    let why = Failure::Unknown("its pod failed: Evicted disk pressure".to_owned());
    assert_eq!(state_of(job(&["Failed"]), Some(evicted)), failed(why));
}

#[test]
fn a_job_that_was_stopped_at_its_deadline_says_so_whatever_became_of_its_pod() {
    for type_ in ["FailureTarget", "Failed"] {
        let condition = json!({"type": type_, "status": "True", "reason": "DeadlineExceeded"});
        let late = json!({
            "metadata": {"name": "j"}, "spec": {"activeDeadlineSeconds": 90, "template": {}}, "status": {"conditions": [condition]},
        });
        for pod in [None, Some(ended(143, "Error")), Some(pod(json!({"running": {}})))] {
            assert_eq!(state_of(late.clone(), pod), failed(Failure::DeadlineExceeded(90)));
        }
    }
}

#[test]
fn a_disrupted_pod_is_nobodys_fault_whatever_its_exit_code() {
    let mut pod = ended(143, "Error");
    pod["status"]["conditions"] =
        json!([{"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}]);
    let why = Failure::Disrupted("PreemptionByScheduler".to_owned());
    assert_eq!(state_of(job(&["Failed"]), Some(pod.clone())), failed(why.clone()));
    // The pod of a lost node never ends: its Job is not judged, and yet it is lost.
    pod["status"]["containerStatuses"] = Value::Null;
    assert_eq!(state_of(job(&[]), Some(pod.clone())), None);
    pod["metadata"]["deletionTimestamp"] = "2026-03-02T08:00:00Z".into();
    assert_eq!(state_of(job(&[]), Some(pod)), failed(why));
}

#[test]
fn a_job_that_goes_is_deleting_and_one_that_kueue_holds_is_queued() {
    let mut gone = job(&["Complete"]);
    gone["metadata"]["deletionTimestamp"] = "2026-03-02T08:00:00Z".into();
    assert_eq!(state_of(gone, None), Some(JobState::Deleting));
    let mut held = job(&[]);
    held["spec"] = json!({"suspend": true, "template": {}});
    assert_eq!(state_of(held, None), Some(JobState::Queued));
}

#[test]
fn of_several_pods_the_newest_counts() {
    let dated = |time: &str, mut pod: Value| {
        pod["metadata"]["creationTimestamp"] = time.into();
        serde_json::from_value::<Pod>(pod).unwrap()
    };
    let pods =
        [dated("2026-03-02T08:00:01Z", ended(5, "Error")), dated("2026-03-02T08:00:00Z", ended(2, "Error"))];
    let job: Job = serde_json::from_value(job(&["Failed"])).unwrap();
    assert_eq!(
        state(&job, &pods),
        failed(Failure::Exit { by: By::Ours, code: 5, out_of_memory: false, words: String::new() })
    );
}
