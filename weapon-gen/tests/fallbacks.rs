//! Owns the claim that the weapons the simulation falls back to are no stronger than honest ones, and are taken by the peer.
//! Must not draw them itself: they come from `pvp_sim::fallback_weapon`.
#![allow(
    clippy::print_stdout,
    reason = "the figures are printed for whoever tunes the archetypes"
)]

use pvp_sim::{Archetype, PlayerId, WeaponDef, fallback_weapon};
use std::collections::BTreeSet;
use weapon_gen::{Forge, ForgeRequest, Tier, balance, check_budget};

/// Fallbacks of many seeds, players, requests and hints, without repeats.
fn fallbacks() -> Vec<WeaponDef> {
    let known = (0..Archetype::COUNT as u8).flat_map(|hint| (0..5).map(move |draw| (hint, draw)));
    let unknown = (0..60).map(|draw| (128 + draw, draw));
    let mut seen = BTreeSet::new();
    known
        .chain(unknown)
        .map(|(hint, draw)| {
            let seed = u64::from(draw) * 0x9e37_79b9 + u64::from(hint);
            fallback_weapon(seed, PlayerId(draw % 2), draw, hint)
        })
        .filter(|weapon| seen.insert(weapon.spec().to_bytes()))
        .collect()
}

#[test]
fn no_fallback_is_stronger_than_honest_weapons() {
    let all = fallbacks();
    assert!(all.len() >= 180, "only {} different fallbacks", all.len());
    let refused: Vec<_> = all.iter().filter(|weapon| check_budget(weapon).is_err()).collect();
    println!("{} different fallbacks, {} refused", all.len(), refused.len());
    assert!(refused.is_empty(), "{refused:?}");
}

#[test]
fn every_archetype_is_fair_as_it_is() {
    for archetype in Archetype::ALL {
        let weapon = WeaponDef::clamped(&archetype.base_spec()).0;
        let score = balance::score(&weapon);
        println!("{} wins {score} %", archetype.name());
        assert!(
            balance::FAIR_SCORES.contains(&score),
            "{} wins {score} %",
            archetype.name()
        );
        assert!(!balance::is_too_strong(&weapon), "{}", archetype.name());
    }
}

#[test]
fn a_fallback_that_the_peer_computes_itself_is_taken() {
    for request_seq in 0..20 {
        let request = ForgeRequest {
            prompt: "my grandmother's sadness",
            match_seed: 77,
            player: request_seq % 2,
            request_seq,
        };
        let forged = Forge::new(5).forge_offline(&request).expect("a weapon");
        assert_eq!(forged.tier, Tier::Fallback);
        let taken = Forge::new(5).check_offer(&request, &forged.weapon, Tier::Fallback);
        assert_eq!(taken, Ok(forged));
    }
}
