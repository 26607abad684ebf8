//! Who leads when a leader vanishes, on an API server in memory and in real time, a fifteenth as long as in earnest.

use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use podium::cluster::lease::{Elector, Leadership, Timing};

use crate::api_server;
use crate::operator::Process;
use crate::state::{Shared, State};

const TIMING: Timing = Timing {
    duration: Duration::from_secs(2),
    period: Duration::from_millis(100),
    timeout: Duration::from_millis(100),
    margin: Duration::from_millis(800),
};

/// What a process takes for the time.
type Clock = fn() -> Timestamp;

/// A minute fast.
fn fast() -> Timestamp {
    Timestamp::now() + SignedDuration::from_secs(60)
}

/// A minute slow.
fn slow() -> Timestamp {
    Timestamp::now() - SignedDuration::from_secs(60)
}

fn elector(shared: &Shared, number: u32, clock: Clock) -> (Elector, Arc<Leadership>) {
    let leadership = Arc::new(Leadership::new(TIMING));
    let client = api_server::client(shared, &Process { number, died: Arc::default() });
    let identity = format!("podium-{number}");
    let mut elector = Elector::new(client, "podium-system", "leader", &identity, Arc::clone(&leadership));
    elector.now = clock;
    (elector, leadership)
}

/// A leader and a standby with these clocks; nothing reaches the leader any more after a while. Returns how long after that
/// the standby led.
async fn takeover(leader: Clock, standby: Clock) -> Duration {
    let shared: Shared = Arc::new(std::sync::Mutex::new(State::new()));
    let (mut first, led) = elector(&shared, 0, leader);
    let (mut second, leads) = elector(&shared, 1, standby);
    first.acquire().await;
    let both = {
        let (led, leads) = (Arc::clone(&led), Arc::clone(&leads));
        async move {
            loop {
                assert!(!(led.may_write() && leads.leads()), "two leaders at once");
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    };
    let vanish = async {
        // Twice as long as a lease counts: one that is renewed is not taken.
        tokio::time::sleep(2 * TIMING.duration).await;
        assert!(led.leads() && !leads.leads(), "the standby took a lease that was renewed");
        shared.lock().unwrap().injector.dead.insert(0);
        Instant::now()
    };
    let taken = async {
        second.acquire().await;
        Instant::now()
    };
    let events = async { tokio::join!(vanish, taken) };
    let (vanished, taken) = tokio::select! {
        times = events => times,
        // It has noticed by itself that it leads no more, and goes on waiting.
        () = async { first.hold().await; std::future::pending().await } => unreachable!(),
        () = both => unreachable!(),
    };
    assert_eq!((led.epoch(), leads.epoch()), (0, 1));
    taken.duration_since(vanished)
}

#[tokio::test]
async fn a_standby_takes_over_in_the_time_of_the_lease_whichever_clock_is_a_minute_off() {
    let pairs: [(Clock, Clock); 2] = [(fast, slow), (slow, fast)];
    for (leader, standby) in pairs {
        let took = takeover(leader, standby).await;
        // The last renewal may be a period old; a loaded machine may be late, a wrong clock would be a minute off.
        assert!(took >= TIMING.duration - 2 * TIMING.period, "too early: {took:?}");
        assert!(took < Duration::from_secs(20), "too late: {took:?}");
    }
}
