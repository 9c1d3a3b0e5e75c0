//! Node groups as the clusters see them whose nodes they are.

use serde_json::Value as Json;

use super::place::NODE_GROUP;
use super::status::Object;
use crate::clock::Timestamp;
use crate::simulator::World;

/// A node group as it is at a time, if it still is.
#[derive(Debug)]
pub(in crate::simulator) struct Machines {
    pub(in crate::simulator) group: String,
    pub(in crate::simulator) members: Option<Json>,
    /// When it becomes, or became, what it was asked to be.
    pub(in crate::simulator) settles: Option<Timestamp>,
}

pub(in crate::simulator) fn machines(
    world: &World,
    [account, region, cluster]: [&str; 3],
    time: Timestamp,
) -> Vec<Machines> {
    let groups = world.list::<Object>(&format!("aws/{account}/{region}/eks/{NODE_GROUP}/{cluster}/"));
    let seen = groups.into_iter().map(|(group, object)| {
        let settles = object.settles_at();
        Machines { group, settles, members: object.at(time).map(|object| object.answer()) }
    });
    seen.collect()
}
