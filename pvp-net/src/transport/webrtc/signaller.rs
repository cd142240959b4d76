//! The signaling connection behind the gate, for `matchbox_socket`.
//!
//! Must not: end while a peer is at hand; a lost signaling connection then only means that nobody new can come.

use std::sync::Arc;
use std::time::Duration;

use futures_timer::Delay;
use futures_util::future::{Either, select};
use matchbox_socket::async_trait::async_trait;
use matchbox_socket::{PeerEvent, PeerRequest, SignalingError, Signaller, SignallerBuilder};

use super::gate::{Gate, Trouble};
use super::socket::{Incoming, Socket};

/// How long one attempt to reach the signaling server may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause between two attempts.
const ATTEMPT_PAUSE: Duration = Duration::from_millis(500);
/// What our signaling server says before it closes a connection to a room that holds two already.
pub(super) const ROOM_FULL: &str = r#"{"Refused":"RoomFull"}"#;

#[derive(Debug)]
pub(super) struct GatedBuilder(pub(super) Gate);

struct Gated {
    socket: Socket,
    gate: Gate,
}

#[cfg_attr(not(target_arch = "wasm32"), async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait(?Send))]
impl SignallerBuilder for GatedBuilder {
    async fn new_signaller(
        &self,
        attempts: Option<u16>,
        room_url: String,
    ) -> Result<Box<dyn Signaller>, SignalingError> {
        for attempt in 0..attempts.unwrap_or(1).max(1) {
            if attempt > 0 {
                Delay::new(ATTEMPT_PAUSE).await;
            }
            let connecting = Box::pin(Socket::connect(&room_url));
            match select(connecting, Delay::new(ATTEMPT_TIMEOUT)).await {
                Either::Left((Some(socket), _)) => {
                    return Ok(Box::new(Gated {
                        socket,
                        gate: self.0.clone(),
                    }));
                }
                Either::Left((None, _)) | Either::Right(_) => {
                    tracing::warn!(attempt, "the signaling server cannot be reached");
                }
            }
        }
        self.0.fail(Trouble::Unreachable);
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
        if self.socket.send(text).await.is_none() {
            self.gate.lock().is_signaling_lost = true;
        }
        Ok(())
    }

    /// Dropped and called again whenever something is to be sent: keeps no state but the socket's.
    async fn next_message(&mut self) -> Result<PeerEvent, SignalingError> {
        loop {
            if self.gate.lock().is_signaling_lost {
                return self.idle_without_signaling().await;
            }
            match self.socket.next().await {
                Some(Incoming::Text(text)) if text == ROOM_FULL => {
                    self.gate.fail(Trouble::RoomFull);
                    return Err(ended());
                }
                Some(Incoming::Text(text)) => {
                    let event = serde_json::from_str(&text).ok();
                    if let Some(event) = event.and_then(|event| self.gate.lock().admit(event)) {
                        return Ok(event);
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

pub(super) fn builder(gate: &Gate) -> Arc<dyn SignallerBuilder> {
    Arc::new(GatedBuilder(gate.clone()))
}

/// The reason itself is in the gate; this variant is one that the message loop hands through.
fn ended() -> SignalingError {
    SignalingError::UserImplementationError("signaling ended".into())
}
