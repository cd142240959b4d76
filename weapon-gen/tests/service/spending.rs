//! Owns the promises about what may be spent on providers, by match and by day.

use crate::fake::{Fake, bow, request, settings, with};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use weapon_gen::ForgeRequest;
use weapon_gen::cache::disk::{DiskCache, DiskError};
use weapon_gen::counters::Source;
use weapon_gen::provider::http::SetupError;
use weapon_gen::service::{Asked, ForgeService, Settings};

const DAY_SECONDS: u64 = 86_400;
/// Prompts that no template knows.
const ODD: [&str; 6] = [
    "cloud sorrow",
    "river sorrow",
    "garden sorrow",
    "window sorrow",
    "letter sorrow",
    "winter sorrow",
];

struct Setup {
    seconds: Arc<AtomicU64>,
    settings: Settings,
}

fn setup(calls_per_day: Option<u32>, file: Option<&Path>) -> Setup {
    let seconds = Arc::new(AtomicU64::new(20_000 * DAY_SECONDS));
    let read = Arc::clone(&seconds);
    Setup {
        seconds,
        settings: Settings {
            calls_per_day,
            wall_clock: Some(Arc::new(move || Duration::from_secs(read.load(Ordering::SeqCst)))),
            cache_file: file.map(Path::to_owned),
            ..settings()
        },
    }
}

fn service(setup: &Setup) -> ForgeService {
    let (fake, _) = Fake::new(1, Ok(bow()));
    ForgeService::new(setup.settings.clone(), with(vec![Arc::new(fake)]))
}

/// Whether each prompt's weapon came from a provider, every prompt in a match of its own.
async fn paid(service: &ForgeService, prompts: &[&str]) -> Vec<bool> {
    let mut paid = Vec::new();
    for (match_seed, prompt) in (100..).zip(prompts) {
        let request = ForgeRequest {
            match_seed,
            ..request(prompt)
        };
        let delivery = service.forge(&request).await.expect("a weapon");
        assert_ne!(delivery.source, Source::Memory, "every prompt is new");
        paid.push(delivery.source == Source::Provider);
    }
    paid
}

#[tokio::test(start_paused = true)]
async fn a_day_spends_no_more_calls_than_it_may_over_all_matches() {
    let setup = setup(Some(2), None);
    let service = service(&setup);
    assert_eq!(paid(&service, &ODD[..3]).await, [true, true, false]);
    setup.seconds.fetch_add(DAY_SECONDS - 1, Ordering::SeqCst);
    assert_eq!(paid(&service, &ODD[3..4]).await, [false], "the last second of the day");
    setup.seconds.fetch_add(1, Ordering::SeqCst);
    assert_eq!(paid(&service, &ODD[3..]).await, [true, true, false], "the next day");
    setup.seconds.fetch_sub(DAY_SECONDS, Ordering::SeqCst);
    assert_eq!(
        paid(&service, &ODD[2..3]).await,
        [false],
        "a clock put back grants nothing"
    );
    assert_eq!(service.counters().calls(), 4);
}

#[tokio::test(start_paused = true)]
async fn without_a_budget_nobody_is_asked_and_only_the_free_tiers_answer() {
    for (per_match, per_day) in [(Some(0), None), (None, Some(0)), (Some(0), Some(9)), (Some(9), Some(0))] {
        let mut setup = setup(per_day, None);
        setup.settings.calls_per_match = per_match;
        let service = service(&setup);
        let mut sources = Vec::new();
        for prompt in ["axe", "axe", ODD[0], ODD[0], "giant flaming sword"] {
            let delivery = service.forge(&request(prompt)).await.expect("a weapon");
            assert_ne!(delivery.asked.last(), Some(&Asked::Provider));
            sources.push(delivery.source);
        }
        use Source::{Memory, NoAnswer, Template};
        assert_eq!(sources, [Template, Memory, NoAnswer, NoAnswer, Template]);
        assert_eq!(service.counters().calls(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_smaller_of_both_budgets_counts() {
    let mut setup = setup(Some(3), None);
    setup.settings.calls_per_match = Some(2);
    let service = service(&setup);
    let mut sources = Vec::new();
    for (prompt, match_seed) in ODD.into_iter().zip([1, 1, 1, 2, 2, 3]) {
        let request = ForgeRequest {
            match_seed,
            ..request(prompt)
        };
        let delivery = service.forge(&request).await.expect("a weapon");
        sources.push(delivery.source == Source::Provider);
    }
    assert_eq!(sources, [true, true, false, true, false, false]);
}

#[tokio::test(start_paused = true)]
async fn a_restart_does_not_begin_a_new_day() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("weapons.redb");
    let setup = setup(Some(3), Some(&file));
    let first = service(&setup);
    assert_eq!(paid(&first, &ODD[..2]).await, [true, true]);
    drop(first);
    // The count is written on a thread; the file is free again when it has ended.
    loop {
        match DiskCache::open(&file) {
            Err(DiskError::InUse) => tokio::task::yield_now().await,
            disk => {
                let kept = disk.expect("a file").calls_by_day();
                assert_eq!(kept.into_iter().collect::<Vec<_>>(), [(20_000, 2)]);
                break;
            }
        }
    }
    let second = service(&setup);
    assert_eq!(
        paid(&second, &ODD[2..5]).await,
        [true, false, false],
        "one call is left"
    );
    setup.seconds.fetch_add(DAY_SECONDS, Ordering::SeqCst);
    assert_eq!(paid(&second, &ODD[5..]).await, [true], "the next day");
}

#[test]
fn the_budgets_are_read_from_the_environment() {
    let settings = |name: &'static str, value: &'static str| {
        Settings::from_settings(5, &move |asked| (asked == name).then(|| value.to_owned()))
    };
    let day = settings("WEAPON_GEN_CALLS_PER_DAY", " 500 ").expect("settings");
    assert_eq!((day.calls_per_day, day.calls_per_match), (Some(500), None));
    let one = settings("WEAPON_GEN_CALLS_PER_MATCH", "7").expect("settings");
    assert_eq!((one.calls_per_day, one.calls_per_match), (None, Some(7)));
    let setting = "WEAPON_GEN_CALLS_PER_DAY";
    assert_eq!(settings(setting, "many").err(), Some(SetupError::Number { setting }));
}
