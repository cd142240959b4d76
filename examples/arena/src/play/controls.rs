//! Owns what one player's hands do: held keys and the mouse become buttons and an aim.
//! Must not know what the buttons do.

use super::pads::PadHands;
use super::ui::UiEvent;
use crate::render::{HEIGHT, WIDTH};
use crate::settings::{Action, Bindings, key_label};
use pvp_sim::{Angle, Buttons, Fx, Player, Vec2};
use std::collections::BTreeSet;

/// One player's hands.
#[derive(Clone, Debug)]
pub(super) struct Controls {
    bindings: Bindings,
    held: BTreeSet<String>,
    mouse_down: bool,
    cursor: (i32, i32),
    pad: PadHands,
    /// Whether the gamepad was touched last: then it aims.
    is_on_pad: bool,
}

impl Controls {
    /// Hands on these keys.
    #[must_use]
    pub(super) fn new(bindings: Bindings) -> Controls {
        Controls {
            bindings,
            held: BTreeSet::new(),
            mouse_down: false,
            cursor: (WIDTH, HEIGHT / 2),
            pad: PadHands::default(),
            is_on_pad: false,
        }
    }

    /// Takes what the player did; keys that are bound to nothing are forgotten.
    pub(super) fn event(&mut self, event: &UiEvent) {
        match event {
            UiEvent::Pad { .. } | UiEvent::Stick { .. } => {
                self.pad.event(event);
                self.is_on_pad |= self.pad.is_busy();
                return;
            }
            UiEvent::Press { key, .. } if self.is_bound(key) => self.is_on_pad = false,
            UiEvent::Cursor { .. } | UiEvent::Mouse { .. } if self.bindings.mouse => self.is_on_pad = false,
            _ => {}
        }
        match event {
            UiEvent::Press { key, .. } if self.is_bound(key) => {
                self.held.insert(key.clone());
            }
            UiEvent::Release { key } => {
                self.held.remove(key);
            }
            UiEvent::Cursor { x, y } => self.cursor = (*x, *y),
            UiEvent::Mouse { is_down } => self.mouse_down = *is_down,
            UiEvent::FocusLost => self.let_go(),
            UiEvent::Press { .. } | UiEvent::Pad { .. } | UiEvent::Stick { .. } => {}
        }
    }

    fn is_bound(&self, key: &str) -> bool {
        Action::ALL.iter().any(|action| self.bindings.is(*action, key))
    }

    /// Lets everything go.
    pub(super) fn let_go(&mut self) {
        self.held.clear();
        self.mouse_down = false;
        self.pad.let_go();
    }

    /// The keys, in a line for people.
    #[must_use]
    pub(super) fn help(&self) -> String {
        let key = |action: Action| {
            self.bindings
                .keys(action)
                .first()
                .map_or_else(String::new, |key| key_label(key))
        };
        let hands = if self.bindings.mouse {
            "mouse aim and fire".to_owned()
        } else {
            format!("{} fire", key(Action::Fire))
        };
        format!(
            "{} {} run   {} jump   {hands}   {} forge",
            key(Action::Left),
            key(Action::Right),
            key(Action::Jump),
            key(Action::Forge)
        )
    }

    /// Whether this key opens this player's prompt.
    #[must_use]
    pub(super) fn opens_prompt(&self, key: &str) -> bool {
        self.bindings.is(Action::Forge, key)
    }

    fn holds(&self, action: Action) -> bool {
        self.bindings.keys(action).iter().any(|key| self.held.contains(key))
    }

    /// The buttons held now.
    #[must_use]
    pub(super) fn buttons(&self) -> u8 {
        let table = [
            (Action::Left, Buttons::LEFT),
            (Action::Right, Buttons::RIGHT),
            (Action::Jump, Buttons::JUMP),
            (Action::Down, Buttons::DOWN),
            (Action::Fire, Buttons::FIRE),
            (Action::Swap, Buttons::SWAP),
        ];
        let keys = table.iter().filter(|(action, _)| self.holds(*action));
        let mouse = if self.bindings.mouse && self.mouse_down {
            Buttons::FIRE
        } else {
            0
        };
        keys.fold(mouse | self.pad.buttons(), |buttons, (_, button)| buttons | button)
    }

    /// Where this player aims, in 1/256 turn.
    #[must_use]
    pub(super) fn aim(&self, player: &Player) -> u8 {
        if self.is_on_pad {
            return self.pad.aim(player);
        }
        if self.bindings.mouse {
            let target = world_at(self.cursor);
            let way = target - player.position;
            return Angle::atan2(way.y, way.x).to_byte();
        }
        let axis = |plus: Action, minus: Action| i32::from(self.holds(plus)) - i32::from(self.holds(minus));
        let (x, y) = (axis(Action::Right, Action::Left), axis(Action::AimUp, Action::Down));
        match (x, y) {
            (0, 0) if player.facing < 0 => 128,
            (0, 0) => 0,
            (x, y) => Angle::atan2(Fx::from_ratio(y, 1), Fx::from_ratio(x, 1)).to_byte(),
        }
    }
}

/// The place in the world under a pixel of the picture: 7.5 pixels are a unit, y is up.
fn world_at((x, y): (i32, i32)) -> Vec2 {
    let unit = |pixels: i32| Fx::from_ratio(pixels.clamp(-4096, 4096) * 2, 15);
    Vec2::new(unit(x), unit(HEIGHT - y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pvp_sim::{DuelState, MatchDef, MatchState};

    fn press(key: &str) -> UiEvent {
        UiEvent::Press {
            key: key.to_owned(),
            text: None,
            is_repeat: false,
        }
    }

    #[test]
    fn keys_become_buttons_until_they_are_let_go() {
        let mut hands = Controls::new(Bindings::first());
        hands.event(&press("KeyD"));
        hands.event(&press("Space"));
        hands.event(&press("KeyQ"));
        assert_eq!(hands.buttons(), Buttons::RIGHT | Buttons::JUMP);
        hands.event(&UiEvent::Release { key: "KeyD".into() });
        hands.event(&UiEvent::Mouse { is_down: true });
        assert_eq!(hands.buttons(), Buttons::JUMP | Buttons::FIRE);
        hands.event(&UiEvent::FocusLost);
        assert_eq!(hands.buttons(), 0);
    }

    #[test]
    fn the_mouse_aims_for_one_player_and_the_arrows_for_the_other() {
        let state = DuelState::new(&MatchDef::duel(1));
        let players = state.players();
        let mut first = Controls::new(Bindings::first());
        first.event(&UiEvent::Cursor { x: 0, y: -4000 });
        assert!(
            (60..=68).contains(&first.aim(&players[0])),
            "{}",
            first.aim(&players[0])
        );
        let mut second = Controls::new(Bindings::second());
        assert_eq!(second.aim(&players[1]), 128, "as the player faces");
        second.event(&press("ArrowUp"));
        assert_eq!(second.aim(&players[1]), 64);
        second.event(&press("ArrowRight"));
        assert_eq!(second.aim(&players[1]), 32);
        second.event(&UiEvent::Mouse { is_down: true });
        assert_eq!(second.buttons() & Buttons::FIRE, 0, "the mouse is the other's");
    }
}
