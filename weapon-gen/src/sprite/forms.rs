//! Owns the shapes that differ from their archetype's usual one.
//! Must not know palettes; the directions are those of the usual shapes.

use super::canvas::{Canvas, Ramp};
use crate::look::Form;
use Ramp::{Accent, Grip, Main};
use pvp_sim::Rng;

/// How a form is drawn; `None` for the archetype's usual shape.
pub(super) fn shape(form: Form) -> Option<fn(&mut Canvas, &mut Rng)> {
    match form {
        Form::Usual => None,
        Form::Katana => Some(katana),
        Form::Scythe => Some(scythe),
        Form::Trident => Some(trident),
        Form::Flail => Some(flail),
        Form::Club => Some(club),
        Form::Potion => Some(potion),
        Form::Minigun => Some(minigun),
        Form::Dynamite => Some(dynamite),
        Form::Skull => Some(skull),
    }
}

fn katana(canvas: &mut Canvas, rng: &mut Rng) {
    let bend = rng.range(3, 5);
    canvas.path(&[(21, 43), (34, 32 - bend), (47, 18 - bend), (56, 6)], 10, Main);
    canvas.taper((54, 9), (59, 3), 9, 1, Main);
    canvas.taper((6, 58), (20, 44), 9, 9, Grip);
    for knot in 0..3 {
        canvas.dot((9 + knot * 4, 55 - knot * 4), 4, Accent, 2);
    }
    canvas.disc((21, 43), 20, Accent);
}

fn scythe(canvas: &mut Canvas, rng: &mut Rng) {
    let droop = rng.range(0, 4);
    canvas.path(&[(44, 12), (34, 8), (22, 10)], 14, Main);
    canvas.taper((24, 10), (6, 26 + droop), 14, 1, Main);
    canvas.path(&[(16, 59), (26, 44), (40, 28), (47, 9)], 7, Grip);
    canvas.taper((28, 40), (36, 47), 6, 5, Grip);
    canvas.disc((45, 12), 13, Accent);
}

fn trident(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.taper((7, 57), (46, 18), 6, 6, Grip);
    canvas.taper((36, 28), (58, 6), 6, 4, Main);
    let wide = rng.range(10, 13);
    canvas.path(
        &[(38, 26), (38 - wide / 2, 26 - wide), (46 - wide, 18 - wide / 2)],
        6,
        Main,
    );
    canvas.taper((46 - wide, 18 - wide / 2), (54 - wide, 3), 7, 1, Main);
    canvas.path(
        &[(38, 26), (38 + wide, 26 + wide / 2), (46 + wide / 2, 18 + wide)],
        6,
        Main,
    );
    canvas.taper((46 + wide / 2, 18 + wide), (61, 10 + wide), 7, 1, Main);
    canvas.taper((55, 9), (61, 3), 9, 1, Main);
    canvas.disc((38, 26), 14, Accent);
}

fn flail(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.taper((8, 58), (32, 26), 8, 7, Grip);
    let sway = rng.range(-2, 2);
    for link in [(33, 22), (37, 16), (43 + sway, 13), (49, 16), (51, 22)] {
        canvas.disc(link, 9, Main);
    }
    for tip in [(50, 18), (62, 24), (60, 42), (48, 50), (36, 42), (36, 26)] {
        canvas.taper((49, 34), tip, 13, 1, Main);
    }
    canvas.disc((49, 34), 42, Main);
    canvas.dot((45, 30), 8, Accent, 3);
    canvas.taper((29, 30), (33, 25), 9, 9, Accent);
}

fn club(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.taper((8, 58), (26, 38), 8, 11, Grip);
    canvas.taper((24, 40), (50, 14), 13, 32, Main);
    canvas.disc((50, 14), 32, Main);
    let lean = rng.range(-2, 2);
    for nail in [(34, 22), (44, 4), (60, 16), (50, 32)] {
        canvas.taper((46, 19), (nail.0 + lean, nail.1), 7, 1, Main);
    }
    canvas.dot((44, 18), 6, Accent, 2);
    canvas.dot((52, 12), 6, Accent, 2);
}

fn potion(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.disc((32, 40), 78, Main);
    canvas.disc((32, 42), 64, Accent);
    canvas.taper((32, 12), (32, 26), 20, 20, Main);
    canvas.taper((24, 14), (40, 14), 9, 9, Main);
    canvas.taper((32, 5), (32, 12), 17, 15, Grip);
    canvas.flat((20, 34), (44, 34 + rng.range(-1, 2)), 5, Accent, 3);
    for bubble in [(27, 44), (37, 48), (34, 40)] {
        canvas.dot(bubble, 6, Accent, 3);
    }
}

fn minigun(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.taper((4, 30), (26, 30), 38, 38, Main);
    for barrel in 0..3 {
        canvas.taper((26, 22 + barrel * 8), (61, 22 + barrel * 8), 11, 10, Main);
    }
    for ring in [34, 54] {
        canvas.flat((ring, 19), (ring, 41), 6, Main, 0);
    }
    canvas.taper((10, 40), (8, 54), 14, 12, Grip);
    canvas.taper((8, 18), (20, 14), 8, 8, Grip);
    canvas.path(&[(20, 40), (26, 50), (36, 54 + rng.range(0, 3))], 9, Accent);
    canvas.dot((14, 30), 14, Accent, 2);
}

fn dynamite(canvas: &mut Canvas, rng: &mut Rng) {
    for stick in [22, 42, 32] {
        canvas.taper((stick, 20), (stick, 58), 21, 21, Accent);
        canvas.flat((stick, 18), (stick, 21), 19, Grip, 3);
    }
    canvas.flat((17, 34), (47, 34), 8, Grip, 1);
    canvas.flat((17, 46), (47, 46), 8, Grip, 1);
    let curl = rng.range(-3, 3);
    canvas.path(&[(32, 18), (36, 11 + curl), (44, 10)], 4, Grip);
    for tip in [(52, 4), (54, 12), (46, 3), (49, 17)] {
        canvas.taper((45, 10), tip, 6, 1, Accent);
    }
    canvas.dot((45, 10), 8, Accent, 3);
}

fn skull(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.disc((32, 26), 84, Main);
    canvas.taper((32, 40), (32, 56), 50, 44, Main);
    for tooth in 0..4 {
        canvas.flat((23 + tooth * 6, 49), (23 + tooth * 6, 58), 2, Main, 0);
    }
    let gaze = rng.range(20, 24);
    for eye in [23, 41] {
        canvas.dot((eye, 30), gaze, Grip, 0);
        canvas.dot((eye, 30), 9, Accent, 3);
    }
    canvas.dot((32, 41), 7, Grip, 0);
}
