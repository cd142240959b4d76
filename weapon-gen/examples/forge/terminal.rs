//! Owns a weapon as text for a terminal: a card of stats beside the sprite in half blocks.
//! Must not print: it gives text.

use pvp_sim::WeaponFlags;
use std::fmt::Write as _;
use std::time::Duration;
use weapon_gen::sprite::SPRITE_SIZE;
use weapon_gen::{Forged, Sprite};

/// Cells of a full bar.
const BAR_CELLS: u32 = 24;

/// The whole card.
pub(super) fn card(forged: &Forged, elapsed: Duration) -> String {
    let mut text = picture(&forged.sprite);
    let spec = forged.weapon.spec();
    let _ = writeln!(text, "\x1b[1m{}\x1b[0m", forged.name);
    let _ = writeln!(
        text,
        "{} · {} · tier {} · score {} · {} ms · {}",
        forged.archetype.name(),
        forged.weapon.effect().name(),
        forged.tier.name(),
        forged.score,
        elapsed.as_millis(),
        hex(&forged.spec_hash())
    );
    let stats = [
        ("score", u32::from(forged.score), 100, String::new()),
        ("damage", spec.damage.into(), 100, String::new()),
        ("speed", spec.speed.into(), 100, String::new()),
        ("range", spec.range.into(), 100, String::new()),
        ("ammo", spec.ammo.into(), 30, String::new()),
        (
            "cooldown",
            spec.cooldown_frames.into(),
            300,
            format!(" ({} ms)", spec.cooldown_ms()),
        ),
    ];
    for (name, value, max, note) in stats {
        let _ = writeln!(text, "{name:>9} {} {value}{note}", bar(value, max));
    }
    let traits = traits(forged);
    if !traits.is_empty() {
        let _ = writeln!(text, "   traits {}", traits.join(", "));
    }
    text.push('\n');
    text
}

fn bar(value: u32, max: u32) -> String {
    let full = (value * BAR_CELLS).div_ceil(max).min(BAR_CELLS) as usize;
    format!("{}{}", "█".repeat(full), "░".repeat(BAR_CELLS as usize - full))
}

/// What the numbers beside the bars mean for the player.
fn traits(forged: &Forged) -> Vec<String> {
    let spec = forged.weapon.spec();
    let mut traits = Vec::new();
    let mut add = |shown: bool, text: String| {
        if shown {
            traits.push(text);
        }
    };
    add(
        spec.pellets > 1,
        format!("{} pellets over {}°", spec.pellets, u32::from(spec.spread) * 360 / 256),
    );
    add(spec.flags & WeaponFlags::HITSCAN != 0, "instant".into());
    add(spec.flags & WeaponFlags::BURST != 0, "burst".into());
    add(spec.bounce_count > 0, format!("bounces {} times", spec.bounce_count));
    add(spec.pierce > 0, format!("pierces {}", spec.pierce));
    add(spec.homing > 0, format!("homing {}", spec.homing));
    add(
        spec.effect_radius > 0,
        format!("blast {} units", f64::from(spec.effect_radius) / 4.0),
    );
    add(spec.fuse_frames > 0, format!("fuse {} frames", spec.fuse_frames));
    add(
        spec.gravity_scale != 0,
        format!("gravity {} %", i32::from(spec.gravity_scale) * 100 / 256),
    );
    add(spec.knockback > 60, format!("knockback {}", spec.knockback));
    add(
        spec.self_damage > 0,
        format!("hurts its owner by {} %", spec.self_damage),
    );
    traits
}

/// Two rows of pixels per line of text; empty rows above and below are left out.
fn picture(sprite: &Sprite) -> String {
    let is_empty =
        |y: &usize| (0..SPRITE_SIZE).all(|x| sprite.pixel(x, *y).is_none() && sprite.pixel(x, *y + 1).is_none());
    let first = (0..SPRITE_SIZE).step_by(2).find(|y| !is_empty(y)).unwrap_or(0);
    let last = (0..SPRITE_SIZE).step_by(2).rfind(|y| !is_empty(y)).unwrap_or(0);
    let mut text = String::new();
    for y in (first..=last).step_by(2) {
        for x in 0..SPRITE_SIZE {
            let cell = match (sprite.pixel(x, y), sprite.pixel(x, y + 1)) {
                (None, None) => "\x1b[0m ".to_owned(),
                (Some(top), None) => format!("\x1b[0m\x1b[38;2;{}m▀", numbers(top)),
                (None, Some(bottom)) => format!("\x1b[0m\x1b[38;2;{}m▄", numbers(bottom)),
                (Some(top), Some(bottom)) => {
                    format!("\x1b[38;2;{}m\x1b[48;2;{}m▀", numbers(top), numbers(bottom))
                }
            };
            text.push_str(&cell);
        }
        text.push_str("\x1b[0m\n");
    }
    text
}

fn numbers([red, green, blue]: [u8; 3]) -> String {
    format!("{red};{green};{blue}")
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
