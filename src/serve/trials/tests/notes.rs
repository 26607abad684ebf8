use podium_contract::{ASK_PATH, TELL_PATH};

use super::super::claim::tests::token as claiming;
use super::*;

/// What was told so far; it is told beside the answer.
async fn told(fake: &Fake) -> Vec<Note> {
    tokio::time::sleep(Duration::from_millis(50)).await;
    fake.told.lock().unwrap().clone()
}

/// The lines of a counter, without its name.
fn counted(metrics: &Metrics, name: &str) -> Vec<String> {
    let text = metrics.encode();
    let mut lines: Vec<String> =
        text.lines().filter_map(|line| line.strip_prefix(name)).map(str::to_owned).collect();
    lines.sort();
    lines
}

const REFUSED: &str = "podium_trial_calls_forbidden_total";

#[tokio::test]
async fn a_forbidden_call_is_counted_each_time_and_told_once_in_a_while_on_what_it_leads_to() {
    let (router, fake, metrics) = service(Fake::default());
    for token in ["forbidden", "person", "forbidden", "person"] {
        assert_eq!(refused(&router, ASK_PATH, token, "{}").await, reason(403, "JobGone"));
    }
    let note = |about| (about, "JobGone", "Job ml/churn-0 is gone".to_owned());
    assert_eq!(told(&fake).await, [note(Some(sweep().subject())), note(None)]);
    assert_eq!(counted(&metrics, REFUSED), [r#"{code="403",reason="JobGone"} 4"#]);
    assert_eq!(counted(&metrics, "podium_trial_calls_total"), [r#"{call="ask",code="403"} 4"#]);
}

#[tokio::test]
async fn a_worker_that_its_sweep_s_desk_forbids_is_counted_and_told_too() {
    let about = Some(Subject::new(SubjectKind::Sweep, "other", "churn", "churn-uid"));
    let refusal = Refusal::Forbidden(Box::new(forbidden(about.clone())));
    let (router, fake, metrics) = service(Fake { refusal: Mutex::new(Some(refusal)), ..Fake::default() });
    for _ in 0..3 {
        assert_eq!(refused(&router, ASK_PATH, "worker", ask().to_string()).await, reason(403, "JobGone"));
    }
    assert_eq!(told(&fake).await, [(about, "JobGone", "Job ml/churn-0 is gone".to_owned())]);
    assert_eq!(counted(&metrics, REFUSED), [r#"{code="403",reason="JobGone"} 3"#]);
}

#[tokio::test]
async fn a_pod_that_is_being_deleted_may_tell_and_gets_no_new_trial_which_its_sweep_is_told() {
    let (router, fake, metrics) = service(Fake::default());
    assert_eq!(refused(&router, ASK_PATH, "leaving", ask().to_string()).await, reason(403, "PodLeaving"));
    assert_eq!(call(&router, TELL_PATH, "leaving", tell().to_string()).await.0, StatusCode::OK);
    let message = "the pod of Job churn-0 is being deleted and gets no new trial".to_owned();
    assert_eq!(told(&fake).await, [(Some(sweep().subject()), "PodLeaving", message)]);
    assert_eq!(counted(&metrics, REFUSED), [r#"{code="403",reason="PodLeaving"} 1"#]);
}

#[tokio::test]
async fn a_flood_of_forged_tokens_is_counted_whole_and_told_once_on_the_sweep_whose_worker_they_claim() {
    let (router, fake, metrics) = service(Fake::default());
    for number in 0..50 {
        let token = format!("{}{number}", claiming("ml", "churn-0-x"));
        assert_eq!(refused(&router, ASK_PATH, &token, "{}").await, reason(401, "Unauthenticated"));
    }
    let [(about, reason, message)] = &told(&fake).await[..] else { panic!("told more than once") };
    assert_eq!((about, *reason), (&Some(sweep().subject()), "Unauthenticated"));
    // Not a word of the caller's stands there.
    assert_eq!(
        message,
        "the trial service was called with a token that the API server does not take: expired, forged, or not meant for podium; \
         it says that it is of a worker of this sweep, for which nobody vouches"
    );
    assert_eq!(counted(&metrics, REFUSED), [r#"{code="401",reason="Unauthenticated"} 50"#]);
    assert_eq!(counted(&metrics, "podium_trial_calls_total"), [r#"{call="ask",code="401"} 50"#]);
}

#[tokio::test]
async fn tokens_that_lead_to_no_open_sweep_and_calls_without_one_are_told_once_around_the_operator() {
    let (router, fake, metrics) = service(Fake::default());
    for token in ["forged", "", &claiming("ml", "nobody-x"), &claiming("other", "churn-0-x")] {
        assert_eq!(refused(&router, TELL_PATH, token, "{}").await, reason(401, "Unauthenticated"));
    }
    let message = "the trial service was called without a token that the API server takes: expired, forged, or not meant for \
                   podium; it leads to no open sweep";
    assert_eq!(told(&fake).await, [(None, "Unauthenticated", message.to_owned())]);
    assert_eq!(counted(&metrics, REFUSED), [r#"{code="401",reason="Unauthenticated"} 4"#]);
}

#[tokio::test]
async fn an_api_server_that_is_away_is_no_refusal_of_anybody() {
    let (router, fake, metrics) = service(Fake::default());
    for token in ["away", "unreviewed"] {
        assert_eq!(refused(&router, ASK_PATH, token, "{}").await.0, 503);
    }
    assert_eq!((told(&fake).await, counted(&metrics, REFUSED)), (vec![], vec![]));
}
