//! Decides which signaling messages reach the WebRTC machinery: one peer only, nothing unread, no address of ours if relayed.
//!
//! Must not: await or touch a socket; it is a filter between the signaling connection and `matchbox_socket`.
//!
//! A third visitor of the room never gets a handshake, so it cannot disturb a running match.
//! A stranger that sends junk loses its place as the peer for good, and the machinery begins anew with the next visitor.
//! `matchbox_socket` takes a peer for gone when its *signaling* connection ends; here that is a hint only once the peers are connected.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use matchbox_socket::{PeerEvent, PeerId, PeerRequest, PeerSignal};
use serde::Deserialize;

use super::description::{Description, Half, rewrite_candidate};
use super::socket::Socket;
use crate::room::RoomRefusal;

/// Candidates taken from one peer at most.
const CANDIDATES_MAX: u32 = 64;
/// Descriptions taken from one peer at most; a handshake needs one.
const DESCRIPTIONS_MAX: u32 = 4;
/// Visitors remembered for what they sent; the room holds one other at a time.
const BANNED_MAX: usize = 16;
/// So many panics of the machinery and it is this machine that is to blame; a page catches none.
#[cfg(not(target_arch = "wasm32"))]
const PANICS_MAX: u32 = 8;

/// What went wrong between us and the peer's machine, for the transport to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    Unreachable,
    Refused(RoomRefusal),
    #[cfg_attr(
        target_arch = "wasm32",
        expect(dead_code, reason = "a page is not told why it cannot connect")
    )]
    NoSignaling {
        status: u16,
    },
    Lost,
    /// No connection can begin on this machine.
    NoMulticast,
    Broken,
}

#[derive(Debug, Default)]
pub(super) struct GateState {
    relay_only: bool,
    /// Who we are in the room.
    pub(super) own_id: Option<PeerId>,
    pub(super) peer: Option<PeerId>,
    pub(super) is_connected: bool,
    /// The peer's signaling connection ended after the peers were connected.
    pub(super) peer_left: bool,
    /// Our signaling connection ended.
    pub(super) is_signaling_lost: bool,
    pub(super) trouble: Option<Trouble>,
    /// Other visitors of the room, and what they sent.
    pub(super) turned_away: u64,
    /// Handshakes given up because of what the other side did.
    pub(super) handshakes_abandoned: u64,
    /// A description of the peer was read.
    has_description: bool,
    candidates: u32,
    descriptions: u32,
    banned: VecDeque<PeerId>,
    /// The machinery holds a handshake that leads nowhere: it must end, and another one begin.
    pub(super) must_restart: bool,
    /// The signaling connection between two machineries.
    pub(super) parked: Option<Socket>,
    /// How often the machinery panicked.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) panics: u32,
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

/// What can be read of a message whose content cannot.
#[derive(Deserialize)]
enum Unreadable {
    Signal { sender: PeerId },
}

impl GateState {
    /// Judges a message from the signaling server.
    pub(super) fn admit_text(&mut self, text: &str) -> Option<PeerEvent> {
        if let Ok(event) = serde_json::from_str(text) {
            return self.admit(event);
        }
        if let Ok(Unreadable::Signal { sender }) = serde_json::from_str(text)
            && (self.peer == Some(sender) || self.take(sender))
        {
            self.abandon();
        }
        None
    }

    fn admit(&mut self, event: PeerEvent) -> Option<PeerEvent> {
        match event {
            PeerEvent::IdAssigned(_) if self.own_id.is_some() => None,
            PeerEvent::IdAssigned(id) => {
                self.own_id = Some(id);
                Some(event)
            }
            PeerEvent::NewPeer(id) => self.take(id).then_some(event),
            PeerEvent::PeerLeft(id) => {
                self.note_leave(id);
                None
            }
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

    /// Whether the machinery ended only so that another one can begin.
    pub(super) fn can_restart(&self) -> bool {
        self.must_restart && self.trouble.is_none() && !self.is_connected && !self.is_signaling_lost
    }

    /// Another machinery begins.
    pub(super) fn restart(&mut self) {
        self.must_restart = false;
    }

    /// Whether the peer has not said anything that can be used.
    pub(super) fn is_peer_mute(&self) -> bool {
        self.peer.is_some() && !self.has_description
    }

    /// The machinery panicked: whoever it talked to is not talked to again.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn note_panic(&mut self) {
        self.panics += 1;
        if self.panics >= PANICS_MAX || self.is_connected || self.peer.is_none() {
            self.trouble.get_or_insert(Trouble::Broken);
        } else {
            self.abandon();
        }
    }

    /// The peer is none: it keeps its place in the room, and is not listened to any more.
    pub(super) fn abandon(&mut self) {
        if self.is_connected {
            return;
        }
        if let Some(peer) = self.peer.take() {
            tracing::debug!("a visitor of the room is no peer");
            self.handshakes_abandoned += 1;
            if self.banned.len() == BANNED_MAX {
                self.banned.pop_front();
            }
            self.banned.push_back(peer);
        }
        self.must_restart = true;
    }

    /// Makes `id` the peer if there is none; the first one stays.
    fn take(&mut self, id: PeerId) -> bool {
        if self.peer.is_some() || self.banned.contains(&id) {
            self.turned_away += 1;
            return false;
        }
        self.peer = Some(id);
        self.has_description = false;
        (self.candidates, self.descriptions) = (0, 0);
        true
    }

    fn note_leave(&mut self, id: PeerId) {
        self.banned.retain(|banned| *banned != id);
        if self.peer != Some(id) {
            return;
        }
        if self.is_connected {
            self.peer_left = true;
            return;
        }
        // The machinery would keep its half of the handshake, sockets included, for ever.
        self.peer = None;
        self.must_restart = true;
    }

    fn admit_signal(&mut self, data: PeerSignal) -> Option<PeerSignal> {
        let (half, text) = match &data {
            PeerSignal::IceCandidate(message) => {
                self.candidates = self.candidates.saturating_add(1);
                if self.candidates > CANDIDATES_MAX {
                    return None;
                }
                return rewrite_candidate(message, self.relay_only).map(PeerSignal::IceCandidate);
            }
            PeerSignal::Offer(text) => (Half::Offer, text),
            PeerSignal::Answer(text) => (Half::Answer, text),
        };
        self.descriptions = self.descriptions.saturating_add(1);
        let description = Description::parse(text, half);
        let Some(description) = description.filter(|_| self.descriptions <= DESCRIPTIONS_MAX) else {
            self.abandon();
            return None;
        };
        self.has_description = true;
        let description = if self.relay_only {
            description.relayed()
        } else {
            description
        };
        Some(match half {
            Half::Offer => PeerSignal::Offer(description.to_sdp()),
            Half::Answer => PeerSignal::Answer(description.to_sdp()),
        })
    }
}

/// Takes every address that is not a relay's out of what this side sends; `None` if nothing is left.
fn relayed(data: PeerSignal) -> Option<PeerSignal> {
    let rewrite = |text: &str, half| Some(Description::parse(text, half)?.relayed().to_sdp());
    match data {
        PeerSignal::IceCandidate(message) => rewrite_candidate(&message, true).map(PeerSignal::IceCandidate),
        PeerSignal::Offer(text) => rewrite(&text, Half::Offer).map(PeerSignal::Offer),
        PeerSignal::Answer(text) => rewrite(&text, Half::Answer).map(PeerSignal::Answer),
    }
}

#[cfg(test)]
mod tests {
    use super::super::description::tests::{CHROME, RELAY};
    use super::*;

    const HOST: &str = r#"{"candidate":"candidate:1 1 udp 2130706431 10.9.0.1 50000 typ host"}"#;

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
        PeerSignal::Offer(CHROME.into())
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
        assert!(!gate.can_restart());
        assert!(gate.admit(PeerEvent::PeerLeft(id(1))).is_none());
        assert!(gate.can_restart(), "its half of a handshake is dropped");
        gate.restart();
        assert!(gate.admit(PeerEvent::NewPeer(id(2))).is_some());
    }

    #[test]
    fn a_stranger_that_sends_junk_is_no_peer_any_more_and_the_next_visitor_is() {
        let junk = [
            r#"{"Offer":"v=0"}"#,
            r#"{"Answer":""}"#,
            r#"{"Answer":7}"#,
            r#"{"What":"is this"}"#,
            "null",
            "[[[[]]]]",
        ];
        for data in junk {
            let mut gate = GateState::default();
            gate.admit(PeerEvent::NewPeer(id(1)));
            let text = format!(r#"{{"Signal":{{"sender":"{}","data":{data}}}}}"#, id(1).0);
            assert!(gate.admit_text(&text).is_none(), "{data}");
            assert!(gate.can_restart(), "{data}");
            gate.restart();
            assert!(gate.admit(signal(1, offer())).is_none(), "it had its chance");
            assert!(gate.admit(signal(2, offer())).is_some());
            assert_eq!(gate.peer, Some(id(2)));
        }
        let mut gate = GateState::default();
        for junk in ["", "null", "{}", r#"{"Signal":{"sender":1}}"#, r#"{"NewPeer":0}"#] {
            assert!(gate.admit_text(junk).is_none());
        }
        assert!(!gate.must_restart && gate.peer.is_none());
    }

    #[test]
    fn junk_after_the_handshake_disturbs_nothing() {
        let mut gate = GateState::default();
        gate.admit(signal(1, offer()));
        gate.is_connected = true;
        assert!(gate.admit(signal(1, PeerSignal::Answer("junk".into()))).is_none());
        assert!(!gate.must_restart);
        assert_eq!(gate.peer, Some(id(1)));
    }

    #[test]
    fn a_machinery_that_panics_begins_anew_until_this_machine_is_to_blame() {
        let mut gate = GateState::default();
        for panic in 1..=PANICS_MAX {
            gate.admit(PeerEvent::NewPeer(id(panic as u8)));
            gate.note_panic();
            assert_eq!(gate.can_restart(), panic < PANICS_MAX);
            gate.restart();
        }
        assert_eq!(gate.trouble, Some(Trouble::Broken));
    }

    #[test]
    fn a_lost_signaling_connection_of_a_connected_peer_is_only_a_hint() {
        let mut gate = GateState::default();
        gate.admit(PeerEvent::NewPeer(id(1)));
        gate.is_connected = true;
        assert!(gate.admit(PeerEvent::PeerLeft(id(1))).is_none());
        assert!(gate.peer_left && !gate.must_restart);
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
        let candidate = || signal(1, PeerSignal::IceCandidate(HOST.into()));
        let passed = (0..1_000).filter(|_| gate.admit(candidate()).is_some()).count();
        assert_eq!(passed, CANDIDATES_MAX as usize);
        let passed = (0..1_000).filter(|_| gate.admit(signal(1, offer())).is_some()).count();
        assert_eq!(passed, DESCRIPTIONS_MAX as usize);
        for stranger in 0..=255 {
            gate.admit(signal(stranger, PeerSignal::Offer("x".repeat(100_000))));
        }
        assert!(gate.banned.len() <= BANNED_MAX);
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
        assert!(
            relay.contains("203.0.113.5 60000 typ relay raddr 0.0.0.0 rport 0"),
            "{relay}"
        );
        assert!(gate.release(to_peer(PeerSignal::IceCandidate("null".into()))).is_some());
        assert!(gate.admit(signal(1, PeerSignal::IceCandidate(HOST.into()))).is_none());
        let sdp = format!(
            "{CHROME}c=IN IP4 10.9.0.1\r\na=candidate:1 1 udp 1 10.9.0.1 5 typ host\r\n\
             a=candidate:2 1 udp 1 203.0.113.5 6 typ relay raddr 10.9.0.1 rport 7\r\na=end-of-candidates\r\n"
        );
        let Some(PeerRequest::Signal {
            data: PeerSignal::Offer(sdp),
            ..
        }) = gate.release(to_peer(PeerSignal::Offer(sdp)))
        else {
            panic!("the offer itself passes")
        };
        assert!(!sdp.contains("10.9.0.1"), "{sdp}");
        assert!(sdp.contains("203.0.113.5 6 typ relay raddr 0.0.0.0 rport 0"), "{sdp}");
    }
}
