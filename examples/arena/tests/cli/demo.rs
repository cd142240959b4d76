//! `arena demo`: a whole match in virtual time.

use crate::support::{run, run_json};

#[test]
fn the_same_demo_comes_out_the_same_twice_and_forges_weapons() {
    let args = ["demo", "--frames", "1800", "--seed", "7", "--json"];
    let (first, second) = (run_json(&args), run_json(&args));
    assert_eq!(first, second);
    assert_eq!(first["checksum_a"], first["checksum_b"]);
    assert_eq!(first["in_sync"], true);
    assert_eq!(first["desyncs"], 0);
    assert_eq!(first["confirmed_frame"], 1800);
    assert!(first["rollbacks"].as_u64() > Some(0), "{first}");
    assert!(first["weapons_committed"].as_u64() >= Some(2), "{first}");
    let other = run_json(&["demo", "--frames", "1800", "--seed", "8", "--json"]);
    assert_ne!(first["checksum_a"], other["checksum_a"]);
}

#[test]
fn a_fifth_of_the_packets_lost_at_200_ms_stays_in_sync() {
    let args = [
        "demo",
        "--loss-pct",
        "20",
        "--rtt-ms",
        "200",
        "--seed",
        "3",
        "--frames",
        "1800",
        "--json",
    ];
    let report = run_json(&args);
    assert_eq!(report["in_sync"], true, "{report}");
    assert_eq!(report["checksum_a"], report["checksum_b"]);
    assert!(report["rollbacks"].as_u64() > Some(0), "{report}");
}

#[test]
fn a_person_reads_a_summary_and_the_names_of_the_weapons() {
    let output = run(&["demo", "--frames", "900", "--prompt", "flaming ice sword"]);
    assert!(output.status.success(), "{output:?}");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(out.contains("in sync"), "{out}");
    assert!(err.contains("holds \"flaming ice sword\""), "{err}");
    assert!(!err.contains('\r'), "no bar in a pipe: {err}");
}
