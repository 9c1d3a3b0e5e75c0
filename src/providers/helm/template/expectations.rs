//! Templates with what Helm 4.2.3 makes of them, as its own library gave it: `expectations.json` holds a template, a
//! word, and the text that it gives or the message that it fails with.

use serde_json::{Value as Json, json};

use super::error::RenderError;
use super::render::Rendered;
use super::{Capabilities, Limits, Lookups, ReleaseFacts, Rendering, Surroundings, render};
use crate::providers::helm::chart::{Chart, File, Metadata};

/// Surroundings in which nothing happens.
pub(super) struct Stillness;

impl Surroundings for Stillness {
    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }

    fn now(&self) -> std::time::Duration {
        std::time::Duration::from_secs(1_700_000_000)
    }
}

/// A chart called `c` with these templates, by their names under `templates/`.
pub(super) fn chart(templates: &[(&str, &str)]) -> Chart {
    let all = json!({ "apiVersion": "v2", "name": "c", "version": "0.1.0", "appVersion": "1.2" });
    let Json::Object(all) = all else { panic!("an object") };
    let file = |(name, text): &(&str, &str)| File { name: format!("templates/{name}"), data: text.as_bytes().to_vec() };
    Chart {
        metadata: Metadata { name: "c".into(), version: "0.1.0".into(), all },
        templates: templates.iter().map(file).collect(),
        ..Chart::default()
    }
}

pub(super) fn render_within(chart: &Chart, values: &Json, limits: Limits) -> Result<Rendered, RenderError> {
    render(&Rendering {
        chart,
        values: values.as_object().unwrap(),
        release: ReleaseFacts { name: "r".into(), namespace: "n".into(), revision: 1, is_upgrade: false },
        capabilities: &Capabilities {
            kube_version: "v1.36.0".into(),
            api_versions: ["v1", "apps/v1"].map(String::from).into(),
        },
        lookups: &Lookups::new(),
        surroundings: &Stillness,
        limits,
    })
}

/// What one template gives, beside helpers.
pub(super) fn text(template: &str, helpers: &str, values: &Json) -> Result<String, RenderError> {
    let rendered = render_within(&chart(&[("_h.tpl", helpers), ("t.yaml", template)]), values, Limits::default())?;
    Ok(rendered.files["c/templates/t.yaml"].clone())
}

/// Messages that are worded in another way on purpose: Go's tell of its own insides, or of less than is known.
const REWORDED: &[(&str, &str)] = &[
    ("reflect: call of reflect.Value.Type on zero Value", "len of nil pointer"),
    ("reflect: slice index out of range", "index out of range: 3"),
    ("non-function .Values.s of type string", "non-function of type string"),
    ("expected string; found 1", "wrong type for value; expected string; got int"),
    ("wrong type for value; expected string; got interface {}", "invalid value; expected string"),
    ("common.VersionSet", "[]string"),
    ("map[d:%!s(float64=1)]", "map[d:1]"),
    ("can't give argument to non-function 1", "can't give argument to non-function (1)"),
];

#[test]
fn templates_give_what_helm_gives() {
    let table: Json = serde_json::from_str(include_str!("expectations.json")).unwrap();
    let helpers = table["helpers"].as_str().unwrap();
    let mut different = Vec::new();
    let cases = table["cases"].as_array().unwrap();
    for case in cases {
        let [template, word, expected] = [0, 1, 2].map(|index| case[index].as_str().unwrap());
        let same = match (word, text(template, helpers, &table["values"])) {
            ("gives", Ok(text)) => text == expected,
            ("fails", Err(error)) => {
                let reworded = REWORDED.iter().fold(expected.to_owned(), |text, (helm, ours)| text.replace(helm, ours));
                [expected, &reworded].iter().any(|expected| error.message.contains(expected))
            }
            _ => false,
        };
        if !same {
            let got = text(template, helpers, &table["values"]);
            different.push(format!("{template}\n  helm {word} {expected:?}\n  here {got:?}"));
        }
    }
    assert!(cases.len() > 900, "the table is not whole: {} cases", cases.len());
    assert!(different.is_empty(), "{} of {} differ:\n{}", different.len(), cases.len(), different.join("\n"));
}
