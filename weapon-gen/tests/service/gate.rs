//! Owns the promises about the way to the players: one order of tiers, one balance, one gate.

use crate::fake::{FOREVER_MS, Fake, ODD, bow, proposal, request, service, settings, with};
use pvp_sim::{Archetype, WeaponDef, WeaponSpec};
use std::path::Path;
use std::sync::Arc;
use weapon_gen::balance::search::{Rest, rest};
use weapon_gen::balance::{self, Balanced, Context, Verdict};
use weapon_gen::cache::disk::{DiskCache, DiskError};
use weapon_gen::cache::{Kept, Key};
use weapon_gen::counters::Source;
use weapon_gen::look::Look;
use weapon_gen::provider::ProviderError;
use weapon_gen::provider::roster::Roster;
use weapon_gen::service::{Asked, Delivery, ForgeService, Settings};
use weapon_gen::{Forged, Prompt, Sprite, Tier, check_budget};

fn with_file(file: &Path) -> Settings {
    Settings {
        cache_file: Some(file.to_owned()),
        ..settings()
    }
}

/// The file when the last thread of a service has let go of it.
async fn free(file: &Path) -> DiskCache {
    loop {
        match DiskCache::open(file) {
            Err(DiskError::InUse) => tokio::task::yield_now().await,
            disk => return disk.expect("a file"),
        }
    }
}

/// What a weapon of the service lies under in the file.
fn disk_key(prompt: &str) -> Key {
    let key = Prompt::parse(prompt).expect("a prompt").key(settings().ruleset_hash);
    let hash = blake3::hash(&[key, balance::fingerprint()].concat());
    hash.as_bytes()[..16].try_into().expect("16 bytes")
}

fn kept(name: &str, spec: WeaponSpec) -> Kept {
    let weapon = WeaponDef::clamped(&spec).0;
    Kept {
        forged: Forged {
            name: name.to_owned(),
            archetype: weapon.archetype(),
            tier: Tier::Provider,
            score: 50,
            weapon,
            sprite: Sprite::draw(&Look::plain(weapon.archetype()), 1),
        },
        provider: Some("fake".to_owned()),
        is_clamped: false,
    }
}

#[tokio::test(start_paused = true)]
async fn what_somebody_wrote_into_the_file_does_not_pass_the_gate() {
    // Over the budget at a glance, and one that only the duels find out.
    let absurd = WeaponSpec {
        damage: 100,
        cooldown_frames: 60,
        homing: 32,
        effect_radius: 32,
        ..Archetype::Bow.base_spec()
    };
    let deadly = WeaponSpec {
        damage: 60,
        ..Archetype::Laser.base_spec()
    };
    for spec in [absurd, deadly] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("weapons.redb");
        let forged = kept("sorrow", spec);
        assert!(check_budget(&forged.forged.weapon).is_err());
        DiskCache::open(&file).expect("a file").keep(&disk_key(ODD), &forged);
        let (fake, _) = Fake::new(1, Ok(bow()));
        let service = ForgeService::new(with_file(&file), with(vec![Arc::new(fake)]));
        let first = service.forge(&request(ODD)).await.expect("a weapon");
        assert_ne!(first.forged.weapon, forged.forged.weapon, "{spec:?}");
        assert_eq!(first.source, Source::NoAnswer);
        assert_eq!(first.asked, [Asked::Memory, Asked::Disk, Asked::Fallback]);
        // It is forgotten, so the next request is made as if it had never been there.
        let mut second = service.forge(&request(ODD)).await.expect("a weapon");
        while second.source == Source::NoAnswer {
            second = service.forge(&request(ODD)).await.expect("a weapon");
        }
        assert_eq!(second.source, Source::Provider);
        assert!(check_budget(&second.forged.weapon).is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn an_honest_file_passes_the_gate() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("weapons.redb");
    let honest = kept("sorrow", Archetype::Bow.base_spec());
    DiskCache::open(&file).expect("a file").keep(&disk_key(ODD), &honest);
    let service = ForgeService::new(with_file(&file), Roster::default());
    let delivery = service.forge(&request(ODD)).await.expect("a weapon");
    assert_eq!(
        (delivery.source, &delivery.forged.name),
        (Source::Disk, &honest.forged.name)
    );
    assert_eq!(delivery.forged.weapon, honest.forged.weapon);
}

/// In range, under the budget, and in the band or at a limit, whatever the delivery says of itself.
fn assert_balanced(delivery: &Delivery) {
    let weapon = delivery.forged.weapon;
    assert_eq!(WeaponDef::parse(weapon.spec()), Ok(weapon));
    let made = Balanced {
        weapon,
        score: delivery.forged.score,
        passes: 0,
        verdict: Verdict::Fair,
    };
    let rest = rest(&made, &Context::NONE);
    let is_weak = matches!(rest, Rest::WeakAtTheLimits | Rest::WeakAtTheBudget);
    assert!(rest == Rest::InBand || is_weak, "{rest:?}: {delivery:?}");
}

#[tokio::test(start_paused = true)]
async fn every_tier_passes_the_clamp_and_the_balance() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut tiers = std::collections::BTreeSet::new();
    // Both are taken only after nerfs or buffs: as they are proposed they are out of the band.
    let deadly = WeaponSpec {
        damage: 60,
        ..Archetype::Laser.base_spec()
    };
    let harmless = WeaponSpec {
        damage: 0,
        cooldown_frames: 900,
        ..Archetype::Bow.base_spec()
    };
    for (number, spec) in [deadly, harmless].into_iter().enumerate() {
        let file = folder.path().join(format!("{number}/weapons.redb"));
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        for _ in 0..2 {
            let (fake, _) = Fake::new(1, Ok(proposal("sorrow", spec)));
            let service = ForgeService::new(with_file(&file), with(vec![Arc::new(fake)]));
            for prompt in [ODD, "giant rapid laser", ODD] {
                let delivery = service.forge(&request(prompt)).await.expect("a weapon");
                assert_balanced(&delivery);
                assert_ne!(
                    delivery.forged.tier,
                    Tier::Fallback,
                    "a proposal is repaired, not thrown away"
                );
                tiers.insert(delivery.source.name());
            }
            drop(service);
            drop(free(&file).await);
        }
        let (broken, _) = service(settings(), 1, Err(ProviderError::Unreachable));
        let other_match = weapon_gen::ForgeRequest {
            match_seed: number as u64,
            ..request(ODD)
        };
        let fallback = broken.forge(&other_match).await.expect("a weapon");
        assert_balanced(&fallback);
        tiers.insert(fallback.source.name());
    }
    let expected = ["disk", "fallback_no_answer", "memory", "provider", "template"];
    assert_eq!(tiers.into_iter().collect::<Vec<_>>(), expected);
}

/// Whether the tiers were asked in the documented order, none twice.
fn is_in_order(asked: &[Asked]) -> bool {
    asked.windows(2).all(|pair| pair[0] < pair[1])
}

#[tokio::test(start_paused = true)]
async fn the_tiers_are_asked_in_one_order_and_the_result_says_which() {
    use Asked::{Disk, Fallback, Memory, Provider, Template};
    assert!(is_in_order(&Asked::ORDER), "the documented order is that of the type");
    assert!(!is_in_order(&[Template, Memory]), "the check can fail");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("weapons.redb");
    let (fake, _) = Fake::new(1, Ok(bow()));
    let service_of = |settings, fake| ForgeService::new(settings, with(vec![Arc::new(fake)]));
    let service = service_of(with_file(&file), fake);
    let asked = async |service: &ForgeService, prompt: &str| {
        let delivery = service.forge(&request(prompt)).await.expect("a weapon");
        assert_eq!(delivery.asked.last().copied(), Asked::of(delivery.source));
        delivery.asked
    };
    assert_eq!(asked(&service, "axe").await, [Memory, Disk, Template]);
    assert_eq!(asked(&service, "axe").await, [Memory]);
    assert_eq!(asked(&service, ODD).await, [Memory, Disk, Template, Provider]);
    assert_eq!(asked(&service, ODD).await, [Memory]);
    drop(service);
    drop(free(&file).await);
    let (fake, _) = Fake::new(1, Err(ProviderError::Unreachable));
    let service = service_of(with_file(&file), fake);
    assert_eq!(
        asked(&service, "axe").await,
        [Memory, Disk],
        "a kept weapon comes before the template"
    );
    assert_eq!(asked(&service, ODD).await, [Memory, Disk]);
    let other = asked(&service, "another sadness").await;
    assert_eq!(other, [Memory, Disk, Template, Provider, Fallback]);
    assert!(is_in_order(&other));
    let (fake, _) = Fake::new(FOREVER_MS, Err(ProviderError::Unreachable));
    let eager = Settings {
        is_provider_first: true,
        ..settings()
    };
    let asked = asked(&service_of(eager, fake), "axe").await;
    assert_eq!(asked, [Memory, Provider, Template], "only tools turn the two around");
}
