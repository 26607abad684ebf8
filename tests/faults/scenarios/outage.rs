//! MLflow down for a minute at each stage: status says so, it goes on by itself, nothing is trained again.

use crate::ending::Ending;
use crate::world::World;

#[tokio::test]
async fn an_outage_of_a_minute_after_any_write_changes_nothing() {
    let mut whole = World::new();
    whole.snapshots = Some(Vec::new());
    whole.run_sample().await;
    let expected = whole.with(|state| Ending::of(state));
    let moments = whole.snapshots.take().unwrap();
    let mut said = 0;
    for moment in &moments {
        let mut world = World::at(moment);
        world.with(|state| state.injector.mlflow_down = true);
        world.pass(60).await;
        said += usize::from(world.statuses().contains("TrackingUnreachable"));
        world.with(|state| state.injector.mlflow_down = false);
        world.settle().await;
        let ending = world.with(|state| Ending::of(state));
        assert_eq!(ending, expected, "down after {:?}", moment.state.injector.writes.last());
    }
    // Where a pod works or the last question was asked already, there is nothing to be said.
    assert!(said >= 8, "status said so {said} times of {}", moments.len());
}

#[tokio::test]
async fn an_outage_that_begins_with_a_write_changes_nothing() {
    let mut whole = World::new();
    whole.run_sample().await;
    let expected = whole.with(|state| Ending::of(state));
    let writes = whole.writes();
    for (number, write) in writes.iter().enumerate().filter(|(_, write)| write.starts_with("mlflow")) {
        let mut world = World::new();
        world.with(|state| state.injector.down_after = Some(number));
        world.create(crate::sample::pipeline("churn"));
        world.pass(60).await;
        world.with(|state| {
            state.injector.down_after = None;
            state.injector.mlflow_down = false;
        });
        world.settle().await;
        assert_eq!(world.with(|state| Ending::of(state)), expected, "down with {write}");
    }
}
