//! Owns the promises about time and numbers: whatever hangs, every request has its weapon within the budget.

use crate::fake::{FOREVER_MS, Fake, ODD, bow, request, service, settings, with};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::task::JoinSet;
use weapon_gen::ForgeRequest;
use weapon_gen::counters::Source;
use weapon_gen::provider::roster::Roster;
use weapon_gen::service::{Delivery, ForgeService, Settings};

const WORDS: [&str; 10] = [
    "cloud", "river", "garden", "window", "letter", "winter", "music", "paper", "morning", "button",
];

/// Sends requests at once, each with its own prompt that no template knows.
async fn at_once(service: &ForgeService, count: u64) -> Vec<Delivery> {
    let mut tasks = JoinSet::new();
    for number in 0..count {
        let service = service.clone();
        tasks.spawn(async move {
            // Digits would be read as letters by the moderation.
            let word = |place: u32| WORDS[(number / 10_u64.pow(place) % 10) as usize];
            let prompt = format!("sorrow {} {} {}", word(2), word(1), word(0));
            let request = ForgeRequest {
                match_seed: number,
                ..request(&prompt)
            };
            service.forge(&request).await.expect("a weapon")
        });
    }
    tasks.join_all().await
}

#[tokio::test(start_paused = true)]
async fn a_thousand_of_a_thousand_requests_get_a_weapon_while_the_provider_hangs() {
    let settings = Settings {
        queue_places: 1_000,
        workers: 1_000,
        ..settings()
    };
    let (service, seen) = service(settings, FOREVER_MS, Ok(bow()));
    let deliveries = at_once(&service, 1_000).await;
    assert_eq!((deliveries.len(), seen.count()), (1_000, 1_000));
    assert!(
        deliveries
            .iter()
            .all(|delivery| delivery.elapsed <= Duration::from_millis(2_800))
    );
    assert_eq!(service.counters().ended(Source::NoAnswer), 1_000);
}

#[tokio::test(start_paused = true)]
async fn one_after_another_each_waits_no_longer_than_the_providers_stage() {
    let (service, seen) = service(settings(), FOREVER_MS, Ok(bow()));
    for _ in 0..3 {
        let delivery = service.forge(&request(ODD)).await.expect("a weapon");
        assert_eq!(delivery.source, Source::NoAnswer);
        assert_eq!(delivery.elapsed, Duration::from_millis(2_300));
        assert!(delivery.is_measured);
    }
    assert_eq!(seen.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_overflow_takes_the_fallback_at_once_and_workers_are_few() {
    let (service, seen) = service(settings(), 1_000, Ok(bow()));
    let deliveries = at_once(&service, 101).await;
    let overflow: Vec<_> = deliveries
        .iter()
        .filter(|delivery| delivery.source == Source::Overflow)
        .collect();
    assert_eq!(overflow.len(), 1);
    assert_eq!(overflow[0].elapsed, Duration::ZERO);
    assert!(!overflow[0].is_measured);
    assert_eq!(seen.most_in_flight.load(Ordering::SeqCst), 4);
    // Two rounds of four fit before the providers' stage ends; the third is cut off.
    assert_eq!(service.counters().ended(Source::Provider), 8);
    assert_eq!(service.counters().ended(Source::NoAnswer), 92);
}

#[tokio::test(start_paused = true)]
async fn fifty_equal_requests_at_once_ask_once() {
    let (service, seen) = service(settings(), 400, Ok(bow()));
    let mut tasks = JoinSet::new();
    for seq in 0..50 {
        let service = service.clone();
        tasks.spawn(async move {
            let request = ForgeRequest {
                request_seq: seq,
                ..request(ODD)
            };
            service.forge(&request).await.expect("a weapon")
        });
    }
    let deliveries = tasks.join_all().await;
    assert_eq!(seen.count(), 1);
    assert!(deliveries.iter().all(|delivery| delivery.source == Source::Provider));
    assert!(
        deliveries
            .iter()
            .all(|delivery| delivery.forged == deliveries[0].forged)
    );
}

#[tokio::test(start_paused = true)]
async fn a_painter_that_hangs_delays_a_weapon_by_its_picture_wait_only() {
    let (provider, _) = Fake::new(2_200, Ok(bow()));
    let (painter, _) = Fake::new(FOREVER_MS, Ok(crate::fake::sprite()));
    let roster = Roster {
        painters: vec![Arc::new(painter)],
        ..with(vec![Arc::new(provider)])
    };
    let delivery = ForgeService::new(settings(), roster)
        .forge(&request(ODD))
        .await
        .expect("a weapon");
    assert_eq!(delivery.source, Source::Provider);
    assert_eq!(
        delivery.elapsed,
        Duration::from_millis(2_300),
        "and never beyond the providers' stage"
    );
}
