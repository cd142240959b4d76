//! Owns what is laid over a match: connection steps, countdowns, the history, and the blend between two frames.
//! Must not change the match.

use super::contest::{Forging, Step};
use super::screens::wrap;
use crate::render::{Canvas, HEIGHT, WIDTH, fit};
use pvp_sim::{DuelState, Fx, MatchState, Vec2};
use std::time::Duration;

const WHITE: u32 = 0x00f4_f0e8;
const DIM: u32 = 0x00a8_a0b8;
const GOOD: u32 = 0x0068_d878;
const WARN: u32 = 0x00ff_b048;
const GOLD: u32 = 0x00ff_d860;
const EDGE: u32 = 0x006c_6088;

/// The picture between two frames: `part` of 256 of the way from `before` to `after`. Only for looking at.
#[must_use]
pub(super) fn between(before: &DuelState, after: &DuelState, part: i32) -> DuelState {
    let is_next = after.frame().0 == before.frame().0 + 1 && after.world().round == before.world().round;
    let part = part.clamp(0, 256);
    if !is_next || part == 256 {
        return *after;
    }
    let mut shown = *after;
    let words: &mut [u32] = bytemuck::cast_slice_mut(std::slice::from_mut(&mut shown));
    let old: &[u32] = bytemuck::cast_slice(std::slice::from_ref(before));
    for place in moving_words(before, after) {
        let (from, to) = (old[place] as i32, words[place] as i32);
        let step = i64::from(to) - i64::from(from);
        // A jump of more than two units is a teleport.
        if step.abs() <= i64::from(Fx::from_int(2).to_bits()) {
            words[place] = (i64::from(from) + step * i64::from(part) / 256) as i32 as u32;
        }
    }
    shown
}

/// Where in the state the positions are that both frames know.
fn moving_words(before: &DuelState, after: &DuelState) -> Vec<usize> {
    let base = std::ptr::from_ref(after).addr();
    let word_of = |position: &Vec2| (std::ptr::from_ref(position).addr() - base) / 4;
    let both = |word: usize| before.live_bits()[word] & after.live_bits()[word];
    let mut words = Vec::new();
    for player in after.players() {
        words.push(word_of(&player.position));
    }
    for (place, projectile) in after.projectiles() {
        let is_same = both(place / 32) >> (place % 32) & 1 == 1
            && before.projectile_places()[place].owner() == projectile.owner();
        if is_same {
            words.push(word_of(&projectile.position));
        }
    }
    words.iter().flat_map(|word| [*word, word + 1]).collect()
}

/// The steps of bringing two players together, and what to do meanwhile.
pub(super) fn steps(canvas: &mut Canvas, title: &str, steps: &[Step], hints: &[String]) {
    canvas.shade(0, 0, WIDTH, HEIGHT);
    canvas.forget_texts();
    canvas.panel(50, 60, WIDTH - 100, 150, EDGE);
    canvas.title(72, title, GOLD);
    let mut is_next = true;
    for (number, step) in (0..).zip(steps) {
        let (mark, color) = match (step.is_done, std::mem::replace(&mut is_next, step.is_done)) {
            (true, _) => ("+", GOOD),
            (false, true) => (">", WHITE),
            (false, false) => (".", DIM),
        };
        let y = 100 + number * 14;
        canvas.text(66, y, mark, color);
        canvas.text(78, y, &fit(&step.text, WIDTH - 148), color);
    }
    let lines = hints.iter().flat_map(|hint| wrap(hint, 64));
    for (number, line) in (0..5).zip(lines) {
        canvas.text_middle(152 + number * 11, &line, DIM);
    }
    canvas.text_middle(HEIGHT - 14, "Esc: leave", DIM);
}

/// The other side is not heard.
pub(super) fn waiting(canvas: &mut Canvas, left: Duration) {
    canvas.panel(110, 108, WIDTH - 220, 46, WARN);
    canvas.text_middle(116, "the other player is not heard", WARN);
    canvas.text_middle(128, "the way back is looked for", DIM);
    canvas.text_middle(140, &format!("waiting {} s more", left.as_secs() + 1), WHITE);
}

/// It will not go on.
pub(super) fn over(canvas: &mut Canvas, text: &str) {
    let lines = wrap(text, 62);
    let height = 11 * lines.len() as i32;
    let top = 130 - height / 2;
    canvas.panel(50, top - 12, WIDTH - 100, height + 42, WARN);
    for (number, line) in (0..).zip(&lines) {
        canvas.text_middle(top + 11 * number, line, WARN);
    }
    canvas.text_middle(top + height + 12, "Enter: what now?", WHITE);
}

/// What was forged so far, the newest first.
pub(super) fn history(canvas: &mut Canvas, history: &[Forging]) {
    canvas.panel(60, 68, WIDTH - 120, 138, EDGE);
    canvas.text_middle(75, "FORGED SO FAR", GOLD);
    if history.is_empty() {
        canvas.text_middle(120, "nothing yet: press the key of the forge", DIM);
    }
    for (number, item) in (0..7).zip(history.iter().rev()) {
        let y = 92 + number * 16;
        canvas.text(72, y, &format!("P{}", item.player + 1), DIM);
        canvas.text(92, y, &fit(&item.name, 150), WHITE);
        canvas.text_right(WIDTH - 72, y, &fit(&item.about, 150), DIM);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pvp_sim::{Buttons, ContentStore, Events, Input, MatchDef, step};

    #[test]
    fn half_way_is_half_way_and_nothing_else_changes() {
        let def = MatchDef::duel(3);
        let mut after = DuelState::new(&def);
        let mut before = after;
        let run = Input {
            buttons: Buttons::RIGHT | Buttons::FIRE,
            ..Input::default()
        };
        // A bullet in flight must be seen twice.
        while before.projectiles().count() == 0 {
            assert!(after.frame().0 < 600, "nothing flies");
            before = after;
            step(&def, &ContentStore::new(), &mut after, &[run; 2], &mut Events::new());
        }
        let x = |state: &DuelState| state.players()[0].position.x.to_bits();
        let half = between(&before, &after, 128);
        assert_eq!(x(&half), x(&before) + (x(&after) - x(&before)) / 2);
        assert_eq!(half.players()[0].velocity, after.players()[0].velocity);
        assert_eq!(between(&before, &after, 256), after);
        assert_eq!(between(&after, &before, 128), before, "only the next frame is blended");
    }
}
