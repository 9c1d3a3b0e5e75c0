//! Reads a chart from its folder, in the order of names.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::budget::Budget;
use super::digest::Digest;
use super::ignore::Rules;
use super::{ChartError, File};

/// What is left out of the chart.
const IGNORE: &str = ".helmignore";

/// # Errors
/// When something in it cannot be read, is no file, or is more than a chart may have.
pub(super) fn files(path: &Path, budget: &mut Budget) -> Result<Vec<File>, ChartError> {
    let rules = match fs::read(path.join(IGNORE)) {
        Ok(text) => Rules::parse(&String::from_utf8_lossy(&text))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Rules::parse("")?,
        Err(error) => return Err(unreadable(IGNORE, &error)),
    };
    let mut walk = Walk { rules, files: Vec::new(), budget, inside: Vec::new() };
    walk.folder(path, "")?;
    Ok(walk.files)
}

/// What a chart in a folder is known by: its files' names and contents, in order.
pub(super) fn digest(files: &[File]) -> String {
    let mut hash = Digest::default();
    for File { name, data } in files {
        hash.add((name.len() as u64).to_be_bytes());
        hash.add(name);
        hash.add((data.len() as u64).to_be_bytes());
        hash.add(data);
    }
    hash.finish()
}

struct Walk<'a> {
    rules: Rules,
    files: Vec<File>,
    budget: &'a mut Budget,
    /// The folders that this one is in, without links: one that is among them again would never end.
    inside: Vec<PathBuf>,
}

impl Walk<'_> {
    /// `prefix` is the folder's path from the chart on, with a slash at its end.
    fn folder(&mut self, path: &Path, prefix: &str) -> Result<(), ChartError> {
        let shown = if prefix.is_empty() { path.to_string_lossy().into_owned() } else { prefix.to_owned() };
        let real = fs::canonicalize(path).map_err(|error| unreadable(&shown, &error))?;
        if self.inside.contains(&real) {
            let message = format!("`{shown}` is a link to a folder that it is in");
            return Err(ChartError::new("chart/link-loop", message, "remove the link"));
        }
        self.inside.push(real);
        let mut names = Vec::new();
        for entry in fs::read_dir(path).map_err(|error| unreadable(&shown, &error))? {
            let name = entry.map_err(|error| unreadable(&shown, &error))?.file_name();
            names.push(name.into_string().map_err(|name| {
                let message = format!("`{prefix}{}` has a name that is not UTF-8", name.to_string_lossy());
                ChartError::new("chart/name-not-utf8", message, "rename it")
            })?);
        }
        names.sort();
        for name in names {
            self.budget.entry()?;
            self.entry(&path.join(&name), &format!("{prefix}{name}"))?;
        }
        self.inside.pop();
        Ok(())
    }

    fn entry(&mut self, path: &Path, name: &str) -> Result<(), ChartError> {
        // Links are followed, as Helm does: a chart in a folder is its user's own.
        let found = fs::metadata(path).map_err(|error| unreadable(name, &error))?;
        if self.rules.ignores(name, found.is_dir()) {
            return Ok(());
        }
        if found.is_dir() {
            return self.folder(path, &format!("{name}/"));
        }
        if !found.is_file() {
            let message = format!("`{name}` is neither a file nor a folder");
            return Err(ChartError::new("chart/special-file", message, "remove it, or name it in `.helmignore`"));
        }
        Budget::check_file(name, found.len())?;
        let mut data = fs::read(path).map_err(|error| unreadable(name, &error))?;
        self.budget.take(data.len() as u64)?;
        if data.starts_with(b"\xef\xbb\xbf") {
            data.drain(..3);
        }
        self.files.push(File { name: name.to_owned(), data });
        Ok(())
    }
}

fn unreadable(name: &str, error: &io::Error) -> ChartError {
    let help = "see that it is there and that you may read it";
    ChartError::new("chart/unreadable", format!("cannot read `{name}`: {error}"), help)
}

#[cfg(test)]
mod tests {
    use super::super::load_folder;
    use super::*;

    fn chart(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let chart = [("Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n")];
        for (name, content) in chart.iter().chain(files) {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            io::Write::write_all(&mut fs::File::create(path).unwrap(), content.as_bytes()).unwrap();
        }
        folder
    }

    fn names(files: &[File]) -> Vec<&str> {
        files.iter().map(|file| file.name.as_str()).collect()
    }

    #[test]
    fn files_are_in_the_order_of_names_and_dot_files_of_templates_are_left_out() {
        let folder =
            chart(&[("templates/b.yaml", ""), ("templates/.hidden", ""), ("templates/a/z.yaml", ""), ("x", "")]);
        let loaded = load_folder(folder.path()).unwrap();
        assert_eq!(names(&loaded.templates), ["templates/a/z.yaml", "templates/b.yaml"]);
        assert_eq!(names(&loaded.files), ["x"]);
    }

    #[test]
    fn what_helmignore_names_is_left_out() {
        let folder = chart(&[
            (".helmignore", "*.bak\n/top.txt\nsecret/\n"),
            ("a.bak", ""),
            ("x/b.bak", ""),
            ("top.txt", ""),
            ("x/top.txt", ""),
            ("secret/a", ""),
            ("x/secret/a", ""),
        ]);
        assert_eq!(names(&load_folder(folder.path()).unwrap().files), [".helmignore", "x/top.txt"]);
    }

    #[test]
    fn links_are_followed_and_loops_end() {
        let elsewhere = tempfile::tempdir().unwrap();
        fs::create_dir(elsewhere.path().join("inner")).unwrap();
        fs::File::create(elsewhere.path().join("inner/a.yaml")).unwrap();
        let folder = chart(&[("templates/own.yaml", "")]);
        std::os::unix::fs::symlink(elsewhere.path().join("inner"), folder.path().join("templates/linked")).unwrap();
        let loaded = load_folder(folder.path()).unwrap();
        assert_eq!(names(&loaded.templates), ["templates/linked/a.yaml", "templates/own.yaml"]);

        std::os::unix::fs::symlink(folder.path(), folder.path().join("templates/loop")).unwrap();
        assert_eq!(load_folder(folder.path()).unwrap_err().code, "chart/link-loop");
    }

    #[test]
    fn a_link_to_nothing_and_a_file_that_is_too_large_are_named() {
        let folder = chart(&[]);
        std::os::unix::fs::symlink("nowhere", folder.path().join("dangling")).unwrap();
        assert!(load_folder(folder.path()).unwrap_err().message.contains("`dangling`"));
        fs::remove_file(folder.path().join("dangling")).unwrap();
        fs::File::create(folder.path().join("large")).unwrap().set_len(5 * 1024 * 1024 + 1).unwrap();
        assert_eq!(load_folder(folder.path()).unwrap_err().code, "chart/file-too-large");
    }

    #[test]
    fn sockets_are_refused() {
        let folder = chart(&[]);
        let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("s")).unwrap();
        assert_eq!(load_folder(folder.path()).unwrap_err().code, "chart/special-file");
    }

    #[test]
    fn the_digest_tells_charts_apart_that_have_the_same_bytes_in_other_files() {
        let digest = |files| load_folder(chart(files).path()).unwrap().digest;
        let one = digest(&[("a", "bc"), ("d", "")]);
        assert_eq!(one, digest(&[("a", "bc"), ("d", "")]));
        assert_ne!(one, digest(&[("a", "b"), ("d", "c")]));
        assert_ne!(one, digest(&[("abc", ""), ("d", "")]));
    }
}
