//! Owns the promise about keys: whatever happens to a request, no log line, no error and no weapon shows them.
//! A file of its own, because it listens to every log line of the process.

#![cfg(all(feature = "cache", feature = "providers"))]

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use weapon_gen::ForgeRequest;
use weapon_gen::deadline::Budget;
use weapon_gen::provider::roster::Roster;
use weapon_gen::service::{ForgeService, Settings};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

/// What every key contains, and nothing else.
const MARK: &str = "hunter2";

/// Collects everything that is logged, by `tracing` and by `log`.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("not poisoned")).into_owned()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl log::Log for Lines {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        // The local servers of the test log what they receive; that is not us.
        if !record.target().starts_with("wiremock") {
            let _ = writeln!(self.clone(), "{} {}", record.target(), record.args());
        }
    }

    fn flush(&self) {}
}

fn roster(base: &str) -> Roster {
    let settings = |name: &str| {
        if name.ends_with("_API_KEY") {
            return Some(format!("sk-{MARK}-{name}"));
        }
        match name {
            "FAL_MODE" => Some("queue".to_owned()),
            "GEMINI_IMAGE_MODEL" | "OPENAI_MODERATION_MODEL" => Some("model".to_owned()),
            _ if name.ends_with("_BASE_URL") => Some(base.to_owned()),
            _ => None,
        }
    };
    Roster::from_settings(&settings).expect("a roster")
}

/// A base where nothing listens any more.
fn closed_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("http://{}", listener.local_addr().expect("an address"))
}

/// Listens to everything that this process logs.
fn listen() -> Lines {
    let lines = Lines::default();
    log::set_boxed_logger(Box::new(lines.clone())).expect("the only logger");
    log::set_max_level(log::LevelFilter::Trace);
    let writer = lines.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();
    lines
}

/// How many servers [`bad_server`] knows.
const SERVER_COUNT: u8 = 6;

/// A server that answers in a bad way; one of them repeats what it was sent.
async fn bad_server(case: u8) -> MockServer {
    let server = MockServer::start().await;
    let echo = |request: &wiremock::Request| {
        let said = format!("{:?} {}", request.headers, String::from_utf8_lossy(&request.body));
        ResponseTemplate::new(200).set_body_string(said)
    };
    let mock = Mock::given(any());
    let mock = match case {
        0 => mock.respond_with(ResponseTemplate::new(401).set_body_string("bad key")),
        1 => mock.respond_with(ResponseTemplate::new(429).insert_header("retry-after", "60")),
        2 => mock.respond_with(ResponseTemplate::new(200).set_body_string("{}")),
        3 => mock.respond_with(echo),
        4 => mock.respond_with(ResponseTemplate::new(302).insert_header("location", "http://localhost/")),
        _ => mock.respond_with(ResponseTemplate::new(200).set_delay(Duration::from_secs(600))),
    };
    mock.mount(&server).await;
    server
}

/// Everything that a request shows of itself.
async fn forge_and_show(base: &str, case: u8) -> String {
    let settings = Settings {
        budget: Budget {
            providers_ms: 300,
            ..Budget::DEFAULT
        },
        ..Settings::new(5)
    };
    let roster = roster(base);
    assert_eq!((roster.providers.len(), roster.painters.len()), (3, 2));
    let service = ForgeService::new(settings, roster);
    let request = ForgeRequest {
        prompt: "my grandmother's sadness",
        match_seed: 1,
        player: 0,
        request_seq: case,
    };
    let delivery = service.forge(&request).await;
    assert!(service.counters().calls() > 0);
    format!("{service:?} {delivery:?} {:?}", service.counters())
}

#[tokio::test]
async fn no_key_is_ever_shown() {
    let lines = listen();
    let mut shown = forge_and_show(&closed_port(), SERVER_COUNT).await;
    for case in 0..SERVER_COUNT {
        let server = bad_server(case).await;
        shown.push_str(&forge_and_show(&server.uri(), case).await);
    }
    let logged = lines.text();
    assert!(logged.contains("a provider lost"), "the test listens to our lines");
    assert!(
        logged.contains("reqwest") || logged.contains("hyper"),
        "and to those of the client"
    );
    for text in [&shown, &logged] {
        let line = text.lines().find(|line| line.contains(MARK));
        assert_eq!(line, None);
    }
}
