//! Owns the promises about time: every stage ends by itself, and the first valid answer wins the race.
//! The clock is paused: no test depends on the machine's speed.

#![cfg(feature = "providers")]

use pvp_sim::{Archetype, WeaponSpec};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use weapon_gen::Prompt;
use weapon_gen::deadline::{Budget, Deadline, Overrun, Stage};
use weapon_gen::provider::race::race;
use weapon_gen::provider::{Answer, Order, Proposal, Provider, ProviderError};

/// Waits, then answers; counts how often an answer was dropped before its end.
struct Scripted {
    wait: Duration,
    answer: Result<WeaponSpec, ProviderError>,
    dropped: Arc<AtomicUsize>,
}

struct Unfinished(Arc<AtomicUsize>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Provider for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    fn propose<'a>(&'a self, order: &'a Order) -> Answer<'a, Proposal> {
        Box::pin(async move {
            let unfinished = Unfinished(Arc::clone(&self.dropped));
            sleep(self.wait).await;
            std::mem::forget(unfinished);
            self.answer.map(|spec| Proposal {
                name: order.prompt.as_str().to_owned(),
                spec,
                is_clamped: false,
                sprite: None,
            })
        })
    }
}

struct Panicking;

impl Provider for Panicking {
    fn name(&self) -> &str {
        "panicking"
    }

    fn propose<'a>(&'a self, _: &'a Order) -> Answer<'a, Proposal> {
        panic!("a provider's bug")
    }
}

fn order() -> Order {
    Order {
        prompt: Prompt::parse("moon umbrella").expect("a prompt"),
        seed: 1,
        patience: Duration::from_secs(2),
    }
}

fn scripted(wait_ms: u64, answer: Result<WeaponSpec, ProviderError>, dropped: &Arc<AtomicUsize>) -> Arc<dyn Provider> {
    Arc::new(Scripted {
        wait: Duration::from_millis(wait_ms),
        answer,
        dropped: Arc::clone(dropped),
    })
}

#[tokio::test(start_paused = true)]
async fn every_stage_gives_up_at_its_own_limit() {
    assert_eq!(Budget::DEFAULT.total(), Duration::from_millis(3_000));
    let limits = [
        (Stage::Cache, 50),
        (Stage::Providers, 2_300),
        (Stage::Balance, 2_800),
        (Stage::Commit, 3_000),
    ];
    for (stage, limit_ms) in limits {
        let deadline = Deadline::start(Budget::DEFAULT);
        let hangs = deadline.within(stage, std::future::pending::<()>()).await;
        assert_eq!(hangs, Err(Overrun));
        assert_eq!(deadline.elapsed(), Duration::from_millis(limit_ms), "{stage:?}");
        assert_eq!(deadline.left(stage), Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn time_that_a_stage_leaves_over_belongs_to_the_next() {
    let deadline = Deadline::start(Budget::DEFAULT);
    assert_eq!(deadline.within(Stage::Cache, async { 7 }).await, Ok(7));
    assert_eq!(deadline.left(Stage::Providers), Duration::from_millis(2_300));
}

#[tokio::test(start_paused = true)]
async fn the_first_valid_answer_wins_over_a_faster_failure_and_the_losers_are_dropped() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let unknown = WeaponSpec {
        archetype: 200,
        ..Archetype::Bow.base_spec()
    };
    let providers = [
        scripted(10, Err(ProviderError::Status(500)), &dropped),
        scripted(20, Ok(unknown), &dropped),
        Arc::new(Panicking),
        scripted(200, Ok(Archetype::Bow.base_spec()), &dropped),
        scripted(1_000, Ok(Archetype::Orb.base_spec()), &dropped),
        scripted(60_000, Ok(Archetype::Orb.base_spec()), &dropped),
    ];
    let start = Instant::now();
    let finish = race(&providers, &order(), start + Duration::from_secs(2)).await;
    assert_eq!(start.elapsed(), Duration::from_millis(200));
    let (place, proposal) = finish.winner.expect("a winner");
    assert_eq!((place, proposal.spec), (3, Archetype::Bow.base_spec()));
    assert_eq!(
        finish.losses,
        [
            (2, ProviderError::Crashed),
            (0, ProviderError::Status(500)),
            (1, ProviderError::Malformed),
        ]
    );
    tokio::task::yield_now().await;
    assert_eq!(dropped.load(Ordering::SeqCst), 2, "both losers' requests end");
}

#[tokio::test(start_paused = true)]
async fn a_race_that_nobody_wins_ends_in_time() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let providers = [scripted(10_000, Ok(Archetype::Bow.base_spec()), &dropped)];
    let start = Instant::now();
    let finish = race(&providers, &order(), start + Duration::from_millis(2_300)).await;
    assert_eq!((finish.winner, finish.losses), (None, vec![]));
    assert_eq!(start.elapsed(), Duration::from_millis(2_300));
}
