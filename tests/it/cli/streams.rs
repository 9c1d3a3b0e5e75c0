//! Terminals, colours, and readers that go away.

use std::process::Stdio;

use super::PAIR;
use crate::support::tidegate::Place;

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = Place::with_text(PAIR);
    for arguments in
        ["--help", "schema", "plan", "graph", "apply --auto-approve -vvv", "state list", "plan --json", "output"]
    {
        let closed = || std::io::pipe().map(|(_, writer)| Stdio::from(writer)).unwrap();
        let without_results = place.command(arguments).stdout(closed()).output().unwrap();
        let stderr = String::from_utf8_lossy(&without_results.stderr);
        assert_eq!(without_results.status.code(), Some(0), "{arguments}: {stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
        let deaf = place.command(arguments).stdout(closed()).stderr(closed()).status().unwrap();
        assert_eq!(deaf.code(), Some(0), "{arguments}");
    }
    place.expect(0, "plan --detailed-exitcode");
}

#[test]
fn colours_are_for_terminals_or_for_who_insists() {
    let mut place = Place::with_text(PAIR);
    let coloured = |place: &Place, arguments: &str| place.expect(0, arguments).all().contains('\u{1b}');
    assert!(!coloured(&place, "plan"));
    place.set("CLICOLOR_FORCE", "1");
    assert!(coloured(&place, "plan"));
    assert!(coloured(&place, "schema tidegate.data"));
    assert!(!coloured(&place, "plan --json"));
    assert!(!coloured(&place, "plan --no-color"));
    place.set("NO_COLOR", "1");
    assert!(!coloured(&place, "plan"));
}

#[test]
fn an_apply_asks_whoever_can_answer() {
    let place = Place::with_text(PAIR);
    insta::assert_snapshot!(place.run("apply").stderr, @r"
    error: there is no one to ask whether to go on
      hint: look at the plan, and give --auto-approve
    ");
    assert_eq!(place.expect(3, "apply --json").messages().last().unwrap()["type"], "error");
    assert_eq!(place.expect(3, "state list").stdout, "");
    let Some(no) = place.run_on_terminal("apply --no-color", "no\n") else { return };
    assert_eq!(no.code, 1, "{}", no.stdout);
    assert!(no.stdout.contains("Only `yes` goes on"), "{}", no.stdout);
    assert!(no.stdout.contains("Nothing was changed."), "{}", no.stdout);
    let yes = place.run_on_terminal("apply --no-color", "yes\n").unwrap();
    assert_eq!(yes.code, 0, "{}", yes.stdout);
    // Nothing to do is nothing to ask for.
    place.expect(0, "apply");
    place.expect(3, "destroy");
    let destroyed = place.run_on_terminal("destroy --no-color", "yes\n").unwrap();
    assert_eq!(destroyed.code, 0, "{}", destroyed.stdout);
    assert_eq!(place.expect(0, "state list").stdout, "The state is empty.\n");
}
