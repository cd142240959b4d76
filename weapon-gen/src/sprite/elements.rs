//! Owns the palettes and what an element adds around a weapon: flames, crystals, sparks, drips.
//! Must not know the weapon's shape beyond which pixels are set.

use super::canvas::{Canvas, Palette, Ramp};
use crate::look::{Element, Look, Material};
use pvp_sim::{Archetype, Rng};

type Shades = [[u8; 3]; 4];

/// Outline, then main, grip, accent and second from dark to light.
pub(super) fn palette(look: &Look) -> Palette {
    let mut palette = [[18, 14, 28]; 16];
    palette[1..5].copy_from_slice(&material(look.material));
    palette[5..9].copy_from_slice(&grip(look.material));
    palette[9..13].copy_from_slice(&match look.element {
        Element::None => gem(look.archetype),
        element => self::element(element),
    });
    palette[13..16].copy_from_slice(&match look.second {
        Element::None => [[168, 112, 32], [246, 198, 68], [255, 244, 190]],
        second => {
            let [_, shades @ ..] = self::element(second);
            shades
        }
    });
    palette
}

/// Accents without an element: magic is violet, anything else red.
fn gem(archetype: Archetype) -> Shades {
    match archetype {
        Archetype::Orb | Archetype::Staff | Archetype::Wand | Archetype::Tome => {
            [[72, 40, 150], [124, 72, 214], [176, 130, 250], [236, 216, 255]]
        }
        _ => element(Element::None),
    }
}

fn material(material: Material) -> Shades {
    match material {
        Material::Steel => [[70, 80, 104], [118, 132, 156], [172, 186, 204], [232, 240, 248]],
        Material::Iron => [[36, 38, 52], [62, 68, 88], [98, 106, 130], [170, 182, 206]],
        Material::Army => [[44, 58, 36], [74, 94, 50], [112, 136, 70], [178, 196, 118]],
        Material::Leather => [[72, 38, 26], [118, 64, 38], [166, 100, 56], [216, 154, 98]],
        Material::Gold => [[140, 84, 24], [206, 138, 34], [244, 194, 62], [255, 240, 156]],
        Material::Crystal => [[36, 92, 140], [54, 150, 190], [120, 214, 226], [222, 252, 255]],
        Material::Obsidian => [[38, 28, 58], [66, 48, 98], [104, 78, 150], [172, 140, 214]],
        Material::Wood => [[84, 52, 34], [128, 84, 50], [176, 124, 74], [222, 178, 118]],
        Material::Bone => [[136, 122, 104], [184, 172, 148], [222, 214, 192], [252, 248, 234]],
        Material::Candy => [[166, 52, 124], [228, 92, 160], [252, 150, 196], [255, 216, 234]],
    }
}

fn grip(material: Material) -> Shades {
    match material {
        Material::Wood | Material::Bone => [[62, 40, 58], [98, 62, 76], [138, 92, 98], [184, 136, 128]],
        Material::Obsidian => [[92, 30, 44], [140, 44, 54], [190, 70, 70], [230, 124, 110]],
        _ => [[74, 44, 34], [112, 70, 46], [154, 104, 64], [200, 152, 100]],
    }
}

fn element(element: Element) -> Shades {
    match element {
        Element::None => [[150, 40, 56], [208, 64, 70], [240, 116, 100], [255, 190, 160]],
        Element::Fire => [[196, 44, 24], [244, 104, 24], [255, 176, 46], [255, 244, 160]],
        Element::Ice => [[56, 110, 196], [96, 174, 238], [168, 226, 255], [240, 252, 255]],
        Element::Electric => [[176, 124, 20], [248, 206, 40], [255, 240, 110], [255, 255, 220]],
        Element::Poison => [[40, 104, 36], [82, 170, 46], [150, 222, 70], [220, 255, 150]],
        Element::Leech => [[110, 12, 40], [172, 22, 56], [226, 60, 84], [255, 150, 150]],
        Element::Holy => [[186, 130, 60], [250, 214, 110], [255, 242, 180], [255, 255, 246]],
    }
}

/// Adds the elements around what is drawn.
pub(super) fn surround(canvas: &mut Canvas, look: &Look, rng: &mut Rng) {
    let share = if look.second == Element::None { 1 } else { 2 };
    for (element, ramp) in [(look.second, Ramp::Second), (look.element, Ramp::Accent)] {
        for _ in 0..count(element) / share {
            if let Some(place) = edge(canvas, element, rng) {
                decorate(canvas, element, ramp, place, rng);
            }
        }
    }
}

fn count(element: Element) -> u32 {
    match element {
        Element::None => 0,
        Element::Fire => 12,
        Element::Ice => 9,
        Element::Electric | Element::Holy => 6,
        Element::Poison | Element::Leech => 8,
    }
}

/// A random set pixel whose neighbor above (below for what drips) is free.
fn edge(canvas: &Canvas, element: Element, rng: &mut Rng) -> Option<(i32, i32)> {
    let step = if matches!(element, Element::Poison | Element::Leech) {
        1
    } else {
        -1
    };
    (0..200).find_map(|_| {
        let (x, y) = (rng.range(6, 58), rng.range(8, 56));
        (canvas.is_set(x, y) && !canvas.is_set(x, y + step)).then_some((x, y))
    })
}

fn decorate(canvas: &mut Canvas, element: Element, ramp: Ramp, (x, y): (i32, i32), rng: &mut Rng) {
    match element {
        Element::None => {}
        Element::Fire => {
            let height = rng.range(5, 10);
            let lean = rng.range(-2, 2);
            canvas.taper((x, y + 1), (x + lean, y - height), 9, 1, ramp);
            canvas.dot((x, y - 1), 5, ramp, 3);
        }
        Element::Ice => {
            let (lean, height) = (rng.range(-4, 4), rng.range(4, 8));
            canvas.taper((x, y + 1), (x + lean, y - height), 7, 1, ramp);
        }
        Element::Electric => {
            let mut from = (x, y);
            for _ in 0..3 {
                let to = (from.0 + rng.range(-5, 5), from.1 - rng.range(2, 4));
                canvas.flat(from, to, 2, ramp, rng.range(2, 3));
                from = to;
            }
        }
        Element::Poison | Element::Leech => {
            let length = rng.range(3, 7);
            canvas.flat((x, y), (x, y + length), 3, ramp, 1);
            canvas.disc((x, y + length), 7, ramp);
        }
        Element::Holy => {
            let (x, y) = (x + rng.range(-6, 6), y - rng.range(3, 8));
            let arm = rng.range(2, 4);
            for (dx, dy) in [(arm, 0), (-arm, 0), (0, arm), (0, -arm)] {
                canvas.taper((x, y), (x + dx, y + dy), 3, 1, ramp);
            }
            canvas.dot((x, y), 4, ramp, 3);
        }
    }
}
