//! Owns what both peers know about forged weapons beside the simulation: prompts, names, sprites, and the judge of offers.
//! Must not decide anything that the simulation reads: a refused offer only means that the fallback comes.

use pvp_sim::{Content, WeaponDef};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use weapon_gen::{Forge, ForgeRequest, Forged, Sprite, vet_name};

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
            is_host,
        };
        Armory {
            knowledge: Arc::new(Mutex::new(knowledge)),
            forge: Arc::new(Mutex::new(Forge::new(ruleset_hash))),
        }
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

    /// Forges the weapon of a request: the host to offer it, the guest to know what to expect.
    ///
    /// # Errors
    /// Why the prompt is not forged, as text for the player.
    pub fn forge(&self, key: RequestKey, prompt: &str) -> Result<Forged, String> {
        let match_seed = self.known().match_seed;
        let request = ForgeRequest {
            prompt,
            match_seed,
            player: key.0,
            request_seq: key.1,
        };
        let mut forge = self.forge.lock().unwrap_or_else(PoisonError::into_inner);
        forge.forge_offline(&request).map_err(|refusal| refusal.to_string())
    }

    /// Name and sprite of the weapon that answered a request.
    #[must_use]
    pub fn piece(&self, key: RequestKey) -> Option<Piece> {
        self.known().pieces.get(&key).cloned()
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
            return Ok(());
        };
        let key = (player.0, *request_seq);
        let (name, sprite) = unpack(rest).ok_or(refusal::MALFORMED)?;
        weapon_gen::check_budget(weapon).map_err(|_| refusal::OVER_BUDGET)?;
        self.compare(key, weapon)?;
        // A name that not everybody may read is replaced; the match goes on.
        let name = vet_name(name).unwrap_or_else(|| format!("nameless {}", weapon.archetype().name()));
        self.known().pieces.insert(key, Piece { name, sprite });
        Ok(())
    }

    /// The guest compares the offer with what its own forge makes of the prompt, as far as it knows the prompt.
    fn compare(&self, key: RequestKey, weapon: &WeaponDef) -> Result<(), u16> {
        let (match_seed, prompt, is_host) = {
            let known = self.known();
            (known.match_seed, known.prompts.get(&key).cloned(), known.is_host)
        };
        let Some(prompt) = prompt.filter(|_| !is_host) else {
            return Ok(());
        };
        let request = ForgeRequest {
            prompt: &prompt,
            match_seed,
            player: key.0,
            request_seq: key.1,
        };
        // While the thread still tests another weapon, the budget must do: a frame does not wait.
        let Ok(mut forge) = self.forge.try_lock() else {
            return Ok(());
        };
        forge.check_offer(&request, weapon).map_err(|_| refusal::DEVIATES)
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
    use pvp_sim::{PlayerId, WeaponSpec};

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
