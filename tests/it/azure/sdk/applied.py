"""What Tidegate applied of `sdk.yaml`: every field of every resource, as the libraries read it."""

import pathlib
from datetime import datetime, timedelta

import yaml
from azure.mgmt.authorization.v2022_04_01.models import PrincipalType
from azure.mgmt.containerservice import models as aks
from azure.mgmt.eventhub import models as hubs
from azure.mgmt.servicebus import models as bus
from azure.mgmt.storage import models as storage

from clients import PLACE, SUBSCRIPTION

GROUP = "sdk-main"
BUS = "sdk-bus-applied"
CLUSTER = "sdk-applied"
OF_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
WORKER = f"{OF_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/sdk-worker"
PLANE = f"{OF_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/sdk-plane"


def tags(address, **given):
    return {**given, "tidegate:stack": "sdk", "tidegate:address": address}


def below(prefix, given):
    return {f"{prefix}.{name}": value for name, value in given.items()}


def read(clients, rows):
    """Every resource of the stack is looked at, and there is nothing else in the group."""
    for look in LOOKS:
        look(clients, rows)
    stack = yaml.safe_load(pathlib.Path(__file__).parent.with_suffix(".yaml").read_text())
    for of in {resource["type"] for resource in stack["resources"].values()}:
        rows.holds(f"{of} is in a row", any(of in row.split() for row in rows.tried))
    tops = [BUS, "sdk-bus-plain", CLUSTER, "sdk-worker", "sdk-plane", "sdk-events-applied", "sdkapplied"]
    rows.counts("all that is there", lambda: clients.resource.resources.list_by_resource_group(GROUP), tops)


def read_groups(clients, rows):
    rows.shows(
        "azure.resource_group",
        lambda: clients.resource.resource_groups.get(GROUP),
        {"location": PLACE, "tags": tags("main", team="a"), "properties.provisioning_state": "Succeeded"},
    )


def read_bus(clients, rows):
    rows.shows(
        "azure.servicebus_namespace",
        lambda: clients.servicebus.namespaces.get(GROUP, BUS),
        {
            "location": PLACE,
            "sku.name": bus.SkuName.PREMIUM,
            "sku.tier": bus.SkuTier.PREMIUM,
            "sku.capacity": 4,
            "tags": tags("bus", team="a"),
            "properties.premium_messaging_partitions": 2,
            "properties.minimum_tls_version": bus.TlsVersion.ONE1,
            "properties.disable_local_auth": True,
            "properties.public_network_access": bus.PublicNetworkAccess.DISABLED,
            "properties.provisioning_state": "Succeeded",
            "properties.status": "Active",
        },
    )
    queues = clients.servicebus.queues
    rows.counts("two queues", lambda: queues.list_by_namespace(GROUP, BUS), ["failed", "jobs"])
    rows.shows(
        "azure.servicebus_queue",
        lambda: queues.get(GROUP, BUS, "jobs"),
        below(
            "properties",
            {
                "enable_partitioning": True,
                "lock_duration": timedelta(minutes=5),
                "max_delivery_count": 7,
                "max_size_in_megabytes": 2048,
                "max_message_size_in_kilobytes": 2048,
                "default_message_time_to_live": timedelta(hours=36),
                "auto_delete_on_idle": timedelta(days=30),
                "requires_session": True,
                "requires_duplicate_detection": True,
                "duplicate_detection_history_time_window": timedelta(seconds=90),
                "dead_lettering_on_message_expiration": True,
                "enable_batched_operations": False,
                "enable_express": False,
                "forward_to": None,
                "forward_dead_lettered_messages_to": "failed",
                "status": bus.EntityStatus.SEND_DISABLED,
                "created_at": datetime,
            },
        ),
    )

    rows.shows(
        "azure.servicebus_queue in parts",
        lambda: queues.get(GROUP, "sdk-bus-plain", "parts"),
        # There are sixteen parts, and their sizes are told together.
        below("properties", {"enable_partitioning": True, "enable_express": True, "max_size_in_megabytes": 16 * 3072}),
    )


def read_topics(clients, rows):
    service = clients.servicebus
    rows.shows(
        "azure.servicebus_topic",
        lambda: service.topics.get(GROUP, BUS, "news"),
        below(
            "properties",
            {
                "enable_partitioning": True,
                "max_size_in_megabytes": 4096,
                "default_message_time_to_live": timedelta(hours=1),
                "support_ordering": True,
                "requires_duplicate_detection": True,
                "enable_batched_operations": False,
                "status": bus.EntityStatus.ACTIVE,
                "subscription_count": 1,
            },
        ),
    )
    rows.shows(
        "azure.servicebus_subscription",
        lambda: service.subscriptions.get(GROUP, BUS, "news", "reader"),
        below(
            "properties",
            {
                "lock_duration": timedelta(seconds=30),
                "max_delivery_count": 3,
                "default_message_time_to_live": timedelta(minutes=10),
                "dead_lettering_on_filter_evaluation_exceptions": False,
                "dead_lettering_on_message_expiration": True,
                "requires_session": False,
                "forward_to": "failed",
                "status": bus.EntityStatus.ACTIVE,
            },
        ),
    )


def read_cluster(clients, rows):
    rows.shows(
        "azure.aks_cluster",
        lambda: clients.containerservice.managed_clusters.get(GROUP, CLUSTER),
        {
            "location": PLACE,
            "tags": tags("cluster", team="a"),
            "sku.tier": aks.ManagedClusterSKUTier.STANDARD,
            "identity.type": aks.ResourceIdentityType.USER_ASSIGNED,
            "identity.user_assigned_identities": lambda found: [id.lower() for id in found] == [PLANE.lower()],
            **below(
                "properties",
                {
                    "provisioning_state": "Succeeded",
                    "power_state.code": aks.Code.RUNNING,
                    "kubernetes_version": "1.32",
                    "current_kubernetes_version": "1.32.8",
                    "dns_prefix": "sdk-prefix",
                    "node_resource_group": "sdk-nodes",
                    "disable_local_accounts": True,
                    "aad_profile.managed": True,
                    "aad_profile.enable_azure_rbac": True,
                    "aad_profile.admin_group_object_i_ds": ["55555555-5555-4555-8555-555555555555"],
                    "oidc_issuer_profile.enabled": True,
                    "oidc_issuer_profile.issuer_url": lambda url: url.endswith("/"),
                    "security_profile.workload_identity.enabled": True,
                    "workload_auto_scaler_profile.keda.enabled": True,
                    "workload_auto_scaler_profile.vertical_pod_autoscaler.enabled": True,
                    "auto_upgrade_profile.upgrade_channel": aks.UpgradeChannel.PATCH,
                    "auto_upgrade_profile.node_os_upgrade_channel": aks.NodeOSUpgradeChannel.SECURITY_PATCH,
                    "api_server_access_profile.authorized_ip_ranges": ["203.0.113.0/24"],
                },
            ),
            **below(
                "properties.network_profile",
                {
                    "network_plugin": aks.NetworkPlugin.AZURE,
                    "network_plugin_mode": aks.NetworkPluginMode.OVERLAY,
                    "network_dataplane": aks.NetworkDataplane.CILIUM,
                    "network_policy": aks.NetworkPolicy.CILIUM,
                    "pod_cidr": "10.200.0.0/16",
                    "service_cidr": "10.100.0.0/16",
                    "dns_service_ip": "10.100.0.53",
                },
            ),
        },
    )


def read_credentials(clients, rows):
    """Only Entra lets anyone in."""
    clusters = clients.containerservice.managed_clusters
    found = rows.shows("who uses it", lambda: clusters.list_cluster_user_credentials(GROUP, CLUSTER, format="exec"))
    user = yaml.safe_load(bytes(found.kubeconfigs[0].value))["users"][0]["user"]
    rows.holds("has kubelogin", user["exec"]["command"] == "kubelogin" and "token" not in user)
    rows.refused(
        "nobody has a credential of its own",
        lambda: clusters.list_cluster_admin_credentials(GROUP, CLUSTER),
        400,
        "BadRequest",
        "Getting static credential is not allowed",
    )


def read_pools(clients, rows):
    pools = clients.containerservice.agent_pools
    rows.counts("two pools", lambda: pools.list(GROUP, CLUSTER), ["system", "work"])
    rows.shows(
        "a pool of azure.aks_cluster",
        lambda: pools.get(GROUP, CLUSTER, "system"),
        below(
            "properties",
            {
                "mode": aks.AgentPoolMode.SYSTEM,
                "vm_size": "Standard_D4s_v5",
                "count": 3,
                "enable_auto_scaling": False,
                "availability_zones": ["1", "2", "3"],
                "os_sku": aks.OSSKU.AZURE_LINUX,
                "os_disk_size_gb": 64,
                "node_labels": {"team": "a"},
                "node_taints": ["CriticalAddonsOnly=true:NoSchedule"],
                "tags": lambda found: found["team"] == "a",
                "current_orchestrator_version": "1.32.8",
                "provisioning_state": "Succeeded",
            },
        ),
    )
    spot = "kubernetes.azure.com/scalesetpriority"
    rows.shows(
        "azure.aks_node_pool",
        lambda: pools.get(GROUP, CLUSTER, "work"),
        below(
            "properties",
            {
                "mode": aks.AgentPoolMode.USER,
                "vm_size": "Standard_D8s_v5",
                "enable_auto_scaling": True,
                "min_count": 0,
                "max_count": 9,
                "max_pods": 50,
                "upgrade_settings.max_surge": "33%",
                "scale_set_priority": aks.ScaleSetPriority.SPOT,
                "scale_set_eviction_policy": aks.ScaleSetEvictionPolicy.DELETE,
                "node_labels": {"for": "work", spot: "spot"},
                "node_taints": [f"{spot}=spot:NoSchedule"],
                "tags": tags("pool"),
            },
        ),
    )


def read_identities(clients, rows):
    rows.shows(
        "azure.managed_identity",
        lambda: clients.msi.user_assigned_identities.get(GROUP, "sdk-worker"),
        {"id": WORKER, "location": PLACE, "tags": tags("worker", team="a")},
    )
    cluster = clients.containerservice.managed_clusters.get(GROUP, CLUSTER)
    rows.shows(
        "azure.federated_credential",
        lambda: clients.msi.federated_identity_credentials.get(GROUP, "sdk-worker", "operator"),
        {
            # To the byte: one that is not the cluster's own lets nobody in.
            "issuer": cluster.properties.oidc_issuer_profile.issuer_url,
            "subject": "system:serviceaccount:keda:operator",
            "audiences": ["api://AzureADTokenExchange"],
        },
    )


def read_roles(clients, rows):
    worker = clients.msi.user_assigned_identities.get(GROUP, "sdk-worker")
    queue = clients.servicebus.queues.get(GROUP, BUS, "jobs")
    role = lambda guid: lambda id: id.lower().endswith(f"/providers/microsoft.authorization/roledefinitions/{guid}")
    own = f"principalId eq '{worker.principal_id}'"
    found = {one.scope.lower(): one for one in clients.authorization.role_assignments.list_for_subscription(filter=own)}
    rows.holds("two assignments", set(found) == {queue.id.lower(), OF_GROUP.lower()})
    given = {
        "principal_id": worker.principal_id,
        "principal_type": PrincipalType.SERVICE_PRINCIPAL,
        "created_on": datetime,
    }
    rows.shows(
        "azure.role_assignment on a queue",
        lambda: found[queue.id.lower()],
        {
            **given,
            "role_definition_id": role("4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0"),
            "description": "The worker receives\nMade by Tidegate: stack sdk, address receives",
            "condition": None,
        },
    )
    rows.shows(
        "azure.role_assignment on a group",
        lambda: found[OF_GROUP.lower()],
        {
            **given,
            "role_definition_id": role("acdd72a7-3385-48ef-bd42-f606fba81ae7"),
            "description": "Made by Tidegate: stack sdk, address reads",
            "condition": "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})))",
            "condition_version": "2.0",
        },
    )


def read_hubs(clients, rows):
    service, namespace = clients.eventhub, "sdk-events-applied"
    rows.shows(
        "azure.eventhub_namespace",
        lambda: service.namespaces.get(GROUP, namespace),
        {
            "location": PLACE,
            "sku.name": hubs.SkuName.STANDARD,
            "sku.capacity": 2,
            "tags": tags("events"),
            "properties.is_auto_inflate_enabled": True,
            "properties.maximum_throughput_units": 9,
            "properties.disable_local_auth": True,
            "properties.minimum_tls_version": hubs.TlsVersion.ONE2,
            "properties.public_network_access": hubs.PublicNetworkAccess.DISABLED,
            "properties.provisioning_state": "Succeeded",
        },
    )
    rows.shows(
        "azure.eventhub",
        lambda: service.event_hubs.get(GROUP, namespace, "jobs"),
        {
            "properties.partition_count": 3,
            "properties.retention_description.retention_time_in_hours": 48,
            "properties.message_retention_in_days": 2,
            "properties.user_metadata": "tidegate stack sdk, hub",
        },
    )
    groups = lambda: service.consumer_groups.list_by_event_hub(GROUP, namespace, "jobs")
    rows.counts("its consumer groups", groups, ["$Default", "worker"])


def read_storage(clients, rows):
    rows.shows(
        "azure.storage_account",
        lambda: clients.storage.storage_accounts.get_properties(GROUP, "sdkapplied"),
        {
            "location": PLACE,
            "kind": storage.Kind.STORAGE_V2,
            "sku.name": "Standard_ZRS",
            "tags": tags("account"),
            "properties.access_tier": storage.AccessTier.COOL,
            "properties.minimum_tls_version": storage.MinimumTlsVersion.TLS1_2,
            "properties.allow_blob_public_access": False,
            "properties.allow_shared_key_access": False,
            "properties.public_network_access": storage.PublicNetworkAccess.DISABLED,
            "properties.is_hns_enabled": True,
            "properties.provisioning_state": "Succeeded",
        },
    )
    rows.shows(
        "azure.storage_queue",
        lambda: clients.storage.queue.get(GROUP, "sdkapplied", "jobs"),
        {"queue_properties.metadata": {"team": "a", "tidegate_stack": "sdk", "tidegate_address": "queue"}},
    )


LOOKS = [
    read_groups,
    read_bus,
    read_topics,
    read_cluster,
    read_credentials,
    read_pools,
    read_identities,
    read_roles,
    read_hubs,
    read_storage,
]
