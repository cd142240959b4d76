//! Owns the steps of the balance: what one nerf takes and what one buff gives.
//! Must not decide whether a weapon needs one.

use super::family::{Family, Loss, Trade};
use pvp_sim::{WeaponDef, WeaponSpec};

/// A reach over this is a far one: then every full nerf halves the ammo too.
const FAR: u8 = 80;

/// No family's order is longer: from this number on every nerf takes everything at once.
pub const ORDER_LENGTH_MAX: u8 = 2;

/// The weapon after its `number`-th nerf, counted from 0: the family's order first, then everything at once; clamped.
#[must_use]
pub fn nerfed(weapon: &WeaponDef, number: u8) -> WeaponDef {
    let family = Family::of(weapon.archetype());
    let mut spec = *weapon.spec();
    match family.order().get(usize::from(number)) {
        Some(loss) => lose(&mut spec, *loss, family),
        None => {
            lose(&mut spec, Loss::Damage, family);
            lose(&mut spec, Loss::Cooldown, family);
            if spec.range > FAR {
                lose(&mut spec, Loss::Ammo, family);
            }
        }
    }
    WeaponDef::clamped(&spec).0
}

/// The weapon after a buff: damage × 10/7, cooldown × 10/13; clamped.
#[must_use]
pub fn buffed(weapon: &WeaponDef) -> WeaponDef {
    let spec = weapon.spec();
    let spec = WeaponSpec {
        damage: (u16::from(spec.damage) * 10 / 7).min(255) as u8,
        cooldown_frames: (u32::from(spec.cooldown_frames) * 10 / 13) as u16,
        ..*spec
    };
    WeaponDef::clamped(&spec).0
}

/// Halfway between two strengths of one weapon, with the other knobs of the weaker one.
#[must_use]
pub(super) fn between(weak: &WeaponDef, strong: &WeaponDef) -> WeaponDef {
    let (weak, strong) = (weak.spec(), strong.spec());
    let half = |left: u8, right: u8| ((u16::from(left) + u16::from(right)) / 2) as u8;
    let spec = WeaponSpec {
        damage: half(weak.damage, strong.damage),
        cooldown_frames: ((u32::from(weak.cooldown_frames) + u32::from(strong.cooldown_frames)) / 2) as u16,
        ammo: half(weak.ammo, strong.ammo),
        ..*weak
    };
    WeaponDef::clamped(&spec).0
}

fn lose(spec: &mut WeaponSpec, loss: Loss, family: Family) {
    match loss {
        Loss::Damage => {
            let damage = ((u16::from(spec.damage) * 7 / 10) as u8).max(DAMAGE_MIN);
            // Nothing is given for nothing: at the smallest damage the knob stays too.
            if damage < spec.damage {
                spec.damage = damage;
                gain(spec, family.trade());
            }
        }
        Loss::Cooldown => spec.cooldown_frames = (u32::from(spec.cooldown_frames) * 13 / 10) as u16,
        Loss::Ammo => spec.ammo = (spec.ammo / 2).max(1),
    }
}

fn gain(spec: &mut WeaponSpec, trade: Trade) {
    match trade {
        Trade::Knockback(more) => spec.knockback = spec.knockback.saturating_add(more),
        Trade::Bounces(more) => spec.bounce_count = spec.bounce_count.saturating_add(more),
        Trade::Ammo(more) => spec.ammo = spec.ammo.saturating_add(more),
        Trade::Shelter(less) => spec.self_damage = spec.self_damage.saturating_sub(less),
    }
}

/// The smallest damage of [`pvp_sim::WEAPON_LIMITS`].
const DAMAGE_MIN: u8 = 10;
