//! Owns the service for programs without an asynchronous runtime: one call, one thread that waits.
//! Must not be called from a frame loop, nor from asynchronous code: it blocks up to the budget.

use super::{Delivery, ForgeService, Settings};
use crate::counters::Counters;
use crate::forge::{ForgeRequest, Refusal};
use crate::provider::http::SetupError;
use crate::provider::roster::Roster;
use tokio::runtime::{Builder, Runtime};

/// The service with a runtime of its own, of one thread.
#[derive(Debug)]
pub struct BlockingService {
    service: ForgeService,
    runtime: Runtime,
}

impl BlockingService {
    /// A service with these settings and these providers.
    ///
    /// # Errors
    /// [`SetupError::Runtime`] if the system gives no thread.
    pub fn new(settings: Settings, roster: Roster) -> Result<BlockingService, SetupError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("weapon-gen")
            .enable_all()
            .build()
            .map_err(|_| SetupError::Runtime)?;
        let service = ForgeService::new(settings, roster);
        Ok(BlockingService { service, runtime })
    }

    /// As [`ForgeService::from_env`].
    ///
    /// # Errors
    /// [`SetupError`] names the setting that makes no sense.
    pub fn from_env(ruleset_hash: u64) -> Result<BlockingService, SetupError> {
        BlockingService::new(Settings::from_env(ruleset_hash)?, Roster::from_env()?)
    }

    /// As [`ForgeService::forge`]; several threads may call at once.
    ///
    /// # Errors
    /// As [`ForgeService::forge`].
    pub fn forge(&self, request: &ForgeRequest<'_>) -> Result<Delivery, Refusal> {
        self.runtime.block_on(self.service.forge(request))
    }

    /// The counts since the service began.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        self.service.counters()
    }
}
