//! Owns when the input delay of this side changes, and to what: one frame at a time, at moments that lose no input.
//! Must not measure the network; it is told what delay would fit.
//!
//! Raising the delay by a frame repeats the newest queued input once; lowering it drops the next input offered.
//! While the player holds the same keys neither can be told from not changing it, so that is what it waits for.

use crate::guard::INPUT_DELAY_FRAMES_MAX;

/// How the input delay of a side is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InputDelay {
    /// It stays at `input_delay_frames`.
    #[default]
    Fixed,
    /// It begins at `input_delay_frames` and follows the round trip that is measured.
    Auto {
        /// The longest delay to take, in frames; 16 is the limit of a session.
        frames_max: u8,
    },
}

/// Frames for which a longer delay must have been asked for before it is taken: a short bad phase is left to rollbacks.
const RAISE_AFTER: u32 = 30;
/// Frames for which a shorter delay must have been asked for.
const LOWER_AFTER: u32 = 300;
/// Frames between two steps toward a chosen delay: both peers see each step before the next.
const STEP_INTERVAL: u32 = 4;

/// Leads the delay from what it is to what it should be.
#[derive(Debug)]
pub(crate) struct DelayControl<I> {
    mode: InputDelay,
    frames: u8,
    target: u8,
    /// For how long another delay has been asked for, in frames.
    asked_for: u32,
    since_step: u32,
    last_input: I,
}

impl<I: Copy + Eq + Default> DelayControl<I> {
    pub(crate) fn new(mode: InputDelay, frames: u8) -> Self {
        Self {
            mode,
            frames,
            target: frames,
            asked_for: 0,
            since_step: 0,
            last_input: I::default(),
        }
    }

    /// The delay in effect, in frames.
    pub(crate) fn frames(&self) -> u8 {
        self.frames
    }

    /// Goes to this delay as soon as it loses nothing, and stays there.
    pub(crate) fn choose(&mut self, frames: u8) {
        self.mode = InputDelay::Fixed;
        self.target = frames.min(INPUT_DELAY_FRAMES_MAX);
    }

    /// Before a frame is stepped with `input`: the delay to set first, if it is to change now.
    /// `recommended` is the delay that fits the network, if that is known.
    pub(crate) fn step(&mut self, input: I, recommended: Option<u8>) -> Option<u8> {
        let is_held = input == self.last_input;
        self.last_input = input;
        self.since_step = self.since_step.saturating_add(1);
        if let (InputDelay::Auto { frames_max }, Some(recommended)) = (self.mode, recommended) {
            self.follow(recommended.min(frames_max).min(INPUT_DELAY_FRAMES_MAX));
        }
        if !is_held || self.since_step < STEP_INTERVAL || self.frames == self.target {
            return None;
        }
        self.frames = if self.target > self.frames {
            self.frames + 1
        } else {
            self.frames - 1
        };
        self.since_step = 0;
        Some(self.frames)
    }

    /// Makes a recommendation the target once it has lasted.
    fn follow(&mut self, recommended: u8) {
        if recommended == self.target {
            self.asked_for = 0;
            return;
        }
        self.asked_for += 1;
        let patience = if recommended > self.target {
            RAISE_AFTER
        } else {
            LOWER_AFTER
        };
        if self.asked_for >= patience {
            self.asked_for = 0;
            self.target = recommended;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTO: InputDelay = InputDelay::Auto { frames_max: 6 };

    /// Frames until the delay first changes, and what it changes to.
    fn first_change(control: &mut DelayControl<u8>, recommended: u8) -> Option<(u32, u8)> {
        (1..1000).find_map(|frame| Some((frame, control.step(0, Some(recommended))?)))
    }

    #[test]
    fn a_longer_delay_is_taken_after_half_a_second_and_a_shorter_one_after_five() {
        let mut control = DelayControl::new(AUTO, 2);
        assert_eq!(first_change(&mut control, 4), Some((30, 3)));
        assert_eq!(first_change(&mut control, 4), Some((4, 4)));
        assert_eq!(first_change(&mut control, 4), None);
        assert_eq!(first_change(&mut control, 3), Some((300, 3)));
        assert_eq!(first_change(&mut control, 200), Some((30, 4)), "up to the limit");
        for _ in 0..100 {
            control.step(0, Some(200));
        }
        assert_eq!(control.frames(), 6);
    }

    #[test]
    fn a_recommendation_that_wavers_changes_nothing() {
        let mut control = DelayControl::new(AUTO, 2);
        for frame in 0..10_000u32 {
            let recommended = if frame % 25 < 24 { 5 } else { 2 };
            assert_eq!(control.step(0, Some(recommended)), None);
        }
    }

    #[test]
    fn nothing_changes_while_the_keys_do() {
        let mut control = DelayControl::new(InputDelay::Fixed, 2);
        control.choose(5);
        for frame in 0..100 {
            assert_eq!(control.step(frame, None), None);
        }
        assert_eq!(control.step(99, None), Some(3));
    }

    #[test]
    fn a_fixed_delay_ignores_the_network() {
        let mut control = DelayControl::new(InputDelay::Fixed, 2);
        assert_eq!(first_change(&mut control, 8), None);
    }
}
