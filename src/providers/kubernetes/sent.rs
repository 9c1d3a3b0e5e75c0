//! A manifest as it is sent: with its owner's marks, and a Secret's text as data.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value as Json};

use super::marks;
use crate::provider::Owner;

pub(super) fn sent(manifest: Json, owner: &Owner) -> Json {
    marks::marked(text_as_data(manifest), owner)
}

/// A Secret's `stringData` would be stored as `data` all the same, but whoever sent it would own neither: a key
/// that is no longer wanted would stay.
pub(in crate::providers) fn text_as_data(mut manifest: Json) -> Json {
    let is_secret = manifest["kind"] == "Secret" && manifest["apiVersion"] == "v1";
    let Some(fields) = manifest.as_object_mut().filter(|_| is_secret) else { return manifest };
    let Some(Json::Object(text)) = fields.remove("stringData") else { return manifest };
    let data = fields.entry("data").or_insert_with(|| Json::Object(Map::new()));
    if data.is_null() {
        *data = Json::Object(Map::new());
    }
    if let Some(data) = data.as_object_mut() {
        let encoded =
            text.into_iter().filter_map(|(key, text)| Some((key, BASE64_STANDARD.encode(text.as_str()?).into())));
        data.extend(encoded);
    }
    manifest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_text_of_a_secret_is_sent_as_data() {
        let owner = Owner { stack: "demo".parse().unwrap(), address: "password".parse().unwrap() };
        let marks = json!({"labels": {"tidegate/stack": "demo"}, "annotations": {"tidegate/address": "password"}});
        let table = [
            (
                json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "hi"}, "data": {"a": "eA==", "b": "eA=="}}),
                json!({"apiVersion": "v1", "kind": "Secret", "metadata": marks, "data": {"a": "aGk=", "b": "eA=="}}),
            ),
            (
                json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"a": ""}, "data": null}),
                json!({"apiVersion": "v1", "kind": "Secret", "metadata": marks, "data": {"a": ""}}),
            ),
            (
                json!({"apiVersion": "example.org/v1", "kind": "Secret", "stringData": {"a": "hi"}}),
                json!({"apiVersion": "example.org/v1", "kind": "Secret", "metadata": marks, "stringData": {"a": "hi"}}),
            ),
        ];
        for (manifest, expected) in table {
            assert_eq!(sent(manifest, &owner), expected);
        }
    }
}
