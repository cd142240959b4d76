//! Owns the families of weapons: which archetypes fight alike, what each loses first, and what it gets for a loss of damage.
//! Must not measure anything: the families are a table, and [`Family::of_numbers`] only compares numbers.

use super::budget::log2;
use pvp_sim::{Archetype, WeaponSpec};

/// Weapons that fight alike.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Family {
    /// Held in the hand: no reach, a hard hit.
    Blade,
    /// Thrown or slung: bounces, flies in a curve.
    Thrown,
    /// Far reach, few well-placed shots.
    Reach,
    /// Many shots or pellets at a short or middle distance.
    Volley,
    /// An explosion where it lands.
    Blast,
    /// Steers itself, or carries an effect slowly.
    Magic,
}

/// What a nerf takes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Loss {
    /// Damage × 7/10; the family's [`Trade`] comes with it.
    Damage,
    /// Cooldown × 13/10.
    Cooldown,
    /// Half of the ammo.
    Ammo,
}

/// The knob that grows when a nerf lowers the damage. None of them wins duels by itself.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Trade {
    /// Pushes the opponent further away, by 1/256 units per frame.
    Knockback(u8),
    /// More bounces before a wall ends the shot.
    Bounces(u8),
    /// More trigger pulls.
    Ammo(u8),
    /// Its own explosion hurts the shooter less, by percent.
    Shelter(u8),
}

impl Family {
    /// Every family.
    pub const ALL: [Family; 6] = [
        Family::Blade,
        Family::Thrown,
        Family::Reach,
        Family::Volley,
        Family::Blast,
        Family::Magic,
    ];

    /// The family of an archetype.
    #[must_use]
    pub const fn of(archetype: Archetype) -> Family {
        use Archetype as A;
        match archetype {
            A::Sword | A::Dagger | A::Axe | A::Hammer | A::Spear | A::Whip => Family::Blade,
            A::Boomerang | A::Shuriken | A::Javelin | A::Slingshot => Family::Thrown,
            A::Bow | A::Crossbow | A::Rifle | A::Sniper | A::Laser => Family::Reach,
            A::Pistol | A::Shotgun | A::Smg | A::Flamethrower => Family::Volley,
            A::Cannon | A::RocketLauncher | A::Grenade | A::Bomb | A::Mine => Family::Blast,
            A::Staff | A::Wand | A::Orb | A::Tome => Family::Magic,
        }
    }

    /// What the first nerfs take, one of them each, in this order. Every later nerf takes damage and cooldown
    /// together, and ammo too if the reach is over 80.
    ///
    /// A weapon keeps what it is known by: a blade and a blast their hit, a volley its tempo, a far reach its aim.
    #[must_use]
    pub const fn order(self) -> &'static [Loss] {
        match self {
            Family::Blade | Family::Blast => &[Loss::Cooldown, Loss::Damage],
            Family::Thrown | Family::Volley | Family::Magic => &[Loss::Damage, Loss::Cooldown],
            Family::Reach => &[Loss::Ammo],
        }
    }

    /// What the family gets for a loss of damage.
    #[must_use]
    pub const fn trade(self) -> Trade {
        match self {
            Family::Blade => Trade::Knockback(20),
            Family::Thrown => Trade::Bounces(1),
            Family::Reach => Trade::Knockback(12),
            Family::Volley => Trade::Ammo(2),
            Family::Blast => Trade::Shelter(10),
            Family::Magic => Trade::Ammo(1),
        }
    }

    /// The lower-case name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Family::Blade => "blade",
            Family::Thrown => "thrown",
            Family::Reach => "reach",
            Family::Volley => "volley",
            Family::Blast => "blast",
            Family::Magic => "magic",
        }
    }

    /// The family that a weapon's numbers speak of, whatever its archetype says: that of the base spec next to it.
    #[must_use]
    pub fn of_numbers(spec: &WeaponSpec) -> Family {
        Family::of(nearest_archetype(spec))
    }
}

/// The archetype whose base spec lies next to a weapon's numbers, whatever its own archetype says.
#[must_use]
pub fn nearest_archetype(spec: &WeaponSpec) -> Archetype {
    let nearest = Archetype::ALL
        .iter()
        .min_by_key(|archetype| distance(spec, &archetype.base_spec()));
    nearest.copied().unwrap_or(Archetype::Pistol)
}

/// How far apart two specs are: the sum over the knobs that a player feels, each in thousandths of what the archetypes span.
/// What nerfs multiply is compared by its logarithm.
fn distance(left: &WeaponSpec, right: &WeaponSpec) -> u32 {
    let ratio = |left: u32, right: u32, span: u32| log2(left).abs_diff(log2(right)) * 1_000 / span;
    let knob = |left: u8, right: u8, span: u32| u32::from(left.abs_diff(right)) * 1_000 / span;
    ratio(left.damage.into(), right.damage.into(), 592)
        + ratio(left.cooldown_frames.into(), right.cooldown_frames.into(), 467)
        + ratio(left.ammo.into(), right.ammo.into(), 664)
        + knob(left.range, right.range, 85)
        + knob(left.speed, right.speed, 75)
        + knob(left.effect_radius, right.effect_radius, 16)
        + knob(left.pellets, right.pellets, 7)
        + knob(left.homing, right.homing, 8)
        + knob(left.bounce_count, right.bounce_count, 8)
}
