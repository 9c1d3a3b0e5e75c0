//! Random calls and random texts: nothing panics, and what must never be is never.

use proptest::prelude::*;

use super::super::pool_settings::taint;
use super::super::version::Version;
use super::*;

fn body() -> impl Strategy<Value = (&'static str, String, Json)> {
    let versions = prop::sample::select(vec!["1.32", "1.33", "1.33.3", "1.34.0", "1.20"]);
    let numbers = (0_i64..4, 0_i64..4);
    let modes = prop::sample::select(vec!["System", "User"]);
    let names = prop::sample::select(vec!["system", "work", "more"]);
    (0_u8..7, versions, numbers, modes, names, any::<bool>()).prop_map(
        |(what, version, (count, most), mode, name, flag)| {
            let settings =
                json!({"mode": mode, "count": count, "enableAutoScaling": flag, "minCount": count, "maxCount": most});
            let mut named = settings.clone();
            named["name"] = json!(name);
            let wanted = json!({"kubernetesVersion": version, "oidcIssuerProfile": {"enabled": flag},
            "agentPoolProfiles": if flag { Json::Null } else { json!([named]) }});
            match what {
                0..=2 => ("PUT", CLUSTER.to_owned(), cluster(&wanted)),
                3 | 4 => ("PUT", pool(name), json!({"properties": settings})),
                5 => ("DELETE", pool(name), Json::Null),
                _ if flag => ("PATCH", CLUSTER.to_owned(), json!({"tags": {"x": version}})),
                _ => ("DELETE", CLUSTER.to_owned(), Json::Null),
            }
        },
    )
}

/// What is never otherwise of a cluster that is shown.
fn sound(cluster: &Json) {
    let properties = &cluster["properties"];
    let pools = properties["agentPoolProfiles"].as_array().unwrap();
    let version = |of: &Json, name: &str| of[name].as_str().and_then(Version::read);
    let is_busy = |of: &Json| !["Succeeded", "Failed"].contains(&text(of, "/provisioningState"));
    assert!(
        pools.iter().any(|pool| pool["mode"] == "System" && !is_busy(pool))
            || is_busy(properties)
            || pools.iter().any(is_busy)
    );
    // Pools change by themselves, or all with their cluster.
    assert!(is_busy(properties) || pools.iter().filter(|pool| is_busy(pool)).count() <= 1, "{cluster}");
    for pool in pools {
        let (plane, nodes) =
            (version(properties, "currentKubernetesVersion"), version(pool, "currentOrchestratorVersion"));
        assert!(plane.is_none() || nodes <= plane, "{cluster}");
    }
    assert_eq!(properties["fqdn"].is_string(), properties["currentKubernetesVersion"].is_string());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_calls_break_it(calls in prop::collection::vec((body(), 0_u64..400), 1..24)) {
        let bench = Bench::new("");
        for ((method, path, body), seconds) in calls {
            let (status, answer) = bench.call(method, &path, body);
            prop_assert!(status < 500, "{status} {answer}");
            prop_assert_eq!(status >= 400, answer["error"]["code"].is_string(), "{} {}", status, answer);
            let (status, shown) = bench.call("GET", CLUSTER, Json::Null);
            if status == 200 {
                sound(&shown);
            }
            bench.pass(seconds);
        }
        bench.pass(700);
        bench.call("DELETE", CLUSTER, Json::Null);
        bench.pass(500);
        prop_assert_eq!(bench.call("GET", CLUSTER, Json::Null).0, 404);
        prop_assert_eq!(bench.simulator.world().objects().filter(|key| key.contains("main")).count(), 0);
    }
}

proptest! {
    #[test]
    fn whatever_is_read_is_what_was_written(text in "(1\\.)?[0-9.]{0,6}|.{0,8}", key in "[a-z./]{1,8}", value in "[a-z]{0,5}") {
        if let Some(version) = Version::read(&text) {
            prop_assert_eq!(Version::read(&version.to_string()), Some(version));
        }
        let read = taint(&format!("{key}={value}:NoExecute"));
        prop_assert_eq!(read, Some(json!({"key": key, "value": value, "effect": "NoExecute"})));
        if let Some(read) = taint(&text) {
            prop_assert!(read["key"].as_str().is_some_and(|key| !key.is_empty()));
        }
    }
}
