//! Claims of storage: volumes made for them where the pod is that uses them, and given back after them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::Seen;
use super::object::{
    CLAIM, POD, STORAGE_CLASS, VOLUME, add_finalizer, annotation, deleting, drop_finalizer, has_finalizer, label, list,
    moment, name, namespace, set, set_annotation, text, uid,
};
use super::queue::{Task, Work};
use super::turn::Turn;
use super::{nodes, pod};
use crate::simulator::kubernetes::clouds::{Cloud, Fittings};

const IN_USE: &str = "kubernetes.io/pvc-protection";
const BOUND: &str = "kubernetes.io/pv-protection";
const SELECTED: &str = "volume.kubernetes.io/selected-node";
const DEFAULT: &str = "storageclass.kubernetes.io/is-default-class";
/// What a claim's name has in front of it when the volume is being made.
const MAKING: &str = "volume-is-made/";

pub(super) fn is_bound(claim: &Json) -> bool {
    text(claim, "/status/phase") == "Bound"
}

/// Whether its volume is only made when a pod uses it.
pub(super) fn waits_for_pod(turn: &Turn<'_, '_>, claim: &Json) -> bool {
    class(turn, claim).is_some_and(|class| text(&class, "/volumeBindingMode") == "WaitForFirstConsumer")
}

/// Every cluster has classes of volumes from the start, those of its cloud.
pub(super) fn begin(turn: &mut Turn<'_, '_>) {
    const BEGUN: &str = "controllers/begun";
    if turn.cluster.recall(BEGUN).unwrap_or(false) {
        return;
    }
    turn.cluster.remember(BEGUN, &true);
    for given in fittings(turn).classes {
        let mut class = STORAGE_CLASS.object(None, given.name);
        let parameters: BTreeMap<_, _> = given.parameters.iter().copied().collect();
        for (member, value) in [
            ("/provisioner", json!(given.provisioner)),
            ("/parameters", json!(parameters)),
            ("/reclaimPolicy", json!("Delete")),
            ("/volumeBindingMode", json!("WaitForFirstConsumer")),
        ] {
            set(&mut class, member, value);
        }
        if given.can_grow {
            set(&mut class, "/allowVolumeExpansion", true);
        }
        if given.is_default {
            set_annotation(&mut class, DEFAULT, "true");
        }
        turn.create(&STORAGE_CLASS.place(None, given.name), class);
    }
}

fn fittings(turn: &Turn<'_, '_>) -> Fittings {
    Cloud::of(&turn.cluster.id()).fittings()
}

/// The pod that uses a claim goes to a node, so its volume can be made.
pub(super) fn select_node(turn: &mut Turn<'_, '_>, mut claim: Json, node: &str) {
    set_annotation(&mut claim, SELECTED, node);
    turn.save(&CLAIM.place_in(namespace(&claim), name(&claim)), claim);
}

/// Who cares for claims: pods that wait for them.
pub(super) fn notice(turn: &mut Turn<'_, '_>, seen: Seen<'_>) {
    if seen.before.is_none() || is_bound(seen.object()) {
        turn.wake(CLAIM.resource, seen.namespace(), &seen.place.name);
    }
    if seen.after.is_none()
        && let Some(before) = seen.before
    {
        let volume = text(before, "/spec/volumeName");
        if !volume.is_empty() {
            turn.later(turn.at + Duration::from_secs(3), Work::VolumeRelease, "", volume);
        }
    }
}

pub(super) fn look(turn: &mut Turn<'_, '_>, space: &str, claim_name: &str) {
    let Some(mut claim) = turn.get(CLAIM, space, claim_name) else { return };
    let place = CLAIM.place_in(space, claim_name);
    if deleting(&claim) {
        if !used(turn, &claim) && drop_finalizer(&mut claim, IN_USE) {
            turn.save(&place, claim);
        }
        return;
    }
    if text(&claim, "/status/phase").is_empty() || !has_finalizer(&claim, IN_USE) {
        add_finalizer(&mut claim, IN_USE);
        if text(&claim, "/status/phase").is_empty() {
            set(&mut claim, "/status/phase", "Pending");
        }
        turn.save(&place, claim.clone());
    }
    if is_bound(&claim) {
        return;
    }
    provide(turn, claim);
}

/// A volume whose claim is gone goes too, and what the cloud keeps for it, unless it is to be kept.
pub(super) fn release(turn: &mut Turn<'_, '_>, _: &str, volume_name: &str) {
    let Some(mut volume) = turn.cluster.get(&VOLUME.place(None, volume_name)) else { return };
    let place = VOLUME.place(None, volume_name);
    let of = CLAIM.place_in(text(&volume, "/spec/claimRef/namespace"), text(&volume, "/spec/claimRef/name"));
    let claimed = turn.cluster.get(&of).is_some_and(|claim| uid(&claim) == text(&volume, "/spec/claimRef/uid"));
    if claimed {
        return;
    }
    if text(&volume, "/spec/persistentVolumeReclaimPolicy") == "Delete" {
        let key = cloud_key(turn, text(&volume, "/spec/csi/volumeHandle"));
        turn.cluster.around().remove(&key);
        for finalizer in [BOUND, fittings(turn).detach] {
            drop_finalizer(&mut volume, finalizer);
        }
        turn.save(&place, volume);
        turn.delete(&place);
    } else if deleting(&volume) {
        drop_finalizer(&mut volume, BOUND);
        turn.save(&place, volume);
    } else if !text(&volume, "/spec/claimRef/name").is_empty() {
        set(&mut volume, "/status/phase", "Released");
        turn.save(&place, volume);
    }
}

fn class(turn: &Turn<'_, '_>, claim: &Json) -> Option<Json> {
    let named = claim.pointer("/spec/storageClassName").and_then(Json::as_str);
    match named.or_else(|| annotation(claim, "volume.beta.kubernetes.io/storage-class")) {
        Some("") => None,
        Some(class) => turn.cluster.get(&STORAGE_CLASS.place(None, class)),
        None => {
            let all = turn.cluster.list(STORAGE_CLASS.group, STORAGE_CLASS.resource, None);
            all.into_iter().find(|one| annotation(one, DEFAULT) == Some("true"))
        }
    }
}

fn used(turn: &Turn<'_, '_>, claim: &Json) -> bool {
    let uses = |one: &Json| !pod::is_over(one) && pod::claims(one).iter().any(|used| used == name(claim));
    turn.list(POD, namespace(claim)).iter().any(uses)
}

fn provide(turn: &mut Turn<'_, '_>, claim: Json) {
    let (space, own_name) = (namespace(&claim).to_owned(), name(&claim).to_owned());
    if let Some(volume) = fitting(turn, &claim) {
        return bind(turn, claim, volume);
    }
    let again = Task::new(Work::Claim, &space, &own_name);
    let Some(class) = class(turn, &claim) else {
        let named = text(&claim, "/spec/storageClassName");
        turn.wait_for(STORAGE_CLASS, "", named, &again);
        let told = match named {
            "" => "no persistent volumes available for this claim and no storage class is set".to_owned(),
            named => format!("storageclass.storage.k8s.io \"{named}\" not found"),
        };
        let (normal, reason) = if named.is_empty() { (true, "FailedBinding") } else { (false, "ProvisioningFailed") };
        turn.tell(&claim, "persistentvolume-controller", normal, reason, &told);
        return;
    };
    let node = annotation(&claim, SELECTED).map(str::to_owned);
    if node.is_none() && text(&class, "/volumeBindingMode") == "WaitForFirstConsumer" {
        let told = "waiting for first consumer to be created before binding";
        turn.tell(&claim, "persistentvolume-controller", true, "WaitForFirstConsumer", told);
        return;
    }
    let memory = format!("{MAKING}{}", uid(&claim));
    match turn.cluster.recall::<Duration>(&memory) {
        None => {
            let ready = turn.at + turn.delay(&format!("volume/{space}/{own_name}"), 3, 8);
            turn.cluster.remember(&memory, &ready);
            turn.later(ready, Work::Claim, &space, &own_name);
        }
        Some(ready) if ready > turn.at => {}
        Some(_) => {
            turn.cluster.forget(&memory);
            let volume = make(turn, &claim, &class, node.as_deref());
            bind(turn, claim, volume);
        }
    }
}

/// A volume that is there and free, and that was asked for by name.
fn fitting(turn: &Turn<'_, '_>, claim: &Json) -> Option<Json> {
    let named = text(claim, "/spec/volumeName");
    if named.is_empty() {
        return None;
    }
    let volume = turn.cluster.get(&VOLUME.place(None, named))?;
    let of = text(&volume, "/spec/claimRef/name");
    (of.is_empty() || of == name(claim)).then_some(volume)
}

fn make(turn: &mut Turn<'_, '_>, claim: &Json, class: &Json, node: Option<&str>) -> Json {
    let (id, Fittings { driver, detach, .. }) = (turn.cluster.id(), fittings(turn));
    let volume_name = format!("pvc-{}", uid(claim));
    let handle = Cloud::of(&id).volume_handle(turn.cluster.around(), &id, &volume_name);
    let node = node.and_then(|node| turn.cluster.get(&super::object::NODE.place(None, node))).unwrap_or_default();
    let zone = match label(&node, nodes::ZONE) {
        "" => format!("{}a", id.region),
        zone => zone.to_owned(),
    };
    let mut volume = VOLUME.object(None, &volume_name);
    set_annotation(&mut volume, "pv.kubernetes.io/provisioned-by", driver);
    set(&mut volume, "/metadata/finalizers", json!([detach, BOUND]));
    let policy = Some(text(class, "/reclaimPolicy")).filter(|policy| !policy.is_empty()).unwrap_or("Delete");
    let term = json!({"matchExpressions": [{"key": nodes::ZONE, "operator": "In", "values": [zone]}]});
    set(
        &mut volume,
        "/spec",
        json!({
            "accessModes": claim["spec"]["accessModes"],
            "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
            "csi": {"driver": driver, "fsType": "ext4", "volumeHandle": handle},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [term]}},
            "persistentVolumeReclaimPolicy": policy,
            "storageClassName": name(class),
            "volumeMode": "Filesystem",
        }),
    );
    let key = cloud_key(turn, &handle);
    let owner = format!("{}/{}", namespace(claim), name(claim));
    let cluster = turn.cluster.id().name;
    let kept = json!({"volumeId": handle, "availabilityZone": zone, "state": "in-use", "cluster": cluster,
        "createTime": moment(turn.at), "claim": owner});
    turn.cluster.around().put(&key, &kept);
    turn.create(&VOLUME.place(None, &volume_name), volume.clone()).unwrap_or(volume)
}

fn bind(turn: &mut Turn<'_, '_>, mut claim: Json, mut volume: Json) {
    let place = VOLUME.place(None, name(&volume));
    set(
        &mut volume,
        "/spec/claimRef",
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": name(&claim),
            "namespace": namespace(&claim), "uid": uid(&claim), "resourceVersion": claim["metadata"]["resourceVersion"]}),
    );
    set(&mut volume, "/status/phase", "Bound");
    add_finalizer(&mut volume, BOUND);
    set(&mut claim, "/spec/volumeName", name(&volume).to_owned());
    set_annotation(&mut claim, "pv.kubernetes.io/bind-completed", "yes");
    set_annotation(&mut claim, "pv.kubernetes.io/bound-by-controller", "yes");
    let modes = claim["spec"]["accessModes"].clone();
    set(&mut claim, "/status", json!({"phase": "Bound", "accessModes": modes, "capacity": volume["spec"]["capacity"]}));
    if list(&claim, "/status/accessModes").is_empty() {
        super::object::unset(&mut claim, "/status/accessModes");
    }
    turn.save(&place, volume.clone());
    let told = format!("Successfully provisioned volume {}", name(&volume));
    turn.tell(&claim, fittings(turn).driver, true, "ProvisioningSucceeded", &told);
    turn.save(&CLAIM.place_in(namespace(&claim), name(&claim)), claim);
}

/// Where the cloud keeps a volume.
fn cloud_key(turn: &Turn<'_, '_>, handle: &str) -> String {
    let id = turn.cluster.id();
    Cloud::of(&id).volume_key(&id, handle)
}
