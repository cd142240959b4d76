//! Owns projectiles: a picture for each kind of weapon, colors and trails for each effect.
//! Must not draw impacts: those are events, and `sparks` draws them.

use super::armament::{self, Pose};
use super::palette::{INK, effect_of, glow, mix, noise};
use super::{Canvas, View, pixels, place};
use pvp_sim::{Angle, Archetype, Effect, Fx, MatchState, Projectile, Vec2, WeaponSpec};
use weapon_gen::Sprite;

/// One projectile as it is drawn.
struct Shot<'a> {
    at: (i32, i32),
    velocity: Vec2,
    aim: Angle,
    effect: Effect,
    colors: [u32; 3],
    radius: i32,
    fuse_frames: u32,
    sprite: &'a Sprite,
    archetype: Archetype,
    frame: u32,
    seed: u32,
}

pub(super) fn draw<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas) {
    for (index, projectile) in view.state.projectiles() {
        let spec = view.state.projectile_weapon(projectile);
        let shot = shot(view, index as u32, projectile, &spec);
        trail(canvas, &shot);
        body(canvas, &shot);
    }
}

fn shot<'a, S: MatchState>(view: &View<'a, S>, seed: u32, projectile: &Projectile, spec: &WeaponSpec) -> Shot<'a> {
    let effect = effect_of(spec.effect);
    let archetype = armament::archetype_of(spec);
    let owner = projectile.owner().index();
    let player = &view.state.players()[owner];
    let is_held = player.weapon_index as usize == projectile.weapon_index() && player.is_starter == 0;
    let sprite = if is_held {
        armament::held_sprite(view, owner)
    } else {
        armament::plain_sprite(archetype, effect)
    };
    Shot {
        at: place(projectile.position),
        velocity: projectile.velocity,
        aim: projectile.velocity.to_angle(),
        effect,
        colors: glow(effect),
        radius: pixels(spec.radius()).max(2),
        fuse_frames: projectile.fuse_frames(),
        sprite,
        archetype,
        frame: view.state.frame().0,
        seed,
    }
}

/// A point `along` and `aside` of the flight, in pixels.
fn beside(shot: &Shot<'_>, along: i32, aside: i32) -> (i32, i32) {
    let (sin, cos) = shot.aim.sin_cos();
    let (sin, cos) = (sin.to_bits(), cos.to_bits());
    let x = (cos * along - sin * aside + 0x8000) >> 16;
    let up = (sin * along + cos * aside + 0x8000) >> 16;
    (shot.at.0 + x, shot.at.1 - up)
}

/// Specks where the shot was, thinner and darker with age.
fn trail(canvas: &mut Canvas, shot: &Shot<'_>) {
    let is_plain = matches!(shot.effect, Effect::None | Effect::ArmorPiercing | Effect::Area);
    let length = if is_plain { 7 } else { 14 };
    for age in (1..length).rev() {
        let (x, y) = back_at(shot, age);
        // A speck belongs to the frame that left it.
        let odd = noise(shot.frame.wrapping_sub(age as u32), shot.seed);
        let wander = |shift: u32| (odd >> shift) as i32 % 3 - 1;
        let color = shot.colors[(age * 3 / length).clamp(0, 2) as usize];
        let (x, y) = (x + wander(3) * age / 5, y + wander(7) * age / 5);
        match shot.effect {
            Effect::Fire => {
                let size = 3 - age * 3 / length;
                canvas.rect(x - size / 2, y - age / 4, size, size, color);
            }
            Effect::Ice if odd.is_multiple_of(2) => {
                canvas.put(x, y, color);
                canvas.put(x, y + 1, shot.colors[2]);
                canvas.put(x + 1, y, shot.colors[2]);
            }
            Effect::Electric if age % 2 == 0 => {
                let next = back_at(shot, age - 2);
                let jag = |shift: u32| (noise(shot.frame / 2, shot.seed + age as u32) >> shift) as i32 % 5 - 2;
                canvas.line((x + jag(2), y + jag(5)), next, color);
            }
            Effect::Poison if odd.is_multiple_of(3) => canvas.ring(x, y - age / 3, 1 + age / 8, 1, color),
            Effect::Leech if odd.is_multiple_of(2) => canvas.rect(x, y + age / 3, 1, 2, color),
            Effect::None | Effect::ArmorPiercing | Effect::Area => canvas.tint(x, y, color, (200 - age * 26) as u32),
            _ => {}
        }
    }
}

/// Where the shot was `age` half frames ago, if it flew straight.
fn back_at(shot: &Shot<'_>, age: i32) -> (i32, i32) {
    let step = shot.velocity * Fx::from_ratio(age, 2);
    (shot.at.0 - pixels(step.x), shot.at.1 + pixels(step.y))
}

fn body(canvas: &mut Canvas, shot: &Shot<'_>) {
    use Archetype as A;
    match shot.archetype {
        A::Sword | A::Axe | A::Dagger | A::Whip | A::Hammer => slash(canvas, shot),
        A::Spear | A::Javelin | A::Bow | A::Crossbow => arrow(canvas, shot),
        A::Boomerang | A::Shuriken => spin(canvas, shot),
        A::Cannon | A::Grenade | A::Bomb => ball(canvas, shot),
        A::Mine => mine(canvas, shot),
        A::RocketLauncher => rocket(canvas, shot),
        A::Flamethrower => flame(canvas, shot),
        A::Laser => beam(canvas, shot),
        A::Staff | A::Wand | A::Orb => orb(canvas, shot),
        A::Tome => rune(canvas, shot),
        A::Slingshot | A::Pistol | A::Rifle | A::Shotgun | A::Smg | A::Sniper => bullet(canvas, shot),
    }
}

/// A crescent of light, open behind.
fn slash(canvas: &mut Canvas, shot: &Shot<'_>) {
    let reach: i32 = if matches!(shot.archetype, Archetype::Dagger | Archetype::Whip) {
        5
    } else {
        8
    };
    for aside in -reach..=reach {
        let bend = aside * aside * 6 / (reach * reach);
        let thick = 4 - aside.abs() * 4 / (reach + 1);
        for depth in -1..=thick {
            let color = match depth {
                -1 => INK,
                0 => shot.colors[0],
                1 | 2 => shot.colors[1],
                _ => shot.colors[2],
            };
            let (x, y) = beside(shot, 3 - bend - depth, aside);
            canvas.put(x, y, color);
        }
    }
}

fn arrow(canvas: &mut Canvas, shot: &Shot<'_>) {
    let length = if matches!(shot.archetype, Archetype::Spear | Archetype::Javelin) {
        13
    } else {
        9
    };
    canvas.line(beside(shot, -length, 1), beside(shot, 1, 1), INK);
    canvas.line(beside(shot, -length, -1), beside(shot, 1, -1), INK);
    canvas.line(beside(shot, -length, 0), beside(shot, 0, 0), 0x00c8_9a68);
    for depth in 0..4 {
        canvas.line(
            beside(shot, 3 - depth, depth / 2 + 1),
            beside(shot, 3 - depth, -depth / 2 - 1),
            INK,
        );
        canvas.line(
            beside(shot, 3 - depth, depth / 2),
            beside(shot, 3 - depth, -depth / 2),
            shot.colors[1],
        );
    }
    let (x, y) = beside(shot, 3, 0);
    canvas.put(x, y, shot.colors[0]);
    for aside in [-1, 1] {
        let (x, y) = beside(shot, -length, aside);
        canvas.put(x, y, shot.colors[1]);
        let (x, y) = beside(shot, 1 - length, aside);
        canvas.put(x, y, shot.colors[2]);
    }
}

fn spin(canvas: &mut Canvas, shot: &Shot<'_>) {
    let speed = if shot.archetype == Archetype::Shuriken { 23 } else { 14 };
    let turn = Angle::from_byte((shot.frame.wrapping_mul(speed) + shot.seed * 40) as u8);
    let pose = Pose {
        hand: shot.at,
        aim: turn,
        is_mirrored: shot.velocity.x.is_negative(),
        scale: if shot.archetype == Archetype::Shuriken { 44 } else { 60 },
    };
    armament::draw_spinning(canvas, shot.sprite, pose);
}

fn ball(canvas: &mut Canvas, shot: &Shot<'_>) {
    let (x, y) = shot.at;
    let radius = shot.radius.clamp(3, 5);
    canvas.disc(x, y, radius + 1, INK);
    canvas.disc(x, y, radius, 0x0048_4458);
    canvas.disc(x - 1, y - 1, radius - 2, 0x006e_6884);
    canvas.rect(x - 2, y - 2, 2, 1, 0x00e8_e4f0);
    if shot.fuse_frames > 0 {
        let is_near = shot.fuse_frames < 40 && shot.fuse_frames % 8 < 4;
        if is_near {
            canvas.disc(x, y, radius - 1, 0x00ff_6048);
        }
        canvas.rect(x, y - radius - 2, 1, 2, 0x00a0_7a50);
    }
    spark(canvas, (x + 1, y - radius - 3), shot);
    canvas.put(x + radius - 2, y + 1, shot.colors[2]);
}

/// A flickering cross of four pixels.
fn spark(canvas: &mut Canvas, (x, y): (i32, i32), shot: &Shot<'_>) {
    let long = (noise(shot.frame / 2, shot.seed) % 2) as i32;
    canvas.rect(x - long, y, 1 + 2 * long, 1, shot.colors[1]);
    canvas.rect(x, y - long, 1, 1 + 2 * long, shot.colors[1]);
    canvas.put(x, y, shot.colors[0]);
}

fn mine(canvas: &mut Canvas, shot: &Shot<'_>) {
    let (x, y) = shot.at;
    canvas.rect(x - 5, y - 1, 11, 4, INK);
    canvas.rect(x - 3, y - 3, 7, 3, INK);
    canvas.rect(x - 4, y, 9, 2, 0x0058_5468);
    canvas.rect(x - 2, y - 2, 5, 2, 0x0086_8098);
    let is_lit = shot.frame % 30 < 6;
    canvas.put(x, y - 3, if is_lit { 0x00ff_ffff } else { shot.colors[2] });
    if is_lit {
        canvas.halo(x, y - 3, 7, mix(0, shot.colors[1], 120));
    }
}

fn rocket(canvas: &mut Canvas, shot: &Shot<'_>) {
    for length in 0..6 + (noise(shot.frame, shot.seed) % 5) as i32 {
        let color = [0x00ff_ffff, 0x00ff_e070, 0x00ff_8a28, 0x00c8_3c18][(length / 3).min(3) as usize];
        let (x, y) = beside(shot, -7 - length, 0);
        canvas.rect(x, y - i32::from(length < 4), 1, 1 + 2 * i32::from(length < 4), color);
    }
    for along in -6..=5 {
        let half: i32 = if along > 2 { 5 - along } else { 2 };
        for aside in -half - 1..=half + 1 {
            let color = match aside {
                _ if aside.abs() > half => INK,
                _ if along > 2 => shot.colors[1],
                -2 | -1 => 0x0078_7288,
                _ => 0x00c8_c4d4,
            };
            let (x, y) = beside(shot, along, aside);
            canvas.put(x, y, color);
        }
    }
    for aside in [-3, 3] {
        canvas.line(beside(shot, -6, aside), beside(shot, -3, aside * 2 / 3), shot.colors[2]);
    }
}

fn flame(canvas: &mut Canvas, shot: &Shot<'_>) {
    let odd = noise(shot.frame / 2, shot.seed);
    let size = shot.radius.max(3) + (odd % 2) as i32;
    let (x, y) = shot.at;
    canvas.halo(x, y, size * 2, mix(0, shot.colors[2], 150));
    canvas.disc(x, y, size, shot.colors[2]);
    canvas.disc(x, y - 1, size - 1, shot.colors[1]);
    canvas.disc(x + (odd >> 4) as i32 % 2, y, size - 3, shot.colors[0]);
    canvas.put(x - 2 + (odd >> 8) as i32 % 5, y - size - 1, shot.colors[1]);
}

fn beam(canvas: &mut Canvas, shot: &Shot<'_>) {
    canvas.line(beside(shot, -16, 1), beside(shot, 2, 1), shot.colors[2]);
    canvas.line(beside(shot, -16, -1), beside(shot, 2, -1), shot.colors[2]);
    canvas.line(beside(shot, -16, 0), beside(shot, 3, 0), shot.colors[0]);
}

fn orb(canvas: &mut Canvas, shot: &Shot<'_>) {
    let (x, y) = shot.at;
    let size = match shot.archetype {
        Archetype::Orb => shot.radius.max(5),
        Archetype::Staff => shot.radius.max(4),
        _ => 3,
    };
    canvas.halo(x, y, size * 2 + 2, mix(0, shot.colors[2], 170));
    canvas.disc(x, y, size, shot.colors[2]);
    canvas.disc(x, y, size - 1, shot.colors[1]);
    canvas.disc(x - 1, y - 1, size / 2, shot.colors[0]);
    for spark in 0..3u32 {
        let angle = Angle::from_byte((shot.frame * 9 + spark * 85 + shot.seed * 30) as u8);
        let (sin, cos) = angle.sin_cos();
        let reach = size + 2;
        canvas.put(
            x + ((cos.to_bits() * reach + 0x8000) >> 16),
            y - ((sin.to_bits() * reach / 2 + 0x8000) >> 16),
            shot.colors[0],
        );
    }
}

/// A glowing sign in a ring, as torn out of a book.
fn rune(canvas: &mut Canvas, shot: &Shot<'_>) {
    let (x, y) = shot.at;
    canvas.halo(x, y, 8, mix(0, shot.colors[2], 140));
    canvas.ring(x, y, 4, 1, shot.colors[1]);
    let strokes = noise(shot.seed, 77);
    for stroke in 0..3u32 {
        let from = (
            (strokes >> (stroke * 4)) as i32 % 5 - 2,
            (strokes >> (stroke * 4 + 2)) as i32 % 5 - 2,
        );
        canvas.line((x + from.0, y - 2), (x - from.1, y + 2), shot.colors[0]);
    }
}

fn bullet(canvas: &mut Canvas, shot: &Shot<'_>) {
    let long = match shot.archetype {
        Archetype::Sniper => 14,
        Archetype::Rifle => 8,
        Archetype::Slingshot => 1,
        Archetype::Shotgun | Archetype::Smg => 4,
        _ => 6,
    };
    for aside in [-1, 1] {
        canvas.line(
            beside(shot, -long, aside),
            beside(shot, 2, aside),
            mix(INK, shot.colors[2], 140),
        );
    }
    canvas.line(beside(shot, -long, 0), beside(shot, 0, 0), shot.colors[2]);
    canvas.line(beside(shot, -long / 2, 0), beside(shot, 1, 0), shot.colors[1]);
    let (x, y) = shot.at;
    canvas.rect(x - 1, y - 1, 3, 3, shot.colors[1]);
    canvas.rect(x, y - 1, 2, 2, shot.colors[0]);
}
