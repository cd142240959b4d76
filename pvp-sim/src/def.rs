//! Owns what is fixed before a match: seed, arena, rules, physics; and the hash that two peers compare.
//! Must not hold anything that changes from frame to frame.

use crate::arena::{ArenaDef, SolidKind};
use crate::input::PlayerId;
use crate::math::{Fx, Vec2};
use xxhash_rust::xxh3::Xxh3;

/// Everything that `step` may read beside the state, the inputs and the committed content.
#[derive(Clone, Debug)]
pub struct MatchDef {
    /// Agreed by the peers before frame 0.
    pub seed: u64,
    /// Where it is played.
    pub arena: ArenaDef,
    /// How it is won, and how requests are answered.
    pub rules: RulesDef,
    /// How things move.
    pub physics: PhysicsDef,
}

/// How a match is won, and how requests are answered. Times are frames.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct RulesDef {
    /// Whose inputs carry the commits.
    pub host: PlayerId,
    /// Health at the start of a round.
    pub health: i32,
    /// Rounds that win the match.
    pub rounds_to_win: u32,
    /// Rounds after which the match ends in any case.
    pub rounds_max: u32,
    /// A round's time limit; then sudden death drains everybody.
    pub round_frames: u32,
    /// Pause before the first shot of a round.
    pub countdown_frames: u32,
    /// Pause after a round.
    pub aftermath_frames: u32,
    /// From one accepted request to the next.
    pub forge_cooldown_frames: u32,
    /// From a request to its fallback.
    pub forge_deadline_frames: u32,
}

/// How things move: units and frames.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct PhysicsDef {
    /// Pull per frame.
    pub gravity: Fx,
    /// Top run speed.
    pub run_speed: Fx,
    /// Gain of run speed per frame on the ground.
    pub run_acceleration: Fx,
    /// Gain of run speed per frame in the air.
    pub air_acceleration: Fx,
    /// Loss of run speed per frame on the ground without a direction held.
    pub friction: Fx,
    /// Speed of a jump's start.
    pub jump_speed: Fx,
    /// Fastest fall.
    pub fall_speed_max: Fx,
    /// Fastest movement of anything on either axis.
    pub speed_max: Fx,
    /// Share of its velocity that a projectile loses per frame for each unit per frame of its speed (air drag), beside
    /// the linear drag of its weapon; 0 for none, at most 1. Scaled by the live drag factor.
    pub quadratic_drag: Fx,
    /// Highest ledge that a runner climbs without a jump.
    pub step_height: Fx,
    /// Frames after a ledge in which a jump still counts.
    pub coyote_frames: u32,
    /// Frames before the ground in which a jump press is remembered.
    pub jump_buffer_frames: u32,
}

impl Default for RulesDef {
    fn default() -> RulesDef {
        RulesDef {
            host: PlayerId(0),
            health: 100,
            rounds_to_win: 3,
            rounds_max: 7,
            round_frames: 2700,
            countdown_frames: 45,
            aftermath_frames: 90,
            forge_cooldown_frames: 420,
            forge_deadline_frames: 240,
        }
    }
}

impl Default for PhysicsDef {
    fn default() -> PhysicsDef {
        PhysicsDef {
            gravity: Fx::from_ratio(14, 1000),
            run_speed: Fx::from_ratio(17, 100),
            run_acceleration: Fx::from_ratio(22, 1000),
            air_acceleration: Fx::from_ratio(13, 1000),
            friction: Fx::from_ratio(28, 1000),
            jump_speed: Fx::from_ratio(39, 100),
            fall_speed_max: Fx::from_ratio(45, 100),
            speed_max: Fx::from_ratio(95, 100),
            quadratic_drag: Fx::ZERO,
            step_height: Fx::from_ratio(3, 4),
            coyote_frames: 6,
            jump_buffer_frames: 6,
        }
    }
}

impl MatchDef {
    /// A duel in the built-in arena with the usual rules.
    #[must_use]
    pub fn duel(seed: u64) -> MatchDef {
        MatchDef {
            seed,
            arena: ArenaDef::forge(),
            rules: RulesDef::default(),
            physics: PhysicsDef::default(),
        }
    }

    /// A duel with the usual rules in an arena drawn from the seed.
    #[must_use]
    pub fn generated(seed: u64) -> MatchDef {
        MatchDef {
            arena: ArenaDef::generate(seed),
            ..MatchDef::duel(seed)
        }
    }

    /// Identifies rules, physics and arena, without the seed; peers with different rulesets refuse each other.
    #[must_use]
    pub fn ruleset_hash(&self) -> u64 {
        let mut hash = Xxh3::new();
        hash.update(b"pvp-sim ruleset 1");
        self.rules
            .words()
            .into_iter()
            .for_each(|word| hash.update(&word.to_le_bytes()));
        self.physics
            .words()
            .into_iter()
            .for_each(|word| hash.update(&word.to_le_bytes()));
        // Knobs that came later count only where they are used, so that rulesets without them keep their hash.
        if !self.physics.quadratic_drag.is_zero() {
            hash.update(b"quadratic drag");
            hash.update(&self.physics.quadratic_drag.to_bits().to_le_bytes());
        }
        for edge in [self.arena.right(), self.arena.top()] {
            hash.update(&edge.to_bits().to_le_bytes());
        }
        for solid in self.arena.solids() {
            let (kind, reach, period_frames) = match solid.kind {
                SolidKind::Block => (0, Vec2::ZERO, 0),
                SolidKind::OneWay => (1, Vec2::ZERO, 0),
                SolidKind::SlopeUp => (2, Vec2::ZERO, 0),
                SolidKind::SlopeDown => (3, Vec2::ZERO, 0),
                SolidKind::Moving { reach, period_frames } => (4, reach, period_frames),
            };
            hash.update(&[kind]);
            hash.update(&period_frames.to_le_bytes());
            for place in [solid.min, solid.max, reach] {
                hash_place(&mut hash, place);
            }
        }
        self.arena
            .spawns()
            .iter()
            .for_each(|spawn| hash_place(&mut hash, *spawn));
        hash.digest()
    }
}

fn hash_place(hash: &mut Xxh3, place: Vec2) {
    hash.update(&place.x.to_bits().to_le_bytes());
    hash.update(&place.y.to_bits().to_le_bytes());
}

impl RulesDef {
    fn words(&self) -> [u32; 9] {
        [
            u32::from(self.host.0),
            self.health.cast_unsigned(),
            self.rounds_to_win,
            self.rounds_max,
            self.round_frames,
            self.countdown_frames,
            self.aftermath_frames,
            self.forge_cooldown_frames,
            self.forge_deadline_frames,
        ]
    }
}

impl PhysicsDef {
    fn words(&self) -> [i32; 11] {
        [
            self.gravity.to_bits(),
            self.run_speed.to_bits(),
            self.run_acceleration.to_bits(),
            self.air_acceleration.to_bits(),
            self.friction.to_bits(),
            self.jump_speed.to_bits(),
            self.fall_speed_max.to_bits(),
            self.speed_max.to_bits(),
            self.step_height.to_bits(),
            self.coyote_frames.cast_signed(),
            self.jump_buffer_frames.cast_signed(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_in_the_hash_and_the_seed_is_not() {
        let base = MatchDef::duel(1);
        assert_eq!(base.ruleset_hash(), MatchDef::duel(2).ruleset_hash());
        let mut changed = base.clone();
        changed.rules.forge_deadline_frames += 1;
        assert_ne!(changed.ruleset_hash(), base.ruleset_hash());
        let mut changed = base.clone();
        changed.physics.jump_buffer_frames += 1;
        assert_ne!(changed.ruleset_hash(), base.ruleset_hash());
        let mut changed = base.clone();
        changed.physics.quadratic_drag = Fx::EPSILON;
        assert_ne!(changed.ruleset_hash(), base.ruleset_hash());
        let mut changed = base.clone();
        changed.arena = ArenaDef::new(64, 36, &base.arena.solids()[1..], base.arena.spawns()).expect("a valid arena");
        assert_ne!(changed.ruleset_hash(), base.ruleset_hash());
    }
}
