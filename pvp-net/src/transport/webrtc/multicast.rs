//! Owns the question whether the WebRTC stack can begin on this machine's networks.
//! Must not send or receive anything.

#[cfg(not(target_arch = "wasm32"))]
use std::net::{Ipv4Addr, UdpSocket};

/// Where the names are asked for that browsers give instead of their addresses.
#[cfg(not(target_arch = "wasm32"))]
const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);

/// Whether the stack can listen for such names: `webrtc` 0.21 gives every connection up without.
///
/// Which interface that is follows from the routes, and a network without a router may have none that fits.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn is_usable() -> bool {
    can_join(Ipv4Addr::UNSPECIFIED)
}

/// A browser sees to that itself.
#[cfg(target_arch = "wasm32")]
pub(super) fn is_usable() -> bool {
    true
}

#[cfg(not(target_arch = "wasm32"))]
fn can_join(interface: Ipv4Addr) -> bool {
    match UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)) {
        Ok(socket) => socket.join_multicast_v4(&GROUP, &interface).is_ok(),
        // Not for want of a route: what it is shows elsewhere.
        Err(_) => true,
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn a_network_that_is_not_there_cannot_be_used() {
        // Reserved for documentation, so no interface has it.
        assert!(!can_join(Ipv4Addr::new(192, 0, 2, 1)));
        assert!(can_join(Ipv4Addr::LOCALHOST));
    }
}
