//! Owns committed content: what a commit slot can hold, its fixed encoding, and the append-only store handed to `step`.
//! Must not change the state: the `requests` phase applies a commit.

use crate::input::PlayerId;
use crate::modifier::ModKind;
use crate::weapon::{WeaponDef, WeaponError, WeaponSpec};
use core::fmt;

/// What the host commits in answer to a request.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// A forged weapon for one player.
    Weapon {
        /// Whose request it answers.
        player: PlayerId,
        /// Which of that player's requests it answers.
        request_seq: u8,
        /// The weapon.
        weapon: WeaponDef,
    },
    /// A change of the physics for everybody, for a while.
    PhysicsMod {
        /// Whose request it answers.
        player: PlayerId,
        /// Which of that player's requests it answers.
        request_seq: u8,
        /// What changes.
        kind: ModKind,
        /// By how much, Q8.8 (256 = unchanged), 32 to 2048.
        factor: u16,
        /// For how long, 1 to [`Content::MOD_FRAMES_MAX`] frames.
        frames: u16,
    },
}

/// Why bytes are not content, or why the store refused them.
///
/// The sender made a mistake or cheats: refuse the offer.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ContentError {
    /// There are fewer bytes than [`Content::BYTES`].
    TooShort {
        /// How many there are.
        bytes: usize,
    },
    /// The kind byte is unknown.
    UnknownKind {
        /// Its value.
        kind: u8,
    },
    /// A reserved byte is not 0.
    Reserved,
    /// The weapon is out of range.
    Weapon(WeaponError),
    /// The modifier kind, factor or length is out of range.
    Modifier {
        /// Kind byte.
        kind: u8,
        /// Q8.8 factor.
        factor: u16,
        /// Length in frames.
        frames: u16,
    },
    /// The slot already holds other content.
    SlotTaken {
        /// Its number.
        slot: u8,
    },
}

impl fmt::Display for ContentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ContentError::TooShort { bytes } => write!(f, "content has {bytes} bytes, needs {}", Content::BYTES),
            ContentError::UnknownKind { kind } => write!(f, "content kind {kind} is unknown"),
            ContentError::Reserved => write!(f, "a reserved content byte is not 0"),
            ContentError::Weapon(error) => error.fmt(f),
            ContentError::Modifier { kind, factor, frames } => {
                write!(
                    f,
                    "physics modifier {kind} with factor {factor}/256 for {frames} frames is out of range"
                )
            }
            ContentError::SlotTaken { slot } => write!(f, "content slot {slot} already holds other content"),
        }
    }
}

impl core::error::Error for ContentError {}

const WEAPON: u8 = 1;
const PHYSICS_MOD: u8 = 2;

impl Content {
    /// Encoded size in bytes.
    pub const BYTES: usize = 32;
    /// The longest physics change: 60 seconds.
    pub const MOD_FRAMES_MAX: u16 = 3600;

    /// The fixed encoding: kind, player, request, reserved, then the payload, zero-padded.
    #[must_use]
    pub fn encode(&self) -> [u8; Content::BYTES] {
        let mut bytes = [0; Content::BYTES];
        match self {
            Content::Weapon {
                player,
                request_seq,
                weapon,
            } => {
                bytes[..3].copy_from_slice(&[WEAPON, player.0, *request_seq]);
                bytes[4..28].copy_from_slice(&weapon.spec().to_bytes());
            }
            Content::PhysicsMod {
                player,
                request_seq,
                kind,
                factor,
                frames,
            } => {
                bytes[..3].copy_from_slice(&[PHYSICS_MOD, player.0, *request_seq]);
                bytes[4] = *kind as u8;
                bytes[6..8].copy_from_slice(&factor.to_le_bytes());
                bytes[8..10].copy_from_slice(&frames.to_le_bytes());
            }
        }
        bytes
    }

    /// The content at the start of `bytes`; what follows the first [`Content::BYTES`] is not looked at.
    ///
    /// # Errors
    /// [`ContentError`] if the bytes are short, unknown or out of range.
    pub fn decode(bytes: &[u8]) -> Result<Content, ContentError> {
        let Some(bytes) = bytes.first_chunk::<{ Content::BYTES }>() else {
            return Err(ContentError::TooShort { bytes: bytes.len() });
        };
        let (player, request_seq) = (PlayerId(bytes[1]), bytes[2]);
        let content = match bytes[0] {
            WEAPON => {
                let mut spec = [0; WeaponSpec::BYTES];
                spec.copy_from_slice(&bytes[4..28]);
                let weapon = WeaponDef::parse(&WeaponSpec::from_bytes(&spec)).map_err(ContentError::Weapon)?;
                Content::Weapon {
                    player,
                    request_seq,
                    weapon,
                }
            }
            PHYSICS_MOD => {
                let factor = u16::from_le_bytes([bytes[6], bytes[7]]);
                let frames = u16::from_le_bytes([bytes[8], bytes[9]]);
                let fault = ContentError::Modifier {
                    kind: bytes[4],
                    factor,
                    frames,
                };
                let kind = ModKind::from_u8(bytes[4]).ok_or(fault)?;
                if !(32..=2048).contains(&factor) || !(1..=Content::MOD_FRAMES_MAX).contains(&frames) {
                    return Err(fault);
                }
                Content::PhysicsMod {
                    player,
                    request_seq,
                    kind,
                    factor,
                    frames,
                }
            }
            kind => return Err(ContentError::UnknownKind { kind }),
        };
        // One encoding per content, so that equal content has equal bytes.
        if content.encode() == *bytes {
            Ok(content)
        } else {
            Err(ContentError::Reserved)
        }
    }

    /// The player and the request that the content answers.
    #[must_use]
    pub const fn answers(&self) -> (PlayerId, u8) {
        match *self {
            Content::Weapon {
                player, request_seq, ..
            }
            | Content::PhysicsMod {
                player, request_seq, ..
            } => (player, request_seq),
        }
    }
}

/// All content of a match by slot, append-only: a filled slot never changes, so a resimulation finds the same bytes.
#[derive(Clone, Debug)]
pub struct ContentStore {
    slots: [Option<Content>; 256],
}

impl Default for ContentStore {
    fn default() -> ContentStore {
        ContentStore::new()
    }
}

impl ContentStore {
    /// An empty store.
    #[must_use]
    pub const fn new() -> ContentStore {
        ContentStore { slots: [None; 256] }
    }

    /// Fills a slot; filling it again with the same content changes nothing.
    ///
    /// # Errors
    /// [`ContentError::SlotTaken`] if it holds other content.
    pub fn insert(&mut self, slot: u8, content: Content) -> Result<(), ContentError> {
        match &self.slots[usize::from(slot)] {
            Some(held) if *held != content => Err(ContentError::SlotTaken { slot }),
            _ => {
                self.slots[usize::from(slot)] = Some(content);
                Ok(())
            }
        }
    }

    /// The content of a slot.
    #[must_use]
    pub fn slot(&self, slot: u8) -> Option<&Content> {
        self.slots[usize::from(slot)].as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Archetype;

    #[test]
    fn content_survives_its_encoding() {
        for (number, archetype) in (0u8..).zip(Archetype::ALL) {
            let (weapon, _) = WeaponDef::clamped(&archetype.base_spec());
            let content = Content::Weapon {
                player: PlayerId(number % 2),
                request_seq: number,
                weapon,
            };
            assert_eq!(Content::decode(&content.encode()), Ok(content));
        }
        let gravity = Content::PhysicsMod {
            player: PlayerId(1),
            request_seq: 9,
            kind: ModKind::Gravity,
            factor: 128,
            frames: 900,
        };
        assert_eq!(Content::decode(&gravity.encode()), Ok(gravity));
    }

    #[test]
    fn every_single_byte_fault_is_refused_or_another_valid_content() {
        let (weapon, _) = WeaponDef::clamped(&Archetype::Bow.base_spec());
        let bytes = Content::Weapon {
            player: PlayerId(0),
            request_seq: 1,
            weapon,
        }
        .encode();
        let mut accepted = [0; Content::BYTES];
        for place in 0..bytes.len() {
            for value in 0..=255 {
                let mut changed = bytes;
                changed[place] = value;
                if let Ok(content) = Content::decode(&changed) {
                    assert_eq!(content.encode(), changed);
                    accepted[place] += 1;
                }
            }
        }
        // Kind, player, request and what is reserved; then version, archetype, effect, flags, damage, speed, range, ammo.
        let counts = (crate::Archetype::COUNT, crate::Effect::ALL.len());
        assert_eq!(
            accepted[..12],
            [1, 256, 256, 1, 1, counts.0, counts.1, 8, 91, 91, 91, 30]
        );
        assert_eq!(accepted[28..], [1; 4], "padding is zero");
    }

    #[test]
    fn a_filled_slot_never_changes() {
        let mut store = ContentStore::new();
        let (weapon, _) = WeaponDef::clamped(&Archetype::Bow.base_spec());
        let first = Content::Weapon {
            player: PlayerId(0),
            request_seq: 1,
            weapon,
        };
        let second = Content::Weapon {
            player: PlayerId(0),
            request_seq: 2,
            weapon,
        };
        store.insert(3, first).expect("the slot is empty");
        store.insert(3, first).expect("the same content again");
        assert_eq!(store.insert(3, second), Err(ContentError::SlotTaken { slot: 3 }));
        assert_eq!(store.slot(3), Some(&first));
    }
}
