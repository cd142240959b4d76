//! Owns who presses the buttons of a side, and when a bot asks the forge.
//! Must not send anything.

use pvp_sim::bot::BotKind;
use pvp_sim::{DuelState, MatchState, PlayerId};

/// Who presses the buttons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pilot {
    /// A bot that asks for its prompts one after the other.
    Bot {
        /// Its style.
        kind: BotKind,
        /// 1 to 3.
        level: u8,
        /// What it asks the forge for.
        prompts: Vec<String>,
    },
    /// Somebody outside sets the buttons with [`DuelPeer::press`](super::DuelPeer::press).
    Outside,
}

/// When and for what a pilot last asked.
pub(super) struct Asked {
    /// How often.
    pub(super) count: usize,
    /// The number of the last request.
    pub(super) request_seq: u8,
}

impl Pilot {
    /// A bot asks whenever its last request was answered and the forge has cooled down; the first time after two seconds,
    /// never once the match is decided.
    pub(super) fn next_wish(&self, state: &DuelState, frame: u32, me: PlayerId, asked: &Asked) -> Option<String> {
        let Pilot::Bot { prompts, level, .. } = self else {
            return None;
        };
        let player = state.players()[me.index()];
        let is_ready = player.open_request().is_none() && player.forge_cooldown_frames == 0;
        let has_arrived = player.request_seq == u32::from(asked.request_seq);
        let first = 120 + 60 * u32::from(me.0);
        // A weak bot takes its time between two weapons.
        let pause = [1800, 900, 0][usize::from((*level).clamp(1, 3) - 1)];
        let is_due = frame >= first + pause * asked.count as u32;
        if prompts.is_empty() || !is_ready || !has_arrived || !is_due || state.is_finished() {
            return None;
        }
        Some(prompts[asked.count % prompts.len()].clone())
    }
}
