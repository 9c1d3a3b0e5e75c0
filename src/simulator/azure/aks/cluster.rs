//! Clusters: made, changed, upgraded, shown and deleted.

use serde_json::{Map, Value as Json, json};

use super::busy::{self, state};
use super::pool::{self, Pool};
use super::pool_settings::Around;
use super::power;
use super::version::{self, Version};
use super::{
    APPEARS_AFTER, CLUSTER_CREATES, CLUSTER_DELETES, CLUSTER_UPDATES, Range, TAGS_CHANGE, UPGRADES, body, id_of,
    invalid, rules, settings,
};
use crate::simulator::azure::TENANT;
use crate::simulator::azure::arm::{Arm, Asked, Outcome, found, group_of, page, set_property};
use crate::simulator::azure::id::Id;
use crate::simulator::azure::operation::{self, Begun};
use crate::simulator::azure::principal;
use crate::simulator::azure::resource_group::place;
use crate::simulator::azure::shape;
use crate::simulator::fault::Twist;
use crate::simulator::kubernetes;
use crate::simulator::object::{Object, map};
use crate::simulator::refusal::Refusal;

/// The code in which operations fail.
const FAILURE: &str = "ReconcileVMSSAgentPoolFailed";

/// What a cluster is to become.
struct Wanted {
    properties: Json,
    version: Version,
    /// Those that are to change.
    pools: Vec<Pool>,
}

pub(super) fn put(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    shape::check(&asked.body, body::CLUSTER)?;
    let group = group_of(arm, &asked.id)?;
    rules::check_name(asked.id.name())?;
    let before = arm.object(&asked.id);
    busy::is_as_expected(asked, before.as_ref().and_then(|before| before.members.get("eTag")))?;
    let location = place(asked.body["location"].as_str().unwrap_or_default());
    if let Some(before) = &before {
        busy::idle(arm, &asked.id, before)?;
        power::runs(before)?;
        if before.text("location") != location {
            let (name, there) = (asked.id.name(), before.text("location"));
            let text = format!("The resource '{name}' already exists in location '{there}', not in '{location}'.");
            return Err(Refusal::new(409, "InvalidResourceLocation", text));
        }
    }
    let mut cluster = before.clone().unwrap_or_else(|| new(arm, asked, &group, &location));
    let wanted = wanted(arm, asked, before.as_ref(), &location)?;
    describe(arm, asked, &mut cluster, &wanted.properties)?;
    let (doing, takes) = match current(&cluster) {
        None if before.is_none() => ("Creating", CLUSTER_CREATES),
        None => ("Updating", CLUSTER_CREATES),
        Some(current) if current != wanted.version => ("Upgrading", UPGRADES),
        Some(_) => ("Updating", CLUSTER_UPDATES),
    };
    let ends = arm.after(&format!("{doing}/{}", asked.id.key()), takes);
    wanted.pools.into_iter().for_each(|pool| pool.begin(arm, ends));
    let mut properties = wanted.properties;
    complete(&cluster, &mut properties, wanted.version);
    change(arm, asked, cluster, Doing { what: doing, ends, into: Some(properties) }, before.is_none())
}

/// What begins with a cluster.
pub(super) struct Doing {
    pub(super) what: &'static str,
    pub(super) ends: crate::clock::Timestamp,
    /// The properties when it is done. None when the cluster is gone then.
    pub(super) into: Option<Json>,
}

/// Begins to change a cluster, and answers so.
pub(super) fn change(
    arm: &mut Arm<'_>,
    asked: &Asked,
    mut cluster: Object,
    doing: Doing,
    is_new: bool,
) -> Result<Outcome, Refusal> {
    set_property(&mut cluster, "provisioningState", doing.what);
    let tag = arm.guid();
    cluster.set("eTag", tag);
    let (tag, mut failed) = (arm.guid(), cluster.inner(&["properties"]).clone());
    failed["provisioningState"] = json!("Failed");
    let into = doing.into.map(|properties| map(json!({"properties": properties, "eTag": tag})));
    let goes = into.is_none();
    cluster.become_or(arm.twist(), doing.ends, into, json!({"properties": failed, "eTag": tag}));
    arm.put_late(&asked.id, &cluster, if is_new { APPEARS_AFTER } else { std::time::Duration::ZERO });
    let ends = (arm.twist() != Some(Twist::Stuck)).then_some(doing.ends);
    let result = (!goes).then(|| Id { last: None, ..asked.id.clone() });
    let begun = Begun { ends, failure: failure(arm, doing.what), result };
    let ways = operation::begin(arm, &asked.id, cluster.text("location"), begun);
    Ok(match asked.method {
        http::Method::DELETE | http::Method::POST => Outcome::empty(202).with(ways.by_both()),
        http::Method::PATCH => Outcome::new(200, answer(arm, &asked.id, &cluster)).with(ways.by_both()),
        _ => {
            let answer = answer_with(&cluster, &busy::pools(arm, &asked.id));
            Outcome::new(if is_new { 201 } else { 200 }, answer).with(ways.by_status())
        }
    })
}

/// In which code and words an operation fails, if it is to.
pub(super) fn failure(arm: &Arm<'_>, what: &str) -> Option<(&'static str, String)> {
    (arm.twist() == Some(Twist::Failed)).then(|| {
        let text = format!(
            "AKS encountered an internal error while attempting the requested {what} operation. AKS will continuously \
             retry the requested operation until successful or a retry timeout is hit."
        );
        (FAILURE, text)
    })
}

/// What the control plane runs, where it once ran.
pub(super) fn current(cluster: &Object) -> Option<Version> {
    cluster.inner(&["properties", "currentKubernetesVersion"]).as_str().and_then(Version::read)
}

/// What of a new cluster never changes, with what only the cloud knows of it.
fn new(arm: &mut Arm<'_>, asked: &Asked, group: &Object, location: &str) -> Object {
    let name = asked.id.name();
    // This service writes its ids with a group in small letters.
    let of_group = group.text("id").replace("/resourceGroups/", "/resourcegroups/");
    let mut cluster = Object::new(json!({
        "id": format!("{of_group}/providers/Microsoft.ContainerService/managedClusters/{name}"),
        "name": name,
        "type": "Microsoft.ContainerService/ManagedClusters",
        "location": location,
        "kind": "Base",
        "sku": {"name": "Base", "tier": "Free"},
    }));
    let (hash, number) = (arm.world.draw() % 0x1_0000_0000, arm.world.draw() % 90_000_000 + 10_000_000);
    let mut hex = |parts: u8| (0..parts).map(|_| format!("{:016x}", arm.world.draw())).collect::<String>();
    let (user, administrator, certificate) = (hex(8), hex(8), kubernetes::certificate(&hex(2)));
    cluster.hidden = map(json!({
        "hash": format!("{hash:08x}"),
        "machines": number.to_string(),
        "userToken": user,
        "administratorToken": administrator,
        "certificate": certificate,
        "issuer": arm.guid(),
        "uid": arm.guid(),
        "clientId": arm.guid(),
        "objectId": arm.guid(),
        "principalId": arm.guid(),
    }));
    // Of the cluster itself, and of its machines.
    for own in ["principalId", "objectId"] {
        let id = cluster.hidden.get(own).and_then(Json::as_str).unwrap_or_default();
        principal::remember(arm, id, &asked.id);
    }
    cluster
}

fn wanted(arm: &Arm<'_>, asked: &Asked, before: Option<&Object>, location: &str) -> Result<Wanted, Refusal> {
    let mut given = asked.properties();
    let pools = given.remove("agentPoolProfiles").filter(|pools| !pools.is_null());
    let group = asked.id.group.as_deref().unwrap_or_default();
    let given_whole = Json::Object(given.clone());
    let (mut properties, had) = match before {
        Some(before) => {
            let had = before.inner(&["properties"]).clone();
            if let Some(pointer) = settings::first_changed(&had, &given_whole, rules::FIXED) {
                return Err(rules::fixed(pointer));
            }
            (had.clone(), had)
        }
        None => (settings::defaults(&given, [group, asked.id.name(), location]), Json::Null),
    };
    let issues = |of: &Json| of["oidcIssuerProfile"]["enabled"] == true;
    settings::lay_over(&mut properties, &given_whole);
    if issues(&had) && !issues(&properties) {
        let text = "OIDC issuer feature cannot be disabled once it is enabled.";
        return Err(Refusal::new(400, "OIDCIssuerFeatureCannotBeDisabled", text));
    }
    settings::complete_network(&mut properties);
    if properties["aadProfile"].is_object() && properties["aadProfile"]["tenantID"].is_null() {
        properties["aadProfile"]["tenantID"] = json!(TENANT);
    }
    rules::check(&properties)?;
    let text = properties["kubernetesVersion"].as_str().unwrap_or_default();
    let from = before.and_then(current);
    let version = version::asked_for(text, from.as_slice())?;
    from.map_or(Ok(()), |from| version::may_upgrade(from, version))?;
    let around = Around { properties: &properties, version };
    let pools = wanted_pools(arm, &asked.id, pools.as_ref(), around, before.is_none())?;
    Ok(Wanted { properties, version, pools })
}

/// The pools that a cluster's body names, after a look at all that there will be.
fn wanted_pools(
    arm: &Arm<'_>,
    cluster: &Id,
    given: Option<&Json>,
    around: Around<'_>,
    is_new: bool,
) -> Result<Vec<Pool>, Refusal> {
    let given = given.and_then(Json::as_array);
    let there = busy::pools(arm, cluster);
    let mut pools: Vec<Pool> = Vec::new();
    for profile in given.into_iter().flatten() {
        let mut settings = profile.as_object().cloned().unwrap_or_default();
        let name = settings.remove("name").and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
        rules::check_pool_name(&name)?;
        if pools.iter().any(|pool| pool.name() == name) {
            return Err(invalid("agentPoolProfiles.name", &format!("the name '{name}' is there twice")));
        }
        pools.push(Pool::planned(arm, cluster, &name, &Json::Object(settings), around)?);
    }
    if given.is_none_or(Vec::is_empty) && is_new {
        return Err(Refusal::new(400, "InvalidParameter", "Required parameter agentPoolProfiles is missing (null)."));
    }
    let named: Vec<_> = pools.iter().map(|pool| pool.name().to_owned()).collect();
    let others: Vec<_> = there.iter().filter(|one| !named.iter().any(|name| name == one.text("name"))).collect();
    for other in &others {
        if given.is_some() {
            let why = format!("the pool '{}' is not there; pools are deleted by themselves", other.text("name"));
            return Err(invalid("agentPoolProfiles", &why));
        }
        pool::running(other).map_or(Ok(()), |version| version::fit(version, around.version))?;
        if state(other) == "Failed" {
            pools.push(Pool::planned(arm, cluster, other.text("name"), &json!({}), around)?);
        }
    }
    let is_system = |properties: &Json| properties["mode"] == "System";
    let has_system = pools.iter().any(|pool| is_system(pool.properties()))
        || others.into_iter().any(|pool| is_system(pool.inner(&["properties"])));
    if has_system { Ok(pools) } else { Err(pool::no_system_pool()) }
}

/// What there is to see of a cluster while it becomes what is asked for.
fn describe(arm: &Arm<'_>, asked: &Asked, cluster: &mut Object, properties: &Json) -> Result<(), Refusal> {
    let given = |name: &str| asked.body.get(name).filter(|value| !value.is_null());
    let identity = given("identity").or(cluster.members.get("identity")).cloned();
    rules::check_identity(arm, identity.as_ref(), properties)?;
    if let Some(identity) = identity {
        let told = told_identity(arm, cluster, &identity);
        cluster.set("identity", told);
    }
    if let Some(sku) = given("sku") {
        let mut told = cluster.inner(&["sku"]).clone();
        settings::lay_over(&mut told, sku);
        cluster.set("sku", told);
    }
    // What a PUT does not say of tags, ARM forgets.
    cluster.set("tags", given("tags").cloned().unwrap_or_else(|| json!({})));
    let mut properties = properties.clone();
    if let Some(running) = cluster.inner(&["properties", "currentKubernetesVersion"]).as_str() {
        properties["currentKubernetesVersion"] = json!(running);
    }
    cluster.set("properties", properties);
    Ok(())
}

fn told_identity(arm: &Arm<'_>, cluster: &Object, given: &Json) -> Json {
    match given["type"].as_str() {
        Some("SystemAssigned") => json!({
            "type": "SystemAssigned", "principalId": cluster.hidden.get("principalId"), "tenantId": TENANT,
        }),
        Some("UserAssigned") => {
            let given = given["userAssignedIdentities"].as_object().into_iter().flatten();
            let told: Map<String, Json> = given
                .map(|(path, _)| {
                    let identity = Id::read(path).ok().and_then(|id| arm.object(&id)).unwrap_or_default();
                    let of = |name: &str| identity.inner(&["properties", name]).clone();
                    (path.clone(), json!({"clientId": of("clientId"), "principalId": of("principalId")}))
                })
                .collect();
            json!({"type": "UserAssigned", "userAssignedIdentities": told})
        }
        _ => given.clone(),
    }
}

/// What there is when it is done, which only the cloud writes.
fn complete(cluster: &Object, properties: &mut Json, version: Version) {
    let hidden = |name: &str| cluster.hidden.get(name).and_then(Json::as_str).unwrap_or_default();
    let (location, name) = (cluster.text("location"), cluster.text("name"));
    let prefix = properties["dnsPrefix"].as_str().unwrap_or_default().to_lowercase();
    let host = format!("{prefix}-{}", hidden("hash"));
    properties["fqdn"] = json!(format!("{host}.hcp.{location}.azmk8s.io"));
    properties["azurePortalFQDN"] = json!(format!("{host}.portal.hcp.{location}.azmk8s.io"));
    properties["provisioningState"] = json!("Succeeded");
    properties["currentKubernetesVersion"] = json!(version.to_string());
    properties["powerState"] = json!({"code": "Running"});
    properties["resourceUID"] = hidden("uid").chars().filter(|one| *one != '-').take(24).collect::<String>().into();
    if properties["oidcIssuerProfile"]["enabled"] == true {
        let url = format!("https://{location}.oic.prod-aks.azure.com/{TENANT}/{}/", hidden("issuer"));
        properties["oidcIssuerProfile"]["issuerURL"] = json!(url);
    }
    if properties["identityProfile"]["kubeletidentity"].is_null() {
        let subscription = cluster.text("id").split('/').nth(2).unwrap_or_default();
        let group = properties["nodeResourceGroup"].as_str().unwrap_or_default();
        let id = format!(
            "/subscriptions/{subscription}/resourcegroups/{group}/providers/Microsoft.ManagedIdentity/\
             userAssignedIdentities/{name}-agentpool"
        );
        properties["identityProfile"]["kubeletidentity"] =
            json!({"resourceId": id, "clientId": hidden("clientId"), "objectId": hidden("objectId")});
    }
}

pub(super) fn get(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let cluster = found(arm, &asked.id)?;
    Ok(Outcome::new(200, answer(arm, &asked.id, &cluster)))
}

/// With the pools, as a cluster is read.
fn answer(arm: &Arm<'_>, id: &Id, cluster: &Object) -> Json {
    answer_with(cluster, &arm.list_shown(id, "agentPools"))
}

fn answer_with(cluster: &Object, pools: &[Object]) -> Json {
    let mut answer = cluster.answer();
    answer["properties"]["agentPoolProfiles"] = pools.iter().map(pool::profile).collect();
    answer
}

/// Every cluster of the group, or of the subscription.
pub(super) fn list(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    if asked.id.group.is_some()
        && let Err(refusal) = group_of(arm, &asked.id)
        && refusal.status() == 404
    {
        return Err(refusal);
    }
    let group = asked.id.group.as_ref().map(|group| group.to_lowercase());
    let below = format!("azure/subscriptions/{}/resourcegroups/", asked.id.subscription);
    let all = arm.world.list_shown::<Object>(&below).into_iter();
    let all = all.filter_map(|(name, object)| Some((id_of(&format!("{below}{name}"))?, object.at(arm.now())?)));
    let all = all.filter(|(id, _)| group.as_ref().is_none_or(|group| id.region == *group));
    let all = all.filter_map(|(_, cluster)| Some((Id::read(cluster.text("id")).ok()?, cluster)));
    Ok(page(all.map(|(id, cluster)| answer(arm, &id, &cluster)).collect::<Vec<_>>()))
}

pub(super) fn patch(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    shape::check(&asked.body, body::TAGS)?;
    let mut cluster = there(arm, asked)?;
    busy::is_as_expected(asked, cluster.members.get("eTag"))?;
    busy::idle(arm, &asked.id, &cluster)?;
    power::runs(&cluster)?;
    if let Some(tags) = asked.body.get("tags").filter(|tags| !tags.is_null()) {
        cluster.set("tags", tags.clone());
    }
    let doing = begin_after(arm, asked, "Updating", TAGS_CHANGE);
    let into = cluster.inner(&["properties"]).clone();
    change(arm, asked, cluster, Doing { into: Some(into), ..doing }, false)
}

pub(super) fn begin_after(arm: &Arm<'_>, asked: &Asked, what: &'static str, takes: Range) -> Doing {
    let ends = arm.after(&format!("{what}/{}", asked.id.key()), takes);
    Doing { what, ends, into: None }
}

/// What is to be changed has to be there.
pub(super) fn there(arm: &Arm<'_>, asked: &Asked) -> Result<Object, Refusal> {
    group_of(arm, &asked.id)?;
    arm.object(&asked.id).ok_or_else(|| crate::simulator::azure::arm::missing(arm, &asked.id))
}

pub(super) fn delete(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let Some(cluster) = arm.object(&asked.id) else {
        return match group_of(arm, &asked.id) {
            Err(refusal) if refusal.status() == 404 => Err(refusal),
            _ => Ok(Outcome::empty(204)),
        };
    };
    busy::is_as_expected(asked, cluster.members.get("eTag"))?;
    let mut doing = begin_after(arm, asked, "Deleting", CLUSTER_DELETES);
    match (state(&cluster), cluster.settles_at()) {
        ("Deleting", Some(at)) => doing.ends = at,
        _ => busy::idle_or_stuck(arm, &asked.id, &cluster)?,
    }
    change(arm, asked, cluster, doing, false)
}
