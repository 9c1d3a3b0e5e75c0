//! KEDA's conditions, which have no times, and its annotations.

use serde_json::{Value as Json, json};

use super::super::object::{annotation, list, put_condition};

const ALL: [&str; 4] = ["Ready", "Active", "Fallback", "Paused"];

/// All of them are there from the start.
pub(super) fn begin(object: &mut Json) {
    for of in ALL {
        if !list(object, "/status/conditions").iter().any(|one| one["type"] == of) {
            put_condition(object, json!({"type": of, "status": "Unknown"}));
        }
    }
}

pub(super) fn put(object: &mut Json, of: &str, [status, reason, message]: [&str; 3]) {
    put_condition(object, json!({"type": of, "status": status, "reason": reason, "message": message}));
}

pub(super) fn is(object: &Json, of: &str, status: &str) -> bool {
    list(object, "/status/conditions").iter().any(|one| one["type"] == of && one["status"] == status)
}

/// Whether an annotation asks for something. What is no truth value counts as asking.
pub(super) fn asks(object: &Json, name: &str) -> bool {
    let value = annotation(object, &format!("autoscaling.keda.sh/{name}"));
    value.is_some_and(|value| !matches!(value, "0" | "f" | "F" | "false" | "FALSE" | "False"))
}

/// How many replicas it is to have while it is paused.
pub(super) fn paused_replicas(object: &Json) -> Option<&str> {
    annotation(object, "autoscaling.keda.sh/paused-replicas")
}

pub(super) fn is_paused(object: &Json) -> bool {
    paused_replicas(object).is_some() || asks(object, "paused")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotation_asks_unless_it_says_no() {
        for (value, expected) in [("true", true), ("false", false), ("yes", true), ("", true), ("0", false)] {
            let object = json!({"metadata": {"annotations": {"autoscaling.keda.sh/paused": value}}});
            assert_eq!(is_paused(&object), expected, "{value}");
        }
        assert!(is_paused(&json!({"metadata": {"annotations": {"autoscaling.keda.sh/paused-replicas": "3"}}})));
        assert!(!is_paused(&json!({"metadata": {}})));
    }
}
