//! Several signaling servers: both players end in the same room whichever of them is down, and a match outlives them all.

use super::*;
use crate::room::RoomUrlError;

fn meeting(lobbies: &[&Lobby]) -> Meeting {
    let rooms: Vec<&str> = lobbies.iter().map(|lobby| lobby.url.as_str()).collect();
    Meeting::join(&rooms, WebRtcConfig::default()).expect("rooms and a thread")
}

/// Polls both until `done`; returns how long it took.
fn meet_until(ends: &mut [Meeting; 2], mut done: impl FnMut(&[Meeting; 2]) -> bool) -> Duration {
    let start = clock();
    let mut buffer = Vec::new();
    loop {
        let now = start.elapsed();
        for end in ends.iter_mut() {
            while end.receive(now, &mut buffer).is_some() {}
        }
        if done(ends) {
            return now;
        }
        assert!(now < PATIENCE, "nothing happened: {ends:?}");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

fn have_met(ends: &[Meeting; 2]) -> bool {
    ends.iter().all(|end| end.status() == TransportStatus::Open)
}

#[test]
fn a_match_finishes_without_its_signaling_server_and_the_next_one_begins_at_the_second_within_30_s() {
    if !can_run() {
        return;
    }
    let (mut first, second) = (Lobby::open(), Lobby::open());
    let mut ends = [meeting(&[&first, &second]), meeting(&[&first, &second])];
    meet_until(&mut ends, have_met);
    assert!(ends.iter().all(|end| end.room().as_str() == first.url));
    first.close();
    for round in 0..5 {
        let now = Duration::from_secs(100 + round);
        ends[0]
            .send(now, Channel::Datagram, &[round as u8])
            .expect("still open");
        let mut buffer = Vec::new();
        let start = clock();
        while ends[1].receive(now + start.elapsed(), &mut buffer).is_none() {
            assert!(start.elapsed() < PATIENCE);
            std::thread::yield_now();
        }
        assert_eq!(buffer, [round as u8]);
    }
    drop(ends);
    let mut ends = [meeting(&[&first, &second]), meeting(&[&first, &second])];
    let took = meet_until(&mut ends, have_met);
    assert!(took < Duration::from_secs(30), "{took:?}");
    for end in &ends {
        assert_eq!(end.room().as_str(), second.url);
        assert!(end.failures().contains(&first.url), "{}", end.failures());
    }
}

#[test]
fn two_who_begin_at_different_servers_still_meet() {
    if !can_run() {
        return;
    }
    let (first, second) = (Lobby::open(), Lobby::open());
    // The other one cannot reach the first server at all.
    let mut ends = [meeting(&[&first, &second]), meeting(&[&second])];
    ends[0].home_stay = Duration::from_millis(700);
    let took = meet_until(&mut ends, have_met);
    assert!(took >= ends[0].home_stay, "{took:?}");
    assert!(ends.iter().all(|end| end.room().as_str() == second.url));
}

#[test]
fn a_server_that_dies_under_a_waiting_player_is_left_for_the_next() {
    if !can_run() {
        return;
    }
    let (mut first, second) = (Lobby::open(), Lobby::open());
    let mut ends = [meeting(&[&first, &second]), meeting(&[&second])];
    meet_until(&mut ends, |ends| {
        ends[0].transport().is_some_and(WebRtcTransport::has_entered)
    });
    first.close();
    meet_until(&mut ends, have_met);
    assert!(ends[0].failures().contains("went away"), "{}", ends[0].failures());
}

#[test]
fn no_server_at_all_is_told_with_every_reason() {
    let (mut first, mut second) = (Lobby::open(), Lobby::open());
    first.close();
    second.close();
    let mut ends = [meeting(&[&first, &second]), meeting(&[&first, &second])];
    meet_until(&mut ends, |ends| ends.iter().all(|end| end.error().is_some()));
    let said = ends[0].error().expect("just seen").to_string();
    assert!(said.contains(&first.url) && said.contains(&second.url), "{said}");
    assert_eq!(ends[0].status(), TransportStatus::Closed(CloseReason::Signaling));
}

#[test]
fn a_list_is_read_with_commas_and_is_bounded() {
    let error = |rooms: &[&str]| Meeting::join(rooms, WebRtcConfig::default()).expect_err("no list");
    assert_eq!(
        error(&[]),
        WebRtcError::Room(RoomUrlError::Count {
            count: 0,
            max: ROOMS_MAX
        })
    );
    assert_eq!(
        error(&["ws://127.0.0.1:1/x"; 9]),
        WebRtcError::Room(RoomUrlError::Count {
            count: 9,
            max: ROOMS_MAX
        })
    );
    assert!(matches!(
        error(&["ws://127.0.0.1:1/x,nonsense"]),
        WebRtcError::Room(RoomUrlError::NotARoom { .. })
    ));
    let meeting =
        Meeting::join(&["ws://127.0.0.1:1/x, ws://127.0.0.1:1/y"], WebRtcConfig::default()).expect("two rooms");
    assert_eq!(meeting.room().as_str(), "ws://127.0.0.1:1/x");
}
