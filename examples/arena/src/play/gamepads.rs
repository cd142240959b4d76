//! Owns the gamepads of this machine: what they did, in the words of the screens.
//! Must not know what the buttons do; without any gamepad, or where the system has no way to them, it is silent.

use super::pads::PadButton;
use super::ui::UiEvent;
use gilrs::{Axis, Button, EventType, GamepadId, Gilrs};

/// The gamepads.
pub(super) struct Gamepads {
    system: Option<Gilrs>,
    /// Numbered as they were touched first.
    known: Vec<GamepadId>,
    /// Left and right stick of each.
    sticks: Vec<[(i8, i8); 2]>,
}

impl Gamepads {
    /// Looks for gamepads; they may also come later.
    pub(super) fn open() -> Gamepads {
        let system = Gilrs::new()
            .inspect_err(|error| tracing::debug!(%error, "no gamepads"))
            .ok();
        Gamepads {
            system,
            known: Vec::new(),
            sticks: Vec::new(),
        }
    }

    /// The next thing that a player did, if any.
    pub(super) fn next(&mut self) -> Option<Vec<UiEvent>> {
        let event = self.system.as_mut()?.next_event()?;
        let number = self.number(event.id);
        let pad = number as u8;
        let press = |button: Button, is_down: bool| {
            let button = place(button)?;
            Some(UiEvent::Pad { pad, button, is_down })
        };
        Some(match event.event {
            EventType::ButtonPressed(button, _) => press(button, true).into_iter().collect(),
            EventType::ButtonReleased(button, _) => press(button, false).into_iter().collect(),
            EventType::AxisChanged(axis, value, _) => self.stick(number, axis, value).into_iter().collect(),
            EventType::Disconnected => released(pad),
            _ => Vec::new(),
        })
    }

    fn number(&mut self, id: GamepadId) -> usize {
        self.known.iter().position(|known| *known == id).unwrap_or_else(|| {
            self.known.push(id);
            self.sticks.push([(0, 0); 2]);
            self.known.len() - 1
        })
    }

    fn stick(&mut self, number: usize, axis: Axis, value: f32) -> Option<UiEvent> {
        let is_right = matches!(axis, Axis::RightStickX | Axis::RightStickY);
        let stick = &mut self.sticks.get_mut(number)?[usize::from(is_right)];
        let percent = (value.clamp(-1.0, 1.0) * 100.0) as i8;
        match axis {
            Axis::LeftStickX | Axis::RightStickX => stick.0 = percent,
            Axis::LeftStickY | Axis::RightStickY => stick.1 = percent,
            _ => return None,
        }
        let (x, y) = *stick;
        let pad = number as u8;
        Some(UiEvent::Stick { pad, is_right, x, y })
    }
}

/// A gamepad that is gone holds nothing.
fn released(pad: u8) -> Vec<UiEvent> {
    let stick = |is_right| UiEvent::Stick {
        pad,
        is_right,
        x: 0,
        y: 0,
    };
    let button = |button| UiEvent::Pad {
        pad,
        button,
        is_down: false,
    };
    PadButton::ALL
        .into_iter()
        .map(button)
        .chain([false, true].map(stick))
        .collect()
}

const fn place(button: Button) -> Option<PadButton> {
    Some(match button {
        Button::South => PadButton::South,
        Button::East => PadButton::East,
        Button::West => PadButton::West,
        Button::North => PadButton::North,
        Button::LeftTrigger => PadButton::LeftShoulder,
        Button::RightTrigger => PadButton::RightShoulder,
        Button::LeftTrigger2 => PadButton::LeftTrigger,
        Button::RightTrigger2 => PadButton::RightTrigger,
        Button::DPadUp => PadButton::Up,
        Button::DPadDown => PadButton::Down,
        Button::DPadLeft => PadButton::Left,
        Button::DPadRight => PadButton::Right,
        Button::Start => PadButton::Start,
        Button::Select => PadButton::Select,
        _ => return None,
    })
}
