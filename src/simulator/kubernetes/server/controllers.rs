//! What happens by itself: where the server tells the controllers what changed, and lets them go on.

use serde_json::Value as Json;

use crate::simulator::kubernetes::controllers::{self, noticed};
use crate::simulator::kubernetes::{Cluster, Place};

/// Puts an object in place, and tells the controllers.
pub(super) fn write(cluster: &mut Cluster<'_>, place: &Place, object: Json) -> Json {
    let before = cluster.get(place);
    let object = cluster.write(place, object);
    noticed(cluster, place, before.as_ref(), Some(&object));
    object
}

/// Takes an object away, and tells the controllers.
pub(super) fn erase(cluster: &mut Cluster<'_>, place: &Place) {
    let before = cluster.get(place);
    cluster.erase(place);
    noticed(cluster, place, before.as_ref(), None);
}

/// Lets them do what is due.
pub(super) fn run(cluster: &mut Cluster<'_>) {
    controllers::run(cluster);
}
