//! A strict provider of `test.thing`, over a world in memory, that fails as it is told.
//!
//! Stricter than any cloud: what is not there cannot be deleted, what is in use
//! cannot go, and two calls never touch one object at the same time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use tidegate::clock::Clock;
use tidegate::provider::{
    Condition, Door, ErrorKind, FailedChange, Family, FamilySettings, Field, FieldType, Finding, Observed, Operation,
    Output, Ownership, Provider, ProviderError, ResourceType, Schema, Target,
};
use tidegate::value::{Attributes, Kind, Path, Value};
use tokio::sync::Notify;

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Refused for good.
    Refuse,
    /// The next so many tries are throttled.
    Throttle(u32),
    /// It has its effect, and the answer is lost: the caller sees a failure that may pass.
    LoseReply,
    /// It has its effect, and the answer is an error for good.
    FailAfter,
    /// Creates half of the object and says so.
    HalfDone,
    /// The process dies before the call has an effect.
    KillBefore,
    /// The process dies when the call has had its effect.
    KillAfter,
}

pub const FAULTS: &[Fault] = &[
    Fault::Refuse,
    Fault::Throttle(3),
    Fault::LoseReply,
    Fault::FailAfter,
    Fault::HalfDone,
    Fault::KillBefore,
    Fault::KillAfter,
];

#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub attributes: Attributes,
    /// `stack/address`, or nothing.
    pub mark: Option<String>,
    pub uses: BTreeSet<String>,
}

#[derive(Default)]
pub struct World {
    pub objects: BTreeMap<String, Object>,
    /// Every mutating call, in order: `create a`.
    pub calls: Vec<String>,
    /// By call.
    pub faults: BTreeMap<String, Fault>,
    /// Identities that were deleted, and when they are free again.
    pub blocked: BTreeMap<String, Duration>,
    pub under_way: BTreeSet<String>,
    pub most_under_way: usize,
    made: u64,
}

/// Shared by all providers of one test.
#[derive(Clone, Default)]
pub struct Cloud {
    world: Arc<Mutex<World>>,
    /// Told when a fault kills the process.
    pub killed: Arc<Notify>,
}

impl Cloud {
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// What is there, without what is drawn anew each time.
    pub fn picture(&self) -> BTreeMap<String, Object> {
        let mut objects = self.world().objects.clone();
        for object in objects.values_mut() {
            object.attributes.remove("id");
            // What refers to another's id differs as that does.
            if let Some(Value::String(peer)) = object.attributes.get_mut("peer") {
                *peer = "(id)".to_owned();
            }
        }
        objects
    }

    pub fn family(&self) -> Arc<dyn Family> {
        let settings = vec![Field::new("place", FieldType::text(), "Where things are").replaces()];
        Arc::new(TestFamily { settings, cloud: self.clone(), types: vec![Arc::new(Thing::new())] })
    }
}

struct TestFamily {
    settings: Vec<Field>,
    cloud: Cloud,
    types: Vec<Arc<dyn ResourceType>>,
}

#[async_trait]
impl Family for TestFamily {
    fn name(&self) -> &'static str {
        "test"
    }

    fn settings(&self) -> &[Field] {
        &self.settings
    }

    fn resource_types(&self) -> &[Arc<dyn ResourceType>] {
        &self.types
    }

    async fn open(&self, _: &FamilySettings, clock: Arc<dyn Clock>) -> Result<Door, ProviderError> {
        Ok(Arc::new(TestProvider { cloud: self.cloud.clone(), clock }))
    }
}

struct Thing {
    schema: Schema,
}

impl Thing {
    fn new() -> Self {
        let spec = vec![
            Field::new("name", FieldType::text(), "Its key").required().replaces(),
            Field::new("size", FieldType::Integer { min: 0, max: 1000 }, "Changes in place").default(1),
            Field::new("color", FieldType::text(), "Needs a new object").replaces(),
            Field::new("note", FieldType::text(), "Not ours unless written"),
            Field::new("peer", FieldType::text(), "Another's id"),
            Field::new("uses", FieldType::set(FieldType::text()), "Names that must be there first"),
            Field::new("lock", FieldType::text(), "Things with one lock change one after the other"),
        ];
        let outputs = vec![Output::new("id", Kind::String, "Drawn when it is made")];
        Self { schema: Schema { spec, outputs } }
    }
}

impl ResourceType for Thing {
    fn name(&self) -> &'static str {
        "test.thing"
    }

    fn doc(&self) -> &'static str {
        "A thing in a test."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let color = spec.get("color").and_then(Value::as_str);
        let path = Path::field("color");
        match color {
            Some("invisible") => vec![Finding::new("test/invisible", path, "nobody will see it").warning()],
            Some("no color") => vec![Finding::new("test/no-color", path, "it has none")],
            _ => Vec::new(),
        }
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        spec.get("name")?.as_str().map(str::to_owned)
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["name"]
    }

    fn scope_settings(&self) -> &'static [&'static str] {
        &["place"]
    }

    fn reuse_after(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn exclusive(&self, desired: &Attributes) -> Option<String> {
        desired.get("lock")?.as_str().map(str::to_owned)
    }

    fn expected(&self, _: Operation) -> Duration {
        Duration::from_secs(10)
    }
}

struct TestProvider {
    cloud: Cloud,
    clock: Arc<dyn Clock>,
}

fn refused(operation: &str, message: impl Into<String>) -> ProviderError {
    ProviderError::new(ErrorKind::Rejected, operation, message)
}

fn mark(target: &Target<'_>) -> String {
    format!("{}/{}", target.owner.stack, target.owner.address)
}

fn ownership(found: Option<&str>, target: &Target<'_>) -> Ownership {
    match found {
        None => Ownership::Unmarked,
        Some(found) if found == mark(target) => Ownership::Ours,
        Some(found) if found.starts_with(&format!("{}/", target.owner.stack)) => Ownership::SameStack,
        Some(_) => Ownership::Foreign,
    }
}

impl TestProvider {
    /// Makes one mutating call, with whatever fault is set for it.
    async fn call<T>(
        &self,
        operation: &str,
        target: &Target<'_>,
        effect: impl Fn(&mut World) -> Result<T, ProviderError> + Send,
    ) -> Result<T, ProviderError> {
        let name = format!("{operation} {}", target.identity);
        let fault = {
            let mut world = self.cloud.world();
            assert!(world.under_way.insert(target.identity.to_owned()), "{name}: the object is being changed already");
            world.most_under_way = world.most_under_way.max(world.under_way.len());
            world.calls.push(name.clone());
            match world.faults.get_mut(&name) {
                Some(Fault::Throttle(0)) | None => None,
                Some(Fault::Throttle(left)) => {
                    *left -= 1;
                    Some(Fault::Throttle(*left))
                }
                Some(_) => world.faults.remove(&name),
            }
        };
        tokio::task::yield_now().await;
        let result = self.with_fault(operation, fault, effect).await;
        self.cloud.world().under_way.remove(target.identity);
        result
    }

    async fn with_fault<T>(
        &self,
        operation: &str,
        fault: Option<Fault>,
        effect: impl Fn(&mut World) -> Result<T, ProviderError> + Send,
    ) -> Result<T, ProviderError> {
        let transient = |kind| Err(ProviderError::new(kind, operation, "as told"));
        match fault {
            Some(Fault::Refuse) => Err(refused(operation, "as told")),
            Some(Fault::Throttle(_)) => transient(ErrorKind::Throttled),
            Some(Fault::LoseReply) => {
                let _ = effect(&mut self.cloud.world());
                transient(ErrorKind::Unavailable)
            }
            Some(Fault::FailAfter | Fault::HalfDone) => {
                let _ = effect(&mut self.cloud.world());
                Err(refused(operation, "as told, too late"))
            }
            Some(Fault::KillBefore) => self.die().await,
            Some(Fault::KillAfter) => {
                let _ = effect(&mut self.cloud.world());
                self.die().await
            }
            None => effect(&mut self.cloud.world()),
        }
    }

    async fn die<T>(&self) -> T {
        self.cloud.world().under_way.clear();
        self.cloud.killed.notify_one();
        std::future::pending().await
    }

    fn observed(object: &Object, target: &Target<'_>) -> Observed {
        Observed {
            attributes: object.attributes.clone(),
            ownership: ownership(object.mark.as_deref(), target),
            marks: object.mark.clone(),
            condition: Condition::Ready,
        }
    }
}

fn uses(desired: &Attributes) -> BTreeSet<String> {
    let items = desired.get("uses").and_then(Value::as_list).unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn check_uses(world: &World, desired: &Attributes) -> Result<BTreeSet<String>, ProviderError> {
    let uses = uses(desired);
    match uses.iter().find(|used| !world.objects.contains_key(*used)) {
        Some(missing) => Err(refused("test", format!("`{missing}` is not there"))),
        None => Ok(uses),
    }
}

#[async_trait]
impl Provider for TestProvider {
    fn resolved_settings(&self) -> FamilySettings {
        FamilySettings::from([("place".to_owned(), Value::from("here"))])
    }

    async fn read(&self, target: &Target<'_>) -> Result<Option<Observed>, ProviderError> {
        let world = self.cloud.world();
        Ok(world.objects.get(target.identity).map(|object| Self::observed(object, target)))
    }

    async fn create(&self, target: &Target<'_>, desired: &Attributes) -> Result<Observed, FailedChange> {
        let now = self.clock.now();
        let half = self.cloud.world().faults.get(&format!("create {}", target.identity)) == Some(&Fault::HalfDone);
        let effect = |world: &mut World| {
            if world.objects.contains_key(target.identity) {
                return Err(ProviderError::new(ErrorKind::AlreadyExists, "create", "it is there"));
            }
            if world.blocked.get(target.identity).is_some_and(|until| *until > now) {
                return Err(ProviderError::new(ErrorKind::Busy, "create", "the name was deleted too recently"));
            }
            let uses = check_uses(world, desired)?;
            world.made += 1;
            let mut attributes = desired.clone();
            if half {
                attributes.insert("size".to_owned(), Value::Integer(0));
            }
            attributes.insert("id".to_owned(), Value::from(format!("{}-{}", target.identity, world.made)));
            attributes.entry("note".to_owned()).or_insert(Value::from("set by the service"));
            let object = Object { attributes, mark: Some(mark(target)), uses };
            world.objects.insert(target.identity.to_owned(), object.clone());
            Ok(object)
        };
        match self.call("create", target, effect).await {
            Ok(object) => Ok(Self::observed(&object, target)),
            Err(error) if half => {
                let partial = self.cloud.world().objects.get(target.identity).cloned();
                let partial = partial.map(|object| Box::new(Self::observed(&object, target)));
                Err(FailedChange { partial, ..error.into() })
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn update(&self, target: &Target<'_>, desired: &Attributes) -> Result<Observed, FailedChange> {
        let effect = |world: &mut World| {
            let uses = check_uses(world, desired)?;
            let Some(object) = world.objects.get_mut(target.identity) else {
                return Err(refused("update", "it is not there"));
            };
            if desired.get("color") != object.attributes.get("color") {
                return Err(refused("update", "the color cannot change"));
            }
            let id = object.attributes["id"].clone();
            let note = object.attributes.get("note").cloned();
            object.attributes = desired.clone();
            object.attributes.insert("id".to_owned(), id);
            if let Some(note) = note {
                object.attributes.entry("note".to_owned()).or_insert(note);
            }
            object.mark = Some(mark(target));
            object.uses = uses;
            Ok(object.clone())
        };
        let object = self.call("update", target, effect).await?;
        Ok(Self::observed(&object, target))
    }

    async fn delete(&self, target: &Target<'_>) -> Result<(), ProviderError> {
        let now = self.clock.now();
        let effect = |world: &mut World| {
            if let Some((user, _)) = world.objects.iter().find(|(_, object)| object.uses.contains(target.identity)) {
                return Err(refused("delete", format!("`{user}` uses it")));
            }
            // Called again after a lost reply, it finds nothing, which is what was wanted.
            if world.objects.remove(target.identity).is_some() {
                world.blocked.insert(target.identity.to_owned(), now + Duration::from_secs(60));
            }
            Ok(())
        };
        self.call("delete", target, effect).await
    }
}
