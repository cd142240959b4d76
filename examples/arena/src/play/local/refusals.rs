//! Every reason why a wish does not come true, as the player reads it in the picture.

use super::*;
use crate::armory::Made;
use crate::forging::{Done, InlineForging, Job, Outcome};
use crate::refusals::{OfferRefused, WishRefused};
use crate::render::{self, Canvas, View};
use pvp_sim::{WeaponDef, WeaponSpec};
use weapon_gen::{Category, PromptError};

fn game(forging: MakeForging) -> LocalMatch {
    let options = LocalOptions {
        bot: None,
        seed: 5,
        replay: Recording::Nowhere,
    };
    LocalMatch::with_forging(options, forging).expect("fixed choices")
}

fn run(game: &mut LocalMatch, now: &mut Duration, frames: u32) {
    for _ in 0..frames {
        *now += Duration::from_millis(17);
        game.run_until(*now);
    }
}

/// What stands in the picture.
fn texts(game: &LocalMatch) -> Vec<String> {
    let mut canvas = Canvas::new();
    let view = View {
        def: game.def(),
        state: game.state(),
        hud: game.hud(),
    };
    render::draw(&view, &mut canvas);
    canvas.written.into_iter().map(|written| written.text).collect()
}

fn assert_reads(game: &LocalMatch, wanted: &str) {
    let texts = texts(game);
    assert!(
        texts.iter().any(|text| text == wanted),
        "{wanted:?} is not among {texts:?}"
    );
}

#[test]
fn whatever_this_side_finds_out_is_in_the_picture() {
    let mut game = game(InlineForging::boxed);
    let mut now = Duration::ZERO;
    run(&mut game, &mut now, 60);
    game.wish(now, 1, "  ");
    assert_reads(&game, "the prompt is empty");
    game.wish(now, 1, &"x".repeat(121));
    assert_reads(&game, "the prompt has 121 characters, at most 120 are allowed");
    game.wish(now, 1, "fuck sword");
    assert_reads(&game, "that wording is too rude for this arena");
    game.wish(now, 1, "moon gravity");
    game.wish(now, 1, "bow");
    assert_reads(&game, "the forge is still at work");
    run(&mut game, &mut now, 60);
    game.wish(now, 1, "bow");
    let texts = texts(&game);
    assert!(
        texts.iter().any(|text| text.starts_with("the forge cools down for ")),
        "{texts:?}"
    );
    run(&mut game, &mut now, 430);
    game.wish(now, 1, "double damage");
    let texts = self::texts(&game);
    assert!(
        texts.iter().any(|text| text.starts_with("double damage must wait ")),
        "{texts:?}"
    );
}

/// A forge that never comes to an end.
struct Stuck;

impl crate::forging::Forging for Stuck {
    fn begin(&mut self, _: Job) {}

    fn finished(&mut self) -> Option<Done> {
        None
    }
}

#[test]
fn a_forge_that_is_too_slow_is_in_the_picture() {
    let mut game = game(|_| Box::new(Stuck));
    let mut now = Duration::ZERO;
    run(&mut game, &mut now, 60);
    game.wish(now, 0, "bow");
    run(&mut game, &mut now, 260);
    assert_reads(&game, "player 1 holds a spare weapon: the forge was too slow");
}

/// A host's forge that makes better weapons than the prompts do.
struct Lying(Box<dyn crate::forging::Forging>);

impl crate::forging::Forging for Lying {
    fn begin(&mut self, job: Job) {
        self.0.begin(job);
    }

    fn finished(&mut self) -> Option<Done> {
        let mut done = self.0.finished()?;
        if let Outcome::Made(Ok(Made::Weapon(forged))) = &mut done.outcome {
            let spec = *forged.weapon.spec();
            let damage = spec.damage + 1;
            forged.weapon = WeaponDef::clamped(&WeaponSpec { damage, ..spec }).0;
        }
        Some(done)
    }
}

#[test]
fn an_offer_that_the_other_game_refuses_is_in_the_picture() {
    let mut game = game(|armory| match armory.is_host() {
        true => Box::new(Lying(InlineForging::boxed(armory))),
        false => InlineForging::boxed(armory),
    });
    let mut now = Duration::ZERO;
    run(&mut game, &mut now, 60);
    game.wish(now, 0, "bow");
    run(&mut game, &mut now, 20);
    assert_reads(
        &game,
        "the other player's game refused it: the prompt makes something else",
    );
    run(&mut game, &mut now, 240);
    let texts = texts(&game);
    assert!(
        texts
            .iter()
            .any(|text| text.starts_with("player 1 holds a spare weapon: ")),
        "{texts:?}"
    );
}

#[test]
fn every_reason_fits_into_the_picture() {
    let mut game = game(InlineForging::boxed);
    let offers = OfferRefused::ALL.into_iter();
    let reasons = offers.flat_map(|reason| [WishRefused::ByPeer(reason), WishRefused::Here(reason)]);
    let others = [
        WishRefused::Prompt(PromptError::Empty),
        WishRefused::Moderated(Category::Profanity),
        WishRefused::Moderated(Category::Hate),
        WishRefused::Moderated(Category::SelfHarm),
        WishRefused::AtWork,
        WishRefused::OnCooldown { frames: 420 },
        WishRefused::MasterMustWait {
            title: "slippery floor",
            frames: 2400,
        },
        WishRefused::TooEarly,
        WishRefused::ByHost,
        WishRefused::PeerSilent,
        WishRefused::TooSlow,
    ];
    for why in reasons.chain(others) {
        game.tell(Duration::ZERO, &Note::PromptRefused { player: 0, why });
        assert_reads(&game, &why.to_string());
    }
}
