"""Tiers of Service Bus: what each has, and what it has not."""

from datetime import timedelta

from azure.mgmt.servicebus.models import SBNamespace, SBQueue, SBSku, SBTopic, SkuName, SkuTier

import groups
from clients import PLACE
from rows import camel


def drive(clients, rows):
    group = "sdk-tiers"
    groups.make(clients, rows, group)
    bus = clients.servicebus
    make = lambda name, sku, **given: lambda: bus.namespaces.begin_create_or_update(
        group, name, SBNamespace(location=PLACE, sku=SBSku(**sku), **given)
    )
    rows.shows(
        "Basic",
        make("sdk-bus-basic", {"name": SkuName.BASIC}),
        {"sku.name": SkuName.BASIC, "sku.tier": SkuTier.BASIC, "properties.status": "Active"},
    )
    queue = lambda name, **given: lambda: bus.queues.create_or_update(group, name, "jobs", SBQueue(**given))
    rows.shows(
        "a queue of Basic",
        queue("sdk-bus-basic"),
        {"properties.default_message_time_to_live": timedelta(days=14)},
    )
    topic = lambda name: lambda: bus.topics.create_or_update(group, name, "news", SBTopic())
    rows.refused("Basic has no topics", topic("sdk-bus-basic"), 400, "BadRequest", "Basic")
    for given in [
        {"requires_session": True},
        {"requires_duplicate_detection": True},
        {"auto_delete_on_idle": timedelta(hours=1)},
        {"forward_to": "jobs"},
        {"default_message_time_to_live": timedelta(days=15)},
    ]:
        name = next(iter(given))
        rows.refused(f"Basic has no {name}", queue("sdk-bus-basic", **given), 400, "BadRequest", camel(name))
    rows.shows(
        "Basic becomes Standard", make("sdk-bus-basic", {"name": SkuName.STANDARD}), {"sku.tier": SkuTier.STANDARD}
    )
    rows.shows("and has topics", topic("sdk-bus-basic"), {"name": "news"})
    for sku, given in [
        ({"name": SkuName.STANDARD, "tier": SkuTier.PREMIUM}, {}),
        ({"name": SkuName.STANDARD, "capacity": 2}, {}),
        ({"name": SkuName.STANDARD}, {"premium_messaging_partitions": 2}),
        ({"name": SkuName.PREMIUM, "capacity": 3}, {}),
        ({"name": SkuName.PREMIUM, "capacity": 1}, {"premium_messaging_partitions": 2}),
    ]:
        rows.refused(f"no {sku} {given}", make("sdk-bus-other", sku, **given), 400, "BadRequest")
    rows.shows(
        "Premium",
        make("sdk-bus-premium", {"name": SkuName.PREMIUM, "tier": SkuTier.PREMIUM, "capacity": 2}),
        {"sku.tier": SkuTier.PREMIUM, "sku.capacity": 2, "properties.premium_messaging_partitions": 1},
    )
    rows.shows(
        "a queue of Premium",
        queue("sdk-bus-premium", max_message_size_in_kilobytes=102400, max_size_in_megabytes=81920),
        {"properties.max_message_size_in_kilobytes": 102400, "properties.max_size_in_megabytes": 81920},
    )
    rows.refused("Premium has no express", queue("sdk-bus-premium", enable_express=True), 400, "BadRequest", "express")
    more = make("sdk-bus-premium", {"name": SkuName.PREMIUM, "capacity": 4})
    rows.shows("it grows", more, {"sku.capacity": 4, "properties.provisioning_state": "Succeeded"})
    less = make("sdk-bus-premium", {"name": SkuName.STANDARD})
    rows.refused("it stays Premium", less, 400, "BadRequest", "SKU")
    groups.remove(clients, rows, group)
    rows.gone(
        "they went with their group", lambda: bus.namespaces.get(group, "sdk-bus-premium"), "ResourceGroupNotFound"
    )
