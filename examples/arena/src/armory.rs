//! Owns what both peers know about forged weapons beside the simulation: prompts, names, sprites, and the judge of offers.
//! Must not decide anything that the simulation reads: a refused offer only means that the fallback comes.

use crate::master::Mastery;
use crate::providers::Providers;
use pvp_sim::{Content, PlayerId, WeaponDef, WeaponSpec};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use weapon_gen::{Forge, ForgeRequest, Forged, Sprite, Tier, vet_name};

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
    /// The bytes that the host offers.
    #[must_use]
    pub fn offer(&self, key: RequestKey) -> Vec<u8> {
        let player = PlayerId(key.0);
        match self {
            Made::Weapon(forged) => {
                let content = Content::Weapon {
                    player,
                    request_seq: key.1,
                    weapon: forged.weapon,
                };
                pack(&content, &forged.name, &forged.sprite)
            }
            Made::Physics(mastery) => mastery.content(player, key.1).encode().to_vec(),
        }
    }
}

/// What the forge thought of a weapon.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Appraisal {
    /// Where it came from.
    pub tier: Tier,
    /// Win rate in percent against the reference weapons.
    pub score: u8,
    /// Its numbers.
    pub spec: WeaponSpec,
}

/// Codes of refused offers, as they travel to the host.
pub mod refusal {
    /// Name or sprite do not decode.
    pub const MALFORMED: u16 = 1;
    /// Over the power budget.
    pub const OVER_BUDGET: u16 = 2;
    /// The prompt makes another weapon.
    pub const DEVIATES: u16 = 3;
}

/// What a prompt becomes, made on this side.
#[derive(Debug)]
struct Knowledge {
    match_seed: u64,
    prompts: BTreeMap<RequestKey, String>,
    pieces: BTreeMap<RequestKey, Piece>,
    appraisals: BTreeMap<RequestKey, Appraisal>,
    /// The host's own offers need no judgment.
    is_host: bool,
}

/// Shared between the match, the judge inside the simulation's adapter, and the thread that forges.
///
/// The forge has a lock of its own: nobody in the frame loop waits for a weapon under test.
#[derive(Clone, Debug)]
pub struct Armory {
    knowledge: Arc<Mutex<Knowledge>>,
    forge: Arc<Mutex<Forge>>,
    ruleset_hash: u64,
    providers: Providers,
}

/// Prompts kept at most; more from a peer are dropped.
const PROMPTS_MAX: usize = 600;

impl Armory {
    /// An empty armory for a ruleset.
    #[must_use]
    pub fn new(ruleset_hash: u64, is_host: bool) -> Armory {
        let knowledge = Knowledge {
            match_seed: 0,
            prompts: BTreeMap::new(),
            pieces: BTreeMap::new(),
            appraisals: BTreeMap::new(),
            is_host,
        };
        Armory {
            knowledge: Arc::new(Mutex::new(knowledge)),
            forge: Arc::new(Mutex::new(Forge::new(ruleset_hash))),
            ruleset_hash,
            providers: Providers::default(),
        }
    }

    /// The same armory whose forge asks the AI providers that the environment names, if this side is the host.
    /// Then several requests may be forged at once, each on a thread that may wait.
    #[must_use]
    pub fn with_providers(mut self) -> Armory {
        if self.known().is_host {
            self.providers = Providers::from_env(self.ruleset_hash);
        }
        self
    }

    /// Whether the forge asks AI providers.
    #[must_use]
    pub fn has_providers(&self) -> bool {
        !self.providers.is_empty()
    }

    fn known(&self) -> MutexGuard<'_, Knowledge> {
        self.knowledge.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a match: everything before is forgotten.
    pub fn begin_match(&self, match_seed: u64) {
        let mut known = self.known();
        known.match_seed = match_seed;
        known.prompts.clear();
        known.pieces.clear();
        known.appraisals.clear();
    }

    /// Remembers the prompt of a request; the first one counts.
    pub fn note_prompt(&self, key: RequestKey, prompt: &str) {
        let mut known = self.known();
        if known.prompts.len() < PROMPTS_MAX {
            known.prompts.entry(key).or_insert_with(|| prompt.to_owned());
        }
    }

    /// The prompt of a request, if it has arrived.
    #[must_use]
    pub fn prompt(&self, key: RequestKey) -> Option<String> {
        self.known().prompts.get(&key).cloned()
    }

    /// Makes what a request wishes for: the host to offer it, the guest to know what to expect.
    ///
    /// # Errors
    /// Why the prompt is not forged, as text for the player.
    pub fn make(&self, key: RequestKey, prompt: &str) -> Result<Made, String> {
        if let Some(mastery) = Mastery::of(prompt) {
            return Ok(Made::Physics(mastery));
        }
        let forged = self.forge(key, prompt)?;
        let appraisal = Appraisal {
            tier: forged.tier,
            score: forged.score,
            spec: *forged.weapon.spec(),
        };
        self.known().appraisals.insert(key, appraisal);
        Ok(Made::Weapon(Box::new(forged)))
    }

    fn forge(&self, key: RequestKey, prompt: &str) -> Result<Forged, String> {
        let match_seed = self.known().match_seed;
        let request = ForgeRequest {
            prompt,
            match_seed,
            player: key.0,
            request_seq: key.1,
        };
        if let Some(made) = self.providers.forge(&request) {
            return made.map_err(|refusal| refusal.to_string());
        }
        let mut forge = self.forge.lock().unwrap_or_else(PoisonError::into_inner);
        forge.forge_offline(&request).map_err(|refusal| refusal.to_string())
    }

    /// Name and sprite of the weapon that answered a request.
    #[must_use]
    pub fn piece(&self, key: RequestKey) -> Option<Piece> {
        self.known().pieces.get(&key).cloned()
    }

    /// What this side's forge thought of the weapon of a request, if it made it too.
    #[must_use]
    pub fn appraisal(&self, key: RequestKey) -> Option<Appraisal> {
        self.known().appraisals.get(&key).copied()
    }

    /// The judge for the simulation's adapter: what this side thinks of offered content.
    #[must_use]
    pub fn judge(&self) -> pvp_net::sim::ContentJudge {
        let armory = self.clone();
        Box::new(move |content, rest| armory.judge_offer(content, rest))
    }

    fn judge_offer(&self, content: &Content, rest: &[u8]) -> Result<(), u16> {
        let Content::Weapon {
            player,
            request_seq,
            weapon,
        } = content
        else {
            return self.judge_physics(content, rest);
        };
        let key = (player.0, *request_seq);
        let (name, sprite) = unpack(rest).ok_or(refusal::MALFORMED)?;
        self.compare(key, weapon)?;
        // A name that not everybody may read is replaced; the match goes on.
        let name = vet_name(name).unwrap_or_else(|| format!("nameless {}", weapon.archetype().name()));
        self.known().pieces.insert(key, Piece { name, sprite });
        Ok(())
    }

    /// A change of the physics must be what the prompt wishes for, as far as this side knows the prompt.
    fn judge_physics(&self, content: &Content, rest: &[u8]) -> Result<(), u16> {
        if !rest.is_empty() {
            return Err(refusal::MALFORMED);
        }
        let (player, request_seq) = content.answers();
        match self.prompt((player.0, request_seq)) {
            Some(prompt) => {
                let wished = Mastery::of(&prompt).map(|mastery| mastery.content(player, request_seq));
                if wished.as_ref() == Some(content) {
                    Ok(())
                } else {
                    Err(refusal::DEVIATES)
                }
            }
            None => Ok(()),
        }
    }

    /// The guest compares the offer with what its own forge makes of the prompt, as far as it knows the prompt; else the budget must do.
    fn compare(&self, key: RequestKey, weapon: &WeaponDef) -> Result<(), u16> {
        let in_budget = || weapon_gen::check_budget(weapon).map_err(|_| refusal::OVER_BUDGET);
        let (match_seed, prompt, is_host) = {
            let known = self.known();
            (known.match_seed, known.prompts.get(&key).cloned(), known.is_host)
        };
        let Some(prompt) = prompt.filter(|_| !is_host) else {
            return in_budget();
        };
        let request = ForgeRequest {
            prompt: &prompt,
            match_seed,
            player: key.0,
            request_seq: key.1,
        };
        // While the thread still tests another weapon, the budget must do: a frame does not wait.
        let Ok(mut forge) = self.forge.try_lock() else {
            return in_budget();
        };
        forge.check_offer(&request, weapon).map_err(|refused| match refused {
            weapon_gen::OfferRefusal::OverBudget { .. } | weapon_gen::OfferRefusal::WinsTooOften => {
                refusal::OVER_BUDGET
            }
            _ => refusal::DEVIATES,
        })
    }
}

/// The offered bytes: the content, then name and sprite.
#[must_use]
pub fn pack(content: &Content, name: &str, sprite: &Sprite) -> Vec<u8> {
    let mut bytes = content.encode().to_vec();
    let name = &name.as_bytes()[..name.len().min(255)];
    bytes.push(name.len() as u8);
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(&sprite.to_bytes());
    bytes
}

fn unpack(rest: &[u8]) -> Option<(&str, Sprite)> {
    let (length, rest) = rest.split_first()?;
    let (name, sprite) = rest.split_at_checked(usize::from(*length))?;
    Some((std::str::from_utf8(name).ok()?, Sprite::from_bytes(sprite).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(armory: &Armory, name: &str, change: impl FnOnce(&mut WeaponSpec)) -> Result<(), u16> {
        let forged = armory.forge((1, 4), "giant hammer").expect("a clean prompt");
        let mut spec = *forged.weapon.spec();
        change(&mut spec);
        let weapon = WeaponDef::clamped(&spec).0;
        let content = Content::Weapon {
            player: PlayerId(1),
            request_seq: 4,
            weapon,
        };
        let bytes = pack(&content, name, &forged.sprite);
        (armory.judge())(&content, &bytes[Content::BYTES..])
    }

    fn guest() -> Armory {
        let armory = Armory::new(9, false);
        armory.begin_match(5);
        armory.note_prompt((1, 4), "giant hammer");
        armory
    }

    #[test]
    fn an_honest_offer_is_taken_with_name_and_sprite() {
        let armory = guest();
        assert_eq!(offer(&armory, "giant hammer", |_| {}), Ok(()));
        assert_eq!(
            armory.piece((1, 4)).map(|piece| piece.name).as_deref(),
            Some("giant hammer")
        );
    }

    #[test]
    fn a_lying_host_is_refused() {
        assert_eq!(
            offer(&guest(), "giant hammer", |spec| spec.damage -= 1),
            Err(refusal::DEVIATES)
        );
        let absurd = |spec: &mut WeaponSpec| (spec.damage, spec.cooldown_frames, spec.homing) = (100, 60, 32);
        assert_eq!(offer(&guest(), "giant hammer", absurd), Err(refusal::OVER_BUDGET));
    }

    #[test]
    fn a_slur_as_a_name_is_replaced_and_the_match_goes_on() {
        let armory = guest();
        assert_eq!(offer(&armory, "fuck", |_| {}), Ok(()));
        assert_eq!(
            armory.piece((1, 4)).map(|piece| piece.name).as_deref(),
            Some("nameless hammer")
        );
    }

    #[test]
    fn physics_changes_only_as_the_prompt_wishes() {
        let armory = guest();
        armory.note_prompt((0, 2), "moon gravity");
        let judged = |content: Content, rest: &[u8]| (armory.judge())(&content, rest);
        let moon = Mastery::of("moon gravity").expect("a master prompt");
        let other = Mastery::of("double damage").expect("a master prompt");
        assert_eq!(judged(moon.content(PlayerId(0), 2), &[]), Ok(()));
        assert_eq!(judged(moon.content(PlayerId(0), 2), &[1]), Err(refusal::MALFORMED));
        assert_eq!(judged(other.content(PlayerId(0), 2), &[]), Err(refusal::DEVIATES));
        assert_eq!(
            judged(moon.content(PlayerId(1), 4), &[]),
            Err(refusal::DEVIATES),
            "a hammer was wished for"
        );
    }

    #[test]
    fn garbage_is_malformed() {
        let armory = guest();
        let weapon = pvp_sim::fallback_weapon(1, PlayerId(0), 1, 1);
        let content = Content::Weapon {
            player: PlayerId(0),
            request_seq: 1,
            weapon,
        };
        for rest in [&[][..], &[255, 1, 2], &[1, 0xff, 3], &[0]] {
            assert_eq!((armory.judge())(&content, rest), Err(refusal::MALFORMED), "{rest:?}");
        }
    }
}
