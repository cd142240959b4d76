//! The host commit: content enters the match through an input, once, on the same frame on both sides, after the acknowledgement.

use std::time::Duration;

use pvp_net::transport::link::LinkConfig;
use pvp_net::{ContentEvent, ContentRefused, OfferError, SessionEvent};

use crate::duel::{Duel, config};
use crate::game::{Happening, Tiny};

fn commits(duel: &Duel, side: usize) -> Vec<(u32, Happening)> {
    let mut events = duel.peers[side].confirmed_events();
    events.retain(|(_, event)| matches!(event, Happening::Committed { .. }));
    events
}

#[test]
fn each_content_is_applied_once_on_the_same_frame_under_heavy_loss() {
    let mut duel = Duel::over(LinkConfig::new(2, 100, 20, 20));
    duel.connect();
    for power in 1..=20u32 {
        let now = duel.now;
        duel.peers[0]
            .session
            .offer_content(now, &Tiny::content_bytes(power))
            .unwrap();
        duel.run_ms(if power % 3 == 0 { 500 } else { 3 });
    }
    duel.run_ms(5000);
    let [a, b] = [commits(&duel, 0), commits(&duel, 1)];
    assert_eq!(a, b, "the same frames on both sides");
    let powers = a.iter().map(|(_, event)| match event {
        Happening::Committed { power, .. } => *power,
        _ => 0,
    });
    assert_eq!(powers.collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
    assert_eq!(duel.peers[0].session.content_log(), duel.peers[1].session.content_log());
    assert_eq!(duel.peers[0].session.stats().commits, 20);
    duel.assert_in_sync();
}

#[test]
fn nothing_is_committed_before_the_acknowledgement() {
    let mut duel = Duel::over(LinkConfig::new(2, 200, 0, 0));
    duel.connect();
    duel.run_ms(1000);
    let now = duel.now;
    duel.peers[0]
        .session
        .offer_content(now, &Tiny::content_bytes(9))
        .unwrap();
    duel.run_ms(190);
    assert_eq!(
        duel.peers[0].session.commit().seq,
        0,
        "an acknowledgement takes a round trip"
    );
    duel.run_ms(90);
    assert_eq!(duel.peers[0].session.commit().seq, 1);
}

#[test]
fn content_that_the_guest_refuses_is_never_committed() {
    let guest = Tiny {
        refuses_content: true,
        ..Tiny::default()
    };
    let link = LinkConfig::new(2, 50, 5, 5);
    let mut duel = Duel::with([link; 2], [config(0), config(1)], [Tiny::default(), guest]);
    duel.connect();
    let now = duel.now;
    let offer = duel.peers[0]
        .session
        .offer_content(now, &Tiny::content_bytes(9))
        .unwrap();
    duel.run_ms(2000);
    let reason = ContentRefused::Rule { code: 1 };
    let refused = SessionEvent::Content(ContentEvent::RefusedByPeer { offer, slot: 0, reason });
    assert!(
        duel.peers[0].saw(|event| *event == refused),
        "{:?}",
        duel.peers[0].events
    );
    assert!(duel.peers[1].saw(|event| matches!(event, SessionEvent::Content(ContentEvent::RefusedByUs { .. }))));
    assert!(commits(&duel, 0).is_empty());
    duel.assert_in_sync();
}

#[test]
fn the_host_does_not_offer_what_its_own_game_refuses_and_the_guest_offers_nothing() {
    let mut duel = Duel::over(LinkConfig::new(2, 50, 5, 5));
    duel.connect();
    let now = duel.now;
    let too_strong = duel.peers[0].session.offer_content(now, &Tiny::content_bytes(101));
    assert_eq!(too_strong, Err(OfferError::Refused(ContentRefused::Rule { code: 1 })));
    let from_guest = duel.peers[1].session.offer_content(now, &Tiny::content_bytes(1));
    assert_eq!(from_guest, Err(OfferError::NotHost));
}

#[test]
fn an_offer_without_an_answer_expires() {
    let mut duel = Duel::over(LinkConfig::new(2, 50, 0, 0));
    duel.connect();
    let now = duel.now;
    let offer = duel.peers[0]
        .session
        .offer_content(now, &Tiny::content_bytes(9))
        .unwrap();
    duel.control.cut();
    duel.run_ms(4100);
    let expired = SessionEvent::Content(ContentEvent::Expired { offer, slot: 0 });
    assert!(duel.peers[0].saw(|event| *event == expired));
    duel.control.heal();
    duel.run_ms(3000);
    assert!(commits(&duel, 0).is_empty(), "the late acknowledgement changes nothing");
    duel.assert_in_sync();
}

#[test]
fn a_large_content_does_not_delay_inputs() {
    let mut duel = Duel::over(LinkConfig::new(2, 80, 5, 1));
    duel.connect();
    duel.run_ms(1000);
    let before = duel.peers[1].session.stats();
    duel.run_ms(2000);
    let calm = duel.peers[1].session.stats();
    let now = duel.now;
    let mut sprite = Tiny::content_bytes(9).to_vec();
    // Nothing that compression makes shorter.
    let words = (0..2_048_u64).map(|word| xxhash_rust::xxh3::xxh3_64(&word.to_le_bytes()));
    sprite.extend(words.flat_map(u64::to_le_bytes));
    sprite.truncate(16 * 1024);
    duel.peers[0].session.offer_content(now, &sprite).unwrap();
    duel.run_ms(2000);
    let busy = duel.peers[1].session.stats();
    assert!(duel.peers[1].saw(|event| matches!(event, SessionEvent::Content(ContentEvent::Received { .. }))));
    assert_eq!(busy.stalled_frames, calm.stalled_frames);
    let calm_work = calm.frames_resimulated - before.frames_resimulated;
    let busy_work = busy.frames_resimulated - calm.frames_resimulated;
    assert!(busy_work <= calm_work + 60, "{calm_work} {busy_work}");
    assert!(duel.peers[0].session.stats().datagram_bytes_max <= 512);
    assert!(duel.peers[1].longest_gap(now) < Duration::from_millis(40));
}

#[test]
fn an_offer_that_cannot_be_sent_takes_no_slot() {
    let mut duel = Duel::over(LinkConfig::new(2, 100, 0, 0));
    duel.connect();
    let host = &mut duel.peers[0].session;
    while host.send_message(&[7; 200]).is_ok() {}
    while host.send_message(&[]).is_ok() {}
    let busy = host.offer_content(duel.now, &Tiny::content_bytes(3));
    assert_eq!(busy, Err(OfferError::Busy));
    assert!(host.content_log().is_empty(), "no slot was taken");
    duel.run_ms(5000);
    let is_expired = |event: &SessionEvent| matches!(event, SessionEvent::Content(_));
    assert!(!duel.peers[0].saw(is_expired), "nothing was offered");
}
