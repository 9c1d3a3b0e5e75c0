//! Renders charts as it is asked on its input, a line of JSON a request, and answers with one a request on its output.
//! `benches/helm.py` measures with it.
//!
//!     {"chart": PATH, "values": YAML, "times": N}   seconds of each of N renderings, with and without loading
//!     {"chart": PATH, "values": YAML}               what is rendered
#![expect(clippy::disallowed_methods, reason = "it measures")]

use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use tidegate::providers::helm::{OfflineChart, OfflineError, OfflineRelease};

fn main() -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let request: Json = serde_json::from_str(&line?)?;
        let answer = answer(&request).unwrap_or_else(|error| json!({"error": error.to_string()}));
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

fn answer(request: &Json) -> Result<Json, OfflineError> {
    let text = |key: &str| request[key].as_str().unwrap_or_default();
    let (path, values) = (Path::new(text("chart")), text("values"));
    let release = release(request);
    let Some(times) = request["times"].as_u64() else {
        return Ok(json!({"files": OfflineChart::load(path)?.render(values, &release)?}));
    };
    let (mut whole, mut rendering) = (Vec::new(), Vec::new());
    for _ in 0..times {
        let start = Instant::now();
        let chart = OfflineChart::load(path)?;
        let loaded = Instant::now();
        chart.render(values, &release)?;
        whole.push(start.elapsed().as_secs_f64());
        rendering.push(loaded.elapsed().as_secs_f64());
    }
    Ok(json!({"load_and_render": whole, "render": rendering}))
}

fn release(request: &Json) -> OfflineRelease {
    let given = &request["release"];
    let text = |key: &str, default: &str| given[key].as_str().unwrap_or(default).to_owned();
    OfflineRelease {
        name: text("name", "keda"),
        namespace: text("namespace", "keda"),
        revision: given["revision"].as_u64().unwrap_or(1),
        is_upgrade: given["is_upgrade"].as_bool().unwrap_or(false),
        kube_version: text("kube_version", "v1.36.0"),
        api_versions: given["api_versions"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .map(str::to_owned)
            .collect(),
        now: Duration::from_secs(1_700_000_000),
    }
}
