//! Owns what `step` tells the outside about a frame: output only, never read by the simulation.
//! Must not allocate: the buffer has a fixed size and counts what did not fit.

use crate::input::PlayerId;
use crate::math::Vec2;
use crate::modifier::ModKind;

/// Something that happened in a frame.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
#[allow(
    missing_docs,
    reason = "each field is named after what it holds; positions are in units"
)]
pub enum Event {
    /// A player left the ground by a jump.
    Jumped { player: PlayerId, position: Vec2 },
    /// A player touched the ground.
    Landed { player: PlayerId, position: Vec2 },
    /// A trigger pull sent a projectile.
    Shot {
        player: PlayerId,
        position: Vec2,
        archetype: u8,
    },
    /// A projectile bounced off a solid.
    Bounced { position: Vec2 },
    /// A projectile ended at a solid.
    Fizzled { position: Vec2, archetype: u8 },
    /// A projectile went off; the radius is in quarter units.
    Exploded { position: Vec2, radius: u8 },
    /// A player lost health to another (or to themselves).
    Hit {
        by: PlayerId,
        player: PlayerId,
        position: Vec2,
        damage: i32,
        effect: u8,
    },
    /// A player's health reached 0.
    Died { player: PlayerId, position: Vec2 },
    /// A request was accepted; the forge has begun.
    RequestAccepted { player: PlayerId, request_seq: u8 },
    /// A request came before the cooldown was over, or while another was open.
    RequestRefused { player: PlayerId, request_seq: u8 },
    /// A player holds a new weapon.
    Forged {
        player: PlayerId,
        request_seq: u8,
        fallback: bool,
    },
    /// A commit named an empty slot or answered no open request.
    CommitIgnored { slot: u8 },
    /// The physics changed for everybody.
    ModStarted { kind: ModKind, factor: u16, frames: u16 },
    /// A physics change ran out.
    ModEnded { kind: ModKind },
    /// A round begins.
    RoundStarted { round: u32 },
    /// The time limit passed; everybody loses health from now on.
    SuddenDeath,
    /// A round is over; nobody wins a draw.
    RoundEnded { winner: Option<PlayerId> },
    /// The match is over.
    MatchEnded { winner: Option<PlayerId> },
}

/// The most events kept of one frame.
pub const EVENT_COUNT_MAX: usize = 128;

/// The events of one frame, in the order they happened.
#[derive(Clone, Debug)]
pub struct Events {
    kept: [Event; EVENT_COUNT_MAX],
    count: usize,
    dropped_count: u32,
}

impl Default for Events {
    fn default() -> Events {
        Events::new()
    }
}

impl Events {
    /// An empty buffer.
    #[must_use]
    pub const fn new() -> Events {
        Events {
            kept: [Event::SuddenDeath; EVENT_COUNT_MAX],
            count: 0,
            dropped_count: 0,
        }
    }

    /// Adds an event, or counts it as dropped if the buffer is full.
    pub fn push(&mut self, event: Event) {
        match self.kept.get_mut(self.count) {
            Some(place) => {
                *place = event;
                self.count += 1;
            }
            None => self.dropped_count += 1,
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.count = 0;
        self.dropped_count = 0;
    }

    /// The kept events.
    #[must_use]
    pub fn as_slice(&self) -> &[Event] {
        &self.kept[..self.count]
    }

    /// How many events did not fit.
    #[must_use]
    pub const fn dropped_count(&self) -> u32 {
        self.dropped_count
    }
}
