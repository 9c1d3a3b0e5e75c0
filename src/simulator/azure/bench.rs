//! Calls to the simulated Resource Manager, for the tests of its services.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value as Json, json};

use super::{Call, SUBSCRIPTION};
use crate::simulator::World;
use crate::simulator::exchange::{Reply, Request};
use crate::simulator::fault::Twist;

/// When every bench begins, in seconds since 1970.
const BEGINNING: u64 = 1_790_000_000;

/// A world with the resource group `main` in it, and the time.
pub(super) struct Bench {
    pub(super) world: World,
    seconds: u64,
    version: &'static str,
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    pub(super) body: Json,
}

impl Told {
    /// The code of the refusal.
    pub(super) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub(super) fn state(&self) -> &str {
        self.body["properties"]["provisioningState"].as_str().unwrap_or_default()
    }
}

impl Bench {
    /// Calls are made in this version of the API.
    pub(super) fn new(version: &'static str) -> Self {
        let mut bench = Self { world: World::new(7), seconds: BEGINNING, version };
        assert_eq!(bench.ask("PUT", &group("main"), json!({"location": "westeurope"})).status, 201);
        bench
    }

    pub(super) fn pass(&mut self, seconds: u64) {
        self.seconds += seconds;
    }

    /// Asks at a path, or at a whole URL that an answer gave.
    pub(super) fn ask(&mut self, method: &str, path: &str, body: Json) -> Told {
        self.ask_twisted(method, path, body, None)
    }

    pub(super) fn get(&mut self, path: &str) -> Told {
        self.ask("GET", path, Json::Null)
    }

    pub(super) fn ask_twisted(&mut self, method: &str, path: &str, body: Json, twist: Option<Twist>) -> Told {
        let url = match path.starts_with("http") {
            true => path.to_owned(),
            false => format!("http://127.0.0.1:1{path}?api-version={}", self.version),
        };
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let host = "127.0.0.1:1";
        let mut request =
            http::Request::builder().method(method).uri(url).header("host", host).body(Bytes::from(body)).unwrap();
        request.extensions_mut().insert(crate::simulator::exchange::ServedAt(host.to_owned()));
        let reply = exchange(&mut self.world, Duration::from_secs(self.seconds), &request, twist);
        let location = reply.headers().get("location").map(|url| url.to_str().unwrap().to_owned());
        let body = serde_json::from_slice(reply.body()).unwrap_or_default();
        Told { status: reply.status().as_u16(), location, body }
    }
}

/// What is answered to a request at a time.
pub(super) fn exchange(world: &mut World, at: Duration, request: &Request, twist: Option<Twist>) -> Reply {
    world.begin(at);
    let reply = match Call::read(request).unwrap() {
        Ok(call) => call.answer(world, twist),
        Err(refused) => *refused,
    };
    world.commit().unwrap();
    reply
}

pub(super) fn group(name: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourcegroups/{name}")
}

/// Such as `Microsoft.EventHub/namespaces/events` in the group `main`.
pub(super) fn path(rest: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/main/providers/{rest}")
}
