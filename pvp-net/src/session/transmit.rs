//! Owns what goes out: one datagram per frame that carries everything, and lane packets on a reliable channel.
//! Must not send more than one datagram per call, whatever is waiting.

use std::time::Duration;

use crate::simulation::Simulation;
use crate::transport::{Channel, MAX_DATAGRAM_BYTES, MAX_RELIABLE_BYTES, Transport};
use crate::wire::datagram::{self, Frames, HEADER_BYTES, Sections, TagContext};

use super::{LeaveReason, Session};

/// A session whose `advance` is not called still sends this often.
const QUIET: Duration = Duration::from_millis(100);
/// Room left in a datagram beside inputs and lane.
const SMALL_SECTIONS_BYTES: usize = 16;

impl<S: Simulation, T: Transport> Session<S, T> {
    pub(super) fn transmit_if_quiet(&mut self, now: Duration) {
        if now.saturating_sub(self.last_sent_at) >= QUIET {
            self.transmit(now, None);
        }
    }

    /// The goodbye, three times: one of them arrives. Also in each epoch that the peer may have switched to already.
    pub(super) fn transmit_goodbye(&mut self, now: Duration, reason: LeaveReason) {
        for _ in 0..3 {
            self.transmit(now, Some(reason));
            let ahead = [self.resume_context(), self.rematch_context()];
            for context in ahead.into_iter().flatten() {
                self.transmit_goodbye_ahead(now, context, reason);
            }
        }
    }

    /// A goodbye in an epoch in which this side has neither sent nor received an input.
    fn transmit_goodbye_ahead(&mut self, now: Duration, context: TagContext, reason: LeaveReason) {
        let sections = Sections {
            goodbye: Some(reason as u8),
            ..Sections::default()
        };
        let frames = Frames {
            start: 0,
            count: 0,
            ack: 0,
        };
        let mut writer = std::mem::take(&mut self.buffers.writer);
        datagram::write(&mut writer, context, self.config.local_player, frames, sections, |_| {});
        self.send_packet(now, Channel::Datagram, writer.bytes());
        self.buffers.writer = writer;
    }

    /// Sends this frame's datagram.
    pub(super) fn transmit(&mut self, now: Duration, goodbye: Option<LeaveReason>) {
        let plan = self.run.exchange.plan();
        let is_reliable = self.transport.has_reliable_channel();
        let has_lane = !is_reliable && goodbye.is_none() && {
            let room = MAX_DATAGRAM_BYTES - HEADER_BYTES - plan.bytes_max - SMALL_SECTIONS_BYTES;
            let resend_after = self.lane_resend_after();
            self.lane
                .poll_transmit(now, Some(resend_after), room, &mut self.buffers.lane)
        };
        self.liveness.hasten_pong(now);
        let pulse = self.liveness.poll_pulse(now, self.stats.packets_sent);
        let checksum = self.run.report.map(|(report, _)| report);
        self.count_down_report();
        let sections = Sections {
            pulse,
            checksum,
            goodbye: goodbye.map(|reason| reason as u8),
            lane: has_lane.then_some(self.buffers.lane.as_slice()),
        };
        let exchange = &self.run.exchange;
        let mut writer = std::mem::take(&mut self.buffers.writer);
        datagram::write(
            &mut writer,
            self.context,
            self.config.local_player,
            plan.frames,
            sections,
            |writer| exchange.encode(plan, writer),
        );
        debug_assert!(writer.len_bytes() <= MAX_DATAGRAM_BYTES);
        self.send_packet(now, Channel::Datagram, writer.bytes());
        self.buffers.writer = writer;
        if is_reliable && goodbye.is_none() {
            self.transmit_reliable(now);
        }
    }

    /// The lane's packet on the reliable channel: a datagram without inputs.
    fn transmit_reliable(&mut self, now: Duration) {
        let room = MAX_RELIABLE_BYTES - HEADER_BYTES;
        if !self.lane.poll_transmit(now, None, room, &mut self.buffers.lane) {
            return;
        }
        let (start, ack) = (self.run.exchange.sent_count(), self.run.exchange.received_count());
        let frames = Frames { start, count: 0, ack };
        let sections = Sections {
            lane: Some(self.buffers.lane.as_slice()),
            ..Sections::default()
        };
        let mut writer = std::mem::take(&mut self.buffers.writer);
        datagram::write(
            &mut writer,
            self.context,
            self.config.local_player,
            frames,
            sections,
            |_| {},
        );
        if !self.send_packet(now, Channel::Reliable, writer.bytes()) {
            // The channel repeats what it took, and it did not take this; the peer drops what comes twice.
            self.lane.restart_path();
        }
        self.buffers.writer = writer;
    }

    pub(super) fn lane_resend_after(&self) -> Duration {
        let network = self.stats_network();
        if network.rtt_count == 0 {
            return Duration::from_millis(250);
        }
        let after = network.rtt_avg + network.rtt_jitter * 4 + Duration::from_millis(30);
        after.min(Duration::from_millis(600))
    }

    fn count_down_report(&mut self) {
        if let Some((report, left)) = self.run.report.take()
            && left > 1
        {
            self.run.report = Some((report, left - 1));
        }
    }

    /// Whether the transport took it.
    pub(super) fn send_packet(&mut self, now: Duration, channel: Channel, bytes: &[u8]) -> bool {
        self.last_sent_at = now;
        if self.transport.send(now, channel, bytes).is_err() {
            self.stats.packets_refused += 1;
            return false;
        }
        self.stats.packets_sent += 1;
        self.stats.payload_bytes_sent += bytes.len() as u64;
        self.stats.wire_bytes_sent += (bytes.len() + self.transport.overhead_bytes()) as u64;
        if channel == Channel::Datagram {
            self.stats.datagram_bytes_max = self.stats.datagram_bytes_max.max(bytes.len() as u32);
        }
        true
    }
}
