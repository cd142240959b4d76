//! The host commit against a model, over seeded sequences of what hosts, guests and links do:
//! every accepted request ends in one weapon, on the same frame on both sides, never before the acknowledgement;
//! whatever goes wrong ends in the fallback at the deadline and in a typed event.

#![allow(
    unreachable_pub,
    clippy::print_stdout,
    reason = "modules of one test program that prints its figures"
)]

#[path = "host_commit/fixture.rs"]
mod fixture;

use std::collections::{BTreeMap, HashMap};

use pvp_net::{ContentEvent, ContentRefused, OfferId, SessionEvent};
use pvp_sim::Event;

use fixture::{Act, DEADLINE_FRAMES, Key, LIE_CODE, Match, Plan};

const SEQUENCES: u64 = 220;

/// Frame and outcome of each request: whether it ended in the fallback.
fn forged(game: &Match, side: usize) -> BTreeMap<Key, (u32, bool)> {
    let mut forged = BTreeMap::new();
    for (frame, event) in &game.peers[side].confirmed {
        if let Event::Forged {
            player,
            request_seq,
            fallback,
        } = event
        {
            let known = forged.insert((player.0, *request_seq), (*frame, *fallback));
            assert!(known.is_none(), "a request is answered once");
        }
    }
    forged
}

fn accepted(game: &Match, side: usize) -> BTreeMap<Key, u32> {
    let events = game.peers[side].confirmed.iter();
    let accepted = events.filter_map(|(frame, event)| match event {
        Event::RequestAccepted { player, request_seq } => Some(((player.0, *request_seq), *frame)),
        _ => None,
    });
    accepted.collect()
}

/// How the host's offer ended, and the host's frame then. An offer ends once.
fn ends(game: &Match) -> HashMap<OfferId, (u32, ContentEvent)> {
    let mut ends = HashMap::new();
    for (frame, event) in &game.peers[0].events {
        let SessionEvent::Content(content) = event else {
            continue;
        };
        let offer = match content {
            ContentEvent::Acknowledged { offer, .. }
            | ContentEvent::RefusedByPeer { offer, .. }
            | ContentEvent::Expired { offer, .. } => *offer,
            other => panic!("no event of a host: {other:?}"),
        };
        let known = ends.insert(offer, (*frame, content.clone()));
        assert!(known.is_none(), "an offer ends once: {known:?} then {content:?}");
    }
    ends
}

/// Counts what the sequences covered.
#[derive(Debug, Default)]
struct Coverage {
    requests: u32,
    honest: u32,
    honest_in_time: u32,
    silent: u32,
    refused: u32,
    expired: u32,
    late: u32,
}

/// One sequence against the model.
fn check(seed: u64, coverage: &mut Coverage) {
    let plan = Plan::draw(seed);
    let mut game = Match::new(&plan);
    game.play();
    let (requests, weapons) = (accepted(&game, 0), forged(&game, 0));
    assert_eq!(
        requests,
        accepted(&game, 1),
        "seed {seed}: the same requests on both sides"
    );
    assert_eq!(
        weapons,
        forged(&game, 1),
        "seed {seed}: the same weapons on the same frames"
    );
    assert_eq!(
        requests.len(),
        plan.acts.len(),
        "seed {seed}: every request was accepted"
    );
    let ends = ends(&game);
    for (key, asked_at) in &requests {
        let (frame, fallback) = weapons[key];
        if fallback {
            assert_eq!(
                frame,
                asked_at + DEADLINE_FRAMES,
                "seed {seed}: the fallback comes at the deadline"
            );
        }
        let offers: Vec<_> = game.offers_of(*key).iter().map(|offer| &ends[offer]).collect();
        check_request(seed, plan.acts[key], (frame, fallback), &offers, coverage);
    }
    let acknowledged = ends
        .values()
        .filter(|(_, end)| matches!(end, ContentEvent::Acknowledged { .. }));
    let acknowledged = acknowledged.count();
    let events = &game.peers[1].confirmed;
    let ignored = events
        .iter()
        .filter(|(_, event)| matches!(event, Event::CommitIgnored { .. }))
        .count();
    let by_commit = weapons.values().filter(|(_, fallback)| !fallback).count();
    assert_eq!(
        by_commit + ignored,
        acknowledged,
        "seed {seed}: each acknowledged content is committed once"
    );
    assert_eq!(
        game.peers[0].session.stats().commits,
        acknowledged as u64,
        "seed {seed}"
    );
    game.assert_in_sync(seed);
}

fn check_request(
    seed: u64,
    act: Act,
    (frame, fallback): (u32, bool),
    offers: &[&(u32, ContentEvent)],
    coverage: &mut Coverage,
) {
    coverage.requests += 1;
    let first_acknowledged = offers
        .iter()
        .find(|(_, end)| matches!(end, ContentEvent::Acknowledged { .. }))
        .map(|(at, _)| *at);
    if !fallback {
        let at = first_acknowledged.unwrap_or_else(|| panic!("seed {seed}: {act:?} committed without acknowledgement"));
        assert!(
            frame >= at,
            "seed {seed}: committed in frame {frame}, acknowledged at {at}"
        );
    }
    match act {
        Act::Silent => {
            assert!(fallback && offers.is_empty(), "seed {seed}");
            coverage.silent += 1;
        }
        Act::Lie { .. } => {
            assert!(fallback, "seed {seed}: bytes that fail the judge are never committed");
            let reason = ContentRefused::Rule { code: LIE_CODE };
            for (_, end) in offers {
                assert!(
                    matches!(end, ContentEvent::RefusedByPeer { reason: told, .. } if *told == reason)
                        || matches!(end, ContentEvent::Expired { .. }),
                    "seed {seed}: {end:?}"
                );
                coverage.refused += u32::from(matches!(end, ContentEvent::RefusedByPeer { .. }));
            }
        }
        Act::Griefed { .. } => {
            assert!(fallback, "seed {seed}: nothing is committed without the guest's word");
            assert!(!offers.is_empty());
            for (_, end) in offers {
                assert!(matches!(end, ContentEvent::Expired { .. }), "seed {seed}: {end:?}");
                coverage.expired += 1;
            }
        }
        Act::Honest { .. } | Act::Twice { .. } | Act::Late => {
            assert!(!offers.is_empty(), "seed {seed}");
            if fallback && let Some(at) = first_acknowledged {
                // An acknowledgement enters an input after the delay of two frames, one commit per input.
                assert!(
                    at + 8 >= frame,
                    "seed {seed}: acknowledged at {at}, fallback at {frame}"
                );
            }
            let is_honest = matches!(act, Act::Honest { .. });
            coverage.honest += u32::from(is_honest);
            coverage.honest_in_time += u32::from(is_honest && !fallback);
            coverage.late += u32::from(!is_honest);
        }
    }
}

fn check_share(part: u64) {
    let mut coverage = Coverage::default();
    for seed in (0..SEQUENCES).filter(|seed| seed % 4 == part) {
        check(seed, &mut coverage);
    }
    println!("{coverage:?}");
    let Coverage {
        honest,
        honest_in_time,
        silent,
        refused,
        expired,
        late,
        ..
    } = coverage;
    assert!(
        honest_in_time * 100 >= honest * 95,
        "{honest_in_time} of {honest} honest weapons in time"
    );
    assert!(
        [silent, refused, expired, late].iter().all(|count| *count >= 5),
        "every case occurs"
    );
}

#[test]
fn sequences_follow_the_model_first_quarter() {
    check_share(0);
}

#[test]
fn sequences_follow_the_model_second_quarter() {
    check_share(1);
}

#[test]
fn sequences_follow_the_model_third_quarter() {
    check_share(2);
}

#[test]
fn sequences_follow_the_model_fourth_quarter() {
    check_share(3);
}

/// A cheating host's program: it writes a commit for content that the guest refused.
#[test]
fn a_host_that_commits_what_was_refused_gives_the_guest_nothing_and_both_a_void_match() {
    let plan = Plan::lying_commit();
    let mut game = Match::new(&plan);
    game.cheats = true;
    game.play();
    let key = (1, 1);
    assert!(accepted(&game, 1).contains_key(&key));
    let is_forged = forged(&game, 1).contains_key(&key);
    assert!(!is_forged, "the match is over before a fallback is due");
    let ignored = |(_, event): &(u32, Event)| matches!(event, Event::CommitIgnored { .. });
    assert!(game.peers[1].confirmed.iter().any(ignored));
    for peer in &game.peers {
        let is_desync = |(_, event): &(u32, SessionEvent)| matches!(event, SessionEvent::Desync(_));
        assert!(peer.events.iter().any(is_desync));
        let is_void = |(_, event): &(u32, SessionEvent)| matches!(event, SessionEvent::Void { .. });
        assert!(peer.events.iter().any(is_void), "the match is void on both sides");
    }
}
