//! What one field alone cannot show of a cluster's spec.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::super::aks::{self, flag, numbered, part, pool, text, texts};
use super::super::ownership;
use crate::provider::Finding;
use crate::value::{Attributes, Path, Value};

pub(super) fn check(spec: &Attributes) -> Vec<Finding> {
    let mut findings = ownership::check(spec);
    findings.extend(pools(spec));
    findings.extend(network(spec));
    findings.extend(ranges(spec));
    findings.extend(ways_in(spec));
    if texts(spec, "identities").len() > 1 {
        let message = "a control plane acts as one identity";
        findings.push(Finding::new("azure/identity", Path::field("identities"), message));
    }
    if flag(spec, "workload_identity") == Some(true) && flag(spec, "oidc") == Some(false) {
        let message = "identities trust tokens that can be verified: this takes `oidc: true`";
        findings.push(Finding::new("azure/workload-identity", Path::field("workload_identity"), message));
    }
    if text(spec, "support_plan") == Some("AKSLongTermSupport")
        && text(spec, "tier").is_some_and(|tier| tier != "Premium")
    {
        let message = "long term support takes `tier: Premium`";
        findings.push(Finding::new("azure/tier", Path::field("support_plan"), message));
    }
    findings
}

fn pools(spec: &Attributes) -> Vec<Finding> {
    let at = Path::field("pools");
    let Some(list) = spec.get("pools").and_then(Value::as_list) else { return Vec::new() };
    let (mut findings, mut seen) = (Vec::new(), BTreeSet::new());
    for (at, one) in numbered(spec, "pools") {
        findings.extend(pool::check(one, &at));
        if let Some(name) = text(one, "name").filter(|name| !seen.insert(*name)) {
            findings.push(Finding::new(
                "azure/pool",
                at.key("name"),
                format!("there is a pool named `{name}` here already"),
            ));
        }
    }
    let may_be_system = |one: &Value| {
        one.as_map()
            .is_none_or(|one| one.get("mode").is_none_or(|mode| mode.as_str().is_none_or(|mode| mode == "System")))
    };
    if !list.iter().any(may_be_system) {
        let message = "a cluster needs a pool with `mode: System`, which runs what the cluster itself needs";
        findings.push(Finding::new("azure/no-system-pool", at, message));
    }
    findings
}

fn network(spec: &Attributes) -> Vec<Finding> {
    let Some(network) = part(spec, "network") else { return Vec::new() };
    let at = Path::field("network");
    let mut findings = Vec::new();
    let mut add = |part: &str, message: &str| findings.push(Finding::new("azure/network", at.key(part), message));
    let is = |name: &str, value: &str| text(network, name) == Some(value);
    if is("plugin_mode", "overlay") && !is("plugin", "azure") && known(network, "plugin") {
        add("plugin_mode", "overlay is a mode of `plugin: azure`");
    }
    if is("policy", "cilium") && !is("dataplane", "cilium") && known(network, "dataplane") {
        add("policy", "Cilium's policies take `dataplane: cilium`");
    }
    if is("dataplane", "cilium") && !is("plugin", "azure") && known(network, "plugin") {
        add("dataplane", "Cilium takes `plugin: azure`");
    }
    for name in ["pod_cidr", "service_cidr"] {
        if text(network, name).is_some_and(|cidr| block(cidr).is_none()) {
            add(name, "this is no block of addresses, such as \"10.244.0.0/16\"");
        }
    }
    if let Some(address) = text(network, "dns_service_ip") {
        let block = text(network, "service_cidr").and_then(block);
        match address.parse::<IpAddr>() {
            Err(_) => add("dns_service_ip", "this is no address, such as \"10.0.0.10\""),
            Ok(address) if block.is_some_and(|block| !contains(block, address)) => {
                add("dns_service_ip", "it has to be among the addresses of `service_cidr`");
            }
            Ok(_) => {}
        }
    }
    findings
}

/// Whether there is nothing there that will only be known later.
fn known(of: &Attributes, name: &str) -> bool {
    !of.get(name).is_some_and(Value::has_unknown)
}

fn ranges(spec: &Attributes) -> Vec<Finding> {
    let ranges = part(spec, "api_server").map(|server| texts(server, "authorized_ip_ranges")).unwrap_or_default();
    let at = Path::field("api_server").key("authorized_ip_ranges");
    let wrong =
        ranges.iter().enumerate().filter(|(_, range)| block(range).is_none() && range.parse::<IpAddr>().is_err());
    let finding = |(index, range): (usize, &String)| {
        Finding::new("azure/bad-cidr", at.index(index), format!("`{range}` is no block of addresses"))
            .help("such as \"203.0.113.0/24\"")
    };
    wrong.map(finding).collect()
}

fn ways_in(spec: &Attributes) -> Vec<Finding> {
    let (entra, local) = (spec.contains_key("entra"), flag(spec, "local_accounts"));
    let finding = |field: &'static str, message: &str| Finding::new("azure/access", Path::field(field), message);
    let mut findings = Vec::new();
    if local == Some(false) && !entra {
        findings.push(finding(
            "local_accounts",
            "without local accounts no one gets in but users of Entra: this takes `entra`",
        ));
    }
    match aks::text(spec, "access") {
        Some("entra") if !entra => findings.push(finding("access", "users of Entra are let in with `entra`")),
        Some("user") if entra => {
            let message =
                "a user of a cluster with `entra` signs in by hand: leave `access` out, or take `entra` or `admin`";
            findings.push(finding("access", message));
        }
        Some("admin" | "user") if local == Some(false) => {
            findings.push(finding("access", "this credential is a local account, and there are none"));
        }
        _ => {}
    }
    findings
}

fn block(text: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = text.split_once('/')?;
    let (address, prefix): (IpAddr, u8) = (address.parse().ok()?, prefix.parse().ok()?);
    let most = if address.is_ipv4() { 32 } else { 128 };
    (prefix <= most).then_some((address, prefix))
}

fn contains((block, prefix): (IpAddr, u8), address: IpAddr) -> bool {
    let shared = |one: u128, other: u128, bits: u32| {
        let rest = bits - u32::from(prefix).min(bits);
        one.checked_shr(rest).unwrap_or_default() == other.checked_shr(rest).unwrap_or_default()
    };
    match (block, address) {
        (IpAddr::V4(block), IpAddr::V4(address)) => shared(block.to_bits().into(), address.to_bits().into(), 32),
        (IpAddr::V6(block), IpAddr::V6(address)) => shared(block.to_bits(), address.to_bits(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_its_block_or_not() {
        let cases = [
            ("10.0.0.0/16", "10.0.255.1", true),
            ("10.0.0.0/16", "10.1.0.1", false),
            ("0.0.0.0/0", "9.9.9.9", true),
            ("10.0.0.4/32", "10.0.0.4", true),
            ("fd00::/108", "fd00::a", true),
            ("fd00::/108", "fd01::a", false),
            ("10.0.0.0/16", "fd00::a", false),
        ];
        for (cidr, address, expected) in cases {
            assert_eq!(contains(block(cidr).unwrap(), address.parse().unwrap()), expected, "{cidr} {address}");
        }
        assert_eq!((block("10.0.0.0/33"), block("10.0.0.0"), block("a/8")), (None, None, None));
    }
}
