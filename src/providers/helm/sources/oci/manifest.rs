//! Manifests: what a registry keeps under a version.

use serde_json::Value as Json;

pub(super) const ACCEPTED: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
                                   application/vnd.docker.distribution.manifest.v2+json, \
                                   application/vnd.docker.distribution.manifest.list.v2+json";

const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// Of charts that were pushed before it had a name of its own.
const OLD_CHART: &str = "application/tar+gzip";
/// Manifests in an index that are looked at.
const MOST: usize = 16;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    Chart(Layer),
    /// Digests of manifests, those that say that they are charts first.
    Index(Vec<String>),
}

/// Where the archive is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layer {
    pub(super) digest: String,
    pub(super) size: Option<u64>,
}

/// # Errors
/// When it is not of a chart.
pub(super) fn parse(bytes: &[u8]) -> Result<Content, String> {
    let manifest: Json = serde_json::from_slice(bytes).map_err(|error| format!("its manifest is no JSON: {error}"))?;
    let text = |json: &Json, key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
    let list = |key: &str| manifest.get(key).and_then(Json::as_array).cloned().unwrap_or_default();
    if manifest.get("manifests").is_some() {
        let mut inner = list("manifests");
        inner.sort_by_key(|entry| text(entry, "artifactType").as_deref() != Some(CONFIG));
        let digests = inner.iter().filter_map(|entry| text(entry, "digest")).filter(|digest| is_digest(digest));
        return Ok(Content::Index(digests.take(MOST).collect()));
    }
    let config = manifest.get("config").and_then(|config| text(config, "mediaType")).unwrap_or_default();
    if config != CONFIG {
        return Err(format!("this is no chart: its manifest has a config of type `{config}`, and `{CONFIG}` is due"));
    }
    let layers = list("layers");
    let of_type = |kind: &str| layers.iter().rfind(|layer| text(layer, "mediaType").as_deref() == Some(kind));
    let Some(layer) = of_type(CHART).or_else(|| of_type(OLD_CHART)) else {
        return Err(format!("its manifest does not contain a layer of type `{CHART}`"));
    };
    match text(layer, "digest").filter(|digest| is_digest(digest)) {
        Some(digest) => Ok(Content::Chart(Layer { digest, size: layer.get("size").and_then(Json::as_u64) })),
        None => Err("its manifest has a digest that is not `sha256:` and 64 hexadecimal digits".to_owned()),
    }
}

/// It becomes a part of an address.
fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:")
        .is_some_and(|digits| digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn digest(letter: &str) -> String {
        format!("sha256:{}", letter.repeat(64))
    }

    fn parsed(manifest: &Json) -> Result<Content, String> {
        parse(manifest.to_string().as_bytes())
    }

    #[test]
    fn the_layer_of_a_chart_is_found() {
        let layers = json!([{"mediaType": "application/vnd.cncf.helm.chart.provenance.v1.prov", "digest": digest("b")},
            {"mediaType": CHART, "digest": digest("a"), "size": 3}]);
        let manifest = json!({"config": {"mediaType": CONFIG}, "layers": layers});
        assert_eq!(parsed(&manifest), Ok(Content::Chart(Layer { digest: digest("a"), size: Some(3) })));
        let old = json!({"config": {"mediaType": CONFIG}, "layers": [{"mediaType": OLD_CHART, "digest": digest("c")}]});
        assert_eq!(parsed(&old), Ok(Content::Chart(Layer { digest: digest("c"), size: None })));
    }

    #[test]
    fn manifests_of_charts_come_first_in_an_index() {
        let index = json!({"manifests": [{"digest": digest("a")}, {"digest": "sha512:x"},
            {"digest": digest("b"), "artifactType": CONFIG}]});
        assert_eq!(parsed(&index), Ok(Content::Index(vec![digest("b"), digest("a")])));
    }

    #[test]
    fn what_is_no_chart_says_why() {
        let image = json!({"config": {"mediaType": "application/vnd.oci.image.config.v1+json"}, "layers": []});
        assert!(parsed(&image).unwrap_err().contains("this is no chart"));
        let empty = json!({"config": {"mediaType": CONFIG}, "layers": []});
        assert!(parsed(&empty).unwrap_err().contains("does not contain a layer"));
        let odd =
            json!({"config": {"mediaType": CONFIG}, "layers": [{"mediaType": CHART, "digest": "sha256:../../x"}]});
        assert!(parsed(&odd).unwrap_err().contains("has a digest that is not"));
        assert!(parse(b"<html>").unwrap_err().contains("no JSON"));
    }

    proptest! {
        #[test]
        fn any_manifest_gets_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = parse(&bytes);
        }
    }
}
