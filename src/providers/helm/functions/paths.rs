//! Paths with slashes. Those of the system are the same here: charts are rendered for where Helm runs, on Linux.

use super::super::template::{Function, Value};
use super::arguments::{Arguments, exactly};

const BASE: Function = exactly(1, |_, given| Ok(Value::string(base(given.text(0)?))));
const CLEAN: Function = exactly(1, |_, given| Ok(Value::string(clean(given.text(0)?))));
const DIR: Function = exactly(1, |_, given| Ok(Value::string(folder(given.text(0)?))));
const EXT: Function = exactly(1, |_, given| Ok(Value::string(extension(given.text(0)?))));
const IS_ABS: Function = exactly(1, |_, given| Ok(Value::Bool(given.text(0)?.starts_with('/'))));

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("base", BASE),
    ("clean", CLEAN),
    ("dir", DIR),
    ("ext", EXT),
    ("isAbs", IS_ABS),
    ("osBase", BASE),
    ("osClean", CLEAN),
    ("osDir", DIR),
    ("osExt", EXT),
    ("osIsAbs", IS_ABS),
];

/// What follows the last slash, but for slashes at the end.
fn base(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    match (path, trimmed) {
        ("", _) => ".",
        (_, "") => "/",
        (_, trimmed) => trimmed.rsplit('/').next().unwrap_or(trimmed),
    }
}

fn folder(path: &str) -> String {
    clean(&path[..path.rfind('/').map_or(0, |slash| slash + 1)])
}

/// From the last dot of the last part on.
fn extension(path: &str) -> &str {
    let part = path.rsplit('/').next().unwrap_or(path);
    part.rfind('.').map_or("", |dot| &part[dot..])
}

/// The shortest path to the same place.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::gives;
    use super::*;
    use proptest::prelude::*;

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of what Helm said")]
    fn paths_are_taken_apart_as_in_helm() {
        gives(&[
            ("base \"\"", "string", "."),
            ("base \"/\"", "string", "/"),
            ("base \"a\"", "string", "a"),
            ("base \"a/\"", "string", "a"),
            ("base \"/a/b\"", "string", "b"),
            ("base \"a/b.txt\"", "string", "b.txt"),
            ("base \"a/./b/../c\"", "string", "c"),
            ("base \"../a\"", "string", "a"),
            ("base \"/..\"", "string", ".."),
            ("base \"a//b\"", "string", "b"),
            ("base \"a.b/c\"", "string", "c"),
            ("base \"..\"", "string", ".."),
            ("base \".\"", "string", "."),
            ("base \"./\"", "string", "."),
            ("base \"a/..\"", "string", ".."),
            ("base \"a.tar.gz\"", "string", "a.tar.gz"),
            ("base \".hidden\"", "string", ".hidden"),
            ("base \"/a/b/\"", "string", "b"),
            ("base \"//\"", "string", "/"),
            ("base \"a/../../b\"", "string", "b"),
            ("dir \"\"", "string", "."),
            ("dir \"/\"", "string", "/"),
            ("dir \"a\"", "string", "."),
            ("dir \"a/\"", "string", "a"),
            ("dir \"/a/b\"", "string", "/a"),
            ("dir \"a/b.txt\"", "string", "a"),
            ("dir \"a/./b/../c\"", "string", "a"),
            ("dir \"../a\"", "string", ".."),
            ("dir \"/..\"", "string", "/"),
            ("dir \"a//b\"", "string", "a"),
            ("dir \"a.b/c\"", "string", "a.b"),
            ("dir \"..\"", "string", "."),
            ("dir \".\"", "string", "."),
            ("dir \"./\"", "string", "."),
            ("dir \"a/..\"", "string", "a"),
            ("dir \"a.tar.gz\"", "string", "."),
            ("dir \".hidden\"", "string", "."),
            ("dir \"/a/b/\"", "string", "/a/b"),
            ("dir \"//\"", "string", "/"),
            ("dir \"a/../../b\"", "string", ".."),
            ("clean \"\"", "string", "."),
            ("clean \"/\"", "string", "/"),
            ("clean \"a\"", "string", "a"),
            ("clean \"a/\"", "string", "a"),
            ("clean \"/a/b\"", "string", "/a/b"),
            ("clean \"a/b.txt\"", "string", "a/b.txt"),
            ("clean \"a/./b/../c\"", "string", "a/c"),
            ("clean \"../a\"", "string", "../a"),
            ("clean \"/..\"", "string", "/"),
            ("clean \"a//b\"", "string", "a/b"),
            ("clean \"a.b/c\"", "string", "a.b/c"),
            ("clean \"..\"", "string", ".."),
            ("clean \".\"", "string", "."),
            ("clean \"./\"", "string", "."),
            ("clean \"a/..\"", "string", "."),
            ("clean \"a.tar.gz\"", "string", "a.tar.gz"),
            ("clean \".hidden\"", "string", ".hidden"),
            ("clean \"/a/b/\"", "string", "/a/b"),
            ("clean \"//\"", "string", "/"),
            ("clean \"a/../../b\"", "string", "../b"),
            ("ext \"\"", "string", ""),
            ("ext \"/\"", "string", ""),
            ("ext \"a\"", "string", ""),
            ("ext \"a/\"", "string", ""),
            ("ext \"/a/b\"", "string", ""),
            ("ext \"a/b.txt\"", "string", ".txt"),
            ("ext \"a/./b/../c\"", "string", ""),
            ("ext \"../a\"", "string", ""),
            ("ext \"/..\"", "string", "."),
            ("ext \"a//b\"", "string", ""),
            ("ext \"a.b/c\"", "string", ""),
            ("ext \"..\"", "string", "."),
            ("ext \".\"", "string", "."),
            ("ext \"./\"", "string", ""),
            ("ext \"a/..\"", "string", "."),
            ("ext \"a.tar.gz\"", "string", ".gz"),
            ("ext \".hidden\"", "string", ".hidden"),
            ("ext \"/a/b/\"", "string", ""),
            ("ext \"//\"", "string", ""),
            ("ext \"a/../../b\"", "string", ""),
            ("isAbs \"/a\"", "bool", "true"),
            ("isAbs \"a\"", "bool", "false"),
            ("osBase \"/a/b\"", "string", "b"),
            ("osDir \"/a/b\"", "string", "/a"),
            ("osDir \"a\"", "string", "."),
            ("osDir \"\"", "string", "."),
            ("osClean \"a/../b\"", "string", "b"),
            ("osClean \"\"", "string", "."),
            ("osExt \"a.b\"", "string", ".b"),
            ("osIsAbs \"/\"", "bool", "true"),
            ("osBase \"\"", "string", "."),
            ("osClean \"//a\"", "string", "/a"),
        ]);
    }

    proptest! {
        #[test]
        fn what_is_clean_stays(path in "[a./]{0,12}") {
            let once = clean(&path);
            prop_assert_eq!(clean(&once), once);
        }
    }
}
