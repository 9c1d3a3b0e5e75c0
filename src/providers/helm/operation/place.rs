//! Which objects of a cluster a manifest means.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::provider::{ErrorKind, ProviderError};
use crate::providers::helm::manifest::Document;
use crate::providers::kubernetes::{Calls, Id, NO_KIND_MATCH, objects};

/// An object of a manifest, with the namespace it is in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Piece {
    pub(crate) id: Id,
    /// With its namespace, and with no mark of Helm's.
    pub(crate) manifest: Json,
    /// The file it comes from.
    pub(crate) source: String,
}

/// The objects of these documents; what names no namespace is in `namespace`, if its kind is in namespaces at all.
pub(super) async fn pieces(
    calls: &Calls<'_>,
    documents: &[Document],
    namespace: &str,
) -> Result<Vec<Piece>, ProviderError> {
    let mut known = BTreeMap::new();
    let mut pieces = Vec::with_capacity(documents.len());
    for document in documents {
        let kind = (document.api_version.clone(), document.kind.clone());
        let is_namespaced = match known.get(&kind) {
            Some(is_namespaced) => *is_namespaced,
            None => {
                let is_namespaced = is_namespaced(calls, document, documents).await?;
                known.insert(kind, is_namespaced);
                is_namespaced
            }
        };
        pieces.push(piece(document, is_namespaced.then_some(namespace))?);
    }
    Ok(pieces)
}

fn piece(document: &Document, namespace: Option<&str>) -> Result<Piece, ProviderError> {
    let incomplete = |what: &str| {
        let text = format!("{}: an object has no {what}", document.source);
        ProviderError::new(ErrorKind::Rejected, "helm", text)
            .hint("every document of a chart is an object with `apiVersion`, `kind` and `metadata.name`")
    };
    let parts = [(&document.api_version, "apiVersion"), (&document.kind, "kind"), (&document.name, "metadata.name")];
    if let Some((_, what)) = parts.iter().find(|(part, _)| part.is_empty()) {
        return Err(incomplete(what));
    }
    let mut manifest = document.object.clone();
    let own = manifest.pointer("/metadata/namespace").and_then(Json::as_str).filter(|own| !own.is_empty());
    let place = namespace.map(|usual| own.unwrap_or(usual).to_owned());
    if let Some(metadata) = manifest.get_mut("metadata").and_then(Json::as_object_mut) {
        match &place {
            Some(place) => metadata.insert("namespace".to_owned(), place.as_str().into()),
            None => metadata.remove("namespace"),
        };
    }
    let id = Id::new(&document.api_version, &document.kind, place.as_deref(), &document.name);
    Ok(Piece { id, manifest, source: document.source.clone() })
}

/// Whether a kind's objects are in namespaces: by the cluster, by what is known anyway, or, for a kind that the same
/// manifest defines, by its definition.
async fn is_namespaced(calls: &Calls<'_>, of: &Document, among: &[Document]) -> Result<bool, ProviderError> {
    let group = of.api_version.split_once('/').map_or("", |(group, _)| group);
    if let Some(known) = objects::is_namespaced(group, &of.kind) {
        return Ok(known);
    }
    match calls.resource(&of.api_version, &of.kind).await {
        Ok(resource) => return Ok(resource.is_namespaced),
        Err(error) if error.code.as_deref() == Some(NO_KIND_MATCH) => {}
        Err(error) => return Err(error),
    }
    let defines = |document: &&Document| {
        document.kind == "CustomResourceDefinition"
            && document.object.pointer("/spec/group").and_then(Json::as_str) == Some(group)
            && document.object.pointer("/spec/names/kind").and_then(Json::as_str) == Some(&of.kind)
    };
    let definition = among.iter().find(defines);
    let scope = definition.and_then(|definition| definition.object.pointer("/spec/scope")?.as_str());
    Ok(scope != Some("Cluster"))
}

/// Those of `before` that are not among `now`.
pub(super) fn dropped(before: Vec<Piece>, now: &[Piece]) -> Vec<Piece> {
    let mut dropped: Vec<Piece> = Vec::new();
    for piece in before {
        let is_same = |other: &Piece| other.id.is_same_object(&piece.id);
        if !now.iter().any(is_same) && !dropped.iter().any(is_same) {
            dropped.push(piece);
        }
    }
    dropped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::helm::manifest::documents;

    #[test]
    fn an_object_is_in_its_own_namespace_or_in_the_releases() {
        let text = "kind: ConfigMap\napiVersion: v1\nmetadata: { name: a }\n---\nkind: ConfigMap\napiVersion: v1\nmetadata: { name: b, namespace: other }\n";
        let all = documents(text);
        let place = |index: usize, namespace| piece(&all[index], namespace).unwrap();
        assert_eq!(place(0, Some("demo")).id.place(), "demo/a");
        assert_eq!(place(0, Some("demo")).manifest["metadata"]["namespace"], "demo");
        assert_eq!(place(1, Some("demo")).id.place(), "other/b");
        assert_eq!(place(1, None).id.place(), "b");
        assert!(place(1, None).manifest["metadata"].get("namespace").is_none());
    }

    #[test]
    fn an_object_without_a_name_is_refused() {
        let text =
            "---\n# Source: c/templates/a.yaml\nkind: ConfigMap\napiVersion: v1\nmetadata: { generateName: a }\n";
        let error = piece(&documents(text)[0], None).unwrap_err();
        assert_eq!(error.message, "c/templates/a.yaml: an object has no metadata.name");
    }

    #[test]
    fn what_is_wanted_in_another_version_is_not_dropped() {
        let piece = |api_version: &str, name: &str| Piece {
            id: Id::new(api_version, "HorizontalPodAutoscaler", Some("demo"), name),
            manifest: Json::Null,
            source: String::new(),
        };
        let before =
            vec![piece("autoscaling/v2beta2", "a"), piece("autoscaling/v2", "b"), piece("autoscaling/v2", "b")];
        assert_eq!(dropped(before, &[piece("autoscaling/v2", "a")]), [piece("autoscaling/v2", "b")]);
    }
}
