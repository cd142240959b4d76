//! A WebSocket to the signaling server, in the browser.
//!
//! Must not: interpret what it carries.

use futures_util::{SinkExt, StreamExt};
use ws_stream_wasm::{WsMessage, WsMeta, WsStream};

pub(super) enum Incoming {
    Text(String),
    Other,
}

pub(super) struct Socket(WsStream);

impl Socket {
    pub(super) async fn connect(url: &str) -> Option<Self> {
        let (_, stream) = WsMeta::connect(url, None).await.ok()?;
        Some(Self(stream))
    }

    pub(super) async fn send(&mut self, text: String) -> Option<()> {
        self.0.send(WsMessage::Text(text)).await.ok()
    }

    /// The next message, or `None` once the connection has ended.
    pub(super) async fn next(&mut self) -> Option<Incoming> {
        match self.0.next().await? {
            WsMessage::Text(text) => Some(Incoming::Text(text)),
            WsMessage::Binary(_) => Some(Incoming::Other),
        }
    }
}
