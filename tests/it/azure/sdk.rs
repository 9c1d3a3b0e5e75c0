//! Microsoft's own libraries, on the simulated Azure behind a socket: what they do, and what is expected of it, is in the
//! folder of this name.

use std::path::Path;
use std::process::Command;

use tidegate::provider::Family as _;

use crate::support::served::{Served, counterpart};
use crate::support::simulated::Simulation;
use crate::support::tidegate::{Place, skip};

/// How much faster than real time the simulator's passes.
const SPEED: u32 = 40;
/// The same where nothing has to come in time.
const FAST: u32 = 240;
const SERVICES: [&str; 7] =
    ["authorization", "containerservice", "eventhub", "msi", "resource", "servicebus", "storage"];

/// What one of the script's commands prints; `None`, having said so, where the libraries are not installed.
fn script(served: &Served, command: &str) -> Option<String> {
    let python = counterpart("python")?;
    let modules = SERVICES.map(|service| match service {
        "resource" => "azure.mgmt.resource.resources".to_owned(),
        service => format!("azure.mgmt.{service}"),
    });
    let imports = format!("import {}", modules.join(", "));
    if !Command::new(&python).args(["-c", &imports]).status().is_ok_and(|status| status.success()) {
        skip("Microsoft's libraries are not here: `dev/setup` installs them");
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/azure/sdk");
    let mut called = Command::new(python);
    called.arg("-B").arg(script).args([served.url(), command]).env("NO_PROXY", "127.0.0.1");
    let output = called.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command}: {}{}", text(&output.stdout), text(&output.stderr));
    Some(text(&output.stdout))
}

/// Every service was called, and none is known that was not.
fn every_service_is_in(told: &str) {
    let called: Vec<_> = told.lines().filter_map(|line| line.split_once(": ")).map(|(service, _)| service).collect();
    assert_eq!(called, SERVICES, "{told}");
    assert!(told.contains(&format!(" over {} services", SERVICES.len())), "{told}");
}

#[test]
fn microsofts_libraries_take_everything_from_create_to_delete() {
    let place = Place::default();
    let served = Served::start(&place, SPEED);
    let Some(told) = script(&served, "drive") else { return };
    every_service_is_in(&told);
    operations_are_followed_every_way(&told);
    println!("{told}");
}

/// By `Azure-AsyncOperation`, by `Location`, and by the state in the body.
fn operations_are_followed_every_way(told: &str) {
    for way in ["AzureAsyncOperationPolling", "LocationPolling", "BodyContentPolling"] {
        assert!(told.contains(&format!(" by {way}")), "no operation was followed by {way}: {told}");
    }
}

#[test]
fn microsofts_libraries_tell_what_failed_and_ask_again_what_was_not_answered() {
    let place = Place::default();
    place.write("faults.yaml", include_str!("sdk-faults.yaml"));
    let served = Served::start_with(&place, FAST, "--simulate-faults faults.yaml");
    let Some(told) = script(&served, "fail") else { return };
    operations_are_followed_every_way(&told);
    println!("{told}");
}

#[test]
fn microsofts_libraries_read_what_was_applied_and_what_they_changed_is_put_right() {
    let place = Place::default();
    place.write("stacks/sdk.yaml", include_str!("sdk.yaml"));
    // One process at a time works on a world.
    let serve = |command: &str| {
        let served = Served::start(&place, FAST);
        script(&served, command)
    };
    let apply_and_read = || {
        place.expect(0, "apply stacks/sdk.yaml --simulate --auto-approve");
        place.expect(0, "plan stacks/sdk.yaml --simulate --detailed-exitcode");
        if let Some(told) = serve("applied") {
            every_service_is_in(&told);
            println!("{told}");
        }
    };
    apply_and_read();
    if let Some(told) = serve("meddle") {
        every_service_is_in(&told);
        place.expect(2, "plan stacks/sdk.yaml --simulate --detailed-exitcode");
        apply_and_read();
    }
    place.expect(0, "destroy stacks/sdk.yaml --simulate --auto-approve");
}

/// A type that is not in the stack is one that no library has read. That all of the stack is read is a row of the script.
#[test]
fn every_type_is_applied() {
    let simulation = Simulation::new("all");
    let family = tidegate::cli::simulated_azure(&simulation.simulator);
    let names = family.resource_types().iter().map(|resource_type| resource_type.name());
    let is_there = |name: &str| include_str!("sdk.yaml").contains(&format!("type: {name}\n"));
    let missing: Vec<_> = names.filter(|name| !is_there(name)).collect();
    assert!(missing.is_empty(), "{missing:?} are not in the stack");
}
