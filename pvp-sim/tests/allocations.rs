//! Owns the proof that an hour of play asks the allocator for nothing: frames, snapshots, checksums and rollbacks.
//!
//! It must stay the only test of its program: the allocator counts for the whole process.
#![cfg(feature = "scenario")]

use pvp_sim::bot::{BotKind, bot_input};
use pvp_sim::scenario::{self, Play};
use pvp_sim::{
    Content, DuelState, MatchState, ModKind, PlayerId, SwarmState, fallback_weapon, load_snapshot, save_snapshot,
    snapshot_bytes, step,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// An hour at sixty frames a second.
const HOUR_FRAMES: u32 = 216_000;
/// A player asks this often, in turn; every other request is answered by a commit.
const REQUEST_INTERVAL_FRAMES: u32 = 500;

/// How often `body` asked the allocator for memory, new or more.
fn allocations(body: impl FnOnce()) -> usize {
    let before = INSTRUMENTED_SYSTEM.stats();
    body();
    let change = INSTRUMENTED_SYSTEM.stats() - before;
    change.allocations + change.reallocations
}

/// The fewest that equal plays asked for: what a frame asks for it asks for each time, unlike the test harness beside it.
fn fewest_allocations(mut play: impl FnMut()) -> usize {
    let mut fewest = usize::MAX;
    for _ in 0..4 {
        fewest = fewest.min(allocations(&mut play));
        if fewest == 0 {
            break;
        }
    }
    fewest
}

fn endless<S: MatchState>(state: impl Fn(&pvp_sim::MatchDef) -> S) -> Play<S> {
    let def = scenario::endless(33);
    let state = state(&def);
    let mut play = Play::new(def, state);
    for slot in 0..128_u8 {
        let (player, request_seq) = (PlayerId(slot % 2), slot / 2 + 1);
        let content = if slot % 5 == 4 {
            Content::PhysicsMod {
                player,
                request_seq,
                kind: ModKind::ALL[usize::from(slot) % ModKind::ALL.len()],
                factor: 300,
                frames: 900,
            }
        } else {
            let weapon = fallback_weapon(3, player, request_seq, slot % 12);
            Content::Weapon {
                player,
                request_seq,
                weapon,
            }
        };
        play.content.insert(slot, content).expect("the slot is free");
    }
    play
}

/// Random buttons, two bots when it is a duel, requests all the time, and commits for the first 128 of them.
fn frame<S: MatchState>(play: &mut Play<S>) {
    play.step(|play, frame| {
        let mut inputs = scenario::random_inputs(play, frame, 0x1f);
        if frame % 1_000 < 200 {
            for (kind, player) in [(BotKind::Aggressive, 0_u8), (BotKind::Trickster, 1)] {
                inputs[usize::from(player)] = bot_input(kind, 3, &play.def, &play.state, PlayerId(player));
            }
        }
        let asked = frame / REQUEST_INTERVAL_FRAMES;
        let committed = (frame.saturating_sub(60) / REQUEST_INTERVAL_FRAMES).min(128);
        inputs[0].request_seq = asked.div_ceil(2) as u8;
        inputs[1].request_seq = (asked / 2) as u8;
        inputs[0].commit_seq = committed as u8;
        inputs[0].commit_slot = committed.saturating_sub(1) as u8;
        inputs
    });
}

/// Saves, goes on, loads, resimulates: the same state, as after a rollback over bytes.
fn roll_back<S: MatchState>(play: &mut Play<S>, bytes: &mut [u8]) {
    save_snapshot(&play.state, bytes).expect("the buffer has the snapshot's size");
    let kept = play.state;
    (0..8).for_each(|_| frame(play));
    let checksum = play.state.checksum();
    play.state = load_snapshot(bytes).expect("what was saved loads");
    assert_eq!(play.state.checksum(), kept.checksum());
    (0..8).for_each(|_| frame(play));
    assert_eq!(play.state.checksum(), checksum);
}

fn play_on<S: MatchState>(play: &mut Play<S>, frames: u32, bytes: &mut [u8]) {
    while play.state.frame().0 < frames {
        frame(play);
        if play.state.frame().0.is_multiple_of(300) {
            roll_back(play, bytes);
        }
    }
}

#[test]
fn an_hour_of_frames_snapshots_and_rollbacks_allocates_nothing() {
    // This test can fail: a step that keeps something on the heap is counted, each time it is played.
    let mut play = endless(DuelState::new);
    let planted = fewest_allocations(|| {
        let mut kept: Vec<u64> = Vec::new();
        for _ in 0..3 {
            let (def, content, state) = (&play.def, &play.content, &mut play.state);
            step(def, content, state, &[], &mut play.events);
            kept.push(state.checksum());
        }
    });
    assert!(planted > 0);

    let mut bytes = vec![0; snapshot_bytes::<DuelState>()];
    let start = Box::new(endless(DuelState::new));
    let mut duel = start.clone();
    let count = fewest_allocations(|| {
        duel.clone_from(&start);
        play_on(&mut duel, HOUR_FRAMES, &mut bytes);
    });
    assert_eq!(count, 0, "a duel of an hour");
    let world = duel.state.world();
    assert!(world.round > 100 && world.shot_count > 10_000, "{world:?}");
    assert_eq!(
        duel.state.players()[0].commit_seq,
        128,
        "weapons and physics were committed"
    );

    let mut bytes = vec![0; snapshot_bytes::<SwarmState>()];
    let start = Box::new(endless(SwarmState::new));
    let mut swarm = start.clone();
    let count = fewest_allocations(|| {
        swarm.clone_from(&start);
        play_on(&mut swarm, 1_500, &mut bytes);
    });
    assert_eq!(count, 0, "a swarm");
    assert!(swarm.state.world().shot_count > 100, "{:?}", swarm.state.world());
}
