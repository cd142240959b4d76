//! Owns what a weapon is: the 24-byte spec that travels, its limits, and the checked definition the simulation fires.
//! Must not simulate anything.

use crate::archetype::Archetype;
use core::fmt;

/// What a generator or a peer hands over: not yet checked.
///
/// Turn it into a [`WeaponDef`] with [`WeaponDef::parse`] (refuses) or [`WeaponDef::clamped`] (repairs).
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct WeaponSpec {
    /// Layout version, [`WeaponSpec::VERSION`].
    pub version: u8,
    /// An [`Archetype`] by number.
    pub archetype: u8,
    /// An [`Effect`] by number.
    pub effect: u8,
    /// Bits of [`WeaponFlags`].
    pub flags: u8,
    /// Damage of one trigger pull, shared by its pellets, 10 to 100.
    pub damage: u8,
    /// Muzzle speed, 10 to 100 (0.2 to 0.92 units per frame).
    pub speed: u8,
    /// Reach, 10 to 100 (6 to 60 units of travel).
    pub range: u8,
    /// Trigger pulls until the weapon is spent, 1 to 30.
    pub ammo: u8,
    /// Frames between trigger pulls, 60 to 300.
    pub cooldown_frames: u16,
    /// Frames until the projectile goes off by itself, 0 for never, at most 600.
    pub fuse_frames: u16,
    /// Share of the arena's gravity that pulls the projectile, Q8.8, -512 to 1024.
    pub gravity_scale: i16,
    /// Radius of area damage in quarter units, 0 to 32.
    pub effect_radius: u8,
    /// Players a projectile passes through before it ends, 0 to 4.
    pub pierce: u8,
    /// Linear drag in 1/1024 of the velocity per frame, 0 to 128.
    pub drag: u8,
    /// Speed kept in a bounce, in 1/255.
    pub restitution: u8,
    /// Bounces before a wall ends the projectile, 0 to 16.
    pub bounce_count: u8,
    /// Projectiles per trigger pull, 1 to 12.
    pub pellets: u8,
    /// Full cone of the pellets in 1/256 turn, 0 to 64.
    pub spread: u8,
    /// Steering towards the opponent, in 1/1024 turn per frame, 0 to 32.
    pub homing: u8,
    /// Push on a hit, in 1/256 units per frame.
    pub knockback: u8,
    /// Share of its own area damage that hurts the shooter, in percent, 0 to 100.
    pub self_damage: u8,
}

/// The bits of [`WeaponSpec::flags`].
#[derive(Copy, Clone, Debug)]
pub struct WeaponFlags;

impl WeaponFlags {
    /// Pellets leave one after another instead of at once.
    pub const BURST: u8 = 1;
    /// Area damage is blocked by walls.
    pub const LINE_OF_SIGHT: u8 = 2;
    /// The shot arrives in the frame it is fired.
    pub const HITSCAN: u8 = 4;
    /// Every known bit.
    pub const ALL: u8 = 7;
}

/// What a hit does beside its damage.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, Default)]
#[repr(u8)]
pub enum Effect {
    /// Nothing more.
    #[default]
    None,
    /// Damage × 3/2, armor ignored.
    ArmorPiercing,
    /// Area damage: full in the middle, falling to 0 at the radius.
    Area,
    /// Burns on for a while.
    Fire,
    /// Slows for a while.
    Ice,
    /// Stuns for a moment.
    Electric,
    /// Small damage for a long while.
    Poison,
    /// Gives part of the damage to the shooter as health.
    Leech,
}

impl Effect {
    /// Every effect, in number order.
    pub const ALL: [Effect; 8] = [
        Effect::None,
        Effect::ArmorPiercing,
        Effect::Area,
        Effect::Fire,
        Effect::Ice,
        Effect::Electric,
        Effect::Poison,
        Effect::Leech,
    ];

    /// The effect of a number.
    #[must_use]
    pub const fn from_u8(value: u8) -> Option<Effect> {
        if (value as usize) < Effect::ALL.len() {
            Some(Effect::ALL[value as usize])
        } else {
            None
        }
    }

    /// The lower-case name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Effect::None => "none",
            Effect::ArmorPiercing => "armor piercing",
            Effect::Area => "area damage",
            Effect::Fire => "fire",
            Effect::Ice => "ice",
            Effect::Electric => "electric",
            Effect::Poison => "poison",
            Effect::Leech => "leech",
        }
    }
}

impl WeaponSpec {
    /// The layout version that this build reads and writes.
    pub const VERSION: u8 = 1;
    /// Encoded size in bytes.
    pub const BYTES: usize = 24;

    /// The spec in its little-endian encoding, fields in declaration order.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; 24] {
        let [cooldown_low, cooldown_high] = self.cooldown_frames.to_le_bytes();
        let [fuse_low, fuse_high] = self.fuse_frames.to_le_bytes();
        let [gravity_low, gravity_high] = self.gravity_scale.to_le_bytes();
        [
            self.version,
            self.archetype,
            self.effect,
            self.flags,
            self.damage,
            self.speed,
            self.range,
            self.ammo,
            cooldown_low,
            cooldown_high,
            fuse_low,
            fuse_high,
            gravity_low,
            gravity_high,
            self.effect_radius,
            self.pierce,
            self.drag,
            self.restitution,
            self.bounce_count,
            self.pellets,
            self.spread,
            self.homing,
            self.knockback,
            self.self_damage,
        ]
    }

    /// The spec of 24 bytes; any bytes give a spec, [`WeaponDef::parse`] judges it.
    #[must_use]
    pub const fn from_bytes(bytes: &[u8; 24]) -> WeaponSpec {
        WeaponSpec {
            version: bytes[0],
            archetype: bytes[1],
            effect: bytes[2],
            flags: bytes[3],
            damage: bytes[4],
            speed: bytes[5],
            range: bytes[6],
            ammo: bytes[7],
            cooldown_frames: u16::from_le_bytes([bytes[8], bytes[9]]),
            fuse_frames: u16::from_le_bytes([bytes[10], bytes[11]]),
            gravity_scale: i16::from_le_bytes([bytes[12], bytes[13]]),
            effect_radius: bytes[14],
            pierce: bytes[15],
            drag: bytes[16],
            restitution: bytes[17],
            bounce_count: bytes[18],
            pellets: bytes[19],
            spread: bytes[20],
            homing: bytes[21],
            knockback: bytes[22],
            self_damage: bytes[23],
        }
    }

    /// The cooldown in milliseconds, rounded down.
    #[must_use]
    pub const fn cooldown_ms(&self) -> u32 {
        self.cooldown_frames as u32 * 1000 / 60
    }
}

/// A field of a [`WeaponSpec`] that can be out of range.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each variant is the field of the same name")]
pub enum WeaponField {
    Version,
    Archetype,
    Effect,
    Flags,
    Damage,
    Speed,
    Range,
    Ammo,
    CooldownFrames,
    FuseFrames,
    GravityScale,
    EffectRadius,
    Pierce,
    Drag,
    BounceCount,
    Pellets,
    Spread,
    Homing,
    SelfDamage,
}

/// Why a spec is not a weapon: the field, its value and the allowed range.
///
/// The caller can repair the spec with [`WeaponDef::clamped`] or refuse the sender.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct WeaponError {
    /// The first field out of range.
    pub field: WeaponField,
    /// Its value.
    pub value: i32,
    /// The smallest allowed value.
    pub min: i32,
    /// The largest allowed value.
    pub max: i32,
}

impl fmt::Display for WeaponError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "weapon field {:?} is {}, allowed is {} to {}",
            self.field, self.value, self.min, self.max
        )
    }
}

impl core::error::Error for WeaponError {}

/// A weapon that exists is in range.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct WeaponDef {
    spec: WeaponSpec,
}

macro_rules! limits {
    ($($variant:ident $field:ident $min:expr, $max:expr;)*) => {
        /// The allowed range of every bounded field: `(field, min, max)`.
        pub const WEAPON_LIMITS: &[(WeaponField, i32, i32)] = &[$((WeaponField::$variant, $min, $max)),*];

        fn first_fault(spec: &WeaponSpec) -> Option<WeaponError> {
            $(
                let value = i32::from(spec.$field);
                if !($min..=$max).contains(&value) {
                    return Some(WeaponError { field: WeaponField::$variant, value, min: $min, max: $max });
                }
            )*
            None
        }

        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped into the field's own range")]
        fn clamp(spec: &WeaponSpec) -> WeaponSpec {
            WeaponSpec {
                $($field: i32::from(spec.$field).clamp($min, $max) as _,)*
                ..*spec
            }
        }
    };
}

limits! {
    Version version WeaponSpec::VERSION as i32, WeaponSpec::VERSION as i32;
    Archetype archetype 0, Archetype::COUNT as i32 - 1;
    Effect effect 0, Effect::ALL.len() as i32 - 1;
    Flags flags 0, WeaponFlags::ALL as i32;
    Damage damage 10, 100;
    Speed speed 10, 100;
    Range range 10, 100;
    Ammo ammo 1, 30;
    CooldownFrames cooldown_frames 60, 300;
    FuseFrames fuse_frames 0, 600;
    GravityScale gravity_scale -512, 1024;
    EffectRadius effect_radius 0, 32;
    Pierce pierce 0, 4;
    Drag drag 0, 128;
    BounceCount bounce_count 0, 16;
    Pellets pellets 1, 12;
    Spread spread 0, 64;
    Homing homing 0, 32;
    SelfDamage self_damage 0, 100;
}

impl WeaponDef {
    /// The weapon of a spec in range.
    ///
    /// # Errors
    /// [`WeaponError`] names the first field out of range.
    pub fn parse(spec: &WeaponSpec) -> Result<WeaponDef, WeaponError> {
        match first_fault(spec) {
            Some(fault) => Err(fault),
            None => Ok(WeaponDef { spec: *spec }),
        }
    }

    /// The nearest weapon of any spec, and whether something had to change.
    #[must_use]
    pub fn clamped(spec: &WeaponSpec) -> (WeaponDef, bool) {
        let nearest = clamp(spec);
        (WeaponDef { spec: nearest }, nearest != *spec)
    }

    /// The spec behind the weapon.
    #[must_use]
    pub const fn spec(&self) -> &WeaponSpec {
        &self.spec
    }

    /// The weapon's archetype.
    #[must_use]
    pub fn archetype(&self) -> Archetype {
        Archetype::from_u8(self.spec.archetype).unwrap_or(Archetype::Pistol)
    }

    /// The weapon's effect.
    #[must_use]
    pub fn effect(&self) -> Effect {
        Effect::from_u8(self.spec.effect).unwrap_or(Effect::None)
    }
}

/// The weapon everybody starts with and returns to: weak, quick, never spent (its ammo does not count down).
/// It lies outside the generated limits on purpose and can therefore not be parsed from a spec.
#[must_use]
pub const fn starter_weapon() -> WeaponDef {
    let spec = WeaponSpec {
        ammo: 0,
        damage: 10,
        cooldown_frames: 30,
        ..Archetype::Pistol.base_spec()
    };
    WeaponDef { spec }
}

/// The weapon of a request that no commit answered in time.
///
/// A pure function of confirmed values, so both peers and the referee agree on it without a message.
/// The hint picks the archetype (an unknown hint picks one by the seed), the seed varies the numbers by up to a tenth,
/// each against another: a harder hit waits longer, a longer reach flies slower. So no draw is stronger than the rest.
#[must_use]
pub fn fallback_weapon(match_seed: u64, player: crate::PlayerId, request_seq: u8, archetype_hint: u8) -> WeaponDef {
    let entity = u32::from(player.0) << 8 | u32::from(request_seq);
    let mut rng = crate::Rng::keyed(match_seed, u32::from(archetype_hint), entity, 0x6661_6c6c);
    let drawn = rng.below(Archetype::COUNT as u32);
    let archetype = Archetype::from_u8(archetype_hint)
        .or(Archetype::from_u8(drawn.to_le_bytes()[0]))
        .unwrap_or(Archetype::Pistol);
    let base = archetype.base_spec();
    let (weight, reach) = (rng.range(-10, 10), rng.range(-10, 10));
    let vary = |value: i32, percent: i32| value + value * percent / 100;
    let spec = WeaponSpec {
        damage: vary(i32::from(base.damage), weight).clamp(10, 100) as u8,
        cooldown_frames: vary(i32::from(base.cooldown_frames), weight).clamp(60, 300) as u16,
        range: vary(i32::from(base.range), reach).clamp(10, 100) as u8,
        speed: vary(i32::from(base.speed), -reach).clamp(10, 100) as u8,
        ..base
    };
    WeaponDef::clamped(&spec).0
}
