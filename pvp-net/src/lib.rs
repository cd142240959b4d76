//! Peer-to-peer rollback sessions over `ggrs`, for any game that implements one small trait.
//!
//! It is not a matchmaker, not a server and not a game engine.
//!
//! # The story of a match
//!
//! 1. Your game implements [`Simulation`]: a plain state, a fixed-size input, one deterministic `step`, a checksum.
//! 2. Both sides open a [`Transport`]: encrypted UDP or WebRTC (features `udp` and `webrtc`), a simulated link, or one of your own.
//! 3. Both make a [`Session`] of game, start state, transport and [`SessionConfig`], and call [`poll`](Session::poll).
//!    They compare what they play; [`SessionEvent::Connected`] brings a match seed that neither side picked,
//!    [`SessionEvent::Refused`] says what differs.
//! 4. While [`is_frame_due`](Session::is_frame_due), [`advance`](Session::advance) takes the player's input and simulates a frame at
//!    once, on a guess of the other's input; a wrong guess is rolled back and simulated again.
//!    [`state`](Session::state) is what to draw, [`game_events`](Session::game_events) what to play and show.
//! 5. What is not deterministic, such as a weapon made by an AI, the host offers with
//!    [`offer_content`](Session::offer_content); it enters the match on the same frame on both sides, or not at all.
//! 6. A drop holds the match and resumes it, a process that was killed comes back into it
//!    ([`SessionConfig::takes_state`]), [`rematch`](Session::rematch) plays another one on the same connection.
//! 7. If the simulations differ, [`SessionEvent::Desync`] comes within half a second,
//!    [`SessionEvent::DesyncTraced`] names the first bad frame and its fields (for a game that implements [`Inspect`]), and
//!    [`SessionEvent::Void`] ends the match with the last frame that both sides agree on. Nothing is corrected in silence.
//! 8. [`end_at`](Session::end_at) names the last frame: both sides compare it before they leave, and
//!    [`SessionEvent::MatchEnded`] says whether it was equal, different or not compared.
//! 9. [`replay::Recorder`] writes the match while it is played; [`referee`] judges it afterwards.
//!
//! [`stress::StressSession`] finds what is not deterministic in a game before anybody plays it over a network.

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
#[cfg(any(feature = "webrtc", feature = "signaling"))]
pub mod room;
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
    Advance, AdvanceError, CloseCause, Comparison, ConfigError, ConfirmedFrame, EndError, EpochCause, LeaveReason,
    Phase, Session, SessionConfig, SessionEvent,
};
pub use simulation::{ContentRefused, Events, Inspect, MAX_INPUT_BYTES, Simulation};
pub use stats::{DropReason, NetworkStats, Stats};
pub use transport::{Channel, CloseReason, PathFault, SendError, Transport, TransportStatus};

/// The README's example runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(test)]
mod toy;
