//! Owns the cases of the painters: pictures on the line and from the queue, and what must not come of them.

use crate::brand::{KEY, LONG, order, roster};
use crate::wire;
use base64::Engine;
use pvp_sim::Archetype;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use weapon_gen::Sprite;
use weapon_gen::look::Look;
use weapon_gen::provider::{Painter, ProviderError};
use wiremock::matchers::{body_partial_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const JOB: &str = "/fal-ai/flux/requests/job-1";

fn painter(name: &str, base: &str, extra: (&str, &str)) -> Arc<dyn Painter> {
    let (key, base_name) = (format!("{name}_API_KEY"), format!("{name}_BASE_URL"));
    let roster = roster(&[(&key, KEY), (&base_name, base), extra]);
    roster.painters.into_iter().next().expect("one painter")
}

fn fal(base: &str, mode: &str) -> Arc<dyn Painter> {
    painter("FAL", base, ("FAL_MODE", mode))
}

fn gemini(base: &str) -> Arc<dyn Painter> {
    painter("GEMINI", base, ("GEMINI_IMAGE_MODEL", "image-7"))
}

fn png() -> Vec<u8> {
    Sprite::draw(&Look::plain(Archetype::Axe), 3).to_png()
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn pictures(url: &str) -> Value {
    json!({ "images": [{ "url": url, "width": 512, "height": 512, "content_type": "image/png" }],
            "seed": 1, "has_nsfw_concepts": [false], "prompt": "x", "timings": {} })
}

fn data_uri(bytes: &[u8]) -> String {
    format!("data:image/png;base64,{}", base64(bytes))
}

async fn answering(verb: &str, at: &str, response: ResponseTemplate, server: &MockServer) {
    Mock::given(method(verb))
        .and(path(at))
        .respond_with(response)
        .mount(server)
        .await;
}

/// A server that paints on the line.
async fn on_the_line(body: Value) -> MockServer {
    let server = MockServer::start().await;
    let wanted = json!({ "num_images": 1, "num_inference_steps": 4, "sync_mode": true, "enable_safety_checker": true,
                         "output_format": "png", "image_size": { "width": 512, "height": 512 }, "seed": 0x2345_6789 });
    Mock::given(method("POST"))
        .and(path("/fal-ai/flux/schnell"))
        .and(header("authorization", format!("Key {KEY}").as_str()))
        .and(body_partial_json(wanted))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    server
}

/// A server with a queue: the job's states, then the picture.
async fn queue(states: &[&str], result: &Value) -> MockServer {
    let server = MockServer::start().await;
    let at = |rest: &str| format!("{}{JOB}{rest}", server.uri());
    let queued = json!({ "request_id": "job-1", "status": "IN_QUEUE", "queue_position": 2,
                         "status_url": at("/status"), "response_url": at(""), "cancel_url": at("/cancel") });
    let ok = |body: &Value| ResponseTemplate::new(200).set_body_json(body);
    answering("POST", "/fal-ai/flux/schnell", ok(&queued), &server).await;
    for (place, state) in states.iter().enumerate() {
        let mut mock = Mock::given(method("GET"))
            .and(path(format!("{JOB}/status")))
            .and(header("authorization", format!("Key {KEY}").as_str()))
            .respond_with(ok(&json!({ "status": state })));
        if place + 1 < states.len() {
            mock = mock.up_to_n_times(1);
        }
        mock.mount(&server).await;
    }
    answering("GET", JOB, ok(result), &server).await;
    server
}

#[tokio::test]
async fn a_picture_on_the_line_becomes_a_sprite() {
    let server = on_the_line(pictures(&data_uri(&png()))).await;
    let sprite = fal(&server.uri(), "sync").paint(&order(LONG)).await.expect("a sprite");
    assert!(sprite.colors().len() <= 16);
    assert!((5..=70).contains(&sprite.coverage_percent()));
}

#[tokio::test]
async fn a_picture_from_the_queue_becomes_a_sprite() {
    let server = queue(&["IN_QUEUE", "IN_PROGRESS", "COMPLETED"], &pictures(&data_uri(&png()))).await;
    let sprite = fal(&server.uri(), "queue").paint(&order(LONG)).await.expect("a sprite");
    assert!((5..=70).contains(&sprite.coverage_percent()));
    let requests = server.received_requests().await.expect("recorded");
    assert!(
        requests.iter().all(|request| request.method.as_str() != "PUT"),
        "a finished job is not canceled"
    );
}

#[tokio::test]
async fn a_picture_that_lies_beside_the_answer_is_fetched_without_the_key() {
    let server = queue(&["COMPLETED"], &Value::Null).await;
    let store = format!("{}/files/1.png", server.uri());
    server.reset().await;
    let at = |rest: &str| format!("{}{JOB}{rest}", server.uri());
    let queued = json!({ "status_url": at("/status"), "response_url": at(""), "cancel_url": at("/cancel") });
    let ok = |body: &Value| ResponseTemplate::new(200).set_body_json(body);
    answering("POST", "/fal-ai/flux/schnell", ok(&queued), &server).await;
    answering(
        "GET",
        &format!("{JOB}/status"),
        ok(&json!({ "status": "COMPLETED" })),
        &server,
    )
    .await;
    answering("GET", JOB, ok(&pictures(&store)), &server).await;
    answering(
        "GET",
        "/files/1.png",
        ResponseTemplate::new(200).set_body_bytes(png()),
        &server,
    )
    .await;
    assert!(fal(&server.uri(), "queue").paint(&order(LONG)).await.is_ok());
    let requests = server.received_requests().await.expect("recorded");
    let fetched = requests
        .iter()
        .find(|request| request.url.path() == "/files/1.png")
        .expect("fetched");
    assert!(!fetched.headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_queued_job_is_canceled_at_the_deadline() {
    let server = queue(&["IN_QUEUE"], &Value::Null).await;
    let (seen, mut canceled) = mpsc::unbounded_channel();
    Mock::given(method("PUT"))
        .and(path(format!("{JOB}/cancel")))
        .and(header("authorization", format!("Key {KEY}").as_str()))
        .respond_with(move |_: &wiremock::Request| {
            seen.send(()).expect("the test waits");
            ResponseTemplate::new(202)
        })
        .mount(&server)
        .await;
    let painter = fal(&server.uri(), "queue");
    let order = order(LONG);
    let mut painting = Box::pin(painter.paint(&order));
    // Polls the painter until the job is in the queue, then drops it as the race does.
    let in_queue = async {
        while !server
            .received_requests()
            .await
            .is_some_and(|all| all.iter().any(|request| request.url.path().ends_with("/status")))
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = &mut painting => panic!("the job never ends"),
        () = in_queue => {}
    }
    drop(painting);
    tokio::time::timeout(LONG, canceled.recv())
        .await
        .expect("canceled")
        .expect("canceled");
}

#[tokio::test]
async fn an_impatient_order_ends_in_time() {
    let server = queue(&["IN_PROGRESS"], &Value::Null).await;
    let painted = fal(&server.uri(), "queue")
        .paint(&order(Duration::from_millis(50)))
        .await;
    assert_eq!(painted, Err(ProviderError::TooSlow));
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(600));
    let server = MockServer::start().await;
    answering("POST", "/fal-ai/flux/schnell", slow, &server).await;
    let painted = fal(&server.uri(), "sync")
        .paint(&order(Duration::from_millis(50)))
        .await;
    assert_eq!(painted, Err(ProviderError::TooSlow));
}

#[tokio::test]
async fn the_key_does_not_follow_a_url_to_another_server() {
    let elsewhere = MockServer::start().await;
    let server = MockServer::start().await;
    let at = |rest: &str| format!("{}{JOB}{rest}", elsewhere.uri());
    let queued = json!({ "status_url": at("/status"), "response_url": at(""), "cancel_url": at("/cancel") });
    let ok = |body: &Value| ResponseTemplate::new(200).set_body_json(body);
    answering("POST", "/fal-ai/flux/schnell", ok(&queued), &server).await;
    let painted = fal(&server.uri(), "queue").paint(&order(LONG)).await;
    assert_eq!(painted, Err(ProviderError::Malformed));

    let server = on_the_line(pictures(&format!("{}/picture.png", elsewhere.uri()))).await;
    let painted = fal(&server.uri(), "sync").paint(&order(LONG)).await;
    assert_eq!(painted, Err(ProviderError::Malformed));
    assert!(elsewhere.received_requests().await.expect("recorded").is_empty());
}

#[tokio::test]
async fn what_is_no_picture_is_refused() {
    let mut indecent = pictures(&data_uri(&png()));
    indecent["has_nsfw_concepts"] = json!([true]);
    for (body, error) in [
        (indecent, ProviderError::Declined),
        (json!({ "images": [] }), ProviderError::Malformed),
        (json!({}), ProviderError::Malformed),
        (pictures("data:image/png;base64,@@@"), ProviderError::Malformed),
        (pictures(&data_uri(b"GIF89a")), ProviderError::Malformed),
        (pictures(&data_uri(&png()[..100])), ProviderError::Malformed),
        (pictures("file:///etc/passwd"), ProviderError::Malformed),
    ] {
        let server = on_the_line(body.clone()).await;
        assert_eq!(
            fal(&server.uri(), "sync").paint(&order(LONG)).await,
            Err(error),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_server_that_fails_is_named() {
    for (status, error) in [
        (422, ProviderError::Status(422)),
        (504, ProviderError::TooSlow),
        (401, ProviderError::Status(401)),
    ] {
        let server = MockServer::start().await;
        answering("POST", "/fal-ai/flux/schnell", ResponseTemplate::new(status), &server).await;
        answering(
            "POST",
            "/v1beta/models/image-7:generateContent",
            ResponseTemplate::new(status),
            &server,
        )
        .await;
        for mode in ["sync", "queue"] {
            assert_eq!(fal(&server.uri(), mode).paint(&order(LONG)).await, Err(error));
        }
        assert_eq!(gemini(&server.uri()).paint(&order(LONG)).await, Err(error));
    }
    let max_bytes = weapon_gen::provider::http::PICTURE_BYTES_MAX;
    let base = wire::floods().await;
    let oversized = Err(ProviderError::Oversized { max_bytes });
    assert_eq!(fal(&base, "sync").paint(&order(LONG)).await, oversized);
    assert_eq!(gemini(&base).paint(&order(LONG)).await, oversized);
    let base = wire::hangs_up().await;
    assert_eq!(
        fal(&base, "queue").paint(&order(LONG)).await,
        Err(ProviderError::Unreachable)
    );
    assert_eq!(gemini(&base).paint(&order(LONG)).await, Err(ProviderError::Unreachable));
    let busy = MockServer::start().await;
    let wait = ResponseTemplate::new(429).insert_header("retry-after", "60");
    answering("POST", "/fal-ai/flux/schnell", wait, &busy).await;
    let retry_after = Some(Duration::from_secs(60));
    let impatient = order(Duration::from_secs(30));
    assert_eq!(
        fal(&busy.uri(), "sync").paint(&impatient).await,
        Err(ProviderError::Busy { retry_after })
    );
}

#[tokio::test]
async fn gemini_paints_too() {
    for (parts, is_painted) in [
        (
            json!([{ "text": "Here." }, { "inlineData": { "mimeType": "image/png", "data": base64(&png()) } }]),
            Ok(true),
        ),
        (json!([{ "text": "I would rather not." }]), Err(ProviderError::Declined)),
        (
            json!([{ "inlineData": { "mimeType": "image/png", "data": "AAAA" } }]),
            Err(ProviderError::Malformed),
        ),
    ] {
        let server = MockServer::start().await;
        let wanted = json!({ "generationConfig": { "responseModalities": ["TEXT", "IMAGE"],
                             "imageConfig": { "aspectRatio": "1:1", "imageSize": "1K" } } });
        let body = json!({ "candidates": [{ "finishReason": "STOP", "content": { "parts": parts } }] });
        Mock::given(method("POST"))
            .and(path("/v1beta/models/image-7:generateContent"))
            .and(header("x-goog-api-key", KEY))
            .and(body_partial_json(wanted))
            .respond_with(ResponseTemplate::new(200).set_body_json(body))
            .mount(&server)
            .await;
        assert_eq!(
            gemini(&server.uri()).paint(&order(LONG)).await.map(|_| true),
            is_painted
        );
    }
    let server = MockServer::start().await;
    let refused = json!({ "candidates": [{ "finishReason": "IMAGE_SAFETY" }] });
    answering(
        "POST",
        "/v1beta/models/image-7:generateContent",
        ResponseTemplate::new(200).set_body_json(refused),
        &server,
    )
    .await;
    assert_eq!(
        gemini(&server.uri()).paint(&order(LONG)).await,
        Err(ProviderError::Declined)
    );
}
