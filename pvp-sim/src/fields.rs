//! Owns the names of the state's fields at run time, for reports such as `projectiles[17].velocity.y: 1034 vs 1035`.
//! Must not be needed by `step`; a test ties the lists to the layout.

use crate::state::{MatchState, PackedWeapon, Player, Projectile, WEAPONS_PER_PLAYER, World};
use crate::weapon::WeaponSpec;
use core::fmt;

const WEAPONS: &str = "weapons";
const WORLD: &[&str] = &[
    "frame",
    "phase",
    "phase_frames",
    "round",
    "winner",
    "ignored_commit_count",
    "shot_count",
];
const MODIFIER: &[&str] = &["kind", "factor", "end_frame"];
const PLAYER: &[&str] = &[
    "position.x",
    "position.y",
    "velocity.x",
    "velocity.y",
    "health",
    "facing",
    "ground",
    "buttons",
    "aim",
    "coyote_frames",
    "jump_buffer_frames",
    "drop_frames",
    "stun_frames",
    "slow_frames",
    "burn_frames",
    "poison_frames",
    "cooldown_frames",
    "burst_count",
    "burst_frames",
    "ammo",
    "weapon_index",
    "is_starter",
    "request_seq",
    "open_seq",
    "request_hint",
    "request_frame",
    "forge_cooldown_frames",
    "refused_count",
    "commit_seq",
    "rounds_won",
    "damage_dealt",
];
const PROJECTILE: &[&str] = &[
    "position.x",
    "position.y",
    "velocity.x",
    "velocity.y",
    "travel_left",
    "tags",
    "counters",
];

/// By byte of a kept weapon; the words of [`crate::WeaponSpec`] hold up to four fields each.
const WEAPON: [&str; WeaponSpec::BYTES] = [
    "version",
    "archetype",
    "effect",
    "flags",
    "damage",
    "speed",
    "range",
    "ammo",
    "cooldown_frames",
    "cooldown_frames",
    "fuse_frames",
    "fuse_frames",
    "gravity_scale",
    "gravity_scale",
    "effect_radius",
    "pierce",
    "drag",
    "restitution",
    "bounce_count",
    "pellets",
    "spread",
    "homing",
    "knockback",
    "self_damage",
];

/// The name of a part of a state.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum FieldName {
    /// A field of the world or the generator: `world.round`, `rng.low`.
    Single {
        /// Section.
        section: &'static str,
        /// Field.
        field: &'static str,
    },
    /// A field of an element: `players[1].velocity.y`.
    Element {
        /// Array.
        array: &'static str,
        /// Place in the array.
        index: usize,
        /// Field.
        field: &'static str,
    },
    /// A word of a plain array: `live[3]`.
    Word {
        /// Array.
        array: &'static str,
        /// Place in the array.
        index: usize,
    },
    /// No such word.
    Outside,
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldName::Single { section, field } => write!(f, "{section}.{field}"),
            FieldName::Element { array, index, field } => write!(f, "{array}[{index}].{field}"),
            FieldName::Word { array, index } => write!(f, "{array}[{index}]"),
            FieldName::Outside => write!(f, "outside the state"),
        }
    }
}

/// The name of byte number `byte` of a state's words in little-endian order, as a snapshot holds them behind its header.
///
/// It is the name of its word ([`field_name`]), and in a kept weapon that of the field of its spec: `weapons[5].damage` is the
/// damage of player 1's kept weapon 1.
#[must_use]
pub fn byte_name<S: MatchState>(byte: usize) -> FieldName {
    match field_name::<S>(byte / 4) {
        FieldName::Word {
            array: WEAPONS,
            index: word,
        } => FieldName::Element {
            array: WEAPONS,
            index: word / (WeaponSpec::BYTES / 4),
            field: WEAPON[word % (WeaponSpec::BYTES / 4) * 4 + byte % 4],
        },
        name => name,
    }
}

/// The name of word number `word` (32 bits each, counted from 0) of a state's bytes.
#[must_use]
pub fn field_name<S: MatchState>(word: usize) -> FieldName {
    let world_words = size_of::<World>() / 4;
    let mut rest = word;
    if let Some(field) = WORLD.get(rest) {
        return FieldName::Single {
            section: "world",
            field,
        };
    }
    if rest < world_words {
        return element("world.modifiers", rest - WORLD.len(), MODIFIER);
    }
    rest -= world_words;
    if rest < 2 {
        return FieldName::Single {
            section: "rng",
            field: if rest == 0 { "low" } else { "high" },
        };
    }
    rest -= 2;
    let weapon_words = size_of::<PackedWeapon>() / 4;
    let lists = [
        ("players", S::PLAYER_COUNT * (size_of::<Player>() / 4), PLAYER),
        (WEAPONS, S::PLAYER_COUNT * WEAPONS_PER_PLAYER * weapon_words, &[][..]),
        ("live", S::PROJECTILE_COUNT / 32, &[][..]),
        (
            "projectiles",
            S::PROJECTILE_COUNT * (size_of::<Projectile>() / 4),
            PROJECTILE,
        ),
    ];
    for (array, words, fields) in lists {
        if rest >= words {
            rest -= words;
        } else if fields.is_empty() {
            return FieldName::Word { array, index: rest };
        } else {
            return element(array, rest, fields);
        }
    }
    FieldName::Outside
}

fn element(array: &'static str, word: usize, fields: &'static [&'static str]) -> FieldName {
    FieldName::Element {
        array,
        index: word / fields.len(),
        field: fields[word % fields.len()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modifier::{MODIFIER_COUNT, Modifier};
    use crate::{DuelState, MatchDef, SwarmState};

    #[test]
    fn the_lists_match_the_layout() {
        assert_eq!(PLAYER.len() * 4, size_of::<Player>());
        assert_eq!(PROJECTILE.len() * 4, size_of::<Projectile>());
        assert_eq!(
            WORLD.len() * 4 + MODIFIER_COUNT * size_of::<Modifier>(),
            size_of::<World>()
        );
        let last = size_of::<DuelState>() / 4;
        assert_eq!(field_name::<DuelState>(last), FieldName::Outside);
        let expected = FieldName::Element {
            array: "projectiles",
            index: 63,
            field: "counters",
        };
        assert_eq!(field_name::<DuelState>(last - 1), expected);
        let last = size_of::<SwarmState>() / 4;
        assert_eq!(field_name::<SwarmState>(last), FieldName::Outside);
        assert_ne!(field_name::<SwarmState>(last - 1), FieldName::Outside);
    }

    /// Each byte of a spec is changed in a state, and its name is that of the field which then differs.
    #[test]
    fn every_byte_of_a_kept_weapon_is_named_by_its_field() {
        macro_rules! differing {
            ($left:expr, $right:expr, $($field:ident)*) => {{
                let (WeaponSpec { $($field),* }, right) = ($left, $right);
                let mut names = std::vec::Vec::new();
                $(if $field != right.$field { names.push(stringify!($field)); })*
                names
            }};
        }
        let start = DuelState::new(&MatchDef::duel(1));
        let first_word = (0..size_of::<DuelState>() / 4)
            .find(|word| matches!(field_name::<DuelState>(*word), FieldName::Word { array: WEAPONS, .. }))
            .expect("a state has weapons");
        for number in 0..2 * WEAPONS_PER_PLAYER {
            for place in 0..WeaponSpec::BYTES {
                let byte = first_word * 4 + number * WeaponSpec::BYTES + place;
                let mut words: std::vec::Vec<u32> =
                    bytemuck::cast_slice::<DuelState, u32>(core::slice::from_ref(&start)).to_vec();
                words[byte / 4] ^= 1 << (8 * (byte % 4));
                let changed: DuelState = *bytemuck::from_bytes(bytemuck::cast_slice(&words));
                let specs = [start, changed].map(|state| state.weapons()[number].spec());
                let names = differing!(specs[0], specs[1], version archetype effect flags damage speed range ammo
                    cooldown_frames fuse_frames gravity_scale effect_radius pierce drag restitution bounce_count pellets
                    spread homing knockback self_damage);
                let FieldName::Element {
                    array: WEAPONS,
                    index,
                    field,
                } = byte_name::<DuelState>(byte)
                else {
                    panic!("byte {byte}")
                };
                assert_eq!((index, &[field][..]), (number, &names[..]));
            }
        }
        assert_eq!(byte_name::<DuelState>(3), field_name::<DuelState>(0));
        assert_eq!(byte_name::<DuelState>(size_of::<DuelState>()), FieldName::Outside);
    }

    #[test]
    fn a_changed_field_is_named() {
        let start = DuelState::new(&MatchDef::duel(1));
        let mut changed = start;
        crate::state::Sealed::parts(&mut changed).players[1].velocity.y = crate::Fx::ONE;
        let (before, after) = (bytemuck::bytes_of(&start), bytemuck::bytes_of(&changed));
        let byte = before
            .iter()
            .zip(after)
            .position(|(old, new)| old != new)
            .expect("one word differs");
        let word = byte / 4;
        let expected = FieldName::Element {
            array: "players",
            index: 1,
            field: "velocity.y",
        };
        assert_eq!(field_name::<DuelState>(word), expected);
    }
}
