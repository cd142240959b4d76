//! Strangers who come into the room of a waiting player and send junk: no panic, nothing printed, and the wait goes on.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_tungstenite::WebSocketStream;
use async_tungstenite::smol::{ConnectStream, connect_async};
use async_tungstenite::tungstenite::Message;
use futures_util::StreamExt;
use serde_json::{Value, json};

use super::*;

/// Panics of this process that were printed or would have been.
static PANICS: AtomicUsize = AtomicUsize::new(0);

fn count_panics() {
    static HOOK: std::sync::Once = std::sync::Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let thread = std::thread::current().name().unwrap_or_default().to_owned();
            // The drill of another test.
            if !thread.starts_with("drive-test") {
                PANICS.fetch_add(1, Ordering::Relaxed);
            }
            before(panic);
        }));
    });
}

/// Somebody who knows the room's name and speaks the signaling protocol.
struct Stranger {
    socket: WebSocketStream<ConnectStream>,
    /// What the other one in the room is called.
    other: Option<String>,
}

impl Stranger {
    fn enter(url: &str) -> Self {
        let (socket, _) = pollster::block_on(connect_async(url)).expect("the server runs");
        Self { socket, other: None }
    }

    fn send(&mut self, message: Message) {
        // Who sends too much is hung up on.
        let _ = pollster::block_on(self.socket.send(message));
    }

    fn signal(&mut self, data: &Value) {
        let receiver = self.other.clone().expect("somebody is there");
        let request = json!({"Signal": {"receiver": receiver, "data": data}});
        self.send(Message::text(request.to_string()));
    }

    /// The next thing that the other one says, such as its offer.
    fn next_signal(&mut self) -> Value {
        loop {
            let message = pollster::block_on(self.socket.next()).expect("open").expect("open");
            let Message::Text(text) = message else { continue };
            let event: Value = serde_json::from_str(&text).expect("JSON");
            if let Some(id) = event["NewPeer"].as_str() {
                self.other = Some(id.to_owned());
            }
            if let Some(sender) = event["Signal"]["sender"].as_str() {
                self.other = Some(sender.to_owned());
                return event["Signal"]["data"].clone();
            }
        }
    }
}

/// A player who waits in the room, polled on a thread of its own.
struct Waiting {
    stop: std::sync::mpsc::Sender<()>,
    thread: std::thread::JoinHandle<WebRtcTransport>,
}

impl Waiting {
    fn begin(lobby: &Lobby) -> Self {
        let mut end = lobby.join();
        poll_until([&mut end], |ends, _| ends[0].has_entered());
        Self::begin_with(end)
    }

    fn begin_with(mut end: WebRtcTransport) -> Self {
        let (stop, stopped) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let start = clock();
            let mut buffer = Vec::new();
            while stopped.recv_timeout(Duration::from_millis(2)) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                while end.receive(start.elapsed(), &mut buffer).is_some() {}
            }
            end
        });
        Self { stop, thread }
    }

    fn end(self) -> WebRtcTransport {
        drop(self.stop);
        self.thread.join().expect("no panic")
    }
}

fn junk(number: usize) -> Value {
    match number {
        0 => json!({"Answer": "junk"}),
        1 => json!({"Answer": ""}),
        2 => json!({"Answer": "v=0\r\n"}),
        3 => json!({"Answer": 7}),
        4 => json!({"Nonsense": ["v=0"]}),
        5 => json!(null),
        6 => json!({"Answer": "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"}),
        7 => json!({"Answer": "x".repeat(25_000)}),
        // Well formed, and still nothing that fits the offer.
        8 => odd("a=mid:0", "a=mid:another"),
        9 => odd("a=setup:active", "a=setup:passive"),
        10 => odd("a=sctp-port:5000", "a=sctp-port:0"),
        11 => odd("a=max-message-size:262144", "a=max-message-size:0"),
        12 => odd("a=ice-ufrag:nT+4", &format!("a=ice-ufrag:{}", "u".repeat(256))),
        13 => odd("UDP/DTLS/SCTP", "TCP/DTLS/SCTP"),
        14 => odd("BUNDLE 0", "BUNDLE 7 8 9"),
        _ => json!({"Answer": "v=0\r\no=-\0\u{1b}[2J\r\n"}),
    }
}

/// A true answer of somebody else, with one value changed.
fn odd(from: &str, to: &str) -> Value {
    let answer = description::tests::CHROME.replace("actpass", "active");
    assert!(answer.contains(from), "{from}");
    json!({"Answer": answer.replace(from, to)})
}

#[test]
fn a_waiting_player_outlives_every_kind_of_junk_and_then_meets_a_friend() {
    if !can_run() {
        return;
    }
    count_panics();
    let lobby = Lobby::open();
    let waiting = Waiting::begin(&lobby);
    for number in 0..16 {
        let mut stranger = Stranger::enter(&lobby.url);
        assert!(
            stranger.next_signal()["Offer"].is_string(),
            "the player offers to whoever comes"
        );
        for text in ["", "{}", "\0", "{\"Signal\":", "\"KeepAlive\""] {
            stranger.send(Message::text(text));
        }
        stranger.send(Message::binary(vec![number as u8; 2_000]));
        stranger.signal(&json!({"IceCandidate": "{\"candidate\":\"candidate:what\"}"}));
        stranger.signal(&junk(number));
        // In the room it stays as long as it likes; the server knows when it is gone.
        drop(stranger);
    }
    let mut end = waiting.end();
    assert_eq!(end.error(), None);
    let mut friend = lobby.join();
    meet(&lobby, &mut end, &mut friend);
    assert!(end.stats().handshakes_abandoned > 0, "{:?}", end.stats());
    assert_no_panic(&end);
}

/// Neither on the machinery's own thread, where it is caught, nor anywhere else.
fn assert_no_panic(end: &WebRtcTransport) {
    assert_eq!(end.gate.lock().panics, 0);
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
}

/// The room may still count a stranger who has just hung up.
fn meet(lobby: &Lobby, end: &mut WebRtcTransport, friend: &mut WebRtcTransport) {
    let start = clock();
    loop {
        poll_until([end, friend], |ends, _| {
            ends.iter().all(|end| end.status() == TransportStatus::Open) || ends[1].error().is_some()
        });
        if friend.error().is_none() {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{friend:?}");
        *friend = lobby.join();
    }
}

/// A true answer, altered in a few places.
fn altered(answer: &str, draw: &mut impl FnMut(usize) -> usize) -> String {
    let mut bytes = answer.as_bytes().to_vec();
    for _ in 0..=draw(3) {
        let at = draw(bytes.len());
        match draw(5) {
            0 => bytes[at] = draw(128) as u8,
            1 => bytes.truncate(at.max(1)),
            2 => drop(bytes.remove(at)),
            3 => bytes.insert(at, b"0:/ \r\n=a"[draw(8)]),
            _ => {
                let line = bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(0);
                let copied = bytes[at..at + line].to_vec();
                bytes.splice(at..at, copied);
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn altered_answers_neither_panic_nor_end_the_wait() {
    if !can_run() {
        return;
    }
    count_panics();
    let lobby = Lobby::open();
    let waiting = Waiting::begin(&lobby);
    let mut word = 41u64;
    let mut draw = move |bound: usize| {
        word = word
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (word >> 33) as usize % bound.max(1)
    };
    for _ in 0..25 {
        let mut stranger = Stranger::enter(&lobby.url);
        let offer = stranger.next_signal();
        // What a true answer to this offer looks like: the same session, with somebody else's keys.
        let answer = offer["Offer"].as_str().expect("an offer").replace("actpass", "active");
        stranger.signal(&json!({"Answer": altered(&answer, &mut draw)}));
        stranger.signal(&json!({"IceCandidate": altered(gate_relay(), &mut draw)}));
    }
    let mut end = waiting.end();
    assert_eq!(end.error(), None);
    let mut friend = lobby.join();
    meet(&lobby, &mut end, &mut friend);
    assert_no_panic(&end);
}

fn gate_relay() -> &'static str {
    description::tests::RELAY
}

#[test]
fn a_stranger_who_came_first_and_offers_junk_does_not_end_the_wait_of_the_second() {
    if !can_run() {
        return;
    }
    count_panics();
    let lobby = Lobby::open();
    let mut stranger = Stranger::enter(&lobby.url);
    let mut end = lobby.join();
    poll_until([&mut end], |ends, _| ends[0].has_entered());
    let waiting = Waiting::begin_with(end);
    while stranger.other.is_none() {
        let message = pollster::block_on(stranger.socket.next()).expect("open").expect("open");
        let event: Value = serde_json::from_str(message.to_text().expect("text")).expect("JSON");
        stranger.other = event["NewPeer"].as_str().map(str::to_owned);
    }
    for offer in ["junk", "v=0\r\n"] {
        stranger.signal(&json!({"Offer": offer}));
    }
    drop(stranger);
    let mut end = waiting.end();
    let mut friend = lobby.join();
    meet(&lobby, &mut end, &mut friend);
    assert_no_panic(&end);
}
