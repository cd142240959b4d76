//! Owns the pipeline: normalize → moderate → cache → template → fallback → balance → weapon and sprite.
//! Must not send anything to a peer: the caller carries the result.

use crate::balance::{self, Balanced, Context};
use crate::look::{Form, Look};
use crate::moderation::{self, Category};
use crate::offer::OfferRefusal;
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
        let seed = key_seed(&key);
        let fair = self.balanced(&template::weapon(&found, seed), context);
        let (name, sprite) = named_look(&prompt, &found, seed);
        let forged = Forged {
            name,
            archetype: found.archetype,
            tier: Tier::Template,
            score: fair.score,
            weapon: fair.weapon,
            sprite,
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

/// Name and picture of what a template has named.
pub(crate) fn named_look(prompt: &Prompt, found: &template::Match, seed: u64) -> (String, Sprite) {
    let look = template::look(found.archetype, found.form, &found.modifiers);
    (display_name(prompt, found.archetype), Sprite::draw(&look, seed))
}

/// The prompt's own seed: equal requests share it.
pub(crate) fn key_seed(key: &[u8; 16]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *key;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
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
            theirs.forge_offline(&request("Giant  FLAMING sword")),
            Ok(forged.clone())
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
        let taken = theirs.check_offer_in(&request, &hard, &harder.weapon, Tier::Template);
        assert_eq!(taken.map(|taken| taken.weapon), Ok(harder.weapon));
        assert!(
            theirs.check_offer(&request, &harder.weapon, Tier::Template).is_err(),
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
