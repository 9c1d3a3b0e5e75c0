//! What a chart looks up in the cluster while it is rendered.

use serde_json::{Value as Json, json};

use crate::provider::{ErrorKind, ProviderError};
use crate::providers::helm::template::Lookup;
use crate::providers::kubernetes::{ApiResource, Calls};

/// An object, or the list of all of a kind; what is not there is an empty map, as Helm has it.
pub(crate) async fn look_up(calls: &Calls<'_>, lookup: &Lookup) -> Result<Json, ProviderError> {
    let look = |resource: ApiResource| async move {
        let namespace = Some(lookup.namespace.as_str()).filter(|name| resource.is_namespaced && !name.is_empty());
        if lookup.name.is_empty() {
            let items = calls.list(&resource.collection(namespace), None).await?;
            let kind = format!("{}List", lookup.kind);
            return Ok(Some(json!({"apiVersion": lookup.api_version, "kind": kind, "items": items})));
        }
        if resource.is_namespaced && namespace.is_none() {
            let text = format!("the chart looks up the {} {} and says no namespace", lookup.kind, lookup.name);
            return Err(ProviderError::new(ErrorKind::Rejected, "look up", text));
        }
        calls.get(&resource.path(namespace, &lookup.name)).await
    };
    let found = calls.of_kind(&lookup.api_version, &lookup.kind, look).await?;
    Ok(found.flatten().unwrap_or_else(|| json!({})))
}
