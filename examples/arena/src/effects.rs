//! Owns what is shown of events: which are still visible, the shake of the picture, and the short hold after a hard hit.
//!
//! An effect is its event and the frame it began; every speck of it is a function of those two, drawn in `render`.
//! So a rollback takes an effect back by forgetting its event, and nothing here can grow.
//! Must not be read by the simulation.

use pvp_net::{EventPhase, GameEvent};
use pvp_sim::{Event, MatchState};
use std::collections::VecDeque;

/// Effects shown at once; the oldest gives way.
pub const EFFECT_COUNT_MAX: usize = 160;
/// Damage from which a hit holds the picture.
const HARD_DAMAGE: i32 = 20;
/// Frames between two holds, so that quick weapons do not stop the match.
const HOLD_PAUSE_FRAMES: u32 = 24;
/// Effects of frames further away than this are of another match or another place of a replay.
const STRAY_FRAMES: u32 = 240;

/// An event that is being shown.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// The frame it happened in.
    pub frame: u32,
    /// Its place among the events of that frame.
    pub ordinal: u32,
    /// What happened.
    pub event: Event,
}

impl Happening {
    /// Frames for which an event is shown; 0 for events that are not.
    #[must_use]
    pub const fn life(event: &Event) -> u32 {
        match event {
            Event::Jumped { .. } | Event::Landed { .. } => 16,
            Event::Bounced { .. } => 10,
            Event::Shot { .. } => 28,
            Event::Fizzled { .. } => 18,
            Event::Hit { .. } => 48,
            Event::Exploded { .. } => 46,
            Event::Died { .. } => 70,
            Event::Forged { .. } => 48,
            Event::ModStarted { .. } => 40,
            Event::SuddenDeath => 60,
            // The banner names the winner until the next round.
            Event::RoundEnded { .. } => 200,
            _ => 0,
        }
    }

    /// A seed for its specks.
    #[must_use]
    pub const fn seed(&self) -> u32 {
        self.frame.wrapping_mul(131).wrapping_add(self.ordinal)
    }
}

/// A picture that stands for a moment while the match goes on.
#[derive(Clone, Debug, PartialEq)]
struct Hold {
    /// The frame it stands at.
    frame: u32,
    /// The words of its state.
    words: Box<[u32]>,
    until_frame: u32,
}

/// What is shown of events beside the state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    shown: VecDeque<Happening>,
    hold: Option<Hold>,
    last_hold_frame: u32,
    is_calm: bool,
}

impl Effects {
    /// Nothing to show.
    #[must_use]
    pub fn new() -> Effects {
        Effects::default()
    }

    /// Without shake, flashes and holds, for players who get sick from them.
    pub fn set_calm(&mut self, is_calm: bool) {
        self.is_calm = is_calm;
    }

    /// Whether shake, flashes and holds are off.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.is_calm
    }

    /// Takes an event as the session tells it: shows it once, or takes it back.
    pub fn follow(&mut self, told: &GameEvent<Event>) {
        let key = (told.key.frame, told.key.ordinal);
        match told.phase {
            EventPhase::Cancelled => self.shown.retain(|shown| (shown.frame, shown.ordinal) != key),
            EventPhase::Predicted | EventPhase::Confirmed
                if told.phase == EventPhase::Confirmed && told.was_predicted => {}
            EventPhase::Predicted | EventPhase::Confirmed => self.show(key.0, key.1, told.event),
        }
    }

    /// Shows an event of a frame; `ordinal` tells the events of one frame apart.
    pub fn show(&mut self, frame: u32, ordinal: u32, event: Event) {
        let is_known = self
            .shown
            .iter()
            .any(|shown| (shown.frame, shown.ordinal) == (frame, ordinal));
        if Happening::life(&event) == 0 || is_known {
            return;
        }
        if self.shown.len() == EFFECT_COUNT_MAX {
            self.shown.pop_front();
        }
        self.shown.push_back(Happening { frame, ordinal, event });
    }

    /// Shows the events of a frame that nothing takes back, and settles on the state after it.
    pub fn play<'a, S: MatchState>(&mut self, events: impl IntoIterator<Item = &'a Event>, state: &S) {
        let frame = state.frame().0.saturating_sub(1);
        for (ordinal, event) in (0..).zip(events) {
            self.show(frame, ordinal, *event);
        }
        self.settle(state);
    }

    /// Forgets what is over, and begins a hold if something hard just happened. Call it once per picture.
    pub fn settle<S: MatchState>(&mut self, state: &S) {
        let now = state.frame().0;
        self.shown.retain(|shown| {
            let age = now.saturating_sub(shown.frame);
            age <= Happening::life(&shown.event) && shown.frame < now.saturating_add(STRAY_FRAMES)
        });
        if self.last_hold_frame > now {
            (self.last_hold_frame, self.hold) = (0, None);
        }
        if self
            .hold
            .as_ref()
            .is_some_and(|hold| now >= hold.until_frame || hold.frame > now)
        {
            self.hold = None;
        }
        let is_free = !self.is_calm && self.hold.is_none() && now >= self.last_hold_frame + HOLD_PAUSE_FRAMES;
        let length = self
            .shown
            .iter()
            .map(|shown| hold_frames(shown, now))
            .max()
            .unwrap_or(0);
        if is_free && length > 0 {
            self.last_hold_frame = now;
            self.hold = Some(Hold {
                frame: now,
                words: bytemuck::cast_slice(std::slice::from_ref(state)).into(),
                until_frame: now + length,
            });
        }
    }

    /// The state to draw: the given one, or the one that is held.
    #[must_use]
    pub fn held<'a, S: MatchState>(&'a self, state: &'a S) -> &'a S {
        let now = state.frame().0;
        match &self.hold {
            Some(hold) if now < hold.until_frame && hold.frame <= now => {
                let words: Result<&[S], _> = bytemuck::try_cast_slice(&hold.words);
                words.ok().and_then(<[S]>::first).unwrap_or(state)
            }
            _ => state,
        }
    }

    /// What is visible in `frame`, oldest first, with its age in frames.
    pub fn visible(&self, frame: u32) -> impl Iterator<Item = (&Happening, u32)> {
        self.shown.iter().filter_map(move |shown| {
            // A state counts the frame to be simulated next: what happened in the last one has age 0.
            let age = frame.checked_sub(shown.frame + 1)?;
            (age < Happening::life(&shown.event)).then_some((shown, age))
        })
    }

    /// How far the picture is pushed in `frame`, in pixels.
    #[must_use]
    pub fn shake(&self, frame: u32) -> (i32, i32) {
        if self.is_calm {
            return (0, 0);
        }
        let push = self
            .visible(frame)
            .map(|(shown, age)| push_of(&shown.event, age))
            .max()
            .unwrap_or(0);
        let odd = crate::render::noise(frame / 2, 99);
        let swing = |bits: u32| (odd >> bits) as i32 % (2 * push + 1) - push;
        (swing(4), swing(14))
    }
}

/// How long an event holds the picture if it happened in the last two frames.
fn hold_frames(shown: &Happening, now: u32) -> u32 {
    if now.saturating_sub(shown.frame) > 2 || shown.frame > now {
        return 0;
    }
    match shown.event {
        Event::Died { .. } => 7,
        Event::Hit { damage, .. } if damage >= 2 * HARD_DAMAGE => 5,
        Event::Hit { damage, .. } if damage >= HARD_DAMAGE => 3,
        _ => 0,
    }
}

/// The largest push of an event at an age, in pixels.
fn push_of(event: &Event, age: u32) -> i32 {
    let start = match event {
        Event::Died { .. } => 7,
        Event::Exploded { radius, .. } => 2 + i32::from(*radius) / 5,
        Event::Hit { damage, .. } => (damage / 8).min(5),
        _ => 0,
    };
    (start - age as i32 / 3).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pvp_net::EventKey;
    use pvp_sim::{DuelState, MatchDef, PlayerId, Vec2};

    fn told(frame: u32, phase: EventPhase, was_predicted: bool) -> GameEvent<Event> {
        GameEvent {
            key: EventKey { frame, ordinal: 0 },
            frame,
            event: hit(30),
            phase,
            was_predicted,
        }
    }

    fn hit(damage: i32) -> Event {
        Event::Hit {
            by: PlayerId(0),
            player: PlayerId(1),
            position: Vec2::ZERO,
            damage,
            effect: 0,
        }
    }

    #[test]
    fn a_predicted_event_shows_once_and_a_cancelled_one_goes() {
        let mut effects = Effects::new();
        effects.follow(&told(5, EventPhase::Predicted, false));
        effects.follow(&told(5, EventPhase::Confirmed, true));
        assert_eq!(effects.visible(6).count(), 1);
        effects.follow(&told(9, EventPhase::Predicted, false));
        effects.follow(&told(9, EventPhase::Cancelled, true));
        assert_eq!(effects.visible(10).count(), 1);
        effects.follow(&told(11, EventPhase::Confirmed, false));
        assert_eq!(effects.visible(12).count(), 2);
    }

    #[test]
    fn nothing_grows() {
        let mut effects = Effects::new();
        for ordinal in 0..1000 {
            effects.show(1, ordinal, hit(3));
        }
        assert_eq!(effects.visible(2).count(), EFFECT_COUNT_MAX);
        assert_eq!(effects.visible(2 + 48).count(), 0);
    }

    #[test]
    fn a_hard_hit_holds_the_picture_and_never_the_match() {
        let def = MatchDef::duel(1);
        let mut state = DuelState::new(&def);
        let content = pvp_sim::ContentStore::new();
        let step = |state: &mut DuelState| {
            let mut events = pvp_sim::Events::new();
            pvp_sim::step(&def, &content, state, &[pvp_sim::Input::default(); 2], &mut events);
        };
        (0..100).for_each(|_| step(&mut state));
        let mut effects = Effects::new();
        effects.show(99, 0, hit(50));
        effects.settle(&state);
        let mut held = 0;
        for _ in 0..20 {
            step(&mut state);
            effects.settle(&state);
            held += u32::from(effects.held(&state).frame() != state.frame());
        }
        assert_eq!(held, 4, "five frames from the hit, the first is the held one itself");
    }

    #[test]
    fn a_calm_picture_never_moves() {
        let mut effects = Effects::new();
        effects.show(99, 0, hit(90));
        let moved = |effects: &Effects| (100..140).any(|frame| effects.shake(frame) != (0, 0));
        assert!(moved(&effects));
        effects.set_calm(true);
        assert!(!moved(&effects));
    }
}
