//! What rendering gives: documents, which are objects or hooks, and their order.

mod document;
mod hook;
mod order;
mod split;

use std::collections::BTreeMap;

pub(crate) use document::{Document, documents};
pub(crate) use hook::{Event, Hook};
pub(crate) use order::{by_install, by_uninstall};

/// A rendered chart, sorted out as Helm does it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sorted {
    /// As Helm stores it: everything but the hooks, in the order of installation.
    pub(crate) manifest: String,
    /// The objects of the manifest, in its order.
    pub(crate) documents: Vec<Document>,
    /// In the order of their kinds; whoever runs those of an event orders them by weight.
    pub(crate) hooks: Vec<Hook>,
    /// The chart's `NOTES.txt`; those of its dependencies are dropped.
    pub(crate) notes: Option<String>,
}

/// What was rendered is no manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) struct ManifestError {
    pub(crate) file: String,
    /// In the rendered text, from 1.
    pub(crate) line: Option<usize>,
    pub(crate) message: String,
}

impl std::fmt::Display for ManifestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": what it renders is no manifest: {}", self.message)
    }
}

const NOTES: &str = "NOTES.txt";

/// Sorts out what was rendered, by file: `keda/templates/x.yaml`.
pub(crate) fn sort(rendered: &BTreeMap<String, String>, chart_name: &str) -> Result<Sorted, ManifestError> {
    let own_notes = format!("{chart_name}/templates/{NOTES}");
    let mut sorted = Sorted { notes: rendered.get(&own_notes).cloned(), ..Sorted::default() };
    let mut plain = Vec::new();
    for (file, text) in rendered.iter().filter(|(file, _)| !file.ends_with(NOTES) && !is_partial(file)) {
        for part in split::split(text) {
            let (object, head) = document::parse(file, part, line_of(text, part))?;
            match hook::sort(file, part, &object, &head) {
                hook::Sort::Plain => plain.push((file, part, object, head.kind)),
                hook::Sort::Hook(hook) => sorted.hooks.push(*hook),
                hook::Sort::Unknown => {}
            }
        }
    }
    plain.sort_by(|one, other| by_install(&one.3, &other.3));
    sorted.hooks.sort_by(|one, other| by_install(&one.kind, &other.kind));
    for (file, part, object, _) in plain {
        sorted.manifest.push_str(&format!("---\n# Source: {file}\n{part}\n"));
        sorted.documents.extend(document::documents_of(file, part, object));
    }
    Ok(sorted)
}

/// Files whose names begin with `_` define and render nothing.
fn is_partial(file: &str) -> bool {
    file.rsplit('/').next().unwrap_or_default().starts_with('_')
}

/// The line of a text, from 1, on which a part of it begins.
fn line_of(text: &str, part: &str) -> usize {
    let before = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    text.get(..before).unwrap_or_default().matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    /// What Helm 4.3.1 stores for the same files.
    const STORED: &str = "---\n# Source: c/templates/b.yaml\napiVersion: v1\nkind: Secret\nmetadata:\n  name: c\n\n---\n# Source: c/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n\n\n\n---\n# Source: c/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n\n\n\n---\n# Source: c/templates/b.yaml\n# x\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: d\ndata:\n  x: |\n    a\n\n\n\n";

    #[test]
    fn a_manifest_is_stored_as_helm_stores_it() {
        let a = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n\n\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n\n\n";
        let b = "---apiVersion: v1\nkind: Secret\nmetadata:\n  name: c\n--- # x\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: d\ndata:\n  x: |\n    a\n\n\n";
        let sorted = sort(&rendered(&[("c/templates/a.yaml", a), ("c/templates/b.yaml", b)]), "c").unwrap();
        assert_eq!(sorted.manifest, STORED);
        let objects = |documents: &[Document]| documents.iter().map(|one| one.object.clone()).collect::<Vec<_>>();
        assert_eq!(objects(&documents(&sorted.manifest)), objects(&sorted.documents));
        assert_eq!(documents(&sorted.manifest)[0].source, "c/templates/b.yaml");
        assert_eq!(sorted.documents[3].object["data"]["x"], "a\n");
    }

    #[test]
    fn notes_partials_and_blank_files_are_no_manifest() {
        let files = [
            ("c/templates/NOTES.txt", "hello"),
            ("c/charts/d/templates/NOTES.txt", "not this"),
            ("c/templates/_helpers.tpl", "apiVersion: ["),
            ("c/templates/blank.yaml", " \n---\n\n"),
            ("c/templates/remark.yaml", "# only this\n"),
        ];
        let sorted = sort(&rendered(&files), "c").unwrap();
        assert_eq!(sorted.notes.as_deref(), Some("hello"));
        assert_eq!(sorted.manifest, "---\n# Source: c/templates/remark.yaml\n# only this\n\n");
        assert_eq!(sorted.documents, []);
    }

    #[test]
    fn hooks_stand_apart_in_the_order_of_their_kinds() {
        let hook = |kind: &str, name: &str, event: &str| {
            format!("kind: {kind}\nmetadata:\n  name: {name}\n  annotations:\n    helm.sh/hook: {event}\n---\n")
        };
        let text = [hook("Job", "a", "pre-install"), hook("ServiceAccount", "b", "pre-install"), hook("Job", "c", "x")];
        let sorted = sort(&rendered(&[("c/templates/a.yaml", &text.concat())]), "c").unwrap();
        let names: Vec<_> = sorted.hooks.iter().map(|hook| hook.name.as_str()).collect();
        assert_eq!((names, sorted.manifest.as_str()), (vec!["b", "a"], ""));
    }

    #[test]
    fn a_mistake_names_the_line_of_its_file() {
        let text = "kind: A\n---\n\n\nkind: B\nmetadata: [\n";
        let error = sort(&rendered(&[("c/templates/a.yaml", text)]), "c").unwrap_err();
        assert_eq!(error.file, "c/templates/a.yaml");
        assert!(error.line.is_some_and(|line| (6..=7).contains(&line)), "{error}");
        let error = sort(&rendered(&[("c/templates/a.yaml", "kind: A\n---\n\n- a\n")]), "c").unwrap_err();
        assert_eq!(
            error.to_string(),
            "c/templates/a.yaml:4: what it renders is no manifest: an object begins with fields such as `apiVersion:`, and this is a list"
        );
    }
}
