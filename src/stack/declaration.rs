//! A stack file as it is written: every section read, nothing computed.

use std::collections::BTreeSet;
use std::time::Duration;

use super::document::{Content, Key, Node};
use super::places::Span;
use super::reader::{Located, Reader};
use super::scalar::Scalar;
use super::variable::{self, VariableDeclaration};
use crate::address::{Address, StackName, check_name};
use crate::diagnostic::Diagnostic;
use crate::expression::{Template, is_type_name};
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
    /// Names of resources that could not be read, which has been said.
    pub(super) unreadable: BTreeSet<String>,
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
    pub(super) ignore_changes: Vec<(Path, Span)>,
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
            "resources" => {
                declared.resources = named(reader, node, "resources", resource);
                let read: BTreeSet<_> = declared.resources.iter().map(|resource| resource.key.text.as_str()).collect();
                let names = reader.map(node, "`resources`").iter().map(|(key, _)| &key.text);
                declared.unreadable = names.filter(|name| !read.contains(name.as_str())).cloned().collect();
            }
            "outputs" => declared.outputs = named(reader, node, "outputs", output),
            "checks" => {
                let items = reader.list(node, "`checks`");
                declared.checks = items.iter().filter_map(|item| check(reader, item)).collect();
            }
            _ => {}
        }
    }
    let is_missing = |name: &&str| root.entry(name).is_none() && !root.has_slip_of(name, SECTIONS);
    for required in ["tidegate", "stack"].into_iter().filter(is_missing) {
        let help = if required == "tidegate" { "start the file with `tidegate: 1`" } else { "add `stack: some-name`" };
        let detail = format!("a stack file needs `{required}`");
        let problem =
            Diagnostic::error("stack/missing-key", "Missing key", detail).at(&reader.places.range(start_of(root)));
        reader.diagnostics.push(problem.help(help));
    }
    declared
}

/// Where something that is missing might have stood: at the first key.
fn start_of(root: &Node) -> Span {
    match &root.content {
        Content::Map(entries) => entries.first().map_or(root.span, |(key, _)| key.span),
        _ => root.span,
    }
}

fn language(reader: &mut Reader<'_>, node: &Node) {
    if node.content != Content::Scalar(Scalar::Integer(LANGUAGE)) && !node.is_broken() {
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
            bad_name(reader, key, &error.to_string());
        } else if section == "resources" && is_type_name(&key.text) {
            bad_name(
                reader,
                key,
                &format!("`{}` is a type in expressions, so no resource can have its name", key.text),
            );
        }
        all.extend(read(reader, key, node));
    }
    all
}

/// Says what is wrong with a name, and what it could be.
fn bad_name(reader: &mut Reader<'_>, key: &Key, detail: &str) {
    let mut problem = Diagnostic::error("stack/bad-name", "Bad name", detail).at(&reader.places.range(key.span));
    let fits = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let suggestion: String = key.text.chars().map(fits).collect();
    if key.text.is_ascii() && suggestion != key.text && check_name(&suggestion).is_ok() {
        problem = problem.help(format!("write `{suggestion}`"));
    }
    reader.diagnostics.push(problem);
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
        if !node.has_slip_of("type", RESOURCE_KEYS) {
            let problem = Diagnostic::error("stack/missing-key", "Missing key", format!("{what} needs a `type`"));
            let help = "such as `type: aws.sqs_queue`";
            reader.diagnostics.push(problem.at(&reader.places.range(key.span)).help(help));
        }
        return None;
    };
    let content = match node.has_slip_of("spec", RESOURCE_KEYS) {
        true => Content::Scalar(Scalar::Broken),
        false => Content::Map(Vec::new()),
    };
    let left_out = Node { span: key.span, content };
    let spec = match node.entry("spec") {
        Some(Node { content: Content::Scalar(Scalar::Null), .. }) | None => &left_out,
        Some(spec) => spec,
    };
    let located = |reader: &mut Reader<'_>, name: &str| node.entry(name).map(|node| reader.located(node));
    let moved_from = parsed(reader, node, "moved_from", "an address, such as `jobs`", |text| text.parse().ok());
    Some(ResourceDeclaration {
        key: key.clone(),
        resource_type: reader.plain(type_node, "`type`")?,
        type_span: type_node.span,
        spec: reader.located(spec),
        provider: node.entry("provider").and_then(|node| Some((reader.plain(node, "`provider`")?, node.span))),
        depends_on: strings(reader, node, "depends_on"),
        for_each: located(reader, "for_each"),
        when: located(reader, "when"),
        protect: located(reader, "protect"),
        on_destroy: located(reader, "on_destroy"),
        adopt: located(reader, "adopt"),
        ignore_changes: parsed(reader, node, "ignore_changes", "a path, such as `tags.team`", Path::parse),
        timeouts: node.entry("timeouts").map(|node| timeouts(reader, node)).unwrap_or_default(),
        moved_from: moved_from.into_iter().map(|(address, _)| address).collect(),
    })
}

/// A list of strings, or one string.
fn strings(reader: &mut Reader<'_>, node: &Node, name: &str) -> Vec<(String, Span)> {
    let Some(node) = node.entry(name) else { return Vec::new() };
    let items = match &node.content {
        Content::Scalar(Scalar::String(_)) => std::slice::from_ref(node),
        _ => reader.list(node, &format!("`{name}`")),
    };
    let what = format!("an item of `{name}`");
    items.iter().filter_map(|item| Some((reader.plain(item, &what)?, item.span))).collect()
}

fn parsed<T>(
    reader: &mut Reader<'_>,
    node: &Node,
    name: &str,
    wanted: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Vec<(T, Span)> {
    let mut all = Vec::new();
    for (text, span) in strings(reader, node, name) {
        match parse(&text) {
            Some(item) => all.push((item, span)),
            None => reader.error(span, "stack/bad-value", "Bad value", format!("`{text}` is not {wanted}")),
        }
    }
    all
}

fn timeouts(reader: &mut Reader<'_>, node: &Node) -> Timeouts {
    let mut timeouts = Timeouts::default();
    for (key, node) in reader.fixed(node, "`timeouts`", &["create", "update", "delete"]) {
        let Some(value) = reader.constant(node, "a timeout") else { continue };
        let seconds = parse_duration(&value).and_then(|seconds| u64::try_from(seconds).ok());
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
    let known = ["value", "description", "secret"];
    if !matches!(node.content, Content::Map(_)) {
        reader.wrong_type(node, &what, "a map with `value`");
        return None;
    }
    reader.fixed(node, &what, &known);
    let Some(value) = node.entry("value") else {
        if !node.has_slip_of("value", &known) {
            reader.error(key.span, "stack/missing-key", "Missing key", format!("{what} needs a `value`"));
        }
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
    let known = ["assert", "message"];
    if !matches!(node.content, Content::Map(_)) {
        reader.wrong_type(node, "a check", "a map with `assert` and `message`");
        return None;
    }
    reader.fixed(node, "a check", &known);
    let (Some(assert), Some(message)) = (node.entry("assert"), node.entry("message")) else {
        if !known.iter().any(|name| node.has_slip_of(name, &known)) {
            reader.error(start_of(node), "stack/missing-key", "Missing key", "a check needs `assert` and `message`");
        }
        return None;
    };
    let assert_span = assert.span;
    let assert = reader.located(assert);
    if let Template::Literal(value) = &assert.template
        && !matches!(value, Value::Bool(_) | Value::Unknown(_))
    {
        reader.error(assert_span, "stack/wrong-type", "Wrong type", "`assert` is an expression that is true or false");
    }
    Some(CheckDeclaration { assert, message: reader.located(message) })
}
