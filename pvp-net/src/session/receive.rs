//! Owns what comes in: packets, and the messages and sections inside them.
//! Must not act on a value that the guard has not judged.

use std::time::Duration;

use crate::content::{self, Answer, ContentEvent};
use crate::core::RollbackCore;
use crate::guard::{GENUINE_PACKETS_PER_POLL_MAX, HANDSHAKES_PER_POLL_MAX, PACKETS_PER_POLL_MAX, judge_checksum_frame};
use crate::liveness::Verdict;
use crate::simulation::Simulation;
use crate::stats::DropReason;
use crate::transport::{Channel, MAX_DATAGRAM_BYTES, MAX_RELIABLE_BYTES, Transport, TransportStatus};
use crate::wire::datagram::{self, ChecksumReport, ReadError, Sections};

use super::{CloseCause, LeaveReason, Session, SessionEvent, Stage};

/// The first byte of a lane message.
pub(super) mod kind {
    pub(in crate::session) const APP: u8 = 0;
    pub(in crate::session) const OFFER: u8 = 1;
    pub(in crate::session) const ANSWER: u8 = 2;
    pub(in crate::session) const POSITION: u8 = 3;
    pub(in crate::session) const REMATCH: u8 = 4;
    pub(in crate::session) const STATE: u8 = 5;
    pub(in crate::session) const FINAL: u8 = 6;
    pub(in crate::session) const TRACE: u8 = 16;
}

/// Checksums of the peer that may wait for their frame to be confirmed here.
const PEER_REPORTS_MAX: usize = 16;

impl<S: Simulation, T: Transport> Session<S, T> {
    /// Brings in what has arrived and lets timers run. Call it at least once per displayed frame, before [`advance`](Self::advance).
    pub fn poll(&mut self, now: Duration) {
        self.receive_packets(now);
        self.poll_transport();
        match self.stage {
            Stage::Opening => self.poll_opening(now),
            Stage::Running | Stage::Resuming => self.poll_running(now),
            Stage::Closed { .. } => {}
        }
    }

    fn receive_packets(&mut self, now: Duration) {
        let mut packet = std::mem::take(&mut self.buffers.packet);
        let (mut genuine_count, mut handshake_count) = (0, 0);
        for _ in 0..PACKETS_PER_POLL_MAX {
            let Some(channel) = self.transport.receive(now, &mut packet) else {
                break;
            };
            self.stats.packets_received += 1;
            self.stats.payload_bytes_received += packet.len() as u64;
            let is_handshake = !datagram::is_play(&packet);
            if genuine_count >= GENUINE_PACKETS_PER_POLL_MAX
                || is_handshake && handshake_count >= HANDSHAKES_PER_POLL_MAX
            {
                self.stats.count_drop(DropReason::Flood);
                continue;
            }
            let is_genuine = self.handle_packet(now, channel, &packet);
            genuine_count += u32::from(is_genuine);
            handshake_count += u32::from(is_genuine && is_handshake);
        }
        self.buffers.packet = packet;
    }

    /// True if the packet was genuine, whatever became of it.
    fn handle_packet(&mut self, now: Duration, channel: Channel, bytes: &[u8]) -> bool {
        let limit = match channel {
            Channel::Datagram => MAX_DATAGRAM_BYTES,
            Channel::Reliable => MAX_RELIABLE_BYTES,
        };
        if bytes.is_empty() || bytes.len() > limit {
            self.stats.count_drop(DropReason::Size);
            return false;
        }
        if !datagram::is_play(bytes) {
            let dropped = self.stats.dropped_total();
            self.handle_handshake(now, bytes);
            return self.stats.dropped_total() == dropped;
        }
        match self.stage {
            // The peer is one packet ahead; its datagrams repeat what they carry.
            Stage::Opening => false,
            Stage::Running | Stage::Resuming => match self.handle_play(now, bytes) {
                Ok(()) => true,
                Err(reason) => {
                    self.stats.count_drop(reason);
                    !matches!(reason, DropReason::Tag | DropReason::Malformed | DropReason::Epoch)
                }
            },
            Stage::Closed { cause, answer_until } => {
                self.answer_after_close(now, cause, answer_until);
                false
            }
        }
    }

    fn handle_play(&mut self, now: Duration, bytes: &[u8]) -> Result<(), DropReason> {
        self.switch_with_peer(now, bytes);
        let run = &mut self.run;
        let sender = 1 - self.config.local_player;
        let (next_start, next_ack) = (run.exchange.received_count(), run.exchange.sent_count());
        let mut received =
            datagram::read(bytes, self.context, sender, next_start, next_ack).map_err(|error| match error {
                ReadError::Malformed => DropReason::Malformed,
                ReadError::Epoch => DropReason::Epoch,
                ReadError::Tag => DropReason::Tag,
            })?;
        let frames = received.frames;
        let mut fresh = std::mem::take(&mut self.buffers.fresh);
        fresh.clear();
        let outcome = run.exchange.handle(&mut received, &mut fresh);
        if let Ok(first) = outcome {
            run.core.add_remote_inputs(first, &fresh);
            let end = i64::from(frames.start) + i64::from(frames.count);
            run.pacer.handle_peer_gap(end - i64::from(frames.ack));
        }
        self.buffers.fresh = fresh;
        match outcome {
            Err(DropReason::Stale) => {
                // An old duplicate whose reference is gone: alive, but nothing behind its inputs can be read.
                self.heard_peer(now);
                return Err(DropReason::Stale);
            }
            Err(reason) => return Err(reason),
            Ok(_) => {}
        }
        self.heard_peer(now);
        let sections = received.sections().map_err(|_| DropReason::Malformed)?;
        self.handle_sections(now, sections)
    }

    fn heard_peer(&mut self, now: Duration) {
        self.successor = None;
        if let Some(resumed) = self.liveness.handle_datagram(now) {
            self.push_event(SessionEvent::Liveness(resumed));
            self.hold(now);
        }
    }

    fn handle_sections(&mut self, now: Duration, sections: Sections<'_>) -> Result<(), DropReason> {
        if let Some(pulse) = sections.pulse {
            self.liveness.handle_pulse(now, pulse)?;
        }
        if let Some(report) = sections.checksum {
            self.handle_checksum(report)?;
        }
        if let Some(lane) = sections.lane {
            self.lane.handle(lane)?;
            self.handle_lane_messages(now)?;
        }
        if let Some(code) = sections.goodbye {
            let reason = LeaveReason::from_wire(code).ok_or(DropReason::Goodbye)?;
            self.peer_left(now, reason);
        }
        Ok(())
    }

    fn handle_checksum(&mut self, report: ChecksumReport) -> Result<(), DropReason> {
        let interval = self.config.checksum_interval_frames;
        let frame = judge_checksum_frame(report.frame_low, interval, self.run.confirmed_frame)?;
        let run = &mut self.run;
        if frame <= run.last_agreed_frame || run.peer_reports.iter().any(|&(known, _)| known == frame) {
            // Each checksum is told several times.
            return Ok(());
        }
        if run.peer_reports.len() >= PEER_REPORTS_MAX {
            return Err(DropReason::Checksum);
        }
        run.peer_reports.push((frame, report.checksum));
        self.compare_checksums();
        Ok(())
    }

    /// Takes every message that is there: a refused one must not hold up those behind it. Gives the first refusal.
    fn handle_lane_messages(&mut self, now: Duration) -> Result<(), DropReason> {
        let mut outcome = Ok(());
        while !matches!(self.stage, Stage::Closed { .. })
            && let Some(message) = self.lane.receive()
        {
            let handled = message.and_then(|message| self.handle_lane_message(now, message));
            outcome = outcome.and(handled);
        }
        outcome
    }

    fn handle_lane_message(&mut self, now: Duration, mut message: Vec<u8>) -> Result<(), DropReason> {
        let (&first, body) = message.split_first().ok_or(DropReason::Message)?;
        match first {
            kind::APP => {
                // In place: a long message is not copied.
                message.drain(..1);
                self.push_event(SessionEvent::Message(message));
                Ok(())
            }
            kind::OFFER | kind::ANSWER | kind::FINAL if self.rematch.is_content_stale() => Ok(()),
            kind::OFFER => self.handle_offer(now, body),
            kind::ANSWER => self.handle_answer(body),
            kind::TRACE => self.handle_trace(now, body),
            kind::POSITION => self.handle_position(now, body),
            kind::REMATCH => self.handle_rematch(now, body),
            kind::STATE => self.handle_state_part(now, body),
            kind::FINAL => self.handle_word(now, body),
            _ => Err(DropReason::Message),
        }
    }

    fn handle_offer(&mut self, now: Duration, body: &[u8]) -> Result<(), DropReason> {
        if self.is_host() {
            return Err(DropReason::Message);
        }
        let answered = self.desk.handle_offer(now, body, &mut self.simulation)?;
        if let Some(event) = content::heard(body) {
            self.push_event(SessionEvent::Content(event));
        }
        if let Some((answer, event)) = answered {
            self.answer_offer(answer, event);
        }
        Ok(())
    }

    fn answer_offer(&mut self, answer: Answer, event: ContentEvent) {
        let mut message = vec![kind::ANSWER];
        answer.write(&mut message);
        // A full lane means that the peer takes nothing; its offer then expires.
        let _ = self.lane.send(message);
        self.push_event(SessionEvent::Content(event));
    }

    fn handle_answer(&mut self, body: &[u8]) -> Result<(), DropReason> {
        let answer = Answer::read(body).ok_or(DropReason::Message)?;
        let event = self.desk.handle_answer(answer)?;
        self.push_event(SessionEvent::Content(event));
        Ok(())
    }

    fn poll_transport(&mut self) {
        if std::mem::replace(&mut self.path, self.transport.path()) != self.transport.path() {
            self.lane.restart_path();
        }
        if let TransportStatus::Closed(reason) = self.transport.status()
            && self.reported_close != Some(reason)
        {
            self.reported_close = Some(reason);
            self.push_event(SessionEvent::TransportClosed(reason));
        }
    }

    fn poll_running(&mut self, now: Duration) {
        match self.liveness.poll(now) {
            Verdict::Same => {}
            Verdict::Changed(liveness) => self.push_event(SessionEvent::Liveness(liveness)),
            Verdict::GiveUp => return self.peer_left(now, LeaveReason::TimedOut),
        }
        self.poll_hold(now);
        self.poll_rejoin(now);
        while let Some(event) = self.desk.poll_expired(now) {
            self.push_event(SessionEvent::Content(event));
        }
        self.poll_ending(now);
        if !self.rematch.is_set_up() {
            // Once the next match's rules stand, the last one's offers have nobody left to judge them.
            while let Some((answer, event)) = self.desk.poll_review(now, &mut self.simulation) {
                self.answer_offer(answer, event);
            }
        }
        self.poll_forensics(now);
        self.poll_void(now);
        self.transmit_if_quiet(now);
    }

    /// A closed session still tells the peer so, a few times a second, for a while.
    fn answer_after_close(&mut self, now: Duration, cause: CloseCause, answer_until: Duration) {
        let is_time = now < answer_until && now.saturating_sub(self.last_sent_at) >= Duration::from_millis(100);
        match cause {
            CloseCause::Left(reason) if is_time => self.transmit_goodbye(now, reason),
            CloseCause::Void { .. } if is_time => self.transmit_goodbye(now, LeaveReason::Desync),
            _ => {}
        }
    }
}
