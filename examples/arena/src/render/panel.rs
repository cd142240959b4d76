//! Owns a player's weapon panel: picture, name, ammunition, cooldown, and how the forge gets on.
//! Must not know where a weapon comes from.

use super::hud::frame_box;
use super::palette::{ALARM, DIM, GOLD, INK, MINT, WHITE, effect_of, glow};
use super::{Canvas, View, WIDTH, armament, font};
use pvp_sim::{MatchState, Player, PlayerId, WeaponSpec};

/// Width of pips and bars.
const WIDE: i32 = 112;

/// A side of the picture: everything is mirrored for the right player.
#[derive(Copy, Clone)]
struct Side {
    is_right: bool,
}

impl Side {
    /// The left edge of something `width` wide that begins `inset` pixels behind the slot.
    fn left(self, inset: i32, width: i32) -> i32 {
        if self.is_right {
            WIDTH - 40 - inset - width
        } else {
            40 + inset
        }
    }

    fn text(self, canvas: &mut Canvas, y: i32, text: &str, color: u32) {
        if self.is_right {
            font::right(canvas, WIDTH - 40, y, text, color);
        } else {
            font::left(canvas, 40, y, text, color);
        }
    }
}

pub(super) fn draw<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas, number: usize) {
    let player = &view.state.players()[number];
    let side = Side { is_right: number == 1 };
    let spec = view.state.held_weapon(PlayerId(number as u8));
    let slot = if side.is_right { WIDTH - 36 } else { 8 };
    let [_, edge, _] = glow(effect_of(spec.effect));
    frame_box(
        canvas,
        slot,
        31,
        28,
        28,
        if player.is_starter == 1 { 0x0058_4e70 } else { edge },
    );
    canvas.sprite_fit((slot + 1, 32, 26), armament::held_sprite(view, number), side.is_right);
    let forged = view.hud.weapons[number].as_ref().filter(|_| player.is_starter == 0);
    let name = match forged {
        Some((name, _)) => name.clone(),
        None if player.is_starter == 1 => "starter pistol".to_owned(),
        None => format!("spare {}", armament::archetype_of(&spec).name()),
    };
    side.text(canvas, 32, &font::cut(&name, 150), WHITE);
    ammunition(canvas, side, player, &spec);
    cooldown(canvas, side, player, &spec);
    forge(view, canvas, side, player);
}

/// A pip for each trigger pull left; the starter weapon has no end.
fn ammunition(canvas: &mut Canvas, side: Side, player: &Player, spec: &WeaponSpec) {
    if player.is_starter == 1 {
        // A lying eight.
        for lobe in 0..2 {
            let x = side.left(3 + lobe * 6, 1) + 1;
            canvas.disc(x, 44, 3, INK);
            canvas.ring(x, 44, 2, 1, DIM);
        }
        return;
    }
    let full = i32::from(spec.ammo);
    for pip in 0..full {
        let is_left = pip < player.ammo as i32;
        let x = side.left(pip * 4 - i32::from(pip >= 28) * 112, 3);
        let y = if pip >= 28 { 47 } else { 42 };
        let color = match (is_left, player.ammo <= 3) {
            (true, true) => ALARM,
            (true, false) => GOLD,
            (false, _) => 0x003a_3350,
        };
        canvas.rect(x - 1, y - 1, 5, 6, INK);
        canvas.rect(x, y, 3, 4, color);
    }
}

fn bar(canvas: &mut Canvas, side: Side, y: i32, height: i32, share: (u32, u32), color: u32) {
    let width = (share.0.min(share.1) * WIDE as u32 / share.1.max(1)) as i32;
    canvas.rect(side.left(0, WIDE) - 1, y - 1, WIDE + 2, height + 2, INK);
    canvas.rect(side.left(0, WIDE), y, WIDE, height, 0x002a_2240);
    canvas.rect(side.left(0, width), y, width, height, color);
}

fn cooldown(canvas: &mut Canvas, side: Side, player: &Player, spec: &WeaponSpec) {
    let full = u32::from(spec.cooldown_frames).max(1);
    let ready = full.saturating_sub(player.cooldown_frames);
    let color = if ready == full { 0x00e8_e0ff } else { 0x0088_7ab0 };
    bar(canvas, side, 50, 2, (ready, full), color);
}

/// The open request runs against its deadline; afterwards the forge cools down.
fn forge<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas, side: Side, player: &Player) {
    let frame = view.state.frame().0;
    let rules = &view.def.rules;
    if player.open_request().is_some() {
        let deadline = rules.forge_deadline_frames;
        let waited = (frame + 1).saturating_sub(player.request_frame);
        let left = deadline.saturating_sub(waited).div_ceil(60);
        let heat = if waited * 4 > deadline * 3 { ALARM } else { 0x00ff_9a30 };
        bar(canvas, side, 56, 3, (waited, deadline), heat);
        let dots = &"..."[..(frame / 15 % 4) as usize];
        side.text(canvas, 62, &format!("forging, {left} s{dots}"), 0x00ff_b860);
    } else if player.forge_cooldown_frames > 0 {
        let full = rules.forge_cooldown_frames.max(1);
        bar(
            canvas,
            side,
            56,
            1,
            (full.saturating_sub(player.forge_cooldown_frames), full),
            0x0050_8a70,
        );
    } else {
        side.text(canvas, 56, "forge ready", MINT);
    }
}
