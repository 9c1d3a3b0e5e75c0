//! STS: whose credentials these are.

use super::iam::user_id;
use super::query::{Parameters, element};
use super::{Caller, QueryOperation, Refusal};
use crate::simulator::World;

pub(super) const OPERATIONS: &[QueryOperation] =
    &[QueryOperation { name: "GetCallerIdentity", takes: &[], answer: get_caller_identity }];

fn get_caller_identity(_: &mut World, caller: &Caller, _: &Parameters) -> Result<String, Refusal> {
    let arn = format!("arn:aws:iam::{}:user/{}", caller.account, caller.access_key);
    let parts = [element("Arn", &arn), element("UserId", &user_id(&arn)), element("Account", &caller.account)];
    Ok(parts.concat())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use crate::clock::Clock as _;
    use crate::simulator::{Faults, SimulatedClock, Simulator, aws};

    #[test]
    fn the_sdk_is_told_its_account() {
        let clock = SimulatedClock::new(Duration::from_secs(1_000_000_000));
        let simulator = Simulator::in_memory(Arc::new(clock.clone()), 1, Faults::default());
        let client = aws_sdk_sts::Client::new(&aws::sdk_config_for(&simulator, "111122223333"));
        let who = clock.runtime().unwrap().block_on(client.get_caller_identity().send()).unwrap();
        assert_eq!(who.account(), Some("111122223333"));
        let id = who.user_id().unwrap();
        assert!(id.starts_with("AIDA") && id.len() == 21, "{id}");
        assert_eq!(clock.now(), Duration::from_secs(1_000_000_000) + Duration::from_millis(40));
    }

    #[test]
    fn a_call_that_hangs_is_given_up_in_simulated_time() {
        let clock = SimulatedClock::new(Duration::from_secs(1_000_000_000));
        let faults = Faults::parse("faults: [{ operation: 'sts:*', kind: hang, occurrence: 1 }]").unwrap();
        let simulator = Simulator::in_memory(Arc::new(clock.clone()), 1, faults);
        let timeouts = aws_config::timeout::TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(30));
        let config = aws::sdk_config(&simulator).into_builder().timeout_config(timeouts.build()).build();
        let client = aws_sdk_sts::Client::new(&config);
        let who = clock.runtime().unwrap().block_on(client.get_caller_identity().send());
        assert!(who.is_ok(), "{who:?}");
        assert!(clock.now() > Duration::from_secs(1_000_000_005), "{:?}", clock.now());
    }
}
