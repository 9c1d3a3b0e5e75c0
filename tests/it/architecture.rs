//! Checks that the folders under `src/` depend on each other only as ARCHITECTURE.md says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Words that everything is made of; every module may name them.
const WORDS: &[&str] = &["address", "clock", "diagnostic", "expression", "value"];

/// Each module and what it may name besides the words. A module not listed may name nothing.
const ALLOWED: &[(&str, &[&str])] = &[
    ("cli", &["engine", "graph", "plan", "provider", "providers", "simulator", "stack", "state", "store"]),
    ("engine", &["graph", "plan", "provider", "stack", "state", "store"]),
    ("expression", &[]),
    ("graph", &[]),
    ("plan", &["graph", "provider", "stack", "state"]),
    ("provider", &[]),
    ("providers", &["provider"]),
    ("simulator", &[]),
    ("stack", &["provider"]),
    ("state", &[]),
    ("store", &["state"]),
    ("value", &[]),
];

const MAX_LINES: usize = 400;

#[test]
fn modules_depend_only_downwards() {
    let mut violations = Vec::new();
    for (module, allowed) in ALLOWED {
        for file in rust_files(&src().join(module)) {
            // Tests may build what they need out of anything.
            let text = fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]\n").next().unwrap();
            for used in modules_named(code) {
                if used != *module && !allowed.contains(&used.as_str()) && !WORDS.contains(&used.as_str()) {
                    violations.push(format!("{} names crate::{used}", file.display()));
                }
            }
        }
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn every_module_is_listed() {
    let listed: BTreeSet<_> = ALLOWED.iter().map(|(module, _)| (*module).to_owned()).collect();
    let found: BTreeSet<_> = fs::read_dir(src())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(listed, found);
}

#[test]
fn only_the_command_line_prints_or_exits() {
    let told: Vec<_> = rust_files(&src())
        .into_iter()
        .filter(|file| !file.starts_with(src().join("cli")) && !file.ends_with("main.rs"))
        .filter(|file| {
            let text = fs::read_to_string(file).unwrap();
            ["io::stdout", "io::stderr", "process::exit", "env::args"].iter().any(|word| text.contains(word))
        })
        .collect();
    assert!(told.is_empty(), "{told:#?}");
}

#[test]
fn families_know_nothing_of_each_other() {
    // Whatever is an object of a cluster stands on what deals with clusters, and clouds on what they have in common.
    let ground = |family: &str| match family {
        "helm" | "keda" => Some("kubernetes"),
        "aws" | "azure" => Some("cloud"),
        _ => None,
    };
    let families: Vec<_> = fs::read_dir(src().join("providers")).unwrap().map(|entry| entry.unwrap().path()).collect();
    for family in families.iter().filter(|path| path.is_dir()) {
        let own = family.file_name().unwrap().to_string_lossy().into_owned();
        for file in rust_files(family) {
            let text = fs::read_to_string(&file).unwrap();
            for other in text.split("crate::providers::").skip(1) {
                let is_known = other.starts_with(&own) || ground(&own).is_some_and(|ground| other.starts_with(ground));
                assert!(is_known, "{} names another family", file.display());
            }
        }
    }
}

#[test]
fn files_stay_readable() {
    let long: Vec<_> = rust_files(&src())
        .into_iter()
        .filter(|file| {
            let text = fs::read_to_string(file).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            code.lines().count() > MAX_LINES
        })
        .collect();
    assert!(long.is_empty(), "longer than {MAX_LINES} lines: {long:#?}");
}

/// The first path segment after every `crate::` in the text.
fn modules_named(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}
