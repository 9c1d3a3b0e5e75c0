//! `tidegate simulator serve`: the simulated clouds on a socket, for every tool that speaks to clouds.

use std::sync::Arc;

use super::super::arguments::{SimulationArguments, SimulatorCommand};
use super::super::clouds;
use super::super::console::Console;
use super::super::failure::{Exit, Failure};
use super::super::signals;
use super::Outcome;
use crate::clock::{Clock as _, SystemClock};
use crate::engine::{Stop, StopLevel};
use crate::simulator::azure::SUBSCRIPTION;
use crate::simulator::{ScaledClock, Server, Simulator};

pub(super) async fn run(command: SimulatorCommand, simulation: &SimulationArguments, console: &Console) -> Outcome {
    let SimulatorCommand::Serve { listen, speed, folder } = command;
    if !listen.ip().is_loopback() {
        let message = format!("{} can be reached from other machines, and the simulator lets everyone in", listen.ip());
        return Err(Failure::usage(message, "listen on a loopback address, such as 127.0.0.1:4599"));
    }
    let world = clouds::open_world(&folder)?;
    let clock = ScaledClock::new(SystemClock.now().max(world.time()), speed);
    let simulator = Simulator::of(world, Arc::new(clock), clouds::faults(simulation)?);
    let failed = |source| Failure::File { doing: "listen on", file: listen.to_string(), source };
    let server = Server::bind(listen, simulator, speed).await.map_err(failed)?;
    let url = format!("http://{}", server.address().map_err(failed)?);
    console.message(&serde_json::json!({"version": 1, "type": "listening", "url": url}));
    if !console.json {
        console.out(&format!(
            "export AWS_ENDPOINT_URL={url} AWS_ACCESS_KEY_ID=simulated AWS_SECRET_ACCESS_KEY=simulated AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1"
        ));
        console.out(&azure(&url));
        console.err(&format!(
            "The simulated clouds answer at {url}, {speed} times as fast as real ones. Ctrl-C ends them; their world is kept."
        ));
        console.err(&format!(
            "Clusters too: `curl -s {url}/kubeconfig > kubeconfig`, or `aws eks update-kubeconfig --name NAME`, and then \
             `kubectl` or `helm`. Nothing is encrypted here, and everyone may do everything."
        ));
    }
    let stop = Stop::default();
    signals::watch(&stop);
    tokio::select! {
        never = server.serve() => match never {},
        () = stop.reached(StopLevel::Finish) => Ok(Exit::Done),
    }
}

/// What leads Azure's tools here: the identity of a machine, which has no secret.
fn azure(url: &str) -> String {
    format!(
        "export AZURE_RESOURCE_MANAGER_URL={url} AZURE_SUBSCRIPTION_ID={} IDENTITY_ENDPOINT={url}/metadata/identity/oauth2/token IDENTITY_HEADER=simulated",
        SUBSCRIPTION
    )
}
