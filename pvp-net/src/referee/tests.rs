//! The referee recomputes, and finds where two logs part.

use super::*;
use crate::replay::{Recorder, RecorderConfig};
use crate::simulation::{Events, Simulation};
use crate::toy::{START, Toy, ToyInput, held_inputs, winner_of};

fn rules() -> ReplayRules {
    ReplayRules {
        game_id: 1,
        build: 0,
        ruleset_hash: 0,
        content_version: 0,
        frame_rate: 60,
        players: 2,
        app: None,
    }
}

struct Log {
    inputs: Vec<[ToyInput; 2]>,
    fault: Option<(u32, usize)>,
    content: u8,
    winner: Option<u8>,
    run_frames: u8,
}

impl Log {
    fn new() -> Self {
        let mut inputs = held_inputs(9, 300);
        for inputs in &mut inputs[100..] {
            (inputs[0].commit_seq, inputs[0].commit_slot) = (1, 4);
        }
        Self {
            inputs,
            fault: None,
            content: 40,
            winner: Some(1),
            run_frames: 60,
        }
    }

    fn record(&self) -> Replay {
        let header = self::rules().header(0, vec!["a".into(), "b".into()]);
        let config = RecorderConfig {
            run_frames: self.run_frames,
            ..RecorderConfig::default()
        };
        let rules = || Toy {
            fault: self.fault,
            ..Toy::default()
        };
        let (mut match_rules, mut state) = (rules(), START);
        match_rules.begin_match(0, &mut state);
        let mut recorder = Recorder::new(rules(), START, Vec::new(), header, config).expect("a header");
        for (frame, inputs) in (0..).zip(&self.inputs) {
            if frame == 90 {
                match_rules.accept_content(4, &[self.content]).expect("a free slot");
                recorder.content(4, &[self.content]).expect("a free slot");
            }
            match_rules.step(&mut state, inputs, &mut Events::new());
            recorder
                .frame(frame, inputs, match_rules.checksum(&state))
                .expect("recorded");
        }
        Replay::parse(recorder.finish(self.winner).expect("written")).expect("readable")
    }
}

fn commit_of(input: &ToyInput) -> Option<(u8, u8)> {
    Some((input.commit_seq, input.commit_slot))
}

#[test]
fn the_verdict_is_recomputed_and_not_believed() {
    let replay = Log::new().record();
    let verdict = judge(&mut Toy::default(), START, &replay, &rules(), winner_of, commit_of).expect("a true log");
    assert_eq!(verdict.frames, 300);
    assert!(verdict.is_complete);
    assert_eq!(
        verdict.commits,
        [CommitEntry {
            frame: 100,
            player: 0,
            seq: 1,
            slot: 4
        }]
    );
    let boastful = Log {
        winner: verdict.winner.map(|winner| 1 - winner),
        ..Log::new()
    }
    .record();
    let lie = judge(&mut Toy::default(), START, &boastful, &rules(), winner_of, commit_of).expect("a true log");
    assert_eq!(lie.winner, verdict.winner);
    assert!(!lie.is_note_true);
    assert_eq!(verdict.is_note_true, verdict.winner == Some(1));
}

#[test]
fn two_honest_logs_agree_however_they_were_written() {
    let a = Log::new().record();
    let b = Log {
        run_frames: 17,
        winner: None,
        ..Log::new()
    }
    .record();
    assert_eq!(first_divergence(&a, &b), None);
}

#[test]
fn an_altered_input_is_found_in_its_frame_and_by_its_player() {
    let a = Log::new().record();
    for (frame, player) in [(0, 0), (59, 1), (60, 0), (150, 1), (299, 0)] {
        let mut log = Log::new();
        log.inputs[frame][player].buttons ^= 16;
        let expected = LogDivergence::Input {
            frame: frame as u32,
            player: player as u8,
        };
        assert_eq!(first_divergence(&a, &log.record()), Some(expected));
    }
}

#[test]
fn other_content_another_machine_and_a_missing_end_are_told_apart() {
    let a = Log::new().record();
    let content = Log {
        content: 41,
        ..Log::new()
    }
    .record();
    assert_eq!(
        first_divergence(&a, &content),
        Some(LogDivergence::Content { frame: 90, slot: 4 })
    );
    let faulty = Log {
        fault: Some((200, 99)),
        ..Log::new()
    }
    .record();
    assert_eq!(
        first_divergence(&a, &faulty),
        Some(LogDivergence::State { frames: 210 })
    );
    let mut shorter = Log::new();
    shorter.inputs.truncate(240);
    assert_eq!(
        first_divergence(&a, &shorter.record()),
        Some(LogDivergence::Length { frames: 240 })
    );
    let mut renamed = Log::new();
    renamed.inputs.truncate(0);
    assert_eq!(first_divergence(&a, &a), None);
}

mod live {
    //! Two live sessions record themselves; their logs verify, and agree.

    use std::time::Duration;

    use super::*;
    use crate::replay::verify;
    use crate::transport::link::{Link, LinkConfig};
    use crate::{Session, SessionConfig};

    const TICK: Duration = Duration::from_micros(16_667);

    struct Peer {
        session: Session<Toy, Link>,
        recorder: Option<Recorder<Toy, Vec<u8>>>,
        contents: usize,
        script: Vec<[ToyInput; 2]>,
    }

    impl Peer {
        fn new(player: u8, link: Link) -> Self {
            let config = SessionConfig {
                entropy: 40 + u64::from(player),
                ..SessionConfig::new(player, 1)
            };
            let mut session =
                Session::new(Toy::default(), START, link, config, Duration::ZERO).expect("valid settings");
            session.record_confirmed(true);
            Self {
                session,
                recorder: None,
                contents: 0,
                script: held_inputs(33, 2_000),
            }
        }

        fn tick(&mut self, now: Duration) {
            self.session.poll(now);
            drop(self.session.events());
            drop(self.session.game_events());
            let player = usize::from(self.session.config().local_player);
            let mut input = self.script[self.session.current_frame() as usize][player];
            let commit = self.session.commit();
            (input.commit_seq, input.commit_slot) = (commit.seq, commit.slot);
            self.session.advance(now, input).expect("nobody left");
            self.record();
        }

        fn record(&mut self) {
            let Some(match_seed) = self.session.match_seed() else {
                return;
            };
            let recorder = self.recorder.get_or_insert_with(|| {
                let header = rules().header(match_seed, vec!["a".into(), "b".into()]);
                Recorder::new(Toy::default(), START, Vec::new(), header, RecorderConfig::default()).expect("a header")
            });
            for (slot, bytes) in &self.session.content_log()[self.contents..] {
                recorder.content(*slot, bytes).expect("the match took it");
                self.contents += 1;
            }
            for frame in self.session.confirmed_frames() {
                recorder
                    .frame(frame.frame, &frame.inputs, frame.checksum)
                    .expect("a true match");
            }
        }
    }

    #[test]
    fn both_logs_of_a_match_over_a_bad_link_verify_and_agree() {
        let link = LinkConfig {
            duplicate_pct: 5,
            ..LinkConfig::new(6, 120, 20, 10)
        };
        let (a, b) = Link::pair(link);
        let mut peers = [Peer::new(0, a), Peer::new(1, b)];
        let mut now = Duration::ZERO;
        let mut offered = 0;
        while peers.iter().any(|peer| peer.session.confirmed_frame() < 1_200) {
            now += TICK;
            peers.iter_mut().for_each(|peer| peer.tick(now));
            let host = &mut peers[0].session;
            if offered < 3 && host.current_frame() > 300 * (offered + 1) {
                offered += 1;
                host.offer_content(now, &[20 + offered as u8])
                    .expect("a connected host");
            }
            assert!(now < Duration::from_secs(60), "the match does not come forward");
        }
        let rollbacks: u64 = peers.iter().map(|peer| peer.session.stats().rollbacks).sum();
        assert!(rollbacks > 20, "the link makes them roll back: {rollbacks}");
        let logs = peers.map(|peer| {
            let (frame, checksum) = peer.session.confirmed_checksum();
            let recorder = peer.recorder.expect("a seed was agreed");
            assert_eq!((recorder.frames(), recorder.checksum()), (frame, checksum));
            let winner = winner_of(recorder.state());
            Replay::parse(recorder.finish(winner).expect("written")).expect("readable")
        });
        for log in &logs {
            let verified = verify(&mut Toy::default(), START, log, &rules(), winner_of).expect("a true log");
            assert_eq!((verified.frames, log.contents().count()), (log.frames(), 3));
            let verdict = judge(&mut Toy::default(), START, log, &rules(), winner_of, commit_of).expect("a true log");
            assert!(verdict.is_note_true);
            assert_eq!(verdict.commits.len(), 3, "{:?}", verdict.commits);
        }
        let is_prefix = |divergence| matches!(divergence, None | Some(LogDivergence::Length { .. }));
        assert!(is_prefix(first_divergence(&logs[0], &logs[1])));
    }
}
