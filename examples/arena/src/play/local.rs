//! Owns a match in this process: two sessions over a perfect link, for a person against a bot or two persons at one machine.
//! Must not know a window or a clock.

use super::contest::{Contest, Forging, Status};
use super::wishes;
use crate::armory::Armory;
use crate::duel::{DuelPeer, GAME_ID, Note, Pilot};
use crate::forging::{self, ThreadForging};
use crate::prompts;
use crate::record::{RecordFault, Tape};
use crate::render::{Changes, Hud};
use crate::shelf::Recording;
use pvp_net::transport::link::{Link, LinkConfig, LinkControl};
use pvp_net::{ConfigError, SessionConfig, Stats};
use pvp_sim::bot::BotKind;
use pvp_sim::{DuelState, MatchDef, MatchState};
use std::time::Duration;

/// Who plays, and where it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalOptions {
    /// The bot on the right; `None` is a second person.
    pub bot: Option<(BotKind, u8)>,
    /// Another match each time.
    pub seed: u64,
    /// Where matches are recorded.
    pub replay: Recording,
}

/// A place where weapons are made, begun with what is known of them.
pub(super) type MakeForging = fn(Armory) -> Box<dyn forging::Forging>;

/// A local match; player 0 is on the left.
pub struct LocalMatch {
    options: LocalOptions,
    make_forging: MakeForging,
    peers: [DuelPeer<Link>; 2],
    control: LinkControl,
    due: [Duration; 2],
    /// When this match began, on the clock of `run_until`.
    begun: Duration,
    before: DuelState,
    hud: Hud,
    message_until: Duration,
    history: Vec<Forging>,
    tape: Tape,
    seats: Vec<u8>,
}

const MESSAGE_TIME: Duration = Duration::from_secs(4);

impl LocalMatch {
    /// A match that begins within its first frames.
    ///
    /// # Errors
    /// [`ConfigError`] never occurs with these fixed choices; it is passed on all the same.
    pub fn new(options: LocalOptions) -> Result<LocalMatch, ConfigError> {
        LocalMatch::with_forging(options, ThreadForging::boxed)
    }

    /// As [`LocalMatch::new`], with another place where weapons are made.
    ///
    /// # Errors
    /// As [`LocalMatch::new`].
    pub fn with_forging(options: LocalOptions, make_forging: MakeForging) -> Result<LocalMatch, ConfigError> {
        let (peers, control) = sides(&options, make_forging)?;
        let tape = Tape::new(options.replay.clone());
        let before = *peers[0].state();
        let seats = if options.bot.is_some() { vec![0] } else { vec![0, 1] };
        Ok(LocalMatch {
            options,
            make_forging,
            peers,
            control,
            due: [Duration::ZERO; 2],
            begun: Duration::ZERO,
            before,
            hud: Hud::default(),
            message_until: Duration::ZERO,
            history: Vec::new(),
            tape,
            seats,
        })
    }

    fn advance(&mut self, now: Duration) {
        for (number, peer) in self.peers.iter_mut().enumerate() {
            peer.poll(now);
            if now < self.due[number] {
                continue;
            }
            if number == 0 {
                self.before = *peer.state();
            }
            peer.advance(now);
            let earliest = now.saturating_sub(Duration::from_millis(50));
            self.due[number] = self.due[number].max(earliest) + peer.session().frame_duration();
        }
    }

    fn record(&mut self, now: Duration) {
        let fault = self.tape.follow(self.peers[0].session_mut(), u32::MAX);
        self.stop_recording(now, fault);
    }

    /// A full disk must not end a match.
    fn stop_recording(&mut self, now: Duration, fault: Option<RecordFault>) {
        if let Some(fault) = fault {
            tracing::warn!(%fault, "recording stopped");
            self.say(now, format!("recording stopped: {fault}"));
        }
    }

    fn tell(&mut self, now: Duration, note: &Note) {
        let message = match note {
            Note::Forged {
                player,
                name,
                fallback,
                why,
            } => {
                let sprite = wishes::forged_sprite(&self.peers[0], *player, *fallback);
                self.hud.weapons[usize::from(*player % 2)] = sprite.map(|sprite| (name.clone(), sprite));
                let card = wishes::card(self.peers[0].armory(), self.peers[0].state(), *player, name, *fallback);
                self.hud.cards[usize::from(*player % 2)] = Some(card);
                let forging = wishes::appraised(&self.peers[0], *player, name, *fallback);
                self.history.push(forging);
                wishes::holds_text(&self.holder(*player), name, *why, false)
            }
            Note::PromptRefused { why, .. } => why.to_string(),
            Note::Connected { .. } => "fight!".to_owned(),
            Note::Physics { .. } => wishes::physics_text(note).unwrap_or_default(),
            Note::RoundEnded { winner } => {
                // The picture says it in large letters.
                tracing::info!(?winner, "round over");
                return;
            }
            _ => return,
        };
        self.say(now, message);
    }

    fn holder(&self, player: u8) -> String {
        match (player, self.options.bot) {
            (0, Some(_)) => "you hold".to_owned(),
            (_, Some(_)) => "the bot holds".to_owned(),
            (_, None) => format!("player {} holds", player + 1),
        }
    }

    fn say(&mut self, now: Duration, message: String) {
        tracing::info!(frame = self.state().frame().0, "{message}");
        self.hud.message = message;
        self.message_until = now + MESSAGE_TIME;
    }
}

fn sides(options: &LocalOptions, forging: MakeForging) -> Result<([DuelPeer<Link>; 2], LinkControl), ConfigError> {
    let seed = options.seed;
    let (a, b) = Link::pair(LinkConfig::new(seed, 0, 0, 0));
    let control = a.control();
    control.set_now(Duration::ZERO);
    let right = match options.bot {
        Some((kind, level)) => Pilot::Bot {
            kind,
            level,
            prompts: prompts::for_player(&[], 1),
        },
        None => Pilot::Outside,
    };
    let side = |player: u8, link, pilot| {
        let mut config = SessionConfig::new(player, GAME_ID);
        config.entropy = seed.wrapping_mul(2).wrapping_add(u64::from(player));
        config.input_delay_frames = 0;
        config.name = match (player, options.bot) {
            (1, Some((kind, level))) => format!("{} bot {level}", kind.name()),
            (0, Some(_)) => "player".to_owned(),
            _ => format!("player {}", player + 1),
        };
        DuelPeer::new(link, config, pilot, forging, Duration::ZERO)
    };
    let mut left = side(0, a, Pilot::Outside)?;
    left.session_mut().record_confirmed(options.replay.is_on());
    Ok(([left, side(1, b, right)?], control))
}

impl Contest for LocalMatch {
    fn run_until(&mut self, now: Duration) {
        let time = now.saturating_sub(self.begun);
        self.control.set_now(time);
        for _ in 0..2 {
            self.advance(time);
        }
        for told in self.peers[0].happenings() {
            self.hud.effects.follow(&told);
            self.hud.cues.follow(&told);
        }
        self.hud.changes = Some(Changes::of(self.peers[0].session().confirmed_state()));
        self.hud.effects.settle(self.peers[0].state());
        self.hud.cues.settle(self.peers[0].state().frame().0);
        for note in self.peers[0].notes() {
            self.tell(time, &note);
        }
        for note in self.peers[1].notes() {
            if matches!(note, Note::PromptRefused { .. }) && self.options.bot.is_none() {
                self.tell(time, &note);
            }
        }
        // After the notes, so that none of them covers what it says.
        self.record(time);
        if time >= self.message_until {
            self.hud.message.clear();
        }
    }

    fn seats(&self) -> &[u8] {
        &self.seats
    }

    fn press(&mut self, seat: usize, buttons: u8, aim: u8) {
        if let Some(number) = self.seats.get(seat) {
            self.peers[usize::from(*number)].press(buttons, aim);
        }
    }

    fn wish(&mut self, now: Duration, seat: usize, prompt: &str) {
        let Some(number) = self.seats.get(seat).copied() else {
            return;
        };
        let message = wishes::ask(&mut self.peers[usize::from(number)], prompt);
        self.say(now.saturating_sub(self.begun), message);
    }

    fn state(&self) -> &DuelState {
        self.peers[0].state()
    }

    fn state_before(&self) -> &DuelState {
        &self.before
    }

    fn blend(&self, now: Duration) -> i32 {
        let time = now.saturating_sub(self.begun);
        let frame = self.peers[0].session().frame_duration();
        let left = self.due[0].saturating_sub(time).min(frame);
        256 - (left.as_micros() * 256 / frame.as_micros().max(1)) as i32
    }

    fn def(&self) -> &MatchDef {
        self.peers[0].session().simulation().def()
    }

    fn hud(&self) -> &Hud {
        &self.hud
    }

    fn hud_mut(&mut self) -> &mut Hud {
        &mut self.hud
    }

    fn status(&self) -> Status {
        Status::Playing
    }

    fn stats(&self) -> Option<Stats> {
        Some(self.peers[0].stats())
    }

    fn input_delay_frames(&self) -> u8 {
        0
    }

    fn history(&self) -> &[Forging] {
        &self.history
    }

    fn can_pause(&self) -> bool {
        true
    }

    fn rematch(&mut self, now: Duration) -> bool {
        self.leave(now);
        let mut options = self.options.clone();
        options.seed = options.seed.wrapping_add(1);
        match LocalMatch::with_forging(options, self.make_forging) {
            Ok(fresh) => {
                *self = LocalMatch { begun: now, ..fresh };
                true
            }
            Err(_) => false,
        }
    }

    fn leave(&mut self, now: Duration) {
        let fault = self.tape.finish();
        self.stop_recording(now, fault);
    }
}

#[cfg(test)]
mod refusals;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forging::InlineForging;
    use pvp_sim::{Buttons, Fx};
    use std::path::PathBuf;

    fn inline(bot: Option<(BotKind, u8)>, replay: Option<PathBuf>) -> LocalMatch {
        let replay = replay.map_or(Recording::Nowhere, Recording::File);
        let options = LocalOptions { bot, seed: 5, replay };
        LocalMatch::with_forging(options, InlineForging::boxed).expect("fixed choices")
    }

    #[test]
    fn a_person_runs_forges_and_fights() {
        let mut game = inline(Some((BotKind::Aggressive, 2)), None);
        let mut now = Duration::ZERO;
        let start = game.state().players()[0].position;
        let mut ran = false;
        for frame in 0..4000u32 {
            now += Duration::from_millis(16);
            game.press(0, Buttons::RIGHT | Buttons::FIRE, 0);
            game.run_until(now);
            ran |= game.state().players()[0].position.x > start.x + Fx::from_int(3);
            if frame == 100 {
                game.wish(now, 0, "giant golden hammer");
                assert!(game.hud().message.starts_with("forging"), "{}", game.hud().message);
            }
            if game.hud().weapons[0]
                .as_ref()
                .is_some_and(|(name, _)| name == "giant golden hammer")
            {
                assert!(ran, "the person moved");
                assert_eq!(game.state().players()[0].is_starter, 0);
                assert!(game.history().iter().any(|item| item.name == "giant golden hammer"));
                return;
            }
        }
        panic!("the forged weapon never came: {:?}", game.hud());
    }

    #[test]
    fn refused_prompts_say_why() {
        let mut game = inline(Some((BotKind::Cautious, 1)), None);
        game.wish(Duration::ZERO, 0, "  ");
        assert_eq!(game.hud().message, "the prompt is empty");
        game.wish(Duration::ZERO, 0, "fuck sword");
        assert_eq!(game.hud().message, "that wording is too rude for this arena");
    }

    #[test]
    fn a_master_prompt_changes_the_physics_and_then_cools_down() {
        let mut game = inline(None, None);
        let mut now = Duration::ZERO;
        let run = |game: &mut LocalMatch, now: &mut Duration, frames: u32| {
            for _ in 0..frames {
                *now += Duration::from_millis(17);
                game.run_until(*now);
            }
        };
        run(&mut game, &mut now, 60);
        game.wish(now, 1, "moon gravity");
        run(&mut game, &mut now, 60);
        assert_eq!(game.hud().message, "gravity at 39 % for 15 s");
        run(&mut game, &mut now, 430);
        game.wish(now, 1, "double damage");
        assert!(
            game.hud().message.starts_with("double damage must wait"),
            "{}",
            game.hud().message
        );
        game.wish(now, 1, "bow");
        assert_eq!(game.hud().message, "forging: bow");
    }

    #[test]
    fn two_persons_play_and_a_rematch_begins_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("new").join("last.replay");
        let mut game = inline(None, Some(file.clone()));
        let mut now = Duration::ZERO;
        for _ in 0..200 {
            now += Duration::from_millis(17);
            game.press(0, Buttons::RIGHT, 0);
            game.press(1, Buttons::LEFT, 128);
            game.run_until(now);
        }
        let [a, b] = [0, 1].map(|number| game.state().players()[number].velocity.x);
        assert!(a > Fx::ZERO && b < Fx::ZERO, "{a:?} {b:?}");
        assert!((0..=256).contains(&game.blend(now)));
        assert!(game.rematch(now));
        assert_eq!(game.state().frame().0, 0);
        for _ in 0..30 {
            now += Duration::from_millis(17);
            game.run_until(now);
        }
        assert!(game.state().frame().0 > 0);
        drop(game);
        let verified = crate::record::verify_file(&file);
        assert!(verified.is_ok(), "{verified:?}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_that_is_full_stops_the_recording_once_and_not_the_match() {
        let mut game = inline(Some((BotKind::Aggressive, 1)), Some(PathBuf::from("/dev/full")));
        let mut told = 0;
        let mut now = Duration::ZERO;
        let mut before = String::new();
        for _ in 0..300 {
            now += Duration::from_millis(17);
            game.run_until(now);
            let message = game.hud().message.clone();
            told += u32::from(message.starts_with("recording stopped: ") && message != before);
            before = message;
        }
        assert_eq!(told, 1, "told once");
        assert!(game.state().frame().0 > 250, "the match goes on");
        assert_eq!(game.tape.is_written(), Some(false));
        game.leave(now);
    }
}
