//! Owns a match of one player against a bot in this process: two sessions over a perfect link.
//! Must not know a window or a clock.

use crate::armory::Armory;
use crate::duel::{DuelPeer, GAME_ID, Note, Pilot};
use crate::forging::{Forging, ThreadForging};
use crate::prompts;
use crate::render::{Hud, Prompt};
use pvp_net::transport::link::{Link, LinkConfig, LinkControl};
use pvp_net::{ConfigError, SessionConfig};
use pvp_sim::bot::BotKind;
use pvp_sim::{Angle, Archetype, DuelState, MatchDef, MatchState, Vec2};
use std::time::Duration;
use weapon_gen::Sprite;

/// A local match; player 0 is the person, player 1 the bot.
pub struct LocalMatch {
    peers: [DuelPeer<Link>; 2],
    control: LinkControl,
    due: [Duration; 2],
    hud: Hud,
    message_until: Duration,
}

const MESSAGE_TIME: Duration = Duration::from_secs(4);

impl LocalMatch {
    /// A match that begins within its first frames.
    ///
    /// # Errors
    /// [`ConfigError`] never occurs with these fixed choices; it is passed on all the same.
    pub fn new(kind: BotKind, level: u8, seed: u64) -> Result<LocalMatch, ConfigError> {
        LocalMatch::with_forging(kind, level, seed, ThreadForging::boxed)
    }

    /// As [`LocalMatch::new`], with another place where weapons are made.
    ///
    /// # Errors
    /// As [`LocalMatch::new`].
    pub fn with_forging(
        kind: BotKind,
        level: u8,
        seed: u64,
        forging: fn(Armory) -> Box<dyn Forging>,
    ) -> Result<LocalMatch, ConfigError> {
        let (a, b) = Link::pair(LinkConfig::new(seed, 0, 0, 0));
        let control = a.control();
        control.set_now(Duration::ZERO);
        let bot = Pilot::Bot {
            kind,
            level,
            prompts: prompts::for_player(&[], 1),
        };
        let side = |player: u8, link, pilot| {
            let mut config = SessionConfig::new(player, GAME_ID);
            config.entropy = seed.wrapping_mul(2).wrapping_add(u64::from(player));
            config.input_delay_frames = 0;
            DuelPeer::new(link, config, pilot, forging, Duration::ZERO)
        };
        Ok(LocalMatch {
            peers: [side(0, a, Pilot::Outside)?, side(1, b, bot)?],
            control,
            due: [Duration::ZERO; 2],
            hud: Hud::default(),
            message_until: Duration::ZERO,
        })
    }

    /// Lets the match catch up with `now` (the time since it began, without pauses).
    pub fn run_until(&mut self, now: Duration) {
        self.control.set_now(now);
        for _ in 0..2 {
            for (number, peer) in self.peers.iter_mut().enumerate() {
                peer.poll(now);
                if now >= self.due[number] {
                    peer.advance(now);
                    let earliest = now.saturating_sub(Duration::from_millis(50));
                    self.due[number] = self.due[number].max(earliest) + peer.session().frame_duration();
                }
            }
        }
        for note in self.peers[0].notes() {
            self.tell(now, &note);
        }
        self.peers[1].notes();
        if now >= self.message_until {
            self.hud.message.clear();
        }
    }

    fn tell(&mut self, now: Duration, note: &Note) {
        let message = match note {
            Note::Forged { player, name, fallback } => {
                let sprite = self.forged_sprite(*player, *fallback);
                self.hud.weapons[usize::from(*player % 2)] = sprite.map(|sprite| (name.clone(), sprite));
                let who = if *player == 0 { "you hold" } else { "the bot holds" };
                format!("{who}: {name}")
            }
            Note::PromptRefused { why, .. } => why.clone(),
            Note::Connected { .. } => "fight!".to_owned(),
            _ => return,
        };
        tracing::info!(frame = self.state().frame().0, "{message}");
        self.hud.message = message;
        self.message_until = now + MESSAGE_TIME;
    }

    fn forged_sprite(&self, player: u8, fallback: bool) -> Option<Sprite> {
        let holder = self.state().players()[usize::from(player % 2)];
        let key = (player, holder.open_seq as u8);
        let piece = self.peers[0].armory().piece(key).filter(|_| !fallback);
        let spare = || {
            let archetype = Archetype::from_u8(self.state().held_weapon(pvp_sim::PlayerId(player % 2)).archetype)?;
            Some(Sprite::draw(
                &weapon_gen::look::Look::plain(archetype),
                u64::from(player),
            ))
        };
        piece.map(|piece| piece.sprite).or_else(spare)
    }

    /// Sets what the person holds; `target` is where the aim points, in units.
    pub fn press(&mut self, buttons: u8, target: Vec2) {
        let from = self.state().players()[0].position;
        let aim = Angle::atan2(target.y - from.y, target.x - from.x).to_byte();
        self.peers[0].press(buttons, aim);
    }

    /// Asks the forge; tells at once if the prompt cannot be forged or the forge still cools down.
    pub fn wish(&mut self, now: Duration, prompt: &str) {
        let player = self.state().players()[0];
        let refused = weapon_gen::Prompt::parse(prompt)
            .map_err(|error| error.to_string())
            .and_then(|prompt| {
                weapon_gen::moderation::judge(&prompt).map_err(|category| category.message().to_owned())
            });
        let message = match refused {
            Err(why) => why,
            Ok(()) if player.open_request().is_some() => "the forge is still at work".to_owned(),
            Ok(()) if player.forge_cooldown_frames > 0 => {
                format!("the forge cools down for {} s", player.forge_cooldown_frames / 60 + 1)
            }
            Ok(()) => {
                self.peers[0].wish(prompt);
                format!("forging: {prompt}")
            }
        };
        self.hud.message = message;
        self.message_until = now + MESSAGE_TIME;
    }

    /// The state to draw.
    #[must_use]
    pub fn state(&self) -> &DuelState {
        self.peers[0].state()
    }

    /// Where it is played.
    #[must_use]
    pub fn def(&self) -> &MatchDef {
        self.peers[0].session().simulation().def()
    }

    /// What is written over the state.
    #[must_use]
    pub fn hud(&self) -> &Hud {
        &self.hud
    }

    /// Opens, fills or closes the prompt line.
    pub fn set_prompt(&mut self, prompt: Prompt) {
        self.hud.prompt = prompt;
    }

    /// Shows or hides the pause.
    pub fn set_paused(&mut self, paused: bool) {
        self.hud.paused = paused;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forging::InlineForging;
    use pvp_sim::{Buttons, Fx};

    #[test]
    fn a_person_runs_forges_and_fights() {
        let mut game =
            LocalMatch::with_forging(BotKind::Aggressive, 2, 5, InlineForging::boxed).expect("fixed choices");
        let mut now = Duration::ZERO;
        let start = game.state().players()[0].position;
        let mut ran = false;
        for frame in 0..4000u32 {
            now += Duration::from_millis(16);
            let target = game.state().players()[1].position;
            game.press(Buttons::RIGHT | Buttons::FIRE, target);
            game.run_until(now);
            ran |= game.state().players()[0].position.x > start.x + Fx::from_int(3);
            if frame == 100 {
                game.wish(now, "giant golden hammer");
                assert!(game.hud().message.starts_with("forging"), "{}", game.hud().message);
            }
            if game.hud().weapons[0]
                .as_ref()
                .is_some_and(|(name, _)| name == "giant golden hammer")
            {
                assert!(ran, "the person moved");
                assert_eq!(game.state().players()[0].is_starter, 0);
                return;
            }
        }
        panic!("the forged weapon never came: {:?}", game.hud());
    }

    #[test]
    fn refused_prompts_say_why() {
        let mut game = LocalMatch::new(BotKind::Cautious, 1, 5).expect("fixed choices");
        game.wish(Duration::ZERO, "  ");
        assert_eq!(game.hud().message, "the prompt is empty");
        game.wish(Duration::ZERO, "fuck sword");
        assert_eq!(game.hud().message, "that wording is too rude for this arena");
    }
}
