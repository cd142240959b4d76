//! Owns which sound an event makes, and that each is heard exactly once, whatever is rolled back.
//!
//! A rollback often finds the same event some frames earlier or later than predicted, before it takes the first one back.
//! So the same sound of the same player within a tenth of a second is one sound, as the pellets of a volley are.
//! What decides a match waits for certainty.

use super::Sound;
use pvp_net::{EventPhase, GameEvent};
use pvp_sim::{Archetype, Event, PlayerId};
use std::collections::VecDeque;

/// Sounds that wait for a listener; without one the oldest are lost.
const CUE_COUNT_MAX: usize = 64;
/// The same sound of the same player within this many frames is one sound.
const SAME_FRAMES: u32 = 6;
/// Frames for which sounds are remembered.
const MEMORY_FRAMES: u32 = 600;

/// A sound to begin, or one to stop.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    /// Frame and ordinal of its event.
    pub key: (u32, u32),
    /// Which sound.
    pub sound: Sound,
    /// Whether it is to stop: its event did not happen.
    pub is_stop: bool,
}

/// An event with a sound.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Known {
    key: (u32, u32),
    sound: Sound,
    who: Option<PlayerId>,
    /// The key that its sound was begun with; `None` if another event's sound is heard for it.
    heard: Option<(u32, u32)>,
    /// Its event was taken back: its sound may count for another one.
    is_free: bool,
}

impl Known {
    fn is_same(&self, sound: Sound, who: Option<PlayerId>, frame: u32) -> bool {
        (self.sound, self.who) == (sound, who) && self.key.0.abs_diff(frame) <= SAME_FRAMES
    }
}

/// Turns told events into sounds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cues {
    known: VecDeque<Known>,
    waiting: VecDeque<Cue>,
}

impl Cues {
    /// Nothing heard yet.
    #[must_use]
    pub fn new() -> Cues {
        Cues::default()
    }

    /// Takes an event as the session tells it.
    pub fn follow(&mut self, told: &GameEvent<Event>) {
        let Some((sound, who)) = sound_of(&told.event) else {
            return;
        };
        let key = (told.key.frame, told.key.ordinal);
        match told.phase {
            EventPhase::Predicted if waits_for_certainty(sound) => {}
            EventPhase::Predicted | EventPhase::Confirmed => self.begin(key, sound, who),
            EventPhase::Cancelled => self.take_back(key),
        }
    }

    /// Takes the events of a frame that nothing takes back.
    pub fn play<'a>(&mut self, frame: u32, events: impl IntoIterator<Item = &'a Event>) {
        for (ordinal, event) in (0..).zip(events) {
            if let Some((sound, who)) = sound_of(event) {
                self.begin((frame, ordinal), sound, who);
            }
        }
    }

    fn begin(&mut self, key: (u32, u32), sound: Sound, who: Option<PlayerId>) {
        if self.known.iter().any(|known| known.key == key && !known.is_free) {
            return;
        }
        self.known.retain(|known| known.key.0 + MEMORY_FRAMES > key.0);
        let mut same = self.known.iter_mut().filter(|known| known.is_same(sound, who, key.0));
        let heard = match same.find(|known| known.heard.is_some()) {
            Some(known) if known.is_free => {
                (known.key, known.is_free) = (key, false);
                return;
            }
            Some(_) => None,
            None => {
                self.push(Cue {
                    key,
                    sound,
                    is_stop: false,
                });
                Some(key)
            }
        };
        self.known.push_back(Known {
            key,
            sound,
            who,
            heard,
            is_free: false,
        });
    }

    /// Another event that was silent for this one's sound takes it over.
    fn take_back(&mut self, key: (u32, u32)) {
        let Some(place) = self.known.iter().position(|known| known.key == key && !known.is_free) else {
            return;
        };
        let gone = self.known[place];
        if gone.heard.is_none() {
            self.known.remove(place);
            return;
        }
        let heir = self
            .known
            .iter_mut()
            .find(|known| known.heard.is_none() && known.is_same(gone.sound, gone.who, key.0));
        match heir {
            Some(heir) => {
                heir.heard = gone.heard;
                self.known.remove(place);
            }
            None => self.known[place].is_free = true,
        }
    }

    fn push(&mut self, cue: Cue) {
        if self.waiting.len() == CUE_COUNT_MAX {
            self.waiting.pop_front();
        }
        self.waiting.push_back(cue);
    }

    /// Stops what was taken back and has found no other event by `frame`.
    pub fn settle(&mut self, frame: u32) {
        let mut stopped = Vec::new();
        self.known.retain(|known| {
            let is_lost = known.is_free && known.key.0 + SAME_FRAMES < frame;
            stopped.extend(known.heard.filter(|_| is_lost).map(|key| (key, known.sound)));
            !is_lost
        });
        for (key, sound) in stopped {
            self.push(Cue {
                key,
                sound,
                is_stop: true,
            });
        }
    }

    /// Takes out what is to be heard.
    pub fn take(&mut self) -> std::collections::vec_deque::Drain<'_, Cue> {
        self.waiting.drain(..)
    }
}

/// Nobody may hear of a death, a weapon or a win that does not come.
const fn waits_for_certainty(sound: Sound) -> bool {
    matches!(
        sound,
        Sound::Death
            | Sound::ForgeBegins
            | Sound::Forged
            | Sound::Refused
            | Sound::Physics
            | Sound::Round
            | Sound::RoundWon
            | Sound::MatchWon
            | Sound::SuddenDeath
    )
}

fn sound_of(event: &Event) -> Option<(Sound, Option<PlayerId>)> {
    Some(match event {
        Event::Jumped { player, .. } => (Sound::Jump, Some(*player)),
        Event::Landed { player, .. } => (Sound::Land, Some(*player)),
        Event::Shot { player, archetype, .. } => (shot(*archetype), Some(*player)),
        Event::Bounced { .. } => (Sound::Bounce, None),
        Event::Fizzled { .. } => (Sound::Fizzle, None),
        Event::Exploded { .. } => (Sound::Explosion, None),
        Event::Hit { player, damage, .. } if *damage >= 20 => (Sound::HardHit, Some(*player)),
        Event::Hit { player, .. } => (Sound::Hit, Some(*player)),
        Event::Died { player, .. } => (Sound::Death, Some(*player)),
        Event::RequestAccepted { player, .. } => (Sound::ForgeBegins, Some(*player)),
        Event::RequestRefused { player, .. } => (Sound::Refused, Some(*player)),
        Event::Forged { player, .. } => (Sound::Forged, Some(*player)),
        Event::ModStarted { .. } => (Sound::Physics, None),
        Event::RoundStarted { .. } => (Sound::Round, None),
        Event::RoundEnded { .. } => (Sound::RoundWon, None),
        Event::MatchEnded { .. } => (Sound::MatchWon, None),
        Event::SuddenDeath => (Sound::SuddenDeath, None),
        _ => return None,
    })
}

const fn shot(archetype: u8) -> Sound {
    use Archetype as A;
    match Archetype::from_u8(archetype) {
        Some(A::Sword | A::Dagger | A::Axe | A::Hammer | A::Spear | A::Whip) => Sound::Blade,
        Some(A::Boomerang | A::Shuriken | A::Javelin | A::Bow | A::Crossbow | A::Slingshot) => Sound::Bow,
        Some(A::Cannon | A::RocketLauncher | A::Grenade | A::Bomb | A::Mine | A::Flamethrower) => Sound::Launcher,
        Some(A::Laser | A::Staff | A::Wand | A::Orb | A::Tome) => Sound::Magic,
        _ => Sound::Gun,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pvp_net::EventKey;
    use pvp_sim::Vec2;

    fn told(frame: u32, phase: EventPhase, event: Event) -> GameEvent<Event> {
        GameEvent {
            key: EventKey { frame, ordinal: 0 },
            frame,
            event,
            phase,
            was_predicted: phase != EventPhase::Predicted,
        }
    }

    fn jump() -> Event {
        Event::Jumped {
            player: PlayerId(1),
            position: Vec2::ZERO,
        }
    }

    fn heard(cues: &mut Cues) -> Vec<(Sound, bool)> {
        cues.take().map(|cue| (cue.sound, cue.is_stop)).collect()
    }

    #[test]
    fn predicted_and_confirmed_is_one_sound() {
        let mut cues = Cues::new();
        cues.follow(&told(5, EventPhase::Predicted, jump()));
        cues.follow(&told(5, EventPhase::Confirmed, jump()));
        assert_eq!(heard(&mut cues), [(Sound::Jump, false)]);
    }

    #[test]
    fn a_moved_event_is_one_sound() {
        use EventPhase::{Cancelled, Confirmed, Predicted};
        let orders = [
            [(5, Predicted), (5, Cancelled), (7, Predicted), (7, Confirmed)],
            [(5, Predicted), (7, Predicted), (5, Cancelled), (7, Confirmed)],
            [(7, Predicted), (5, Predicted), (5, Confirmed), (7, Cancelled)],
        ];
        for order in orders {
            let mut cues = Cues::new();
            for (frame, phase) in order {
                cues.follow(&told(frame, phase, jump()));
            }
            cues.settle(100);
            assert_eq!(heard(&mut cues), [(Sound::Jump, false)], "{order:?}");
        }
    }

    #[test]
    fn a_sound_that_did_not_happen_stops_once() {
        let mut cues = Cues::new();
        cues.follow(&told(5, EventPhase::Predicted, jump()));
        cues.follow(&told(5, EventPhase::Cancelled, jump()));
        cues.settle(30);
        cues.settle(31);
        assert_eq!(heard(&mut cues), [(Sound::Jump, false), (Sound::Jump, true)]);
    }

    #[test]
    fn what_decides_waits_for_certainty() {
        let mut cues = Cues::new();
        let end = Event::RoundEnded { winner: None };
        cues.follow(&told(5, EventPhase::Predicted, end));
        assert_eq!(heard(&mut cues), []);
        cues.follow(&told(5, EventPhase::Confirmed, end));
        assert_eq!(heard(&mut cues), [(Sound::RoundWon, false)]);
    }
}
