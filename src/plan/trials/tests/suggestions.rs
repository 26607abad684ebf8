//! What a trial's run says about how it was suggested, and numbers that a dying leader left out.

use podium_contract::{Suggested, TRIAL_SUGGESTED_TAG};

use super::*;

fn learning() -> ValidSweep {
    sweep(|spec| spec["algorithm"] = json!({"name": "TPE", "seed": 7}))
}

/// What the runs say, by number.
fn suggested(office: &Office) -> Vec<Option<Suggested>> {
    let read =
        |run: &TrialRun| run.tags.get(TRIAL_SUGGESTED_TAG).map(|text| serde_json::from_str(text).unwrap());
    office.runs.values().map(read).collect()
}

#[test]
fn a_trial_says_which_others_were_open_when_it_was_suggested_and_keeps_it_when_it_is_given_again() {
    let mut office = Office::new(learning());
    let first = office.given("w1");
    office.given("w2");
    office.tell("w1", first, complete(0.5)).unwrap();
    office.given("w1");
    let known = |trials, open: &str| Some(Suggested { trials, open: open.to_owned() });
    let expected = [known(0, ""), known(1, "0"), known(2, "1")];
    assert_eq!(suggested(&office), expected);
    office.take_over();
    office.desk.lose(&Loss { worker: "w2".into(), trial: None, counts: true, why: "gone".into() }, at(1));
    assert_eq!(office.given("w3"), (1, 2));
    assert_eq!(suggested(&office), expected);
}

#[test]
fn a_search_that_learns_nothing_from_values_says_nothing() {
    let mut office = Office::new(sweep(|_| {}));
    office.given("w1");
    assert_eq!(suggested(&office), [None]);
}

#[test]
fn a_number_that_a_dying_leader_did_not_write_is_given_out_next_also_when_its_run_comes_late() {
    let undisturbed = {
        let mut office = Office::new(sweep(|_| {}));
        office.given("w1");
        office.given("w2");
        office.parameters()
    };
    let mut office = Office::new(sweep(|_| {}));
    let Turn::Write(late) = office.desk.ask("w1", &call(None), at(0)).unwrap() else { panic!("no write") };
    assert_eq!(office.given("w2"), (1, 1));
    office.take_over();
    office.write_down(&late.effect);
    assert_eq!(office.given("w1"), (0, 1));
    assert_eq!(office.parameters(), undisturbed, "one run a number, found rather than made again");
}
