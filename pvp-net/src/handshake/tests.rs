//! The handshake, packet by packet.

use super::*;

fn facts(player: u8) -> Hello {
    Hello {
        protocol: PROTOCOL_VERSION,
        connection: 0,
        game_id: 1,
        build: 2,
        ruleset_hash: 3,
        content_version: 4,
        input_bytes: 2,
        settings: 5,
        player,
        host_player: 0,
        start_checksum: 6,
        commitment: [0; 32],
        held: None,
        name: format!("player {player}"),
    }
}

/// Lets both talk until nothing changes; returns what each side's last step was, and the packets it took.
fn talk(sides: &mut [Handshake; 2], ready: [u64; 2]) -> ([Step; 2], u32) {
    let mut last = [Step::Wait; 2];
    let mut packets = 0;
    for round in 0..20 {
        let now = Duration::from_secs(round);
        for side in 0..2 {
            let mut bytes = Vec::new();
            if !sides[side].poll_transmit(now, &mut bytes) {
                continue;
            }
            packets += 1;
            let mut step = sides[1 - side].handle(&bytes).unwrap();
            if let Step::Agreed(_) = step {
                step = sides[1 - side].set_ready(ready[1 - side]);
            }
            if step != Step::Wait {
                last[1 - side] = step;
            }
        }
        if last.iter().all(|step| *step != Step::Wait) {
            break;
        }
    }
    (last, packets)
}

fn pair(change: impl FnOnce(&mut Hello)) -> [Handshake; 2] {
    let mut other = facts(1);
    change(&mut other);
    [
        Handshake::new(facts(0), 10, Duration::ZERO),
        Handshake::new(other, 11, Duration::ZERO),
    ]
}

#[test]
fn equal_facts_agree_on_one_seed_that_depends_on_both() {
    let mut sides = pair(|_| {});
    let (steps, packets) = talk(&mut sides, [9, 9]);
    assert_eq!(steps, [Step::Complete; 2]);
    assert!(packets <= 6, "{packets} packets");
    let [a, b] = &sides;
    let seed = a.agreement(&b.nonce);
    assert_eq!(seed, b.agreement(&a.nonce));
    let c = Handshake::new(facts(1), 12, Duration::ZERO);
    assert_ne!(seed.match_seed, a.agreement(&c.nonce).match_seed);
    assert_ne!(seed.match_seed, seed.session_key);
    assert_eq!(a.peer_name(), Some("player 1"));
}

#[test]
fn both_sides_find_the_same_refusal_within_a_round_trip() {
    type Change = fn(&mut Hello);
    let cases: [(Change, Refusal); 10] = [
        (
            |h| h.protocol = 9,
            Refusal::Protocol {
                ours: PROTOCOL_VERSION,
                theirs: 9,
            },
        ),
        (|h| h.game_id = 9, Refusal::Game { ours: 1, theirs: 9 }),
        (|h| h.build = 9, Refusal::Build { ours: 2, theirs: 9 }),
        (|h| h.ruleset_hash = 9, Refusal::Ruleset { ours: 3, theirs: 9 }),
        (
            |h| h.content_version = 9,
            Refusal::ContentVersion { ours: 4, theirs: 9 },
        ),
        (|h| h.input_bytes = 9, Refusal::InputSize { ours: 2, theirs: 9 }),
        (|h| h.settings = 9, Refusal::Settings { ours: 5, theirs: 9 }),
        (|h| h.player = 0, Refusal::SamePlayer { player: 0 }),
        (|h| h.host_player = 1, Refusal::Host { ours: 0, theirs: 1 }),
        (|h| h.start_checksum = 9, Refusal::StartState { ours: 6, theirs: 9 }),
    ];
    for (change, expected) in cases {
        let mut sides = pair(change);
        let (steps, packets) = talk(&mut sides, [0, 0]);
        assert_eq!(steps[0], Step::Refused(expected));
        let Step::Refused(other) = steps[1] else {
            panic!("{:?}", steps[1])
        };
        assert_eq!(std::mem::discriminant(&other), std::mem::discriminant(&expected));
        assert!(packets <= 2, "{expected}: {packets} packets");
    }
}

#[test]
fn different_match_states_are_refused_on_both_sides() {
    let mut sides = pair(|_| {});
    let (steps, _) = talk(&mut sides, [1, 2]);
    assert_eq!(steps[0], Step::Refused(Refusal::MatchState { ours: 1, theirs: 2 }));
    assert_eq!(steps[1], Step::Refused(Refusal::MatchState { ours: 2, theirs: 1 }));
}

#[test]
fn a_nonce_that_was_not_committed_to_is_refused() {
    let [mut a, mut b] = pair(|_| {});
    let mut bytes = Vec::new();
    b.poll_transmit(Duration::ZERO, &mut bytes);
    a.handle(&bytes).unwrap();
    a.poll_transmit(Duration::ZERO, &mut bytes);
    b.handle(&bytes).unwrap();
    b.nonce[0] ^= 1;
    b.write(&mut bytes);
    assert_eq!(a.handle(&bytes), Ok(Step::Refused(Refusal::BrokenCommitment)));
}

#[test]
fn a_peer_that_starts_again_gets_a_fresh_nonce() {
    let [mut a, b] = pair(|_| {});
    let mut bytes = Vec::new();
    b.write(&mut bytes);
    a.handle(&bytes).unwrap();
    let before = a.nonce;
    Handshake::new(facts(1), 99, Duration::ZERO).write(&mut bytes);
    a.handle(&bytes).unwrap();
    assert_ne!(a.nonce, before);
}

/// The last hello of a killed process comes after the first one of the process that took its place:
/// before or after that one has heard an answer.
#[test]
fn a_hello_that_was_overtaken_does_not_shut_the_living_process_out() {
    for is_answered in [false, true] {
        let mut sides = pair(|_| {});
        let mut bytes = Vec::new();
        sides[1].poll_transmit(Duration::ZERO, &mut bytes);
        sides[0].handle(&bytes).unwrap();
        if is_answered {
            sides[0].poll_transmit(Duration::ZERO, &mut bytes);
            sides[1].handle(&bytes).unwrap();
        }
        Handshake::new(facts(1), 99, Duration::ZERO).write(&mut bytes);
        sides[0].handle(&bytes).unwrap();
        // Both repeat their packets; those of the living process are taken for old ones at first.
        let mut last = [Step::Wait; 2];
        for round in 1..60 {
            for side in 0..2 {
                if !sides[side].poll_transmit(Duration::from_secs(round), &mut bytes) {
                    continue;
                }
                last[1 - side] = match sides[1 - side].handle(&bytes) {
                    Ok(Step::Agreed(_)) => sides[1 - side].set_ready(9),
                    Ok(step) => step,
                    Err(reason) => {
                        assert_eq!(reason, DropReason::Handshake);
                        continue;
                    }
                };
            }
        }
        assert_eq!(last, [Step::Complete; 2], "answered: {is_answered}");
        assert_eq!(sides[0].agreement(&sides[1].nonce), sides[1].agreement(&sides[0].nonce));
    }
}

#[test]
fn damaged_packets_are_dropped() {
    let [mut a, b] = pair(|_| {});
    let mut bytes = Vec::new();
    b.write(&mut bytes);
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(a.handle(&damaged).is_err(), "bit {bit}");
    }
    for length in 0..bytes.len() {
        assert!(a.handle(&bytes[..length]).is_err());
    }
    assert!(!a.has_heard_peer());
}
