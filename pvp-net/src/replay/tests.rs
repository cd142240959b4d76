//! A replay is exact, survives a cut anywhere, and shows every alteration.

mod forged;

use super::format::{KIND_INPUTS, PREFIX_BYTES, prefix, read_record, write_record};
use super::*;
use crate::simulation::{Events, Simulation};
use crate::toy::{START, Toy, ToyInput, ToyState, held_inputs, winner_of};

fn rules() -> ReplayRules {
    ReplayRules {
        game_id: 7,
        build: 1,
        ruleset_hash: 99,
        content_version: 3,
        frame_rate: 60,
        players: 2,
        app: Some(b"arena".to_vec()),
    }
}

fn header() -> ReplayHeader {
    rules().header(0xDEAD_BEEF, vec!["Ada".into(), "Blaise".into()])
}

/// Plays these inputs with two pieces of content; returns the file and every state.
fn record(inputs: &[[ToyInput; 2]], config: RecorderConfig) -> (Vec<u8>, Vec<ToyState>) {
    let mut recorder = Recorder::new(Toy::default(), START, Vec::new(), header(), config).expect("a header");
    let mut simulation = Toy::default();
    let mut state = START;
    simulation.begin_match(header().match_seed, &mut state);
    let mut states = vec![state];
    for (frame, inputs) in (0..).zip(inputs) {
        if frame == 50 || frame == 130 {
            let slot = (frame / 50) as u8;
            simulation.accept_content(slot, &[slot * 10]).expect("a free slot");
            recorder.content(slot, &[slot * 10]).expect("a free slot");
        }
        simulation.step(&mut state, inputs, &mut Events::new());
        recorder
            .frame(frame, inputs, simulation.checksum(&state))
            .expect("recorded");
        states.push(state);
    }
    let winner = winner_of(&state);
    (recorder.finish(winner).expect("a vector takes everything"), states)
}

fn committing_inputs(frames: u32) -> Vec<[ToyInput; 2]> {
    let mut inputs = held_inputs(5, frames);
    for (frame, inputs) in inputs.iter_mut().enumerate() {
        inputs[0].commit_seq = u8::from(frame >= 60) + u8::from(frame >= 140);
        inputs[0].commit_slot = inputs[0].commit_seq;
    }
    inputs
}

fn verify_file(file: &[u8]) -> Result<Verified, VerifyError> {
    let replay = Replay::parse(file.to_vec()).expect("a readable header");
    verify(&mut Toy::default(), START, &replay, &rules(), winner_of)
}

fn dense() -> RecorderConfig {
    RecorderConfig {
        run_frames: 20,
        keyframe_interval_frames: 100,
    }
}

#[test]
fn a_recorded_match_reads_back_exactly() {
    let inputs = committing_inputs(450);
    let (file, states) = record(&inputs, dense());
    let replay = Replay::parse(file).expect("just written");
    assert_eq!(replay.frames(), 450);
    assert_eq!(replay.header().names, ["Ada", "Blaise"]);
    assert_eq!(replay.header().app, b"arena");
    let contents: Vec<_> = replay.contents().map(|c| (c.frame, c.slot, c.bytes.to_vec())).collect();
    assert_eq!(contents, [(50, 1, vec![10]), (130, 2, vec![20])]);
    let mut cursor = replay.cursor();
    for (frame, inputs) in (0..).zip(&inputs) {
        assert_eq!(cursor.advance(), Some((frame, bytemuck::bytes_of(inputs))));
    }
    assert_eq!(cursor.advance(), None);
    let verified = verify(&mut Toy::default(), START, &replay, &rules(), winner_of).expect("a good replay");
    let checksum = Toy::default().checksum(states.last().expect("a state"));
    let expected = Verified {
        frames: 450,
        checksum,
        is_complete: true,
        winner: winner_of(states.last().expect("a state")),
    };
    assert_eq!(verified, expected);
}

#[test]
fn a_minute_of_held_buttons_takes_less_than_two_kibibytes() {
    let (file, _) = record(&held_inputs(11, 3_600), RecorderConfig::default());
    let (idle, _) = record(&vec![[ToyInput::default(); 2]; 3_600], RecorderConfig::default());
    assert!(file.len() <= 2_048, "{} bytes", file.len());
    assert!(idle.len() <= 1_200, "{} bytes", idle.len());
}

#[test]
fn a_cut_anywhere_leaves_a_readable_prefix() {
    let (file, states) = record(&committing_inputs(200), dense());
    let header_end = read_record(&file, PREFIX_BYTES, prefix().1).expect("a header").end;
    let mut longest = 0;
    for length in 0..file.len() {
        let Ok(replay) = Replay::parse(file[..length].to_vec()) else {
            assert!(length < header_end, "only the header is indispensable, cut at {length}");
            continue;
        };
        assert_eq!(replay.ending(), Ending::Cut);
        assert!(replay.frames() >= longest, "a longer file holds no fewer frames");
        longest = replay.frames();
        let verified = verify(&mut Toy::default(), START, &replay, &rules(), winner_of).expect("an intact prefix");
        assert!(!verified.is_complete);
        let state = &states[verified.frames as usize];
        assert_eq!(verified.checksum, Toy::default().checksum(state));
    }
    assert_eq!(longest, 200);
}

#[test]
fn a_killed_recorder_loses_at_most_one_run() {
    let config = RecorderConfig {
        run_frames: 30,
        ..RecorderConfig::default()
    };
    let mut recorder = Recorder::new(Toy::default(), START, Vec::new(), header(), config).expect("a header");
    let mut simulation = Toy::default();
    let mut state = START;
    simulation.begin_match(header().match_seed, &mut state);
    let written = std::cell::Cell::new(0);
    for (frame, inputs) in (0..).zip(held_inputs(3, 100)) {
        simulation.step(&mut state, &inputs, &mut Events::new());
        recorder
            .frame(frame, &inputs, simulation.checksum(&state))
            .expect("recorded");
        written.set(frame + 1);
    }
    // `flush` is what the last write before a kill has done for every full run.
    recorder.flush().expect("a vector takes everything");
    assert_eq!(recorder.frames(), 100);
    let file = recorder.finish(None).expect("a vector takes everything");
    let end_record = 1 + 1 + 13 + 4;
    let replay = Replay::parse(file[..file.len() - end_record].to_vec()).expect("a header");
    assert_eq!((replay.frames(), replay.ending()), (100, Ending::Cut));
}

#[test]
fn every_flipped_bit_is_refused_or_named() {
    let (file, _) = record(&committing_inputs(200), dense());
    let good = verify_file(&file).expect("a good replay");
    for bit in 0..file.len() * 8 {
        let mut altered = file.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let Ok(replay) = Replay::parse(altered) else { continue };
        match verify(&mut Toy::default(), START, &replay, &rules(), winner_of) {
            Err(_) => {}
            // A length that reaches behind the end looks like a cut: said so, and never complete.
            Ok(verified) => assert!(!verified.is_complete && verified.frames <= good.frames, "bit {bit}"),
        }
    }
}

/// Replaces one record's payload and repairs every digest behind it, as a careful forger would.
fn forge(file: &[u8], mut alter: impl FnMut(u8, u32, &mut Vec<u8>)) -> Vec<u8> {
    let (bytes, digest) = prefix();
    let mut forged = bytes.to_vec();
    let (mut start, mut digest, mut forged_digest) = (PREFIX_BYTES, digest, digest);
    let mut frame = 0;
    while let Some(record) = read_record(file, start, digest) {
        let mut payload = file[record.payload.clone()].to_vec();
        if record.kind == KIND_INPUTS {
            frame += u32::from(payload[0]);
        }
        alter(record.kind, frame, &mut payload);
        forged_digest = write_record(&mut forged, record.kind, &payload, forged_digest);
        (start, digest) = (record.end, record.digest);
    }
    forged
}

#[test]
fn a_forger_who_repairs_the_digests_is_caught_in_the_frame_he_altered() {
    let (file, _) = record(&committing_inputs(300), dense());
    assert_eq!(forge(&file, |_, _, _| {}), file);
    let mut distances = Vec::new();
    for first_frame in (0..300).step_by(20) {
        // A run's tags are its first bits, at most 20; then come the inputs.
        for bit in 20..36 {
            let forged = forge(&file, |kind, frame, payload| {
                if kind == KIND_INPUTS && frame == first_frame + 20 && payload.len() * 8 > 40 + bit {
                    payload[5 + bit / 8] ^= 1 << (bit % 8);
                }
            });
            if forged == file {
                continue;
            }
            match verify_file(&forged) {
                Err(VerifyError::BadFrame { frame, good_frames }) => {
                    assert!(
                        (first_frame..=frame).contains(&good_frames),
                        "everything before is good"
                    );
                    assert!((first_frame..first_frame + 20).contains(&frame));
                    distances.push(frame - first_frame);
                }
                Err(VerifyError::Damaged { frame, .. }) => {
                    assert!((first_frame..first_frame + 20).contains(&frame));
                }
                other => panic!("run {first_frame}, bit {bit}: {other:?}"),
            }
        }
    }
    assert!(distances.len() > 50);
}

#[test]
fn a_forged_input_is_named_within_a_few_frames() {
    let mut inputs = committing_inputs(300);
    let (file, _) = record(&inputs, dense());
    let replay = Replay::parse(file).expect("just written");
    let mut exact = 0;
    for frame in 0..240_usize {
        inputs[frame][1].buttons ^= 1;
        let header = ReplayHeader {
            start_checksum: replay.header().start_checksum,
            input_bytes: 6,
            ..header()
        };
        let mut writer = ReplayWriter::new(Vec::new(), &header, 60).expect("a header");
        rewrite(&replay, &inputs, &mut writer);
        let forged = writer.finish(None).expect("a vector takes everything");
        match verify_file(&forged) {
            Err(VerifyError::BadFrame { frame: found, .. }) => {
                let distance = found as usize - frame;
                assert!(distance < 16, "frame {frame} named as {found}");
                exact += usize::from(distance == 0);
            }
            other => panic!("frame {frame}: {other:?}"),
        }
        inputs[frame][1].buttons ^= 1;
    }
    assert!(
        exact > 100,
        "a frame is named exactly every other time at least, {exact} of 240"
    );
}

/// Writes the true checksums beside other inputs.
fn rewrite(replay: &Replay, inputs: &[[ToyInput; 2]], writer: &mut ReplayWriter<Vec<u8>>) {
    let mut simulation = Toy::default();
    let mut state = START;
    simulation.begin_match(replay.header().match_seed, &mut state);
    let mut cursor = replay.cursor();
    let mut contents = replay.contents().peekable();
    while let Some((frame, true_inputs)) = cursor.advance() {
        while let Some(content) = contents.next_if(|content| content.frame <= frame) {
            simulation
                .accept_content(content.slot, content.bytes)
                .expect("a free slot");
            writer
                .content(content.slot, content.bytes)
                .expect("a vector takes everything");
        }
        let true_inputs: [ToyInput; 2] = bytemuck::pod_read_unaligned(true_inputs);
        simulation.step(&mut state, &true_inputs, &mut Events::new());
        let forged = bytemuck::bytes_of(&inputs[frame as usize]);
        writer.frame(forged, simulation.checksum(&state)).expect("recorded");
    }
}

#[test]
fn seeking_gives_the_state_that_playing_gives() {
    let (file, states) = record(&committing_inputs(450), dense());
    let replay = Replay::parse(file).expect("just written");
    let mut player = Player::new(Toy::default(), START, replay, &rules(), winner_of).expect("these rules");
    for frame in [0, 449, 450, 100, 99, 101, 50, 130, 131, 300, 299, 1, 450, 0] {
        player.seek(frame).expect("a frame of the replay");
        assert_eq!(player.frame(), frame);
        assert_eq!(player.state(), &states[frame as usize], "frame {frame}");
    }
    let error = player.seek(451).expect_err("behind the end");
    assert_eq!(
        error,
        PlayError::BehindTheEnd {
            frame: 451,
            frames: 450
        }
    );
    player.seek(449).expect("a frame of the replay");
    assert_eq!(player.step(&mut Events::new()), Ok(true));
    assert_eq!(player.step(&mut Events::new()), Ok(false));
}

#[test]
fn other_rules_are_told_from_a_bad_file() {
    let (file, _) = record(&committing_inputs(100), dense());
    let replay = Replay::parse(file).expect("just written");
    let mut refusing = Toy {
        refused_slot: Some(1),
        ..Toy::default()
    };
    let error = verify(&mut refusing, START, &replay, &rules(), winner_of).expect_err("the slot is taken");
    assert!(
        matches!(error, VerifyError::Content { frame: 50, slot: 1, .. }),
        "{error}"
    );
    let mut faulty = Toy {
        fault: Some((77, 200)),
        ..Toy::default()
    };
    let error = verify(&mut faulty, START, &replay, &rules(), winner_of).expect_err("frame 77 differs");
    let VerifyError::BadFrame { frame, good_frames } = error else {
        panic!("{error}")
    };
    // Runs end at 20, 40, 50 (content), 70, 90 and 100 (keyframe).
    assert!((77..=89).contains(&frame), "{frame}");
    assert_eq!(good_frames, 70);
}

#[test]
fn files_that_are_no_replays_are_refused_by_name() {
    let parse = |bytes: &[u8]| Replay::parse(bytes.to_vec()).expect_err("no replay");
    assert_eq!(parse(b""), ReplayError::NotAReplay);
    assert_eq!(parse(b"PNG and so on"), ReplayError::NotAReplay);
    assert_eq!(parse(b"PVPR\x09"), ReplayError::Version { found: 9, expected: 1 });
    assert_eq!(parse(b"PVPR\x01"), ReplayError::Header);
    assert_eq!(parse(b"PVPR\x01\x01\xff\xff\xff\xff\xff"), ReplayError::Header);
}

#[test]
fn a_recorder_refuses_what_does_not_belong() {
    let mut recorder = Recorder::new(Toy::default(), START, Vec::new(), header(), dense()).expect("a header");
    let inputs = [ToyInput::default(); 2];
    let error = recorder.frame(1, &inputs, 0).expect_err("frame 0 is due");
    assert!(
        matches!(error, RecordError::OutOfOrder { expected: 0, found: 1 }),
        "{error}"
    );
    let error = recorder.frame(0, &inputs, 0).expect_err("another checksum");
    assert!(matches!(error, RecordError::Diverged { frame: 0 }), "{error}");
    let nameless = ReplayHeader {
        names: Vec::new(),
        ..header()
    };
    let error = Recorder::new(Toy::default(), START, Vec::new(), nameless, dense());
    assert!(matches!(error, Err(RecordError::Header)));
}
