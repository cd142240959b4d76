//! Owns the one trait a game implements to be played over a session, and the event sink it writes to.
//! Must not know about networks, time or `ggrs`.

use std::fmt;
use std::task::Poll;

/// A deterministic game: the same state and inputs always give the same next state, on every machine.
///
/// The session calls [`step`](Simulation::step) once per simulated frame, and again for every frame it resimulates after a rollback.
/// Nothing but the arguments may influence the result: no clock, no random source outside the state, no iteration over hash maps.
pub trait Simulation {
    /// One player's input of one frame: fixed size (at most [`MAX_INPUT_BYTES`]), quantized, without pointers.
    /// The default value means "no input".
    type Input: Copy + Eq + Default + bytemuck::Pod + Send + Sync;
    /// Everything that changes from frame to frame. Cloned once per frame as a snapshot.
    type State: Clone;
    /// What the game tells the outside about a frame (a sound, a hit). Output only, never read by `step`.
    type Event: Clone + PartialEq;

    /// Advances `state` by one frame. `inputs[p]` is player `p`'s input.
    fn step(&self, state: &mut Self::State, inputs: &[Self::Input], events: &mut Events<Self::Event>);

    /// A digest of the whole state, equal on every machine for equal states.
    fn checksum(&self, state: &Self::State) -> u64;

    /// Called once per match on both peers, before frame 0, when the match seed is agreed (again for a rematch).
    /// `state` is the start state that the session was made with.
    /// A game whose arena or random stream depends on the seed rebuilds `state` here; both peers then compare its checksum.
    /// A game that takes content forgets it here.
    fn begin_match(&mut self, match_seed: u64, state: &mut Self::State) {
        let _ = (match_seed, state);
    }

    /// What this side thinks of content that the host offers, before it is accepted. Called on the guest alone, once when the offer
    /// arrives and then at every poll as long as the answer is [`Poll::Pending`]: a game whose judgment takes longer than a
    /// frame may last lets a thread do it. The offers wait in line, and one that is not judged in time is refused.
    ///
    /// # Errors
    /// [`ContentRefused`] if this side does not want the content; the session then tells the offering side why.
    fn review_content(&mut self, slot: u8, bytes: &[u8]) -> Poll<Result<(), ContentRefused>> {
        let _ = (slot, bytes);
        Poll::Ready(Ok(()))
    }

    /// Validates content from the host and keeps it for `slot`.
    ///
    /// Called on both peers (on the host when it offers, on the guest after its [`review_content`](Simulation::review_content) and
    /// before it acknowledges), and by replays and returning peers, always before the slot's commit may enter the inputs.
    /// What it accepts may depend on nothing but the bytes and what was accepted before: a replay must come to the same.
    /// The store must be append-only: an accepted slot never changes during a match.
    ///
    /// # Errors
    /// [`ContentRefused`] if the bytes are not acceptable; the session then tells the offering side why.
    fn accept_content(&mut self, slot: u8, bytes: &[u8]) -> Result<(), ContentRefused> {
        let _ = (slot, bytes);
        Err(ContentRefused::Unsupported)
    }
}

/// Largest input a session carries, in bytes.
pub const MAX_INPUT_BYTES: usize = 32;

/// Optional view into a game's state: needed to name the field of a desync, to send the state to a peer that rejoins,
/// and for keyframes in replays.
pub trait Inspect: Simulation {
    /// A checksum per named part of the state, always the same names in the same order.
    fn sections(&self, state: &Self::State) -> Vec<(&'static str, u64)>;

    /// The whole state as bytes, equal on every machine for equal states.
    fn to_bytes(&self, state: &Self::State) -> Vec<u8>;

    /// The state back from [`to_bytes`](Inspect::to_bytes), or `None` if the bytes are not a valid state.
    /// The bytes may come from a peer: this must never panic.
    #[allow(clippy::wrong_self_convention, reason = "the game decodes by its own rules")]
    fn from_bytes(&self, bytes: &[u8]) -> Option<Self::State>;

    /// The name of the field that byte `offset` of [`to_bytes`](Inspect::to_bytes) belongs to, such as `players[1].velocity.y`;
    /// empty if it belongs to no field, such as a header.
    fn field_name(&self, offset: usize) -> String;

    /// The counter of the newest commit that the state has seen, 0 if none: a host whose process was started again counts on from it.
    fn commit_seq(&self, state: &Self::State) -> u8 {
        let _ = state;
        0
    }
}

/// Why a peer or the game did not take a piece of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentRefused {
    /// The game takes no content.
    #[error("the game takes no content")]
    Unsupported,
    /// The bytes do not decode.
    #[error("content does not decode")]
    Malformed,
    /// The bytes decode, but break a rule of the game; the code is the game's own.
    #[error("content breaks rule {code} of the game")]
    Rule {
        /// The game's own reason.
        code: u16,
    },
    /// The slot is already taken.
    #[error("slot {slot} is already taken")]
    SlotTaken {
        /// The slot in question.
        slot: u8,
    },
    /// All slots of the match are used.
    #[error("no free slot is left")]
    Full,
    /// The bytes are longer than a session carries.
    #[error("content of {bytes} bytes is too large")]
    TooLarge {
        /// Length of the refused bytes.
        bytes: u32,
    },
    /// The guest did not come to a judgment in time, or has too many offers to judge.
    #[error("content was not judged in time")]
    Unjudged,
}

/// Where `step` writes what happened in a frame. Kept by the session and reused, so that a frame does not allocate.
pub struct Events<E> {
    list: Vec<E>,
}

impl<E> Events<E> {
    /// An empty sink.
    pub fn new() -> Self {
        Self { list: Vec::new() }
    }

    /// Adds an event to the current frame.
    pub fn push(&mut self, event: E) {
        self.list.push(event);
    }

    /// Takes all events out, oldest first.
    pub fn drain(&mut self) -> std::vec::Drain<'_, E> {
        self.list.drain(..)
    }

    /// The events so far, oldest first.
    pub fn as_slice(&self) -> &[E] {
        &self.list
    }

    /// Forgets all events, keeping the memory.
    pub fn clear(&mut self) {
        self.list.clear();
    }

    /// How many events are waiting.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether no event is waiting.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl<E> Default for Events<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: fmt::Debug> fmt::Debug for Events<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.list).finish()
    }
}
