//! Owns the vocabulary: which words name which archetype and which modifier.
//! Must not hold logic; adding a word changes results, so it raises the template version.

mod archetypes;
mod modifiers;

use crate::look::{Element, Form, Material, Size};
use pvp_sim::Archetype;

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

impl Modifier {
    /// The lower-case name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Modifier::Element(element) => element.name(),
            Modifier::Material(material) => material.name(),
            Modifier::Size(Size::Tiny) => "tiny",
            Modifier::Size(Size::Usual) => "usual",
            Modifier::Size(Size::Giant) => "giant",
            Modifier::Bouncing => "bouncing",
            Modifier::Homing => "homing",
            Modifier::Explosive => "explosive",
            Modifier::Piercing => "piercing",
            Modifier::Twin => "twin",
            Modifier::Triple => "triple",
            Modifier::Rapid => "rapid",
            Modifier::Slow => "slow",
            Modifier::Fast => "fast",
            Modifier::Long => "long",
            Modifier::Floating => "floating",
            Modifier::Heavy => "heavy",
        }
    }
}

/// Everyday words one letter away from a weapon's name.
pub(super) const NOT_A_SLIP: &[&str] = &[
    "words", "frying", "sward", "blame", "black", "blaze", "flare", "stuff", "stage", "brush", "match", "peace",
    "place", "grand", "spade", "clean", "share", "shark", "lover", "cross", "brown", "crown", "stare", "start",
    "spare", "shore", "phase", "chair", "swarm", "snake", "space", "fancy", "rainy", "dance",
];

/// Words whose weapon looks unlike its archetype's usual shape.
pub(super) const FORM_WORDS: &[(Archetype, Form, &[&str])] = &[
    (
        Archetype::Sword,
        Form::Katana,
        &["katana", "saber", "sabre", "scimitar", "cutlass"],
    ),
    (Archetype::Axe, Form::Scythe, &["scythe", "sickle"]),
    (Archetype::Spear, Form::Trident, &["trident", "pitchfork"]),
    (Archetype::Hammer, Form::Flail, &["flail", "morningstar", "mace"]),
    (Archetype::Hammer, Form::Club, &["club", "bat"]),
    (
        Archetype::Grenade,
        Form::Potion,
        &["potion", "flask", "molotov", "cocktail"],
    ),
    (
        Archetype::Smg,
        Form::Minigun,
        &["minigun", "gatling", "gun", "machinegun", "chaingun"],
    ),
    (Archetype::Bomb, Form::Dynamite, &["dynamite", "tnt", "c4"]),
    (Archetype::Orb, Form::Skull, &["skull"]),
];
