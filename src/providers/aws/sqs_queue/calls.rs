//! The calls behind `aws.sqs_queue`.
//!
//! CreateQueue says nothing when a queue of the same name and attributes is there,
//! and someone else's would pass for a new one, so the name is looked up first.
//! Knows SQS's calls, and nothing of their rates or retries.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::types::QueueAttributeName;

use super::super::client::Client;
use super::super::ownership::{self, Tags};
use super::{SqsQueue, attributes};
use crate::provider::{ErrorKind, Observed, ProviderError, Target};
use crate::providers::cloud::Calls;
use crate::providers::cloud::Wire;
use crate::value::Attributes;

/// SQS's documentation of CreateQueue asks for at least a second before a new queue is used.
const NEW_QUEUE_RESTS: Duration = Duration::from_secs(1);

/// How long a deleted queue's name may still lead to it: SQS says 60 seconds, and a little more costs nothing.
const NAME_SHOWN: Duration = Duration::from_secs(75);

#[async_trait]
impl Wire<Client> for SqsQueue {
    async fn read(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Observed>, ProviderError> {
        let Some(url) = url(client, calls, target.identity).await? else {
            return Ok(None);
        };
        let Some((wire, tags)) = contents(client, calls, &url).await? else {
            return Ok(None);
        };
        let mut attributes = attributes::read(target.identity, &wire);
        attributes.insert("tags".to_owned(), ownership::users(&tags));
        attributes.insert("url".to_owned(), url.into());
        if let Some(arn) = wire.get(&QueueAttributeName::QueueArn) {
            attributes.insert("arn".to_owned(), arn.as_str().into());
        }
        let marks = ownership::marks(&tags, target.owner);
        Ok(Some(marks.observed(attributes)))
    }

    async fn create(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<Attributes, ProviderError> {
        name_is_free(client, calls, target.identity).await?;
        let wire = attributes::for_create(desired);
        let tags = ownership::wanted(target.owner, desired);
        let request = client
            .sqs
            .create_queue()
            .queue_name(target.identity)
            .set_attributes((!wire.is_empty()).then_some(wire))
            .set_tags(Some(tags.into_iter().collect()));
        calls.send("sqs:CreateQueue", || request.clone().send()).await?;
        calls.rest(NEW_QUEUE_RESTS).await;
        Ok(Attributes::new())
    }

    async fn update(
        &self,
        client: &Client,
        calls: &Calls<'_>,
        target: &Target<'_>,
        desired: &Attributes,
    ) -> Result<(), ProviderError> {
        let url = url(client, calls, target.identity).await?.ok_or_else(|| {
            let text = format!("there is no queue named {}", target.identity);
            ProviderError::new(ErrorKind::NotFound, "sqs:SetQueueAttributes", text)
        })?;
        let present = attributes::read(target.identity, &wire_attributes(client, calls, &url).await?);
        if let Some(wire) = attributes::for_update(&present, target.recorded, desired) {
            let request = client.sqs.set_queue_attributes().queue_url(&url).set_attributes(Some(wire));
            calls.send("sqs:SetQueueAttributes", || request.clone().send()).await?;
        }
        let present = tags(client, calls, &url).await?;
        set_tags(client, calls, &url, &present, &ownership::wanted(target.owner, desired)).await
    }

    async fn delete(&self, client: &Client, calls: &Calls<'_>, target: &Target<'_>) -> Result<(), ProviderError> {
        let Some(url) = url(client, calls, target.identity).await? else {
            return Ok(());
        };
        let is_shown = || async { Ok(self.read(client, calls, target).await?.is_some()) };
        calls.take_away("sqs:DeleteQueue", || client.sqs.delete_queue().queue_url(&url).send(), is_shown).await
    }
}

async fn url(client: &Client, calls: &Calls<'_>, name: &str) -> Result<Option<String>, ProviderError> {
    match calls.send("sqs:GetQueueUrl", || client.sqs.get_queue_url().queue_name(name).send()).await {
        Ok(answer) => Ok(answer.queue_url),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Attributes and tags. While a queue goes, any of the calls may be the first to miss it.
async fn contents(
    client: &Client,
    calls: &Calls<'_>,
    url: &str,
) -> Result<Option<(attributes::Wire, Tags)>, ProviderError> {
    match tokio::try_join!(wire_attributes(client, calls, url), tags(client, calls, url)) {
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        both => both.map(Some),
    }
}

/// Waits while the name still leads to a queue that was deleted, and refuses one that leads to a queue.
async fn name_is_free(client: &Client, calls: &Calls<'_>, name: &str) -> Result<(), ProviderError> {
    let mut wait = calls.wait(NAME_SHOWN);
    while let Some(url) = url(client, calls, name).await? {
        let is_there = contents(client, calls, &url).await?.is_some();
        if is_there || !calls.pause(&mut wait, "waiting for SQS to forget the deleted queue of this name").await? {
            let text = format!("there is a queue named {name} already");
            return Err(ProviderError::new(ErrorKind::AlreadyExists, "sqs:CreateQueue", text));
        }
    }
    Ok(())
}

async fn wire_attributes(client: &Client, calls: &Calls<'_>, url: &str) -> Result<attributes::Wire, ProviderError> {
    let request = client.sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::All);
    Ok(calls.send("sqs:GetQueueAttributes", || request.clone().send()).await?.attributes.unwrap_or_default())
}

async fn tags(client: &Client, calls: &Calls<'_>, url: &str) -> Result<Tags, ProviderError> {
    let answer = calls.send("sqs:ListQueueTags", || client.sqs.list_queue_tags().queue_url(url).send()).await?;
    Ok(answer.tags.unwrap_or_default().into_iter().collect())
}

async fn set_tags(
    client: &Client,
    calls: &Calls<'_>,
    url: &str,
    present: &Tags,
    wanted: &Tags,
) -> Result<(), ProviderError> {
    let changes = ownership::changes(present, wanted);
    // Removing first keeps below the most tags a queue may have; the marks are never among those.
    if !changes.remove.is_empty() {
        let request = client.sqs.untag_queue().queue_url(url).set_tag_keys(Some(changes.remove));
        calls.send("sqs:UntagQueue", || request.clone().send()).await?;
    }
    if !changes.set.is_empty() {
        let request = client.sqs.tag_queue().queue_url(url).set_tags(Some(changes.set.into_iter().collect()));
        calls.send("sqs:TagQueue", || request.clone().send()).await?;
    }
    Ok(())
}
