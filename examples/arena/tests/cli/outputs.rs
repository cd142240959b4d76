//! Nothing that is read is overwritten, and nothing else without `--force`.

use crate::support::run;
use std::path::{Path, PathBuf};

/// A folder with a replay of 120 frames and what stands beside it.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place { folder };
        let made = run(&[
            "demo",
            "--frames",
            "120",
            "--json",
            "--replay",
            &place.name("match.replay"),
        ]);
        assert!(made.status.success(), "{made:?}");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).to_str().expect("a plain name").to_owned()
    }

    /// Runs, requires that it is refused with one line, and that every file stays as it was.
    fn refuses(&self, args: &[&str], word: &str) {
        let before = contents(self.folder.path());
        let output = run(args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {output:?}");
        assert!(said.contains(word) && said.lines().count() == 1, "{args:?}: {said}");
        assert_eq!(contents(self.folder.path()), before, "{args:?}");
    }
}

/// Names and contents, to compare.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut found: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap_or_default()))
        .collect();
    found.sort();
    found
}

#[test]
fn a_picture_never_takes_the_place_of_its_replay() {
    let place = Place::new();
    let replay = place.name("match.replay");
    std::fs::hard_link(&replay, place.path("frame-000000.png")).expect("a link");
    let here = place.name(".");
    for force in [&[][..], &["--force"]] {
        for out in ["match.replay", "./match.replay", "frame-000000.png", "match.replay.net"] {
            let out = place.name(out);
            place.refuses(&[&["replay", &replay, "--gif", &out], force].concat(), "that is read");
        }
        place.refuses(
            &[&["replay", &replay, "--png-dir", &here], force].concat(),
            "that is read",
        );
    }
}

#[test]
fn files_that_are_there_stay_without_force() {
    let place = Place::new();
    let replay = place.name("match.replay");
    for name in ["taken.gif", "frame-000003.png", "other.replay.net"] {
        std::fs::write(place.path(name), b"precious").expect("a file");
    }
    let (gif, here, other) = (place.name("taken.gif"), place.name("."), place.name("other.replay"));
    let demo = ["demo", "--frames", "60", "--json", "--replay"];
    place.refuses(&["replay", &replay, "--gif", &gif], "--force");
    place.refuses(&["replay", &replay, "--png-dir", &here], "--force");
    place.refuses(&[&demo[..], &[&replay]].concat(), "--force");
    place.refuses(&[&demo[..], &[&other]].concat(), "other.replay.net exists");
    let forced = [
        vec!["replay", &replay, "--gif", &gif, "--force"],
        vec!["replay", &replay, "--png-dir", &here, "--force"],
        [&demo[..], &[&other, "--force"]].concat(),
    ];
    for args in forced {
        let output = run(&args);
        assert!(output.status.success(), "{args:?}: {output:?}");
    }
    for name in ["taken.gif", "frame-000003.png", "other.replay.net"] {
        assert_ne!(std::fs::read(place.path(name)).expect("a file"), b"precious", "{name}");
    }
    let verified = run(&["verify", &other]);
    assert!(verified.status.success(), "{verified:?}");
}

#[test]
fn a_window_records_over_replays_only_and_not_over_the_one_it_shows() {
    let place = Place::new();
    let (replay, thesis) = (place.name("match.replay"), place.name("thesis.txt"));
    std::fs::write(&thesis, b"three years of work").expect("a file");
    place.refuses(&["play", "--replay", &thesis], "thesis.txt exists");
    place.refuses(&["replay", &replay, "--replay", &replay], "that is read");
}

#[test]
fn a_peer_leaves_a_recording_that_may_be_its_own_and_refuses_another_file() {
    let place = Place::new();
    let [bind, remote] = crate::support::free_addresses().map(|address| address.to_string());
    let replay = place.name("match.replay");
    let peer = |file: &str| -> Vec<String> {
        let words = [
            "peer", "--bind", &bind, "--remote", &remote, "--player", "0", "--wait", "1", "--replay", file,
        ];
        words.map(str::to_owned).to_vec()
    };
    let words = peer(&replay);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    place.refuses(&words, "match.replay exists");
    // Cut short, it may be the recording of the process before: this one comes up, and leaves it alone.
    let whole = std::fs::read(&replay).expect("the file");
    std::fs::write(&replay, &whole[..whole.len() - 3]).expect("the file");
    let before = contents(place.folder.path());
    let output = run(&words);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("match-2.replay") && said.contains("no peer answered"),
        "{said}"
    );
    assert_eq!(contents(place.folder.path()), before);
}

#[test]
fn evidence_of_the_same_name_stays_and_the_same_evidence_is_kept_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().to_str().expect("a plain name");
    let drill = [
        "demo",
        "--frames",
        "300",
        "--json",
        "--inject-desync",
        "100",
        "--evidence",
        place,
    ];
    run(&drill);
    let first = contents(folder.path());
    assert_eq!(first.len(), 2);
    run(&drill);
    assert_eq!(contents(folder.path()), first, "the same evidence");
    let other = &first[0].0;
    std::fs::write(other, b"evidence of another match").expect("a file");
    run(&drill);
    let now = contents(folder.path());
    assert_eq!(now.len(), 3);
    assert_eq!(std::fs::read(other).expect("a file"), b"evidence of another match");
    assert!(
        now.iter().any(|(_, bytes)| *bytes == first[0].1),
        "the new evidence has a name of its own"
    );
}
