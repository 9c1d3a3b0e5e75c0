//! Whatever is written: no panic, no hang, every problem at a place that is in the text.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;
use tidegate::cli::view::{Style, diagnostics};
use tidegate::diagnostic::{Diagnostics, Source};
use tidegate::expression::{Evaluator, Expression, Files, Missing, Reference, Step, Template, TextTemplate};
use tidegate::provider::Registry;
use tidegate::stack::{Assignment, Given, Inputs, load};
use tidegate::value::{Kind, Value};

use super::{plan_from_nothing, registry, told};

const STACKS: &[&str] = &[
    include_str!("../../../stacks/hello.yaml"),
    include_str!("../../../stacks/video-encoder.yaml"),
    // Everything the language has, in a few lines.
    r#"tidegate: 1
stack: all
variables:
  n: { type: integer, default: 2, minimum: 0, maximum: 9 }
  names: { default: [a, b], description: "two é" }
  shape: { default: ab, pattern: '[a-z]+', one_of: [ab, cd] }
locals:
  text: >-
    folded ${vars.shape}
    ${vars.n + 1}
  literal: |
    ${locals.text} $${x}
  later: { id: "${one.id}", 'k ${vars.n}': &x [1, 0x2, ~] }
resources:
  one: { type: tidegate.data, spec: { input: "${locals.literal}" }, protect: "${vars.n > 1}" }
  many:
    type: tidegate.data
    for_each: ${vars.names}
    when: ${each.key != "b" || vars.n > 1}
    depends_on: [one]
    ignore_changes: [input]
    timeouts: { create: 10m }
    moved_from: [few]
    on_destroy: retain
    spec: { input: [ "${each.value}", "${locals.later}", '${vars.names.map(x, x + "!")}' ] }
outputs:
  all: { value: '${many.map(k, many[k].id)}', description: x }
checks:
  - { assert: "${vars.n < 10}", message: "n is ${vars.n}" }
"#,
];

fn variables() -> Inputs {
    let given = [("account", "123456789012"), ("issuer", "https://oidc.example.org/id/1")];
    let assignments = given.iter().map(|(name, value)| Assignment {
        name: (*name).to_owned(),
        value: Given::Text((*value).to_owned()),
        origin: "--var".to_owned(),
        must_exist: false,
    });
    Inputs { assignments: assignments.collect(), ..Inputs::default() }
}

/// One change to a text, at any place.
#[derive(Clone, Debug)]
enum Edit {
    Delete(Index, usize),
    Insert(Index, String),
    Replace(Index, char),
    DuplicateLine(Index, Index),
    DeleteLine(Index),
    Indent(Index, usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let word = prop_oneof![
        "[ \\t\\r\\n:,&*!|>'\"{}\\[\\]#$%@`~?-]{1,4}",
        "[a-z0-9_.é🦀\u{feff}\u{85}\u{2028}]{1,6}",
        prop::sample::select(vec![
            "${",
            "}",
            "$${",
            "${vars.n}",
            "${one.id}",
            "${each.key}",
            "${(",
            " ? ",
            " : ",
            "- ",
            "---\n",
            "&a ",
            "*a",
            "!!str ",
            "!x ",
            "<<: ",
            "for_each: ",
            "when: ",
            "${[1].map(x, ",
            "\"",
            "'",
            "|\n",
            ">\n",
            "null",
            "99999999999999999999",
            "type: tidegate.data",
            "spec: ",
            "locals",
            "vars",
            "\u{0}",
            "\r",
        ])
        .prop_map(str::to_owned),
    ];
    let at = any::<Index>;
    prop_oneof![
        (at(), 1usize..12).prop_map(|(at, length)| Edit::Delete(at, length)),
        (at(), word).prop_map(|(at, word)| Edit::Insert(at, word)),
        (at(), any::<char>()).prop_map(|(at, with)| Edit::Replace(at, with)),
        (at(), at()).prop_map(|(from, to)| Edit::DuplicateLine(from, to)),
        at().prop_map(Edit::DeleteLine),
        (at(), 0usize..8).prop_map(|(at, indent)| Edit::Indent(at, indent)),
    ]
}

fn edited(text: &str, edits: &[Edit]) -> String {
    edits.iter().fold(text.to_owned(), |text, edit| {
        let mut characters: Vec<char> = text.chars().collect();
        let mut lines: Vec<&str> = text.split('\n').collect();
        match edit {
            _ if characters.is_empty() => text,
            Edit::Delete(at, length) => {
                let start = at.index(characters.len());
                characters.drain(start..(start + length).min(characters.len()));
                characters.into_iter().collect()
            }
            Edit::Insert(at, word) => {
                let at = at.index(characters.len());
                characters.splice(at..at, word.chars());
                characters.into_iter().collect()
            }
            Edit::Replace(at, with) => {
                let at = at.index(characters.len());
                characters[at] = *with;
                characters.into_iter().collect()
            }
            Edit::DuplicateLine(from, to) => {
                lines.insert(to.index(lines.len()), lines[from.index(lines.len())]);
                lines.join("\n")
            }
            Edit::DeleteLine(at) => {
                lines.remove(at.index(lines.len()));
                lines.join("\n")
            }
            Edit::Indent(at, indent) => {
                let at = at.index(lines.len());
                let line = format!("{}{}", " ".repeat(*indent), lines[at].trim_start());
                lines[at] = &line;
                lines.join("\n")
            }
        }
    })
}

/// What everything that is said of a text has in common.
fn assert_well_placed(text: &str, problems: &Diagnostics) -> Result<(), TestCaseError> {
    for problem in problems.iter() {
        let Some(range) = &problem.range else { continue };
        let (start, end) = (range.start.offset, range.end.offset);
        prop_assert!(start <= end && end <= text.len(), "{problem:?}");
        prop_assert!(text.is_char_boundary(start) && text.is_char_boundary(end), "{problem:?}");
        let before = &text[..start];
        prop_assert_eq!(range.start.line as usize, before.matches('\n').count() + 1, "{:?}", problem);
        let before = before.strip_prefix('\u{feff}').unwrap_or(before);
        let line = before.rsplit('\n').next().unwrap_or_default();
        prop_assert_eq!(range.start.column as usize, line.chars().count() + 1, "{:?}", problem);
    }
    let told: Vec<String> = problems.iter().map(super::line).collect();
    let mut once = told.clone();
    once.sort();
    once.dedup();
    prop_assert_eq!(once.len(), told.len(), "told twice: {:#?}", told);
    Ok(())
}

/// No text of this size may take longer, on however slow a machine.
const BOUND: Duration = Duration::from_secs(10);

#[expect(clippy::disallowed_methods, reason = "the time that passes is what is measured")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

/// Reads a text twice, plans what can be planned, and draws all that is said.
fn try_text(text: &str, registry: &Registry) -> Result<(), TestCaseError> {
    let source = || Source { name: "stack.yaml".to_owned(), text: text.to_owned() };
    let begun = now();
    let (stack, problems) = load(source(), &variables(), registry);
    let (_, again) = load(source(), &variables(), registry);
    prop_assert_eq!(told(&problems), told(&again));
    prop_assert!(stack.is_some() || problems.has_errors());
    prop_assert!(begun.elapsed() < BOUND);
    assert_well_placed(text, &problems)?;
    diagnostics::text(&problems, &Style::PLAIN);
    let Some(stack) = stack else { return Ok(()) };
    match plan_from_nothing(&stack, registry) {
        Ok(plan) => {
            tidegate::cli::view::plan::text(&plan, Duration::ZERO, &Style::PLAIN);
        }
        Err(more) => {
            assert_well_placed(text, &more)?;
            diagnostics::text(&more, &Style::PLAIN);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_edit_of_a_stack_is_survived(which in any::<Index>(), edits in prop::collection::vec(edit(), 1..6)) {
        let text = edited(STACKS[which.index(STACKS.len())], &edits);
        try_text(&text, &registry())?;
    }

    #[test]
    fn any_text_is_survived(text in "(\u{feff})?[ a-c:\\-\\[\\]{},&*!|>'\"#$\\n\\r\\té🦀]{0,80}|.*") {
        try_text(&text, &registry())?;
        try_text(&format!("tidegate: 1\nstack: a\nlocals:\n  a: {text}\n"), &registry())?;
    }
}

/// Expressions over a scope in which everything has a type.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "1",
        "0",
        "-3",
        "9223372036854775807",
        "2.5",
        "'a'",
        "''",
        "\"é\"",
        "true",
        "null",
        "vars.n",
        "vars.text",
        "vars.list",
        "vars.map",
        "vars.hidden",
        "one.id",
        "one.name",
        "one",
        "each.key",
        "stack.name",
        "many",
        "many['a'].id",
        "off",
        "off.id",
        "vars.list[0]",
        "vars.map.a",
        "x",
        "b'x'",
        "1u",
        "int",
        "vars.none",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(5, 40, 3, |inner| {
        let binary = prop::sample::select(vec!["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||", "in"]);
        let one = prop::sample::select(vec![
            "lower",
            "json",
            "yaml",
            "parse_json",
            "base64",
            "sha256",
            "host",
            "trim",
            "size",
            "string",
            "int",
            "double",
            "type",
            "file",
            "manifests",
            "bool",
            "bytes",
            "uint",
            "nosuch",
            "dyn",
        ]);
        let two = prop::sample::select(vec!["split", "join", "contains", "startsWith", "matches", "map", "or"]);
        let many = prop::sample::select(vec!["map", "filter", "all", "exists", "exists_one"]);
        prop_oneof![
            (inner.clone(), binary, inner.clone())
                .prop_map(|(left, symbol, right)| format!("({left} {symbol} {right})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
            (one.clone(), inner.clone()).prop_map(|(name, of)| format!("{name}({of})")),
            (one, inner.clone()).prop_map(|(name, of)| format!("{of}.{name}()")),
            (two, inner.clone(), inner.clone()).prop_map(|(name, of, with)| format!("{of}.{name}({with})")),
            (many, inner.clone(), inner.clone()).prop_map(|(name, of, with)| format!("{of}.{name}(x, {with})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("{a}.replace({b}, {c})")),
            (inner.clone(), inner.clone()).prop_map(|(of, at)| format!("{of}[{at}]")),
            (inner.clone(), "[a-c]").prop_map(|(of, field)| format!("{of}.{field}")),
            (inner.clone(), "[a-c]").prop_map(|(of, field)| format!("has({of}.{field})")),
            prop::collection::vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec((inner.clone(), inner.clone()), 0..3).prop_map(|entries| {
                let entries: Vec<_> = entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                format!("{{{}}}", entries.join(", "))
            }),
            inner.clone().prop_map(|of| format!("!{of}")),
            inner.prop_map(|of| format!("-{of}")),
        ]
    })
}

fn scope(reference: &Reference) -> Result<Value, Missing> {
    let map = |entries: &[(&str, Value)]| {
        Value::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
    };
    let id = Value::Unknown(Kind::String);
    let all = map(&[
        (
            "vars",
            map(&[
                ("n", Value::Integer(3)),
                ("text", Value::from("a,b")),
                ("list", Value::from(vec!["a", "b"])),
                ("map", map(&[("a", Value::Integer(1)), ("b", Value::from(vec![1]))])),
                ("hidden", Value::from("hunter2").into_secret()),
            ]),
        ),
        ("one", map(&[("id", id.clone()), ("name", Value::from("one"))])),
        ("many", map(&[("a", map(&[("id", id)]))])),
        ("each", map(&[("key", Value::from("a"))])),
        ("stack", map(&[("name", Value::from("test"))])),
        ("off", Value::Null),
    ]);
    let mut at = &all;
    let steps = std::iter::once(Step::Key(reference.root.clone())).chain(reference.path.iter().cloned());
    for (taken, step) in steps.enumerate() {
        let found = match (at, &step) {
            (Value::Map(entries), Step::Key(key)) => entries.get(key),
            (Value::List(items), Step::Index(index)) => items.get(*index),
            _ => None,
        };
        at = found.ok_or(Missing::at(taken.saturating_sub(1)))?;
    }
    Ok(at.clone())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_expression_is_computed_or_refused(source in expression()) {
        let evaluator = Evaluator::new(Files::fixed(BTreeMap::from([("a".to_owned(), "text".to_owned())])));
        let Ok(parsed) = Expression::parse(&source) else { return Ok(()) };
        for reference in parsed.references() {
            if let Some(range) = parsed.find_reference(reference) {
                prop_assert!(parsed.source[range].starts_with(&reference.root));
            }
        }
        let result = evaluator.evaluate(&parsed, &scope);
        prop_assert_eq!(&result, &evaluator.evaluate(&parsed, &scope));
        let text = format!("{result:?}");
        let hides = source.contains("hidden");
        prop_assert!(!hides || !text.contains("hunter2"), "{}", text);
        // What does not depend on anything unknown is known.
        if let Ok(value) = &result
            && value.has_unknown()
        {
            prop_assert!(!matches!(value, Value::List(_) | Value::Map(_)) || source.contains("one") || source.contains("many"));
        }
    }

    #[test]
    fn text_around_an_expression_makes_text(before in "[^$]{0,5}", source in expression(), after in "[^$]{0,5}") {
        let evaluator = Evaluator::default();
        let Ok(text) = TextTemplate::parse(&format!("{before}${{{source}}}{after}")) else { return Ok(()) };
        let alone = before.is_empty() && after.is_empty();
        let text = Template::Text(text);
        match text.evaluate(&evaluator, &scope) {
            Ok(Value::String(_) | Value::Unknown(Kind::String) | Value::Secret(_)) | Err(_) => {}
            Ok(_) if alone => {}
            Ok(other) => prop_assert!(false, "{other}"),
        }
    }
}

#[test]
fn every_stack_is_fine_as_it_is() {
    let registry = registry();
    for text in STACKS {
        if !cfg!(feature = "aws") && text.contains("aws.") {
            continue;
        }
        let (stack, problems) = load(Source { name: "s".into(), text: (*text).to_owned() }, &variables(), &registry);
        assert_eq!(told(&problems), "");
        let plan = plan_from_nothing(&stack.unwrap(), &registry).unwrap_or_else(|all| panic!("{}", told(&all)));
        assert!(!tidegate::cli::view::plan::text(&plan, Duration::ZERO, &Style::PLAIN).is_empty());
    }
}
