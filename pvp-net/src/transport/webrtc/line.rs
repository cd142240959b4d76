//! Owns one run of the WebRTC machinery: its socket, its two channels, and what ends it.
//! Must not outlive the transport by more than the moment a goodbye needs.

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender};
use futures_channel::oneshot;
use matchbox_socket::{Packet, PeerId, RtcIceServerConfig, WebRtcSocket, WebRtcSocketBuilder};

use super::gate::Gate;
use super::{WebRtcConfig, drive, signaller};
use crate::room::RoomUrl;
use crate::transport::SendError;

const DATAGRAMS: usize = 0;
const RELIABLE: usize = 1;

/// Both directions of one channel.
#[derive(Debug)]
pub(super) struct Pipe {
    pub(super) outgoing: UnboundedSender<(PeerId, Packet)>,
    pub(super) incoming: UnboundedReceiver<(PeerId, Packet)>,
}

/// One run of the machinery, on a thread or task of its own.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) socket: WebRtcSocket,
    pub(super) datagrams: Pipe,
    pub(super) reliable: Pipe,
    /// Dropped with the transport, which tells the message loop to end soon.
    _alive: oneshot::Sender<()>,
}

impl Line {
    /// Starts; `None` if the system gives no thread.
    pub(super) fn open(room: &RoomUrl, config: &WebRtcConfig, gate: &Gate) -> Option<Self> {
        let (mut socket, message_loop) = WebRtcSocketBuilder::new(room.as_str())
            .ice_server(RtcIceServerConfig {
                urls: config.ice_urls.clone(),
                username: config.ice_username.clone(),
                credential: config.ice_credential.clone(),
            })
            .reconnect_attempts(Some(config.signaling_attempts))
            .signaller_builder(signaller::builder(gate, config.jitter_seed))
            .add_unreliable_channel()
            .add_reliable_channel()
            .build();
        let mut pipe = |index| {
            let channel = socket.take_channel(index).expect("the builder made both channels");
            let (outgoing, incoming) = channel.split();
            Pipe { outgoing, incoming }
        };
        let (datagrams, reliable) = (pipe(DATAGRAMS), pipe(RELIABLE));
        let (alive, dropped) = oneshot::channel();
        let senders = [datagrams.outgoing.clone(), reliable.outgoing.clone()];
        let linger = drive::Linger { dropped, senders };
        drive::start(message_loop, linger, gate.clone())?;
        Some(Self {
            socket,
            datagrams,
            reliable,
            _alive: alive,
        })
    }
}

impl Pipe {
    pub(super) fn hand_over(&self, peer: PeerId, packet: Packet) -> Result<(), SendError> {
        self.outgoing
            .unbounded_send((peer, packet))
            .map_err(|_| SendError::Closed)
    }
}
