//! MLflow down for a minute at each stage: status says so, it goes on by itself, nothing is trained again.

use crate::ending::Ending;
use crate::world::World;

#[tokio::test]
async fn an_outage_of_a_minute_after_any_write_changes_nothing() {
    let mut whole = World::new();
    whole.run_sample().await;
    let expected = whole.with(|state| Ending::of(state));
    let writes = whole.writes().len();
    let mut said = 0;
    for number in (0..writes).step_by(2) {
        let mut world = World::new();
        world.with(|state| state.injector.down_after = Some(number));
        world.create(crate::sample::pipeline("churn"));
        world.pass(60).await;
        let statuses = world.with(|state| {
            let kinds = ["trainingpipelines", "modelversions"];
            kinds
                .into_iter()
                .flat_map(|kind| state.cluster.all(kind))
                .map(|(_, o)| o["status"].to_string())
                .collect::<String>()
        });
        said += usize::from(statuses.contains("TrackingUnreachable"));
        world.with(|state| {
            state.injector.down_after = None;
            state.injector.mlflow_down = false;
        });
        world.settle().await;
        assert_eq!(world.with(|state| Ending::of(state)), expected, "down after write {number}");
    }
    // An outage that begins after the last question is nobody's business.
    assert!(said * 2 >= writes / 2, "status said so {said} times of {}", writes / 2);
}
