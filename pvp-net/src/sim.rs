//! Owns the adapter that plays `pvp-sim` duels over a session: only this module names `pvp-sim`.
//! Must not add rules: what a game thinks of offered content is a hook.

mod stress;

pub use stress::DuelStress;

use std::task::Poll;

use pvp_sim::{
    Content, ContentStore, DuelState, Input, MatchDef, MatchState, byte_name, field_name, layout_hash, load_snapshot,
    save_snapshot, snapshot_bytes,
};

use crate::simulation::{ContentRefused, Events, Inspect, Simulation};

/// What a game checks about content before it keeps it: the decoded content and the bytes after it. The error is the game's own code.
pub type ContentJudge = Box<dyn FnMut(&Content, &[u8]) -> Result<(), u16> + Send>;

/// What the guest thinks of content that the host offers, as [`Simulation::review_content`]; asked again while it is pending.
pub type ContentReview = Box<dyn FnMut(&Content, &[u8]) -> Poll<Result<(), u16>> + Send>;

/// A duel of `pvp-sim` as a [`Simulation`].
///
/// Offered content is [`Content::BYTES`] bytes of [`Content`], then whatever the game adds (a name, a sprite).
pub struct DuelSim {
    /// Boxed, as the arena's grid is large and sessions are moved.
    def: Box<MatchDef>,
    content: Box<ContentStore>,
    judge: ContentJudge,
    review: ContentReview,
    fault: Option<Fault>,
}

/// A drill: after this many frames a bit of this byte flips.
struct Fault {
    frame: u32,
    byte: usize,
}

impl std::fmt::Debug for DuelSim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DuelSim")
            .field("seed", &self.def.seed)
            .finish_non_exhaustive()
    }
}

impl DuelSim {
    /// A duel that takes every well-formed content. The seed of `def` is replaced when the peers have agreed on one.
    pub fn new(def: MatchDef) -> Self {
        Self::judged(def, Box::new(|_, _| Ok(())))
    }

    /// A duel that asks `judge` before it takes content.
    pub fn judged(def: MatchDef, judge: ContentJudge) -> Self {
        Self {
            def: Box::new(def),
            content: Box::new(ContentStore::new()),
            judge,
            review: Box::new(|_, _| Poll::Ready(Ok(()))),
            fault: None,
        }
    }

    /// The same duel, which asks `review` about what the host offers before `judge` is asked.
    pub fn reviewed(self, review: ContentReview) -> Self {
        Self { review, ..self }
    }

    /// A drill for desyncs: after `frame` frames one bit of the second player's vertical velocity flips, on this side alone.
    #[doc(hidden)]
    pub fn plant_fault(&mut self, frame: u32) {
        let words = size_of::<DuelState>() / 4;
        let word = (0..words).find(|word| field_name::<DuelState>(*word).to_string() == "players[1].velocity.y");
        self.fault = word.map(|word| Fault { frame, byte: 4 * word });
    }

    /// The definition of the match, with the agreed seed once there is one.
    pub fn def(&self) -> &MatchDef {
        &self.def
    }

    /// The state before the first frame.
    pub fn start(&self) -> DuelState {
        DuelState::new(&self.def)
    }

    /// What the handshake compares as the build: the version and layout of the state.
    pub fn build() -> u64 {
        layout_hash::<DuelState>()
    }
}

impl Simulation for DuelSim {
    type Input = Input;
    type State = DuelState;
    type Event = pvp_sim::Event;

    fn step(&self, state: &mut DuelState, inputs: &[Input], events: &mut Events<pvp_sim::Event>) {
        let mut happened = pvp_sim::Events::new();
        pvp_sim::step(&self.def, &self.content, state, inputs, &mut happened);
        for event in happened.as_slice() {
            events.push(*event);
        }
        if let Some(fault) = &self.fault
            && fault.frame == state.frame().0
        {
            bytemuck::bytes_of_mut(state)[fault.byte] ^= 1;
        }
    }

    fn checksum(&self, state: &DuelState) -> u64 {
        state.checksum()
    }

    fn begin_match(&mut self, match_seed: u64, state: &mut DuelState) {
        self.def.seed = match_seed;
        *self.content = ContentStore::new();
        *state = self.start();
    }

    fn review_content(&mut self, _: u8, bytes: &[u8]) -> Poll<Result<(), ContentRefused>> {
        let Ok(content) = Content::decode(bytes) else {
            return Poll::Ready(Err(ContentRefused::Malformed));
        };
        let rest = bytes.get(Content::BYTES..).unwrap_or_default();
        (self.review)(&content, rest).map_err(|code| ContentRefused::Rule { code })
    }

    fn accept_content(&mut self, slot: u8, bytes: &[u8]) -> Result<(), ContentRefused> {
        let content = Content::decode(bytes).map_err(|_| ContentRefused::Malformed)?;
        let rest = bytes.get(Content::BYTES..).unwrap_or_default();
        (self.judge)(&content, rest).map_err(|code| ContentRefused::Rule { code })?;
        self.content
            .insert(slot, content)
            .map_err(|_| ContentRefused::SlotTaken { slot })
    }
}

impl Inspect for DuelSim {
    fn sections(&self, state: &DuelState) -> Vec<(&'static str, u64)> {
        state.section_checksums().to_vec()
    }

    fn to_bytes(&self, state: &DuelState) -> Vec<u8> {
        let mut bytes = vec![0; snapshot_bytes::<DuelState>()];
        save_snapshot(state, &mut bytes).expect("the buffer has the snapshot's size");
        bytes
    }

    fn from_bytes(&self, bytes: &[u8]) -> Option<DuelState> {
        load_snapshot(bytes).ok()
    }

    fn field_name(&self, offset: usize) -> String {
        match offset.checked_sub(pvp_sim::SNAPSHOT_HEADER_BYTES) {
            Some(place) => byte_name::<DuelState>(place).to_string(),
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_survives_its_bytes_and_fields_have_names() {
        let sim = DuelSim::new(MatchDef::duel(3));
        let state = sim.start();
        let bytes = sim.to_bytes(&state);
        assert_eq!(sim.from_bytes(&bytes), Some(state));
        assert_eq!(sim.from_bytes(&bytes[1..]), None);
        let mut other = state;
        let mut events = Events::new();
        sim.step(&mut other, &[Input::default(); 2], &mut events);
        let changed = sim
            .to_bytes(&other)
            .iter()
            .zip(&bytes)
            .skip(pvp_sim::SNAPSHOT_HEADER_BYTES)
            .position(|(new, old)| new != old);
        let offset = pvp_sim::SNAPSHOT_HEADER_BYTES + changed.expect("a frame changes the state");
        assert_eq!(sim.field_name(offset), "world.frame");
    }

    #[test]
    fn content_is_decoded_judged_and_kept_once() {
        let mut sim = DuelSim::judged(
            MatchDef::duel(3),
            Box::new(|_, rest| if rest.is_empty() { Ok(()) } else { Err(7) }),
        );
        let weapon = pvp_sim::fallback_weapon(1, pvp_sim::PlayerId(0), 1, 2);
        let bytes = Content::Weapon {
            player: pvp_sim::PlayerId(0),
            request_seq: 1,
            weapon,
        }
        .encode();
        assert_eq!(sim.accept_content(0, &bytes[1..]), Err(ContentRefused::Malformed));
        assert_eq!(
            sim.accept_content(0, &[&bytes[..], &[1]].concat()),
            Err(ContentRefused::Rule { code: 7 })
        );
        assert_eq!(sim.accept_content(0, &bytes), Ok(()));
        let other = Content::Weapon {
            player: pvp_sim::PlayerId(1),
            request_seq: 1,
            weapon,
        }
        .encode();
        assert_eq!(
            sim.accept_content(0, &other),
            Err(ContentRefused::SlotTaken { slot: 0 })
        );
    }
}
