//! The real program in simulated clouds, killed with SIGKILL at any moment of an apply and of a destroy. One plain
//! apply follows, and the world has to be that of a run without a fault.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tidegate::simulator::World;

use super::Dice;
use crate::simulation::picture::{Picture, picture};
use crate::support::tidegate::Place;

const APPLY: &str = "apply --simulate --auto-approve";
const DESTROY: &str = "destroy --simulate --auto-approve";

/// What a run without a fault makes, and how long it takes to make and to delete it.
struct Faultless {
    world: Picture,
    apply: Duration,
    destroy: Duration,
}

#[derive(Default)]
struct Verdict {
    kills: usize,
    /// Kills that left a call of which nothing was known.
    open: usize,
    orphans: usize,
    duplicates: usize,
    problems: Vec<String>,
}

/// The world as the last process left it.
fn world(place: &Place) -> Picture {
    picture(&World::open(&place.path("state/simulated/.world"), 0).unwrap())
}

#[expect(clippy::disallowed_methods, reason = "processes are killed by a clock on the wall")]
fn timed(place: &Place, arguments: &str) -> Duration {
    let begun = Instant::now();
    place.expect(0, arguments);
    begun.elapsed()
}

fn faultless(name: &str) -> Faultless {
    let place = Place::with_stack(name);
    let apply = timed(&place, APPLY);
    let world = world(&place);
    let destroy = timed(&place, DESTROY);
    Faultless { world, apply, destroy }
}

struct Scenario<'a> {
    place: Place,
    faultless: &'a Faultless,
    dice: Dice,
    verdict: Verdict,
}

impl Scenario<'_> {
    /// Runs a command and kills it somewhere on its way.
    fn kill_during(&mut self, arguments: &str, takes: Duration) {
        let range = u64::try_from(takes.as_micros()).unwrap();
        let mut run = self.place.start(arguments);
        std::thread::sleep(Duration::from_micros(self.dice.below(range)));
        run.kill();
        self.verdict.kills += 1;
        let left = self.place.run("state list --simulate");
        self.verdict.open += usize::from(left.stderr.contains("was cut off while"));
    }

    fn expect(&mut self, arguments: &str) {
        let run = self.place.run(arguments);
        if run.code != 0 {
            self.verdict.problems.push(format!("tidegate {arguments}\n{}", run.text()));
        }
    }

    fn expect_world(&mut self, expected: &Picture) {
        let found = world(&self.place);
        self.verdict.orphans += found.keys().filter(|key| !expected.contains_key(*key)).count();
        for (key, object) in expected.iter().filter(|(key, object)| found.get(*key) != Some(*object)) {
            self.verdict.problems.push(format!("{key}: {object:?} expected, {:?} found", found.get(key)));
        }
        for key in found.keys().filter(|key| !expected.contains_key(*key)) {
            self.verdict.problems.push(format!("{key} should not be there"));
        }
        let more = |(key, objects): (&String, &Vec<_>)| expected.get(key).is_some_and(|one| one.len() < objects.len());
        self.verdict.duplicates += found.iter().filter(|pair| more(*pair)).count();
    }

    fn expect_everything(&mut self) {
        let faultless = self.faultless;
        self.expect(APPLY);
        self.expect_world(&faultless.world);
        self.expect("plan --simulate --detailed-exitcode");
    }

    fn play(&mut self) {
        let faultless = self.faultless;
        self.kill_during(APPLY, faultless.apply);
        // Sometimes whoever repairs is killed as well.
        while self.dice.below(4) == 0 {
            self.kill_during(APPLY, faultless.apply);
        }
        self.expect_everything();
        self.kill_during(DESTROY, faultless.destroy);
        if self.dice.below(2) == 0 {
            self.expect_everything();
        }
        self.expect(DESTROY);
        self.expect_world(&Picture::new());
    }
}

/// Plays so many scenarios, two at a time, and says how they ended.
pub fn play(stack: &str, runs: usize, first_seed: u64) {
    let faultless = faultless(stack);
    println!("{stack}: seeds {first_seed} to {}", first_seed + runs as u64 - 1);
    let next = AtomicUsize::new(0);
    let verdicts = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let number = next.fetch_add(1, Ordering::SeqCst)
                    && number < runs
                {
                    let seed = first_seed + number as u64;
                    let (place, dice) = (Place::with_stack(stack), Dice(seed));
                    let mut scenario = Scenario { place, faultless: &faultless, dice, verdict: Verdict::default() };
                    scenario.play();
                    scenario.verdict.problems.iter().for_each(|problem| println!("seed {seed}: {problem}"));
                    verdicts.lock().unwrap().push(scenario.verdict);
                }
            });
        }
    });
    let verdicts = verdicts.into_inner().unwrap();
    let sum = |count: fn(&Verdict) -> usize| verdicts.iter().map(count).sum::<usize>();
    let converged = sum(|verdict| usize::from(verdict.problems.is_empty()));
    let (orphans, duplicates) = (sum(|verdict| verdict.orphans), sum(|verdict| verdict.duplicates));
    println!("{} kills, {} of them in the middle of a call", sum(|verdict| verdict.kills), sum(|verdict| verdict.open));
    println!("{converged}/{runs} converged, orphans {orphans}, duplicates {duplicates}");
    assert_eq!((converged, orphans, duplicates), (runs, 0, 0));
}

#[test]
fn a_killed_run_is_put_right_by_the_next_one() {
    play("quickstart", 7, 1);
    play("multicloud", 3, 1);
}

/// `dev/crash N`.
#[test]
#[ignore = "takes minutes: run it with `dev/crash`"]
fn many_killed_runs_are_put_right_by_the_next_one() {
    let given = |name: &str| {
        #[expect(clippy::disallowed_methods, reason = "what is tried, and how often, is up to whoever starts it")]
        let given = std::env::var(name);
        given.ok()
    };
    let number = |name: &str| given(name).and_then(|text| text.parse().ok());
    let runs = number("TIDEGATE_CRASH_RUNS").unwrap_or(50);
    let seed = number("TIDEGATE_CRASH_SEED").unwrap_or(1000);
    let stack = given("TIDEGATE_CRASH_STACK").unwrap_or_else(|| "quickstart".to_owned());
    play(&stack, usize::try_from(runs).unwrap(), seed);
}
