//! Owns the way of a request through all tiers: cache → template → providers → fallback, within one deadline.
//! Must not fail for lack of anything: whatever hangs, lies or floods, a clean prompt gives a weapon in time.
//!
//! 1. The prompt is normalized and moderated here, always.
//! 2. Memory, then disk; a disk hit fills the memory.
//! 3. Of equal requests at once one goes on, the others wait for it.
//! 4. A template, if the words name one; otherwise the providers race. Both end in the one balance ([`crate::balance`]).
//! 5. One gate for all: what the receiving peer would refuse is not delivered, wherever it came from.
//! 6. Without an answer, without a place in the queue, or without time left: the fallback, which the simulation knows too.
//!
//! A second opinion on the prompt (optional) runs beside steps 3 and 4 and has its own time box.
//! If it is silent, [`Silence`] says what that means; the local moderation has let the prompt pass either way.
//!
//! A host in an asynchronous program:
//!
//! ```no_run
//! use weapon_gen::ForgeRequest;
//! use weapon_gen::service::ForgeService;
//!
//! # async fn host() -> Result<(), Box<dyn std::error::Error>> {
//! let service = ForgeService::from_env(pvp_sim::MatchDef::duel(1).ruleset_hash())?;
//! let request = ForgeRequest { prompt: "umbrella of the moon", match_seed: 1, player: 0, request_seq: 1 };
//! let delivery = service.forge(&request).await?;
//! println!("{} by {} after {:?}", delivery.forged.name, delivery.source.name(), delivery.elapsed);
//! # Ok(())
//! # }
//! ```
//!
//! A host with a frame loop and a thread beside it uses [`blocking::BlockingService`] on that thread:
//!
//! ```no_run
//! use weapon_gen::ForgeRequest;
//! use weapon_gen::service::blocking::BlockingService;
//!
//! # fn host() -> Result<(), Box<dyn std::error::Error>> {
//! let service = BlockingService::from_env(pvp_sim::MatchDef::duel(1).ruleset_hash())?;
//! let (jobs, inbox) = std::sync::mpsc::sync_channel::<String>(16);
//! std::thread::spawn(move || {
//!     for prompt in inbox {
//!         let request = ForgeRequest { prompt: &prompt, match_seed: 1, player: 0, request_seq: 1 };
//!         let _weapon_or_refusal = service.forge(&request);
//!     }
//! });
//! // The frame loop never waits: a full inbox means that the simulation's own fallback comes.
//! let _ = jobs.try_send("umbrella of the moon".to_owned());
//! # Ok(())
//! # }
//! ```

pub mod blocking;
mod panel;
mod purse;
mod settings;
mod shelf;
mod trace;

pub use settings::{Settings, Silence};
pub use trace::Asked;

use crate::balance;
use crate::cache::{Kept, Key};
use crate::counters::{Counters, Source};
use crate::deadline::{Deadline, Stage};
use crate::forge::{self, Forge, ForgeRequest, Forged, Refusal, Tier};
use crate::moderation::{self, Category};
use crate::offer::{self, OfferRefusal};
use crate::prompt::Prompt;
use crate::provider::http::SetupError;
use crate::provider::roster::Roster;
use crate::queue::Queue;
use panel::Panel;
use purse::{Limits, Purse};
use shelf::Shelf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use trace::Trace;

/// What a request gets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// The weapon. Its tier is [`Tier::Cache`] for what was kept.
    pub forged: Forged,
    /// Where it came from, more exactly than the tier.
    pub source: Source,
    /// Who proposed it, if a provider did.
    pub provider: Option<String>,
    /// Whether a provider's numbers were out of range and had to be clamped.
    pub is_clamped: bool,
    /// Whether the score was measured in duels; a fallback in a hurry says 50 instead.
    pub is_measured: bool,
    /// Time since the request.
    pub elapsed: Duration,
    /// Which tiers were asked, in this order; the last one answered.
    pub asked: Vec<Asked>,
}

/// The score that a fallback says when nobody has the time to measure it.
const SCORE_UNMEASURED: u8 = 50;

/// The forge with all tiers. Clones share everything.
#[derive(Clone)]
pub struct ForgeService {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    shelf: Shelf,
    queue: Queue,
    panel: Panel,
    counters: Arc<Counters>,
}

impl std::fmt::Debug for ForgeService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ForgeService")
            .field("settings", &self.inner.settings)
            .field("roster", self.inner.panel.roster())
            .finish_non_exhaustive()
    }
}

/// One request on its way.
struct Job<'a> {
    prompt: Prompt,
    request: &'a ForgeRequest<'a>,
    key: Key,
    deadline: Deadline,
    trace: &'a Trace,
}

/// Why equal requests get no common weapon.
enum Miss {
    /// The second opinion refuses the prompt.
    Refused(Category),
    /// Nobody had a valid answer in time.
    Nothing,
}

impl ForgeService {
    /// A service with these settings and these providers.
    ///
    /// It waits for [`moderation::prepare`], so that the first request's budget is not spent on tables.
    #[must_use]
    pub fn new(settings: Settings, roster: Roster) -> ForgeService {
        moderation::prepare();
        let counters = Arc::new(Counters::new());
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let shelf = Shelf::open(&settings, Arc::clone(&counters));
        let purse = purse(&settings, &shelf);
        ForgeService {
            inner: Arc::new(Inner {
                shelf,
                queue: Queue::new(settings.queue_places, settings.workers, cores.min(settings.workers)),
                panel: Panel::new(roster, purse, Arc::clone(&counters)),
                counters,
                settings,
            }),
        }
    }

    /// A service with the providers that the environment names ([`crate::provider::roster`]), the settings of [`Settings::from_env`].
    ///
    /// # Errors
    /// [`SetupError`] names the setting that makes no sense.
    pub fn from_env(ruleset_hash: u64) -> Result<ForgeService, SetupError> {
        Ok(ForgeService::new(
            Settings::from_env(ruleset_hash)?,
            Roster::from_env()?,
        ))
    }

    /// The counts since the service began.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.inner.counters
    }

    /// Makes the weapon of a request, within the budget whatever happens.
    ///
    /// # Errors
    /// [`Refusal`] if the prompt is empty, too long or not for all audiences.
    pub async fn forge(&self, request: &ForgeRequest<'_>) -> Result<Delivery, Refusal> {
        let deadline = Deadline::start(self.inner.settings.budget);
        let trace = Trace::default();
        let mut delivery = self.inner.deliver(request, deadline, &trace).await;
        let elapsed = deadline.elapsed();
        let source = match &mut delivery {
            Ok(delivery) => {
                delivery.elapsed = elapsed;
                delivery.asked = trace.ended(delivery.source);
                tracing::debug!(asked = ?delivery.asked, source = delivery.source.name(), "a weapon is delivered");
                delivery.source
            }
            Err(_) => Source::Refused,
        };
        let budget = self.inner.settings.budget.total();
        self.inner.counters.end(source, elapsed, budget);
        delivery
    }
}

/// What the settings allow to be spent, and where the day's count lies.
fn purse(settings: &Settings, shelf: &Shelf) -> Purse {
    let limits = Limits {
        per_match: settings.calls_per_match,
        per_day: settings.calls_per_day,
    };
    match &settings.wall_clock {
        Some(clock) => Purse::new(limits, Arc::clone(clock), shelf.disk()),
        None => {
            let start = Instant::now();
            // A day that begins with the process has no count from before.
            Purse::new(limits, Arc::new(move || start.elapsed()), None)
        }
    }
}

impl Inner {
    async fn deliver(
        &self,
        request: &ForgeRequest<'_>,
        deadline: Deadline,
        trace: &Trace,
    ) -> Result<Delivery, Refusal> {
        let prompt = Prompt::parse(request.prompt)?;
        moderation::judge(&prompt).map_err(Refusal::Moderated)?;
        let key = prompt.key(self.settings.ruleset_hash);
        let job = Job {
            prompt,
            request,
            key,
            deadline,
            trace,
        };
        let delivery = self.find_or_make(&job).await?;
        // The one gate before every player: whatever a tier says, nothing goes out that the receiving peer would refuse.
        if let Err(error) = admit(&delivery, &job).await {
            tracing::warn!(%error, source = delivery.source.name(), "a weapon is not delivered");
            self.shelf.forget(&key).await;
            return Ok(self.fall_back(&job, Source::NoAnswer).await);
        }
        Ok(delivery)
    }

    /// The weapon of the first tier that has one.
    async fn find_or_make(&self, job: &Job<'_>) -> Result<Delivery, Refusal> {
        let found = job
            .deadline
            .within(Stage::Cache, self.shelf.find(&job.key, job.trace))
            .await;
        if let Ok(Some((kept, source))) = found {
            return Ok(Delivery::kept(&kept, source, &job.prompt));
        }
        let Some(_place) = self.queue.place() else {
            return Ok(self.fall_back(job, Source::Overflow).await);
        };
        let made = self.shelf.memory.find_or_make(job.key, self.make(job));
        match job.deadline.within(Stage::Balance, made).await {
            Ok(Ok(kept)) => {
                let source = match kept.forged.tier {
                    Tier::Provider => Source::Provider,
                    _ => Source::Template,
                };
                Ok(Delivery::made(&kept, source, &job.prompt))
            }
            Ok(Err(miss)) => match *miss {
                Miss::Refused(category) => Err(Refusal::Moderated(category)),
                Miss::Nothing => Ok(self.fall_back(job, Source::NoAnswer).await),
            },
            Err(_) => Ok(self.fall_back(job, Source::Overrun).await),
        }
    }

    /// Makes what all equal requests share, and keeps it.
    async fn make(&self, job: &Job<'_>) -> Result<Arc<Kept>, Miss> {
        let worker = job.deadline.within(Stage::Providers, self.queue.worker()).await;
        let _worker = worker.ok().flatten().ok_or(Miss::Nothing)?;
        let (_, kept) = tokio::try_join!(self.opinion(job), async { Ok(self.weapon(job).await) })?;
        let kept = Arc::new(kept.ok_or(Miss::Nothing)?);
        self.shelf.keep_on_disk(job.key, Arc::clone(&kept));
        Ok(kept)
    }

    /// The second opinion, if there is one.
    async fn opinion(&self, job: &Job<'_>) -> Result<(), Miss> {
        let time_box = Duration::from_millis(u64::from(self.settings.moderation_ms));
        let time_box = time_box.min(job.deadline.left(Stage::Providers));
        match self.panel.opinion(&job.prompt, time_box).await {
            Some(Ok(None)) | None => Ok(()),
            Some(Ok(Some(category))) => Err(Miss::Refused(category)),
            Some(Err(silent)) => {
                tracing::warn!(error = %silent, "no second opinion on a prompt");
                match self.settings.silence {
                    Silence::Passes => Ok(()),
                    Silence::Refuses(category) => Err(Miss::Refused(category)),
                }
            }
        }
    }

    async fn weapon(&self, job: &Job<'_>) -> Option<Kept> {
        if self.settings.is_provider_first {
            match self.proposed(job).await {
                Some(kept) => Some(kept),
                None => self.named(job).await,
            }
        } else {
            match self.named(job).await {
                Some(kept) => Some(kept),
                None => self.proposed(job).await,
            }
        }
    }

    /// The template tier.
    async fn named(&self, job: &Job<'_>) -> Option<Kept> {
        job.trace.ask(Asked::Template);
        let matcher = self.settings.matcher;
        matcher.find_best_match(&job.prompt)?;
        let core = self.queue.core().await?;
        let (ruleset_hash, text) = (self.settings.ruleset_hash, job.prompt.as_str().to_owned());
        let (match_seed, player, request_seq) = (job.request.match_seed, job.request.player, job.request.request_seq);
        let work = tokio::task::spawn_blocking(move || {
            let _core = core;
            let request = ForgeRequest {
                prompt: &text,
                match_seed,
                player,
                request_seq,
            };
            Forge::with_matcher(ruleset_hash, matcher).forge_offline(&request)
        });
        let forged = work.await.ok()?.ok()?;
        (forged.tier == Tier::Template).then_some(Kept {
            forged,
            provider: None,
            is_clamped: false,
        })
    }

    /// The provider tier.
    async fn proposed(&self, job: &Job<'_>) -> Option<Kept> {
        job.trace.ask(Asked::Provider);
        let picture_wait = Duration::from_millis(u64::from(self.settings.picture_wait_ms));
        let (name, proposal) = self.panel.ask(job, picture_wait).await?;
        let core = self.queue.core().await?;
        let work = tokio::task::spawn_blocking(move || {
            let _core = core;
            (crate::provider::judge(&proposal), proposal.sprite)
        });
        let (judged, sprite) = work.await.ok()?;
        let fair = judged.fair;
        let mut forged = forge::dressed(&job.prompt, fair.weapon, Tier::Provider, fair.score, job.seed());
        if let Some(name) = judged.name {
            forged.name = name;
        }
        if let Some(sprite) = sprite {
            forged.sprite = sprite;
        }
        Some(Kept {
            forged,
            provider: Some(name),
            is_clamped: judged.clamped,
        })
    }

    /// The last tier. It needs nothing; its score is measured if there is time and a free core.
    async fn fall_back(&self, job: &Job<'_>, source: Source) -> Delivery {
        job.trace.ask(Asked::Fallback);
        let weapon = forge::fallback_of(&job.prompt, job.request);
        let mut measured = None;
        if source == Source::NoAnswer
            && let Some(core) = self.queue.free_core()
        {
            let work = tokio::task::spawn_blocking(move || {
                let _core = core;
                balance::score(&weapon)
            });
            measured = job
                .deadline
                .within(Stage::Balance, work)
                .await
                .ok()
                .and_then(Result::ok);
        }
        let score = measured.unwrap_or(SCORE_UNMEASURED);
        let seed = forge::fallback_seed(job.request);
        Delivery {
            forged: forge::dressed(&job.prompt, weapon, Tier::Fallback, score, seed),
            source,
            provider: None,
            is_clamped: false,
            is_measured: measured.is_some(),
            elapsed: Duration::ZERO,
            asked: Vec::new(),
        }
    }
}

impl Job<'_> {
    /// The prompt's own seed: equal requests share it.
    fn seed(&self) -> u64 {
        forge::key_seed(&self.key)
    }
}

/// What stands between a weapon and the players: limits, budget, name. Numbers that were not measured just now are measured again.
async fn admit(delivery: &Delivery, job: &Job<'_>) -> Result<(), OfferRefusal> {
    forge::check_dress(&delivery.forged)?;
    let weapon = delivery.forged.weapon;
    if delivery.source != Source::Disk {
        return offer::check_power(&weapon).map(drop);
    }
    let work = tokio::task::spawn_blocking(move || offer::check_budget(&weapon));
    let checked = job.deadline.within(Stage::Balance, work).await;
    checked
        .ok()
        .and_then(Result::ok)
        .unwrap_or(Err(OfferRefusal::Unchecked))
}

impl Delivery {
    fn made(kept: &Kept, source: Source, prompt: &Prompt) -> Delivery {
        let mut forged = kept.forged.clone();
        if forged.tier == Tier::Template {
            // A synonym shares the weapon, not the name.
            forged.name = forge::display_name(prompt, forged.archetype);
        }
        Delivery {
            forged,
            source,
            provider: kept.provider.clone(),
            is_clamped: kept.is_clamped,
            is_measured: true,
            elapsed: Duration::ZERO,
            asked: Vec::new(),
        }
    }

    fn kept(kept: &Kept, source: Source, prompt: &Prompt) -> Delivery {
        let mut delivery = Delivery::made(kept, source, prompt);
        delivery.forged.tier = Tier::Cache;
        delivery
    }
}
