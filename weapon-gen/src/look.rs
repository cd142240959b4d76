//! Owns what a sprite should show: archetype, element, material, size.
//! Must not draw: `sprite` does.

use pvp_sim::{Archetype, Effect};

/// The element that surrounds a weapon.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, Default)]
#[allow(missing_docs, reason = "each variant is the element of that name")]
pub enum Element {
    #[default]
    None,
    Fire,
    Ice,
    Electric,
    Poison,
    Leech,
}

/// What the weapon is made of: picks the color ramp.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, Default)]
#[allow(missing_docs, reason = "each variant is the material of that name")]
pub enum Material {
    #[default]
    Steel,
    Gold,
    Crystal,
    Obsidian,
    Wood,
    Bone,
    Candy,
}

/// How big the weapon is drawn.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, Default)]
#[allow(missing_docs, reason = "each variant is the size of that name")]
pub enum Size {
    Tiny,
    #[default]
    Usual,
    Giant,
}

/// What a sprite should show.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub struct Look {
    /// Which shape.
    pub archetype: Archetype,
    /// What surrounds it.
    pub element: Element,
    /// Its colors.
    pub material: Material,
    /// Its size.
    pub size: Size,
    /// Whether two are drawn, crossed.
    pub is_twin: bool,
}

impl Look {
    /// An archetype without anything special.
    #[must_use]
    pub const fn plain(archetype: Archetype) -> Look {
        Look {
            archetype,
            element: Element::None,
            material: Material::Steel,
            size: Size::Usual,
            is_twin: false,
        }
    }

    /// The look of a weapon of which nothing but the spec is known.
    #[must_use]
    pub const fn of_effect(archetype: Archetype, effect: Effect) -> Look {
        let element = match effect {
            Effect::Fire => Element::Fire,
            Effect::Ice => Element::Ice,
            Effect::Electric => Element::Electric,
            Effect::Poison => Element::Poison,
            Effect::Leech => Element::Leech,
            Effect::None | Effect::ArmorPiercing | Effect::Area => Element::None,
        };
        Look {
            element,
            ..Look::plain(archetype)
        }
    }
}
