//! Owns what is laid over a match: connection steps, countdowns, the network graph, the history, and the blend between two frames.
//! Must not change the match.

use super::contest::Forging;
use super::screens::wrap;
use crate::render::{Canvas, HEIGHT, WIDTH};
use pvp_net::Stats;
use pvp_sim::{DuelState, Fx, MatchState, Vec2};
use std::collections::VecDeque;
use std::time::Duration;

const WHITE: u32 = 0x00f4_f0e8;
const DIM: u32 = 0x00a8_a0b8;
const GOOD: u32 = 0x0068_d878;
const WARN: u32 = 0x00ff_b048;
const GOLD: u32 = 0x00ff_d860;

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

/// The steps of bringing two players together.
pub(super) fn steps(canvas: &mut Canvas, title: &str, steps: &[(String, bool)]) {
    canvas.shade(0, 0, WIDTH, HEIGHT);
    canvas.title(76, title, GOLD);
    for (number, (text, is_done)) in (0..).zip(steps) {
        let (mark, color) = if *is_done { ("+", GOOD) } else { (">", WHITE) };
        canvas.text(90, 110 + number * 14, &format!("{mark} {text}"), color);
    }
    canvas.text_middle(256, "Esc: leave", DIM);
}

/// The other side is not heard.
pub(super) fn waiting(canvas: &mut Canvas, left: Duration) {
    canvas.shade(0, 110, WIDTH, 40);
    canvas.text_middle(116, "the other player is not heard", WARN);
    canvas.text_middle(132, &format!("waiting {} s more", left.as_secs() + 1), WHITE);
}

/// It will not go on.
pub(super) fn over(canvas: &mut Canvas, text: &str) {
    let lines = wrap(text, 70);
    let height = 12 * lines.len() as i32;
    let top = 116 - height / 2;
    canvas.shade(0, top - 6, WIDTH, height + 26);
    for (number, line) in (0..).zip(&lines) {
        canvas.text_middle(top + 12 * number, line, WARN);
    }
    canvas.text_middle(top + height + 6, "Esc: what now?", WHITE);
}

/// What was forged so far, the newest first.
pub(super) fn history(canvas: &mut Canvas, history: &[Forging]) {
    canvas.shade(60, 70, WIDTH - 120, 130);
    canvas.text_middle(76, "forged so far", GOLD);
    if history.is_empty() {
        canvas.text_middle(100, "nothing yet", DIM);
    }
    for (number, item) in (0..7).zip(history.iter().rev()) {
        let y = 90 + number * 16;
        let name: String = item.name.chars().take(22).collect();
        canvas.text(68, y, &format!("{} {name}", item.player + 1), WHITE);
        canvas.text(264, y, &item.about.chars().take(19).collect::<String>(), DIM);
    }
}

/// Rollbacks of the last seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct NetGraph {
    depths: VecDeque<u8>,
    frame: u32,
    resimulated: u64,
}

const GRAPH_FRAMES: usize = 120;

impl NetGraph {
    /// Looks at the counters once per frame.
    pub(super) fn follow(&mut self, frame: u32, stats: &Stats) {
        if frame == self.frame {
            return;
        }
        self.frame = frame;
        let depth = stats.frames_resimulated.saturating_sub(self.resimulated);
        self.resimulated = stats.frames_resimulated;
        if self.depths.len() == GRAPH_FRAMES {
            self.depths.pop_front();
        }
        self.depths.push_back(depth.min(12) as u8);
    }

    /// Draws graph and figures into the lower left corner.
    pub(super) fn draw(&self, canvas: &mut Canvas, stats: &Stats, input_delay_frames: u8) {
        let (left, top) = (6, 196);
        canvas.shade(left, top, 250, 60);
        for (number, depth) in (0..).zip(&self.depths) {
            let height = i32::from(*depth) * 2;
            let color = if *depth > 7 { WARN } else { GOOD };
            canvas.rect(left + 4 + number, top + 26 - height, 1, height.max(1), color);
        }
        let network = stats.network;
        let lines = [
            format!(
                "ping {} ms +-{}",
                network.rtt_avg.as_millis(),
                network.rtt_jitter.as_millis()
            ),
            format!("loss {}.{} %", network.loss_permille / 10, network.loss_permille % 10),
        ];
        for (number, text) in (0..).zip(lines) {
            canvas.text(left + 130, top + 4 + number * 11, &text, WHITE);
        }
        let rollbacks = format!("rollbacks {} deepest {}", stats.rollbacks, stats.rollback_depth_max);
        canvas.text(left + 4, top + 32, &rollbacks, WHITE);
        let rest = format!("delay {input_delay_frames}  stalls {}", stats.stalled_frames);
        canvas.text(left + 4, top + 44, &rest, WHITE);
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
