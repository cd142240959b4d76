//! Owns the seam between the session and whatever queues inputs, predicts them and schedules rollbacks.
//! Must not know about packets: it is given the peer's inputs after they were checked, and gives back this side's inputs.
//!
//! Today the core is `ggrs` ([`ggrs_core`]); the trait exists so that it can be replaced without touching the session.

mod ggrs_core;
mod mirror;
mod rle;

pub(crate) use ggrs_core::GgrsCore;

/// What the session must do, in this order, to carry out one pass of the core. Frames count from the start of the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CoreRequest<I> {
    /// Keep a snapshot of the state at `frame`.
    Save { frame: u32 },
    /// Go back to the snapshot of `frame`.
    Load { frame: u32 },
    /// Step once with these inputs.
    Advance { inputs: [I; 2] },
}

/// Input queues, prediction and rollback scheduling for two players, one local and one remote.
pub(crate) trait RollbackCore<I> {
    /// Queues the peer's inputs; `first_frame` must be the one after the last queued (0 at the start of the epoch).
    fn add_remote_inputs(&mut self, first_frame: u32, inputs: &[I]);

    /// Offers this tick's local input and writes what the session has to do. The core keeps the first input offered for a frame.
    fn advance(&mut self, local_input: I, requests: &mut Vec<CoreRequest<I>>);

    /// Hands out the local inputs that were fixed since the last call, consecutive, from frame 0.
    fn take_local_inputs(&mut self, into: &mut Vec<I>);

    /// The next frame to be simulated.
    fn current_frame(&self) -> u32;

    /// Number of frames of which both players' inputs were known at the last `advance`.
    fn confirmed_count(&self) -> u32;

    /// Changes the local input delay, in frames.
    fn set_input_delay(&mut self, frames: u8);
}
