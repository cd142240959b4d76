//! Owns the small public methods of a session: what it tells, and what the user may ask for.
//! Must not contain protocol logic.

use std::collections::vec_deque::Drain;
use std::time::Duration;

use crate::content::{Commit, OfferError, OfferId};
use crate::events::GameEvent;
use crate::lane::LaneError;
use crate::pacing::{self, Pace};
use crate::simulation::Simulation;
use crate::stats::{NetworkStats, Stats};
use crate::transport::Transport;

use super::receive::kind;
use super::{CloseCause, ConfirmedFrame, LeaveReason, Phase, Session, SessionConfig, SessionEvent, Stage};

/// A rollback of this many frames is not noticed.
const TOLERATED_ROLLBACK_FRAMES: u8 = 2;
/// Before the bytes of an offer: its kind and its slot.
const OFFER_HEADER_BYTES: usize = 2;

impl<S: Simulation, T: Transport> Session<S, T> {
    /// Takes out what happened since the last call, oldest first. Call it after every [`poll`](Self::poll): of messages that nobody
    /// takes only the newest 4 MiB are kept, of other events the newest 4,096.
    pub fn events(&mut self) -> Drain<'_, SessionEvent> {
        self.events.drain()
    }

    /// Takes out the game's events: predicted, confirmed, cancelled.
    pub fn game_events(&mut self) -> Drain<'_, GameEvent<S::Event>> {
        self.run.ledger.drain()
    }

    /// Sends a message that arrives whole, once and in order, drops included.
    /// Only if the peer's process is started again, what the old one had not taken is gone ([`EpochCause::PeerRejoined`](super::EpochCause)).
    ///
    /// # Errors
    /// [`LaneError`] if it is too large, too much is waiting, or nobody is there.
    pub fn send_message(&mut self, bytes: &[u8]) -> Result<(), LaneError> {
        if !matches!(self.stage, Stage::Running | Stage::Resuming) {
            return Err(LaneError::NotConnected);
        }
        let mut message = vec![kind::APP];
        message.extend_from_slice(bytes);
        self.lane.send(message)
    }

    /// Host: offers content to the guest. Once acknowledged it is committed by itself, through [`commit`](Self::commit).
    ///
    /// # Errors
    /// [`OfferError`] if this side is not the host, its own game refuses the bytes, or nobody is there.
    pub fn offer_content(&mut self, now: Duration, bytes: &[u8]) -> Result<OfferId, OfferError> {
        if !self.is_host() {
            return Err(OfferError::NotHost);
        }
        if self.stage != Stage::Running {
            return Err(OfferError::NotConnected);
        }
        if !self.lane.has_room(bytes.len() + OFFER_HEADER_BYTES) {
            // Before the game keeps the bytes: an offer that cannot be sent takes no slot.
            return Err(OfferError::Busy);
        }
        let simulation = &mut self.simulation;
        let (offer, body) = self
            .desk
            .offer(now, bytes, |slot, bytes| simulation.accept_content(slot, bytes))?;
        let mut message = vec![kind::OFFER];
        message.extend_from_slice(&body);
        self.lane.send(message).map_err(|_| OfferError::Busy)?;
        Ok(offer)
    }

    /// Host: what the next input must carry. Read it before every [`advance`](Self::advance).
    pub fn commit(&mut self) -> Commit {
        self.desk.commit()
    }

    /// Content accepted so far, with its slots, in order.
    pub fn content_log(&self) -> &[(u8, Vec<u8>)] {
        self.desk.log()
    }

    /// Leaves the match and tells the peer, three times.
    pub fn leave(&mut self, now: Duration, reason: LeaveReason) {
        if matches!(self.stage, Stage::Running | Stage::Resuming) {
            self.transmit_goodbye(now, reason);
        }
        if !matches!(self.stage, Stage::Closed { .. }) {
            self.close(now, CloseCause::Left(reason));
        }
    }

    /// Goes on over another path to the same peer; everything not yet acknowledged is sent again. Gives the old path back.
    pub fn replace_transport(&mut self, transport: T) -> T {
        self.reported_close = None;
        self.lane.restart_path();
        self.path = transport.path();
        std::mem::replace(&mut self.transport, transport)
    }

    /// Ends the session without a word and gives the path back.
    pub fn into_transport(self) -> T {
        self.transport
    }

    /// The path to the peer.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// The path to the peer, for its own settings.
    pub fn transport_mut(&mut self) -> &mut T {
        &mut self.transport
    }

    /// Where the session is.
    pub fn phase(&self) -> Phase {
        match self.stage {
            Stage::Opening => Phase::Connecting,
            Stage::Running => Phase::Running,
            Stage::Resuming => Phase::Resuming,
            Stage::Closed { cause, .. } => Phase::Closed(cause),
        }
    }

    /// The choices this session was made with.
    pub fn config(&self) -> &SessionConfig {
        &self.config
    }

    /// The newest state: after [`current_frame`](Self::current_frame) frames, partly on guessed inputs.
    pub fn state(&self) -> &S::State {
        &self.state
    }

    /// The state after [`confirmed_frame`](Self::confirmed_frame) frames: what both players will remember.
    /// What a picture says about time that is left belongs to it, for the newest state may be guessed.
    pub fn confirmed_state(&self) -> &S::State {
        let run = &self.run;
        if run.confirmed_frame == run.current_frame {
            return &self.state;
        }
        run.snapshots.at(run.confirmed_frame).unwrap_or(&self.state)
    }

    /// The game.
    pub fn simulation(&self) -> &S {
        &self.simulation
    }

    /// The game, mutably. Change nothing that `step` reads.
    pub fn simulation_mut(&mut self) -> &mut S {
        &mut self.simulation
    }

    /// How many frames were simulated.
    pub fn current_frame(&self) -> u32 {
        self.run.current_frame
    }

    /// The state after this many frames will not change any more.
    pub fn confirmed_frame(&self) -> u32 {
        self.run.confirmed_frame
    }

    /// The confirmed frame and the checksum of its state.
    pub fn confirmed_checksum(&self) -> (u32, u64) {
        let frame = self.run.confirmed_frame;
        let checksum = self.run.checksums.at(frame);
        (frame, checksum.unwrap_or_else(|| self.simulation.checksum(&self.state)))
    }

    /// The checksum of the state after `frame` frames, if that is confirmed and among the newest 4,096.
    pub fn checksum_at(&self, frame: u32) -> Option<u64> {
        self.run.checksums.at(frame)
    }

    /// The newest frame at which both peers are known to have had the same checksum.
    pub fn agreed_frame(&self) -> u32 {
        self.run.last_agreed_frame
    }

    /// The agreed seed, once there is one.
    pub fn match_seed(&self) -> Option<u64> {
        self.match_seed
    }

    /// The other player's name, once it is known.
    pub fn peer_name(&self) -> Option<&str> {
        self.handshake.peer_name()
    }

    /// Counters since the session began.
    pub fn stats(&self) -> Stats {
        let mut stats = self.stats;
        stats.network = self.stats_network();
        stats.lead_quarter_frames = self.run.pacer.lead_quarter_frames();
        stats
    }

    pub(super) fn stats_network(&self) -> NetworkStats {
        self.liveness.stats()
    }

    /// How much faster or slower to run so that neither side leads.
    pub fn pace(&self) -> Pace {
        match self.stage {
            Stage::Running => self.run.pacer.pace(),
            _ => Pace::default(),
        }
    }

    /// How long the next frame should take, with the pacing in it.
    pub fn frame_duration(&self) -> Duration {
        self.pace().frame_duration(self.config.frame_duration)
    }

    /// Whether it is time for [`advance`](Self::advance): the frame's duration, with the pacing in it, has passed since the last call.
    /// A program that was held up makes up for at most three frames.
    pub fn is_frame_due(&self, now: Duration) -> bool {
        now >= self.due_at
    }

    /// The input delay that fits the measured round trip, in frames.
    pub fn recommended_input_delay_frames(&self) -> u8 {
        let network = self.stats_network();
        pacing::recommended_input_delay_frames(
            network.rtt_avg,
            network.rtt_jitter,
            self.config.frame_duration,
            TOLERATED_ROLLBACK_FRAMES,
        )
    }

    /// The input delay in effect, in frames.
    pub fn input_delay_frames(&self) -> u8 {
        self.run.delay.frames()
    }

    /// Chooses another input delay (at most 16 frames) for the rest of the match.
    ///
    /// It is taken frame by frame while the player's input does not change, so that no input is lost.
    pub fn choose_input_delay(&mut self, frames: u8) {
        self.run.delay.choose(frames);
    }

    /// Keeps confirmed frames for [`confirmed_frames`](Self::confirmed_frames) from now on, or no longer.
    pub fn record_confirmed(&mut self, is_recording: bool) {
        self.run.is_recording = is_recording;
    }

    /// Takes out the frames confirmed since the last call (at most ten minutes of them are kept).
    pub fn confirmed_frames(&mut self) -> Drain<'_, ConfirmedFrame<S::Input>> {
        self.run.confirmed.drain(..)
    }
}
