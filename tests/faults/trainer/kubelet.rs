//! From a Job to its pod, and the pod's way to its end.

use k8s_openapi::jiff::Timestamp;
use podium_contract::{DOCUMENT_ANNOTATION, JobDocument, Stage};
use serde_json::{Value, json};

use super::{Behaviour, Trainer, results};
use crate::api_server::{Id, Store};
use crate::mlflow::Mlflow;

pub fn step(
    trainer: &mut Trainer,
    cluster: &mut Store,
    mlflow: &mut Mlflow,
    id: &Id,
    job: &Value,
    now: Timestamp,
) {
    if let Some(condition) = job["status"]["conditions"].get(0) {
        forget(cluster, id, job, condition, now);
        return;
    }
    if job["spec"]["suspend"] == true {
        return;
    }
    let text = job["spec"]["template"]["metadata"]["annotations"][DOCUMENT_ANNOTATION].as_str().unwrap();
    let document = JobDocument::from_json(text).unwrap();
    let behaviour = trainer.behaviour(&document);
    let pod = Id::new("pods", &id.namespace, &format!("{}-pod", id.name));
    let Some(found) = cluster.get(&pod).cloned() else {
        match behaviour {
            Behaviour::Refused(message) => refuse(cluster, job, message, now),
            _ => create_pod(cluster, &pod, id, job, now),
        }
        return;
    };
    if found["status"]["phase"] == "Pending" {
        let started = json!({"running": {"startedAt": now.to_string()}});
        cluster.edit(&pod, |pod| set_status(pod, "Running", &started));
        return;
    }
    if let Stage::Search(_) = document.stage
        && behaviour == Behaviour::Work
    {
        // It works by calling the operator, until it is sent away.
        if trainer.left.contains(&id.name) {
            end(cluster, id, &pod, &results::Ended { code: 0, reason: "Completed" }, now);
        }
        return;
    }
    match behaviour {
        Behaviour::Hang | Behaviour::Refused(_) => {}
        Behaviour::Work if trainer.cut_off => {}
        Behaviour::Vanishes => cluster.remove(id),
        Behaviour::Disrupted => disrupt(cluster, id, &pod, now),
        other => {
            let ended = results::deliver(trainer, mlflow, &document, &other, now);
            end(cluster, id, &pod, &ended, now);
        }
    }
}

/// The controller that removes Jobs some time after their end.
fn forget(cluster: &mut Store, id: &Id, job: &Value, condition: &Value, now: Timestamp) {
    let Some(ttl) = job["spec"]["ttlSecondsAfterFinished"].as_i64() else { return };
    let end: Timestamp = condition["lastTransitionTime"].as_str().unwrap().parse().unwrap();
    if now.duration_since(end).as_secs() >= ttl {
        cluster.remove(id);
    }
}

fn create_pod(cluster: &mut Store, pod: &Id, job_id: &Id, job: &Value, now: Timestamp) {
    let template = &job["spec"]["template"];
    let body = json!({
        "metadata": {
            "labels": template["metadata"]["labels"],
            "annotations": template["metadata"]["annotations"],
            "ownerReferences": [{
                "apiVersion": "batch/v1", "kind": "Job", "name": job_id.name,
                "uid": job["metadata"]["uid"], "controller": true,
            }],
        },
        "spec": template["spec"],
    });
    cluster.create(pod, body, now).unwrap();
    let scheduled = json!({"type": "PodScheduled", "status": "True", "lastTransitionTime": now.to_string()});
    cluster.edit(pod, |pod| pod["status"] = json!({"phase": "Pending", "conditions": [scheduled]}));
}

fn refuse(cluster: &mut Store, job: &Value, message: &str, now: Timestamp) {
    let name = job["metadata"]["name"].as_str().unwrap();
    let id = Id::new("events", "ml", &format!("{name}.refused"));
    let event = json!({
        "metadata": {}, "type": "Warning", "reason": "FailedCreate", "message": message,
        "involvedObject": {"uid": job["metadata"]["uid"], "kind": "Job", "name": name},
        "lastTimestamp": now.to_string(),
    });
    // Said once; the API server would count the repetitions.
    let _ = cluster.create(&id, event, now);
}

/// The state of the trainer, or of the user's own container before it: what goes wrong goes wrong there. Conditions stay.
fn set_status(pod: &mut Value, phase: &str, state: &Value) {
    let container = |name: &str, state: &Value| json!({"name": name, "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": state});
    pod["status"]["phase"] = json!(phase);
    if pod["spec"]["initContainers"].is_null() {
        pod["status"]["containerStatuses"] = json!([container("trainer", state)]);
        return;
    }
    let done = json!({"terminated": {"exitCode": 0, "reason": "Completed"}});
    let waiting = json!({"waiting": {"reason": "PodInitializing"}});
    let trainer = if state["terminated"]["exitCode"] == 0 { state } else { &waiting };
    pod["status"]["initContainerStatuses"] =
        json!([container("hand-over", &done), container("candidate", state)]);
    pod["status"]["containerStatuses"] = json!([container("trainer", trainer)]);
}

fn end(cluster: &mut Store, job: &Id, pod: &Id, ended: &results::Ended, now: Timestamp) {
    let state = json!({"terminated": {"exitCode": ended.code, "reason": ended.reason, "finishedAt": now.to_string()}});
    let (phase, condition) = if ended.code == 0 { ("Succeeded", "Complete") } else { ("Failed", "Failed") };
    cluster.edit(pod, |pod| set_status(pod, phase, &state));
    judge(cluster, job, condition, now);
}

fn judge(cluster: &mut Store, job: &Id, condition: &str, now: Timestamp) {
    let condition = json!({"type": condition, "status": "True", "lastTransitionTime": now.to_string()});
    cluster.edit(job, |job| job["status"]["conditions"] = json!([condition]));
}

fn disrupt(cluster: &mut Store, job: &Id, pod: &Id, now: Timestamp) {
    let condition = json!({
        "type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI", "message": "drained"
    });
    let ended = json!({"terminated": {"exitCode": 143, "reason": "Error", "finishedAt": now.to_string()}});
    cluster.edit(pod, |pod| {
        set_status(pod, "Failed", &ended);
        pod["status"]["conditions"].as_array_mut().unwrap().push(condition);
    });
    judge(cluster, job, "Failed", now);
}
