//! Owns the claims about every sprite: format, size, coverage, and that what a player asks for is seen.
//! Must not compare pixels with a committed picture: the golden file does.

use std::collections::BTreeSet;

use pvp_sim::Archetype;
use weapon_gen::look::{Element, Form, Look, Mark, Material, Size};
use weapon_gen::{Forge, ForgeRequest, Forged, Sprite};

const ELEMENTS: [Element; 7] = [
    Element::None,
    Element::Fire,
    Element::Ice,
    Element::Electric,
    Element::Poison,
    Element::Leech,
    Element::Holy,
];
const MATERIALS: [Material; 10] = [
    Material::Steel,
    Material::Iron,
    Material::Army,
    Material::Leather,
    Material::Gold,
    Material::Crystal,
    Material::Obsidian,
    Material::Wood,
    Material::Bone,
    Material::Candy,
];
const FORMS: [Form; 10] = [
    Form::Usual,
    Form::Katana,
    Form::Scythe,
    Form::Trident,
    Form::Flail,
    Form::Club,
    Form::Potion,
    Form::Minigun,
    Form::Dynamite,
    Form::Skull,
];
const MARKS: [Mark; 10] = [
    Mark::Bouncing,
    Mark::Homing,
    Mark::Explosive,
    Mark::Piercing,
    Mark::Rapid,
    Mark::Slow,
    Mark::Fast,
    Mark::Long,
    Mark::Floating,
    Mark::Heavy,
];

/// Every archetype with a different mix of everything else for each number.
fn looks() -> impl Iterator<Item = Look> {
    Archetype::ALL.iter().enumerate().flat_map(|(row, archetype)| {
        (0..30).map(move |number| {
            let pick = row + number;
            Look {
                archetype: *archetype,
                form: if number % 3 == 2 { FORMS[pick % 10] } else { Form::Usual },
                element: ELEMENTS[number % 7],
                second: ELEMENTS[pick / 2 % 7],
                material: MATERIALS[pick % 10],
                size: [Size::Usual, Size::Giant, Size::Tiny][number % 3],
                copies: [1, 2, 3][number / 3 % 3],
                marks: [[None; 2], [Some(MARKS[pick % 10]), Some(MARKS[(pick + 3) % 10])]][number % 2],
            }
        })
    })
}

#[test]
fn every_sprite_keeps_the_format() {
    for (seed, look) in (0..).zip(looks()) {
        let sprite = Sprite::draw(&look, seed);
        let rgba = sprite.to_rgba();
        assert_eq!(rgba.len(), 64 * 64 * 4);
        assert!(rgba.chunks(4).all(|pixel| matches!(pixel[3], 0 | 255)));
        let colors: BTreeSet<_> = rgba.chunks(4).filter(|pixel| pixel[3] == 255).collect();
        assert!(colors.len() <= 16, "{look:?}: {} colors", colors.len());
        let coverage = sprite.coverage_percent();
        assert!((5..=70).contains(&coverage), "{look:?} covers {coverage} %");
        let png = sprite.to_png().len();
        assert!(png <= 4096, "{look:?}: a PNG of {png} bytes");
    }
}

fn forged(prompt: &str) -> Forged {
    let request = ForgeRequest {
        prompt,
        match_seed: 3,
        player: 0,
        request_seq: 1,
    };
    Forge::new(9).forge_offline(&request).expect("a weapon")
}

/// Pixels that differ between two pictures.
fn difference(left: &Sprite, right: &Sprite) -> usize {
    let (left, right) = (left.to_rgba(), right.to_rgba());
    left.chunks(4)
        .zip(right.chunks(4))
        .filter(|(left, right)| left != right)
        .count()
}

#[test]
fn every_modifier_is_seen() {
    for archetype in [Archetype::Sword, Archetype::Rifle, Archetype::Bomb] {
        let plain = Look::plain(archetype);
        let mut changed: Vec<Look> = MARKS
            .iter()
            .map(|mark| Look {
                marks: [Some(*mark), None],
                ..plain
            })
            .collect();
        changed.extend(ELEMENTS[1..].iter().map(|element| Look {
            element: *element,
            ..plain
        }));
        changed.extend(ELEMENTS[1..].iter().map(|second| Look {
            second: *second,
            ..plain
        }));
        changed.extend([Size::Tiny, Size::Giant].map(|size| Look { size, ..plain }));
        changed.extend([2, 3].map(|copies| Look { copies, ..plain }));
        let materials = MATERIALS.iter().filter(|material| **material != plain.material);
        changed.extend(materials.map(|material| Look {
            material: *material,
            ..plain
        }));
        for look in changed {
            let pixels = difference(&Sprite::draw(&plain, 5), &Sprite::draw(&look, 5));
            assert!(pixels >= 20, "{look:?} changes {pixels} pixels");
        }
    }
}

#[test]
fn both_elements_of_a_prompt_are_seen() {
    let sprite = forged("flaming ice sword").sprite;
    let has = |test: fn(&[u8; 3]) -> bool| sprite.colors().iter().any(test);
    assert!(
        has(|[red, _, blue]| *red > 230 && *blue < 60),
        "no flame in {:?}",
        sprite.colors()
    );
    assert!(
        has(|[red, _, blue]| *red < 110 && *blue > 190),
        "no ice in {:?}",
        sprite.colors()
    );
}

#[test]
fn words_of_one_archetype_look_different() {
    for (left, right) in [
        ("spear", "trident"),
        ("axe", "scythe"),
        ("sword", "katana"),
        ("grenade", "potion"),
        ("bomb", "dynamite"),
        ("hammer", "flail"),
        ("hammer", "club"),
        ("smg", "minigun"),
        ("orb", "skull"),
    ] {
        let (left_made, right_made) = (forged(left), forged(right));
        assert_eq!(left_made.archetype, right_made.archetype, "{left}, {right}");
        let pixels = difference(&left_made.sprite, &right_made.sprite);
        assert!(pixels > 300, "{left} and {right} differ in {pixels} pixels");
    }
}
