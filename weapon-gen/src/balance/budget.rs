//! Owns the analytic budget: an estimate of a weapon's strength from its spec alone, in microseconds.
//! Must not simulate, and no floats: both peers compute the same number.

use pvp_sim::{Effect, WeaponFlags, WeaponSpec};

/// Up to this [`power`] a weapon is fair without a duel.
pub const POWER_FAIR: u32 = 380;
/// Over this [`power`] a weapon is refused without a duel; in between the duels decide.
pub const POWER_MAX: u32 = 900;

/// A health bar.
const HEALTH: u32 = 100;
/// One in the fixed-point numbers below.
const ONE: i32 = 256;

/// A cheap estimate of how strong a weapon is; 500 points win about half of the duels, 100 points more are odds times e.
///
/// The weights are a logistic fit to the win rates of 5,000 random specs (R² 0.76 on the fifth that was held out).
#[must_use]
pub fn power(spec: &WeaponSpec) -> u32 {
    let number = |value: u8| i32::from(value);
    let piercing = spec.effect == Effect::ArmorPiercing as u8;
    let damage = u32::from(spec.damage.max(1)) * if piercing { 3 } else { 2 };
    let shots = (2 * HEALTH).div_ceil(damage);
    let mut points = 231 * ONE;
    points += 105 * log2(u32::from(spec.damage)) - 122 * log2(u32::from(spec.cooldown_frames)) - 50 * log2(shots);
    points += 37 * log2(u32::from(spec.range)) + 111 * ONE / number(spec.ammo).max(1) + 16 * number(spec.knockback);
    points -= 85 * ONE * number(spec.spread) / 64;
    if spec.flags & WeaponFlags::BURST != 0 && spec.pellets > 1 {
        points -= 46 * ONE;
    }
    if spec.effect_radius > 0 {
        points += 80 * log2(u32::from(spec.effect_radius)) - 360 * ONE;
    }
    points += match Effect::from_u8(spec.effect) {
        Some(Effect::ArmorPiercing) => 55 * ONE,
        Some(Effect::Fire) => 23 * ONE,
        Some(Effect::Poison) => 27 * ONE,
        _ => 0,
    };
    points += if spec.flags & WeaponFlags::HITSCAN != 0 {
        527 * ONE - 176 * ONE * number(spec.spread) / 64
    } else {
        flight(spec)
    };
    (points / ONE).max(0).cast_unsigned()
}

/// What only counts for a shot that has to fly: speed, steering, gravity, drag, fuse. In points × 256.
fn flight(spec: &WeaponSpec) -> i32 {
    let steering = i32::from(spec.homing.min(16)) * ONE / 16;
    let drag = i32::from(spec.drag) * ONE / 64;
    let fuse = match spec.fuse_frames {
        0 => 600,
        frames => i32::from(frames).max(20),
    };
    56 * log2(u32::from(spec.speed)) + 269 * steering
        - 41 * drag
        - 132 * (steering * drag / ONE)
        - 30 * i32::from(spec.gravity_scale).abs()
        - 57 * ONE * 60 / fuse
}

/// Logarithm to base 2 times 256, linear between powers of two.
pub(super) fn log2(value: u32) -> i32 {
    let value = value.max(1);
    let exponent = value.ilog2();
    (exponent * 256 + ((value * 256) >> exponent) - 256).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_is_exact_at_powers_of_two_and_grows() {
        assert_eq!([1, 2, 4, 256].map(log2), [0, 256, 512, 2048]);
        assert!((1..1000).all(|value| log2(value) <= log2(value + 1)));
    }
}
