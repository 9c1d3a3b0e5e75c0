//! What a `helm.release` may say and what it tells.

use crate::provider::{Field, FieldType, Output, Schema};
use crate::providers::kubernetes::connection;
use crate::value::Kind;

/// Helm's rule for names of releases, which become parts of names of Secrets and labels.
const NAME: &str = "[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const LABEL: &str = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";

pub(super) fn schema() -> Schema {
    Schema { spec: fields(), outputs: outputs() }
}

fn fields() -> Vec<Field> {
    let cluster = FieldType::Document { canonical: connection::canonical };
    let mut all = vec![
        Field::new("cluster", cluster, "The cluster it is installed in: the `connection` of a cluster")
            .required()
            .replaces(),
        Field::new(
            "name",
            FieldType::pattern(NAME, "lower-case letters, digits and `-`, at most 53 in all"),
            "The name of the release, as `helm list` shows it",
        )
        .required()
        .replaces(),
        Field::new(
            "namespace",
            FieldType::pattern(LABEL, "lower-case letters, digits and `-`"),
            "The namespace of the release, where Helm's records of it are kept too",
        )
        .required()
        .replaces(),
        Field::new(
            "chart",
            FieldType::text(),
            "The chart: its name in `repository`, `oci://…`, or the path of a folder or an archive, from the stack's \
             folder on, that begins with `./`, `../` or `/`",
        )
        .required(),
        Field::new("repository", FieldType::text(), "The URL of the repository that has the chart"),
        Field::new(
            "version",
            FieldType::text(),
            "The version of the chart, or a range such as `^2.18`; an installed version that is in the range stays. \
             Without it, the newest stable one is installed and then stays",
        ),
        Field::new(
            "values_files",
            FieldType::list(FieldType::text()),
            "Texts of values files, such as `${file(\"keda.yaml\")}`; each is laid over those before it",
        ),
        Field::new(
            "values",
            FieldType::map(FieldType::Any),
            "Values, laid over all others; `null` takes away what a chart has by default",
        ),
    ];
    all.extend(flags());
    all
}

fn flags() -> Vec<Field> {
    let flag = |name, doc| Field::new(name, FieldType::Bool, doc);
    vec![
        flag("create_namespace", "`true`: makes the namespace if it is not there. It stays when the release goes"),
        flag("skip_crds", "`true`: what is under `crds/` in the chart is not installed"),
        flag("skip_schema_validation", "`true`: values are not checked against the chart's `values.schema.json`"),
        flag("disable_hooks", "`true`: runs none of the chart's hooks"),
        flag(
            "take_ownership",
            "`true`: takes objects over that exist and belong to no release, which is refused otherwise",
        ),
        flag("force_conflicts", "`true`: takes over fields that someone else manages, which is refused otherwise"),
        flag("wait", "`false`: an apply does not wait until the objects are ready"),
        flag(
            "rollback_on_failure",
            "`true`: an upgrade that fails is rolled back, an install that fails is taken away",
        ),
        flag(
            "delete_custom_resources",
            "`true`: uninstalling a release that brought kinds along, such as ScaledObjects, deletes what others made of \
             these kinds too. It is refused otherwise",
        ),
        Field::new(
            "history_max",
            FieldType::Integer { min: 0, max: 1000 },
            "How many revisions are kept; 0 for all of them. 10 where nothing is said",
        ),
    ]
}

fn outputs() -> Vec<Output> {
    vec![
        Output::new("objects", Kind::Map, "The objects of the release, hooks left out, by kind, namespace and name")
            .compared(),
        Output::new("chart_version", Kind::String, "The version of the chart that is installed").compared(),
        Output::new("app_version", Kind::Any, "The version of what the chart installs, as the chart has it"),
        Output::new("revision", Kind::Integer, "The revision of the release"),
        Output::new("status", Kind::String, "The status of the release, as Helm has it"),
        Output::new(
            "spellings",
            Kind::Map,
            "Digests of what the cluster spells in its own way, such as `500m` for `0.5`",
        ),
    ]
}

/// Fields that no read tells: they are about how, not about what.
pub(super) const UNTOLD: &[&str] = &[
    "cluster",
    "name",
    "namespace",
    "chart",
    "repository",
    "version",
    "values_files",
    "create_namespace",
    "skip_crds",
    "skip_schema_validation",
    "disable_hooks",
    "take_ownership",
    "force_conflicts",
    "wait",
    "rollback_on_failure",
    "delete_custom_resources",
    "history_max",
];
