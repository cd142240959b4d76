//! Owns the picture of a match: a pure CPU renderer from state to pixels, integers only.
//! Must not know a window, and must not write to the state: the same view gives the same pixels on every machine.

mod canvas;
mod palette;
mod background;
mod tiles;
mod art;
mod figure;
mod armament;
mod shots;
mod spray;
mod sparks;
mod font;
mod hud;
mod panel;
mod card;

pub use canvas::{Canvas, HEIGHT, WIDTH};
pub(crate) use font::cut as fit;
pub use hud::{Card, Changes, Hud, Prompt, Typing};
pub use palette::Palette;
pub(crate) use palette::noise;

use pvp_sim::{DuelState, Fx, MatchDef, MatchState, Vec2};

/// Pixels of half a unit: a unit is 7.5 pixels.
const HALF_UNIT: i64 = 15;

/// A length in whole pixels, rounded down.
fn pixels(units: Fx) -> i32 {
    ((i64::from(units.to_bits()) * HALF_UNIT / 2) >> 16) as i32
}

/// Where a place of the world is on the canvas; the world's y points up.
fn place(position: Vec2) -> (i32, i32) {
    (pixels(position.x), HEIGHT - pixels(position.y))
}

/// Everything that a picture shows.
pub struct View<'a, S = DuelState> {
    /// Where the match is played.
    pub def: &'a MatchDef,
    /// The state to draw.
    pub state: &'a S,
    /// What is written over it.
    pub hud: &'a Hud,
}

impl<S: MatchState> View<'_, S> {
    /// How many of the state's players take part.
    #[must_use]
    pub fn fighter_count(&self) -> usize {
        match self.hud.fighter_count {
            0 => S::PLAYER_COUNT,
            count => count.min(S::PLAYER_COUNT),
        }
    }
}

impl<S> Copy for View<'_, S> {}

impl<S> Clone for View<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

/// Draws a view.
pub fn draw<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas) {
    draw_world(view, canvas);
    hud::draw(view, canvas);
}

/// Draws a view without what is written over it.
pub fn draw_world<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas) {
    let now = view.state.frame().0;
    let scene = View {
        state: view.hud.effects.held(view.state),
        ..*view
    };
    background::draw(&scene, canvas);
    tiles::draw(&scene, canvas);
    // Fighters and shots stay visible before a card.
    for player in 0..view.hud.cards.len() {
        card::draw(&scene, canvas, player);
    }
    figure::draw(&scene, canvas);
    shots::draw(&scene, canvas);
    sparks::draw(&scene, canvas, now);
    canvas.push(view.hud.effects.shake(now));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_repeats_and_shows_the_state() {
        let def = MatchDef::duel(1);
        let state = DuelState::new(&def);
        let hud = Hud::default();
        let view = View {
            def: &def,
            state: &state,
            hud: &hud,
        };
        let (mut first, mut second) = (Canvas::new(), Canvas::new());
        draw(&view, &mut first);
        draw(&view, &mut second);
        assert_eq!(first.pixels(), second.pixels());
        let prompting = Hud {
            prompt: Prompt::Typing(Typing::default()),
            ..Hud::default()
        };
        draw(
            &View {
                hud: &prompting,
                ..view
            },
            &mut second,
        );
        assert_ne!(first.pixels(), second.pixels());
    }
}
