//! The network of a cluster: subnets, security groups, who may reach its endpoint.
//!
//! Nothing here knows an account's networks. Any well-formed id is taken for something that is there, in
//! the one VPC of the region, and different subnets are taken to be in different zones: what is wrong with a
//! subnet would have to be made up, and nobody could understand why theirs was refused.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde_json::{Value as Json, json};

use super::input::{Member, Shape, TEXTS, is_id, may};
use super::place::Place;
use super::refusal::invalid;
use crate::simulator::aws::Refusal;
use crate::simulator::aws::json::Members;
use crate::simulator::world::number;

pub(super) const VPC: [Member; 6] = [
    may("subnetIds", TEXTS),
    may("securityGroupIds", TEXTS),
    may("endpointPublicAccess", Shape::Boolean),
    may("endpointPrivateAccess", Shape::Boolean),
    may("publicAccessCidrs", TEXTS),
    may("controlPlaneEgressMode", Shape::Among(&["AWS_MANAGED"])),
];
pub(super) const ENDPOINT_MEMBERS: [&str; 3] = ["endpointPublicAccess", "endpointPrivateAccess", "publicAccessCidrs"];
pub(super) const NETWORK_MEMBERS: [&str; 2] = ["subnetIds", "securityGroupIds"];

pub(super) const KUBERNETES_NETWORK: [Member; 3] = [
    may("serviceIpv4Cidr", Shape::Text),
    may("ipFamily", Shape::Among(&["ipv4", "ipv6"])),
    may("elasticLoadBalancing", Shape::Off),
];

const EVERYWHERE: &str = "0.0.0.0/0";
const MOST_SECURITY_GROUPS: usize = 5;
const MOST_CIDRS: usize = 40;

/// A new cluster's, as it is answered while the cluster is being made.
pub(super) fn new(place: &Place<'_>, request: &Members) -> Result<Json, Refusal> {
    let Some(subnets) = request.texts("subnetIds")? else {
        return Err(invalid("resourcesVpcConfig.subnetIds is required"));
    };
    check_subnets(&subnets, 2)?;
    let groups = request.texts("securityGroupIds")?.unwrap_or_default();
    check_security_groups(&groups)?;
    let public = request.boolean("endpointPublicAccess")?.unwrap_or(true);
    let private = request.boolean("endpointPrivateAccess")?.unwrap_or(false);
    let cidrs = request.texts("publicAccessCidrs")?;
    check_endpoint(public, private, cidrs.as_deref())?;
    Ok(json!({
        "subnetIds": subnets,
        "securityGroupIds": groups,
        "vpcId": id(place, "vpc", "vpc"),
        "endpointPublicAccess": public,
        "endpointPrivateAccess": private,
        "publicAccessCidrs": cidrs_or_default(public, cidrs),
    }))
}

/// With public access there is always a list; without, there is none to speak of.
pub(super) fn cidrs_or_default(public: bool, cidrs: Option<Vec<String>>) -> Vec<String> {
    match cidrs {
        Some(cidrs) if !cidrs.is_empty() => cidrs,
        _ if public => vec![EVERYWHERE.to_owned()],
        _ => Vec::new(),
    }
}

/// An id that depends on nothing but what it is of.
pub(super) fn id(place: &Place<'_>, kind: &str, of: &str) -> String {
    let number = number(&[&place.world.seed().to_le_bytes(), place.below().as_bytes(), of.as_bytes()]);
    format!("{kind}-0{number:016x}")
}

pub(super) fn check_subnets(ids: &[String], least: usize) -> Result<(), Refusal> {
    if let Some(wrong) = ids.iter().find(|id| !is_id("subnet", id)) {
        return Err(invalid(format!(
            "The subnet ID '{wrong}' does not exist (Service: AmazonEC2; \
             Status Code: 400; Error Code: InvalidSubnetID.NotFound)"
        )));
    }
    let distinct: BTreeSet<_> = ids.iter().collect();
    if distinct.len() != ids.len() {
        return Err(invalid("Subnets must be unique"));
    }
    match (distinct.len(), least) {
        (0, _) => Err(invalid("There has to be a subnet")),
        (1, 2..) => Err(invalid("Subnets specified must be in at least two different AZs")),
        _ => Ok(()),
    }
}

pub(super) fn check_security_groups(ids: &[String]) -> Result<(), Refusal> {
    if let Some(wrong) = ids.iter().find(|id| !is_id("sg", id)) {
        return Err(invalid(format!(
            "The security group '{wrong}' does not exist (Service: AmazonEC2; \
             Status Code: 400; Error Code: InvalidGroup.NotFound)"
        )));
    }
    let distinct: BTreeSet<_> = ids.iter().collect();
    if distinct.len() != ids.len() || ids.len() > MOST_SECURITY_GROUPS {
        return Err(invalid(format!("There may be {MOST_SECURITY_GROUPS} security groups, each of them once")));
    }
    Ok(())
}

pub(super) fn check_endpoint(public: bool, private: bool, cidrs: Option<&[String]>) -> Result<(), Refusal> {
    if !public && !private {
        return Err(invalid("Private and public endpoint access cannot be false"));
    }
    let cidrs = cidrs.unwrap_or_default();
    let wrong: Vec<_> = cidrs.iter().filter(|cidr| !is_public(cidr)).map(String::as_str).collect();
    if !wrong.is_empty() {
        return Err(invalid(format!("The following CIDRs are invalid in publicAccessCidrs: [{}]", wrong.join(", "))));
    }
    if cidrs.len() > MOST_CIDRS {
        return Err(invalid(format!("There may be {MOST_CIDRS} publicAccessCidrs")));
    }
    Ok(())
}

/// The network of the cluster's services.
pub(super) fn service_network(request: Option<&Members>) -> Result<Json, Refusal> {
    let family = request.map(|request| request.text("ipFamily")).transpose()?.flatten().unwrap_or("ipv4");
    let cidr = request.map(|request| request.text("serviceIpv4Cidr")).transpose()?.flatten();
    let off = json!({"enabled": false});
    if family == "ipv6" {
        return match cidr {
            Some(_) => Err(invalid("serviceIpv4Cidr cannot be specified with ipFamily ipv6")),
            None => {
                Ok(json!({"serviceIpv6Cidr": "fd00:10:100::/108", "ipFamily": family, "elasticLoadBalancing": off}))
            }
        };
    }
    let cidr = cidr.unwrap_or("10.100.0.0/16");
    let fits = parse(cidr).is_some_and(|(address, length)| (12..=24).contains(&length) && address.is_private());
    if !fits {
        return Err(invalid(format!(
            "The serviceIpv4Cidr {cidr} is not valid: it has to be a private block between /12 and /24"
        )));
    }
    Ok(json!({"serviceIpv4Cidr": cidr, "ipFamily": family, "elasticLoadBalancing": off}))
}

fn is_public(cidr: &str) -> bool {
    parse(cidr).is_some_and(|(address, _)| !address.is_private() && !address.is_loopback() && !address.is_link_local())
}

/// A block whose address has no bits set beyond its length.
fn parse(cidr: &str) -> Option<(Ipv4Addr, u32)> {
    let (address, length) = cidr.split_once('/')?;
    let address: Ipv4Addr = address.parse().ok()?;
    let length: u32 = length.parse().ok().filter(|length| *length <= 32)?;
    let beyond = u32::MAX.checked_shr(length).unwrap_or(0);
    (address.to_bits() & beyond == 0).then_some((address, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_to_be_blocks() {
        for fine in ["0.0.0.0/0", "203.0.113.0/24", "198.51.100.7/32"] {
            assert!(is_public(fine), "{fine}");
        }
        for wrong in ["10.0.0.0/8", "203.0.113.1/24", "203.0.113.0/33", "203.0.113.0", "::/0", ""] {
            assert!(!is_public(wrong), "{wrong}");
        }
    }

    #[test]
    fn subnets_are_in_different_zones_when_they_are_different() {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert!(check_subnets(&ids(&["subnet-0000000a", "subnet-0000000b"]), 2).is_ok());
        assert!(check_subnets(&ids(&["subnet-0000000a"]), 1).is_ok());
        for wrong in [&["subnet-0000000a"][..], &["subnet-0000000a", "subnet-0000000a"], &[], &["subnet-x", "subnet-y"]]
        {
            assert!(check_subnets(&ids(wrong), 2).is_err(), "{wrong:?}");
        }
    }
}
