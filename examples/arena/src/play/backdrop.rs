//! Owns the match that plays behind the menus: two bots, no sound, no end.
//! Must not be more than a picture.

use crate::render::{self, Canvas, Hud, View};
use crate::rules;
use pvp_sim::bot::{BotKind, bot_input};
use pvp_sim::{ContentStore, DuelState, Events, Input, MatchDef, MatchState, PlayerId, step};
use std::time::Duration;

/// Two bots at it.
pub(super) struct Backdrop {
    def: Box<MatchDef>,
    state: DuelState,
    due: Duration,
    hud: Hud,
    requests: u8,
}

const FRAME: Duration = Duration::from_nanos(16_666_667);

impl Backdrop {
    /// A fresh match.
    #[must_use]
    pub(super) fn new(seed: u64, now: Duration) -> Backdrop {
        let def = rules::duel(seed);
        Backdrop {
            state: DuelState::new(&def),
            def: Box::new(def),
            due: now,
            hud: Hud::default(),
            requests: 0,
        }
    }

    /// Lets it go on.
    pub(super) fn run_until(&mut self, now: Duration) {
        self.due = self.due.max(now.saturating_sub(FRAME * 4));
        while self.due <= now {
            self.due += FRAME;
            self.step();
        }
    }

    fn step(&mut self) {
        if self.state.is_finished() {
            self.def.seed = self.def.seed.wrapping_add(1);
            self.state = DuelState::new(&self.def);
            self.requests = 0;
        }
        // Nobody answers these requests: the spare weapons make it colorful.
        if self.state.frame().0.is_multiple_of(450) {
            self.requests = self.requests.wrapping_add(1);
        }
        let input = |player: u8, kind| Input {
            request_seq: self.requests,
            archetype_hint: self.requests.wrapping_mul(5).wrapping_add(player * 11),
            ..bot_input(kind, 3, &self.def, &self.state, PlayerId(player))
        };
        let inputs = [input(0, BotKind::Aggressive), input(1, BotKind::Trickster)];
        step(
            &self.def,
            &ContentStore::new(),
            &mut self.state,
            &inputs,
            &mut Events::new(),
        );
    }

    /// Draws it.
    pub(super) fn draw(&self, canvas: &mut Canvas) {
        let view = View {
            def: &self.def,
            state: &self.state,
            hud: &self.hud,
        };
        render::draw_world(&view, canvas);
    }
}
