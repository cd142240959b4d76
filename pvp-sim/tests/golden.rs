//! Owns the golden traces: each scenario against its committed lines; `PVP_BLESS=1` rewrites them.
//!
//! A trace changes only on purpose, in a commit of its own, with a line under Determinism in the changelog.

use std::collections::BTreeSet;
use std::fmt::Write;

use pvp_sim::Event;
use pvp_sim::scenario::{ALL, Scenario, Watch};

/// The lines of a trace, and which kinds of events came up.
#[derive(Default, PartialEq, Debug)]
struct Record {
    lines: String,
    events: BTreeSet<String>,
}

impl Watch for Record {
    fn line(&mut self, frame: u32, checksum: u64) {
        writeln!(self.lines, "{frame} {checksum:016x}").unwrap();
    }

    fn event(&mut self, event: &Event) {
        let text = format!("{event:?}");
        self.events.insert(text.split([' ', '{', '(']).next().unwrap().into());
    }
}

fn record(scenario: &Scenario) -> Record {
    let mut record = Record::default();
    scenario.run(&mut record);
    record
}

fn trace(scenario: &Scenario) -> String {
    record(scenario).lines
}

#[test]
fn every_scenario_has_its_golden_trace() {
    let mut failures = String::new();
    for scenario in ALL {
        if std::env::var_os("PVP_BLESS").is_some() {
            let path = format!("{}/golden/{}.trace", env!("CARGO_MANIFEST_DIR"), scenario.name);
            std::fs::write(path, trace(scenario)).unwrap();
        } else if let Err(difference) = scenario.check() {
            let (name, lines) = (scenario.name, trace(scenario));
            writeln!(failures, "{name}: {difference}\ngolden/{name}.trace would be:\n{lines}").unwrap();
        }
    }
    assert!(
        failures.is_empty(),
        "{failures}if this is meant: PVP_BLESS=1 cargo test -p pvp-sim --test golden"
    );
}

#[test]
fn a_scenario_runs_the_same_way_twice() {
    for scenario in ALL {
        assert_eq!(record(scenario), record(scenario), "{}", scenario.name);
    }
}

#[test]
fn a_changed_missing_or_extra_line_is_found_where_it_is() {
    let scenario = &ALL[0];
    let computed = trace(scenario);
    let lines: Vec<&str> = computed.lines().collect();
    let check = |lines: &[&str]| scenario.check_against(&lines.join("\n"));
    assert_eq!(check(&lines), Ok(lines.len() as u32));

    let mut changed = lines.clone();
    changed[5] = "300 0000000000000000";
    let difference = check(&changed).unwrap_err();
    assert_eq!((difference.line, difference.expected), (6, Some((300, 0))));

    let difference = check(&lines[..lines.len() - 1]).unwrap_err();
    assert_eq!((difference.line, difference.expected), (lines.len() as u32, None));

    let mut longer = lines.clone();
    longer.push("99999 0123456789abcdef");
    let difference = check(&longer).unwrap_err();
    assert_eq!((difference.line, difference.found), (lines.len() as u32 + 1, None));
    assert!(
        difference
            .to_string()
            .contains("frame 99999 checksum 0123456789abcdef, found no such line")
    );
}

#[test]
fn the_scenarios_show_what_they_are_there_for() {
    let expected: &[(&str, &[&str])] = &[
        ("movement", &["Jumped", "Landed"]),
        ("shooting", &["Shot", "Hit", "Died", "RoundEnded", "RoundStarted"]),
        ("archetypes", &["Forged", "Shot", "Hit", "Exploded"]),
        ("knobs", &["Forged", "Bounced", "Hit", "Exploded", "Fizzled"]),
        ("modifiers", &["ModStarted", "ModEnded", "RequestAccepted"]),
        ("fallback", &["Forged", "RequestRefused", "CommitIgnored"]),
        ("swarm", &["Forged", "Shot", "Hit", "Died", "Exploded"]),
        ("arenas", &["Jumped", "Landed", "Shot", "Hit"]),
        ("bots", &["Shot", "Hit", "Died", "MatchEnded"]),
        (
            "soak",
            &["Forged", "ModStarted", "ModEnded", "Died", "Exploded", "Bounced"],
        ),
    ];
    for (name, wanted) in expected {
        let scenario = ALL
            .iter()
            .find(|scenario| scenario.name == *name)
            .expect("a known name");
        let events = record(scenario).events;
        let missing: Vec<_> = wanted.iter().filter(|kind| !events.contains(**kind)).collect();
        assert!(missing.is_empty(), "{name} shows no {missing:?}, only {events:?}");
    }
}
