//! Owns the time budget of one request: 3,000 ms, cut into stages.
//! Must not do the work of a stage: it only says when a stage has to end.
//!
//! The clock is the runtime's (`tokio::time`), so tests pause it and lose no time.

use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// A part of a request's way. Each has its own share of the budget.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Memory and disk tier.
    Cache,
    /// Template match and the race of the providers.
    Providers,
    /// Balance duels and the sprite.
    Balance,
    /// Offer, acknowledgment and commit: the time that is left for the caller.
    Commit,
}

/// The shares of the stages, in milliseconds. Their sum is the whole budget.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Budget {
    /// For the cache.
    pub cache_ms: u32,
    /// For the race of the providers.
    pub providers_ms: u32,
    /// For balance and sprite; a verdict takes at most 500 ms on one core.
    pub balance_ms: u32,
    /// Left for the caller to bring the weapon into the match.
    pub commit_ms: u32,
}

impl Budget {
    /// 3,000 ms: 50 for the cache, 2,250 for the providers, 500 for the balance, 200 for the commit.
    pub const DEFAULT: Budget = Budget {
        cache_ms: 50,
        providers_ms: 2_250,
        balance_ms: 500,
        commit_ms: 200,
    };

    /// The sum of all shares.
    #[must_use]
    pub const fn total(&self) -> Duration {
        self.until(Stage::Commit)
    }

    /// How long after the start a stage ends at the latest. Time that an earlier stage leaves over belongs to the next one.
    #[must_use]
    pub const fn until(&self, stage: Stage) -> Duration {
        let ends = match stage {
            Stage::Cache => [self.cache_ms, 0, 0, 0],
            Stage::Providers => [self.cache_ms, self.providers_ms, 0, 0],
            Stage::Balance => [self.cache_ms, self.providers_ms, self.balance_ms, 0],
            Stage::Commit => [self.cache_ms, self.providers_ms, self.balance_ms, self.commit_ms],
        };
        Duration::from_millis(ends[0] as u64 + ends[1] as u64 + ends[2] as u64 + ends[3] as u64)
    }
}

impl Default for Budget {
    fn default() -> Budget {
        Budget::DEFAULT
    }
}

/// The running budget of one request.
#[derive(Copy, Clone, Debug)]
pub struct Deadline {
    start: Instant,
    budget: Budget,
}

/// A stage took longer than its share; go on with the next tier.
#[derive(Copy, Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the stage took longer than its share of the budget")]
pub struct Overrun;

impl Deadline {
    /// Starts the budget now.
    #[must_use]
    pub fn start(budget: Budget) -> Deadline {
        Deadline {
            start: Instant::now(),
            budget,
        }
    }

    /// When a stage has to end.
    #[must_use]
    pub fn end(&self, stage: Stage) -> Instant {
        self.start + self.budget.until(stage)
    }

    /// What is left until a stage has to end; zero if it is over.
    #[must_use]
    pub fn left(&self, stage: Stage) -> Duration {
        self.end(stage).saturating_duration_since(Instant::now())
    }

    /// Time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Runs a stage's work until the stage has to end; the work is dropped then.
    ///
    /// # Errors
    /// [`Overrun`] if the work did not end in time.
    pub async fn within<F: Future>(&self, stage: Stage, work: F) -> Result<F::Output, Overrun> {
        timeout_at(self.end(stage), work).await.map_err(|_| Overrun)
    }
}
