//! Owns the vocabulary: which words name which archetype and which modifier.
//! Must not hold logic; adding a word changes results, so it raises the template version.

mod archetypes;
mod modifiers;

use crate::look::{Element, Material, Size};

pub(super) use archetypes::ARCHETYPE_WORDS;
pub(super) use modifiers::MODIFIER_WORDS;

/// What a word changes about a weapon.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Modifier {
    Element(Element),
    Material(Material),
    Size(Size),
    Bouncing,
    Homing,
    Explosive,
    Piercing,
    Twin,
    Triple,
    Rapid,
    Slow,
    Fast,
    Long,
    Floating,
    Heavy,
}

/// Everyday words one letter away from a weapon's name.
pub(super) const NOT_A_SLIP: &[&str] = &[
    "words", "sward", "blame", "black", "blaze", "flare", "stuff", "stage", "brush", "match", "peace", "place",
    "grand", "spade", "clean", "share", "shark", "lover", "cross", "brown", "crown", "stare", "start", "spare",
    "shore", "phase", "chair", "swarm", "snake", "space", "fancy", "rainy", "dance",
];
