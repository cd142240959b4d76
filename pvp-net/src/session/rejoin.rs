//! Owns the return of a peer whose process was killed and started again: the survivor recognizes it, sends it the match, and goes on.
//! Must not give up a living peer for a stranger's hello, undo a confirmed frame, or play on a state whose checksum is wrong.
//!
//! The restarted side knows nothing: its hello comes from a new connection. The survivor answers with a handshake of its own that
//! says which match it holds; the keys, the epoch and the lane are new. Then the survivor sends a parcel (see [`crate::epoch`]).

use std::collections::VecDeque;
use std::time::Duration;

use crate::content::ContentDesk;
use crate::epoch::{self, Arrival, Manifest, PARCEL_FRAMES_MAX, Part, StateRefused, Taken};
use crate::handshake::{Handshake, Held, Refusal, Step};
use crate::lane::Lane;
use crate::replay::{pack, unpack};
use crate::simulation::{Events, Simulation};
use crate::stats::DropReason;
use crate::transport::{Channel, Transport};
use crate::wire::datagram::TagContext;

use super::receive::kind;
use super::{EpochCause, INPUTS_KEPT, LeaveReason, Run, Session, SessionEvent, Stage, step_once};

/// A peer that was heard this recently has not been restarted; a living one sends every 100 ms at least.
const GONE_AFTER: Duration = Duration::from_millis(250);
/// A parcel may take this long at least, whatever the reconnect window is.
const PATIENCE_MIN: Duration = Duration::from_secs(5);
/// Bytes of the parcel that wait in the lane at a time.
const LANE_BYTES: usize = 64 * 1024;
/// Datagrams with parts of the parcel in one poll.
const BURST: u32 = 8;

/// A state on its way.
pub(super) struct Rejoin {
    since: Duration,
    role: Role,
}

enum Role {
    /// This side survived; these parts are still to be sent.
    Sends { parts: VecDeque<Vec<u8>> },
    /// This side was started again.
    Takes(Taking),
}

struct Taking {
    arrival: Arrival,
    /// Content that the game accepted again, and a bit for each of its slots.
    log: Vec<(u8, Vec<u8>)>,
    kept: [u8; 32],
}

impl<S: Simulation, T: Transport> Session<S, T> {
    /// Whether a handshake packet comes from another connection than the one the match is played on.
    pub(super) fn is_stranger(&self, bytes: &[u8]) -> bool {
        let connection = Handshake::connection_of(bytes);
        connection.is_some_and(|connection| !self.handshake.is_peer(connection))
    }

    /// A process that was started again says hello. It becomes the peer once it has proved that it hears this side,
    /// and only while the peer that was is silent.
    pub(super) fn meet_again(&mut self, now: Duration, bytes: &[u8]) {
        let can_send = self.inspector.is_some() && !self.rematch.is_set_up();
        if !can_send || self.liveness.silence(now) < GONE_AFTER {
            return self.stats.count_drop(DropReason::Handshake);
        }
        let held = Held {
            epoch: epoch::next_resume(self.context.epoch),
            match_seed: self.match_seed.unwrap_or_default(),
        };
        let (mut handshake, mut session_key) = match self.successor.take() {
            Some(successor) => successor,
            None => (self.handshake.successor(held, now), 0),
        };
        let mut step = match handshake.handle(bytes) {
            Ok(step) => step,
            Err(reason) => {
                self.stats.count_drop(reason);
                Step::Wait
            }
        };
        if let Step::Agreed(agreement) = step {
            session_key = agreement.session_key;
            step = handshake.set_ready(held.ready());
        }
        let is_complete = step == Step::Complete;
        if is_complete {
            handshake.finish();
        }
        self.successor = Some((handshake, session_key));
        self.transmit_successor(now);
        match step {
            Step::Refused(_) => self.successor = None,
            Step::Complete => self.send_state(now, held),
            _ => {}
        }
    }

    pub(super) fn transmit_successor(&mut self, now: Duration) {
        let Some((handshake, _)) = &mut self.successor else {
            return;
        };
        let mut packet = Vec::new();
        if handshake.poll_transmit(now, &mut packet) {
            self.send_packet(now, Channel::Datagram, &packet);
        }
    }

    /// The restarted peer is there: the match is held on the last confirmed frame until the peer has it as well.
    fn send_state(&mut self, now: Duration, held: Held) {
        let Some((handshake, session_key)) = self.successor.take() else {
            return;
        };
        let Some(parts) = self.parcel() else {
            return;
        };
        self.handshake = handshake;
        self.context = TagContext {
            session_key,
            epoch: held.epoch,
        };
        self.lane = Lane::new(now);
        self.lane.hurry(true);
        self.hold = None;
        self.desk.forget_reviews();
        self.rematch.forget();
        self.ending.forget_words();
        self.rewind_to(self.run.confirmed_frame);
        self.run.digest_from = self.run.base_frame;
        self.stage = Stage::Resuming;
        self.rejoin = Some(Rejoin {
            since: now,
            role: Role::Sends { parts },
        });
        if let Some(resumed) = self.liveness.handle_datagram(now) {
            self.push_event(SessionEvent::Liveness(resumed));
        }
    }

    /// The newest state that both had confirmed, and what leads from there to the frame confirmed here.
    fn parcel(&self) -> Option<VecDeque<Vec<u8>>> {
        let inspector = self.inspector?;
        let run = &self.run;
        let (base_frame, base) = run.forensics.newest_until(run.last_agreed_frame)?;
        let frame = run.confirmed_frame;
        let oldest_input = run.current_frame.saturating_sub(INPUTS_KEPT as u32);
        if base_frame <= oldest_input && oldest_input > 0 || frame.checked_sub(base_frame)? > PARCEL_FRAMES_MAX {
            return None;
        }
        let mut packed = Vec::new();
        pack(&(inspector.to_bytes)(&self.simulation, base), &[], &mut packed);
        let frames = (base_frame..=frame).map(|next| run.inputs_before(next));
        let inputs: Vec<u8> = frames
            .flat_map(|pair| pair.map(|input| bytemuck::bytes_of(&input).to_vec()).concat())
            .collect();
        let manifest = Manifest {
            base_frame,
            base_checksum: self.simulation.checksum(base),
            frame,
            checksum: run.checksums.at(frame)?,
            packed_bytes: packed.len() as u32,
            content_count: self.desk.log().len() as u16,
            next_slot: self.desk.next_slot(),
        };
        Some(epoch::parcel(kind::STATE, manifest, self.desk.log(), &packed, &inputs))
    }

    /// The other side is in the middle of a match: this side will take its state.
    pub(super) fn prepare_rejoin(&mut self, held: Held, session_key: u64) -> Step {
        if self.inspector.is_none() || !self.config.takes_state {
            return Step::Refused(Refusal::CannotRejoin);
        }
        self.match_seed = Some(held.match_seed);
        self.context = TagContext {
            session_key,
            epoch: held.epoch,
        };
        self.handshake.set_ready(held.ready())
    }

    pub(super) fn begin_taking(&mut self, now: Duration) {
        let match_seed = self.match_seed.unwrap_or_default();
        self.simulation.begin_match(match_seed, &mut self.state);
        self.stage = Stage::Resuming;
        self.lane.hurry(true);
        let taking = Taking {
            arrival: Arrival::new(size_of::<S::Input>()),
            log: Vec::new(),
            kept: [0; 32],
        };
        self.rejoin = Some(Rejoin {
            since: now,
            role: Role::Takes(taking),
        });
    }

    pub(super) fn handle_state_part(&mut self, now: Duration, body: &[u8]) -> Result<(), DropReason> {
        let part = Part::read(body);
        match (&mut self.rejoin, part) {
            (
                Some(Rejoin {
                    role: Role::Sends { .. },
                    ..
                }),
                Some(Part::Ready { frame, checksum, kept }),
            ) => self.handle_rejoined(frame, checksum, kept),
            (
                Some(Rejoin {
                    role: Role::Takes(taking),
                    ..
                }),
                part,
            ) => {
                let part = part.ok_or(StateRefused::Malformed);
                let taken = part.and_then(|part| take_part(&mut self.simulation, taking, part));
                if let Err(refused) = taken.and_then(|()| self.finish_taking()) {
                    self.refuse_state(now, refused);
                }
                Ok(())
            }
            _ => Err(DropReason::Message),
        }
    }

    fn refuse_state(&mut self, now: Duration, refused: StateRefused) {
        self.transmit_goodbye(now, LeaveReason::StateRefused);
        self.refuse(now, Refusal::State(refused));
    }

    /// Once all of the parcel is here: judges it, and goes on with it.
    fn finish_taking(&mut self) -> Result<(), StateRefused> {
        let Some(Rejoin {
            role: Role::Takes(taking),
            ..
        }) = &self.rejoin
        else {
            return Ok(());
        };
        let Some(manifest) = taking.arrival.complete() else {
            return Ok(());
        };
        let Some(inspector) = self.inspector else { return Ok(()) };
        let bytes = unpack(&taking.arrival.packed, &[]).ok_or(StateRefused::Unreadable)?;
        let base = (inspector.from_bytes)(&self.simulation, &bytes).ok_or(StateRefused::Unreadable)?;
        let mut run = Run::new(&self.config, manifest.frame);
        let state = play_on(&self.simulation, base, manifest, &taking.arrival.inputs, &mut run)?;
        let commit_seq = (inspector.commit_seq)(&self.simulation, &state);
        let kept = taking.kept;
        let Some(Rejoin {
            role: Role::Takes(taking),
            ..
        }) = self.rejoin.take()
        else {
            return Ok(());
        };
        self.desk = ContentDesk::restore(self.config.offer_timeout, taking.log, manifest.next_slot, commit_seq);
        run.checksums.push(manifest.checksum);
        run.forensics.keep(manifest.frame, &state, true, manifest.frame);
        run.is_recording = self.run.is_recording;
        run.restart(&self.config, manifest.frame);
        (self.run, self.state) = (run, state);
        self.lane.hurry(false);
        self.stage = Stage::Running;
        let mut message = vec![kind::STATE];
        let (frame, checksum) = (manifest.frame, manifest.checksum);
        Part::Ready { frame, checksum, kept }.write(&mut message);
        self.lane.send_vital(message);
        self.push_event(SessionEvent::EpochStarted {
            epoch: self.context.epoch,
            frame,
            cause: EpochCause::Rejoined,
        });
        Ok(())
    }

    /// The peer plays again.
    fn handle_rejoined(&mut self, frame: u32, checksum: u64, kept: [u8; 32]) -> Result<(), DropReason> {
        if frame != self.run.base_frame || Some(checksum) != self.run.checksums.at(frame) {
            return Err(DropReason::Message);
        }
        self.rejoin = None;
        self.lane.hurry(false);
        self.stage = Stage::Running;
        self.push_event(SessionEvent::EpochStarted {
            epoch: self.context.epoch,
            frame,
            cause: EpochCause::PeerRejoined,
        });
        let is_kept = |slot: u8| kept[usize::from(slot) / 8] >> (slot % 8) & 1 == 1;
        while let Some(event) = self.desk.settle(is_kept) {
            self.push_event(SessionEvent::Content(event));
        }
        Ok(())
    }

    /// Feeds the lane with the parcel, and gives up a rejoin that does not come to its end.
    pub(super) fn poll_rejoin(&mut self, now: Duration) {
        self.transmit_successor(now);
        let Some(rejoin) = &mut self.rejoin else { return };
        if now.saturating_sub(rejoin.since) >= self.config.reconnect_window.max(PATIENCE_MIN) {
            return self.peer_left(now, LeaveReason::TimedOut);
        }
        let Role::Sends { parts } = &mut rejoin.role else {
            return;
        };
        while self.lane.waiting_bytes() < LANE_BYTES {
            let Some(part) = parts.pop_front() else { break };
            self.lane.send_vital(part);
        }
        let is_over_datagrams = !self.transport.has_reliable_channel();
        for _ in 0..BURST {
            if is_over_datagrams && self.lane.has_due(now, self.lane_resend_after()) {
                self.transmit(now, None);
            }
        }
    }
}

fn take_part<S: Simulation>(simulation: &mut S, taking: &mut Taking, part: Part<'_>) -> Result<(), StateRefused> {
    if let Taken::Content { slot, bytes } = taking.arrival.take(part)? {
        // What the game refuses now it has refused before; if it was committed all the same, the checksums will tell.
        if simulation.accept_content(slot, bytes).is_ok() {
            taking.log.push((slot, bytes.to_vec()));
            taking.kept[usize::from(slot) / 8] |= 1 << (slot % 8);
        }
    }
    Ok(())
}

/// From the state that both had confirmed to the frame to go on from; both must have the announced checksums.
fn play_on<S: Simulation>(
    simulation: &S,
    mut state: S::State,
    manifest: Manifest,
    inputs: &[u8],
    run: &mut Run<S>,
) -> Result<S::State, StateRefused> {
    let judge = |state: &S::State, frame: u32, expected: u64| {
        let found = simulation.checksum(state);
        let refused = StateRefused::Checksum { frame, found, expected };
        if found == expected { Ok(()) } else { Err(refused) }
    };
    judge(&state, manifest.base_frame, manifest.base_checksum)?;
    let mut sink = Events::new();
    let size = size_of::<S::Input>();
    for (next, pair) in (manifest.base_frame..).zip(inputs.chunks_exact(2 * size)) {
        let (first, second) = pair.split_at(size);
        let pair = [first, second].map(bytemuck::pod_read_unaligned);
        if let Some(frame) = next.checked_sub(1) {
            run.inputs[frame as usize % INPUTS_KEPT] = pair;
        }
        // The first pair is that of the frame before the state's.
        if next > manifest.base_frame {
            step_once(simulation, &mut state, &pair, &mut sink);
        }
    }
    judge(&state, manifest.frame, manifest.checksum)?;
    Ok(state)
}
