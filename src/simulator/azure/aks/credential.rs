//! Kubeconfigs: for a cluster's users, its administrators, and who watches it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::{cluster, id_of};
use crate::simulator::azure::TENANT;
use crate::simulator::azure::arm::{Arm, Asked, Outcome, group_of, missing};
use crate::simulator::kubernetes;
use crate::simulator::object::Object;
use crate::simulator::refusal::Refusal;

/// What Entra calls every AKS cluster's API server.
pub(super) const SERVER: &str = "6dae42f8-4368-4678-94ff-3960e28e3630";
/// What Entra calls kubelogin.
const CLIENT: &str = "80faf920-1908-4b52-b5ef-a8e7bedfc67a";

/// For whom a kubeconfig is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whom {
    Users,
    Administrators,
    Monitoring,
}

impl Whom {
    fn name(self) -> &'static str {
        match self {
            Self::Users => "clusterUser",
            Self::Administrators => "clusterAdmin",
            Self::Monitoring => "clusterMonitoringUser",
        }
    }
}

pub(super) fn of_users(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    kubeconfigs(arm, asked, Whom::Users)
}

pub(super) fn of_administrators(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    kubeconfigs(arm, asked, Whom::Administrators)
}

pub(super) fn of_monitoring(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    kubeconfigs(arm, asked, Whom::Monitoring)
}

pub(super) fn is_of_entra(cluster: &Object) -> bool {
    cluster.inner(&["properties", "aadProfile"]).is_object()
}

pub(super) fn has_local_accounts(cluster: &Object) -> bool {
    cluster.inner(&["properties", "disableLocalAccounts"]) != true
}

fn kubeconfigs(arm: &Arm<'_>, asked: &Asked, whom: Whom) -> Result<Outcome, Refusal> {
    group_of(arm, &asked.id)
        .or_else(|refusal| if refusal.status() == 404 { Err(refusal) } else { Ok(Object::default()) })?;
    let cluster = arm.object(&asked.id).ok_or_else(|| missing(arm, &asked.id))?;
    if cluster::current(&cluster).is_none() {
        let text = format!("Could not find the control plane of the managed cluster '{}'.", cluster.text("name"));
        return Err(Refusal::new(400, "ControlPlaneNotFound", text));
    }
    let by_entra = whom == Whom::Users && is_of_entra(&cluster);
    if !by_entra && !has_local_accounts(&cluster) {
        let text = "Getting static credential is not allowed because this cluster is set to disable local accounts.";
        return Err(Refusal::new(400, "BadRequest", text));
    }
    let format = asked.query("format").unwrap_or("exec").to_lowercase();
    if !["azure", "exec"].contains(&format.as_str()) {
        let text = format!("The value '{format}' of the query parameter format is not one of azure and exec.");
        return Err(Refusal::new(400, "InvalidParameter", text));
    }
    let document = kubeconfig(arm, asked, &cluster, whom, by_entra.then_some(format.as_str()));
    let text = serde_yaml::to_string(&document).unwrap_or_default();
    Ok(Outcome::new(200, json!({"kubeconfigs": [{"name": whom.name(), "value": STANDARD.encode(text)}]})))
}

fn kubeconfig(arm: &Arm<'_>, asked: &Asked, cluster: &Object, whom: Whom, by_entra: Option<&str>) -> Json {
    let name = cluster.text("name");
    let user = format!("{}_{}_{name}", whom.name(), asked.id.group.as_deref().unwrap_or_default());
    let context = if whom == Whom::Administrators { format!("{name}-admin") } else { name.to_owned() };
    let hidden = |name: &str| cluster.hidden.get(name).cloned().unwrap_or_default();
    let credential = match (by_entra, whom) {
        (Some("azure"), _) => json!({"auth-provider": {"name": "azure", "config": {
            "apiserver-id": SERVER, "client-id": CLIENT, "config-mode": "1", "environment": "AzurePublicCloud",
            "tenant-id": TENANT,
        }}}),
        (Some(_), _) => json!({"exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": "kubelogin",
            "args": ["get-token", "--environment", "AzurePublicCloud", "--server-id", SERVER, "--client-id", CLIENT,
                "--tenant-id", TENANT, "--login", "devicecode"],
            "installHint": "\nkubelogin is not installed which is required to connect to AAD enabled cluster.\n",
            "provideClusterInfo": false,
        }}),
        (None, Whom::Administrators) => json!({"token": hidden("administratorToken")}),
        (None, _) => json!({"token": hidden("userToken")}),
    };
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": server(arm, asked, cluster)}],
        "contexts": [{"name": context, "context": {"cluster": name, "user": user}}],
        "current-context": context,
        "preferences": {},
        "users": [{"name": user, "user": credential}],
    })
}

/// Whoever calls a socket finds the cluster's API server on the same socket, where nothing is encrypted.
fn server(arm: &Arm<'_>, asked: &Asked, cluster: &Object) -> Json {
    let at_socket = arm.caller.served_at.as_ref().zip(id_of(&asked.id.key()));
    match at_socket {
        Some((host, id)) => json!({"server": kubernetes::served_at(host, &id.account, &id.region, &id.name)}),
        None => {
            let host = cluster.inner(&["properties", "fqdn"]).as_str().unwrap_or_default();
            json!({
                "server": format!("https://{host}:443"),
                "certificate-authority-data": cluster.hidden.get("certificate"),
            })
        }
    }
}
