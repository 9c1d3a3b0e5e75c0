"""AKS: clusters and their pools of nodes."""

import yaml
from azure.core import MatchConditions
from azure.mgmt.containerservice.models import (
    AgentPoolMode,
    Code,
    ContainerServiceNetworkProfile,
    KubernetesSupportPlan,
    LoadBalancerSku,
    ManagedCluster,
    ManagedClusterAgentPoolProfile,
    ManagedClusterAutoUpgradeProfile,
    ManagedClusterIdentity,
    ManagedClusterOIDCIssuerProfile,
    ManagedClusterSecurityProfile,
    ManagedClusterSecurityProfileWorkloadIdentity,
    ManagedClusterSKU,
    ManagedClusterSKUTier,
    NetworkDataplane,
    NetworkPlugin,
    NetworkPluginMode,
    NodeOSUpgradeChannel,
    OSType,
    OutboundType,
    ResourceIdentityType,
    TagsObject,
    UpgradeChannel,
)

import groups
import pools
from clients import PLACE, SUBSCRIPTION, TENANT

GROUP = "sdk-clusters"
OF_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
CLUSTER = "sdk-cluster"
SIZE = "Standard_D4s_v5"


def cluster(pools, **given):
    given = {"dns_prefix": CLUSTER, "kubernetes_version": "1.33", **given}
    return ManagedCluster(
        location=PLACE,
        identity=ManagedClusterIdentity(type=ResourceIdentityType.SYSTEM_ASSIGNED),
        agent_pool_profiles=pools,
        **given,
    )


def system(**more):
    given = {"name": "system", "mode": AgentPoolMode.SYSTEM, "vm_size": SIZE, "count": 2, **more}
    return ManagedClusterAgentPoolProfile(**given)


def wanted():
    return cluster(
        [system(availability_zones=["1", "2"], node_labels={"team": "a"})],
        tags={"team": "a"},
        sku=ManagedClusterSKU(name="Base", tier=ManagedClusterSKUTier.STANDARD),
        oidc_issuer_profile=ManagedClusterOIDCIssuerProfile(enabled=True),
        security_profile=ManagedClusterSecurityProfile(
            workload_identity=ManagedClusterSecurityProfileWorkloadIdentity(enabled=True)
        ),
        network_profile=ContainerServiceNetworkProfile(
            network_plugin=NetworkPlugin.AZURE,
            network_plugin_mode=NetworkPluginMode.OVERLAY,
            pod_cidr="10.200.0.0/16",
        ),
        auto_upgrade_profile=ManagedClusterAutoUpgradeProfile(upgrade_channel=UpgradeChannel.PATCH),
    )


# How the cluster is told when it is there.
MADE = {
    "id": lambda id: id.lower() == f"{OF_GROUP}/providers/Microsoft.ContainerService/managedClusters/{CLUSTER}".lower(),
    "name": CLUSTER,
    "location": PLACE,
    "tags": {"team": "a"},
    "sku.tier": ManagedClusterSKUTier.STANDARD,
    "identity.type": ResourceIdentityType.SYSTEM_ASSIGNED,
    "identity.principal_id": str,
    "identity.tenant_id": TENANT,
    "e_tag": str,
    "properties.provisioning_state": "Succeeded",
    "properties.power_state.code": Code.RUNNING,
    "properties.kubernetes_version": "1.33",
    "properties.current_kubernetes_version": "1.33.4",
    "properties.dns_prefix": CLUSTER,
    "properties.fqdn": lambda name: name.startswith(f"{CLUSTER}-") and name.endswith(f".hcp.{PLACE}.azmk8s.io"),
    "properties.node_resource_group": f"MC_{GROUP}_{CLUSTER}_{PLACE}",
    "properties.enable_rbac": True,
    "properties.support_plan": KubernetesSupportPlan.KUBERNETES_OFFICIAL,
    "properties.max_agent_pools": 100,
    "properties.resource_uid": str,
    "properties.disable_local_accounts": False,
    "properties.service_principal_profile.client_id": "msi",
    "properties.storage_profile.disk_csi_driver.enabled": True,
    "properties.oidc_issuer_profile.enabled": True,
    "properties.oidc_issuer_profile.issuer_url": lambda url: url.startswith(
        f"https://{PLACE}.oic.prod-aks.azure.com/{TENANT}/"
    )
    and url.endswith("/"),
    "properties.security_profile.workload_identity.enabled": True,
    "properties.network_profile.network_plugin": NetworkPlugin.AZURE,
    "properties.network_profile.network_plugin_mode": NetworkPluginMode.OVERLAY,
    "properties.network_profile.network_dataplane": NetworkDataplane.AZURE,
    "properties.network_profile.pod_cidr": "10.200.0.0/16",
    "properties.network_profile.pod_cidrs": ["10.200.0.0/16"],
    "properties.network_profile.service_cidr": "10.0.0.0/16",
    "properties.network_profile.dns_service_ip": "10.0.0.10",
    "properties.network_profile.outbound_type": OutboundType.LOAD_BALANCER,
    "properties.network_profile.load_balancer_sku": LoadBalancerSku.STANDARD,
    "properties.network_profile.load_balancer_profile.managed_outbound_i_ps.count": 1,
    "properties.auto_upgrade_profile.upgrade_channel": UpgradeChannel.PATCH,
    "properties.auto_upgrade_profile.node_os_upgrade_channel": NodeOSUpgradeChannel.NODE_IMAGE,
    "properties.identity_profile.kubeletidentity.client_id": str,
    "properties.identity_profile.kubeletidentity.object_id": str,
    "properties.identity_profile.kubeletidentity.resource_id": lambda id: id.endswith(f"{CLUSTER}-agentpool"),
    "properties.agent_pool_profiles.0.name": "system",
    "properties.agent_pool_profiles.0.count": 2,
    "properties.agent_pool_profiles.0.mode": AgentPoolMode.SYSTEM,
    "properties.agent_pool_profiles.0.vm_size": SIZE,
    "properties.agent_pool_profiles.0.availability_zones": ["1", "2"],
    "properties.agent_pool_profiles.0.node_labels": {"team": "a"},
    "properties.agent_pool_profiles.0.max_pods": 250,
    "properties.agent_pool_profiles.0.os_type": OSType.LINUX,
    "properties.agent_pool_profiles.0.current_orchestrator_version": "1.33.4",
    "properties.agent_pool_profiles.0.provisioning_state": "Succeeded",
    "properties.agent_pool_profiles.0.power_state.code": Code.RUNNING,
}


def drive(clients, rows):
    groups.make(clients, rows, GROUP)
    clusters = clients.containerservice.managed_clusters
    drive_refusals(clusters, rows)
    make(clusters, rows)
    drive_credentials(clusters, rows)
    change(clusters, rows)
    pools.drive(clients.containerservice, rows, GROUP, CLUSTER)
    rows.shows("it goes", lambda: clusters.begin_delete(GROUP, CLUSTER))
    rows.gone("it is gone", lambda: clusters.get(GROUP, CLUSTER))
    rows.gone("its pools are gone", lambda: clients.containerservice.agent_pools.get(GROUP, CLUSTER, "system"))
    rows.shows("it goes again", lambda: clusters.begin_delete(GROUP, CLUSTER))
    groups.remove(clients, rows, GROUP)


def drive_refusals(clusters, rows):
    put = lambda given, name="sdk-other", group=GROUP: lambda: clusters.begin_create_or_update(group, name, given)
    pool = system()
    network = lambda **given: cluster([pool], network_profile=ContainerServiceNetworkProfile(**given))
    for what, call, code, text in [
        ("its name begins well", put(cluster([pool]), "-other"), "InvalidParameter", "resourceName"),
        ("its name is short enough", put(cluster([pool]), "a" * 64), "InvalidParameter", "resourceName"),
        ("its version is known", put(cluster([pool], kubernetes_version="1.12")), "K8sVersionNotSupported", "1.12"),
        ("its patch is known", put(cluster([pool], kubernetes_version="1.33.99")), "K8sVersionNotSupported", "1.33.99"),
        ("it has a prefix", put(cluster([pool], dns_prefix=None)), "InvalidParameter", "dnsPrefix"),
        ("its prefix is right", put(cluster([pool], dns_prefix="-a")), "InvalidParameter", "dnsPrefix"),
        ("it has pools", put(cluster([])), "InvalidParameter", "agentPoolProfiles"),
        ("it has a system pool", put(cluster([system(mode="User")])), "InvalidParameter", "system"),
        ("a pool's name is right", put(cluster([system(name="Pool")])), "InvalidParameter", "agentPool.name"),
        ("a pool has machines", put(cluster([system(vm_size="m7i.large")])), "InvalidParameter", "vmSize"),
        ("a system pool has nodes", put(cluster([system(count=0)])), "InvalidParameter", "count"),
        ("pods have 10 to 250 a node", put(cluster([system(max_pods=5)])), "InvalidRequestContent", "maxPods"),
        (
            "overlay is Azure's",
            put(network(network_plugin="kubenet", network_plugin_mode="overlay")),
            "InvalidParameter",
            "networkPluginMode",
        ),
        (
            "pods and services are apart",
            put(network(network_plugin="kubenet", pod_cidr="10.0.0.0/8")),
            "InvalidParameter",
            "podCidr",
        ),
        ("DNS is a service", put(network(dns_service_ip="10.1.0.10")), "InvalidParameter", "dnsServiceIP"),
        (
            "workload identity has an issuer",
            put(cluster([pool], security_profile={"workloadIdentity": {"enabled": True}})),
            "InvalidParameter",
            "OIDC issuer",
        ),
        (
            "its members are known",
            put({"location": PLACE, "properties": {"dnsPrefix": "a", "kubernetesVersions": "1.33"}}),
            "InvalidRequestContent",
            "kubernetesVersions",
        ),
    ]:
        rows.refused(what, call, 400, code, text)
    rows.refused("its group is there", put(cluster([pool]), group="sdk-no-group"), 404, "ResourceGroupNotFound")
    rows.gone("it is not there", lambda: clusters.get(GROUP, "sdk-other"))
    rows.gone("nor in a group that is not", lambda: clusters.get("sdk-no-group", "sdk-other"), "ResourceGroupNotFound")


def make(clusters, rows):
    begun = rows.shows("it begins to be made", lambda: [clusters.begin_create_or_update(GROUP, CLUSTER, wanted())])
    rows.soon(
        "it is not made at once",
        lambda: clusters.get(GROUP, CLUSTER),
        {"properties.provisioning_state": "Creating", "properties.oidc_issuer_profile.issuer_url": None},
    )
    busy = lambda: clusters.begin_create_or_update(GROUP, CLUSTER, wanted())
    rows.refused("one thing at a time", busy, 409, "OperationNotAllowed", "Another operation (Creating) is in progress")
    rows.shows("it is made", lambda: begun[0], MADE)
    rows.shows("it is read", lambda: clusters.get(GROUP, CLUSTER), MADE)
    rows.shows("its name has no case", lambda: clusters.get(GROUP.upper(), CLUSTER.upper()), MADE)
    rows.lists("it is in its group", lambda: clusters.list_by_resource_group(GROUP), CLUSTER, MADE)
    rows.lists("it is in the subscription", clusters.list, CLUSTER, MADE)
    rows.refused(
        "what is in no group is not listed",
        lambda: list(clusters.list_by_resource_group("sdk-no-group")),
        404,
        "ResourceGroupNotFound",
    )


def drive_credentials(clusters, rows):
    for whom, call, context in [
        ("clusterUser", clusters.list_cluster_user_credentials, CLUSTER),
        ("clusterAdmin", clusters.list_cluster_admin_credentials, f"{CLUSTER}-admin"),
        ("clusterMonitoringUser", clusters.list_cluster_monitoring_user_credentials, CLUSTER),
    ]:
        told = {"kubeconfigs.0.name": whom, "kubeconfigs.0.value": lambda value: len(value) > 100}
        found = rows.shows(f"the kubeconfig of {whom}", lambda call=call: call(GROUP, CLUSTER), told)
        config = yaml.safe_load(bytes(found.kubeconfigs[0].value))
        rows.holds(f"{whom}: it is one", (config["kind"], config["current-context"]) == ("Config", context))
        rows.holds(f"{whom}: it has a server", config["clusters"][0]["cluster"]["server"].startswith("http"))
        rows.holds(f"{whom}: it has a token", len(config["users"][0]["user"]["token"]) > 30)
    rows.gone("none of what is not there", lambda: clusters.list_cluster_user_credentials(GROUP, "sdk-other"))


def change(clusters, rows):
    read = lambda: clusters.get(GROUP, CLUSTER)
    tagged = {"tags": {"team": "b"}, "properties.provisioning_state": "Succeeded"}
    rows.shows(
        "its tags change", lambda: clusters.begin_update_tags(GROUP, CLUSTER, TagsObject(tags={"team": "b"})), tagged
    )
    rows.shows("nothing else did", read, {**MADE, **tagged})

    def put_back():
        cluster = read()
        cluster.properties.auto_upgrade_profile.upgrade_channel = UpgradeChannel.STABLE
        cluster.properties.agent_pool_profiles[0].count = 3
        cluster.sku.tier = ManagedClusterSKUTier.FREE
        return clusters.begin_create_or_update(
            GROUP, CLUSTER, cluster, etag=cluster.e_tag, match_condition=MatchConditions.IfNotModified
        )

    changed = {
        **MADE,
        **tagged,
        "properties.auto_upgrade_profile.upgrade_channel": UpgradeChannel.STABLE,
        "properties.agent_pool_profiles.0.count": 3,
        "sku.tier": ManagedClusterSKUTier.FREE,
    }
    rows.shows("it is read, changed and put back", put_back, changed)
    rows.shows("it stays so", read, changed)

    def put(of):
        def call():
            cluster = read()
            of(cluster.properties)
            return clusters.begin_create_or_update(GROUP, CLUSTER, cluster)

        return call

    def to(value, *path):
        def change(properties):
            for name in path[:-1]:
                properties = properties[int(name)] if isinstance(properties, list) else getattr(properties, name)
            setattr(properties, path[-1], value)

        return put(change)

    for what, call, code in [
        ("its prefix stays", to("other", "dns_prefix"), "PropertyChangeNotAllowed"),
        ("its plug-in stays", to("none", "network_profile", "network_plugin"), "PropertyChangeNotAllowed"),
        ("its group of nodes stays", to("other", "node_resource_group"), "PropertyChangeNotAllowed"),
        ("its issuer stays", to(False, "oidc_issuer_profile", "enabled"), "OIDCIssuerFeatureCannotBeDisabled"),
        ("its machines stay", to("Standard_D8s_v5", "agent_pool_profiles", "0", "vm_size"), "PropertyChangeNotAllowed"),
        ("a pool in it stays", to([system(name="other")], "agent_pool_profiles"), "InvalidParameter"),
    ]:
        rows.refused(what, call, 400, code)
    moved = ManagedCluster(location="northeurope", dns_prefix=CLUSTER)
    rows.refused(
        "it does not move",
        lambda: clusters.begin_create_or_update(GROUP, CLUSTER, moved),
        409,
        "InvalidResourceLocation",
    )
