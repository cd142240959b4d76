//! Owns the promises about the second opinion on prompts.

use crate::fake::{FOREVER_MS, Fake, ODD, bow, request, settings, sprite, with};
use pvp_sim::Archetype;
use std::sync::Arc;
use std::time::Duration;
use weapon_gen::counters::Source;
use weapon_gen::look::Look;
use weapon_gen::provider::roster::Roster;
use weapon_gen::provider::{Answer, Moderator, Painter, Proposal, ProviderError};
use weapon_gen::service::{Delivery, ForgeService, Settings, Silence};
use weapon_gen::{Category, Prompt, Refusal, Sprite};

type Verdict = Result<Option<Category>, ProviderError>;

async fn forged(prompt: &str, wait_ms: u64, verdict: Verdict, silence: Silence) -> Result<Delivery, Refusal> {
    let (provider, _) = Fake::new(100, Ok(bow()));
    let (moderator, seen) = Fake::new(wait_ms, verdict);
    let roster = Roster {
        moderator: Some(Arc::new(moderator)),
        ..with(vec![Arc::new(provider)])
    };
    let settings = Settings { silence, ..settings() };
    let delivery = ForgeService::new(settings, roster).forge(&request(prompt)).await;
    assert_eq!(seen.count(), 1);
    delivery
}

#[tokio::test(start_paused = true)]
async fn a_second_opinion_refuses_before_the_weapon_is_delivered() {
    for prompt in [ODD, "axe"] {
        let refused = forged(prompt, 300, Ok(Some(Category::Hate)), Silence::Passes).await;
        assert_eq!(refused.err(), Some(Refusal::Moderated(Category::Hate)));
        let passed = forged(prompt, 300, Ok(None), Silence::Passes).await.expect("a weapon");
        assert_eq!(passed.elapsed, Duration::from_millis(300));
    }
}

#[tokio::test(start_paused = true)]
async fn silence_means_what_the_policy_says_and_costs_its_time_box_only() {
    for (wait_ms, verdict, elapsed_ms) in [
        (FOREVER_MS, Ok(Some(Category::Hate)), 800),
        (50, Err(ProviderError::Status(500)), 100),
    ] {
        let passed = forged(ODD, wait_ms, verdict, Silence::Passes).await.expect("a weapon");
        assert_eq!(passed.source, Source::Provider);
        assert_eq!(passed.elapsed, Duration::from_millis(elapsed_ms));
        let refused = forged(ODD, wait_ms, verdict, Silence::Refuses(Category::Profanity)).await;
        assert_eq!(refused.err(), Some(Refusal::Moderated(Category::Profanity)));
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_local_moderation_refuses_is_not_sent_to_anybody() {
    let (provider, asked) = Fake::new(1, Ok(bow()));
    let (moderator, told) = Fake::new(1, Ok(None));
    let roster = Roster {
        moderator: Some(Arc::new(moderator)),
        ..with(vec![Arc::new(provider)])
    };
    let service = ForgeService::new(settings(), roster);
    assert!(service.forge(&request("fuck sword")).await.is_err());
    assert_eq!((asked.count(), told.count()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_kept_weapon_needs_no_second_opinion_again() {
    let (moderator, told) = Fake::new(1, Ok(None));
    let roster = Roster {
        moderator: Some(Arc::new(moderator)),
        ..Roster::default()
    };
    let service = ForgeService::new(settings(), roster);
    for _ in 0..3 {
        assert!(service.forge(&request("axe")).await.is_ok());
    }
    assert_eq!(told.count(), 1);
}

/// Has nothing against prompts, and this against pictures.
struct Critic(Result<u16, ProviderError>);

impl Moderator for Critic {
    fn name(&self) -> &str {
        "critic"
    }

    fn judge<'a>(&'a self, _: &'a Prompt) -> Answer<'a, Option<Category>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn judge_picture<'a>(&'a self, _: &'a Sprite) -> Answer<'a, u16> {
        Box::pin(std::future::ready(self.0))
    }
}

/// The delivery of a text model that draws, with these painters and this moderator.
async fn drawn(painters: Vec<Arc<dyn Painter>>, moderator: Option<Arc<dyn Moderator>>) -> Delivery {
    let drawing = Proposal {
        sprite: Some(drawing()),
        ..bow()
    };
    let (provider, _) = Fake::new(100, Ok(drawing));
    let roster = Roster {
        painters,
        moderator,
        ..with(vec![Arc::new(provider)])
    };
    let delivery = ForgeService::new(settings(), roster).forge(&request(ODD)).await;
    delivery.expect("a weapon")
}

fn drawing() -> Sprite {
    Sprite::draw(&Look::plain(Archetype::Orb), 5)
}

#[tokio::test(start_paused = true)]
async fn a_text_models_drawing_is_scored_like_a_painters_picture() {
    for (opinion, is_shown) in [
        (Some(Ok(700)), true),
        (Some(Ok(701)), false),
        (Some(Ok(710)), false),
        (Some(Err(ProviderError::Unreachable)), false),
        (None, true),
    ] {
        let moderator = opinion.map(|opinion| Arc::new(Critic(opinion)) as Arc<dyn Moderator>);
        let delivery = drawn(Vec::new(), moderator).await;
        assert_eq!(delivery.source, Source::Provider);
        assert_eq!(delivery.forged.sprite == drawing(), is_shown, "{opinion:?}");
    }
}

/// Says nothing against prompts, and nothing at all about pictures.
struct Mute;

impl Moderator for Mute {
    fn name(&self) -> &str {
        "mute"
    }

    fn judge<'a>(&'a self, _: &'a Prompt) -> Answer<'a, Option<Category>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn judge_picture<'a>(&'a self, _: &'a Sprite) -> Answer<'a, u16> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_drawing_that_nobody_scores_in_time_is_not_shown_and_costs_the_pictures_wait_only() {
    let delivery = drawn(Vec::new(), Some(Arc::new(Mute))).await;
    assert_ne!(delivery.forged.sprite, drawing());
    let wait = Duration::from_millis(u64::from(settings().picture_wait_ms));
    assert!(
        delivery.elapsed <= Duration::from_millis(100) + wait,
        "{:?}",
        delivery.elapsed
    );
}

#[tokio::test(start_paused = true)]
async fn an_unfit_drawing_is_not_shown_instead_of_an_unfit_picture() {
    let painter = || -> Arc<dyn Painter> { Arc::new(Fake::new(50, Ok(sprite())).0) };
    let unfit = drawn(vec![painter()], Some(Arc::new(Critic(Ok(710))))).await;
    assert!(unfit.forged.sprite != drawing() && unfit.forged.sprite != sprite());
    let fit = drawn(vec![painter()], Some(Arc::new(Critic(Ok(700))))).await;
    assert_eq!(fit.forged.sprite, sprite(), "a painter's picture goes before a drawing");
}

#[tokio::test(start_paused = true)]
async fn an_unfit_picture_gives_way_to_the_procedural_sprite() {
    for (opinion, is_shown) in [
        (Ok(700), true),
        (Ok(701), false),
        (Ok(710), false),
        (Err(ProviderError::Unreachable), false),
    ] {
        let (provider, _) = Fake::new(100, Ok(bow()));
        let (painter, _) = Fake::new(50, Ok(sprite()));
        let roster = Roster {
            painters: vec![Arc::new(painter)],
            moderator: Some(Arc::new(Critic(opinion))),
            ..with(vec![Arc::new(provider)])
        };
        let delivery = ForgeService::new(settings(), roster).forge(&request(ODD)).await;
        let delivery = delivery.expect("a weapon");
        assert_eq!(delivery.source, Source::Provider);
        assert_eq!(delivery.forged.sprite == sprite(), is_shown, "{opinion:?}");
    }
}
