//! `tidegate init`: writes a first stack to start from.

use std::fs::{OpenOptions, create_dir_all};
use std::io::Write as _;

use super::super::arguments::InitArguments;
use super::super::console::Console;
use super::super::failure::{Exit, Failure};
use super::Outcome;

const FIRST_STACK: &str = include_str!("../../../stacks/hello.yaml");

pub(super) fn run(arguments: &InitArguments, console: &Console) -> Outcome {
    let path = &arguments.file;
    let failed = |source| Failure::File { doing: "write", file: path.display().to_string(), source };
    let not_opened = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::usage(format!("`{}` is there already", path.display()), "name another file")
        }
        _ => failed(source),
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        create_dir_all(folder).map_err(failed)?;
    }
    // Never over something that is there.
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(not_opened)?;
    file.write_all(FIRST_STACK.as_bytes()).map_err(failed)?;
    let path = path.display();
    console.message(&serde_json::json!({"version": 1, "type": "initialised", "file": path.to_string()}));
    if !console.json {
        console.out(&format!("Wrote {path}. See what it would make with:\n\n    tidegate plan {path}"));
    }
    Ok(Exit::Done)
}
