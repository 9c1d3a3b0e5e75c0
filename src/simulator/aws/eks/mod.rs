//! EKS: clusters and what belongs to them.
//!
//! What takes time is done when its time has come, looked at from whichever call comes next. Networks and
//! machines are not here: a subnet is what has the form of a subnet's id, and nodes are there because their
//! group says so.

mod access_entry;
mod access_policy;
mod addon;
mod addon_catalogue;
pub(in crate::simulator) mod bearer;
mod cluster;
mod config;
pub(in crate::simulator) mod control_plane;
pub(in crate::simulator) mod fittings;
mod input;
pub(in crate::simulator) mod machines;
mod node_group;
mod node_settings;
mod page;
mod place;
mod pod_identity;
mod refusal;
mod role;
mod route;
mod status;
mod tags;
mod token;
mod update;
mod version;
mod vpc;

use super::json::{self, Members};
use super::{Caller, Input, JsonOperation, Refusal, reply};
use crate::simulator::World;
use crate::simulator::exchange::{Reply, Request};
use input::names;

type Answer = fn(&mut World, &Caller, &Members) -> Result<serde_json::Value, Refusal>;

const fn operation(name: &'static str, takes: &'static [&'static str], answer: Answer) -> JsonOperation {
    JsonOperation { name, takes, answer }
}

pub(super) const OPERATIONS: &[JsonOperation] = &[
    operation("CreateCluster", const { &names(&cluster::CREATE) }, cluster::create),
    operation("DescribeCluster", const { &names(&cluster::NAMED) }, cluster::describe),
    operation("ListClusters", const { &names(&cluster::LIST) }, cluster::list),
    operation("DeleteCluster", const { &names(&cluster::NAMED) }, cluster::delete),
    operation("UpdateClusterConfig", const { &names(&config::UPDATE) }, config::update),
    operation("UpdateClusterVersion", const { &names(&version::UPDATE) }, version::update),
    operation(
        "AssociateEncryptionConfig",
        const { &names(&config::ASSOCIATE_ENCRYPTION) },
        config::associate_encryption,
    ),
    operation("DescribeUpdate", const { &names(&update::DESCRIBE) }, update::describe),
    operation("ListUpdates", const { &names(&update::LIST) }, update::list),
    operation("CreateNodegroup", const { &names(&node_group::CREATE) }, node_group::create),
    operation("DescribeNodegroup", const { &names(&node_group::NAMED) }, node_group::describe),
    operation("ListNodegroups", const { &names(&node_group::LIST) }, node_group::list),
    operation("UpdateNodegroupConfig", const { &names(&node_settings::UPDATE) }, node_settings::update),
    operation(
        "UpdateNodegroupVersion",
        const { &names(&node_settings::UPDATE_VERSION) },
        node_settings::update_version,
    ),
    operation("DeleteNodegroup", const { &names(&node_group::NAMED) }, node_group::delete),
    operation("CreateAddon", const { &names(&addon::CREATE) }, addon::create),
    operation("DescribeAddon", const { &names(&addon::NAMED) }, addon::describe),
    operation("ListAddons", const { &names(&addon::LIST) }, addon::list),
    operation("UpdateAddon", const { &names(&addon::UPDATE) }, addon::update),
    operation("DeleteAddon", const { &names(&addon::DELETE) }, addon::delete),
    operation("DescribeAddonVersions", const { &names(&addon_catalogue::VERSIONS_OF) }, addon_catalogue::versions),
    operation("CreateAccessEntry", const { &names(&access_entry::CREATE) }, access_entry::create),
    operation("DescribeAccessEntry", const { &names(&access_entry::NAMED) }, access_entry::describe),
    operation("ListAccessEntries", const { &names(&access_entry::LIST) }, access_entry::list),
    operation("UpdateAccessEntry", const { &names(&access_entry::UPDATE) }, access_entry::update),
    operation("DeleteAccessEntry", const { &names(&access_entry::NAMED) }, access_entry::delete),
    operation("AssociateAccessPolicy", const { &names(&access_policy::ASSOCIATE) }, access_policy::associate),
    operation("DisassociateAccessPolicy", const { &names(&access_policy::DISASSOCIATE) }, access_policy::disassociate),
    operation(
        "ListAssociatedAccessPolicies",
        const { &names(&access_policy::LIST_ASSOCIATED) },
        access_policy::list_associated,
    ),
    operation("ListAccessPolicies", const { &names(&access_policy::LIST) }, access_policy::list),
    operation("CreatePodIdentityAssociation", const { &names(&pod_identity::CREATE) }, pod_identity::create),
    operation("DescribePodIdentityAssociation", const { &names(&pod_identity::NAMED) }, pod_identity::describe),
    operation("ListPodIdentityAssociations", const { &names(&pod_identity::LIST) }, pod_identity::list),
    operation("UpdatePodIdentityAssociation", const { &names(&pod_identity::UPDATE) }, pod_identity::update),
    operation("DeletePodIdentityAssociation", const { &names(&pod_identity::NAMED) }, pod_identity::delete),
    operation("TagResource", const { &names(&tags::TAG) }, tags::tag),
    operation("UntagResource", const { &names(&tags::UNTAG) }, tags::untag),
    operation("ListTagsForResource", const { &names(&tags::LIST) }, tags::list),
    operation("DescribeClusterVersions", const { &names(&version::DESCRIBE) }, version::describe),
];

pub(super) fn read(request: &Request, body: &str) -> Result<(&'static str, Input), Refusal> {
    let (name, members) = route::read(request, body)?;
    json::read(OPERATIONS, name, members, ("NotFoundException", "InvalidParameterException"))
}

pub(super) fn refusal(refusal: &Refusal) -> Reply {
    let body = serde_json::json!({"message": refusal.message});
    let headers = [("x-amzn-errortype", refusal.code.as_str())];
    reply(refusal.status, "application/json", &headers, body.to_string())
}

#[cfg(test)]
mod part_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod strict_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wire_tests;
