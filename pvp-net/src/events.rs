//! Owns what becomes of a game's events across rollbacks: predicted at once, then confirmed or cancelled, each exactly once.
//! Must not interpret events; two are the same if they are equal and belong to the same frame.

use std::collections::VecDeque;

/// How certain an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventPhase {
    /// Happened in a frame whose inputs are partly guessed: show it, but do not count on it.
    Predicted,
    /// Happened. Comes once for every event, whether it was predicted before or not.
    Confirmed,
    /// Was announced as predicted and did not happen: stop showing it.
    Cancelled,
}

/// Names an event of a match on this side: the same event has the same key in every phase.
/// The other side may number the events of a frame differently, because it guessed differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey {
    /// The frame it happened in.
    pub frame: u32,
    /// Tells events of one frame apart; stable from prediction to confirmation.
    pub ordinal: u32,
}

/// An event with its frame and certainty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GameEvent<E> {
    /// For dropping repeats: play a sound once per key.
    pub key: EventKey,
    /// The frame it happened in.
    pub frame: u32,
    /// What happened.
    pub event: E,
    /// How certain it is.
    pub phase: EventPhase,
    /// Confirmed only: whether it had been announced as predicted.
    pub was_predicted: bool,
}

struct Announced<E> {
    ordinal: u32,
    event: E,
    /// Whether the newest simulation of the frame still has it.
    is_current: bool,
}

struct FrameEvents<E> {
    frame: u32,
    announced: Vec<Announced<E>>,
    next_ordinal: u32,
}

/// Compares each simulation of a frame with the one before.
pub(crate) struct EventLedger<E> {
    frames: VecDeque<FrameEvents<E>>,
    output: VecDeque<GameEvent<E>>,
    capacity: usize,
}

impl<E: Clone + PartialEq> EventLedger<E> {
    /// Keeps at most `capacity` events that nobody takes.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            frames: VecDeque::new(),
            output: VecDeque::new(),
            capacity,
        }
    }

    /// A frame was simulated, for the first time or again.
    pub(crate) fn handle_frame(&mut self, frame: u32, events: impl Iterator<Item = E>) {
        let index = match self.frames.iter().position(|entry| entry.frame == frame) {
            Some(index) => index,
            None => {
                self.frames.push_back(FrameEvents {
                    frame,
                    announced: Vec::new(),
                    next_ordinal: 0,
                });
                self.frames.len() - 1
            }
        };
        let entry = &mut self.frames[index];
        for announced in &mut entry.announced {
            announced.is_current = false;
        }
        for event in events {
            let known = entry
                .announced
                .iter_mut()
                .find(|known| !known.is_current && known.event == event);
            if let Some(known) = known {
                known.is_current = true;
                continue;
            }
            let ordinal = entry.next_ordinal;
            entry.next_ordinal += 1;
            let key = EventKey { frame, ordinal };
            self.output.push_back(GameEvent {
                key,
                frame,
                event: event.clone(),
                phase: EventPhase::Predicted,
                was_predicted: false,
            });
            entry.announced.push(Announced {
                ordinal,
                event,
                is_current: true,
            });
        }
    }

    /// All frames before `frame` are final.
    pub(crate) fn confirm_before(&mut self, frame: u32) {
        while self.frames.front().is_some_and(|entry| entry.frame < frame) {
            let Some(entry) = self.frames.pop_front() else { return };
            for Announced {
                ordinal,
                event,
                is_current,
            } in entry.announced
            {
                let phase = if is_current {
                    EventPhase::Confirmed
                } else {
                    EventPhase::Cancelled
                };
                let key = EventKey {
                    frame: entry.frame,
                    ordinal,
                };
                self.output.push_back(GameEvent {
                    key,
                    frame: entry.frame,
                    event,
                    phase,
                    was_predicted: true,
                });
            }
        }
        while self.output.len() > self.capacity {
            self.output.pop_front();
        }
    }

    /// Forgets predictions from `frame` on, cancelling what was announced: the match goes on from there in a new epoch.
    pub(crate) fn cancel_from(&mut self, frame: u32) {
        while self.frames.back().is_some_and(|entry| entry.frame >= frame) {
            let Some(entry) = self.frames.pop_back() else { return };
            for Announced { ordinal, event, .. } in entry.announced {
                let key = EventKey {
                    frame: entry.frame,
                    ordinal,
                };
                self.output.push_back(GameEvent {
                    key,
                    frame: entry.frame,
                    event,
                    phase: EventPhase::Cancelled,
                    was_predicted: true,
                });
            }
        }
    }

    pub(crate) fn drain(&mut self) -> std::collections::vec_deque::Drain<'_, GameEvent<E>> {
        self.output.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[test]
    fn a_rollback_confirms_what_stays_and_cancels_what_goes() {
        let mut ledger = EventLedger::new(100);
        ledger.handle_frame(5, ["shot", "hit"].into_iter());
        ledger.handle_frame(5, ["hit", "jump"].into_iter());
        ledger.confirm_before(6);
        let got: Vec<_> = ledger
            .drain()
            .map(|event| (event.event, event.phase, event.key.ordinal))
            .collect();
        use EventPhase::{Cancelled, Confirmed, Predicted};
        let expected = [
            ("shot", Predicted, 0),
            ("hit", Predicted, 1),
            ("jump", Predicted, 2),
            ("shot", Cancelled, 0),
            ("hit", Confirmed, 1),
            ("jump", Confirmed, 2),
        ];
        assert_eq!(got, expected);
    }

    /// A match as the ledger sees it: frames are simulated, simulated again with other events, confirmed.
    struct Model {
        ledger: EventLedger<u8>,
        /// What the newest simulation of each frame gave.
        newest: Vec<Vec<u8>>,
        confirmed: usize,
        told: Vec<GameEvent<u8>>,
    }

    impl Model {
        fn simulate(&mut self, frame: usize, events: &[u8]) {
            self.ledger.handle_frame(frame as u32, events.iter().copied());
            self.newest.truncate(frame);
            self.newest.push(events.to_vec());
        }

        /// One displayed frame: goes back, plays up to the present and one further, confirms, and perhaps hands over.
        fn advance(&mut self, depth: usize, draws: &[Vec<u8>], confirm: usize, is_drained: bool) {
            let present = self.newest.len();
            let first = present.saturating_sub(depth).max(self.confirmed);
            for frame in first..=present {
                self.simulate(frame, &draws[frame % draws.len()]);
            }
            self.confirmed = (self.confirmed + confirm).min(self.newest.len());
            self.ledger.confirm_before(self.confirmed as u32);
            if is_drained {
                self.told.extend(self.ledger.drain());
            }
        }
    }

    /// One displayed frame of the model: rollback depth, events by frame, frames confirmed, whether events are taken.
    fn step() -> impl Strategy<Value = (usize, Vec<Vec<u8>>, usize, bool)> {
        let events = proptest::collection::vec(proptest::collection::vec(0u8..3, 0..4), 1..5);
        (0usize..9, events, 0usize..4, any::<bool>())
    }

    proptest! {
        #[test]
        fn every_confirmed_event_comes_once_and_every_other_announced_one_is_cancelled(
            simulations in proptest::collection::vec(proptest::collection::vec(0u8..4, 0..5), 1..6),
        ) {
            let mut ledger = EventLedger::new(1000);
            for events in &simulations {
                ledger.handle_frame(1, events.iter().copied());
            }
            ledger.confirm_before(2);
            let mut balance: HashMap<u8, i32> = HashMap::new();
            let mut open: HashMap<EventKey, u8> = HashMap::new();
            for event in ledger.drain() {
                match event.phase {
                    EventPhase::Predicted => prop_assert!(open.insert(event.key, event.event).is_none()),
                    EventPhase::Confirmed => {
                        prop_assert_eq!(open.remove(&event.key), Some(event.event));
                        *balance.entry(event.event).or_default() += 1;
                    }
                    EventPhase::Cancelled => prop_assert_eq!(open.remove(&event.key), Some(event.event)),
                }
            }
            prop_assert!(open.is_empty());
            for &event in simulations.last().unwrap() {
                *balance.entry(event).or_default() -= 1;
            }
            prop_assert!(balance.values().all(|&left| left == 0));
        }

        #[test]
        fn over_a_whole_match_each_confirmed_event_is_told_once_and_each_other_announced_one_is_cancelled_once(
            steps in proptest::collection::vec(step(), 1..60),
        ) {
            let mut model = Model {
                ledger: EventLedger::new(100_000),
                newest: Vec::new(),
                confirmed: 0,
                told: Vec::new(),
            };
            for (depth, draws, confirm, is_drained) in &steps {
                model.advance(*depth, draws, *confirm, *is_drained);
            }
            model.advance(0, &[Vec::new()], usize::MAX / 2, true);
            let mut open = HashMap::new();
            let mut truth: Vec<Vec<u8>> = vec![Vec::new(); model.newest.len()];
            for event in &model.told {
                match event.phase {
                    EventPhase::Predicted => prop_assert!(open.insert(event.key, event.event).is_none(), "a key is used once"),
                    _ => prop_assert_eq!(open.remove(&event.key), Some(event.event), "settled once, after it was announced"),
                }
                if event.phase == EventPhase::Confirmed {
                    truth[event.frame as usize].push(event.event);
                }
            }
            prop_assert!(open.is_empty(), "nothing stays open");
            for (told, happened) in truth.iter_mut().zip(&mut model.newest) {
                told.sort_unstable();
                happened.sort_unstable();
                prop_assert_eq!(told, happened);
            }
        }
    }
}
