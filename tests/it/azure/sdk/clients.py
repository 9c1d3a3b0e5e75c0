"""Microsoft's clients for Azure's services, on a Resource Manager at a URL, with a count of what is called."""

import collections
import threading

from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.polling import LROPoller
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.containerservice import ContainerServiceClient
from azure.mgmt.eventhub import EventHubManagementClient
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.servicebus import ServiceBusManagementClient
from azure.mgmt.storage import StorageManagementClient

SUBSCRIPTION = "22222222-2222-4222-8222-222222222222"
TENANT = "11111111-1111-4111-8111-111111111111"
PLACE = "westeurope"

TYPES = {
    "authorization": AuthorizationManagementClient,
    "containerservice": ContainerServiceClient,
    "eventhub": EventHubManagementClient,
    "msi": ManagedServiceIdentityClient,
    "resource": ResourceManagementClient,
    "servicebus": ServiceBusManagementClient,
    "storage": StorageManagementClient,
}


class Counted:
    """What was called of each service, and how operations were followed that went on after their answer."""

    def __init__(self):
        self.lock = threading.Lock()
        self.calls = collections.defaultdict(collections.Counter)
        self.followed = collections.Counter()

    def call(self, service, operation):
        with self.lock:
            self.calls[service][operation] += 1

    def follow(self, poller):
        # The libraries choose one of four ways to follow an operation, and say nowhere which one it was.
        way = poller.polling_method()._operation.__class__.__name__
        with self.lock:
            self.followed[way] += 1

    def told(self, service):
        of = self.calls[service]
        return f"{service}: {sum(of.values())} calls of {len(of)} operations"

    def told_in_all(self):
        calls = sum(sum(of.values()) for of in self.calls.values())
        operations = sum(len(of) for of in self.calls.values())
        return f"{calls} calls of {operations} operations over {len(self.calls)} services"


class Group:
    """The operations of one kind, each call of which is counted."""

    def __init__(self, operations, counted, service, name):
        self.of = (operations, counted, service, name)

    def __getattr__(self, name):
        operations, counted, service, group = self.of
        operation = getattr(operations, name)

        def call(*arguments, **more):
            counted.call(service, f"{group}.{name}")
            outcome = operation(*arguments, **more)
            if isinstance(outcome, LROPoller):
                counted.follow(outcome)
            return outcome

        return call


class Service:
    """One service's groups of operations."""

    def __init__(self, client, counted, name):
        self.of = (client, counted, name)

    def __getattr__(self, group):
        client, counted, name = self.of
        return Group(getattr(client, group), counted, name, group)


class NoCredential:
    def get_token(self, *scopes, **more):
        raise AssertionError("no token is needed here")


class Clients:
    """One client a service, each made when it is first asked for."""

    def __init__(self, url, counted, retries):
        self.url, self.counted, self.retries = url, counted, retries

    def __getattr__(self, name):
        client = TYPES[name](
            NoCredential(),
            SUBSCRIPTION,
            base_url=self.url,
            authentication_policy=SansIOHTTPPolicy(),
            # For answers that say nothing of when to look again.
            polling_interval=1,
            retry_total=self.retries,
        )
        service = Service(client, self.counted, name)
        setattr(self, name, service)
        return service
