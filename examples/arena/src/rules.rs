//! Owns the rules that the arena is played with, where they differ from the usual ones of the simulation.
//! Must not be changed lightly: both sides of a match and every replay compare their hash.

use pvp_sim::MatchDef;

/// Health at the start of a round. Twice the usual one: a round then lasts long enough for a prompt to decide it,
/// and a match of good bots a minute or more (see `tests/feel.rs`).
const HEALTH: i32 = 200;

/// A duel in the arena.
#[must_use]
pub fn duel(seed: u64) -> MatchDef {
    let mut def = MatchDef::duel(seed);
    def.rules.health = HEALTH;
    def
}
