//! What an offer must be for the guest to take it, and what is shown of it.

use super::*;
use weapon_gen::archetype_hint;

const SEED: u64 = 5;
const KEY: RequestKey = (1, 4);

/// A guest whose own request for `prompt` is confirmed.
fn guest(prompt: &str) -> Armory {
    let armory = Armory::new(9, false);
    armory.begin_match(SEED);
    armory.note_announcement(Announcement {
        has_providers: true,
        ..Announcement::default()
    });
    armory.note_prompt(KEY, prompt, 0);
    armory.note_request(KEY, archetype_hint(prompt), 10);
    make(&armory, prompt);
    armory
}

fn make(armory: &Armory, prompt: &str) {
    let task = Task::Make {
        prompt: prompt.to_owned(),
        asks_providers: false,
    };
    let (match_seed, key) = (SEED, KEY);
    armory.note_done(&armory.work(&Job { match_seed, key, task }));
}

/// What an honest host makes of a prompt.
fn made(prompt: &str) -> Forged {
    let request = ForgeRequest {
        prompt,
        match_seed: SEED,
        player: KEY.0,
        request_seq: KEY.1,
    };
    Forge::new(9).forge_offline(&request).expect("a clean prompt")
}

/// Lets the guest judge what is offered in answer to `prompt`; its thread is quick.
fn judged(armory: &Armory, forged: &Forged, prompt: &str) -> Result<(), u16> {
    let made = Made::Weapon(Box::new(forged.clone()));
    let bytes = made.offer(KEY, prompt, true);
    let (content, rest) = (made.content(KEY), &bytes[Content::BYTES..]);
    armory.note_offered(&bytes);
    loop {
        let verdict = (armory.review())(&content, rest);
        if let std::task::Poll::Ready(verdict) = verdict {
            return verdict.and_then(|()| (armory.judge())(&content, rest));
        }
        let to_weigh = armory.ledger().take_weighings();
        assert!(!to_weigh.is_empty(), "it would wait for ever");
        for (key, weapon) in to_weigh {
            let task = Task::Weigh {
                prompt: prompt.to_owned(),
                weapon,
            };
            let match_seed = SEED;
            armory.note_done(&armory.work(&Job { match_seed, key, task }));
        }
    }
}

fn altered(forged: &Forged, change: impl FnOnce(&mut WeaponSpec)) -> Forged {
    let mut spec = *forged.weapon.spec();
    change(&mut spec);
    Forged {
        weapon: WeaponDef::clamped(&spec).0,
        ..forged.clone()
    }
}

fn provided(name: &str, look: pvp_sim::Archetype) -> Forged {
    let honest = made("my grandmother's sadness");
    Forged {
        tier: Tier::Provider,
        name: name.to_owned(),
        weapon: WeaponDef::parse(&pvp_sim::Archetype::Orb.base_spec()).expect("a weapon"),
        sprite: Sprite::draw(&weapon_gen::look::Look::plain(look), 1),
        ..honest
    }
}

fn refused(reason: OfferRefused) -> Result<(), u16> {
    Err(reason.code())
}

#[test]
fn an_honest_offer_is_taken_and_drawn_here() {
    let armory = guest("giant hammer");
    let honest = made("giant hammer");
    assert_eq!(judged(&armory, &honest, "giant hammer"), Ok(()));
    let piece = armory.piece(KEY).expect("a piece");
    assert_eq!((piece.name, piece.sprite), (honest.name, honest.sprite));
    assert_eq!(armory.appraisal(KEY).map(|known| known.tier), Some(Tier::Template));
}

#[test]
fn a_lying_host_is_refused() {
    let honest = made("giant hammer");
    let weaker = altered(&honest, |spec| spec.damage -= 1);
    let lie = judged(&guest("giant hammer"), &weaker, "giant hammer");
    assert_eq!(lie, refused(OfferRefused::Deviates));
    let absurd = altered(&honest, |spec| {
        (spec.damage, spec.cooldown_frames, spec.homing) = (100, 60, 32);
    });
    let lie = judged(&guest("giant hammer"), &absurd, "giant hammer");
    assert_eq!(lie, refused(OfferRefused::Deviates));
    // The same weapon in another tier's name.
    let renamed = Forged {
        tier: Tier::Fallback,
        ..honest
    };
    let lie = judged(&guest("giant hammer"), &renamed, "giant hammer");
    assert_eq!(lie, refused(OfferRefused::Deviates));
}

#[test]
fn a_prompt_that_names_no_weapon_is_no_licence_for_any_weapon() {
    let sadness = "my grandmother's sadness";
    let honest = made(sadness);
    assert_eq!(honest.tier, Tier::Fallback);
    assert_eq!(judged(&guest(sadness), &honest, sadness), Ok(()));
    let orb = Forged {
        tier: Tier::Fallback,
        ..provided("orb", pvp_sim::Archetype::Orb)
    };
    assert_eq!(judged(&guest(sadness), &orb, sadness), refused(OfferRefused::Deviates));
}

#[test]
fn a_provider_is_believed_only_if_announced_wanted_and_within_the_budget() {
    let sadness = "my grandmother's sadness";
    let orb = provided("Tear Orb", pvp_sim::Archetype::Orb);
    let armory = guest(sadness);
    assert_eq!(judged(&armory, &orb, sadness), Ok(()));
    assert_eq!(armory.tier(KEY), Some(Tier::Provider));
    assert!(armory.is_foreign_ai(KEY));

    let armory = guest(sadness);
    armory.ledger().announced = Some(Announcement::default());
    assert_eq!(
        judged(&armory, &orb, sadness),
        refused(OfferRefused::ProviderUnannounced)
    );
    let armory = guest(sadness);
    armory.ledger().announced = None;
    assert_eq!(
        judged(&armory, &orb, sadness),
        refused(OfferRefused::ProviderUnannounced)
    );
    let armory = guest(sadness);
    armory.set_taste(Taste {
        accepts_provider_weapons: false,
        ..Taste::default()
    });
    assert_eq!(judged(&armory, &orb, sadness), refused(OfferRefused::ProviderUnwanted));
    let absurd = altered(&orb, |spec| {
        (spec.damage, spec.cooldown_frames, spec.homing) = (100, 60, 32);
    });
    assert_eq!(
        judged(&guest(sadness), &absurd, sadness),
        refused(OfferRefused::OverBudget)
    );
    let rude = judged(&guest("fuck sword"), &orb, "fuck sword");
    assert_eq!(rude, refused(OfferRefused::PromptRefused));
}

#[test]
fn only_the_first_word_of_a_host_announces() {
    let armory = Armory::new(9, false);
    armory.note_announcement(Announcement::default());
    armory.note_announcement(Announcement {
        has_providers: true,
        ..Announcement::default()
    });
    assert_eq!(armory.ledger().announced, Some(Announcement::default()));
}

#[test]
fn prompts_are_told_before_and_are_the_ones_that_were_told() {
    let honest = made("giant hammer");
    let armory = Armory::new(9, false);
    armory.begin_match(SEED);
    armory.note_request(KEY, archetype_hint("giant hammer"), 10);
    let refusal = judged(&armory, &honest, "giant hammer");
    assert_eq!(refusal, refused(OfferRefused::PromptUnknown));
    // Told after the offer: the answer stands.
    armory.note_prompt(KEY, "giant hammer", 0);
    let other = made("golden hammer");
    let refusal = judged(&guest("giant hammer"), &other, "golden hammer");
    assert_eq!(refusal, refused(OfferRefused::PromptDiffers));
    let armory = guest("giant hammer");
    armory.note_request(KEY, archetype_hint("bow"), 10);
    make(&armory, "giant hammer");
    let refusal = judged(&armory, &honest, "giant hammer");
    assert_eq!(refusal, refused(OfferRefused::HintDiffers));
    let armory = guest("fuck sword");
    let refusal = judged(&armory, &honest, "fuck sword");
    assert_eq!(refusal, refused(OfferRefused::PromptRefused));
}

#[test]
fn an_offer_waits_for_the_request_and_for_this_sides_own_forge() {
    let made = Made::Weapon(Box::new(made("giant hammer")));
    let bytes = made.offer(KEY, "giant hammer", false);
    let (content, rest) = (made.content(KEY), &bytes[Content::BYTES..]);
    let armory = Armory::new(9, false);
    armory.begin_match(SEED);
    armory.note_prompt(KEY, "giant hammer", 0);
    let mut review = armory.review();
    assert!(review(&content, rest).is_pending(), "the offer overtook the prompt");
    armory.note_offered(&bytes);
    assert!(review(&content, rest).is_pending(), "the input is still on its way");
    armory.note_request(KEY, archetype_hint("giant hammer"), 10);
    assert!(review(&content, rest).is_pending(), "the forge is at work");
    make(&armory, "giant hammer");
    assert_eq!(review(&content, rest), std::task::Poll::Ready(Ok(())));
}

#[test]
fn a_slur_as_a_name_is_replaced_and_the_match_goes_on() {
    let armory = guest("my grandmother's sadness");
    let rude = provided("fuck", pvp_sim::Archetype::Orb);
    assert_eq!(judged(&armory, &rude, "my grandmother's sadness"), Ok(()));
    let name = armory.piece(KEY).map(|piece| piece.name);
    assert_eq!(name.as_deref(), Some("my grandmother's sadness"));
}

#[test]
fn a_hosts_picture_is_shown_only_to_who_wants_it() {
    let sadness = "my grandmother's sadness";
    let sent = provided("Tear Orb", pvp_sim::Archetype::Boomerang);
    let armory = guest(sadness);
    assert_eq!(judged(&armory, &sent, sadness), Ok(()));
    let shown = armory.piece(KEY).expect("a piece");
    assert_eq!(shown.name, "tear orb");
    assert_ne!(shown.sprite, sent.sprite, "this side draws its own");
    let armory = guest(sadness);
    armory.set_taste(Taste {
        shows_host_pictures: true,
        ..Taste::default()
    });
    assert_eq!(judged(&armory, &sent, sadness), Ok(()));
    assert_eq!(armory.piece(KEY).map(|piece| piece.sprite), Some(sent.sprite));
}

fn judge_physics(armory: &Armory, title: &str, prompt: &str) -> Result<(), u16> {
    let made = Made::Physics(Mastery::of(title).expect("a master prompt"));
    let bytes = made.offer(KEY, prompt, false);
    let (content, rest) = (made.content(KEY), &bytes[Content::BYTES..]);
    armory.note_offered(&bytes);
    match (armory.review())(&content, rest) {
        std::task::Poll::Ready(verdict) => verdict.and_then(|()| (armory.judge())(&content, rest)),
        std::task::Poll::Pending => panic!("nothing to wait for"),
    }
}

#[test]
fn physics_changes_only_as_the_prompt_wishes_and_not_too_often() {
    let armory = guest("moon gravity");
    assert_eq!(judge_physics(&armory, "moon gravity", "moon gravity"), Ok(()));
    armory.note_request(KEY, archetype_hint("moon gravity"), 1000);
    let again = judge_physics(&armory, "moon gravity", "moon gravity");
    assert_eq!(again, refused(OfferRefused::MasterTooSoon));
    armory.note_request(KEY, archetype_hint("moon gravity"), 2410);
    assert_eq!(judge_physics(&armory, "moon gravity", "moon gravity"), Ok(()));

    let lie = judge_physics(&guest("moon gravity"), "double damage", "moon gravity");
    assert_eq!(lie, refused(OfferRefused::Deviates));
    let lie = judge_physics(&guest("giant hammer"), "moon gravity", "giant hammer");
    assert_eq!(lie, refused(OfferRefused::Deviates), "a hammer was wished for");
    let lie = judge_physics(&guest("giant hammer"), "moon gravity", "moon gravity");
    assert_eq!(lie, refused(OfferRefused::PromptDiffers));
    let armory = Armory::new(9, false);
    armory.begin_match(SEED);
    armory.note_request(KEY, archetype_hint("moon gravity"), 10);
    let untold = judge_physics(&armory, "moon gravity", "moon gravity");
    assert_eq!(untold, refused(OfferRefused::PromptUnknown));
    let hammer = judged(&guest("moon gravity"), &made("giant hammer"), "moon gravity");
    assert_eq!(hammer, refused(OfferRefused::Deviates), "moon gravity was wished for");
}
