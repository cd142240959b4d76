//! Owns what a sprite should show: shape, elements, material, size, marks of behavior.
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
    Holy,
}

/// What the weapon is made of: picks the color ramp.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, Default)]
#[allow(missing_docs, reason = "each variant is the material of that name")]
pub enum Material {
    #[default]
    Steel,
    Iron,
    Army,
    Leather,
    Gold,
    Crystal,
    Obsidian,
    Wood,
    Bone,
    Candy,
}

impl Element {
    /// The lower-case name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Element::None => "none",
            Element::Fire => "fire",
            Element::Ice => "ice",
            Element::Electric => "electric",
            Element::Poison => "poison",
            Element::Leech => "leech",
            Element::Holy => "holy",
        }
    }
}

impl Material {
    /// The lower-case name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Material::Steel => "steel",
            Material::Iron => "iron",
            Material::Army => "army",
            Material::Leather => "leather",
            Material::Gold => "gold",
            Material::Crystal => "crystal",
            Material::Obsidian => "obsidian",
            Material::Wood => "wood",
            Material::Bone => "bone",
            Material::Candy => "candy",
        }
    }

    /// What an archetype is made of unless somebody says otherwise.
    #[must_use]
    pub const fn usual(archetype: Archetype) -> Material {
        use Archetype as A;
        match archetype {
            A::Bomb | A::Mine | A::Cannon | A::Rifle | A::Shotgun | A::Sniper | A::Smg | A::Shuriken => Material::Iron,
            A::Grenade | A::RocketLauncher => Material::Army,
            A::Whip => Material::Leather,
            A::Bow | A::Boomerang => Material::Wood,
            A::Tome | A::Wand => Material::Bone,
            A::Orb | A::Staff => Material::Gold,
            _ => Material::Steel,
        }
    }
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

/// A shape of its own within an archetype: a trident fights like a spear but looks like itself.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, Default)]
#[allow(missing_docs, reason = "each variant is the shape of that name")]
pub enum Form {
    #[default]
    Usual,
    Katana,
    Scythe,
    Trident,
    Flail,
    Club,
    Potion,
    Minigun,
    Dynamite,
    Skull,
}

impl Form {
    /// What a form is made of unless somebody says otherwise.
    #[must_use]
    pub const fn usual_material(self, archetype: Archetype) -> Material {
        match self {
            Form::Skull => Material::Bone,
            Form::Club => Material::Wood,
            Form::Potion => Material::Crystal,
            Form::Flail => Material::Iron,
            _ => Material::usual(archetype),
        }
    }
}

/// A behavior shown as a small mark in a corner.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "each variant is the behavior of that name")]
pub enum Mark {
    Bouncing,
    Homing,
    Explosive,
    Piercing,
    Rapid,
    Slow,
    Fast,
    Long,
    Floating,
    Heavy,
}

/// What a sprite should show.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub struct Look {
    /// Which shape.
    pub archetype: Archetype,
    /// Which kind of that shape.
    pub form: Form,
    /// What surrounds it.
    pub element: Element,
    /// What else surrounds it.
    pub second: Element,
    /// Its colors.
    pub material: Material,
    /// Its size.
    pub size: Size,
    /// How many are drawn, 1 to 3.
    pub copies: u8,
    /// Behaviors, at most two.
    pub marks: [Option<Mark>; 2],
}

impl Look {
    /// An archetype without anything special.
    #[must_use]
    pub const fn plain(archetype: Archetype) -> Look {
        Look {
            archetype,
            form: Form::Usual,
            element: Element::None,
            second: Element::None,
            material: Material::usual(archetype),
            size: Size::Usual,
            copies: 1,
            marks: [None; 2],
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

    /// Adds an element: the newest is the main one.
    pub(crate) fn add_element(&mut self, element: Element) {
        if self.element != element {
            self.second = self.element;
            self.element = element;
        }
    }

    /// Adds a mark while there is room.
    pub(crate) fn add_mark(&mut self, mark: Mark) {
        if let Some(place) = self.marks.iter_mut().find(|place| place.is_none()) {
            *place = Some(mark);
        }
    }
}
