//! Owns the secret of a UDP room: the one that the user gave, or one made for this match and shown.
//! Must not fall back to anything that a stranger could know.

use crate::terminal::terminal;
use pvp_net::transport::udp::{EntropyError, RoomKey};

/// Random letters of a secret: a hundred bits, at five a letter.
const LETTER_COUNT: usize = 20;

/// What both sides of a UDP match must know.
pub(super) struct RoomSecret {
    text: String,
    is_new: bool,
}

impl RoomSecret {
    /// The secret that was given, or a fresh one.
    pub(super) fn new(given: Option<String>) -> Result<RoomSecret, EntropyError> {
        let is_new = given.is_none();
        let text = match given {
            Some(text) => text,
            None => spell(RoomKey::generate()?.to_bytes()),
        };
        Ok(RoomSecret { text, is_new })
    }

    pub(super) fn key(&self) -> RoomKey {
        RoomKey::from_phrase(&self.text)
    }

    /// Says a fresh secret, for the other side; one that was given is known there and stays unsaid.
    pub(super) fn tell(&self) {
        if self.is_new {
            let text = &self.text;
            terminal().tell(&format!(
                "room key    {text} (new, and needed on the other side: --room-key {text})\n"
            ));
        }
    }
}

/// Letters and digits that are not taken for each other, in groups to read aloud.
fn spell(random: [u8; 32]) -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let letter = |&byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
    let groups = random[..LETTER_COUNT].chunks(5);
    groups
        .map(|group| group.iter().map(letter).collect())
        .collect::<Vec<String>>()
        .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_nobody_gave_is_another_each_time() {
        let made: Vec<_> = (0..50).map(|_| RoomSecret::new(None).expect("random bytes")).collect();
        for (index, secret) in made.iter().enumerate() {
            assert!(secret.is_new);
            assert_eq!(secret.text.len(), LETTER_COUNT + 3, "{}", secret.text);
            assert!(made[..index].iter().all(|earlier| earlier.key() != secret.key()));
        }
    }

    #[test]
    fn a_secret_that_was_given_is_the_key() {
        let secret = RoomSecret::new(Some("a phrase of ours".to_owned())).expect("nothing random is needed");
        assert!(!secret.is_new && secret.key() == RoomKey::from_phrase("a phrase of ours"));
    }
}
