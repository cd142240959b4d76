//! Visitors of all kinds at a real server on loopback: what each is told, and who is sent away. Nobody waits for a fixed time.

mod guest;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::*;
use crate::room::RoomRefusal;
use door::House;
use guest::{BINARY, CLOSE, CONTINUATION, Guest, PING, PONG, TEXT};
use meter::Offense;

struct Host {
    address: SocketAddr,
    house: Arc<House>,
    stopper: Option<Stopper>,
    thread: Option<JoinHandle<()>>,
}

impl Host {
    fn open(change: impl FnOnce(&mut SignalingLimits)) -> Self {
        let mut limits = SignalingLimits::default();
        change(&mut limits);
        let mut server =
            SignalingServer::bind_with("127.0.0.1:0".parse().expect("an address"), limits).expect("a free port");
        let (address, house, stopper) = (server.local_address(), server.house.clone(), server.stopper());
        let thread = std::thread::spawn(move || server.run().expect("serves"));
        Self {
            address,
            house,
            stopper,
            thread: Some(thread),
        }
    }

    fn guest(&self, room: &str) -> Guest {
        Guest::enter(self.address, room)
    }

    /// Waits until the server has sent so many away for this.
    fn await_offense(&self, offense: Offense, count: u64) {
        self.await_that(|house| house.diary.figures().sent_away_for(offense) >= count);
    }

    fn await_that(&self, mut holds: impl FnMut(&House) -> bool) {
        for _ in 0..20_000 {
            if holds(&self.house) {
                return;
            }
            std::thread::park_timeout(Duration::from_millis(1));
        }
        panic!("it never came to that: {:?}", self.house.diary.figures());
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Some(stopper) = self.stopper.take() {
            stopper.stop();
        }
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server ends");
        }
        if std::thread::panicking() {
            return;
        }
        // Whatever happened, nothing of it is kept.
        assert_eq!(self.house.ledger.shared_bytes(), 0);
        assert_eq!((self.house.places.visitors(), self.house.rooms.count()), (0, 0));
    }
}

fn id_of(heard: &str) -> &str {
    heard.split('"').find(|word| word.len() == 36).expect("an id")
}

#[test]
fn two_visitors_of_a_room_hear_of_each_other_and_are_passed_on() {
    let host = Host::open(|_| {});
    let (mut a, mut b) = (host.guest("duel"), host.guest("duel"));
    let assigned = b.text();
    assert!(a.text().contains("IdAssigned"));
    assert!(a.text().contains("NewPeer"));
    let signal = format!(
        r#"{{"Signal":{{"receiver":"{}","data":{{"Offer":"v=0"}}}}}}"#,
        id_of(&assigned)
    );
    a.send(TEXT, signal.as_bytes());
    assert!(b.text().ends_with(r#""data":{"Offer":"v=0"}}}"#));
    drop(a);
    assert!(b.text().contains("PeerLeft"));
}

#[test]
fn who_is_not_let_in_hears_exactly_why() {
    let host = Host::open(|limits| {
        limits.visitors_max = 4;
        limits.visitors_per_address_max = 3;
    });
    let (mut a, mut b) = (host.guest("duel"), host.guest("duel"));
    assert!(a.text().contains("IdAssigned") && b.text().contains("IdAssigned"));
    host.guest("duel").expect_refusal(RoomRefusal::RoomFull);
    let too_long = "x".repeat(65);
    for name in ["", "a/b", "a%2Fb", "%1b%5bm", &too_long] {
        host.await_that(|house| house.places.visitors() == 2);
        host.guest(name).expect_refusal(RoomRefusal::RoomName);
    }
    host.await_that(|house| house.places.visitors() == 2);
    let mut c = host.guest("other");
    assert!(c.text().contains("IdAssigned"));
    host.guest("third").expect_refusal(RoomRefusal::AddressFull);
    let mut far = Guest::enter_from([127, 0, 0, 2], host.address, "fourth");
    assert!(far.text().contains("IdAssigned"));
    Guest::enter_from([127, 0, 0, 3], host.address, "fifth").expect_refusal(RoomRefusal::ServerFull);
    let figures = host.house.diary.figures();
    let counts = RoomRefusal::ALL.map(|refusal| figures.refused_for(refusal));
    assert_eq!(counts, [1, 5, 1, 1, 0]);
}

#[test]
fn a_name_of_a_hundred_thousand_characters_is_refused_before_it_is_kept() {
    let host = Host::open(|_| {});
    let answer = Guest::ask(host.address, &format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(100_000)));
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
}

#[test]
fn the_health_of_the_server_can_be_asked_and_nothing_else() {
    let host = Host::open(|_| {});
    let mut a = host.guest("duel");
    assert!(a.text().contains("IdAssigned"));
    let answer = Guest::ask(host.address, "GET /health HTTP/1.1\r\nhost: x\r\n\r\n");
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with(r#"{"visitors":2,"rooms":1}"#),
        "{answer}"
    );
    for request in [
        "GET / HTTP/1.1\r\n\r\n",
        "POST /x HTTP/1.1\r\ncontent-length: 999999999\r\n\r\n",
        "\x16\x03\x01 junk\r\n\r\n",
    ] {
        let answer = Guest::ask(host.address, request);
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
}

#[test]
fn a_request_that_is_not_complete_in_time_is_ended() {
    let host = Host::open(|limits| limits.request_timeout = Duration::from_millis(300));
    let mut slow: Vec<_> = (0..20).map(|_| Guest::open(host.address)).collect();
    for guest in &mut slow {
        guest.raw(b"GET /duel HTTP/1.1\r\nhost: x\r\nx-slow: ");
    }
    let mut dribbling = Guest::open(host.address);
    while dribbling.try_raw(b"x") {
        std::thread::park_timeout(Duration::from_millis(5));
    }
    host.await_offense(Offense::NoRequest, 21);
    assert!(slow.iter_mut().all(Guest::is_closed));
}

#[test]
fn connections_that_ask_for_nothing_do_not_keep_others_out() {
    let host = Host::open(|limits| limits.arriving_max = 8);
    let slow: Vec<_> = (0..40).map(|_| Guest::open(host.address)).collect();
    host.await_offense(Offense::NoRequest, 32);
    assert!(host.guest("duel").text().contains("IdAssigned"));
    drop(slow);
}

#[test]
fn a_message_that_is_never_finished_is_not_waited_for() {
    let host = Host::open(|limits| limits.message_timeout = Duration::from_millis(300));
    let mut whole = host.guest("one");
    whole.header(TEXT, true, 30_000);
    whole.raw(&[b'x'; 100]);
    let mut parts = host.guest("two");
    parts.frame(TEXT, false, &[b'x'; 1_000]);
    parts.frame(CONTINUATION, false, &[b'x'; 1_000]);
    host.await_offense(Offense::Unfinished, 2);
    for mut guest in [whole, parts] {
        assert!(guest.goodbye().contains("unfinished"));
    }
}

#[test]
fn a_message_that_is_too_long_is_refused_by_its_header_or_its_parts() {
    let host = Host::open(|_| {});
    let mut whole = host.guest("one");
    whole.header(TEXT, true, 16 << 20);
    let mut parts = host.guest("two");
    parts.frame(TEXT, false, &[b'x'; 20_000]);
    parts.frame(CONTINUATION, false, &[b'x'; 20_000]);
    let mut unmasked = host.guest("three");
    unmasked.raw(&[0x81, 1, b'x']);
    let mut no_text = host.guest("four");
    no_text.send(TEXT, &[0xff, 0xfe]);
    for mut guest in [whole, parts, unmasked, no_text] {
        assert!(guest.goodbye().contains("too long or no WebSocket message"));
    }
    host.await_offense(Offense::Malformed, 4);
}

#[test]
fn a_visitor_that_sends_at_full_speed_is_sent_away_whatever_it_sends() {
    let host = Host::open(|_| {});
    let junk = [b'x'; 4_000];
    let floods: [&dyn Fn(&mut Guest) -> bool; 5] = [
        &|guest| guest.try_send(TEXT, &junk),
        &|guest| guest.try_send(BINARY, &junk),
        &|guest| guest.try_send(TEXT, b"{}"),
        &|guest| guest.try_send(PING, b""),
        &|guest| {
            guest.try_send(
                TEXT,
                br#"{"Signal":{"receiver":"00000000-0000-0000-0000-000000000000","data":[]}}"#,
            )
        },
    ];
    for (number, flood) in floods.iter().enumerate() {
        let mut guest = host.guest("flooded");
        let sent = (0..100_000).take_while(|_| flood(&mut guest)).count();
        assert!(sent < 100_000, "flood {number} went on");
        host.await_offense(Offense::Flood, number as u64 + 1);
    }
}

#[test]
fn who_does_not_read_is_sent_away_and_costs_a_bounded_amount() {
    let host = Host::open(|limits| limits.message_timeout = Duration::from_millis(300));
    let mut deaf = host.guest("duel");
    let assigned = deaf.text();
    let payload = "x".repeat(20_000);
    let signal = format!(
        r#"{{"Signal":{{"receiver":"{}","data":"{payload}"}}}}"#,
        id_of(&assigned)
    );
    // One after the other sends as much as it may.
    let mut bytes_max = 0;
    for _ in 0..500 {
        if host.house.diary.figures().sent_away_for(Offense::DoesNotRead) > 0 {
            break;
        }
        let mut loud = host.guest("duel");
        for _ in 0..3 {
            loud.try_send(TEXT, signal.as_bytes());
        }
        bytes_max = bytes_max.max(host.house.ledger.shared_bytes());
        drop(loud);
        host.await_that(|house| house.places.visitors() <= 1);
    }
    host.await_offense(Offense::DoesNotRead, 1);
    assert!(
        bytes_max <= limits::QUEUED_BYTES_MAX + limits::MESSAGE_BYTES_MAX,
        "{bytes_max}"
    );
}

#[test]
fn who_answers_no_ping_is_taken_for_gone_and_who_does_stays() {
    let host = Host::open(|limits| limits.silence_timeout = Duration::from_millis(900));
    let (mut here, gone) = (host.guest("one"), host.guest("two"));
    assert!(here.text().contains("IdAssigned"));
    for _ in 0..5 {
        let (kind, _) = here.read().expect("a ping");
        assert_eq!(kind, PING);
        here.send(PONG, b"");
    }
    assert_eq!(host.house.diary.figures().sent_away_for(Offense::Silent), 1);
    drop((here, gone));
}

#[test]
fn a_killed_visitor_is_one_that_left() {
    let host = Host::open(|_| {});
    let mut a = host.guest("duel");
    assert!(a.text().contains("IdAssigned"));
    drop(a);
    let mut b = host.guest("duel");
    assert!(b.text().contains("IdAssigned"));
    b.send(CLOSE, b"");
    host.await_that(|house| house.diary.figures().left == 2);
    assert_eq!(host.house.diary.figures().sent_away, [0; 7]);
}
