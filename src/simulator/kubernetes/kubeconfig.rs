//! A kubeconfig for every cluster that answers on a socket.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value as Json, json};

use super::call::served_at;
use super::clouds::{self, ControlPlane};
use crate::simulator::exchange::Reply;
use crate::simulator::{Simulator, World};

/// The path where a socket gives it.
pub(in crate::simulator) const KUBECONFIG: &str = "/kubeconfig";

/// Lets in whoever calls a socket, as the administrator of every cluster.
pub(in crate::simulator) const TOKEN: &str = "simulated";

pub(in crate::simulator) fn kubeconfig(simulator: &Simulator, host: &str) -> Reply {
    let mut world = simulator.world();
    world.begin(simulator.clock().now());
    let text = serde_yaml::to_string(&document(&world, host)).unwrap_or_default();
    let mut reply = Reply::new(Bytes::from(text));
    let kind = http::HeaderValue::from_static("application/yaml");
    reply.headers_mut().insert(http::header::CONTENT_TYPE, kind);
    reply
}

fn document(world: &World, host: &str) -> Json {
    let planes = clouds::all(world);
    let named = |what: &str, of: &dyn Fn(&ControlPlane) -> Json| -> Vec<Json> {
        planes.iter().map(|plane| json!({"name": plane.name, what: of(plane)})).collect()
    };
    let server = |plane: &ControlPlane| served_at(host, &plane.id.account, &plane.id.region, &plane.id.name);
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": named("cluster", &|plane| json!({"server": server(plane)})),
        "contexts": named("context", &|plane| json!({"cluster": plane.name, "user": TOKEN})),
        "users": [{"name": TOKEN, "user": {"token": TOKEN}}],
        "current-context": planes.first().map(|plane| plane.name.as_str()).unwrap_or_default(),
    })
}

/// Something with the form of a certificate. Nobody has its key.
pub(in crate::simulator) fn certificate(of: &str) -> String {
    let inside = STANDARD.encode(of.repeat(24));
    let lines: Vec<_> = inside.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    STANDARD.encode(format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n")))
}
