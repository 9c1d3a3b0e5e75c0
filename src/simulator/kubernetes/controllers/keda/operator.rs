//! Whether KEDA's operator runs, and who it looks at when it starts.

use std::time::Duration;

use serde_json::Value as Json;

use super::super::Seen;
use super::super::object::{CRD, DEPLOYMENT, SECRET, label, list, name, namespace, number, set};
use super::super::queue::Work;
use super::super::turn::Turn;
use super::{AUTHENTICATION, CLUSTER_AUTHENTICATION, SCALED_JOB, SCALED_OBJECT};

const NAME: &str = "keda-operator";
const DEFINITION: &str = "scaledobjects.keda.sh";
/// Where its Deployment is.
const PLACE: &str = "keda/operator";
const RUNNING: &str = "keda/running";
/// It becomes the leader before it does anything.
const LEADS_AFTER: Duration = Duration::from_secs(2);

pub(in super::super) fn is_running(turn: &Turn<'_, '_>) -> bool {
    turn.cluster.recall(RUNNING).unwrap_or(false)
}

/// Who cares for the operator, and for what it is asked to do.
pub(in super::super) fn notice(turn: &mut Turn<'_, '_>, seen: Seen<'_>) {
    let object = seen.object();
    if DEPLOYMENT.is_of(seen.place) {
        if name(object) != NAME && label(object, "app.kubernetes.io/name") != NAME {
            return;
        }
        let readiness = "/status/readyReplicas";
        if seen.differs(readiness) {
            turn.cluster.remember(PLACE, &(seen.namespace(), &seen.place.name));
            turn.soon(Work::KedaOperator, "", "");
        }
    } else if CRD.is_of(seen.place) && seen.place.name == DEFINITION {
        turn.soon(Work::KedaOperator, "", "");
    } else if AUTHENTICATION.is_of(seen.place) || CLUSTER_AUTHENTICATION.is_of(seen.place) {
        turn.wake(&seen.place.resource, seen.namespace(), &seen.place.name);
    }
}

/// The installed version, by the label of its definition.
pub(super) fn version(turn: &Turn<'_, '_>) -> String {
    let definition = turn.cluster.get(&CRD.place(None, DEFINITION));
    match definition.as_ref().map_or("", |definition| label(definition, "app.kubernetes.io/version")) {
        "" => "2.18.1".to_owned(),
        version => version.to_owned(),
    }
}

/// Whether the installed version is at least this one.
pub(super) fn is_since(turn: &Turn<'_, '_>, wanted: [u32; 3]) -> bool {
    let version = version(turn);
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    [0; 3].map(|_: u32| parts.next().unwrap_or(0)) >= wanted
}

/// Sees whether it runs. One that starts looks at everything.
pub(in super::super) fn look(turn: &mut Turn<'_, '_>, _: &str, _: &str) {
    let (was, now) = (is_running(turn), runs(turn));
    if was == now {
        return;
    }
    turn.cluster.remember(RUNNING, &now);
    if !now {
        return;
    }
    certify(turn);
    for (kind, work) in [
        (AUTHENTICATION, Work::Authentication),
        (CLUSTER_AUTHENTICATION, Work::ClusterAuthentication),
        (SCALED_OBJECT, Work::ScaledObject),
        (SCALED_JOB, Work::ScaledJob),
    ] {
        for object in turn.list(kind, "") {
            turn.later(turn.at + LEADS_AFTER, work, namespace(&object), name(&object));
        }
    }
}

fn deployment(turn: &Turn<'_, '_>) -> Option<Json> {
    let (space, name): (String, String) = turn.cluster.recall(PLACE)?;
    turn.get(DEPLOYMENT, &space, &name)
}

fn runs(turn: &Turn<'_, '_>) -> bool {
    let defined = turn.cluster.get(&CRD.place(None, DEFINITION)).is_some();
    let ready = |operator: Json| number(&operator, "/status/readyReplicas").unwrap_or(0) > 0;
    defined && deployment(turn).is_some_and(ready)
}

/// The operator makes the certificates without which its metrics server and its webhooks do not start. Nobody
/// takes them away with it.
fn certify(turn: &mut Turn<'_, '_>) {
    let Some(operator) = deployment(turn) else { return };
    let containers = list(&operator, "/spec/template/spec/containers");
    let given = |name: &str| {
        let mut all = containers.iter().flat_map(|container| list(container, "/args")).filter_map(Json::as_str);
        all.find_map(|argument| argument.strip_prefix(name)).map(str::to_owned)
    };
    if given("--enable-cert-rotation=").as_deref() != Some("true") {
        return;
    }
    let secret_name = given("--cert-secret-name=").unwrap_or_else(|| "kedaorg-certs".to_owned());
    let space = namespace(&operator).to_owned();
    let mut secret = SECRET.object(Some(&space), &secret_name);
    set(&mut secret, "/type", "Opaque");
    for file in ["ca.crt", "ca.key", "tls.crt", "tls.key"] {
        set(&mut secret, &format!("/data/{file}"), "c2ltdWxhdGVkCg==");
    }
    turn.create(&SECRET.place_in(&space, &secret_name), secret);
}
