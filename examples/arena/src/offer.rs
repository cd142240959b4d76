//! Owns the bytes of an offer behind its content: the tier it claims, its prompt, and what only an AI provider can have added.
//! Must not judge a claim: `review` does.
//!
//! A weapon that the receiver can recompute travels without name and picture: the receiver makes its own from prompt and numbers.

use pvp_sim::Content;
use weapon_gen::{Prompt, Sprite, Tier};

/// Longest name of a provider's weapon, in bytes.
const NAME_BYTES_MAX: usize = 255;

/// What an offer says about its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// How a weapon was made; `None` for a change of the physics.
    pub tier: Option<Tier>,
    /// The prompt that it answers, in normal form.
    pub prompt: String,
    /// The provider's own name for it, not vetted.
    pub name: Option<String>,
    /// The provider's own picture of it.
    pub sprite: Option<Sprite>,
}

/// A tier's place is its number on the wire.
const TIERS: [Option<Tier>; 5] = [
    None,
    Some(Tier::Cache),
    Some(Tier::Template),
    Some(Tier::Provider),
    Some(Tier::Fallback),
];

impl Offer {
    /// The offered bytes: the content, then tier, prompt, and a provider's name and picture.
    #[must_use]
    pub fn encode(&self, content: &Content) -> Vec<u8> {
        let mut bytes = content.encode().to_vec();
        let tier = TIERS.iter().position(|tier| *tier == self.tier);
        bytes.push(tier.unwrap_or_default() as u8);
        bytes.extend_from_slice(&(self.prompt.len().min(usize::from(u16::MAX)) as u16).to_le_bytes());
        bytes.extend_from_slice(self.prompt.as_bytes());
        if self.tier == Some(Tier::Provider) {
            let name = self.name.as_deref().unwrap_or_default().as_bytes();
            let name = &name[..name.len().min(NAME_BYTES_MAX)];
            bytes.push(name.len() as u8);
            bytes.extend_from_slice(name);
            bytes.extend(self.sprite.iter().flat_map(Sprite::to_bytes));
        }
        bytes
    }

    /// What stands behind `content`; `None` if it does not decode, contradicts the content, or the prompt is not in normal form.
    #[must_use]
    pub fn decode(content: &Content, rest: &[u8]) -> Option<Offer> {
        let (tier, rest) = rest.split_first()?;
        let tier = *TIERS.get(usize::from(*tier))?;
        if tier.is_some() != matches!(content, Content::Weapon { .. }) {
            return None;
        }
        let (length, rest) = rest.split_first_chunk()?;
        let (prompt, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
        let prompt = std::str::from_utf8(prompt).ok()?;
        // The length is judged there, before anything else.
        if Prompt::parse(prompt).ok()?.as_str() != prompt {
            return None;
        }
        let mut offer = Offer {
            tier,
            prompt: prompt.to_owned(),
            name: None,
            sprite: None,
        };
        if tier != Some(Tier::Provider) {
            return rest.is_empty().then_some(offer);
        }
        let (length, rest) = rest.split_first()?;
        let (name, sprite) = rest.split_at_checked(usize::from(*length))?;
        let name = std::str::from_utf8(name).ok()?;
        offer.name = (!name.is_empty()).then(|| name.to_owned());
        if !sprite.is_empty() {
            offer.sprite = Some(Sprite::from_bytes(sprite).ok()?);
        }
        Some(offer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::master::Mastery;
    use pvp_sim::{PlayerId, fallback_weapon};
    use weapon_gen::look::Look;

    fn weapon() -> Content {
        Content::Weapon {
            player: PlayerId(1),
            request_seq: 4,
            weapon: fallback_weapon(1, PlayerId(1), 4, 2),
        }
    }

    fn offer(tier: Option<Tier>) -> Offer {
        let look = Look::plain(pvp_sim::Archetype::Bow);
        let is_provider = tier == Some(Tier::Provider);
        Offer {
            tier,
            prompt: "bow of tomorrow".to_owned(),
            name: is_provider.then(|| "Morrow".to_owned()),
            sprite: is_provider.then(|| Sprite::draw(&look, 3)),
        }
    }

    fn back(content: &Content, bytes: &[u8]) -> Option<Offer> {
        Offer::decode(content, &bytes[Content::BYTES..])
    }

    #[test]
    fn an_offer_comes_back_and_only_a_provider_sends_a_picture() {
        let moon = Mastery::of("moon gravity").expect("a master prompt");
        let moon = moon.content(PlayerId(0), 2);
        for tier in TIERS {
            let content = if tier.is_some() { weapon() } else { moon };
            let bytes = offer(tier).encode(&content);
            assert_eq!(back(&content, &bytes), Some(offer(tier)));
            if tier != Some(Tier::Provider) {
                assert!(bytes.len() < Content::BYTES + 20, "{} bytes", bytes.len());
            }
            for length in Content::BYTES..bytes.len() {
                let cut = back(&content, &bytes[..length]);
                assert!(cut != Some(offer(tier)), "{tier:?} cut at {length}");
            }
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let moon = Mastery::of("moon gravity").expect("a master prompt");
        let moon = moon.content(PlayerId(0), 2);
        let physics = offer(Some(Tier::Template)).encode(&moon);
        assert_eq!(back(&moon, &physics), None, "physics has no tier");
        let bytes = offer(None).encode(&weapon());
        assert_eq!(back(&weapon(), &bytes), None, "a weapon has a tier");
        for prompt in ["Bow", " bow", "", "bo\u{200b}w", &"x".repeat(2000)] {
            let offer = Offer {
                prompt: prompt.to_owned(),
                ..offer(Some(Tier::Template))
            };
            assert_eq!(back(&weapon(), &offer.encode(&weapon())), None, "{prompt:?}");
        }
        let mut longer = offer(Some(Tier::Template)).encode(&weapon());
        longer.push(0);
        assert_eq!(back(&weapon(), &longer), None, "bytes behind the end");
        for rest in [
            &[][..],
            &[255, 1, 2],
            &[2, 0xff, 0xff, 3],
            &[3, 1, 0, b'a'],
            &[3, 1, 0, b'a', 9, 1],
        ] {
            assert_eq!(Offer::decode(&weapon(), rest), None, "{rest:?}");
        }
    }
    proptest::proptest! {
        #[test]
        fn no_bytes_of_a_peer_panic_and_what_decodes_comes_back(
            kind in 0u8..5,
            prompt in "[a-z ]{0,20}",
            tail in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
        ) {
            let length = (prompt.len() as u16).to_le_bytes();
            let rest = [&[kind][..], &length, prompt.as_bytes(), &tail].concat();
            for bytes in [rest.as_slice(), tail.as_slice()] {
                if let Some(offer) = Offer::decode(&weapon(), bytes) {
                    let again = offer.encode(&weapon());
                    proptest::prop_assert_eq!(back(&weapon(), &again), Some(offer));
                }
            }
        }
    }
}
