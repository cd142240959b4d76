//! Owns the handshake as the session runs it: sending, judging, setting the match up.
//! Must not play frames.

use std::time::Duration;

use crate::handshake::{Agreement, Refusal, Step};
use crate::simulation::Simulation;
use crate::transport::{Channel, Transport};

use super::{Run, Session, SessionEvent, Stage};

impl<S: Simulation, T: Transport> Session<S, T> {
    /// Sends this side's handshake packet when it is time, and watches the time-out.
    pub(super) fn poll_opening(&mut self, now: Duration) {
        if now.saturating_sub(self.started_at) >= self.config.connect_timeout {
            let refusal = if self.handshake.has_heard_peer() {
                Refusal::Unfinished
            } else {
                Refusal::NoAnswer
            };
            self.refuse(now, refusal);
            return;
        }
        self.transmit_handshake(now);
    }

    pub(super) fn transmit_handshake(&mut self, now: Duration) {
        let mut packet = std::mem::take(&mut self.buffers.packet);
        if self.handshake.poll_transmit(now, &mut packet) {
            self.send_packet(now, Channel::Datagram, &packet);
        }
        self.buffers.packet = packet;
    }

    /// A packet that is no datagram of play.
    pub(super) fn handle_handshake(&mut self, now: Duration, bytes: &[u8]) {
        if matches!(self.stage, Stage::Running | Stage::Resuming) && self.is_stranger(bytes) {
            return self.meet_again(now, bytes);
        }
        let step = match self.handshake.handle(bytes) {
            Ok(step) => step,
            Err(reason) => return self.stats.count_drop(reason),
        };
        match (self.stage, step) {
            (Stage::Opening, Step::Agreed(agreement)) => self.set_up_match(now, agreement),
            (Stage::Opening, Step::Complete) => self.begin(now),
            (Stage::Opening, Step::Refused(refusal)) => {
                self.transmit_handshake(now);
                self.refuse(now, refusal);
            }
            // The peer may not have noticed yet that the handshake is over; the handshake answers it.
            (_, _) => {}
        }
        self.transmit_handshake(now);
    }

    fn set_up_match(&mut self, now: Duration, agreement: Agreement) {
        let step = if let Some(held) = self.handshake.their_held() {
            self.prepare_rejoin(held, agreement.session_key)
        } else {
            self.match_seed = Some(agreement.match_seed);
            self.context.session_key = agreement.session_key;
            self.simulation.begin_match(agreement.match_seed, &mut self.state);
            self.handshake.set_ready(self.simulation.checksum(&self.state))
        };
        match step {
            Step::Complete => self.begin(now),
            Step::Refused(refusal) => {
                self.transmit_handshake(now);
                self.refuse(now, refusal);
            }
            _ => {}
        }
    }

    fn begin(&mut self, now: Duration) {
        if self.handshake.their_held().is_some() {
            self.begin_taking(now);
        } else {
            self.begin_run();
        }
        self.handshake.finish();
        self.liveness.handle_datagram(now);
        let peer_name = self.handshake.peer_name().unwrap_or_default().to_owned();
        let match_seed = self.match_seed.unwrap_or_default();
        self.push_event(SessionEvent::Connected { peer_name, match_seed });
    }

    /// Frame 0 of a match, whose state is set.
    pub(super) fn begin_run(&mut self) {
        self.run.ledger.cancel_from(0);
        let last = std::mem::replace(&mut self.run, Run::new(&self.config, 0));
        self.run.is_recording = last.is_recording;
        self.run.ledger = last.ledger;
        self.run.checksums.push(self.simulation.checksum(&self.state));
        if self.inspector.is_some() {
            self.run.forensics.keep(0, &self.state, true, 0);
        }
        self.stage = Stage::Running;
    }
}
