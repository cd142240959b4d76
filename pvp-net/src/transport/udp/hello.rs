//! The bytes of a hello: how an endpoint introduces itself to whoever has the room key.
//!
//! Must not: decide anything, or show a field before the packet's authentication has been checked.

use super::tunnel::KIND_HELLO;

pub(super) const KEY_BYTES: usize = 32;
pub(super) const TOKEN_BYTES: usize = 8;
const MAC_BYTES: usize = 16;
/// kind, public key, token, echo, next packet number.
const CLAIM_BYTES: usize = 1 + KEY_BYTES + 2 * TOKEN_BYTES + 8;
const PROVED_BYTES: usize = CLAIM_BYTES + MAC_BYTES;
/// The claim, its proof (zeros if there is none), its authentication with the room key.
pub(super) const HELLO_BYTES: usize = PROVED_BYTES + MAC_BYTES;

/// Bytes that only their maker can tell, to be repeated by whoever has received them.
pub(super) type Token = [u8; TOKEN_BYTES];

/// What a hello says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hello {
    /// The sender's public key.
    pub(super) public: [u8; KEY_BYTES],
    /// The sender's token.
    pub(super) token: Token,
    /// The receiver's token as far as the sender knows it.
    pub(super) echo: Token,
    /// The number of the next packet that the sender seals.
    pub(super) next_number: u64,
}

impl Hello {
    /// The packet; with `proving`, the key that only these two key pairs give, it carries a proof.
    pub(super) fn write(&self, room: &[u8; 32], proving: Option<&[u8; 32]>) -> [u8; HELLO_BYTES] {
        let mut packet = [0; HELLO_BYTES];
        packet[0] = KIND_HELLO;
        let fields: [&[u8]; 4] = [&self.public, &self.token, &self.echo, &self.next_number.to_le_bytes()];
        let mut at = 1;
        for field in fields {
            packet[at..at + field.len()].copy_from_slice(field);
            at += field.len();
        }
        if let Some(key) = proving {
            let proof = mac(key, &packet[..CLAIM_BYTES]);
            packet[CLAIM_BYTES..PROVED_BYTES].copy_from_slice(&proof);
        }
        let mac = mac(room, &packet[..PROVED_BYTES]);
        packet[PROVED_BYTES..].copy_from_slice(&mac);
        packet
    }

    /// What the packet says, if someone with the room key made it.
    pub(super) fn read(packet: &[u8; HELLO_BYTES], room: &[u8; 32]) -> Option<Self> {
        if !has_mac(room, &packet[..PROVED_BYTES], &packet[PROVED_BYTES..]) {
            return None;
        }
        let (public, rest) = packet[1..].split_first_chunk()?;
        let (token, rest) = rest.split_first_chunk()?;
        let (echo, rest) = rest.split_first_chunk()?;
        let (number, _) = rest.split_first_chunk()?;
        Some(Self {
            public: *public,
            token: *token,
            echo: *echo,
            next_number: u64::from_le_bytes(*number),
        })
    }

    /// Whether there is a proof to check.
    pub(super) fn claims_proof(packet: &[u8; HELLO_BYTES]) -> bool {
        packet[CLAIM_BYTES..PROVED_BYTES] != [0; MAC_BYTES]
    }

    /// Whether the sender has the key pair it names.
    pub(super) fn has_proof(packet: &[u8; HELLO_BYTES], checking: &[u8; 32]) -> bool {
        has_mac(checking, &packet[..CLAIM_BYTES], &packet[CLAIM_BYTES..PROVED_BYTES])
    }
}

/// The short authentication code of `bytes`.
pub(super) fn mac(key: &[u8; 32], bytes: &[u8]) -> [u8; MAC_BYTES] {
    let mut mac = [0; MAC_BYTES];
    mac.copy_from_slice(&blake3::keyed_hash(key, bytes).as_bytes()[..MAC_BYTES]);
    mac
}

/// Whether `claimed` is the code of `bytes`; how long that takes does not tell how near it is.
pub(super) fn has_mac(key: &[u8; 32], bytes: &[u8], claimed: &[u8]) -> bool {
    // Digests are compared, so what a comparison's duration could tell says nothing about the code itself.
    blake3::hash(&mac(key, bytes)) == blake3::hash(claimed)
}
