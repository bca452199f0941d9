//! The real execution of actions and plans, explored whole with a model checker: two hosts that crash, stall past their
//! lease and come back, one or two steps that fail or end nobody knows how, and an outside world that counts. Time is
//! unbounded: a state holds whether a lease is live, not the hour.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod mutants;
mod state;
mod world;

use std::collections::BTreeSet;

use juno_action::{next_move, transition};
use stateright::{Checker, HasDiscoveries, Model};

use mutants::{MUTANTS, PLAN_MUTANTS, WORLD_MUTANTS};
use world::{Next, Step, World, WorldFaults};

fn worlds(step: Step, next: Next, faults: WorldFaults) -> Vec<World> {
    vec![
        World { name: "one action", steps: 1, crashes: 2, step, next, faults },
        World { name: "a plan of two", steps: 2, crashes: 1, step, next, faults },
        World { name: "a plan of three", steps: 3, crashes: 0, step, next, faults },
    ]
}

/// control: ASI02, ASI08
#[test]
fn every_property_holds_in_every_state() {
    for world in worlds(transition, next_move, WorldFaults::default()) {
        let name = world.name;
        let checker = world.checker().threads(2).spawn_bfs().join();
        assert!(checker.is_done(), "{name}: not all states were visited");
        println!("{name}: {} states, depth {}", checker.unique_state_count(), checker.max_depth());
        checker.assert_properties();
        assert!(checker.unique_state_count() > 500, "{name}: {} states", checker.unique_state_count());
    }
}

fn is_caught(step: Step, next: Next, faults: WorldFaults, property: &'static str) -> bool {
    worlds(step, next, faults).into_iter().any(|world| {
        let found = HasDiscoveries::AnyOf(BTreeSet::from([property]));
        world.checker().finish_when(found).spawn_bfs().join().discovery(property).is_some()
    })
}

#[test]
fn every_mutant_of_the_function_is_caught() {
    for (name, step, property) in MUTANTS {
        assert!(
            is_caught(*step, next_move, WorldFaults::default(), property),
            "{name}: `{property}` should fail"
        );
    }
}

#[test]
fn every_mutant_of_the_plan_is_caught() {
    for (name, next, property) in PLAN_MUTANTS {
        assert!(
            is_caught(transition, *next, WorldFaults::default(), property),
            "{name}: `{property}` should fail"
        );
    }
}

#[test]
fn every_mutant_of_store_and_world_is_caught() {
    for (name, faults, property) in WORLD_MUTANTS {
        assert!(is_caught(transition, next_move, *faults, property), "{name}: `{property}` should fail");
    }
}
