//! The stress test passes a sound game and names what is wrong with an unsound one.

use std::cell::Cell;
use std::rc::Rc;

use super::*;
use crate::simulation::Simulation;
use crate::toy::{START, Toy, ToyInput, ToyState, held_inputs};

fn run<S>(mut session: StressSession<S>, frames: u32) -> Result<StressReport, StressFailure>
where
    S: Inspect<Input = ToyInput, State = ToyState>,
{
    for inputs in held_inputs(21, frames) {
        session.advance(|_, _, chosen| chosen.copy_from_slice(&inputs))?;
    }
    Ok(session.report())
}

fn config(seed: u64) -> StressConfig {
    StressConfig {
        seed,
        depth_frames_max: 12,
        ..StressConfig::default()
    }
}

#[test]
fn a_sound_game_survives_and_is_rolled_back_to_every_depth() {
    let session = || StressSession::new(Toy::default(), Toy::default(), START, config(4));
    let report = run(session(), 3_000).expect("a sound game");
    assert_eq!(
        (report.frames, report.depth_frames_max, report.transfers),
        (3_000, 11, 100)
    );
    assert!(report.rollbacks > 2_500, "{report:?}");
    assert!(report.resimulated_frames > 14_000, "{report:?}");
    assert!(report.mispredicted_frames > 4_000, "{report:?}");
    assert_eq!(run(session(), 3_000), Ok(report), "the same seed gives the same run");
    let other = StressSession::new(Toy::default(), Toy::default(), START, config(5));
    let other = run(other, 3_000).expect("a sound game");
    assert_eq!(other.checksum, report.checksum, "depths never matter to the outcome");
    assert_ne!(other.resimulated_frames, report.resimulated_frames);
}

#[test]
fn a_fault_in_one_simulation_is_named_to_the_field_and_the_frame() {
    let faulty = Toy {
        fault: Some((777, 123)),
        ..Toy::default()
    };
    let session = StressSession::new(Toy::default(), faulty, START, config(4));
    let failure = run(session, 1_000).expect_err("a planted fault");
    assert_eq!(failure.frame, 777);
    assert_eq!(failure.sections, ["trail"]);
    assert_eq!(failure.fields, ["trail[123]"]);
    assert!(failure.to_string().contains("trail[123]"), "{failure}");
}

/// Counts its steps outside the state: a rollback does not take that back.
#[derive(Debug, Clone, Default)]
struct Forgetful {
    toy: Toy,
    steps: Rc<Cell<i32>>,
}

impl Simulation for Forgetful {
    type Input = ToyInput;
    type State = ToyState;
    type Event = u8;

    fn step(&self, state: &mut ToyState, inputs: &[ToyInput], events: &mut Events<u8>) {
        self.toy.step(state, inputs, events);
        self.steps.set(self.steps.get() + 1);
        state.position[1] = self.steps.get();
    }

    fn checksum(&self, state: &ToyState) -> u64 {
        self.toy.checksum(state)
    }
}

impl Inspect for Forgetful {
    fn sections(&self, state: &ToyState) -> Vec<(&'static str, u64)> {
        self.toy.sections(state)
    }

    fn to_bytes(&self, state: &ToyState) -> Vec<u8> {
        self.toy.to_bytes(state)
    }

    fn from_bytes(&self, bytes: &[u8]) -> Option<ToyState> {
        self.toy.from_bytes(bytes)
    }

    fn field_name(&self, offset: usize) -> String {
        self.toy.field_name(offset)
    }
}

#[test]
fn state_outside_the_snapshot_is_found_at_once() {
    let session = StressSession::new(Forgetful::default(), Forgetful::default(), START, config(4));
    let failure = run(session, 100).expect_err("a rollback does not take it back");
    assert!(failure.frame < 5, "{failure}");
    assert_eq!(failure.fields[0], "position[1]");
}

#[test]
fn content_reaches_both_simulations() {
    let mut session = StressSession::new(Toy::default(), Toy::default(), START, config(4));
    session.accept_content(3, &[9]).expect("a free slot");
    assert_eq!(
        session.accept_content(3, &[9]),
        Err(ContentRefused::SlotTaken { slot: 3 })
    );
    for mut inputs in held_inputs(2, 300) {
        (inputs[0].commit_seq, inputs[0].commit_slot) = (1, 3);
        session
            .advance(|_, _, chosen| chosen.copy_from_slice(&inputs))
            .expect("in sync");
    }
    assert_eq!(session.state().speed, [9, 9]);
}
