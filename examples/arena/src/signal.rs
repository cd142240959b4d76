//! `arena signal`: the server where two players meet before they talk directly.
//!
//! Must not: see anything of a match; it only introduces two visitors of a room to each other.

use std::net::SocketAddr;

use pvp_net::signaling::{SignalingServer, SignalingServerError};

/// Why the signaling server could not start or go on.
pub type SignalError = SignalingServerError;

/// Serves rooms of two at `bind` until the process ends; `ready` is told the address once it can be used (port 0 takes any free port).
///
/// # Errors
/// The address is taken or not ours, or the listening socket broke.
pub fn run(bind: SocketAddr, ready: impl FnOnce(SocketAddr)) -> Result<(), SignalError> {
    let server = SignalingServer::bind(bind)?;
    ready(server.local_address());
    server.run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_occupied_port_is_one_clear_sentence() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = taken.local_addr().expect("bound");
        let error = run(address, |_| unreachable!("the port is taken")).expect_err("taken");
        assert_eq!(error, SignalError::AddressInUse { address });
        assert!(error.to_string().contains("choose another port"), "{error}");
    }
}
