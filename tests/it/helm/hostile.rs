//! Charts that mean harm: they end with an error that says where and why, in bounded memory. Each is rendered in a
//! process of its own that may take no more than a share of memory and of processor time.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use tidegate::providers::helm::{OfflineRelease, render};

/// What the process that renders finds its chart by.
const CHART: &str = "TIDEGATE_TEST_HOSTILE_CHART";

/// In KiB, for the process: half a GiB of it is room for deep templates, of which little is ever touched.
const ADDRESS_SPACE: u64 = 3 * 1024 * 1024;

/// In seconds of a processor. It is no measure of speed: it ends what would never end.
const PROCESSOR_TIME: u64 = 400;

struct Case {
    name: &'static str,
    /// Files of the chart besides `Chart.yaml`, by path; one named so replaces it.
    files: Vec<(&'static str, String)>,
    /// What the error has to say.
    says: &'static [&'static str],
}

/// A chart of one template.
fn template(name: &'static str, text: impl Into<String>, says: &'static [&'static str]) -> Case {
    Case { name, files: vec![("templates/t.yaml", text.into())], says }
}

fn values(name: &'static str, values: impl Into<String>, text: &str, says: &'static [&'static str]) -> Case {
    Case { name, files: vec![("values.yaml", values.into()), ("templates/t.yaml", text.to_owned())], says }
}

fn recursions() -> Vec<Case> {
    let here: &[&str] = &["t.yaml"];
    let nested = |what: &str, close: &str| format!("{}x{}", what.repeat(100_000), close.repeat(100_000));
    vec![
        template("an include of itself", r#"{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}"#, here),
        template("a template of itself", r#"{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}"#, here),
        template(
            "two that include each other",
            r#"{{ define "a" }}{{ include "b" . }}{{ end }}{{ define "b" }}x{{ include "a" . }}{{ end }}{{ include "a" . }}"#,
            here,
        ),
        template(
            "an endless series of names",
            r#"{{ define "a" }}{{ tpl (printf "{{ define \"n%d\" }}{{ include \"a\" (dict \"i\" %d) }}{{ end }}{{ include \"n%d\" . }}" (int .i) (int (add1 .i)) (int .i)) . }}{{ end }}{{ include "a" (dict "i" 0) }}"#,
            here,
        ),
        values("a text that is carried out in itself", "x: '{{ tpl .Values.x . }}'", "{{ tpl .Values.x . }}", here),
        values(
            "a text that grows as it is carried out",
            "x: '{{ tpl (print .Values.x .Values.x) . }}'",
            "{{ tpl .Values.x . }}",
            here,
        ),
        template("a map in itself, to YAML", r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ mustToYaml $d }}"#, here),
        template("a map in itself, to JSON", r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ mustToJson $d }}"#, here),
        template("a map in itself, to TOML", r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ mustToToml $d }}"#, here),
        template("a map in itself, printed", r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $d }}"#, here),
        template(
            "a map in itself, quoted",
            r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ quote $d }}{{ printf "%v" $d }}"#,
            here,
        ),
        template(
            "a map in itself, copied",
            r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $e := mustDeepCopy $d }}"#,
            here,
        ),
        template(
            "maps in themselves, compared",
            r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $e := dict }}{{ $_ := set $e "d" $e }}{{ deepEqual $d $e }}"#,
            here,
        ),
        template(
            "maps in themselves, merged",
            r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $e := dict }}{{ $_ := set $e "d" $e }}{{ mustMerge $d $e }}"#,
            here,
        ),
        template(
            "a list in a map in the list",
            r#"{{ $d := dict }}{{ $l := list $d }}{{ $_ := set $d "l" $l }}{{ $l }}{{ mustUniq (list $l $l) }}"#,
            here,
        ),
        template("parentheses without an end", nested("{{ (", ")"), here),
        template("deep parentheses", format!("{{{{ {} }}}}", nested("(", ")")), here),
        template("deep conditions", nested("{{ if true }}", "{{ end }}"), here),
        template("deep calls", format!("{{{{ {} }}}}", nested("(print ", ")")), here),
        template(
            "a chain of else",
            format!("{{{{ if false }}}}{}{{{{ fail \"end\" }}}}{{{{ end }}}}", "{{ else if false }}".repeat(100_000)),
            here,
        ),
        template(
            "a map a hundred thousand deep",
            r#"{{ $d := dict }}{{ range until 100000 }}{{ $d = dict "d" $d }}{{ end }}{{ mustToJson $d }}"#,
            here,
        ),
        template(
            "a list a hundred thousand deep",
            r#"{{ $d := list }}{{ range until 100000 }}{{ $d = list $d }}{{ end }}{{ print $d }}"#,
            here,
        ),
    ]
}

fn bombs() -> Vec<Case> {
    let here: &[&str] = &["t.yaml"];
    vec![
        template("a repetition", r#"{{ repeat 2000000000 "xxxx" }}"#, here),
        template(
            "repetitions in loops",
            r#"{{ range until 1000 }}{{ range until 1000 }}{{ repeat 1000000 "x" }}{{ end }}{{ end }}"#,
            here,
        ),
        template(
            "a text that doubles",
            r#"{{ $s := "x" }}{{ range until 64 }}{{ $s = print $s $s }}{{ end }}{{ len $s }}"#,
            here,
        ),
        template(
            "a list that doubles",
            r#"{{ $l := list 1 }}{{ range until 64 }}{{ $l = concat $l $l }}{{ end }}{{ len $l }}"#,
            here,
        ),
        template(
            "a list that doubles in depth",
            r#"{{ $l := list 1 }}{{ range until 64 }}{{ $l = list $l $l }}{{ end }}{{ toJson $l }}"#,
            here,
        ),
        template(
            "a map that doubles in depth",
            r#"{{ $d := dict }}{{ range until 64 }}{{ $d = dict "a" $d "b" $d }}{{ end }}{{ $d | toString | len }}"#,
            here,
        ),
        template(
            "a map that doubles and is copied",
            r#"{{ $d := dict }}{{ range until 64 }}{{ $d = dict "a" $d "b" $d }}{{ end }}{{ $e := mustDeepCopy $d }}"#,
            here,
        ),
        template(
            "maps that double and are compared",
            r#"{{ $d := dict }}{{ $e := dict }}{{ range until 64 }}{{ $d = dict "a" $d "b" $d }}{{ $e = dict "a" $e "b" $e }}{{ end }}{{ deepEqual $d $e }}"#,
            here,
        ),
        template("a long range of numbers", r#"{{ until 2000000000 | len }}"#, here),
        template("a long series of numbers", r#"{{ seq 1 2000000000 | len }}"#, here),
        template("a long range with steps", r#"{{ untilStep 0 2000000000 1 | len }}"#, here),
        template("a long way to count", r#"{{ range 9000000000000000000 }}{{ end }}"#, here),
        template(
            "loops that write nothing",
            r#"{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}"#,
            here,
        ),
        template("a wide indent", r#"{{ indent 2000000000 "x" }}"#, here),
        template("indents of many lines", r#"{{ $s := repeat 100000 "\n" }}{{ indent 100000 $s }}"#, here),
        template("a long password", r#"{{ randAlphaNum 2000000000 }}"#, here),
        template("many random bytes", r#"{{ randBytes 2000000000 }}"#, here),
        template(
            "a replacement that grows",
            r#"{{ $s := "x" }}{{ range until 64 }}{{ $s = replace "x" "xxxxxxxxxx" $s }}{{ end }}"#,
            here,
        ),
        template(
            "an expression that grows",
            r#"{{ $s := "x" }}{{ range until 64 }}{{ $s = regexReplaceAll "x" $s "xxxxxxxxxx" }}{{ end }}"#,
            here,
        ),
        template(
            "a join that grows",
            r#"{{ $s := "x" }}{{ range until 64 }}{{ $s = join $s (list $s $s $s) }}{{ end }}"#,
            here,
        ),
        template(
            "a giant expression",
            r#"{{ mustRegexMatch (printf "(%s)" (repeat 100000 "(a{1,1000}){1,1000}|")) "a" }}"#,
            here,
        ),
        template(
            "an expression that repeats repetitions",
            r#"{{ mustRegexMatch "((((a{1,100}){1,100}){1,100}){1,100}){1,100}" "a" }}"#,
            here,
        ),
        template(
            "an expression in parentheses",
            r#"{{ mustRegexMatch (print (repeat 100000 "(") "a" (repeat 100000 ")")) "a" }}"#,
            here,
        ),
        template("brackets as JSON", r#"{{ mustFromJson (repeat 1000000 "[") }}"#, here),
        template("JSON that is deep", r#"{{ mustFromJson (print (repeat 1000000 "[") (repeat 1000000 "]")) }}"#, here),
        template("text that is no action", "{{".repeat(5 * 512 * 1024), here),
        template("a template that is not there", r#"{{ template "missing" . }}"#, &["missing", "t.yaml", "1"]),
        template("a file of braces", "{{ { }} ".repeat(100_000), here),
    ]
}

fn documents() -> Vec<Case> {
    let laughs = |first: &str| {
        let level = |n: u32| format!("x{n}: &x{n} [{}]\n", vec![format!("*x{}", n - 1); 10].join(", "));
        format!("{first}x0: &x0 [lol]\n{}", (1..20).map(level).collect::<String>())
    };
    let chart = "apiVersion: v2\nname: hostile\nversion: 0.1.0\n";
    let file = |name, path, text: String, says| Case {
        name,
        files: vec![(path, text), ("templates/t.yaml", "{{ .Values | toYaml }}".to_owned())],
        says,
    };
    let deep = format!("x: {}{}", "[".repeat(200_000), "]".repeat(200_000));
    let maps = (0..5_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<String>();
    let yaml = |text: &str| {
        format!("{{{{ fromYaml (.Files.Get \"x\") | toJson }}}}{}", if text.is_empty() { "" } else { text })
    };
    vec![
        file("a billion laughs as values", "values.yaml", laughs(""), &["values.yaml"]),
        file("a billion laughs as the chart", "Chart.yaml", laughs(chart), &["Chart.yaml"]),
        file(
            "a billion laughs by merging",
            "values.yaml",
            (1..26).fold("x0: &x0 {a: b}\n".to_owned(), |all, n| {
                format!("{all}x{n}: &x{n} {{ l: *x{0}, r: *x{0} }}\n", n - 1)
            }),
            &["values.yaml"],
        ),
        file("values that are deep", "values.yaml", deep.clone(), &["values.yaml"]),
        file("maps that are deep", "values.yaml", maps, &["values.yaml"]),
        file("a chart that is deep", "Chart.yaml", format!("{chart}{deep}"), &["Chart.yaml"]),
        file("values that are no map", "values.yaml", "[1, 2]".to_owned(), &["values.yaml"]),
        file("values that are no YAML", "values.yaml", "a: [".to_owned(), &["values.yaml"]),
        file("a chart without a name", "Chart.yaml", "apiVersion: v2\nversion: 0.1.0\n".to_owned(), &["name"]),
        file("a chart with a path for a name", "Chart.yaml", chart.replace("hostile", "../../etc"), &["name"]),
        file(
            "a schema that asks another machine",
            "values.schema.json",
            r#"{"$ref": "http://127.0.0.1:9/schema.json"}"#.to_owned(),
            &["127.0.0.1:9"],
        ),
        file(
            "a schema that asks for a file",
            "values.schema.json",
            r#"{"$ref": "file:///etc/passwd"}"#.to_owned(),
            &["/etc/passwd"],
        ),
        file("a schema that is itself", "values.schema.json", r##"{"$ref": "#"}"##.to_owned(), &["schema"]),
        file("a schema that is none", "values.schema.json", r#"{"type": 5"#.to_owned(), &["schema"]),
        file(
            "a schema with a giant expression",
            "values.schema.json",
            r#"{"properties": {"x": {"pattern": "((((a{1,100}){1,100}){1,100}){1,100}){1,100}"}}, "required": ["y"]}"#
                .to_owned(),
            &["hostile"],
        ),
        Case {
            name: "YAML in a file that laughs",
            files: vec![("x", laughs("")), ("templates/t.yaml", yaml("{{ fail \"end\" }}"))],
            says: &["t.yaml"],
        },
        Case {
            name: "a pattern of files that branches",
            files: vec![(
                "templates/t.yaml",
                format!("{{{{ .Files.Glob \"{}\" | toYaml }}}}{{{{ fail \"end\" }}}}", "{a,b,c}*".repeat(60)),
            )],
            says: &["t.yaml"],
        },
    ]
}

/// Where a chart is written, for the process that renders it.
fn written(case: &Case) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
    };
    write("Chart.yaml", "apiVersion: v2\nname: hostile\nversion: 0.1.0\n");
    case.files.iter().for_each(|(path, text)| write(path, text));
    folder
}

/// What is wrong with how a chart ended, if anything is.
fn fault(case: &Case) -> Option<String> {
    let folder = written(case);
    let limited = format!("ulimit -v {ADDRESS_SPACE}; ulimit -t {PROCESSOR_TIME}; exec \"$0\" \"$@\"");
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", &limited]).arg(program);
    command.args(["--exact", "helm::hostile::renders_what_it_is_told", "--ignored", "--nocapture", "--test-threads=1"]);
    let output = command.env(CHART, folder.path()).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let told = printed.lines().find_map(|line| line.strip_prefix("ended: "));
    let Some(told) = told else {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Some(format!("{}: {}", output.status, errors.lines().last().unwrap_or_default()));
    };
    let missing = case.says.iter().find(|part| !told.contains(*part));
    let unclear = ["panicked", "broke off"].iter().find(|word| told.contains(*word));
    match (missing, unclear) {
        (Some(part), _) => Some(format!("does not say {part}: {}", shortened(told))),
        (None, Some(_)) => Some(shortened(told)),
        (None, None) if told.len() > 4000 => Some(format!("an error of {} bytes: {}", told.len(), shortened(told))),
        (None, None) => None,
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(300).collect()
}

fn all_end(cases: &[Case]) {
    let faults: Vec<_> = cases.iter().filter_map(|case| Some(format!("{}: {}", case.name, fault(case)?))).collect();
    println!("hostile charts refused: {}/{}", cases.len() - faults.len(), cases.len());
    assert!(faults.is_empty(), "{} end badly:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn recursion_ends_with_a_clear_error() {
    all_end(&recursions());
}

#[test]
fn bombs_end_with_a_clear_error() {
    all_end(&bombs());
}

#[test]
fn hostile_documents_end_with_a_clear_error() {
    all_end(&documents());
}

#[test]
#[ignore = "the others start it"]
fn renders_what_it_is_told() {
    #[expect(clippy::disallowed_methods, reason = "whoever starts it says which chart")]
    let chart = std::env::var_os(CHART).unwrap();
    let release = OfflineRelease {
        name: "trial".to_owned(),
        namespace: "trial-space".to_owned(),
        revision: 1,
        is_upgrade: false,
        kube_version: "v1.34.0".to_owned(),
        api_versions: ["v1".to_owned()].into(),
        now: std::time::Duration::from_secs(1_700_000_000),
    };
    match render(Path::new(&chart), "{}", &release) {
        Ok(files) => panic!("rendered {} bytes", files.values().map(String::len).sum::<usize>()),
        Err(error) => println!("\nended: {}", error.to_string().replace('\n', " ")),
    }
}
