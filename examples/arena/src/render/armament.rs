//! Owns weapons in hands: which sprite is held, where it is gripped, and how it turns with the aim.
//! Must not draw projectiles.

use super::canvas::most_frequent;
use super::palette::effect_of;
use super::{Canvas, View};
use pvp_sim::{Angle, Archetype, Effect, MatchState, PlayerId, WeaponSpec};
use std::sync::OnceLock;
use weapon_gen::Sprite;
use weapon_gen::look::Look;

/// Where a sprite is held, in its own pixels, and which way it points, in 1/256 turns counter-clockwise.
struct Grip {
    hand: (i32, i32),
    points: u8,
}

const fn grip(archetype: Archetype) -> Grip {
    use Archetype as A;
    let (hand, points) = match archetype {
        A::Sword | A::Dagger | A::Hammer | A::Axe | A::Whip => ((14, 50), 32),
        A::Spear | A::Javelin | A::Staff | A::Wand => ((24, 40), 32),
        A::Bow => ((44, 32), 0),
        A::Crossbow => ((16, 46), 0),
        A::Slingshot => ((32, 50), 0),
        A::Pistol | A::Rifle | A::Shotgun | A::Smg | A::Sniper | A::Flamethrower | A::Laser => ((16, 42), 0),
        A::Cannon | A::RocketLauncher => ((24, 42), 0),
        A::Boomerang | A::Shuriken | A::Grenade | A::Bomb | A::Mine | A::Orb | A::Tome => ((28, 40), 0),
    };
    Grip { hand, points }
}

/// The sprite of a weapon of which only the numbers are known; drawn once per look and kept.
pub(super) fn plain_sprite(archetype: Archetype, effect: Effect) -> &'static Sprite {
    static SPRITES: [[OnceLock<Sprite>; Effect::ALL.len()]; Archetype::COUNT] =
        [const { [const { OnceLock::new() }; Effect::ALL.len()] }; Archetype::COUNT];
    SPRITES[archetype as usize][effect as usize].get_or_init(|| Sprite::draw(&Look::of_effect(archetype, effect), 7))
}

/// The archetype of a spec; unknown numbers are pistols, as the simulation never holds one.
pub(super) fn archetype_of(spec: &WeaponSpec) -> Archetype {
    Archetype::from_u8(spec.archetype).unwrap_or(Archetype::Pistol)
}

/// The sprite of what a player holds: the forged one if the HUD knows it.
pub(super) fn held_sprite<'a, S: MatchState>(view: &View<'a, S>, number: usize) -> &'a Sprite {
    let player = &view.state.players()[number];
    let forged = view.hud.weapons.get(number).and_then(Option::as_ref);
    match forged.filter(|_| player.is_starter == 0) {
        Some((_, sprite)) => sprite,
        None => {
            let spec = view.state.held_weapon(PlayerId(number as u8));
            plain_sprite(archetype_of(&spec), effect_of(spec.effect))
        }
    }
}

/// How a sprite is laid on the canvas.
#[derive(Copy, Clone)]
pub(super) struct Pose {
    /// Where the hand is.
    pub(super) hand: (i32, i32),
    /// Where it points, counted from +x upwards.
    pub(super) aim: Angle,
    /// Seen from the other side, so that nothing hangs upside down.
    pub(super) is_mirrored: bool,
    /// Canvas pixels per sprite pixel, in 1/256.
    pub(super) scale: i32,
}

/// Draws a held weapon.
pub(super) fn draw_held(canvas: &mut Canvas, sprite: &Sprite, archetype: Archetype, pose: Pose) {
    let grip = grip(archetype);
    turned(canvas, sprite, grip.hand, Angle::from_byte(grip.points), pose);
}

/// Draws a sprite around its own middle.
pub(super) fn draw_spinning(canvas: &mut Canvas, sprite: &Sprite, pose: Pose) {
    turned(canvas, sprite, (32, 32), Angle::from_byte(0), pose);
}

/// Looks up each canvas pixel in the sprite: nine samples, the most frequent color wins, five clear ones leave it clear.
fn turned(canvas: &mut Canvas, sprite: &Sprite, anchor: (i32, i32), points: Angle, pose: Pose) {
    let turn = if pose.is_mirrored {
        Angle::from_bits(pose.aim.to_bits().wrapping_add(points.to_bits()))
    } else {
        Angle::from_bits(pose.aim.to_bits().wrapping_sub(points.to_bits()))
    };
    let (sin, cos) = turn.sin_cos();
    let (sin, cos) = (i64::from(sin.to_bits()), i64::from(cos.to_bits()));
    let reach = 64 * pose.scale / 256 + 2;
    // From canvas to sprite, in 1/256 sprite pixels.
    let look_up = |dx: i64, dy: i64| {
        let (along, up) = (dx * cos - dy * sin, dx * sin + dy * cos);
        let scale = i64::from(pose.scale);
        let x = i64::from(anchor.0 * 256 + 128) + along / (3 * scale);
        let up = if pose.is_mirrored { -up } else { up };
        let y = i64::from(anchor.1 * 256 + 128) + up / (3 * scale);
        (x >= 0 && y >= 0).then_some(((x >> 8) as usize, (y >> 8) as usize))
    };
    for dy in -reach..=reach {
        for dx in -reach..=reach {
            let sample = |number: i32| {
                let (sub_x, sub_y) = (dx * 3 + number % 3 - 1, dy * 3 + number / 3 - 1);
                look_up(i64::from(sub_x), i64::from(sub_y)).and_then(|(x, y)| sprite.pixel(x, y))
            };
            if let Some(color) = most_frequent(sample) {
                canvas.put(pose.hand.0 + dx, pose.hand.1 + dy, color);
            }
        }
    }
}
