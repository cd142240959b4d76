//! A WebSocket to the signaling server, in the browser.
//!
//! Must not: interpret what it carries.

use futures_util::{SinkExt, StreamExt};
use ws_stream_wasm::{WsMessage, WsMeta, WsStream};

use super::gate::Trouble;

pub(super) enum Incoming {
    Text(String),
    Other,
}

#[derive(Debug)]
pub(super) struct Socket(WsStream);

impl Socket {
    /// A page is not told why it cannot connect.
    pub(super) async fn connect(url: &str) -> Result<Self, Trouble> {
        match WsMeta::connect(url, None).await {
            Ok((_, stream)) => Ok(Self(stream)),
            Err(_) => Err(Trouble::Unreachable),
        }
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
