use super::super::pages::{FOLDER, parse, patterns};
use super::*;

/// A sweep of so many trials that early stopping watches.
fn office(trials: i64) -> Office {
    Office::new(sweep(|spec| {
        spec["maxTrials"] = json!(trials);
        spec["earlyStopping"] = json!({"algorithm": "ASHA", "minSteps": 1, "reductionFactor": 2});
        spec["algorithm"] = json!({"name": "TPE", "seed": 3});
    }))
}

/// One trial from its ask to its end: some fail, some are not finite, some are stopped.
fn play(office: &mut Office) -> i64 {
    let trial = office.given("w1");
    let value = (trial.0 as f64 * 0.37).sin();
    let end = match trial.0 % 10 {
        3 => TrialEnd::Failed { message: "no memory".into() },
        5 => complete(f64::NAN),
        _ => match office.report("w1", trial, &[(1, value), (2, value / 2.0)]).unwrap() {
            Reported::Stop => TrialEnd::Stopped,
            Reported::Continue | Reported::Drop => complete(value / 2.0),
        },
    };
    office.tell("w1", trial, end).unwrap();
    trial.0
}

/// The page's file: its name below the folder, and its bytes.
fn file(office: &Office, page: i64) -> (String, Vec<u8>) {
    let Effect::PutFiles { run_id, files } = office.desk.page(page) else { panic!("no file") };
    assert_eq!((run_id.as_str(), files.len()), ("p", 1));
    let (path, bytes) = files.into_iter().next().unwrap();
    (path.strip_prefix(&format!("{FOLDER}/")).unwrap().to_owned(), bytes)
}

fn number(run: &TrialRun) -> i64 {
    let record: podium_contract::TrialRecord =
        serde_json::from_str(&run.tags[podium_contract::TRIAL_TAG]).unwrap();
    record.number
}

#[test]
fn a_page_is_written_once_each_of_its_hundred_trials_ended() {
    let mut office = office(250);
    let late = office.given("slow");
    while play(&mut office) < 120 {
        assert!(office.desk.view(at(0)).full_pages.is_empty(), "trial {} has not ended", late.0);
    }
    office.tell("slow", late, complete(1.0)).unwrap();
    assert_eq!(office.desk.view(at(0)).full_pages, [0]);
    assert_eq!(file(&office, 0).0, "000000-000099.json");
    office.desk.page_is_kept(0);
    while play(&mut office) < 199 {}
    assert_eq!(office.desk.view(at(0)).full_pages, [1]);
    assert_eq!(file(&office, 1).0, "000100-000199.json");
}

#[test]
fn a_page_that_could_not_be_written_is_tried_again_a_minute_later() {
    let mut office = office(250);
    while play(&mut office) < 99 {}
    office.desk.page_is_not_kept(at(10));
    assert!(office.desk.view(at(69)).full_pages.is_empty());
    assert_eq!(office.desk.view(at(70)).full_pages, [0]);
}

#[test]
fn a_leader_that_reads_pages_goes_on_as_one_that_searched_every_trial() {
    let mut office = office(250);
    while play(&mut office) < 229 {}
    let files = [file(&office, 0), file(&office, 1)];
    let open = office.given("w2");
    assert_eq!(office.take_over(), Strays::default());
    let (searched, details) = (office.desk.view(at(9)), office.desk.details());
    assert_eq!(searched.full_pages, [0, 1]);
    assert_eq!([file(&office, 0), file(&office, 1)], files, "a page says what a search says");

    let mut runs: Vec<TrialRun> = office.runs.values().filter(|run| number(run) >= 200).cloned().collect();
    runs.extend(files.iter().flat_map(|(name, bytes)| parse(name, bytes).unwrap().1));
    let mut paged = super::desk(&office.plan).with_pages([0, 1].into());
    assert_eq!(read(&mut paged, runs, at(office.now)), Ok(Strays::default()));
    // NaN equals nothing, itself included.
    assert!(format!("{:?}", paged.details()) == format!("{details:?}"), "seconds and metrics are the same");
    assert_eq!(View { full_pages: vec![0, 1], ..paged.view(at(9)) }, searched);
    let next = |office: &mut Office| (office.given("w2"), office.ask("w1"));
    let first = next(&mut office);
    assert_eq!(first.0, (open.0, open.1));
    office.runs.retain(|_, run| number(run) <= open.0);
    office.desk = paged;
    assert_eq!(next(&mut office), first);
}

#[test]
fn what_is_no_whole_page_is_not_read() {
    let mut office = office(250);
    while play(&mut office) < 199 {}
    let (name, bytes) = file(&office, 1);
    assert_eq!(parse(&name, &bytes).map(|(page, runs)| (page, runs.len())), Some((1, 100)));
    let mut lines: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    let text = |lines: &Vec<Value>| serde_json::to_vec(lines).unwrap();
    let twice = lines[0].clone();
    lines[99] = twice;
    assert_eq!(parse(&name, &text(&lines)), None, "a trial twice");
    lines.pop();
    assert_eq!(parse(&name, &text(&lines)), None, "a trial too few");
    assert_eq!(parse("000000-000099.json", &bytes), None, "trials of another page");
    assert_eq!(parse(&name, &bytes[..bytes.len() / 2]), None, "cut short");
    assert_eq!(parse("notes.txt", b"hello"), None);
}

#[test]
fn patterns_of_a_page_match_the_records_of_its_trials_alone() {
    // LIKE: _ is one character, % any number of them.
    fn like(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'%', rest)) => (0..=text.len()).any(|from| like(rest, &text[from..])),
            Some((b'_', rest)) => !text.is_empty() && like(rest, &text[1..]),
            Some((byte, rest)) => text.first() == Some(byte) && like(rest, &text[1..]),
        }
    }
    let mut office = Office::new(sweep(|spec| spec["maxTrials"] = json!(1_200)));
    while play(&mut office) < 1_150 {}
    for page in 0..12 {
        let patterns = patterns(page);
        let matched = |run: &&TrialRun| {
            let record = &run.tags[podium_contract::TRIAL_TAG];
            patterns.iter().any(|pattern| like(pattern.as_bytes(), record.as_bytes()))
        };
        let mut numbers: Vec<i64> = office.runs.values().filter(matched).map(number).collect();
        numbers.sort_unstable();
        let last = (page * 100 + 99).min(1_150);
        assert_eq!(numbers, (page * 100..=last).collect::<Vec<_>>());
    }
}
