//! One call to a provider, tried again while that makes sense.

use std::time::Duration;

use super::Engine;
use crate::address::Address;
use crate::engine::Event;
use crate::plan::StepKind;
use crate::provider::{ErrorKind, FailedChange, Interrupt, ProviderError, RetryPolicy, retry_after};

/// A provider keeps its own time-outs; this is for one that does not come back at all.
const GRACE: Duration = Duration::from_secs(60);

impl Engine {
    /// Makes a call again until it succeeds, fails for good, or its time is up.
    pub(super) async fn persist<T, F>(
        &self,
        address: &Address,
        kind: Option<StepKind>,
        timeout: Duration,
        interrupt: &Interrupt,
        mut call: impl FnMut() -> F + Send,
    ) -> Result<T, FailedChange>
    where
        F: Future<Output = Result<T, FailedChange>> + Send,
    {
        let policy = RetryPolicy::default();
        let started = self.clock.now();
        let mut tried = 0;
        loop {
            tried += 1;
            let failed = match tokio::time::timeout(timeout + GRACE, call()).await {
                Ok(Ok(done)) => return Ok(done),
                // An earlier try may have made something.
                Ok(Err(failed)) => FailedChange { nothing_made: failed.nothing_made && tried == 1, ..failed },
                Err(_) => {
                    let operation = kind.map_or("read", StepKind::name);
                    let message = "the provider did not come back";
                    ProviderError::new(ErrorKind::TimedOut { after: timeout + GRACE }, operation, message).into()
                }
            };
            let elapsed = self.clock.now().saturating_sub(started);
            let again = retry_after(&policy, &failed.error.kind, tried, self.jitter());
            match again.filter(|delay| !failed.error.exhausted && elapsed + *delay < timeout) {
                None => return Err(failed),
                Some(after) => {
                    if let Some(kind) = kind {
                        let error = failed.error.to_string();
                        self.tell(Event::StepRetried { address: address.clone(), kind, error, after });
                    }
                    tokio::select! {
                        () = self.clock.sleep(after) => {}
                        () = interrupt.asked() => return Err(interrupted(failed)),
                    }
                }
            }
        }
    }
}

/// What would have been tried again, had there been time.
fn interrupted(failed: FailedChange) -> FailedChange {
    FailedChange { error: ProviderError { kind: ErrorKind::Interrupted, ..failed.error }, ..failed }
}
