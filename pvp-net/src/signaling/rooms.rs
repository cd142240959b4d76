//! Owns who is in which room: two at most, and a room exists while somebody is in it.
//! Must not keep anything of a room that is empty, or wait for a visitor.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use matchbox_protocol::{PeerEvent, PeerId, PeerRequest};
use serde_json::value::RawValue;

use super::mailbox::Mailbox;
use crate::room::RoomRefusal;

/// What passes between two visitors is not looked into.
type Event = PeerEvent<Box<RawValue>>;
type Request = PeerRequest<Box<RawValue>>;

/// Players in one room at most.
const ROOM_PLAYERS: usize = 2;

#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub(super) id: PeerId,
    pub(super) mailbox: Arc<Mailbox>,
}

/// All rooms with somebody in them.
#[derive(Debug, Default)]
pub(super) struct Rooms(Mutex<HashMap<Box<str>, Vec<Visitor>>>);

impl Rooms {
    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Vec<Visitor>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Lets a visitor in, tells it its id, and tells the other one of it.
    ///
    /// # Errors
    /// [`RoomRefusal::RoomFull`].
    pub(super) fn enter(&self, room: &str, visitor: Visitor) -> Result<(), RoomRefusal> {
        let mut rooms = self.lock();
        if rooms.get(room).is_some_and(|visitors| visitors.len() >= ROOM_PLAYERS) {
            return Err(RoomRefusal::RoomFull);
        }
        say(&visitor, &Event::IdAssigned(visitor.id));
        let visitors = rooms.entry(room.into()).or_insert_with(|| Vec::with_capacity(1));
        for other in visitors.iter() {
            say(other, &Event::NewPeer(visitor.id));
        }
        visitors.push(visitor);
        Ok(())
    }

    pub(super) fn leave(&self, room: &str, id: PeerId) {
        let mut rooms = self.lock();
        let Some(visitors) = rooms.get_mut(room) else { return };
        visitors.retain(|visitor| visitor.id != id);
        for other in visitors.iter() {
            say(other, &Event::PeerLeft(id));
        }
        if visitors.is_empty() {
            rooms.remove(room);
        }
    }

    /// Passes a message on to the other one in the room; what is no message of the protocol is dropped.
    pub(super) fn handle(&self, room: &str, sender: PeerId, text: &str) {
        let Ok(Request::Signal { receiver, data }) = serde_json::from_str(text) else {
            return;
        };
        let rooms = self.lock();
        let visitors = rooms.get(room).into_iter().flatten();
        let other = visitors
            .filter(|visitor| visitor.id != sender)
            .find(|visitor| visitor.id == receiver);
        if let Some(visitor) = other {
            say(visitor, &Event::Signal { sender, data });
        }
    }
}

fn say(visitor: &Visitor, event: &Event) {
    if let Ok(text) = serde_json::to_string(event) {
        visitor.mailbox.put(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn visitor(number: u128) -> Visitor {
        Visitor {
            id: PeerId(Uuid::from_u128(number)),
            mailbox: Mailbox::new(Arc::default()),
        }
    }

    #[test]
    fn a_room_holds_two_and_is_forgotten_when_they_have_left() {
        let rooms = Rooms::default();
        let (a, b) = (visitor(1), visitor(2));
        assert_eq!(rooms.enter("duel", a.clone()), Ok(()));
        assert_eq!(rooms.enter("duel", b.clone()), Ok(()));
        assert_eq!(rooms.enter("duel", visitor(3)), Err(RoomRefusal::RoomFull));
        assert_eq!(rooms.enter("other", visitor(4)), Ok(()));
        assert_eq!(rooms.count(), 2);
        rooms.leave("duel", a.id);
        rooms.leave("duel", b.id);
        assert_eq!(rooms.count(), 1);
    }

    #[tokio::test]
    async fn data_passes_as_it_is_to_the_other_one_of_the_same_room_only() {
        let rooms = Rooms::default();
        let (a, b, far) = (visitor(1), visitor(2), visitor(3));
        for (room, visitor) in [("duel", &a), ("duel", &b), ("other", &far)] {
            rooms.enter(room, visitor.clone()).expect("a place");
        }
        let to = |visitor: &Visitor| {
            format!(
                r#"{{"Signal":{{"receiver":"{}","data":{{"any": [1,2]}}}}}}"#,
                visitor.id.0
            )
        };
        rooms.handle("duel", a.id, &to(&b));
        rooms.handle("duel", a.id, &to(&far));
        rooms.handle("duel", a.id, &to(&a));
        for junk in [
            "",
            "null",
            "\"KeepAlive\"",
            "{\"Signal\":{}}",
            "{\"Signal\":{\"receiver\":1,\"data\":2}}",
        ] {
            rooms.handle("duel", a.id, junk);
        }
        rooms.leave("duel", a.id);
        let mut heard = Vec::new();
        for _ in 0..3 {
            heard.push(b.mailbox.next().await.expect("it reads").to_string());
        }
        assert!(
            heard[0].contains("IdAssigned") && heard[2].contains("PeerLeft"),
            "{heard:?}"
        );
        assert!(heard[1].contains(r#""data":{"any": [1,2]}"#), "{heard:?}");
        assert!(far.mailbox.next().await.expect("it reads").contains("IdAssigned"));
    }
}
