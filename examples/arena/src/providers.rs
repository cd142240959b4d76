//! Owns the host's AI providers: those that the environment names, if the arena is built with the feature `ai`.
//! Must not be used by a guest, nor where a match has to repeat exactly.

#[cfg(feature = "ai")]
use weapon_gen::Tier;
use weapon_gen::{ForgeRequest, Forged, Refusal};

/// The providers, or nothing: then the forge works offline.
#[derive(Clone, Debug, Default)]
pub struct Providers {
    #[cfg(feature = "ai")]
    service: Option<std::sync::Arc<weapon_gen::service::blocking::BlockingService>>,
}

#[cfg(feature = "ai")]
impl Providers {
    /// What the environment names. A setting that makes no sense is a warning, and the forge works offline.
    #[must_use]
    pub fn from_env(ruleset_hash: u64) -> Providers {
        use weapon_gen::provider::roster::Roster;
        use weapon_gen::service::Settings;
        use weapon_gen::service::blocking::BlockingService;
        let set_up = || {
            let roster = Roster::from_env()?;
            if roster.is_empty() {
                return Ok(None);
            }
            BlockingService::new(Settings::from_env(ruleset_hash)?, roster).map(Some)
        };
        let service = set_up().unwrap_or_else(|error: weapon_gen::provider::http::SetupError| {
            tracing::warn!(%error, "weapons are forged without AI providers");
            None
        });
        Providers {
            service: service.map(std::sync::Arc::new),
        }
    }

    /// Whether anybody is there to ask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.service.is_none()
    }

    /// The weapon of a request through all tiers, or `None` without providers. Waits up to 3 seconds.
    #[must_use]
    pub fn forge(&self, request: &ForgeRequest<'_>) -> Option<Result<Forged, Refusal>> {
        let delivery = self.service.as_ref()?.forge(request);
        Some(delivery.map(|delivery| match delivery.provider {
            // Kept or fresh: nobody can recompute what a provider has made, and the offer says so.
            Some(_) => Forged {
                tier: Tier::Provider,
                ..delivery.forged
            },
            None => delivery.forged,
        }))
    }
}

#[cfg(not(feature = "ai"))]
impl Providers {
    /// Nothing: this arena is built without the feature `ai`.
    #[must_use]
    pub const fn from_env(_: u64) -> Providers {
        Providers {}
    }

    /// Whether anybody is there to ask.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        true
    }

    /// Always `None`.
    #[must_use]
    pub const fn forge(&self, _: &ForgeRequest<'_>) -> Option<Result<Forged, Refusal>> {
        None
    }
}
