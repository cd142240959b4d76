//! Owns the list of weapon archetypes and the spec each one starts from.
//! Must not know prompts: words are the generator's business.

use crate::weapon::{Effect, WeaponFlags, WeaponSpec};

macro_rules! archetypes {
    ($($variant:ident $name:literal $effect:ident $flags:expr,
       $damage:literal $speed:literal $range:literal $ammo:literal, $cooldown:literal $fuse:literal $gravity:literal,
       $radius:literal $pierce:literal $drag:literal $restitution:literal $bounce:literal,
       $pellets:literal $spread:literal $homing:literal $knockback:literal $own:literal;)*) => {
        /// The shape of a weapon: how it flies and what it looks like.
        #[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "each variant is the weapon of that name")]
        pub enum Archetype {
            $($variant),*
        }

        impl Archetype {
            /// Every archetype, in number order.
            pub const ALL: &'static [Archetype] = &[$(Archetype::$variant),*];
            /// How many archetypes there are.
            pub const COUNT: usize = Archetype::ALL.len();

            /// The lower-case name, such as `rocket launcher`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Archetype::$variant => $name),*
                }
            }

            /// The spec that a generator starts from; always in range.
            #[must_use]
            pub const fn base_spec(self) -> WeaponSpec {
                match self {
                    $(Archetype::$variant => WeaponSpec {
                        version: WeaponSpec::VERSION,
                        archetype: Archetype::$variant as u8,
                        effect: Effect::$effect as u8,
                        flags: $flags,
                        damage: $damage,
                        speed: $speed,
                        range: $range,
                        ammo: $ammo,
                        cooldown_frames: $cooldown,
                        fuse_frames: $fuse,
                        gravity_scale: $gravity,
                        effect_radius: $radius,
                        pierce: $pierce,
                        drag: $drag,
                        restitution: $restitution,
                        bounce_count: $bounce,
                        pellets: $pellets,
                        spread: $spread,
                        homing: $homing,
                        knockback: $knockback,
                        self_damage: $own,
                    }),*
                }
            }
        }
    };
}

const PLAIN: u8 = 0;
const BURST: u8 = WeaponFlags::BURST;
const SIGHT: u8 = WeaponFlags::LINE_OF_SIGHT;
const SCAN: u8 = WeaponFlags::HITSCAN;

// Columns: effect, flags, damage speed range ammo, cooldown fuse gravity,
//          radius pierce drag restitution bounces, pellets spread homing knockback self-damage.
archetypes! {
    Sword          "sword"           None          PLAIN, 46 84 15 30,  60   0    0,  0 2  0   0 0,  3 24 0  90   0;
    Dagger         "dagger"          ArmorPiercing PLAIN, 22 75 10 30,  60   0    0,  0 0  0   0 0,  1  0 0  40   0;
    Axe            "axe"             None          PLAIN, 45 58 17 20,  84   0  256,  0 1  0   0 0,  2 12 0 120   0;
    Hammer         "hammer"          Area          SIGHT, 66 84 15 20, 100   0  256,  8 0  0   0 0,  1  0 0 220   0;
    Spear          "spear"           ArmorPiercing PLAIN, 26 80 18 20,  77   0   32,  0 3  0   0 0,  1  0 0  80   0;
    Whip           "whip"            None          BURST, 26 90 16 30,  66   0    0,  0 2  0   0 0,  4  8 0  60   0;
    Boomerang      "boomerang"       None          PLAIN, 26 55 40 12,  92   0    0,  0 2 12 230 6,  1  0 6  60   0;
    Shuriken       "shuriken"        None          PLAIN, 27 75 45 18,  66   0   32,  0 0  0 160 1,  3 10 0  30   0;
    Javelin        "javelin"         ArmorPiercing PLAIN, 38 70 60  8,  96   0  160,  0 1  0   0 0,  1  0 0 100   0;
    Bow            "bow"             None          PLAIN, 32 80 80 15,  84   0  128,  0 0  0   0 0,  1  0 0  60   0;
    Crossbow       "crossbow"        ArmorPiercing PLAIN, 30 90 80 12, 110   0   64,  0 1  0   0 0,  1  0 0  90   0;
    Slingshot      "slingshot"       None          PLAIN, 20 65 50 25,  60   0  200,  0 0  0 180 3,  1  4 0  50   0;
    Pistol         "pistol"          None          PLAIN, 24 80 55 18,  60   0    0,  0 0  0   0 0,  1  2 0  40   0;
    Rifle          "rifle"           None          BURST, 34 92 85 14,  80   0    0,  0 0  0   0 0,  3  3 0  40   0;
    Shotgun        "shotgun"         None          PLAIN, 56 78 22 10,  96   0    0,  0 0 10   0 0,  8 26 0 160   0;
    Smg            "submachine gun"  None          BURST, 34 84 50 20,  72   0    0,  0 0  0   0 0,  6 14 0  30   0;
    Sniper         "sniper rifle"    ArmorPiercing SCAN,  30 99 99  6, 212   0    0,  0 1  0   0 0,  1  0 0 140   0;
    Cannon         "cannon"          Area          SIGHT, 52 58 70  8, 130   0  200, 10 0  0   0 0,  1  0 0 220  40;
    RocketLauncher "rocket launcher" Area          SIGHT, 50 48 80  6, 140 240    0, 12 0  0   0 0,  1  0 2 230  60;
    Grenade        "grenade"         Area          SIGHT, 48 50 60  8, 110 100  256, 12 0  4 140 8,  1  0 0 220  70;
    Bomb           "bomb"            Area          SIGHT, 74 40 36  5, 150 120  256, 16 0  6  90 4,  1  0 0 255  90;
    Mine           "mine"            Area          SIGHT, 84 24 28  6, 110 540  384, 11 0 60   0 8,  1  0 0 240  60;
    Flamethrower   "flamethrower"    Fire          BURST, 38 44 14 20,  72   0  -24,  0 2 24   0 0,  8 16 0  20   0;
    Laser          "laser"           None          SCAN,  22 99 90 14, 102   0    0,  0 2  0   0 0,  1  0 0  20   0;
    Staff          "staff"           Electric      PLAIN, 28 60 65 14,  98   0    0,  0 0  0   0 0,  1  0 4  70   0;
    Wand           "wand"            None          PLAIN, 17 66 60 20,  74   0    0,  0 0  0   0 0,  2  6 6  40   0;
    Orb            "orb"             Leech         PLAIN, 22 30 60 12, 110   0    0,  0 1  0 255 6,  1  0 8  60   0;
    Tome           "tome"            Poison        PLAIN, 28 50 55 14,  94   0    0,  0 0  0   0 0,  5 40 4  40   0;
}

impl Archetype {
    /// The archetype of a number.
    #[must_use]
    pub const fn from_u8(value: u8) -> Option<Archetype> {
        if (value as usize) < Archetype::COUNT {
            Some(Archetype::ALL[value as usize])
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WeaponDef;

    #[test]
    fn every_base_spec_is_a_weapon() {
        for archetype in Archetype::ALL {
            assert_eq!(
                WeaponDef::parse(&archetype.base_spec()).err(),
                None,
                "{}",
                archetype.name()
            );
        }
    }

    #[test]
    fn numbers_and_archetypes_correspond() {
        for number in 0..=255u8 {
            match Archetype::from_u8(number) {
                Some(archetype) => assert_eq!(archetype as u8, number),
                None => assert!(usize::from(number) >= Archetype::COUNT),
            }
        }
    }
}
