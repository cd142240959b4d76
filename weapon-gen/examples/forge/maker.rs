//! Owns who makes the weapons of the command line: the offline forge, or the service with AI providers.
//! Must not print: what goes wrong is text for the caller.

use weapon_gen::{Forge, ForgeRequest, Forged};

/// What makes the weapons.
pub(crate) enum Maker {
    /// The forge without providers.
    Offline(Box<Forge>),
    /// All tiers.
    #[cfg(all(feature = "cache", feature = "providers"))]
    Service(weapon_gen::service::blocking::BlockingService),
}

impl Maker {
    /// Without a name: everybody that the environment names, or nobody. With a name: this provider before the templates.
    #[cfg(all(feature = "cache", feature = "providers"))]
    pub(crate) fn new(provider: Option<&str>, ruleset_hash: u64) -> Result<Maker, String> {
        use weapon_gen::provider::roster::Roster;
        use weapon_gen::service::Settings;
        use weapon_gen::service::blocking::BlockingService;
        let said = |error: weapon_gen::provider::http::SetupError| error.to_string();
        let mut roster = Roster::from_env().map_err(said)?;
        let mut settings = Settings::from_env(ruleset_hash).map_err(said)?;
        if let Some(name) = provider {
            roster = roster.only(name);
            if roster.providers.is_empty() {
                return Err(format!("no provider {name}: its key is not set in the environment"));
            }
            settings.is_provider_first = true;
        } else if roster.is_empty() {
            return Ok(Maker::Offline(Box::new(Forge::new(ruleset_hash))));
        }
        BlockingService::new(settings, roster).map(Maker::Service).map_err(said)
    }

    /// The offline forge: this build has no providers.
    #[cfg(not(all(feature = "cache", feature = "providers")))]
    pub(crate) fn new(provider: Option<&str>, ruleset_hash: u64) -> Result<Maker, String> {
        match provider {
            Some(_) => Err("built without providers: add --features cache,providers".to_owned()),
            None => Ok(Maker::Offline(Box::new(Forge::new(ruleset_hash)))),
        }
    }

    /// The weapon of a request, or why there is none.
    pub(crate) fn make(&mut self, request: &ForgeRequest<'_>) -> Result<Forged, String> {
        match self {
            Maker::Offline(forge) => forge.forge_offline(request).map_err(|refusal| refusal.to_string()),
            #[cfg(all(feature = "cache", feature = "providers"))]
            Maker::Service(service) => match service.forge(request) {
                Ok(delivery) => Ok(delivery.forged),
                Err(refusal) => Err(refusal.to_string()),
            },
        }
    }
}
