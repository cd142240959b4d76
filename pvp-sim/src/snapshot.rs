//! Owns snapshots that leave the process: a header that names version, layout, length and checksum, then the state's words.
//! Must not restore anything it did not verify. (Inside the process a snapshot is a plain copy of the state.)

use crate::checksum;
use crate::state::MatchState;
use core::fmt;

/// Bytes before the state's words.
pub const SNAPSHOT_HEADER_BYTES: usize = 28;
const MAGIC: [u8; 4] = *b"PFS1";
/// Grows with every change of the state's layout or meaning.
pub const STATE_VERSION: u32 = 1;

/// Why bytes are not a snapshot of this build's state; nothing was changed.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The first bytes are not a snapshot's.
    NotASnapshot,
    /// Another version of the state.
    Version {
        /// The snapshot's.
        found: u32,
        /// This build's.
        expected: u32,
    },
    /// Another layout: other capacities or fields.
    Layout {
        /// The snapshot's.
        found: u64,
        /// This build's.
        expected: u64,
    },
    /// Too few or too many bytes.
    Length {
        /// How many there are.
        found: usize,
        /// How many there must be.
        expected: usize,
    },
    /// The words were damaged.
    Checksum {
        /// What the words give.
        found: u64,
        /// What the header says.
        expected: u64,
    },
    /// The words are intact but hold a value that no match reaches, such as a weapon index out of range.
    Implausible,
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SnapshotError::NotASnapshot => write!(f, "not a snapshot"),
            SnapshotError::Version { found, expected } => {
                write!(f, "snapshot version {found}, this build reads {expected}")
            }
            SnapshotError::Layout { found, expected } => {
                write!(f, "snapshot layout {found:016x}, this build has {expected:016x}")
            }
            SnapshotError::Length { found, expected } => write!(f, "snapshot has {found} bytes, needs {expected}"),
            SnapshotError::Checksum { found, expected } => {
                write!(f, "snapshot checksum is {found:016x}, its header says {expected:016x}")
            }
            SnapshotError::Implausible => write!(f, "snapshot holds a value out of range"),
        }
    }
}

impl core::error::Error for SnapshotError {}

/// Identifies the layout of a state: its size and capacities, hashed.
#[must_use]
pub fn layout_hash<S: MatchState>() -> u64 {
    let shape = [
        STATE_VERSION,
        size_of::<S>() as u32,
        S::PLAYER_COUNT as u32,
        S::PROJECTILE_COUNT as u32,
        size_of::<crate::Player>() as u32,
        size_of::<crate::Projectile>() as u32,
        size_of::<crate::World>() as u32,
    ];
    checksum::of_words(bytemuck::bytes_of(&shape))
}

/// How many bytes a snapshot of `S` has.
#[must_use]
pub const fn snapshot_bytes<S: MatchState>() -> usize {
    SNAPSHOT_HEADER_BYTES + size_of::<S>()
}

/// Writes a snapshot into the front of `out`, the same bytes on every machine, and returns its length.
///
/// # Errors
/// [`SnapshotError::Length`] if `out` is shorter than [`snapshot_bytes`].
pub fn save_snapshot<S: MatchState>(state: &S, out: &mut [u8]) -> Result<usize, SnapshotError> {
    let expected = snapshot_bytes::<S>();
    let found = out.len();
    let Some(out) = out.get_mut(..expected) else {
        return Err(SnapshotError::Length { found, expected });
    };
    let (header, words) = out.split_at_mut(SNAPSHOT_HEADER_BYTES);
    header[..4].copy_from_slice(&MAGIC);
    header[4..8].copy_from_slice(&STATE_VERSION.to_le_bytes());
    header[8..16].copy_from_slice(&layout_hash::<S>().to_le_bytes());
    header[16..20].copy_from_slice(&(size_of::<S>() as u32).to_le_bytes());
    header[20..28].copy_from_slice(&state.checksum().to_le_bytes());
    copy_words(words, bytemuck::bytes_of(state));
    Ok(expected)
}

/// Reads a snapshot. The bytes may come from a peer or a file.
///
/// # Errors
/// [`SnapshotError`] says what does not fit.
pub fn load_snapshot<S: MatchState>(bytes: &[u8]) -> Result<S, SnapshotError> {
    let Some((header, words)) = bytes.split_at_checked(SNAPSHOT_HEADER_BYTES) else {
        return Err(SnapshotError::NotASnapshot);
    };
    if header[..4] != MAGIC {
        return Err(SnapshotError::NotASnapshot);
    }
    let found = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
    if found != STATE_VERSION {
        return Err(SnapshotError::Version {
            found,
            expected: STATE_VERSION,
        });
    }
    let (found, expected) = (read_u64(&header[8..16]), layout_hash::<S>());
    if found != expected {
        return Err(SnapshotError::Layout { found, expected });
    }
    let stated = u32::from_le_bytes([header[16], header[17], header[18], header[19]]) as usize;
    if words.len() != size_of::<S>() || stated != size_of::<S>() {
        return Err(SnapshotError::Length {
            found: bytes.len(),
            expected: snapshot_bytes::<S>(),
        });
    }
    let mut state = S::zeroed();
    copy_words(bytemuck::bytes_of_mut(&mut state), words);
    let (found, expected) = (state.checksum(), read_u64(&header[20..28]));
    if found != expected {
        return Err(SnapshotError::Checksum { found, expected });
    }
    if is_plausible(&state) {
        Ok(state)
    } else {
        Err(SnapshotError::Implausible)
    }
}

/// Values that `step` uses as an index or a counter stay within what a match can reach.
fn is_plausible<S: MatchState>(state: &S) -> bool {
    let players = state.players().iter().all(|player| {
        player.weapon_index < crate::WEAPONS_PER_PLAYER as u32
            && (player.facing == 1 || player.facing == -1)
            && player.burst_count <= 12
            && player.request_frame <= state.frame().0 + 1
            && player.health <= 1_000_000
    });
    let projectiles = state
        .projectiles()
        .all(|(_, projectile)| projectile.owner().index() < S::PLAYER_COUNT);
    // Frames count up and deadlines are added to them: leave room.
    players && projectiles && state.world().phase <= 3 && state.frame().0 < u32::MAX / 2
}

fn read_u64(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

/// Copies 32-bit words between native and little-endian order (the same operation both ways).
fn copy_words(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.chunks_exact_mut(4).zip(from.chunks_exact(4)) {
        to.copy_from_slice(from);
        if cfg!(target_endian = "big") {
            to.reverse();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DuelState, MatchDef, SwarmState};

    #[test]
    fn a_snapshot_comes_back_and_every_flipped_bit_is_refused() {
        let state = DuelState::new(&MatchDef::duel(7));
        let mut bytes = [0; snapshot_bytes::<DuelState>()];
        assert_eq!(save_snapshot(&state, &mut bytes), Ok(bytes.len()));
        assert_eq!(load_snapshot(&bytes), Ok(state));
        for place in 0..bytes.len() {
            bytes[place] ^= 0x10;
            assert!(
                load_snapshot::<DuelState>(&bytes).is_err(),
                "byte {place} was changed and accepted"
            );
            bytes[place] ^= 0x10;
        }
        assert!(matches!(
            load_snapshot::<SwarmState>(&bytes),
            Err(SnapshotError::Layout { .. })
        ));
        assert!(matches!(
            load_snapshot::<DuelState>(&bytes[..99]),
            Err(SnapshotError::Length { .. })
        ));
        assert_eq!(load_snapshot::<DuelState>(&[]), Err(SnapshotError::NotASnapshot));
    }
}
