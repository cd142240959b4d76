//! Owns the switch from one epoch of the match to the next: a new core and a new exchange of inputs, the same frames.
//! Must not go back before a confirmed frame, and must not decide when to switch.
//!
//! The epoch is in the tag of every datagram, so a packet of an older epoch is dropped and counted.
//! Whoever is ready switches as soon as it knows that the other side is; the other one switches with the first datagram of
//! the new epoch, which only a side that was ready can have sent.

use std::time::Duration;

use crate::core::GgrsCore;
use crate::exchange::InputExchange;
use crate::pacing::Pacer;
use crate::simulation::Simulation;
use crate::transport::Transport;
use crate::wire::datagram::{self, TagContext};

use super::{EpochCause, INPUTS_KEPT, Run, Session, SessionConfig, SessionEvent, Stage};

impl<S: Simulation> Run<S> {
    /// What both players held in the frame before `frame`: counters in the inputs go on from there, and so do held keys.
    pub(super) fn inputs_before(&self, frame: u32) -> [S::Input; 2] {
        let last = frame.checked_sub(1);
        last.map_or([S::Input::default(); 2], |last| {
            self.inputs[last as usize % INPUTS_KEPT]
        })
    }

    /// Goes on from the confirmed `frame` with an empty core. What was predicted beyond it is cancelled.
    pub(super) fn restart(&mut self, config: &SessionConfig, frame: u32) {
        self.ledger.cancel_from(frame);
        self.core = GgrsCore::new(
            config.local_player,
            config.prediction_window_frames,
            self.delay.frames(),
            self.inputs_before(frame),
        );
        self.exchange = InputExchange::new(config.prediction_window_frames);
        self.pacer = Pacer::default();
        self.base_frame = frame;
        self.current_frame = frame;
        self.confirmed_frame = frame;
        self.confirm_limit = u32::MAX;
        self.stalled_in_a_row = 0;
        self.report = None;
        self.peer_reports.clear();
    }
}

impl<S: Simulation, T: Transport> Session<S, T> {
    /// Switches if this packet is the peer's first one of an epoch that this side is ready for.
    pub(super) fn switch_with_peer(&mut self, now: Duration, packet: &[u8]) {
        if self.stage != Stage::Resuming {
            return;
        }
        let is_of = |context: TagContext| datagram::read(packet, context, 1 - self.config.local_player, 0, 0).is_ok();
        if self.rematch_context().is_some_and(is_of) {
            self.switch_to_rematch();
        } else if self.resume_context().is_some_and(is_of) {
            self.switch_to_resume(now);
        }
    }

    /// The match goes on from the confirmed `frame` in `epoch`.
    pub(super) fn switch_epoch(&mut self, epoch: u32, frame: u32, cause: EpochCause) {
        self.rewind_to(frame);
        self.context.epoch = epoch;
        // A rematch that is set up already has no more use for the last match's frames.
        self.stage = if self.rematch.is_set_up() {
            Stage::Resuming
        } else {
            Stage::Running
        };
        self.push_event(SessionEvent::EpochStarted { epoch, frame, cause });
    }

    /// The state goes back to the confirmed `frame`, with an empty core.
    pub(super) fn rewind_to(&mut self, frame: u32) {
        if self.run.current_frame != frame {
            let snapshot = self.run.snapshots.at(frame);
            self.state
                .clone_from(snapshot.expect("the ring holds more than a window behind the current frame"));
        }
        self.run.restart(&self.config, frame);
    }
}
