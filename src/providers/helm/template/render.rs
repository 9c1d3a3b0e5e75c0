//! Renders a chart: the one way in.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value as Json};

use super::error::RenderError;
use super::execute::{self, Engine, Executed, TemplateSet};
use super::limits::Limits;
use super::lookup::{Lookup, Lookups};
use super::objects::{Capabilities, CapabilitiesObject, Files, chart};
use super::{Surroundings, Value};
use crate::providers::helm::chart::{Chart, File};

/// A chart to render, and everything that its text depends on.
pub(crate) struct Rendering<'a> {
    /// With its dependencies processed: only those that are enabled, under their aliases.
    pub(crate) chart: &'a Chart,
    /// Coalesced.
    pub(crate) values: &'a Map<String, Json>,
    pub(crate) release: ReleaseFacts,
    pub(crate) capabilities: &'a Capabilities,
    pub(crate) lookups: &'a Lookups,
    pub(crate) surroundings: &'a (dyn Surroundings + Sync),
    pub(crate) limits: Limits,
}

/// `.Release`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReleaseFacts {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) revision: u64,
    pub(crate) is_upgrade: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rendered {
    /// By the names of the templates, `keda/templates/deployment.yaml`; partials give no text of their own.
    pub(crate) files: BTreeMap<String, String>,
    /// What was asked of the cluster and not known.
    pub(crate) asked: Vec<Lookup>,
}

/// What includes itself a thousand times needs room for it. Pages that are never touched cost nothing.
const STACK: usize = 512 * 1024 * 1024;

/// Renders all templates of a chart and of its dependencies. The first thing that goes wrong ends it.
pub(crate) fn render(rendering: &Rendering<'_>) -> Result<Rendered, RenderError> {
    let rendered = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("render".to_owned()).stack_size(STACK);
        match thread.spawn_scoped(scope, || render_here(rendering)) {
            Ok(handle) => handle.join().unwrap_or_else(|_| Err(Box::new(broken("the renderer broke off")))),
            Err(error) => Err(Box::new(broken(&format!("no thread to render on: {error}")))),
        }
    });
    rendered.map_err(|error| *error)
}

fn broken(message: &str) -> RenderError {
    RenderError { message: message.to_owned(), places: Vec::new() }
}

/// A file to be rendered, and what it is rendered with.
struct Template<'a> {
    path: String,
    file: &'a File,
    scope: Rc<Scope>,
}

/// What the templates of one chart are given.
struct Scope {
    dot: Value,
    base_path: String,
}

fn render_here(rendering: &Rendering<'_>) -> Executed<Rendered> {
    let mut templates = Vec::new();
    let whole = Whole {
        release: release(&rendering.release),
        capabilities: Value::Object(Rc::new(CapabilitiesObject::of(rendering.capabilities))),
    };
    let values = Value::map(rendering.values.iter().map(|(key, value)| (key.as_str(), Value::from_json(value))));
    whole.collect(rendering.chart, &rendering.chart.metadata.name, values, true, &mut templates);
    templates.sort_by(|one, other| depth_and_name(&other.path).cmp(&depth_and_name(&one.path)));
    render_all(rendering, &templates)
}

fn render_all(rendering: &Rendering<'_>, templates: &[Template<'_>]) -> Executed<Rendered> {
    let mut set = TemplateSet::default();
    for template in templates {
        let text = String::from_utf8_lossy(&template.file.data);
        for tree in execute::parse(&template.path, &text)? {
            set.add(tree);
        }
    }
    let set = Rc::new(set);
    let engine = Engine::new(rendering.surroundings, rendering.lookups, rendering.limits);
    let mut files = BTreeMap::new();
    for template in templates.iter().filter(|template| !base_name(&template.path).starts_with('_')) {
        let Some(tree) = set.find(&template.path) else { continue };
        let text = engine.execute(&set, tree, template.dot())?;
        files.insert(template.path.clone(), execute::without_no_value(text));
    }
    Ok(Rendered { files, asked: engine.asked() })
}

/// Deep files are read first, so that what a chart defines wins over what its dependencies do.
fn depth_and_name(path: &str) -> (usize, &str) {
    (path.matches('/').count(), path)
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn release(facts: &ReleaseFacts) -> Value {
    Value::map([
        ("Name", Value::string(facts.name.as_str())),
        ("Namespace", Value::string(facts.namespace.as_str())),
        ("Revision", Value::Int(i64::try_from(facts.revision).unwrap_or(i64::MAX))),
        ("IsInstall", Value::Bool(!facts.is_upgrade)),
        ("IsUpgrade", Value::Bool(facts.is_upgrade)),
        ("Service", Value::string("Helm")),
    ])
}

impl Template<'_> {
    /// The same map for all templates of a chart: what one of them sets is seen by the next.
    fn dot(&self) -> Value {
        if let Value::Map(map) = &self.scope.dot {
            let template = Value::map([
                ("Name", Value::string(self.path.as_str())),
                ("BasePath", Value::string(self.scope.base_path.as_str())),
            ]);
            map.entries.borrow_mut().insert("Template".into(), template);
        }
        self.scope.dot.clone()
    }
}

/// What is the same in all charts of a release.
struct Whole {
    release: Value,
    capabilities: Value,
}

impl Whole {
    /// Adds the templates of a chart and of those in it, and gives what its templates are given.
    fn collect<'a>(
        &self,
        chart_here: &'a Chart,
        path: &str,
        values: Value,
        is_root: bool,
        templates: &mut Vec<Template<'a>>,
    ) -> Value {
        let subcharts = Value::map([] as [(&str, Value); 0]);
        let dot = Value::map([
            ("Chart", chart(&chart_here.metadata, is_root)),
            ("Files", Value::Object(Rc::new(Files::of(&chart_here.files)))),
            ("Release", self.release.clone()),
            ("Capabilities", self.capabilities.clone()),
            ("Values", values.clone()),
            ("Subcharts", subcharts.clone()),
        ]);
        for child in &chart_here.dependencies {
            let name = &child.metadata.name;
            let child_path = format!("{path}/charts/{name}");
            let child_dot = self.collect(child, &child_path, values_of(&values, name), false, templates);
            if let Value::Map(map) = &subcharts {
                map.entries.borrow_mut().insert(name.as_str().into(), child_dot);
            }
        }
        let scope = Rc::new(Scope { dot: dot.clone(), base_path: format!("{path}/templates") });
        for file in &chart_here.templates {
            if chart_here.is_library() && !base_name(&file.name).starts_with('_') {
                continue;
            }
            templates.push(Template { path: format!("{path}/{}", file.name), file, scope: scope.clone() });
        }
        dot
    }
}

/// The part of a chart's values that is for one of its dependencies.
fn values_of(values: &Value, name: &str) -> Value {
    let own = match values {
        Value::Map(map) => map.entries.borrow().get(name).cloned(),
        _ => None,
    };
    match own {
        Some(Value::Map(own)) => Value::Map(own),
        _ => Value::map([] as [(&str, Value); 0]),
    }
}

#[cfg(test)]
mod tests {
    use super::super::expectations::{chart as chart_of, render_within, text};
    use super::*;

    fn failure(template: &str) -> String {
        text(template, "", &serde_json::json!({})).unwrap_err().to_string()
    }

    /// A chart `c` with a dependency `sub`, and templates for both.
    fn with_dependency(own: &[(&str, &str)], of_sub: &[(&str, &str)]) -> Chart {
        let mut chart = chart_of(own);
        let mut sub = chart_of(of_sub);
        sub.metadata.name = "sub".into();
        chart.dependencies.push(sub);
        chart
    }

    #[test]
    fn a_dependency_sees_its_own_values_and_names() {
        let shown = "{{ .Values.a }} {{ .Values.global.g }} {{ .Chart.Name }} {{ .Chart.IsRoot }} {{ .Template.Name }}";
        let chart = with_dependency(&[("t.yaml", shown)], &[("t.yaml", shown)]);
        let values = serde_json::json!({
            "a": 1, "global": { "g": "x" }, "sub": { "a": 2, "global": { "g": "y" } },
        });
        let rendered = render_within(&chart, &values, Limits::default()).unwrap();
        assert_eq!(rendered.files["c/templates/t.yaml"], "1 x c true c/templates/t.yaml");
        assert_eq!(rendered.files["c/charts/sub/templates/t.yaml"], "2 y sub false c/charts/sub/templates/t.yaml");
    }

    #[test]
    fn what_a_chart_defines_wins_over_what_its_dependency_does() {
        let define = |text: &str| format!("{{{{ define \"name\" }}}}{text}{{{{ end }}}}");
        let (own, of_sub) = (define("own"), define("sub"));
        let show = "{{ include \"name\" . }}";
        let chart = with_dependency(&[("_h.tpl", &own)], &[("_h.tpl", &of_sub), ("t.yaml", show)]);
        let rendered = render_within(&chart, &serde_json::json!({}), Limits::default()).unwrap();
        assert_eq!(rendered.files["c/charts/sub/templates/t.yaml"], "own");
        assert_eq!(rendered.files.len(), 1, "partials give nothing of their own");
    }

    #[test]
    fn a_library_gives_only_partials() {
        let mut chart = with_dependency(
            &[("t.yaml", "{{ include \"l\" . }}")],
            &[("_l.tpl", "{{ define \"l\" }}from the library{{ end }}"), ("t.yaml", "{{ fail \"never\" }}")],
        );
        chart.dependencies[0].metadata.all.insert("type".into(), "library".into());
        let rendered = render_within(&chart, &serde_json::json!({}), Limits::default()).unwrap();
        assert_eq!(rendered.files["c/templates/t.yaml"], "from the library");
        assert_eq!(rendered.files.len(), 1);
    }

    #[test]
    fn subcharts_are_shown_what_their_templates_are_given() {
        let chart =
            with_dependency(&[("t.yaml", "{{ .Subcharts.sub.Values.a }} {{ .Subcharts.sub.Chart.Name }}")], &[]);
        let values = serde_json::json!({ "sub": { "a": 2 } });
        let rendered = render_within(&chart, &values, Limits::default()).unwrap();
        assert_eq!(rendered.files["c/templates/t.yaml"], "2 sub");
    }

    #[test]
    fn lookups_without_an_answer_are_noted_once() {
        let look = "{{ lookup \"v1\" \"Secret\" \"ns\" \"x\" }}{{ lookup \"v1\" \"Secret\" \"ns\" \"x\" }}";
        let rendered =
            render_within(&chart_of(&[("t.yaml", look)]), &serde_json::json!({}), Limits::default()).unwrap();
        let asked =
            Lookup { api_version: "v1".into(), kind: "Secret".into(), namespace: "ns".into(), name: "x".into() };
        assert_eq!(rendered.asked, [asked]);
        assert_eq!(rendered.files["c/templates/t.yaml"], "map[]map[]");
    }

    #[test]
    fn an_error_tells_the_place_and_how_it_was_reached() {
        let helpers = "{{ define \"labels\" }}\n  {{ .Values.a.b }}\n{{ end }}";
        let error = text("x: |\n  {{- include \"labels\" . | nindent 2 }}", helpers, &serde_json::json!({}));
        assert_eq!(
            error.unwrap_err().to_string(),
            "c/templates/_h.tpl:2:6: nil pointer evaluating interface {}.b\n  \
             at `.Values.a.b` in template \"labels\"\n  \
             from c/templates/t.yaml:2:7: `include \"labels\" .`"
        );
    }

    #[test]
    fn an_error_in_what_tpl_was_given_tells_who_gave_it() {
        let error = failure("{{ tpl \"a {{ .Values.a.b }}\" . }}");
        assert_eq!(
            error,
            "text given to tpl:1:6: nil pointer evaluating interface {}.b\n  at `.Values.a.b`\n  \
             from c/templates/t.yaml:1:4: `tpl \"a {{ .Values.a.b }}\" .`"
        );
        assert!(failure("{{ tpl \"{{ nope }}\" . }}").contains("function \"nope\" not defined"));
    }

    #[test]
    fn a_misspelt_name_of_a_template_is_guessed() {
        let error = text("{{ include \"labells\" . }}", "{{ define \"labels\" }}{{ end }}", &serde_json::json!({}));
        assert!(error.unwrap_err().message.ends_with("is \"labels\" meant?"));
    }

    #[test]
    fn a_thousand_templates_in_one_another_are_rendered() {
        let down = "{{ define \"d\" }}{{ if . }}{{ include \"d\" (int (sub . 1)) }}{{ else }}bottom{{ end }}{{ end }}";
        assert_eq!(text("{{ include \"d\" 999 }}", down, &serde_json::json!({})).unwrap(), "bottom");
        let error = text("{{ include \"d\" 1500 }}", down, &serde_json::json!({})).unwrap_err();
        assert!(error.message.contains("nested reference name: d"), "{error}");
    }

    /// Each would take all time or memory there is, or more stack than any thread has.
    #[test]
    fn what_never_ends_is_ended() {
        let limits = Limits { depth: 2_500, bytes: 1024 * 1024, steps: 100_000, elements: 10_000 };
        let parentheses = format!("{{{{ {}1{} }}}}", "(".repeat(9_000), ")".repeat(9_000));
        for (template, told) in [
            ("{{ define \"r\" }}{{ template \"r\" . }}{{ end }}{{ template \"r\" . }}", "deep in one another"),
            (
                "{{ define \"r\" }}{{ tpl \"{{ include \\\"r\\\" . }}\" . }}{{ end }}{{ include \"r\" . }}",
                "nested reference",
            ),
            ("{{ range 9223372036854775807 }}{{ end }}", "steps"),
            ("{{ range 100000 }}{{ range 100000 }}{{ end }}{{ end }}", "steps"),
            ("{{ range 100000 }}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{{ end }}", "MiB of text"),
            ("{{ $s := \"0123456789\" }}{{ range 60 }}{{ $s = print $s $s }}{{ end }}", "MiB of text"),
            ("{{ range 1000 }}{{ printf \"%999999d\" 1 }}{{ end }}", "MiB of text"),
            ("{{ $l := list }}{{ range 60 }}{{ $l = list $l $l }}{{ end }}{{ toYaml $l }}", "elements"),
            ("{{ $l := list }}{{ range 1000 }}{{ $l = list $l }}{{ end }}", "levels"),
            ("{{ $_ := set .Values \"self\" .Values }}{{ toYaml .Values }}", "contains itself"),
            ("{{ $_ := set .Values \"self\" .Values }}{{ .Values }}", "contains itself"),
            (&parentheses, "take them apart"),
        ] {
            let chart = chart_of(&[("t.yaml", template)]);
            let error = render_within(&chart, &serde_json::json!({}), limits).unwrap_err();
            assert!(error.message.contains(told), "{template:.80}: {error}");
        }
    }

    #[test]
    fn maps_put_into_each_other_without_an_end_are_let_go_of() {
        let chain = "{{ $head := dict }}{{ $last := $head }}{{ range 200000 }}{{ $next := dict }}\
                     {{ $_ := set $last \"x\" $next }}{{ $last = $next }}{{ end }}{{ len $head }}";
        assert_eq!(text(chain, "", &serde_json::json!({})).unwrap(), "1");
    }
}
