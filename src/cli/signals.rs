//! Ctrl-C and SIGTERM, as requests to stop.

use crate::engine::Stop;

/// Passes every Ctrl-C and SIGTERM on.
pub(super) fn watch(stop: &Stop) {
    let stop = stop.clone();
    tokio::spawn(async move {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return;
        };
        loop {
            tokio::select! {
                _ = interrupt.recv() => stop.ask(),
                _ = terminate.recv() => stop.ask(),
            }
        }
    });
}
