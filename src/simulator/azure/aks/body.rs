//! What bodies of clusters and pools may have in them: what Microsoft's SDKs send, without what only the cloud writes.

use crate::simulator::azure::shape::{Member, Shape, may, must};

const ENABLED: Shape = Shape::Structure(&[may("enabled", Shape::Bool)]);
const MUST_BE_ENABLED: Shape = Shape::Structure(&[must("enabled", Shape::Bool)]);
const TEXTS: Shape = Shape::List(&Shape::Text);

pub(super) const CLUSTER: &[Member] = &[
    must("location", Shape::Text),
    may("tags", Shape::TextMap),
    may(
        "sku",
        Shape::Structure(&[
            may("name", Shape::Among(&["Base", "Automatic"])),
            may("tier", Shape::Among(&["Free", "Standard", "Premium"])),
        ]),
    ),
    may("kind", Shape::Text),
    may("extendedLocation", Shape::Any),
    may(
        "identity",
        Shape::Structure(&[
            may("type", Shape::Among(&["SystemAssigned", "UserAssigned", "None"])),
            may("userAssignedIdentities", Shape::Any),
            may("delegatedResources", Shape::Any),
        ]),
    ),
    may("properties", Shape::Structure(PROPERTIES)),
];

pub(super) const TAGS: &[Member] = &[may("tags", Shape::TextMap)];

const PROPERTIES: &[Member] = &[
    may("aadProfile", Shape::Structure(ENTRA)),
    may("addonProfiles", Shape::Any),
    may("agentPoolProfiles", Shape::List(&Shape::Structure(NAMED_POOL))),
    may("aiToolchainOperatorProfile", Shape::Any),
    may("apiServerAccessProfile", Shape::Structure(API_SERVER)),
    may("autoScalerProfile", Shape::Any),
    may("autoUpgradeProfile", Shape::Structure(AUTO_UPGRADE)),
    may("azureMonitorProfile", Shape::Any),
    may("bootstrapProfile", Shape::Any),
    may("disableLocalAccounts", Shape::Bool),
    may("diskEncryptionSetID", Shape::Text),
    may("dnsPrefix", Shape::Text),
    may("enableFIPS", Shape::Bool),
    may("enableRBAC", Shape::Bool),
    may("fqdnSubdomain", Shape::Text),
    may("hostedSystemProfile", Shape::Any),
    may("httpProxyConfig", Shape::Any),
    may("identityProfile", Shape::Any),
    may("ingressProfile", Shape::Any),
    may("kubernetesVersion", Shape::Text),
    may("linuxProfile", Shape::Any),
    may("metricsProfile", Shape::Any),
    may("networkProfile", Shape::Structure(NETWORK)),
    may("nodeProvisioningProfile", Shape::Any),
    may("nodeResourceGroup", Shape::Text),
    may("nodeResourceGroupProfile", Shape::Any),
    may("oidcIssuerProfile", ENABLED),
    may("podIdentityProfile", Shape::Any),
    may("privateLinkResources", Shape::Any),
    may("publicNetworkAccess", Shape::Among(&["Enabled", "Disabled"])),
    may("schedulerProfile", Shape::Any),
    may("securityProfile", Shape::Structure(SECURITY)),
    may("serviceMeshProfile", Shape::Any),
    may("servicePrincipalProfile", Shape::Any),
    may("storageProfile", Shape::Structure(STORAGE)),
    may("supportPlan", Shape::Among(&["KubernetesOfficial", "AKSLongTermSupport"])),
    may("upgradeSettings", Shape::Any),
    may("windowsProfile", Shape::Any),
    may("workloadAutoScalerProfile", Shape::Structure(AUTO_SCALERS)),
];

const ENTRA: &[Member] = &[
    may("adminGroupObjectIDs", TEXTS),
    may("clientAppID", Shape::Text),
    may("enableAzureRBAC", Shape::Bool),
    may("managed", Shape::Bool),
    may("serverAppID", Shape::Text),
    may("serverAppSecret", Shape::Text),
    may("tenantID", Shape::Text),
];

const API_SERVER: &[Member] = &[
    may("authorizedIPRanges", TEXTS),
    may("disableRunCommand", Shape::Bool),
    may("enablePrivateCluster", Shape::Bool),
    may("enablePrivateClusterPublicFQDN", Shape::Bool),
    may("enableVnetIntegration", Shape::Bool),
    may("privateDNSZone", Shape::Text),
    may("subnetId", Shape::Text),
];

const AUTO_UPGRADE: &[Member] = &[
    may("nodeOSUpgradeChannel", Shape::Among(&["None", "Unmanaged", "NodeImage", "SecurityPatch"])),
    may("upgradeChannel", Shape::Among(&["rapid", "stable", "patch", "node-image", "none"])),
];

const NETWORK: &[Member] = &[
    may("advancedNetworking", Shape::Any),
    may("dnsServiceIP", Shape::Text),
    may("ipFamilies", Shape::List(&Shape::Among(&["IPv4", "IPv6"]))),
    may("loadBalancerProfile", Shape::Any),
    may("loadBalancerSku", Shape::Among(&["standard", "basic"])),
    may("natGatewayProfile", Shape::Any),
    may("networkDataplane", Shape::Among(&["azure", "cilium"])),
    may("networkMode", Shape::Among(&["transparent", "bridge"])),
    may("networkPlugin", Shape::Among(&["azure", "kubenet", "none"])),
    may("networkPluginMode", Shape::Among(&["overlay"])),
    may("networkPolicy", Shape::Among(&["none", "calico", "azure", "cilium"])),
    may(
        "outboundType",
        Shape::Among(&[
            "loadBalancer",
            "userDefinedRouting",
            "managedNATGateway",
            "userAssignedNATGateway",
            "none",
            "block",
        ]),
    ),
    may("podCidr", Shape::Text),
    may("podCidrs", TEXTS),
    may("serviceCidr", Shape::Text),
    may("serviceCidrs", TEXTS),
    may("staticEgressGatewayProfile", ENABLED),
];

const SECURITY: &[Member] = &[
    may("azureKeyVaultKms", Shape::Any),
    may("customCATrustCertificates", TEXTS),
    may("defender", Shape::Any),
    may("imageCleaner", Shape::Any),
    may("kubernetesResourceObjectEncryptionProfile", Shape::Any),
    may("workloadIdentity", ENABLED),
];

const STORAGE: &[Member] = &[
    may("blobCSIDriver", ENABLED),
    may("diskCSIDriver", ENABLED),
    may("fileCSIDriver", ENABLED),
    may("snapshotController", ENABLED),
];

const AUTO_SCALERS: &[Member] = &[may("keda", MUST_BE_ENABLED), may("verticalPodAutoscaler", MUST_BE_ENABLED)];

/// A pool on its own, with its name in the path.
pub(super) const POOL: &[Member] = &[may("properties", Shape::Structure(POOL_PROPERTIES))];

/// What a pool has on its own and in its cluster's body, where its name is with it.
macro_rules! pool_members {
    ($($more:expr),*) => {
        &[
            $($more,)*
            may("artifactStreamingProfile", Shape::Any),
            may("availabilityZones", TEXTS),
            may("capacityReservationGroupID", Shape::Text),
            may("count", Shape::Integer(0, 1000)),
            may("creationData", Shape::Any),
            may("enableAutoScaling", Shape::Bool),
            may("enableEncryptionAtHost", Shape::Bool),
            may("enableFIPS", Shape::Bool),
            may("enableNodePublicIP", Shape::Bool),
            may("enableUltraSSD", Shape::Bool),
            may("gatewayProfile", Shape::Any),
            may("gpuInstanceProfile", Shape::Text),
            may("gpuProfile", Shape::Any),
            may("hostGroupID", Shape::Text),
            may("kubeletConfig", Shape::Any),
            may("kubeletDiskType", Shape::Among(&["OS", "Temporary"])),
            may("linuxOSConfig", Shape::Any),
            may("localDNSProfile", Shape::Any),
            may("maxCount", Shape::Integer(0, 1000)),
            may("maxPods", Shape::Integer(10, 250)),
            may("messageOfTheDay", Shape::Text),
            may("minCount", Shape::Integer(0, 1000)),
            may("mode", Shape::Among(&["System", "User", "Gateway"])),
            may("networkProfile", Shape::Any),
            may("nodeImageVersion", Shape::Text),
            may("nodeLabels", Shape::TextMap),
            may("nodePublicIPPrefixID", Shape::Text),
            may("nodeTaints", TEXTS),
            may("orchestratorVersion", Shape::Text),
            may("osDiskSizeGB", Shape::Integer(0, 2048)),
            may("osDiskType", Shape::Among(&["Managed", "Ephemeral"])),
            may("osSKU", Shape::Among(&["Ubuntu", "Ubuntu2204", "Ubuntu2404", "AzureLinux", "AzureLinux3",
                "AzureContainerLinux", "CBLMariner", "Windows2019", "Windows2022", "Windows2025"])),
            may("osType", Shape::Among(&["Linux", "Windows"])),
            may("podIPAllocationMode", Shape::Text),
            may("podSubnetID", Shape::Text),
            may("powerState", Shape::Any),
            may("proximityPlacementGroupID", Shape::Text),
            may("scaleDownMode", Shape::Among(&["Delete", "Deallocate"])),
            may("scaleSetEvictionPolicy", Shape::Among(&["Delete", "Deallocate"])),
            may("scaleSetPriority", Shape::Among(&["Spot", "Regular"])),
            may("securityProfile", Shape::Any),
            may("spotMaxPrice", Shape::Any),
            may("tags", Shape::TextMap),
            may("type", Shape::Among(&["VirtualMachineScaleSets", "AvailabilitySet", "VirtualMachines"])),
            may("upgradeSettings", Shape::Structure(UPGRADES)),
            may("virtualMachinesProfile", Shape::Any),
            may("vmSize", Shape::Text),
            may("vnetSubnetID", Shape::Text),
            may("windowsProfile", Shape::Any),
            may("workloadRuntime", Shape::Text),
        ]
    };
}

const POOL_PROPERTIES: &[Member] = pool_members!();
const NAMED_POOL: &[Member] = pool_members!(must("name", Shape::Text));

const UPGRADES: &[Member] = &[
    may("drainTimeoutInMinutes", Shape::Integer(1, 1440)),
    may("maxSurge", Shape::Text),
    may("maxUnavailable", Shape::Text),
    may("nodeSoakDurationInMinutes", Shape::Integer(0, 30)),
    may("undrainableNodeBehavior", Shape::Among(&["Cordon", "Schedule"])),
];
