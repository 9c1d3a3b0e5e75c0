//! The family: every type of objects of clusters, and what opens their door.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::client::Jitter;
use super::clusters::{Clusters, Network};
use super::connection_type::ConnectionType;
use super::door::KubernetesDoor;
use super::manifests::Manifests;
use super::named::{Named, NamedType};
use super::object::Object;
use super::object_type::ObjectType;
use super::{namespace, together};
use crate::clock::Clock;
use crate::provider::{
    Declared, Door, Entrance, Family, FamilySettings, Field, FieldType, ProviderError, ResourceType, Together,
};

/// Checks of objects side by side that a set of types brings along: KEDA's, for one.
pub(crate) type CheckTogether = fn(&[together::Placed<'_>]) -> Vec<(usize, crate::provider::Finding)>;

/// The types whose resources are objects of clusters, whichever API defines them.
pub struct KubernetesFamily {
    settings: Vec<Field>,
    objects: Arc<BTreeMap<&'static str, Arc<dyn ObjectType>>>,
    types: Vec<Arc<dyn ResourceType>>,
    entrances: Vec<Arc<dyn Entrance>>,
    checks: Vec<CheckTogether>,
    network: Option<Network>,
    jitter: Option<Jitter>,
}

impl KubernetesFamily {
    /// With these ways into clusters, beside kubeconfigs.
    pub fn new(entrances: impl IntoIterator<Item = Arc<dyn Entrance>>) -> Self {
        let objects: Vec<Arc<dyn ObjectType>> =
            vec![Arc::new(namespace::namespace()), Arc::new(Object::new()), Arc::new(Manifests::new())];
        let teardown = Field::new(
            "teardown",
            FieldType::one_of(&["thorough", "fast"]),
            "`fast`: what goes with its cluster, when that goes too, is not deleted by itself; but for what leaves \
             something behind in the cloud, such as load balancers and volumes",
        );
        let family = Self {
            settings: vec![teardown.default("thorough")],
            objects: Arc::default(),
            types: vec![Arc::new(ConnectionType::new())],
            entrances: entrances.into_iter().collect(),
            checks: Vec::new(),
            network: None,
            jitter: None,
        };
        family.and(objects)
    }

    fn and(mut self, more: Vec<Arc<dyn ObjectType>>) -> Self {
        let mut objects = (*self.objects).clone();
        objects.extend(more.iter().map(|one| (one.name(), Arc::clone(one))));
        self.objects = Arc::new(objects);
        self.types.extend(more.into_iter().map(|one| one as Arc<dyn ResourceType>));
        self
    }

    /// With types of one object each, and what is to be checked of them side by side.
    pub(crate) fn with(self, named: Vec<Named>, check: CheckTogether) -> Self {
        let more = named.into_iter().map(|named| Arc::new(NamedType::new(named)) as Arc<dyn ObjectType>).collect();
        let mut family = self.and(more);
        family.checks.push(check);
        family
    }

    /// Over this network instead of the real one: for programs that embed the library, and for tests.
    pub fn with_network(self, network: Network) -> Self {
        Self { network: Some(network), ..self }
    }

    /// With these numbers in `0..1` in place of random ones, so that a run can be replayed.
    pub fn with_jitter(self, jitter: Jitter) -> Self {
        Self { jitter: Some(jitter), ..self }
    }
}

#[async_trait]
impl Family for KubernetesFamily {
    fn name(&self) -> &'static str {
        super::FAMILY
    }

    fn settings(&self) -> &[Field] {
        &self.settings
    }

    fn resource_types(&self) -> &[Arc<dyn ResourceType>] {
        &self.types
    }

    fn looks_together(&self) -> bool {
        true
    }

    fn together(&self, resources: &[Declared<'_>]) -> Together {
        together::look(&self.objects, &self.checks, resources)
    }

    /// Opens no cluster: that is done when the first call to it is made.
    async fn open(&self, _: &FamilySettings, clock: Arc<dyn Clock>) -> Result<Door, ProviderError> {
        let mut clusters = Clusters::new(clock, self.entrances.iter().cloned());
        if let Some(network) = &self.network {
            clusters = clusters.with_network(Arc::clone(network));
        }
        if let Some(jitter) = &self.jitter {
            clusters = clusters.with_jitter(Arc::clone(jitter));
        }
        Ok(Arc::new(KubernetesDoor::new(clusters, Arc::clone(&self.objects))))
    }
}
