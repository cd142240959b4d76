//! A headless judge of a finished match: replay in, verdict out; nothing is believed that cannot be recomputed.
//!
//! Must not: know a game; who has won and what a commit is, the caller tells by two functions.

use crate::replay::{Ending, Replay, ReplayRules, VerifyError, walk};
use crate::simulation::Inspect;

/// A piece of content entering the match through the host's inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitEntry {
    /// The frame whose inputs carry it.
    pub frame: u32,
    /// The player whose inputs carry it.
    pub player: u8,
    /// The commit's number, as in the input.
    pub seq: u8,
    /// The content's slot.
    pub slot: u8,
}

/// What a match comes to by its own rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Frames re-simulated.
    pub frames: u32,
    /// Checksum of the last state.
    pub checksum: u64,
    /// Whether the log has its end.
    pub is_complete: bool,
    /// The winner by the rules, whatever the log notes.
    pub winner: Option<u8>,
    /// Whether the log notes the winner that the rules give; a log without its end notes none.
    pub is_note_true: bool,
    /// Every commit, in order.
    pub commits: Vec<CommitEntry>,
}

/// Re-simulates a match and judges it.
///
/// `winner_of` reads the winner off a state; `commit_of` reads (number, slot) off one player's input.
/// A commit counts where its number changes, as the rollback-safe edge that the session writes.
///
/// # Errors
/// [`VerifyError`]: the log is not a true record of a match by these rules.
pub fn judge<S: Inspect>(
    simulation: &mut S,
    start: S::State,
    replay: &Replay,
    rules: &ReplayRules,
    winner_of: impl Fn(&S::State) -> Option<u8>,
    commit_of: impl Fn(&S::Input) -> Option<(u8, u8)>,
) -> Result<Verdict, VerifyError> {
    let players = replay.header().names.len();
    let mut last_seq = vec![0; players];
    let mut commits = Vec::new();
    let verified = walk(simulation, start, replay, rules, winner_of, |frame, inputs, _| {
        for (player, input) in inputs.iter().enumerate() {
            let Some((seq, slot)) = commit_of(input) else { continue };
            if seq != last_seq[player] {
                last_seq[player] = seq;
                commits.push(CommitEntry {
                    frame,
                    player: player as u8,
                    seq,
                    slot,
                });
            }
        }
    })?;
    let is_note_true = match replay.ending() {
        Ending::Complete(end) => end.winner == verified.winner,
        _ => true,
    };
    Ok(Verdict {
        frames: verified.frames,
        checksum: verified.checksum,
        is_complete: verified.is_complete,
        winner: verified.winner,
        is_note_true,
        commits,
    })
}

/// Where two players' logs of one match part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogDivergence {
    /// They are not of one match: game, build, rules, seed, start or players differ.
    Header,
    /// A player's input differs.
    Input {
        /// In this frame.
        frame: u32,
        /// Of this player.
        player: u8,
    },
    /// Content differs, or stands in one log only.
    Content {
        /// The frame before which it was accepted, in the log that has it earlier.
        frame: u32,
        /// Its slot.
        slot: u8,
    },
    /// The inputs are equal and the states are not: one machine simulated otherwise.
    State {
        /// The logs agree after fewer frames than this, and not after this many.
        frames: u32,
    },
    /// One log goes on where the other one has its end.
    Length {
        /// Frames both have.
        frames: u32,
    },
}

/// The first difference between two players' logs of one match, or `None` if one is the other or its prefix.
///
/// Content may be accepted at different frames on the two sides; only its order and bytes count.
#[must_use]
pub fn first_divergence(a: &Replay, b: &Replay) -> Option<LogDivergence> {
    let same_match = |replay: &Replay| {
        let header = replay.header();
        let rules = (
            header.game_id,
            header.build,
            header.ruleset_hash,
            header.content_version,
        );
        let start = (header.match_seed, header.start_checksum, header.input_bytes);
        (rules, start, header.names.len())
    };
    if same_match(a) != same_match(b) {
        return Some(LogDivergence::Header);
    }
    first_content_divergence(a, b)
        .into_iter()
        .chain(first_input_divergence(a, b))
        .chain(first_state_divergence(a, b))
        .min_by_key(|(frame, _)| *frame)
        .map(|(_, divergence)| divergence)
        .or_else(|| length_divergence(a, b))
}

fn first_input_divergence(a: &Replay, b: &Replay) -> Option<(u32, LogDivergence)> {
    let input_bytes = usize::from(a.header().input_bytes);
    let (mut cursor_a, mut cursor_b) = (a.cursor(), b.cursor());
    while let (Some((frame, a)), Some((_, b))) = (cursor_a.advance(), cursor_b.advance()) {
        let mut pairs = a.chunks(input_bytes).zip(b.chunks(input_bytes));
        if let Some(player) = pairs.position(|(a, b)| a != b) {
            return Some((
                frame,
                LogDivergence::Input {
                    frame,
                    player: player as u8,
                },
            ));
        }
    }
    None
}

fn first_content_divergence(a: &Replay, b: &Replay) -> Option<(u32, LogDivergence)> {
    let pairs = a.contents().zip(b.contents());
    let mut differing = pairs.filter(|(a, b)| (a.slot, a.bytes) != (b.slot, b.bytes));
    differing.next().map(|(a, b)| {
        let frame = a.frame.min(b.frame);
        (frame, LogDivergence::Content { frame, slot: a.slot })
    })
}

/// The logs' runs need not end at the same frames; those that do are compared.
fn first_state_divergence(a: &Replay, b: &Replay) -> Option<(u32, LogDivergence)> {
    let checks_of_b: std::collections::BTreeMap<u32, u32> = b.checks().collect();
    let mut checks = a.checks();
    let (frames, _) =
        checks.find(|(frames, checksum)| checks_of_b.get(frames).is_some_and(|other| other != checksum))?;
    Some((frames, LogDivergence::State { frames }))
}

fn length_divergence(a: &Replay, b: &Replay) -> Option<LogDivergence> {
    let frames = a.frames().min(b.frames());
    let ends_first = |replay: &Replay| replay.frames() == frames && matches!(replay.ending(), Ending::Complete(_));
    let is_length = a.frames() != b.frames() && (ends_first(a) || ends_first(b));
    is_length.then_some(LogDivergence::Length { frames })
}

#[cfg(test)]
mod tests;
