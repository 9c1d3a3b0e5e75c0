//! What a chart looks up in the cluster while it is rendered.

use serde_json::{Value as Json, json};

use crate::provider::{ErrorKind, ProviderError};
use crate::providers::helm::template::Lookup;
use crate::providers::kubernetes::{Calls, NO_KIND_MATCH};

/// An object, or the list of all of a kind; what is not there is an empty map, as Helm has it.
pub(crate) async fn look_up(calls: &Calls<'_>, lookup: &Lookup) -> Result<Json, ProviderError> {
    let nothing = json!({});
    let resource = match calls.resource(&lookup.api_version, &lookup.kind).await {
        Err(error) if error.code.as_deref() == Some(NO_KIND_MATCH) => return Ok(nothing),
        resource => resource?,
    };
    let namespace = Some(lookup.namespace.as_str()).filter(|namespace| resource.is_namespaced && !namespace.is_empty());
    if !lookup.name.is_empty() {
        if resource.is_namespaced && namespace.is_none() {
            let text = format!("the chart looks up the {} {} and says no namespace", lookup.kind, lookup.name);
            return Err(ProviderError::new(ErrorKind::Rejected, "look up", text));
        }
        return Ok(calls.get(&resource.path(namespace, &lookup.name)).await?.unwrap_or(nothing));
    }
    let items = calls.list(&resource.collection(namespace), None).await?;
    Ok(json!({"apiVersion": lookup.api_version, "kind": format!("{}List", lookup.kind), "items": items}))
}
