//! Owns the order of the tiers, and the record of which were asked for a weapon.
//! Must not ask them.

use crate::counters::Source;
use std::sync::{Mutex, PoisonError};

/// A place where a weapon may come from, in the order in which they are asked.
///
/// The cache comes before the template: what was made once is not made again. With
/// [`is_provider_first`](super::Settings::is_provider_first) providers come before the template, for tools.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Asked {
    /// Kept in memory.
    Memory,
    /// Kept on the disk.
    Disk,
    /// Named by the prompt's words.
    Template,
    /// Proposed by a provider.
    Provider,
    /// What the simulation falls back to.
    Fallback,
}

impl Asked {
    /// The order of the tiers.
    pub const ORDER: [Asked; 5] = [
        Asked::Memory,
        Asked::Disk,
        Asked::Template,
        Asked::Provider,
        Asked::Fallback,
    ];

    /// Who answers a request that ends in this way; `None` for a refusal.
    #[must_use]
    pub const fn of(source: Source) -> Option<Asked> {
        match source {
            Source::Memory => Some(Asked::Memory),
            Source::Disk => Some(Asked::Disk),
            Source::Template => Some(Asked::Template),
            Source::Provider => Some(Asked::Provider),
            Source::NoAnswer | Source::Overflow | Source::Overrun => Some(Asked::Fallback),
            Source::Refused => None,
        }
    }
}

/// Who was asked for one weapon so far.
#[derive(Default)]
pub(super) struct Trace(Mutex<Vec<Asked>>);

impl Trace {
    pub(super) fn ask(&self, tier: Asked) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(tier);
    }

    /// The record, which ends with whoever answered. Of equal requests at once only one asks; the others wait for its answer.
    pub(super) fn ended(self, source: Source) -> Vec<Asked> {
        let mut asked = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let answering = Asked::of(source);
        if asked.last().copied() != answering {
            asked.extend(answering);
        }
        asked
    }
}
