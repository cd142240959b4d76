//! Owns what a player sends each frame.
//! Must not grow state: an input is a plain value of six bytes.

use crate::math::Angle;
use bytemuck::{Pod, Zeroable};

/// A player of the match, counted from 0. Player 0 is the host unless the match definition says otherwise.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct PlayerId(pub u8);

impl PlayerId {
    /// The player's place in arrays.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A simulated frame, counted from 0; 60 frames are a second.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Frame(pub u32);

/// One player's input of one frame.
///
/// `request_seq` and `commit_seq` are counters whose *change* means something (an edge).
/// A predictor that repeats the last input therefore never invents a request or a commit.
#[repr(C)]
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug, Pod, Zeroable)]
pub struct Input {
    /// Held buttons, see [`Buttons`].
    pub buttons: u8,
    /// Aim in 1/256 turn, counted from +x towards +y (up).
    pub aim: u8,
    /// Counts the weapon requests of this player, wrapping.
    pub request_seq: u8,
    /// The archetype that the player's own template match expects: names the fallback weapon.
    pub archetype_hint: u8,
    /// Counts the commits of the host, wrapping; ignored in other players' inputs.
    pub commit_seq: u8,
    /// The content slot that the newest commit names.
    pub commit_slot: u8,
}

impl Input {
    /// The aim as an angle.
    #[must_use]
    pub const fn aim_angle(self) -> Angle {
        Angle::from_byte(self.aim)
    }

    /// Whether all bits of `button` are held.
    #[must_use]
    pub const fn holds(self, button: u8) -> bool {
        self.buttons & button == button
    }

    /// The same input seen in a mirror (left and right exchanged).
    #[must_use]
    pub const fn mirror_x(self) -> Input {
        let left = self.buttons & Buttons::LEFT != 0;
        let right = self.buttons & Buttons::RIGHT != 0;
        let rest = self.buttons & !(Buttons::LEFT | Buttons::RIGHT);
        let buttons = rest | if left { Buttons::RIGHT } else { 0 } | if right { Buttons::LEFT } else { 0 };
        Input {
            buttons,
            aim: 128u8.wrapping_sub(self.aim),
            ..self
        }
    }
}

/// The bits of [`Input::buttons`].
#[derive(Copy, Clone, Debug)]
pub struct Buttons;

impl Buttons {
    /// Run left.
    pub const LEFT: u8 = 1;
    /// Run right.
    pub const RIGHT: u8 = 2;
    /// Jump; a short press is a short hop.
    pub const JUMP: u8 = 4;
    /// Drop through a one-way platform; fall faster in the air.
    pub const DOWN: u8 = 8;
    /// Pull the trigger.
    pub const FIRE: u8 = 16;
    /// Throw the forged weapon away and take the starter weapon.
    pub const SWAP: u8 = 32;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirroring_twice_gives_the_same_input() {
        for aim in 0..=255 {
            let input = Input {
                buttons: Buttons::LEFT | Buttons::FIRE,
                aim,
                request_seq: 3,
                ..Input::default()
            };
            assert_eq!(input.mirror_x().mirror_x(), input);
        }
    }
}
