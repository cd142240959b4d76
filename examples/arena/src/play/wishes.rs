//! Owns what the player at this machine is told about wishes before they reach the simulation, and the history of what came of them.
//! Must not forge, and must not decide: the side of the match does.

use super::contest::Forging;
use crate::armory::Armory;
use crate::duel::{DuelPeer, Note};
use crate::refusals::WishRefused;
use crate::render::Card;
use pvp_net::Transport;
use pvp_sim::{MatchState, PlayerId};
use weapon_gen::{Sprite, Tier};

/// Where a weapon came from that this side could not recompute.
const AI_OF_THE_HOST: &str = "made by an AI on the host's machine";

/// Sends a wish on its way if it can come true, and says what the player should read.
pub(super) fn ask<T: Transport>(peer: &mut DuelPeer<T>, prompt: &str) -> String {
    match peer.ask(prompt) {
        Ok(()) => format!("forging: {prompt}"),
        Err(why) => why.to_string(),
    }
}

/// What the message line says of a weapon that somebody has just got; `who` ends with "hold" or "holds".
pub(super) fn holds_text(who: &str, name: &str, why: Option<WishRefused>, is_foreign_ai: bool) -> String {
    match why {
        Some(why) => format!("{who} {name}: {why}"),
        None if is_foreign_ai => format!("{who}: {name} ({AI_OF_THE_HOST})"),
        None => format!("{who}: {name}"),
    }
}

/// Whether the weapon that a player has just got was made by an AI on the other machine.
pub(super) fn is_foreign_ai<T: Transport>(peer: &DuelPeer<T>, player: u8) -> bool {
    let key = (player, peer.state().players()[usize::from(player % 2)].open_seq as u8);
    peer.armory().is_foreign_ai(key)
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
                _ if peer.armory().is_foreign_ai(key) => "by the host's AI",
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
            Some(_) if armory.is_foreign_ai(key) => "the host's AI".to_owned(),
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
