//! The clusters of one run: each connection is opened once, however many objects are behind it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::client::{Client, Jitter, Transport, Wire};
use super::connection::{Connection, Way};
use super::kubeconfig;
use crate::clock::Clock;
use crate::provider::{Access, Entrance, ErrorKind, ProviderError};

/// The way to a server, trusted by these certificates in PEM, in place of the real network.
pub type Network = Arc<dyn Fn(&str, Option<&str>) -> Arc<dyn Transport> + Send + Sync>;

type Slot = Arc<OnceCell<Arc<Client>>>;

/// Opens connections.
pub struct Clusters {
    clock: Arc<dyn Clock>,
    jitter: Jitter,
    entrances: BTreeMap<&'static str, Arc<dyn Entrance>>,
    network: Option<Network>,
    /// By the whole connection: one that has changed leads elsewhere, or another way.
    open: Mutex<BTreeMap<String, Slot>>,
}

impl Clusters {
    pub fn new(clock: Arc<dyn Clock>, entrances: impl IntoIterator<Item = Arc<dyn Entrance>>) -> Self {
        let entrances = entrances.into_iter().map(|entrance| (entrance.kind(), entrance)).collect();
        Self { clock, jitter: Arc::new(random_jitter), entrances, network: None, open: Mutex::default() }
    }

    /// With this in place of the real network, and with no way to the clusters of kubeconfigs.
    pub fn with_network(self, network: Network) -> Self {
        Self { network: Some(network), ..self }
    }

    /// With these numbers in `0..1` in place of random ones, so that a run can be replayed.
    pub fn with_jitter(self, jitter: Jitter) -> Self {
        Self { jitter, ..self }
    }

    /// The client of this cluster, ready to be called.
    pub(in crate::providers) async fn client(&self, connection: &Connection) -> Result<Arc<Client>, ProviderError> {
        let whole = serde_json::to_string(&connection.attributes).unwrap_or_else(|_| connection.key().to_owned());
        let slot = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(open.entry(whole).or_default())
        };
        slot.get_or_try_init(|| self.open(connection)).await.cloned()
    }

    async fn open(&self, connection: &Connection) -> Result<Arc<Client>, ProviderError> {
        match &connection.way {
            Way::Entrance(kind) => {
                let entrance = self.entrances.get(kind).ok_or_else(|| no_entrance(kind))?;
                let access = entrance.open(&connection.attributes, Arc::clone(&self.clock)).await?;
                self.enter(connection, access).await
            }
            Way::Kubeconfig { path, context } => {
                if self.network.is_some() {
                    return Err(real_cluster(connection));
                }
                let config = kubeconfig::load(path.as_deref(), context.as_deref()).await?;
                let (server, renewable) = (config.cluster_url.to_string(), kubeconfig::is_renewable(&config.auth_info));
                let wire = Wire::new(config, renewable, Arc::clone(&self.clock));
                Ok(self.client_of(connection, &server, Arc::new(wire), None))
            }
        }
    }

    async fn enter(&self, connection: &Connection, access: Arc<dyn Access>) -> Result<Arc<Client>, ProviderError> {
        let (server, authority) = (access.server().to_owned(), access.certificate_authority());
        let transport = match &self.network {
            Some(network) => network(&server, authority),
            None => {
                let config = kubeconfig::bare(&server, authority, access.identity()).await?;
                Arc::new(Wire::new(config, false, Arc::clone(&self.clock)))
            }
        };
        Ok(self.client_of(connection, &server, transport, Some(access)))
    }

    fn client_of(
        &self,
        connection: &Connection,
        server: &str,
        transport: Arc<dyn Transport>,
        access: Option<Arc<dyn Access>>,
    ) -> Arc<Client> {
        let names = (connection.key().to_owned(), server);
        Arc::new(Client::new(names, transport, access, Arc::clone(&self.clock), Arc::clone(&self.jitter)))
    }
}

fn no_entrance(kind: &str) -> ProviderError {
    let text = format!("this build has no way into clusters of kind `{kind}`");
    ProviderError::new(ErrorKind::Rejected, "kubernetes", text)
        .hint("use a build with the family that makes them, such as the default one")
}

fn real_cluster(connection: &Connection) -> ProviderError {
    let text = format!("{} is a real cluster, and a simulation calls none", connection.key());
    ProviderError::new(ErrorKind::Rejected, "kubernetes", text).hint(
        "connect to a simulated cluster instead: the `connection` of an `aws.eks_cluster` or an `azure.aks_cluster`",
    )
}

fn random_jitter() -> f64 {
    // Without a source of randomness every caller waits the same time, which is worse and not wrong.
    getrandom::u32().map_or(0.5, |bits| f64::from(bits) / (f64::from(u32::MAX) + 1.0))
}

#[cfg(test)]
mod tests;
