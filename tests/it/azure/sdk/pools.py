"""Pools of nodes of AKS, in a cluster that is there and has the pool `system`."""

from azure.mgmt.containerservice.models import AgentPool, AgentPoolMode, Code, OSDiskType, OSSKU, ScaleSetPriority

SIZE = "Standard_D4s_v5"

# A pool that sizes itself.
WORK = {
    "mode": AgentPoolMode.USER,
    "vm_size": SIZE,
    "enable_auto_scaling": True,
    "min_count": 1,
    "max_count": 5,
    "node_labels": {"for": "work"},
    "node_taints": ["for=work:NoSchedule"],
    "os_disk_size_gb": 64,
    "scale_set_priority": ScaleSetPriority.SPOT,
}
# How it is told when it is there.
MADE = {
    "name": "work",
    "type": "Microsoft.ContainerService/managedClusters/agentPools",
    "properties.provisioning_state": "Succeeded",
    "properties.mode": AgentPoolMode.USER,
    "properties.count": 1,
    "properties.min_count": 1,
    "properties.max_count": 5,
    "properties.enable_auto_scaling": True,
    "properties.os_disk_size_gb": 64,
    "properties.os_disk_type": OSDiskType.MANAGED,
    "properties.os_sku": OSSKU.UBUNTU,
    "properties.max_pods": 250,
    "properties.scale_set_priority": ScaleSetPriority.SPOT,
    "properties.node_labels": {"for": "work", "kubernetes.azure.com/scalesetpriority": "spot"},
    "properties.node_taints": ["for=work:NoSchedule", "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"],
    "properties.current_orchestrator_version": "1.33.4",
    "properties.power_state.code": Code.RUNNING,
    "properties.e_tag": str,
}


def drive(service, rows, *of):
    pools = service.agent_pools
    put = lambda name, **given: lambda: pools.begin_create_or_update(*of, name, AgentPool(**given))
    rows.gone("no such pool yet", lambda: pools.get(*of, "work"))
    rows.shows("a pool", put("work", **WORK), MADE)
    rows.shows("it is read", lambda: pools.get(*of, "work"), MADE)
    rows.lists("it is listed", lambda: pools.list(*of), "work", MADE)
    rows.counts("there are two", lambda: pools.list(*of), ["system", "work"])
    in_cluster = lambda cluster: sorted(pool.name for pool in cluster.properties.agent_pool_profiles)
    rows.holds("the cluster has both", in_cluster(service.managed_clusters.get(*of)) == ["system", "work"])

    def scale():
        pool = pools.get(*of, "work")
        pool.properties.enable_auto_scaling = False
        pool.properties.min_count = pool.properties.max_count = None
        pool.properties.count = 4
        return pools.begin_create_or_update(*of, "work", pool)

    scaled = {
        "properties.count": 4,
        "properties.enable_auto_scaling": False,
        "properties.min_count": None,
        "properties.node_labels": MADE["properties.node_labels"],
    }
    rows.shows("it is read, scaled and put back", scale, {**scaled, "properties.provisioning_state": "Succeeded"})
    rows.shows("it stays so", lambda: pools.get(*of, "work"), scaled)
    drive_refusals(pools, rows, put, *of)
    remove(pools, rows, put, *of)


def drive_refusals(pools, rows, put, *of):
    more = {**WORK, "enable_auto_scaling": False, "min_count": None, "max_count": None}
    for what, call, code, text in [
        (
            "its machines stay",
            put("work", **{**more, "vm_size": "Standard_D8s_v5"}),
            "PropertyChangeNotAllowed",
            "vmSize",
        ),
        ("its disks stay", put("work", **{**more, "os_disk_size_gb": 256}), "PropertyChangeNotAllowed", "osDiskSizeGB"),
        ("its name is right", put("work-er", **WORK), "InvalidParameter", "agentPool.name"),
        ("its name is short", put("a" * 13, **WORK), "InvalidParameter", "agentPool.name"),
        (
            "it is not above its cluster",
            put("other", **{**more, "orchestrator_version": "1.34"}),
            "NodePoolMcVersionIncompatible",
            "1.34",
        ),
        ("its least is not above its most", put("other", **{**WORK, "min_count": 6}), "InvalidParameter", "minCount"),
        (
            "its taints have an effect",
            put("other", **{**WORK, "node_taints": ["for=work"]}),
            "InvalidParameter",
            "nodeTaints",
        ),
        ("the last system pool stays", lambda: pools.begin_delete(*of, "system"), "InvalidParameter", "system"),
    ]:
        rows.refused(what, call, 400, code, text)
    group, cluster = of
    pool = AgentPool(**WORK)
    rows.refused(
        "its cluster is there",
        lambda: pools.begin_create_or_update(group, "sdk-no-cluster", "work", pool),
        404,
        "ParentResourceNotFound",
    )
    rows.refused(
        "its group is there",
        lambda: pools.begin_create_or_update("sdk-no-group", cluster, "work", pool),
        404,
        "ResourceGroupNotFound",
    )


def remove(pools, rows, put, *of):
    deletion = lambda: pools.begin_delete(*of, "work", ignore_pod_disruption_budget=True)
    begun = rows.shows("it begins to go", lambda: [deletion()])
    rows.shows("it goes", lambda: pools.get(*of, "work"), {"properties.provisioning_state": "Deleting"})
    rows.refused(
        "nothing else is done meanwhile", put("other", **WORK), 409, "OperationNotAllowed", "(Deleting) is in progress"
    )
    rows.shows("it goes to the end", lambda: begun[0])
    rows.gone("it is gone", lambda: pools.get(*of, "work"))
    rows.shows("it goes again", lambda: pools.begin_delete(*of, "work"))
