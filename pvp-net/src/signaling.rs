//! The server where two WebRTC peers meet: rooms of two, nothing stored, no traffic of the match.
//!
//! Must not: let a third visitor into a room, keep anything of a room that is empty, or hold memory that a visitor can grow.
//!
//! It speaks `matchbox`'s protocol, so any client of that family can meet here.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use axum::extract::ws::Message;
use futures_util::StreamExt;
use matchbox_protocol::{JsonPeerEvent, JsonPeerRequest, PeerId};
use matchbox_signaling::common_logic::{SignalingChannel, parse_request, try_send};
use matchbox_signaling::{
    ClientRequestError, NoCallbacks, SignalingServerBuilder, SignalingState, SignalingTopology, WsStateMeta,
};
use tokio::sync::oneshot;

/// What a visitor of a full room is told before its connection is closed; our WebRTC transport knows it.
pub(crate) const ROOM_FULL: &str = r#"{"Refused":"RoomFull"}"#;
/// Players in one room at most.
const ROOM_PLAYERS: usize = 2;
/// Longest name of a room, in bytes.
const ROOM_NAME_BYTES_MAX: usize = 64;
/// Rooms with somebody in them at most.
const ROOMS_MAX: usize = 10_000;

/// Why the server could not start or go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignalingServerError {
    /// Another program has the port; choose another one, or port 0 for any free one.
    #[error("{address} is in use by another program: choose another port, or 0 for any free one")]
    AddressInUse {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The system refused the address.
    #[error("cannot listen on {address}: {kind}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// The system's reason.
        kind: ErrorKind,
    },
    /// The system gave no event loop, or the listening socket broke.
    #[error("the server stopped: {kind}")]
    Serve {
        /// The system's reason.
        kind: ErrorKind,
    },
}

/// A signaling server that is bound and not yet running.
///
/// ```no_run
/// use pvp_net::signaling::SignalingServer;
///
/// let server = SignalingServer::bind("127.0.0.1:0".parse().unwrap()).unwrap();
/// println!("rooms at ws://{}/ANY-NAME", server.local_address());
/// server.run().unwrap();
/// ```
#[derive(Debug)]
pub struct SignalingServer {
    server: matchbox_signaling::SignalingServer,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
}

/// Stops a running server from another thread.
#[derive(Debug)]
pub struct Stopper(oneshot::Sender<()>);

impl Stopper {
    /// Closes every connection and lets [`SignalingServer::run`] return.
    pub fn stop(self) {
        // An error means that the server has stopped already.
        let _ = self.0.send(());
    }
}

impl SignalingServer {
    /// Binds to `address`; port 0 takes any free port.
    ///
    /// # Errors
    /// See [`SignalingServerError`].
    pub fn bind(address: SocketAddr) -> Result<Self, SignalingServerError> {
        let (stop, stopped) = oneshot::channel();
        let mut server = SignalingServerBuilder::new(address, Duel, Rooms::default())
            .with_shutdown(stopped)
            .build();
        let bound = server.bind().map_err(|error| match kind_of(&error) {
            ErrorKind::AddrInUse => SignalingServerError::AddressInUse { address },
            kind => SignalingServerError::Bind { address, kind },
        })?;
        Ok(Self {
            server,
            address: bound,
            stop: Some(stop),
        })
    }

    /// The address the server listens on.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.address
    }

    /// A handle that stops the server; only the first call gives one.
    #[must_use]
    pub fn stopper(&mut self) -> Option<Stopper> {
        self.stop.take().map(Stopper)
    }

    /// Serves until stopped; blocks the calling thread.
    ///
    /// # Errors
    /// [`SignalingServerError::Serve`].
    pub fn run(self) -> Result<(), SignalingServerError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| SignalingServerError::Serve { kind: error.kind() })?;
        let keep_running = self.stop;
        let outcome = runtime.block_on(self.server.serve());
        drop(keep_running);
        outcome.map_err(|error| SignalingServerError::Serve { kind: kind_of(&error) })
    }
}

fn kind_of(error: &matchbox_signaling::Error) -> ErrorKind {
    match error {
        matchbox_signaling::Error::Bind(error) | matchbox_signaling::Error::Serve(error) => error.kind(),
        _ => ErrorKind::Other,
    }
}

/// Who is in which room; a room exists while somebody is in it.
#[derive(Debug, Clone, Default)]
struct Rooms(Arc<Mutex<HashMap<String, Vec<Visitor>>>>);

#[derive(Debug, Clone)]
struct Visitor {
    id: PeerId,
    channel: SignalingChannel,
}

impl SignalingState for Rooms {}

impl Rooms {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Visitor>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a visitor in and tells the other one; `false` if there is no place.
    fn enter(&self, room: &str, visitor: Visitor) -> bool {
        let mut rooms = self.lock();
        if room.len() > ROOM_NAME_BYTES_MAX || (rooms.len() >= ROOMS_MAX && !rooms.contains_key(room)) {
            return false;
        }
        let visitors = rooms.entry(room.to_owned()).or_default();
        if visitors.len() >= ROOM_PLAYERS {
            return false;
        }
        for other in visitors.iter() {
            say(other, &JsonPeerEvent::NewPeer(visitor.id));
        }
        visitors.push(visitor);
        true
    }

    fn leave(&self, room: &str, id: PeerId) {
        let mut rooms = self.lock();
        let Some(visitors) = rooms.get_mut(room) else { return };
        visitors.retain(|visitor| visitor.id != id);
        for other in visitors.iter() {
            say(other, &JsonPeerEvent::PeerLeft(id));
        }
        if visitors.is_empty() {
            rooms.remove(room);
        }
    }

    /// Passes a message on to the other one in the room.
    fn handle_request(&self, room: &str, sender: PeerId, request: JsonPeerRequest) {
        let JsonPeerRequest::Signal { receiver, data } = request else {
            return;
        };
        let rooms = self.lock();
        let visitors = rooms.get(room).into_iter().flatten();
        for visitor in visitors.filter(|visitor| visitor.id == receiver) {
            say(
                visitor,
                &JsonPeerEvent::Signal {
                    sender,
                    data: data.clone(),
                },
            );
        }
    }
}

fn say(visitor: &Visitor, event: &JsonPeerEvent) {
    // A visitor that is gone is noticed by its own connection.
    let _ = try_send(&visitor.channel, Message::Text(event.to_string().into()));
}

/// Rooms of two.
#[derive(Debug)]
struct Duel;

#[async_trait]
impl SignalingTopology<NoCallbacks, Rooms> for Duel {
    async fn state_machine(upgrade: WsStateMeta<NoCallbacks, Rooms>) {
        let WsStateMeta {
            room,
            peer_id: id,
            sender,
            mut receiver,
            state: rooms,
            ..
        } = upgrade;
        if !rooms.enter(
            &room,
            Visitor {
                id,
                channel: sender.clone(),
            },
        ) {
            let _ = try_send(&sender, Message::Text(ROOM_FULL.into()));
            let _ = try_send(&sender, Message::Close(None));
            // Read on until the visitor has heard it and hangs up.
            while let Some(Ok(_)) = receiver.next().await {}
            return;
        }
        tracing::info!(room, "a player entered");
        while let Some(request) = receiver.next().await {
            match parse_request(request) {
                Ok(request) => rooms.handle_request(&room, id, request),
                Err(ClientRequestError::Json(_) | ClientRequestError::UnsupportedType(_)) => {}
                Err(_) => break,
            }
        }
        rooms.leave(&room, id);
        tracing::info!(room, "a player left");
    }
}
