//! Owns what a match costs on real sockets: two sessions over encrypted UDP on this machine's loopback.
//!
//! It must not be compared with the simulated link: here a round trip takes microseconds and nothing is lost.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use pvp_net::transport::udp::{RoomKey, UdpError, UdpTransport};
use pvp_net::{Phase, Session, SessionConfig};
use serde::Serialize;

use super::contender::{INPUT_DELAY_FRAMES, PREDICTION_WINDOW_FRAMES};
use super::game::{Script, State};
use super::ours::Rules;

/// How long the two may take to find each other.
const PATIENCE: Duration = Duration::from_secs(20);
/// Headers of UDP and IPv4.
const HEADER_BYTES: u64 = 28;

/// What one peer sends over a transport.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SocketCost {
    /// Bytes per second and peer, encryption and 28 bytes of UDP and IPv4 per datagram included.
    pub wire_bytes_per_second: f64,
    /// Datagrams per second and peer.
    pub packets_per_second: f64,
}

impl SocketCost {
    /// The line for people.
    #[must_use]
    pub fn line(&self) -> String {
        format!(
            "encrypted UDP on loopback (no loss, round trip below 1 ms): {:.0} B/s, {:.1} packets/s per peer",
            self.wire_bytes_per_second, self.packets_per_second
        )
    }
}

/// Plays for `span` over two sockets on 127.0.0.1; `None` if the peers do not meet.
///
/// # Errors
/// [`UdpError`] if the machine has no socket for it.
#[expect(clippy::disallowed_methods, reason = "a benchmark in real time")]
pub fn udp(span: Duration) -> Result<Option<SocketCost>, UdpError> {
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    let key = RoomKey::generate()?;
    let host = UdpTransport::listen(local, &key)?;
    let guest = UdpTransport::bind(local, host.local_address(), &key)?;
    let start = Instant::now();
    let session = |player: u8, transport| {
        let config = SessionConfig {
            input_delay_frames: INPUT_DELAY_FRAMES,
            prediction_window_frames: PREDICTION_WINDOW_FRAMES,
            entropy: 7 + u64::from(player),
            ..SessionConfig::new(player, 1)
        };
        Session::new(Rules, State::default(), transport, config, Duration::ZERO).expect("valid settings")
    };
    let mut peers = [session(0, host), session(1, guest)];
    let mut due = [Duration::ZERO; 2];
    let script = Script::new(5);
    let mut begun: Option<(Duration, [(u64, u64); 2])> = None;
    loop {
        let now = start.elapsed();
        for (player, peer) in peers.iter_mut().enumerate() {
            if now < due[player] {
                continue;
            }
            due[player] = (due[player] + peer.frame_duration()).max(now.saturating_sub(Duration::from_millis(50)));
            peer.poll(now);
            drop(peer.events());
            drop(peer.game_events());
            // A frame that cannot be played yet is played at the next turn.
            let _ = peer.advance(now, script.input(peer.current_frame() as usize, player));
        }
        let sent = || {
            [&peers[0], &peers[1]].map(|peer| {
                let stats = peer.transport().stats();
                (stats.sent_packets, stats.sent_bytes)
            })
        };
        match begun {
            None if peers.iter().all(|peer| peer.phase() == Phase::Running) => begun = Some((now, sent())),
            None if now > PATIENCE => return Ok(None),
            Some((since, before)) if now >= since + span => {
                return Ok(Some(cost(before, sent(), now - since)));
            }
            _ => {}
        }
        std::thread::park_timeout(Duration::from_micros(300));
    }
}

fn cost(before: [(u64, u64); 2], after: [(u64, u64); 2], span: Duration) -> SocketCost {
    let packets: u64 = (0..2).map(|end| after[end].0 - before[end].0).sum();
    let bytes: u64 = (0..2).map(|end| after[end].1 - before[end].1).sum();
    let peer_seconds = span.as_secs_f64() * 2.0;
    SocketCost {
        wire_bytes_per_second: (bytes + packets * HEADER_BYTES) as f64 / peer_seconds,
        packets_per_second: packets as f64 / peer_seconds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_and_their_headers_are_counted() {
        let cost = cost(
            [(10, 1_000), (0, 0)],
            [(70, 4_000), (60, 3_000)],
            Duration::from_secs(1),
        );
        assert_eq!(cost.packets_per_second, 60.0);
        assert_eq!(cost.wire_bytes_per_second, 3_000.0 + 60.0 * 28.0);
    }
}
