//! The calls of what is in a namespace: queues, topics and subscriptions, which all are made and changed at once.
//!
//! They take no tags, so whose they are is told by what is recorded, and else by the namespace.

use serde_json::{Map, Value as Json};

use super::super::arm::{At, id};
use super::super::client::Azure;
use super::super::{fields, ownership};
use super::VERSION;
use super::members::{self, Member};
use crate::provider::{Observed, ProviderError, Target};
use crate::providers::cloud::Calls;
use crate::value::{Attributes, Value};

/// What a type of entity is to its calls.
pub(in super::super) struct Sort {
    /// The fields whose names make its identity, behind the resource group, and their places in the path.
    pub(in super::super) names: &'static [(&'static str, &'static str)],
    pub(in super::super) members: &'static [Member],
    /// Members that can be written, and that no field stands for.
    pub(in super::super) others: &'static [&'static str],
    /// The body with these properties, as the model writes it.
    pub(in super::super) body: fn(Map<String, Json>) -> serde_json::Result<Json>,
}

const GROUP: &str = "resource_group";

impl Sort {
    /// The fields that its identity is made of.
    fn fields(&self) -> Vec<&'static str> {
        std::iter::once(GROUP).chain(self.names.iter().map(|(field, _)| *field)).collect()
    }

    /// The names in lower case, the group's first.
    pub(in super::super) fn identity(&self, spec: &Attributes) -> Option<String> {
        fields::identity(spec, &self.fields())
    }

    /// The names as the stack writes them, whose case the id in Azure may not have.
    pub(in super::super) fn whereabouts(&self, spec: &Attributes) -> Attributes {
        fields::whereabouts(spec, &self.fields())
    }

    /// The path of the outermost `depth` of the names.
    fn path(&self, client: &Azure, identity: &str, depth: usize) -> String {
        let mut names = identity.split('/');
        let group = names.next().unwrap_or_default();
        let parts = self.names.iter().take(depth).zip(names).map(|((_, kind), name)| format!("/{kind}/{name}"));
        client.in_group(group, &format!("Microsoft.ServiceBus{}", parts.collect::<String>()))
    }

    fn id(&self, client: &Azure, identity: &str) -> String {
        self.path(client, identity, self.names.len())
    }

    /// As the stack writes the names: what is made has them in this case.
    fn written_id(&self, client: &Azure, target: &Target<'_>, desired: &Attributes) -> String {
        self.id(client, &fields::as_written(desired, &self.fields(), target.identity))
    }

    pub(in super::super) async fn read(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let path = self.id(client, target.identity);
        let Some(body) = client.arm.get(calls, At { id: &path, version: VERSION }).await? else { return Ok(None) };
        let parent = match target.recorded.contains_key("id") {
            true => None,
            false => {
                let namespace = self.path(client, target.identity, 1);
                client.arm.get(calls, At { id: &namespace, version: VERSION }).await?
            }
        };
        let (ownership, marks) = ownership::untagged(target, &parent.unwrap_or_default());
        let condition = fields::condition(&body);
        Ok(Some(Observed { attributes: self.attributes(&body, target), ownership, marks, condition }))
    }

    fn attributes(&self, body: &Json, target: &Target<'_>) -> Attributes {
        let properties = body.get("properties").unwrap_or(&Json::Null);
        let mut attributes = members::read(self.members, properties, target.recorded);
        let path = body.get("id").and_then(Json::as_str).unwrap_or_default();
        // Behind the service: what a topic has is called as that which all of it is in.
        let inside = path.split_once("/providers/").map_or("", |(_, inside)| inside);
        let mut parts = self.names.iter().map(|(field, kind)| (*field, id::part(inside, kind)));
        let group = std::iter::once((GROUP, id::part(path, "resourceGroups")));
        for ((field, found), known) in group.chain(&mut parts).zip(target.identity.split('/')) {
            attributes.insert(field.to_owned(), fields::spelled(found.unwrap_or(known), target.recorded.get(field)));
        }
        attributes.insert("id".to_owned(), fields::text(body, "id"));
        attributes
    }

    pub(in super::super) async fn create(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Attributes, ProviderError> {
        let path = self.written_id(client, target, desired);
        let at = At { id: &path, version: VERSION };
        fields::absent(client.arm.get(calls, at).await?, &path)?;
        let body = self.body(&path, members::written(self.members, desired))?;
        let made = client.arm.put(calls, at, &body).await?;
        let id = made.get("id").and_then(Json::as_str).unwrap_or(&path);
        Ok(Attributes::from([("id".to_owned(), Value::from(id))]))
    }

    pub(in super::super) async fn update(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        let path = self.id(client, target.identity);
        let at = At { id: &path, version: VERSION };
        let present = client.arm.get(calls, at).await?.ok_or_else(|| fields::gone(&path))?;
        let properties = present.get("properties").unwrap_or(&Json::Null);
        let mut wire = members::kept(self.members, self.others, properties, target.recorded, desired);
        wire.extend(members::written(self.members, desired));
        client.arm.put(calls, at, &self.body(&path, wire)?).await.map(|_| ())
    }

    pub(in super::super) async fn delete(
        &self,
        client: &Azure,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<(), ProviderError> {
        let path = self.id(client, target.identity);
        client.arm.delete(calls, At { id: &path, version: VERSION }).await
    }

    fn body(&self, path: &str, properties: Map<String, Json>) -> Result<Json, ProviderError> {
        let body = (self.body)(properties).map_err(|error| members::no_body(path, &error))?;
        Ok(members::without_nulls(body))
    }
}

#[cfg(test)]
impl Sort {
    /// What would be sent for a new one.
    pub(in super::super) fn sent(&self, desired: &Attributes) -> Json {
        self.body("/x", members::written(self.members, desired)).unwrap()
    }
}
