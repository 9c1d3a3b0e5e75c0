//! The files a command is given: stacks, variables, saved plans.

use std::path::{Path, PathBuf};

use super::super::arguments::StackArguments;
use super::super::console::Console;
use super::super::failure::Failure;
use crate::address::StackName;
use crate::diagnostic::{Diagnostics, Source, closest};
use crate::expression::Files;
use crate::plan::SavedSource;
use crate::provider::Registry;
use crate::stack::{Assignment, Given, Inputs, Stack, load, read_variable_file};
use crate::store;

/// A stack that was read, and what is needed to read it again.
pub(super) struct Loaded {
    pub(super) stack: Stack,
    pub(super) source: SavedSource,
    pub(super) files: Files,
    pub(super) warnings: Diagnostics,
}

pub(in crate::cli) fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => {
            Failure::usage(format!("there is no file `{}`", path.display()), "check its name and the folder you are in")
        }
        _ => Failure::File { doing: "read", file: path.display().to_string(), source },
    })
}

/// The stack file that was named, or the only one there is.
pub(super) fn stack_file(named: Option<&PathBuf>) -> Result<PathBuf, Failure> {
    if let Some(named) = named {
        return Ok(named.clone());
    }
    let mut found = yaml_files(Path::new("stacks"));
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(Failure::usage(
            "there is no stack file in stacks/",
            "name one, or write a first one with `tidegate init`",
        )),
        _ => {
            let names: Vec<_> = found.iter().map(|path| path.display().to_string()).collect();
            Err(Failure::usage("there is more than one stack file", format!("name one of: {}", names.join(", "))))
        }
    }
}

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    let mut files: Vec<_> = entries.filter(is_yaml).collect();
    files.sort();
    files
}

/// Reads the stack with its variables, problems included.
pub(super) fn load_stack(
    arguments: &StackArguments,
    registry: &Registry,
    console: &Console,
) -> Result<Loaded, Failure> {
    let path = stack_file(arguments.stack.as_ref())?;
    let text = read(&path)?;
    let source = SavedSource::new(path.display().to_string(), text, arguments.name.clone());
    let files = files_beside(&path);
    load_source(source, assignments(arguments, console)?, files, registry, console)
}

/// Reads a stack from its text.
pub(super) fn load_source(
    source: SavedSource,
    assignments: Vec<Assignment>,
    files: Files,
    registry: &Registry,
    console: &Console,
) -> Result<Loaded, Failure> {
    let inputs = Inputs { assignments, name: source.name_override.clone(), files: files.clone() };
    let text = Source { name: source.name.clone(), text: source.text.clone() };
    let (stack, problems) = load(text, &inputs, registry);
    if let Some(stack) = &stack {
        console.redactor.hide(stack.secret_texts());
    }
    match stack {
        Some(stack) if !problems.has_errors() => Ok(Loaded { stack, source, files, warnings: problems }),
        // More may be wrong in what could be read, and it is better told at once.
        Some(stack) => Err(super::validate::problems(&stack, problems, registry).into()),
        None => Err(problems.into()),
    }
}

/// Variables of the environment, then of files, then of flags: later ones win.
pub(super) fn assignments(arguments: &StackArguments, console: &Console) -> Result<Vec<Assignment>, Failure> {
    let mut all: Vec<_> = environment_assignments(console);
    for path in &arguments.var_file {
        let source = Source { name: path.display().to_string(), text: read(path)? };
        all.extend(read_variable_file(source)?);
    }
    all.extend(arguments.var.iter().map(|(name, value)| Assignment {
        name: name.clone(),
        value: Given::Text(value.clone()),
        origin: format!("--var {name}"),
        must_exist: true,
    }));
    Ok(all)
}

fn environment_assignments(console: &Console) -> Vec<Assignment> {
    let variables = console.environment().variables.iter();
    variables
        .map(|(name, value)| Assignment {
            name: name.clone(),
            value: Given::Text(value.clone()),
            origin: format!("TIDEGATE_VAR_{name}"),
            must_exist: false,
        })
        .collect()
}

/// `file(…)` reads relative to the stack file.
fn files_beside(stack: &Path) -> Files {
    let folder = stack.parent().unwrap_or(Path::new("")).to_owned();
    Files::new(move |path| {
        let read =
            if path.ends_with('/') { names_in(&folder.join(path)) } else { std::fs::read_to_string(folder.join(path)) };
        read.map_err(|error| format!("cannot read `{path}`: {error}"))
    })
}

/// The files of a folder, a line each, in order.
fn names_in(folder: &Path) -> std::io::Result<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.path().is_file() {
            names.push(format!("{}\n", entry.file_name().to_string_lossy()));
        }
    }
    names.sort();
    Ok(names.concat())
}

/// The name of a stack whose state is meant: of a stack file, by itself, or the only one there is.
pub(super) fn state_name(
    named: Option<&PathBuf>,
    name: Option<&StackName>,
    state_dir: &Path,
) -> Result<StackName, Failure> {
    if let Some(name) = name {
        return Ok(name.clone());
    }
    let candidates = store::stacks(state_dir)?;
    if let Some(named) = named.filter(|named| !named.exists()) {
        let text = named.display().to_string();
        // A slip must not look like a stack with nothing in it.
        return candidates.iter().find(|known| known.as_str() == text).cloned().ok_or_else(|| {
            let hint = match closest(&text, candidates.iter().map(StackName::as_str)) {
                Some(word) => format!("did you mean `{word}`?"),
                None => {
                    format!("give a stack file, or the name of a stack that has a state in {}", state_dir.display())
                }
            };
            Failure::usage(format!("`{text}` is neither a file nor a stack with a state"), hint)
        });
    }
    let files = yaml_files(Path::new("stacks"));
    if named.is_none() && files.len() != 1 && candidates.len() == 1 {
        return Ok(candidates[0].clone());
    }
    let path = match stack_file(named) {
        Ok(path) => path,
        Err(_) if !candidates.is_empty() => {
            let names: Vec<_> = candidates.iter().map(StackName::as_str).collect();
            return Err(Failure::usage("which stack is meant?", format!("name one of: {}", names.join(", "))));
        }
        Err(failure) => return Err(failure),
    };
    let text = read(&path)?;
    declared_name(&text).ok_or_else(|| {
        Failure::usage(
            format!("`{}` does not say which stack it is", path.display()),
            "give the name of the stack with --name",
        )
    })
}

/// The `stack:` of a file whose variables may be missing.
fn declared_name(text: &str) -> Option<StackName> {
    let file: serde_yaml::Value = serde_yaml::from_str(text).ok()?;
    file.get("stack")?.as_str()?.parse().ok()
}
