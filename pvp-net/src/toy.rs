//! A tiny game for tests: two runners on a line, content changes their speed, everything mixes into a digest.
//!
//! Must not: be clever; every field changes visibly when an input does.

use xxhash_rust::xxh3::xxh3_64;

use crate::simulation::{ContentRefused, Events, Inspect, Simulation};

#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct ToyInput {
    pub(crate) buttons: u8,
    pub(crate) aim: u8,
    pub(crate) request_seq: u8,
    pub(crate) hint: u8,
    pub(crate) commit_seq: u8,
    pub(crate) commit_slot: u8,
}

#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct ToyState {
    pub(crate) frame: u32,
    pub(crate) seed: u32,
    pub(crate) position: [i32; 2],
    pub(crate) speed: [i32; 2],
    pub(crate) commit_seq: u32,
    /// Mostly empty, like a real game's pools.
    pub(crate) trail: [i32; 256],
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Toy {
    pub(crate) slots: std::collections::BTreeMap<u8, i32>,
    /// Plants a fault: in this frame, this trail entry is off by one.
    pub(crate) fault: Option<(u32, usize)>,
    /// Takes nothing for this slot.
    pub(crate) refused_slot: Option<u8>,
}

pub(crate) const START: ToyState = ToyState {
    frame: 0,
    seed: 0,
    position: [-100, 100],
    speed: [3, 3],
    commit_seq: 0,
    trail: [0; 256],
};

impl Simulation for Toy {
    type Input = ToyInput;
    type State = ToyState;
    type Event = u8;

    fn step(&self, state: &mut ToyState, inputs: &[ToyInput], events: &mut Events<u8>) {
        let host = inputs[0];
        if u32::from(host.commit_seq) != state.commit_seq {
            state.commit_seq = u32::from(host.commit_seq);
            if let Some(speed) = self.slots.get(&host.commit_slot) {
                state.speed = [*speed; 2];
            }
        }
        for (player, input) in inputs.iter().enumerate() {
            // Left and right together do not cancel: every bit of an input shows in the state.
            let direction = i32::from(input.buttons & 1) - 2 * i32::from(input.buttons >> 1 & 1);
            let wobble = (state.seed >> 28) as i32 - 8;
            state.position[player] = state.position[player]
                .wrapping_add(direction * state.speed[player] + wobble + i32::from(input.aim))
                .wrapping_add(i32::from(input.buttons >> 2) << 8)
                .wrapping_add(i32::from(input.request_seq ^ input.commit_slot) << 16)
                .wrapping_sub(i32::from(input.hint) << 20)
                .wrapping_sub(i32::from(input.commit_seq) << 12);
            if input.buttons & 4 != 0 {
                events.push(player as u8);
            }
        }
        state.seed = state.seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.trail[state.frame as usize % 16] = state.position[0] ^ state.position[1];
        if let Some((frame, index)) = self.fault
            && frame == state.frame
        {
            state.trail[index] = state.trail[index].wrapping_add(1);
        }
        state.frame += 1;
    }

    fn checksum(&self, state: &ToyState) -> u64 {
        xxh3_64(bytemuck::bytes_of(state))
    }

    fn begin_match(&mut self, match_seed: u64, state: &mut ToyState) {
        self.slots.clear();
        *state = ToyState {
            // Every bit of the seed shows in the state.
            seed: (match_seed ^ match_seed >> 32) as u32,
            ..START
        };
    }

    fn accept_content(&mut self, slot: u8, bytes: &[u8]) -> Result<(), ContentRefused> {
        let [speed] = bytes else {
            return Err(ContentRefused::Malformed);
        };
        if self.slots.contains_key(&slot) || self.refused_slot == Some(slot) {
            return Err(ContentRefused::SlotTaken { slot });
        }
        self.slots.insert(slot, i32::from(*speed));
        Ok(())
    }
}

impl Inspect for Toy {
    fn sections(&self, state: &ToyState) -> Vec<(&'static str, u64)> {
        vec![
            ("players", xxh3_64(bytemuck::bytes_of(&[state.position, state.speed]))),
            ("trail", xxh3_64(bytemuck::bytes_of(&state.trail))),
        ]
    }

    fn to_bytes(&self, state: &ToyState) -> Vec<u8> {
        bytemuck::bytes_of(state).to_vec()
    }

    fn from_bytes(&self, bytes: &[u8]) -> Option<ToyState> {
        bytemuck::try_pod_read_unaligned(bytes).ok()
    }

    fn field_name(&self, offset: usize) -> String {
        match offset / 4 {
            0 => "frame".into(),
            1 => "seed".into(),
            word @ 2..4 => format!("position[{}]", word - 2),
            word @ 4..6 => format!("speed[{}]", word - 4),
            6 => "commit_seq".into(),
            word => format!("trail[{}]", word - 7),
        }
    }
}

/// Whoever is farther to the right; nobody at one place.
pub(crate) fn winner_of(state: &ToyState) -> Option<u8> {
    let [first, second] = state.position;
    (first != second).then_some(u8::from(second > first))
}

/// Buttons held for a while, as people play: a change every 10 to 40 frames, aim rarely.
pub(crate) fn held_inputs(seed: u64, frames: u32) -> Vec<[ToyInput; 2]> {
    let mut draws = seed;
    let mut draw = |range: u64| {
        draws = draws
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (draws >> 33) % range
    };
    let mut held = [ToyInput::default(); 2];
    let mut change_at = [0; 2];
    (0..frames)
        .map(|frame| {
            for player in 0..2 {
                if frame == change_at[player] {
                    held[player].buttons ^= 1 << draw(5);
                    change_at[player] = frame + 10 + draw(30) as u32;
                }
            }
            held
        })
        .collect()
}
