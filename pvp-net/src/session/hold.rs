//! Owns the pause after a drop: both sides stop, tell each other how far they are, and go on from one frame in a new epoch.
//! Must not undo a confirmed frame: the side that is behind catches up with the one that is ahead.
//!
//! The last common confirmed frame is the larger of both sides' confirmed frames: whoever confirmed it has all inputs up to it,
//! and still repeats its own to the other side until they are acknowledged.

use std::time::Duration;

use crate::desync::DesyncReport;
use crate::epoch;
use crate::simulation::Simulation;
use crate::stats::DropReason;
use crate::transport::Transport;
use crate::wire::bytes::{ByteReader, ByteWriter};
use crate::wire::datagram::TagContext;

use super::receive::kind;
use super::run::fold;
use super::{EpochCause, LeaveReason, Session, Stage};

/// A resume that is under way may take this long at least, whatever the reconnect window is.
const PATIENCE_MIN: Duration = Duration::from_secs(5);

/// What is known of the frame to go on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hold {
    since: Duration,
    /// The frame both go on from, once the peer's position is known.
    target: Option<u32>,
    /// Whether the peer has confirmed that frame.
    is_peer_there: bool,
    /// The frame last told to the peer.
    told: u32,
}

impl<S: Simulation, T: Transport> Session<S, T> {
    /// Packets flow again after a loss: pause, and agree where to go on.
    pub(super) fn hold(&mut self, now: Duration) {
        if self.stage != Stage::Running {
            return;
        }
        self.stage = Stage::Resuming;
        self.hold = Some(Hold {
            since: now,
            target: None,
            is_peer_there: false,
            told: self.run.confirmed_frame,
        });
        self.tell_position();
    }

    fn tell_position(&mut self) {
        let (frame, checksum) = self.confirmed_checksum();
        let mut message = vec![kind::POSITION];
        message.put_u32(self.context.epoch);
        message.put_u32(frame);
        message.put_u64(checksum);
        self.lane.send_vital(message);
    }

    /// The peer tells how far it is; it has paused, so this side does too.
    pub(super) fn handle_position(&mut self, now: Duration, body: &[u8]) -> Result<(), DropReason> {
        let (epoch, frame, checksum) = read_position(body).ok_or(DropReason::Message)?;
        if epoch != self.context.epoch {
            // Said before the peer had switched as well.
            return Ok(());
        }
        let newest_possible = self.run.base_frame + self.run.exchange.sent_count();
        if frame > newest_possible {
            return Err(DropReason::Message);
        }
        self.compare_position(frame, checksum);
        self.hold(now);
        let ours = self.run.confirmed_frame;
        let Some(hold) = &mut self.hold else { return Ok(()) };
        let target = *hold.target.get_or_insert(frame.max(ours));
        if frame > target {
            return Err(DropReason::Message);
        }
        hold.is_peer_there |= frame == target;
        self.run.confirm_limit = target;
        self.drive_hold(now);
        Ok(())
    }

    fn compare_position(&mut self, frame: u32, theirs: u64) {
        let Some(ours) = self.run.checksums.at(frame) else {
            return;
        };
        if ours == theirs {
            // Not an agreed frame: a difference that has healed shows only in the digest of the frames before.
            return;
        }
        self.report_desync(DesyncReport {
            frame,
            last_agreed_frame: self.run.last_agreed_frame,
            ours: fold(ours),
            theirs: fold(theirs),
        });
    }

    /// Whether the inputs that the peer repeats still bring this side forward to the common frame.
    pub(super) fn is_catching_up(&self) -> bool {
        let target = self.hold.and_then(|hold| hold.target);
        target.is_some_and(|target| self.run.confirmed_frame < target) && !self.rematch.is_set_up()
    }

    /// Tells the peer when this side has arrived, and goes on when both have.
    pub(super) fn drive_hold(&mut self, now: Duration) {
        let ours = self.run.confirmed_frame;
        let Some(hold) = &mut self.hold else { return };
        if hold.target != Some(ours) {
            return;
        }
        let is_peer_there = hold.is_peer_there;
        if std::mem::replace(&mut hold.told, ours) != ours {
            self.tell_position();
        }
        if is_peer_there {
            self.switch_to_resume(now);
        }
    }

    /// Gives up a resume that does not come to its end.
    pub(super) fn poll_hold(&mut self, now: Duration) {
        let patience = self.config.reconnect_window.max(PATIENCE_MIN);
        if self.hold.is_some_and(|hold| now.saturating_sub(hold.since) >= patience) {
            self.peer_left(now, LeaveReason::TimedOut);
        }
    }

    /// The epoch this side can switch to as soon as the peer does.
    /// The peer does so only when it has heard that this side is at the common frame; so without the peer's word it is ours.
    pub(super) fn resume_context(&self) -> Option<TagContext> {
        let target = self.hold?.target.unwrap_or(self.run.confirmed_frame);
        (target == self.run.confirmed_frame).then(|| TagContext {
            epoch: epoch::next_resume(self.context.epoch),
            ..self.context
        })
    }

    pub(super) fn switch_to_resume(&mut self, now: Duration) {
        let Some(context) = self.resume_context() else { return };
        let since = self.hold.take().map_or(now, |hold| hold.since);
        let held = now.saturating_sub(since);
        let frame = self.run.confirmed_frame;
        self.switch_epoch(context.epoch, frame, EpochCause::Resumed { held });
    }
}

fn read_position(body: &[u8]) -> Option<(u32, u32, u64)> {
    let mut reader = ByteReader::new(body);
    let position = (reader.u32()?, reader.u32()?, reader.u64()?);
    reader.finish()?;
    Some(position)
}
