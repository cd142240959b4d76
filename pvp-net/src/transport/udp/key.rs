//! The secret two players share before a match, and the keys derived from it.
//!
//! Must not: show a secret in a log; `Debug` hides it.

use std::fmt;

const PHRASE_CONTEXT: &str = "pvp-net 2026-11 udp room key from a phrase";
const HELLO_CONTEXT: &str = "pvp-net 2026-11 udp hello authentication, second version";
const PROBE_CONTEXT: &str = "pvp-net 2026-11 udp size probe authentication";
const DATA_CONTEXT: &str = "pvp-net 2026-11 udp data keys, second version";

/// The pre-shared secret of a room: who has it may play, everybody else is noise.
///
/// Give it to the other player on a channel you trust; use a new one for each match or evening.
#[derive(Clone, PartialEq, Eq)]
pub struct RoomKey([u8; 32]);

impl RoomKey {
    /// The key from 32 secret bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key from a phrase.
    ///
    /// The phrase is hashed once, not stretched: a phrase that can be guessed (a word, a short code) protects against accidents, not against an attacker who records packets.
    #[must_use]
    pub fn from_phrase(phrase: &str) -> Self {
        Self(blake3::derive_key(PHRASE_CONTEXT, phrase.as_bytes()))
    }

    /// A fresh key from the operating system's random source.
    ///
    /// # Errors
    /// [`EntropyError`] if the system has none.
    pub fn generate() -> Result<Self, EntropyError> {
        random_bytes().map(Self)
    }

    /// The secret bytes, to hand to the other player.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0
    }

    pub(super) fn hello_key(&self) -> [u8; 32] {
        blake3::derive_key(HELLO_CONTEXT, &self.0)
    }

    pub(super) fn probe_key(&self) -> [u8; 32] {
        blake3::derive_key(PROBE_CONTEXT, &self.0)
    }

    pub(super) fn data_key(&self) -> [u8; 32] {
        blake3::derive_key(DATA_CONTEXT, &self.0)
    }
}

impl fmt::Debug for RoomKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoomKey(hidden)")
    }
}

/// The operating system gave no random bytes; nothing secure can be set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct EntropyError;

/// Bits that nobody can foresee, for [`SessionConfig::entropy`](crate::SessionConfig::entropy).
///
/// # Errors
/// [`EntropyError`] if the system has none.
pub fn entropy() -> Result<u64, EntropyError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| EntropyError)?;
    Ok(u64::from_le_bytes(bytes))
}

pub(super) fn random_bytes() -> Result<[u8; 32], EntropyError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| EntropyError)?;
    Ok(bytes)
}
