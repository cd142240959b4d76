//! `--inject-desync` and `arena desync`: the drill from a miscalculated frame to the explained evidence.

use crate::support::{free_addresses, run, start, udp_peer};
use std::path::{Path, PathBuf};
use std::process::Output;

fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]]
        .map(String::from_utf8_lossy)
        .concat()
}

fn evidence_in(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    paths
}

/// Both files name the frame, the field, and the machine to look at.
fn assert_explained(folder: &Path, frame: u32, wrong_player: u8) {
    let paths = evidence_in(folder);
    assert_eq!(paths.len(), 2, "one of each side: {paths:?}");
    for path in &paths {
        let explained = run(&["desync", path.to_str().expect("a plain name")]);
        let text = said(&explained);
        assert!(explained.status.success(), "{text}");
        assert!(text.contains(&format!("first bad frame {frame}:")), "{text}");
        assert!(text.contains("fields      1 differ"), "{text}");
        assert!(text.contains("players[1].velocity.y: "), "{text}");
        assert!(
            text.contains(&format!("look at player {wrong_player}'s machine")),
            "{text}"
        );
        assert!(!text.contains("warning"), "{text}");
    }
}

#[test]
fn a_drill_in_the_demo_ends_in_evidence_that_names_frame_field_and_machine() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().to_str().expect("a plain name");
    let demo = run(&[
        "demo",
        "--frames",
        "1200",
        "--inject-desync",
        "400",
        "--evidence",
        place,
    ]);
    let text = said(&demo);
    assert_eq!(demo.status.code(), Some(1), "{text}");
    assert!(text.contains("first bad frame 400"), "{text}");
    assert!(text.contains("explain it with `arena desync"), "{text}");
    assert_explained(folder.path(), 400, 2);
}

#[test]
fn two_processes_that_come_apart_both_write_evidence() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().to_str().expect("a plain name");
    let addresses = free_addresses();
    let common = ["--frames", "600", "--evidence", place];
    let first = start(&udp_peer(0, addresses, &common));
    let drill = [&common[..], &["--inject-desync", "90"]].concat();
    let second = start(&udp_peer(1, addresses, &drill));
    for peer in [first, second] {
        let output = peer.wait_with_output().expect("it ends");
        let text = said(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(
            text.contains("arena: the two simulations differ: first bad frame 90"),
            "{text}"
        );
    }
    assert_explained(folder.path(), 90, 2);
}

#[test]
fn damaged_evidence_is_refused_in_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().to_str().expect("a plain name");
    run(&["demo", "--frames", "600", "--inject-desync", "200", "--evidence", place]);
    let path = &evidence_in(folder.path())[0];
    let sound = std::fs::read(path).expect("the file");
    for at in (0..sound.len()).step_by(sound.len() / 9) {
        let mut damaged = sound.clone();
        damaged[at] ^= 4;
        std::fs::write(path, damaged).expect("the file");
        let refused = run(&["desync", path.to_str().expect("a plain name")]);
        assert_eq!(refused.status.code(), Some(1), "byte {at}");
        let text = said(&refused);
        assert!(text.starts_with("arena: ") && text.lines().count() == 1, "{text}");
    }
}
