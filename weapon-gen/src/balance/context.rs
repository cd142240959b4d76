//! Owns what a weapon is measured against: the reference weapons, the opponent's weapons, and the physics of the match.
//! Must not fight the duels.

use super::POOL;
use crate::prompt::first_16;
use pvp_sim::{MatchDef, WeaponDef};

/// What a weapon is balanced for.
///
/// [`Context::NONE`] is the pool of reference weapons alone: tiers that both peers compute from the prompt use it.
/// With the opponent's weapons half of all duels are against those.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The opponent's weapons, at most as many as the pool has.
    rivals: Vec<WeaponDef>,
    /// The match whose arena and physics the duels take over, or none for the usual ones.
    def: Option<MatchDef>,
}

impl Context {
    /// The reference weapons alone, in the usual arena.
    pub const NONE: Context = Context {
        rivals: Vec::new(),
        def: None,
    };

    /// Half of the duels are against these weapons of the opponent. Only the first four count,
    /// and the starter weapon does not: whoever holds it has no weapon yet.
    #[must_use]
    pub fn against(rivals: &[WeaponDef]) -> Context {
        let counts = |rival: &&WeaponDef| WeaponDef::parse(rival.spec()).is_ok();
        Context {
            rivals: rivals.iter().filter(counts).take(POOL.len()).copied().collect(),
            def: None,
        }
    }

    /// The same, fought in the arena and by the physics of a match. Its rules (rounds, host, deadlines) do not count.
    #[must_use]
    pub fn in_match(self, def: &MatchDef) -> Context {
        Context {
            def: Some(def.clone()),
            ..self
        }
    }

    /// Identifies the context; `None` for [`Context::NONE`], so that keys without one stay what they are.
    #[must_use]
    pub fn key(&self) -> Option<[u8; 16]> {
        if self.rivals.is_empty() && self.def.is_none() {
            return None;
        }
        let mut hash = blake3::Hasher::new();
        hash.update(b"weapon-gen balance context");
        hash.update(&self.def.as_ref().map_or(0, MatchDef::ruleset_hash).to_le_bytes());
        for rival in &self.rivals {
            hash.update(&rival.spec().to_bytes());
        }
        Some(first_16(hash.finalize().as_bytes()))
    }

    /// The opponent of a duel, the side of the weapon under test, and the seed.
    /// The pool takes one round of 8 duels, the opponent's weapons the next.
    pub(super) fn pairing(&self, duel: u32) -> (WeaponDef, u8, u64) {
        let (place, side) = (duel as usize % POOL.len(), (duel as usize / POOL.len() % 2) as u8);
        let round = duel / (2 * POOL.len() as u32);
        if self.rivals.is_empty() || round.is_multiple_of(2) {
            return (WeaponDef::clamped(&POOL[place]).0, side, round.into());
        }
        (self.rivals[place % self.rivals.len()], side, round.into())
    }

    /// The match of a duel.
    pub(super) fn match_def(&self, seed: u64) -> MatchDef {
        let mut def = MatchDef::duel(seed);
        def.rules.countdown_frames = 10;
        match &self.def {
            None => def,
            Some(own) => MatchDef {
                arena: own.arena.clone(),
                physics: own.physics,
                ..def
            },
        }
    }
}
