//! `arena signal`: the server where two players meet before they talk directly.
//!
//! Must not: see anything of a match; it only introduces two visitors of a room to each other.

use std::net::SocketAddr;

use pvp_net::signaling::{SignalingLimits, SignalingServer, SignalingServerError, raise_descriptor_limit};

/// Why the signaling server could not start or go on.
pub type SignalError = SignalingServerError;

/// Descriptors of the process that are no visitor's.
const OTHER_DESCRIPTORS: u64 = 40;

/// Serves rooms of two at `bind` until the process ends; `ready` is told the address once it can be used (port 0 takes any free port).
///
/// # Errors
/// The address is taken or not ours, or the listening socket broke.
pub fn run(bind: SocketAddr, limits: SignalingLimits, ready: impl FnOnce(SocketAddr)) -> Result<(), SignalError> {
    let wanted = u64::from(limits.visitors_max) + OTHER_DESCRIPTORS;
    if let Some(granted) = raise_descriptor_limit().filter(|granted| *granted < wanted) {
        tracing::warn!(
            "the system grants {granted} descriptors, too few for {} visitors: those beyond will be refused (see `ulimit -n`)",
            limits.visitors_max
        );
    }
    let server = SignalingServer::bind_with(bind, limits)?;
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
        let error = run(address, SignalingLimits::default(), |_| {
            unreachable!("the port is taken")
        })
        .expect_err("taken");
        assert_eq!(error, SignalError::AddressInUse { address });
        assert!(error.to_string().contains("choose another port"), "{error}");
    }
}
