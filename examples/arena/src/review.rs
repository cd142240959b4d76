//! Owns the guest's judgment of what the host offers: whether the content is what the request, its prompt and the claimed tier allow.
//! Must not fight a duel: a frame does not wait. What needs one is asked of the forge's thread, and the answer is pending.
//!
//! 1. The prompt was told before the offer came, and is the one that the offer names. For this side's own request it is its own.
//! 2. The confirmed input of the request promised this kind of prompt.
//! 3. What can be recomputed is what this side's own forge has made of the prompt.
//! 4. What an AI provider made is taken only if the host announced one at the start and this side's player takes such weapons;
//!    then the prompt must pass the moderation, and the weapon the budget.

use crate::ledger::Ledger;
use crate::master::Mastery;
use crate::offer::Offer;
use crate::refusals::OfferRefused;
use pvp_sim::{Content, WeaponDef};
use std::task::Poll;
use weapon_gen::{ForgeRequest, OfferRefusal, Prompt, Tier, archetype_hint, compare_offer};

use crate::armory::{Made, RequestKey};

/// How far a judgment has come.
enum Step {
    Taken,
    Waits,
}

/// What this side thinks of an offer; asked again while it is pending.
pub(crate) fn review(ledger: &mut Ledger, content: &Content, rest: &[u8]) -> Poll<Result<(), OfferRefused>> {
    match judge(ledger, content, rest) {
        Ok(Step::Taken) => Poll::Ready(Ok(())),
        Ok(Step::Waits) => Poll::Pending,
        Err(reason) => {
            let (player, request_seq) = content.answers();
            ledger.note_refused((player.0, request_seq), reason);
            Poll::Ready(Err(reason))
        }
    }
}

fn judge(ledger: &mut Ledger, content: &Content, rest: &[u8]) -> Result<Step, OfferRefused> {
    let offer = Offer::decode(content, rest).ok_or(OfferRefused::Malformed)?;
    let (player, request_seq) = content.answers();
    let key = (player.0, request_seq);
    if key.0 > 1 {
        return Err(OfferRefused::Malformed);
    }
    // Both come over the lane, but the prompt is read by the game: it has had its turn once it has seen the offer come.
    let Some(entry) = ledger.entry(key) else {
        return Ok(Step::Waits);
    };
    match entry.was_told {
        None => return Ok(Step::Waits),
        Some(false) => return Err(OfferRefused::PromptUnknown),
        Some(true) => {}
    }
    let told = entry.prompt.as_deref().ok_or(OfferRefused::PromptUnknown)?;
    let told = Prompt::parse(told).map_err(|_| OfferRefused::PromptRefused)?;
    if told.as_str() != offer.prompt {
        return Err(OfferRefused::PromptDiffers);
    }
    // The lane may be ahead of the inputs.
    let Some(accepted) = entry.accepted else {
        return Ok(Step::Waits);
    };
    if archetype_hint(&offer.prompt) != accepted.hint {
        return Err(OfferRefused::HintDiffers);
    }
    match (content, offer.tier) {
        (Content::Weapon { weapon, .. }, Some(Tier::Provider)) => judge_provider(ledger, key, weapon),
        (Content::Weapon { weapon, .. }, Some(tier)) => compare(ledger, key, weapon, tier),
        (Content::PhysicsMod { .. }, None) => {
            let wished = Mastery::of(&offer.prompt).map(|mastery| mastery.content(player, request_seq));
            if wished.as_ref() != Some(content) {
                return Err(OfferRefused::Deviates);
            }
            if ledger.mastery_wait_frames(key.0, accepted.frame) > 0 {
                return Err(OfferRefused::MasterTooSoon);
            }
            Ok(Step::Taken)
        }
        _ => Err(OfferRefused::Malformed),
    }
}

/// The weapon of a tier that this side has recomputed, or is about to.
fn compare(ledger: &Ledger, key: RequestKey, weapon: &WeaponDef, tier: Tier) -> Result<Step, OfferRefused> {
    let Some((entry, prompt)) = ledger
        .entry(key)
        .and_then(|entry| Some((entry, entry.prompt.as_deref()?)))
    else {
        return Err(OfferRefused::PromptUnknown);
    };
    let own = match &entry.own {
        None => return Ok(Step::Waits),
        Some(Err(_)) => return Err(OfferRefused::PromptRefused),
        Some(Ok(Made::Physics(_))) => return Err(OfferRefused::Deviates),
        Some(Ok(Made::Weapon(own))) => own,
    };
    let request = ForgeRequest {
        prompt,
        match_seed: ledger.match_seed,
        player: key.0,
        request_seq: key.1,
    };
    let compared = compare_offer(own, &request, weapon, tier);
    compared.map(|_| Step::Taken).map_err(|refusal| reason(&refusal))
}

/// A provider's weapon cannot be recomputed: whether it may be claimed, and whether it keeps the budget.
fn judge_provider(ledger: &mut Ledger, key: RequestKey, weapon: &WeaponDef) -> Result<Step, OfferRefused> {
    if !ledger.announced.is_some_and(|announced| announced.has_providers) {
        return Err(OfferRefused::ProviderUnannounced);
    }
    if !ledger.taste.accepts_provider_weapons {
        return Err(OfferRefused::ProviderUnwanted);
    }
    let weighing = ledger.entry(key).and_then(|entry| entry.weighing.as_ref());
    if let Some(weighing) = weighing.filter(|weighing| weighing.weapon == *weapon) {
        return match &weighing.result {
            None => Ok(Step::Waits),
            Some(Ok(_)) => Ok(Step::Taken),
            Some(Err(reason)) => Err(*reason),
        };
    }
    if ledger.weigh(key, weapon) {
        return Ok(Step::Waits);
    }
    Err(OfferRefused::Unjudged)
}

/// The forge's reason in the arena's words.
pub(crate) fn reason(refusal: &OfferRefusal) -> OfferRefused {
    match refusal {
        OfferRefusal::OverBudget { .. } | OfferRefusal::WinsTooOften => OfferRefused::OverBudget,
        OfferRefusal::Refused(_) => OfferRefused::PromptRefused,
        _ => OfferRefused::Deviates,
    }
}
