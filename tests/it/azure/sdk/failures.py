"""What fails, as `sdk-faults.yaml` has it: each once. How the libraries tell it, and what they do by themselves."""

from azure.core.exceptions import HttpResponseError
from azure.mgmt.eventhub.models import EHNamespace
from azure.mgmt.eventhub.models import Sku as HubSku
from azure.mgmt.servicebus.models import SBNamespace, SBQueue

import groups
from clients import PLACE
from clusters import cluster, system

GROUP = "sdk-failures"
FAILED = {"properties.provisioning_state": "Failed"}
SUCCEEDED = {"properties.provisioning_state": "Succeeded"}


def drive_cluster(clients, rows):
    """By the state of the operation, which says why."""
    clusters = clients.containerservice.managed_clusters
    groups.make(clients, rows, GROUP)
    put = lambda: clusters.begin_create_or_update(GROUP, "sdk-failed", cluster([system()]))
    told = fails(rows, "a cluster", put)
    rows.holds(f"it says why: {told}", told and told[0] == "ReconcileVMSSAgentPoolFailed" and "Creating" in told[1])
    rows.shows("it is there all the same", lambda: clusters.get(GROUP, "sdk-failed"), FAILED)
    rows.shows(
        "it is put again", put, {**SUCCEEDED, "properties.agent_pool_profiles.0.provisioning_state": "Succeeded"}
    )
    told = fails(rows, "its deletion", lambda: clusters.begin_delete(GROUP, "sdk-failed"))
    rows.holds(f"it says why: {told}", told and "Deleting" in told[1])
    rows.shows("it is still there", lambda: clusters.get(GROUP, "sdk-failed"), FAILED)
    rows.shows("it is deleted again", lambda: clusters.begin_delete(GROUP, "sdk-failed"))
    rows.gone("it is gone", lambda: clusters.get(GROUP, "sdk-failed"))


def drive_messages(clients, rows):
    """By the address of the operation's result."""
    group, name = f"{GROUP}-of-messages", "sdk-bus-failed"
    namespaces, queues = clients.servicebus.namespaces, clients.servicebus.queues
    groups.make(clients, rows, group)
    put = lambda: namespaces.begin_create_or_update(group, name, SBNamespace(location=PLACE))
    told = fails(rows, "a namespace", put)
    rows.holds(f"it says why: {told}", told and "could not be provisioned" in told[1])
    rows.shows("it is there all the same", lambda: namespaces.get(group, name), FAILED)
    rows.shows("it is put again", put, {**SUCCEEDED, "properties.status": "Active"})
    # How often the library asked before it had this answer.
    before = lambda answer, value, headers: len(answer.context["history"])
    asked = queues.create_or_update(group, name, "jobs", SBQueue(max_delivery_count=3), cls=before)
    rows.holds("it is throttled, and asks again", asked == 1)
    rows.holds("there is no answer, and it asks again", queues.get(group, name, "jobs", cls=before) == 1)
    rows.shows("it has its answer", lambda: queues.get(group, name, "jobs"), {"properties.max_delivery_count": 3})


def drive_hubs(clients, rows):
    """By the state in the body."""
    group, name = f"{GROUP}-of-hubs", "sdk-hubs-failed"
    namespaces = clients.eventhub.namespaces
    groups.make(clients, rows, group)
    given = EHNamespace(location=PLACE, sku=HubSku(name="Standard", tier="Standard"))
    put = lambda: namespaces.begin_create_or_update(group, name, given)
    fails(rows, "a namespace", put)
    rows.shows("it is there all the same", lambda: namespaces.get(group, name), FAILED)
    rows.shows("it is put again", put, SUCCEEDED)


def fails(rows, what, call):
    """Its code and its words, by the library's own poller."""
    rows.tried.append(what)
    try:
        found = call().result(120)
        rows.fail(what, f"it does not fail: {found}")
    except HttpResponseError as error:
        return error.error and (error.error.code, error.error.message or "")
    return None
