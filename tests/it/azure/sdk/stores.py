"""Storage: accounts and their queues."""

from datetime import datetime

from azure.mgmt.storage.models import (
    AccessTier,
    AccountStatus,
    Kind,
    MinimumTlsVersion,
    Reason,
    Sku,
    SkuTier,
    StorageAccountCheckNameAvailabilityParameters,
    StorageAccountCreateParameters,
    StorageAccountUpdateParameters,
    StorageQueue,
)

import groups
from clients import PLACE

GROUP = "sdk-stores"
ACCOUNT = "sdkstorageaccount"


def drive(clients, rows):
    groups.make(clients, rows, GROUP)
    drive_account(clients.storage.storage_accounts, rows)
    drive_queues(clients.storage, rows)
    accounts = clients.storage.storage_accounts
    rows.shows("the account goes", lambda: accounts.delete(GROUP, ACCOUNT))
    rows.gone("the account is gone", lambda: accounts.get_properties(GROUP, ACCOUNT))
    rows.shows("it goes again", lambda: accounts.delete(GROUP, ACCOUNT))
    groups.remove(clients, rows, GROUP)


def drive_account(accounts, rows):
    check = lambda name: lambda: accounts.check_name_availability(
        StorageAccountCheckNameAvailabilityParameters(name=name, type="Microsoft.Storage/storageAccounts")
    )
    rows.shows("its name is free", check(ACCOUNT), {"name_available": True})
    invalid = {"name_available": False, "reason": Reason.ACCOUNT_NAME_INVALID}
    rows.shows("a name has no capital letters", check("SdkStorage"), invalid)
    rows.gone("no account yet", lambda: accounts.get_properties(GROUP, ACCOUNT))
    given = StorageAccountCreateParameters(
        location=PLACE,
        kind=Kind.STORAGE_V2,
        sku=Sku(name="Standard_LRS"),
        tags={"team": "a"},
        minimum_tls_version=MinimumTlsVersion.TLS1_2,
        access_tier=AccessTier.HOT,
    )
    made = {
        "name": ACCOUNT,
        "type": "Microsoft.Storage/storageAccounts",
        "location": PLACE,
        "kind": Kind.STORAGE_V2,
        "sku.name": "Standard_LRS",
        "sku.tier": SkuTier.STANDARD,
        "tags": {"team": "a"},
        "properties.provisioning_state": "Succeeded",
        "properties.access_tier": AccessTier.HOT,
        "properties.minimum_tls_version": MinimumTlsVersion.TLS1_2,
        "properties.status_of_primary": AccountStatus.AVAILABLE,
        "properties.primary_location": PLACE,
        "properties.primary_endpoints.queue": f"https://{ACCOUNT}.queue.core.windows.net/",
        "properties.creation_time": datetime,
    }
    rows.shows("an account", lambda: accounts.begin_create(GROUP, ACCOUNT, given), made)
    rows.shows("it is read", lambda: accounts.get_properties(GROUP, ACCOUNT), made)
    rows.lists("it is in its group", lambda: accounts.list_by_resource_group(GROUP), ACCOUNT, made)
    rows.lists("it is in the subscription", accounts.list, ACCOUNT, made)
    taken = {"name_available": False, "reason": Reason.ALREADY_EXISTS}
    rows.shows("its name is taken", check(ACCOUNT), taken)
    patch = StorageAccountUpdateParameters(tags={"team": "b"}, access_tier=AccessTier.COOL)
    changed = {
        **made,
        "tags": {"team": "b"},
        "properties.access_tier": AccessTier.COOL,
    }
    rows.shows("it is patched", lambda: accounts.update(GROUP, ACCOUNT, patch), {"tags": {"team": "b"}})
    rows.soon("the patch is read", lambda: accounts.get_properties(GROUP, ACCOUNT), changed)
    keys = rows.shows("its keys", lambda: accounts.list_keys(GROUP, ACCOUNT), {"keys_property.0.key_name": "key1"})
    rows.holds("there are two", len({key.value for key in keys.keys_property}) == 2)
    rows.shows("the same again", lambda: accounts.begin_create(GROUP, ACCOUNT, given), made)
    rows.refused(
        "its name is right",
        lambda: accounts.begin_create(GROUP, "Under_Score", given),
        400,
        "AccountNameInvalid",
    )


def drive_queues(storage, rows):
    queues = storage.queue
    of = (GROUP, ACCOUNT, "jobs")
    read = lambda: queues.get(*of)
    rows.gone("no queue yet", read, "QueueNotFound")
    put = lambda team: lambda: queues.create(*of, StorageQueue(metadata={"team": team}))
    rows.shows("a queue", put("a"), {"name": "jobs", "queue_properties.metadata": {"team": "a"}})
    rows.soon(
        "it is read",
        read,
        {
            "queue_properties.metadata": {"team": "a"},
            "queue_properties.approximate_message_count": lambda count: not count,
        },
    )
    rows.lists("it is listed", lambda: queues.list(GROUP, ACCOUNT), "jobs")
    patch = StorageQueue(metadata={"team": "b"})
    rows.shows("it changes", lambda: queues.update(*of, patch), {"queue_properties.metadata": {"team": "b"}})
    rows.soon("the change is read", read, {"queue_properties.metadata": {"team": "b"}})
    rows.shows(
        "queues have a service",
        lambda: storage.queue_services.get_service_properties(GROUP, ACCOUNT),
        {"name": "default"},
    )
    rows.shows("it goes", lambda: queues.delete(*of))
    rows.gone("it is gone", read, "QueueNotFound")
