//! Owns the tests that a state is all that a step reads, and the proof that they notice when it is not.
//!
//! What the source alone can show is in `tidy`; what other processors show is in the golden traces.

use std::cell::Cell;

use pvp_sim::scenario::{self, Inputs, Play};
use pvp_sim::{ContentStore, DuelState, Events, Input, MatchDef, MatchState, Rng, SwarmState, step};

/// Everything a step is given; a planted fault takes its place.
type Step<'a, S> = &'a dyn Fn(&MatchDef, &ContentStore, &mut S, &[Input], &mut Events);

fn script<S: MatchState>(play: &Play<S>, frame: u32) -> Inputs {
    scenario::random_inputs(play, frame, 0x1f)
}

/// Places in memory of which two lie an odd number of words apart, so that one is unlike the place of the first run.
#[repr(C)]
struct Places<S> {
    first: S,
    second: S,
    _gap: u32,
    third: S,
}

/// The deepest rollback of a usual session, in frames.
const DEPTH: i32 = 8;
/// A whole second.
const DEPTH_MAX: i32 = 60;

/// Plays and, after every frame, goes back by a random depth and resimulates; returns the first frame that differs.
fn sync_test<S: MatchState>(
    mut play: Play<S>,
    frames: u32,
    depth_max: i32,
    seed: u64,
    step: Step<'_, S>,
) -> Option<u32> {
    let mut rng = Rng::new(seed);
    let mut history: Vec<(S, Inputs)> = Vec::new();
    for frame in 0..frames {
        let inputs = script(&play, frame);
        history.push((play.state, inputs));
        step(
            &play.def,
            &play.content,
            &mut play.state,
            &inputs[..S::PLAYER_COUNT],
            &mut play.events,
        );
        let depth = rng.range(1, depth_max).min(history.len() as i32) as usize;
        let from = history.len() - depth;
        let start = history[from].0;
        let mut places = Box::new(Places {
            first: start,
            second: start,
            _gap: 0,
            third: start,
        });
        for again in [&mut places.first, &mut places.second, &mut places.third] {
            for (_, inputs) in &history[from..] {
                step(
                    &play.def,
                    &play.content,
                    again,
                    &inputs[..S::PLAYER_COUNT],
                    &mut play.events,
                );
            }
            if again.checksum() != play.state.checksum() {
                return Some(frame);
            }
        }
    }
    None
}

fn duel() -> Play<DuelState> {
    let def = scenario::endless(21);
    let state = DuelState::new(&def);
    Play::new(def, state)
}

#[test]
fn going_back_by_any_depth_changes_nothing() {
    for seed in 0..4 {
        assert_eq!(sync_test(duel(), 1_500, DEPTH, seed, &step), None, "PVP_SEED={seed}");
    }
    assert_eq!(sync_test(duel(), 600, DEPTH_MAX, 4, &step), None);
    let def = scenario::endless(22);
    let state = SwarmState::new(&def);
    assert_eq!(sync_test(Play::new(def, state), 300, DEPTH, 1, &step), None);
}

#[test]
fn heavy_mode_gives_what_a_step_gives() {
    let mut play = duel();
    let mut heavy = play.state;
    let mut events = Events::new();
    for frame in 0..3_000 {
        let inputs = script(&play, frame);
        scenario::heavy_step(&play.def, &play.content, &mut heavy, &inputs[..2], &mut events);
        play.step(|_, _| inputs);
        assert_eq!(
            heavy.section_checksums(),
            play.state.section_checksums(),
            "frame {frame}"
        );
        assert_eq!(events.as_slice(), play.events.as_slice(), "frame {frame}");
    }
}

#[test]
fn state_kept_outside_the_snapshot_is_noticed() {
    // A counter that lives beside the state, as a cache would: right until the first rollback.
    let calls = Cell::new(0_u32);
    let planted =
        |def: &MatchDef, content: &ContentStore, state: &mut DuelState, inputs: &[Input], events: &mut Events| {
            calls.set(calls.get() + 1);
            let mut inputs = [inputs[0], inputs[1]];
            inputs[0].buttons |= u8::from(calls.get().is_multiple_of(16)) << 2;
            step(def, content, state, &inputs, events);
        };
    assert!(sync_test(duel(), 600, DEPTH, 1, &planted).is_some());
}

#[test]
fn an_order_that_the_address_decides_is_noticed() {
    // Players served in the order of where the state lies: what a map keyed by pointers does.
    let planted =
        |def: &MatchDef, content: &ContentStore, state: &mut DuelState, inputs: &[Input], events: &mut Events| {
            let address = std::ptr::from_ref(state).addr();
            let first_served = address / 4 % 2;
            let mut inputs = [inputs[0], inputs[1]];
            inputs[1 - first_served].buttons &= !4;
            step(def, content, state, &inputs, events);
        };
    assert!(sync_test(duel(), 600, DEPTH, 1, &planted).is_some());
}

#[cfg(target_pointer_width = "64")]
#[test]
fn the_state_is_32_bit_words() {
    // A `usize` or a `u64` would raise the alignment on this machine, and the size would differ on others.
    assert_eq!((align_of::<DuelState>(), align_of::<SwarmState>()), (4, 4));
    #[derive(Clone, Copy)]
    #[repr(C)]
    struct Planted {
        _count: usize,
    }
    assert_ne!(
        align_of::<Planted>(),
        4,
        "this test can fail: a usize is not a 32-bit word here"
    );
}
