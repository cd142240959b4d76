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
        // A length that reaches behind the end of the file looks like a cut.
        assert!(
            matches!(refused.status.code(), Some(1 | 3)),
            "byte {place}: {refused:?}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.starts_with("arena: "), "{said}");
    }
}

#[test]
fn a_file_cut_short_has_an_exit_code_of_its_own_and_is_taken_only_if_that_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("match.replay");
    let file = path.to_str().expect("a plain name");
    run_json(&["demo", "--frames", "600", "--json", "--replay", file]);
    let sound = std::fs::read(&path).expect("the file");
    for cut in [1, sound.len() / 3, sound.len() / 2] {
        std::fs::write(&path, &sound[..sound.len() - cut]).expect("the file");
        let refused = run(&["verify", file]);
        assert_eq!(refused.status.code(), Some(3), "{cut} bytes: {refused:?}");
        assert!(refused.stdout.is_empty(), "{refused:?}");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains("cut short") && said.contains("--partial"), "{said}");
        let taken = run(&["verify", "--partial", file]);
        assert_eq!(taken.status.code(), Some(0), "{cut} bytes: {taken:?}");
        let said = String::from_utf8_lossy(&taken.stdout).into_owned();
        assert!(said.contains("cut short, but sound up to here"), "{said}");
    }
}

#[test]
fn what_only_a_signature_could_prove_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("match.replay");
    let file = path.to_str().expect("a plain name");
    run_json(&["demo", "--frames", "60", "--json", "--replay", file]);
    let said = String::from_utf8_lossy(&run(&["verify", file]).stdout).into_owned();
    assert!(said.contains("winner      nobody yet"), "{said}");
    for claim in arena::record::replay_rules().claims() {
        assert!(said.contains(&claim.to_string()), "{claim}: {said}");
    }
}

#[test]
fn a_large_file_that_is_no_replay_is_not_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("disk.image");
    let file = path.to_str().expect("a plain name");
    for (start, word) in [
        (&b"KDMV\x01"[..], "not a replay file"),
        (b"PVPR\x01", "no replay is as long"),
    ] {
        std::fs::write(&path, start).expect("the file");
        // Sparse: it takes no room on the disk.
        let sparse = std::fs::File::options().write(true).open(&path).expect("the file");
        sparse.set_len(1 << 40).expect("a sparse file");
        for command in ["verify", "replay"] {
            let refused = run(&[command, file]);
            let said = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert_eq!(refused.status.code(), Some(1), "{refused:?}");
            assert!(said.contains(word), "{said}");
        }
    }
}
