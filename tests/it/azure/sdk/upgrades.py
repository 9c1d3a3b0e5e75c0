"""Versions of Kubernetes in AKS, and what goes from which to which."""

from azure.mgmt.containerservice.models import OSSKU, AgentPool, AgentPoolMode

import groups
from clients import PLACE
from clusters import SIZE, cluster, system


def drive(clients, rows):
    group, name = "sdk-upgrades", "sdk-upgraded"
    groups.make(clients, rows, group)
    clusters, pools = clients.containerservice.managed_clusters, clients.containerservice.agent_pools
    versions = rows.shows("the versions", lambda: clusters.list_kubernetes_versions(PLACE))
    told = {one.version: one for one in versions["values"]}
    rows.holds(
        "one is what who says nothing gets", [one.version for one in told.values() if one.is_default] == ["1.33"]
    )
    patch = told["1.32"].patch_versions["1.32.8"]
    rows.holds("upgrades skip no minor", {one.rsplit(".", 1)[0] for one in patch.upgrades} == {"1.33"})
    begin = lambda given: lambda: clusters.begin_create_or_update(group, name, given)
    old = cluster([system(os_sku=OSSKU.AZURE_LINUX3)], kubernetes_version="1.32.8")
    made = {"properties.current_kubernetes_version": "1.32.8", "properties.kubernetes_version": "1.32.8"}
    made["properties.agent_pool_profiles.0.os_sku"] = OSSKU.AZURE_LINUX3
    rows.shows("a cluster of a known patch", begin(old), made)

    def upgrade(version):
        cluster = clusters.get(group, name)
        cluster.properties.kubernetes_version = version
        return clusters.begin_create_or_update(group, name, cluster)

    rows.refused("no minor is skipped", lambda: upgrade("1.34"), 400, "InvalidParameter", "skips a minor version")
    rows.refused("nor is it taken back", lambda: upgrade("1.31"), 400, "InvalidParameter", "downgrading")
    begun = rows.shows("an upgrade begins", lambda: [upgrade("1.33.3")])
    going = {"properties.provisioning_state": "Upgrading", "properties.current_kubernetes_version": "1.32.8"}
    rows.shows("it goes on", lambda: clusters.get(group, name), going)
    deletion = lambda: clusters.begin_delete(group, name)
    rows.refused("one thing at a time", deletion, 409, "OperationNotAllowed", "Another operation (Upgrading)")
    upgraded = {
        "properties.provisioning_state": "Succeeded",
        "properties.kubernetes_version": "1.33.3",
        "properties.current_kubernetes_version": "1.33.3",
        "properties.agent_pool_profiles.0.orchestrator_version": "1.32.8",
        "properties.agent_pool_profiles.0.current_orchestrator_version": "1.32.8",
    }
    rows.shows("it is upgraded, and its pool is not", lambda: begun[0], upgraded)

    def upgrade_pool():
        pool = pools.get(group, name, "system")
        pool.properties.orchestrator_version = "1.33.3"
        return pools.begin_create_or_update(group, name, "system", pool)

    rows.shows(
        "its pool follows",
        upgrade_pool,
        {"properties.provisioning_state": "Succeeded", "properties.current_orchestrator_version": "1.33.3"},
    )
    stays = {"properties.current_kubernetes_version": "1.33.3", "properties.kubernetes_version": "1.33"}
    rows.shows("a minor that runs already is no upgrade", lambda: upgrade("1.33"), stays)
    back = AgentPool(mode=AgentPoolMode.SYSTEM, vm_size=SIZE, count=2, orchestrator_version="1.32.8")
    rows.refused(
        "a pool does not go back",
        lambda: pools.begin_create_or_update(group, name, "system", back),
        400,
        "InvalidParameter",
        "orchestratorVersion",
    )
    groups.remove(clients, rows, group)
    rows.gone("it goes with its group", lambda: clusters.get(group, name), "ResourceGroupNotFound")
