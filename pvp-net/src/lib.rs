//! Peer-to-peer rollback sessions over `ggrs`, for any game that implements one small trait.
//!
//! It is not a matchmaker, not a server and not a game engine.

#![forbid(unsafe_code)]

#[cfg(all(feature = "signaling", not(target_arch = "wasm32")))]
pub mod signaling;
pub mod referee;
pub mod replay;
pub mod simulation;
pub mod stress;
pub mod transport;

pub use simulation::{ContentRefused, Events, Inspect, MAX_INPUT_BYTES, Simulation};
pub use transport::{Channel, CloseReason, SendError, Transport, TransportStatus};

#[cfg(test)]
mod toy;
