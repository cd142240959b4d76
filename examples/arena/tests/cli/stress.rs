//! `arena stress`: two simulations that must stay equal, and a drill in which they do not.

use crate::support::{run, run_json};

#[test]
fn a_run_is_the_same_for_the_same_seed_and_another_for_another() {
    let stress = |seed: &str| run_json(&["stress", "--frames", "2000", "--seed", seed, "--json"]);
    let (first, again, other) = (stress("1"), stress("1"), stress("2"));
    assert_eq!(first, again);
    assert_ne!(first["checksum"], other["checksum"]);
    assert_eq!(first["frames"], 2000);
    assert!(first["resimulated_frames"].as_u64() > Some(10_000), "{first}");
}

#[test]
fn a_planted_fault_fails_the_run_and_is_named_to_the_field() {
    let output = run(&["stress", "--frames", "2000", "--inject-desync", "900"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("frame 899 differs"), "{said}");
    assert!(said.contains("players[1].velocity.y"), "{said}");
}
