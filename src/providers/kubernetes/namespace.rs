//! `kubernetes.namespace`.

use std::time::Duration;

use super::named::{Named, NamedType};

pub(super) fn namespace() -> NamedType {
    NamedType::new(Named {
        name: "kubernetes.namespace",
        doc: "A namespace. Deleting it deletes everything in it.",
        api_version: "v1",
        kind: "Namespace",
        namespaced: false,
        fields: Vec::new(),
        check: |_| Vec::new(),
        expected: Duration::from_secs(5),
    })
}
