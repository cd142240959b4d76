//! Owns the target `udp`: any bytes are a history of two UDP endpoints, with a holder of the room's phrase in between.

/// Plays the history; see [`pvp_net::hostile::attack_udp`].
///
/// # Panics
///
/// When an answer is larger than its cause, or the two do not meet once the network is honest.
pub fn run(bytes: &[u8]) {
    pvp_net::hostile::attack_udp(bytes);
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_corpus_holds() {
        assert!(crate::replay::replay("udp", super::run) > 0);
    }
}
