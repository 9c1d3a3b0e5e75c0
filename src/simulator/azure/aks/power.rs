//! Clusters that are stopped, where nothing runs and nothing can be changed, and started again.

use serde_json::json;

use super::cluster::{self, Doing};
use super::{POWER, busy};
use crate::simulator::azure::arm::{Arm, Asked, Outcome};
use crate::simulator::object::Object;
use crate::simulator::refusal::Refusal;

const STOPPED: &str = "Stopped";

pub(super) fn start(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    become_so(arm, asked, "Starting", "Running")
}

pub(super) fn stop(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    become_so(arm, asked, "Stopping", STOPPED)
}

fn become_so(arm: &mut Arm<'_>, asked: &Asked, what: &'static str, code: &str) -> Result<Outcome, Refusal> {
    let cluster = cluster::there(arm, asked)?;
    busy::idle(arm, &asked.id, &cluster)?;
    let mut into = cluster.inner(&["properties"]).clone();
    into["powerState"] = json!({"code": code});
    let doing = cluster::begin_after(arm, asked, what, POWER);
    cluster::change(arm, asked, cluster, Doing { into: Some(into), ..doing }, false)
}

pub(super) fn is_stopped(cluster: &Object) -> bool {
    cluster.inner(&["properties", "powerState", "code"]) == STOPPED
}

/// What is stopped can be started and deleted, and nothing else.
pub(super) fn runs(cluster: &Object) -> Result<(), Refusal> {
    if !is_stopped(cluster) {
        return Ok(());
    }
    let text = "Operation is not allowed: the managed cluster is stopped, and has to be started first. See \
                https://aka.ms/aks-start-stop-cluster for more details";
    Err(Refusal::new(409, "OperationNotAllowed", text))
}
