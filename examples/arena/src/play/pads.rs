//! Owns what a gamepad's buttons and sticks mean: in a match as hands, on every other screen as keys.
//! Must not know a device: tests play without one.

use super::ui::UiEvent;
use pvp_sim::{Angle, Buttons, Fx, Player};

/// A button of a gamepad, named by its place.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the places")]
pub enum PadButton {
    South,
    East,
    West,
    North,
    LeftShoulder,
    RightShoulder,
    LeftTrigger,
    RightTrigger,
    Up,
    Down,
    Left,
    Right,
    Start,
    Select,
}

impl PadButton {
    /// Every button.
    pub const ALL: [PadButton; 14] = [
        PadButton::South,
        PadButton::East,
        PadButton::West,
        PadButton::North,
        PadButton::LeftShoulder,
        PadButton::RightShoulder,
        PadButton::LeftTrigger,
        PadButton::RightTrigger,
        PadButton::Up,
        PadButton::Down,
        PadButton::Left,
        PadButton::Right,
        PadButton::Start,
        PadButton::Select,
    ];

    /// The button of the simulation, in a match.
    const fn in_match(self) -> u8 {
        match self {
            PadButton::South | PadButton::LeftShoulder | PadButton::LeftTrigger => Buttons::JUMP,
            PadButton::West | PadButton::RightShoulder | PadButton::RightTrigger => Buttons::FIRE,
            PadButton::East => Buttons::SWAP,
            PadButton::Left => Buttons::LEFT,
            PadButton::Right => Buttons::RIGHT,
            PadButton::Down => Buttons::DOWN,
            PadButton::North | PadButton::Up | PadButton::Start | PadButton::Select => 0,
        }
    }

    /// The key that does the same on a screen without hands.
    const fn as_key(self) -> Option<&'static str> {
        Some(match self {
            PadButton::South => "Enter",
            PadButton::East | PadButton::Start => "Escape",
            PadButton::West => "Space",
            PadButton::Up => "ArrowUp",
            PadButton::Down => "ArrowDown",
            PadButton::Left => "ArrowLeft",
            PadButton::Right => "ArrowRight",
            PadButton::LeftShoulder => "KeyB",
            PadButton::RightShoulder => "KeyN",
            PadButton::Select => "Tab",
            PadButton::North | PadButton::LeftTrigger | PadButton::RightTrigger => return None,
        })
    }
}

/// A stick within this distance of its middle (of 100) rests.
const REST: i32 = 30;
/// A stick pushed down so far drops through a platform.
const DROP: i32 = 70;

/// A stick that says nothing where it rests.
fn pushed((x, y): (i8, i8)) -> Option<(i32, i32)> {
    let (x, y) = (i32::from(x), i32::from(y));
    (x * x + y * y > REST * REST).then_some((x, y))
}

/// One gamepad in one player's hands.
#[derive(Clone, Debug, Default)]
pub(super) struct PadHands {
    held: Vec<PadButton>,
    left: (i8, i8),
    right: (i8, i8),
    /// Where the right stick pointed last: it stays so when the stick springs back.
    aim: Option<u8>,
}

impl PadHands {
    /// Takes what the player did with a gamepad.
    pub(super) fn event(&mut self, event: &UiEvent) {
        match *event {
            UiEvent::Pad { button, is_down, .. } => {
                self.held.retain(|held| *held != button);
                if is_down {
                    self.held.push(button);
                }
            }
            UiEvent::Stick {
                is_right: true, x, y, ..
            } => {
                self.right = (x, y);
                self.aim = pushed(self.right).map(angle).or(self.aim);
            }
            UiEvent::Stick { x, y, .. } => self.left = (x, y),
            _ => {}
        }
    }

    /// Lets everything go.
    pub(super) fn let_go(&mut self) {
        *self = PadHands::default();
    }

    /// Whether anything is held or pushed.
    pub(super) fn is_busy(&self) -> bool {
        !self.held.is_empty() || pushed(self.left).is_some() || pushed(self.right).is_some()
    }

    /// The buttons held now.
    pub(super) fn buttons(&self) -> u8 {
        let held = self.held.iter().fold(0, |buttons, button| buttons | button.in_match());
        let (x, y) = pushed(self.left).unwrap_or((0, 0));
        let run = match x {
            x if x > REST => Buttons::RIGHT,
            x if x < -REST => Buttons::LEFT,
            _ => 0,
        };
        held | run | if y < -DROP { Buttons::DOWN } else { 0 }
    }

    /// Where this player aims, in 1/256 turn: the right stick, else the left one or the cross, else ahead.
    pub(super) fn aim(&self, player: &Player) -> u8 {
        let cross = |plus: PadButton, minus: PadButton| {
            i32::from(self.held.contains(&plus)) - i32::from(self.held.contains(&minus))
        };
        let way = (
            cross(PadButton::Right, PadButton::Left),
            cross(PadButton::Up, PadButton::Down),
        );
        let way = pushed(self.left).or((way != (0, 0)).then_some(way));
        let ahead = if player.facing < 0 { 128 } else { 0 };
        match (pushed(self.right), self.aim, way) {
            (Some(right), ..) => angle(right),
            (None, _, Some(way)) => angle(way),
            (None, Some(aim), None) => aim,
            (None, None, None) => ahead,
        }
    }
}

fn angle((x, y): (i32, i32)) -> u8 {
    Angle::atan2(Fx::from_ratio(y, 1), Fx::from_ratio(x, 1)).to_byte()
}

/// Which seat a gamepad plays: the first one leaves the keyboard to the first player.
#[must_use]
pub(super) fn seat_of(pad: u8, seats: usize) -> usize {
    seats.max(1) - 1 - usize::from(pad) % seats.max(1)
}

/// Turns a gamepad into keys, for screens without hands.
#[derive(Clone, Debug, Default)]
pub(super) struct PadKeys {
    pushed: Option<&'static str>,
}

impl PadKeys {
    /// The key event that means the same, if any. Anything but a gamepad goes through as it is.
    pub(super) fn translate(&mut self, event: &UiEvent) -> Option<UiEvent> {
        let press = |key: &str| UiEvent::Press {
            key: key.to_owned(),
            text: None,
            is_repeat: false,
        };
        match *event {
            UiEvent::Pad { button, is_down, .. } => button.as_key().map(|key| match is_down {
                true => press(key),
                false => UiEvent::Release { key: key.to_owned() },
            }),
            UiEvent::Stick { is_right: true, .. } => None,
            UiEvent::Stick { x, y, .. } => {
                let now = match (i32::from(x), i32::from(y)) {
                    (_, y) if y > DROP => Some("ArrowUp"),
                    (_, y) if y < -DROP => Some("ArrowDown"),
                    (x, _) if x > DROP => Some("ArrowRight"),
                    (x, _) if x < -DROP => Some("ArrowLeft"),
                    _ => None,
                };
                let before = std::mem::replace(&mut self.pushed, now);
                now.filter(|_| now != before).map(press)
            }
            _ => Some(event.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pvp_sim::{DuelState, MatchDef, MatchState};

    fn pad(button: PadButton, is_down: bool) -> UiEvent {
        UiEvent::Pad {
            pad: 0,
            button,
            is_down,
        }
    }

    fn stick(is_right: bool, x: i8, y: i8) -> UiEvent {
        UiEvent::Stick { pad: 0, is_right, x, y }
    }

    #[test]
    fn buttons_and_sticks_become_hands_until_they_are_let_go() {
        let mut hands = PadHands::default();
        hands.event(&pad(PadButton::South, true));
        hands.event(&pad(PadButton::RightTrigger, true));
        hands.event(&stick(false, -80, 0));
        assert_eq!(hands.buttons(), Buttons::JUMP | Buttons::FIRE | Buttons::LEFT);
        hands.event(&pad(PadButton::South, false));
        hands.event(&stick(false, -20, 10));
        assert_eq!(hands.buttons(), Buttons::FIRE, "a stick near its middle rests");
        hands.event(&stick(false, 40, -100));
        assert_eq!(hands.buttons(), Buttons::FIRE | Buttons::RIGHT | Buttons::DOWN);
        hands.let_go();
        assert_eq!(hands.buttons(), 0);
    }

    #[test]
    fn the_right_stick_aims_and_stays_the_left_one_overrules_it() {
        let state = DuelState::new(&MatchDef::duel(1));
        let player = &state.players()[1];
        let mut hands = PadHands::default();
        assert_eq!(hands.aim(player), 128, "as the player faces");
        hands.event(&pad(PadButton::Up, true));
        assert_eq!(hands.aim(player), 64);
        hands.event(&pad(PadButton::Up, false));
        hands.event(&stick(true, 90, 90));
        assert_eq!(hands.aim(player), 32);
        hands.event(&stick(true, 0, 0));
        assert_eq!(hands.aim(player), 32, "the stick sprang back");
        hands.event(&stick(false, 100, 0));
        assert_eq!(hands.aim(player), 0);
    }

    #[test]
    fn every_gamepad_has_a_seat_and_the_first_one_leaves_the_keyboard_alone() {
        assert_eq!([0, 1, 2, 255].map(|pad| seat_of(pad, 1)), [0, 0, 0, 0]);
        assert_eq!([0, 1, 2].map(|pad| seat_of(pad, 2)), [1, 0, 1]);
        assert_eq!(seat_of(3, 0), 0);
    }

    #[test]
    fn on_a_menu_a_push_is_one_step() {
        let mut keys = PadKeys::default();
        let mut key = |event: UiEvent| match keys.translate(&event) {
            Some(UiEvent::Press { key, .. }) => key,
            other => format!("{other:?}"),
        };
        assert_eq!(key(stick(false, 0, -90)), "ArrowDown");
        assert_eq!(key(stick(false, 0, -95)), "None", "still the same push");
        assert_eq!(key(stick(false, 0, 0)), "None");
        assert_eq!(key(stick(false, 0, -95)), "ArrowDown");
        assert_eq!(key(pad(PadButton::South, true)), "Enter");
        assert_eq!(key(pad(PadButton::North, true)), "None");
        assert_eq!(key(UiEvent::FocusLost), "Some(FocusLost)");
    }
}
