//! What a hostile host offers, and what the guest says: each lie is refused by name, and the match goes on with the same fallback
//! on both sides and equal checksums.

use crate::host::{Outcome, Plan, play};
use arena::armory::Made;
use arena::duel::Note;
use arena::ledger::Taste;
use arena::master::Mastery;
use arena::refusals::{OfferRefused, WishRefused};
use pvp_sim::{Archetype, WeaponDef, WeaponSpec};
use weapon_gen::{Forge, ForgeRequest, Forged, Sprite, Tier};

const HAMMER: &str = "giant golden hammer";
const SADNESS: &str = "my grandmother's sadness";

/// What an honest forge makes of the first request of a player.
fn forged(player: u8, prompt: &str, match_seed: u64) -> Forged {
    let request = ForgeRequest {
        prompt,
        match_seed,
        player,
        request_seq: 1,
    };
    let ruleset = arena::rules::duel(0).ruleset_hash();
    Forge::new(ruleset).forge_offline(&request).expect("a clean prompt")
}

fn bytes(player: u8, forged: Forged, prompt: &str) -> Vec<u8> {
    Made::Weapon(Box::new(forged)).offer((player, 1), prompt, true)
}

fn honest(prompt: &'static str) -> impl Fn(u64) -> Vec<u8> {
    move |seed| bytes(0, forged(0, prompt, seed), prompt)
}

fn altered(forged: &Forged, change: impl FnOnce(&mut WeaponSpec)) -> Forged {
    let mut spec = *forged.weapon.spec();
    change(&mut spec);
    Forged {
        weapon: WeaponDef::clamped(&spec).0,
        ..forged.clone()
    }
}

/// A weapon within the budget that no prompt made.
fn orb(tier: Tier) -> impl Fn(u64) -> Vec<u8> {
    move |seed| {
        let orb = Forged {
            tier,
            name: "orb".to_owned(),
            weapon: WeaponDef::parse(&Archetype::Orb.base_spec()).expect("a weapon"),
            ..forged(0, SADNESS, seed)
        };
        bytes(0, orb, SADNESS)
    }
}

fn physics(title: &'static str, prompt: &'static str) -> impl Fn(u64) -> Vec<u8> {
    move |_| Made::Physics(Mastery::of(title).expect("a master prompt")).offer((0, 1), prompt, false)
}

#[test]
fn an_honest_host_is_believed_for_every_tier() {
    play(Plan::new(HAMMER, honest(HAMMER))).assert_taken();
    play(Plan::new(SADNESS, honest(SADNESS))).assert_taken();
    let by_ai = play(Plan {
        announces_providers: true,
        ..Plan::new(SADNESS, orb(Tier::Provider))
    });
    by_ai.assert_taken();
    assert_eq!(by_ai.tally.weapons_by_provider, 1);
    let moon = play(Plan::new("moon gravity", physics("moon gravity", "moon gravity")));
    assert_eq!((moon.refusal, moon.physics), (None, [1, 1]));
}

#[test]
fn a_host_that_withholds_its_prompt_gets_the_fallback() {
    let plan = Plan {
        told: None,
        ..Plan::new(HAMMER, honest(HAMMER))
    };
    play(plan).assert_refused(OfferRefused::PromptUnknown);
    let plan = Plan {
        told: None,
        ..Plan::new("moon gravity", physics("moon gravity", "moon gravity"))
    };
    play(plan).assert_refused(OfferRefused::PromptUnknown);
}

#[test]
fn a_host_that_tells_its_prompt_after_the_offer_gets_the_fallback() {
    let plan = Plan {
        told: None,
        told_late: Some(HAMMER),
        ..Plan::new(HAMMER, honest(HAMMER))
    };
    play(plan).assert_refused(OfferRefused::PromptUnknown);
    let plan = Plan {
        told: None,
        told_late: Some("moon gravity"),
        ..Plan::new("moon gravity", physics("moon gravity", "moon gravity"))
    };
    play(plan).assert_refused(OfferRefused::PromptUnknown);
}

#[test]
fn a_host_that_offers_for_another_prompt_than_it_told_gets_the_fallback() {
    play(Plan::new(HAMMER, honest("venomous dagger"))).assert_refused(OfferRefused::PromptDiffers);
    let lie = physics("double damage", "double damage");
    play(Plan::new("moon gravity", lie)).assert_refused(OfferRefused::PromptDiffers);
    // The told prompt in the offer, and the other one's weapon.
    let lie = |seed| bytes(0, forged(0, "venomous dagger", seed), HAMMER);
    play(Plan::new(HAMMER, lie)).assert_refused(OfferRefused::Deviates);
    let lie = physics("double damage", "moon gravity");
    play(Plan::new("moon gravity", lie)).assert_refused(OfferRefused::Deviates);
    let lie = physics("double damage", HAMMER);
    play(Plan::new(HAMMER, lie)).assert_refused(OfferRefused::Deviates);
}

#[test]
fn a_prompt_that_was_made_up_after_the_request_does_not_fit_it() {
    let plan = Plan {
        hinted: "bow",
        ..Plan::new(HAMMER, honest(HAMMER))
    };
    play(plan).assert_refused(OfferRefused::HintDiffers);
}

#[test]
fn another_weapon_than_the_prompts_is_refused_however_little_it_differs() {
    let better = |seed| {
        let better = altered(&forged(0, HAMMER, seed), |spec| spec.damage += 1);
        bytes(0, better, HAMMER)
    };
    play(Plan::new(HAMMER, better)).assert_refused(OfferRefused::Deviates);
    let absurd = |seed| {
        let absurd = altered(&forged(0, HAMMER, seed), |spec| {
            (spec.damage, spec.cooldown_frames, spec.homing) = (100, 60, 32);
        });
        bytes(0, absurd, HAMMER)
    };
    play(Plan::new(HAMMER, absurd)).assert_refused(OfferRefused::Deviates);
    // A prompt that no template knows is no licence.
    play(Plan::new(SADNESS, orb(Tier::Fallback))).assert_refused(OfferRefused::Deviates);
    play(Plan::new(SADNESS, orb(Tier::Template))).assert_refused(OfferRefused::Deviates);
}

#[test]
fn a_provider_that_nobody_announced_is_refused_even_if_it_is_announced_later() {
    play(Plan::new(SADNESS, orb(Tier::Provider))).assert_refused(OfferRefused::ProviderUnannounced);
    let plan = Plan {
        announces_late: true,
        ..Plan::new(SADNESS, orb(Tier::Provider))
    };
    play(plan).assert_refused(OfferRefused::ProviderUnannounced);
}

#[test]
fn a_player_who_takes_no_weapons_of_an_ai_gets_none() {
    let plan = Plan {
        announces_providers: true,
        taste: Taste {
            accepts_provider_weapons: false,
            ..Taste::default()
        },
        ..Plan::new(SADNESS, orb(Tier::Provider))
    };
    play(plan).assert_refused(OfferRefused::ProviderUnwanted);
}

#[test]
fn a_provider_is_no_way_around_moderation_or_budget() {
    let rude = |seed| {
        let Some(orb) = arena_offer(&orb(Tier::Provider)(seed), "fuck sword") else {
            panic!("a prompt in normal form");
        };
        orb
    };
    let plan = Plan {
        announces_providers: true,
        ..Plan::new("fuck sword", rude)
    };
    play(plan).assert_refused(OfferRefused::PromptRefused);
    let absurd = |seed| {
        let absurd = altered(&forged(0, SADNESS, seed), |spec| {
            (spec.damage, spec.cooldown_frames, spec.homing) = (100, 60, 32);
        });
        let tier = Tier::Provider;
        bytes(0, Forged { tier, ..absurd }, SADNESS)
    };
    let plan = Plan {
        announces_providers: true,
        ..Plan::new(SADNESS, absurd)
    };
    play(plan).assert_refused(OfferRefused::OverBudget);
}

/// The same offer for another prompt.
fn arena_offer(bytes: &[u8], prompt: &str) -> Option<Vec<u8>> {
    let content = pvp_sim::Content::decode(bytes).ok()?;
    let mut offer = arena::offer::Offer::decode(&content, &bytes[pvp_sim::Content::BYTES..])?;
    prompt.clone_into(&mut offer.prompt);
    Some(offer.encode(&content))
}

#[test]
fn the_guests_own_request_is_answered_for_the_guests_own_prompt() {
    let own = |offer: fn(u64) -> Vec<u8>| Plan {
        asker: 1,
        announces_providers: true,
        ..Plan::new(HAMMER, offer)
    };
    play(own(|seed| bytes(1, forged(1, HAMMER, seed), HAMMER))).assert_taken();
    let lie = play(own(|seed| {
        bytes(1, forged(1, "rubber chicken", seed), "rubber chicken")
    }));
    lie.assert_refused(OfferRefused::PromptDiffers);
    let told = |note: &Note| {
        matches!(
            note,
            Note::PromptRefused {
                why: WishRefused::Here(OfferRefused::PromptDiffers),
                ..
            }
        )
    };
    assert!(
        lie.notes.iter().any(told),
        "the guest's player is told: {:?}",
        lie.notes
    );
}

#[test]
fn a_busy_forge_judges_later_and_skips_nothing() {
    let busy = |until: u32, plan: Plan| -> Outcome {
        play(Plan {
            busy_until: until,
            ..plan
        })
    };
    let prompt = busy(0, Plan::new(HAMMER, honest(HAMMER)));
    let late = busy(220, Plan::new(HAMMER, honest(HAMMER)));
    late.assert_taken();
    assert!(late.weapons[0] > prompt.weapons[0], "the acknowledgement came later");
    let lie = |seed| {
        let better = altered(&forged(0, HAMMER, seed), |spec| spec.damage += 1);
        bytes(0, better, HAMMER)
    };
    busy(220, Plan::new(HAMMER, lie)).assert_refused(OfferRefused::Deviates);
    let by_ai = Plan {
        announces_providers: true,
        ..Plan::new(SADNESS, orb(Tier::Provider))
    };
    busy(220, by_ai).assert_taken();
    // It never comes to an end: the fallback comes, and nothing was taken unjudged.
    let never = busy(u32::MAX, Plan::new(HAMMER, honest(HAMMER)));
    never.assert_fallback();
    assert!(matches!(never.refusal, None | Some(OfferRefused::Unjudged)));
    assert_eq!(never.tally.weapons_committed, 0);
}

#[test]
fn a_hostile_host_shows_the_guest_no_slur_and_no_picture_of_its_own() {
    let rude = |seed| {
        let rude = Forged {
            tier: Tier::Provider,
            name: "fuck".to_owned(),
            sprite: Sprite::draw(&weapon_gen::look::Look::plain(Archetype::Boomerang), 1),
            ..forged(0, SADNESS, seed)
        };
        bytes(0, rude, SADNESS)
    };
    let shown = play(Plan {
        announces_providers: true,
        name: "\u{1b}[2Jfuck",
        ..Plan::new(SADNESS, rude)
    });
    shown.assert_taken();
    assert_eq!(shown.piece.as_deref(), Some(SADNESS));
    assert_eq!(shown.peer_name, "player 1");
}
