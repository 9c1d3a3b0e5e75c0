//! The service from outside: calls, their codes, and what becomes of things over time.

use serde_json::{Value as Json, json};

use super::super::identity::tests::{Bench, VERSION as IDENTITIES, group, identity};
use super::super::{PRINCIPAL, SUBSCRIPTION};

const VERSION: &str = "2022-04-01";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const ONE: &str = "00000000-0000-4000-8000-000000000001";
const TWO: &str = "00000000-0000-4000-8000-000000000002";

fn on(scope: &str, name: &str) -> String {
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}")
}

fn role(guid: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{guid}")
}

fn of(principal: &str, guid: &str, with: Json) -> Json {
    let mut properties = json!({"principalId": principal, "roleDefinitionId": role(guid)});
    properties.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    json!({"properties": properties})
}

fn subscription() -> String {
    format!("/subscriptions/{SUBSCRIPTION}")
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[test]
fn a_new_principal_is_seen_late_and_sooner_when_it_is_said_what_it_is() {
    let mut bench = Bench::new();
    let (_, principal) = bench.identity("worker");
    let typed = || of(&principal, READER, json!({"principalType": "ServicePrincipal"}));
    let untyped = || of(&principal, READER, json!({}));
    let path = on(&group(""), ONE);
    let mut seen = |body: &dyn Fn() -> Json| {
        let before = bench.world.time();
        loop {
            match bench.code("PUT", &path, VERSION, body()) {
                (400, code) if code == "PrincipalNotFound" => bench.pass(0.5),
                (200 | 201, _) => return (bench.world.time() - before).as_secs_f64(),
                other => panic!("{other:?}"),
            }
        }
    };
    assert!((2.0..=10.5).contains(&seen(&typed)));
    assert!((1.0..=60.5).contains(&seen(&untyped)));
    bench.pass(60.0);
    bench.ask("DELETE", &identity("worker"), IDENTITIES, Json::Null);
    // What it was given outlives it, and nothing more can be given to it.
    assert_eq!(bench.ask("GET", &path, VERSION, Json::Null).0, 200);
    assert_eq!(bench.code("PUT", &on(&subscription(), TWO), VERSION, typed()), refused(400, "PrincipalNotFound"));
}

#[test]
fn the_same_is_assigned_once_and_stays_what_it_is() {
    let mut bench = Bench::new();
    let put =
        |bench: &mut Bench, scope: &str, name: &str, body: Json| bench.code("PUT", &on(scope, name), VERSION, body);
    let reader = |with| of(PRINCIPAL, READER, with);
    let main = group("");
    assert_eq!(put(&mut bench, &main, ONE, reader(json!({}))), refused(201, ""));
    assert_eq!(put(&mut bench, &main, ONE, reader(json!({"description": "x"}))), refused(200, ""));
    assert_eq!(put(&mut bench, &main, TWO, reader(json!({}))), refused(409, "RoleAssignmentExists"));
    let owner = || of(PRINCIPAL, OWNER, json!({}));
    assert_eq!(put(&mut bench, &main, ONE, owner()), refused(400, "RoleAssignmentUpdateNotPermitted"));
    assert_eq!(
        put(&mut bench, &subscription(), ONE, reader(json!({}))),
        refused(400, "RoleAssignmentUpdateNotPermitted")
    );
    assert_eq!(put(&mut bench, &main, TWO, owner()), refused(201, ""));
    bench.pass(5.0);
    let (_, found) = bench.ask("GET", &on(&main, ONE), VERSION, Json::Null);
    assert_eq!((&found["properties"]["description"], &found["properties"]["scope"]), (&json!("x"), &json!(main)));
    assert_eq!(bench.ask("DELETE", &on(&main, ONE), VERSION, Json::Null).0, 200);
    assert_eq!(bench.ask("DELETE", &on(&main, ONE), VERSION, Json::Null).0, 204);
    assert_eq!(bench.code("GET", &on(&main, ONE), VERSION, Json::Null), refused(404, "RoleAssignmentNotFound"));
}

#[test]
fn what_cannot_be_assigned_is_refused() {
    let mut bench = Bench::new();
    let reader = |with| of(PRINCIPAL, READER, with);
    let (main, other) = (group(""), group("").replace("main", "other"));
    let cases = [
        (on(&main, "one"), reader(json!({})), refused(400, "InvalidRoleAssignmentId")),
        (on(&other, ONE), reader(json!({})), refused(404, "ResourceGroupNotFound")),
        (on(&identity("nobody"), ONE), reader(json!({})), refused(404, "ResourceNotFound")),
        (on(&main, ONE), of("me", READER, json!({})), refused(400, "InvalidPrincipalId")),
        (on(&main, ONE), of(ONE, READER, json!({})), refused(400, "PrincipalNotFound")),
        (on(&main, ONE), of(PRINCIPAL, ONE, json!({})), refused(400, "RoleDefinitionDoesNotExist")),
        (on(&main, ONE), reader(json!({"principalType": "User"})), refused(400, "UnmatchedPrincipalType")),
        (on(&main, ONE), reader(json!({"condition": "x"})), refused(400, "BadRequestFormat")),
        (on(&main, ONE), reader(json!({"conditionVersion": "2.0"})), refused(400, "BadRequestFormat")),
        (on(&main, ONE), reader(json!({"scope": main})), refused(400, "InvalidRequestContent")),
        (on(&main, ONE), reader(json!({"principalType": "Robot"})), refused(400, "InvalidRequestContent")),
    ];
    for (path, body, expected) in cases {
        assert_eq!(bench.code("PUT", &path, VERSION, body.clone()), expected, "{path} {body}");
    }
}

#[test]
fn lists_are_of_a_scope_what_is_above_it_and_below() {
    let mut bench = Bench::new();
    let (_, principal) = bench.identity("worker");
    bench.pass(60.0);
    let three = "00000000-0000-4000-8000-000000000003";
    for (scope, name, who) in
        [(subscription(), ONE, PRINCIPAL), (group(""), TWO, principal.as_str()), (identity("worker"), three, PRINCIPAL)]
    {
        assert_eq!(bench.ask("PUT", &on(&scope, name), VERSION, of(who, READER, json!({}))).0, 201);
    }
    bench.pass(5.0);
    let mut names = |scope: &str, filter: &str| -> Vec<String> {
        let path = format!("{scope}/providers/Microsoft.Authorization/roleAssignments{filter}");
        let (status, body) = bench.ask("GET", &path, VERSION, Json::Null);
        assert_eq!(status, 200, "{body}");
        let all = body["value"].as_array().unwrap();
        let mut names: Vec<_> = all.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&group(""), ""), [ONE, TWO, three]);
    assert_eq!(names(&group(""), "?$filter=atScope()"), [ONE, TWO]);
    assert_eq!(names(&subscription(), "?$filter=atScope()"), [ONE]);
    assert_eq!(names(&subscription(), &format!("?$filter=principalId%20eq%20'{principal}'")), [TWO]);
    let list = format!("{}/providers/Microsoft.Authorization/roleAssignments?$filter=x", subscription());
    assert_eq!(bench.code("GET", &list, VERSION, Json::Null), refused(400, "UnsupportedQuery"));
}

#[test]
fn assignments_go_with_what_they_are_on_and_are_no_resources() {
    let mut bench = Bench::new();
    bench.identity("worker");
    for (scope, name) in [(group(""), ONE), (identity("worker"), TWO)] {
        assert_eq!(bench.ask("PUT", &on(&scope, name), VERSION, of(PRINCIPAL, READER, json!({}))).0, 201);
    }
    bench.pass(5.0);
    bench.ask("DELETE", &identity("worker"), IDENTITIES, Json::Null);
    assert_eq!(bench.code("GET", &on(&identity("worker"), TWO), VERSION, Json::Null), refused(404, "ResourceNotFound"));
    let (_, inside) = bench.ask("GET", &group("/resources"), "2021-04-01", Json::Null);
    assert_eq!(inside["value"], json!([]));
    assert_eq!(bench.ask("DELETE", &group(""), "2021-04-01", Json::Null).0, 202);
    bench.pass(120.0);
    bench.ask("GET", &subscription(), "2021-04-01", Json::Null);
    assert_eq!(bench.world.objects().collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn roles_are_found_by_their_names() {
    let mut bench = Bench::new();
    let list = |filter: &str| format!("{}/providers/Microsoft.Authorization/roleDefinitions{filter}", subscription());
    let (status, found) = bench.ask("GET", &list("?$filter=roleName%20eq%20'Reader'"), VERSION, Json::Null);
    assert_eq!(
        (status, found["value"].as_array().unwrap().len(), &found["value"][0]["id"]),
        (200, 1, &json!(role(READER)))
    );
    let (status, found) = bench.ask("GET", &role(READER), VERSION, Json::Null);
    assert_eq!((status, &found["properties"]["roleName"]), (200, &json!("Reader")));
    assert_eq!(bench.code("GET", &role(ONE), VERSION, Json::Null), refused(404, "RoleDefinitionDoesNotExist"));
}
