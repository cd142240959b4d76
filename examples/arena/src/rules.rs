//! Owns the rules that the arena is played with, where they differ from the usual ones of the simulation.
//! Must not be changed lightly: both sides of a match and every replay compare their hash.

use pvp_sim::MatchDef;

/// Health at the start of a round. Twice the usual one: a round then lasts long enough for a prompt to decide it.
const HEALTH: i32 = 200;
/// Rounds that win a match, and the most there are. A match of good bots then lasts one to three minutes (see `tests/feel.rs`).
const ROUNDS: (u32, u32) = (4, 9);

/// A duel in the arena.
#[must_use]
pub fn duel(seed: u64) -> MatchDef {
    let mut def = MatchDef::duel(seed);
    def.rules.health = HEALTH;
    (def.rules.rounds_to_win, def.rules.rounds_max) = ROUNDS;
    def
}
