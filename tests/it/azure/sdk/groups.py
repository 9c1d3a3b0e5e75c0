"""Resource groups."""

from azure.mgmt.resource.resources.models import ResourceGroup, ResourceGroupPatchable

from clients import PLACE, SUBSCRIPTION

GROUP = "sdk-groups"


def make(clients, rows, name):
    """The group that another service's things are in."""
    rows.shows(
        f"the group {name} is made",
        lambda: clients.resource.resource_groups.create_or_update(name, ResourceGroup(location=PLACE)),
        {"name": name, "properties.provisioning_state": "Succeeded"},
    )


def remove(clients, rows, name):
    """A group takes along whatever is in it."""
    rows.shows(f"the group {name} goes", lambda: clients.resource.resource_groups.begin_delete(name))
    rows.gone(f"the group {name}", lambda: clients.resource.resource_groups.get(name), "ResourceGroupNotFound")


def drive(clients, rows):
    groups = clients.resource.resource_groups
    rows.gone("no group yet", lambda: groups.get(GROUP), "ResourceGroupNotFound")
    rows.holds("it does not exist", not groups.check_existence(GROUP))
    rows.shows(
        "it is made",
        lambda: groups.create_or_update(GROUP, ResourceGroup(location="West Europe", tags={"team": "a"})),
        {
            "id": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}",
            "name": GROUP,
            "type": "Microsoft.Resources/resourceGroups",
            "location": PLACE,
            "tags.team": "a",
            "properties.provisioning_state": "Succeeded",
        },
    )
    rows.holds("it exists", groups.check_existence(GROUP))
    rows.shows("its name has no case", lambda: groups.get(GROUP.upper()), {"name": GROUP})
    rows.lists("it is in the subscription", groups.list, GROUP, {"tags.team": "a"})
    patch = ResourceGroupPatchable(tags={"team": "b", "more": "c"})
    rows.shows("its tags change", lambda: groups.update(GROUP, patch), {"tags": {"team": "b", "more": "c"}})
    rows.shows(
        "it is put again, without tags",
        lambda: groups.create_or_update(GROUP, ResourceGroup(location=PLACE)),
        {"tags": lambda tags: not tags},
    )
    rows.refused(
        "it does not move",
        lambda: groups.create_or_update(GROUP, ResourceGroup(location="northeurope")),
        409,
        "InvalidResourceGroupLocation",
        "already exists in location 'westeurope'",
    )
    rows.refused(
        "a name ends in no point",
        lambda: groups.create_or_update("sdk-point.", ResourceGroup(location=PLACE)),
        400,
        "InvalidResourceGroupName",
    )
    rows.counts("nothing is in it", lambda: clients.resource.resources.list_by_resource_group(GROUP), [])
    providers, registered = clients.resource.providers, {"registration_state": "Registered"}
    for namespace in ["Microsoft.ContainerService", "Microsoft.ServiceBus"]:
        rows.shows(
            f"{namespace} is registered", lambda: providers.get(namespace), {"namespace": namespace, **registered}
        )
        rows.shows(f"{namespace} is registered again", lambda: providers.register(namespace), registered)
    rows.shows("it goes", lambda: groups.begin_delete(GROUP))
    rows.gone("it is gone", lambda: groups.get(GROUP), "ResourceGroupNotFound")
    rows.refused("it goes once", lambda: groups.begin_delete(GROUP), 404, "ResourceGroupNotFound")
