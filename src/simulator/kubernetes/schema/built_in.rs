//! The kinds that every API server brings along, read once from their published types.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use k8s_openapi::Resource;
use k8s_openapi::schemars::JsonSchema;
use k8s_openapi::schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value as Json};

use super::{Node, Null, PatchStrategy, Schema, Shape, facts, parse};

/// Everything there is to know of the built-in kinds.
struct BuiltIn {
    /// Group, version and kind, with the name of its definition.
    kinds: BTreeMap<(&'static str, &'static str, &'static str), String>,
    definitions: BTreeMap<String, Schema>,
    /// The definitions as they were published, for whoever asks for them over the wire.
    published: Map<String, Json>,
}

static BUILT_IN: LazyLock<BuiltIn> = LazyLock::new(read);

/// The schema of a kind, or `None` when no API server brings it along.
pub(in crate::simulator) fn built_in(group: &str, version: &str, kind: &str) -> Option<&'static Schema> {
    named_definition(definition_name(group, version, kind)?)
}

/// `io.k8s.api.apps.v1.Deployment`.
pub(in crate::simulator) fn definition_name(group: &str, version: &str, kind: &str) -> Option<&'static str> {
    let found = BUILT_IN.kinds.iter().find(|(known, _)| **known == (group, version, kind));
    found.map(|(_, name)| name.as_str())
}

/// The definitions as they are published, by name.
pub(in crate::simulator) fn definitions() -> &'static Map<String, Json> {
    &BUILT_IN.published
}

/// A definition by its name, which need not be that of a kind.
pub(in crate::simulator) fn named_definition(name: &str) -> Option<&'static Schema> {
    BUILT_IN.definitions.get(name)
}

fn read() -> BuiltIn {
    let mut roots = Roots::default();
    add_workloads(&mut roots);
    add_settings(&mut roots);
    let published = roots.generator.take_definitions(true);
    let mut definitions = published.iter().map(|(name, json)| (name.clone(), define(name, json))).collect();
    set_exceptions(&mut definitions);
    BuiltIn { kinds: roots.kinds, definitions, published }
}

struct Roots {
    generator: SchemaGenerator,
    kinds: BTreeMap<(&'static str, &'static str, &'static str), String>,
}

impl Default for Roots {
    fn default() -> Self {
        Self { generator: SchemaSettings::openapi3().into_generator(), kinds: BTreeMap::new() }
    }
}

impl Roots {
    fn add<T: JsonSchema + Resource>(&mut self) {
        self.generator.subschema_for::<T>();
        self.kinds.insert((T::GROUP, T::VERSION, T::KIND), T::schema_name().into_owned());
    }
}

fn add_workloads(roots: &mut Roots) {
    use k8s_openapi::api::{apps, autoscaling, batch, core::v1 as core, policy};
    roots.add::<core::Pod>();
    roots.add::<core::PodTemplate>();
    roots.add::<core::ReplicationController>();
    roots.add::<core::Service>();
    roots.add::<core::Endpoints>();
    roots.add::<core::PersistentVolume>();
    roots.add::<core::PersistentVolumeClaim>();
    roots.add::<core::Node>();
    roots.add::<core::Binding>();
    roots.add::<apps::v1::ControllerRevision>();
    roots.add::<apps::v1::DaemonSet>();
    roots.add::<apps::v1::Deployment>();
    roots.add::<apps::v1::ReplicaSet>();
    roots.add::<apps::v1::StatefulSet>();
    roots.add::<batch::v1::CronJob>();
    roots.add::<batch::v1::Job>();
    roots.add::<autoscaling::v1::HorizontalPodAutoscaler>();
    roots.add::<autoscaling::v1::Scale>();
    roots.add::<autoscaling::v2::HorizontalPodAutoscaler>();
    roots.add::<policy::v1::Eviction>();
    roots.add::<policy::v1::PodDisruptionBudget>();
}

fn add_settings(roots: &mut Roots) {
    use k8s_openapi::api::{
        admissionregistration::v1 as admission, authentication::v1 as authentication,
        authorization::v1 as authorization, certificates::v1 as certificates, coordination::v1 as coordination,
        core::v1 as core, discovery::v1 as discovery, events::v1 as events, networking::v1 as networking,
        node::v1 as node, rbac::v1 as rbac, scheduling::v1 as scheduling, storage::v1 as storage,
    };
    roots.add::<core::ConfigMap>();
    roots.add::<core::Event>();
    roots.add::<core::LimitRange>();
    roots.add::<core::Namespace>();
    roots.add::<core::ResourceQuota>();
    roots.add::<core::Secret>();
    roots.add::<core::ServiceAccount>();
    roots.add::<admission::MutatingWebhookConfiguration>();
    roots.add::<admission::ValidatingAdmissionPolicy>();
    roots.add::<admission::ValidatingAdmissionPolicyBinding>();
    roots.add::<admission::ValidatingWebhookConfiguration>();
    roots.add::<authentication::SelfSubjectReview>();
    roots.add::<authentication::TokenRequest>();
    roots.add::<authentication::TokenReview>();
    roots.add::<authorization::LocalSubjectAccessReview>();
    roots.add::<authorization::SelfSubjectAccessReview>();
    roots.add::<authorization::SelfSubjectRulesReview>();
    roots.add::<authorization::SubjectAccessReview>();
    roots.add::<certificates::CertificateSigningRequest>();
    roots.add::<coordination::Lease>();
    roots.add::<discovery::EndpointSlice>();
    roots.add::<events::Event>();
    roots.add::<networking::IPAddress>();
    roots.add::<networking::Ingress>();
    roots.add::<networking::IngressClass>();
    roots.add::<networking::NetworkPolicy>();
    roots.add::<networking::ServiceCIDR>();
    roots.add::<node::RuntimeClass>();
    roots.add::<rbac::ClusterRole>();
    roots.add::<rbac::ClusterRoleBinding>();
    roots.add::<rbac::Role>();
    roots.add::<rbac::RoleBinding>();
    roots.add::<scheduling::PriorityClass>();
    roots.add::<storage::CSIDriver>();
    roots.add::<storage::CSINode>();
    roots.add::<storage::StorageClass>();
    roots.add::<storage::VolumeAttachment>();
    roots.add::<k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition>();
    roots.add::<k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService>();
}

/// Reads one definition and adds what only the API server knows of it.
fn define(name: &str, json: &Json) -> Schema {
    if let Some(shape) = named_shape(name) {
        return shape;
    }
    let mut schema = parse::schema(json, true);
    schema.atomic_map |= facts::is_atomic_type(name);
    for (field, node) in &mut schema.properties {
        let Node::Own(member) = node else { continue };
        if let Some((list, patch)) = facts::list(name, field) {
            (member.list, member.patch) = (list, patch);
        }
        member.atomic_map |= facts::is_atomic_map(name, field);
        if let Some(value) = facts::key_default(name, field) {
            member.default = Some(Json::String(value.to_owned()));
        }
    }
    schema
}

/// Types that the published schema says too little of.
fn named_shape(name: &str) -> Option<Schema> {
    match name.rsplit('.').next()? {
        "Quantity" => Some(Schema { shape: Shape::Quantity, ..Schema::default() }),
        // Any value at all. Whether it is a schema is seen where custom resources are defined.
        "JSON" | "JSONSchemaPropsOrBool" | "JSONSchemaPropsOrArray" | "JSONSchemaPropsOrStringArray" | "FieldsV1" => {
            Some(Schema { null: Null::Absent, ..Schema::opaque().clone() })
        }
        "RawExtension" => {
            let values = Node::Own(Box::new(Schema::opaque().clone()));
            Some(Schema { shape: Shape::Object, additional: Some(values), ..Schema::default() })
        }
        _ => None,
    }
}

/// Gives the few fields that differ from the type they refer to a schema of their own.
fn set_exceptions(definitions: &mut BTreeMap<String, Schema>) {
    for exception in facts::EXCEPTIONS {
        let Some((name, field)) = definitions.iter().find_map(|(name, schema)| {
            facts::is(name, exception.of)
                .then(|| schema.properties.get(exception.field))
                .flatten()
                .map(|node| (name, node))
        }) else {
            continue;
        };
        let Node::Named(target) = field else { continue };
        let Some(mut own) = definitions.get(target).cloned() else { continue };
        own.atomic_map = exception.atomic;
        own.patch = PatchStrategy { retain_keys: exception.retain_keys, replace: exception.replace, ..own.patch };
        let name = name.clone();
        if let Some(schema) = definitions.get_mut(&name) {
            schema.properties.insert(exception.field.to_owned(), Node::Own(Box::new(own)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::kubernetes::schema::ListType;

    fn at<'s>(schema: &'s Schema, path: &str) -> &'s Schema {
        path.split('.').fold(schema, |schema, part| match part {
            "[]" => schema.item(),
            name => {
                assert!(schema.names(name), "{path}: no {name}");
                schema.member(name)
            }
        })
    }

    #[test]
    fn fields_have_their_types_and_lists_their_keys() {
        let deployment = built_in("apps", "v1", "Deployment").unwrap();
        let pod = at(deployment, "spec.template.spec");
        let keys = |keys: &[&str]| ListType::Map(keys.iter().map(|key| (*key).to_owned()).collect());
        let cases = [
            ("containers", Shape::Array, keys(&["name"])),
            ("containers.[].ports", Shape::Array, keys(&["containerPort", "protocol"])),
            ("containers.[].image", Shape::String, ListType::Atomic),
            ("containers.[].command", Shape::Array, ListType::Atomic),
            ("tolerations", Shape::Array, ListType::Atomic),
            ("containers.[].resources.limits", Shape::Object, ListType::Atomic),
            ("terminationGracePeriodSeconds", Shape::Integer, ListType::Atomic),
            ("volumes.[].emptyDir.sizeLimit", Shape::Quantity, ListType::Atomic),
            ("containers.[].livenessProbe.httpGet.port", Shape::IntOrString, ListType::Atomic),
        ];
        for (path, shape, list) in cases {
            let schema = at(pod, path);
            assert_eq!((schema.shape, &schema.list), (shape, &list), "{path}");
        }
        assert!(at(deployment, "spec.selector").atomic_map);
        assert!(at(pod, "nodeSelector").atomic_map);
        assert!(!at(deployment, "metadata.labels").atomic_map);
        assert_eq!(at(deployment, "metadata.finalizers").list, ListType::Set);
        assert!(at(deployment, "spec.strategy").patch.retain_keys);
        assert_eq!(deployment.item(), Schema::opaque());
    }

    #[test]
    fn a_schema_may_hold_itself() {
        let definition = built_in("apiextensions.k8s.io", "v1", "CustomResourceDefinition").unwrap();
        let mut schema = at(definition, "spec.versions.[].schema.openAPIV3Schema");
        for _ in 0..50 {
            schema = at(schema, "properties").member("x");
        }
        assert!(schema.names("x-kubernetes-list-type"));
    }

    #[test]
    fn what_no_api_server_brings_along_has_no_schema() {
        assert!(built_in("keda.sh", "v1alpha1", "ScaledObject").is_none());
        assert!(built_in("apps", "v1beta1", "Deployment").is_none());
        assert!(built_in("", "v1", "Pod").is_some());
    }

    #[test]
    fn every_fact_is_about_a_field_that_exists() {
        let types: Vec<_> = BUILT_IN.definitions.iter().collect();
        for (of, field) in facts::all_fields() {
            let schema = types.iter().find(|(name, _)| facts::is(name, of)).map(|(_, schema)| schema);
            assert!(schema.is_some_and(|schema| field.is_empty() || schema.names(field)), "{of} {field}");
        }
    }
}
