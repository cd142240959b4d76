//! Owns snapshots that leave the process: a header that names version, layout, length and checksum, then the state's words.
//! Must not restore anything it did not verify. (Inside the process a snapshot is a plain copy of the state.)

use crate::checksum;
use crate::content::Content;
use crate::math::{Fx, Vec2};
use crate::modifier::{ModKind, Modifier};
use crate::state::{MatchState, Player, WEAPONS_PER_PLAYER};
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

/// Values that `step` counts, indexes or multiplies with stay within what a match can reach.
fn is_plausible<S: MatchState>(state: &S) -> bool {
    let world = state.world();
    // Frames count up and deadlines are added to them: leave room.
    let counts = world.frame < u32::MAX / 2 && world.round < u32::MAX / 2 && world.phase <= 3;
    let modifiers = world.modifiers.iter().all(|modifier| {
        let is_free = *modifier == Modifier::default();
        let is_known = modifier.kind < ModKind::ALL.len() as u32 && (32..=2048).contains(&modifier.factor);
        let ends = world.frame..=world.frame.saturating_add(Content::MOD_FRAMES_MAX.into());
        is_free || (is_known && ends.contains(&modifier.end_frame))
    });
    let projectiles = state.projectiles().all(|(_, projectile)| {
        let place = projectile.position;
        projectile.owner().index() < S::PLAYER_COUNT
            && place.clamp(Vec2::ZERO, Vec2::splat(Fx::from_int(64))) == place
            && projectile.velocity.length() <= Fx::from_int(65)
    });
    let players = state
        .players()
        .iter()
        .all(|player| is_plausible_player(player, world.frame));
    counts && modifiers && projectiles && players
}

fn is_plausible_player(player: &Player, frame: u32) -> bool {
    player.weapon_index < WEAPONS_PER_PLAYER as u32
        && (player.facing == 1 || player.facing == -1)
        && player.burst_count <= 12
        && player.request_frame <= frame.saturating_add(1)
        && player.rounds_won < u32::MAX / 2
        && (0..=1_000_000).contains(&player.health)
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

    type Bytes = [u8; snapshot_bytes::<DuelState>()];

    fn saved(state: &DuelState) -> Bytes {
        let mut bytes = [0; snapshot_bytes::<DuelState>()];
        assert_eq!(save_snapshot(state, &mut bytes), Ok(bytes.len()));
        bytes
    }

    fn start() -> DuelState {
        DuelState::new(&MatchDef::duel(7))
    }

    fn load(bytes: &[u8]) -> Result<DuelState, SnapshotError> {
        load_snapshot(bytes)
    }

    #[test]
    fn a_snapshot_comes_back_and_every_flipped_bit_is_refused() {
        let mut bytes = saved(&start());
        assert_eq!(load(&bytes), Ok(start()));
        for place in 0..bytes.len() {
            for bit in 0..8 {
                bytes[place] ^= 1 << bit;
                assert!(
                    load(&bytes).is_err(),
                    "bit {bit} of byte {place} was changed and accepted"
                );
                bytes[place] ^= 1 << bit;
            }
        }
    }

    #[test]
    fn another_version_is_refused_before_anything_else_is_read() {
        for found in [0, STATE_VERSION + 1, u32::MAX] {
            let mut bytes = saved(&start());
            bytes[4..8].copy_from_slice(&found.to_le_bytes());
            let expected = Err(SnapshotError::Version {
                found,
                expected: STATE_VERSION,
            });
            assert_eq!(load(&bytes), expected);
            // Nothing behind the version is trusted: not the layout, not the length.
            assert_eq!(load(&bytes[..SNAPSHOT_HEADER_BYTES]), expected);
        }
    }

    #[test]
    fn another_layout_is_refused() {
        let bytes = saved(&start());
        let expected = SnapshotError::Layout {
            found: layout_hash::<DuelState>(),
            expected: layout_hash::<SwarmState>(),
        };
        assert_eq!(load_snapshot::<SwarmState>(&bytes).err(), Some(expected));
        let mut bytes = bytes;
        bytes[8..16].copy_from_slice(&1_u64.to_le_bytes());
        let expected = layout_hash::<DuelState>();
        assert_eq!(load(&bytes), Err(SnapshotError::Layout { found: 1, expected }));
    }

    #[test]
    fn another_length_is_refused() {
        let bytes = saved(&start());
        let expected = bytes.len();
        for found in SNAPSHOT_HEADER_BYTES..expected {
            assert_eq!(load(&bytes[..found]), Err(SnapshotError::Length { found, expected }));
        }
        let mut longer = [0; snapshot_bytes::<DuelState>() + 4];
        longer[..expected].copy_from_slice(&bytes);
        let found = longer.len();
        assert_eq!(load(&longer), Err(SnapshotError::Length { found, expected }));
        // A header that lies about the length.
        let mut lying = bytes;
        lying[16..20].copy_from_slice(&4_u32.to_le_bytes());
        assert!(matches!(load(&lying), Err(SnapshotError::Length { .. })));
        // No room to save into.
        let mut small = [0; snapshot_bytes::<DuelState>() - 1];
        let found = small.len();
        assert_eq!(
            save_snapshot(&start(), &mut small),
            Err(SnapshotError::Length { found, expected })
        );
    }

    #[test]
    fn a_wrong_checksum_is_refused() {
        let mut bytes = saved(&start());
        let expected = start().checksum() ^ 1;
        bytes[20..28].copy_from_slice(&expected.to_le_bytes());
        let found = start().checksum();
        assert_eq!(load(&bytes), Err(SnapshotError::Checksum { found, expected }));
        let mut bytes = saved(&start());
        bytes[SNAPSHOT_HEADER_BYTES] ^= 1;
        assert!(matches!(load(&bytes), Err(SnapshotError::Checksum { .. })));
    }

    #[test]
    fn what_is_no_snapshot_is_refused() {
        let bytes = saved(&start());
        for length in 0..SNAPSHOT_HEADER_BYTES {
            assert_eq!(load(&bytes[..length]), Err(SnapshotError::NotASnapshot));
        }
        let mut other = bytes;
        other[..4].copy_from_slice(b"PNG\r");
        assert_eq!(load(&other), Err(SnapshotError::NotASnapshot));
    }

    #[test]
    fn an_intact_snapshot_of_an_impossible_state_is_refused() {
        let refused = |change: fn(&mut crate::state::Parts<'_>)| {
            let mut state = start();
            change(&mut crate::state::Sealed::parts(&mut state));
            load(&saved(&state)) == Err(SnapshotError::Implausible)
        };
        assert!(refused(|parts| parts.players[1].weapon_index = 4));
        assert!(refused(|parts| parts.players[0].facing = 0));
        assert!(refused(|parts| parts.players[0].health = i32::MAX));
        assert!(refused(|parts| parts.players[0].burst_count = 13));
        assert!(refused(|parts| parts.players[0].request_frame = 2));
        assert!(refused(|parts| parts.players[0].rounds_won = u32::MAX));
        assert!(refused(|parts| parts.world.phase = 4));
        assert!(refused(|parts| parts.world.round = u32::MAX));
        assert!(refused(|parts| parts.world.modifiers[3].factor = 31));
        assert!(refused(|parts| parts.world.frame = u32::MAX));
        assert!(refused(|parts| {
            parts.live[0] = 1;
            parts.projectiles[0].tags = 2;
        }));
        assert!(refused(|parts| {
            parts.live[1] = 1 << 31;
            parts.projectiles[63].velocity.x = Fx::MIN;
        }));
        assert!(!refused(|parts| parts.players[0].health = 1));
    }
}
