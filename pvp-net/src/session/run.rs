//! Owns the frames: advancing, carrying out what the core asks for, confirming, comparing checksums.
//! Must not read packets.

use std::time::Duration;

use crate::core::{CoreRequest, RollbackCore};
use crate::desync::DesyncReport;
use crate::simulation::{Events, Simulation};
use crate::transport::Transport;
use crate::wire::datagram::ChecksumReport;

use super::{Advance, AdvanceError, INPUTS_KEPT, Session, Stage, step_once};

/// Frames that a program that was held up makes up for.
const MADE_UP_FRAMES_MAX: u32 = 3;
/// In how many datagrams each checksum is told.
const REPORT_REPEATS: u8 = 3;
/// Round trips measured before the input delay follows them.
const ROUND_TRIPS_KNOWN: u64 = 8;
/// Confirmed frames that wait to be taken while recording: ten minutes.
const CONFIRMED_MAX: usize = 36_000;

/// A frame that will not change any more, for recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfirmedFrame<I> {
    /// The frame.
    pub frame: u32,
    /// Both players' inputs.
    pub inputs: [I; 2],
    /// Checksum of the state after it.
    pub checksum: u64,
}

impl<S: Simulation, T: Transport> Session<S, T> {
    /// Offers this tick's input, simulates a frame if possible, and sends one datagram.
    ///
    /// Call it after [`poll`](Self::poll), while [`is_frame_due`](Self::is_frame_due). In any phase: it says what it did.
    ///
    /// # Errors
    /// [`AdvanceError::Closed`] when the session is over.
    pub fn advance(&mut self, now: Duration, input: S::Input) -> Result<Advance, AdvanceError> {
        let earliest = now.saturating_sub(self.config.frame_duration * MADE_UP_FRAMES_MAX);
        self.due_at = self.due_at.max(earliest) + self.frame_duration();
        match self.stage {
            Stage::Opening => return Ok(Advance::NotStarted),
            Stage::Closed { cause, .. } => return Err(AdvanceError::Closed(cause)),
            Stage::Resuming => return Ok(self.advance_held(now, input)),
            Stage::Running => {}
        }
        let before = self.run.current_frame;
        let mut rollback_depth_frames = 0;
        if self.run.exchange.has_room() {
            self.step_input_delay(input);
            rollback_depth_frames = self.run_core(input);
            self.confirm_frames();
        }
        let gap = i64::from(self.run.exchange.sent_count()) - i64::from(self.run.exchange.received_count());
        self.run.pacer.advance(gap);
        let has_stepped = self.run.current_frame > before;
        let frames_per_datagram = u32::from(self.config.frames_per_datagram);
        // Whoever waits sends at every tick: the other side may be waiting for just that.
        if !has_stepped || self.run.current_frame.is_multiple_of(frames_per_datagram) {
            self.transmit(now, None);
        }
        self.count_step(has_stepped);
        if !has_stepped {
            return Ok(Advance::Stalled);
        }
        if self.is_host() && self.desk.handle_input_fixed() {
            self.stats.commits += 1;
        }
        Ok(Advance::Stepped {
            frame: before,
            rollback_depth_frames,
        })
    }

    /// Changes the input delay if it should be another and nothing is lost by it.
    fn step_input_delay(&mut self, input: S::Input) {
        if self.run.stalled_in_a_row > 0 {
            // The input of this frame is queued already.
            return;
        }
        let network = self.stats_network();
        let recommended = (network.rtt_count >= ROUND_TRIPS_KNOWN).then(|| self.recommended_input_delay_frames());
        if let Some(frames) = self.run.delay.step(input, recommended) {
            self.run.core.set_input_delay(frames);
        }
    }

    /// While the match is held, frames are simulated only to catch up with what the peer has confirmed.
    fn advance_held(&mut self, now: Duration, input: S::Input) -> Advance {
        if self.is_catching_up() && self.run.exchange.has_room() {
            self.run_core(input);
            self.confirm_frames();
            self.drive_hold(now);
        }
        self.transmit(now, None);
        Advance::NotStarted
    }

    fn count_step(&mut self, has_stepped: bool) {
        if has_stepped {
            self.stats.frames_stepped += 1;
            self.run.stalled_in_a_row = 0;
            return;
        }
        self.stats.stalled_frames += 1;
        self.run.stalled_in_a_row += 1;
        let longest = &mut self.stats.stalled_frames_in_a_row_max;
        *longest = (*longest).max(self.run.stalled_in_a_row);
    }

    /// Lets the core decide, carries it out, and queues the local inputs it fixed. Gives the depth of the rollback.
    fn run_core(&mut self, input: S::Input) -> u32 {
        let mut requests = std::mem::take(&mut self.buffers.requests);
        requests.clear();
        self.run.core.advance(input, &mut requests);
        let mut sink = Events::new();
        let mut rollback_depth = 0;
        let newest_frame = self.run.current_frame;
        for request in requests.drain(..) {
            let run = &mut self.run;
            match request {
                CoreRequest::Save { frame } => run.snapshots.save(run.base_frame + frame, &self.state),
                CoreRequest::Load { frame } => {
                    let frame = run.base_frame + frame;
                    rollback_depth = run.current_frame - frame;
                    let snapshot = run
                        .snapshots
                        .at(frame)
                        .expect("the core loads only frames within its window");
                    self.state.clone_from(snapshot);
                    run.current_frame = frame;
                }
                CoreRequest::Advance { inputs } => {
                    if run.current_frame < newest_frame {
                        self.stats.frames_resimulated += 1;
                    }
                    step_once(&self.simulation, &mut self.state, &inputs, &mut sink);
                    run.ledger.handle_frame(run.current_frame, sink.drain());
                    run.inputs[run.current_frame as usize % INPUTS_KEPT] = inputs;
                    run.current_frame += 1;
                }
            }
        }
        self.buffers.requests = requests;
        if rollback_depth > 0 {
            self.stats.count_rollback(rollback_depth);
        }
        let mut fixed = std::mem::take(&mut self.buffers.fresh);
        fixed.clear();
        self.run.core.take_local_inputs(&mut fixed);
        self.run.exchange.push_local(fixed.drain(..));
        self.buffers.fresh = fixed;
        rollback_depth
    }

    /// Seals the frames whose inputs are all known and simulated.
    fn confirm_frames(&mut self) {
        let interval = u32::from(self.config.checksum_interval_frames);
        let run = &mut self.run;
        let simulated = run.core.current_frame();
        let known = run.base_frame + run.core.confirmed_count().min(simulated);
        run.confirmed_frame = known.min(run.confirm_limit);
        while run.checksums.next_frame() <= run.confirmed_frame {
            let frame = run.checksums.next_frame();
            let state = if frame == run.current_frame {
                &self.state
            } else {
                run.snapshots.at(frame).expect("confirmed frames are within the ring")
            };
            let checksum = self.simulation.checksum(state);
            run.checksums.push(checksum);
            let is_report_due = frame.is_multiple_of(interval);
            if self.inspector.is_some() && !run.has_desynced {
                run.forensics.keep(frame, state, is_report_due, run.last_agreed_frame);
            }
            let inputs = run.inputs[(frame - 1) as usize % INPUTS_KEPT];
            if run.is_recording && run.confirmed.len() < CONFIRMED_MAX {
                run.confirmed.push_back(ConfirmedFrame {
                    frame: frame - 1,
                    inputs,
                    checksum,
                });
            }
            if is_report_due {
                let report = ChecksumReport {
                    frame_low: frame as u16,
                    checksum: run.checksums.digest(frame, run.digest_from, interval),
                };
                run.report = Some((report, REPORT_REPEATS));
            }
        }
        run.ledger.confirm_before(run.confirmed_frame);
        self.compare_checksums();
    }

    /// Compares the peer's checksums with ours, as far as the frames are confirmed.
    pub(super) fn compare_checksums(&mut self) {
        let interval = u32::from(self.config.checksum_interval_frames);
        let run = &mut self.run;
        let mut found = None;
        run.peer_reports.retain(|&(frame, theirs)| {
            if frame > run.confirmed_frame {
                return true;
            }
            if run.checksums.at(frame).is_none() {
                return false;
            }
            let ours = run.checksums.digest(frame, run.digest_from, interval);
            if ours == theirs {
                self.stats.checksums_agreed += 1;
                run.last_agreed_frame = run.last_agreed_frame.max(frame);
            } else if found.is_none_or(|(earliest, _, _)| frame < earliest) {
                found = Some((frame, ours, theirs));
            }
            false
        });
        let Some((frame, ours, theirs)) = found else { return };
        let last_agreed_frame = run.last_agreed_frame;
        self.report_desync(DesyncReport {
            frame,
            last_agreed_frame,
            ours,
            theirs,
        });
    }
}

/// A checksum in short.
pub(super) fn fold(checksum: u64) -> u32 {
    (checksum ^ checksum >> 32) as u32
}
