//! A forger alters anything and repairs every digest: he is refused, or what he altered is one of the claims.

use super::*;
use crate::replay::format::{KIND_CONTENT, KIND_END, KIND_HEADER, KIND_KEYFRAME};

type Records = Vec<(u8, Vec<u8>)>;

/// The records of a file, without their digests.
fn take_apart(file: &[u8]) -> Records {
    let (mut start, mut digest) = (PREFIX_BYTES, prefix().1);
    let mut records = Vec::new();
    while let Some(record) = read_record(file, start, digest) {
        records.push((record.kind, file[record.payload.clone()].to_vec()));
        (start, digest) = (record.end, record.digest);
    }
    records
}

/// A file of these records, every digest right.
fn put_together(records: &Records) -> Vec<u8> {
    let (bytes, mut digest) = prefix();
    let mut file = bytes.to_vec();
    for (kind, payload) in records {
        digest = write_record(&mut file, *kind, payload, digest);
    }
    file
}

fn true_file() -> Vec<u8> {
    record(&committing_inputs(300), dense()).0
}

fn verify_records(records: &Records) -> Result<Verified, VerifyError> {
    verify_file(&put_together(records))
}

/// The payload of the record number `count` of its kind.
fn nth(records: &mut Records, kind: u8, count: usize) -> &mut Vec<u8> {
    let mut of_kind = records.iter_mut().filter(|(found, _)| *found == kind);
    &mut of_kind.nth(count).expect("as many").1
}

/// Every field of the header, altered once: its name, the header, and the claim that it is, if it is one.
fn altered_headers(header: &ReplayHeader) -> Vec<(&'static str, ReplayHeader, Option<Claim>)> {
    // Without `..`: a new field does not compile until it stands here.
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
    } = header.clone();
    let with = |alter: &dyn Fn(&mut ReplayHeader)| {
        let mut altered = header.clone();
        alter(&mut altered);
        altered
    };
    let mut other_names = names.clone();
    other_names[0].push('!');
    let more_names = [&names[..], &["Eve".to_owned()]].concat();
    let fewer_names = names[..1].to_vec();
    vec![
        ("game_id", with(&|h| h.game_id = game_id ^ 1), None),
        ("build", with(&|h| h.build = build ^ 1 << 63), None),
        ("ruleset_hash", with(&|h| h.ruleset_hash = ruleset_hash ^ 1), None),
        (
            "content_version",
            with(&|h| h.content_version = content_version + 1),
            None,
        ),
        ("match_seed", with(&|h| h.match_seed = match_seed ^ 1), None),
        ("match_seed, high", with(&|h| h.match_seed = match_seed ^ 1 << 63), None),
        (
            "start_checksum",
            with(&|h| h.start_checksum = start_checksum ^ 1 << 63),
            None,
        ),
        ("frame_rate", with(&|h| h.frame_rate = frame_rate / 2), None),
        ("input_bytes", with(&|h| h.input_bytes = input_bytes - 1), None),
        ("names", with(&|h| h.names.clone_from(&other_names)), Some(Claim::Names)),
        ("names, one more", with(&|h| h.names.clone_from(&more_names)), None),
        ("names, one less", with(&|h| h.names.clone_from(&fewer_names)), None),
        ("app", with(&|h| h.app = [&app[..], b"x"].concat()), None),
    ]
}

#[test]
fn every_field_of_the_header_is_refused_if_altered_or_is_a_claim() {
    let file = true_file();
    let header = Replay::parse(file.clone()).expect("just written").header().clone();
    for (name, altered, claim) in altered_headers(&header) {
        assert_ne!(altered, header, "{name}");
        let mut records = take_apart(&file);
        *nth(&mut records, KIND_HEADER, 0) = altered.encode();
        let verdict = verify_records(&records);
        match claim {
            None => assert!(verdict.is_err(), "{name} was altered and believed: {verdict:?}"),
            Some(claim) => {
                assert!(rules().claims().contains(&claim), "{name} is believed and no claim");
                assert!(verdict.is_ok(), "{name} is a claim: {verdict:?}");
            }
        }
    }
}

#[test]
fn an_applications_bytes_are_compared_or_claimed() {
    let file = true_file();
    let mut records = take_apart(&file);
    let mut header = Replay::parse(file).expect("just written").header().clone();
    header.app.push(7);
    *nth(&mut records, KIND_HEADER, 0) = header.encode();
    let replay = Replay::parse(put_together(&records)).expect("a header");
    let error = verify(&mut Toy::default(), START, &replay, &rules(), winner_of).expect_err("other bytes");
    assert!(
        matches!(
            error,
            VerifyError::Header {
                field: HeaderField::App,
                ..
            }
        ),
        "{error}"
    );
    assert!(!rules().claims().contains(&Claim::App));
    let open = ReplayRules { app: None, ..rules() };
    assert!(open.claims().contains(&Claim::App));
    verify(&mut Toy::default(), START, &replay, &open, winner_of).expect("a claim");
}

/// Ends that differ from a true one, one field at a time.
fn altered_ends(end: ReplayEnd) -> [ReplayEnd; 7] {
    // Without `..`, as for the header.
    let ReplayEnd {
        frames,
        checksum,
        winner,
    } = end;
    let ends = |frames, checksum, winner| ReplayEnd {
        frames,
        checksum,
        winner,
    };
    [
        ends(frames - 1, checksum, winner),
        ends(frames + 1, checksum, winner),
        ends(frames, checksum ^ 1, winner),
        ends(frames, checksum ^ 1 << 63, winner),
        ends(frames, checksum, other(winner)),
        ends(frames, checksum, winner.is_none().then_some(0)),
        ends(frames, checksum, Some(200)),
    ]
}

/// A winner that this one is not.
fn other(winner: Option<u8>) -> Option<u8> {
    if winner == Some(1) { Some(0) } else { Some(1) }
}

#[test]
fn every_field_of_the_end_is_refused_if_altered() {
    let file = true_file();
    let replay = Replay::parse(file.clone()).expect("just written");
    let Ending::Complete(end) = replay.ending() else {
        panic!("a whole file")
    };
    for altered in altered_ends(end) {
        let mut records = take_apart(&file);
        *nth(&mut records, KIND_END, 0) = altered.encode();
        let verdict = verify_records(&records);
        assert!(verdict.is_err(), "{altered:?} was believed: {verdict:?}");
    }
    let (noted, found) = (other(end.winner), end.winner);
    let mut records = take_apart(&file);
    *nth(&mut records, KIND_END, 0) = ReplayEnd { winner: noted, ..end }.encode();
    assert_eq!(verify_records(&records), Err(VerifyError::Winner { noted, found }));
}

#[test]
fn a_keyframe_holds_the_state_of_its_frame_and_in_one_form() {
    let file = true_file();
    let count = take_apart(&file)
        .iter()
        .filter(|(kind, _)| *kind == KIND_KEYFRAME)
        .count();
    assert_eq!(count, 4, "before frame 0 and every hundred frames");
    for number in 0..count {
        let frame = number as u32 * 100;
        // The last literal byte of the state: the checksum beside it stays right.
        let mut records = take_apart(&file);
        let last = nth(&mut records, KIND_KEYFRAME, number).last_mut().expect("a state");
        *last ^= 0x40;
        let verdict = verify_records(&records);
        assert!(
            matches!(verdict, Err(VerifyError::Keyframe { .. } | VerifyError::Damaged { .. })),
            "keyframe of frame {frame}: {verdict:?}"
        );
        let mut records = take_apart(&file);
        nth(&mut records, KIND_KEYFRAME, number)[4] ^= 1;
        assert!(verify_records(&records).is_err(), "its checksum, frame {frame}");
    }
    // The same state, packed without leaving any zeros out.
    let mut records = take_apart(&file);
    let keyframe = nth(&mut records, KIND_KEYFRAME, 1);
    let base = Replay::parse(file).expect("just written").keyframe_bytes(0);
    let state: Vec<u8> = unpack(&keyframe[12..], &base).expect("a state");
    let mut loose = keyframe[..12].to_vec();
    format::write_varint(&mut loose, state.len() as u32);
    format::write_varint(&mut loose, 0);
    format::write_varint(&mut loose, state.len() as u32);
    loose.extend(state.iter().zip(&base).map(|(byte, base)| byte ^ base));
    *keyframe = loose;
    assert_eq!(verify_records(&records), Err(VerifyError::Keyframe { frame: 100 }));
}

#[test]
fn a_frame_has_one_keyframe_and_a_slot_one_content() {
    for kind in [KIND_KEYFRAME, KIND_CONTENT] {
        let mut records = take_apart(&true_file());
        let place = records
            .iter()
            .position(|(found, _)| *found == kind)
            .expect("one of them");
        let again = records[place].clone();
        records.insert(place, again);
        let verdict = verify_records(&records);
        assert!(
            matches!(verdict, Err(VerifyError::Damaged { .. })),
            "{kind}: {verdict:?}"
        );
    }
}

#[test]
fn content_is_no_longer_than_a_session_carries() {
    let mut records = take_apart(&true_file());
    nth(&mut records, KIND_CONTENT, 0).resize(crate::CONTENT_BYTES_MAX + 2, 0);
    let verdict = verify_records(&records);
    assert!(matches!(verdict, Err(VerifyError::Damaged { .. })), "{verdict:?}");
    let mut writer = ReplayWriter::new(
        Vec::new(),
        &ReplayHeader {
            input_bytes: 6,
            ..header()
        },
        20,
    )
    .expect("a header");
    let large = vec![0; crate::CONTENT_BYTES_MAX + 1];
    assert!(matches!(writer.content(0, &large), Err(RecordError::TooLong)));
    writer.content(3, &large[1..]).expect("as long as a session carries");
    assert!(
        matches!(writer.content(3, &[1]), Err(RecordError::Content(_))),
        "a slot once"
    );
}

#[test]
fn a_length_has_one_encoding() {
    let file = true_file();
    let header = read_record(&file, PREFIX_BYTES, prefix().1).expect("a header");
    // The second record's length with a last byte that says nothing, and every digest right.
    let mut records = take_apart(&file);
    let (kind, payload) = records.remove(1);
    let mut forged = file[..header.end].to_vec();
    let start = forged.len();
    forged.push(kind);
    format::write_varint(&mut forged, payload.len() as u32);
    *forged.last_mut().expect("a length") |= 0x80;
    forged.push(0);
    forged.extend(&payload);
    let digest = xxhash_rust::xxh3::xxh3_64_with_seed(&forged[start..], u64::from(header.digest)) as u32;
    forged.extend(digest.to_le_bytes());
    let mut digest = digest;
    for (kind, payload) in &records[1..] {
        digest = write_record(&mut forged, *kind, payload, digest);
    }
    let verdict = verify_file(&forged);
    assert!(matches!(verdict, Err(VerifyError::Damaged { .. })), "{verdict:?}");
}

/// Draws alterations from a seed.
struct Draws(u64);

impl Draws {
    fn below(&mut self, range: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % range.max(1)
    }

    /// Alters one record, or the order of records.
    fn alter(&mut self, records: &mut Records) {
        // The header is one record of many: every fourth alteration is one of it.
        let place = self.below(records.len()) * self.below(4).min(1);
        let (kind, payload) = &mut records[place];
        let at = self.below(payload.len());
        match self.below(9) {
            0 => payload[at] ^= 1 << self.below(8),
            1 => payload[at] = self.below(256) as u8,
            2 => payload.insert(at, self.below(256) as u8),
            3 => drop(payload.remove(at)),
            4 => payload.truncate(at),
            5 => *kind = self.below(7) as u8,
            6 => drop(records.remove(place)),
            7 => {
                let again = records[place].clone();
                records.insert(self.below(records.len()), again);
            }
            _ => {
                let other = self.below(records.len());
                records.swap(place, other);
            }
        }
    }
}

/// What a replay says, without its claims.
fn facts(replay: &Replay) -> impl PartialEq + std::fmt::Debug + use<> {
    let mut header = replay.header().clone();
    header.names = vec![String::new(); header.names.len()];
    let mut cursor = replay.cursor();
    let mut inputs = Vec::new();
    while let Some((_, frame)) = cursor.advance() {
        inputs.extend_from_slice(frame);
    }
    // When content came is a claim; what was committed is not, and here everything is.
    let contents: Vec<_> = replay.contents().map(|c| (c.slot, c.bytes.to_vec())).collect();
    (header, inputs, contents, replay.frames(), replay.ending())
}

#[test]
fn no_alteration_with_repaired_digests_is_believed_but_for_claims() {
    let file = true_file();
    let original = facts(&Replay::parse(file.clone()).expect("just written"));
    let (mut refused, mut claimed, mut cut) = (0, 0, 0);
    for seed in 0..5_000 {
        let mut draws = Draws(seed);
        let mut records = take_apart(&file);
        for _ in 0..=draws.below(3) {
            draws.alter(&mut records);
            records.retain(|(_, payload)| !payload.is_empty());
        }
        let altered = put_together(&records);
        if altered == file {
            continue;
        }
        let Ok(replay) = Replay::parse(altered) else {
            refused += 1;
            continue;
        };
        match verify(&mut Toy::default(), START, &replay, &rules(), winner_of) {
            Err(_) => refused += 1,
            Ok(verified) if !verified.is_complete => cut += 1,
            Ok(_) => {
                claimed += 1;
                assert_eq!(facts(&replay), original, "seed {seed}");
            }
        }
    }
    eprintln!("5,000 alterations: {refused} refused, {cut} cut short, {claimed} alter only claims");
    assert!(refused > 4_000 && claimed > 20 && cut > 5, "{refused} {claimed} {cut}");
}

#[test]
fn nothing_is_read_behind_a_wrong_beginning_or_beyond_the_limit() {
    /// A file without an end that counts what is read of it.
    struct Endless {
        start: Vec<u8>,
        read_bytes: usize,
    }

    impl std::io::Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let rest = self.start.get(self.read_bytes..).unwrap_or_default();
            let taken = rest.len().min(buffer.len());
            buffer[..taken].copy_from_slice(&rest[..taken]);
            buffer[taken..].fill(0);
            self.read_bytes += buffer.len();
            Ok(buffer.len())
        }
    }

    let read = |start: &[u8]| {
        let mut file = Endless {
            start: start.to_vec(),
            read_bytes: 0,
        };
        let error = Replay::read(&mut file).expect_err("no replay");
        (error, file.read_bytes)
    };
    let (error, bytes) = read(b"PK and four gigabytes");
    assert!(matches!(error, ReadError::Replay(ReplayError::NotAReplay)), "{error}");
    assert!(bytes <= PREFIX_BYTES, "{bytes} bytes read");
    let (error, bytes) = read(&prefix().0);
    assert!(
        matches!(error, ReadError::Replay(ReplayError::TooLarge { .. })),
        "{error}"
    );
    assert!(bytes <= REPLAY_BYTES_MAX + 1, "{bytes} bytes read");
    let parsed = Replay::parse([&prefix().0[..], &vec![0; REPLAY_BYTES_MAX]].concat());
    assert!(matches!(parsed, Err(ReplayError::TooLarge { .. })));
    let whole = true_file();
    assert_eq!(Replay::read(&whole[..]).expect("a replay").frames(), 300);
}

#[test]
fn many_keyframes_of_nothing_cost_little_and_are_refused() {
    // 24 bytes each that stand for a mebibyte of zeros.
    let mut records = take_apart(&true_file());
    records.truncate(2);
    let mut hollow = 0_u32.to_le_bytes().to_vec();
    hollow.extend([0; 8]);
    for number in [STATE_BYTES_MAX as u32, STATE_BYTES_MAX as u32, 0] {
        format::write_varint(&mut hollow, number);
    }
    records.extend(vec![(KIND_KEYFRAME, hollow); 200_000]);
    let replay = Replay::parse(put_together(&records)).expect("a header");
    assert!(matches!(replay.ending(), Ending::Damaged { frame: 0, .. }));
}
