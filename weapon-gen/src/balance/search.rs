//! Owns the search for weapons that the receiving peer takes although they win too much, and for those that the balance leaves astray.
//! Must not change the verdict: it draws specs, measures them and says what it found.

use super::{
    Balanced, Context, FAIR_SCORES, PASSES_MAX, POWER_MAX, VERDICT_DUEL_COUNT, half_wins, is_too_strong, power,
    score_in, steps,
};
use crate::offer::check_budget;
use pvp_sim::{Rng, WEAPON_LIMITS, WeaponDef, WeaponField, WeaponSpec};

/// Duels after which a spec must have won this share, in percent, to fight on.
///
/// A weapon that wins 90 % of its duels falls at one of them in 7 of 100 cases.
const HURDLES: [(u32, u32); 3] = [(8, 75), (24, 75), (48, 79)];
/// Duels of a full measurement, with other seeds than those of the verdict.
pub const MEASURE_DUELS: u32 = 256;
/// Duels that confirm the best, with seeds that nothing was chosen by.
pub const CONFIRM_DUELS: u32 = 2_048;

/// What became of a spec.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It won too little to matter, at one of the hurdles.
    Weak,
    /// The receiving peer refuses it ([`check_budget`]).
    Refused,
    /// The peer takes it: its win rate in percent over [`MEASURE_DUELS`] duels.
    Measured(u32),
}

/// Measures a weapon as far as it is worth it.
#[must_use]
pub fn measure(weapon: &WeaponDef) -> Outcome {
    // The fewest duels first: most specs fall before the verdict's duels are needed.
    let (mut fought, mut won) = (0, 0);
    for (duels, hurdle) in HURDLES {
        won += fresh_half_wins(weapon, fought..duels);
        fought = duels;
        if won * 50 < hurdle * duels {
            return Outcome::Weak;
        }
    }
    if check_budget(weapon).is_err() {
        return Outcome::Refused;
    }
    won += fresh_half_wins(weapon, fought..MEASURE_DUELS);
    Outcome::Measured(won * 50 / MEASURE_DUELS)
}

/// The win rate in percent over [`CONFIRM_DUELS`] duels that no choice was made by.
#[must_use]
pub fn confirm(weapon: &WeaponDef) -> u32 {
    fresh_half_wins(weapon, MEASURE_DUELS..MEASURE_DUELS + CONFIRM_DUELS) * 50 / CONFIRM_DUELS
}

/// Where the balance left a weapon.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Rest {
    /// Within the fair scores, and not too strong.
    InBand,
    /// Too weak, with the most damage and the shortest cooldown that a weapon may have.
    WeakAtTheLimits,
    /// Too weak, and a buff would leave the budget.
    WeakAtTheBudget,
    /// Too strong, and no nerf changes it any more.
    StrongAtTheLimits,
    /// None of these, or more steps than allowed: a fault of the balance.
    Astray,
}

/// Where the balance left a weapon, found out without trusting what it says of itself.
#[must_use]
pub fn rest(made: &Balanced, context: &Context) -> Rest {
    let weapon = &made.weapon;
    let over = |weapon: &WeaponDef| power(weapon.spec()) > POWER_MAX;
    let score = score_in(weapon, context);
    if made.passes > PASSES_MAX || score != made.score || over(weapon) {
        return Rest::Astray;
    }
    if score > *FAIR_SCORES.end() || is_too_strong(weapon) {
        let is_least = steps::nerfed(weapon, u8::MAX) == *weapon;
        return if is_least {
            Rest::StrongAtTheLimits
        } else {
            Rest::Astray
        };
    }
    if score >= *FAIR_SCORES.start() {
        return Rest::InBand;
    }
    let buffed = steps::buffed(weapon);
    if buffed == *weapon {
        Rest::WeakAtTheLimits
    } else if over(&buffed) {
        Rest::WeakAtTheBudget
    } else {
        Rest::Astray
    }
}

/// Half wins in duels that the verdict does not know.
fn fresh_half_wins(weapon: &WeaponDef, duels: std::ops::Range<u32>) -> u32 {
    half_wins(weapon, VERDICT_DUEL_COUNT + duels.start..VERDICT_DUEL_COUNT + duels.end)
}

/// The spec of a number: every field uniform within its limits; half of the specs keep most of the rarer knobs at rest.
#[must_use]
pub fn drawn(seed: u64, number: u32) -> WeaponDef {
    let mut rng = Rng::keyed(seed, number, 0, 0x7365_6172);
    let mut spec = WeaponSpec {
        restitution: rng.below(256) as u8,
        knockback: rng.below(256) as u8,
        pellets: 1,
        ..WeaponSpec::default()
    };
    let is_plain = rng.chance(1, 2);
    for (field, min, max) in WEAPON_LIMITS {
        if !(is_plain && is_rare(*field) && rng.chance(3, 4)) {
            set(&mut spec, *field, rng.range(*min, *max));
        }
    }
    WeaponDef::clamped(&spec).0
}

/// Changes one or two fields at a time and keeps what wins as much or more. Gives the best weapon and its measured rate.
#[must_use]
pub fn climb(start: &WeaponDef, rate: u32, steps: u32, seed: u64) -> (WeaponDef, u32) {
    let mut rng = Rng::new(seed);
    let mut best = (*start, rate);
    for _ in 0..steps {
        let mut spec = *best.0.spec();
        for _ in 0..=rng.below(2) {
            let (field, min, max) = WEAPON_LIMITS[rng.below(WEAPON_LIMITS.len() as u32) as usize];
            set(&mut spec, field, rng.range(min, max));
        }
        let weapon = WeaponDef::clamped(&spec).0;
        if let Outcome::Measured(rate) = measure(&weapon)
            && rate >= best.1
        {
            best = (weapon, rate);
        }
    }
    best
}

const fn is_rare(field: WeaponField) -> bool {
    matches!(
        field,
        WeaponField::Flags
            | WeaponField::FuseFrames
            | WeaponField::GravityScale
            | WeaponField::EffectRadius
            | WeaponField::Pierce
            | WeaponField::Drag
            | WeaponField::Pellets
            | WeaponField::Spread
            | WeaponField::Homing
            | WeaponField::SelfDamage
    )
}

fn set(spec: &mut WeaponSpec, field: WeaponField, value: i32) {
    let byte = value as u8;
    match field {
        WeaponField::Version => spec.version = byte,
        WeaponField::Archetype => spec.archetype = byte,
        WeaponField::Effect => spec.effect = byte,
        WeaponField::Flags => spec.flags = byte,
        WeaponField::Damage => spec.damage = byte,
        WeaponField::Speed => spec.speed = byte,
        WeaponField::Range => spec.range = byte,
        WeaponField::Ammo => spec.ammo = byte,
        WeaponField::CooldownFrames => spec.cooldown_frames = value as u16,
        WeaponField::FuseFrames => spec.fuse_frames = value as u16,
        WeaponField::GravityScale => spec.gravity_scale = value as i16,
        WeaponField::EffectRadius => spec.effect_radius = byte,
        WeaponField::Pierce => spec.pierce = byte,
        WeaponField::Drag => spec.drag = byte,
        WeaponField::BounceCount => spec.bounce_count = byte,
        WeaponField::Pellets => spec.pellets = byte,
        WeaponField::Spread => spec.spread = byte,
        WeaponField::Homing => spec.homing = byte,
        WeaponField::SelfDamage => spec.self_damage = byte,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::balance::WIN_PERCENT_MAX;
    use pvp_sim::Archetype;

    #[test]
    fn a_short_search_finds_nothing_too_strong_and_repeats() {
        let (mut measured, mut best) = (0, 0);
        for number in 0..150 {
            let weapon = drawn(1, number);
            assert_eq!(WeaponDef::parse(weapon.spec()), Ok(weapon), "every draw is a weapon");
            if let Outcome::Measured(rate) = measure(&weapon) {
                measured += 1;
                best = best.max(rate);
            }
        }
        assert!(measured > 0, "the hurdles let nothing through");
        assert!(best <= u32::from(WIN_PERCENT_MAX), "{best} %");
        assert_eq!(drawn(1, 7), drawn(1, 7));
        assert_ne!(drawn(1, 7), drawn(2, 7));
    }

    #[test]
    fn the_search_would_find_a_weapon_that_wins_too_much() {
        let deadly = WeaponDef::clamped(&WeaponSpec {
            damage: 60,
            ..Archetype::Laser.base_spec()
        })
        .0;
        assert!(confirm(&deadly) > u32::from(WIN_PERCENT_MAX));
        assert_eq!(measure(&deadly), Outcome::Refused);
        let straw = WeaponDef::clamped(&WeaponSpec::default()).0;
        assert_eq!(measure(&straw), Outcome::Weak);
    }
}
