//! Owns the messages that wait for one visitor to read them: bounded in bytes, for the visitor and for all together.
//! Must not write to a connection.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::Notify;

use super::limits::QUEUED_BYTES_MAX;
use super::meter::{Account, Ledger, Offense};

#[derive(Debug)]
struct Queue {
    messages: VecDeque<Utf8Bytes>,
    account: Account,
    offense: Option<Offense>,
}

/// Where messages for one visitor wait.
#[derive(Debug)]
pub(super) struct Mailbox {
    queue: Mutex<Queue>,
    changed: Notify,
}

impl Mailbox {
    pub(super) fn new(ledger: Arc<Ledger>) -> Arc<Self> {
        Arc::new(Self {
            queue: Mutex::new(Queue {
                messages: VecDeque::new(),
                account: Account::new(ledger),
                offense: None,
            }),
            changed: Notify::new(),
        })
    }

    /// Puts a message in; if there is no room, the visitor is sent away for not reading.
    pub(super) fn put(&self, message: String) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.offense.is_none() {
            let outcome = match queue.account.bytes() + message.len() {
                0..=QUEUED_BYTES_MAX => queue.account.add(message.len()),
                _ => Err(Offense::DoesNotRead),
            };
            match outcome {
                Ok(()) => queue.messages.push_back(message.into()),
                Err(offense) => queue.offense = Some(offense),
            }
        }
        drop(queue);
        self.changed.notify_one();
    }

    /// The oldest message, once there is one.
    ///
    /// # Errors
    /// The visitor does not read.
    pub(super) async fn next(&self) -> Result<Utf8Bytes, Offense> {
        loop {
            if let Some(next) = self.try_next() {
                return next;
            }
            self.changed.notified().await;
        }
    }

    fn try_next(&self) -> Option<Result<Utf8Bytes, Offense>> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(offense) = queue.offense {
            return Some(Err(offense));
        }
        let message = queue.messages.pop_front()?;
        queue.account.remove(message.len());
        if queue.messages.is_empty() {
            // Most of the time nothing waits for anybody.
            queue.messages = VecDeque::new();
        }
        Some(Ok(message))
    }

    #[cfg(test)]
    pub(super) fn offense(&self) -> Option<Offense> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).offense
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_read_is_bounded_and_then_the_visitors_fault() {
        let ledger: Arc<Ledger> = Arc::default();
        let mailbox = Mailbox::new(ledger.clone());
        for _ in 0..1_000 {
            mailbox.put("x".repeat(1_000));
        }
        assert_eq!(mailbox.offense(), Some(Offense::DoesNotRead));
        assert!(ledger.shared_bytes() <= QUEUED_BYTES_MAX);
        assert_eq!(mailbox.try_next(), Some(Err(Offense::DoesNotRead)));
        drop(mailbox);
        assert_eq!(ledger.shared_bytes(), 0);
    }

    #[test]
    fn messages_come_out_in_their_order() {
        let mailbox = Mailbox::new(Arc::default());
        mailbox.put("one".into());
        mailbox.put("two".into());
        assert_eq!(mailbox.try_next(), Some(Ok("one".into())));
        assert_eq!(mailbox.try_next(), Some(Ok("two".into())));
        assert_eq!(mailbox.try_next(), None);
    }
}
