"""Someone else changes what Tidegate applied of `sdk.yaml`, and takes some of it away."""

from datetime import timedelta

from azure.mgmt.containerservice.models import ManagedClusterSKUTier, UpgradeChannel
from azure.mgmt.eventhub.models import RetentionDescription
from azure.mgmt.msi.models import IdentityUpdate
from azure.mgmt.resource.resources.models import ResourceGroupPatchable
from azure.mgmt.servicebus.models import EntityStatus
from azure.mgmt.storage.models import AccessTier, StorageAccountUpdateParameters

from applied import BUS, CLUSTER, GROUP


def change(clients, rows):
    groups = clients.resource.resource_groups
    other = lambda found: {**found.tags, "team": "z", "more": "y"}
    tagged = {"tags.team": "z", "tags.more": "y"}
    patch = lambda: groups.update(GROUP, ResourceGroupPatchable(tags=other(groups.get(GROUP))))
    rows.shows("the group", patch, tagged)
    change_messages(clients.servicebus, rows)
    change_identities(clients, rows)
    change_hubs(clients.eventhub, rows)
    accounts, queues = clients.storage.storage_accounts, clients.storage.queue
    hot = StorageAccountUpdateParameters(access_tier=AccessTier.HOT)
    rows.shows("the account", lambda: accounts.update(GROUP, "sdkapplied", hot))
    found = queues.get(GROUP, "sdkapplied", "jobs")
    found.queue_properties.metadata["team"] = "z"
    rows.shows("its queue", lambda: queues.update(GROUP, "sdkapplied", "jobs", found))
    change_clusters(clients.containerservice, rows)


def put_back(rows, what, read, put, changes, of="properties"):
    """Reads it, changes members of a part of it, and puts it back."""

    def call():
        found = read()
        part = getattr(found, of) if of else found
        for name, value in changes.items():
            setattr(part, name, value)
        return put(found)

    prefix = f"{of}." if of else ""
    rows.shows(what, call, {f"{prefix}{name}": value for name, value in changes.items()})


def change_messages(bus, rows):
    of_bus, of_topic, of_reader = (GROUP, BUS), (GROUP, BUS, "news"), (GROUP, BUS, "news", "reader")
    for what, operations, names, changes in [
        ("a queue", bus.queues, (*of_bus, "jobs"), {"max_delivery_count": 99, "status": EntityStatus.ACTIVE}),
        ("a topic", bus.topics, of_topic, {"default_message_time_to_live": timedelta(days=3)}),
        ("a subscription", bus.subscriptions, of_reader, {"lock_duration": timedelta(seconds=45)}),
    ]:
        read = lambda: operations.get(*names)
        put_back(rows, what, read, lambda found: operations.create_or_update(*names, found), changes)
    read = lambda: bus.namespaces.get(*of_bus)
    put = lambda found: bus.namespaces.begin_create_or_update(*of_bus, found)
    put_back(rows, "the namespace", read, put, {"disable_local_auth": False})


def change_identities(clients, rows):
    identities, credentials = clients.msi.user_assigned_identities, clients.msi.federated_identity_credentials
    worker = identities.get(GROUP, "sdk-worker")
    patch = IdentityUpdate(tags={**worker.tags, "team": "z"})
    rows.shows("an identity", lambda: identities.update(GROUP, "sdk-worker", patch), {"tags.team": "z"})
    names = (GROUP, "sdk-worker", "operator")
    read, put = lambda: credentials.get(*names), lambda found: credentials.create_or_update(*names, found)
    put_back(rows, "a credential", read, put, {"issuer": "https://elsewhere.example/"}, of=None)
    assignments = clients.authorization.role_assignments
    own = f"principalId eq '{worker.principal_id}'"
    for found in list(assignments.list_for_subscription(filter=own)):
        rows.shows(f"the assignment on {found.scope}", lambda: assignments.delete_by_id(found.id))


def change_hubs(service, rows):
    of = (GROUP, "sdk-events-applied")
    read = lambda: service.namespaces.get(*of)
    put = lambda found: service.namespaces.begin_create_or_update(*of, found)
    put_back(rows, "the namespace of hubs", read, put, {"maximum_throughput_units": 12})
    shorter = RetentionDescription(cleanup_policy="Delete", retention_time_in_hours=24)
    hub = service.event_hubs.get(*of, "jobs")
    hub.properties.retention_description, hub.properties.message_retention_in_days = shorter, None
    rows.shows("a hub", lambda: service.event_hubs.create_or_update(*of, "jobs", hub))
    rows.shows("a consumer group", lambda: service.consumer_groups.delete(*of, "jobs", "worker"))


def change_clusters(service, rows):
    of = (GROUP, CLUSTER)
    clusters, pools = service.managed_clusters, service.agent_pools

    def put():
        found = clusters.get(*of)
        found.sku.tier = ManagedClusterSKUTier.FREE
        found.tags["team"] = "z"
        found.properties.auto_upgrade_profile.upgrade_channel = UpgradeChannel.RAPID
        found.properties.workload_auto_scaler_profile.keda.enabled = False
        next(pool for pool in found.properties.agent_pool_profiles if pool.name == "system").count = 1
        return clusters.begin_create_or_update(*of, found)

    changed = {"sku.tier": ManagedClusterSKUTier.FREE, "properties.workload_auto_scaler_profile.keda.enabled": False}
    rows.shows("the cluster", put, changed)
    read = lambda: pools.get(*of, "work")
    put_back(rows, "a pool", read, lambda found: pools.begin_create_or_update(*of, "work", found), {"max_count": 2})
