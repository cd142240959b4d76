//! Owns the smoothing of what is drawn: after a rollback things glide to their corrected places instead of jumping.
//! Must not be read by a simulation. The only file of this crate with floating-point positions: nothing here is state.
//!
//! ```
//! use pvp_net::smooth::{SmoothConfig, ViewSmoother};
//!
//! let mut view = ViewSmoother::new(SmoothConfig::default());
//! // Each frame, for each thing: its id, where the simulation has it, how far it moves per frame, and whether
//! // `advance` has just rolled back.
//! assert_eq!(view.place(1, [10.0, 5.0], [1.0, 0.0], false), [10.0, 5.0]);
//! // A rollback moved it half a unit away from where it was about to be: the picture keeps the old course and glides over.
//! let drawn = view.place(1, [11.5, 5.0], [1.0, 0.0], true);
//! assert!(drawn[0] > 11.0 && drawn[0] < 11.5);
//! view.end_frame();
//! ```

use std::collections::BTreeMap;

/// Things that are smoothed at most; more are drawn where they are.
const THINGS_MAX: usize = 4096;
/// Frames after which something that is no longer drawn is forgotten.
const FORGET_FRAMES: u32 = 2;
/// An error smaller than this part of the snap distance is over.
const NOTHING: f32 = 1.0 / 4096.0;

/// How to smooth. Distances are in the game's own units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SmoothConfig {
    /// A correction farther than this is a jump that happened in the game (a respawn, a teleport): drawn at once.
    pub snap_distance: f32,
    /// Frames until half of an error is gone.
    pub half_life_frames: f32,
}

impl Default for SmoothConfig {
    /// Four units, three frames: an error is down to a tenth after ten frames (1/6 s).
    fn default() -> Self {
        Self {
            snap_distance: 4.0,
            half_life_frames: 3.0,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Thing {
    simulated: [f32; 2],
    velocity: [f32; 2],
    /// Where it is drawn minus where it is.
    offset: [f32; 2],
    seen_at: u32,
}

/// Remembers where things were drawn.
#[derive(Debug, Clone)]
pub struct ViewSmoother {
    config: SmoothConfig,
    /// What is left of an error after a frame.
    keep: f32,
    things: BTreeMap<u32, Thing>,
    frame: u32,
}

impl ViewSmoother {
    /// Nothing is drawn yet.
    #[must_use]
    pub fn new(config: SmoothConfig) -> Self {
        let half_life = if config.half_life_frames > 0.0 {
            config.half_life_frames
        } else {
            f32::MIN_POSITIVE
        };
        Self {
            config,
            keep: (-1.0 / half_life).exp2(),
            things: BTreeMap::new(),
            frame: 0,
        }
    }

    /// Where to draw the thing `id` in this frame. `simulated` is where the newest state has it, `velocity` how far it moves per frame,
    /// `is_corrected` whether this frame's `advance` rolled back (its depth is not 0).
    pub fn place(&mut self, id: u32, simulated: [f32; 2], velocity: [f32; 2], is_corrected: bool) -> [f32; 2] {
        let known = self.things.get(&id).copied();
        if known.is_none() && self.things.len() >= THINGS_MAX {
            return simulated;
        }
        let mut offset = [0.0; 2];
        if let Some(thing) = known {
            for axis in 0..2 {
                let expected = thing.simulated[axis] + thing.velocity[axis];
                let error = if is_corrected { expected - simulated[axis] } else { 0.0 };
                offset[axis] = (thing.offset[axis] + error) * self.keep;
            }
        }
        let length = offset[0].hypot(offset[1]);
        // Not-a-number is a jump, too.
        let is_smooth = length <= self.config.snap_distance && length >= self.config.snap_distance * NOTHING;
        if !is_smooth {
            offset = [0.0; 2];
        }
        let thing = Thing {
            simulated,
            velocity,
            offset,
            seen_at: self.frame,
        };
        self.things.insert(id, thing);
        [simulated[0] + offset[0], simulated[1] + offset[1]]
    }

    /// Everything of this frame was placed; what was not placed for a while is forgotten.
    pub fn end_frame(&mut self) {
        let frame = self.frame;
        self.things
            .retain(|_, thing| frame.wrapping_sub(thing.seen_at) < FORGET_FRAMES);
        self.frame = self.frame.wrapping_add(1);
    }

    /// Forgets everything: another match, or a cut to another place.
    pub fn reset(&mut self) {
        self.things.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn smoother() -> ViewSmoother {
        ViewSmoother::new(SmoothConfig::default())
    }

    #[test]
    fn without_a_correction_things_are_drawn_where_they_are_even_if_they_turn() {
        let mut view = smoother();
        for frame in 0..50u8 {
            let place = [f32::from(frame % 7), f32::from(frame)];
            assert_eq!(view.place(3, place, [5.0, 5.0], false), place);
            view.end_frame();
        }
    }

    #[test]
    fn a_correction_halves_every_three_frames_and_ends() {
        let mut view = smoother();
        view.place(1, [0.0, 0.0], [0.0, 0.0], false);
        view.end_frame();
        let mut errors = vec![2.0 - view.place(1, [2.0, 0.0], [0.0, 0.0], true)[0]];
        for _ in 0..60 {
            view.end_frame();
            errors.push(2.0 - view.place(1, [2.0, 0.0], [0.0, 0.0], false)[0]);
        }
        assert!((errors[2] - 1.0).abs() < 0.001, "{errors:?}");
        assert!((errors[5] - 0.5).abs() < 0.001, "{errors:?}");
        assert!(errors.windows(2).all(|pair| pair[1] <= pair[0]), "never back");
        assert_eq!(errors[60], 0.0, "over, not only small");
    }

    #[test]
    fn a_jump_beyond_the_distance_is_drawn_at_once() {
        let mut view = smoother();
        view.place(1, [0.0, 0.0], [0.0, 0.0], false);
        assert_eq!(view.place(1, [0.0, 30.0], [0.0, 0.0], true), [0.0, 30.0]);
    }

    #[test]
    fn a_thing_that_was_gone_comes_back_where_it_is() {
        let mut view = smoother();
        view.place(1, [0.0, 0.0], [0.0, 0.0], false);
        for _ in 0..3 {
            view.end_frame();
        }
        assert_eq!(view.place(1, [1.0, 0.0], [0.0, 0.0], true), [1.0, 0.0]);
        assert!(view.things.len() == 1);
    }

    proptest! {
        #[test]
        fn nothing_is_ever_drawn_farther_off_than_the_snap_distance(
            steps in proptest::collection::vec((any::<f32>(), any::<f32>(), any::<bool>()), 1..50),
        ) {
            let mut view = smoother();
            for (x, speed, is_corrected) in steps {
                let drawn = view.place(1, [x, 0.0], [speed, 0.0], is_corrected);
                let off = (drawn[0] - x).abs();
                // Rounding at large coordinates can add a little.
                prop_assert!(off.is_nan() || off <= 4.0 + x.abs() * f32::EPSILON);
                view.end_frame();
            }
        }
    }
}
