//! The operator is killed at random moments, and nothing happens twice.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::harness::manifests::promoted;
use crate::harness::objects::phase;
use crate::harness::once::assert_one_of_each;
use crate::harness::{World, changed, pipeline};

/// Kills of one pipeline, at least.
const KILLS: usize = 20;

/// Delays from a seed that the test prints: SplitMix64.
struct Random(u64);

impl Random {
    fn milliseconds(&mut self, from: u64, to: u64) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Duration::from_millis(from + (z ^ (z >> 31)) % (to - from))
    }
}

/// The stages that pods do, in none of which a kill came yet.
fn missed(stages: &[String]) -> Vec<&'static str> {
    let pods = ["Validating", "Training", "Evaluating"];
    pods.into_iter().filter(|stage| !stages.iter().any(|one| one == stage)).collect()
}

/// Waits until the pipeline is over or in one of these stages.
async fn comes_to(world: &World, name: &str, stages: &[&str]) {
    loop {
        let pipeline = world.get("TrainingPipeline", name).await;
        if is_over(&pipeline) || stages.contains(&phase(&pipeline)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A moment to be killed at: any, at first. A stage that passes between two of them would never be hit, and a machine
/// so busy that none of these lives comes to lead would bring nothing about: so it is also the first moment of a stage
/// that no kill came in yet, and once the random moments are over that alone.
async fn moment(world: &World, random: &mut Random, stages: &[String]) {
    let any = if stages.len() < KILLS { random.milliseconds(200, 1200) } else { Duration::from_secs(60) };
    let within = random.milliseconds(0, 300);
    let missed = missed(stages);
    let first = async {
        comes_to(world, "killed", &missed).await;
        tokio::time::sleep(within).await;
    };
    tokio::select! { () = tokio::time::sleep(any) => {}, () = first => {} }
}

fn is_over(pipeline: &Value) -> bool {
    matches!(phase(pipeline), "Succeeded" | "Failed")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_killed_at_20_random_moments_ends_with_one_run_one_version_and_one_alias_move() {
    let seed = std::env::var("PODIUM_TEST_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64);
    println!("PODIUM_TEST_SEED={seed}");
    let mut random = Random(seed);
    let world = World::new("kills").await;
    world.breast_cancer().await;
    let candidates = json!({"spec": {"candidates": [
        {"name": "logistic", "algorithm": "LogisticRegression"},
        {"name": "strict", "algorithm": "LogisticRegression", "parameters": {"C": 0.01}},
        {"name": "forest", "algorithm": "RandomForest", "parameters": {"n_estimators": 600}},
    ]}});
    world.apply(changed(changed(pipeline(&world, "killed"), promoted(&world)), candidates)).await;
    let mut stages: Vec<String> = Vec::new();
    let mut late = 0;
    while stages.len() < KILLS || (stages.len() < 2 * KILLS && late == 0 && !missed(&stages).is_empty()) {
        let operator = world.start("replica");
        moment(&world, &mut random, &stages).await;
        operator.kill();
        let seen = world.get("TrainingPipeline", "killed").await;
        if is_over(&seen) {
            late += 1;
        }
        stages.push(phase(&seen).to_owned());
        tokio::time::sleep(random.milliseconds(0, 300)).await;
    }
    println!("killed while {stages:?}");
    assert_eq!(missed(&stages), [""; 0], "no kill came while the pipeline was in these stages: {stages:?}");
    let begin = Instant::now();
    let operator = world.lead().await;
    let pipeline = world.succeeded("killed", 180).await;
    world.version_in(&pipeline, "Promoted", 90).await;
    println!("{:?} from the last kill to the end", begin.elapsed());
    assert_one_of_each(&world, &world, "killed", &[("forest", 1), ("logistic", 1), ("strict", 1)]).await;
    // Strays, if a dead leader left any, are not only hidden but gone, and nothing new appears.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_one_of_each(&world, &world, "killed", &[("forest", 1), ("logistic", 1), ("strict", 1)]).await;
    let trained = world.get("TrainingPipeline", "killed").await["status"]["candidates"].clone();
    for candidate in trained.as_array().unwrap() {
        assert_eq!(candidate["attempts"]["number"], 1, "a candidate was trained twice: {candidate}");
    }
    assert!(late <= 5, "{late} of {KILLS} kills came after the run's end: the pipeline is too short");
    drop(operator);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_killed_at_random_moments_of_a_promotion_moves_the_alias_once() {
    let world = World::new("promoting").await;
    world.breast_cancer().await;
    let operator = world.lead().await;
    let never = json!({"spec": {"registration": {"promotion": {"mode": "Never"}}}});
    world.apply(changed(changed(pipeline(&world, "late"), promoted(&world)), never)).await;
    let pipeline = world.succeeded("late", 90).await;
    world.version_in(&pipeline, "Evaluated", 60).await;
    operator.kill();
    // From here on only the promotion is left to do.
    let auto = json!({"spec": {"registration": {"promotion": {"mode": "Auto"}}}});
    world.change("TrainingPipeline", "late", auto).await;
    for delay in [300, 450, 600, 700, 800, 900, 1000, 1200] {
        let operator = world.start("replica");
        tokio::time::sleep(Duration::from_millis(delay)).await;
        operator.kill();
    }
    let _operator = world.lead().await;
    world.version_in(&pipeline, "Promoted", 90).await;
    assert_one_of_each(&world, &world, "late", &[("logistic", 1)]).await;
}
