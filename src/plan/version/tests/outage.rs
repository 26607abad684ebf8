//! MLflow that does not answer, or answers what no metric is: unknown holds.

use super::*;
use crate::api::model_version_status::VersionPhase;
use crate::plan::Trouble;

const REASONS: [&str; 3] = ["TrackingUnreachable", "TrackingHostRejected", "TrackingUnauthorized"];

#[test]
fn mlflow_down_for_an_hour_changes_nothing_of_a_promoted_version_but_what_is_said() {
    for reason in REASONS {
        let mut world = World::new();
        world.trained("r1", 0.9, None);
        world.auto("a", "r1");
        world.settle();
        let before = world.status(0).clone();
        world.down = Some(Trouble { reason, message: "no answer".into() });
        for _ in 0..60 {
            world.now += 60;
            world.settle();
            let during = world.status(0);
            assert_eq!((during.phase, during.alias.as_deref()), (VersionPhase::Promoted, Some("champion")));
            assert_eq!(
                (during.conditions[0].clone(), during.message.as_str()),
                (before.conditions[0].clone(), "no answer")
            );
            assert_eq!(
                (during.conditions[1].type_.as_str(), during.conditions[1].reason.as_str()),
                ("Reconciling", reason)
            );
        }
        assert!(world.plan(0).requeue.unwrap().as_secs() >= 60);
        world.down = None;
        world.settle();
        assert_eq!(world.status(0), &before);
    }
}

#[test]
fn mlflow_down_at_any_step_of_a_promotion_only_delays_it() {
    for steps in 0..12 {
        let mut world = World::new();
        world.trained("r1", 0.9, None);
        world.auto("a", "r1");
        for _ in 0..steps {
            world.reconcile(0);
        }
        world.down = Some(Trouble { reason: "TrackingUnreachable", message: "down".into() });
        world.settle();
        world.now += 3600;
        world.settle();
        world.down = None;
        world.settle();
        assert_eq!((world.phase(0), world.champion_moves()), (VersionPhase::Promoted, vec!["1"]));
        assert_eq!((world.decisions(), world.versions.len()), (vec!["Promote 1 from -".to_owned()], 1));
    }
}

#[test]
fn the_backoff_grows_to_a_minute_and_differs_between_objects() {
    let mut world = World::new();
    world.auto("a", "r1");
    world.auto("b", "r1");
    world.down = Some(Trouble { reason: "TrackingUnreachable", message: "down".into() });
    world.settle();
    let first = world.plan(0).requeue.unwrap();
    world.now += 3600;
    let (later, other) = (world.plan(0).requeue.unwrap(), world.plan(1).requeue.unwrap());
    assert!(first.as_secs() < 10 && (60..=75).contains(&later.as_secs()), "{first:?} {later:?}");
    assert_ne!(later, other);
}
