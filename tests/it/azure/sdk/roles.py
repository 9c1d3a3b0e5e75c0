"""Role assignments, at every kind of scope, and role definitions."""

import time
import uuid
from datetime import datetime

from azure.core.exceptions import HttpResponseError
from azure.mgmt.authorization.v2022_04_01.models import RoleAssignmentCreateParameters
from azure.mgmt.msi.models import Identity
from azure.mgmt.servicebus.models import SBNamespace, SBQueue

import groups
from clients import PLACE, SUBSCRIPTION
from rows import Names

GROUP = "sdk-roles"
OF_SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION}"
OF_GROUP = f"{OF_SUBSCRIPTION}/resourceGroups/{GROUP}"
NAMESPACE = "sdk-bus-of-roles"
OF_QUEUE = f"{OF_GROUP}/providers/Microsoft.ServiceBus/namespaces/{NAMESPACE}/queues/jobs"
RECEIVER = "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


def guid(text):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, text))


def role(guid):
    return f"{OF_SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{guid}"


def parameters(principal, of=RECEIVER, principal_type="ServicePrincipal", **more):
    """Who says nothing of the type of principal says to this library that it is a user."""
    return RoleAssignmentCreateParameters(
        role_definition_id=role(of), principal_id=principal, principal_type=principal_type, **more
    )


def drive(clients, rows):
    groups.make(clients, rows, GROUP)
    identities, assignments = clients.msi.user_assigned_identities, clients.authorization.role_assignments
    drive_definitions(clients.authorization.role_definitions, rows)
    namespace = clients.servicebus.namespaces.begin_create_or_update(GROUP, NAMESPACE, SBNamespace(location=PLACE))
    drive_replication(identities, assignments, rows)
    principal = identities.create_or_update(GROUP, "reader", Identity(location=PLACE)).principal_id
    namespace.result(120)
    clients.servicebus.queues.create_or_update(GROUP, NAMESPACE, "jobs", SBQueue())
    drive_assignments(assignments, rows, principal)
    drive_lists(assignments, rows, principal)
    drive_ends(clients, rows, principal)
    groups.remove(clients, rows, GROUP)


def drive_definitions(definitions, rows):
    by_name = lambda name: list(definitions.list(OF_SUBSCRIPTION, filter=f"roleName eq '{name}'"))
    found = rows.shows("a role is found by its name", lambda: by_name("Azure Service Bus Data Receiver"))
    rows.holds("it is one", len(found) == 1)
    told = {"name": RECEIVER, "role_name": "Azure Service Bus Data Receiver", "role_type": "BuiltInRole"}
    rows.shows("it is what it is", lambda: found[0], {**told, "type": "Microsoft.Authorization/roleDefinitions"})
    rows.holds("it has its id", found[0].id.lower().endswith(f"roledefinitions/{RECEIVER}"))
    rows.shows("it is read", lambda: definitions.get(OF_SUBSCRIPTION, RECEIVER), told)
    rows.holds("there is no other", by_name("Nobody") == [])


def drive_replication(identities, assignments, rows):
    """Nobody knows a new principal at first."""
    refused = None
    for number in range(5):
        identity = identities.create_or_update(GROUP, f"new-{number}", Identity(location=PLACE))
        try:
            given = parameters(identity.principal_id, principal_type=None)
            assignments.create(OF_GROUP, guid(f"new-{number}"), given)
        except HttpResponseError as error:
            refused = error
            break
    told = refused and (refused.status_code, refused.error.code, "replication delay" in refused.error.message)
    rows.holds(f"a principal is not known at once: {told}", told == (400, "PrincipalNotFound", True))


def create(assignments, scope, name, given):
    """Asks again for as long as the principal is not known."""
    for _ in range(500):
        try:
            return assignments.create(scope, name, given)
        except HttpResponseError as error:
            if error.error.code != "PrincipalNotFound":
                raise
            time.sleep(0.01)
    raise AssertionError("the principal is never known")


def drive_assignments(assignments, rows, principal):
    name = guid("queue")
    rows.gone("no assignment yet", lambda: assignments.get(OF_QUEUE, name), "RoleAssignmentNotFound")
    given = parameters(principal, description="of a test")
    made = {
        "id": f"{OF_QUEUE}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "scope": OF_QUEUE,
        "role_definition_id": role(RECEIVER),
        "principal_id": principal,
        "principal_type": "ServicePrincipal",
        "description": "of a test",
        "condition": None,
        "created_on": datetime,
        "updated_on": datetime,
        "created_by": str,
    }
    rows.shows("an assignment", lambda: create(assignments, OF_QUEUE, name, given), made)
    rows.soon("it is read", lambda: assignments.get(OF_QUEUE, name), made)
    rows.soon("it is read by its id", lambda: assignments.get_by_id(made["id"]), made)
    rows.shows("the same again is the same", lambda: assignments.create(OF_QUEUE, name, given), made)
    other = parameters(principal, description="of another test")
    changed = {"description": "of another test", "principal_id": principal}
    rows.shows("its description changes", lambda: assignments.create(OF_QUEUE, name, other), changed)
    rows.soon("the change is read", lambda: assignments.get(OF_QUEUE, name), changed)
    put = lambda scope, name, given: lambda: assignments.create(scope, name, given)
    new, user = guid("new"), parameters(principal, principal_type="User")
    for what, call, status, code in [
        ("another role", put(OF_QUEUE, name, parameters(principal, READER)), 400, "RoleAssignmentUpdateNotPermitted"),
        ("another place", put(OF_GROUP, name, given), 400, "RoleAssignmentUpdateNotPermitted"),
        ("another name", put(OF_QUEUE, new, given), 409, "RoleAssignmentExists"),
        ("no name", put(OF_QUEUE, "name", given), 400, "InvalidRoleAssignmentId"),
        ("no principal", put(OF_QUEUE, new, parameters("nobody")), 400, "InvalidPrincipalId"),
        ("nobody", put(OF_QUEUE, new, parameters(guid("nobody"))), 400, "PrincipalNotFound"),
        ("no user", put(OF_GROUP, new, user), 400, "UnmatchedPrincipalType"),
        ("no role", put(OF_QUEUE, new, parameters(principal, guid("role"))), 400, "RoleDefinitionDoesNotExist"),
        ("no queue", put(OF_QUEUE + "x", new, given), 404, "ResourceNotFound"),
    ]:
        rows.refused(f"{what} is refused", call, status, code)
    condition = "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})))"
    bare = parameters(principal, READER, condition=condition)
    rows.refused("a condition has a version", put(OF_GROUP, guid("group"), bare), 400, "BadRequestFormat")
    whole = parameters(principal, READER, condition=condition, condition_version="2.0")
    rows.shows(
        "a condition",
        lambda: create(assignments, OF_GROUP, guid("group"), whole),
        {"condition": condition, "condition_version": "2.0", "scope": OF_GROUP},
    )
    rows.shows(
        "one of the subscription",
        put(OF_SUBSCRIPTION, guid("subscription"), parameters(principal, READER)),
        {"scope": OF_SUBSCRIPTION},
    )


def drive_lists(assignments, rows, principal):
    everywhere = [guid("queue"), guid("group"), guid("subscription")]
    own, nobody = f"principalId eq '{principal}'", f"principalId eq '{guid('nobody')}'"
    of_scope = lambda scope, filter: lambda: assignments.list_for_scope(scope, filter=filter)
    of_resource = lambda *names: lambda: assignments.list_for_resource(GROUP, *names, filter=own)
    for what, call, names in [
        ("at the queue and above", of_scope(OF_QUEUE, "atScope()"), everywhere),
        ("at the group and above", of_scope(OF_GROUP, "atScope()"), everywhere[1:]),
        ("of the principal at the subscription", of_scope(OF_SUBSCRIPTION, f"atScope() and {own}"), everywhere[2:]),
        ("of the principal at the queue", of_scope(OF_QUEUE, own), everywhere),
        ("of the principal at the group", of_scope(OF_GROUP, f"assignedTo('{principal}')"), everywhere),
        ("at the namespace", of_resource("Microsoft.ServiceBus", "namespaces", NAMESPACE), everywhere),
        ("in the group", lambda: assignments.list_for_resource_group(GROUP, filter=own), everywhere),
        ("in the subscription", lambda: assignments.list_for_subscription(filter=own), everywhere),
        ("of nobody", lambda: assignments.list_for_subscription(filter=nobody), []),
    ]:
        rows.soon(f"those {what}", lambda call=call: Names(call()), {"names": sorted(names)})
    rows.refused(
        "a filter is understood",
        lambda: list(assignments.list_for_subscription(filter="color eq 'red'")),
        400,
        "UnsupportedQuery",
    )


def drive_ends(clients, rows, principal):
    assignments = clients.authorization.role_assignments
    rows.shows(
        "one is deleted, and told",
        lambda: assignments.delete(OF_SUBSCRIPTION, guid("subscription")),
        {"name": guid("subscription"), "principal_id": principal},
    )
    rows.gone("it is gone", lambda: assignments.get(OF_SUBSCRIPTION, guid("subscription")), "RoleAssignmentNotFound")
    rows.holds("it goes again", assignments.delete(OF_SUBSCRIPTION, guid("subscription")) is None)
    clients.msi.user_assigned_identities.delete(GROUP, "reader")
    rows.soon(
        "it stays when its principal goes",
        lambda: assignments.get(OF_QUEUE, guid("queue")),
        {"principal_id": principal},
    )
    of_group = f"{OF_GROUP}/providers/Microsoft.Authorization/roleAssignments/{guid('group')}"
    rows.shows("one goes by its id", lambda: assignments.delete_by_id(of_group), {"name": guid("group")})
    rows.gone("it is gone too", lambda: assignments.get_by_id(of_group), "RoleAssignmentNotFound")
    clients.servicebus.queues.delete(GROUP, NAMESPACE, "jobs")
    clients.servicebus.queues.create_or_update(GROUP, NAMESPACE, "jobs", SBQueue())
    rows.gone("it goes with what it is on", lambda: assignments.get(OF_QUEUE, guid("queue")), "RoleAssignmentNotFound")
