"""Service Bus: namespaces, and the queues, topics, subscriptions, rules and keys in them."""

from datetime import datetime, timedelta

from azure.mgmt.servicebus.models import (
    AccessRights,
    CheckNameAvailability,
    EntityStatus,
    KeyType,
    PublicNetworkAccess,
    RegenerateAccessKeyParameters,
    SBAuthorizationRule,
    SBNamespace,
    SBNamespaceUpdateParameters,
    SBQueue,
    SBSku,
    SkuName,
    SkuTier,
    TlsVersion,
    UnavailableReason,
)

import groups
import topics
from clients import PLACE, SUBSCRIPTION
from rows import camel, prefixed

GROUP = "sdk-bus"
OF_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
NAMESPACE = "sdk-bus-of-tests"
# What .NET's longest span of time is: no limit.
UNLIMITED = timedelta(days=10675199, hours=2, minutes=48, seconds=5, microseconds=477581)
ROOT = "RootManageSharedAccessKey"


def drive(clients, rows):
    groups.make(clients, rows, GROUP)
    refuse_namespaces(clients.servicebus.namespaces, rows)
    make_namespace(clients.servicebus.namespaces, rows)
    change_namespace(clients.servicebus.namespaces, rows)
    drive_keys(clients.servicebus, rows)
    drive_queues(clients.servicebus.queues, rows)
    topics.drive(clients.servicebus, rows, GROUP, NAMESPACE)
    drive_pages(clients.servicebus.queues, rows)
    remove_namespace(clients.servicebus, rows)
    groups.remove(clients, rows, GROUP)


def check(namespaces, name):
    return lambda: namespaces.check_name_availability(CheckNameAvailability(name=name))


# How it is told when it is there.
MADE = {
    "id": f"{OF_GROUP}/providers/Microsoft.ServiceBus/namespaces/{NAMESPACE}",
    "name": NAMESPACE,
    "type": "Microsoft.ServiceBus/namespaces",
    "location": PLACE,
    "tags": {"team": "a"},
    "sku.name": SkuName.STANDARD,
    "sku.tier": SkuTier.STANDARD,
    "sku.capacity": None,
    "properties.provisioning_state": "Succeeded",
    "properties.status": "Active",
    "properties.minimum_tls_version": TlsVersion.ONE2,
    "properties.public_network_access": PublicNetworkAccess.ENABLED,
    "properties.disable_local_auth": False,
    "properties.zone_redundant": bool,
    "properties.premium_messaging_partitions": 0,
    "properties.service_bus_endpoint": f"https://{NAMESPACE}.servicebus.windows.net:443/",
    "properties.metric_id": f"{SUBSCRIPTION}:{NAMESPACE}",
    "properties.created_at": datetime,
    "properties.updated_at": datetime,
}


def refuse_namespaces(namespaces, rows):
    free = {"name_available": True, "reason": UnavailableReason.NONE}
    rows.shows("its name is free", check(namespaces, NAMESPACE), free)
    for name in ["short", "1-begins-so", "ends-with-sb", "ends-with-mgmt", "under_score", "a" * 51]:
        invalid = {"name_available": False, "reason": UnavailableReason.INVALID_NAME}
        rows.shows(f"the name {name} is not valid", check(namespaces, name), invalid)
        rows.refused(
            f"nothing is called {name}",
            lambda name=name: namespaces.begin_create_or_update(GROUP, name, SBNamespace(location=PLACE)),
            400,
            "BadRequest",
            name,
        )
    rows.refused(
        "its group is there",
        lambda: namespaces.begin_create_or_update("sdk-no-group", NAMESPACE, SBNamespace(location=PLACE)),
        404,
        "ResourceGroupNotFound",
    )
    rows.refused(
        "its tier is known",
        lambda: namespaces.begin_create_or_update(GROUP, NAMESPACE, {"location": PLACE, "sku": {"name": "Gold"}}),
        400,
        "InvalidRequestContent",
        "sku.name",
    )


def make_namespace(namespaces, rows):
    rows.gone("no namespace yet", lambda: namespaces.get(GROUP, NAMESPACE))
    begun = rows.shows(
        "it begins to be made",
        lambda: [namespaces.begin_create_or_update(GROUP, NAMESPACE, standard())],
    )
    rows.shows(
        "it is not made at once",
        lambda: namespaces.get(GROUP, NAMESPACE),
        {"properties.provisioning_state": "Creating", "properties.status": "Creating"},
    )
    rows.refused(
        "nothing is in it until it is made",
        lambda: namespaces.begin_create_or_update(GROUP, NAMESPACE, standard()),
        409,
        "Conflict",
        "40901",
    )
    rows.shows("it is made", lambda: begun[0], MADE)
    rows.shows("it is read", lambda: namespaces.get(GROUP, NAMESPACE), MADE)
    rows.shows("its name has no case", lambda: namespaces.get(GROUP.upper(), NAMESPACE.upper()), MADE)
    rows.lists("it is in its group", lambda: namespaces.list_by_resource_group(GROUP), NAMESPACE, MADE)
    rows.lists("it is in the subscription", namespaces.list, NAMESPACE, MADE)
    rows.shows(
        "its name is taken",
        check(namespaces, NAMESPACE.upper()),
        {"name_available": False, "reason": UnavailableReason.NAME_IN_USE},
    )
    rows.shows("the same again", lambda: namespaces.begin_create_or_update(GROUP, NAMESPACE, standard()), MADE)


def standard():
    sku = SBSku(name=SkuName.STANDARD, tier=SkuTier.STANDARD)
    return SBNamespace(location=PLACE, tags={"team": "a"}, sku=sku, minimum_tls_version=TlsVersion.ONE2)


def change_namespace(namespaces, rows):
    patch = SBNamespaceUpdateParameters(tags={"team": "b"}, disable_local_auth=True)
    rows.shows("it is patched", lambda: namespaces.update(GROUP, NAMESPACE, patch), {"tags": {"team": "b"}})
    patched = {
        "tags": {"team": "b"},
        "properties.disable_local_auth": True,
        "properties.minimum_tls_version": TlsVersion.ONE2,
        "properties.provisioning_state": "Succeeded",
        "sku.name": SkuName.STANDARD,
    }
    rows.soon("the patch is done", lambda: namespaces.get(GROUP, NAMESPACE), patched)

    def put_back():
        namespace = namespaces.get(GROUP, NAMESPACE)
        namespace.properties.disable_local_auth = False
        namespace.properties.minimum_tls_version = TlsVersion.ONE3
        namespace.properties.public_network_access = PublicNetworkAccess.DISABLED
        return namespaces.begin_create_or_update(GROUP, NAMESPACE, namespace)

    changed = {
        "tags": {"team": "b"},
        "properties.disable_local_auth": False,
        "properties.minimum_tls_version": TlsVersion.ONE3,
        "properties.public_network_access": PublicNetworkAccess.DISABLED,
        "properties.provisioning_state": "Succeeded",
    }
    rows.shows("it is read, changed and put back", put_back, changed)
    elsewhere = SBNamespace(location="northeurope")
    rows.refused(
        "it does not move",
        lambda: namespaces.begin_create_or_update(GROUP, NAMESPACE, elsewhere),
        409,
        "InvalidResourceLocation",
    )
    premium = SBNamespace(location=PLACE, sku=SBSku(name=SkuName.PREMIUM, tier=SkuTier.PREMIUM, capacity=1))
    rows.refused(
        "it does not become Premium",
        lambda: namespaces.begin_create_or_update(GROUP, NAMESPACE, premium),
        400,
        "BadRequest",
        "SKU",
    )


def drive_keys(bus, rows):
    namespaces = bus.namespaces
    everything = {"rights": lambda rights: sorted(rights) == ["Listen", "Manage", "Send"]}
    rows.lists(
        "the first key is there", lambda: namespaces.list_authorization_rules(GROUP, NAMESPACE), ROOT, everything
    )
    sender = SBAuthorizationRule(rights=[AccessRights.SEND])
    rows.shows(
        "one who sends",
        lambda: namespaces.create_or_update_authorization_rule(GROUP, NAMESPACE, "sender", sender),
        {"name": "sender", "rights": [AccessRights.SEND]},
    )
    rows.refused(
        "who manages may do all",
        lambda: namespaces.create_or_update_authorization_rule(
            GROUP, NAMESPACE, "manager", SBAuthorizationRule(rights=[AccessRights.MANAGE])
        ),
        400,
        "BadRequest",
        "Manage",
    )
    rows.shows(
        "it is read",
        lambda: namespaces.get_authorization_rule(GROUP, NAMESPACE, "sender"),
        {"rights.0": AccessRights.SEND},
    )
    keys = rows.shows("its keys", lambda: namespaces.list_keys(GROUP, NAMESPACE, "sender"), {"key_name": "sender"})
    endpoint = f"Endpoint=sb://{NAMESPACE}.servicebus.windows.net/;SharedAccessKeyName=sender;SharedAccessKey="
    rows.holds("one connects with it", keys.primary_connection_string == endpoint + keys.primary_key)
    rows.holds("there are two", keys.secondary_connection_string == endpoint + keys.secondary_key)
    rows.holds("they are not the same", keys.primary_key != keys.secondary_key)
    again = RegenerateAccessKeyParameters(key_type=KeyType.PRIMARY_KEY)
    rows.shows(
        "one key is drawn again",
        lambda: namespaces.regenerate_keys(GROUP, NAMESPACE, "sender", again),
        {"primary_key": lambda key: key != keys.primary_key, "secondary_key": keys.secondary_key},
    )
    rows.shows("it goes", lambda: namespaces.delete_authorization_rule(GROUP, NAMESPACE, "sender"))
    rows.gone("it is gone", lambda: namespaces.get_authorization_rule(GROUP, NAMESPACE, "sender"))


# What a queue has of which nothing is said.
QUEUE = {
    "type": "Microsoft.ServiceBus/namespaces/queues",
    "location": PLACE,
    "properties.lock_duration": timedelta(minutes=1),
    "properties.max_size_in_megabytes": 1024,
    "properties.max_message_size_in_kilobytes": 256,
    "properties.requires_duplicate_detection": False,
    "properties.requires_session": False,
    "properties.default_message_time_to_live": UNLIMITED,
    "properties.auto_delete_on_idle": UNLIMITED,
    "properties.dead_lettering_on_message_expiration": False,
    "properties.duplicate_detection_history_time_window": timedelta(minutes=10),
    "properties.max_delivery_count": 10,
    "properties.status": EntityStatus.ACTIVE,
    "properties.enable_batched_operations": True,
    "properties.enable_partitioning": False,
    "properties.enable_express": False,
    "properties.forward_to": None,
    "properties.created_at": datetime,
    "properties.updated_at": datetime,
    "properties.accessed_at": datetime,
    "properties.size_in_bytes": 0,
    "properties.message_count": 0,
    "properties.count_details.active_message_count": 0,
    "properties.count_details.dead_letter_message_count": 0,
    "properties.count_details.transfer_dead_letter_message_count": 0,
}


def drive_queues(queues, rows):
    put = lambda name, **given: lambda: queues.create_or_update(GROUP, NAMESPACE, name, SBQueue(**given))
    rows.gone("no queue yet", lambda: queues.get(GROUP, NAMESPACE, "jobs"))
    rows.shows("a queue of which nothing is said", put("failed"), {"name": "failed", **QUEUE})
    given = {
        "lock_duration": timedelta(minutes=5),
        "max_delivery_count": 2000,
        "default_message_time_to_live": timedelta(days=14),
        "auto_delete_on_idle": timedelta(minutes=5),
        "dead_lettering_on_message_expiration": True,
        "requires_duplicate_detection": True,
        "duplicate_detection_history_time_window": timedelta(days=7),
        "max_size_in_megabytes": 5120,
        "enable_batched_operations": False,
        "forward_dead_lettered_messages_to": "failed",
        "user_metadata": "of a test",
    }
    told = {f"properties.{name}": value for name, value in given.items()}
    rows.shows("a queue of which much is said", put("jobs", **given), {"name": "jobs", **told})
    rows.shows("it is read", lambda: queues.get(GROUP, NAMESPACE, "jobs"), told)
    rows.counts("there are two", lambda: queues.list_by_namespace(GROUP, NAMESPACE), ["failed", "jobs"])
    rows.lists("it is one of them", lambda: queues.list_by_namespace(GROUP, NAMESPACE), "jobs", told)

    def put_back():
        queue = queues.get(GROUP, NAMESPACE, "jobs")
        queue.properties.max_delivery_count = 5
        queue.properties.lock_duration = timedelta(seconds=90)
        queue.properties.status = EntityStatus.RECEIVE_DISABLED
        return queues.create_or_update(GROUP, NAMESPACE, "jobs", queue)

    changed = {
        **told,
        "properties.max_delivery_count": 5,
        "properties.lock_duration": timedelta(seconds=90),
        "properties.status": EntityStatus.RECEIVE_DISABLED,
    }
    rows.shows("it is read, changed and put back", put_back, changed)
    rows.shows("it stays so", lambda: queues.get(GROUP, NAMESPACE, "jobs"), changed)
    whole = {"requires_duplicate_detection": True}
    rows.shows("what a PUT leaves out is as if never said", put("jobs", **whole), {**QUEUE, **prefixed(whole)})
    drive_queue_keys(queues, rows)
    refuse_queues(queues, rows, put, whole)
    rows.shows("it goes", lambda: queues.delete(GROUP, NAMESPACE, "jobs"))
    rows.gone("it is gone", lambda: queues.get(GROUP, NAMESPACE, "jobs"))
    rows.shows("it goes again", lambda: queues.delete(GROUP, NAMESPACE, "jobs"))


def refuse_queues(queues, rows, put, whole):
    for name, value in [
        ("requires_session", True),
        ("enable_partitioning", True),
        ("requires_duplicate_detection", False),
    ]:
        rows.refused(f"{name} stays", put("jobs", **{**whole, name: value}), 400, "BadRequest", camel(name))
    for name, value in OUT_OF_RANGE:
        refusal = "InvalidRequestContent" if name == "max_delivery_count" else "BadRequest"
        rows.refused(f"{name} is no {value}", put("other", **{name: value}), 400, refusal, camel(name))
    rows.shows(
        "a partitioned queue is sixteen",
        put("parts", enable_partitioning=True, max_size_in_megabytes=2048),
        {"properties.enable_partitioning": True, "properties.max_size_in_megabytes": 32768},
    )
    rows.shows("it goes too", lambda: queues.delete(GROUP, NAMESPACE, "parts"))
    rows.refused("its forward is there", put("other", forward_to="nowhere"), 400, "BadRequest", "nowhere")
    session = put("other", forward_to="failed", requires_session=True)
    rows.refused("sessions are not forwarded", session, 400, "BadRequest", "session")
    rows.refused(
        "its members are known",
        lambda: queues.create_or_update(GROUP, NAMESPACE, "other", {"properties": {"maxDeliveries": 3}}),
        400,
        "InvalidRequestContent",
        "maxDeliveries",
    )
    rows.refused(
        "its namespace is there",
        lambda: queues.create_or_update(GROUP, "sdk-no-namespace", "other", SBQueue()),
        404,
        "ParentResourceNotFound",
    )
    rows.gone("no other was made", lambda: queues.get(GROUP, NAMESPACE, "other"))


def drive_queue_keys(queues, rows):
    of = (GROUP, NAMESPACE, "jobs", "scaler")
    rule = SBAuthorizationRule(rights=[AccessRights.LISTEN])
    rows.shows("a key of it alone", lambda: queues.create_or_update_authorization_rule(*of, rule), {"name": "scaler"})
    listed = lambda: queues.list_authorization_rules(GROUP, NAMESPACE, "jobs")
    rows.lists("it is listed", listed, "scaler", {"rights": [AccessRights.LISTEN]})
    ends = lambda text: text.endswith(";EntityPath=jobs")
    rows.shows("it says for what it is", lambda: queues.list_keys(*of), {"primary_connection_string": ends})
    rows.shows("it goes", lambda: queues.delete_authorization_rule(*of))
    rows.gone("it is gone", lambda: queues.get_authorization_rule(*of))


# The ranges that the library's own descriptions have.
OUT_OF_RANGE = [
    ("lock_duration", timedelta(minutes=5, seconds=1)),
    ("auto_delete_on_idle", timedelta(minutes=4, seconds=59)),
    ("duplicate_detection_history_time_window", timedelta(days=7, seconds=1)),
    ("duplicate_detection_history_time_window", timedelta(seconds=19)),
    ("max_delivery_count", 0),
    ("max_delivery_count", 2001),
    ("max_size_in_megabytes", 1000),
    ("max_size_in_megabytes", 10240),
    ("max_message_size_in_kilobytes", 1024),
]


def drive_pages(queues, rows):
    """A page of a list has a hundred."""
    names = [f"page-{number:03}" for number in range(104)]
    for name in names:
        queues.create_or_update(GROUP, NAMESPACE, name, SBQueue())
    rows.counts("a list of two pages", lambda: queues.list_by_namespace(GROUP, NAMESPACE), [*names, "failed"])
    rows.counts("a part of it", lambda: queues.list_by_namespace(GROUP, NAMESPACE, skip=2, top=2), names[1:3])


def remove_namespace(bus, rows):
    namespaces = bus.namespaces
    rows.shows("it goes", lambda: namespaces.begin_delete(GROUP, NAMESPACE))
    rows.gone("it is gone", lambda: namespaces.get(GROUP, NAMESPACE))
    rows.gone("its queues are gone", lambda: bus.queues.get(GROUP, NAMESPACE, "failed"))
    rows.shows("its name is free again", check(namespaces, NAMESPACE), {"name_available": True})
    rows.shows("it goes again", lambda: namespaces.begin_delete(GROUP, NAMESPACE))
