//! Whether labels are those that a selector asks for. Knows no kind.

use serde_json::Value as Json;

use super::object::{list, text, texts};

/// Whether a LabelSelector takes an object. One that asks for nothing takes everything.
pub(super) fn selects(selector: &Json, object: &Json) -> bool {
    let labels = texts(object, "/metadata/labels");
    texts(selector, "/matchLabels").iter().all(|(name, value)| labels.get(name) == Some(value))
        && list(selector, "/matchExpressions").iter().all(|one| {
            let has = labels.get(text(one, "/key"));
            let among = has.is_some_and(|value| list(one, "/values").iter().any(|other| other == value.as_str()));
            match text(one, "/operator") {
                "In" => among,
                "NotIn" => !among,
                "Exists" => has.is_some(),
                "DoesNotExist" => has.is_none(),
                _ => false,
            }
        })
}

/// Whether a plain map of labels, such as a Service's, takes an object. An empty one takes nothing.
pub(super) fn has_all(wanted: &Json, object: &Json) -> bool {
    let (wanted, labels) = (texts(wanted, ""), texts(object, "/metadata/labels"));
    !wanted.is_empty() && wanted.iter().all(|(name, value)| labels.get(name) == Some(value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_selector_takes_what_it_asks_for() {
        let pod = json!({"metadata": {"labels": {"app": "web", "tier": "front"}}});
        let asks = |key, operator, values: &[&str]| json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]});
        let cases = [
            (json!({}), true),
            (json!({"matchLabels": {"app": "web"}}), true),
            (json!({"matchLabels": {"app": "web", "tier": "back"}}), false),
            (asks("app", "In", &["api", "web"]), true),
            (asks("app", "NotIn", &["web"]), false),
            (asks("zone", "NotIn", &["web"]), true),
            (asks("zone", "Exists", &[]), false),
            (asks("zone", "DoesNotExist", &[]), true),
        ];
        for (selector, expected) in cases {
            assert_eq!(selects(&selector, &pod), expected, "{selector}");
        }
        assert!(has_all(&json!({"app": "web"}), &pod) && !has_all(&json!({}), &pod));
    }
}
