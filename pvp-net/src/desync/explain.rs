//! Owns the offline look at the evidence of a desync: whose state do the rules give on this machine, and what differs.
//! Must not believe the evidence: what does not fit together is said.

use crate::simulation::{ContentRefused, Events, Inspect};

use super::diff::differing_fields;
use super::{Evidence, FieldDifference, TRACE_FIELDS_MAX};

/// Whose state at the first bad frame this machine comes to when it plays the frame again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// The writer's: the other side computed something else.
    Ours,
    /// The other side's: the writer computed something else.
    Theirs,
    /// Nobody's: this build plays by other rules, or the frame before is not what it seems.
    Neither,
    /// The frame before is not in the evidence.
    Unknown,
}

/// What the evidence shows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// Whose state this machine comes to.
    pub verdict: Verdict,
    /// The checksum this machine comes to.
    pub checksum_here: Option<u64>,
    /// The named parts of the state that differ.
    pub sections: Vec<&'static str>,
    /// The fields that differ, at most [`TRACE_FIELDS_MAX`].
    pub fields: Vec<FieldDifference>,
    /// How many fields differ in all.
    pub fields_total: u32,
    /// Whether the writer's state has the checksum it is said to have.
    pub is_ours_sound: bool,
    /// Whether the other side's state has the checksum it is said to have.
    pub is_theirs_sound: bool,
}

/// Why evidence cannot be looked at with these rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// The inputs have another size.
    #[error("the evidence has inputs of {found} bytes, this game {expected}")]
    InputBytes {
        /// Size in the evidence.
        found: u16,
        /// This game's size.
        expected: usize,
    },
    /// This game does not take the content of the match.
    #[error("content of slot {slot} is refused: {reason}")]
    Content {
        /// Its slot.
        slot: u8,
        /// Why.
        reason: ContentRefused,
    },
}

/// Looks at evidence with the rules of `simulation`; `start` is the state before `begin_match`.
///
/// # Errors
/// [`ExplainError`] if the evidence belongs to another game.
pub fn explain<S: Inspect>(
    simulation: &mut S,
    start: S::State,
    evidence: &Evidence,
) -> Result<Explanation, ExplainError> {
    let expected = size_of::<S::Input>();
    if usize::from(evidence.input_bytes) != expected {
        let found = evidence.input_bytes;
        return Err(ExplainError::InputBytes { found, expected });
    }
    let mut state = start;
    simulation.begin_match(evidence.match_seed, &mut state);
    for (slot, bytes) in &evidence.content {
        simulation
            .accept_content(*slot, bytes)
            .map_err(|reason| ExplainError::Content { slot: *slot, reason })?;
    }
    let checksum_here = play_again(simulation, evidence);
    let verdict = match checksum_here {
        None => Verdict::Unknown,
        Some(here) if here == evidence.checksum_ours => Verdict::Ours,
        Some(here) if here == evidence.checksum_theirs => Verdict::Theirs,
        Some(_) => Verdict::Neither,
    };
    let states = [&evidence.ours, &evidence.theirs].map(|bytes| simulation.from_bytes(bytes));
    let has = |state: &Option<S::State>, checksum| {
        let known = state.as_ref().map(|state| simulation.checksum(state));
        known == Some(checksum)
    };
    let sections = match &states {
        [Some(ours), Some(theirs)] => {
            let pairs = simulation.sections(ours).into_iter().zip(simulation.sections(theirs));
            pairs
                .filter(|(ours, theirs)| ours != theirs)
                .map(|(ours, _)| ours.0)
                .collect()
        }
        _ => Vec::new(),
    };
    let (fields, fields_total) = if evidence.ours.len() == evidence.theirs.len() {
        differing_fields(&evidence.ours, &evidence.theirs, TRACE_FIELDS_MAX, |offset| {
            simulation.field_name(offset)
        })
    } else {
        (Vec::new(), 0)
    };
    Ok(Explanation {
        verdict,
        checksum_here,
        sections,
        fields,
        fields_total,
        is_ours_sound: has(&states[0], evidence.checksum_ours),
        is_theirs_sound: has(&states[1], evidence.checksum_theirs),
    })
}

/// The checksum after playing the bad step from the state before it.
fn play_again<S: Inspect>(simulation: &S, evidence: &Evidence) -> Option<u64> {
    let mut state = simulation.from_bytes(&evidence.before)?;
    let inputs = evidence.last_inputs()?;
    let inputs = inputs.map(|bytes| bytemuck::try_pod_read_unaligned::<S::Input>(bytes).ok());
    let [Some(player_0), Some(player_1)] = inputs else {
        return None;
    };
    simulation.step(&mut state, &[player_0, player_1], &mut Events::new());
    Some(simulation.checksum(&state))
}
