//! Owns the service's settings and their defaults.
//! Must not hold keys: the roster has them.

use crate::cache::memory::{self, Clock};
use crate::deadline::Budget;
use crate::moderation::Category;
use crate::provider::http::SetupError;
use crate::template::matcher::{TemplateMatcher, WordMatcher};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What it means when the second opinion on a prompt does not come in its time box, or makes no sense.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum Silence {
    /// The local moderation's word stands: the match goes on. A fallback in a hurry (full queue, no worker in time) always goes by it.
    #[default]
    Passes,
    /// The prompt is refused as if it were this.
    Refuses(Category),
}

/// The service's settings.
#[derive(Clone)]
pub struct Settings {
    /// The ruleset that weapons are made for (`MatchDef::ruleset_hash`); part of every key.
    pub ruleset_hash: u64,
    /// The time of one request.
    pub budget: Budget,
    /// Requests that may wait or work at once; more take the fallback at once.
    pub queue_places: usize,
    /// Requests that may work at once.
    pub workers: usize,
    /// Calls of providers and painters per match seed; `None` for as many as it takes, 0 for none.
    pub calls_per_match: Option<u32>,
    /// Calls of providers and painters per day (UTC), all matches together; `None` for as many as it takes, 0 for none.
    /// With a cache file the count of the day outlives the process.
    pub calls_per_day: Option<u32>,
    /// The time since 1970 UTC, for the calls per day; `None` for the time since the service began,
    /// so that the first day ends 24 hours after the start and no count is kept.
    pub wall_clock: Option<Clock>,
    /// Where weapons are kept between runs.
    pub cache_file: Option<PathBuf>,
    /// How long a weapon is kept in memory.
    pub memory_ttl: Duration,
    /// The clock of the memory; `None` for the runtime's.
    pub clock: Option<Clock>,
    /// Time box of the second opinion in milliseconds.
    pub moderation_ms: u32,
    /// What its silence means.
    pub silence: Silence,
    /// How long a finished weapon waits for its picture, in milliseconds.
    pub picture_wait_ms: u32,
    /// Whether providers are asked even if a template fits. For tools only: in a match the receiving peer
    /// recomputes what a template makes, and refuses anything else for that prompt.
    pub is_provider_first: bool,
    /// Who says which archetype a prompt names. In a match the receiving peer asks the same one.
    pub matcher: &'static dyn TemplateMatcher,
}

impl Settings {
    /// The defaults: 3,000 ms, 100 places, 4 workers, no limit of calls, no file, templates first.
    #[must_use]
    pub const fn new(ruleset_hash: u64) -> Settings {
        Settings {
            ruleset_hash,
            budget: Budget::DEFAULT,
            queue_places: 100,
            workers: 4,
            calls_per_match: None,
            calls_per_day: None,
            wall_clock: None,
            cache_file: None,
            memory_ttl: memory::TTL,
            clock: None,
            moderation_ms: 800,
            silence: Silence::Passes,
            picture_wait_ms: 600,
            is_provider_first: false,
            matcher: &WordMatcher,
        }
    }

    /// The defaults, changed by `WEAPON_GEN_CACHE_FILE`, `WEAPON_GEN_CALLS_PER_MATCH`, `WEAPON_GEN_CALLS_PER_DAY`
    /// and `WEAPON_GEN_PROVIDER_FIRST` (`1`); the wall clock is the system's.
    ///
    /// # Errors
    /// [`SetupError::Number`] if the calls are no number.
    pub fn from_env(ruleset_hash: u64) -> Result<Settings, SetupError> {
        let settings = Settings::from_settings(ruleset_hash, &|name| std::env::var(name).ok())?;
        Ok(Settings {
            wall_clock: Some(Arc::new(system_time)),
            ..settings
        })
    }

    /// The defaults, changed by the settings that `read` knows under the names of [`Settings::from_env`]. No wall clock.
    ///
    /// # Errors
    /// As [`Settings::from_env`].
    pub fn from_settings(ruleset_hash: u64, read: &dyn Fn(&str) -> Option<String>) -> Result<Settings, SetupError> {
        let read = |name: &str| read(name).filter(|text| !text.trim().is_empty());
        let number = |setting: &'static str| {
            read(setting)
                .map(|text| text.trim().parse().map_err(|_| SetupError::Number { setting }))
                .transpose()
        };
        Ok(Settings {
            calls_per_match: number("WEAPON_GEN_CALLS_PER_MATCH")?,
            calls_per_day: number("WEAPON_GEN_CALLS_PER_DAY")?,
            cache_file: read("WEAPON_GEN_CACHE_FILE").map(PathBuf::from),
            is_provider_first: read("WEAPON_GEN_PROVIDER_FIRST").is_some_and(|text| text.trim() == "1"),
            ..Settings::new(ruleset_hash)
        })
    }
}

#[allow(
    clippy::disallowed_types,
    reason = "the settings of a process come from its surroundings, and so does its calendar"
)]
fn system_time() -> Duration {
    std::time::SystemTime::now()
        .duration_since(std::time::SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("ruleset_hash", &self.ruleset_hash)
            .field("budget", &self.budget)
            .field("queue_places", &self.queue_places)
            .field("workers", &self.workers)
            .field("calls_per_match", &self.calls_per_match)
            .field("calls_per_day", &self.calls_per_day)
            .field("cache_file", &self.cache_file)
            .finish_non_exhaustive()
    }
}
