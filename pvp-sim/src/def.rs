//! Owns what is fixed before a match: seed, arena, rules, physics; and the hash that two peers compare.
//! Must not hold anything that changes from frame to frame.

use crate::arena::{ArenaDef, Solid, SolidKind};
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
        // Every type is taken apart by name here: a field that comes later does not compile until it is in the hash.
        let MatchDef {
            seed: _,
            arena,
            rules,
            physics,
        } = self;
        let mut hash = Xxh3::new();
        hash.update(b"pvp-sim ruleset 1");
        rules
            .words()
            .into_iter()
            .for_each(|word| hash.update(&word.to_le_bytes()));
        let (words, quadratic_drag) = physics.words();
        words.into_iter().for_each(|word| hash.update(&word.to_le_bytes()));
        // Knobs that came later count only where they are used, so that rulesets without them keep their hash.
        if !quadratic_drag.is_zero() {
            hash.update(b"quadratic drag");
            hash.update(&quadratic_drag.to_bits().to_le_bytes());
        }
        for edge in [arena.right(), arena.top()] {
            hash.update(&edge.to_bits().to_le_bytes());
        }
        for Solid { min, max, kind } in arena.solids() {
            let (kind, reach, period_frames) = match *kind {
                SolidKind::Block => (0, Vec2::ZERO, 0),
                SolidKind::OneWay => (1, Vec2::ZERO, 0),
                SolidKind::SlopeUp => (2, Vec2::ZERO, 0),
                SolidKind::SlopeDown => (3, Vec2::ZERO, 0),
                SolidKind::Moving { reach, period_frames } => (4, reach, period_frames),
            };
            hash.update(&[kind]);
            hash.update(&period_frames.to_le_bytes());
            for place in [*min, *max, reach] {
                hash_place(&mut hash, place);
            }
        }
        arena.spawns().iter().for_each(|spawn| hash_place(&mut hash, *spawn));
        hash.digest()
    }
}

fn hash_place(hash: &mut Xxh3, place: Vec2) {
    hash.update(&place.x.to_bits().to_le_bytes());
    hash.update(&place.y.to_bits().to_le_bytes());
}

impl RulesDef {
    fn words(&self) -> [u32; 9] {
        let RulesDef {
            host,
            health,
            rounds_to_win,
            rounds_max,
            round_frames,
            countdown_frames,
            aftermath_frames,
            forge_cooldown_frames,
            forge_deadline_frames,
        } = *self;
        [
            u32::from(host.0),
            health.cast_unsigned(),
            rounds_to_win,
            rounds_max,
            round_frames,
            countdown_frames,
            aftermath_frames,
            forge_cooldown_frames,
            forge_deadline_frames,
        ]
    }
}

impl PhysicsDef {
    /// The words of the first version, and the knob that came later.
    fn words(&self) -> ([i32; 11], Fx) {
        let PhysicsDef {
            gravity,
            run_speed,
            run_acceleration,
            air_acceleration,
            friction,
            jump_speed,
            fall_speed_max,
            speed_max,
            quadratic_drag,
            step_height,
            coyote_frames,
            jump_buffer_frames,
        } = *self;
        let words = [
            gravity.to_bits(),
            run_speed.to_bits(),
            run_acceleration.to_bits(),
            air_acceleration.to_bits(),
            friction.to_bits(),
            jump_speed.to_bits(),
            fall_speed_max.to_bits(),
            speed_max.to_bits(),
            step_height.to_bits(),
            coyote_frames.cast_signed(),
            jump_buffer_frames.cast_signed(),
        ];
        (words, quadratic_drag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::boxed::Box;
    use std::collections::BTreeSet;
    use std::vec::Vec;

    /// Changes by the smallest amount.
    trait Nudge {
        fn nudge(&mut self);
    }

    impl Nudge for u32 {
        fn nudge(&mut self) {
            *self += 1;
        }
    }

    impl Nudge for i32 {
        fn nudge(&mut self) {
            *self += 1;
        }
    }

    impl Nudge for Fx {
        fn nudge(&mut self) {
            *self += Fx::EPSILON;
        }
    }

    impl Nudge for PlayerId {
        fn nudge(&mut self) {
            self.0 ^= 1;
        }
    }

    impl Nudge for Vec2 {
        fn nudge(&mut self) {
            self.x.nudge();
        }
    }

    /// The hash with each field changed, one after another; a field that is not listed does not compile.
    macro_rules! nudged {
        ($base:expr, $part:ident: $type:ident { $($field:ident),* $(,)? }) => {{
            let $type { $($field: _),* } = $base.$part;
            [$({
                let mut changed = Box::new($base.clone());
                changed.$part.$field.nudge();
                (concat!(stringify!($part), ".", stringify!($field)), changed.ruleset_hash())
            }),*]
        }};
    }

    fn every_number(base: &MatchDef) -> Vec<(&'static str, u64)> {
        let rules = nudged!(base, rules: RulesDef {
            host, health, rounds_to_win, rounds_max, round_frames, countdown_frames, aftermath_frames,
            forge_cooldown_frames, forge_deadline_frames,
        });
        let physics = nudged!(base, physics: PhysicsDef {
            gravity, run_speed, run_acceleration, air_acceleration, friction, jump_speed, fall_speed_max, speed_max,
            quadratic_drag, step_height, coyote_frames, jump_buffer_frames,
        });
        rules.into_iter().chain(physics).collect()
    }

    fn arena(size: (i16, i16), solids: &[Solid], spawns: &[Vec2]) -> u64 {
        let arena = ArenaDef::new(size.0, size.1, solids, spawns).expect("a valid arena");
        MatchDef {
            arena,
            ..MatchDef::duel(1)
        }
        .ruleset_hash()
    }

    /// The hash with an arena in which everything is said, and with each part of it changed.
    fn every_arena() -> Vec<(&'static str, u64)> {
        let moving = SolidKind::Moving {
            reach: Vec2::from_ints(2, 1),
            period_frames: 120,
        };
        let solids = [
            Solid::new(SolidKind::Block, (0, 0), (40, 2)),
            Solid::new(moving, (10, 8), (14, 9)),
        ];
        let spawns = [Vec2::from_ints(5, 10), Vec2::from_ints(35, 10)];
        let mut all: Vec<_> = [
            ("as it is", arena((40, 30), &solids, &spawns)),
            ("width", arena((41, 30), &solids, &spawns)),
            ("height", arena((40, 31), &solids, &spawns)),
            ("a solid less", arena((40, 30), &solids[..1], &spawns)),
            ("order of solids", arena((40, 30), &[solids[1], solids[0]], &spawns)),
            ("order of spawns", arena((40, 30), &solids, &[spawns[1], spawns[0]])),
            (
                "a spawn more",
                arena((40, 30), &solids, &[spawns[0], spawns[1], spawns[1]]),
            ),
        ]
        .into();
        type Change = fn(&mut Solid);
        let changes: [(&str, Change); 10] = [
            ("min.x", |solid| solid.min.x.nudge()),
            ("min.y", |solid| solid.min.y.nudge()),
            ("max.x", |solid| solid.max.x.nudge()),
            ("max.y", |solid| solid.max.y.nudge()),
            ("block", |solid| solid.kind = SolidKind::Block),
            ("one way", |solid| solid.kind = SolidKind::OneWay),
            ("slope up", |solid| solid.kind = SolidKind::SlopeUp),
            ("slope down", |solid| solid.kind = SolidKind::SlopeDown),
            ("reach", |solid| {
                if let SolidKind::Moving { reach, .. } = &mut solid.kind {
                    reach.y.nudge();
                }
            }),
            ("period", |solid| {
                if let SolidKind::Moving { period_frames, .. } = &mut solid.kind {
                    period_frames.nudge();
                }
            }),
        ];
        for (name, change) in changes {
            let mut changed = solids;
            change(&mut changed[1]);
            all.push((name, arena((40, 30), &changed, &spawns)));
        }
        for number in 0..2 {
            let mut changed = spawns;
            changed[number].nudge();
            all.push(("a spawn", arena((40, 30), &solids, &changed)));
        }
        all
    }

    #[test]
    fn every_field_changes_the_hash_in_its_own_way_and_the_seed_does_not() {
        let base = MatchDef::duel(1);
        assert_eq!(base.ruleset_hash(), MatchDef::duel(2).ruleset_hash());
        let mut seen = BTreeSet::from([base.ruleset_hash()]);
        let numbers = every_number(&base);
        assert_eq!(numbers.len(), 21);
        for (part, hash) in numbers.into_iter().chain(every_arena()) {
            assert!(seen.insert(hash), "{part} is not in the hash");
        }
    }

    /// Peers of two versions with the same rules must meet: so the hash is pinned.
    #[test]
    fn the_hashes_of_the_built_in_duel_and_of_a_generated_one_are_what_they_were() {
        assert_eq!(MatchDef::duel(1).ruleset_hash(), 2_981_495_280_496_043_069);
        assert_eq!(MatchDef::generated(7).ruleset_hash(), 1_951_673_579_695_426_760);
    }
}
