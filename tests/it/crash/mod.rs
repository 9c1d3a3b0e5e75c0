//! The real program, killed at any moment of what it does, and started again: one plain `apply` puts everything right.
//!
//! In `simulated` it works in simulated clouds. Here moto is the cloud, behind a proxy that makes every call slow,
//! and lets calls arrive whose caller has died. When a run is killed is drawn from a seed, as so many calls and some
//! milliseconds into it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[cfg(feature = "simulator")]
mod simulated;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::proxy::{Call, Fate, Proxy};
use crate::support::tidegate::Place;
use crate::support::world::{Objects, World};

/// Numbers that look random and are the same every time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }
}

/// What a run without a fault makes, and how many calls it takes to make and to delete it.
struct Faultless {
    objects: Objects,
    apply_calls: usize,
    destroy_calls: usize,
}

/// How one scenario ended.
#[derive(Default)]
struct Verdict {
    kills: usize,
    /// Kills that left a call of which nothing was known.
    open: usize,
    orphans: usize,
    duplicates: usize,
    problems: Vec<String>,
}

fn slow(call: &Call<'_>) -> Fate {
    let mut dice = Dice(call.number as u64);
    let mut some = || Duration::from_millis(5 + dice.below(25));
    Fate::Slow(some(), some())
}

/// Objects that are not ours, with names like ours.
fn add_bystanders(world: &World) {
    let name = &world.name;
    world.make_queue(&format!("{name}-bystander"));
    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let role = world.iam.create_role().role_name(format!("{name}-bystander")).assume_role_policy_document(trust);
    world.wait(role.send()).unwrap();
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let policy = world.iam.create_policy().policy_name(format!("{name}-bystander")).policy_document(document);
    world.wait(policy.send()).unwrap();
}

fn faultless(name: &str) -> Option<Faultless> {
    let world = World::open(name)?;
    let proxy = Proxy::start(world.endpoint(), slow);
    let place = world.video_encoder(&proxy.endpoint());
    add_bystanders(&world);
    place.expect(0, &format!("apply --auto-approve --name {name}"));
    let (objects, apply_calls) = (world.objects(), proxy.calls().len());
    place.expect(0, &format!("destroy --auto-approve {name}"));
    Some(Faultless { objects, apply_calls, destroy_calls: proxy.calls().len() - apply_calls })
}

struct Scenario<'a> {
    world: World,
    proxy: Proxy,
    place: Place,
    faultless: &'a Faultless,
    dice: Dice,
    verdict: Verdict,
}

impl Scenario<'_> {
    /// Runs a command and kills it somewhere on its way.
    fn kill_during(&mut self, arguments: &str, calls: usize) {
        let until = self.proxy.calls().len() + usize::try_from(self.dice.below(calls as u64 + 2)).unwrap();
        let more = Duration::from_micros(self.dice.below(60_000));
        let run = std::cell::RefCell::new(self.place.start(arguments));
        self.proxy.wait_for_calls(until, || run.borrow_mut().has_ended());
        // Not to wait for anything: to be somewhere between two calls.
        std::thread::sleep(more);
        run.into_inner().kill();
        self.verdict.kills += 1;
        let left = self.place.run(&format!("state list --name {}", self.world.name));
        self.verdict.open += usize::from(left.stderr.contains("was cut off while"));
    }

    fn expect(&mut self, code: i32, arguments: &str) {
        let run = self.place.run(arguments);
        if run.code != code {
            self.verdict.problems.push(format!("tidegate {arguments}\n{}", run.text()));
        }
    }

    fn expect_objects(&mut self, expected: &Objects) {
        self.proxy.settle();
        let objects = self.world.objects();
        self.verdict.orphans += objects.keys().filter(|key| !expected.contains_key(*key)).count();
        self.verdict.duplicates += objects.values().filter(|same| same.len() > 1).count();
        for (key, object) in expected.iter().filter(|(key, object)| objects.get(*key) != Some(*object)) {
            self.verdict.problems.push(format!("{key}: {object:?} expected, {:?} found", objects.get(key)));
        }
        for key in objects.keys().filter(|key| !expected.contains_key(*key)) {
            self.verdict.problems.push(format!("{key} should not be there"));
        }
    }

    fn expect_everything(&mut self, name: &str) {
        let faultless = self.faultless;
        self.expect_objects(&faultless.objects);
        self.expect(0, &format!("plan --detailed-exitcode --name {name}"));
    }

    fn play(&mut self, name: &str) {
        let (apply, destroy) =
            (format!("apply --auto-approve --name {name}"), format!("destroy --auto-approve {name}"));
        let faultless = self.faultless;
        add_bystanders(&self.world);
        let bystanders = self.world.objects();
        self.kill_during(&apply, faultless.apply_calls);
        // Sometimes whoever repairs is killed as well.
        while self.dice.below(4) == 0 {
            self.kill_during(&apply, faultless.apply_calls);
        }
        self.expect(0, &apply);
        self.expect_everything(name);
        self.kill_during(&destroy, faultless.destroy_calls);
        self.expect(0, &destroy);
        self.expect_objects(&bystanders);
        self.expect(0, &destroy);
    }
}

fn scenario(name: &str, seed: u64, faultless: &Faultless) -> Verdict {
    let world = World::open(name).unwrap();
    let proxy = Proxy::start(world.endpoint(), slow);
    let place = world.video_encoder(&proxy.endpoint());
    let verdict = Verdict::default();
    let mut scenario = Scenario { world, proxy, place, faultless, dice: Dice(seed), verdict };
    scenario.play(name);
    scenario.verdict
}

/// Plays many scenarios, a few at a time, and says how they ended.
fn play(runs: usize, at_once: usize, first_seed: u64) {
    let prefix = format!("crash{first_seed}");
    let Some(faultless) = faultless(&format!("{prefix}-faultless")) else { return };
    println!("seeds {first_seed} to {}", first_seed + runs as u64 - 1);
    let next = AtomicUsize::new(0);
    let verdicts = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= runs {
                        break;
                    }
                    let seed = first_seed + number as u64;
                    let verdict = scenario(&format!("{prefix}-{number}"), seed, &faultless);
                    for problem in &verdict.problems {
                        println!("seed {seed}: {problem}");
                    }
                    verdicts.lock().unwrap().push(verdict);
                }
            });
        }
    });
    let verdicts = verdicts.into_inner().unwrap();
    let converged = verdicts.iter().filter(|verdict| verdict.problems.is_empty()).count();
    let orphans: usize = verdicts.iter().map(|verdict| verdict.orphans).sum();
    let duplicates: usize = verdicts.iter().map(|verdict| verdict.duplicates).sum();
    let kills: usize = verdicts.iter().map(|verdict| verdict.kills).sum();
    let open: usize = verdicts.iter().map(|verdict| verdict.open).sum();
    println!("{kills} kills, {open} of them in the middle of a call");
    println!("{converged}/{runs} converged, orphans {orphans}, duplicates {duplicates}");
    assert_eq!((converged, orphans, duplicates), (runs, 0, 0));
}

#[test]
fn a_run_killed_between_slow_calls_is_put_right_by_the_next_one() {
    play(3, 3, 1);
}
