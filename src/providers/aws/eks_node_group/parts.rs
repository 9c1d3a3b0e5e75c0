//! A node group's fields in EKS's forms, and back; and what of them has to change.
//!
//! Makes no calls.

use std::collections::HashMap;

use aws_sdk_eks::types::{
    LaunchTemplateSpecification, Nodegroup, NodegroupScalingConfig, NodegroupUpdateConfig, Taint, TaintEffect,
    UpdateLabelsPayload, UpdateTaintsPayload,
};

use super::super::eks;
use crate::provider::{Condition, ErrorKind, ProviderError, Target};
use crate::value::{Attributes, Value};

/// What a node group needs to say when an update takes nodes away and the spec does not.
const ONE_AT_A_TIME: i32 = 1;

pub(super) fn status(group: &Nodegroup) -> &str {
    group.status().map_or("", |status| status.as_str())
}

pub(super) fn issues(group: &Nodegroup) -> String {
    let issues = group.health().map(|health| health.issues()).unwrap_or_default();
    eks::told(issues.iter().map(|issue| (issue.code().map(|code| code.as_str()), issue.message())))
}

pub(super) fn condition(group: &Nodegroup) -> Condition {
    eks::condition(status(group), &issues(group))
}

pub(super) fn read(group: &Nodegroup, target: &Target<'_>) -> Attributes {
    let (cluster, name) = eks::halves(target);
    let instance_types = Some(group.instance_types()).filter(|types| !types.is_empty());
    let scaling_group = group.resources().and_then(|resources| resources.auto_scaling_groups().first());
    eks::map([
        eks::entry("cluster", Some(cluster)),
        eks::entry("name", Some(name)),
        eks::entry("node_role_arn", group.node_role()),
        eks::entry("subnet_ids", Some(eks::set(group.subnets()))),
        eks::entry("instance_types", instance_types.map(<[String]>::to_vec)),
        eks::entry("capacity_type", group.capacity_type().map(|kind| kind.as_str())),
        eks::entry("ami_type", group.ami_type().map(|kind| kind.as_str())),
        eks::entry("disk_size", group.disk_size().map(i64::from)),
        eks::entry("scaling", group.scaling_config().map(|config| read_scaling(config, target))),
        eks::entry("labels", Some(read_labels(group))),
        eks::entry("taints", Some(eks::sorted(group.taints().iter().map(read_taint)))),
        eks::entry("update_config", group.update_config().map(read_update_config)),
        eks::entry("version", group.version()),
        eks::entry("launch_template", group.launch_template().map(|template| read_template(template, target))),
        eks::entry("arn", group.nodegroup_arn()),
        eks::entry("autoscaling_group", scaling_group.and_then(|group| group.name())),
    ])
}

/// How many nodes there are is an autoscaler's to say, so what was last asked for is shown, and never counts as drift.
fn read_scaling(config: &NodegroupScalingConfig, target: &Target<'_>) -> Value {
    let number = |number: Option<i32>| number.map(i64::from);
    Value::Map(eks::map([
        eks::entry("min", number(config.min_size())),
        eks::entry("max", number(config.max_size())),
        eks::entry("desired", eks::part(target.recorded, "scaling", "desired").cloned()),
    ]))
}

fn read_labels(group: &Nodegroup) -> Value {
    let labels = group.labels().into_iter().flatten();
    Value::Map(labels.map(|(key, value)| (key.clone(), value.as_str().into())).collect())
}

fn read_taint(taint: &Taint) -> Value {
    Value::Map(eks::map([
        eks::entry("key", taint.key()),
        eks::entry("value", Some(taint.value().unwrap_or(""))),
        eks::entry("effect", taint.effect().map(|effect| effect.as_str())),
    ]))
}

fn read_update_config(config: &NodegroupUpdateConfig) -> Value {
    Value::Map(eks::map([
        eks::entry("max_unavailable", config.max_unavailable().map(i64::from)),
        eks::entry("max_unavailable_percentage", config.max_unavailable_percentage().map(i64::from)),
    ]))
}

/// EKS tells both id and name, and the spec has the one it was written with.
fn read_template(template: &LaunchTemplateSpecification, target: &Target<'_>) -> Value {
    let by_name = eks::part(target.recorded, "launch_template", "name").is_some();
    let name = if by_name { eks::entry("name", template.name()) } else { eks::entry("id", template.id()) };
    Value::Map(eks::map([name, eks::entry("version", template.version())]))
}

/// Fewest, most and as many nodes as there should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scaling {
    pub(super) min: i32,
    pub(super) max: i32,
    pub(super) desired: i32,
}

impl Scaling {
    pub(super) fn for_create(desired: &Attributes) -> Option<Self> {
        let of = |part| eks::small(eks::part(desired, "scaling", part));
        let min = of("min")?;
        Some(Self { min, max: of("max")?, desired: of("desired").unwrap_or(min) })
    }

    fn of(config: &NodegroupScalingConfig) -> Option<Self> {
        Some(Self { min: config.min_size()?, max: config.max_size()?, desired: config.desired_size()? })
    }

    pub(super) fn wire(self) -> NodegroupScalingConfig {
        NodegroupScalingConfig::builder().min_size(self.min).max_size(self.max).desired_size(self.desired).build()
    }
}

/// The number of nodes moves if the stack says another number than before, or if it would be out of bounds.
pub(super) fn scaling(group: &Nodegroup, target: &Target<'_>, desired: &Attributes) -> Option<Scaling> {
    let asked = |fields: &Attributes| eks::small(eks::part(fields, "scaling", "desired"));
    let wanted = Scaling::for_create(desired)?;
    let now = group.scaling_config().and_then(Scaling::of);
    let nodes = match (asked(target.recorded), asked(desired)) {
        (Some(before), Some(after)) if before != after => after,
        _ => now.map_or(wanted.desired, |now| now.desired),
    };
    // `min` may not be above `max` here, which is checked, and a panic would be worse than an odd number.
    let scaling = Scaling { desired: nodes.min(wanted.max).max(wanted.min), ..wanted };
    (now != Some(scaling)).then_some(scaling)
}

pub(super) fn wanted_labels(desired: &Attributes) -> HashMap<String, String> {
    let labels = desired.get("labels").and_then(Value::as_map).into_iter().flatten();
    labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

pub(super) fn labels(group: &Nodegroup, desired: &Attributes) -> Option<UpdateLabelsPayload> {
    let (now, wanted) = (group.labels().cloned().unwrap_or_default(), wanted_labels(desired));
    let set: HashMap<_, _> = wanted.iter().filter(|(key, value)| now.get(*key) != Some(value)).collect();
    let mut removed: Vec<String> = now.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect();
    removed.sort();
    let set: HashMap<String, String> = set.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    (!set.is_empty() || !removed.is_empty()).then(|| {
        UpdateLabelsPayload::builder()
            .set_add_or_update_labels(Some(set).filter(|set| !set.is_empty()))
            .set_remove_labels(Some(removed).filter(|removed| !removed.is_empty()))
            .build()
    })
}

pub(super) fn wanted_taints(desired: &Attributes) -> Vec<Taint> {
    let taints = desired.get("taints").and_then(Value::as_list).unwrap_or_default();
    taints.iter().filter_map(Value::as_map).map(wanted_taint).collect()
}

fn wanted_taint(fields: &Attributes) -> Taint {
    Taint::builder()
        .set_key(eks::text(fields, "key").map(str::to_owned))
        .set_value(eks::text(fields, "value").filter(|value| !value.is_empty()).map(str::to_owned))
        .set_effect(eks::text(fields, "effect").map(TaintEffect::from))
        .build()
}

pub(super) fn taints(group: &Nodegroup, desired: &Attributes) -> Option<UpdateTaintsPayload> {
    let (now, wanted) = (group.taints(), wanted_taints(desired));
    let same = |one: &Taint, other: &Taint| read_taint(one) == read_taint(other);
    let key = |taint: &Taint| (taint.key().map(str::to_owned), taint.effect().cloned());
    let set = wanted.iter().filter(|wanted| !now.iter().any(|now| same(now, wanted)));
    let set: Vec<Taint> = set.cloned().collect();
    // A taint is known by its key and its effect, and one with another value is updated.
    let removed = now.iter().filter(|now| !wanted.iter().any(|wanted| key(wanted) == key(now)));
    let removed: Vec<Taint> = removed.cloned().collect();
    (!set.is_empty() || !removed.is_empty()).then(|| {
        UpdateTaintsPayload::builder()
            .set_add_or_update_taints(Some(set).filter(|set| !set.is_empty()))
            .set_remove_taints(Some(removed).filter(|removed| !removed.is_empty()))
            .build()
    })
}

pub(super) fn wanted_update_config(desired: &Attributes) -> Option<NodegroupUpdateConfig> {
    let of = |part| eks::small(eks::part(desired, "update_config", part));
    desired.get("update_config")?;
    Some(
        NodegroupUpdateConfig::builder()
            .set_max_unavailable(of("max_unavailable"))
            .set_max_unavailable_percentage(of("max_unavailable_percentage"))
            .build(),
    )
}

pub(super) fn update_config(
    group: &Nodegroup,
    target: &Target<'_>,
    desired: &Attributes,
) -> Option<NodegroupUpdateConfig> {
    let given_up = eks::is_given_up(target, desired, "update_config");
    let new_groups = || NodegroupUpdateConfig::builder().max_unavailable(ONE_AT_A_TIME).build();
    let wanted = wanted_update_config(desired).or_else(|| given_up.then(new_groups))?;
    let now = group.update_config().map(read_update_config);
    (now.as_ref() != Some(&read_update_config(&wanted))).then_some(wanted)
}

pub(super) fn wanted_template(desired: &Attributes) -> Option<LaunchTemplateSpecification> {
    let fields = desired.get("launch_template")?.as_map()?;
    let of = |part| eks::text(fields, part).map(str::to_owned);
    Some(
        LaunchTemplateSpecification::builder().set_id(of("id")).set_name(of("name")).set_version(of("version")).build(),
    )
}

/// The launch template, if another version of it is wanted.
pub(super) fn template(
    group: &Nodegroup,
    desired: &Attributes,
) -> Result<Option<LaunchTemplateSpecification>, ProviderError> {
    let Some(wanted) = wanted_template(desired) else {
        return Ok(None);
    };
    let now = group.launch_template();
    let differs = |wanted: Option<&str>, now: Option<&str>| wanted.is_some() && wanted != now;
    let of_now = |part: fn(&LaunchTemplateSpecification) -> Option<&str>| now.and_then(part);
    if differs(wanted.id(), of_now(|now| now.id())) || differs(wanted.name(), of_now(|now| now.name())) {
        let text = "a node group stays with the launch template it was made with";
        let error = ProviderError::new(ErrorKind::Rejected, "eks:UpdateNodegroupVersion", text);
        return Err(error.hint("name that template, or have the node group replaced with `--replace`"));
    }
    Ok((wanted.version() != of_now(|now| now.version())).then_some(wanted))
}

/// The versions still to be climbed.
pub(super) fn versions(group: &Nodegroup, desired: &Attributes) -> Result<Vec<String>, ProviderError> {
    let Some(wanted) = eks::text(desired, "version") else {
        return Ok(Vec::new());
    };
    let now = group.version().unwrap_or_default();
    eks::steps(now, wanted).ok_or_else(|| eks::no_way_back("eks:UpdateNodegroupVersion", "version", now, wanted))
}
