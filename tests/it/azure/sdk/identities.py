"""Managed identities, and their federated credentials."""

import concurrent.futures
import threading
import uuid

from azure.core.exceptions import HttpResponseError
from azure.mgmt.msi.models import FederatedIdentityCredential, Identity, IdentityUpdate

import groups
from clients import PLACE, SUBSCRIPTION, TENANT
from rows import Names

GROUP = "sdk-identities"
OF_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
ISSUER = "https://westeurope.oic.prod-aks.azure.com/tenant/cluster/"
AUDIENCE = "api://AzureADTokenExchange"
CONCURRENT = "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity"


def is_guid(text):
    return str(uuid.UUID(text)) == text


def drive(clients, rows):
    groups.make(clients, rows, GROUP)
    identities = clients.msi.user_assigned_identities
    drive_identities(identities, rows)
    drive_credentials(clients.msi.federated_identity_credentials, rows)
    drive_writers(clients.msi, rows)
    read = lambda: identities.get(GROUP, "worker")
    rows.shows("it goes", lambda: identities.delete(GROUP, "worker"))
    rows.gone("it is gone", read)
    rows.gone(
        "its credentials are gone",
        lambda: clients.msi.federated_identity_credentials.get(GROUP, "worker", "operator"),
        "ParentResourceNotFound",
    )
    rows.shows("it goes again", lambda: identities.delete(GROUP, "worker"))
    groups.remove(clients, rows, GROUP)


def drive_identities(identities, rows):
    put = lambda name, **given: lambda: identities.create_or_update(GROUP, name, Identity(location=PLACE, **given))
    rows.gone("no identity yet", lambda: identities.get(GROUP, "worker"))
    made = {
        "id": f"{OF_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/worker",
        "name": "worker",
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
        "location": PLACE,
        "tags": {"team": "a"},
        "tenant_id": TENANT,
        "client_id": is_guid,
        "principal_id": is_guid,
    }
    identity = rows.shows("it is made", put("worker", tags={"team": "a"}), made)
    ids = {"client_id": identity.client_id, "principal_id": identity.principal_id}
    rows.holds("its ids differ", identity.client_id != identity.principal_id)
    rows.soon("it is read", lambda: identities.get(GROUP, "worker"), {**made, **ids})
    rows.lists("it is in its group", lambda: identities.list_by_resource_group(GROUP), "worker", made)
    rows.lists("it is in the subscription", identities.list_by_subscription, "worker", made)
    patch = IdentityUpdate(tags={"team": "b"})
    rows.shows("its tags change", lambda: identities.update(GROUP, "worker", patch), {"tags": {"team": "b"}, **ids})
    rows.soon("they are read", lambda: identities.get(GROUP, "worker"), {"tags": {"team": "b"}})
    rows.shows("it is put again", put("worker"), {"tags": lambda tags: not tags, **ids})
    rows.refused(
        "it does not move",
        lambda: identities.create_or_update(GROUP, "worker", Identity(location="northeurope")),
        409,
        "InvalidResourceLocation",
    )
    rows.refused("its name is long enough", put("ab"), 400, "BadRequest")
    rows.refused("its name begins well", put("-worker"), 400, "BadRequest", "-worker")
    rows.gone(
        "none in no group",
        lambda: list(identities.list_by_resource_group("sdk-no-group")),
        "ResourceGroupNotFound",
    )
    rows.refused(
        "its group is there",
        lambda: identities.create_or_update("sdk-no-group", "worker", Identity(location=PLACE)),
        404,
        "ResourceGroupNotFound",
    )


def credential(subject, issuer=ISSUER, audiences=(AUDIENCE,)):
    return FederatedIdentityCredential(
        issuer=issuer, subject=f"system:serviceaccount:{subject}", audiences=list(audiences)
    )


def drive_credentials(credentials, rows):
    put = lambda name, *given, **more: lambda: credentials.create_or_update(
        GROUP, "worker", name, credential(*given, **more)
    )
    read = lambda: credentials.get(GROUP, "worker", "operator")
    rows.gone("no credential yet", read, "NotFound")
    made = {
        "name": "operator",
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
        "issuer": ISSUER,
        "subject": "system:serviceaccount:keda:operator",
        "audiences": [AUDIENCE],
    }
    rows.shows("a credential", put("operator", "keda:operator"), made)
    rows.soon("it is read", read, made)
    listed = lambda: credentials.list(GROUP, "worker")
    rows.lists("it is listed", listed, "operator", made)
    same = "Issuer and subject combination already exists"
    rows.refused("another of the same", put("another", "keda:operator"), 409, "Conflict", same)
    rows.shows("another of another issuer", put("another", "keda:operator", ISSUER + "b/"), {"issuer": ISSUER + "b/"})
    rows.soon("there are two", lambda: Names(listed()), {"names": ["another", "operator"]})
    rows.refused("nor does it become so", put("another", "keda:operator"), 409, "Conflict", same)
    changed = {**made, "subject": "system:serviceaccount:keda:other"}
    rows.shows("it changes", put("operator", "keda:other"), changed)
    rows.soon("the change is read", read, changed)
    for what, given in [
        ("its issuer is encrypted", {"issuer": "http://plain.example/"}),
        ("it has an audience", {"audiences": ()}),
        ("it has one audience", {"audiences": (AUDIENCE, "api://b")}),
    ]:
        rows.refused(what, put("other", "a:b", **given), 400, "BadRequest")
    rows.refused("its name is long enough", put("ab", "a:b"), 400, "BadRequest")
    rows.refused(
        "its identity is there",
        lambda: credentials.create_or_update(GROUP, "nobody", "operator", credential("a:b")),
        404,
        "ParentResourceNotFound",
    )
    rows.gone("none of nobody", lambda: list(credentials.list(GROUP, "nobody")))
    for number in range(18):
        credentials.create_or_update(GROUP, "worker", f"more-{number}", credential(f"more:{number}"))
    rows.refused("there are twenty at most", put("more-18", "more:18"), 400, "BadRequest", "20")
    rows.shows("one goes", lambda: credentials.delete(GROUP, "worker", "another"))
    rows.gone("it is gone", lambda: credentials.get(GROUP, "worker", "another"), "NotFound")
    rows.shows("it goes again", lambda: credentials.delete(GROUP, "worker", "another"))


def drive_writers(msi, rows):
    """Of several who write to one identity at once, one does. Whoever writes to others is not in the way."""
    many = 6
    for name in ["shared", *[f"own-{number}" for number in range(many)]]:
        msi.user_assigned_identities.create_or_update(GROUP, name, Identity(location=PLACE))
    credentials = msi.federated_identity_credentials

    write = lambda identity, number: credentials.create_or_update(
        GROUP, identity, f"credential-{number}", credential(f"at-once:{number}")
    )

    def together(call):
        barrier = threading.Barrier(many)

        def one(number):
            barrier.wait()
            try:
                call(number)
                return None
            except HttpResponseError as error:
                return error.status_code, error.error.code

        with concurrent.futures.ThreadPoolExecutor(many) as threads:
            return set(threads.map(one, range(many)))

    def in_the_way(call, before=lambda: None):
        """On a machine that has much else to do they may come one after another."""
        for _ in range(20):
            before()
            told = together(call)
            if told != {None}:
                return told
        return set()

    def all_there():
        for number in range(many):
            write("shared", number)

    one_at_a_time = {None, (409, CONCURRENT)}
    rows.holds("one at a time is written", in_the_way(lambda number: write("shared", number)) == one_at_a_time)
    delete = lambda number: credentials.delete(GROUP, "shared", f"credential-{number}")
    rows.holds("one at a time is deleted", in_the_way(delete, all_there) == one_at_a_time)
    rows.holds("each to its own", together(lambda number: write(f"own-{number}", number)) == {None})
