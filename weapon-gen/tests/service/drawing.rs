//! Owns the promise about a text model's drawing over the line: the moderation endpoint scores it before it is shown.

use crate::fake::{ODD, request, settings};
use serde_json::{Value, json};
use weapon_gen::Sprite;
use weapon_gen::provider::answer;
use weapon_gen::provider::roster::Roster;
use weapon_gen::service::{Delivery, ForgeService, Settings};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A text model's answer with a drawing.
fn weapon() -> String {
    let shapes = json!([
        { "op": "line", "color": 0, "x": 8, "y": 56, "x2": 40, "y2": 24, "size": 5 },
        { "op": "disc", "color": 1, "x": 44, "y": 20, "x2": 0, "y2": 0, "size": 14 },
    ]);
    json!({ "name": "Sorrow", "archetype": "staff", "colors": ["#202040", "#c0d0ff"], "shapes": shapes }).to_string()
}

fn drawing() -> Sprite {
    let proposal = answer::parse(&weapon()).expect("a proposal");
    proposal.sprite.expect("a drawing")
}

/// A server that proposes the weapon, and scores pictures if asked.
async fn server(score: f64) -> MockServer {
    let server = MockServer::start().await;
    let chat = json!({ "choices": [{ "finish_reason": "stop", "message": { "content": weapon() } }] });
    let opinion = json!({ "results": [{ "categories": { "sexual": false }, "category_scores": { "sexual": score } }] });
    for (at, body) in [("/v1/chat/completions", chat), ("/v1/moderations", opinion)] {
        Mock::given(method("POST"))
            .and(path(at))
            .respond_with(ResponseTemplate::new(200).set_body_json(body))
            .mount(&server)
            .await;
    }
    server
}

async fn delivery(server: &MockServer, moderation_model: Option<&str>) -> Delivery {
    let base = format!("{}/v1", server.uri());
    let roster = Roster::from_settings(&|name| match name {
        "OPENAI_BASE_URL" => Some(base.clone()),
        "OPENAI_MODERATION_MODEL" => moderation_model.map(str::to_owned),
        _ => None,
    });
    let settings = Settings {
        picture_wait_ms: 2_000,
        ..settings()
    };
    let service = ForgeService::new(settings, roster.expect("a roster"));
    service.forge(&request(ODD)).await.expect("a weapon")
}

#[tokio::test]
async fn the_moderation_endpoint_sees_a_drawing_before_the_players_do() {
    for (score, is_shown) in [(0.70, true), (0.71, false)] {
        let server = server(score).await;
        let delivery = delivery(&server, Some("omni-moderation-latest")).await;
        assert_eq!(delivery.provider.as_deref(), Some("openai"), "the weapon is taken");
        assert_eq!(delivery.forged.sprite == drawing(), is_shown, "{score}");
        let asked = server.received_requests().await.expect("requests are kept");
        let is_picture = |body: &Value| body["input"][0]["type"] == "image_url";
        let pictures = asked
            .iter()
            .filter_map(|request| request.body_json().ok())
            .filter(is_picture);
        assert_eq!(pictures.count(), 1);
    }
}

#[tokio::test]
async fn without_a_second_opinion_a_drawing_is_shown_as_a_painters_picture_is() {
    let server = server(0.99).await;
    assert_eq!(delivery(&server, None).await.forged.sprite, drawing());
}
