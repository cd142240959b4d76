//! Owns the kept weapons: a memory tier before a disk tier, and the form in which a weapon lies on the disk.
//! Must not decide what is worth keeping, and must not read a clock: time is the caller's.

pub mod disk;
pub mod gallery;
pub mod memory;

use crate::forge::{Forged, Tier};
use crate::moderation;
use crate::prompt::first_16;
use crate::sprite::Sprite;
use gallery::SpriteId;
use pvp_sim::{WeaponDef, WeaponSpec};

/// What a weapon is kept under: [`crate::Prompt::key`].
pub type Key = [u8; 16];

/// A weapon worth keeping: from a template or a provider, never a fallback, which belongs to its request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// The weapon; its tier says where it came from at first.
    pub forged: Forged,
    /// Who proposed it.
    pub provider: Option<String>,
    /// Whether the proposal had to be clamped.
    pub is_clamped: bool,
}

/// Grows when the form changes; weapons of another form are not read.
const FORM: u8 = 2;
/// Before the texts: form, flags, score, spec.
const HEAD_BYTES: usize = 3 + WeaponSpec::BYTES;
const CHECKSUM_BYTES: usize = 16;
const FLAG_PROVIDER: u8 = 1;
const FLAG_CLAMPED: u8 = 2;

impl Kept {
    /// The form on the disk: checksum, form, flags, score, spec, name, provider, and which sprite.
    /// The sprite itself lies in the [gallery].
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut flags = 0;
        if self.forged.tier == Tier::Provider {
            flags |= FLAG_PROVIDER;
        }
        if self.is_clamped {
            flags |= FLAG_CLAMPED;
        }
        let mut payload = vec![FORM, flags, self.forged.score];
        payload.extend(self.forged.weapon.spec().to_bytes());
        for text in [self.forged.name.as_str(), self.provider.as_deref().unwrap_or_default()] {
            // Names have at most 32 graphemes; one that is longer in bytes than a length can say is not kept.
            let text = if text.len() > usize::from(u8::MAX) { "" } else { text };
            payload.push(text.len() as u8);
            payload.extend(text.as_bytes());
        }
        payload.extend(SpriteId::of(&self.forged.sprite).0.0);
        let mut bytes = checksum(&payload).to_vec();
        bytes.extend(payload);
        bytes
    }

    /// The weapon of its form, or `None` if the bytes are none: damaged, of another form, out of range,
    /// or with a sprite that `find` does not know.
    #[must_use]
    pub fn from_bytes(bytes: &[u8], find: impl FnOnce(&SpriteId) -> Option<Sprite>) -> Option<Kept> {
        let (sum, payload) = bytes.split_at_checked(CHECKSUM_BYTES)?;
        if sum != checksum(payload) {
            return None;
        }
        let (head, rest) = payload.split_at_checked(HEAD_BYTES)?;
        let [form, flags, score, spec @ ..] = head else {
            return None;
        };
        if *form != FORM || *score > 100 || flags & !(FLAG_PROVIDER | FLAG_CLAMPED) != 0 {
            return None;
        }
        let weapon = WeaponDef::parse(&WeaponSpec::from_bytes(spec.try_into().ok()?)).ok()?;
        let (name, rest) = text(rest)?;
        let (provider, sprite) = text(rest)?;
        let sprite = find(&SpriteId(sprite.try_into().ok()?))?;
        let tier = if flags & FLAG_PROVIDER == 0 {
            Tier::Template
        } else {
            Tier::Provider
        };
        // A name that the moderation of this build refuses is replaced like any other.
        let name = moderation::vet_name(name).unwrap_or_else(|| format!("nameless {}", weapon.archetype().name()));
        Some(Kept {
            forged: Forged {
                name,
                archetype: weapon.archetype(),
                tier,
                score: *score,
                weapon,
                sprite,
            },
            provider: (!provider.is_empty()).then(|| provider.to_owned()),
            is_clamped: flags & FLAG_CLAMPED != 0,
        })
    }
}

fn checksum(payload: &[u8]) -> [u8; CHECKSUM_BYTES] {
    first_16(blake3::hash(payload).as_bytes())
}

/// A text after its length in one byte, and what follows it.
fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = bytes.split_first()?;
    let (text, rest) = rest.split_at_checked(usize::from(*length))?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::Look;
    use pvp_sim::Archetype;

    fn kept() -> Kept {
        let weapon = WeaponDef::parse(&Archetype::Orb.base_spec()).expect("a weapon");
        Kept {
            forged: Forged {
                name: "épée of the moon".to_owned(),
                archetype: Archetype::Orb,
                tier: Tier::Provider,
                score: 44,
                weapon,
                sprite: Sprite::draw(&Look::plain(Archetype::Orb), 1),
            },
            provider: Some("gemini".to_owned()),
            is_clamped: true,
        }
    }

    /// Reads a weapon whose sprite is there.
    fn read(bytes: &[u8]) -> Option<Kept> {
        let sprite = kept().forged.sprite;
        Kept::from_bytes(bytes, |id| (*id == SpriteId::of(&sprite).0).then(|| sprite.clone()))
    }

    #[test]
    fn a_weapon_survives_its_form() {
        let first = kept();
        assert_eq!(read(&first.to_bytes()), Some(first.clone()));
        let second = Kept {
            provider: None,
            is_clamped: false,
            forged: Forged {
                tier: Tier::Template,
                ..first.forged
            },
        };
        assert_eq!(read(&second.to_bytes()), Some(second));
    }

    #[test]
    fn every_damage_is_noticed() {
        let honest = kept().to_bytes();
        for place in 0..honest.len() {
            let mut damaged = honest.clone();
            damaged[place] ^= 1;
            assert_eq!(read(&damaged), None, "byte {place}");
            assert_eq!(read(&honest[..place]), None, "cut at {place}");
        }
    }

    #[test]
    fn a_right_checksum_does_not_make_a_weapon() {
        let honest = kept().to_bytes();
        let forged = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut payload = honest[CHECKSUM_BYTES..].to_vec();
            change(&mut payload);
            let mut bytes = checksum(&payload).to_vec();
            bytes.extend(payload);
            read(&bytes)
        };
        assert!(forged(&|_| {}).is_some());
        assert_eq!(forged(&|payload| payload[0] = 9), None, "form");
        assert_eq!(forged(&|payload| payload[1] = 255), None, "flags");
        assert_eq!(forged(&|payload| payload[2] = 101), None, "score");
        assert_eq!(forged(&|payload| payload[3 + 4] = 255), None, "damage out of range");
        assert_eq!(forged(&|payload| payload[HEAD_BYTES + 1] = 0xff), None, "no UTF-8");
        assert_eq!(forged(&|payload| payload.truncate(HEAD_BYTES)), None, "no texts");
    }
}
