//! Every function of templates with every kind of argument, and pieces of templates, here and in Helm's own library.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::{Value as Json, json};
use tidegate::providers::helm::{OfflineChart, OfflineRelease};

use super::oracle::{Files, Oracle};

/// What templates can call.
const FUNCTIONS: &str = include_str!("functions.txt");

/// Pieces of templates, one a line; lines with `#` at the beginning say what follows.
const PIECES: &str = include_str!("pieces.txt");

/// Pieces of YAML, likewise.
const DOCUMENTS: &str = include_str!("documents.txt");

/// What is drawn at random, or takes long; `tests/charts/secrets` has them.
const BY_SHAPE: &[&str] = &[
    "ago",
    "bcrypt",
    "buildCustomCert",
    "derivePassword",
    "encryptAES",
    "genCA",
    "genCAWithKey",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "htpasswd",
    "now",
    "randAlpha",
    "randAlphaNum",
    "randAscii",
    "randBytes",
    "randInt",
    "randNumeric",
    "shuffle",
    "uuidv4",
];

/// Arguments for a function of one, of two, and of more.
const ONE: &[&str] = &[
    "nil",
    "\"\"",
    "\"abc\"",
    "\"1.5\"",
    "\"a,b\"",
    "0",
    "3",
    "-2",
    "1.5",
    "true",
    "false",
    "(list)",
    "(list 1 \"a\" nil)",
    "(list \"b\" \"a\")",
    "(dict)",
    "(dict \"a\" (list 2))",
    ".Values.number",
    ".Values.map",
    "(until 3)",
    "(int64 4)",
    "\"a: [1, yes]\\nb: ~\"",
    "\"{\\\"a\\\": 1.0}\"",
    "\"2h3m\"",
    "\"1.2.3-a+b\"",
    "\"ÄöÜ x_y-Z\"",
    ".Values.big",
    ".Files",
    "\"https://u@h:1/p?q#f\"",
    "\"  x \\n\"",
    "(list nil (list 1) (dict \"a\" nil))",
    "(splitList \",\" \"b,a\")",
];
const TWO: &[&str] = &[
    "nil",
    "\"\"",
    "\"abc\"",
    "\"a\"",
    "2",
    "-1",
    "0.5",
    "true",
    "(list \"b\" 3)",
    "(dict \"a\" 1)",
    ".Values.number",
    "(until 2)",
    "\"b\"",
    "0",
];
const MORE: &[&str] = &["nil", "\"a\"", "2", "(list \"b\")", "(dict \"a\" 1)", "-1"];

fn chart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts/calls")
}

fn values() -> Json {
    json!({"number": 7, "map": {"k": {"l": 1.5}}, "big": 12_345_678.0, "words": ["b", "a"], "text": "some text", "no": null})
}

/// Calls with as many arguments as the function takes.
fn calls(oracle: &mut Oracle, release: &OfflineRelease) -> Vec<String> {
    let names: Vec<_> = FUNCTIONS.lines().filter(|name| !BY_SHAPE.contains(name)).collect();
    let bare = |name: &&str| [0, 1, 2, 3].map(|count| format!("{{{{ {name}{} }}}}", " nil".repeat(count)));
    let attempts: Vec<_> = names.iter().flat_map(bare).collect();
    let outcomes = oracle.render_each(&chart(), &values(), &attempts, release);
    let taken =
        outcomes.iter().map(|outcome| !outcome.as_ref().is_err_and(|error| error.contains("wrong number of args")));
    let taken: Vec<_> = taken.collect();
    let mut calls = Vec::new();
    for (name, takes) in names.iter().zip(taken.chunks(4)) {
        // Once with too few or too many, where that is an error.
        calls.extend(takes.iter().position(|takes| !takes).map(|count| format!("{name}{}", " nil".repeat(count))));
        for (count, arguments) in [(0, &[][..]), (1, ONE), (2, TWO), (3, MORE)] {
            if takes[count] {
                calls.extend(combinations(arguments, count).iter().map(|arguments| format!("{name}{arguments}")));
            }
        }
    }
    calls
}

fn combinations(arguments: &[&str], count: usize) -> Vec<String> {
    (0..count).fold(vec![String::new()], |before, _| {
        let extended = |left: &String| arguments.iter().map(|right| format!("{left} {right}")).collect::<Vec<_>>();
        before.iter().flat_map(extended).collect()
    })
}

const KNOWN_OF_CALLS: &[Known] = &[
    (
        "(b64dec ",
        "text that is no UTF-8: Go prints its bytes, here it stays bytes, which `b64enc` gives back as they were",
    ),
    ("(chunk ", "Go's type of a list of lists; its items are the same"),
    ("(mustChunk ", "the same"),
    ("(merge nil", "a map that is nil, and `null` in JSON"),
    ("(mergeOverwrite nil", "the same"),
    ("(mustMerge nil", "the same"),
    ("(mustMergeOverwrite nil", "the same"),
    ("(unset nil", "the same"),
    ("oToml .Files", "no files at all, as a table"),
    ("(fromToml ", "the words of another parser"),
    ("(index \"", "a byte of a text is a number of another width"),
];

const KNOWN_OF_PIECES: &[Known] = &[
    ("{{ 1i }}", "imaginary numbers are refused"),
    ("index .Capabilities.APIVersions 0", "the order of what a cluster can do means nothing, and is sorted here"),
    (".Values.AsMap", "methods of Go's type of values, which no chart that was looked at calls"),
    (".Values.Table", "the same"),
    (".Values.YAML", "the same"),
    (".Values.PathValue", "the same"),
    ("typeOf .Values", "the name of that type"),
    ("typeOf .Files", "the same, and that of the list of what a cluster can do"),
];

const KNOWN_OF_DRAWN: &[Known] = &[("[]!!str :", "malformed: both refuse it as a map, Helm reads it as an empty list")];

/// What an error is at bottom, without the way to it.
fn cause(error: &str) -> &str {
    let inner = error.rsplit_once("error calling ").and_then(|(_, rest)| rest.split_once(": ")).map(|(_, cause)| cause);
    let inner = inner.unwrap_or(error);
    inner.rsplit_once(">: ").map_or(inner, |(_, cause)| cause).trim()
}

/// What differs and is known to: a part of the text, and who is right or why it stays.
type Known = (&'static str, &'static str);

/// Renders all texts on both sides and tells how that compared.
fn compare(oracle: &mut Oracle, what: &str, texts: &[String], known: &[Known]) {
    let release = oracle.release("trial");
    let theirs = oracle.render_each(&chart(), &values(), texts, &release);
    let ours = OfflineChart::load(&chart()).unwrap();
    let (mut equal, mut same_words, mut refused, mut differences) = (0, 0, 0, Vec::new());
    for (text, theirs) in texts.iter().zip(theirs) {
        let mut given = values();
        given["call"] = json!(text);
        let ours: Result<Files, _> = ours.render(&given.to_string(), &release).map_err(|error| error.to_string());
        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) if ours == theirs => equal += 1,
            (Err(ours), Err(theirs)) => {
                equal += 1;
                refused += 1;
                same_words += usize::from(ours.contains(cause(&theirs)));
            }
            (ours, theirs) => differences.push(format!("{text}\n   we:   {}\n   Helm: {}", told(&ours), told(&theirs))),
        }
    }
    println!("{what} equal: {equal}/{}; refused by both: {refused}, in the same words: {same_words}", texts.len());
    // One that no longer differs is taken off the list.
    let stale: Vec<_> = known.iter().filter(|(part, _)| !differences.iter().any(|one| one.contains(part))).collect();
    differences.retain(|one| !known.iter().any(|(part, _)| one.contains(part)));
    assert!(stale.is_empty(), "these do not differ any more: {stale:#?}");
    let shown: Vec<_> = differences.iter().take(40).map(String::as_str).collect();
    assert!(differences.is_empty(), "{} differ, such as:\n{}", differences.len(), shown.join("\n"));
}

fn told(outcome: &Result<Files, String>) -> String {
    match outcome {
        Ok(files) => format!("{:?}", files.values().next()),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn every_function_does_with_every_kind_of_argument_what_it_does_in_helm() {
    let Some(mut oracle) = Oracle::start() else { return };
    let release = oracle.release("trial");
    let calls = calls(&mut oracle, &release);
    let shown = "{{ typeOf $r }} {{ toJson $r }} {{ print $r }}";
    let texts: Vec<_> = calls.iter().map(|call| format!("{{{{ $r := ({call}) }}}}{shown}")).collect();
    assert!(texts.len() > 5000, "{} calls", texts.len());
    compare(&mut oracle, "calls", &texts, KNOWN_OF_CALLS);
}

#[test]
fn pieces_of_templates_are_rendered_as_helm_renders_them() {
    let Some(mut oracle) = Oracle::start() else { return };
    let pieces = PIECES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let texts: Vec<_> = pieces.map(|line| line.replace('⏎', "\n")).collect();
    compare(&mut oracle, "pieces", &texts, KNOWN_OF_PIECES);
}

/// What reads a text as YAML and writes it again, and says no more of an error than that it is one.
fn reading(text: &str) -> String {
    const READING: &str = r#"{{ $map := fromYaml TEXT }}{{ $list := fromYamlArray TEXT }}
        {{- if hasKey $map "Error" }}no map{{ else }}{{ toJson $map }}
{{ toYaml $map }}{{ end }}
{{ if $list | first | toString | hasPrefix "error " }}no list{{ else }}{{ toYaml $list }}{{ end }}"#;
    READING.replace("TEXT", &json!(text).to_string())
}

#[test]
fn yaml_is_read_as_helm_reads_it() {
    let Some(mut oracle) = Oracle::start() else { return };
    let documents = DOCUMENTS.lines().filter(|line| !line.is_empty() && !line.starts_with("# "));
    let texts: Vec<_> = documents.map(|line| reading(&line.replace('⏎', "\n").replace('⇥', "\t"))).collect();
    compare(&mut oracle, "documents", &texts, &[]);
}

/// What documents are put together from at random.
const TOKENS: &[&str] = &[
    "a",
    "b",
    "1",
    "0x1",
    "1e3",
    "yes",
    "null",
    "~",
    ": ",
    ":",
    ":\n",
    "- ",
    "-",
    "\n",
    "\n",
    "\n  ",
    "\n    ",
    "  ",
    " ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "\"",
    "'",
    "\"x y\"",
    "'it''s'",
    "|\n",
    ">\n",
    "|-\n  ",
    "# c",
    " #",
    "&x ",
    "*x",
    "<<: ",
    "? ",
    "!!str ",
    "!t ",
    "---\n",
    "...\n",
    "%",
    "@",
    "`",
    "\t",
    "é",
    "a: 1",
    "b: [1, 2]",
    "c: {d: e}",
    "\\n",
    "key: value\n",
    "  - item\n",
];

/// A document of a number of tokens that follow from the seed.
fn drawn(mut seed: u64) -> String {
    let mut next = |below: usize| {
        // Knuth's constants; the upper bits are the better ones.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let count = 1 + next(12);
    (0..count).map(|_| TOKENS[next(TOKENS.len())]).collect()
}

#[test]
fn yaml_that_no_one_wrote_is_read_as_helm_reads_it() {
    let Some(mut oracle) = Oracle::start() else { return };
    let texts: Vec<_> = (0..5000).map(|seed| reading(&drawn(seed * 7919 + 17))).collect();
    compare(&mut oracle, "drawn documents", &texts, KNOWN_OF_DRAWN);
}

#[test]
fn the_charts_call_every_function() {
    let mut text = String::new();
    for chart in ["functions", "secrets"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts").join(chart).join("templates");
        for entry in std::fs::read_dir(folder).unwrap() {
            text.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
        }
    }
    // What stands in actions and not in strings, nor after a point or a dollar.
    let actions: String = Regex::new(r"\{\{.*?\}\}").unwrap().find_iter(&text).map(|action| action.as_str()).collect();
    let bare = Regex::new(r#""(\\.|[^"\\])*"|`[^`]*`|[.$]\w+"#).unwrap().replace_all(&actions, " ");
    let words: BTreeSet<_> = bare.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let missing: Vec<_> = FUNCTIONS.lines().filter(|name| !words.contains(name)).collect();
    assert!(missing.is_empty(), "no template calls {missing:?}");
}
