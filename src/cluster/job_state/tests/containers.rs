//! Pods whose containers run one after the other: our trainer hands over, a user's own trains, our trainer judges.

use super::*;

fn container(name: &str, state: Value) -> Value {
    json!({"name": name, "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": state})
}

/// A pod by the states of its three containers.
fn pod_of(hand_over: Value, candidate: Value, trainer: Value) -> Value {
    json!({
        "metadata": {"name": "p"},
        "spec": {
            "initContainers": [
                {"name": "hand-over", "terminationMessagePolicy": "File"},
                {"name": "candidate", "terminationMessagePolicy": "FallbackToLogsOnError"},
            ],
            "containers": [{"name": "trainer", "terminationMessagePolicy": "File"}],
        },
        "status": {
            "initContainerStatuses": [container("hand-over", hand_over), container("candidate", candidate)],
            "containerStatuses": [container("trainer", trainer)],
        },
    })
}

fn initializing() -> Value {
    json!({"waiting": {"reason": "PodInitializing"}})
}

fn with_code(code: i32, message: &str) -> Value {
    json!({"terminated": {"exitCode": code, "reason": "Error", "message": message}})
}

fn open(pod: Value) -> Option<JobState> {
    state_of(job(&[]), Some(pod))
}

fn closed(pod: Value) -> Option<JobState> {
    state_of(job(&["Failed"]), Some(pod))
}

#[test]
fn it_runs_while_any_of_them_does_and_between_two_of_them() {
    let done = || with_code(0, "");
    let running = || json!({"running": {}});
    for pod in [
        pod_of(running(), initializing(), initializing()),
        pod_of(done(), initializing(), initializing()),
        pod_of(done(), running(), initializing()),
        pod_of(done(), done(), initializing()),
        pod_of(done(), done(), running()),
        pod_of(with_code(3, ""), initializing(), initializing()),
    ] {
        assert_eq!(open(pod.clone()), Some(JobState::Running), "{pod}");
    }
    assert_eq!(open(pod_of(initializing(), initializing(), initializing())), None);
}

#[test]
fn any_of_them_that_cannot_start_says_why() {
    let waiting = |reason: &str| json!({"waiting": {"reason": reason, "message": "no"}});
    let told = |reason: &str| Some(JobState::Pending(Some(format!("{reason}: no"))));
    let first = pod_of(waiting("ErrImagePull"), initializing(), initializing());
    assert_eq!(open(first), told("ErrImagePull"));
    let second = pod_of(with_code(0, ""), waiting("CreateContainerConfigError"), initializing());
    assert_eq!(open(second), told("CreateContainerConfigError"));
    let last = pod_of(with_code(0, ""), with_code(0, ""), waiting("ImagePullBackOff"));
    assert_eq!(open(last), told("ImagePullBackOff"));
}

#[test]
fn the_one_that_failed_says_why_in_its_own_way() {
    let exit = |by, words: &str| {
        failed(Failure::Exit { by, code: 3, out_of_memory: false, words: words.to_owned() })
    };
    let lines = || with_code(3, "first\nlast");
    let first = pod_of(lines(), initializing(), initializing());
    assert_eq!(closed(first), exit(By::Ours, "first"));
    let second = pod_of(with_code(0, ""), lines(), initializing());
    assert_eq!(closed(second), exit(By::Foreign("candidate".to_owned()), "last"));
    let last = pod_of(with_code(0, ""), with_code(0, ""), lines());
    assert_eq!(closed(last), exit(By::Ours, "first"));
}

#[test]
fn one_that_ran_out_of_memory_or_was_deleted_is_told_from_the_others() {
    let killed = json!({"terminated": {"exitCode": 137, "reason": "OOMKilled"}});
    let mut pod = pod_of(with_code(0, ""), killed, initializing());
    let by = By::Foreign("candidate".to_owned());
    let exit = Failure::Exit { by, code: 137, out_of_memory: true, words: String::new() };
    assert_eq!(closed(pod.clone()), failed(exit));
    pod["status"]["initContainerStatuses"][1]["state"] = with_code(143, "");
    pod["metadata"]["deletionTimestamp"] = "2026-03-02T08:00:00Z".into();
    assert_eq!(closed(pod), failed(Failure::Unknown("its pod was deleted".to_owned())));
}

#[test]
fn a_sidecar_that_others_put_before_them_is_not_looked_at() {
    let mut pod = pod_of(with_code(0, ""), with_code(0, ""), with_code(5, ""));
    let sidecar = json!({"name": "mesh", "restartPolicy": "Always"});
    pod["spec"]["initContainers"].as_array_mut().unwrap().insert(0, sidecar);
    let runs = container("mesh", json!({"running": {}}));
    pod["status"]["initContainerStatuses"].as_array_mut().unwrap().insert(0, runs);
    let exit = Failure::Exit { by: By::Ours, code: 5, out_of_memory: false, words: String::new() };
    assert_eq!(closed(pod), failed(exit));
}
