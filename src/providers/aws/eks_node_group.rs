//! `aws.eks_node_group`: machines of a cluster that EKS makes, keeps in number and replaces.
//!
//! Pure: the calls are in `calls`, and how fields and EKS's forms belong together in `parts`.

mod calls;
mod parts;

use std::collections::BTreeMap;
use std::time::Duration;

use super::{eks, eks_entrance, ownership};
use crate::provider::{Field, FieldType, Finding, Operation, Output, ResourceType, Schema, Text};
use crate::value::{Attributes, Kind, Path, Value};

const MINUTE: Duration = Duration::from_secs(60);
const MOST_TAINTS: usize = 50;

const AMI_TYPES: &[&str] = &[
    "AL2023_ARM_64_NVIDIA",
    "AL2023_ARM_64_STANDARD",
    "AL2023_x86_64_NEURON",
    "AL2023_x86_64_NVIDIA",
    "AL2023_x86_64_STANDARD",
    "AL2_ARM_64",
    "AL2_x86_64",
    "AL2_x86_64_GPU",
    "BOTTLEROCKET_ARM_64",
    "BOTTLEROCKET_ARM_64_FIPS",
    "BOTTLEROCKET_ARM_64_NVIDIA",
    "BOTTLEROCKET_ARM_64_NVIDIA_FIPS",
    "BOTTLEROCKET_x86_64",
    "BOTTLEROCKET_x86_64_FIPS",
    "BOTTLEROCKET_x86_64_NVIDIA",
    "BOTTLEROCKET_x86_64_NVIDIA_FIPS",
    "CUSTOM",
    "WINDOWS_CORE_2019_x86_64",
    "WINDOWS_CORE_2022_x86_64",
    "WINDOWS_CORE_2025_x86_64",
    "WINDOWS_FULL_2019_x86_64",
    "WINDOWS_FULL_2022_x86_64",
    "WINDOWS_FULL_2025_x86_64",
];

pub(super) struct EksNodeGroup {
    schema: Schema,
}

impl EksNodeGroup {
    pub(super) fn new() -> Self {
        let outputs = vec![
            Output::new("arn", Kind::String, "Its name in policies"),
            Output::new("autoscaling_group", Kind::String, "The name of the EC2 Auto Scaling group behind it"),
        ];
        Self { schema: Schema { spec: fields(), outputs } }
    }
}

impl ResourceType for EksNodeGroup {
    fn name(&self) -> &'static str {
        "aws.eks_node_group"
    }

    fn doc(&self) -> &'static str {
        "A managed node group: EC2 machines that are nodes of an EKS cluster."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let mut findings = ownership::check(spec, ownership::Tagging::Eks);
        findings.extend(eks::at_least(spec, "subnet_ids", 1, "a node group needs a subnet"));
        findings.extend(eks::at_least(spec, "instance_types", 1, "name an instance type, or leave the field out"));
        findings.extend(check_scaling(spec));
        findings.extend(check_labels(spec));
        findings.extend(check_update_config(spec));
        findings.extend(check_launch_template(spec));
        let taints = spec.get("taints").and_then(Value::as_list).map_or(0, <[Value]>::len);
        if taints > MOST_TAINTS {
            let message = format!("{taints} taints: a node group takes {MOST_TAINTS}");
            findings.push(Finding::new("aws/too-many-taints", Path::field("taints"), message));
        }
        findings
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        eks::inside(spec, self.identity_fields())
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["cluster", "name"]
    }

    fn scope_settings(&self) -> &'static [&'static str] {
        &["account", "region"]
    }

    /// A node group stays with its launch template, and takes other versions of it.
    fn also_replaces(&self, before: &Attributes, desired: &Attributes) -> Vec<Path> {
        const FIELD: &str = "launch_template";
        let of = |part: &str| (eks::part(before, FIELD, part), eks::part(desired, FIELD, part));
        let another = ["id", "name"].into_iter().find(|part| matches!(of(part), (Some(old), Some(new)) if old != new));
        let path = match (before.contains_key(FIELD), desired.contains_key(FIELD)) {
            (true, true) => another.map(|part| Path::field(FIELD).key(part)),
            (had, has) => (had != has).then(|| Path::field(FIELD)),
        };
        path.into_iter().collect()
    }

    fn visible_after(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn shown_after_deletion(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn completes<'a>(&self, spec: &'a Attributes) -> Option<(&'static str, &'a str)> {
        Some((eks_entrance::KIND, spec.get("cluster")?.as_str()?))
    }

    fn expected(&self, operation: Operation) -> Duration {
        match operation {
            Operation::Create => 3 * MINUTE,
            Operation::Update => 5 * MINUTE,
            Operation::Delete => 4 * MINUTE,
        }
    }

    fn timeout(&self, operation: Operation) -> Duration {
        match operation {
            Operation::Create | Operation::Delete => 60 * MINUTE,
            // A new version drains every node, one after the other.
            Operation::Update => 120 * MINUTE,
        }
    }
}

fn fields() -> Vec<Field> {
    let name = FieldType::pattern(
        r"[0-9A-Za-z][A-Za-z0-9_-]{0,62}",
        "a node group's name has 1 to 63 letters, digits, `-` and `_`, and starts with a letter or a digit",
    );
    let instance_type = FieldType::pattern(r"[a-z0-9-]+\.[a-z0-9-]+", "an EC2 instance type, such as m7g.large");
    vec![
        Field::new("cluster", eks::cluster_name(), "The name of its cluster").required().replaces(),
        Field::new("name", name, "Its name, unique in the cluster").required().replaces(),
        Field::new("node_role_arn", eks::role_arn(), "The ARN of the role its machines act as").required().replaces(),
        Field::new("subnet_ids", FieldType::set(eks::subnet_id()), "The subnets its machines are in")
            .required()
            .replaces(),
        Field::new("instance_types", FieldType::list(instance_type), "What machines to take, the preferred ones first")
            .replaces(),
        Field::new(
            "capacity_type",
            FieldType::one_of(&["CAPACITY_BLOCK", "ON_DEMAND", "SPOT"]),
            "How its machines are paid for",
        )
        .replaces(),
        Field::new("ami_type", FieldType::one_of(AMI_TYPES), "What its machines run").replaces(),
        Field::new("disk_size", FieldType::Integer { min: 1, max: 16_384 }, "The disk of each machine, in GiB")
            .replaces(),
        scaling(),
        Field::new(
            "labels",
            FieldType::map(FieldType::String(Text { max: Some(63), ..Text::default() })),
            "Kubernetes labels of its nodes",
        )
        .default(Value::Map(BTreeMap::new())),
        Field::new("taints", FieldType::set(taint()), "Kubernetes taints of its nodes")
            .default(Value::List(Vec::new())),
        update_config(),
        Field::new(
            "version",
            eks::kubernetes_version(),
            "The Kubernetes version of its nodes, in quotes; it is raised one minor version at a time and never lowered",
        ),
        launch_template(),
        ownership::field(),
    ]
}

fn scaling() -> Field {
    let nodes = |min| FieldType::Integer { min, max: 10_000 };
    let fields = vec![
        Field::new("min", nodes(0), "The fewest nodes").required(),
        Field::new("max", nodes(1), "The most nodes").required(),
        Field::new(
            "desired",
            nodes(0),
            "How many nodes it starts with, `min` if left out; later an autoscaler's number stays, until this is changed",
        ),
    ];
    Field::new("scaling", FieldType::Object(fields), "How many nodes there are").required()
}

fn taint() -> FieldType {
    let text = |min| FieldType::String(Text { min, max: Some(63), ..Text::default() });
    FieldType::Object(vec![
        Field::new("key", text(1), "Its key").required(),
        Field::new("value", text(0), "Its value").default(""),
        Field::new(
            "effect",
            FieldType::one_of(&["NO_EXECUTE", "NO_SCHEDULE", "PREFER_NO_SCHEDULE"]),
            "What happens to pods that do not tolerate it",
        )
        .required(),
    ])
}

fn update_config() -> Field {
    let number = FieldType::Integer { min: 1, max: 100 };
    let fields = vec![
        Field::new("max_unavailable", number.clone(), "So many"),
        Field::new("max_unavailable_percentage", number, "So many of a hundred"),
    ];
    Field::new("update_config", FieldType::Object(fields), "How many nodes an update takes away at a time")
}

fn launch_template() -> Field {
    let id = FieldType::pattern("lt-[0-9a-z]+", "the id of a launch template, such as lt-0a1b");
    let name = FieldType::String(Text { min: 3, max: Some(128), ..Text::default() });
    let version = FieldType::pattern("[1-9][0-9]*", "the number of a version, in quotes");
    let fields = vec![
        Field::new("id", id, "Its id, or give its name"),
        Field::new("name", name, "Its name, or give its id"),
        Field::new("version", version, "Which version of it").required(),
    ];
    Field::new(
        "launch_template",
        FieldType::Object(fields),
        "What its machines are made from; another version of it is rolled out, another template makes a new object",
    )
}

fn check_scaling(spec: &Attributes) -> Option<Finding> {
    let of = |part: &str| eks::part(spec, "scaling", part).and_then(Value::as_i64);
    let (min, max, desired) = (of("min"), of("max"), of("desired"));
    let at = Path::field("scaling");
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        return Some(Finding::new("aws/scaling", at.key("min"), format!("{min} is more than `max`, which is {max}")));
    }
    let desired = desired?;
    let outside = min.is_some_and(|min| desired < min) || max.is_some_and(|max| desired > max);
    outside.then(|| Finding::new("aws/scaling", at.key("desired"), format!("{desired} is not between `min` and `max`")))
}

fn check_labels(spec: &Attributes) -> Vec<Finding> {
    let labels = spec.get("labels").and_then(Value::as_map).into_iter().flatten();
    let wrong = labels.filter_map(|(key, value)| {
        let at = Path::field("labels").key(key);
        if !is_label_key(key) {
            let message = "a label's key has 1 to 63 letters, digits and `-_.`, and may have a domain and `/` before";
            let mut finding = Finding::new("aws/bad-label", at, message);
            finding.on_key = true;
            return Some(finding);
        }
        let text = value.as_str()?;
        let fits = text.is_empty() || is_label_name(text);
        let message = "a label's value has letters, digits and `-_.`, and starts and ends with a letter or a digit";
        (!fits).then(|| Finding::new("aws/bad-label", at, message))
    });
    wrong.collect()
}

fn is_label_key(key: &str) -> bool {
    let (domain, name) = key.rsplit_once('/').unwrap_or(("a", key));
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-.".contains(letter);
    is_label_name(name) && (1..=253).contains(&domain.len()) && domain.chars().all(fits)
}

fn is_label_name(text: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let ends = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    text.len() <= 63 && text.chars().all(fits) && ends(text.chars().next()) && ends(text.chars().next_back())
}

fn check_update_config(spec: &Attributes) -> Option<Finding> {
    let parts = spec.get("update_config")?.as_map()?;
    let message = "give one of `max_unavailable` and `max_unavailable_percentage`";
    (parts.len() != 1).then(|| Finding::new("aws/update-config", Path::field("update_config"), message))
}

fn check_launch_template(spec: &Attributes) -> Vec<Finding> {
    let Some(parts) = spec.get("launch_template").and_then(Value::as_map) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    if parts.contains_key("id") == parts.contains_key("name") {
        let message = "give either the `id` or the `name` of the launch template";
        findings.push(Finding::new("aws/launch-template", Path::field("launch_template"), message));
    }
    if spec.contains_key("disk_size") {
        let message = "with a launch template the disk is in the template";
        findings.push(Finding::new("aws/launch-template", Path::field("disk_size"), message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{difference, normalise};
    use serde_json::json;

    fn spec(with: serde_json::Value) -> (Attributes, Vec<Finding>) {
        let group = EksNodeGroup::new();
        let role = "arn:aws:iam::123456789012:role/nodes";
        let mut spec = json!({"cluster": "main", "name": "workers", "node_role_arn": role,
                              "subnet_ids": ["subnet-a"], "scaling": {"min": 1, "max": 3}});
        spec.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        let Value::Map(spec) = Value::from(spec) else { panic!("a map") };
        let (normal, mut findings) = normalise(&group.schema.spec, &spec, &Path::default());
        findings.extend(group.check(&normal));
        (normal, findings)
    }

    fn fine(with: serde_json::Value) -> Attributes {
        let (normal, findings) = spec(with);
        assert_eq!(findings, []);
        normal
    }

    #[test]
    fn what_fits_is_taken() {
        let normal = fine(json!({
            "instance_types": ["m7g.large", "m6g.large"], "capacity_type": "SPOT", "ami_type": "AL2023_ARM_64_STANDARD",
            "disk_size": 50, "scaling": {"min": 0, "max": 10, "desired": 2}, "version": "1.33",
            "labels": {"team": "a", "example.com/pool": ""}, "update_config": {"max_unavailable_percentage": 33},
            "taints": [{"key": "dedicated", "value": "video", "effect": "NO_SCHEDULE"}],
        }));
        assert_eq!(EksNodeGroup::new().identity(&normal).as_deref(), Some("main/workers"));
        fine(json!({"launch_template": {"id": "lt-1", "version": "3"}}));
    }

    #[test]
    fn what_does_not_fit_is_found_where_it_stands() {
        let taint = |index: usize| json!({"key": format!("k{index}"), "effect": "NO_SCHEDULE"});
        let cases = [
            (json!({"name": "a".repeat(64)}), "stack/bad-pattern", "name"),
            (json!({"subnet_ids": []}), "aws/too-few", "subnet_ids"),
            (json!({"instance_types": ["large"]}), "stack/bad-pattern", "instance_types[0]"),
            (json!({"scaling": {"min": 4, "max": 3}}), "aws/scaling", "scaling.min"),
            (json!({"scaling": {"min": 1, "max": 3, "desired": 4}}), "aws/scaling", "scaling.desired"),
            (json!({"scaling": {"min": 1, "max": 0}}), "stack/out-of-range", "scaling.max"),
            (json!({"labels": {"a b": "c"}}), "aws/bad-label", "labels.a b"),
            (json!({"labels": {"a": "-c"}}), "aws/bad-label", "labels.a"),
            (json!({"taints": [{"key": "a", "effect": "NoSchedule"}]}), "stack/not-one-of", "taints[0].effect"),
            (json!({"taints": (0..51).map(taint).collect::<Vec<_>>()}), "aws/too-many-taints", "taints"),
            (json!({"update_config": {}}), "aws/update-config", "update_config"),
            (json!({"update_config": {"max_unavailable": 0}}), "stack/out-of-range", "update_config.max_unavailable"),
            (
                json!({"update_config": {"max_unavailable": 1, "max_unavailable_percentage": 1}}),
                "aws/update-config",
                "update_config",
            ),
            (json!({"version": 1.33}), "stack/wrong-type", "version"),
            (json!({"launch_template": {"version": "1"}}), "aws/launch-template", "launch_template"),
            (
                json!({"launch_template": {"id": "lt-1", "version": "$Latest"}}),
                "stack/bad-pattern",
                "launch_template.version",
            ),
            (
                json!({"launch_template": {"id": "lt-1", "version": "1"}, "disk_size": 20}),
                "aws/launch-template",
                "disk_size",
            ),
        ];
        for (with, code, path) in cases {
            let findings = spec(with.clone()).1;
            let found: Vec<_> = findings.iter().map(|one| (one.code, one.path.to_string())).take(1).collect();
            assert_eq!(found, [(code, path.replace("labels.a b", "labels[\"a b\"]"))], "{with}");
        }
    }

    #[test]
    fn machines_of_another_kind_need_a_new_group() {
        let template = |id: &str, version: &str| json!({"launch_template": {"id": id, "version": version}});
        let cases = [
            (json!({}), json!({"scaling": {"min": 2, "max": 3}}), ""),
            (json!({"version": "1.32"}), json!({"version": "1.33"}), ""),
            (json!({}), json!({"labels": {"a": "b"}}), ""),
            (json!({}), json!({"subnet_ids": ["subnet-b"]}), "subnet_ids"),
            (json!({"disk_size": 20}), json!({"disk_size": 30}), "disk_size"),
            (json!({"ami_type": "AL2_x86_64"}), json!({"ami_type": "CUSTOM"}), "ami_type"),
            (template("lt-1", "1"), template("lt-1", "2"), ""),
            (template("lt-1", "1"), template("lt-2", "1"), "launch_template.id"),
            (template("lt-1", "1"), json!({"launch_template": {"name": "abc", "version": "1"}}), ""),
            (template("lt-1", "1"), json!({}), "launch_template"),
            (json!({}), template("lt-1", "1"), "launch_template"),
        ];
        for (before, after, replaced) in cases {
            let difference = difference(&EksNodeGroup::new(), &fine(before), &fine(after.clone()));
            let because: Vec<_> = difference.replace_because.iter().map(ToString::to_string).collect();
            assert!(!difference.changes.is_empty(), "{after}");
            assert_eq!(because.join(" "), replaced, "{after}");
        }
    }
}
