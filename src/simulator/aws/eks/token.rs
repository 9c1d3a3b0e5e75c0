//! Client request tokens: a request that comes again has its effect once.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::input::Member;
use super::place::{Place, TOKEN};
use super::refusal::invalid;
use crate::simulator::aws::Refusal;
use crate::simulator::aws::json::Members;
use crate::simulator::world::number;

/// What a request with a token was answered. It goes with the cluster.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Remembered {
    /// What the request was, as a hash.
    request: String,
    answer: Json,
}

/// Does it, unless a request with this token was answered before: then answers the same.
pub(super) fn once(
    place: &mut Place<'_>,
    operation: &str,
    shape: &[Member],
    members: &Members,
    act: impl FnOnce(&mut Place<'_>) -> Result<Json, Refusal>,
) -> Result<Json, Refusal> {
    let Some(token) = members.text("clientRequestToken")? else { return act(place) };
    if token.is_empty() || token.len() > 64 {
        return Err(invalid("clientRequestToken has to have 1 to 64 characters"));
    }
    let cluster = members.text("clusterName")?.or(members.text("name")?).unwrap_or_default().to_owned();
    let parts: Vec<_> =
        shape.iter().map(|member| members.get(member.name).map(Json::to_string).unwrap_or_default()).collect();
    let request = format!("{:016x}", number(&parts.iter().map(String::as_bytes).collect::<Vec<_>>()));
    let id = format!("{operation}-{:016x}", number(&[token.as_bytes()]));
    let before = earlier(place, &id);
    match before {
        Some(remembered) if remembered.request == request => Ok(remembered.answer),
        Some(_) => Err(invalid(format!(
            "The client request token {token} was used for another {operation} request with other parameters"
        ))),
        None => {
            let answer = act(place)?;
            let key = place.key(TOKEN, &[&cluster, &id]);
            place.world.put(&key, &Remembered { request, answer: answer.clone() });
            Ok(answer)
        }
    }
}

/// Whatever cluster it was for: a token is for one request of an account.
fn earlier(place: &Place<'_>, id: &str) -> Option<Remembered> {
    let below = place.key(TOKEN, &[""]);
    let end = format!("/{id}");
    let key = place.world.keys().find(|key| key.starts_with(&below) && key.ends_with(&end))?;
    place.world.get(key)
}
