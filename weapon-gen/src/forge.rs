//! Owns the pipeline: normalize → moderate → cache → template → fallback → balance → weapon and sprite.
//! Must not send anything to a peer: the caller carries the result.

use crate::balance::{self, Balanced, Context};
use crate::look::{Form, Look};
use crate::moderation::{self, Category};
use crate::prompt::{Prompt, PromptError, first_16};
use crate::sprite::Sprite;
use crate::template;
use crate::template::matcher::{TemplateMatcher, WordMatcher};
use pvp_sim::{Archetype, PlayerId, WeaponDef, WeaponSpec, fallback_weapon};
use std::collections::BTreeMap;

/// What a player asks for.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct ForgeRequest<'a> {
    /// As typed.
    pub prompt: &'a str,
    /// The match's agreed seed.
    pub match_seed: u64,
    /// Who asks.
    pub player: u8,
    /// The request's counter in that player's inputs.
    pub request_seq: u8,
}

/// Where a weapon came from.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tier {
    /// Made before for the same prompt.
    Cache,
    /// Named by the prompt's words.
    Template,
    /// Proposed by an AI provider.
    Provider,
    /// Nothing fit: drawn from the seed.
    Fallback,
}

impl Tier {
    /// The lower-case name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Tier::Cache => "cache",
            Tier::Template => "template",
            Tier::Provider => "provider",
            Tier::Fallback => "fallback",
        }
    }
}

/// A finished weapon.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forged {
    /// What the players read; moderated, at most 32 characters.
    pub name: String,
    /// Its shape.
    pub archetype: Archetype,
    /// Where it came from.
    pub tier: Tier,
    /// Win rate in percent against the reference weapons.
    pub score: u8,
    /// What the simulation fires.
    pub weapon: WeaponDef,
    /// Its picture.
    pub sprite: Sprite,
}

impl Forged {
    /// Identifies the weapon's numbers: the first 16 bytes of BLAKE3 over its spec.
    #[must_use]
    pub fn spec_hash(&self) -> [u8; 16] {
        first_16(blake3::hash(&self.weapon.spec().to_bytes()).as_bytes())
    }
}

/// Why a prompt is not forged. The display text is meant for the player.
#[derive(Copy, Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The text is no prompt.
    #[error("{0}")]
    Prompt(#[from] PromptError),
    /// The text is not for all audiences.
    #[error("{}", .0.message())]
    Moderated(Category),
}

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
    /// The prompt makes another weapon.
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

/// A forge without providers: tiers cache, template and fallback; the same request gives the same weapon on every machine.
#[derive(Debug)]
pub struct Forge {
    ruleset_hash: u64,
    matcher: &'static dyn TemplateMatcher,
    cache: BTreeMap<[u8; 16], Forged>,
    /// Balanced weapons by the spec before and the context, and scores of fallbacks by their own.
    scores: BTreeMap<([u8; WeaponSpec::BYTES], Option<[u8; 16]>), Balanced>,
}

/// Entries kept in memory; beyond that the cache starts anew.
const CACHE_ENTRIES_MAX: usize = 512;

impl Forge {
    /// A forge for a ruleset (`MatchDef::ruleset_hash`).
    #[must_use]
    pub const fn new(ruleset_hash: u64) -> Forge {
        Forge::with_matcher(ruleset_hash, &WordMatcher)
    }

    /// A forge whose template tier asks another matcher. Both peers must ask the same one.
    #[must_use]
    pub const fn with_matcher(ruleset_hash: u64, matcher: &'static dyn TemplateMatcher) -> Forge {
        Forge {
            ruleset_hash,
            matcher,
            cache: BTreeMap::new(),
            scores: BTreeMap::new(),
        }
    }

    /// Makes the weapon of a request without any provider.
    ///
    /// # Errors
    /// [`Refusal`] if the prompt is empty, too long or not for all audiences.
    pub fn forge_offline(&mut self, request: &ForgeRequest<'_>) -> Result<Forged, Refusal> {
        self.forge_in(request, &Context::NONE)
    }

    /// As [`Forge::forge_offline`], balanced for a context such as the opponent's weapons.
    /// Both peers must name the same context: the weapons of the state in the frame of the confirmed request.
    ///
    /// # Errors
    /// As [`Forge::forge_offline`].
    pub fn forge_in(&mut self, request: &ForgeRequest<'_>, context: &Context) -> Result<Forged, Refusal> {
        let prompt = Prompt::parse(request.prompt)?;
        moderation::judge(&prompt).map_err(Refusal::Moderated)?;
        let key = prompt.key(self.ruleset_hash);
        let cache_key = match context.key() {
            None => key,
            Some(context) => first_16(blake3::hash(&[key, context].concat()).as_bytes()),
        };
        // Only template weapons are cached: a fallback belongs to its request.
        if let Some(kept) = self.cache.get(&cache_key) {
            return Ok(Forged {
                // A synonym shares the weapon, not the name.
                name: display_name(&prompt, kept.archetype),
                tier: Tier::Cache,
                ..kept.clone()
            });
        }
        let Some(found) = self.matcher.find_best_match(&prompt) else {
            return Ok(self.fall_back(&prompt, request));
        };
        let seed = u64::from_le_bytes([key[0], key[1], key[2], key[3], key[4], key[5], key[6], key[7]]);
        let fair = self.balanced(&template::weapon(&found, seed), context);
        let look = template::look(found.archetype, found.form, &found.modifiers);
        let forged = Forged {
            name: display_name(&prompt, found.archetype),
            archetype: found.archetype,
            tier: Tier::Template,
            score: fair.score,
            weapon: fair.weapon,
            sprite: Sprite::draw(&look, seed),
        };
        if self.cache.len() >= CACHE_ENTRIES_MAX {
            self.cache.clear();
        }
        self.cache.insert(cache_key, forged.clone());
        Ok(forged)
    }

    /// The weapon that the simulation itself falls back to for the request, with a name and a sprite.
    fn fall_back(&mut self, prompt: &Prompt, request: &ForgeRequest<'_>) -> Forged {
        let weapon = fallback_of(prompt, request);
        let score = self.scored(&weapon);
        dressed(prompt, weapon, Tier::Fallback, score, fallback_seed(request))
    }

    fn balanced(&mut self, weapon: &WeaponDef, context: &Context) -> Balanced {
        if self.scores.len() >= CACHE_ENTRIES_MAX {
            self.scores.clear();
        }
        *self
            .scores
            .entry((weapon.spec().to_bytes(), context.key()))
            .or_insert_with(|| balance::balance_in(weapon, context))
    }

    /// The score of a weapon that stays as it is.
    fn scored(&mut self, weapon: &WeaponDef) -> u8 {
        if self.scores.len() >= CACHE_ENTRIES_MAX {
            self.scores.clear();
        }
        let untouched = || Balanced {
            weapon: *weapon,
            score: balance::score(weapon),
            passes: 0,
            verdict: balance::Verdict::Fair,
        };
        self.scores
            .entry((weapon.spec().to_bytes(), None))
            .or_insert_with(untouched)
            .score
    }

    /// What the receiving peer asks before it acknowledges an offer: whether the prompt really makes this weapon, else the budget.
    ///
    /// A weapon that this forge makes of the request itself is honest whatever its strength.
    /// A prompt that no template knows may have been answered by the host's AI provider: for such a weapon the budget must do.
    ///
    /// # Errors
    /// [`OfferRefusal`] says why the offer is refused.
    pub fn check_offer(&mut self, request: &ForgeRequest<'_>, weapon: &WeaponDef) -> Result<(), OfferRefusal> {
        self.check_offer_in(request, &Context::NONE, weapon)
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
    ) -> Result<(), OfferRefusal> {
        let own = self.forge_in(request, context).map_err(OfferRefusal::Refused)?;
        if own.weapon == *weapon {
            return Ok(());
        }
        check_budget(weapon)?;
        match own.tier {
            Tier::Fallback => Ok(()),
            _ => Err(OfferRefusal::Deviates),
        }
    }
}

/// The quick half of [`Forge::check_offer`], for weapons that cannot be recomputed (an AI made them).
///
/// The budget decides the clear cases in microseconds; for the others duels are fought, some 40 ms on one core.
///
/// # Errors
/// [`OfferRefusal::OverBudget`] or [`OfferRefusal::WinsTooOften`] if the weapon is stronger than any honest forge makes.
pub fn check_budget(weapon: &WeaponDef) -> Result<(), OfferRefusal> {
    check_power(weapon)?;
    if balance::power(weapon.spec()) > balance::POWER_FAIR && balance::is_too_strong(weapon) {
        return Err(OfferRefusal::WinsTooOften);
    }
    Ok(())
}

/// The part of [`check_budget`] that takes microseconds.
pub(crate) fn check_power(weapon: &WeaponDef) -> Result<(), OfferRefusal> {
    let power = balance::power(weapon.spec());
    if power > balance::POWER_MAX {
        return Err(OfferRefusal::OverBudget {
            power,
            max: balance::POWER_MAX,
        });
    }
    Ok(())
}

/// Whether everybody may read a finished weapon's name.
#[cfg_attr(
    not(all(feature = "cache", feature = "providers")),
    allow(dead_code, reason = "the service's")
)]
pub(crate) fn check_dress(forged: &Forged) -> Result<(), OfferRefusal> {
    let is_own = forged.name == format!("nameless {}", forged.archetype.name());
    let is_fit = is_own || moderation::vet_name(&forged.name).as_ref() == Some(&forged.name);
    is_fit.then_some(()).ok_or(OfferRefusal::Name)
}

/// The byte that a player's input carries beside a request: the archetype of the prompt's template, or a number without one.
#[must_use]
pub fn archetype_hint(prompt: &str) -> u8 {
    Prompt::parse(prompt).map_or(u8::MAX, |prompt| hint_of(&prompt))
}

/// The numbers that the simulation itself falls back to for the request.
pub(crate) fn fallback_of(prompt: &Prompt, request: &ForgeRequest<'_>) -> WeaponDef {
    fallback_weapon(
        request.match_seed,
        PlayerId(request.player),
        request.request_seq,
        hint_of(prompt),
    )
}

/// Draws a fallback's sprite.
pub(crate) fn fallback_seed(request: &ForgeRequest<'_>) -> u64 {
    request.match_seed ^ u64::from(request.request_seq)
}

/// A finished weapon whose numbers are given: name and sprite come from the prompt's words.
pub(crate) fn dressed(prompt: &Prompt, weapon: WeaponDef, tier: Tier, score: u8, seed: u64) -> Forged {
    let archetype = weapon.archetype();
    let words: Vec<&str> = prompt.canonical_words().collect();
    let modifiers = template::modifiers(&words);
    let look = if modifiers.is_empty() {
        Look::of_effect(archetype, weapon.effect())
    } else {
        template::look(archetype, Form::Usual, &modifiers)
    };
    Forged {
        name: display_name(prompt, archetype),
        archetype,
        tier,
        score,
        weapon,
        sprite: Sprite::draw(&look, seed),
    }
}

fn hint_of(prompt: &Prompt) -> u8 {
    match template::find(prompt) {
        Some(found) => found.archetype as u8,
        // No archetype has a number above 127: the simulation then draws one from the seed and this byte.
        None => 128 | prompt.key(0)[0],
    }
}

pub(crate) fn display_name(prompt: &Prompt, archetype: Archetype) -> String {
    moderation::vet_name(prompt.as_str()).unwrap_or_else(|| format!("nameless {}", archetype.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(prompt: &str) -> ForgeRequest<'_> {
        ForgeRequest {
            prompt,
            match_seed: 11,
            player: 1,
            request_seq: 3,
        }
    }

    #[test]
    fn a_prompt_makes_the_same_weapon_for_everybody() {
        let (mut mine, mut theirs) = (Forge::new(5), Forge::new(5));
        let forged = mine.forge_offline(&request("giant flaming sword")).expect("a weapon");
        assert_eq!(forged.tier, Tier::Template);
        assert_eq!(forged.archetype, Archetype::Sword);
        assert!(balance::FAIR_SCORES.contains(&forged.score), "{}", forged.score);
        assert_eq!(
            theirs.check_offer(&request("Giant  FLAMING sword"), &forged.weapon),
            Ok(())
        );
        let again = mine.forge_offline(&request("giant flaming sword")).expect("a weapon");
        assert_eq!(
            again,
            Forged {
                tier: Tier::Cache,
                ..forged
            }
        );
    }

    #[test]
    fn a_lie_about_the_weapon_is_refused() {
        let mut forge = Forge::new(5);
        let honest = forge.forge_offline(&request("bow")).expect("a weapon").weapon;
        let better = WeaponDef::clamped(&WeaponSpec {
            damage: honest.spec().damage + 1,
            ..*honest.spec()
        })
        .0;
        assert_eq!(forge.check_offer(&request("bow"), &better), Err(OfferRefusal::Deviates));
        let made_by_ai = Archetype::Orb.base_spec();
        let made_by_ai = WeaponDef::parse(&made_by_ai).expect("a weapon");
        assert_eq!(
            forge.check_offer(&request("my grandmother's sadness"), &made_by_ai),
            Ok(())
        );
        let absurd = WeaponSpec {
            damage: 100,
            cooldown_frames: 60,
            homing: 32,
            effect_radius: 32,
            ..*honest.spec()
        };
        let absurd = WeaponDef::clamped(&absurd).0;
        for prompt in ["bow", "my grandmother's sadness"] {
            assert!(matches!(
                forge.check_offer(&request(prompt), &absurd),
                Err(OfferRefusal::OverBudget { .. } | OfferRefusal::WinsTooOften)
            ));
        }
    }

    #[test]
    fn a_context_balances_the_same_prompt_for_another_opponent() {
        let rival = WeaponDef::clamped(&WeaponSpec {
            damage: 100,
            cooldown_frames: 60,
            ..Archetype::Laser.base_spec()
        })
        .0;
        let (hard, mut mine, mut theirs) = (Context::against(&[rival]), Forge::new(5), Forge::new(5));
        let request = request("slow dagger");
        let usual = mine.forge_offline(&request).expect("a weapon");
        let harder = mine.forge_in(&request, &hard).expect("a weapon");
        assert_eq!(
            (usual.tier, harder.tier),
            (Tier::Template, Tier::Template),
            "each has its own entry"
        );
        assert_ne!(usual.weapon, harder.weapon, "it is buffed against such an opponent");
        assert_eq!(theirs.check_offer_in(&request, &hard, &harder.weapon), Ok(()));
        assert!(
            theirs.check_offer(&request, &harder.weapon).is_err(),
            "nobody made it for this context"
        );
        assert_eq!(mine.forge_in(&request, &hard).map(|again| again.tier), Ok(Tier::Cache));
        assert_eq!(mine.forge_offline(&request).map(|again| again.weapon), Ok(usual.weapon));
    }

    #[test]
    fn every_clean_prompt_makes_a_weapon_and_others_say_why() {
        let mut forge = Forge::new(5);
        let fallback = forge
            .forge_offline(&request("my grandmother's sadness"))
            .expect("a weapon");
        assert_eq!(fallback.tier, Tier::Fallback);
        let hint = archetype_hint("my grandmother's sadness");
        assert_eq!(
            fallback.weapon,
            fallback_weapon(11, PlayerId(1), 3, hint),
            "the simulation draws the same weapon"
        );
        assert_eq!(
            forge.forge_offline(&request("  ")),
            Err(Refusal::Prompt(PromptError::Empty))
        );
        assert_eq!(
            forge.forge_offline(&request("fuck sword")),
            Err(Refusal::Moderated(Category::Profanity))
        );
    }
}
