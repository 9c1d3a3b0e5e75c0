//! What is in `crds/`: definitions of custom resources, which are there before anything else of a release.

use super::Chart;

/// A file of definitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crd {
    /// In its chart: `crds/things.yaml`.
    pub(crate) name: String,
    /// From the outermost chart on: `outer/charts/inner/crds/things.yaml`.
    pub(crate) filename: String,
    pub(crate) data: Vec<u8>,
}

impl Chart {
    /// All of them, those of dependencies after the chart's own.
    pub(crate) fn crds(&self) -> Vec<Crd> {
        let mut found = Vec::new();
        self.add_crds(&self.metadata.name, &mut found);
        found
    }

    fn add_crds(&self, path: &str, found: &mut Vec<Crd>) {
        let own = self.files.iter().filter(|file| file.name.starts_with("crds/") && is_manifest(&file.name));
        found.extend(own.map(|file| Crd {
            name: file.name.clone(),
            filename: format!("{path}/{}", file.name),
            data: file.data.clone(),
        }));
        for dependency in &self.dependencies {
            dependency.add_crds(&format!("{path}/charts/{}", dependency.metadata.name), found);
        }
    }
}

fn is_manifest(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default();
    let ending = file.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    matches!(ending.as_deref(), Some("yaml" | "yml" | "json"))
}

#[cfg(test)]
mod tests {
    use super::super::{File, Metadata};
    use super::*;

    fn chart(name: &str, files: &[&str]) -> Chart {
        let files = files.iter().map(|name| File { name: (*name).to_owned(), data: Vec::new() }).collect();
        Chart { metadata: Metadata { name: name.to_owned(), ..Metadata::default() }, files, ..Chart::default() }
    }

    #[test]
    fn definitions_are_in_the_order_of_files_and_those_of_dependencies_follow() {
        let mut outer = chart("a", &["crds/q.yaml", "README.md", "crds/d/e.yml", "crds/x.txt", "other/crds/z.yaml"]);
        outer.dependencies.push(chart("b", &["crds/y.JSON"]));
        let names: Vec<_> = outer.crds().into_iter().map(|crd| (crd.name, crd.filename)).collect();
        let expected = [
            ("crds/q.yaml", "a/crds/q.yaml"),
            ("crds/d/e.yml", "a/crds/d/e.yml"),
            ("crds/y.JSON", "a/charts/b/crds/y.JSON"),
        ];
        assert_eq!(names, expected.map(|(name, filename)| (name.to_owned(), filename.to_owned())));
    }
}
