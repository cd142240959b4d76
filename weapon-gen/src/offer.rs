//! Owns what the receiving peer asks of an offered weapon: whether its tier, its prompt and its numbers belong together.
//! Must not believe a tier: what can be recomputed is recomputed, and of the rest only numbers within the budget are taken.

use crate::balance::{self, Context};
use crate::forge::{self, Forge, ForgeRequest, Forged, Refusal, Tier};
use crate::moderation;
use crate::prompt::{Prompt, PromptError};
use crate::sprite::Sprite;
use crate::template;
use pvp_sim::WeaponDef;

/// Why an offered weapon is refused by the receiving peer.
#[derive(Copy, Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OfferRefusal {
    /// Stronger than any honest forge makes.
    #[error("weapon power {power} is over {max}")]
    OverBudget {
        /// What [`balance::power`] says.
        power: u32,
        /// [`balance::POWER_MAX`].
        max: u32,
    },
    /// It wins more duels than any honest weapon does ([`balance::is_too_strong`]).
    #[error("weapon wins too many duels")]
    WinsTooOften,
    /// The prompt makes another weapon in the tier that the offer names.
    #[error("the prompt makes another weapon")]
    Deviates,
    /// The prompt itself would have been refused.
    #[error("{0}")]
    Refused(Refusal),
    /// Not every audience may read its name.
    #[error("weapon has a name that is not for all audiences")]
    Name,
    /// There was no time to check it.
    #[error("weapon could not be checked in time")]
    Unchecked,
}

/// The score that nobody has measured.
const SCORE_UNMEASURED: u8 = 50;

impl Forge {
    /// What the receiving peer asks before it acknowledges an offer: whether the prompt makes this weapon in the tier that the
    /// offer names. Gives the weapon as this side shows it, with a name and a picture of its own making.
    ///
    /// [`Tier::Cache`] and [`Tier::Template`] must be what this forge makes of the prompt, [`Tier::Fallback`] what the simulation
    /// itself falls back to. A weapon of [`Tier::Provider`] cannot be recomputed: for it the prompt must pass the moderation and
    /// the weapon the budget; whether a claim of that tier is believed at all is the caller's to say.
    ///
    /// # Errors
    /// [`OfferRefusal`] says why the offer is refused.
    pub fn check_offer(
        &mut self,
        request: &ForgeRequest<'_>,
        weapon: &WeaponDef,
        tier: Tier,
    ) -> Result<Forged, OfferRefusal> {
        self.check_offer_in(request, &Context::NONE, weapon, tier)
    }

    /// As [`Forge::check_offer`], for an offer that was [made for a context](Forge::forge_in).
    ///
    /// # Errors
    /// As [`Forge::check_offer`].
    pub fn check_offer_in(
        &mut self,
        request: &ForgeRequest<'_>,
        context: &Context,
        weapon: &WeaponDef,
        tier: Tier,
    ) -> Result<Forged, OfferRefusal> {
        if tier == Tier::Provider {
            return check_provided(request, weapon);
        }
        let own = self.forge_in(request, context).map_err(OfferRefusal::Refused)?;
        compare_offer(&own, request, weapon, tier)
    }
}

/// [`Forge::check_offer`] for a receiver that has forged the request itself already and got `own`: no duel is fought, except for
/// [`Tier::Provider`] (some 50 ms on one core).
///
/// # Errors
/// [`OfferRefusal`] says why the offer is refused.
pub fn compare_offer(
    own: &Forged,
    request: &ForgeRequest<'_>,
    weapon: &WeaponDef,
    tier: Tier,
) -> Result<Forged, OfferRefusal> {
    let prompt = Prompt::parse(request.prompt).map_err(|error| OfferRefusal::Refused(error.into()))?;
    let is_named = own.tier != Tier::Fallback;
    match tier {
        Tier::Cache | Tier::Template if is_named && own.weapon == *weapon => Ok(own.clone()),
        Tier::Fallback if !is_named && own.weapon == *weapon => Ok(own.clone()),
        // A forge in a hurry falls back although a template names the weapon: the simulation would do the same.
        Tier::Fallback if forge::fallback_of(&prompt, request) == *weapon => {
            let seed = forge::fallback_seed(request);
            Ok(forge::dressed(&prompt, *weapon, tier, SCORE_UNMEASURED, seed))
        }
        Tier::Provider => check_provided(request, weapon),
        Tier::Cache | Tier::Template | Tier::Fallback => {
            check_power(weapon)?;
            Err(OfferRefusal::Deviates)
        }
    }
}

/// A weapon that cannot be recomputed: its prompt must pass the moderation, its numbers the budget.
fn check_provided(request: &ForgeRequest<'_>, weapon: &WeaponDef) -> Result<Forged, OfferRefusal> {
    let prompt = Prompt::parse(request.prompt).map_err(|error| OfferRefusal::Refused(error.into()))?;
    moderation::judge(&prompt).map_err(|category| OfferRefusal::Refused(Refusal::Moderated(category)))?;
    check_budget(weapon)?;
    let score = balance::score(weapon);
    let seed = forge::fallback_seed(request);
    Ok(forge::dressed(&prompt, *weapon, Tier::Provider, score, seed))
}

/// Whether a weapon that cannot be recomputed (an AI made it) is one that an honest forge may have made.
///
/// The budget decides the clear cases in microseconds; for the others duels are fought, some 40 ms on one core.
///
/// # Errors
/// [`OfferRefusal::OverBudget`] or [`OfferRefusal::WinsTooOften`] if the weapon is stronger than any honest forge makes.
pub fn check_budget(weapon: &WeaponDef) -> Result<(), OfferRefusal> {
    let power = check_power(weapon)?;
    if power > balance::POWER_FAIR && balance::is_too_strong(weapon) {
        return Err(OfferRefusal::WinsTooOften);
    }
    Ok(())
}

/// The part of [`check_budget`] that takes microseconds.
pub(crate) fn check_power(weapon: &WeaponDef) -> Result<u32, OfferRefusal> {
    let (power, max) = (balance::power(weapon.spec()), balance::POWER_MAX);
    if power > max {
        return Err(OfferRefusal::OverBudget { power, max });
    }
    Ok(power)
}

/// Name and picture of a weapon, from the words of its prompt and its numbers: what somebody shows who got only those two.
/// The name is moderated.
///
/// # Errors
/// [`PromptError`] if the text is no prompt.
pub fn portray(
    ruleset_hash: u64,
    request: &ForgeRequest<'_>,
    weapon: &WeaponDef,
    tier: Tier,
) -> Result<(String, Sprite), PromptError> {
    let prompt = Prompt::parse(request.prompt)?;
    let found = match tier {
        Tier::Cache | Tier::Template => template::find(&prompt),
        Tier::Provider | Tier::Fallback => None,
    };
    if let Some(found) = found {
        let seed = forge::key_seed(&prompt.key(ruleset_hash));
        return Ok(forge::named_look(&prompt, &found, seed));
    }
    let shown = forge::dressed(&prompt, *weapon, tier, SCORE_UNMEASURED, forge::fallback_seed(request));
    Ok((shown.name, shown.sprite))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moderation::Category;
    use pvp_sim::{Archetype, WeaponSpec};

    const SADNESS: &str = "my grandmother's sadness";

    fn request(prompt: &str) -> ForgeRequest<'_> {
        ForgeRequest {
            prompt,
            match_seed: 11,
            player: 1,
            request_seq: 3,
        }
    }

    fn altered(weapon: &WeaponDef, change: impl FnOnce(&mut WeaponSpec)) -> WeaponDef {
        let mut spec = *weapon.spec();
        change(&mut spec);
        WeaponDef::clamped(&spec).0
    }

    fn orb() -> WeaponDef {
        WeaponDef::parse(&Archetype::Orb.base_spec()).expect("a weapon")
    }

    #[test]
    fn an_honest_offer_is_taken_in_its_tier_alone() {
        let mut forge = Forge::new(5);
        for (prompt, tier) in [("bow", Tier::Template), (SADNESS, Tier::Fallback)] {
            let honest = Forge::new(5).forge_offline(&request(prompt)).expect("a weapon");
            assert_eq!(honest.tier, tier);
            let taken = forge
                .check_offer(&request(prompt), &honest.weapon, tier)
                .expect("honest");
            assert_eq!((taken.name, taken.sprite), (honest.name.clone(), honest.sprite.clone()));
            let shown = portray(5, &request(prompt), &honest.weapon, tier).expect("a prompt");
            assert_eq!(
                shown,
                (honest.name, honest.sprite),
                "drawn again from words and numbers"
            );
            let other = match tier {
                Tier::Template => Tier::Fallback,
                _ => Tier::Template,
            };
            let refused = forge.check_offer(&request(prompt), &honest.weapon, other);
            assert_eq!(refused, Err(OfferRefusal::Deviates), "{prompt} as {other:?}");
        }
        // A forge that ran out of time offers what the simulation would come to.
        let spare = forge::fallback_of(&Prompt::parse("bow").expect("a prompt"), &request("bow"));
        let taken = forge.check_offer(&request("bow"), &spare, Tier::Fallback);
        assert_eq!(taken.map(|taken| taken.weapon), Ok(spare));
    }

    #[test]
    fn a_lie_about_the_weapon_is_refused() {
        let mut forge = Forge::new(5);
        for (prompt, tier) in [
            ("bow", Tier::Template),
            ("bow", Tier::Cache),
            (SADNESS, Tier::Fallback),
            (SADNESS, Tier::Template),
        ] {
            let honest = forge.forge_offline(&request(prompt)).expect("a weapon").weapon;
            let better = altered(&honest, |spec| spec.damage += 1);
            for lie in [better, orb()] {
                let refused = forge.check_offer(&request(prompt), &lie, tier);
                assert_eq!(refused, Err(OfferRefusal::Deviates), "{prompt} as {tier:?}");
            }
        }
    }

    #[test]
    fn a_weapon_of_a_provider_needs_a_clean_prompt_and_the_budget() {
        let mut forge = Forge::new(5);
        let taken = forge.check_offer(&request(SADNESS), &orb(), Tier::Provider);
        assert_eq!(
            taken.map(|taken| (taken.tier, taken.name)),
            Ok((Tier::Provider, SADNESS.to_owned()))
        );
        let rude = forge.check_offer(&request("fuck sword"), &orb(), Tier::Provider);
        let moderated = Refusal::Moderated(Category::Profanity);
        assert_eq!(rude.map(|taken| taken.name), Err(OfferRefusal::Refused(moderated)));
        let absurd = |spec: &mut WeaponSpec| {
            (spec.damage, spec.cooldown_frames, spec.homing, spec.effect_radius) = (100, 60, 32, 32);
        };
        let absurd = altered(&orb(), absurd);
        for (prompt, tier) in [
            ("bow", Tier::Template),
            (SADNESS, Tier::Provider),
            (SADNESS, Tier::Fallback),
        ] {
            assert!(matches!(
                forge.check_offer(&request(prompt), &absurd, tier),
                Err(OfferRefusal::OverBudget { .. } | OfferRefusal::WinsTooOften)
            ));
        }
    }
}
