//! Owns one visitor's stay in a room: what it says is passed on, what is for it is sent, and who misbehaves is sent away.
//! Must not wait without a limit.

use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use matchbox_protocol::PeerId;
use tokio::time::{Instant, timeout};

use super::limits::{MESSAGE_COST_BYTES, REFUSING_TIMEOUT, SignalingLimits};
use super::mailbox::Mailbox;
use super::meter::{Meter, Offense};
use super::rooms::Rooms;
use crate::room::RoomRefusal;

/// Longest reason in a close frame, in bytes.
const CLOSE_REASON_BYTES_MAX: usize = 123;

/// A visitor who is in a room.
pub(super) struct Visit<'a> {
    pub(super) rooms: &'a Rooms,
    pub(super) room: &'a str,
    pub(super) id: PeerId,
    pub(super) mailbox: &'a Mailbox,
    pub(super) meter: &'a Arc<Meter>,
    pub(super) limits: &'a SignalingLimits,
}

impl Visit<'_> {
    /// Stays until the visitor leaves.
    ///
    /// # Errors
    /// What it is to be sent away for.
    pub(super) async fn stay(&self, socket: &mut WebSocket) -> Result<(), Offense> {
        let check_interval = self.limits.message_timeout.min(self.limits.silence_timeout / 3) / 2;
        loop {
            tokio::select! {
                message = socket.recv() => match message {
                    None => return Ok(()),
                    Some(Err(error)) => return self.meter.offense().or(offense_of(&error)).map_or(Ok(()), Err),
                    Some(Ok(message)) => {
                        self.meter.finish_message(MESSAGE_COST_BYTES, Instant::now())?;
                        match message {
                            Message::Text(text) => self.rooms.handle(self.room, self.id, &text),
                            Message::Close(_) => return Ok(()),
                            _ => {}
                        }
                    }
                },
                text = self.mailbox.next() => {
                    if !self.tell(socket, Message::Text(text?)).await? {
                        return Ok(());
                    }
                }
                () = tokio::time::sleep(check_interval) => {
                    if !self.check(socket).await? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Sends; `false` if the visitor is gone.
    async fn tell(&self, socket: &mut WebSocket, message: Message) -> Result<bool, Offense> {
        match timeout(self.limits.message_timeout, socket.send(message)).await {
            Ok(sent) => Ok(sent.is_ok()),
            Err(_) => Err(Offense::DoesNotRead),
        }
    }

    /// Looks after a visitor from whom nothing has come for a while.
    async fn check(&self, socket: &mut WebSocket) -> Result<bool, Offense> {
        let now = Instant::now();
        if self.meter.unfinished(now) > self.limits.message_timeout {
            return Err(Offense::Unfinished);
        }
        let (silence, limit) = (self.meter.silence(now), self.limits.silence_timeout);
        if silence > limit {
            return Err(Offense::Silent);
        }
        if silence >= limit / 3 {
            return self.tell(socket, Message::Ping(Vec::new().into())).await;
        }
        Ok(true)
    }
}

/// What an error of the connection tells of the visitor; `None` if it is simply gone.
fn offense_of(error: &axum::Error) -> Option<Offense> {
    // The type behind it is not in axum's interface.
    let text = error.to_string();
    let is_gone = text.starts_with("IO error") || text.contains("without closing handshake");
    (!is_gone).then_some(Offense::Malformed)
}

/// Tells a visitor why it is not let in, and waits a moment until it has heard it and hangs up.
pub(super) async fn turn_away(mut socket: WebSocket, refusal: RoomRefusal) {
    let farewell = async {
        let code = match refusal {
            RoomRefusal::RoomName => close_code::POLICY,
            _ => close_code::AGAIN,
        };
        let said = socket.send(Message::Text(refusal.to_message().into())).await;
        if said.is_ok() && socket.send(close(code, &refusal.to_string())).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    // Who does not listen is not told.
    let _ = timeout(REFUSING_TIMEOUT, farewell).await;
}

/// Closes the connection of a visitor who misbehaved.
pub(super) async fn send_away(mut socket: WebSocket, offense: Offense) {
    if offense != Offense::DoesNotRead {
        let _ = timeout(
            REFUSING_TIMEOUT,
            socket.send(close(close_code::POLICY, &offense.to_string())),
        )
        .await;
    }
}

fn close(code: u16, reason: &str) -> Message {
    let end = reason.floor_char_boundary(CLOSE_REASON_BYTES_MAX);
    Message::Close(Some(CloseFrame {
        code,
        reason: reason[..end].into(),
    }))
}
