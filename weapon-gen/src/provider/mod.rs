//! Owns what a provider is: something outside that may propose a weapon, or paint one, for a prompt.
//! Must not trust it: a proposal is judged and clamped like anything else from outside.
//!
//! The traits need no runtime and no feature; the clients for real services, and the race between them, need the feature `providers`.

#[cfg(feature = "providers")]
pub mod answer;
#[cfg(feature = "providers")]
pub mod anthropic;
#[cfg(feature = "providers")]
mod ask;
#[cfg(feature = "providers")]
pub mod fal;
#[cfg(feature = "providers")]
pub mod gemini;
#[cfg(feature = "providers")]
pub mod http;
#[cfg(feature = "providers")]
pub mod openai;
#[cfg(feature = "providers")]
mod picture;
#[cfg(feature = "providers")]
pub mod race;
#[cfg(feature = "providers")]
mod raster;
#[cfg(feature = "providers")]
pub mod roster;
#[cfg(feature = "providers")]
pub mod secret;

use crate::balance::{self, Balanced};
use crate::moderation::Category;
use crate::prompt::Prompt;
use crate::sprite::Sprite;
use pvp_sim::{WeaponDef, WeaponSpec};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// What a provider is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// A prompt that has passed moderation.
    pub prompt: Prompt,
    /// Makes providers with a seed repeat themselves.
    pub seed: u64,
    /// How long anybody waits for the answer; work that cannot end within it should not begin.
    pub patience: Duration,
}

/// What a provider answers: numbers that nobody has checked yet, a name, maybe a picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposal {
    /// A name for the players to read.
    pub name: String,
    /// The weapon's numbers.
    pub spec: WeaponSpec,
    /// Whether a number did not even fit into `spec` and was moved to its limit.
    pub is_clamped: bool,
    /// A picture that the provider drew; the service shows it only if the second opinion has nothing against it.
    pub sprite: Option<Sprite>,
}

/// Why a provider has no answer. The pipeline goes on with the next tier.
///
/// It holds no text of the provider, so nothing of a request (such as a key) can reach a log through it.
#[derive(Copy, Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// It declined the prompt.
    #[error("the provider declined")]
    Declined,
    /// The answer could not be understood.
    #[error("the provider's answer could not be understood")]
    Malformed,
    /// The answer is larger than any honest one.
    #[error("the provider's answer has more than {max_bytes} bytes")]
    Oversized {
        /// The limit in bytes.
        max_bytes: usize,
    },
    /// It could not be reached, or hung up.
    #[error("the provider could not be reached")]
    Unreachable,
    /// It did not answer in time.
    #[error("the provider did not answer in time")]
    TooSlow,
    /// It wants fewer requests.
    #[error("the provider wants fewer requests")]
    Busy {
        /// How long it wants to be left alone, if it said so.
        retry_after: Option<Duration>,
    },
    /// It answered with an error status.
    #[error("the provider answered with status {0}")]
    Status(u16),
    /// Its code panicked.
    #[error("the provider's client failed")]
    Crashed,
}

/// The answer of a provider, on its way.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ProviderError>> + Send + 'a>>;

/// Something that may propose a weapon.
///
/// Dropping the answer cancels the request.
pub trait Provider: Send + Sync {
    /// A short name for logs and results.
    fn name(&self) -> &str;

    /// A proposal for a prompt that has passed moderation.
    fn propose<'a>(&'a self, order: &'a Order) -> Answer<'a, Proposal>;
}

/// Something that may paint a weapon's picture.
///
/// Dropping the answer cancels the request.
pub trait Painter: Send + Sync {
    /// A short name for logs and results.
    fn name(&self) -> &str;

    /// A picture for a prompt that has passed moderation.
    fn paint<'a>(&'a self, order: &'a Order) -> Answer<'a, Sprite>;
}

/// Something that gives a second opinion on a prompt that the local moderation lets through.
pub trait Moderator: Send + Sync {
    /// A short name for logs and results.
    fn name(&self) -> &str;

    /// Why the prompt is not for all audiences, or `None` if it is.
    fn judge<'a>(&'a self, prompt: &'a Prompt) -> Answer<'a, Option<Category>>;

    /// How unfit for all audiences a painter's or a text model's picture is, in thousandths: 0 to 1,000.
    /// Over [`PICTURE_SCORE_MAX`] the procedural sprite is shown instead.
    ///
    /// Whoever does not look at pictures has nothing against any.
    fn judge_picture<'a>(&'a self, picture: &'a Sprite) -> Answer<'a, u16> {
        let _ = picture;
        Box::pin(std::future::ready(Ok(0)))
    }
}

/// The highest score of a picture that is shown, in thousandths.
pub const PICTURE_SCORE_MAX: u16 = 700;

/// What became of a proposal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judged {
    /// The balanced weapon.
    pub fair: Balanced,
    /// Whether the proposal was out of range and had to be clamped.
    pub clamped: bool,
    /// The name, if every audience may read it.
    pub name: Option<String>,
}

/// Clamps, balances and vets a proposal: whatever a provider says, the weapon is in range and in budget.
#[must_use]
pub fn judge(proposal: &Proposal) -> Judged {
    let (weapon, clamped) = WeaponDef::clamped(&proposal.spec);
    Judged {
        fair: balance::balance(&weapon),
        clamped: clamped || proposal.is_clamped,
        name: crate::moderation::vet_name(&proposal.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pvp_sim::Archetype;

    #[test]
    fn a_lying_provider_cannot_leave_the_bounds() {
        let absurd = WeaponSpec {
            damage: 255,
            cooldown_frames: 0,
            effect: 99,
            pellets: 255,
            ..Archetype::Bow.base_spec()
        };
        let judged = judge(&Proposal {
            name: "fuck bow".into(),
            spec: absurd,
            is_clamped: false,
            sprite: None,
        });
        assert!(judged.clamped);
        assert_eq!(judged.name, None);
        assert_eq!(WeaponDef::parse(judged.fair.weapon.spec()), Ok(judged.fair.weapon));
        assert!(crate::offer::check_budget(&judged.fair.weapon).is_ok());
    }
}
