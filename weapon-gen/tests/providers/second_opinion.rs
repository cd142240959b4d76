//! Owns the cases of the moderation endpoint.

use crate::brand::roster;
use serde_json::{Value, json};
use std::sync::Arc;
use weapon_gen::provider::{Moderator, ProviderError};
use weapon_gen::{Category, Prompt};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

async fn moderator(body: Value) -> (MockServer, Arc<dyn Moderator>) {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/moderations"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    let base = format!("{}/v1", server.uri());
    let roster = roster(&[
        ("OPENAI_API_KEY", "k"),
        ("OPENAI_BASE_URL", &base),
        ("OPENAI_MODERATION_MODEL", "omni-moderation-latest"),
    ]);
    (server, roster.moderator.expect("a moderator"))
}

#[tokio::test]
async fn categories_are_read_and_plain_violence_is_not_held_against_weapons() {
    let prompt = Prompt::parse("moon umbrella").expect("a prompt");
    for (flags, verdict) in [
        (
            json!({ "violence": true, "illicit/violent": true, "hate": false }),
            None,
        ),
        (json!({ "hate/threatening": true }), Some(Category::Hate)),
        (json!({ "harassment": true, "sexual": true }), Some(Category::Hate)),
        (json!({ "self-harm/intent": true }), Some(Category::SelfHarm)),
        (json!({ "sexual/minors": true }), Some(Category::Profanity)),
        (json!({ "violence/graphic": true }), Some(Category::Profanity)),
    ] {
        let (_server, moderator) = moderator(json!({ "results": [{ "flagged": true, "categories": flags }] })).await;
        assert_eq!(moderator.judge(&prompt).await, Ok(verdict), "{flags}");
    }
    let (_server, moderator) = moderator(json!({ "results": [] })).await;
    assert_eq!(moderator.judge(&prompt).await, Err(ProviderError::Malformed));
}

#[tokio::test]
async fn the_worst_minded_score_of_a_picture_counts() {
    let look = weapon_gen::look::Look::of_effect(pvp_sim::Archetype::Bow, pvp_sim::Effect::None);
    let picture = weapon_gen::Sprite::draw(&look, 1);
    for (scores, score) in [
        (json!({ "sexual": 0.71, "hate": 0.2, "violence": 0.99 }), Ok(710)),
        (json!({ "sexual": 0.70, "violence/graphic": 0.1 }), Ok(700)),
        (json!({ "violence": 1.0, "illicit/violent": 1.0 }), Ok(0)),
        (json!({ "sexual": "much" }), Err(ProviderError::Malformed)),
    ] {
        let (server, moderator) = moderator(json!({ "results": [{ "category_scores": scores }] })).await;
        assert_eq!(moderator.judge_picture(&picture).await, score, "{scores}");
        let asked = server.received_requests().await.expect("requests are kept");
        let url = asked[0].body_json::<Value>().expect("JSON")["input"][0]["image_url"]["url"].clone();
        assert!(
            url.as_str()
                .is_some_and(|url| url.starts_with("data:image/png;base64,"))
        );
    }
}
