//! Owns what a session tells its user: events, results of `advance`, and the phase it is in.
//! Must not carry references into the session.

use std::time::Duration;

use crate::content::ContentEvent;
use crate::desync::{DesyncReport, DesyncTrace};
use crate::handshake::Refusal;
use crate::liveness::Liveness;
use crate::transport::CloseReason;

use super::Comparison;

/// Something the user should know. Taken out with `Session::events`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionEvent {
    /// Both sides agreed and frame 0 is set up.
    Connected {
        /// The other player's name, without control characters.
        peer_name: String,
        /// The agreed seed of the match.
        match_seed: u64,
    },
    /// The sides do not fit, or the other side never answered. The session is closed.
    Refused(Refusal),
    /// News about content.
    Content(ContentEvent),
    /// A message that the other side sent with `send_message`.
    Message(Vec<u8>),
    /// The two simulations differ. The match will be [`Void`](Self::Void); the sides look for where it began.
    Desync(DesyncReport),
    /// Where the desync began. Follows [`Desync`](Self::Desync) once, within two round trips or so, or when the other side
    /// does not answer.
    DesyncTraced(Box<DesyncTrace>),
    /// The match is void, because the two simulations differ. Follows [`DesyncTraced`](Self::DesyncTraced) once the other side has
    /// been told what it needs for its own trace. The session is closed.
    Void {
        /// The last frame at which both sides had the same state: equal on both sides, unless one of them fell silent.
        frame: u32,
    },
    /// The match is over and its last frame was compared, or could not be; see [`end_at`](crate::Session::end_at).
    /// The session goes on until a side leaves.
    MatchEnded {
        /// The last frame.
        frame: u32,
        /// What the comparison came to.
        comparison: Comparison,
    },
    /// The connection got better or worse.
    Liveness(Liveness),
    /// The other side is gone. The session is closed.
    PeerLeft {
        /// Why.
        reason: LeaveReason,
    },
    /// The path to the peer is gone; give the session another one with `replace_transport`, or let the time run out.
    TransportClosed(CloseReason),
    /// The other side wants another match; [`rematch`](crate::Session::rematch) agrees.
    RematchOffered,
    /// A new run of the match begins: after a drop, after a rejoin, or as a rematch.
    EpochStarted {
        /// Grows with every run; the first is 0.
        epoch: u32,
        /// The frame it begins with. For a rematch that is 0.
        frame: u32,
        /// What it is.
        cause: EpochCause,
    },
}

/// Why a new epoch began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EpochCause {
    /// Packets flow again after a drop; both sides go on from the last frame they have in common.
    Resumed {
        /// How long this side was held after the first packet came.
        held: Duration,
    },
    /// The other side's process was started again and got the state from here.
    PeerRejoined,
    /// This process was started again and got the state from the other side.
    Rejoined,
    /// Both sides wanted another match.
    Rematch {
        /// The agreed seed of the new match.
        match_seed: u64,
    },
}

/// Why a side leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum LeaveReason {
    /// The player quit the game.
    Quit = 1,
    /// The player gave the match up.
    Forfeit = 2,
    /// The match is over and nobody wants another.
    Finished = 3,
    /// Nothing was heard for the whole reconnect window.
    TimedOut = 4,
    /// The simulations differ.
    Desync = 5,
    /// The state that was to bring it back was not taken.
    StateRefused = 6,
}

impl LeaveReason {
    pub(crate) fn from_wire(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Quit),
            2 => Some(Self::Forfeit),
            3 => Some(Self::Finished),
            4 => Some(Self::TimedOut),
            5 => Some(Self::Desync),
            6 => Some(Self::StateRefused),
            _ => None,
        }
    }
}

/// Where a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// The handshake is under way.
    Connecting,
    /// Frames are played.
    Running,
    /// The match is held until both sides agree where it goes on, or a rematch is set up.
    Resuming,
    /// Over.
    Closed(CloseCause),
}

/// Why a session is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CloseCause {
    /// The handshake failed.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// This side left.
    #[error("this side left")]
    Left(LeaveReason),
    /// The other side left, or was silent for too long.
    #[error("the other side left")]
    PeerLeft(LeaveReason),
    /// The two simulations differ.
    #[error("the two simulations differ: the match is void after frame {frame}")]
    Void {
        /// The last frame at which both sides had the same state.
        frame: u32,
    },
}

/// What `advance` did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Advance {
    /// A frame was simulated.
    Stepped {
        /// The frame that was simulated.
        frame: u32,
        /// How many frames were simulated again before it; 0 if none.
        rollback_depth_frames: u32,
    },
    /// The prediction window is full: the peer's inputs are missing. Call again when the next frame is due.
    /// The input first offered for a frame is the one that counts.
    Stalled,
    /// The match has not begun, or is held. The input was not used.
    NotStarted,
}

/// Why `advance` cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdvanceError {
    /// The session is over.
    #[error("the session is closed: {0}")]
    Closed(CloseCause),
}
