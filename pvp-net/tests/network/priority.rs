//! Inputs go first: a transfer during a match does not make them later.

use std::time::Duration;

use pvp_net::transport::link::{Link, LinkConfig};
use pvp_net::{Channel, LANE_MESSAGE_BYTES_MAX, SendError, SessionEvent, Transport, TransportStatus};

use crate::pair::{Pair, config, rules};

/// How finely arrivals are seen.
const STEP: Duration = Duration::from_micros(250);
/// How often the next message is tried; the lane takes some seconds for each.
const SEND_INTERVAL: Duration = Duration::from_millis(100);
/// How much later an input may come because of a transfer.
const RISE_MAX: Duration = Duration::from_millis(1);
/// Five megabits a second: an uplink on which a datagram of 512 bytes takes less than a millisecond.
const RATE_BYTES_PER_SECOND: u32 = 625_000;

/// A link, with bulk that knows neither turn nor cap if `burst` is not 0: what a transfer beside the session would be.
struct Bulk {
    link: Link,
    burst: u32,
}

impl Transport for Bulk {
    fn send(&mut self, now: Duration, channel: Channel, bytes: &[u8]) -> Result<(), SendError> {
        for _ in 0..self.burst {
            self.link.send(now, channel, &[0; 512])?;
        }
        self.link.send(now, channel, bytes)
    }

    fn receive(&mut self, now: Duration, buffer: &mut Vec<u8>) -> Option<Channel> {
        self.link.receive(now, buffer)
    }

    fn status(&self) -> TransportStatus {
        self.link.status()
    }
}

/// Bytes that nothing makes shorter: the size of the largest message.
fn noise() -> Vec<u8> {
    let words = (0..LANE_MESSAGE_BYTES_MAX as u64 / 8).map(|word| xxhash_rust::xxh3::xxh3_64(&word.to_le_bytes()));
    let bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
    bytes[..LANE_MESSAGE_BYTES_MAX - 1].to_vec()
}

/// The 99th percentile of how long after its key press an input of the host is at the guest, and the messages that arrived there.
fn input_delay_p99(link: LinkConfig, has_transfer: bool, burst: u32) -> (Duration, usize) {
    let (a, b) = Link::pair(link);
    let control = a.control();
    control.set_now(Duration::ZERO);
    let transports = [Bulk { link: a, burst }, Bulk { link: b, burst: 0 }];
    let mut pair = Pair::new([rules(), rules()], transports, [config(0), config(1)]);
    let (mut pressed, mut delays) = (Vec::new(), Vec::new());
    while !pair.is_running() || pair.confirmed_frame() < 60 {
        control.set_now(pair.now + STEP);
        pair.tick(STEP);
    }
    let first = pair.sessions[0].input_counts().1;
    let (mut arrived, mut next_send, message) = (first, pair.now, noise());
    while delays.len() < 400 {
        control.set_now(pair.now + STEP);
        pair.now += STEP;
        if has_transfer && pair.now >= next_send {
            let _when_full = pair.sessions[0].send_message(&message);
            next_send += SEND_INTERVAL;
        }
        pair.poll(0);
        pair.advance(0);
        pair.poll(1);
        let sent = pair.sessions[0].input_counts().1;
        pressed.resize((sent - first) as usize, pair.now);
        let received = pair.sessions[1].input_counts().0.max(arrived);
        let new = pressed
            .iter()
            .take((received - first) as usize)
            .skip((arrived - first) as usize);
        delays.extend(new.map(|at| pair.now - *at));
        arrived = received;
        pair.advance(1);
    }
    pair.assert_in_sync();
    delays.sort_unstable();
    let messages = pair.events[1]
        .iter()
        .filter(|event| matches!(event, SessionEvent::Message(_)));
    (delays[delays.len() * 99 / 100], messages.count())
}

fn link(jitter_ms: u32, loss_pct: u8) -> LinkConfig {
    LinkConfig {
        rate_bytes_per_second: RATE_BYTES_PER_SECOND,
        ..LinkConfig::new(8, 60, jitter_ms, loss_pct)
    }
}

#[test]
fn a_transfer_of_sixty_four_kibibytes_makes_no_input_later_by_more_than_a_millisecond() {
    for (jitter_ms, loss_pct) in [(0, 0), (5, 0), (5, 2)] {
        let link = link(jitter_ms, loss_pct);
        let ((alone, _), (beside, messages)) = (input_delay_p99(link, false, 0), input_delay_p99(link, true, 0));
        println!(
            "jitter {jitter_ms} ms, loss {loss_pct} %: p99 of the input delay {alone:?} alone, {beside:?} beside {messages} transfers"
        );
        assert!(messages >= 2, "{messages} messages of 64 KiB in 400 frames");
        assert!(
            beside <= alone + RISE_MAX,
            "{alone:?} alone, {beside:?} beside a transfer"
        );
    }
}

#[test]
fn bulk_without_a_cap_makes_inputs_late_and_is_seen_by_this_measure() {
    let link = link(0, 0);
    let ((alone, _), (beside, _)) = (input_delay_p99(link, false, 0), input_delay_p99(link, false, 16));
    assert!(
        beside > alone + 5 * RISE_MAX,
        "{alone:?} alone, {beside:?} beside uncapped bulk"
    );
}
