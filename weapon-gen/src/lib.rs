//! Prompt → balanced weapon, seeded and host-authoritative.
//!
//! It is not a chat client and not an image generator: a prompt that no template and no provider understands still gives a weapon.
//!
//! ```
//! use weapon_gen::{Forge, ForgeRequest, Tier};
//!
//! let mut forge = Forge::new(pvp_sim::MatchDef::duel(1).ruleset_hash());
//! let request = ForgeRequest { prompt: "flaming ice sword", match_seed: 1, player: 0, request_seq: 1 };
//! let forged = forge.forge_offline(&request).expect("a clean prompt");
//! assert_eq!(forged.name, "flaming ice sword");
//! assert_eq!(forged.tier, Tier::Template);
//! assert_eq!(forged.sprite.to_rgba().len(), 64 * 64 * 4);
//! ```
//!
//! The main types: [`Forge`] makes weapons, [`Prompt`] is a text in normal form, [`Sprite`] a picture,
//! [`balance`] measures fairness, [`provider`] is where an AI plugs in.
//!
//! # Authority
//!
//! The host forges and offers; the receiving peer applies [`Forge::check_offer`] before it acknowledges.
//! An offer names its tier. Tiers without a provider are pure functions of (seed, prompt, versions), so the receiver recomputes
//! them and refuses a deviation; a provider's weapon must keep the budget.
//!
//! # Panics and errors
//!
//! No prompt, provider answer or byte of a peer makes this crate panic; each gives a typed error.

pub mod prompt;
pub mod moderation;
pub mod look;
pub mod template;
pub mod balance;
pub mod sprite;
pub mod provider;
#[cfg(feature = "cache")]
pub mod cache;
#[cfg(feature = "providers")]
pub mod deadline;
#[cfg(all(feature = "cache", feature = "providers"))]
pub mod counters;
#[cfg(all(feature = "cache", feature = "providers"))]
mod queue;
#[cfg(all(feature = "cache", feature = "providers"))]
pub mod service;
mod forge;
mod offer;
pub mod golden;

pub use forge::{Forge, ForgeRequest, Forged, Refusal, Tier, archetype_hint};
pub use moderation::{Category, vet_name};
pub use offer::{OfferRefusal, check_budget, compare_offer, portray};
pub use prompt::{Prompt, PromptError};
pub use sprite::{Sprite, SpriteError};
