//! Owns what a side of a match tells its player, and what it counts in confirmed frames.
//! Must not know how it came about.

use crate::refusals::WishRefused;
use pvp_net::{Comparison, LeaveReason};
use std::time::Duration;

/// Something to tell the player.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The peers agreed and the match begins.
    Connected {
        /// The other player's name, vetted.
        peer_name: String,
    },
    /// A weapon was forged and is in the player's hands.
    Forged {
        /// Whose.
        player: u8,
        /// Its name.
        name: String,
        /// Whether no commit came in time.
        fallback: bool,
        /// Why not, if it is a fallback and this side knows.
        why: Option<WishRefused>,
    },
    /// The other player wants another match.
    RematchOffered,
    /// Another match on the same connection begins.
    Rematch,
    /// The match goes on after the connection was lost.
    Resumed,
    /// A round is over.
    RoundEnded {
        /// Who took it; nobody in a draw.
        winner: Option<u8>,
    },
    /// The physics changed for everybody.
    Physics {
        /// What changed.
        kind: pvp_sim::ModKind,
        /// By how much, in 1/256.
        factor: u16,
        /// For how long.
        frames: u16,
    },
    /// A wish does not come true as it was typed.
    PromptRefused {
        /// Whose.
        player: u8,
        /// Why, for the player.
        why: WishRefused,
    },
    /// The connection changed.
    Liveness(pvp_net::Liveness),
    /// The two simulations differ.
    Desync {
        /// What is known.
        report: String,
    },
    /// Where the desync began; the session holds the evidence now.
    DesyncTraced {
        /// What is known.
        report: String,
    },
    /// The match is over: what comparing its last frame came to.
    Ended {
        /// The last frame.
        frame: u32,
        /// Equal, different, or not compared.
        comparison: Comparison,
    },
    /// The two simulations differ, and the match is over.
    Void {
        /// The last frame that both sides agree on.
        frame: u32,
    },
    /// The match is not recorded any more.
    RecordingStopped {
        /// What the system says.
        why: String,
    },
    /// The other player left.
    PeerLeft(LeaveReason),
    /// The two sides do not fit together.
    Refused(pvp_net::Refusal),
    /// The path to the other player is gone.
    PathClosed(pvp_net::CloseReason),
}

/// What happened to weapons in confirmed frames.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Weapons that the host committed.
    pub weapons_committed: u32,
    /// Those of them that an AI provider made.
    pub weapons_by_provider: u32,
    /// Weapons that nobody committed in time.
    pub weapons_fallback: u32,
    /// Commits that answered nothing.
    pub commits_ignored: u32,
    /// The host: offers that the other side refused.
    pub offers_refused: u32,
    /// The guest: offers that this side refused.
    pub offers_refused_here: u32,
    /// Requests that came too early, by player: an honest program makes none.
    pub requests_refused: [u32; 2],
    /// The longest time from an accepted request to a usable weapon.
    pub forge_frames_max: u32,
    /// The longest time that this side's forge has taken for one request, on the clock that the match is run with.
    pub forge_time_max: Duration,
    /// Rounds that each player took.
    pub rounds_won: [u32; 2],
    /// The winner once the match is decided; `Some(None)` is a draw.
    pub winner: Option<Option<u8>>,
}
