//! How AWS wants to be called: how often, and how patiently after which failure.

use std::time::Duration;

use super::failure;
use crate::provider::{ProviderError, Rate, RetryPolicy};
use crate::providers::cloud::Manners;

pub(super) const MANNERS: Manners = Manners { cloud: "AWS", rates: RATES, api, patience };

/// How often each API may be called. IAM publishes no numbers; these stay below where it is seen to throttle.
const RATES: &[(&str, Rate)] = &[
    ("sqs", Rate { per_second: 50.0, burst: 100.0 }),
    ("iam", Rate { per_second: 20.0, burst: 40.0 }),
    ("eks", Rate { per_second: 10.0, burst: 20.0 }),
    ("sts", Rate { per_second: 50.0, burst: 50.0 }),
];

/// Outlasts the 60 seconds for which SQS blocks a deleted queue's name.
const NAME_BLOCKED: RetryPolicy = policy(40, 4);
/// About a minute: that long IAM may take to see its own new roles everywhere.
const PRINCIPAL_UNSEEN: RetryPolicy = policy(30, 4);
/// About two minutes: that long EKS may take to see a new role and what is attached to it.
const ROLE_UNSEEN: RetryPolicy = policy(60, 4);
/// Bounded by the deadline alone: an update of a cluster takes many minutes, and ends.
const CHANGING: RetryPolicy = policy(u32::MAX, 15);
/// A detach that IAM has not seen yet. After that, what is attached is listed again.
const STILL_ATTACHED: RetryPolicy = policy(3, 4);

const fn policy(attempts: u32, longest_s: u64) -> RetryPolicy {
    RetryPolicy { attempts, first_delay: Duration::from_secs(1), longest_delay: Duration::from_secs(longest_s) }
}

/// The service, as in `sqs:CreateQueue`.
fn api(operation: &str) -> &str {
    operation.split(':').next().unwrap_or(operation)
}

fn patience(error: &ProviderError) -> RetryPolicy {
    match error.code.as_deref() {
        Some(code) if failure::is_recently_deleted(code) => NAME_BLOCKED,
        Some(code) if failure::is_new_principal(code, &error.message) => PRINCIPAL_UNSEEN,
        Some(code) if failure::is_new_role(code, &error.message) => ROLE_UNSEEN,
        Some(code) if failure::is_in_progress(code, &error.message) => CHANGING,
        Some(code) if failure::is_delete_conflict(code) => STILL_ATTACHED,
        _ => RetryPolicy::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock as _, ManualClock};
    use crate::provider::ErrorKind;
    use crate::providers::cloud::{Calls, Pace};
    use aws_sdk_sts::config::http::HttpResponse;
    use aws_sdk_sts::error::ErrorMetadata;
    use aws_sdk_sts::error::SdkError;
    use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;
    use aws_smithy_types::body::SdkBody;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    type Refusal = SdkError<GetCallerIdentityError, HttpResponse>;

    fn refused(status: u16, code: &str, message: &str) -> Box<Refusal> {
        let error = GetCallerIdentityError::generic(ErrorMetadata::builder().code(code).message(message).build());
        Box::new(SdkError::service_error(error, HttpResponse::new(status.try_into().unwrap(), SdkBody::empty())))
    }

    /// How a call goes that is refused so often, and how many tries and seconds it took.
    async fn run(times: u32, refuse: impl Fn() -> Box<Refusal> + Send + Sync) -> (Result<(), ProviderError>, u32, u64) {
        let clock = ManualClock::default();
        let pace = Pace::new(Arc::new(clock.clone()), Arc::new(|| 0.0), &MANNERS);
        let calls = Calls::new(&pace, Duration::from_secs(600));
        let tried = AtomicU32::new(0);
        let outcome = calls
            .send("sqs:CreateQueue", || {
                let done = tried.fetch_add(1, Ordering::Relaxed) >= times;
                let answer = if done { Ok(()) } else { Err(*refuse()) };
                async { answer }
            })
            .await;
        (outcome, tried.into_inner(), clock.now().as_secs())
    }

    #[tokio::test]
    async fn a_throttled_call_is_made_again() {
        let (outcome, tried, _) = run(3, || refused(400, "Throttling", "")).await;
        assert_eq!((outcome, tried), (Ok(()), 4));
    }

    #[tokio::test]
    async fn a_quota_is_never_tried_again() {
        let (outcome, tried, _) = run(1, || refused(409, "LimitExceeded", "")).await;
        let error = outcome.unwrap_err();
        assert_eq!((error.kind, error.exhausted, tried), (ErrorKind::QuotaExceeded, false, 1));
    }

    #[tokio::test]
    async fn giving_up_says_so() {
        let (outcome, tried, _) = run(1000, || refused(503, "ServiceUnavailable", "")).await;
        assert_eq!((outcome.unwrap_err().exhausted, tried), (true, RetryPolicy::default().attempts));
    }

    #[tokio::test]
    async fn a_blocked_name_is_waited_out() {
        let code = "AWS.SimpleQueueService.QueueDeletedRecently";
        let (outcome, _, seconds) = run(1000, || refused(400, code, "")).await;
        assert!(outcome.is_err() && seconds > 60, "{seconds} s");
    }

    #[tokio::test]
    async fn a_new_principal_is_given_about_a_minute() {
        let message = "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:role/a\"";
        let (outcome, _, seconds) = run(1000, || refused(400, "MalformedPolicyDocument", message)).await;
        assert!(outcome.is_err() && (45..120).contains(&seconds), "{seconds} s");
    }

    #[tokio::test]
    async fn a_new_role_is_given_about_two_minutes() {
        let message = "roleArn, arn:aws:iam::123456789012:role/a, does not exist";
        let (outcome, _, seconds) = run(1000, || refused(400, "InvalidParameterException", message)).await;
        assert!(outcome.is_err() && (100..240).contains(&seconds), "{seconds} s");
    }

    #[tokio::test]
    async fn another_change_is_waited_for_until_the_deadline() {
        let message = "Cannot delete because cluster a has an update in progress";
        let (outcome, _, seconds) = run(1000, || refused(409, "ResourceInUseException", message)).await;
        assert!(outcome.is_err() && (570..=600).contains(&seconds), "{seconds} s");
    }

    #[tokio::test]
    async fn calls_keep_to_the_rate_of_their_api() {
        let clock = ManualClock::default();
        let pace = Pace::new(Arc::new(clock.clone()), Arc::new(|| 0.0), &MANNERS);
        for _ in 0..60 {
            pace.turn("iam:GetRole").await;
        }
        assert!((clock.now().as_secs_f64() - 1.0).abs() < 0.1, "{:?}", clock.now());
    }
}
