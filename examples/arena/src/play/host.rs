//! Owns the signaling server that a hosting player starts along with the game.
//! Must not serve for others than the settings name: a server elsewhere is somebody else's to run.

use pvp_net::signaling::{SignalingServer, SignalingServerError};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

/// Makes sure that rooms can be opened at the addresses of this machine in a list; servers elsewhere are taken to run.
///
/// It listens on every address of the machine, so that others on the same network can join.
///
/// # Errors
/// A sentence for the player if a port cannot be used.
pub(super) fn serve(signaling_urls: &str) -> Result<(), String> {
    signaling_urls.split(',').filter_map(own_port).try_for_each(serve_port)
}

fn serve_port(port: u16) -> Result<(), String> {
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port);
    let server = match SignalingServer::bind(address) {
        Ok(server) => server,
        // Another game on this machine serves already.
        Err(SignalingServerError::AddressInUse { .. }) => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    let run = move || {
        if let Err(error) = server.run() {
            tracing::warn!(%error, "the signaling server ended");
        }
    };
    std::thread::Builder::new()
        .name("signaling".to_owned())
        .spawn(run)
        .map(drop)
        .map_err(|error| format!("no thread for the signaling server: {error}"))
}

/// How somebody else comes into the room, in words.
pub(super) fn invitation(signaling_urls: &str, code: &str) -> Vec<String> {
    let urls: Vec<&str> = signaling_urls.split(',').map(str::trim).collect();
    if urls.iter().all(|url| own_port(url).is_none()) {
        return vec![format!(
            "the other player types: arena join {code} --signal {}",
            urls.join(",")
        )];
    }
    let mut lines = vec![format!("on this machine: arena join {code}")];
    if let Some(address) = address_in_network() {
        let seen = urls.iter().map(|url| match own_port(url) {
            Some(port) => format!("ws://{address}:{port}"),
            None => (*url).to_owned(),
        });
        let seen = seen.collect::<Vec<_>>().join(",");
        lines.push(format!("on another one: arena join {code} --signal {seen}"));
    }
    lines
}

/// The address that others on the same network see. Nothing is sent to find it out.
fn address_in_network() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // An address for examples, which nobody has.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

/// The port, if the address is this machine's.
fn own_port(url: &str) -> Option<u16> {
    let rest = url.trim().strip_prefix("ws://")?;
    let host = rest.split('/').next()?;
    let (name, port) = host.rsplit_once(':')?;
    let is_own = matches!(name, "127.0.0.1" | "localhost" | "[::1]" | "0.0.0.0");
    is_own.then(|| port.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_served() {
        assert_eq!(own_port("ws://127.0.0.1:3536"), Some(3536));
        assert_eq!(own_port("ws://localhost:1/room"), Some(1));
        assert_eq!(own_port("ws://192.168.1.4:3536"), None);
        assert_eq!(own_port("wss://127.0.0.1:3536"), None);
        assert_eq!(own_port("ws://127.0.0.1"), None);
        assert!(invitation("ws://localhost:7", "AB")[0].ends_with("arena join AB"));
        let [elsewhere] = &invitation("wss://signal.example.org", "AB")[..] else {
            panic!("one line");
        };
        assert!(elsewhere.ends_with("--signal wss://signal.example.org"), "{elsewhere}");
        assert_eq!(serve("wss://signal.example.org,wss://other.example.org"), Ok(()));
        let [here, ..] = &invitation("ws://localhost:7, wss://signal.example.org", "AB")[..] else {
            panic!("a line");
        };
        assert!(here.ends_with("arena join AB"), "{here}");
    }
}
