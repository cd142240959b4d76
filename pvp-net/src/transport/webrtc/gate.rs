//! Decides which signaling messages reach the WebRTC machinery: one peer only, no address of ours if relayed, nothing twice.
//!
//! Must not: await or touch a socket; it is a filter between the signaling connection and `matchbox_socket`.
//!
//! A third visitor of the room never gets a handshake, so it cannot disturb a running match.
//! `matchbox_socket` takes a peer for gone when its *signaling* connection ends; here that is a hint only once the peers are connected.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use matchbox_socket::{PeerEvent, PeerId, PeerRequest, PeerSignal};

/// Largest session description or candidate taken from the other side, in bytes.
const SIGNAL_BYTES_MAX: usize = 16 * 1024;
/// Candidates taken from one peer at most.
const CANDIDATES_MAX: u32 = 64;

/// What went wrong between us and the peer's machine, for the transport to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    Unreachable,
    RoomFull,
    Lost,
    Broken,
}

#[derive(Debug, Default)]
pub(super) struct GateState {
    relay_only: bool,
    has_joined: bool,
    pub(super) peer: Option<PeerId>,
    pub(super) is_connected: bool,
    /// The peer's signaling connection ended after the peers were connected.
    pub(super) peer_left: bool,
    /// Our signaling connection ended.
    pub(super) is_signaling_lost: bool,
    pub(super) trouble: Option<Trouble>,
    /// Other visitors of the room, and what they sent.
    pub(super) turned_away: u64,
    candidates: u32,
}

/// A gate shared between the message loop and the transport.
#[derive(Debug, Clone, Default)]
pub(super) struct Gate(Arc<Mutex<GateState>>);

impl Gate {
    pub(super) fn new(relay_only: bool) -> Self {
        Self(Arc::new(Mutex::new(GateState {
            relay_only,
            ..GateState::default()
        })))
    }

    /// The state holds no invariant across a panic, so poisoning is ignored.
    pub(super) fn lock(&self) -> MutexGuard<'_, GateState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the first trouble; later ones are its consequences.
    pub(super) fn fail(&self, trouble: Trouble) {
        self.lock().trouble.get_or_insert(trouble);
    }
}

impl GateState {
    /// Judges a message from the signaling server.
    pub(super) fn admit(&mut self, event: PeerEvent) -> Option<PeerEvent> {
        match event {
            PeerEvent::IdAssigned(_) if self.has_joined => None,
            PeerEvent::IdAssigned(_) => {
                self.has_joined = true;
                Some(event)
            }
            PeerEvent::NewPeer(id) => self.take(id).then_some(event),
            PeerEvent::PeerLeft(id) => self.admit_leave(id).then_some(event),
            PeerEvent::Signal { sender, data } => {
                if self.peer != Some(sender) && !self.take(sender) {
                    return None;
                }
                let data = self.admit_signal(data)?;
                Some(PeerEvent::Signal { sender, data })
            }
        }
    }

    /// Judges a message to the signaling server.
    pub(super) fn release(&self, request: PeerRequest) -> Option<PeerRequest> {
        let PeerRequest::Signal { receiver, data } = request else {
            return Some(request);
        };
        if self.peer != Some(receiver) {
            return None;
        }
        let data = if self.relay_only { relayed(data)? } else { data };
        Some(PeerRequest::Signal { receiver, data })
    }

    /// Makes `id` the peer if there is none; the first one stays.
    fn take(&mut self, id: PeerId) -> bool {
        if self.peer.is_some() {
            self.turned_away += 1;
            return false;
        }
        self.peer = Some(id);
        self.candidates = 0;
        true
    }

    fn admit_leave(&mut self, id: PeerId) -> bool {
        if self.peer != Some(id) {
            return false;
        }
        if self.is_connected {
            self.peer_left = true;
            return false;
        }
        self.peer = None;
        true
    }

    fn admit_signal(&mut self, data: PeerSignal) -> Option<PeerSignal> {
        let (PeerSignal::Offer(text) | PeerSignal::Answer(text) | PeerSignal::IceCandidate(text)) = &data;
        if text.len() > SIGNAL_BYTES_MAX {
            return None;
        }
        if matches!(data, PeerSignal::IceCandidate(_)) {
            self.candidates += 1;
            if self.candidates > CANDIDATES_MAX {
                return None;
            }
        }
        if self.relay_only { relayed(data) } else { Some(data) }
    }
}

/// Removes every address that is not a relay's; `None` if nothing is left.
fn relayed(data: PeerSignal) -> Option<PeerSignal> {
    match data {
        PeerSignal::IceCandidate(json) => {
            // "null" and an empty candidate end the list and name no address.
            let names_address = json.contains("candidate:");
            let is_relay = json.contains(" typ relay");
            (!names_address || is_relay).then(|| PeerSignal::IceCandidate(without_related_address(&json)))
        }
        PeerSignal::Offer(sdp) => Some(PeerSignal::Offer(relayed_sdp(&sdp))),
        PeerSignal::Answer(sdp) => Some(PeerSignal::Answer(relayed_sdp(&sdp))),
    }
}

fn relayed_sdp(sdp: &str) -> String {
    sdp.split_inclusive('\n')
        .filter(|line| !line.starts_with("a=candidate:") || line.contains(" typ relay"))
        .map(|line| match line.starts_with("c=IN ") {
            // The default address of a stack that already knows one.
            true => "c=IN IP4 0.0.0.0\r\n".to_owned(),
            false => without_related_address(line),
        })
        .collect()
}

/// A relay's candidate says from which address of this machine or its router it was reached; that is taken out.
fn without_related_address(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    for (key, blank) in [(" raddr ", "0.0.0.0"), (" rport ", "0")] {
        let Some(at) = rest.find(key) else { continue };
        let (before, behind) = rest.split_at(at + key.len());
        let end = behind
            .find(|c: char| c.is_whitespace() || c == '"')
            .unwrap_or(behind.len());
        output.push_str(before);
        output.push_str(blank);
        rest = &behind[end..];
    }
    output.push_str(rest);
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = r#"{"candidate":"candidate:1 1 udp 2130706431 10.9.0.1 50000 typ host"}"#;
    const RELAY: &str = r#"{"candidate":"candidate:2 1 udp 16777215 203.0.113.5 60000 typ relay raddr 10.9.0.1 rport 50000","sdpMid":"0"}"#;

    fn id(number: u8) -> PeerId {
        let text = format!("\"00000000-0000-0000-0000-0000000000{number:02x}\"");
        serde_json::from_str(&text).expect("a UUID")
    }

    fn signal(sender: u8, data: PeerSignal) -> PeerEvent {
        PeerEvent::Signal {
            sender: id(sender),
            data,
        }
    }

    fn offer() -> PeerSignal {
        PeerSignal::Offer("v=0".into())
    }

    #[test]
    fn only_the_first_peer_gets_a_handshake() {
        let mut gate = GateState::default();
        assert!(gate.admit(PeerEvent::NewPeer(id(1))).is_some());
        assert!(gate.admit(PeerEvent::NewPeer(id(2))).is_none());
        assert!(gate.admit(signal(2, offer())).is_none());
        assert!(gate.admit(signal(1, offer())).is_some());
        assert!(gate.admit(PeerEvent::PeerLeft(id(2))).is_none());
        assert_eq!(gate.turned_away, 2);
        let answer = PeerRequest::Signal {
            receiver: id(2),
            data: offer(),
        };
        assert!(gate.release(answer).is_none());
    }

    #[test]
    fn a_peer_that_leaves_before_it_is_connected_makes_room() {
        let mut gate = GateState::default();
        assert!(gate.admit(signal(1, offer())).is_some());
        assert!(gate.admit(PeerEvent::PeerLeft(id(1))).is_some());
        assert!(gate.admit(PeerEvent::NewPeer(id(2))).is_some());
    }

    #[test]
    fn a_lost_signaling_connection_of_a_connected_peer_is_only_a_hint() {
        let mut gate = GateState::default();
        gate.admit(PeerEvent::NewPeer(id(1)));
        gate.is_connected = true;
        assert!(gate.admit(PeerEvent::PeerLeft(id(1))).is_none());
        assert!(gate.peer_left);
    }

    #[test]
    fn an_identity_is_passed_on_once() {
        let mut gate = GateState::default();
        assert!(gate.admit(PeerEvent::IdAssigned(id(1))).is_some());
        assert!(gate.admit(PeerEvent::IdAssigned(id(1))).is_none());
    }

    #[test]
    fn floods_and_giants_are_dropped() {
        let mut gate = GateState::default();
        let giant = PeerSignal::Offer("x".repeat(SIGNAL_BYTES_MAX + 1));
        assert!(gate.admit(signal(1, giant)).is_none());
        let candidate = || signal(1, PeerSignal::IceCandidate(HOST.into()));
        let passed = (0..1_000).filter(|_| gate.admit(candidate()).is_some()).count();
        assert_eq!(passed, CANDIDATES_MAX as usize);
    }

    #[test]
    fn relay_only_names_no_address_of_ours_and_takes_none_of_theirs() {
        let mut gate = GateState {
            relay_only: true,
            ..GateState::default()
        };
        gate.admit(PeerEvent::NewPeer(id(1)));
        let to_peer = |data| PeerRequest::Signal { receiver: id(1), data };
        assert!(gate.release(to_peer(PeerSignal::IceCandidate(HOST.into()))).is_none());
        let Some(PeerRequest::Signal {
            data: PeerSignal::IceCandidate(relay),
            ..
        }) = gate.release(to_peer(PeerSignal::IceCandidate(RELAY.into())))
        else {
            panic!("a relay passes")
        };
        assert_eq!(
            relay,
            r#"{"candidate":"candidate:2 1 udp 16777215 203.0.113.5 60000 typ relay raddr 0.0.0.0 rport 0","sdpMid":"0"}"#
        );
        assert!(gate.release(to_peer(PeerSignal::IceCandidate("null".into()))).is_some());
        assert!(gate.admit(signal(1, PeerSignal::IceCandidate(HOST.into()))).is_none());
        let sdp = "v=0\r\nc=IN IP4 10.9.0.1\r\na=candidate:1 1 udp 1 10.9.0.1 5 typ host\r\n\
                   a=candidate:2 1 udp 1 203.0.113.5 6 typ relay raddr 10.9.0.1 rport 7\r\na=end-of-candidates\r\n";
        let Some(PeerRequest::Signal {
            data: PeerSignal::Offer(sdp),
            ..
        }) = gate.release(to_peer(PeerSignal::Offer(sdp.into())))
        else {
            panic!("the offer itself passes")
        };
        assert_eq!(
            sdp,
            "v=0\r\nc=IN IP4 0.0.0.0\r\na=candidate:2 1 udp 1 203.0.113.5 6 typ relay raddr 0.0.0.0 rport 0\r\na=end-of-candidates\r\n"
        );
    }
}
