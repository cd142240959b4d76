//! The signaling connection behind the gate, for `matchbox_socket`.
//!
//! Must not: end while a peer is at hand; a lost signaling connection then only means that nobody new can come.

use std::sync::Arc;
use std::time::Duration;

use futures_timer::Delay;
use futures_util::future::{Either, select};
use matchbox_socket::async_trait::async_trait;
use matchbox_socket::{PeerEvent, PeerId, PeerRequest, SignalingError, Signaller, SignallerBuilder};

use super::gate::{Gate, Trouble};
use super::multicast;
use super::socket::{Incoming, Socket};
use crate::room::RoomRefusal;
use crate::transport::backoff::Backoff;

/// How long one attempt to reach the signaling server may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause before the second attempt; later ones are longer.
const ATTEMPT_PAUSE: Duration = Duration::from_millis(500);
const ATTEMPT_PAUSE_MAX: Duration = Duration::from_secs(8);
/// How long a machinery that ends may take to give up the signaling connection, in steps of a few milliseconds.
const PARKING_STEPS: u32 = 200;
const PARKING_STEP: Duration = Duration::from_millis(5);

#[derive(Debug)]
pub(super) struct GatedBuilder {
    pub(super) gate: Gate,
    pub(super) jitter_seed: u64,
}

/// The signaling connection of one machinery; it outlives a machinery that must begin anew.
struct Gated {
    socket: Option<Socket>,
    /// Who we are, for a machinery that has not been told.
    introduction: Option<PeerId>,
    gate: Gate,
}

impl Drop for Gated {
    fn drop(&mut self) {
        let mut gate = self.gate.lock();
        if gate.peer.is_none() || !gate.is_connected {
            gate.parked = self.socket.take();
        }
    }
}

#[cfg_attr(not(target_arch = "wasm32"), async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait(?Send))]
impl SignallerBuilder for GatedBuilder {
    async fn new_signaller(
        &self,
        attempts: Option<u16>,
        room_url: String,
    ) -> Result<Box<dyn Signaller>, SignalingError> {
        if let Some(id) = self.own_id() {
            return self.take_over(id).await;
        }
        let mut pause = Backoff::new(ATTEMPT_PAUSE, ATTEMPT_PAUSE_MAX, self.jitter_seed);
        let mut trouble = Trouble::Unreachable;
        for attempt in 0..attempts.unwrap_or(1).max(1) {
            if attempt > 0 {
                Delay::new(pause.next_delay()).await;
            }
            let connecting = Box::pin(Socket::connect(&room_url));
            match select(connecting, Delay::new(ATTEMPT_TIMEOUT)).await {
                // Both sides learn it before they wait for each other.
                Either::Left((Ok(_), _)) if !multicast::is_usable() => {
                    trouble = Trouble::NoMulticast;
                    break;
                }
                Either::Left((Ok(socket), _)) => {
                    return Ok(Box::new(Gated {
                        socket: Some(socket),
                        introduction: None,
                        gate: self.gate.clone(),
                    }));
                }
                Either::Left((Err(reason), _)) => trouble = reason,
                Either::Right(_) => trouble = Trouble::Unreachable,
            }
            tracing::warn!(attempt, ?trouble, "the signaling server lets nobody in");
            if matches!(trouble, Trouble::Refused(_) | Trouble::NoSignaling { .. }) {
                break;
            }
        }
        self.gate.fail(trouble);
        Err(ended())
    }
}

impl GatedBuilder {
    fn own_id(&self) -> Option<PeerId> {
        self.gate.lock().own_id
    }

    /// Goes on with the connection of the machinery before, without leaving the room.
    async fn take_over(&self, id: PeerId) -> Result<Box<dyn Signaller>, SignalingError> {
        for _ in 0..PARKING_STEPS {
            let parked = self.gate.lock().parked.take();
            if parked.is_some() {
                return Ok(Box::new(Gated {
                    socket: parked,
                    introduction: Some(id),
                    gate: self.gate.clone(),
                }));
            }
            Delay::new(PARKING_STEP).await;
        }
        self.gate.fail(Trouble::Lost);
        Err(ended())
    }
}

#[cfg_attr(not(target_arch = "wasm32"), async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait(?Send))]
impl Signaller for Gated {
    async fn send(&mut self, request: PeerRequest) -> Result<(), SignalingError> {
        let Some(request) = self.gate.lock().release(request) else {
            return Ok(());
        };
        let Ok(text) = serde_json::to_string(&request) else {
            return Ok(());
        };
        let Some(socket) = &mut self.socket else { return Ok(()) };
        if socket.send(text).await.is_none() {
            self.gate.lock().is_signaling_lost = true;
        }
        Ok(())
    }

    /// Dropped and called again whenever something is to be sent: keeps no state but the socket's.
    async fn next_message(&mut self) -> Result<PeerEvent, SignalingError> {
        if let Some(id) = self.introduction.take() {
            return Ok(PeerEvent::IdAssigned(id));
        }
        loop {
            if self.gate.lock().is_signaling_lost {
                return self.idle_without_signaling().await;
            }
            if self.gate.lock().must_restart {
                return Err(ended());
            }
            let Some(socket) = &mut self.socket else {
                return Err(ended());
            };
            match socket.next().await {
                Some(Incoming::Text(text)) => {
                    let event = self.gate.lock().admit_text(&text);
                    if event.is_some() {
                        return event.ok_or_else(ended);
                    }
                    if let Some(refusal) = RoomRefusal::from_message(&text) {
                        self.gate.fail(Trouble::Refused(refusal));
                        return Err(ended());
                    }
                }
                Some(Incoming::Other) => {}
                None => self.gate.lock().is_signaling_lost = true,
            }
        }
    }
}

impl Gated {
    /// With a peer at hand the match goes on; without one nobody can come any more.
    async fn idle_without_signaling(&self) -> Result<PeerEvent, SignalingError> {
        if self.gate.lock().peer.is_some() {
            tracing::warn!("signaling lost; the connection to the peer does not need it");
            std::future::pending::<()>().await;
        }
        self.gate.fail(Trouble::Lost);
        Err(ended())
    }
}

pub(super) fn builder(gate: &Gate, jitter_seed: u64) -> Arc<dyn SignallerBuilder> {
    Arc::new(GatedBuilder {
        gate: gate.clone(),
        jitter_seed,
    })
}

/// The reason itself is in the gate; this variant is one that the message loop hands through.
fn ended() -> SignalingError {
    SignalingError::UserImplementationError("signaling ended".into())
}
