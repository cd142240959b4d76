//! Owns the target `wire`: any bytes are a packet of a session, or are refused; the reader holds the session's key, as a cheating peer does.

/// Reads the bytes raw, or builds a true datagram from them and alters it.
///
/// # Panics
///
/// When a true datagram does not read back.
pub fn run(bytes: &[u8]) {
    match bytes.split_first() {
        Some((&kind, rest)) if kind % 2 == 1 => pvp_net::hostile::build_and_decode(rest),
        Some((_, rest)) => pvp_net::hostile::decode(rest),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_corpus_holds() {
        assert!(crate::replay::replay("wire", super::run) > 0);
    }
}
