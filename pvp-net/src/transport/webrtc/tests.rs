//! Real WebRTC between two ends of this process, over an embedded signaling server: no internet, no fixed port, no sleeping.
//!
//! The stack skips the loopback interface, so a machine without any other one cannot run these; they say so and pass.

mod failover;
mod returning;
mod strangers;

use std::net::UdpSocket;
use std::time::Instant;

use super::*;
use crate::signaling::{SignalingServer, Stopper};

const PATIENCE: Duration = Duration::from_secs(60);

struct Lobby {
    url: String,
    stopper: Option<Stopper>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Lobby {
    fn open() -> Self {
        let mut server = SignalingServer::bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        let url = format!("ws://{}/duel", server.local_address());
        let stopper = server.stopper();
        let thread = std::thread::spawn(move || server.run().expect("serves"));
        Self {
            url,
            stopper,
            thread: Some(thread),
        }
    }

    fn close(&mut self) {
        if let Some(stopper) = self.stopper.take() {
            stopper.stop();
        }
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server ends");
        }
    }

    fn join(&self) -> WebRtcTransport {
        WebRtcTransport::connect(&self.url, WebRtcConfig::default()).expect("a thread")
    }
}

impl Drop for Lobby {
    fn drop(&mut self) {
        self.close();
    }
}

/// Whether WebRTC has an interface to use here.
fn can_run() -> bool {
    let socket = UdpSocket::bind("0.0.0.0:0").expect("a socket");
    // Chooses a route; sends nothing.
    let has_route = socket.connect("192.0.2.1:9").is_ok();
    let is_outside = socket.local_addr().is_ok_and(|local| !local.ip().is_loopback());
    if !(has_route && is_outside) {
        tracing::warn!("skipped: no usable interface");
    }
    has_route && is_outside
}

/// The network below is real, so is the time it takes.
#[expect(
    clippy::disallowed_methods,
    reason = "gives up when the real network does not answer"
)]
fn clock() -> Instant {
    Instant::now()
}

/// Polls every end until `done`; returns what each received meanwhile.
fn poll_until<const N: usize>(
    mut ends: [&mut WebRtcTransport; N],
    mut done: impl FnMut(&mut [&mut WebRtcTransport; N], &[Vec<(Channel, Vec<u8>)>; N]) -> bool,
) -> [Vec<(Channel, Vec<u8>)>; N] {
    let start = clock();
    let mut received = [const { Vec::new() }; N];
    let mut buffer = Vec::new();
    loop {
        let now = start.elapsed();
        for (end, received) in ends.iter_mut().zip(&mut received) {
            while let Some(channel) = end.receive(now, &mut buffer) {
                received.push((channel, buffer.clone()));
            }
        }
        if done(&mut ends, &received) {
            return received;
        }
        assert!(now < PATIENCE, "nothing happened: {ends:?}");
        std::thread::yield_now();
    }
}

fn connected_pair(lobby: &Lobby) -> (WebRtcTransport, WebRtcTransport) {
    let (mut a, mut b) = (lobby.join(), lobby.join());
    poll_until([&mut a, &mut b], |ends, _| {
        ends.iter().all(|end| end.status() == TransportStatus::Open)
    });
    (a, b)
}

#[test]
fn a_pair_meets_exchanges_on_both_channels_and_outlives_the_signaling_server() {
    if !can_run() {
        return;
    }
    let mut lobby = Lobby::open();
    let (mut a, mut b) = connected_pair(&lobby);
    let blob: Vec<u8> = (0..MAX_RELIABLE_BYTES).map(|byte| byte as u8).collect();
    let now = Duration::from_secs(100);
    a.send(now, Channel::Reliable, &blob).expect("an open window");
    a.send(now, Channel::Datagram, b"quick").expect("open");
    b.send(now, Channel::Datagram, b"answer").expect("open");
    let mut received = poll_until([&mut a, &mut b], |_, received| {
        received[0].len() == 1 && received[1].len() == 2
    });
    received[1].sort_by_key(|message| message.1.len());
    assert_eq!(received[0], [(Channel::Datagram, b"answer".to_vec())]);
    assert_eq!(received[1][0], (Channel::Datagram, b"quick".to_vec()));
    assert_eq!(received[1][1], (Channel::Reliable, blob));

    lobby.close();
    for round in 0..5 {
        let now = Duration::from_secs(200 + round);
        a.send(now, Channel::Datagram, &[round as u8]).expect("still open");
        let received = poll_until([&mut a, &mut b], |_, received| received[1].len() == 1);
        assert_eq!(received[1][0].1, [round as u8]);
    }
    assert_eq!(a.status(), TransportStatus::Open);
    assert_eq!(b.status(), TransportStatus::Open);
}

#[test]
fn a_third_visitor_is_told_that_the_room_is_full_and_the_match_goes_on() {
    if !can_run() {
        return;
    }
    let lobby = Lobby::open();
    let (mut a, mut b) = connected_pair(&lobby);
    let mut third = lobby.join();
    poll_until([&mut a, &mut b, &mut third], |ends, _| ends[2].error().is_some());
    assert_eq!(
        third.error(),
        Some(&WebRtcError::Refused {
            url: lobby.url.clone(),
            refusal: RoomRefusal::RoomFull
        })
    );
    assert_eq!(third.status(), TransportStatus::Closed(CloseReason::Signaling));
    b.send(Duration::from_secs(100), Channel::Datagram, b"on")
        .expect("open");
    poll_until([&mut a, &mut b], |_, received| received[0].len() == 1);
}

#[test]
fn a_peer_that_leaves_is_noticed_and_its_place_is_free_again() {
    if !can_run() {
        return;
    }
    let lobby = Lobby::open();
    let (mut a, b) = connected_pair(&lobby);
    drop(b);
    poll_until([&mut a], |ends, _| ends[0].status() != TransportStatus::Open);
    assert_eq!(a.error(), Some(&WebRtcError::PeerLeft));
    assert_eq!(
        a.send(Duration::from_secs(100), Channel::Datagram, b"x"),
        Err(SendError::Closed)
    );
    drop(a);
    // The places become free once the old loops have ended and the server has noticed.
    let start = clock();
    loop {
        let (mut c, mut d) = (lobby.join(), lobby.join());
        poll_until([&mut c, &mut d], |ends, _| {
            let is_open = |end: &&mut WebRtcTransport| end.status() == TransportStatus::Open;
            ends.iter().all(is_open) || ends.iter().any(|end| end.error().is_some())
        });
        if c.error().or(d.error()).is_none() {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "no place became free: {c:?} {d:?}");
    }
}

#[test]
fn a_goodbye_leaves_although_its_sender_is_dropped_at_once() {
    if !can_run() {
        return;
    }
    let lobby = Lobby::open();
    let (mut a, mut b) = connected_pair(&lobby);
    a.send(Duration::from_secs(100), Channel::Reliable, b"goodbye")
        .expect("an open window");
    drop(a);
    let received = poll_until([&mut b], |ends, _| ends[0].status() != TransportStatus::Open);
    assert_eq!(received[0], [(Channel::Reliable, b"goodbye".to_vec())]);
}

#[test]
fn hostile_sizes_and_frames_are_counted_and_dropped() {
    if !can_run() {
        return;
    }
    let lobby = Lobby::open();
    let (mut a, mut b) = connected_pair(&lobby);
    let peer = a.peer.expect("connected");
    a.line
        .datagrams
        .hand_over(peer, vec![1; WEBRTC_PAYLOAD_BYTES_MAX + 1].into())
        .expect("open");
    a.line.reliable.hand_over(peer, vec![9; 100].into()).expect("open");
    a.line
        .reliable
        .hand_over(peer, vec![0; MAX_RELIABLE_BYTES + 2].into())
        .expect("open");
    let received = poll_until([&mut a, &mut b], |ends, _| ends[1].stats.malformed_packets == 3);
    assert!(received[1].is_empty());
    a.send(Duration::from_secs(100), Channel::Datagram, b"on")
        .expect("open");
    poll_until([&mut a, &mut b], |_, received| received[1].len() == 1);
    assert_eq!(
        a.send(
            Duration::from_secs(100),
            Channel::Datagram,
            &[0; WEBRTC_PAYLOAD_BYTES_MAX + 1]
        ),
        Err(SendError::TooLarge {
            bytes: WEBRTC_PAYLOAD_BYTES_MAX + 1,
            limit: WEBRTC_PAYLOAD_BYTES_MAX
        })
    );
}

#[test]
fn back_pressure_stops_a_sender_whose_peer_does_not_read() {
    if !can_run() {
        return;
    }
    let lobby = Lobby::open();
    let (mut a, mut b) = connected_pair(&lobby);
    let now = Duration::from_secs(100);
    let mut accepted = 0;
    while a.send(now, Channel::Reliable, &[5; 16_000]).is_ok() {
        accepted += 1;
    }
    assert_eq!(accepted, credit::WINDOW_BYTES / 16_000);
    assert_eq!(a.stats().reliable_outstanding_bytes_max, accepted * 16_000);
    poll_until([&mut a, &mut b], |ends, received| {
        received[1].len() == accepted as usize && ends[0].credit.outstanding() < 16_000
    });
    assert!(
        a.send(Duration::from_secs(200), Channel::Reliable, &[5; 16_000])
            .is_ok()
    );
}

#[test]
fn nobody_to_signal_through_is_an_error_with_advice() {
    let mut server = SignalingServer::bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let url = format!("ws://{}/duel", server.local_address());
    drop(server.stopper());
    drop(server);
    let config = WebRtcConfig {
        signaling_attempts: 1,
        ..WebRtcConfig::default()
    };
    let mut end = WebRtcTransport::connect(&url, config).expect("a thread");
    poll_until([&mut end], |ends, _| ends[0].error().is_some());
    let error = end.error().expect("just seen");
    assert_eq!(*error, WebRtcError::SignalingUnreachable { url });
    assert!(error.to_string().contains("check the address"), "{error}");
    assert_eq!(end.status(), TransportStatus::Closed(CloseReason::Signaling));
}

#[test]
fn a_lone_visitor_learns_that_the_signaling_server_is_gone() {
    let mut lobby = Lobby::open();
    let mut end = lobby.join();
    poll_until([&mut end], |ends, _| ends[0].has_entered() || ends[0].error().is_some());
    lobby.close();
    poll_until([&mut end], |ends, _| ends[0].error().is_some());
    assert_eq!(end.error(), Some(&WebRtcError::SignalingLost));
}

#[test]
fn an_address_that_is_no_room_and_relaying_without_a_relay_are_refused_at_once() {
    for url in ["", "http://example.org/room", "ws://", "ws:///room", "duel"] {
        let error = WebRtcTransport::connect(url, WebRtcConfig::default()).expect_err("no room");
        assert_eq!(error, WebRtcError::Room(RoomUrlError::NotARoom { url: url.into() }));
    }
    let config = WebRtcConfig {
        relay_only: true,
        ..WebRtcConfig::default()
    };
    let error = WebRtcTransport::connect("ws://127.0.0.1:1/x", config).expect_err("no relay");
    assert_eq!(error, WebRtcError::RelayWithoutServer);
}

#[test]
fn a_match_over_webrtc_does_not_notice_that_the_signaling_server_is_gone() {
    use crate::toy::{START, Toy, held_inputs};
    use crate::{Session, SessionConfig, SessionEvent};

    if !can_run() {
        return;
    }
    let mut lobby = Lobby::open();
    let start = clock();
    let session = |player: u8, transport| {
        let config = SessionConfig {
            entropy: 5 + u64::from(player),
            ..SessionConfig::new(player, 1)
        };
        Session::new(Toy::default(), START, transport, config, Duration::ZERO).expect("valid settings")
    };
    let mut sessions = [session(0, lobby.join()), session(1, lobby.join())];
    let script = held_inputs(8, 10_000);
    let mut due = [Duration::ZERO; 2];
    let mut events = [const { Vec::new() }; 2];
    let has_message = |events: &[SessionEvent]| events.contains(&SessionEvent::Message(b"still here".to_vec()));
    while sessions.iter().any(|session| session.confirmed_frame() < 240) || !has_message(&events[1]) {
        if lobby.stopper.is_some() && sessions.iter().all(|session| session.confirmed_frame() > 100) {
            lobby.close();
            sessions[0].send_message(b"still here").expect("room in the lane");
        }
        for (player, session) in sessions.iter_mut().enumerate() {
            let now = start.elapsed();
            session.poll(now);
            if now >= due[player] {
                due[player] = now + session.frame_duration();
                let input = script[session.current_frame() as usize][player];
                session.advance(now, input).expect("nobody left");
            }
            events[player].extend(session.events());
            drop(session.game_events());
        }
        assert!(start.elapsed() < PATIENCE, "no match: {:?}", sessions[0].transport());
        std::thread::yield_now();
    }
    let frame = sessions[0].confirmed_frame().min(sessions[1].confirmed_frame());
    assert_eq!(sessions[0].checksum_at(frame), sessions[1].checksum_at(frame));
    assert!(sessions[0].checksum_at(frame).is_some());
    assert_ne!(sessions[0].state().position, START.position, "the match was entered");
    for (session, events) in sessions.iter().zip(&events) {
        assert_eq!(session.transport().status(), TransportStatus::Open);
        assert!(
            !events
                .iter()
                .any(|event| matches!(event, SessionEvent::TransportClosed(_)))
        );
    }
}
