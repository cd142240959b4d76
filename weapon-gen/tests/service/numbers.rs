//! Owns the promises about the numbers that a recorder of the `metrics` facade gets, whatever exporter is behind it.

use crate::fake::{ODD, bow, request, service, settings, with};
use metrics::Unit;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use weapon_gen::counters::{BUCKETS_SECONDS, CALLS, DEADLINE_MISSED, DURATION_SECONDS, TOTAL};
use weapon_gen::provider::{Answer, Order, Proposal, Provider, ProviderError};
use weapon_gen::service::ForgeService;

/// Stops the whole process for 4 seconds, as a machine does that goes to sleep.
struct Stall;

impl Provider for Stall {
    fn name(&self) -> &str {
        "stall"
    }

    fn propose<'a>(&'a self, _: &'a Order) -> Answer<'a, Proposal> {
        Box::pin(async {
            tokio::time::advance(Duration::from_secs(4)).await;
            Err(ProviderError::TooSlow)
        })
    }
}

/// A script of requests: 3 from a template (1 new, 2 kept), 1 from a provider, 2 refused; then 1 that is out of time.
fn play() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (quick, _) = service(settings(), 500, Ok(bow()));
        for prompt in ["axe", "axe", "axe", ODD, " ", "fuck sword"] {
            let _refused_or_not = quick.forge(&request(prompt)).await;
        }
        let slow = ForgeService::new(settings(), with(vec![Arc::new(Stall)]));
        slow.forge(&request(ODD)).await.expect("a weapon");
        assert_eq!(slow.counters().deadline_missed(), 1);
        assert_eq!(quick.counters().deadline_missed(), 0);
    });
}

#[test]
fn the_counts_equal_the_script() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, play);
    let mut counts = BTreeMap::new();
    let mut durations = Vec::new();
    let mut units = BTreeMap::new();
    for (key, unit, description, value) in snapshotter.snapshot().into_vec() {
        let labels: Vec<_> = key.key().labels().map(|label| label.value().to_owned()).collect();
        let name = format!("{} {}", key.key().name(), labels.join(" "));
        assert!(description.is_some(), "{name} is described");
        units.insert(key.key().name().to_owned(), unit);
        match value {
            DebugValue::Counter(count) => drop(counts.insert(name, count)),
            DebugValue::Histogram(values) => durations.extend(values.into_iter().map(|value| value.into_inner())),
            DebugValue::Gauge(_) => panic!("{name} is no gauge"),
        }
    }
    let count = |name: &str| counts.get(name).copied().unwrap_or_default();
    for (status, tier, expected) in [
        ("success", "template", 1),
        ("success", "memory", 2),
        ("success", "provider", 1),
        ("failure", "refused", 2),
    ] {
        assert_eq!(
            count(&format!("{TOTAL} {status} {tier}")),
            expected,
            "{tier}: {counts:?}"
        );
    }
    let all: u64 = counts
        .iter()
        .filter(|(name, _)| name.starts_with(TOTAL))
        .map(|(_, count)| count)
        .sum();
    assert_eq!((all, durations.len()), (7, 7), "every request counts once");
    assert_eq!(count(&format!("{DEADLINE_MISSED} ")), 1);
    assert!(count(&format!("{CALLS} ")) >= 1);
    assert_eq!(units[DURATION_SECONDS], Some(Unit::Seconds));
    assert!(
        durations.iter().any(|seconds| (0.499..0.6).contains(seconds)),
        "{durations:?}"
    );
}

#[test]
fn a_scrape_shows_name_unit_and_buckets() {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(DURATION_SECONDS.to_owned()), &BUCKETS_SECONDS)
        .expect("buckets")
        .build_recorder();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, play);
    let text = handle.render();
    for line in [
        "# HELP weapon_generation_duration_seconds from a request to its weapon or refusal",
        "# TYPE weapon_generation_duration_seconds histogram",
        "weapon_generation_duration_seconds_bucket{le=\"0.25\"} 5",
        "weapon_generation_duration_seconds_bucket{le=\"3\"} 6",
        "weapon_generation_duration_seconds_bucket{le=\"+Inf\"} 7",
        "weapon_generation_duration_seconds_count 7",
        "# TYPE weapon_generation_total counter",
        "weapon_generation_total{status=\"success\",tier=\"memory\"} 2",
        "weapon_generation_total{status=\"failure\",tier=\"refused\"} 2",
        "deadline_missed_total 1",
    ] {
        assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
    }
}
