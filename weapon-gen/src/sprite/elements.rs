//! Owns the palettes and what an element adds around a weapon: flames, crystals, sparks, drips.
//! Must not know the weapon's shape beyond which pixels are set.

use super::canvas::{Canvas, Ramp};
use crate::look::{Element, Look, Material};
use pvp_sim::Rng;

type Shades = [[u8; 3]; 4];

/// Outline, then main, grip and accent from dark to light.
pub(super) fn palette(look: &Look) -> [[u8; 3]; 13] {
    let mut palette = [[18, 14, 28]; 13];
    palette[1..5].copy_from_slice(&material(look.material));
    palette[5..9].copy_from_slice(&grip(look.material));
    palette[9..13].copy_from_slice(&element(look.element));
    palette
}

fn material(material: Material) -> Shades {
    match material {
        Material::Steel => [[70, 80, 104], [118, 132, 156], [172, 186, 204], [232, 240, 248]],
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
    }
}

/// Adds the element around what is drawn.
pub(super) fn surround(canvas: &mut Canvas, element: Element, rng: &mut Rng) {
    let count = match element {
        Element::None => return,
        Element::Fire => 12,
        Element::Ice => 9,
        Element::Electric => 6,
        Element::Poison | Element::Leech => 8,
    };
    for _ in 0..count {
        if let Some(place) = edge(canvas, element, rng) {
            decorate(canvas, element, place, rng);
        }
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

fn decorate(canvas: &mut Canvas, element: Element, (x, y): (i32, i32), rng: &mut Rng) {
    match element {
        Element::None => {}
        Element::Fire => {
            let height = rng.range(5, 10);
            let lean = rng.range(-2, 2);
            canvas.taper((x, y + 1), (x + lean, y - height), 9, 1, Ramp::Accent);
            canvas.dot((x, y - 1), 5, Ramp::Accent, 3);
        }
        Element::Ice => {
            let (lean, height) = (rng.range(-4, 4), rng.range(4, 8));
            canvas.taper((x, y + 1), (x + lean, y - height), 7, 1, Ramp::Accent);
        }
        Element::Electric => {
            let mut from = (x, y);
            for _ in 0..3 {
                let to = (from.0 + rng.range(-5, 5), from.1 - rng.range(2, 4));
                canvas.flat(from, to, 2, Ramp::Accent, rng.range(2, 3));
                from = to;
            }
        }
        Element::Poison | Element::Leech => {
            let length = rng.range(3, 7);
            canvas.flat((x, y), (x, y + length), 3, Ramp::Accent, 1);
            canvas.disc((x, y + length), 7, Ramp::Accent);
        }
    }
}
