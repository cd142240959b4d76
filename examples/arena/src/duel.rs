//! Owns one player's side of a match: a session over `pvp-sim`, who presses the buttons, and the way from prompt to weapon.
//! Must not know a window, a clock or a socket; time comes in as an argument.

mod pilot;
mod tally;
mod smithy;
mod events;

pub use pilot::Pilot;
pub use tally::{Note, Tally};

use crate::armory::Armory;
use crate::forging::Forging;
use crate::ledger::Taste;
use crate::rules;
use pilot::Asked;
use pvp_net::sim::DuelSim;
use pvp_net::{
    Advance, ConfigError, GameEvent, LeaveReason, Phase, Session, SessionConfig, SessionEvent, Stats, Transport,
};
use pvp_sim::bot::bot_input;
use pvp_sim::{DuelState, Event, Input, MatchState, PlayerId};
use smithy::Smithy;
use std::collections::VecDeque;
use std::collections::vec_deque::Drain;
use std::time::Duration;
use weapon_gen::archetype_hint;

use crate::master::Mastery;
use crate::refusals::WishRefused;
use crate::talk::Message;
use weapon_gen::{Prompt, moderation};

/// Names the game in the handshake.
pub const GAME_ID: u64 = 0x5049_5845_4c46_4f52;
/// Version of the offered bytes and of the messages beside the match.
pub const CONTENT_VERSION: u32 = 2;

/// One side of a match.
pub struct DuelPeer<T: Transport> {
    session: Session<DuelSim, T>,
    armory: Armory,
    smithy: Smithy,
    pilot: Pilot,
    pressed: Input,
    asked: Asked,
    has_rejoined: bool,
    hint: u8,
    notes: Vec<Note>,
    happenings: VecDeque<GameEvent<Event>>,
    tally: Tally,
    end_frame: Option<u32>,
}

/// Events kept for a picture that nobody draws.
const HAPPENING_COUNT_MAX: usize = 512;

impl<T: Transport> DuelPeer<T> {
    /// A side that is about to meet the other one.
    ///
    /// # Errors
    /// [`ConfigError`] if the choices are impossible.
    pub fn new(
        transport: T,
        mut config: SessionConfig,
        pilot: Pilot,
        forging: impl FnOnce(Armory) -> Box<dyn Forging>,
        now: Duration,
    ) -> Result<DuelPeer<T>, ConfigError> {
        let def = rules::duel(0);
        config.build = DuelSim::build();
        config.ruleset_hash = def.ruleset_hash();
        config.content_version = CONTENT_VERSION;
        let armory = Armory::new(def.ruleset_hash(), config.local_player == config.host_player);
        let simulation = DuelSim::judged(def, armory.judge()).reviewed(armory.review());
        let start = simulation.start();
        Ok(DuelPeer {
            session: Session::new(simulation, start, transport, config, now)?.with_inspect(),
            smithy: Smithy::new(forging(armory.clone())),
            armory,
            pilot,
            pressed: Input::default(),
            asked: Asked {
                count: 0,
                request_seq: 0,
            },
            has_rejoined: false,
            hint: 0,
            notes: Vec::new(),
            happenings: VecDeque::new(),
            tally: Tally::default(),
            end_frame: None,
        })
    }

    /// The same side, whose player takes less or more of the other one than usual.
    #[must_use]
    pub fn with_taste(self, taste: Taste) -> DuelPeer<T> {
        self.armory.set_taste(taste);
        self
    }

    /// Brings packets in, answers events, and lets the host forge. Call it often.
    pub fn poll(&mut self, now: Duration) {
        self.session.poll(now);
        let events: Vec<SessionEvent> = self.session.events().collect();
        for event in events {
            self.answer(event);
        }
        self.follow_confirmed();
        self.work_orders(now);
    }

    /// Simulates a frame if one can be simulated. Call it when a frame is due.
    pub fn advance(&mut self, now: Duration) -> Option<Advance> {
        let input = self.choose_input();
        let advance = self.session.advance(now, input).ok();
        self.follow_confirmed();
        advance
    }

    fn me(&self) -> PlayerId {
        PlayerId(self.session.config().local_player)
    }

    fn peer(&self) -> PlayerId {
        PlayerId(1 - self.me().0)
    }

    fn is_host(&self) -> bool {
        self.session.config().local_player == self.session.config().host_player
    }

    /// Sets buttons and aim of the next frames (for [`Pilot::Outside`]).
    pub fn press(&mut self, buttons: u8, aim: u8) {
        (self.pressed.buttons, self.pressed.aim) = (buttons, aim);
    }

    /// Asks the forge for a weapon, if the wish can come true as far as this side knows. Only then is a request made:
    /// a prompt that is refused here costs no cooldown.
    ///
    /// # Errors
    /// [`WishRefused`] says why not.
    pub fn ask(&mut self, prompt: &str) -> Result<(), WishRefused> {
        let parsed = Prompt::parse(prompt)?;
        moderation::judge(&parsed).map_err(WishRefused::Moderated)?;
        let me = self.me();
        let player = self.state().players()[me.index()];
        // A request that the input delay still holds back is under way, too.
        let is_under_way = player.request_seq != u32::from(self.asked.request_seq);
        if player.open_request().is_some() || is_under_way {
            return Err(WishRefused::AtWork);
        }
        if player.forge_cooldown_frames > 0 {
            let frames = player.forge_cooldown_frames;
            return Err(WishRefused::OnCooldown { frames });
        }
        if let Some(mastery) = Mastery::of(prompt) {
            let now_frame = self.session.current_frame();
            let frames = self.armory.ledger().mastery_wait_frames(me.0, now_frame);
            if frames > 0 {
                let title = mastery.title;
                return Err(WishRefused::MasterMustWait { title, frames });
            }
        }
        self.wish(prompt);
        Ok(())
    }

    /// Makes a request whatever this side thinks of it, as an altered program would. The simulation decides whether it is accepted.
    pub fn wish(&mut self, prompt: &str) {
        let request_seq = self.asked.request_seq.wrapping_add(1);
        self.asked.request_seq = request_seq;
        self.hint = archetype_hint(prompt);
        let now_frame = self.session.current_frame();
        self.armory.note_prompt((self.me().0, request_seq), prompt, now_frame);
        let text = prompt;
        // A full lane loses the prompt: then the fallback comes, as for any silent peer.
        self.say(&Message::Prompt { request_seq, text });
    }

    fn say(&mut self, message: &Message<'_>) {
        let _ = self.session.send_message(&message.encode());
    }

    fn choose_input(&mut self) -> Input {
        let me = self.me();
        let mut input = match &self.pilot {
            Pilot::Outside => self.pressed,
            Pilot::Bot { kind, level, .. } => {
                bot_input(*kind, *level, self.session.simulation().def(), self.session.state(), me)
            }
        };
        let frame = self.session.current_frame();
        if let Some(prompt) = self.pilot.next_wish(self.session.state(), frame, me, &self.asked) {
            self.asked.count += 1;
            if let Err(why) = self.ask(&prompt) {
                self.notes.push(Note::PromptRefused { player: me.0, why });
            }
        }
        let commit = self.session.commit();
        input.request_seq = self.asked.request_seq;
        input.archetype_hint = self.hint;
        input.commit_seq = commit.seq;
        input.commit_slot = commit.slot;
        input
    }

    /// Ends this side without a word and gives the path back.
    pub fn into_transport(self) -> T {
        self.session.into_transport()
    }

    /// Whether this process was started again in the middle of the match.
    pub fn has_rejoined(&self) -> bool {
        self.has_rejoined
    }

    /// Ends the match after this many frames: both sides compare the last one, and count events only below it.
    /// A match that nobody ends so ends when it is decided.
    pub fn end_at(&mut self, frame: u32) {
        self.end_frame = Some(frame);
        // Another end stands already, or there is no match any more: then the session says what it compared.
        let _ = self.session.end_at(frame);
    }

    /// Says goodbye.
    pub fn leave(&mut self, now: Duration, reason: LeaveReason) {
        self.session.leave(now, reason);
    }

    /// Takes out what there is to tell.
    pub fn notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// Takes out what happened, as the session tells it: predicted, confirmed, cancelled. For pictures and sounds.
    pub fn happenings(&mut self) -> Drain<'_, GameEvent<Event>> {
        self.happenings.drain(..)
    }

    /// The session.
    pub fn session(&self) -> &Session<DuelSim, T> {
        &self.session
    }

    /// The session, for recording.
    pub fn session_mut(&mut self) -> &mut Session<DuelSim, T> {
        &mut self.session
    }

    /// The newest state.
    pub fn state(&self) -> &DuelState {
        self.session.state()
    }

    /// Names and sprites.
    pub fn armory(&self) -> &Armory {
        &self.armory
    }

    /// Counters of the session.
    pub fn stats(&self) -> Stats {
        self.session.stats()
    }

    /// What happened to weapons.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Whether the session is over.
    pub fn is_closed(&self) -> bool {
        matches!(self.session.phase(), Phase::Closed(_))
    }
}
