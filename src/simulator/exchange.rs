//! One request and what comes back: the way there, the fault, the effect, the way back.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use super::fault::{Fault, FaultKind, Moment, Strikes};
use super::{Simulator, aws};

pub type Request = http::Request<Bytes>;
pub type Reply = http::Response<Bytes>;

/// Half of what a call takes without any fault.
const ONE_WAY: Duration = Duration::from_millis(20);

/// The connection ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection was reset")]
pub struct Broken;

impl Simulator {
    /// Answers a request as the cloud would, in simulated time.
    ///
    /// # Errors
    /// When a fault cuts the connection. One that hangs never returns.
    pub async fn exchange(&self, request: Request) -> Result<Reply, Broken> {
        let clock = &self.0.clock;
        clock.sleep(ONE_WAY).await;
        let call = match aws::Call::read(request) {
            Ok(call) => call,
            Err(refused) => return Ok(*refused),
        };
        let Some((at, fault)) = self.strike(&call) else {
            let reply = self.answer(&call, None);
            clock.sleep(ONE_WAY).await;
            return Ok(reply);
        };
        if fault.kind.strikes_before() {
            return self.come_to_grief(&fault, &call, None).await;
        }
        if let FaultKind::Slow { delay } = &fault.kind {
            clock.sleep(*delay).await;
        }
        let twist = fault.kind.twist();
        let reply = self.answer(&call, twist);
        if twist.is_some() && !reply.status().is_success() {
            self.strikes().take_back(at);
        }
        self.come_to_grief(&fault, &call, Some(reply)).await
    }

    pub(super) fn strikes(&self) -> MutexGuard<'_, Strikes> {
        self.0.strikes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn strike(&self, call: &aws::Call) -> Option<(usize, Fault)> {
        let operation = call.operation();
        let witness = self.0.witness.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(witness) = witness {
            witness(&operation, call.text());
        }
        let struck = self.strikes().strike(&operation, call.text());
        if struck.is_some() {
            tracing::debug!(operation, ?struck, "a fault strikes");
        }
        struck
    }

    fn answer(&self, call: &aws::Call, twist: Option<aws::Twist>) -> Reply {
        let mut world = self.world();
        world.begin(self.0.clock.now());
        let reply = call.answer(&mut world, twist);
        match world.commit() {
            Ok(()) => reply,
            Err(error) => call.refuse(&aws::Refusal::new(500, "InternalFailure", error.to_string())),
        }
    }

    /// What comes back when something goes wrong. `reply` is there when the effect is.
    async fn come_to_grief(&self, fault: &Fault, call: &aws::Call, reply: Option<Reply>) -> Result<Reply, Broken> {
        match &fault.kind {
            FaultKind::Hang { .. } => {
                self.0.hung.notify_one();
                std::future::pending().await
            }
            FaultKind::LostReply | FaultKind::Reset => Err(Broken),
            FaultKind::Refuse { status, code, message } => {
                Ok(call.refuse(&aws::Refusal::new(*status, code, message.clone())))
            }
            FaultKind::Throttle => Ok(call.refuse(&call.throttled())),
            FaultKind::Unavailable { status, .. } => {
                Ok(call.refuse(&aws::Refusal::new(*status, "ServiceUnavailable", "the service is unavailable")))
            }
            FaultKind::Slow { .. } | FaultKind::Stuck | FaultKind::Failed => reply.ok_or(Broken),
        }
    }
}

impl FaultKind {
    /// Whether it strikes before the call has its effect, so that there is none.
    fn strikes_before(&self) -> bool {
        match self {
            FaultKind::Refuse { .. } | FaultKind::Throttle | FaultKind::Reset => true,
            FaultKind::Unavailable { moment, .. } | FaultKind::Hang { moment } => *moment == Moment::Before,
            FaultKind::LostReply | FaultKind::Slow { .. } | FaultKind::Stuck | FaultKind::Failed => false,
        }
    }

    /// What it makes of the object that is made.
    fn twist(&self) -> Option<aws::Twist> {
        match self {
            FaultKind::Stuck => Some(aws::Twist::Stuck),
            FaultKind::Failed => Some(aws::Twist::Failed),
            _ => None,
        }
    }
}
