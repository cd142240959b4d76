//! What a match is said to have come to rests on its very last frame, compared by both sides.

use crate::support::{free_addresses, run, start, udp_peer};
use serde_json::Value;
use std::process::Output;

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_fault_in_one_of_the_last_frames_of_a_demo_is_found_and_voids_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().to_str().expect("a plain name");
    for fault in [562u32, 580, 595, 600, 601] {
        let fault_text = fault.to_string();
        let args = [
            "demo",
            "--frames",
            "601",
            "--rtt-ms",
            "300",
            "--json",
            "--evidence",
            place,
            "--inject-desync",
            &fault_text,
        ];
        let output = run(&args);
        let (report, text) = (report(&output), told(&output));
        assert_eq!(output.status.code(), Some(1), "{fault}: {report} {text}");
        assert_eq!(report["compared"], "different", "{fault}: {report}");
        assert_eq!(report["in_sync"], false, "{fault}: {report}");
        assert_eq!(report["void_frame"], fault - 1, "{fault}: {report}");
        assert!(text.contains("arena: the two simulations differ"), "{text}");
    }
}

#[test]
fn a_demo_whose_frames_are_no_multiple_of_the_interval_is_compared_to_its_last() {
    for frames in ["1", "29", "601"] {
        let output = run(&["demo", "--frames", frames, "--rtt-ms", "300", "--json"]);
        let report = report(&output);
        assert!(output.status.success(), "{report}");
        assert_eq!(report["compared"], "equal", "{report}");
        assert_eq!(report["void_frame"], Value::Null, "{report}");
        assert_eq!(report["confirmed_frame"].to_string(), frames, "{report}");
    }
}

#[test]
fn two_processes_find_a_fault_in_their_last_frame() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().to_str().expect("a plain name");
    let addresses = free_addresses();
    let common = ["--frames", "155", "--json", "--evidence", place];
    let first = start(&udp_peer(0, addresses, &common));
    let drill = [&common[..], &["--inject-desync", "155"]].concat();
    let second = start(&udp_peer(1, addresses, &drill));
    for peer in [first, second] {
        let output = peer.wait_with_output().expect("it ends");
        let (report, text) = (report(&output), told(&output));
        assert_eq!(output.status.code(), Some(1), "{report} {text}");
        assert_eq!(report["compared"], "different", "{report}");
        assert_eq!(report["void_frame"], 154, "{report}");
        assert!(
            text.contains("arena: the two simulations differ: first bad frame 155"),
            "{text}"
        );
        assert!(text.contains("explain it with `arena desync"), "{text}");
    }
}

#[test]
fn a_person_reads_that_a_match_is_void_and_from_where() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().to_str().expect("a plain name");
    let output = run(&["demo", "--frames", "300", "--inject-desync", "100", "--evidence", place]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.starts_with("OUT OF SYNC"), "{said}");
    assert!(said.contains("both sides agree up to frame 99"), "{said}");
    assert!(
        told(&output).contains("the match is VOID: both sides agree up to frame 99"),
        "{output:?}"
    );
}
