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
