//! Owns the shape grammar: which strokes make which archetype.
//! Must not know palettes; blades and poles point to the upper right, guns to the right.

use super::Sprite;
use super::canvas::{Canvas, Ramp};
use super::{elements, forms, marks};
use crate::look::{Look, Size};
use pvp_sim::{Archetype, Rng};

pub(super) fn draw(look: &Look, seed: u64) -> Sprite {
    let scale = match look.size {
        Size::Tiny => 12,
        Size::Usual => 16,
        Size::Giant => 18,
    };
    let mut rng = Rng::keyed(seed, 1, look.archetype as u32, 0x0073_7072);
    let mut canvas = copies(look, seed, scale);
    elements::surround(&mut canvas, look, &mut rng);
    marks::place(&mut canvas, &look.marks);
    canvas.finish(&elements::palette(look))
}

/// One weapon, two crossed or side by side, or three in a row.
fn copies(look: &Look, seed: u64, scale: i32) -> Canvas {
    let single = |scale: i32, shift: (i32, i32)| {
        let mut rng = Rng::keyed(seed, 0, look.archetype as u32, 0x0073_7072);
        let mut canvas = Canvas::new(scale, shift);
        forms::shape(look.form).unwrap_or(shape(look.archetype))(&mut canvas, &mut rng);
        canvas
    };
    let (share, shifts): (i32, &[(i32, i32)]) = match (look.copies, is_diagonal(look.archetype)) {
        (2, true) => {
            let upper = single(scale, (0, 0));
            let mut canvas = upper.mirrored();
            canvas.overlay(upper);
            return canvas;
        }
        (2, false) => (11, &[(-5, -11), (5, 11)]),
        (3.., true) => (11, &[(-14, 0), (0, 0), (14, 0)]),
        (3.., false) => (9, &[(-8, -17), (0, 0), (8, 17)]),
        _ => (16, &[(0, 0)]),
    };
    let mut canvas = Canvas::new(scale, (0, 0));
    for shift in shifts {
        canvas.overlay(single(scale * share / 16, *shift));
    }
    canvas
}

/// Whether the shape lies from the lower left to the upper right, so that its mirror image crosses it.
fn is_diagonal(archetype: Archetype) -> bool {
    use Archetype as A;
    matches!(
        archetype,
        A::Sword | A::Dagger | A::Axe | A::Hammer | A::Spear | A::Javelin | A::Staff | A::Wand
    )
}

fn shape(archetype: Archetype) -> fn(&mut Canvas, &mut Rng) {
    use Archetype as A;
    match archetype {
        A::Sword => sword,
        A::Dagger => dagger,
        A::Axe => axe,
        A::Hammer => hammer,
        A::Spear => spear,
        A::Whip => whip,
        A::Boomerang => boomerang,
        A::Shuriken => shuriken,
        A::Javelin => javelin,
        A::Bow => bow,
        A::Crossbow => crossbow,
        A::Slingshot => slingshot,
        A::Pistol => pistol,
        A::Rifle => rifle,
        A::Shotgun => shotgun,
        A::Smg => smg,
        A::Sniper => sniper,
        A::Cannon => cannon,
        A::RocketLauncher => rocket_launcher,
        A::Grenade => grenade,
        A::Bomb => bomb,
        A::Mine => mine,
        A::Flamethrower => flamethrower,
        A::Laser => laser,
        A::Staff => staff,
        A::Wand => wand,
        A::Orb => orb,
        A::Tome => tome,
    }
}

use Ramp::{Accent, Grip, Main};

fn hilt(canvas: &mut Canvas, rng: &mut Rng, guard: i32) {
    canvas.taper((8, 56), (20, 44), 9, 9, Grip);
    canvas.disc((8, 56), 15, if rng.chance(1, 2) { Accent } else { Main });
    canvas.taper((20 - guard, 44 - guard), (20 + guard, 44 + guard), 10, 8, Main);
    canvas.dot((20, 44), 10, Accent, 2);
}

fn sword(canvas: &mut Canvas, rng: &mut Rng) {
    let width = rng.range(13, 19);
    canvas.taper((20, 44), (50, 14), width, width - rng.range(0, 5), Main);
    canvas.taper((50, 14), (57, 7), width - 3, 1, Main);
    canvas.flat((22, 42), (48, 16), 2, Main, rng.range(0, 1));
    hilt(canvas, rng, rng_guard(width));
}

fn rng_guard(width: i32) -> i32 {
    5 + width / 6
}

fn dagger(canvas: &mut Canvas, rng: &mut Rng) {
    let width = rng.range(10, 15);
    canvas.taper((24, 40), (42, 22), width, width, Main);
    canvas.taper((42, 22), (50, 14), width, 1, Main);
    canvas.flat((25, 39), (44, 20), 2, Main, 0);
    canvas.taper((12, 52), (23, 41), 9, 9, Grip);
    canvas.disc((12, 52), 12, Accent);
    canvas.taper((19, 37), (28, 46), 7, 7, Main);
}

fn axe(canvas: &mut Canvas, rng: &mut Rng) {
    let size = rng.range(48, 56);
    canvas.disc((47, 33), size, Main);
    canvas.hole((37, 43), size - 8);
    if rng.chance(1, 2) {
        canvas.disc((32, 18), size, Main);
        canvas.hole((22, 28), size - 8);
        canvas.taper((41, 25), (34, 18), 20, 34, Main);
    }
    canvas.taper((40, 24), (47, 31), 20, 34, Main);
    canvas.taper((8, 57), (50, 15), 7, 6, Grip);
    canvas.dot((42, 23), 9, Accent, 2);
}

fn hammer(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.taper((9, 57), (42, 24), 8, 8, Grip);
    let head = rng.range(26, 34);
    canvas.taper((30, 12), (54, 36), head, head, Main);
    canvas.flat((30, 12), (33, 15), head + 5, Main, 1);
    canvas.flat((51, 33), (54, 36), head + 5, Main, 1);
    canvas.disc((42, 24), 13, Accent);
}

fn spear(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.taper((6, 58), (46, 18), 6, 6, Grip);
    let width = rng.range(15, 22);
    canvas.taper((42, 22), (47, 17), 4, width, Main);
    canvas.taper((47, 17), (59, 5), width, 1, Main);
    canvas.flat((37, 22), (42, 27), 5, Accent, 1);
    canvas.flat((40, 28), (37, 33), 3, Accent, 2);
}

fn whip(canvas: &mut Canvas, rng: &mut Rng) {
    let sway = rng.range(-3, 3);
    let lash = [
        (18, 46),
        (26, 36),
        (40, 38 + sway),
        (50, 30),
        (46, 18),
        (34, 16 + sway),
        (30, 24),
        (38, 27),
    ];
    canvas.path(&lash, 6, Main);
    canvas.taper((7, 57), (19, 45), 12, 9, Grip);
    canvas.disc((7, 57), 13, Accent);
    canvas.dot((38, 27), 8, Accent, 2);
}

fn boomerang(canvas: &mut Canvas, rng: &mut Rng) {
    let width = rng.range(16, 22);
    canvas.taper((32, 14), (10, 48), width, 9, Main);
    canvas.taper((32, 14), (54, 48), width, 9, Main);
    canvas.disc((32, 15), width + 2, Main);
    canvas.flat((18, 36), (23, 39), 4, Accent, 2);
    canvas.flat((41, 39), (46, 36), 4, Accent, 2);
    canvas.dot((32, 16), 9, Accent, 1);
}

fn shuriken(canvas: &mut Canvas, rng: &mut Rng) {
    let width = rng.range(18, 26);
    for tip in [(32, 6), (58, 32), (32, 58), (6, 32)] {
        canvas.taper((32, 32), tip, width, 1, Main);
    }
    if rng.chance(1, 2) {
        for tip in [(46, 18), (46, 46), (18, 46), (18, 18)] {
            canvas.taper((32, 32), tip, width / 2, 1, Main);
        }
    }
    canvas.disc((32, 32), 26, Main);
    canvas.disc((32, 32), 14, Accent);
    canvas.hole((32, 32), 6);
}

fn javelin(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.taper((8, 56), (50, 14), 5, 7, Main);
    canvas.taper((46, 18), (59, 5), 12, 1, Main);
    canvas.taper((26, 38), (33, 31), 9, 9, Grip);
    let back = rng.range(4, 7);
    canvas.taper((8, 56), (8 + back, 48 - back), 6, 3, Accent);
    canvas.taper((8, 56), (16 + back, 56 - back), 6, 3, Accent);
}

fn bow(canvas: &mut Canvas, rng: &mut Rng) {
    let belly = rng.range(0, 4);
    canvas.flat((20, 7), (20, 57), 2, Accent, 3);
    let limbs = [
        (19, 6),
        (30, 10),
        (40 + belly, 20),
        (44 + belly, 32),
        (40 + belly, 44),
        (30, 54),
        (19, 58),
    ];
    canvas.path(&limbs, 9, Main);
    canvas.taper((44 + belly, 26), (44 + belly, 38), 12, 12, Grip);
    canvas.taper((14, 32), (54, 32), 3, 3, Grip);
    canvas.taper((52, 32), (60, 32), 10, 1, Main);
    canvas.taper((10, 28), (18, 32), 4, 3, Accent);
    canvas.taper((10, 36), (18, 32), 4, 3, Accent);
}

fn crossbow(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.taper((6, 40), (50, 32), 15, 11, Grip);
    canvas.taper((16, 40), (14, 54), 11, 9, Grip);
    let bend = rng.range(2, 6);
    canvas.path(
        &[(40 - bend, 9), (49, 17), (52, 32), (49, 47), (40 - bend, 55)],
        9,
        Main,
    );
    canvas.flat((40 - bend, 9), (30, 32), 2, Accent, 3);
    canvas.flat((40 - bend, 55), (30, 32), 2, Accent, 3);
    canvas.taper((28, 31), (52, 31), 4, 4, Main);
    canvas.taper((52, 31), (61, 31), 11, 1, Main);
}

fn slingshot(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.taper((32, 59), (32, 36), 12, 11, Grip);
    canvas.taper((32, 38), (16, 12), 11, 9, Grip);
    canvas.taper((32, 38), (48, 12), 11, 9, Grip);
    let sag = rng.range(20, 28);
    canvas.path(&[(16, 14), (32, sag), (48, 14)], 5, Accent);
    canvas.disc((32, sag), 20, Main);
}

fn pistol(canvas: &mut Canvas, rng: &mut Rng) {
    let barrel = rng.range(50, 56);
    canvas.taper((18, 34), (12, 53), 21, 17, Grip);
    canvas.taper((10, 24), (barrel, 24), 22, 20, Main);
    canvas.flat((12, 29), (barrel - 4, 29), 3, Main, 0);
    canvas.taper((barrel - 2, 23), (barrel + 3, 23), 12, 12, Main);
    canvas.path(&[(24, 31), (27, 38), (34, 38), (36, 31)], 4, Main);
    canvas.dot((22, 24), 8, Accent, 2);
    canvas.flat((10, 17), (14, 17), 6, Main, 2);
}

fn stock(canvas: &mut Canvas) {
    canvas.taper((3, 38), (18, 30), 17, 12, Grip);
    canvas.taper((22, 34), (19, 46), 12, 11, Grip);
}

fn rifle(canvas: &mut Canvas, rng: &mut Rng) {
    stock(canvas);
    canvas.taper((14, 28), (40, 28), 19, 16, Main);
    canvas.taper((38, 27), (61, 27), 9, 8, Main);
    canvas.taper((36, 31), (50, 31), 9, 8, Grip);
    let lean = rng.range(0, 5);
    canvas.taper((30, 33), (30 + lean, 47), 11, 10, Main);
    canvas.flat((20, 20), (34, 20), 5, Accent, 1);
    canvas.flat((55, 22), (57, 22), 6, Main, 1);
}

fn shotgun(canvas: &mut Canvas, rng: &mut Rng) {
    stock(canvas);
    canvas.taper((14, 29), (32, 29), 20, 18, Main);
    canvas.taper((28, 25), (60, 25), 11, 11, Main);
    canvas.taper((28, 31), (60, 31), 11, 11, Main);
    canvas.taper((36, 34), (36 + rng.range(10, 15), 34), 14, 14, Grip);
    canvas.dot((18, 28), 8, Accent, 2);
}

fn smg(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.taper((12, 26), (44, 26), 24, 22, Main);
    canvas.taper((42, 25), (57, 25), 10, 10, Main);
    canvas.taper((17, 34), (12, 50), 15, 13, Grip);
    canvas.taper((33, 33), (35, 55), 11, 11 + rng.range(0, 3), Main);
    canvas.flat((3, 24), (12, 24), 7, Main, 0);
    canvas.flat((3, 24), (3, 34), 7, Main, 0);
    for slot in 0..3 {
        canvas.dot((20 + slot * 7, 23), 5, Accent, 1 + slot);
    }
}

fn sniper(canvas: &mut Canvas, rng: &mut Rng) {
    stock(canvas);
    canvas.taper((12, 32), (38, 31), 14, 12, Main);
    canvas.taper((36, 31), (62, 31), 6, 5, Main);
    canvas.taper((18, 22), (42, 22), 13, 13, Main);
    canvas.dot((43, 22), 12, Accent, 3);
    canvas.dot((17, 22), 10, Accent, 1);
    canvas.flat((26, 24), (26, 30), 5, Main, 0);
    let spread = rng.range(3, 6);
    canvas.flat((48, 33), (48 - spread, 47), 3, Main, 1);
    canvas.flat((48, 33), (48 + spread, 47), 3, Main, 1);
}

fn cannon(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.taper((12, 38), (54, 18), 36, 28, Main);
    canvas.taper((50, 20), (57, 16), 37, 37, Main);
    canvas.disc((11, 39), 36, Main);
    canvas.disc((26, 46), 42 + rng.range(0, 4), Grip);
    canvas.disc((26, 46), 14, Accent);
    canvas.flat((28, 22), (35, 38), 4, Accent, 1);
}

fn rocket_launcher(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.taper((6, 28), (46, 28), 25, 25, Main);
    canvas.taper((3, 28), (8, 28), 34, 26, Main);
    canvas.taper((46, 28), (52, 28), 29, 29, Accent);
    canvas.taper((52, 28), (62, 28), 27, 1, Accent);
    canvas.taper((26, 35), (23, 50), 11, 10, Grip);
    canvas.taper((40, 35), (39, 46), 9, 8, Grip);
    canvas.flat((22, 18), (22 + rng.range(8, 14), 18), 7, Main, 0);
    canvas.flat((12, 28), (16, 28), 22, Accent, 1);
}

fn grenade(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.disc((30, 38), 76, Main);
    for line in 0..3 {
        canvas.flat((14, 30 + line * 8), (46, 30 + line * 8), 2, Main, 0);
        canvas.flat((22 + line * 8, 22), (22 + line * 8, 55), 2, Main, 0);
    }
    canvas.taper((24, 18), (36, 18), 17, 17, Grip);
    canvas.path(&[(34, 13), (46, 15), (50, 26), (50, 26 + rng.range(6, 12))], 6, Grip);
    canvas.disc((20, 13), 20, Accent);
    canvas.hole((20, 13), 11);
}

fn bomb(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.disc((29, 38), 88, Main);
    canvas.taper((38, 23), (44, 16), 17, 16, Grip);
    let curl = rng.range(-3, 3);
    canvas.path(&[(44, 16), (49, 10 + curl), (56, 12)], 5, Grip);
    for tip in [(60, 5), (61, 17), (52, 5), (62, 11)] {
        canvas.taper((56, 12), tip, 6, 1, Accent);
    }
    canvas.dot((56, 12), 9, Accent, 3);
    canvas.dot((21, 30), 12, Main, 3);
}

fn mine(canvas: &mut Canvas, rng: &mut Rng) {
    for tip in [(32, 10), (14, 18), (50, 18), (8, 34), (56, 34)] {
        canvas.taper((32, 40), tip, 9, 5, Main);
    }
    canvas.disc((32, 42), 76, Main);
    canvas.clear_below(54);
    canvas.taper((10, 52), (54, 52), 18, 18, Grip);
    canvas.disc((32, 34), 22, Accent);
    canvas.dot((30, 32), 6 + rng.range(0, 3), Accent, 3);
}

fn flamethrower(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.taper((10, 18), (34, 18), 22, 22, Accent);
    canvas.taper((8, 32), (42, 32), 19, 14, Main);
    canvas.taper((40, 32), (52, 32), 9, 15, Main);
    canvas.taper((15, 38), (11, 52), 14, 12, Grip);
    canvas.path(&[(34, 18), (42, 20), (42, 30)], 4, Grip);
    for lick in 0..3 {
        canvas.taper((52, 32), (62, 26 + lick * 6 + rng.range(-1, 1)), 8, 1, Accent);
    }
}

fn laser(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.taper((8, 28), (36, 28), 27, 21, Main);
    canvas.taper((36, 28), (54, 28), 12, 7, Main);
    for ring in 0..3 {
        canvas.flat(
            (38 + ring * 5, 22 + ring),
            (38 + ring * 5, 34 - ring),
            4,
            Accent,
            1 + ring,
        );
    }
    canvas.disc((57, 28), 13, Accent);
    canvas.taper((17, 36), (12, 53), 16, 13, Grip);
    canvas.taper((12, 19), (12 + rng.range(10, 16), 19), 9, 9, Accent);
}

fn staff(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.taper((8, 58), (42, 22), 8, 8, Grip);
    let reach = rng.range(6, 9);
    canvas.path(&[(40, 25), (36 - reach / 2, 14), (42, 7)], 6, Main);
    canvas.path(&[(40, 25), (52, 26 + reach / 2), (58, 20)], 6, Main);
    canvas.disc((47, 16), 30, Accent);
    canvas.dot((45, 14), 7, Accent, 3);
    canvas.flat((18, 47), (21, 44), 11, Main, 2);
}

fn wand(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.taper((14, 52), (40, 26), 8, 6, Grip);
    canvas.taper((14, 52), (21, 45), 10, 10, Main);
    let star = rng.range(10, 13);
    for (dx, dy) in [(0, -star), (star, 0), (0, star), (-star, 0)] {
        canvas.taper((45, 20), (45 + dx, 20 + dy), 14, 1, Accent);
    }
    canvas.disc((45, 20), 15, Accent);
    for (x, y) in [(30, 12), (54, 36), (57, 10)] {
        canvas.dot((x + rng.range(-2, 2), y), 5, Accent, 3);
    }
}

fn orb(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.disc((32, 28), 84, Accent);
    canvas.dot((24, 20), 15, Accent, 3);
    let swirl = rng.range(-4, 4);
    canvas.path(&[(20, 34), (30, 38 + swirl), (42, 32), (44, 24)], 4, Main);
    canvas.taper((18, 50), (46, 50), 10, 10, Main);
    canvas.taper((22, 56), (42, 56), 9, 9, Grip);
}

fn tome(canvas: &mut Canvas, rng: &mut Rng) {
    canvas.taper((32, 13), (32, 53), 76, 76, Grip);
    canvas.taper((34, 16), (34, 50), 62, 62, Main);
    canvas.taper((31, 13), (31, 50), 66, 66, Grip);
    canvas.flat((15, 12), (15, 51), 7, Grip, 0);
    canvas.disc((33, 30), 30, Accent);
    let eye = rng.range(8, 13);
    canvas.dot((33, 30), eye, Main, 3);
    for corner in [(23, 16), (45, 16), (23, 46), (45, 46)] {
        canvas.dot(corner, 8, Main, 2);
    }
}
