//! Peer-to-peer rollback sessions over `ggrs`, for any game that implements one small trait.
//!
//! It is not a matchmaker, not a server and not a game engine.

#![forbid(unsafe_code)]

mod content;
mod core;
mod delay;
pub mod desync;
mod epoch;
mod events;
mod exchange;
mod guard;
mod handshake;
#[cfg(feature = "hostile")]
#[doc(hidden)]
pub mod hostile;
mod lane;
mod liveness;
mod pacing;
mod ring;
mod session;
#[cfg(all(feature = "signaling", not(target_arch = "wasm32")))]
pub mod signaling;
pub mod referee;
pub mod replay;
pub mod simulation;
pub mod smooth;
#[cfg(feature = "sim")]
pub mod sim;
mod stats;
pub mod stress;
pub mod transport;
mod wire;

pub use content::{CONTENT_BYTES_MAX, Commit, ContentEvent, OfferError, OfferId};
pub use delay::InputDelay;
pub use desync::{DesyncReport, DesyncTrace, FieldDifference, TRACE_FIELDS_MAX, TraceEnd};
pub use epoch::StateRefused;
pub use events::{EventKey, EventPhase, GameEvent};
pub use guard::{INPUT_DELAY_FRAMES_MAX, PREDICTION_WINDOW_FRAMES_MAX};
pub use handshake::{NAME_BYTES_MAX, PROTOCOL_VERSION, Refusal};
pub use lane::{LANE_MESSAGE_BYTES_MAX, LaneError};
pub use liveness::Liveness;
pub use pacing::Pace;
pub use session::{
    Advance, AdvanceError, CloseCause, ConfigError, ConfirmedFrame, EpochCause, LeaveReason, Phase, Session,
    SessionConfig, SessionEvent,
};
pub use simulation::{ContentRefused, Events, Inspect, MAX_INPUT_BYTES, Simulation};
pub use stats::{DropReason, NetworkStats, Stats};
pub use transport::{Channel, CloseReason, SendError, Transport, TransportStatus};

/// The README's example runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(test)]
mod toy;
