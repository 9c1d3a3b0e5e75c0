//! What commands work on: the clouds, or simulated ones whose world is beside the states.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

use super::arguments::FolderArguments;
#[cfg(feature = "simulator")]
use super::arguments::{Arguments, Command, SimulationArguments};
use super::console::Console;
use super::environment::Environment;
use super::failure::Failure;
use crate::clock::{Clock, SystemClock};
#[cfg(feature = "simulator")]
use crate::provider::Family;
use crate::provider::Registry;
#[cfg(feature = "azure")]
use crate::providers::azure::AzureEnvironment;
#[cfg(feature = "simulator")]
use crate::providers::azure::{AzureFamily, AzureNetwork};
#[cfg(feature = "simulator")]
use crate::providers::helm::HelmFamily;
#[cfg(feature = "simulator")]
use crate::providers::helm::sources::{Answer, Fetch, Get, NoAnswer};
#[cfg(feature = "helm")]
use crate::providers::helm::{Supply, sources::Charts, sources::HttpClient};
#[cfg(feature = "simulator")]
use crate::providers::kubernetes::{Network, Transport, TransportError, Unreachable};
#[cfg(feature = "simulator")]
use crate::simulator::{Broken, Faults, SimulatedClock, Simulator, World, WorldError, aws, azure};

/// Below the folder of states, so that a simulation never touches what is recorded of real objects.
#[cfg(feature = "simulator")]
const SIMULATED: &str = "simulated";
/// Below that: the name of a stack cannot begin with a point, so no state can have it.
#[cfg(feature = "simulator")]
const WORLD: &str = ".world";

pub(super) struct Clouds {
    which: Which,
    #[cfg(feature = "azure")]
    azure: AzureEnvironment,
    #[cfg(feature = "helm")]
    supply: Supply,
}

enum Which {
    Real,
    #[cfg(feature = "simulator")]
    Simulated {
        clock: SimulatedClock,
        faults: Faults,
    },
}

/// What an engine works with.
pub(super) struct Opened {
    pub(super) registry: Registry,
    pub(super) clock: Arc<dyn Clock>,
}

impl Clouds {
    #[cfg_attr(
        not(any(feature = "azure", feature = "helm")),
        expect(unused_variables, reason = "nothing here asks the surroundings")
    )]
    pub(super) fn real(environment: &Environment) -> Self {
        Self {
            which: Which::Real,
            #[cfg(feature = "azure")]
            azure: environment.azure.clone(),
            #[cfg(feature = "helm")]
            supply: supply(environment),
        }
    }

    #[cfg(feature = "simulator")]
    pub(super) fn of(arguments: &Arguments, environment: &Environment) -> Result<Self, Failure> {
        let Arguments { simulation: arguments, command, .. } = arguments;
        let for_simulations = arguments.simulate_faults.is_some() || arguments.simulate_speed.is_some();
        if !arguments.simulate {
            // Whoever rehearses a fault must not do it to a real cloud.
            return match command {
                Command::Simulator(_) => Ok(Self::real(environment)),
                _ if for_simulations => Err(Failure::usage(
                    "--simulate-faults and --simulate-speed are for simulated clouds",
                    "add --simulate",
                )),
                _ => Ok(Self::real(environment)),
            };
        }
        let clock = SimulatedClock::paced(SystemClock.now(), arguments.simulate_speed);
        let supply = Supply::new(Charts::new(Arc::new(SimulatedNetwork)));
        let azure = AzureEnvironment::default();
        Ok(Self { which: Which::Simulated { clock, faults: faults(arguments)? }, azure, supply })
    }

    pub(super) fn runtime(&self) -> std::io::Result<Runtime> {
        match &self.which {
            Which::Real => Builder::new_multi_thread().worker_threads(2).enable_all().build(),
            #[cfg(feature = "simulator")]
            Which::Simulated { clock, .. } => clock.runtime(),
        }
    }

    /// For loading stacks: its types know of the charts that an opened registry fetches.
    pub(super) fn registry(&self) -> Registry {
        crate::providers::registry_with(
            #[cfg(feature = "azure")]
            self.azure.clone(),
            #[cfg(feature = "helm")]
            self.supply.clone(),
        )
    }

    /// Where the states of what is worked on are.
    pub(super) fn state_dir(&self, folder: &FolderArguments) -> PathBuf {
        match &self.which {
            Which::Real => folder.state_dir.clone(),
            #[cfg(feature = "simulator")]
            Which::Simulated { .. } => simulated(&folder.state_dir),
        }
    }

    #[cfg_attr(not(feature = "simulator"), expect(unused_variables, reason = "only simulated clouds have a place"))]
    pub(super) fn open(&self, folder: &FolderArguments, console: &Console) -> Result<Opened, Failure> {
        match &self.which {
            Which::Real => Ok(Opened { registry: self.registry(), clock: Arc::new(SystemClock) }),
            #[cfg(feature = "simulator")]
            Which::Simulated { clock, faults } => {
                let world = open_world(folder)?;
                if !console.json {
                    console.err(&format!("In simulated clouds, kept in {}.", simulated(&folder.state_dir).display()));
                }
                // What happened in an earlier run stays in the past.
                clock.advance_to(world.time());
                let simulator = Simulator::of(world, Arc::new(clock.clone()), faults.clone());
                let network = simulated_network(&simulator);
                let simulator_of_azure = simulator.clone();
                let config = move |settings: &crate::provider::FamilySettings| {
                    let account = settings.get("account").and_then(crate::value::Value::as_str);
                    aws::sdk_config_for(&simulator, account.unwrap_or(aws::ACCOUNT))
                };
                let aws = crate::providers::aws::AwsFamily::with_config_for(config);
                let azure = simulated_azure(&simulator_of_azure);
                let entrances = [aws.entrance(), azure.entrance()];
                let kubernetes =
                    crate::providers::kubernetes_family(entrances.clone()).with_network(Arc::clone(&network));
                let helm = HelmFamily::new(entrances, self.supply.clone()).with_network(network);
                let families: [Arc<dyn Family>; 5] = [
                    crate::providers::tidegate::family(),
                    Arc::new(kubernetes),
                    Arc::new(helm),
                    Arc::new(aws),
                    Arc::new(azure),
                ];
                let registry = Registry::new(families);
                Ok(Opened { registry, clock: Arc::new(clock.clone()) })
            }
        }
    }
}

/// Charts from where they are published, kept in the user's cache.
#[cfg(feature = "helm")]
fn supply(environment: &Environment) -> Supply {
    let mut charts = Charts::new(Arc::new(HttpClient::new()));
    if let Some(cache) = &environment.cache {
        charts = charts.with_cache(cache.clone());
    }
    for file in &environment.registry_configs {
        // Most machines have none of them.
        if let Ok(text) = std::fs::read_to_string(file) {
            charts = charts.with_registry_config(text);
        }
    }
    Supply::new(charts)
}

/// The charts of the simulated network.
#[cfg(feature = "simulator")]
pub struct SimulatedNetwork;

#[cfg(feature = "simulator")]
#[async_trait::async_trait]
impl Fetch for SimulatedNetwork {
    async fn get(&self, get: &Get) -> Result<Answer, NoAnswer> {
        let found = crate::simulator::charts::get(&get.url);
        let status = if found.is_some() { 200 } else { 404 };
        Ok(Answer { status, headers: Vec::new(), body: found.unwrap_or_default() })
    }
}

/// The way to simulated clusters, for [`crate::providers::kubernetes::KubernetesFamily::with_network`].
#[cfg(feature = "simulator")]
pub fn simulated_network(simulator: &Simulator) -> Network {
    let simulator = simulator.clone();
    Arc::new(move |_, _| Arc::new(SimulatedTransport(simulator.clone())))
}

/// The family of Azure in simulated clouds.
#[cfg(feature = "simulator")]
pub fn simulated_azure(simulator: &Simulator) -> AzureFamily {
    let (transport, credential) = (azure::transport(simulator), azure::credential(simulator));
    AzureFamily::with_network(move |_| AzureNetwork {
        transport: Arc::clone(&transport),
        credential: Arc::clone(&credential),
        subscription: azure::SUBSCRIPTION.to_owned(),
    })
}

#[cfg(feature = "simulator")]
struct SimulatedTransport(Simulator);

#[cfg(feature = "simulator")]
#[async_trait::async_trait]
impl Transport for SimulatedTransport {
    async fn send(&self, request: http::Request<bytes::Bytes>) -> Result<http::Response<bytes::Bytes>, TransportError> {
        self.0.exchange(request).await.map_err(|broken| match broken {
            Broken::Refused => TransportError::NoConnection { why: Unreachable::Refused, cause: broken.to_string() },
            Broken::Reset => TransportError::NoAnswer(broken.to_string()),
        })
    }
}

#[cfg(feature = "simulator")]
pub(super) fn faults(arguments: &SimulationArguments) -> Result<Faults, Failure> {
    let Some(file) = &arguments.simulate_faults else { return Ok(Faults::default()) };
    let text = super::command::input::read(file)?;
    Faults::parse(&text).map_err(|error| {
        let hint = "a fault is written like `- { operation: \"eks:CreateCluster\", kind: throttle, rate: 0.1 }`";
        Failure::usage(format!("{}: {error}", file.display()), hint)
    })
}

#[cfg(feature = "simulator")]
fn simulated(state_dir: &std::path::Path) -> PathBuf {
    state_dir.join(SIMULATED)
}

/// The world beside the simulated states; waits for another process that works on it.
#[cfg(feature = "simulator")]
pub(super) fn open_world(folder: &FolderArguments) -> Result<World, Failure> {
    let place = simulated(&folder.state_dir).join(WORLD);
    let until = SystemClock.now() + folder.lock_timeout;
    let seed = uuid::Uuid::new_v4().as_u64_pair().0;
    loop {
        match World::open(&place, seed) {
            Err(WorldError::InUse { .. }) if SystemClock.now() < until => {
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            opened => return Ok(opened?),
        }
    }
}
