//! Whose an object is, by the label and the annotations that Helm puts on it.

use serde_json::Value as Json;

use super::place::Piece;
use crate::provider::{ErrorKind, ProviderError};
use crate::providers::kubernetes::objects::set_metadata;

const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const HELM: &str = "Helm";
const NAME: &str = "meta.helm.sh/release-name";
const NAMESPACE: &str = "meta.helm.sh/release-namespace";

/// An object that is there and belongs to someone else.
pub(super) const NOT_THIS_RELEASES: &str = "NotThisReleases";

/// How many of several objects are named.
const NAMED: usize = 10;

/// A release by what its objects say of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Release<'a> {
    pub(super) name: &'a str,
    pub(super) namespace: &'a str,
}

impl Release<'_> {
    /// The manifest as an object of this release.
    pub(super) fn marked(&self, mut manifest: Json) -> Json {
        set_metadata(&mut manifest, "labels", MANAGED_BY, HELM);
        set_metadata(&mut manifest, "annotations", NAME, self.name);
        set_metadata(&mut manifest, "annotations", NAMESPACE, self.namespace);
        manifest
    }

    pub(super) fn owns(&self, live: &Json) -> bool {
        self.faults(live).is_empty()
    }

    /// What keeps an object from being this release's.
    fn faults(&self, live: &Json) -> Vec<String> {
        let wanted = [
            ("label", "labels", MANAGED_BY, HELM),
            ("annotation", "annotations", NAME, self.name),
            ("annotation", "annotations", NAMESPACE, self.namespace),
        ];
        let faults = wanted.iter().filter_map(|(what, part, key, value)| match live["metadata"][part][key].as_str() {
            Some(found) if found == *value => None,
            Some(found) => {
                Some(format!("{what} validation error: key {key:?} must equal {value:?}: current value is {found:?}"))
            }
            None => Some(format!("{what} validation error: missing key {key:?}: must be set to {value:?}")),
        });
        faults.collect()
    }

    /// That none of the objects which are there belongs to someone else.
    pub(super) fn check<'p>(
        &self,
        seen: impl IntoIterator<Item = (&'p Piece, Option<&'p Json>)>,
    ) -> Result<(), ProviderError> {
        let foreign: Vec<String> = seen
            .into_iter()
            .filter_map(|(piece, live)| {
                let faults = self.faults(live?);
                (!faults.is_empty()).then(|| {
                    let (kind, name) = (&piece.id.kind, &piece.id.name);
                    let namespace = piece.id.namespace.as_deref().unwrap_or_default();
                    format!(
                        "{kind} {name:?} in namespace {namespace:?} exists and cannot be imported into the current \
                         release: invalid ownership metadata; {}",
                        faults.join("; ")
                    )
                })
            })
            .collect();
        let Some(first) = foreign.first() else { return Ok(()) };
        let message = match foreign.len() {
            1 => first.clone(),
            count => {
                let lines: Vec<_> = foreign.iter().take(NAMED).map(|line| format!("  - {line}")).collect();
                format!("{count} objects exist that are not this release's\n{}", lines.join("\n"))
            }
        };
        Err(ProviderError::new(ErrorKind::Rejected, "helm", message).code(NOT_THIS_RELEASES).hint(
            "take them over with `take_ownership: true`, delete them, or have the chart give its objects other names",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::kubernetes::Id;
    use serde_json::json;

    const RELEASE: Release<'static> = Release { name: "web", namespace: "demo" };

    fn piece(name: &str) -> Piece {
        Piece { id: Id::new("v1", "Service", Some("demo"), name), manifest: Json::Null, source: String::new() }
    }

    #[test]
    fn what_is_marked_is_owned() {
        let object = RELEASE.marked(json!({"metadata": {"labels": null, "annotations": {"a": "b"}}}));
        assert!(RELEASE.owns(&object));
        assert_eq!(object["metadata"]["annotations"]["a"], "b");
        assert!(!Release { name: "other", ..RELEASE }.owns(&object));
        assert!(!Release { namespace: "other", ..RELEASE }.owns(&object));
    }

    #[test]
    fn what_belongs_to_someone_else_is_told_in_helms_words() {
        let foreign = json!({"metadata": {"labels": {MANAGED_BY: "Kustomize"}, "annotations": {NAME: "web"}}});
        let seen = [(&piece("a"), Some(&foreign)), (&piece("b"), None)];
        let error = RELEASE.check(seen).unwrap_err();
        assert_eq!(error.code.as_deref(), Some(NOT_THIS_RELEASES));
        assert_eq!(
            error.message,
            "Service \"a\" in namespace \"demo\" exists and cannot be imported into the current release: invalid \
             ownership metadata; label validation error: key \"app.kubernetes.io/managed-by\" must equal \"Helm\": \
             current value is \"Kustomize\"; annotation validation error: missing key \
             \"meta.helm.sh/release-namespace\": must be set to \"demo\""
        );
        let many: Vec<_> = (0..12).map(|number| piece(&number.to_string())).collect();
        let error = RELEASE.check(many.iter().map(|piece| (piece, Some(&foreign)))).unwrap_err();
        assert!(error.message.starts_with("12 objects") && error.message.lines().count() == 11, "{error}");
    }
}
