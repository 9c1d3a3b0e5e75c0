//! Reads many resources with one LIST a kind, in place of one GET an object.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use serde_json::Value as Json;

use super::client::{ApiResource, Client};
use super::door::{KubernetesDoor, Subject};
use super::manifest::Id;
use super::reading::{self, Seen};
use super::{connection_type, marks};
use crate::provider::{Observed, ProviderError, Target};

/// From how many objects of a kind on a list costs less than reading them.
const WORTH_A_LIST: usize = 3;
const AT_ONCE: usize = 16;

/// A cluster, the stack whose objects are asked for, and their kind.
type Collection = (usize, String, String, String);

/// Objects by what they are found by; `None` where the list says nothing certain.
type Listed = BTreeMap<Collection, BTreeMap<String, Json>>;

/// What a target needs to be read.
struct Wish<'a> {
    subject: Subject<'a>,
    client: Arc<Client>,
    cluster: usize,
}

pub(super) async fn read_all(
    door: &KubernetesDoor,
    targets: &[Target<'_>],
) -> Vec<Result<Option<Observed>, ProviderError>> {
    let mut clients: Vec<Arc<Client>> = Vec::new();
    let mut wishes = Vec::with_capacity(targets.len());
    for target in targets {
        wishes.push(wish(door, target, &mut clients).await);
    }
    let listed = listed(targets, &wishes).await;
    let reads: Vec<_> = targets.iter().zip(wishes).map(|(target, wish)| read(target, wish, &listed)).collect();
    stream::iter(reads).buffered(AT_ONCE).collect().await
}

async fn read(
    target: &Target<'_>,
    wish: Result<Wish<'_>, ProviderError>,
    listed: &Listed,
) -> Result<Option<Observed>, ProviderError> {
    if target.resource_type == connection_type::NAME {
        return Ok(connection_type::observed(target.recorded));
    }
    let wish = wish?;
    let seen = seen(target, &wish, listed).await?;
    Ok(reading::observed(&wish.subject, target, target.recorded, &seen))
}

async fn wish<'a>(
    door: &'a KubernetesDoor,
    target: &Target<'_>,
    clients: &mut Vec<Arc<Client>>,
) -> Result<Wish<'a>, ProviderError> {
    let subject = door.subject(target, target.recorded)?;
    let client = door.client(target.recorded).await?;
    let known = clients.iter().position(|known| Arc::ptr_eq(known, &client));
    let cluster = known.unwrap_or_else(|| {
        clients.push(Arc::clone(&client));
        clients.len() - 1
    });
    Ok(Wish { subject, client, cluster })
}

fn collection(target: &Target<'_>, cluster: usize, id: &Id) -> Collection {
    (cluster, target.owner.stack.to_string(), id.api_version(), id.kind.clone())
}

/// The objects of every kind of which enough are asked for. What cannot be listed is left to be read one by one.
async fn listed(targets: &[Target<'_>], wishes: &[Result<Wish<'_>, ProviderError>]) -> Listed {
    let mut counts: BTreeMap<Collection, (usize, &Arc<Client>, &Target<'_>)> = BTreeMap::new();
    for (target, wish) in targets.iter().zip(wishes) {
        for (wanted, wish) in wish.iter().flat_map(|wish| wish.subject.wanted.iter().map(move |wanted| (wanted, wish)))
        {
            let key = collection(target, wish.cluster, &wanted.id);
            counts.entry(key).or_insert((0, &wish.client, target)).0 += 1;
        }
    }
    let mut lists = Vec::new();
    for (key, (count, client, target)) in counts {
        if count >= WORTH_A_LIST {
            lists.push(listed_one(key, client, target));
        }
    }
    let lists: Vec<_> = stream::iter(lists).buffered(AT_ONCE).collect().await;
    lists.into_iter().flatten().collect()
}

async fn listed_one(
    key: Collection,
    client: &Client,
    target: &Target<'_>,
) -> Option<(Collection, BTreeMap<String, Json>)> {
    let (_, stack, api_version, kind) = &key;
    let objects = list(client, target, stack, api_version, kind).await.ok()?;
    Some((key, objects))
}

async fn list(
    client: &Client,
    target: &Target<'_>,
    stack: &str,
    api_version: &str,
    kind: &str,
) -> Result<BTreeMap<String, Json>, ProviderError> {
    let calls = client.on(target);
    let labels = format!("{}={stack}", marks::STACK);
    let (calls, labels) = (&calls, labels.as_str());
    let list = |kind: ApiResource| async move { calls.list(&kind.collection(None), Some(labels)).await };
    let objects = calls.of_kind(api_version, kind, list).await?.unwrap_or_default();
    Ok(objects.into_iter().filter_map(|object| Some((Id::of_object(&object)?.key(), object))).collect())
}

/// An object that is in no list may only have lost its label, so it is asked for by its name.
async fn seen(target: &Target<'_>, wish: &Wish<'_>, listed: &Listed) -> Result<Seen, ProviderError> {
    let calls = wish.client.on(target);
    let mut seen = Vec::with_capacity(wish.subject.wanted.len());
    for wanted in &wish.subject.wanted {
        let list = listed.get(&collection(target, wish.cluster, &wanted.id));
        seen.push(match list.and_then(|list| list.get(&wanted.id.key())) {
            Some(object) => Some(object.clone()),
            None => reading::one(&calls, &wanted.id).await?,
        });
    }
    Ok(seen)
}
