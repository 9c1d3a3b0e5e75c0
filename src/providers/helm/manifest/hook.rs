//! Hooks: objects that are made at a certain moment of a release's life, by their annotations.

use serde_json::Value as Json;

use super::document::Head;

const EVENTS: &str = "helm.sh/hook";
const WEIGHT: &str = "helm.sh/hook-weight";
const DELETE_POLICY: &str = "helm.sh/hook-delete-policy";
const LOG_POLICY: &str = "helm.sh/hook-output-log-policy";

/// When a hook's turn is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    PreInstall,
    PostInstall,
    PreDelete,
    PostDelete,
    PreUpgrade,
    PostUpgrade,
    PreRollback,
    PostRollback,
    Test,
}

const NAMES: &[(&str, Event)] = &[
    ("pre-install", Event::PreInstall),
    ("post-install", Event::PostInstall),
    ("pre-delete", Event::PreDelete),
    ("post-delete", Event::PostDelete),
    ("pre-upgrade", Event::PreUpgrade),
    ("post-upgrade", Event::PostUpgrade),
    ("pre-rollback", Event::PreRollback),
    ("post-rollback", Event::PostRollback),
    ("test", Event::Test),
    // As charts of Helm 2 call it.
    ("test-success", Event::Test),
];

impl Event {
    pub(crate) fn name(self) -> &'static str {
        NAMES.iter().find(|(_, event)| *event == self).map_or("", |(name, _)| name)
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, event)| *event)
    }
}

/// A hook as rendered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hook {
    pub(crate) name: String,
    pub(crate) kind: String,
    /// The file it comes from.
    pub(crate) path: String,
    /// As rendered.
    pub(crate) manifest: String,
    pub(crate) object: Json,
    pub(crate) events: Vec<Event>,
    pub(crate) weight: i64,
    /// `before-hook-creation`, `hook-succeeded`, `hook-failed`, or what is written there.
    pub(crate) delete_policies: Vec<String>,
    /// `hook-succeeded`, `hook-failed`.
    pub(crate) output_log_policies: Vec<String>,
}

/// What a document turns out to be.
pub(super) enum Sort {
    Plain,
    Hook(Box<Hook>),
    /// A hook for an event that Helm does not know either: left out, as Helm does.
    Unknown,
}

pub(super) fn sort(path: &str, text: &str, object: &Json, head: &Head) -> Sort {
    let Some(events) = head.annotation(EVENTS) else { return Sort::Plain };
    let events: Option<Vec<Event>> = listed(events).iter().map(|name| Event::parse(name)).collect();
    let Some(events) = events else { return Sort::Unknown };
    let policies = |name: &str| head.annotation(name).map(listed).unwrap_or_default();
    Sort::Hook(Box::new(Hook {
        name: head.name.clone(),
        kind: head.kind.clone(),
        path: path.to_owned(),
        manifest: text.to_owned(),
        object: object.clone(),
        events,
        weight: head.annotation(WEIGHT).and_then(|weight| weight.parse().ok()).unwrap_or(0),
        delete_policies: policies(DELETE_POLICY),
        output_log_policies: policies(LOG_POLICY),
    }))
}

fn listed(text: &str) -> Vec<String> {
    text.split(',').map(|part| part.trim().to_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(annotations: &[(&str, &str)]) -> Sort {
        let annotations = annotations.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        sort("c/templates/a.yaml", "text", &Json::Null, &Head { annotations, ..Head::default() })
    }

    #[test]
    fn annotations_make_a_hook() {
        let Sort::Hook(hook) = sorted(&[
            (EVENTS, "pre-install, Post-Upgrade,test-success"),
            (WEIGHT, "-5"),
            (DELETE_POLICY, "hook-succeeded, before-hook-creation"),
            (LOG_POLICY, "hook-failed"),
        ]) else {
            panic!("no hook")
        };
        assert_eq!(hook.events, [Event::PreInstall, Event::PostUpgrade, Event::Test]);
        assert_eq!((hook.weight, hook.delete_policies.len()), (-5, 2));
        assert_eq!(hook.output_log_policies, ["hook-failed"]);
    }

    #[test]
    fn a_weight_that_is_no_number_is_none() {
        for weight in ["", "heavy", "1.5", " 3"] {
            let Sort::Hook(hook) = sorted(&[(EVENTS, "test"), (WEIGHT, weight)]) else { panic!("no hook") };
            assert_eq!(hook.weight, 0, "{weight:?}");
        }
    }

    #[test]
    fn a_document_for_an_unknown_event_is_dropped() {
        assert!(matches!(sorted(&[(EVENTS, "crd-install")]), Sort::Unknown));
        assert!(matches!(sorted(&[(EVENTS, "pre-install,crd-install")]), Sort::Unknown));
        assert!(matches!(sorted(&[(EVENTS, "")]), Sort::Unknown));
        assert!(matches!(sorted(&[("a", "b")]), Sort::Plain));
    }

    #[test]
    fn events_have_the_names_they_are_read_by() {
        for (name, event) in NAMES.iter().filter(|(name, _)| *name != "test-success") {
            assert_eq!((event.name(), Event::parse(name)), (*name, Some(*event)));
        }
    }
}
