//! The fields of messages by their numbers.

/// The fields of a message.
pub(super) type Message = &'static [Field];

pub(super) struct Field {
    pub(super) number: u64,
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) repeated: bool,
}

/// What a field holds.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// Left out when it is empty.
    Text,
    /// Also an empty one says something.
    AnyText,
    Bytes,
    /// Also zero says something.
    Number,
    /// Left out when it is zero.
    CountedNumber,
    /// Also false says something.
    Flag,
    /// Left out when it is false.
    SetFlag,
    Time,
    /// JSON in bytes.
    Raw,
    NumberOrText,
    Quantity,
    Map,
    BytesMap,
    QuantityMap,
    Inner(Message),
    /// What only a server says.
    LeftOut,
}

const fn one(number: u64, name: &'static str, shape: Shape) -> Field {
    Field { number, name, shape, repeated: false }
}

const fn many(number: u64, name: &'static str, shape: Shape) -> Field {
    Field { number, name, shape, repeated: true }
}

pub(super) const KINDS: &[(&str, Message)] = &[
    ("ClusterRole", ROLE),
    ("ClusterRoleBinding", ROLE_BINDING),
    ("ConfigMap", CONFIG_MAP),
    ("DeleteOptions", DELETE_OPTIONS),
    ("Deployment", DEPLOYMENT),
    ("Eviction", EVICTION),
    ("Job", JOB),
    ("Namespace", NAMESPACE),
    ("Pod", POD),
    ("Role", ROLE),
    ("RoleBinding", ROLE_BINDING),
    ("Scale", SCALE),
    ("Secret", SECRET),
    ("SelfSubjectAccessReview", REVIEW),
    ("Service", SERVICE),
    ("ServiceAccount", SERVICE_ACCOUNT),
];

pub(super) const ENVELOPE: Message = &[
    one(1, "typeMeta", Shape::Inner(TYPE_META)),
    one(2, "raw", Shape::Bytes),
    one(3, "contentEncoding", Shape::Text),
    one(4, "contentType", Shape::Text),
];

const TYPE_META: Message = &[one(1, "apiVersion", Shape::Text), one(2, "kind", Shape::Text)];

pub(super) const TIME: Message = &[one(1, "seconds", Shape::Number), one(2, "nanos", Shape::Number)];

pub(super) const RAW: Message = &[one(1, "raw", Shape::Bytes)];

pub(super) const NUMBER_OR_TEXT: Message =
    &[one(1, "type", Shape::Number), one(2, "number", Shape::Number), one(3, "text", Shape::AnyText)];

pub(super) const QUANTITY: Message = &[one(1, "string", Shape::Text)];

pub(super) const TEXT_ENTRY: Message = &[one(1, "key", Shape::Text), one(2, "value", Shape::AnyText)];

pub(super) const BYTES_ENTRY: Message = &[one(1, "key", Shape::Text), one(2, "value", Shape::Bytes)];

pub(super) const QUANTITY_ENTRY: Message = &[one(1, "key", Shape::Text), one(2, "value", Shape::Quantity)];

const METADATA: Message = &[
    one(1, "name", Shape::Text),
    one(2, "generateName", Shape::Text),
    one(3, "namespace", Shape::Text),
    one(4, "selfLink", Shape::Text),
    one(5, "uid", Shape::Text),
    one(6, "resourceVersion", Shape::Text),
    one(7, "generation", Shape::CountedNumber),
    one(8, "creationTimestamp", Shape::Time),
    one(9, "deletionTimestamp", Shape::Time),
    one(10, "deletionGracePeriodSeconds", Shape::Number),
    one(11, "labels", Shape::Map),
    one(12, "annotations", Shape::Map),
    many(13, "ownerReferences", Shape::Inner(OWNER)),
    many(14, "finalizers", Shape::Text),
    many(17, "managedFields", Shape::Inner(MANAGED_FIELDS)),
];

const OWNER: Message = &[
    one(1, "kind", Shape::Text),
    one(3, "name", Shape::Text),
    one(4, "uid", Shape::Text),
    one(5, "apiVersion", Shape::Text),
    one(6, "controller", Shape::Flag),
    one(7, "blockOwnerDeletion", Shape::Flag),
];

const MANAGED_FIELDS: Message = &[
    one(1, "manager", Shape::Text),
    one(2, "operation", Shape::Text),
    one(3, "apiVersion", Shape::Text),
    one(4, "time", Shape::Time),
    one(6, "fieldsType", Shape::Text),
    one(7, "fieldsV1", Shape::Raw),
    one(8, "subresource", Shape::Text),
];

const SECRET: Message = &[
    one(1, "metadata", Shape::Inner(METADATA)),
    one(2, "data", Shape::BytesMap),
    one(3, "type", Shape::Text),
    one(4, "stringData", Shape::Map),
    one(5, "immutable", Shape::Flag),
];

const CONFIG_MAP: Message = &[
    one(1, "metadata", Shape::Inner(METADATA)),
    one(2, "data", Shape::Map),
    one(3, "binaryData", Shape::BytesMap),
    one(4, "immutable", Shape::Flag),
];

const NAMESPACE: Message = &[
    one(1, "metadata", Shape::Inner(METADATA)),
    one(2, "spec", Shape::Inner(NAMESPACE_SPEC)),
    one(3, "status", Shape::LeftOut),
];

const NAMESPACE_SPEC: Message = &[many(1, "finalizers", Shape::Text)];

const NAMED: Message = &[one(1, "name", Shape::Text)];

const SERVICE_ACCOUNT: Message = &[
    one(1, "metadata", Shape::Inner(METADATA)),
    many(2, "secrets", Shape::Inner(OBJECT)),
    many(3, "imagePullSecrets", Shape::Inner(NAMED)),
    one(4, "automountServiceAccountToken", Shape::Flag),
];

const OBJECT: Message = &[
    one(1, "kind", Shape::Text),
    one(2, "namespace", Shape::Text),
    one(3, "name", Shape::Text),
    one(4, "uid", Shape::Text),
    one(5, "apiVersion", Shape::Text),
    one(6, "resourceVersion", Shape::Text),
    one(7, "fieldPath", Shape::Text),
];

const DELETE_OPTIONS: Message = &[
    one(1, "gracePeriodSeconds", Shape::Number),
    one(2, "preconditions", Shape::Inner(PRECONDITIONS)),
    one(3, "orphanDependents", Shape::Flag),
    one(4, "propagationPolicy", Shape::Text),
    many(5, "dryRun", Shape::Text),
    one(6, "ignoreStoreReadErrorWithClusterBreakingPotential", Shape::Flag),
];

const PRECONDITIONS: Message = &[one(1, "uid", Shape::Text), one(2, "resourceVersion", Shape::Text)];

const EVICTION: Message =
    &[one(1, "metadata", Shape::Inner(METADATA)), one(2, "deleteOptions", Shape::Inner(DELETE_OPTIONS))];

const SCALE: Message = &[
    one(1, "metadata", Shape::Inner(METADATA)),
    one(2, "spec", Shape::Inner(SCALE_SPEC)),
    one(3, "status", Shape::Inner(SCALE_STATUS)),
];

const SCALE_SPEC: Message = &[one(1, "replicas", Shape::Number)];

const SCALE_STATUS: Message = &[one(1, "replicas", Shape::CountedNumber), one(2, "selector", Shape::Text)];

const SELECTOR: Message = &[one(1, "matchLabels", Shape::Map), many(2, "matchExpressions", Shape::Inner(REQUIREMENT))];

const REQUIREMENT: Message =
    &[one(1, "key", Shape::Text), one(2, "operator", Shape::Text), many(3, "values", Shape::Text)];

const DEPLOYMENT: Message = &[
    one(1, "metadata", Shape::Inner(METADATA)),
    one(2, "spec", Shape::Inner(DEPLOYMENT_SPEC)),
    one(3, "status", Shape::LeftOut),
];

const DEPLOYMENT_SPEC: Message = &[
    one(1, "replicas", Shape::Number),
    one(2, "selector", Shape::Inner(SELECTOR)),
    one(3, "template", Shape::Inner(TEMPLATE)),
    one(4, "strategy", Shape::Inner(STRATEGY)),
    one(5, "minReadySeconds", Shape::CountedNumber),
    one(6, "revisionHistoryLimit", Shape::Number),
    one(7, "paused", Shape::SetFlag),
    one(9, "progressDeadlineSeconds", Shape::Number),
];

const STRATEGY: Message = &[one(1, "type", Shape::Text)];

const NOTHING: Message = &[];

const TEMPLATE: Message = &[one(1, "metadata", Shape::Inner(METADATA)), one(2, "spec", Shape::Inner(POD_SPEC))];

const POD_SPEC: Message = &[
    many(2, "containers", Shape::Inner(CONTAINER)),
    one(3, "restartPolicy", Shape::Text),
    one(4, "terminationGracePeriodSeconds", Shape::Number),
    one(5, "activeDeadlineSeconds", Shape::Number),
    one(6, "dnsPolicy", Shape::Text),
    one(7, "nodeSelector", Shape::Map),
    one(8, "serviceAccountName", Shape::Text),
    one(9, "serviceAccount", Shape::Text),
    one(10, "nodeName", Shape::Text),
    one(11, "hostNetwork", Shape::SetFlag),
    one(12, "hostPID", Shape::SetFlag),
    one(13, "hostIPC", Shape::SetFlag),
    one(14, "securityContext", Shape::Inner(NOTHING)),
    many(15, "imagePullSecrets", Shape::Inner(NAMED)),
    one(16, "hostname", Shape::Text),
    one(17, "subdomain", Shape::Text),
    one(19, "schedulerName", Shape::Text),
    one(24, "priorityClassName", Shape::Text),
];

const CONTAINER: Message = &[
    one(1, "name", Shape::Text),
    one(2, "image", Shape::Text),
    many(3, "command", Shape::AnyText),
    many(4, "args", Shape::AnyText),
    one(5, "workingDir", Shape::Text),
    many(6, "ports", Shape::Inner(PORT)),
    many(7, "env", Shape::Inner(VARIABLE)),
    one(8, "resources", Shape::Inner(RESOURCES)),
    one(13, "terminationMessagePath", Shape::Text),
    one(14, "imagePullPolicy", Shape::Text),
    one(16, "stdin", Shape::SetFlag),
    one(17, "stdinOnce", Shape::SetFlag),
    one(18, "tty", Shape::SetFlag),
    one(20, "terminationMessagePolicy", Shape::Text),
];

const PORT: Message = &[
    one(1, "name", Shape::Text),
    one(2, "hostPort", Shape::CountedNumber),
    one(3, "containerPort", Shape::CountedNumber),
    one(4, "protocol", Shape::Text),
    one(5, "hostIP", Shape::Text),
];

const VARIABLE: Message = &[one(1, "name", Shape::Text), one(2, "value", Shape::Text)];

const RESOURCES: Message = &[one(1, "limits", Shape::QuantityMap), one(2, "requests", Shape::QuantityMap)];

const POD: Message = &[
    one(1, "metadata", Shape::Inner(METADATA)),
    one(2, "spec", Shape::Inner(POD_SPEC)),
    one(3, "status", Shape::LeftOut),
];

const JOB: Message = &[
    one(1, "metadata", Shape::Inner(METADATA)),
    one(2, "spec", Shape::Inner(JOB_SPEC)),
    one(3, "status", Shape::LeftOut),
];

const JOB_SPEC: Message = &[
    one(1, "parallelism", Shape::Number),
    one(2, "completions", Shape::Number),
    one(3, "activeDeadlineSeconds", Shape::Number),
    one(4, "selector", Shape::Inner(SELECTOR)),
    one(5, "manualSelector", Shape::Flag),
    one(6, "template", Shape::Inner(TEMPLATE)),
    one(7, "backoffLimit", Shape::Number),
    one(8, "ttlSecondsAfterFinished", Shape::Number),
    one(9, "completionMode", Shape::Text),
    one(10, "suspend", Shape::Flag),
];

const SERVICE: Message = &[
    one(1, "metadata", Shape::Inner(METADATA)),
    one(2, "spec", Shape::Inner(SERVICE_SPEC)),
    one(3, "status", Shape::LeftOut),
];

const SERVICE_SPEC: Message = &[
    many(1, "ports", Shape::Inner(SERVICE_PORT)),
    one(2, "selector", Shape::Map),
    one(3, "clusterIP", Shape::Text),
    one(4, "type", Shape::Text),
    many(5, "externalIPs", Shape::Text),
    one(7, "sessionAffinity", Shape::Text),
    one(8, "loadBalancerIP", Shape::Text),
    many(9, "loadBalancerSourceRanges", Shape::Text),
    one(10, "externalName", Shape::Text),
    one(11, "externalTrafficPolicy", Shape::Text),
    one(12, "healthCheckNodePort", Shape::CountedNumber),
    one(13, "publishNotReadyAddresses", Shape::SetFlag),
];

const SERVICE_PORT: Message = &[
    one(1, "name", Shape::Text),
    one(2, "protocol", Shape::Text),
    one(3, "port", Shape::CountedNumber),
    one(4, "targetPort", Shape::NumberOrText),
    one(5, "nodePort", Shape::CountedNumber),
    one(6, "appProtocol", Shape::Text),
];

const ROLE: Message = &[one(1, "metadata", Shape::Inner(METADATA)), many(2, "rules", Shape::Inner(RULE))];

const RULE: Message = &[
    many(1, "verbs", Shape::Text),
    many(2, "apiGroups", Shape::AnyText),
    many(3, "resources", Shape::Text),
    many(4, "resourceNames", Shape::Text),
    many(5, "nonResourceURLs", Shape::Text),
];

const ROLE_BINDING: Message = &[
    one(1, "metadata", Shape::Inner(METADATA)),
    many(2, "subjects", Shape::Inner(SUBJECT)),
    one(3, "roleRef", Shape::Inner(ROLE_REFERENCE)),
];

const SUBJECT: Message = &[
    one(1, "kind", Shape::Text),
    one(2, "apiGroup", Shape::Text),
    one(3, "name", Shape::Text),
    one(4, "namespace", Shape::Text),
];

const ROLE_REFERENCE: Message =
    &[one(1, "apiGroup", Shape::Text), one(2, "kind", Shape::Text), one(3, "name", Shape::Text)];

const REVIEW: Message = &[
    one(1, "metadata", Shape::Inner(METADATA)),
    one(2, "spec", Shape::Inner(REVIEWED)),
    one(3, "status", Shape::LeftOut),
];

const REVIEWED: Message =
    &[one(1, "resourceAttributes", Shape::Inner(OF_RESOURCE)), one(2, "nonResourceAttributes", Shape::Inner(OF_PATH))];

const OF_RESOURCE: Message = &[
    one(1, "namespace", Shape::Text),
    one(2, "verb", Shape::Text),
    one(3, "group", Shape::Text),
    one(4, "version", Shape::Text),
    one(5, "resource", Shape::Text),
    one(6, "subresource", Shape::Text),
    one(7, "name", Shape::Text),
];

const OF_PATH: Message = &[one(1, "path", Shape::Text), one(2, "verb", Shape::Text)];
