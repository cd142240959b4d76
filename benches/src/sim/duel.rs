//! Owns the speed of whole matches without a screen: balance scores, training and referees play them by the million.

use std::hint::black_box;

use pvp_sim::bot::{BotKind, bot_input};
use pvp_sim::{ContentStore, DuelState, Events, MatchDef, MatchState, PlayerId, step};
use serde::Serialize;

use crate::measure::Effort;

/// How many frames of a duel a core plays, with both bots thinking.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct DuelSpeed {
    /// Frames per second of processor time.
    pub frames_per_second: f64,
}

const REQUIRED: f64 = 300_000.0;
const AMBITION: f64 = 1_000_000.0;

impl DuelSpeed {
    /// Plays duel after duel.
    #[must_use]
    pub fn measure(effort: Effort) -> DuelSpeed {
        let content = ContentStore::new();
        let mut events = Events::new();
        let mut def = MatchDef::duel(0);
        let mut state = DuelState::new(&def);
        let frame_ns = effort.nanoseconds(|| {
            if state.is_finished() {
                def.seed += 1;
                state = DuelState::new(&def);
            }
            let input = |kind, player| bot_input(kind, 3, &def, &state, PlayerId(player));
            let inputs = [input(BotKind::Aggressive, 0), input(BotKind::Cautious, 1)];
            step(&def, &content, black_box(&mut state), &inputs, &mut events);
        });
        DuelSpeed {
            frames_per_second: 1e9 / frame_ns,
        }
    }

    /// The line for people.
    #[must_use]
    pub fn line(&self) -> String {
        format!(
            "duel frames per second on one core, both bots thinking: {:.0} (required {REQUIRED:.0}, ambition {AMBITION:.0})",
            self.frames_per_second
        )
    }

    /// The required goal, if this run missed it.
    #[must_use]
    pub fn missed(&self) -> Option<String> {
        (self.frames_per_second < REQUIRED).then(|| self.line())
    }
}
