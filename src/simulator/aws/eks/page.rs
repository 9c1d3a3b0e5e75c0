//! Lists in pages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::refusal::invalid;
use crate::simulator::aws::Refusal;
use crate::simulator::aws::json::Members;

/// What a page has when the request does not say.
const PAGE: usize = 100;

/// One page of a list that is in the order of its keys, as a structure with this member.
pub(super) fn page(name: &str, all: Vec<(String, Json)>, members: &Members) -> Result<Json, Refusal> {
    let most = members.integer("maxResults")?.and_then(|most| usize::try_from(most).ok()).unwrap_or(PAGE);
    let after = match members.text("nextToken")? {
        Some(token) => Some(read(token).ok_or_else(|| invalid("The nextToken is not valid"))?),
        None => None,
    };
    let mut rest = all.into_iter().filter(|(key, _)| after.as_ref().is_none_or(|after| key > after)).peekable();
    let mut last = None;
    let mut items = Vec::new();
    while items.len() < most
        && let Some((key, item)) = rest.next()
    {
        last = Some(key);
        items.push(item);
    }
    let next = last.filter(|_| rest.peek().is_some()).map(|key| STANDARD.encode(format!("after:{key}")));
    Ok(match next {
        Some(next) => json!({name: items, "nextToken": next}),
        None => json!({name: items}),
    })
}

/// The page's items are their keys.
pub(super) fn names(all: impl IntoIterator<Item = String>) -> Vec<(String, Json)> {
    all.into_iter().map(|name| (name.clone(), Json::String(name))).collect()
}

fn read(token: &str) -> Option<String> {
    let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
    text.strip_prefix("after:").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let all = || names(["a", "b", "c"].map(str::to_owned));
        let first = page("names", all(), &Members::of(&json!({"maxResults": 2}))).unwrap();
        assert_eq!(first["names"], json!(["a", "b"]));
        let next = page("names", all(), &Members::of(&json!({"maxResults": 2, "nextToken": first["nextToken"]})));
        assert_eq!(next, Ok(json!({"names": ["c"]})));
        let wrong = page("names", all(), &Members::of(&json!({"nextToken": "x"})));
        assert_eq!(wrong.unwrap_err().code, "InvalidParameterException");
    }
}
