//! Owns the way from a confirmed request to its answer: what waits for its prompt, what the forge works on, what was offered.
//! Must not judge an offer: the armory's review does.

use super::{DuelPeer, Note};
use crate::armory::{Made, RequestKey};
use crate::forging::{Done, Forging, Job, Outcome, Task};
use crate::refusals::{OfferRefused, WishRefused};
use crate::talk::Message;
use pvp_net::{ContentEvent, OfferId, Transport};
use std::collections::BTreeMap;
use std::time::Duration;

/// The forge of a side and its orders.
pub(super) struct Smithy {
    forging: Box<dyn Forging>,
    /// Confirmed requests whose prompt has not arrived yet.
    pub(super) orders: Vec<RequestKey>,
    /// When the forge began with a request.
    begun: BTreeMap<RequestKey, Duration>,
    /// The host: what it has offered for which request.
    offers: Vec<(OfferId, RequestKey)>,
    /// Why a request will end in a fallback.
    reasons: BTreeMap<RequestKey, WishRefused>,
}

impl Smithy {
    pub(super) fn new(forging: Box<dyn Forging>) -> Smithy {
        Smithy {
            forging,
            orders: Vec::new(),
            begun: BTreeMap::new(),
            offers: Vec::new(),
            reasons: BTreeMap::new(),
        }
    }

    /// Another match begins.
    pub(super) fn forget(&mut self) {
        self.orders.clear();
        self.begun.clear();
        self.offers.clear();
        self.reasons.clear();
    }

    pub(super) fn has_providers(&self) -> bool {
        self.forging.has_providers()
    }

    /// Why a request ended in a fallback.
    pub(super) fn reason(&mut self, key: RequestKey) -> WishRefused {
        self.reasons.remove(&key).unwrap_or(WishRefused::TooSlow)
    }
}

impl<T: Transport> DuelPeer<T> {
    /// Both sides begin to forge once a request is confirmed and its prompt is here: the host offers what is done,
    /// the guest knows what to expect.
    pub(super) fn work_orders(&mut self, now: Duration) {
        let match_seed = self.session.match_seed().unwrap_or(0);
        self.begin_jobs(now, match_seed);
        while let Some(done) = self.smithy.forging.finished() {
            if done.match_seed != match_seed {
                continue;
            }
            self.armory.note_done(&done);
            let Done { key, outcome, .. } = done;
            let Outcome::Made(made) = outcome else { continue };
            if let Some(begun) = self.smithy.begun.remove(&key) {
                let longest = &mut self.tally.forge_time_max;
                *longest = now.saturating_sub(begun).max(*longest);
            }
            match made {
                _ if !self.is_host() => {}
                Ok(made) => self.offer(now, key, &made),
                Err(why) => self.tell_refusal(key, why),
            }
        }
    }

    fn begin_jobs(&mut self, now: Duration, match_seed: u64) {
        let (armory, smithy) = (&self.armory, &mut self.smithy);
        let announced = armory.ledger().announced;
        // Nobody is asked for what the other side would refuse.
        let asks_providers = announced.is_some_and(|announced| announced.takes_providers);
        let forging = &mut smithy.forging;
        smithy.orders.retain(|key| match armory.prompt(*key) {
            Some(prompt) => {
                smithy.begun.insert(*key, now);
                let task = Task::Make { prompt, asks_providers };
                forging.begin(Job {
                    match_seed,
                    key: *key,
                    task,
                });
                false
            }
            None => true,
        });
        let to_weigh = armory.ledger().take_weighings();
        for (key, weapon) in to_weigh {
            let Some(prompt) = armory.prompt(key) else { continue };
            let task = Task::Weigh { prompt, weapon };
            forging.begin(Job { match_seed, key, task });
        }
    }

    fn offer(&mut self, now: Duration, key: RequestKey, made: &Made) {
        if let Made::Physics(mastery) = made {
            let ledger = self.armory.ledger();
            let asked_at = ledger.entry(key).and_then(|entry| entry.accepted);
            let frames = asked_at.map_or(0, |asked| ledger.mastery_wait_frames(key.0, asked.frame));
            drop(ledger);
            if frames > 0 {
                let title = mastery.title;
                return self.tell_refusal(key, WishRefused::MasterMustWait { title, frames });
            }
        }
        let Some(prompt) = self.armory.prompt(key) else { return };
        let announced = self.armory.ledger().announced;
        let with_picture = announced.is_some_and(|announced| announced.takes_pictures);
        // An offer that cannot be made means the fallback.
        if let Ok(offer) = self.session.offer_content(now, &made.offer(key, &prompt, with_picture)) {
            self.smithy.offers.push((offer, key));
        }
    }

    fn tell_refusal(&mut self, key: RequestKey, why: WishRefused) {
        if key.0 == self.me().0 {
            self.note_refusal(key, why);
        } else {
            self.say(&Message::refusal(key.1, why));
        }
    }

    /// A wish will not come true as it was typed: the player is told now, and again when the spare weapon comes.
    pub(super) fn note_refusal(&mut self, key: RequestKey, why: WishRefused) {
        self.smithy.reasons.insert(key, why);
        self.notes.push(Note::PromptRefused { player: key.0, why });
    }

    /// What became of an offer.
    pub(super) fn answer_content(&mut self, event: &ContentEvent) {
        match event {
            ContentEvent::Offered { bytes, .. } => self.armory.note_offered(bytes),
            ContentEvent::Acknowledged { offer, .. } => drop(self.take_offer(*offer)),
            ContentEvent::RefusedByPeer { offer, reason, .. } => {
                self.tally.offers_refused += 1;
                if let Some(key) = self.take_offer(*offer) {
                    self.note_refusal(key, WishRefused::ByPeer(OfferRefused::told(*reason)));
                }
            }
            ContentEvent::Expired { offer, .. } => {
                if let Some(key) = self.take_offer(*offer) {
                    self.note_refusal(key, WishRefused::PeerSilent);
                }
            }
            ContentEvent::RefusedByUs { .. } => {
                self.tally.offers_refused_here += 1;
                let refused = self.armory.ledger().take_refused();
                for (key, told) in refused {
                    self.note_refusal(key, WishRefused::Here(told));
                }
            }
            _ => {}
        }
    }

    fn take_offer(&mut self, offer: OfferId) -> Option<RequestKey> {
        let offers = &mut self.smithy.offers;
        let place = offers.iter().position(|(made, _)| *made == offer)?;
        Some(offers.remove(place).1)
    }
}
