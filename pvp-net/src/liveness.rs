//! Owns whether the peer is there: pings on the caller's clock, round-trip times, loss, and how long a silence is forgiven.
//! Must not end the session (it only says that the time is over), and must not believe an answer to a ping that was not sent.

use std::time::Duration;

use crate::guard;
use crate::stats::{DropReason, NetworkStats};
use crate::wire::datagram::Pulse;

const PULSE_INTERVAL: Duration = Duration::from_millis(250);
const DEGRADED_AFTER: Duration = Duration::from_millis(500);
const LOST_AFTER: Duration = Duration::from_millis(2000);
/// Pings that may be unanswered at a time; older ones are forgotten.
const OUTSTANDING: usize = 16;
/// Share of lost datagrams from which a connection counts as degraded, and below which it is good again, in per mille.
const LOSS_DEGRADED_PERMILLE: u32 = 150;
const LOSS_GOOD_PERMILLE: u32 = 100;

/// How the connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Liveness {
    /// Packets arrive as they should.
    Good,
    /// Nothing arrived for half a second, or many packets are lost.
    Degraded,
    /// Nothing arrived for two seconds; the match is held for the peer until `left` is over.
    Lost {
        /// Time until the session gives up.
        left: Duration,
    },
    /// Packets arrive again after a loss. Followed by the current state.
    Resumed {
        /// How long nothing had arrived.
        outage: Duration,
    },
}

/// What a poll found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Same,
    Changed(Liveness),
    GiveUp,
}

/// Watches one peer.
pub(crate) struct LivenessMonitor {
    reconnect_window: Duration,
    last_heard: Duration,
    state: Liveness,
    announced_left_seconds: u64,
    next_pulse: Duration,
    ping: u8,
    outstanding: [Option<(u8, Duration)>; OUTSTANDING],
    to_answer: Option<(u8, Duration)>,
    stats: NetworkStats,
    received_count: u64,
    last_report: Option<(u16, u64)>,
}

impl LivenessMonitor {
    pub(crate) fn new(reconnect_window: Duration, now: Duration) -> Self {
        Self {
            reconnect_window,
            last_heard: now,
            state: Liveness::Good,
            announced_left_seconds: 0,
            next_pulse: now,
            ping: 0,
            outstanding: [None; OUTSTANDING],
            to_answer: None,
            stats: NetworkStats::default(),
            received_count: 0,
            last_report: None,
        }
    }

    pub(crate) fn stats(&self) -> NetworkStats {
        self.stats
    }

    /// How long nothing has arrived.
    pub(crate) fn silence(&self, now: Duration) -> Duration {
        now.saturating_sub(self.last_heard)
    }

    /// A genuine datagram arrived. Says so if that ends a loss.
    pub(crate) fn handle_datagram(&mut self, now: Duration) -> Option<Liveness> {
        let outage = self.silence(now);
        self.last_heard = now;
        self.received_count += 1;
        if matches!(self.state, Liveness::Lost { .. }) {
            self.state = Liveness::Good;
            self.last_report = None;
            return Some(Liveness::Resumed { outage });
        }
        None
    }

    pub(crate) fn handle_pulse(&mut self, now: Duration, pulse: Pulse) -> Result<(), DropReason> {
        self.to_answer = Some((pulse.ping, now));
        self.measure_loss(pulse.sent_count);
        let Some((ping, held_ms)) = pulse.pong else {
            return Ok(());
        };
        let slot = self
            .outstanding
            .iter_mut()
            .find(|slot| slot.is_some_and(|(number, _)| number == ping));
        let sent_at = slot.and_then(Option::take).map(|(_, sent_at)| sent_at);
        let rtt = guard::judge_round_trip(now, sent_at, Duration::from_millis(u64::from(held_ms)))?;
        self.measure_rtt(rtt);
        Ok(())
    }

    fn measure_rtt(&mut self, rtt: Duration) {
        let stats = &mut self.stats;
        if stats.rtt_count == 0 {
            (stats.rtt_min, stats.rtt_avg, stats.rtt_jitter) = (rtt, rtt, rtt / 8);
        } else {
            stats.rtt_min = stats.rtt_min.min(rtt);
            stats.rtt_jitter = (stats.rtt_jitter * 3 + rtt.abs_diff(stats.rtt_avg)) / 4;
            stats.rtt_avg = (stats.rtt_avg * 3 + rtt) / 4;
        }
        stats.rtt_count += 1;
    }

    /// Compares how many datagrams the peer sent with how many came, between two pulses.
    fn measure_loss(&mut self, sent_count: u16) {
        let Some((last_sent, last_received)) = self.last_report else {
            self.last_report = Some((sent_count, self.received_count));
            return;
        };
        let sent = u64::from(sent_count.wrapping_sub(last_sent));
        // A reordered pulse, or too few datagrams to say anything.
        if !(10..1 << 15).contains(&sent) {
            return;
        }
        self.last_report = Some((sent_count, self.received_count));
        let received = self.received_count - last_received;
        self.stats.peer_datagrams_sent += sent;
        self.stats.peer_datagrams_received += received;
        let lost_permille = (sent.saturating_sub(received) * 1000 / sent) as u32;
        let average = self.stats.loss_permille;
        self.stats.loss_permille = (average * 7 + lost_permille + 4) / 8;
    }

    /// The pulse for this datagram, if one is due.
    pub(crate) fn poll_pulse(&mut self, now: Duration, sent_count: u64) -> Option<Pulse> {
        if now < self.next_pulse {
            return None;
        }
        self.next_pulse = now + PULSE_INTERVAL;
        self.ping = self.ping.wrapping_add(1);
        self.outstanding[usize::from(self.ping) % OUTSTANDING] = Some((self.ping, now));
        let pong = self.to_answer.take().and_then(|(ping, at)| {
            let held_ms = u8::try_from(now.saturating_sub(at).as_millis()).ok()?;
            Some((ping, held_ms))
        });
        Some(Pulse {
            ping: self.ping,
            sent_count: sent_count as u16,
            pong,
        })
    }

    /// Whether a pong is waiting; then the next datagram carries a pulse early, so that it is not held too long.
    pub(crate) fn hasten_pong(&mut self, now: Duration) {
        if self
            .to_answer
            .is_some_and(|(_, at)| now.saturating_sub(at) >= PULSE_INTERVAL / 2)
        {
            self.next_pulse = self.next_pulse.min(now);
        }
    }

    /// Judges the silence.
    pub(crate) fn poll(&mut self, now: Duration) -> Verdict {
        let silence = self.silence(now);
        if silence >= LOST_AFTER.max(self.reconnect_window) {
            return Verdict::GiveUp;
        }
        if silence >= LOST_AFTER {
            let left = self.reconnect_window.saturating_sub(silence);
            let is_new = !matches!(self.state, Liveness::Lost { .. });
            self.state = Liveness::Lost { left };
            // The countdown is announced once a second.
            if is_new || left.as_secs() != self.announced_left_seconds {
                self.announced_left_seconds = left.as_secs();
                return Verdict::Changed(self.state);
            }
            return Verdict::Same;
        }
        let loss_limit = match self.state {
            Liveness::Degraded => LOSS_GOOD_PERMILLE,
            _ => LOSS_DEGRADED_PERMILLE,
        };
        let is_bad = silence >= DEGRADED_AFTER || self.stats.loss_permille > loss_limit;
        let state = if is_bad { Liveness::Degraded } else { Liveness::Good };
        if state == self.state {
            return Verdict::Same;
        }
        self.state = state;
        Verdict::Changed(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_silence_is_degraded_then_lost_with_a_countdown_then_over() {
        let mut monitor = LivenessMonitor::new(Duration::from_secs(5), ms(0));
        assert_eq!(monitor.poll(ms(499)), Verdict::Same);
        assert_eq!(monitor.poll(ms(500)), Verdict::Changed(Liveness::Degraded));
        assert_eq!(
            monitor.poll(ms(2000)),
            Verdict::Changed(Liveness::Lost { left: ms(3000) })
        );
        assert_eq!(
            monitor.poll(ms(2016)),
            Verdict::Changed(Liveness::Lost { left: ms(2984) })
        );
        assert_eq!(monitor.poll(ms(2032)), Verdict::Same);
        assert_eq!(
            monitor.handle_datagram(ms(4000)),
            Some(Liveness::Resumed { outage: ms(4000) })
        );
        assert_eq!(monitor.poll(ms(4000)), Verdict::Same);
        assert_eq!(monitor.poll(ms(9000)), Verdict::GiveUp);
    }

    #[test]
    fn round_trips_leave_out_the_time_an_answer_was_held() {
        let mut a = LivenessMonitor::new(Duration::from_secs(5), ms(0));
        let pulse = a.poll_pulse(ms(0), 0).unwrap();
        let answer = Pulse {
            ping: 9,
            sent_count: 0,
            pong: Some((pulse.ping, 30)),
        };
        a.handle_pulse(ms(130), answer).unwrap();
        assert_eq!(a.stats().rtt_avg, ms(100));
        assert_eq!(a.handle_pulse(ms(131), answer), Err(DropReason::Pong), "answered once");
        let lie = Pulse {
            ping: 9,
            sent_count: 0,
            pong: Some((77, 0)),
        };
        assert_eq!(a.handle_pulse(ms(131), lie), Err(DropReason::Pong), "never sent");
        let pulse = a.poll_pulse(ms(300), 0).unwrap();
        let lie = Pulse {
            ping: 9,
            sent_count: 0,
            pong: Some((pulse.ping, 200)),
        };
        assert_eq!(
            a.handle_pulse(ms(310), lie),
            Err(DropReason::Pong),
            "held longer than it took"
        );
        assert_eq!(a.stats().rtt_count, 1);
    }

    #[test]
    fn loss_is_the_share_of_datagrams_that_did_not_come() {
        let mut monitor = LivenessMonitor::new(Duration::from_secs(5), ms(0));
        let mut sent = 0u16;
        for _ in 0..100 {
            for _ in 0..16 {
                monitor.handle_datagram(ms(0));
            }
            sent = sent.wrapping_add(20);
            monitor
                .handle_pulse(
                    ms(0),
                    Pulse {
                        ping: 0,
                        sent_count: sent,
                        pong: None,
                    },
                )
                .unwrap();
        }
        assert!(
            (185..=205).contains(&monitor.stats().loss_permille),
            "{:?}",
            monitor.stats()
        );
    }
}
