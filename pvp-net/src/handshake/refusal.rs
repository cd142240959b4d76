//! Owns the reasons why two sessions do not play with each other.
//! Must not grow a reason that only one of the two sides can find, unless the other is told.

use crate::epoch::StateRefused;

/// Why two sessions do not play with each other. Both sides find the same, with `ours` and `theirs` swapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The versions of this crate do not speak the same protocol.
    #[error("protocol {ours} here, {theirs} there: both sides need the same version of the program")]
    Protocol {
        /// This side's version.
        ours: u16,
        /// The other side's version.
        theirs: u16,
    },
    /// Two different games.
    #[error("game {ours:016x} here, {theirs:016x} there: the other side plays something else")]
    Game {
        /// This side's game id.
        ours: u64,
        /// The other side's game id.
        theirs: u64,
    },
    /// The same game in two builds whose simulations differ.
    #[error("simulation build {ours:016x} here, {theirs:016x} there: both sides need the same version of the program")]
    Build {
        /// This side's build.
        ours: u64,
        /// The other side's build.
        theirs: u64,
    },
    /// Different rules.
    #[error("ruleset {ours:016x} here, {theirs:016x} there: choose the same rules on both sides")]
    Ruleset {
        /// This side's ruleset hash.
        ours: u64,
        /// The other side's ruleset hash.
        theirs: u64,
    },
    /// Different formats of content.
    #[error("content version {ours} here, {theirs} there: both sides need the same version of the program")]
    ContentVersion {
        /// This side's version.
        ours: u32,
        /// The other side's version.
        theirs: u32,
    },
    /// Inputs of different size.
    #[error("inputs of {ours} bytes here, {theirs} there")]
    InputSize {
        /// This side's input size in bytes.
        ours: u16,
        /// The other side's input size in bytes.
        theirs: u16,
    },
    /// Settings that both sides must share (prediction window, checksum interval) differ.
    #[error(
        "session settings {ours:08x} here, {theirs:08x} there: choose the same checksum interval, prediction window and frame duration on both sides"
    )]
    Settings {
        /// This side's settings, packed.
        ours: u32,
        /// The other side's settings, packed.
        theirs: u32,
    },
    /// Both sides want to be the same player.
    #[error("both sides want to be player {player}: one must be player 0, the other player 1")]
    SamePlayer {
        /// The player both claim.
        player: u8,
    },
    /// The sides do not agree who hosts.
    #[error("player {ours} hosts here, player {theirs} there: choose the same host on both sides")]
    Host {
        /// The host as this side sees it.
        ours: u8,
        /// The host as the other side sees it.
        theirs: u8,
    },
    /// The states before the match differ.
    #[error("start state {ours:016x} here, {theirs:016x} there: the two programs begin differently")]
    StartState {
        /// This side's checksum.
        ours: u64,
        /// The other side's checksum.
        theirs: u64,
    },
    /// The other side is in the middle of a match and this session does not take a state:
    /// that needs `with_inspect` and [`takes_state`](crate::SessionConfig::takes_state).
    #[error(
        "the other side is in the middle of a match, and this session takes no state: allow it to come back, or wait for the end"
    )]
    CannotRejoin,
    /// The state that the other side sent to bring this restarted side back was not taken.
    #[error("the state that the other side sent was not taken: {0}")]
    State(StateRefused),
    /// The states that both built from the agreed seed differ.
    #[error("match state {ours:016x} here, {theirs:016x} there")]
    MatchState {
        /// This side's checksum.
        ours: u64,
        /// The other side's checksum.
        theirs: u64,
    },
    /// The other side revealed a nonce that it had not committed to.
    #[error("the other side broke its commitment to the match seed")]
    BrokenCommitment,
    /// The other side never answered.
    #[error("the other side did not answer in time: check its address, the room key, and that it runs")]
    NoAnswer,
    /// The other side answered, but the handshake did not finish.
    #[error("the handshake was not finished in time: the network loses too much, or in one direction everything")]
    Unfinished,
}
