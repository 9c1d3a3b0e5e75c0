//! What queues, topics and subscriptions may say: members, ranges, and what the service fills in.

use serde_json::{Map, Value as Json, json};

use super::{Tier, bad};
use crate::simulator::azure::shape::{Member, Shape, may, seconds};
use crate::simulator::refusal::Refusal;

/// What .NET's longest span of time is in ISO 8601: no limit.
pub(super) const UNLIMITED: &str = "P10675199DT2H48M5.4775807S";

const STATUS: Shape = Shape::Among(&["Active", "Disabled", "SendDisabled", "ReceiveDisabled"]);
const CLIENT: &[Member] = &[may("clientId", Shape::Text), may("isDurable", Shape::Bool), may("isShared", Shape::Bool)];

const QUEUE_PROPERTIES: &[Member] = &[
    may("lockDuration", Shape::Duration),
    may("maxSizeInMegabytes", Shape::Integer(1, i32::MAX as i64)),
    may("maxMessageSizeInKilobytes", Shape::Integer(1, i32::MAX as i64)),
    may("requiresDuplicateDetection", Shape::Bool),
    may("requiresSession", Shape::Bool),
    may("defaultMessageTimeToLive", Shape::Duration),
    may("deadLetteringOnMessageExpiration", Shape::Bool),
    may("duplicateDetectionHistoryTimeWindow", Shape::Duration),
    may("maxDeliveryCount", Shape::Integer(1, 2000)),
    may("status", STATUS),
    may("enableBatchedOperations", Shape::Bool),
    may("autoDeleteOnIdle", Shape::Duration),
    may("enablePartitioning", Shape::Bool),
    may("enableExpress", Shape::Bool),
    may("forwardTo", Shape::Text),
    may("forwardDeadLetteredMessagesTo", Shape::Text),
    may("userMetadata", Shape::Text),
];
const TOPIC_PROPERTIES: &[Member] = &[
    may("defaultMessageTimeToLive", Shape::Duration),
    may("maxSizeInMegabytes", Shape::Integer(1, i32::MAX as i64)),
    may("maxMessageSizeInKilobytes", Shape::Integer(1, i32::MAX as i64)),
    may("requiresDuplicateDetection", Shape::Bool),
    may("duplicateDetectionHistoryTimeWindow", Shape::Duration),
    may("enableBatchedOperations", Shape::Bool),
    may("status", STATUS),
    may("supportOrdering", Shape::Bool),
    may("autoDeleteOnIdle", Shape::Duration),
    may("enablePartitioning", Shape::Bool),
    may("enableExpress", Shape::Bool),
    may("userMetadata", Shape::Text),
];
const SUBSCRIPTION_PROPERTIES: &[Member] = &[
    may("lockDuration", Shape::Duration),
    may("requiresSession", Shape::Bool),
    may("defaultMessageTimeToLive", Shape::Duration),
    may("deadLetteringOnFilterEvaluationExceptions", Shape::Bool),
    may("deadLetteringOnMessageExpiration", Shape::Bool),
    may("duplicateDetectionHistoryTimeWindow", Shape::Duration),
    may("maxDeliveryCount", Shape::Integer(1, 2000)),
    may("status", STATUS),
    may("enableBatchedOperations", Shape::Bool),
    may("autoDeleteOnIdle", Shape::Duration),
    may("forwardTo", Shape::Text),
    may("forwardDeadLetteredMessagesTo", Shape::Text),
    may("isClientAffine", Shape::Bool),
    may("clientAffineProperties", Shape::Structure(CLIENT)),
    may("userMetadata", Shape::Text),
];

/// One of the three sorts of things that messages are in.
pub(super) struct Sort {
    pub(super) noun: &'static str,
    pub(super) longest_name: usize,
    pub(super) body: &'static [Member],
    /// What stays as it was made.
    pub(super) fixed: &'static [&'static str],
    /// What the service fills in, in an order of its own.
    defaults: &'static [(&'static str, Filled)],
    /// What it tells and takes from no one.
    told: fn() -> Json,
}

/// What stands where nothing is given.
enum Filled {
    Text(&'static str),
    Number(i64),
    Yes,
    No,
    /// No limit, but 14 days in the Basic tier.
    Life,
    /// The largest message of the tier.
    MessageSize,
}

pub(super) const QUEUE: Sort = Sort {
    noun: "Queue",
    longest_name: 260,
    body: &[may("properties", Shape::Structure(QUEUE_PROPERTIES))],
    fixed: &["requiresDuplicateDetection", "requiresSession", "enablePartitioning"],
    defaults: &[
        ("maxMessageSizeInKilobytes", Filled::MessageSize),
        ("lockDuration", Filled::Text("PT1M")),
        ("maxSizeInMegabytes", Filled::Number(1024)),
        ("requiresDuplicateDetection", Filled::No),
        ("requiresSession", Filled::No),
        ("defaultMessageTimeToLive", Filled::Life),
        ("deadLetteringOnMessageExpiration", Filled::No),
        ("enableBatchedOperations", Filled::Yes),
        ("duplicateDetectionHistoryTimeWindow", Filled::Text("PT10M")),
        ("maxDeliveryCount", Filled::Number(10)),
        ("status", Filled::Text("Active")),
        ("autoDeleteOnIdle", Filled::Text(UNLIMITED)),
        ("enablePartitioning", Filled::No),
        ("enableExpress", Filled::No),
    ],
    told: || json!({"sizeInBytes": 0, "messageCount": 0}),
};

pub(super) const TOPIC: Sort = Sort {
    noun: "Topic",
    longest_name: 260,
    body: &[may("properties", Shape::Structure(TOPIC_PROPERTIES))],
    fixed: &["requiresDuplicateDetection", "enablePartitioning"],
    defaults: &[
        ("maxMessageSizeInKilobytes", Filled::MessageSize),
        ("defaultMessageTimeToLive", Filled::Life),
        ("maxSizeInMegabytes", Filled::Number(1024)),
        ("requiresDuplicateDetection", Filled::No),
        ("duplicateDetectionHistoryTimeWindow", Filled::Text("PT10M")),
        ("enableBatchedOperations", Filled::Yes),
        ("status", Filled::Text("Active")),
        ("supportOrdering", Filled::No),
        ("autoDeleteOnIdle", Filled::Text(UNLIMITED)),
        ("enablePartitioning", Filled::No),
        ("enableExpress", Filled::No),
    ],
    told: || json!({"sizeInBytes": 0, "subscriptionCount": 0}),
};

pub(super) const SUBSCRIPTION: Sort = Sort {
    noun: "Subscription",
    longest_name: 50,
    body: &[may("properties", Shape::Structure(SUBSCRIPTION_PROPERTIES))],
    fixed: &["requiresSession", "isClientAffine", "clientAffineProperties"],
    defaults: &[
        ("isClientAffine", Filled::No),
        ("lockDuration", Filled::Text("PT1M")),
        ("requiresSession", Filled::No),
        ("defaultMessageTimeToLive", Filled::Life),
        ("deadLetteringOnMessageExpiration", Filled::No),
        ("deadLetteringOnFilterEvaluationExceptions", Filled::Yes),
        ("maxDeliveryCount", Filled::Number(10)),
        ("status", Filled::Text("Active")),
        ("enableBatchedOperations", Filled::Yes),
        ("autoDeleteOnIdle", Filled::Text(UNLIMITED)),
    ],
    told: || json!({"messageCount": 0}),
};

/// What a namespace lets its things be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) tier: Tier,
    /// Of a Premium namespace.
    pub(super) partitions: i64,
}

impl Sort {
    /// Everything that will be there: what is given, and what the service fills in.
    pub(super) fn filled(&self, given: Map<String, Json>, bounds: Bounds) -> Result<Map<String, Json>, Refusal> {
        let tier = bounds.tier;
        let mut all: Map<String, Json> = self
            .defaults
            .iter()
            .map(|(name, filled)| (*name, filled.value(tier)))
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        all.extend(given.into_iter().filter(|(_, value)| !value.is_null()));
        self.within(&all, bounds)?;
        for value in all.values_mut() {
            let written = value.as_str().filter(|text| text.starts_with('P')).and_then(seconds);
            if let Some(seconds) = written {
                *value = written_out(seconds).into();
            }
        }
        // A partitioned thing is sixteen, and told of as a whole.
        if tier == Tier::Standard && all.get("enablePartitioning") == Some(&Json::Bool(true)) {
            let size = all.get("maxSizeInMegabytes").and_then(Json::as_i64).unwrap_or_default();
            all.insert("maxSizeInMegabytes".to_owned(), (size * 16).into());
        }
        let Json::Object(told) = (self.told)() else { return Ok(all) };
        all.extend(told);
        let counts = [
            "activeMessageCount",
            "deadLetterMessageCount",
            "scheduledMessageCount",
            "transferMessageCount",
            "transferDeadLetterMessageCount",
        ];
        all.insert(
            "countDetails".to_owned(),
            counts.iter().map(|name| ((*name).to_owned(), 0.into())).collect::<Map<_, _>>().into(),
        );
        Ok(all)
    }

    fn within(&self, all: &Map<String, Json>, bounds: Bounds) -> Result<(), Refusal> {
        const DAY: f64 = 86_400.0;
        let tier = bounds.tier;
        let longest_life = if tier == Tier::Basic { 14.0 * DAY } else { f64::INFINITY };
        let ranges = [
            ("lockDuration", 5.0, 300.0),
            ("defaultMessageTimeToLive", 1.0, longest_life),
            ("duplicateDetectionHistoryTimeWindow", 20.0, 7.0 * DAY),
            ("autoDeleteOnIdle", 300.0, f64::INFINITY),
        ];
        for (name, least, most) in ranges {
            let given = all.get(name).and_then(Json::as_str).and_then(seconds);
            if given.is_some_and(|seconds| !(least..=most).contains(&seconds)) {
                return Err(bad(format!(
                    "The value of '{name}' is out of range: it is from {least} to {most} seconds"
                )));
            }
        }
        self.within_tier(all, bounds)?;
        let yes = |name: &str| all.get(name) == Some(&Json::Bool(true));
        if yes("requiresSession") && all.contains_key("forwardTo") {
            return Err(bad("Auto-forwarding is not supported for an entity that requires sessions"));
        }
        if yes("isClientAffine") != all.contains_key("clientAffineProperties") {
            return Err(bad("A client-affine subscription is one with client-affine properties"));
        }
        Ok(())
    }

    fn within_tier(&self, all: &Map<String, Json>, Bounds { tier, partitions }: Bounds) -> Result<(), Refusal> {
        let yes = |name: &str| all.get(name) == Some(&Json::Bool(true));
        let number = |name: &str| all.get(name).and_then(Json::as_i64);
        let forwards = ["forwardTo", "forwardDeadLetteredMessagesTo"].into_iter().find(|name| all.contains_key(*name));
        let only_above_basic = ["requiresSession", "requiresDuplicateDetection", "enableExpress"];
        if tier == Tier::Basic {
            let refused = only_above_basic.into_iter().find(|name| yes(name)).or(forwards);
            let idle = all.get("autoDeleteOnIdle").is_some_and(|idle| idle != UNLIMITED).then_some("autoDeleteOnIdle");
            if let Some(name) = refused.or(idle) {
                return Err(bad(format!("'{name}' is not available in the Basic tier")));
            }
        }
        if tier == Tier::Premium && yes("enableExpress") {
            return Err(bad("Express entities are not available in the Premium tier"));
        }
        if all.contains_key("enablePartitioning")
            && tier == Tier::Premium
            && yes("enablePartitioning") != (partitions > 1)
        {
            return Err(bad(match partitions {
                1 => "Partitioned entities are not available in a namespace with a single partition",
                _ => "Non-partitioned entities are not available in a partitioned namespace",
            }));
        }
        let sizes: &[i64] = match tier {
            Tier::Premium => &[1024, 2048, 3072, 4096, 5120, 10_240, 20_480, 40_960, 81_920],
            _ => &[1024, 2048, 3072, 4096, 5120],
        };
        if number("maxSizeInMegabytes").is_some_and(|size| !sizes.contains(&size)) {
            return Err(bad(format!("'maxSizeInMegabytes' is one of {sizes:?} in the {} tier", tier.name())));
        }
        let message = match tier {
            Tier::Premium => 1024..=102_400,
            _ => 256..=256,
        };
        if number("maxMessageSizeInKilobytes").is_some_and(|size| !message.contains(&size)) {
            return Err(bad(format!(
                "'maxMessageSizeInKilobytes' is from {} to {} in the {} tier",
                message.start(),
                message.end(),
                tier.name()
            )));
        }
        Ok(())
    }
}

impl Filled {
    fn value(&self, tier: Tier) -> Json {
        match self {
            Self::Text(text) => Json::from(*text),
            Self::Number(number) => Json::from(*number),
            Self::Yes => Json::Bool(true),
            Self::No => Json::Bool(false),
            Self::Life => Json::from(if tier == Tier::Basic { "P14D" } else { UNLIMITED }),
            Self::MessageSize => Json::from(if tier == Tier::Premium { 1024 } else { 256 }),
        }
    }
}

/// As .NET writes a span of time: the largest units first, and none that is zero.
fn written_out(seconds: f64) -> String {
    const LONGEST: f64 = 922_337_203_685.0;
    if seconds >= LONGEST {
        return UNLIMITED.to_owned();
    }
    let whole = seconds.trunc();
    let (days, rest) = ((whole / 86_400.0).trunc(), whole % 86_400.0);
    let (hours, minutes) = ((rest / 3_600.0).trunc(), ((rest % 3_600.0) / 60.0).trunc());
    let left = rest % 60.0 + (seconds - whole);
    let part = |amount: f64, unit: &str| if amount > 0.0 { format!("{amount}{unit}") } else { String::new() };
    let time = [part(hours, "H"), part(minutes, "M"), part(left, "S")].concat();
    match (part(days, "D").as_str(), time.as_str()) {
        ("", "") => "PT0S".to_owned(),
        (days, "") => format!("P{days}"),
        (days, time) => format!("P{days}T{time}"),
    }
}
