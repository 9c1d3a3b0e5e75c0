//! Operations that are killed after any of their changes, and begun again.

use super::*;

/// Kills the work after each of its changes in turn, does `again`, and looks whether all is as if it had run through.
fn each_cut(start: &Bench, work: impl Fn(&Bench) -> bool, again: impl Fn(&Bench)) -> usize {
    let whole = start.fork(usize::MAX);
    assert!(work(&whole), "it does not even run through");
    let expected = (whole.picture(), in_effect(&whole));
    let changes = whole.changes();
    assert!(changes.len() > 3, "{changes:#?}");
    for cut_after in 1..=changes.len() {
        let killed = start.fork(cut_after);
        assert!(!work(&killed), "change {cut_after} is not the last");
        let next = killed.fork(usize::MAX);
        again(&next);
        let place = format!("killed after change {cut_after}: {}", changes[cut_after - 1]);
        assert_eq!(next.picture(), expected.0, "{place}");
        assert_eq!(in_effect(&next), expected.1, "{place}");
        // Once more changes nothing any more.
        let settled = next.statuses();
        again(&next);
        assert_eq!(next.statuses(), settled, "{place}");
    }
    changes.len()
}

/// What the records say in the end: the manifest in effect, and that nothing is unfinished.
fn in_effect(bench: &Bench) -> Option<(String, Option<String>, usize)> {
    let found = bench.found()?;
    assert_eq!(found.unfinished, None);
    let deployed = found.history.all().iter().filter(|stored| stored.record.status() == Status::Deployed);
    Some((found.effective.manifest().to_owned(), found.inputs().map(str::to_owned), deployed.count()))
}

fn installed() -> Bench {
    let bench = Bench::new();
    bench.converge(&web("one", "example.org/web:1")).unwrap();
    bench
}

fn converges(chart: Chart) -> impl Fn(&Bench) -> bool {
    move |bench| bench.converge_cut(&chart).is_some_and(|done| done.map(drop).is_ok())
}

#[test]
fn an_installation_that_was_killed_is_finished() {
    let chart = Chart { crds: vec![crd_file()], ..web("one", "example.org/web:1") };
    let changes = each_cut(&Bench::new(), converges(chart.clone()), |bench| drop(bench.converge(&chart).unwrap()));
    assert!(changes >= 12, "{changes}");
}

#[test]
fn an_installation_that_was_killed_can_become_another() {
    let other = web("two", "example.org/web:2");
    let start = Bench::new();
    let expected = {
        let whole = start.fork(usize::MAX);
        whole.converge(&other).unwrap();
        whole.picture()
    };
    for cut_after in 1..=20 {
        let killed = start.fork(cut_after);
        if killed.converge_cut(&web("one", "example.org/web:1")).is_some() {
            return;
        }
        let next = killed.fork(usize::MAX);
        next.converge(&other).unwrap();
        assert_eq!(next.picture(), expected, "killed after change {cut_after}");
    }
}

#[test]
fn an_upgrade_that_was_killed_is_finished() {
    let chart = web("two", "example.org/web:2");
    each_cut(&installed(), converges(chart.clone()), |bench| drop(bench.converge(&chart).unwrap()));
}

#[test]
fn an_upgrade_that_was_killed_can_be_taken_back() {
    let start = installed();
    let expected = start.picture();
    for cut_after in 1..=20 {
        let killed = start.fork(cut_after);
        if killed.converge_cut(&web("two", "example.org/web:2")).is_some() {
            return;
        }
        let next = killed.fork(usize::MAX);
        next.converge(&web("one", "example.org/web:1")).unwrap();
        assert_eq!(next.picture(), expected, "killed after change {cut_after}");
    }
}

#[test]
fn a_rollback_that_was_killed_is_finished() {
    let start = installed();
    start.converge(&web("two", "example.org/web:2")).unwrap();
    let back = |bench: &Bench| {
        bench
            .cut(rollback(&bench.calls(), ("demo", "web"), owner(), 1, Options::default()))
            .is_some_and(|done| done.is_ok())
    };
    // A rollback that has come about is no more to be done.
    let again = |bench: &Bench| {
        if bench.found().unwrap().inputs() != Some("one") || bench.found().unwrap().unfinished.is_some() {
            assert!(back(bench));
        }
        bench.converge(&web("one", "example.org/web:1")).unwrap();
    };
    each_cut(&start, back, again);
}

#[test]
fn an_uninstallation_that_was_killed_is_finished() {
    let work = |bench: &Bench| {
        bench.cut(uninstall(&bench.calls(), &removal(CustomResources::Refuse))).is_some_and(|done| done.is_ok())
    };
    let changes = each_cut(&installed(), work, |bench| assert!(work(bench)));
    assert!(changes >= 8, "{changes}");
}

#[test]
fn after_an_uninstallation_that_was_killed_an_installation_begins_anew() {
    let start = installed();
    let chart = web("two", "example.org/web:2");
    for cut_after in 1..=20 {
        let killed = start.fork(cut_after);
        if killed.cut(uninstall(&killed.calls(), &removal(CustomResources::Refuse))).is_some() {
            return;
        }
        let next = killed.fork(usize::MAX);
        let found = next.found();
        let (revision, is_upgrade) = next_revision(found.as_ref());
        let made = next.converge(&chart).unwrap();
        assert_eq!((made.revision, made.action == Action::Upgraded), (revision, is_upgrade), "change {cut_after}");
        assert_eq!(in_effect(&next).unwrap().1.as_deref(), Some("two"));
    }
}

fn next_revision(found: Option<&Found>) -> (u64, bool) {
    crate::providers::helm::operation::next(found)
}

fn crd_file() -> CrdFile {
    CrdFile { name: "crds/boats.yaml".to_owned(), text: super::removals::BOATS.to_owned() }
}
