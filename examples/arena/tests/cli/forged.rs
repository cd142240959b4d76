//! A forger alters a replay and repairs every digest: `verify` refuses, or says that it is a claim; the viewer does the same.

use crate::support::{run, run_json};
use arena::capture::Film;
use arena::record::{replay_rules, verify_file};
use pvp_net::replay::{Claim, Ending, Replay, ReplayEnd, ReplayHeader};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64_with_seed;

const HEADER: u8 = 1;
const CONTENT: u8 = 2;
const KEYFRAME: u8 = 4;
const END: u8 = 5;
/// Magic and version.
const PREFIX: &[u8; 5] = b"PVPR\x01";

type Records = Vec<(u8, Vec<u8>)>;

/// The records of a file, by the format's text.
fn take_apart(file: &[u8]) -> Records {
    let mut records = Vec::new();
    let mut rest = &file[PREFIX.len()..];
    while let Some((&kind, mut after)) = rest.split_first() {
        let (mut length, mut shift) = (0, 0);
        while let Some((&byte, behind)) = after.split_first() {
            length |= usize::from(byte & 0x7F) << shift;
            (shift, after) = (shift + 7, behind);
            if byte < 0x80 {
                break;
            }
        }
        records.push((kind, after[..length].to_vec()));
        rest = &after[length + 4..];
    }
    records
}

/// A file of these records, every digest right.
fn put_together(records: &Records) -> Vec<u8> {
    let digest = |bytes: &[u8], seed: u32| xxh3_64_with_seed(bytes, u64::from(seed)) as u32;
    let mut file = PREFIX.to_vec();
    let mut previous = digest(PREFIX, 0);
    for (kind, payload) in records {
        let start = file.len();
        file.push(*kind);
        let mut length = payload.len();
        while length >= 0x80 {
            file.push(length as u8 | 0x80);
            length >>= 7;
        }
        file.push(length as u8);
        file.extend_from_slice(payload);
        previous = digest(&file[start..], previous);
        file.extend_from_slice(&previous.to_le_bytes());
    }
    file
}

/// The header's bytes, by the format's text. Without `..`: a new field does not compile until it stands here.
fn encode(header: &ReplayHeader) -> Vec<u8> {
    let ReplayHeader {
        game_id,
        build,
        ruleset_hash,
        content_version,
        match_seed,
        start_checksum,
        frame_rate,
        input_bytes,
        names,
        app,
    } = header;
    let mut bytes = Vec::new();
    for word in [game_id, build, ruleset_hash] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(content_version.to_le_bytes());
    for word in [match_seed, start_checksum] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend([*frame_rate, *input_bytes, names.len() as u8]);
    for name in names {
        bytes.push(name.len() as u8);
        bytes.extend(name.as_bytes());
    }
    bytes.extend((app.len() as u16).to_le_bytes());
    bytes.extend(app);
    bytes
}

/// Every field of the header, altered, and the claim that it is, if it is one.
fn altered_headers(header: &ReplayHeader) -> Vec<(&'static str, ReplayHeader, Option<Claim>)> {
    let with = |alter: fn(&mut ReplayHeader)| {
        let mut altered = header.clone();
        alter(&mut altered);
        altered
    };
    vec![
        ("game_id", with(|h| h.game_id ^= 1), None),
        ("build", with(|h| h.build ^= 1), None),
        ("ruleset_hash", with(|h| h.ruleset_hash ^= 1 << 40), None),
        ("content_version", with(|h| h.content_version += 1), None),
        ("match_seed", with(|h| h.match_seed ^= 1), None),
        ("match_seed, high", with(|h| h.match_seed ^= 1 << 63), None),
        ("start_checksum", with(|h| h.start_checksum ^= 1), None),
        ("frame_rate", with(|h| h.frame_rate = 30), None),
        ("input_bytes", with(|h| h.input_bytes += 1), None),
        ("names", with(|h| h.names.swap(0, 1)), Some(Claim::Names)),
        ("names, one more", with(|h| h.names.push("Eve".to_owned())), None),
        ("names, one less", with(|h| h.names.truncate(1)), None),
        ("app", with(|h| h.app.push(1)), None),
    ]
}

struct Forger {
    folder: tempfile::TempDir,
    file: Vec<u8>,
}

impl Forger {
    /// A short match with weapons, and its file.
    fn new() -> Forger {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("match.replay");
        let file = path.to_str().expect("a plain name");
        run_json(&["demo", "--frames", "700", "--json", "--replay", file]);
        let file = std::fs::read(path).expect("the file");
        Forger { folder, file }
    }

    fn records(&self) -> Records {
        take_apart(&self.file)
    }

    fn write(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join("forged.replay");
        std::fs::write(&path, bytes).expect("the file");
        path
    }
}

/// What verifies can be watched, and nothing else.
fn is_believed(path: &Path) -> bool {
    let verified = verify_file(path);
    let film = Film::open(path);
    let told = |fault: &dyn std::fmt::Display| fault.to_string();
    assert_eq!(
        verified.as_ref().err().map(|fault| told(fault)),
        film.as_ref().err().map(|fault| told(fault))
    );
    verified.is_ok()
}

#[test]
fn every_field_of_the_header_is_refused_or_a_claim() {
    let forger = Forger::new();
    let header = Replay::parse(forger.file.clone())
        .expect("just written")
        .header()
        .clone();
    let records = forger.records();
    assert_eq!(records[0], (HEADER, encode(&header)));
    assert_eq!(put_together(&records), forger.file);
    for (name, altered, claim) in altered_headers(&header) {
        assert_ne!(altered, header, "{name}");
        let mut records = records.clone();
        records[0].1 = encode(&altered);
        let path = forger.write(&put_together(&records));
        assert_eq!(is_believed(&path), claim.is_some(), "{name}");
        assert!(
            claim.is_none_or(|claim| replay_rules().claims().contains(&claim)),
            "{name}"
        );
        let verdict = run(&["verify", path.to_str().expect("a plain name")]);
        let code = if claim.is_some() { 0 } else { 1 };
        assert_eq!(verdict.status.code(), Some(code), "{name}: {verdict:?}");
    }
}

#[test]
fn a_winner_who_has_not_won_a_keyframe_that_never_was_and_repeated_content_are_refused() {
    let forger = Forger::new();
    let replay = Replay::parse(forger.file.clone()).expect("just written");
    let Ending::Complete(ReplayEnd { winner, .. }) = replay.ending() else {
        panic!("a whole file");
    };
    assert_eq!(winner, None, "nobody wins within twelve seconds");
    for winner in [0, 1, 2, 77] {
        let mut records = forger.records();
        let (kind, end) = records.last_mut().expect("an end");
        assert_eq!(*kind, END);
        *end.last_mut().expect("a winner") = winner;
        let path = forger.write(&put_together(&records));
        assert!(!is_believed(&path), "winner {winner}");
        let said = run(&["verify", path.to_str().expect("a plain name")]);
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.contains("by the rules it is no winner"), "{said}");
    }
    let mut records = forger.records();
    let keyframe = records
        .iter_mut()
        .find(|(kind, _)| *kind == KEYFRAME)
        .expect("a keyframe");
    *keyframe.1.last_mut().expect("a state") ^= 1;
    assert!(!is_believed(&forger.write(&put_together(&records))), "keyframe");
    let mut records = forger.records();
    let place = records.iter().position(|(kind, _)| *kind == CONTENT).expect("a weapon");
    records.insert(place, records[place].clone());
    assert!(!is_believed(&forger.write(&put_together(&records))), "content");
}

#[test]
fn hundreds_of_kilobytes_of_repeated_content_are_refused_before_any_is_judged() {
    let forger = Forger::new();
    let mut records = forger.records();
    let place = records.iter().position(|(kind, _)| *kind == CONTENT).expect("a weapon");
    let weapon = records[place].clone();
    let count = 774 * 1024 / (weapon.1.len() + 7);
    records.splice(place..place, vec![weapon; count]);
    let path = forger.write(&put_together(&records));
    let fault = verify_file(&path).expect_err("a slot has one content");
    assert!(fault.to_string().contains("damaged"), "{fault}");
    assert!(!is_believed(&path));
}

#[test]
fn a_cut_file_is_watched_as_far_as_it_is_sound() {
    let forger = Forger::new();
    let path = forger.write(&forger.file[..forger.file.len() / 2]);
    let film = Film::open(&path).expect("a sound beginning");
    assert!(!film.is_complete() && film.frames() > 0);
    assert!(is_believed(&path));
}
