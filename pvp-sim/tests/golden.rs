//! Owns the golden traces: each scenario against its committed lines; `PVP_BLESS=1` rewrites them.
//!
//! A trace changes only on purpose, in a commit of its own, with a line under Determinism in the changelog.

use std::fmt::Write;

use pvp_sim::scenario::{ALL, Scenario};

fn trace(scenario: &Scenario) -> String {
    let mut text = String::new();
    scenario.trace(|frame, checksum| writeln!(text, "{frame} {checksum:016x}").unwrap());
    text
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
        assert_eq!(trace(scenario), trace(scenario), "{}", scenario.name);
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
