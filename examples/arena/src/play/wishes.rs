//! Owns what the player at this machine is told about wishes before they reach the simulation, and the history of what came of them.
//! Must not forge.

use super::contest::Forging;
use crate::armory::Armory;
use crate::duel::{DuelPeer, Note};
use crate::master::{MASTERY_COOLDOWN_FRAMES, Mastery};
use crate::render::Card;
use pvp_net::Transport;
use pvp_sim::{MatchState, PlayerId};
use weapon_gen::{Prompt, Sprite, Tier, moderation};

/// When each player's next master prompt may come.
#[derive(Clone, Debug, Default)]
pub(super) struct Wishes {
    mastery_ready: [u32; 2],
}

impl Wishes {
    /// Sends a wish on its way if it can come true, and says what the player should read.
    pub(super) fn ask<T: Transport>(&mut self, peer: &mut DuelPeer<T>, number: u8, prompt: &str) -> String {
        match self.obstacle(peer, number, prompt) {
            Some(why) => why,
            None => {
                if Mastery::of(prompt).is_some() {
                    let frame = peer.session().current_frame();
                    self.mastery_ready[usize::from(number % 2)] = frame + MASTERY_COOLDOWN_FRAMES;
                }
                peer.wish(prompt);
                format!("forging: {prompt}")
            }
        }
    }

    fn obstacle<T: Transport>(&self, peer: &DuelPeer<T>, number: u8, prompt: &str) -> Option<String> {
        let parsed = match Prompt::parse(prompt) {
            Ok(parsed) => parsed,
            Err(error) => return Some(error.to_string()),
        };
        if let Err(category) = moderation::judge(&parsed) {
            return Some(category.message().to_owned());
        }
        let player = peer.state().players()[usize::from(number % 2)];
        if player.open_request().is_some() {
            return Some("the forge is still at work".to_owned());
        }
        if player.forge_cooldown_frames > 0 {
            let seconds = player.forge_cooldown_frames / 60 + 1;
            return Some(format!("the forge cools down for {seconds} s"));
        }
        let mastery = Mastery::of(prompt)?;
        let ready = self.mastery_ready[usize::from(number % 2)];
        let frame = peer.session().current_frame();
        (frame < ready).then(|| format!("{} must wait {} s", mastery.title, (ready - frame) / 60 + 1))
    }
}

/// A forged weapon as the history shows it.
pub(super) fn appraised<T: Transport>(peer: &DuelPeer<T>, player: u8, name: &str, fallback: bool) -> Forging {
    let key = (player, peer.state().players()[usize::from(player % 2)].open_seq as u8);
    let about = match peer.armory().appraisal(key).filter(|_| !fallback) {
        None => "spare weapon: none came in time".to_owned(),
        Some(appraisal) => {
            let tier = match appraisal.tier {
                Tier::Cache => "made before",
                Tier::Template => "by template",
                Tier::Fallback => "improvised",
                _ => "by AI",
            };
            format!("{tier}, wins {} %", appraisal.score)
        }
    };
    Forging {
        player,
        name: name.to_owned(),
        about,
    }
}

/// A weapon that a player has just got, as the picture shows it large.
pub(super) fn card<S: MatchState>(armory: &Armory, state: &S, player: u8, name: &str, fallback: bool) -> Card {
    let key = (player, state.players()[usize::from(player % 2)].open_seq as u8);
    let appraisal = armory.appraisal(key).filter(|_| !fallback);
    Card {
        name: name.to_owned(),
        origin: match appraisal {
            _ if fallback => "spare weapon".to_owned(),
            Some(appraisal) => appraisal.tier.name().to_owned(),
            None => "forged".to_owned(),
        },
        score: appraisal.map(|appraisal| appraisal.score),
        since_frame: state.frame().0,
    }
}

/// A change of the physics as the history and the message line show it.
pub(super) fn physics_text(note: &Note) -> Option<String> {
    let Note::Physics { kind, factor, frames } = note else {
        return None;
    };
    let percent = u32::from(*factor) * 100 / 256;
    Some(format!("{} at {percent} % for {} s", kind.name(), frames / 60))
}

/// The picture of the weapon that a player has just got.
pub(super) fn forged_sprite<T: Transport>(peer: &DuelPeer<T>, player: u8, fallback: bool) -> Option<Sprite> {
    let state = peer.state();
    let key = (player, state.players()[usize::from(player % 2)].open_seq as u8);
    let piece = peer.armory().piece(key).filter(|_| !fallback);
    let spare = || {
        let archetype = pvp_sim::Archetype::from_u8(state.held_weapon(PlayerId(player % 2)).archetype)?;
        let look = weapon_gen::look::Look::plain(archetype);
        Some(Sprite::draw(&look, u64::from(player)))
    };
    piece.map(|piece| piece.sprite).or_else(spare)
}
