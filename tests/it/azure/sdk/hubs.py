"""Event Hubs: namespaces, hubs and consumer groups."""

from datetime import datetime

from azure.mgmt.eventhub.models import (
    CheckNameAvailabilityParameter,
    ConsumerGroup,
    EHNamespace,
    Eventhub,
    RetentionDescription,
    Sku,
    SkuName,
    SkuTier,
    UnavailableReason,
)

import groups
from clients import PLACE

GROUP = "sdk-hubs"
NAMESPACE = "sdk-event-hubs"


def drive(clients, rows):
    groups.make(clients, rows, GROUP)
    drive_namespace(clients.eventhub.namespaces, rows)
    drive_hubs(clients.eventhub.event_hubs, rows)
    drive_consumers(clients.eventhub.consumer_groups, rows)
    hubs, namespaces = clients.eventhub.event_hubs, clients.eventhub.namespaces
    rows.shows("the hub goes", lambda: hubs.delete(GROUP, NAMESPACE, "jobs"))
    rows.gone("the hub is gone", lambda: hubs.get(GROUP, NAMESPACE, "jobs"))
    rows.shows("the namespace goes", lambda: namespaces.begin_delete(GROUP, NAMESPACE))
    rows.gone("the namespace is gone", lambda: namespaces.get(GROUP, NAMESPACE))
    groups.remove(clients, rows, GROUP)


def namespace(capacity, **more):
    sku = Sku(name=SkuName.STANDARD, tier=SkuTier.STANDARD, capacity=capacity)
    return EHNamespace(location=PLACE, sku=sku, **more)


def drive_namespace(namespaces, rows):
    check = lambda name: lambda: namespaces.check_name_availability(CheckNameAvailabilityParameter(name=name))
    rows.shows("its name is free", check(NAMESPACE), {"name_available": True, "reason": UnavailableReason.NONE})
    put = lambda given: lambda: namespaces.begin_create_or_update(GROUP, NAMESPACE, given)
    made = {
        "name": NAMESPACE,
        "location": PLACE,
        "tags": {"team": "a"},
        "sku.name": SkuName.STANDARD,
        "sku.tier": SkuTier.STANDARD,
        "sku.capacity": 1,
        "properties.provisioning_state": "Succeeded",
        "properties.service_bus_endpoint": f"https://{NAMESPACE}.servicebus.windows.net:443/",
        "properties.created_at": datetime,
        "properties.updated_at": datetime,
    }
    rows.gone("no namespace yet", lambda: namespaces.get(GROUP, NAMESPACE))
    rows.shows("a namespace", put(namespace(1, tags={"team": "a"})), made)
    rows.shows("it is read", lambda: namespaces.get(GROUP, NAMESPACE), made)
    rows.lists("it is in its group", lambda: namespaces.list_by_resource_group(GROUP), NAMESPACE, made)
    rows.lists("it is in the subscription", namespaces.list, NAMESPACE, made)
    taken = {"name_available": False, "reason": UnavailableReason.NAME_IN_USE}
    rows.shows("its name is taken", check(NAMESPACE), taken)
    patch = namespace(2, tags={"team": "b"})
    rows.shows("it is patched", lambda: namespaces.update(GROUP, NAMESPACE, patch), {"tags": {"team": "b"}})
    patched = {"tags": {"team": "b"}, "sku.capacity": 2, "properties.provisioning_state": "Succeeded"}
    rows.soon("the patch is done", lambda: namespaces.get(GROUP, NAMESPACE), patched)

    def put_back():
        found = namespaces.get(GROUP, NAMESPACE)
        found.sku.capacity = 3
        return namespaces.begin_create_or_update(GROUP, NAMESPACE, found)

    rows.shows("it is read, changed and put back", put_back, {**patched, "sku.capacity": 3})
    rows.refused("it has units to spare", put(namespace(41)), 400, "InvalidRequestContent", "sku.capacity")
    rows.refused(
        "its group is there",
        lambda: namespaces.begin_create_or_update("sdk-no-group", NAMESPACE, namespace(1)),
        404,
        "ResourceGroupNotFound",
    )


def drive_hubs(hubs, rows):
    put = lambda name, **given: lambda: hubs.create_or_update(GROUP, NAMESPACE, name, Eventhub(**given))
    read = lambda: hubs.get(GROUP, NAMESPACE, "jobs")
    made = {
        "name": "jobs",
        "properties.partition_count": 2,
        "properties.partition_ids": ["0", "1"],
        "properties.message_retention_in_days": 1,
        "properties.retention_description.retention_time_in_hours": 24,
        "properties.status": "Active",
        "properties.created_at": datetime,
    }
    rows.gone("no hub yet", read)
    rows.shows("a hub", put("jobs", partition_count=2, message_retention_in_days=1), made)
    rows.soon("it is read", read, made)
    rows.lists("it is listed", lambda: hubs.list_by_namespace(GROUP, NAMESPACE), "jobs", made)
    longer = RetentionDescription(cleanup_policy="Delete", retention_time_in_hours=36)
    changed = {"properties.message_retention_in_days": 2, "properties.user_metadata": "of a test"}
    change = put("jobs", partition_count=2, retention_description=longer, user_metadata="of a test")
    rows.shows("it changes", change, changed)
    rows.soon("the change is read", read, changed)
    rows.refused("its partitions stay", put("jobs", partition_count=4), 400, "BadRequest")
    rows.refused("it has 32 partitions at most", put("other", partition_count=33), 400, "BadRequest")
    rows.refused(
        "its namespace is there",
        lambda: hubs.create_or_update(GROUP, "sdk-no-namespace", "jobs", Eventhub(partition_count=1)),
        404,
        "ParentResourceNotFound",
    )


def drive_consumers(consumers, rows):
    of = (GROUP, NAMESPACE, "jobs")
    put = lambda text: lambda: consumers.create_or_update(*of, "worker", ConsumerGroup(user_metadata=text))
    rows.shows("a consumer group", put("a"), {"name": "worker", "properties.user_metadata": "a"})
    rows.shows("it changes", put("b"), {"properties.user_metadata": "b", "properties.created_at": datetime})
    rows.soon("it is read", lambda: consumers.get(*of, "worker"), {"properties.user_metadata": "b"})
    rows.counts("there are two", lambda: consumers.list_by_event_hub(*of), ["$Default", "worker"])
    rows.shows("it goes", lambda: consumers.delete(*of, "worker"))
    rows.gone("it is gone", lambda: consumers.get(*of, "worker"))
