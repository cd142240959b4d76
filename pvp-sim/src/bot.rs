//! Owns the bots: pure functions from what stands in the state to an input, integers only.
//! Must not remember anything: everything a bot knows is in the state, so peers, replays and the referee agree on it.

use crate::def::MatchDef;
use crate::input::{Buttons, Input, PlayerId};
use crate::math::{Angle, Fx, Vec2};
use crate::rng;
use crate::state::{MatchState, Phase, Player};
use crate::sweep;
use crate::weapon::{WeaponFlags, WeaponSpec};

/// How a bot likes to fight.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum BotKind {
    /// Closes in and keeps firing.
    Aggressive,
    /// Keeps its distance and dodges.
    Cautious,
    /// Jumps, changes sides, comes from above.
    Trickster,
}

impl BotKind {
    /// Every kind.
    pub const ALL: [BotKind; 3] = [BotKind::Aggressive, BotKind::Cautious, BotKind::Trickster];

    /// The name used on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            BotKind::Aggressive => "aggressive",
            BotKind::Cautious => "cautious",
            BotKind::Trickster => "trickster",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<BotKind> {
        BotKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The weakest and the strongest bot level.
pub const BOT_LEVELS: core::ops::RangeInclusive<u8> = 1..=3;

/// What the bot would press in this frame: buttons and aim only, the counters stay 0.
///
/// A higher level aims better, dodges more shots, hesitates and dawdles less; the lowest level does not dodge.
#[must_use]
pub fn bot_input<S: MatchState>(kind: BotKind, level: u8, def: &MatchDef, state: &S, me: PlayerId) -> Input {
    let Some(player) = state.players().get(me.index()) else {
        return Input::default();
    };
    if state.world().phase() != Phase::Fight || !player.is_alive() {
        return Input::default();
    }
    let Some(target) = nearest_opponent(state, me, player) else {
        return Input::default();
    };
    let mind = Mind {
        kind,
        level: level.clamp(1, 3),
        def,
        me,
        frame: state.frame().0,
    };
    let weapon = state.held_weapon(me);
    let mut buttons = 0;
    if !mind.dawdles() {
        buttons = mind.walk(player, target, &weapon) | mind.hop(player, target);
    }
    if mind.sees_danger(state, player) {
        buttons |= Buttons::JUMP;
    }
    let aim = mind.aim(player, target, &weapon);
    if mind.fires(player, target, &weapon) {
        buttons |= Buttons::FIRE;
    }
    if player.ammo == 0 && player.is_starter == 0 {
        buttons |= Buttons::SWAP;
    }
    Input {
        buttons,
        aim,
        ..Input::default()
    }
}

fn nearest_opponent<'a, S: MatchState>(state: &'a S, me: PlayerId, player: &Player) -> Option<&'a Player> {
    let others = state
        .players()
        .iter()
        .enumerate()
        .filter(|(number, other)| *number != me.index() && other.is_alive());
    others
        .min_by_key(|(_, other)| other.position.distance_squared(player.position))
        .map(|(_, other)| other)
}

struct Mind<'a> {
    kind: BotKind,
    level: u8,
    def: &'a MatchDef,
    me: PlayerId,
    frame: u32,
}

impl Mind<'_> {
    /// A whim that holds for `frames` frames: a number below `bound`.
    fn whim(&self, purpose: u32, frames: u32, bound: u32) -> u32 {
        let bits = rng::hash(self.def.seed, self.frame / frames, u32::from(self.me.0), purpose);
        (((bits >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// Whether a weak bot stands and thinks for a while.
    fn dawdles(&self) -> bool {
        self.whim(8, 40, 8) < [4, 2, 0][usize::from(self.level - 1)]
    }

    /// The distance the bot likes, in units.
    fn comfort(&self, weapon: &WeaponSpec) -> Fx {
        let reach = weapon.reach();
        match self.kind {
            BotKind::Aggressive => (reach / 2).min(Fx::from_int(9)),
            BotKind::Cautious => (reach * 3 / 4).min(Fx::from_int(20)),
            BotKind::Trickster => (reach / 2).min(Fx::from_int(5 + self.whim(1, 90, 10) as i16)),
        }
    }

    fn walk(&self, player: &Player, target: &Player, weapon: &WeaponSpec) -> u8 {
        let gap = target.position.x - player.position.x;
        let comfort = self.comfort(weapon);
        let towards = if gap.is_negative() {
            Buttons::LEFT
        } else {
            Buttons::RIGHT
        };
        let away = if gap.is_negative() {
            Buttons::RIGHT
        } else {
            Buttons::LEFT
        };
        if gap.abs() > comfort + Fx::ONE {
            return towards;
        }
        if gap.abs() + Fx::from_int(2) < comfort && self.kind != BotKind::Aggressive {
            return away;
        }
        // In comfort: strafe by a whim, so that nobody is an easy target.
        match self.whim(2, 40, 3) {
            0 => towards,
            1 => away,
            _ => 0,
        }
    }

    /// Jumps to reach a higher opponent, to cross walls, or by a whim; drops to reach a lower one.
    fn hop(&self, player: &Player, target: &Player) -> u8 {
        let climb = target.position.y - player.position.y;
        let rising = player.velocity.y.is_positive();
        if rising {
            return if climb.is_positive() || self.whim(3, 20, 2) == 0 {
                Buttons::JUMP
            } else {
                0
            };
        }
        let restless = match self.kind {
            BotKind::Aggressive => 5,
            BotKind::Cautious => 4,
            BotKind::Trickster => 2,
        };
        if climb > Fx::from_int(2) && self.frame.is_multiple_of(3) {
            return Buttons::JUMP;
        }
        if climb < Fx::from_int(-3) && self.whim(4, 30, 3) == 0 {
            return Buttons::DOWN;
        }
        let stuck = player.velocity.x.is_zero() && self.frame.is_multiple_of(2);
        if stuck || self.whim(5, 25, restless) == 0 && self.frame.is_multiple_of(4) {
            Buttons::JUMP
        } else {
            0
        }
    }

    /// Whether a hostile projectile will come close within the next frames that this level looks ahead.
    fn sees_danger<S: MatchState>(&self, state: &S, player: &Player) -> bool {
        let ahead = 6 * i32::from(self.level);
        self.level > 1
            && player.is_grounded()
            && state.projectiles().any(|(_, projectile)| {
                let gap = player.position - projectile.position;
                let soon = projectile.position + projectile.velocity * Fx::from_int(ahead as i16);
                !projectile.has_hit(self.me)
                    && gap.dot(projectile.velocity).to_bits() > 0
                    && soon.distance_squared(player.position) < Fx::from_int(4).squared()
            })
    }

    /// Leads the target by its velocity and lifts the aim against gravity; a weak bot's hand trembles.
    fn aim(&self, player: &Player, target: &Player, weapon: &WeaponSpec) -> u8 {
        let distance = target.position.distance(player.position);
        let flight = if weapon.flags & WeaponFlags::HITSCAN != 0 {
            Fx::ZERO
        } else {
            (distance / weapon.muzzle_speed()).min(Fx::from_int(120))
        };
        let lead = if self.level == 1 {
            Vec2::ZERO
        } else {
            target.velocity.with_y(target.velocity.y / 4) * flight
        };
        let gravity = self.def.physics.gravity * Fx::from_q8_8(weapon.gravity_scale);
        let drop = (gravity * flight) * flight / 2;
        let lifted = target.position + lead + Vec2::new(Fx::ZERO, drop.min(Fx::from_int(16)));
        let tremble = [28, 16, 4][usize::from(self.level - 1)];
        let error = self.whim(6, 12, 2 * tremble as u32 + 1) as i32 - tremble;
        let angle = Angle::atan2(lifted.y - player.position.y, lifted.x - player.position.x);
        angle.to_byte().wrapping_add((error / 2) as u8)
    }

    fn fires(&self, player: &Player, target: &Player, weapon: &WeaponSpec) -> bool {
        let reach = weapon.reach() + Fx::ONE;
        let in_reach = target.position.distance_squared(player.position) < reach.squared();
        let lobs = weapon.gravity_scale > 64 || weapon.bounce_count > 0;
        let hesitates = self.whim(7, 15, 8) < [6, 4, 0][usize::from(self.level - 1)];
        in_reach && !hesitates && (lobs || sweep::is_clear(&self.def.arena, player.position, target.position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ContentStore, DuelState, Event, Events, step};

    /// Plays a whole match between two bots; returns (frames, winner, hits, shots).
    fn play(seed: u64, kinds: [BotKind; 2]) -> (u32, Option<PlayerId>, u32, u32) {
        play_levels(seed, kinds, [3, 3])
    }

    fn play_levels(seed: u64, kinds: [BotKind; 2], levels: [u8; 2]) -> (u32, Option<PlayerId>, u32, u32) {
        let def = MatchDef::duel(seed);
        let content = ContentStore::new();
        let mut state = DuelState::new(&def);
        let mut events = Events::new();
        let (mut hits, mut shots) = (0, 0);
        while !state.is_finished() {
            let inputs = [0, 1].map(|number| {
                let me = PlayerId(number);
                let mut input = bot_input(
                    kinds[usize::from(number)],
                    levels[usize::from(number)],
                    &def,
                    &state,
                    me,
                );
                // A new forge every ten seconds, always answered by the fallback.
                input.request_seq = (state.frame().0 / 600) as u8;
                input.archetype_hint = input.request_seq.wrapping_mul(7).wrapping_add(number) % 28;
                input
            });
            step(&def, &content, &mut state, &inputs, &mut events);
            hits += events
                .as_slice()
                .iter()
                .filter(|event| matches!(event, Event::Hit { .. }))
                .count() as u32;
            shots += events
                .as_slice()
                .iter()
                .filter(|event| matches!(event, Event::Shot { .. }))
                .count() as u32;
            assert!(state.frame().0 < 40_000, "no decision");
        }
        (state.frame().0, state.winner(), hits, shots)
    }

    #[test]
    fn a_stronger_bot_wins_most_matches() {
        for (strong, weak, least) in [(3, 2, 18), (2, 1, 24), (3, 1, 24)] {
            let wins = |seed: u64| {
                // Both sides get both places.
                let place = (seed % 2) as u8;
                let levels = if place == 0 { [strong, weak] } else { [weak, strong] };
                let kinds = [BotKind::ALL[seed as usize % 3]; 2];
                play_levels(seed, kinds, levels).1 == Some(PlayerId(place))
            };
            let won = (0..30).filter(|seed| wins(*seed)).count();
            assert!(won >= least, "level {strong} beats level {weak} in {won} of 30 matches");
        }
    }

    #[test]
    fn bots_fight_matches_to_a_decision() {
        for seed in 0..6 {
            let kinds = [BotKind::ALL[seed as usize % 3], BotKind::ALL[(seed as usize + 1) % 3]];
            let (frames, winner, hits, shots) = play(seed, kinds);
            assert!(
                hits > 10 && shots > hits,
                "{kinds:?}: {hits} hits of {shots} shots, {frames} frames, won by {winner:?}"
            );
            assert_eq!(
                play(seed, kinds),
                (frames, winner, hits, shots),
                "a match repeats exactly"
            );
        }
    }

    #[test]
    fn names_parse_back() {
        for kind in BotKind::ALL {
            assert_eq!(BotKind::parse(kind.name()), Some(kind));
        }
        assert_eq!(BotKind::parse("sleepy"), None);
    }
}
