//! `arena demo --replay` and `arena verify`.

use crate::support::{run, run_json};

#[test]
fn a_replay_verifies_to_the_demos_checksum_and_a_flipped_bit_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("match.replay");
    let file = path.to_str().expect("a plain name");
    let report = run_json(&["demo", "--frames", "900", "--json", "--replay", file]);
    let verified = run(&["verify", file]);
    assert!(verified.status.success(), "{verified:?}");
    let text = String::from_utf8_lossy(&verified.stdout).into_owned();
    let checksum = report["checksum_a"].as_str().expect("text");
    assert!(text.contains(checksum), "{text} lacks {checksum}");
    assert!(text.contains("900 frames verified, complete"), "{text}");

    let sound = std::fs::read(&path).expect("the file");
    for place in (0..sound.len()).step_by(sound.len() / 12) {
        let mut tampered = sound.clone();
        tampered[place] ^= 0x10;
        std::fs::write(&path, &tampered).expect("the file");
        let refused = run(&["verify", file]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "byte {place}: {refused:?}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.starts_with("arena: "), "{said}");
    }
}
