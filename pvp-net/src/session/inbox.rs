//! Owns the session's events that wait for the user, in bounded memory.
//! Must not let messages of the peer push out what the session itself has to say.

use std::collections::VecDeque;
use std::collections::vec_deque::Drain;

use super::SessionEvent;

/// Events of the session itself that wait; the oldest go first.
const OWN_EVENTS_MAX: usize = 4096;
/// Bytes of the peer's messages that wait, each counted with [`MESSAGE_BYTES`] more; the oldest go first.
const MESSAGES_BYTES_MAX: usize = 4 * 1024 * 1024;
/// What a message costs beside its bytes.
const MESSAGE_BYTES: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Inbox {
    events: VecDeque<SessionEvent>,
    messages: usize,
    messages_bytes: usize,
}

impl Inbox {
    pub(super) fn push(&mut self, event: SessionEvent) {
        if let SessionEvent::Message(bytes) = &event {
            self.messages += 1;
            self.messages_bytes += bytes.len() + MESSAGE_BYTES;
        }
        self.events.push_back(event);
        while self.messages_bytes > MESSAGES_BYTES_MAX && self.drop_oldest(true) {}
        while self.events.len() - self.messages > OWN_EVENTS_MAX && self.drop_oldest(false) {}
    }

    fn drop_oldest(&mut self, is_message: bool) -> bool {
        let is_wanted = |event: &SessionEvent| matches!(event, SessionEvent::Message(_)) == is_message;
        let oldest = self.events.iter().position(is_wanted);
        let dropped = oldest.and_then(|index| self.events.remove(index));
        if let Some(SessionEvent::Message(bytes)) = &dropped {
            self.messages -= 1;
            self.messages_bytes -= bytes.len() + MESSAGE_BYTES;
        }
        dropped.is_some()
    }

    pub(super) fn drain(&mut self) -> Drain<'_, SessionEvent> {
        (self.messages, self.messages_bytes) = (0, 0);
        self.events.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_nobody_takes_stay_bounded_and_push_nothing_else_out() {
        for (length, count) in [(0, 40_000), (1000, 8_000), (64 * 1024, 100u32)] {
            let mut inbox = Inbox::default();
            inbox.push(SessionEvent::RematchOffered);
            for number in 0..count {
                let mut message = number.to_le_bytes().to_vec();
                message.resize(length.max(4), 0);
                inbox.push(SessionEvent::Message(message));
            }
            assert!(inbox.messages_bytes <= MESSAGES_BYTES_MAX);
            let mut events = inbox.drain();
            assert_eq!(events.next(), Some(SessionEvent::RematchOffered));
            // The newest are there, without a gap.
            let mut due = count - events.len() as u32;
            for event in events {
                let SessionEvent::Message(bytes) = event else {
                    panic!("{event:?}")
                };
                assert!(bytes.starts_with(&due.to_le_bytes()), "message {due}");
                due += 1;
            }
            assert_eq!(due, count);
        }
    }

    #[test]
    fn what_the_session_says_is_bounded_as_well() {
        let mut inbox = Inbox::default();
        inbox.push(SessionEvent::Message(vec![1]));
        for _ in 0..2 * OWN_EVENTS_MAX {
            inbox.push(SessionEvent::RematchOffered);
        }
        assert_eq!(inbox.drain().len(), 1 + OWN_EVENTS_MAX);
        inbox.push(SessionEvent::RematchOffered);
        assert_eq!(inbox.drain().len(), 1);
    }
}
