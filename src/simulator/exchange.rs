//! One request and what comes back: the way there, the fault, the effect, the way back.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use super::fault::{Fault, FaultKind, Moment, Strikes, Twist};
use super::refusal::Refusal;
use super::{Simulator, World, aws, azure, kubernetes};

pub type Request = http::Request<Bytes>;
pub type Reply = http::Response<Bytes>;

/// Half of what a call takes without any fault.
const ONE_WAY: Duration = Duration::from_millis(20);

/// The connection ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Nothing listens there, so nothing was sent.
    #[error("the connection was refused")]
    Refused,
    /// It ended on the way; the call may have had its effect.
    #[error("the connection was reset")]
    Reset,
}

/// The host of the socket that a request came in by; goes with the request.
#[derive(Clone, Debug)]
pub(crate) struct ServedAt(pub(crate) String);

impl ServedAt {
    pub(super) fn of<B>(request: &http::Request<B>) -> Option<&str> {
        request.extensions().get::<Self>().map(|served| served.0.as_str())
    }
}

/// How long the answer takes to come, where what is asked is done before it is answered; goes with the reply.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Takes(pub(crate) Duration);

/// What is asked of whom.
#[derive(Debug)]
enum Call {
    Aws(aws::Call),
    Azure(Box<azure::Call>),
    Kubernetes(Box<kubernetes::Call>),
}

/// What comes back: all at once, or as it happens.
pub(super) enum Answer {
    Whole(Reply),
    Watch(Box<kubernetes::Watch>),
}

impl Simulator {
    /// Answers a request as the cloud would, in simulated time.
    ///
    /// A watch of a cluster's objects is answered when it ends.
    ///
    /// # Errors
    /// When a fault cuts the connection. One that hangs never returns.
    pub async fn exchange(&self, request: Request) -> Result<Reply, Broken> {
        match self.converse(request).await? {
            Answer::Whole(reply) => Ok(reply),
            Answer::Watch(mut watch) => {
                let mut all = Vec::new();
                while let Some(event) = watch.next(self).await {
                    all.extend_from_slice(&event);
                }
                Ok(watch.head().map(|()| Bytes::from(all)))
            }
        }
    }

    /// The same, and what is watched comes as it happens.
    pub(super) async fn converse(&self, request: Request) -> Result<Answer, Broken> {
        let clock = &self.0.clock;
        clock.sleep(ONE_WAY).await;
        let call = match Call::read(request) {
            Ok(call) => call,
            Err(refused) => return Ok(Answer::Whole(*refused)),
        };
        let Some((at, fault)) = self.strike(&call) else {
            let answer = self.answer(&call, None)?;
            clock.sleep(ONE_WAY + answer.takes()).await;
            return Ok(answer);
        };
        if fault.kind.strikes_before() {
            return self.come_to_grief(&fault, &call, None).await;
        }
        if let FaultKind::Slow { delay } = &fault.kind {
            clock.sleep(*delay).await;
        }
        let twist = fault.kind.twist();
        let answer = self.answer(&call, twist)?;
        if twist.is_some() && !answer.is_success() {
            self.strikes().take_back(at);
        }
        self.come_to_grief(&fault, &call, Some(answer)).await
    }

    pub(super) fn strikes(&self) -> MutexGuard<'_, Strikes> {
        self.0.strikes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn strike(&self, call: &Call) -> Option<(usize, Fault)> {
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

    fn answer(&self, call: &Call, twist: Option<Twist>) -> Result<Answer, Broken> {
        let mut world = self.world();
        world.begin(self.0.clock.now());
        let answer = call.answer(&mut world, twist);
        match world.commit() {
            Ok(()) => answer,
            Err(error) => Ok(Answer::Whole(call.refuse(&Refusal::new(500, "InternalFailure", error.to_string())))),
        }
    }

    /// What comes back when something goes wrong. `answer` is there when the effect is.
    async fn come_to_grief(&self, fault: &Fault, call: &Call, answer: Option<Answer>) -> Result<Answer, Broken> {
        let refuse = |refusal: &Refusal| Ok(Answer::Whole(call.refuse(refusal)));
        match &fault.kind {
            FaultKind::Hang { .. } => {
                self.0.hung.notify_one();
                std::future::pending().await
            }
            FaultKind::LostReply | FaultKind::Reset => Err(Broken::Reset),
            FaultKind::Refuse { status, code, message } => refuse(&Refusal::new(*status, code, message.clone())),
            FaultKind::Throttle => refuse(&call.throttled()),
            FaultKind::Unavailable { status, .. } => {
                refuse(&Refusal::new(*status, "ServiceUnavailable", "the service is unavailable"))
            }
            FaultKind::Slow { .. } | FaultKind::Stuck | FaultKind::Failed => answer.ok_or(Broken::Reset),
        }
    }
}

impl Call {
    fn read(request: Request) -> Result<Self, Box<Reply>> {
        if let Some(call) = kubernetes::Call::read(&request) {
            return Ok(Self::Kubernetes(Box::new(call)));
        }
        match azure::Call::read(&request) {
            Some(call) => call.map(|call| Self::Azure(Box::new(call))),
            None => aws::Call::read(request).map(Self::Aws),
        }
    }

    fn operation(&self) -> String {
        match self {
            Self::Aws(call) => call.operation(),
            Self::Azure(call) => call.operation(),
            Self::Kubernetes(call) => call.operation(),
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Aws(call) => call.text(),
            Self::Azure(call) => call.text(),
            Self::Kubernetes(call) => call.text(),
        }
    }

    fn answer(&self, world: &mut World, twist: Option<Twist>) -> Result<Answer, Broken> {
        match self {
            Self::Aws(call) => Ok(Answer::Whole(call.answer(world, twist))),
            Self::Azure(call) => Ok(Answer::Whole(call.answer(world, twist))),
            Self::Kubernetes(call) => call.answer(world, twist),
        }
    }

    fn refuse(&self, refusal: &Refusal) -> Reply {
        match self {
            Self::Aws(call) => call.refuse(refusal),
            Self::Azure(_) => azure::refuse(refusal),
            Self::Kubernetes(_) => kubernetes::refusal(refusal.status(), refusal.code(), refusal.message()),
        }
    }

    fn throttled(&self) -> Refusal {
        match self {
            Self::Aws(call) => call.throttled(),
            Self::Azure(_) => azure::Call::throttled(),
            Self::Kubernetes(_) => {
                let message = "Too many requests, please try again later.";
                Refusal::new(429, "TooManyRequests", message)
            }
        }
    }
}

impl Answer {
    fn takes(&self) -> Duration {
        match self {
            Self::Whole(reply) => reply.extensions().get::<Takes>().map_or(Duration::ZERO, |takes| takes.0),
            Self::Watch(_) => Duration::ZERO,
        }
    }

    fn is_success(&self) -> bool {
        match self {
            Self::Whole(reply) => reply.status().is_success(),
            Self::Watch(_) => true,
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
    fn twist(&self) -> Option<Twist> {
        match self {
            FaultKind::Stuck => Some(Twist::Stuck),
            FaultKind::Failed => Some(Twist::Failed),
            _ => None,
        }
    }
}
