//! The real life cycle of a request, explored whole with a model checker: a proposer and three voters, up to three
//! rungs, deadlines, two hosts that may crash. Time is unbounded: a state holds how long the deadline is away, not
//! the hour, and nothing else in a decision depends on the hour.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod appeal;
mod delegation;
mod mutants;
mod properties;
mod state;
mod world;

use std::collections::BTreeSet;

use juno_domain::Role;
use juno_governance::{OnExpiry, transition};
use stateright::{Checker, HasDiscoveries, Model};

use mutants::{MUTANTS, STORE_MUTANTS};
use world::{Step, StoreFaults, World};

/// The teams and ladders under which everything is explored.
fn worlds(step: Step, faults: StoreFaults) -> Vec<World> {
    use Role::{Director, EngineeringManager, ProjectManager, TeamLead};
    let three = [TeamLead, ProjectManager, EngineeringManager];
    let one_each = [TeamLead, ProjectManager, EngineeringManager];
    vec![
        World::new("two of three, then one", step, faults)
            .team([TeamLead, ProjectManager, Director])
            .ladder([(TeamLead, 2, OnExpiry::Escalate), (EngineeringManager, 1, OnExpiry::Deny)]),
        World::new("three rungs that escalate", step, faults)
            .team(one_each)
            .ladder(three.map(|role| (role, 1, OnExpiry::Escalate))),
        World::new("three rungs that end, directors vote", step, faults)
            .team([Director; 3])
            .ladder(three.map(|role| (role, 1, OnExpiry::Deny))),
        World::new("three rungs that escalate, directors vote", step, faults)
            .team([Director; 3])
            .ladder(three.map(|role| (role, 1, OnExpiry::Escalate))),
        World::new("three rungs, two of them held", step, faults).team(one_each).ladder([
            (TeamLead, 1, OnExpiry::Hold { until_hours: 4 }),
            (ProjectManager, 1, OnExpiry::Escalate),
            (EngineeringManager, 1, OnExpiry::Hold { until_hours: 3 }),
        ]),
        World::new("two of three, held", step, faults).team([TeamLead, ProjectManager, Director]).ladder([(
            TeamLead,
            2,
            OnExpiry::Hold { until_hours: 4 },
        )]),
        World::new("two of three", step, faults).team([TeamLead, ProjectManager, ProjectManager]).ladder([(
            TeamLead,
            2,
            OnExpiry::Escalate,
        )]),
    ]
}

/// control: ASI03, ASI10, APTS-HO-003
#[test]
fn every_property_holds_in_every_state() {
    for world in worlds(transition, StoreFaults::default()) {
        let name = world.name;
        let checker = world.checker().threads(2).spawn_bfs().join();
        assert!(checker.is_done(), "{name}: not all states were visited");
        println!("{name}: {} states, depth {}", checker.unique_state_count(), checker.max_depth());
        checker.assert_properties();
        assert!(checker.unique_state_count() > 500, "{name}: {} states", checker.unique_state_count());
    }
}

/// Whether a property fails in any of the worlds, under a changed function or store.
fn is_caught(step: Step, faults: StoreFaults, property: &'static str) -> bool {
    worlds(step, faults).into_iter().any(|world| {
        let found = HasDiscoveries::AnyOf(BTreeSet::from([property]));
        world.checker().finish_when(found).spawn_bfs().join().discovery(property).is_some()
    })
}

#[test]
fn every_mutant_of_the_function_is_caught() {
    for (name, step, property) in MUTANTS {
        assert!(is_caught(*step, StoreFaults::default(), property), "{name}: `{property}` should fail");
    }
}

#[test]
fn every_mutant_of_the_store_is_caught() {
    for (name, faults, property) in STORE_MUTANTS {
        assert!(is_caught(transition, *faults, property), "{name}: `{property}` should fail");
    }
}
