//! Owns the window: shows the canvas in whole-number scale, turns keys and mouse into buttons, aim and prompts.
//! Must not know rules; it may skip pictures on a slow machine, never frames of the match.

use super::LocalMatch;
use crate::render::{self, Canvas, HEIGHT, Prompt, View, WIDTH};
use pvp_sim::bot::BotKind;
use pvp_sim::{Buttons, Fx, Vec2};
use std::num::NonZeroU32;
use std::rc::Rc;
use std::time::{Duration, Instant};
use winit::application::ApplicationHandler;
use winit::dpi::LogicalSize;
use winit::event::{ElementState, KeyEvent, MouseButton, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop};
use winit::keyboard::{Key, KeyCode, NamedKey, PhysicalKey};
use winit::window::{Window, WindowId};

/// Why the window does not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlayError {
    /// No screen, or one that takes no window.
    #[error("no window can be opened here, because there is no display: `arena demo` plays a match without one")]
    NoDisplay(String),
    /// The match could not be set up.
    #[error(transparent)]
    Config(#[from] pvp_net::ConfigError),
}

/// Opens the window and plays until it is closed.
///
/// # Errors
/// [`PlayError`] if no window can be opened.
pub fn run(kind: BotKind, level: u8) -> Result<(), PlayError> {
    let no_display = |error: &dyn std::fmt::Display| {
        tracing::debug!(%error, "no window");
        PlayError::NoDisplay(error.to_string())
    };
    let events = EventLoop::new().map_err(|error| no_display(&error))?;
    events.set_control_flow(ControlFlow::Poll);
    let mut app = App::new(kind, level)?;
    events.run_app(&mut app).map_err(|error| no_display(&error))?;
    match app.failure.take() {
        Some(failure) => Err(PlayError::NoDisplay(failure)),
        None => Ok(()),
    }
}

struct Screen {
    window: Rc<Window>,
    surface: softbuffer::Surface<Rc<Window>, Rc<Window>>,
}

struct App {
    kind: BotKind,
    level: u8,
    seed: u64,
    game: LocalMatch,
    canvas: Canvas,
    screen: Option<Screen>,
    failure: Option<String>,
    held: u8,
    cursor: (f64, f64),
    clock: Clock,
    drawn_at: Duration,
}

/// Time of the match: stands still in a pause.
struct Clock {
    begun: Instant,
    paused_at: Option<Duration>,
    lost: Duration,
}

#[allow(clippy::disallowed_methods, reason = "this is where the real clock enters")]
impl Clock {
    fn new() -> Clock {
        Clock {
            begun: Instant::now(),
            paused_at: None,
            lost: Duration::ZERO,
        }
    }

    fn real(&self) -> Duration {
        self.begun.elapsed()
    }

    fn now(&self) -> Duration {
        self.paused_at.unwrap_or_else(|| self.real()).saturating_sub(self.lost)
    }

    fn pause(&mut self, paused: bool) {
        match (paused, self.paused_at) {
            (true, None) => self.paused_at = Some(self.real()),
            (false, Some(at)) => {
                self.lost += self.real() - at;
                self.paused_at = None;
            }
            _ => {}
        }
    }
}

impl App {
    fn new(kind: BotKind, level: u8) -> Result<App, PlayError> {
        // Each start of the program another match; nobody attacks a local one.
        let seed = u64::from(std::process::id());
        Ok(App {
            kind,
            level,
            seed,
            game: LocalMatch::new(kind, level, seed)?,
            canvas: Canvas::new(),
            screen: None,
            failure: None,
            held: 0,
            cursor: (f64::from(WIDTH), f64::from(HEIGHT) / 2.0),
            clock: Clock::new(),
            drawn_at: Duration::ZERO,
        })
    }

    fn open(&mut self, events: &ActiveEventLoop) -> Result<(), String> {
        let attributes = Window::default_attributes()
            .with_title("Pixel Forge")
            .with_inner_size(LogicalSize::new(WIDTH * 2, HEIGHT * 2))
            .with_min_inner_size(LogicalSize::new(WIDTH, HEIGHT));
        let window = Rc::new(events.create_window(attributes).map_err(|error| error.to_string())?);
        let context = softbuffer::Context::new(window.clone()).map_err(|error| error.to_string())?;
        let surface = softbuffer::Surface::new(&context, window.clone()).map_err(|error| error.to_string())?;
        self.screen = Some(Screen { window, surface });
        Ok(())
    }

    /// Where the mouse points in the world: the inverse of the picture's scale and of the renderer's 7.5 pixels per unit.
    fn target(&self) -> Vec2 {
        let Some(screen) = &self.screen else { return Vec2::ZERO };
        let size = screen.window.inner_size();
        let (scale, left, top) = fit(size.width, size.height);
        let unit = |pixels: f64| Fx::from_ratio((pixels * 2.0 / f64::from(scale)) as i32, 15);
        let (x, y) = (self.cursor.0 - f64::from(left), self.cursor.1 - f64::from(top));
        Vec2::new(unit(x), unit(f64::from(HEIGHT * scale as i32) - y))
    }

    fn turn(&mut self) {
        let now = self.clock.now();
        let typing = self.game.hud().prompt != Prompt::Closed;
        let buttons = if typing { 0 } else { self.held };
        self.game.press(buttons, self.target());
        self.game.run_until(now);
        let real = self.clock.real();
        if real >= self.drawn_at + Duration::from_millis(15) {
            self.drawn_at = real;
            if let Some(screen) = &self.screen {
                screen.window.request_redraw();
            }
        }
    }

    fn draw(&mut self) {
        let view = View {
            def: self.game.def(),
            state: self.game.state(),
            hud: self.game.hud(),
        };
        render::draw(&view, &mut self.canvas);
        let Some(screen) = &mut self.screen else { return };
        if let Err(error) = present(screen, &self.canvas) {
            self.failure = Some(error);
        }
    }

    fn key(&mut self, events: &ActiveEventLoop, event: &KeyEvent) {
        let pressed = event.state == ElementState::Pressed;
        if let Prompt::Typing(text) = self.game.hud().prompt.clone() {
            if pressed {
                self.edit(text, &event.logical_key);
            }
            return;
        }
        if let PhysicalKey::Code(code) = event.physical_key {
            self.hold(button_of(code), pressed);
        }
        if !pressed || event.repeat {
            return;
        }
        let paused = self.game.hud().paused;
        let over = pvp_sim::MatchState::is_finished(self.game.state());
        match &event.logical_key {
            Key::Named(NamedKey::Enter) if !paused => {
                self.held = 0;
                self.game.set_prompt(Prompt::Typing(String::new()));
            }
            Key::Named(NamedKey::Escape) => self.pause(!paused),
            Key::Character(letter) if (paused || over) && letter.eq_ignore_ascii_case("q") => events.exit(),
            Key::Character(letter) if over && letter.eq_ignore_ascii_case("r") => self.restart(),
            _ => {}
        }
    }

    fn edit(&mut self, mut text: String, key: &Key) {
        match key {
            Key::Named(NamedKey::Enter) => {
                self.game.set_prompt(Prompt::Closed);
                self.game.wish(self.clock.now(), &text);
            }
            Key::Named(NamedKey::Escape) => self.game.set_prompt(Prompt::Closed),
            Key::Named(NamedKey::Backspace) => {
                text.pop();
                self.game.set_prompt(Prompt::Typing(text));
            }
            Key::Named(NamedKey::Space) => self.append(text, " "),
            Key::Character(letters) => self.append(text, letters),
            _ => {}
        }
    }

    fn append(&mut self, mut text: String, letters: &str) {
        if text.chars().count() < weapon_gen::prompt::PROMPT_GRAPHEMES_MAX && !letters.chars().any(char::is_control) {
            text.push_str(letters);
            self.game.set_prompt(Prompt::Typing(text));
        }
    }

    fn hold(&mut self, button: u8, pressed: bool) {
        if pressed {
            self.held |= button;
        } else {
            self.held &= !button;
        }
    }

    fn pause(&mut self, paused: bool) {
        self.held = 0;
        self.clock.pause(paused);
        self.game.set_paused(paused);
    }

    fn restart(&mut self) {
        self.seed = self.seed.wrapping_add(1);
        if let Ok(game) = LocalMatch::new(self.kind, self.level, self.seed) {
            self.game = game;
            self.clock = Clock::new();
            self.drawn_at = Duration::ZERO;
        }
    }
}

fn button_of(code: KeyCode) -> u8 {
    match code {
        KeyCode::KeyA | KeyCode::ArrowLeft => Buttons::LEFT,
        KeyCode::KeyD | KeyCode::ArrowRight => Buttons::RIGHT,
        KeyCode::KeyW | KeyCode::ArrowUp | KeyCode::Space => Buttons::JUMP,
        KeyCode::KeyS | KeyCode::ArrowDown => Buttons::DOWN,
        KeyCode::KeyF | KeyCode::KeyJ => Buttons::FIRE,
        KeyCode::KeyX => Buttons::SWAP,
        _ => 0,
    }
}

/// The largest whole scale that fits, and the borders left and above.
fn fit(width: u32, height: u32) -> (u32, u32, u32) {
    let scale = (width / WIDTH as u32).min(height / HEIGHT as u32).max(1);
    let border = |size: u32, picture: i32| size.saturating_sub(picture as u32 * scale) / 2;
    (scale, border(width, WIDTH), border(height, HEIGHT))
}

fn present(screen: &mut Screen, canvas: &Canvas) -> Result<(), String> {
    let size = screen.window.inner_size();
    let (Some(width), Some(height)) = (NonZeroU32::new(size.width), NonZeroU32::new(size.height)) else {
        return Ok(());
    };
    screen
        .surface
        .resize(width, height)
        .map_err(|error| error.to_string())?;
    let mut buffer = screen.surface.buffer_mut().map_err(|error| error.to_string())?;
    let (scale, left, top) = fit(size.width, size.height);
    for (row, line) in (0u32..).zip(buffer.chunks_exact_mut(size.width as usize)) {
        let source = row
            .checked_sub(top)
            .map(|row| row / scale)
            .filter(|row| *row < HEIGHT as u32);
        let Some(source) = source else {
            line.fill(0);
            continue;
        };
        let pixels = &canvas.pixels()[(source * WIDTH as u32) as usize..][..WIDTH as usize];
        for (column, pixel) in (0u32..).zip(line) {
            let from = column.checked_sub(left).map(|column| (column / scale) as usize);
            *pixel = from.and_then(|column| pixels.get(column)).copied().unwrap_or(0);
        }
    }
    buffer.present().map_err(|error| error.to_string())
}

impl ApplicationHandler for App {
    fn resumed(&mut self, events: &ActiveEventLoop) {
        if self.screen.is_none()
            && let Err(error) = self.open(events)
        {
            self.failure = Some(error);
            events.exit();
        }
    }

    fn window_event(&mut self, events: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        match event {
            WindowEvent::CloseRequested => events.exit(),
            WindowEvent::RedrawRequested => self.draw(),
            WindowEvent::Focused(false) => self.held = 0,
            WindowEvent::CursorMoved { position, .. } => self.cursor = (position.x, position.y),
            WindowEvent::MouseInput {
                state,
                button: MouseButton::Left,
                ..
            } => {
                self.hold(Buttons::FIRE, state == ElementState::Pressed);
            }
            WindowEvent::KeyboardInput { event, .. } => self.key(events, &event),
            _ => {}
        }
        if self.failure.is_some() {
            events.exit();
        }
    }

    fn about_to_wait(&mut self, events: &ActiveEventLoop) {
        self.turn();
        let next = self.clock.begun + self.clock.real() + Duration::from_millis(2);
        events.set_control_flow(ControlFlow::WaitUntil(next));
    }
}
