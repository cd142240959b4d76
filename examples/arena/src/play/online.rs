//! Owns a match against somebody elsewhere: the room, the steps until it begins, the session, and what the player is told.
//! Must not know keys or pictures.

use super::contest::{Contest, Forging, Status, Step};
use super::host;
use super::local::MakeForging;
use super::wishes;
use crate::desync;
use crate::duel::{DuelPeer, GAME_ID, Note, Pilot};
use crate::forging::ThreadForging;
use crate::gliding::Gliding;
use crate::ledger::Taste;
use crate::record::{RecordFault, Tape};
use crate::refusals::WishRefused;
use crate::render::{Changes, Hud};
use crate::rules;
use crate::shelf::Recording;
use pvp_net::transport::redial::Redial;
use pvp_net::transport::webrtc::{Meeting, WebRtcConfig};
use pvp_net::{Advance, Comparison, InputDelay, LeaveReason, Liveness, Refusal, SessionConfig, Stats, Transport};
use pvp_sim::{DuelState, MatchDef, MatchState};
use std::time::Duration;

/// Who plays where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OnlineOptions {
    /// Where rooms are looked for, such as `ws://127.0.0.1:3536`; with commas between several, tried in their order.
    pub(super) signaling_url: String,
    /// The room's code.
    pub(super) code: String,
    /// What the other player reads.
    pub(super) name: String,
    /// STUN and TURN servers.
    pub(super) ice_urls: Vec<String>,
    /// What this player takes of the other one.
    pub(super) taste: Taste,
    /// Frames from key to effect.
    pub(super) input_delay_frames: Option<u8>,
    /// This player's half of the match seed.
    pub(super) entropy: u64,
    /// How long to wait for somebody.
    pub(super) wait: Duration,
    /// Where matches are recorded.
    pub(super) replay: Recording,
}

/// The way to the other player; it is opened again when it closes.
type Way = Redial<Meeting, Box<dyn FnMut() -> Option<Meeting>>>;

enum Stage {
    /// In the room, until somebody else is there too.
    Meeting(Box<Meeting>),
    /// A path exists.
    Playing(Box<DuelPeer<Way>>),
    /// It will not go on.
    Failed,
}

/// A match over WebRTC.
pub(super) struct OnlineMatch {
    options: OnlineOptions,
    has_moved: bool,
    make_forging: MakeForging,
    /// How the other player comes here.
    hints: Vec<String>,
    stage: Stage,
    failure: Option<String>,
    /// What is shown before there is a session.
    def: Box<MatchDef>,
    before: DuelState,
    /// Where the other player is drawn.
    gliding: Gliding,
    hud: Hud,
    message_until: Duration,
    due: Duration,
    seat: [u8; 1],
    liveness: Liveness,
    is_desynced: bool,
    peer_name: Option<String>,
    history: Vec<Forging>,
    tape: Tape,
    /// What is known of a desync, until the match is void.
    trace: String,
}

const MESSAGE_TIME: Duration = Duration::from_secs(4);
const DELAY_FRAMES: u8 = 2;
/// A delay that follows the connection stays playable.
const AUTO_DELAY_FRAMES_MAX: u8 = 5;

/// Where the room is, on each server.
fn addresses(options: &OnlineOptions) -> Vec<String> {
    let servers = options.signaling_url.split(',').map(str::trim);
    servers
        .map(|server| format!("{}/{}", server.trim_end_matches('/'), options.code))
        .collect()
}

fn path_config(options: &OnlineOptions) -> WebRtcConfig {
    WebRtcConfig {
        ice_urls: options.ice_urls.clone(),
        connect_timeout: options.wait,
        jitter_seed: options.entropy,
        ..WebRtcConfig::default()
    }
}

impl OnlineMatch {
    /// Goes to the room.
    ///
    /// # Errors
    /// A sentence for the player, if the address is none or the system has no threads.
    pub(super) fn join(options: OnlineOptions) -> Result<OnlineMatch, String> {
        let meeting = Meeting::join(&addresses(&options), path_config(&options)).map_err(|error| error.to_string())?;
        let def = rules::duel(0);
        Ok(OnlineMatch {
            hints: host::invitation(&options.signaling_url, &options.code),
            tape: Tape::new(options.replay.clone()),
            options,
            has_moved: false,
            make_forging: ThreadForging::boxed,
            stage: Stage::Meeting(Box::new(meeting)),
            failure: None,
            before: DuelState::new(&def),
            gliding: Gliding::new(1, &DuelState::new(&def)),
            def: Box::new(def),
            hud: Hud::default(),
            message_until: Duration::ZERO,
            due: Duration::ZERO,
            seat: [0],
            liveness: Liveness::Good,
            is_desynced: false,
            peer_name: None,
            history: Vec::new(),
            trace: String::new(),
        })
    }

    fn fail(&mut self, why: String) {
        tracing::info!("{why}");
        self.failure.get_or_insert(why);
        self.finish_record();
        self.stage = Stage::Failed;
    }

    /// Whether somebody is there.
    fn meet(&mut self, now: Duration) {
        let Stage::Meeting(meeting) = &mut self.stage else {
            return;
        };
        if let Some(error) = meeting.error() {
            let why = error.to_string();
            return self.fail(why);
        }
        let mut nothing = Vec::new();
        if meeting.player().is_none() {
            while meeting.receive(now, &mut nothing).is_some() {}
        }
        let Some(player) = meeting.player() else { return };
        let Stage::Meeting(meeting) = std::mem::replace(&mut self.stage, Stage::Failed) else {
            return;
        };
        // A path that is lost in the middle of a match is looked for again in the same rooms.
        let (rooms, config) = (addresses(&self.options), path_config(&self.options));
        let again = move || Meeting::join(&rooms, config.clone()).ok();
        self.sit(
            Redial::new(*meeting, Box::new(again), self.options.entropy),
            player,
            now,
        );
    }

    fn sit(&mut self, way: Way, player: u8, now: Duration) {
        self.seat = [player];
        let mut config = SessionConfig::new(player, GAME_ID);
        config.entropy = self.options.entropy;
        config.connect_timeout = self.options.wait;
        // A game that was closed and started again comes back into its match.
        config.takes_state = true;
        config.name = self.options.name.clone();
        config.input_delay_frames = self.options.input_delay_frames.unwrap_or(DELAY_FRAMES);
        if self.options.input_delay_frames.is_none() {
            config.input_delay = InputDelay::Auto {
                frames_max: AUTO_DELAY_FRAMES_MAX,
            };
        }
        match DuelPeer::new(way, config, Pilot::Outside, self.make_forging, now) {
            Ok(peer) => {
                let mut peer = peer.with_taste(self.options.taste);
                self.gliding = Gliding::new(1 - player, peer.state());
                peer.session_mut().record_confirmed(self.tape.is_on());
                self.stage = Stage::Playing(Box::new(peer));
            }
            Err(error) => self.fail(error.to_string()),
        }
    }

    /// Whoever comes back may be given the other player's seat by the room: the one that is left is theirs.
    fn change_seat(&mut self, now: Duration) {
        self.has_moved = true;
        if let Stage::Playing(peer) = std::mem::replace(&mut self.stage, Stage::Failed) {
            self.sit(peer.into_transport(), 1 - self.seat[0], now);
        }
    }

    fn play(&mut self, now: Duration) {
        let Stage::Playing(peer) = &mut self.stage else { return };
        peer.poll(now);
        while now >= self.due {
            self.before = *peer.state();
            if let Some(Advance::Stepped {
                rollback_depth_frames, ..
            }) = peer.advance(now)
            {
                self.gliding.follow(peer.state(), rollback_depth_frames);
            }
            let earliest = now.saturating_sub(Duration::from_millis(50));
            self.due = self.due.max(earliest) + peer.session().frame_duration();
        }
        for told in peer.happenings() {
            self.hud.effects.follow(&told);
            self.hud.cues.follow(&told);
        }
        self.hud.changes = Some(Changes::of(peer.session().confirmed_state()));
        self.hud.effects.settle(peer.state());
        self.hud.cues.settle(peer.state().frame().0);
        let notes = peer.notes();
        if notes.contains(&Note::Rematch) {
            // Before anything of the new match could be written into the old one's file.
            self.begin_again();
        }
        let fault = self.record();
        for note in notes {
            self.tell(now, &note);
        }
        // After the notes, so that none of them covers what it says.
        self.stop_recording(fault);
    }

    fn record(&mut self) -> Option<RecordFault> {
        let Stage::Playing(peer) = &mut self.stage else {
            return None;
        };
        // A game that was started again has not seen the beginning.
        if peer.has_rejoined() {
            self.tape.leave_off(peer.session_mut());
            return None;
        }
        self.tape.follow(peer.session_mut(), u32::MAX)
    }

    fn finish_record(&mut self) {
        let fault = self.tape.finish();
        self.stop_recording(fault);
    }

    /// A full disk must not end a match.
    fn stop_recording(&mut self, fault: Option<RecordFault>) {
        if let Some(fault) = fault {
            tracing::warn!(%fault, "recording stopped");
            self.say(self.due, format!("recording stopped: {fault}"));
        }
    }

    fn tell(&mut self, now: Duration, note: &Note) {
        let message = match note {
            Note::Connected { peer_name } => {
                self.peer_name = Some(peer_name.clone());
                format!("you play against {peer_name}")
            }
            Note::Forged {
                player,
                name,
                fallback,
                why,
            } => self.note_forged(*player, name, *fallback, *why),
            Note::Physics { .. } => wishes::physics_text(note).unwrap_or_default(),
            Note::PromptRefused { why, .. } => why.to_string(),
            Note::RematchOffered => {
                let who = self.peer_name.clone().unwrap_or_else(|| "the other player".to_owned());
                format!("{who} wants another match (R)")
            }
            Note::Rematch => "another match".to_owned(),
            Note::Resumed => "the match goes on".to_owned(),
            Note::RoundEnded { winner } => {
                tracing::info!(?winner, "round over");
                return;
            }
            Note::Liveness(liveness) => {
                self.liveness = *liveness;
                return;
            }
            Note::Desync { .. } => {
                self.is_desynced = true;
                "the two games differ: looking for where it began".to_owned()
            }
            // The other side looks for the fault too, and leaves when it is found.
            Note::PeerLeft(_) if self.is_desynced => return,
            Note::DesyncTraced { report } => {
                self.trace = format!("{report}{}", self.save_evidence());
                return;
            }
            Note::Void { frame } => {
                let trace = std::mem::take(&mut self.trace);
                return self.fail(format!("the two games differ, void after frame {frame}: {trace}"));
            }
            Note::Ended {
                comparison: Comparison::NotCompared,
                ..
            } => "the other game's last frame could not be compared".to_owned(),
            Note::Ended { .. } => return,
            Note::RecordingStopped { why } => format!("recording stopped: {why}"),
            Note::PeerLeft(reason) => {
                let who = self.peer_name.clone().unwrap_or_else(|| "the other player".to_owned());
                return self.fail(format!("{who} {}", goodbye(reason)));
            }
            Note::Refused(Refusal::SamePlayer { player }) if *player == self.seat[0] && !self.has_moved => {
                return self.change_seat(now);
            }
            Note::Refused(refusal) => return self.fail(refusal.to_string()),
            Note::PathClosed(reason) => return self.fail(format!("the path is closed: {reason}")),
        };
        self.say(now, message);
    }

    fn begin_again(&mut self) {
        self.finish_record();
        if let Stage::Playing(peer) = &mut self.stage {
            self.tape.begin_again(peer.session_mut());
        }
        self.hud.weapons = [None, None];
        self.history.clear();
    }

    /// Keeps the evidence of a desync among the temporary files; says where.
    fn save_evidence(&self) -> String {
        let Stage::Playing(peer) = &self.stage else {
            return String::new();
        };
        let Some(evidence) = peer.session().desync_evidence() else {
            return String::new();
        };
        match desync::save(evidence, &std::env::temp_dir()) {
            Ok(path) => format!("; evidence: {}", path.display()),
            Err(error) => format!("; {error}"),
        }
    }

    fn note_forged(&mut self, player: u8, name: &str, fallback: bool, why: Option<WishRefused>) -> String {
        let mut is_foreign_ai = false;
        if let Stage::Playing(peer) = &self.stage {
            let sprite = wishes::forged_sprite(peer, player, fallback);
            self.hud.weapons[usize::from(player % 2)] = sprite.map(|sprite| (name.to_owned(), sprite));
            let card = wishes::card(peer.armory(), peer.state(), player, name, fallback);
            self.hud.cards[usize::from(player % 2)] = Some(card);
            self.history.push(wishes::appraised(peer, player, name, fallback));
            is_foreign_ai = !fallback && wishes::is_foreign_ai(peer, player);
        }
        let who = match &self.peer_name {
            _ if player == self.seat[0] => "you hold".to_owned(),
            Some(peer_name) => format!("{peer_name} holds"),
            None => "the other one holds".to_owned(),
        };
        wishes::holds_text(&who, name, why, is_foreign_ai)
    }

    fn say(&mut self, now: Duration, message: String) {
        tracing::info!(frame = self.state().frame().0, "{message}");
        self.hud.message = message;
        self.message_until = now + MESSAGE_TIME;
    }

    fn steps(&self) -> Status {
        let is_met = matches!(self.stage, Stage::Playing(_));
        let room = format!("room {} at {}", self.options.code, self.options.signaling_url);
        Status::Preparing {
            title: format!("ROOM {}", self.options.code),
            steps: [
                (room, true),
                ("the other player comes, a path is found".to_owned(), is_met),
                ("both games compare rules and seed".to_owned(), false),
            ]
            .map(|(text, is_done)| Step { text, is_done })
            .into(),
            hints: self.hints.clone(),
        }
    }
}

/// What somebody who left has done, in words.
const fn goodbye(reason: &LeaveReason) -> &'static str {
    match reason {
        LeaveReason::Quit => "left the match",
        LeaveReason::Finished => "left after the match",
        LeaveReason::Forfeit => "gave the match up",
        LeaveReason::TimedOut => "was not heard any more",
        _ => "is gone",
    }
}

impl Contest for OnlineMatch {
    fn run_until(&mut self, now: Duration) {
        self.meet(now);
        self.play(now);
        if now >= self.message_until {
            self.hud.message.clear();
        }
    }

    fn seats(&self) -> &[u8] {
        &self.seat
    }

    fn press(&mut self, _: usize, buttons: u8, aim: u8) {
        if let Stage::Playing(peer) = &mut self.stage {
            peer.press(buttons, aim);
        }
    }

    fn wish(&mut self, now: Duration, _: usize, prompt: &str) {
        if let Stage::Playing(peer) = &mut self.stage {
            let message = wishes::ask(peer, prompt);
            self.say(now, message);
        }
    }

    fn state(&self) -> &DuelState {
        match &self.stage {
            Stage::Playing(peer) => peer.state(),
            _ => &self.before,
        }
    }

    fn state_before(&self) -> &DuelState {
        &self.before
    }

    fn pictured(&self) -> [&DuelState; 2] {
        match &self.stage {
            Stage::Playing(_) => self.gliding.pictured(),
            _ => [&self.before, &self.before],
        }
    }

    fn blend(&self, now: Duration) -> i32 {
        let Stage::Playing(peer) = &self.stage else { return 256 };
        let frame = peer.session().frame_duration();
        let left = self.due.saturating_sub(now).min(frame);
        256 - (left.as_micros() * 256 / frame.as_micros().max(1)) as i32
    }

    fn def(&self) -> &MatchDef {
        match &self.stage {
            Stage::Playing(peer) => peer.session().simulation().def(),
            _ => &self.def,
        }
    }

    fn hud(&self) -> &Hud {
        &self.hud
    }

    fn hud_mut(&mut self) -> &mut Hud {
        &mut self.hud
    }

    fn status(&self) -> Status {
        match (&self.stage, &self.failure) {
            (Stage::Failed, failure) | (_, failure @ Some(_)) => Status::Over {
                text: failure.clone().unwrap_or_else(|| "the match is over".to_owned()),
            },
            (Stage::Meeting(_), None) => self.steps(),
            (Stage::Playing(peer), None) => match self.liveness {
                _ if peer.session().current_frame() == 0 => self.steps(),
                Liveness::Lost { left } => Status::Waiting { left },
                _ => Status::Playing,
            },
        }
    }

    fn stats(&self) -> Option<Stats> {
        match &self.stage {
            Stage::Playing(peer) => Some(peer.stats()),
            _ => None,
        }
    }

    fn input_delay_frames(&self) -> u8 {
        match &self.stage {
            Stage::Playing(peer) => peer.session().input_delay_frames(),
            _ => self.options.input_delay_frames.unwrap_or(DELAY_FRAMES),
        }
    }

    fn history(&self) -> &[Forging] {
        &self.history
    }

    fn can_pause(&self) -> bool {
        false
    }

    fn rematch(&mut self, now: Duration) -> bool {
        let Stage::Playing(peer) = &mut self.stage else {
            return false;
        };
        let is_asked = peer.session_mut().rematch().is_ok();
        if is_asked {
            self.say(now, "you want another match: the other player is asked".to_owned());
        }
        is_asked
    }

    fn leave(&mut self, now: Duration) {
        self.finish_record();
        if let Stage::Playing(peer) = &mut self.stage {
            let is_decided = peer.state().is_finished();
            let reason = if is_decided {
                pvp_net::LeaveReason::Finished
            } else {
                pvp_net::LeaveReason::Quit
            };
            peer.leave(now, reason);
        }
    }
}

#[cfg(test)]
mod tests;
