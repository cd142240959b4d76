//! Owns what this side knows of every request: the prompt that was told, what the confirmed input promised, what this side's own
//! forge made of it, and how the answer looks.
//! Must not forge, and must not decide anything that the simulation reads.

use crate::armory::{Appraisal, Made, Piece, RequestKey};
use crate::master::MASTERY_COOLDOWN_FRAMES;
use crate::refusals::{OfferRefused, WishRefused};
use pvp_sim::WeaponDef;
use std::collections::BTreeMap;
use weapon_gen::prompt::PROMPT_BYTES_MAX;
use weapon_gen::{Forged, Tier};

/// Frames after which a request is history: the deadline is long over, and its number may come again.
const OVER_AFTER_FRAMES: u32 = 900;
/// Weapons of one request that this side fights duels with, whatever is offered.
const WEIGHINGS_MAX: u8 = 2;
/// Refusals that wait to be told.
const REFUSED_MAX: usize = 16;

/// What this side's player takes of others.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Taste {
    /// Whether a weapon that an AI made on the host's machine is taken.
    pub accepts_provider_weapons: bool,
    /// Whether a picture that an AI painted on the host's machine is shown; otherwise this side draws its own.
    pub shows_host_pictures: bool,
}

impl Default for Taste {
    fn default() -> Taste {
        Taste {
            accepts_provider_weapons: true,
            shows_host_pictures: false,
        }
    }
}

/// What the other side said about itself before anything else.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Announcement {
    /// Whether AI providers may have made its weapons.
    pub has_providers: bool,
    /// What its player takes.
    pub takes_providers: bool,
    /// Whether it shows pictures of providers.
    pub takes_pictures: bool,
}

/// A request that a confirmed input has made.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// The frame it was accepted in.
    pub(crate) frame: u32,
    /// What the input promised of the prompt.
    pub(crate) hint: u8,
}

/// A provider's weapon under test, and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Weighing {
    pub(crate) weapon: WeaponDef,
    pub(crate) result: Option<Result<Forged, OfferRefused>>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) prompt: Option<String>,
    /// Whether the prompt had been told when the newest offer came; `None` before any.
    pub(crate) was_told: Option<bool>,
    pub(crate) accepted: Option<Accepted>,
    /// What this side's own forge made.
    pub(crate) own: Option<Result<Made, WishRefused>>,
    pub(crate) weighing: Option<Weighing>,
    weighings: u8,
    /// The tier of the content that was accepted in answer.
    pub(crate) tier: Option<Tier>,
    pub(crate) piece: Option<Piece>,
    pub(crate) appraisal: Option<Appraisal>,
}

/// Everything known of the requests of a match; two players with 256 numbers each.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) match_seed: u64,
    pub(crate) ruleset_hash: u64,
    pub(crate) taste: Taste,
    entries: BTreeMap<RequestKey, Entry>,
    /// What the other side's first word was; `None` before it has said anything.
    pub(crate) announced: Option<Announcement>,
    /// Weapons that a thread is to fight duels with.
    to_weigh: Vec<(RequestKey, WeaponDef)>,
    /// What this side has just refused, for its player.
    refused: Vec<(RequestKey, OfferRefused)>,
    /// When each player's next change of the physics may be asked for.
    mastery_ready: [u32; 2],
}

impl Ledger {
    pub(crate) fn new(ruleset_hash: u64) -> Ledger {
        Ledger {
            ruleset_hash,
            ..Ledger::default()
        }
    }

    /// Begins a match: everything before is forgotten, but not who the other side is.
    pub(crate) fn begin_match(&mut self, match_seed: u64) {
        self.match_seed = match_seed;
        self.entries.clear();
        self.to_weigh.clear();
        self.refused.clear();
        self.mastery_ready = [0; 2];
    }

    pub(crate) fn entry(&self, key: RequestKey) -> Option<&Entry> {
        self.entries.get(&key)
    }

    /// The entry of a request; a player that does not take part has none.
    pub(crate) fn entry_mut(&mut self, key: RequestKey) -> Option<&mut Entry> {
        (key.0 < 2).then(|| self.entries.entry(key).or_default())
    }

    /// Remembers a prompt. The first one counts, until its request is history: nobody thinks of a better one afterwards.
    pub(crate) fn tell(&mut self, key: RequestKey, prompt: &str, now_frame: u32) {
        if prompt.len() > PROMPT_BYTES_MAX {
            return;
        }
        let Some(entry) = self.entry_mut(key) else { return };
        let is_over = |accepted: Accepted| accepted.frame.saturating_add(OVER_AFTER_FRAMES) < now_frame;
        if entry.accepted.is_some_and(is_over) {
            *entry = Entry::default();
        }
        entry.prompt.get_or_insert_with(|| prompt.to_owned());
    }

    /// An offer in answer to a request has come: what is told from now on is told afterwards.
    pub(crate) fn note_offered(&mut self, key: RequestKey) {
        if let Some(entry) = self.entry_mut(key) {
            entry.was_told = Some(entry.prompt.is_some());
        }
    }

    /// A request was accepted in a confirmed frame.
    pub(crate) fn accept(&mut self, key: RequestKey, accepted: Accepted) {
        if let Some(entry) = self.entry_mut(key) {
            let (prompt, was_told) = (entry.prompt.take(), entry.was_told);
            *entry = Entry {
                prompt,
                was_told,
                accepted: Some(accepted),
                ..Entry::default()
            };
        }
    }

    /// A request was refused in a confirmed frame: its number may come again.
    pub(crate) fn refuse(&mut self, key: RequestKey) {
        self.entries.remove(&key);
    }

    pub(crate) fn prompt(&self, key: RequestKey) -> Option<&str> {
        self.entry(key)?.prompt.as_deref()
    }

    /// Asks for duels with a provider's weapon; `false` if this request has had its share.
    pub(crate) fn weigh(&mut self, key: RequestKey, weapon: &WeaponDef) -> bool {
        let Some(entry) = self.entry_mut(key) else { return false };
        let is_busy = entry
            .weighing
            .as_ref()
            .is_some_and(|weighing| weighing.result.is_none());
        if is_busy || entry.weighings >= WEIGHINGS_MAX {
            return false;
        }
        entry.weighings += 1;
        entry.weighing = Some(Weighing {
            weapon: *weapon,
            result: None,
        });
        self.to_weigh.push((key, *weapon));
        true
    }

    /// Takes out what a thread is to fight duels with.
    pub(crate) fn take_weighings(&mut self) -> Vec<(RequestKey, WeaponDef)> {
        std::mem::take(&mut self.to_weigh)
    }

    /// The duels are fought.
    pub(crate) fn weighed(&mut self, key: RequestKey, weapon: &WeaponDef, result: Result<Forged, OfferRefused>) {
        let weighing = self.entry_mut(key).and_then(|entry| entry.weighing.as_mut());
        if let Some(weighing) = weighing.filter(|weighing| weighing.weapon == *weapon) {
            weighing.result = Some(result);
        }
    }

    /// An offer for a request was refused here.
    pub(crate) fn note_refused(&mut self, key: RequestKey, reason: OfferRefused) {
        if self.refused.len() < REFUSED_MAX && self.entries.contains_key(&key) {
            self.refused.push((key, reason));
        }
    }

    /// Takes out what was refused here.
    pub(crate) fn take_refused(&mut self) -> Vec<(RequestKey, OfferRefused)> {
        std::mem::take(&mut self.refused)
    }

    /// The weapon of a request as this side has come to know it by itself, if it is this one.
    pub(crate) fn known_weapon(&self, key: RequestKey, weapon: &WeaponDef) -> Option<&Forged> {
        let entry = self.entry(key)?;
        let own = match &entry.own {
            Some(Ok(Made::Weapon(forged))) => Some(&**forged),
            _ => None,
        };
        let weighed = entry.weighing.as_ref().and_then(|weighing| weighing.result.as_ref());
        let weighed = weighed.and_then(|result| result.as_ref().ok());
        own.into_iter().chain(weighed).find(|forged| forged.weapon == *weapon)
    }

    /// Frames that a player's next change of the physics must wait, from `frame` on; 0 if it need not.
    pub(crate) fn mastery_wait_frames(&self, player: u8, frame: u32) -> u32 {
        self.mastery_ready[usize::from(player % 2)].saturating_sub(frame)
    }

    /// A change of the physics was taken: the pause counts from the frame of its request, which both sides know.
    pub(crate) fn grant_mastery(&mut self, key: RequestKey) {
        if let Some(accepted) = self.entry(key).and_then(|entry| entry.accepted) {
            let ready = accepted.frame.saturating_add(MASTERY_COOLDOWN_FRAMES);
            self.mastery_ready[usize::from(key.0 % 2)] = ready;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_prompt_counts_until_its_request_is_history() {
        let mut ledger = Ledger::default();
        let key = (1, 7);
        ledger.tell(key, "bow", 0);
        ledger.tell(key, "hammer", 1);
        assert_eq!(ledger.prompt(key), Some("bow"));
        ledger.accept(key, Accepted { frame: 20, hint: 3 });
        ledger.tell(key, "hammer", 20 + OVER_AFTER_FRAMES);
        assert_eq!(ledger.prompt(key), Some("bow"));
        // Half an hour later the counter has come round.
        ledger.tell(key, "hammer", 21 + OVER_AFTER_FRAMES);
        assert_eq!(ledger.prompt(key), Some("hammer"));
        assert_eq!(ledger.entry(key).and_then(|entry| entry.accepted), None);
        ledger.refuse(key);
        assert_eq!(ledger.prompt(key), None);
    }

    #[test]
    fn nobody_fills_the_ledger() {
        let mut ledger = Ledger::default();
        for number in 0..=u8::MAX {
            for player in 0..=u8::MAX {
                ledger.tell((player, number), &"x".repeat(PROMPT_BYTES_MAX + 1), 0);
                ledger.tell((player, number), "bow", 0);
            }
        }
        assert_eq!(ledger.entries.len(), 512);
        assert!(
            ledger
                .entries
                .values()
                .all(|entry| entry.prompt.as_deref() == Some("bow"))
        );
    }

    #[test]
    fn a_request_has_its_share_of_duels() {
        let mut ledger = Ledger::default();
        let key = (0, 1);
        let weapons = [1, 2, 3].map(|hint| pvp_sim::fallback_weapon(1, pvp_sim::PlayerId(0), 1, hint));
        assert!(ledger.weigh(key, &weapons[0]));
        assert!(!ledger.weigh(key, &weapons[1]), "one at a time");
        ledger.weighed(key, &weapons[0], Err(OfferRefused::OverBudget));
        assert!(ledger.weigh(key, &weapons[1]));
        ledger.weighed(key, &weapons[1], Err(OfferRefused::OverBudget));
        assert!(!ledger.weigh(key, &weapons[2]), "enough");
        assert_eq!(ledger.take_weighings().len(), 2);
    }
}
