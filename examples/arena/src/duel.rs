//! Owns one player's side of a match: a session over `pvp-sim`, who presses the buttons, and the way from prompt to weapon.
//! Must not know a window, a clock or a socket; time comes in as an argument.

use crate::armory::{Armory, Made, RequestKey};
use crate::forging::{Done, Forging, Job};
use crate::master::MASTERY_COOLDOWN_FRAMES;
use crate::rules;
use pvp_net::sim::DuelSim;
use pvp_net::{
    Advance, Comparison, ConfigError, EpochCause, EventPhase, GameEvent, LeaveReason, Phase, Session, SessionConfig,
    SessionEvent, Stats, Transport,
};
use pvp_sim::bot::{BotKind, bot_input};
use pvp_sim::{DuelState, Event, Input, MatchState, PlayerId};
use std::collections::VecDeque;
use std::collections::vec_deque::Drain;
use std::time::Duration;
use weapon_gen::archetype_hint;

/// Names the game in the handshake.
pub const GAME_ID: u64 = 0x5049_5845_4c46_4f52;
/// Version of the offered bytes and of the messages beside the match.
pub const CONTENT_VERSION: u32 = 1;
/// A prompt on the reliable lane: kind, request counter, text.
const MESSAGE_PROMPT: u8 = 1;
/// Why the host does not forge a prompt: kind, request counter, text.
const MESSAGE_REFUSAL: u8 = 2;

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
    /// Somebody outside sets the buttons with [`DuelPeer::press`].
    Outside,
}

/// Something to tell the player.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The peers agreed and the match begins.
    Connected {
        /// The other player's name.
        peer_name: String,
    },
    /// A weapon was forged and is in the player's hands.
    Forged {
        /// Whose.
        player: u8,
        /// Its name.
        name: String,
        /// Whether no commit came in time.
        fallback: bool,
    },
    /// The other player wants another match.
    RematchOffered,
    /// Another match on the same connection begins.
    Rematch,
    /// The match goes on after the connection was lost.
    Resumed,
    /// A round is over.
    RoundEnded {
        /// Who took it; nobody in a draw.
        winner: Option<u8>,
    },
    /// The physics changed for everybody.
    Physics {
        /// What changed.
        kind: pvp_sim::ModKind,
        /// By how much, in 1/256.
        factor: u16,
        /// For how long.
        frames: u16,
    },
    /// The forge does not make this prompt.
    PromptRefused {
        /// Whose.
        player: u8,
        /// Why, for the player.
        why: String,
    },
    /// The connection changed.
    Liveness(pvp_net::Liveness),
    /// The two simulations differ.
    Desync {
        /// What is known.
        report: String,
    },
    /// Where the desync began; the session holds the evidence now.
    DesyncTraced {
        /// What is known.
        report: String,
    },
    /// The match is over: what comparing its last frame came to.
    Ended {
        /// The last frame.
        frame: u32,
        /// Equal, different, or not compared.
        comparison: Comparison,
    },
    /// The two simulations differ, and the match is over.
    Void {
        /// The last frame that both sides agree on.
        frame: u32,
    },
    /// The match is not recorded any more.
    RecordingStopped {
        /// What the system says.
        why: String,
    },
    /// The other player left.
    PeerLeft(LeaveReason),
    /// The two sides do not fit together.
    Refused(pvp_net::Refusal),
    /// The path to the other player is gone.
    PathClosed(pvp_net::CloseReason),
}

/// What happened to weapons in confirmed frames.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Weapons that the host committed.
    pub weapons_committed: u32,
    /// Weapons that nobody committed in time.
    pub weapons_fallback: u32,
    /// Commits that answered nothing.
    pub commits_ignored: u32,
    /// Offers that the other side refused.
    pub offers_refused: u32,
    /// Rounds that each player took.
    pub rounds_won: [u32; 2],
    /// The winner once the match is decided; `Some(None)` is a draw.
    pub winner: Option<Option<u8>>,
}

/// One side of a match.
pub struct DuelPeer<T: Transport> {
    session: Session<DuelSim, T>,
    armory: Armory,
    forging: Box<dyn Forging>,
    pilot: Pilot,
    pressed: Input,
    request_seq: u8,
    has_rejoined: bool,
    hint: u8,
    wishes_made: usize,
    /// Confirmed requests whose prompt has not arrived yet.
    orders: Vec<RequestKey>,
    notes: Vec<Note>,
    happenings: VecDeque<GameEvent<Event>>,
    tally: Tally,
    /// The host: when each player's next master prompt may come.
    mastery_ready: [u32; 2],
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
        let simulation = DuelSim::judged(def, armory.judge());
        let start = simulation.start();
        Ok(DuelPeer {
            session: Session::new(simulation, start, transport, config, now)?.with_inspect(),
            forging: forging(armory.clone()),
            armory,
            pilot,
            pressed: Input::default(),
            request_seq: 0,
            has_rejoined: false,
            hint: 0,
            wishes_made: 0,
            orders: Vec::new(),
            notes: Vec::new(),
            happenings: VecDeque::new(),
            tally: Tally::default(),
            mastery_ready: [0; 2],
            end_frame: None,
        })
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

    fn is_host(&self) -> bool {
        self.session.config().local_player == self.session.config().host_player
    }

    /// Sets buttons and aim of the next frames (for [`Pilot::Outside`]).
    pub fn press(&mut self, buttons: u8, aim: u8) {
        (self.pressed.buttons, self.pressed.aim) = (buttons, aim);
    }

    /// Asks the forge for a weapon. The simulation decides whether the request is accepted.
    pub fn wish(&mut self, prompt: &str) {
        self.request_seq = self.request_seq.wrapping_add(1);
        self.hint = archetype_hint(prompt);
        let key = (self.me().0, self.request_seq);
        self.armory.note_prompt(key, prompt);
        let mut message = vec![MESSAGE_PROMPT, self.request_seq];
        message.extend_from_slice(prompt.as_bytes());
        // A full lane loses the prompt: then the fallback comes, as for any silent peer.
        let _ = self.session.send_message(&message);
    }

    fn choose_input(&mut self) -> Input {
        let mut input = match &self.pilot {
            Pilot::Outside => self.pressed,
            Pilot::Bot { kind, level, .. } => bot_input(
                *kind,
                *level,
                self.session.simulation().def(),
                self.session.state(),
                self.me(),
            ),
        };
        if let Some(prompt) = self.next_wish() {
            self.wish(&prompt);
        }
        let commit = self.session.commit();
        input.request_seq = self.request_seq;
        input.archetype_hint = self.hint;
        input.commit_seq = commit.seq;
        input.commit_slot = commit.slot;
        input
    }

    /// A bot asks whenever its last request was answered and the forge has cooled down; the first time after two seconds,
    /// never once the match is decided.
    fn next_wish(&mut self) -> Option<String> {
        let Pilot::Bot { prompts, level, .. } = &self.pilot else {
            return None;
        };
        let player = self.session.state().players()[self.me().index()];
        let is_ready = player.open_request().is_none() && player.forge_cooldown_frames == 0;
        let has_arrived = player.request_seq == u32::from(self.request_seq);
        let frame = self.session.current_frame();
        let first = 120 + 60 * u32::from(self.me().0);
        // A weak bot takes its time between two weapons.
        let pause = [1800, 900, 0][usize::from(level.clamp(&1, &3) - 1)];
        let is_due = frame >= first + pause * self.wishes_made as u32;
        if prompts.is_empty() || !is_ready || !has_arrived || !is_due || self.session.state().is_finished() {
            return None;
        }
        let prompt = prompts[self.wishes_made % prompts.len()].clone();
        self.wishes_made += 1;
        Some(prompt)
    }

    fn answer(&mut self, event: SessionEvent) {
        match event {
            SessionEvent::Connected { peer_name, match_seed } => {
                self.armory.begin_match(match_seed);
                self.notes.push(Note::Connected { peer_name });
            }
            SessionEvent::Message(bytes) => self.read_message(&bytes),
            SessionEvent::Content(pvp_net::ContentEvent::RefusedByPeer { .. }) => self.tally.offers_refused += 1,
            SessionEvent::Desync(report) => self.notes.push(Note::Desync {
                report: format!("{report:?}"),
            }),
            SessionEvent::DesyncTraced(trace) => self.notes.push(Note::DesyncTraced {
                report: trace.to_string(),
            }),
            SessionEvent::MatchEnded { frame, comparison } => self.notes.push(Note::Ended { frame, comparison }),
            SessionEvent::Void { frame } => self.notes.push(Note::Void { frame }),
            SessionEvent::Liveness(liveness) => self.notes.push(Note::Liveness(liveness)),
            SessionEvent::PeerLeft { reason } => self.notes.push(Note::PeerLeft(reason)),
            SessionEvent::RematchOffered => self.notes.push(Note::RematchOffered),
            SessionEvent::EpochStarted { cause, .. } => self.answer_epoch(cause),
            SessionEvent::Refused(refusal) => self.notes.push(Note::Refused(refusal)),
            SessionEvent::TransportClosed(reason) => self.notes.push(Note::PathClosed(reason)),
            _ => {}
        }
    }

    fn answer_epoch(&mut self, cause: EpochCause) {
        match cause {
            EpochCause::Rematch { match_seed } => {
                self.armory.begin_match(match_seed);
                (self.request_seq, self.hint, self.wishes_made) = (0, 0, 0);
                self.orders.clear();
                self.tally = Tally::default();
                self.mastery_ready = [0; 2];
                self.notes.push(Note::Rematch);
            }
            EpochCause::Resumed { .. } => self.notes.push(Note::Resumed),
            EpochCause::Rejoined => {
                self.find_back();
                self.notes.push(Note::Resumed);
            }
            EpochCause::PeerRejoined => {
                self.repeat_prompt();
                self.notes.push(Note::Resumed);
            }
            _ => {}
        }
    }

    /// This process was started again in the middle of the match: what it forgot is read from the state.
    fn find_back(&mut self) {
        self.has_rejoined = true;
        let players = self.session.state().players();
        self.request_seq = players[self.me().index()].request_seq as u8;
        for (player, key) in players.iter().zip(0..) {
            // The other side tells its prompt again; this side's own is forgotten, so a fallback will come for it.
            self.orders
                .extend(player.open_request().map(|(request_seq, _)| (key, request_seq)));
        }
    }

    /// The other side was started again and has forgotten what this side asked the forge for.
    fn repeat_prompt(&mut self) {
        let Some((request_seq, _)) = self.session.state().players()[self.me().index()].open_request() else {
            return;
        };
        if let Some(prompt) = self.armory.prompt((self.me().0, request_seq)) {
            let mut message = vec![MESSAGE_PROMPT, request_seq];
            message.extend_from_slice(prompt.as_bytes());
            // A full lane loses the prompt: then the fallback comes.
            let _ = self.session.send_message(&message);
        }
    }

    /// Ends this side without a word and gives the path back.
    pub fn into_transport(self) -> T {
        self.session.into_transport()
    }

    /// Whether this process was started again in the middle of the match.
    pub fn has_rejoined(&self) -> bool {
        self.has_rejoined
    }

    fn read_message(&mut self, bytes: &[u8]) {
        let [kind, request_seq, text @ ..] = bytes else { return };
        let Ok(text) = std::str::from_utf8(text) else { return };
        let peer = 1 - self.me().0;
        match *kind {
            MESSAGE_PROMPT => self.armory.note_prompt((peer, *request_seq), text),
            MESSAGE_REFUSAL => {
                let why = weapon_gen::vet_name(text).unwrap_or_else(|| "the host does not forge that".to_owned());
                self.notes.push(Note::PromptRefused {
                    player: self.me().0,
                    why,
                });
            }
            _ => {}
        }
    }

    /// Events of confirmed frames: orders for the host's forge, and the tally.
    fn follow_confirmed(&mut self) {
        let end_frame = self.end_frame.unwrap_or(u32::MAX);
        let (mut happened, mut decided_at) = (Vec::new(), None);
        for told in self.session.game_events() {
            if told.phase == EventPhase::Confirmed && told.frame < end_frame {
                if matches!(told.event, Event::MatchEnded { .. }) {
                    decided_at = Some(told.frame + 1);
                }
                happened.push(told.event);
            }
            if self.happenings.len() == HAPPENING_COUNT_MAX {
                self.happenings.pop_front();
            }
            self.happenings.push_back(told);
        }
        if let Some(frame) = decided_at {
            // A match that ends by the clock has its end already.
            let _ = self.session.end_at(frame);
        }
        for event in happened {
            match event {
                Event::RequestAccepted { player, request_seq } => self.orders.push((player.0, request_seq)),
                Event::Forged {
                    player,
                    request_seq,
                    fallback,
                } => self.note_forged((player.0, request_seq), fallback),
                Event::RoundEnded { winner } => {
                    let winner = winner.map(|winner| winner.0);
                    if let Some(winner) = winner {
                        self.tally.rounds_won[usize::from(winner % 2)] += 1;
                    }
                    self.notes.push(Note::RoundEnded { winner });
                }
                Event::ModStarted { kind, factor, frames } => {
                    self.notes.push(Note::Physics { kind, factor, frames });
                }
                Event::CommitIgnored { .. } => self.tally.commits_ignored += 1,
                Event::MatchEnded { winner } => self.tally.winner = Some(winner.map(|winner| winner.0)),
                _ => {}
            }
        }
    }

    fn note_forged(&mut self, key: RequestKey, fallback: bool) {
        if fallback {
            self.tally.weapons_fallback += 1;
        } else {
            self.tally.weapons_committed += 1;
        }
        let piece = self.armory.piece(key).filter(|_| !fallback);
        let name = piece.map_or_else(|| "a spare weapon".to_owned(), |piece| piece.name);
        self.notes.push(Note::Forged {
            player: key.0,
            name,
            fallback,
        });
    }

    /// Both sides begin to forge once a request is confirmed and its prompt is here: the host offers what is done,
    /// the guest knows what to expect.
    fn work_orders(&mut self, now: Duration) {
        let armory = &self.armory;
        let forging = &mut self.forging;
        let match_seed = self.session.match_seed().unwrap_or(0);
        self.orders.retain(|key| match armory.prompt(*key) {
            Some(prompt) => {
                forging.begin(Job {
                    match_seed,
                    key: *key,
                    prompt,
                });
                false
            }
            None => true,
        });
        let is_host = self.is_host();
        while let Some(Done {
            match_seed: of,
            key,
            result,
        }) = self.forging.finished()
        {
            match result {
                _ if !is_host || of != match_seed => {}
                Ok(made) => self.offer(now, key, &made),
                Err(why) => self.tell_refusal(key, why),
            }
        }
    }

    fn offer(&mut self, now: Duration, key: RequestKey, made: &Made) {
        if let Made::Physics(mastery) = made {
            let ready = &mut self.mastery_ready[usize::from(key.0 % 2)];
            let frame = self.session.current_frame();
            if frame < *ready {
                let seconds = (*ready - frame) / 60 + 1;
                self.tell_refusal(key, format!("{} must wait {seconds} s", mastery.title));
                return;
            }
            *ready = frame + MASTERY_COOLDOWN_FRAMES;
        }
        // A refused offer means the fallback; the session's event tells about it.
        let _ = self.session.offer_content(now, &made.offer(key));
    }

    fn tell_refusal(&mut self, key: RequestKey, why: String) {
        if key.0 == self.me().0 {
            self.notes.push(Note::PromptRefused { player: key.0, why });
            return;
        }
        let mut message = vec![MESSAGE_REFUSAL, key.1];
        message.extend_from_slice(why.as_bytes());
        let _ = self.session.send_message(&message);
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
