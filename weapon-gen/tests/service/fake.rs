//! Owns the providers, painters and moderators that do what a test wants.

use pvp_sim::{Archetype, WeaponSpec};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::sleep;
use weapon_gen::look::Look;
use weapon_gen::provider::roster::Roster;
use weapon_gen::provider::{Answer, Moderator, Order, Painter, Proposal, Provider, ProviderError};
use weapon_gen::service::{ForgeService, Settings};
use weapon_gen::{Category, ForgeRequest, Prompt, Sprite};

/// A prompt that no template knows.
pub(crate) const ODD: &str = "my grandmother's sadness";

pub(crate) fn request(prompt: &str) -> ForgeRequest<'_> {
    ForgeRequest {
        prompt,
        match_seed: 11,
        player: 1,
        request_seq: 3,
    }
}

pub(crate) fn settings() -> Settings {
    Settings::new(5)
}

/// What was asked of a fake.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) calls: AtomicUsize,
    in_flight: AtomicUsize,
    pub(crate) most_in_flight: AtomicUsize,
}

impl Seen {
    pub(crate) fn count(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn enter(self: &Arc<Seen>) -> Inside {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_in_flight.fetch_max(now, Ordering::SeqCst);
        Inside(Arc::clone(self))
    }
}

struct Inside(Arc<Seen>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Answers the same after the same time.
pub(crate) struct Fake<T> {
    pub(crate) wait: Duration,
    pub(crate) answer: Result<T, ProviderError>,
    pub(crate) seen: Arc<Seen>,
}

impl<T: Clone> Fake<T> {
    pub(crate) fn new(wait_ms: u64, answer: Result<T, ProviderError>) -> (Fake<T>, Arc<Seen>) {
        let seen = Arc::new(Seen::default());
        let fake = Fake {
            wait: Duration::from_millis(wait_ms),
            answer,
            seen: Arc::clone(&seen),
        };
        (fake, seen)
    }

    async fn reply(&self) -> Result<T, ProviderError> {
        let _inside = self.seen.enter();
        sleep(self.wait).await;
        self.answer.clone()
    }
}

impl Provider for Fake<Proposal> {
    fn name(&self) -> &str {
        "fake"
    }

    fn propose<'a>(&'a self, _: &'a Order) -> Answer<'a, Proposal> {
        Box::pin(self.reply())
    }
}

impl Painter for Fake<Sprite> {
    fn name(&self) -> &str {
        "fake"
    }

    fn paint<'a>(&'a self, _: &'a Order) -> Answer<'a, Sprite> {
        Box::pin(self.reply())
    }
}

impl Moderator for Fake<Option<Category>> {
    fn name(&self) -> &str {
        "fake"
    }

    fn judge<'a>(&'a self, _: &'a Prompt) -> Answer<'a, Option<Category>> {
        Box::pin(self.reply())
    }
}

/// Longer than any budget.
pub(crate) const FOREVER_MS: u64 = 10_000_000;

pub(crate) fn proposal(name: &str, spec: WeaponSpec) -> Proposal {
    Proposal {
        name: name.to_owned(),
        spec,
        is_clamped: false,
        sprite: None,
    }
}

pub(crate) fn bow() -> Proposal {
    proposal("Sorrow", Archetype::Bow.base_spec())
}

pub(crate) fn sprite() -> Sprite {
    Sprite::draw(&Look::plain(Archetype::Tome), 77)
}

pub(crate) fn with(providers: Vec<Arc<dyn Provider>>) -> Roster {
    Roster {
        providers,
        ..Roster::default()
    }
}

/// A service with one provider, and what the provider sees.
pub(crate) fn service(
    settings: Settings,
    wait_ms: u64,
    answer: Result<Proposal, ProviderError>,
) -> (ForgeService, Arc<Seen>) {
    let (fake, seen) = Fake::new(wait_ms, answer);
    (ForgeService::new(settings, with(vec![Arc::new(fake)])), seen)
}
