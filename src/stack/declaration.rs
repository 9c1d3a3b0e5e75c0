//! A stack file as it is written: every section read, nothing computed.

use std::time::Duration;

use super::document::{Content, Key, Node, Span};
use super::reader::{Located, Reader};
use super::scalar::Scalar;
use super::variable::{self, VariableDeclaration};
use crate::address::{Address, StackName, check_name};
use crate::diagnostic::Diagnostic;
use crate::provider::parse_duration;
use crate::value::{Path, Value};

/// Version of the stack language.
const LANGUAGE: i64 = 1;

#[derive(Debug, Default)]
pub(super) struct Declarations {
    pub(super) name: Option<StackName>,
    pub(super) description: String,
    pub(super) variables: Vec<VariableDeclaration>,
    pub(super) locals: Vec<(Key, Located)>,
    pub(super) providers: Vec<(Key, Located)>,
    pub(super) resources: Vec<ResourceDeclaration>,
    pub(super) outputs: Vec<OutputDeclaration>,
    pub(super) checks: Vec<CheckDeclaration>,
}

#[derive(Clone, Debug)]
pub(super) struct ResourceDeclaration {
    pub(super) key: Key,
    pub(super) resource_type: String,
    pub(super) type_span: Span,
    pub(super) spec: Located,
    pub(super) provider: Option<(String, Span)>,
    pub(super) depends_on: Vec<(String, Span)>,
    pub(super) for_each: Option<Located>,
    pub(super) when: Option<Located>,
    pub(super) protect: Option<Located>,
    pub(super) on_destroy: Option<Located>,
    pub(super) adopt: Option<Located>,
    pub(super) ignore_changes: Vec<Path>,
    pub(super) timeouts: Timeouts,
    pub(super) moved_from: Vec<Address>,
}

/// How long operations may take, where the stack says so.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timeouts {
    pub create: Option<Duration>,
    pub update: Option<Duration>,
    pub delete: Option<Duration>,
}

#[derive(Clone, Debug)]
pub(super) struct OutputDeclaration {
    pub(super) key: Key,
    pub(super) value: Located,
    pub(super) description: String,
    pub(super) secret: bool,
}

#[derive(Clone, Debug)]
pub(super) struct CheckDeclaration {
    pub(super) assert: Located,
    pub(super) message: Located,
}

const SECTIONS: &[&str] =
    &["tidegate", "stack", "description", "variables", "locals", "providers", "resources", "outputs", "checks"];

pub(super) fn read(reader: &mut Reader<'_>, root: &Node) -> Declarations {
    let mut declared = Declarations::default();
    if !matches!(root.content, Content::Map(_)) {
        reader.wrong_type(root, "a stack file", "a map that starts with `tidegate: 1`");
        return declared;
    }
    for (key, node) in reader.fixed(root, "a stack file", SECTIONS) {
        match key.text.as_str() {
            "tidegate" => language(reader, node),
            "stack" => declared.name = stack_name(reader, node),
            "description" => declared.description = reader.string(node, "`description`").unwrap_or_default(),
            "variables" => {
                declared.variables = named(reader, node, "variables", variable::read_declaration);
            }
            "locals" => {
                declared.locals =
                    named(reader, node, "locals", |reader, key, node| Some((key.clone(), reader.located(node))));
            }
            "providers" => {
                let entries = reader.map(node, "`providers`");
                declared.providers = entries.iter().map(|(key, node)| (key.clone(), reader.located(node))).collect();
            }
            "resources" => declared.resources = named(reader, node, "resources", resource),
            "outputs" => declared.outputs = named(reader, node, "outputs", output),
            "checks" => {
                let items = reader.list(node, "`checks`");
                declared.checks = items.iter().filter_map(|item| check(reader, item)).collect();
            }
            _ => {}
        }
    }
    for required in ["tidegate", "stack"].into_iter().filter(|name| root.entry(name).is_none()) {
        let help = if required == "tidegate" { "start the file with `tidegate: 1`" } else { "add `stack: some-name`" };
        let detail = format!("a stack file needs `{required}`");
        let problem = Diagnostic::error("stack/missing-key", "Missing key", detail).at(&reader.places.range(root.span));
        reader.diagnostics.push(problem.help(help));
    }
    declared
}

fn language(reader: &mut Reader<'_>, node: &Node) {
    if node.content != Content::Scalar(Scalar::Integer(LANGUAGE)) {
        let detail = format!("this version of tidegate reads version {LANGUAGE} of the stack language");
        let problem = Diagnostic::error("stack/language-version", "Unknown language version", detail);
        reader.diagnostics.push(problem.at(&reader.places.range(node.span)).help("write `tidegate: 1`"));
    }
}

fn stack_name(reader: &mut Reader<'_>, node: &Node) -> Option<StackName> {
    let text = reader.string(node, "`stack`")?;
    match text.parse() {
        Ok(name) => Some(name),
        Err(error) => {
            reader.error(node.span, "stack/bad-name", "Bad name", format!("{error}"));
            None
        }
    }
}

/// The entries of a section whose keys are names.
fn named<T>(
    reader: &mut Reader<'_>,
    node: &Node,
    section: &str,
    read: impl Fn(&mut Reader<'_>, &Key, &Node) -> Option<T>,
) -> Vec<T> {
    let entries = reader.map(node, &format!("`{section}`"));
    let mut all = Vec::with_capacity(entries.len());
    for (key, node) in entries {
        if let Err(error) = check_name(&key.text) {
            reader.error(key.span, "stack/bad-name", "Bad name", format!("{error}"));
        }
        all.extend(read(reader, key, node));
    }
    all
}

const RESOURCE_KEYS: &[&str] = &[
    "type",
    "spec",
    "provider",
    "depends_on",
    "for_each",
    "when",
    "protect",
    "on_destroy",
    "adopt",
    "ignore_changes",
    "timeouts",
    "moved_from",
];

fn resource(reader: &mut Reader<'_>, key: &Key, node: &Node) -> Option<ResourceDeclaration> {
    let what = format!("the resource `{}`", key.text);
    if !matches!(node.content, Content::Map(_)) {
        reader.wrong_type(node, &what, "a map with `type` and `spec`");
        return None;
    }
    reader.fixed(node, &what, RESOURCE_KEYS);
    let Some(type_node) = node.entry("type") else {
        let problem = Diagnostic::error("stack/missing-key", "Missing key", format!("{what} needs a `type`"));
        reader.diagnostics.push(problem.at(&reader.places.range(key.span)).help("such as `type: aws.sqs_queue`"));
        return None;
    };
    let empty = Node { span: key.span, content: Content::Map(Vec::new()) };
    let spec = node.entry("spec").unwrap_or(&empty);
    let located = |reader: &mut Reader<'_>, name: &str| node.entry(name).map(|node| reader.located(node));
    Some(ResourceDeclaration {
        key: key.clone(),
        resource_type: reader.string(type_node, "`type`")?,
        type_span: type_node.span,
        spec: reader.located(spec),
        provider: node.entry("provider").and_then(|node| Some((reader.string(node, "`provider`")?, node.span))),
        depends_on: strings(reader, node, "depends_on"),
        for_each: located(reader, "for_each"),
        when: located(reader, "when"),
        protect: located(reader, "protect"),
        on_destroy: located(reader, "on_destroy"),
        adopt: located(reader, "adopt"),
        ignore_changes: parsed(reader, node, "ignore_changes", "a path, such as `tags.team`", Path::parse),
        timeouts: node.entry("timeouts").map(|node| timeouts(reader, node)).unwrap_or_default(),
        moved_from: parsed(reader, node, "moved_from", "an address, such as `jobs`", |text| text.parse().ok()),
    })
}

/// A list of strings, or one string.
fn strings(reader: &mut Reader<'_>, node: &Node, name: &str) -> Vec<(String, Span)> {
    let Some(node) = node.entry(name) else { return Vec::new() };
    let items = match &node.content {
        Content::Scalar(Scalar::String(_)) => std::slice::from_ref(node),
        _ => reader.list(node, &format!("`{name}`")),
    };
    items.iter().filter_map(|item| Some((reader.string(item, "an item of it")?, item.span))).collect()
}

fn parsed<T>(
    reader: &mut Reader<'_>,
    node: &Node,
    name: &str,
    wanted: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Vec<T> {
    let mut all = Vec::new();
    for (text, span) in strings(reader, node, name) {
        match parse(&text) {
            Some(item) => all.push(item),
            None => reader.error(span, "stack/bad-value", "Bad value", format!("`{text}` is not {wanted}")),
        }
    }
    all
}

fn timeouts(reader: &mut Reader<'_>, node: &Node) -> Timeouts {
    let mut timeouts = Timeouts::default();
    for (key, node) in reader.fixed(node, "`timeouts`", &["create", "update", "delete"]) {
        let value = reader.constant(node, "a timeout");
        let seconds = value.as_ref().and_then(parse_duration).and_then(|seconds| u64::try_from(seconds).ok());
        let Some(seconds) = seconds.filter(|seconds| *seconds > 0) else {
            reader.error(node.span, "stack/bad-value", "Bad value", "a timeout is a duration, such as 20m");
            continue;
        };
        let slot = match key.text.as_str() {
            "create" => &mut timeouts.create,
            "update" => &mut timeouts.update,
            _ => &mut timeouts.delete,
        };
        *slot = Some(Duration::from_secs(seconds));
    }
    timeouts
}

fn output(reader: &mut Reader<'_>, key: &Key, node: &Node) -> Option<OutputDeclaration> {
    let what = format!("the output `{}`", key.text);
    reader.fixed(node, &what, &["value", "description", "secret"]);
    let Some(value) = node.entry("value") else {
        reader.error(key.span, "stack/missing-key", "Missing key", format!("{what} needs a `value`"));
        return None;
    };
    Some(OutputDeclaration {
        key: key.clone(),
        value: reader.located(value),
        description: node
            .entry("description")
            .and_then(|node| reader.string(node, "`description`"))
            .unwrap_or_default(),
        secret: node.entry("secret").and_then(|node| reader.boolean(node, "`secret`")).unwrap_or_default(),
    })
}

fn check(reader: &mut Reader<'_>, node: &Node) -> Option<CheckDeclaration> {
    reader.fixed(node, "a check", &["assert", "message"]);
    let (Some(assert), Some(message)) = (node.entry("assert"), node.entry("message")) else {
        reader.error(node.span, "stack/missing-key", "Missing key", "a check needs `assert` and `message`");
        return None;
    };
    let assert = reader.located(assert);
    if let crate::expression::Template::Literal(value) = &assert.template
        && !matches!(value, Value::Bool(_))
    {
        reader.error(node.span, "stack/wrong-type", "Wrong type", "`assert` is an expression that is true or false");
    }
    Some(CheckDeclaration { assert, message: reader.located(message) })
}
