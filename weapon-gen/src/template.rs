//! Owns the template tier: which archetype and modifiers a prompt names, and the weapon they make.
//! Must not draw random numbers except from the seed, and no floats: both peers come to the same weapon.

pub mod matcher;
#[cfg(feature = "embeddings")]
pub mod embeddings;
pub mod synonyms;
mod words;

use crate::look::{Element, Form, Look, Mark, Size};
use crate::prompt::Prompt;
use pvp_sim::{Archetype, Effect, Rng, WeaponDef, WeaponFlags, WeaponSpec};
use words::{ARCHETYPE_WORDS, FORM_WORDS, MODIFIER_WORDS};

pub(crate) use words::Modifier;

/// Grows with every change of words, knobs or scores: part of the cache key.
pub const TEMPLATE_VERSION: u32 = 4;
/// Score of an exact word.
const EXACT: u32 = 100;
/// Score of a word with one typing slip.
const SLIP: u32 = 80;
/// A match below this is no match.
pub const SCORE_MIN: u32 = 80;

/// What a prompt names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Match {
    /// The archetype of the head noun.
    pub archetype: Archetype,
    /// 80 (a typing slip) or 100 (exact).
    pub score: u32,
    /// The kind of shape that the naming word shows.
    pub form: Form,
    /// The modifiers in the order of the words.
    pub(crate) modifiers: Vec<Modifier>,
}

/// Words after which a prompt describes instead of naming: "staff **of** fire and swords".
const BREAKS: &[&str] = &[
    "of", "with", "that", "which", "from", "for", "shooting", "firing", "throwing", "made", "and", "to", "in",
];

/// The archetype and modifiers of a prompt, or `None` if no word names a weapon.
///
/// The head noun is the last naming word before the first break word; if there is none, the first one after it.
#[must_use]
pub fn find(prompt: &Prompt) -> Option<Match> {
    let words: Vec<&str> = prompt.canonical_words().collect();
    let break_at = words
        .iter()
        .position(|word| BREAKS.contains(word))
        .unwrap_or(words.len());
    let named = |place: usize| Some((place, archetype_at(&words, place)?));
    let before = (0..break_at).rev().find_map(named);
    let (place, (archetype, score)) = before.or_else(|| (break_at..words.len()).find_map(named))?;
    Some(Match {
        archetype,
        score,
        form: form(archetype, words[place]),
        modifiers: modifiers(&words),
    })
}

/// The names of the modifiers that a prompt names, such as `fire` or `homing`.
#[must_use]
pub fn modifier_names(prompt: &Prompt) -> Vec<&'static str> {
    let words: Vec<&str> = prompt.canonical_words().collect();
    modifiers(&words).into_iter().map(Modifier::name).collect()
}

/// The modifiers that a prompt names, whether it names an archetype or not.
pub(crate) fn modifiers(words: &[&str]) -> Vec<Modifier> {
    let mut found: Vec<Modifier> = Vec::new();
    let mut place = 0;
    while let Some(word) = words.get(place) {
        let pair = words
            .get(place + 1)
            .and_then(|next| exact_modifier(&format!("{word} {next}")));
        let named = pair.or_else(|| exact_modifier(word)).or_else(|| modifier_slip(word));
        if let Some(modifier) = named.filter(|modifier| !found.contains(modifier)) {
            found.push(modifier);
        }
        place += 1 + usize::from(pair.is_some());
    }
    found
}

fn exact_modifier(word: &str) -> Option<Modifier> {
    MODIFIER_WORDS
        .iter()
        .find(|(_, list)| list.contains(&word))
        .map(|(modifier, _)| *modifier)
}

/// One slip in words of six letters and more that name nothing else.
fn modifier_slip(word: &str) -> Option<Modifier> {
    if word.chars().count() < 6 || exact(word).is_some() || words::NOT_A_SLIP.contains(&word) {
        return None;
    }
    let close = |name: &&str| name.chars().count() >= 6 && is_one_edit(word, name);
    MODIFIER_WORDS
        .iter()
        .find(|(_, list)| list.iter().any(close))
        .map(|(modifier, _)| *modifier)
}

/// The kind of shape that a naming word shows, in the singular or the plural.
fn form(archetype: Archetype, word: &str) -> Form {
    let singular = word.strip_suffix('s').unwrap_or(word);
    FORM_WORDS
        .iter()
        .find(|(owner, _, list)| *owner == archetype && (list.contains(&word) || list.contains(&singular)))
        .map_or(Form::Usual, |(_, form, _)| *form)
}

/// The archetype named by the word at `place`, alone or together with the word before it ("rocket launcher").
fn archetype_at(words: &[&str], place: usize) -> Option<(Archetype, u32)> {
    if let Some(first) = place.checked_sub(1).map(|before| words[before]) {
        let pair = format!("{first} {}", words[place]);
        if let Some(archetype) = exact(&pair) {
            return Some((archetype, EXACT));
        }
    }
    let word = words[place];
    exact(word)
        .map(|archetype| (archetype, EXACT))
        .or_else(|| slip(word).map(|archetype| (archetype, SLIP)))
}

fn exact(word: &str) -> Option<Archetype> {
    let named = |name: &str| {
        ARCHETYPE_WORDS
            .iter()
            .find(|(_, list)| list.contains(&name))
            .map(|(archetype, _)| *archetype)
    };
    named(word)
        .or_else(|| named(word.strip_suffix("es")?))
        .or_else(|| named(word.strip_suffix('s')?))
}

/// One inserted, deleted, replaced or swapped letter, in words of five letters and more; words that mean something else are safe.
fn slip(word: &str) -> Option<Archetype> {
    let is_modifier = MODIFIER_WORDS.iter().any(|(_, list)| list.contains(&word));
    if word.chars().count() < 5 || is_modifier || words::NOT_A_SLIP.contains(&word) {
        return None;
    }
    let close = |name: &&str| name.chars().count() >= 5 && is_one_edit(word, name);
    ARCHETYPE_WORDS
        .iter()
        .find(|(_, list)| list.iter().any(close))
        .map(|(archetype, _)| *archetype)
}

fn is_one_edit(left: &str, right: &str) -> bool {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let (short, long) = if left.len() <= right.len() {
        (&left, &right)
    } else {
        (&right, &left)
    };
    let start = short.iter().zip(long.iter()).take_while(|(a, b)| a == b).count();
    let (short, long) = (&short[start..], &long[start..]);
    match long.len() - short.len() {
        0 if short.is_empty() => true,
        0 => {
            short[1..] == long[1..]
                || (short.len() >= 2 && short[0] == long[1] && short[1] == long[0] && short[2..] == long[2..])
        }
        1 => *short == long[1..],
        _ => false,
    }
}

/// The weapon of a match: the archetype's base, changed by the modifiers, varied by the seed, clamped.
#[must_use]
pub fn weapon(found: &Match, seed: u64) -> WeaponDef {
    let mut spec = found.archetype.base_spec();
    for modifier in &found.modifiers {
        apply(*modifier, &mut spec);
    }
    let mut rng = Rng::new(seed);
    let mut vary = |value: u8| {
        let value = i32::from(value);
        (value + value * rng.range(-8, 8) / 100).clamp(1, 255) as u8
    };
    let spec = WeaponSpec {
        damage: vary(spec.damage),
        speed: vary(spec.speed),
        range: vary(spec.range),
        ..spec
    };
    WeaponDef::clamped(&spec).0
}

/// What the sprite shows of a match.
#[must_use]
pub(crate) fn look(archetype: Archetype, form: Form, modifiers: &[Modifier]) -> Look {
    let mut look = Look {
        form,
        material: form.usual_material(archetype),
        ..Look::plain(archetype)
    };
    for modifier in modifiers {
        match modifier {
            Modifier::Element(element) => look.add_element(*element),
            Modifier::Material(material) => look.material = *material,
            Modifier::Size(size) => look.size = *size,
            Modifier::Twin => look.copies = 2,
            Modifier::Triple => look.copies = 3,
            Modifier::Bouncing => look.add_mark(Mark::Bouncing),
            Modifier::Homing => look.add_mark(Mark::Homing),
            Modifier::Explosive => look.add_mark(Mark::Explosive),
            Modifier::Piercing => look.add_mark(Mark::Piercing),
            Modifier::Rapid => look.add_mark(Mark::Rapid),
            Modifier::Slow => look.add_mark(Mark::Slow),
            Modifier::Fast => look.add_mark(Mark::Fast),
            Modifier::Long => look.add_mark(Mark::Long),
            Modifier::Floating => look.add_mark(Mark::Floating),
            Modifier::Heavy => look.add_mark(Mark::Heavy),
        }
    }
    look
}

fn scale(value: u8, percent: u32) -> u8 {
    (u32::from(value) * percent / 100).min(255) as u8
}

fn scale_frames(value: u16, percent: u32) -> u16 {
    (u32::from(value) * percent / 100).min(600) as u16
}

/// Changes the knobs so that a player feels the word.
fn apply(modifier: Modifier, spec: &mut WeaponSpec) {
    match modifier {
        Modifier::Element(element) => apply_element(element, spec),
        Modifier::Material(_) => spec.knockback = scale(spec.knockback, 120),
        Modifier::Size(Size::Giant) => {
            spec.damage = scale(spec.damage, 130);
            spec.speed = scale(spec.speed, 75);
            spec.cooldown_frames = scale_frames(spec.cooldown_frames, 130);
            spec.effect_radius = scale(spec.effect_radius, 135);
            spec.knockback = scale(spec.knockback.max(60), 150);
        }
        Modifier::Size(Size::Tiny) => {
            spec.damage = scale(spec.damage, 70);
            spec.speed = scale(spec.speed, 125);
            spec.cooldown_frames = scale_frames(spec.cooldown_frames, 75);
            spec.ammo = scale(spec.ammo, 150);
        }
        Modifier::Size(Size::Usual) => {}
        Modifier::Bouncing => {
            spec.bounce_count = spec.bounce_count.saturating_add(5);
            spec.restitution = spec.restitution.max(225);
        }
        Modifier::Homing => {
            spec.homing = spec.homing.max(10);
            spec.speed = scale(spec.speed, 80);
            spec.flags &= !WeaponFlags::HITSCAN;
        }
        Modifier::Explosive => explode(spec),
        Modifier::Piercing => {
            spec.effect = Effect::ArmorPiercing as u8;
            spec.pierce = spec.pierce.max(2);
            spec.damage = scale(spec.damage, 85);
        }
        Modifier::Twin => multiply(spec, 2, 6),
        Modifier::Triple => multiply(spec, 3, 14),
        Modifier::Rapid => {
            spec.cooldown_frames = scale_frames(spec.cooldown_frames, 65);
            spec.damage = scale(spec.damage, 75);
            spec.ammo = scale(spec.ammo, 140);
        }
        _ => apply_motion(modifier, spec),
    }
}

/// What the words for speed, reach and weight change.
fn apply_motion(modifier: Modifier, spec: &mut WeaponSpec) {
    match modifier {
        Modifier::Slow => {
            spec.speed = scale(spec.speed, 50);
            spec.cooldown_frames = scale_frames(spec.cooldown_frames, 120);
            spec.damage = scale(spec.damage, 125);
        }
        Modifier::Fast => spec.speed = scale(spec.speed, 140),
        Modifier::Long => {
            spec.range = scale(spec.range, 150);
            spec.cooldown_frames = scale_frames(spec.cooldown_frames, 115);
        }
        Modifier::Floating => {
            spec.gravity_scale = -40;
            spec.speed = scale(spec.speed, 85);
            spec.range = scale(spec.range, 125);
        }
        Modifier::Heavy => {
            spec.gravity_scale = spec.gravity_scale.max(192);
            spec.damage = scale(spec.damage, 120);
            spec.knockback = scale(spec.knockback.max(80), 150);
        }
        _ => {}
    }
}

/// More pellets share the damage in a wider fan.
fn multiply(spec: &mut WeaponSpec, times: u8, spread: u8) {
    spec.pellets = (spec.pellets * times).min(12);
    spec.spread = spec.spread.max(spread);
}

fn apply_element(element: Element, spec: &mut WeaponSpec) {
    let effect = match element {
        Element::None => return,
        Element::Fire => Effect::Fire,
        Element::Ice => Effect::Ice,
        Element::Electric => Effect::Electric,
        Element::Poison => Effect::Poison,
        Element::Leech | Element::Holy => Effect::Leech,
    };
    // A blast keeps its radius: the element rides on it.
    spec.effect = effect as u8;
    spec.damage = scale(spec.damage, 90);
}

fn explode(spec: &mut WeaponSpec) {
    spec.effect_radius = spec.effect_radius.max(9);
    spec.flags |= WeaponFlags::LINE_OF_SIGHT;
    spec.cooldown_frames = scale_frames(spec.cooldown_frames, 125);
    spec.self_damage = spec.self_damage.max(40);
    if spec.effect == Effect::None as u8 {
        spec.effect = Effect::Area as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<Match> {
        find(&Prompt::parse(text).expect("a prompt"))
    }

    #[test]
    fn head_nouns_win() {
        for (text, archetype) in [
            ("flaming ice sword", Archetype::Sword),
            ("giant slow bomb", Archetype::Bomb),
            ("gun that shoots swords", Archetype::Rifle),
            ("staff of thunder", Archetype::Staff),
            ("rocket launcher", Archetype::RocketLauncher),
            ("twin daggers", Archetype::Dagger),
            ("crossbows", Archetype::Crossbow),
            ("a bow made of bones", Archetype::Bow),
            ("sniper rifle", Archetype::Sniper),
            ("shotgn", Archetype::Shotgun),
            ("boomernag", Archetype::Boomerang),
        ] {
            assert_eq!(found(text).map(|found| found.archetype), Some(archetype), "{text}");
        }
        for text in ["sadness", "the color blue", "my grandmother"] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn every_archetype_can_be_named() {
        for archetype in Archetype::ALL {
            assert_eq!(
                found(archetype.name()).map(|found| found.archetype),
                Some(*archetype),
                "{}",
                archetype.name()
            );
        }
    }

    #[test]
    fn modifiers_are_felt() {
        let weapon = |text: &str| *super::weapon(&found(text).expect("a match"), 1).spec();
        let sword = weapon("sword");
        assert!(weapon("giant sword").damage > sword.damage);
        assert!(weapon("ricochet rifle").bounce_count > 0);
        assert!(weapon("homing rocket launcher").homing > 2);
        assert_eq!(weapon("flaming sword").effect, Effect::Fire as u8);
        assert!(weapon("explosive bow").effect_radius > 0);
        assert_eq!(weapon("twin pistol").pellets, 2);
    }

    #[test]
    fn one_edit_is_one_edit() {
        for (left, right, close) in [
            ("sword", "sword", true),
            ("swrod", "sword", true),
            ("sord", "sword", true),
            ("swords", "sword", true),
            ("swxyd", "sword", false),
            ("word", "swords", false),
        ] {
            assert_eq!(is_one_edit(left, right), close, "{left} {right}");
        }
    }
}
