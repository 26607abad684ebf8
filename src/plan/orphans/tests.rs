use super::*;

const NOW_MS: i64 = 1_000_000;

fn now() -> Timestamp {
    Timestamp::from_millisecond(NOW_MS).unwrap()
}

/// An open run of an owner, so many ms old, with more tags.
fn run(owner: &str, age_ms: i64, more: &[(&str, &str)]) -> OpenRun {
    let tags = [(OWNER_UID_TAG, owner), (NAMESPACE_TAG, "ml"), (RUN_TAG, "run")];
    let tags = tags.iter().chain(more).map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    OpenRun {
        run_id: "id".into(),
        experiment_id: "1".into(),
        started_ms: NOW_MS - age_ms,
        tags: tags.collect(),
    }
}

/// A namespace where one owner lives: `open_run` is its run, and it has pinned so many.
fn home(open_run: Option<&str>, pinned: &[&str]) -> Household {
    let owner = LivingOwner {
        pinned: pinned.iter().map(|id| (*id).to_owned()).collect(),
        open_run: open_run.map(str::to_owned),
        trials_unknown: false,
    };
    Household {
        namespace: "ml".into(),
        installation: "test".into(),
        models: vec![],
        owners: BTreeMap::from([("alive".to_owned(), owner)]),
    }
}

fn knowing(runs: Vec<OpenRun>, copies: &[(&str, usize)]) -> Known {
    let copies =
        copies.iter().map(|(key, count)| (("1".to_owned(), (*key).to_owned()), Reading::Found(*count)));
    Known {
        open_runs: BTreeMap::from([("test".to_owned(), Reading::Found(runs))]),
        copies: copies.collect(),
        ..Known::default()
    }
}

fn effects(home: &Household, run: OpenRun) -> Vec<Effect> {
    match plan(home, &knowing(vec![run], &[]), now()) {
        Step::Done(Ok(effects)) => effects,
        other => panic!("{other:?}"),
    }
}

fn closed() -> Vec<Effect> {
    vec![Effect::CloseRun { run_id: "id".into(), status: CloseAs::Killed, at: now() }]
}

fn deleted() -> Vec<Effect> {
    vec![Effect::DeleteRun { run_id: "id".into() }]
}

#[test]
fn a_run_whose_owner_is_gone_is_closed_however_young_it_is() {
    assert_eq!(effects(&home(None, &[]), run("gone", 0, &[])), closed());
}

#[test]
fn a_run_that_its_owner_names_stays_open_and_a_young_one_may_be_about_to_be_named() {
    assert_eq!(effects(&home(Some("run"), &["id"]), run("alive", GROWN_MS, &[])), []);
    for open_run in [None, Some("run"), Some("another")] {
        assert_eq!(effects(&home(open_run, &[]), run("alive", GROWN_MS - 1, &[])), []);
    }
}

#[test]
fn a_grown_run_that_its_owner_does_not_name_is_a_stray_of_the_open_run_or_is_left_from_another() {
    assert_eq!(effects(&home(Some("run"), &[]), run("alive", GROWN_MS, &[])), deleted());
    assert_eq!(effects(&home(Some("another"), &[]), run("alive", GROWN_MS, &[])), closed());
    assert_eq!(effects(&home(None, &[]), run("alive", GROWN_MS, &[])), closed());
}

#[test]
fn a_run_of_another_namespace_or_of_nobody_is_left_alone() {
    assert_eq!(effects(&home(None, &[]), run("gone", GROWN_MS, &[(NAMESPACE_TAG, "other")])), []);
    let mut nobodys = run("gone", GROWN_MS, &[]);
    nobodys.tags.remove(OWNER_UID_TAG);
    assert_eq!(effects(&home(None, &[]), nobodys), []);
}

#[test]
fn of_two_runs_of_one_key_the_open_one_came_late_and_is_deleted() {
    let late = run("gone", 0, &[(KEY_TAG, "key")]);
    let asks = plan(&home(None, &[]), &knowing(vec![late.clone()], &[]), now());
    assert_eq!(asks, Step::Need(vec![Query::Copies("1".into(), "key".into())]));
    for (count, expected) in [(1, closed()), (2, deleted())] {
        let known = knowing(vec![late.clone()], &[("key", count)]);
        assert_eq!(plan(&home(None, &[]), &known, now()), Step::Done(Ok(expected)));
    }
}

#[test]
fn of_the_versions_of_one_key_the_smallest_number_counts() {
    let version = |key: &str, number| KeyedVersion { key: key.into(), number };
    let versions = vec![version("a", 12), version("b", 7), version("a", 3), version("a", 9)];
    let known = Known {
        keyed_versions: BTreeMap::from([(("churn".into(), "test".into()), Reading::Found(versions))]),
        ..knowing(vec![], &[])
    };
    let home = Household { models: vec!["churn".into()], ..home(None, &[]) };
    let delete = |number: &str| Effect::DeleteVersion { model: "churn".into(), version: number.into() };
    assert_eq!(plan(&home, &known, now()), Step::Done(Ok(vec![delete("9"), delete("12")])));
}

#[test]
fn nothing_is_judged_while_mlflow_does_not_answer() {
    let trouble = Trouble { reason: "TrackingUnreachable", message: "no answer".into() };
    let mut known = knowing(vec![run("gone", 0, &[(KEY_TAG, "key")])], &[]);
    known.copies.insert(("1".into(), "key".into()), Reading::Unreachable(trouble.clone()));
    assert_eq!(plan(&home(None, &[]), &known, now()), Step::Done(Err(trouble)));
}

#[test]
fn a_trial_that_no_desk_knows_is_a_stray_only_where_there_is_a_desk_to_know_it() {
    let trial = |role: &str| run("alive", GROWN_MS, &[(ROLE_TAG, role)]);
    let mut home = home(Some("run"), &[]);
    assert_eq!(effects(&home, trial("trial")), deleted());
    home.owners.values_mut().for_each(|owner| owner.trials_unknown = true);
    assert_eq!(effects(&home, trial("trial")), []);
    assert_eq!(effects(&home, trial("summary")), deleted(), "that one stands in status");
}
