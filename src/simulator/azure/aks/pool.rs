//! Pools of nodes: with their cluster or after it.

use serde_json::{Value as Json, json};

use super::busy::{self, is_settled, state};
use super::pool_settings::{self, Around};
use super::power;
use super::version::Version;
use super::{APPEARS_AFTER, POOL_CREATES, POOL_DELETES, POOL_UPDATES, UPGRADES, body, cluster, rules};
use crate::clock::Timestamp;
use crate::simulator::azure::arm::{Arm, Asked, Outcome, found, group_of, page, set_property};
use crate::simulator::azure::id::Id;
use crate::simulator::azure::operation::{self, Begun};
use crate::simulator::azure::shape;
use crate::simulator::fault::Twist;
use crate::simulator::object::{Object, map};
use crate::simulator::refusal::Refusal;

/// A pool as it is to become.
pub(super) struct Pool {
    id: Id,
    before: Option<Object>,
    properties: Json,
    version: Version,
}

impl Pool {
    pub(super) fn planned(
        arm: &Arm<'_>,
        cluster: &Id,
        name: &str,
        given: &Json,
        around: Around<'_>,
    ) -> Result<Self, Refusal> {
        let mut id = Id { last: None, ..cluster.clone() };
        id.parts.push(("agentPools".to_owned(), name.to_owned()));
        let before = arm.object(&id);
        let had = before.as_ref().map(|before| before.inner(&["properties"]));
        let (properties, version) = pool_settings::become_of(had, given, around)?;
        Ok(Self { id, before, properties, version })
    }

    pub(super) fn name(&self) -> &str {
        self.id.name()
    }

    pub(super) fn properties(&self) -> &Json {
        &self.properties
    }

    fn is_as_it_was(&self) -> bool {
        let had = self.before.as_ref().map(|before| before.inner(&["properties"]));
        had == Some(&self.properties) && self.properties["provisioningState"] == "Succeeded"
    }

    /// What is done with it.
    fn doing(&self) -> &'static str {
        match &self.before {
            None => "Creating",
            Some(before) if running(before).is_some_and(|running| running != self.version) => "Upgrading",
            Some(_) => "Updating",
        }
    }

    /// Begins to become what it is to be, if it is not already.
    pub(super) fn begin(self, arm: &mut Arm<'_>, ends: Timestamp) {
        if !self.is_as_it_was() {
            self.put(arm, ends);
        }
    }

    fn put(self, arm: &mut Arm<'_>, ends: Timestamp) -> Object {
        let (doing, name) = (self.doing(), self.name().to_owned());
        let is_new = self.before.is_none();
        let cluster = arm.object(&self.id.parent());
        let mut pool = self.before.clone().unwrap_or_else(|| {
            let of_cluster = cluster.map_or_else(|| self.id.parent().path(), |cluster| cluster.text("id").to_owned());
            Object::new(json!({
                "id": format!("{}/agentPools/{name}", of_cluster.replace("/resourceGroups/", "/resourcegroups/")),
                "name": name,
                "type": "Microsoft.ContainerService/managedClusters/agentPools",
            }))
        });
        let mut into = self.properties.clone();
        into["currentOrchestratorVersion"] = json!(self.version.to_string());
        into["eTag"] = json!(arm.guid());
        into["provisioningState"] = json!("Succeeded");
        let mut now = self.properties;
        now["eTag"] = json!(arm.guid());
        now["provisioningState"] = json!(doing);
        let mut failed = now.clone();
        failed["provisioningState"] = json!("Failed");
        pool.set("properties", now);
        pool.become_or(arm.twist(), ends, Some(map(json!({"properties": into}))), json!({"properties": failed}));
        arm.put_late(&self.id, &pool, if is_new { APPEARS_AFTER } else { std::time::Duration::ZERO });
        pool
    }
}

/// As a cluster has it.
pub(super) fn profile(pool: &Object) -> Json {
    let mut profile = map(json!({"name": pool.text("name")}));
    profile.extend(pool.inner(&["properties"]).as_object().cloned().unwrap_or_default());
    Json::Object(profile)
}

/// What its nodes run.
pub(super) fn running(pool: &Object) -> Option<Version> {
    Version::read(pool.inner(&["properties", "currentOrchestratorVersion"]).as_str()?)
}

pub(super) fn no_system_pool() -> Refusal {
    let text = "There has to be at least one system agent pool in the cluster, of the mode 'System'.";
    Refusal::new(400, "InvalidParameter", text)
}

/// The cluster that a pool is in.
fn cluster_of(arm: &Arm<'_>, asked: &Asked) -> Result<Object, Refusal> {
    group_of(arm, &asked.id)?;
    arm.object(&asked.id.parent()).ok_or_else(|| no_cluster(&asked.id))
}

fn no_cluster(id: &Id) -> Refusal {
    let text = format!(
        "Failed to perform 'write' on resource(s) of type 'managedClusters/agentPools', because the parent resource \
         '{}' could not be found.",
        id.parent().path()
    );
    Refusal::new(404, "ParentResourceNotFound", text)
}

pub(super) fn put(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    shape::check(&asked.body, body::POOL)?;
    rules::check_pool_name(asked.id.name())?;
    let cluster = cluster_of(arm, asked)?;
    let parent = asked.id.parent();
    busy::idle(arm, &parent, &cluster)?;
    power::runs(&cluster)?;
    let Some(version) = cluster::current(&cluster) else {
        let text = "The cluster was not created, and has no control plane for a pool.";
        return Err(Refusal::new(400, "ControlPlaneNotFound", text));
    };
    let around = Around { properties: cluster.inner(&["properties"]), version };
    let given = Json::Object(asked.properties());
    let pool = Pool::planned(arm, &parent, asked.id.name(), &given, around)?;
    busy::is_as_expected(asked, tag(pool.before.as_ref()))?;
    if pool.properties["mode"] != "System" && !has_other_system_pool(arm, &asked.id) {
        return Err(no_system_pool());
    }
    let is_new = pool.before.is_none();
    let (doing, takes) = match pool.doing() {
        "Creating" => ("Creating", POOL_CREATES),
        "Upgrading" => ("Upgrading", UPGRADES),
        other => (other, POOL_UPDATES),
    };
    let ends = arm.after(&format!("{doing}/{}", asked.id.key()), takes);
    let pool = pool.put(arm, ends);
    let ways = begin(arm, asked, &cluster, doing, ends, true);
    Ok(Outcome::new(if is_new { 201 } else { 200 }, pool.answer()).with(ways.by_status()))
}

fn tag(pool: Option<&Object>) -> Option<&Json> {
    pool.map(|pool| pool.inner(&["properties", "eTag"]))
}

fn begin(
    arm: &mut Arm<'_>,
    asked: &Asked,
    cluster: &Object,
    what: &str,
    ends: Timestamp,
    stays: bool,
) -> operation::Ways {
    let ends = (arm.twist() != Some(Twist::Stuck)).then_some(ends);
    let result = stays.then(|| asked.id.clone());
    let begun = Begun { ends, failure: cluster::failure(arm, what), result };
    operation::begin(arm, &asked.id, cluster.text("location"), begun)
}

/// Whether the cluster does without this one.
fn has_other_system_pool(arm: &Arm<'_>, id: &Id) -> bool {
    let pools = busy::pools(arm, &id.parent());
    let mut others = pools.iter().filter(|pool| pool.text("name") != id.name() && state(pool) != "Deleting");
    others.any(|pool| pool.inner(&["properties", "mode"]) == "System")
}

pub(super) fn get(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    Ok(Outcome::new(200, found(arm, &asked.id)?.answer()))
}

pub(super) fn list(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    found(arm, &asked.id)?;
    Ok(page(arm.list_shown(&asked.id, "agentPools").iter().map(Object::answer)))
}

pub(super) fn delete(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let Some(cluster) = arm.object(&asked.id.parent()) else {
        return Err(group_of(arm, &asked.id).err().unwrap_or_else(|| no_cluster(&asked.id)));
    };
    let Some(mut pool) = arm.object(&asked.id) else { return Ok(Outcome::empty(204)) };
    busy::is_as_expected(asked, tag(Some(&pool)))?;
    let mut ends = arm.after(&format!("Deleting/{}", asked.id.key()), POOL_DELETES);
    match (state(&pool), pool.settles_at()) {
        ("Deleting", Some(at)) => ends = at,
        _ => {
            // One that never gets ready can be deleted all the same.
            let is_stuck = !is_settled(&pool) && pool.settles_at().is_none();
            if is_stuck {
                busy::idle_or_stuck(arm, &asked.id.parent(), &cluster)?;
            } else {
                busy::idle(arm, &asked.id.parent(), &cluster)?;
            }
            power::runs(&cluster)?;
            if !has_other_system_pool(arm, &asked.id) {
                return Err(no_system_pool());
            }
        }
    }
    set_property(&mut pool, "provisioningState", "Deleting");
    let mut failed = pool.inner(&["properties"]).clone();
    failed["provisioningState"] = json!("Failed");
    pool.become_or(arm.twist(), ends, None, json!({"properties": failed}));
    arm.put(&asked.id, &pool);
    let ways = begin(arm, asked, &cluster, "Deleting", ends, false);
    Ok(Outcome::empty(202).with(ways.by_both()))
}
