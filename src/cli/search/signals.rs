//! SIGINT, SIGTERM and SIGHUP as events.

use std::sync::mpsc::Sender;
use std::thread;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::SearchError;
use super::process::Event;

/// Sends an event for each signal from now on; none of them ends the process any more.
pub(super) fn forward(events: Sender<Event>) -> Result<(), SearchError> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(SearchError::Signals)?;
    let mut signals = {
        let _inside = runtime.enter();
        [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()]
            .map(signal)
            .into_iter()
            .collect::<std::io::Result<Vec<Signal>>>()
            .map_err(SearchError::Signals)?
    };
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            loop {
                let any =
                    futures::future::select_all(signals.iter_mut().map(|signal| Box::pin(signal.recv())));
                runtime.block_on(any);
                if events.send(Event::Signal).is_err() {
                    return;
                }
            }
        })
        .map_err(SearchError::Signals)?;
    Ok(())
}
