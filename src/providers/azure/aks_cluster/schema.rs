//! What a cluster's spec may say, and what a cluster tells.

use super::super::aks::{self, pool};
use super::super::{fields, ownership};
use crate::provider::{Field, FieldType, Output, Schema, Text};
use crate::value::{Kind, Value};

const GUID: &str = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";

pub(super) fn schema() -> Schema {
    let outputs = vec![
        Output::new("id", Kind::String, "The id in Azure's Resource Manager, as scopes name it"),
        Output::new("fqdn", Kind::String, "The name of its API server"),
        Output::new(
            "oidc_issuer",
            Kind::String,
            "Who issues its service accounts' tokens, for federated credentials; with its slash at the end",
        ),
        Output::new("principal_id", Kind::String, "The object id of the identity that its control plane acts as"),
        Output::new(
            "kubelet_identity",
            Kind::Map,
            "The identity that its nodes act as, with `client_id`, `object_id` and `id`",
        ),
        Output::new("nodes_group", Kind::String, "The resource group that AKS keeps its machines in"),
        Output::new("current_version", Kind::String, "The Kubernetes version that it runs, with its patch"),
        fields::state_output(),
        Output::new("connection", Kind::Map, "How to reach it, for resources inside it; holds no credential"),
    ];
    Schema { spec: spec(), outputs }
}

fn spec() -> Vec<Field> {
    let mut fields = vec![
        Field::new("name", aks::cluster_name(), "Its name, unique in the resource group").required().replaces(),
        fields::resource_group(),
        fields::location(),
        Field::new(
            "kubernetes_version",
            aks::kubernetes_version(),
            "Its Kubernetes version, in quotes; it is raised one minor version at a time and never lowered. \
             Without a patch it stands for all of them",
        ),
        Field::new(
            "pools",
            FieldType::list(FieldType::Object(pool_fields())),
            "The pools of nodes that belong to it, a System one among them; others are an `azure.aks_node_pool` each",
        )
        .required(),
    ];
    fields.extend(control_plane());
    fields.extend(identity());
    fields.push(network());
    fields.push(api_server());
    fields.push(auto_upgrade());
    fields.push(
        Field::new(
            "node_resource_group",
            FieldType::pattern(
                r"[-\w._()]{0,79}[-\w_()]",
                "up to 80 letters, digits and `-_.()`, with no point at the end",
            ),
            "The name of the resource group that AKS makes for its machines",
        )
        .replaces(),
    );
    fields.push(ownership::field());
    fields
}

fn pool_fields() -> Vec<Field> {
    let mut fields = pool::fields("System");
    let value = FieldType::String(Text { max: Some(256), ..Text::default() });
    fields.push(Field::new("tags", FieldType::map(value), "Tags of its machines"));
    fields
}

fn control_plane() -> Vec<Field> {
    let dns_prefix = FieldType::pattern(
        "[a-zA-Z0-9]|[a-zA-Z0-9][-a-zA-Z0-9]{0,52}[a-zA-Z0-9]",
        "a prefix has 1 to 54 letters, digits and `-`, and starts and ends with a letter or a digit",
    );
    vec![
        Field::new(
            "dns_prefix",
            dns_prefix,
            "What the name of its API server begins with; its own name where that fits",
        )
        .replaces(),
        Field::new(
            "tier",
            FieldType::one_of(&["Free", "Premium", "Standard"]),
            "What Azure promises of its control plane",
        ),
        Field::new(
            "support_plan",
            FieldType::one_of(&["AKSLongTermSupport", "KubernetesOfficial"]),
            "How long a version is supported; AKSLongTermSupport takes `tier: Premium`",
        ),
        Field::new(
            "oidc",
            FieldType::Bool,
            "Whether others can verify its service accounts' tokens; it cannot be turned off again",
        )
        .default(true),
        Field::new(
            "workload_identity",
            FieldType::Bool,
            "Whether pods can act as identities of Azure that trust their service account",
        )
        .default(true),
        Field::new(
            "keda_add_on",
            FieldType::Bool,
            "Whether AKS installs and keeps KEDA in it, instead of a `helm.release`",
        ),
        Field::new(
            "vertical_pod_autoscaler",
            FieldType::Bool,
            "Whether AKS installs the vertical pod autoscaler in it",
        ),
    ]
}

fn identity() -> Vec<Field> {
    let id = aks::resource_id("the id of a managed identity");
    let entra = vec![
        Field::new("managed", FieldType::Bool, "Whether AKS looks after the integration").default(true),
        Field::new("azure_rbac", FieldType::Bool, "Whether roles of Azure say who may do what in it"),
        Field::new(
            "admin_group_ids",
            FieldType::set(FieldType::pattern(GUID, "the object id of a group")),
            "The groups whose members are its administrators",
        ),
    ];
    vec![
        Field::new(
            "identities",
            FieldType::set(id),
            "The id of the managed identity its control plane acts as; left out, one of its own",
        )
        .default(Value::List(Vec::new())),
        Field::new(
            "entra",
            FieldType::Object(entra),
            "Lets users of Entra in; it can be added, and stays from then on",
        ),
        Field::new(
            "local_accounts",
            FieldType::Bool,
            "Whether credentials of its own let into it; without them it takes `entra`",
        ),
        Field::new(
            "access",
            FieldType::one_of(&["admin", "entra", "user"]),
            "The credential that resources inside it are made with: entra with `entra`, else user",
        ),
    ]
}

fn network() -> Field {
    let fields = vec![
        Field::new(
            "plugin",
            FieldType::one_of(&["azure", "kubenet", "none"]),
            "What gives pods their addresses; another one makes a new cluster",
        ),
        Field::new(
            "plugin_mode",
            FieldType::one_of(&["overlay"]),
            "With overlay, pods have addresses of their own network",
        ),
        Field::new(
            "policy",
            FieldType::one_of(&["azure", "calico", "cilium", "none"]),
            "What enforces network policies",
        ),
        Field::new("dataplane", FieldType::one_of(&["azure", "cilium"]), "What carries the traffic of pods"),
        Field::new("pod_cidr", FieldType::text(), "The addresses of pods; others make a new cluster"),
        Field::new("service_cidr", FieldType::text(), "The addresses of services; others make a new cluster"),
        Field::new(
            "dns_service_ip",
            FieldType::text(),
            "The address of its DNS service, among those of services; another one makes a new cluster",
        ),
        Field::new(
            "load_balancer_sku",
            FieldType::one_of(&["basic", "standard"]),
            "What its load balancers are; another one makes a new cluster",
        ),
        Field::new(
            "outbound_type",
            FieldType::one_of(&["loadBalancer", "managedNATGateway", "userAssignedNATGateway", "userDefinedRouting"]),
            "The way from its nodes to the internet",
        ),
    ];
    Field::new("network", FieldType::Object(fields), "Its network, by default Azure's choice")
}

fn api_server() -> Field {
    let fields = vec![
        Field::new(
            "authorized_ip_ranges",
            FieldType::set(FieldType::text()),
            "From which addresses it can be reached; everywhere if left out",
        ),
        Field::new(
            "private",
            FieldType::Bool,
            "Whether it can only be reached from its network; a change makes a new cluster",
        ),
    ];
    Field::new("api_server", FieldType::Object(fields), "From where its API server can be reached")
}

fn auto_upgrade() -> Field {
    let fields = vec![
        Field::new(
            "channel",
            FieldType::one_of(&["node-image", "none", "patch", "rapid", "stable"]),
            "Which new versions AKS takes up by itself",
        ),
        Field::new(
            "node_os_channel",
            FieldType::one_of(&["NodeImage", "None", "SecurityPatch", "Unmanaged"]),
            "Which updates of its nodes' system",
        ),
    ];
    Field::new(
        "auto_upgrade",
        FieldType::Object(fields),
        "What AKS upgrades by itself; `kubernetes_version` then names no patch",
    )
}
