//! A WebSocket to the signaling server, outside the browser.
//!
//! Must not: interpret what it carries.

use async_tungstenite::WebSocketStream;
use async_tungstenite::smol::{ConnectStream, connect_async_with_config};
use async_tungstenite::tungstenite::protocol::WebSocketConfig;
use async_tungstenite::tungstenite::{Error, Message};
use futures_util::StreamExt;

use super::gate::Trouble;
use crate::room::RoomRefusal;

/// Largest message taken from the signaling server, in bytes.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;

pub(super) enum Incoming {
    Text(String),
    Other,
}

#[derive(Debug)]
pub(super) struct Socket(WebSocketStream<ConnectStream>);

impl Socket {
    pub(super) async fn connect(url: &str) -> Result<Self, Trouble> {
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        let error = match connect_async_with_config(url, Some(config)).await {
            Ok((stream, _)) => return Ok(Self(stream)),
            Err(error) => error,
        };
        tracing::debug!(%error, "signaling connection failed");
        let Error::Http(response) = error else {
            return Err(Trouble::Unreachable);
        };
        let body = response
            .body()
            .as_deref()
            .and_then(|body| std::str::from_utf8(body).ok());
        Err(match body.and_then(RoomRefusal::from_message) {
            Some(refusal) => Trouble::Refused(refusal),
            None => Trouble::NoSignaling {
                status: response.status().as_u16(),
            },
        })
    }

    pub(super) async fn send(&mut self, text: String) -> Option<()> {
        self.0.send(Message::Text(text.into())).await.ok()
    }

    /// The next message, or `None` once the connection has ended.
    pub(super) async fn next(&mut self) -> Option<Incoming> {
        match self.0.next().await?.ok()? {
            Message::Text(text) => Some(Incoming::Text(text.to_string())),
            Message::Close(_) => None,
            _ => Some(Incoming::Other),
        }
    }
}
