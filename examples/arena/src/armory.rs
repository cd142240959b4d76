//! Owns what both peers know about forged weapons beside the simulation: what was asked for, names, sprites, and the judges of offers.
//! Must not decide anything that the simulation reads: a refused offer only means that the fallback comes.

use crate::forging::{Done, Job, Outcome, Task};
use crate::ledger::{Accepted, Announcement, Ledger, Taste};
use crate::master::Mastery;
use crate::offer::Offer;
use crate::providers::Providers;
use crate::refusals::{OfferRefused, WishRefused};
use crate::review;
use pvp_sim::{Content, PlayerId, WeaponDef, WeaponSpec};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use weapon_gen::{Forge, ForgeRequest, Forged, Prompt, Sprite, Tier, portray, vet_name};

/// A request by player and counter.
pub type RequestKey = (u8, u8);

/// A weapon as the players see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its vetted name.
    pub name: String,
    /// Its picture.
    pub sprite: Sprite,
}

/// What became of a prompt.
#[derive(Clone, Debug)]
pub enum Made {
    /// A weapon.
    Weapon(Box<Forged>),
    /// A change of the physics.
    Physics(Mastery),
}

impl Made {
    /// What the host commits.
    #[must_use]
    pub fn content(&self, key: RequestKey) -> Content {
        let player = PlayerId(key.0);
        match self {
            Made::Weapon(forged) => Content::Weapon {
                player,
                request_seq: key.1,
                weapon: forged.weapon,
            },
            Made::Physics(mastery) => mastery.content(player, key.1),
        }
    }

    /// The bytes that the host offers in answer to `prompt`. Only what a provider added travels, its picture only if it is wanted.
    #[must_use]
    pub fn offer(&self, key: RequestKey, prompt: &str, with_picture: bool) -> Vec<u8> {
        let normal = Prompt::parse(prompt).map_or_else(|_| String::new(), |prompt| prompt.as_str().to_owned());
        let mut offer = Offer {
            tier: None,
            prompt: normal,
            name: None,
            sprite: None,
        };
        if let Made::Weapon(forged) = self {
            offer.tier = Some(forged.tier);
            offer.name = Some(forged.name.clone());
            offer.sprite = with_picture.then(|| forged.sprite.clone());
        }
        offer.encode(&self.content(key))
    }
}

/// What this side knows of how a weapon came about.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Appraisal {
    /// Where it came from.
    pub tier: Tier,
    /// Win rate in percent against the reference weapons.
    pub score: u8,
    /// Its numbers.
    pub spec: WeaponSpec,
}

/// Shared between the match, the judges inside the simulation's adapter, and the thread that forges.
///
/// The forge has a lock of its own, which only that thread takes: nothing in the frame loop waits for a weapon under test.
#[derive(Clone, Debug)]
pub struct Armory {
    ledger: Arc<Mutex<Ledger>>,
    forge: Arc<Mutex<Forge>>,
    ruleset_hash: u64,
    is_host: bool,
    providers: Providers,
}

impl Armory {
    /// An empty armory for a ruleset.
    #[must_use]
    pub fn new(ruleset_hash: u64, is_host: bool) -> Armory {
        let ledger = Ledger::new(ruleset_hash);
        Armory {
            ledger: Arc::new(Mutex::new(ledger)),
            forge: Arc::new(Mutex::new(Forge::new(ruleset_hash))),
            ruleset_hash,
            is_host,
            providers: Providers::default(),
        }
    }

    /// The same armory whose forge asks the AI providers that the environment names, if this side is the host.
    /// Then several requests may be forged at once, each on a thread that may wait.
    #[must_use]
    pub fn with_providers(mut self) -> Armory {
        if self.is_host {
            self.providers = Providers::from_env(self.ruleset_hash);
        }
        self
    }

    /// Whether the forge asks AI providers.
    #[must_use]
    pub fn has_providers(&self) -> bool {
        !self.providers.is_empty()
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this side makes the weapons of the match.
    #[must_use]
    pub fn is_host(&self) -> bool {
        self.is_host
    }

    /// Says what this side's player takes of others.
    pub fn set_taste(&self, taste: Taste) {
        self.ledger().taste = taste;
    }

    /// What this side's player takes of others.
    #[must_use]
    pub fn taste(&self) -> Taste {
        self.ledger().taste
    }

    /// What the other side said about itself; only its first word counts.
    pub fn note_announcement(&self, announcement: Announcement) {
        self.ledger().announced.get_or_insert(announcement);
    }

    /// Begins a match: everything before is forgotten.
    pub fn begin_match(&self, match_seed: u64) {
        self.ledger().begin_match(match_seed);
    }

    /// Remembers the prompt of a request; the first one counts. `now_frame` is this side's newest frame.
    pub fn note_prompt(&self, key: RequestKey, prompt: &str, now_frame: u32) {
        self.ledger().tell(key, prompt, now_frame);
    }

    /// A request never was, or its number begins anew.
    pub fn forget_request(&self, key: RequestKey) {
        self.ledger().refuse(key);
    }

    /// The host's offer has come, after whatever was told before.
    pub fn note_offered(&self, bytes: &[u8]) {
        if let Ok(content) = Content::decode(bytes) {
            let (player, request_seq) = content.answers();
            self.ledger().note_offered((player.0, request_seq));
        }
    }

    /// A confirmed input has made a request and promised a kind of prompt.
    pub fn note_request(&self, key: RequestKey, hint: u8, frame: u32) {
        self.ledger().accept(key, Accepted { frame, hint });
    }

    /// The prompt of a request, if it has arrived.
    #[must_use]
    pub fn prompt(&self, key: RequestKey) -> Option<String> {
        self.ledger().prompt(key).map(str::to_owned)
    }

    /// Does a job. This may take a while: it is for the thread that forges.
    #[must_use]
    pub fn work(&self, job: &Job) -> Done {
        let outcome = match &job.task {
            Task::Make { prompt, asks_providers } => Outcome::Made(self.make(job, prompt, *asks_providers)),
            Task::Weigh { prompt, weapon } => {
                let request = request_of(job, prompt);
                let mut forge = self.forge.lock().unwrap_or_else(PoisonError::into_inner);
                let weighed = forge.check_offer(&request, weapon, Tier::Provider);
                Outcome::Weighed(*weapon, weighed.map_err(|refusal| review::reason(&refusal)))
            }
        };
        Done {
            match_seed: job.match_seed,
            key: job.key,
            outcome,
        }
    }

    fn make(&self, job: &Job, prompt: &str, asks_providers: bool) -> Result<Made, WishRefused> {
        if let Some(mastery) = Mastery::of(prompt) {
            return Ok(Made::Physics(mastery));
        }
        let request = request_of(job, prompt);
        let provided = asks_providers.then(|| self.providers.forge(&request)).flatten();
        let forged = match provided {
            Some(made) => made?,
            None => {
                let mut forge = self.forge.lock().unwrap_or_else(PoisonError::into_inner);
                forge.forge_offline(&request)?
            }
        };
        Ok(Made::Weapon(Box::new(forged)))
    }

    /// Keeps what the forge's thread has done.
    pub fn note_done(&self, done: &Done) {
        let mut ledger = self.ledger();
        if ledger.match_seed != done.match_seed {
            return;
        }
        match &done.outcome {
            Outcome::Made(made) => {
                if let Some(entry) = ledger.entry_mut(done.key) {
                    entry.own = Some(made.clone());
                }
            }
            Outcome::Weighed(weapon, result) => ledger.weighed(done.key, weapon, result.clone()),
        }
    }

    /// Name and sprite of the weapon that answered a request.
    #[must_use]
    pub fn piece(&self, key: RequestKey) -> Option<Piece> {
        self.ledger().entry(key)?.piece.clone()
    }

    /// What this side knows of the weapon that answered a request.
    #[must_use]
    pub fn appraisal(&self, key: RequestKey) -> Option<Appraisal> {
        self.ledger().entry(key)?.appraisal
    }

    /// The tier of the weapon that answered a request, as its offer said and this side checked.
    #[must_use]
    pub fn tier(&self, key: RequestKey) -> Option<Tier> {
        self.ledger().entry(key)?.tier
    }

    /// Whether an AI on the other player's machine made the weapon that answered a request.
    #[must_use]
    pub fn is_foreign_ai(&self, key: RequestKey) -> bool {
        !self.is_host && self.tier(key) == Some(Tier::Provider)
    }

    /// For the simulation's adapter: the form of content, and how it will look. It depends on nothing but the bytes.
    #[must_use]
    pub fn judge(&self) -> pvp_net::sim::ContentJudge {
        let armory = self.clone();
        Box::new(move |content, rest| armory.keep(content, rest).map_err(OfferRefused::code))
    }

    /// For the simulation's adapter: what the guest thinks of an offer.
    #[must_use]
    pub fn review(&self) -> pvp_net::sim::ContentReview {
        let armory = self.clone();
        Box::new(move |content, rest| review::review(&mut armory.ledger(), content, rest).map_err(OfferRefused::code))
    }

    fn keep(&self, content: &Content, rest: &[u8]) -> Result<(), OfferRefused> {
        let offer = Offer::decode(content, rest).ok_or(OfferRefused::Malformed)?;
        let mut ledger = self.ledger();
        let (player, request_seq) = content.answers();
        let key = (player.0, request_seq);
        let Content::Weapon { weapon, .. } = content else {
            ledger.grant_mastery(key);
            return Ok(());
        };
        let known = ledger.known_weapon(key, weapon).cloned();
        let mut piece = match &known {
            Some(forged) => Piece {
                name: forged.name.clone(),
                sprite: forged.sprite.clone(),
            },
            None => portrait(&ledger, key, weapon, &offer).ok_or(OfferRefused::Malformed)?,
        };
        if offer.tier == Some(Tier::Provider) {
            // A name that not everybody may read is replaced; the match goes on.
            piece.name = offer.name.as_deref().and_then(vet_name).unwrap_or(piece.name);
            let shown = offer.sprite.filter(|_| ledger.taste.shows_host_pictures);
            piece.sprite = shown.unwrap_or(piece.sprite);
        }
        let appraisal = known.zip(offer.tier).map(|(forged, tier)| Appraisal {
            tier,
            score: forged.score,
            spec: *weapon.spec(),
        });
        if let Some(entry) = ledger.entry_mut(key) {
            (entry.piece, entry.appraisal, entry.tier) = (Some(piece), appraisal, offer.tier);
        }
        Ok(())
    }
}

/// Name and picture of a weapon that this side has not forged itself, as in a replay.
fn portrait(ledger: &Ledger, key: RequestKey, weapon: &WeaponDef, offer: &Offer) -> Option<Piece> {
    let request = ForgeRequest {
        prompt: &offer.prompt,
        match_seed: ledger.match_seed,
        player: key.0,
        request_seq: key.1,
    };
    let (name, sprite) = portray(ledger.ruleset_hash, &request, weapon, offer.tier?).ok()?;
    Some(Piece { name, sprite })
}

fn request_of<'a>(job: &Job, prompt: &'a str) -> ForgeRequest<'a> {
    ForgeRequest {
        prompt,
        match_seed: job.match_seed,
        player: job.key.0,
        request_seq: job.key.1,
    }
}

#[cfg(test)]
mod tests;
