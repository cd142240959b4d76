//! A match as a file: header, content, bit-packed inputs, checksums and keyframes; written while it is played, read back exactly.
//!
//! Must not: trust a byte of a file, or need the end of one; a process that was killed leaves a readable prefix.
//!
//! `docs/REPLAY.md` is the format's definition; this module implements it.
//! [`Recorder`] writes, [`Replay`] reads, [`verify`] re-simulates, [`Player`] verifies, shows and seeks, [`crate::referee`] judges.
//! [`ReplayRules`] are what a game compares a file with; a [`Claim`] is what remains unproven.

mod format;
mod inputs;
mod pack;
mod play;
mod read;
mod record;
mod rules;
mod verify;

pub use self::format::{ReplayEnd, ReplayHeader};
pub(crate) use self::pack::{STATE_BYTES_MAX, pack, unpack};
pub use self::play::{PlayError, Player};
pub use self::read::{ContentEntry, Ending, FrameCursor, ReadError, Replay, ReplayError};
pub use self::record::{RecordError, Recorder, RecorderConfig, ReplayWriter};
pub use self::rules::{Claim, HeaderField, ReplayRules};
pub(crate) use self::verify::walk;
pub use self::verify::{Verified, VerifyError, verify};

/// Version of the format that this crate writes and reads.
pub const REPLAY_VERSION: u8 = 1;
/// Frames a file may hold: nine hours at 60 frames per second.
pub const REPLAY_FRAMES_MAX: u32 = 2_000_000;
/// Bytes a file may have. 2,000,000 frames of two players all of whose input bytes (six each) change every time take half of it.
pub const REPLAY_BYTES_MAX: usize = 64 << 20;
/// Players a file may hold.
pub const REPLAY_PLAYERS_MAX: usize = 8;
/// Bytes of the application's own that a header may hold.
pub const REPLAY_APP_BYTES_MAX: usize = 4096;

#[cfg(test)]
mod tests;
