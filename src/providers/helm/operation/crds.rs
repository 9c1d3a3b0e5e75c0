//! The definitions in a chart's `crds/`: made before anything else if they are not there, and left alone ever after.

use serde_json::Value as Json;

use super::place::{self, Piece};
use super::{CrdFile, Site};
use crate::provider::ProviderError;
use crate::providers::helm::manifest::documents;
use crate::providers::kubernetes::{Id, objects};

pub(super) async fn install(site: &Site<'_>, files: &[CrdFile], force: bool) -> Result<(), ProviderError> {
    let calls = site.calls;
    let applying = site.applying(force, false);
    let (mut ids, mut made): (Vec<Id>, Vec<Option<Json>>) = (Vec::new(), Vec::new());
    for file in files {
        let mut pieces = place::pieces(calls, &documents(&file.text), site.namespace).await?;
        pieces.iter_mut().for_each(|piece| piece.source = file.name.clone());
        for piece in pieces {
            if !is_there(site, &piece).await? {
                made.push(Some(applying.unmarked(&piece).await?));
                ids.push(piece.id);
            }
        }
    }
    let all = (0..ids.len()).collect();
    objects::ready(calls, &ids, all, &mut made).await
}

/// One on its way out is not there: installing over it would look well and leave nothing.
async fn is_there(site: &Site<'_>, piece: &Piece) -> Result<bool, ProviderError> {
    let live = objects::read(site.calls, &piece.id).await?;
    Ok(objects::is_there(live.as_ref()))
}
