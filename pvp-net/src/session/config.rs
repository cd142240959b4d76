//! Owns what the user chooses for a session, and which choices are possible.
//! Must not hold anything that changes during a match.

use std::time::Duration;

use crate::delay::InputDelay;
use crate::guard::{INPUT_DELAY_FRAMES_MAX, PREDICTION_WINDOW_FRAMES_MAX};
use crate::handshake::NAME_BYTES_MAX;
use crate::simulation::MAX_INPUT_BYTES;

/// The user's choices for one side of a match. Begin with [`SessionConfig::new`] and change what you need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionConfig {
    /// Which player this side is: 0 or 1. The other side must be the other one.
    pub local_player: u8,
    /// Which player commits content. Must be equal on both sides.
    pub host_player: u8,
    /// Names the game. Must be equal on both sides.
    pub game_id: u64,
    /// Names the version and state layout of the simulation. Must be equal on both sides.
    pub build: u64,
    /// Digest of the rules. Must be equal on both sides.
    pub ruleset_hash: u64,
    /// Version of the content format. Must be equal on both sides.
    pub content_version: u32,
    /// This player's name as the other side sees it: at most [`NAME_BYTES_MAX`](crate::NAME_BYTES_MAX) bytes.
    pub name: String,
    /// Where this side's half of the match seed comes from: unpredictable in real matches (with the feature `udp` from
    /// `transport::udp::entropy`), fixed in tests. With the default, 0, the other side could choose the seed.
    pub entropy: u64,
    /// Frames between a key press and its effect, on this side: 0 to 16. Default 2. A longer delay spares this side rollbacks.
    pub input_delay_frames: u8,
    /// Whether that delay stays, or follows the network during the match. Default [`InputDelay::Fixed`].
    pub input_delay: InputDelay,
    /// How many frames may be simulated on guessed inputs: 1 to 60. Must be equal on both sides. Default 10.
    pub prediction_window_frames: u8,
    /// How many frames share a datagram of this side: 1 or 2. With 2 it sends 30 datagrams a second instead of 60, for half the
    /// bandwidth and one frame more of latency. Default 1.
    pub frames_per_datagram: u8,
    /// Every how many frames the peers compare checksums: 1 to 600. Must be equal on both sides. Default 30.
    pub checksum_interval_frames: u16,
    /// How long the other side may take to answer and finish the handshake. Default 20 s.
    pub connect_timeout: Duration,
    /// How long a silent peer is waited for before the match is given up. Default 30 s.
    pub reconnect_window: Duration,
    /// How long the end of a match waits for the other side's word about the last frame, once this side has confirmed that frame:
    /// see [`end_at`](crate::Session::end_at). Default 10 s.
    pub compare_timeout: Duration,
    /// Whether this side comes back into a match that its process was in before it was stopped, with the state that the other
    /// side sends (needs `with_inspect`). Default no: a side that begins a new match takes no state from a stranger.
    pub takes_state: bool,
    /// How long a guest may take to answer an offer of content. Default 4 s.
    pub offer_timeout: Duration,
    /// Length of a frame. Must be equal on both sides. Default 1/60 s.
    pub frame_duration: Duration,
}

impl SessionConfig {
    /// Default choices.
    pub fn new(local_player: u8, game_id: u64) -> Self {
        Self {
            local_player,
            host_player: 0,
            game_id,
            build: 0,
            ruleset_hash: 0,
            content_version: 0,
            name: format!("player {}", local_player + 1),
            entropy: 0,
            input_delay_frames: 2,
            input_delay: InputDelay::Fixed,
            prediction_window_frames: 10,
            frames_per_datagram: 1,
            checksum_interval_frames: 30,
            connect_timeout: Duration::from_secs(20),
            reconnect_window: Duration::from_secs(30),
            compare_timeout: Duration::from_secs(10),
            takes_state: false,
            offer_timeout: Duration::from_secs(4),
            frame_duration: Duration::from_nanos(16_666_667),
        }
    }

    /// Whether these choices are possible with inputs of `input_bytes`.
    pub(crate) fn check(&self, input_bytes: usize) -> Result<(), ConfigError> {
        if self.local_player > 1 || self.host_player > 1 {
            return Err(ConfigError::Player);
        }
        if self.name.len() > NAME_BYTES_MAX {
            return Err(ConfigError::Name { bytes: self.name.len() });
        }
        if self.input_delay_frames > INPUT_DELAY_FRAMES_MAX {
            return Err(ConfigError::InputDelay {
                frames: self.input_delay_frames,
            });
        }
        if let InputDelay::Auto { frames_max } = self.input_delay
            && frames_max > INPUT_DELAY_FRAMES_MAX
        {
            return Err(ConfigError::InputDelay { frames: frames_max });
        }
        if !(1..=PREDICTION_WINDOW_FRAMES_MAX).contains(&self.prediction_window_frames) {
            return Err(ConfigError::PredictionWindow {
                frames: self.prediction_window_frames,
            });
        }
        if !(1..=2).contains(&self.frames_per_datagram) {
            return Err(ConfigError::FramesPerDatagram {
                frames: self.frames_per_datagram,
            });
        }
        if !(1..=600).contains(&self.checksum_interval_frames) {
            return Err(ConfigError::ChecksumInterval {
                frames: self.checksum_interval_frames,
            });
        }
        if !(1..=MAX_INPUT_BYTES).contains(&input_bytes) {
            return Err(ConfigError::InputBytes { bytes: input_bytes });
        }
        Ok(())
    }

    /// What both sides must share, packed for the handshake: the interval in ten bits, the window in six, and the frame's
    /// duration in units of 10 µs.
    pub(crate) fn shared_settings(&self) -> u32 {
        let duration = u16::try_from(self.frame_duration.as_micros() / 10).unwrap_or(u16::MAX);
        u32::from(self.checksum_interval_frames) << 22
            | u32::from(self.prediction_window_frames) << 16
            | u32::from(duration)
    }
}

/// Why a session cannot be made with a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A player number is neither 0 nor 1.
    #[error("players are 0 and 1")]
    Player,
    /// The name is too long.
    #[error("name of {bytes} bytes exceeds {NAME_BYTES_MAX}: choose a shorter one")]
    Name {
        /// Length of the name.
        bytes: usize,
    },
    /// The input delay is out of range.
    #[error("input delay of {frames} frames exceeds {INPUT_DELAY_FRAMES_MAX}")]
    InputDelay {
        /// The delay.
        frames: u8,
    },
    /// The prediction window is out of range.
    #[error("prediction window of {frames} frames is not within 1 to {PREDICTION_WINDOW_FRAMES_MAX}")]
    PredictionWindow {
        /// The window.
        frames: u8,
    },
    /// Frames per datagram are out of range.
    #[error("{frames} frames per datagram is neither 1 nor 2")]
    FramesPerDatagram {
        /// The choice.
        frames: u8,
    },
    /// The checksum interval is out of range.
    #[error("checksum interval of {frames} frames is not within 1 to 600")]
    ChecksumInterval {
        /// The interval.
        frames: u16,
    },
    /// The game's input is empty or too large.
    #[error("inputs of {bytes} bytes are not within 1 to {MAX_INPUT_BYTES}: quantize them")]
    InputBytes {
        /// Size of the input.
        bytes: usize,
    },
}
