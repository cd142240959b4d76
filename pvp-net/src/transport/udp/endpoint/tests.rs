//! Two ends over a network in memory that loses, delays, repeats and cuts, with strangers and holders of the phrase in between.
//!
//! Everything is drawn from one seed; a failure names it. Time is an argument: nothing sleeps.

use std::collections::BTreeMap;

use super::*;

mod world;

use world::{Faults, LISTENER, World};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

fn seeds(count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(|seed| seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed)
}

#[test]
fn two_ends_meet_and_then_send_nothing_but_datagrams() {
    let mut world = World::new(1, Faults::default());
    world.run_until_heard(SECOND);
    world.run(2 * SECOND);
    let before = world.sent_bytes;
    world.run(10 * SECOND);
    assert_eq!(world.sent_bytes.data - before.data, world.datagram_bytes(10));
    assert_eq!(
        world.sent_bytes.other - before.other,
        0,
        "a running match costs its datagrams"
    );
}

/// Point 1, the plainest case: of a restart, only the hello that answers the other's key is lost.
#[test]
fn whichever_single_packet_of_a_restart_is_lost_the_two_meet_again() {
    for victim in 0..2 {
        for lost in 0..40 {
            let mut world = World::new(7, Faults::default());
            world.run_until_heard(SECOND);
            world.restart(victim);
            world.lose_one = Some(lost);
            world.run_until_heard(2 * SECOND);
            assert_eq!(world.ends[1 - victim].endpoint.stats().peer_restarts, 1);
        }
    }
}

#[test]
fn every_restart_at_twenty_to_fifty_percent_loss_comes_back() {
    let mut longest = Duration::ZERO;
    for seed in seeds(12) {
        for loss_percent in [20, 35, 50] {
            let mut world = World::new(seed, Faults::lossy(loss_percent));
            world.run_until_heard(5 * SECOND);
            for round in 0..4 {
                world.restart((seed >> round) as usize & 1);
                longest = longest.max(world.run_until_heard(6 * SECOND));
            }
        }
    }
    println!("the longest restart took {longest:?}");
}

#[test]
fn both_restarted_at_once_meet_again() {
    for seed in seeds(8) {
        let mut world = World::new(seed, Faults::lossy(30));
        world.run_until_heard(5 * SECOND);
        world.restart(0);
        world.restart(1);
        world.run_until_heard(5 * SECOND);
    }
}

/// Whatever happens while the network is bad, both hear each other soon after it is good, and only each other, ever.
#[test]
fn after_any_bad_time_an_honest_network_brings_both_together() {
    for seed in seeds(12) {
        let mut world = World::new(seed, Faults::terrible());
        world.stranger.is_active = true;
        for _ in 0..6 {
            let time = world.draw_duration(3_000);
            world.run(time);
            match world.draw(6) {
                0 => world.restart(0),
                1 => world.restart(1),
                2 => world.rebind(0),
                3 => world.rebind(1),
                4 => world.faults = Faults::blackout(),
                _ => world.faults = Faults::terrible(),
            }
        }
        world.faults = Faults::default();
        // Who knows nobody's address can only be found by somebody who does.
        world.tell_addresses();
        world.run_until_heard(5 * SECOND);
        world.stranger.is_active = false;
        world.run_until_heard(5 * SECOND);
    }
}

/// Point 2: claims by the hundred, from the first packet on, while the two play over a lossy network.
#[test]
fn no_number_of_claims_with_the_phrase_ejects_a_living_peer() {
    let mut claims = 0;
    for seed in seeds(4) {
        let mut world = World::new(seed, Faults::lossy(20 + (seed % 31) as u32));
        world.run_until_heard(5 * SECOND);
        world.add_holders(4);
        for _ in 0..10 {
            world.run(2 * SECOND);
            world.run_until_heard(SECOND);
            world.renew_holders();
        }
        for end in &world.ends {
            assert_eq!(end.endpoint.stats().peer_restarts, 0, "seed {seed}");
            claims += end.endpoint.stats().refused_claims;
        }
    }
    assert!(claims > 1_000, "the attack must be one: {claims} claims");
}

/// What remains of point 2, as the threat model says: while a player is silent, whoever has the phrase can take its place,
/// and loses it again by falling silent; nothing is barred for good.
#[test]
fn a_holder_that_took_a_silent_players_place_and_goes_loses_it_again() {
    for seed in seeds(4) {
        let mut world = World::new(seed, Faults::lossy(20));
        world.run_until_heard(5 * SECOND);
        world.add_holders(3);
        world.faults = Faults::blackout_of(1);
        world.run(3 * SECOND);
        assert!(world.ends[0].endpoint.stats().peer_restarts > 0, "seed {seed}");
        world.holders.clear();
        world.faults = Faults::lossy(20);
        world.run_until_heard(5 * SECOND);
    }
}

/// Point 3: one copy per direction, delivered first from another port, ended the match.
#[test]
fn a_stranger_that_delivers_copies_first_moves_nothing() {
    for seed in seeds(5) {
        let mut world = World::new(seed, Faults::lossy((seed % 20) as u32));
        world.run_until_heard(5 * SECOND);
        world.run(SECOND);
        world.stranger.is_racing = true;
        let homes = [0, 1].map(|end: usize| world.ends[end].endpoint.remote());
        for _ in 0..100 {
            world.run(100 * MS);
            world.run_until_heard(500 * MS);
            assert_eq!(
                homes,
                [0, 1].map(|end: usize| world.ends[end].endpoint.remote()),
                "seed {seed}"
            );
        }
        assert!(world.stranger.raced > 100, "the attack must be one");
        world.assert_nothing_for_strangers();
    }
}

/// The strongest stranger without the phrase: it also passes on what it is sent, so its address answers, and then drops everything.
#[test]
fn a_detour_that_a_stranger_opens_and_closes_costs_nothing() {
    for seed in seeds(5) {
        let mut world = World::new(seed, Faults::default());
        world.run_until_heard(5 * SECOND);
        for _ in 0..5 {
            (world.stranger.is_racing, world.stranger.is_relaying) = (true, true);
            world.run(2 * SECOND);
            (world.stranger.is_racing, world.stranger.is_relaying) = (false, false);
            world.run_until_heard(500 * MS);
        }
    }
}

#[test]
fn a_router_that_rebinds_costs_no_second() {
    for seed in seeds(5) {
        let mut world = World::new(seed, Faults::lossy((seed % 30) as u32));
        world.run_until_heard(5 * SECOND);
        for round in 0..6 {
            let end = round % 2;
            world.rebind(end);
            world.run_until_heard(SECOND);
            world.run(2 * SECOND);
            let known = world.ends[1 - end].endpoint.remote();
            assert_eq!(known, Some(world.ends[end].address), "seed {seed}");
        }
    }
}

/// Both lose their addresses at once: only a door that stayed brings them together, so one of them must have one.
#[test]
fn both_rebinding_at_once_meet_again_through_the_one_door_that_stayed() {
    for seed in seeds(5) {
        for doors in [[true, true], [true, false], [false, true]] {
            let mut world = World::with_doors(seed, Faults::lossy(10), doors);
            world.run_until_heard(5 * SECOND);
            for _ in 0..3 {
                world.run(3 * SECOND);
                world.rebind(0);
                world.rebind(1);
                world.run_until_heard(4 * SECOND);
            }
        }
    }
}

/// Where packets come from may differ from where they go for a whole match; that costs little.
#[test]
fn packets_that_come_from_elsewhere_than_they_go_to_cost_a_few_bytes() {
    let mut world = World::with_doors(3, Faults::default(), [true, true]);
    world.run_until_heard(5 * SECOND);
    world.run(10 * SECOND);
    let before = world.sent_bytes;
    world.run(10 * SECOND);
    let (data, expected) = (world.sent_bytes.data - before.data, world.datagram_bytes(10));
    assert!(data <= expected + expected / 10, "{data} for {expected}");
    let other = (world.sent_bytes.other - before.other) / 10;
    assert!(other < 300, "{other} bytes a second");
}

/// Without any door that stays, nobody can know where the other is: this is what no transport can do.
#[test]
fn both_rebinding_at_once_without_a_door_is_silence_and_no_harm() {
    let mut world = World::with_doors(3, Faults::default(), [false, false]);
    world.run_until_heard(5 * SECOND);
    world.rebind(0);
    world.rebind(1);
    world.run(10 * SECOND);
    assert!(world.ends.iter().all(|end| end.heard_at + 9 * SECOND < world.now));
    world.rebind_back();
    world.run_until_heard(SECOND);
}

#[test]
fn a_listening_end_sends_no_datagram_to_an_address_that_has_not_answered() {
    for seed in seeds(5) {
        let mut world = World::listening(seed, Faults::lossy(20));
        world.stranger.is_active = true;
        world.stranger.is_racing = true;
        world.run_until_heard(8 * SECOND);
        world.run(3 * SECOND);
        world.assert_nothing_for_strangers();
        assert_eq!(world.ends[LISTENER].endpoint.remote(), Some(world.ends[1].address));
    }
}

#[test]
fn what_is_wrong_with_the_path_is_told_apart() {
    let fault_of = |faults: Faults, player: usize| {
        let mut world = World::new(5, faults);
        world.run(8 * SECOND);
        world.ends[player].endpoint.fault()
    };
    assert_eq!(fault_of(Faults::default(), 0), None);
    assert_eq!(fault_of(Faults::blackout(), 0), Some(PathFault::Nothing));
    let needed_bytes = 532;
    for (limit, passed_bytes, lost_bytes) in [(60, 32, 64), (80, 64, 100), (99, 64, 100), (200, 160, 256)] {
        let narrow = PathFault::Narrow {
            passed_bytes,
            lost_bytes,
            needed_bytes,
        };
        for player in 0..2 {
            assert_eq!(fault_of(Faults::narrow(limit), player), Some(narrow), "{limit}");
        }
    }
    for bytes in [60, 100, 300] {
        let cuts = PathFault::Cuts { bytes, needed_bytes };
        assert_eq!(fault_of(Faults::cutting(bytes), 0), Some(cuts));
    }
    let mut world = World::new(5, Faults::default());
    world.ends[1].endpoint = Endpoint::new(&RoomKey::from_phrase("another"), &[1; 32], Some(world.ends[0].address));
    world.run(2 * SECOND);
    let fault = world.ends[0].endpoint.fault();
    assert!(
        matches!(fault, Some(PathFault::Strangers { packets: 1.. })),
        "{fault:?}"
    );
}

/// The checks above can fail: a network that never carries anything is found out.
#[test]
#[should_panic(expected = "do not hear each other")]
fn a_silent_world_is_noticed() {
    World::new(1, Faults::blackout()).run_until_heard(5 * SECOND);
}
