//! What a cluster may be, whatever it was before: names, networks, and what needs what.

use std::net::Ipv4Addr;

use serde_json::{Map, Value as Json};

use super::invalid;
use crate::simulator::azure::arm::Arm;
use crate::simulator::azure::id::Id;
use crate::simulator::refusal::Refusal;

/// What stays as it was made.
pub(super) const FIXED: &[&str] = &[
    "/apiServerAccessProfile/enablePrivateCluster",
    "/dnsPrefix",
    "/enableRBAC",
    "/fqdnSubdomain",
    "/networkProfile/dnsServiceIP",
    "/networkProfile/loadBalancerSku",
    "/networkProfile/networkPlugin",
    "/networkProfile/podCidr",
    "/networkProfile/serviceCidr",
    "/nodeResourceGroup",
];

/// A member that cannot be changed, by its pointer below the properties.
pub(super) fn fixed(pointer: &str) -> Refusal {
    let text = format!("Changing property 'properties{}' is not allowed.", pointer.replace('/', "."));
    Refusal::new(400, "PropertyChangeNotAllowed", text)
}

pub(super) fn check_name(name: &str) -> Result<(), Refusal> {
    let inside = |one: char| one.is_ascii_alphanumeric() || "-_".contains(one);
    let ends = name.chars().next().into_iter().chain(name.chars().last());
    let fits = (1..=63).contains(&name.len()) && name.chars().all(inside);
    if fits && ends.into_iter().all(|one| one.is_ascii_alphanumeric()) {
        return Ok(());
    }
    Err(invalid("resourceName", &format!("'{name}' has to be 1 to 63 letters, digits, '-' and '_' between its ends")))
}

pub(super) fn check_pool_name(name: &str) -> Result<(), Refusal> {
    let fits = (1..=12).contains(&name.len())
        && name.starts_with(|one: char| one.is_ascii_lowercase())
        && name.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit());
    if fits {
        Ok(())
    } else {
        Err(invalid("agentPool.name", &format!("'{name}' has to match ^[a-z][a-z0-9]{{0,11}}$")))
    }
}

/// Checks the whole of the properties, without the pools.
pub(super) fn check(properties: &Json) -> Result<(), Refusal> {
    let Some(prefix) = properties["dnsPrefix"].as_str() else {
        return Err(Refusal::new(400, "InvalidParameter", "Required parameter dnsPrefix is missing (null)."));
    };
    let inside = |one: char| one.is_ascii_alphanumeric() || one == '-';
    let ends = !prefix.starts_with('-') && !prefix.ends_with('-');
    if !(1..=54).contains(&prefix.len()) || !prefix.chars().all(inside) || !ends {
        return Err(invalid("dnsPrefix", "it has to be 1 to 54 letters, digits and '-', with none at its ends"));
    }
    let group = properties["nodeResourceGroup"].as_str().unwrap_or_default();
    if group.is_empty() || group.len() > 80 {
        return Err(invalid("nodeResourceGroup", "it has to have 1 to 80 characters"));
    }
    check_network(&properties["networkProfile"])?;
    let is_on = |pointer: &str| properties.pointer(pointer) == Some(&Json::Bool(true));
    if is_on("/securityProfile/workloadIdentity/enabled") && !is_on("/oidcIssuerProfile/enabled") {
        return Err(invalid("securityProfile.workloadIdentity", "it needs the OIDC issuer, which is not enabled"));
    }
    let is_of_entra = properties["aadProfile"].is_object();
    if is_on("/disableLocalAccounts") && !is_of_entra {
        return Err(invalid("disableLocalAccounts", "it is only for clusters that are Entra-enabled"));
    }
    if is_of_entra && !is_on("/aadProfile/managed") {
        return Err(invalid("aadProfile.managed", "only the managed integration is supported"));
    }
    Ok(())
}

fn check_network(network: &Json) -> Result<(), Refusal> {
    let text = |name: &str| network[name].as_str().unwrap_or_default();
    if text("networkPluginMode") == "overlay" && text("networkPlugin") != "azure" {
        return Err(invalid("networkProfile.networkPluginMode", "overlay is only for the network plugin azure"));
    }
    if text("networkDataplane") == "cilium" && text("networkPlugin") != "azure" {
        return Err(invalid("networkProfile.networkDataplane", "cilium is only for the network plugin azure"));
    }
    for name in ["podCidr", "serviceCidr"].into_iter().filter(|name| network[name].is_string()) {
        let at = format!("networkProfile.{name}");
        range(text(name)).ok_or_else(|| invalid(&at, "it is no range of addresses"))?;
    }
    let services = range(text("serviceCidr"));
    let server = text("dnsServiceIP").parse::<Ipv4Addr>().ok().map(u32::from);
    let is_inside = services.zip(server).is_some_and(|((first, last), server)| first + 1 < server && server < last);
    if !is_inside {
        let why = "it has to be inside of the service range, and not its first address";
        return Err(invalid("networkProfile.dnsServiceIP", why));
    }
    if let Some(((first, last), (other_first, other_last))) = services.zip(range(text("podCidr")))
        && first <= other_last
        && other_first <= last
    {
        return Err(invalid("networkProfile.podCidr", "it overlaps with the service range"));
    }
    Ok(())
}

/// The first and the last address of a range such as `10.0.0.0/16`.
fn range(text: &str) -> Option<(u32, u32)> {
    let (address, bits) = text.split_once('/')?;
    let (address, bits): (Ipv4Addr, u32) = (address.parse().ok()?, bits.parse().ok()?);
    let inside = u32::MAX.checked_shr(bits).unwrap_or(0);
    let first = u32::from(address);
    (bits <= 30 && first & inside == 0).then_some((first, first | inside))
}

/// Who the cluster acts as: itself, or an identity that has to be there.
pub(super) fn check_identity(arm: &Arm<'_>, identity: Option<&Json>, properties: &Json) -> Result<(), Refusal> {
    let identity = identity.unwrap_or(&Json::Null);
    let given: Map<String, Json> = identity["userAssignedIdentities"].as_object().cloned().unwrap_or_default();
    match identity["type"].as_str() {
        Some("UserAssigned") if given.len() != 1 => {
            Err(invalid("identity.userAssignedIdentities", "there has to be exactly one user assigned identity"))
        }
        Some("UserAssigned") => given.keys().try_for_each(|path| is_there(arm, path)),
        _ if !given.is_empty() => {
            Err(invalid("identity.userAssignedIdentities", "they are only for the identity type UserAssigned"))
        }
        Some("SystemAssigned") => Ok(()),
        _ if properties["servicePrincipalProfile"]["clientId"].as_str().is_some_and(|id| id != "msi") => Ok(()),
        _ => {
            let text = "Required parameter servicePrincipalProfile is missing (null), and there is no identity.";
            Err(Refusal::new(400, "InvalidParameter", text))
        }
    }
}

fn is_there(arm: &Arm<'_>, path: &str) -> Result<(), Refusal> {
    let found = Id::read(path).ok().filter(|id| {
        id.type_name().eq_ignore_ascii_case("Microsoft.ManagedIdentity/userAssignedIdentities")
            && arm.object(id).is_some()
    });
    if found.is_some() {
        return Ok(());
    }
    let text = format!("Identity operation for resource failed, since the identity '{path}' could not be found.");
    Err(Refusal::new(400, "FailedIdentityOperation", text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::simulator::azure::aks::settings;

    #[test]
    fn names_have_their_form() {
        let long = "a".repeat(64);
        for (name, fits) in [("a", true), ("Main_1-x", true), ("-a", false), ("a_", false), ("", false), (&long, false)]
        {
            assert_eq!(check_name(name).is_ok(), fits, "{name}");
        }
        for (name, fits) in [("a", true), ("pool1", true), ("1pool", false), ("Pool", false), ("abcdefghijklm", false)]
        {
            assert_eq!(check_pool_name(name).is_ok(), fits, "{name}");
        }
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let why = |given: Json| {
            let given = given.as_object().cloned().unwrap();
            let mut properties = settings::defaults(&given, ["g", "n", "l"]);
            properties["dnsPrefix"] = json!("main");
            settings::lay_over(&mut properties, &Json::Object(given));
            check(&properties).err().map_or(String::new(), |refusal| refusal.message().to_owned())
        };
        assert_eq!(why(json!({})), "");
        let overlay = json!({"networkPlugin": "azure", "networkPluginMode": "overlay"});
        assert_eq!(why(json!({"networkProfile": overlay})), "");
        let cases = [
            (json!({"dnsPrefix": "-a"}), "dnsPrefix"),
            (json!({"nodeResourceGroup": "n".repeat(81)}), "nodeResourceGroup"),
            (json!({"networkProfile": {"networkPluginMode": "overlay"}}), "networkPluginMode"),
            (json!({"networkProfile": {"dnsServiceIP": "10.1.0.10"}}), "dnsServiceIP"),
            (json!({"networkProfile": {"dnsServiceIP": "10.0.0.1"}}), "dnsServiceIP"),
            (json!({"networkProfile": {"serviceCidr": "10.0.0.1/16"}}), "serviceCidr"),
            (json!({"networkProfile": {"podCidr": "10.0.0.0/8"}}), "podCidr"),
            (json!({"securityProfile": {"workloadIdentity": {"enabled": true}}}), "workloadIdentity"),
            (json!({"disableLocalAccounts": true}), "disableLocalAccounts"),
            (json!({"aadProfile": {}}), "aadProfile.managed"),
        ];
        for (given, expected) in cases {
            assert!(why(given.clone()).contains(expected), "{given}");
        }
    }
}
