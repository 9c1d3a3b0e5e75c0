//! The policies AWS keeps for everyone: some of them, with what they allow in short.

use serde_json::json;

pub(super) struct Managed {
    path: &'static str,
    pub(super) name: &'static str,
    actions: &'static [&'static str],
}

/// 2015-02-06, when AWS made the first of them.
pub(super) const MADE_MS: u64 = 1_423_180_800_000;
pub(super) const PREFIX: &str = "arn:aws:iam::aws:policy";

const fn policy(name: &'static str, actions: &'static [&'static str]) -> Managed {
    Managed { path: "/", name, actions }
}

const fn role(name: &'static str, actions: &'static [&'static str]) -> Managed {
    Managed { path: "/service-role/", name, actions }
}

const PULL: &[&str] = &["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

pub(super) const ALL: &[Managed] = &[
    policy("AdministratorAccess", &["*"]),
    policy("AmazonEC2ContainerRegistryPullOnly", PULL),
    policy("AmazonEC2ContainerRegistryReadOnly", PULL),
    policy("AmazonEKSBlockStoragePolicy", &["ec2:CreateVolume", "ec2:DeleteVolume"]),
    policy("AmazonEKSClusterPolicy", &["ec2:*", "elasticloadbalancing:*", "kms:DescribeKey"]),
    policy("AmazonEKSComputePolicy", &["ec2:RunInstances", "ec2:CreateFleet"]),
    policy("AmazonEKSFargatePodExecutionRolePolicy", PULL),
    policy("AmazonEKSLoadBalancingPolicy", &["elasticloadbalancing:*"]),
    policy("AmazonEKSNetworkingPolicy", &["ec2:CreateNetworkInterface"]),
    policy("AmazonEKSServicePolicy", &["ec2:DescribeSubnets", "eks:UpdateClusterVersion"]),
    policy("AmazonEKSVPCResourceController", &["ec2:CreateNetworkInterface"]),
    policy("AmazonEKSWorkerNodeMinimalPolicy", &["ec2:DescribeInstances", "eks-auth:AssumeRoleForPodIdentity"]),
    policy("AmazonEKSWorkerNodePolicy", &["ec2:DescribeInstances", "eks:DescribeCluster"]),
    policy("AmazonEKS_CNI_Policy", &["ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface"]),
    policy("AmazonS3ReadOnlyAccess", &["s3:Get*", "s3:List*"]),
    policy("AmazonSQSFullAccess", &["sqs:*"]),
    policy("AmazonSQSReadOnlyAccess", &["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueues"]),
    policy("AmazonSSMManagedInstanceCore", &["ssm:UpdateInstanceInformation", "ssmmessages:*", "ec2messages:*"]),
    policy("CloudWatchAgentServerPolicy", &["cloudwatch:PutMetricData", "logs:PutLogEvents"]),
    policy("PowerUserAccess", &["*"]),
    policy("ReadOnlyAccess", &["*:Get*"]),
    role("AmazonEBSCSIDriverPolicy", &["ec2:CreateVolume", "ec2:AttachVolume", "ec2:DeleteVolume"]),
    role("AmazonEFSCSIDriverPolicy", &["elasticfilesystem:DescribeAccessPoints"]),
];

impl Managed {
    pub(super) fn find(arn: &str) -> Option<&'static Managed> {
        ALL.iter().find(|policy| policy.arn() == arn)
    }

    pub(super) fn arn(&self) -> String {
        format!("{PREFIX}{}{}", self.path, self.name)
    }

    pub(super) fn path(&self) -> &'static str {
        self.path
    }

    pub(super) fn document(&self) -> String {
        let statement = json!({"Effect": "Allow", "Action": self.actions, "Resource": "*"});
        json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    }
}
