//! Owns the window: shows the canvas in whole-number scale, names keys and mouse moves for the screens.
//! Must not know screens or rules; it may skip pictures on a slow machine, never frames of the match.

use super::app::App;
use super::ui::UiEvent;
use crate::render::{Canvas, HEIGHT, WIDTH};
use crate::sound::Speaker;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use winit::application::ApplicationHandler;
use winit::dpi::LogicalSize;
use winit::event::{ElementState, KeyEvent, MouseButton, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop};
use winit::keyboard::PhysicalKey;
use winit::window::{Window, WindowId};

/// Why the window does not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlayError {
    /// No screen, or one that takes no window.
    #[error("no window can be opened here, because there is no display: `arena demo` plays a match without one")]
    NoDisplay(String),
}

/// Opens the window and shows the app until it is left or `interrupted` is set. The app's clock begins now.
///
/// # Errors
/// [`PlayError`] if no window can be opened.
pub fn run(app: App, interrupted: Arc<AtomicBool>) -> Result<(), PlayError> {
    let no_display = |error: &dyn std::fmt::Display| {
        tracing::debug!(%error, "no window");
        PlayError::NoDisplay(error.to_string())
    };
    let events = EventLoop::new().map_err(|error| no_display(&error))?;
    events.set_control_flow(ControlFlow::Poll);
    let mut frame = Frame::new(app, interrupted);
    events.run_app(&mut frame).map_err(|error| no_display(&error))?;
    frame.app.close();
    match frame.failure.take() {
        Some(failure) => Err(PlayError::NoDisplay(failure)),
        None => Ok(()),
    }
}

struct Screen {
    window: Rc<Window>,
    surface: softbuffer::Surface<Rc<Window>, Rc<Window>>,
}

struct Frame {
    app: App,
    interrupted: Arc<AtomicBool>,
    canvas: Canvas,
    screen: Option<Screen>,
    failure: Option<String>,
    speaker: Speaker,
    #[cfg(any(windows, target_os = "macos", all(target_os = "linux", feature = "gamepad")))]
    pads: super::gamepads::Gamepads,
    begun: Instant,
    drawn_at: Duration,
}

#[allow(clippy::disallowed_methods, reason = "this is where the real clock enters")]
impl Frame {
    fn new(app: App, interrupted: Arc<AtomicBool>) -> Frame {
        Frame {
            app,
            interrupted,
            canvas: Canvas::new(),
            screen: None,
            failure: None,
            speaker: Speaker::open(),
            #[cfg(any(windows, target_os = "macos", all(target_os = "linux", feature = "gamepad")))]
            pads: super::gamepads::Gamepads::open(),
            begun: Instant::now(),
            drawn_at: Duration::ZERO,
        }
    }

    fn now(&self) -> Duration {
        self.begun.elapsed()
    }
}

impl Frame {
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

    fn turn(&mut self) {
        let now = self.now();
        #[cfg(any(windows, target_os = "macos", all(target_os = "linux", feature = "gamepad")))]
        while let Some(events) = self.pads.next() {
            events.iter().for_each(|event| self.app.event(event));
        }
        self.app.tick(now);
        let volume = self.app.shell().settings.volume;
        self.speaker.pump(now, volume, self.app.cues());
        if now >= self.drawn_at + Duration::from_millis(8) {
            self.drawn_at = now;
            if let Some(screen) = &self.screen {
                screen.window.request_redraw();
            }
        }
    }

    fn draw(&mut self) {
        self.app.draw(&mut self.canvas);
        let scale = u32::from(self.app.shell().settings.scale);
        let Some(screen) = &mut self.screen else { return };
        if let Err(error) = present(screen, &self.canvas, scale) {
            self.failure = Some(error);
        }
    }

    fn key(&mut self, event: &KeyEvent) {
        let PhysicalKey::Code(code) = event.physical_key else {
            return;
        };
        // winit names keys as browsers do.
        let key = format!("{code:?}");
        let event = match event.state {
            ElementState::Pressed => UiEvent::Press {
                key,
                text: event.text.as_ref().map(ToString::to_string),
                is_repeat: event.repeat,
            },
            ElementState::Released => UiEvent::Release { key },
        };
        self.app.event(&event);
    }

    fn cursor(&mut self, x: f64, y: f64) {
        let Some(screen) = &self.screen else { return };
        let size = screen.window.inner_size();
        let (scale, left, top) = fit(size.width, size.height, u32::from(self.app.shell().settings.scale));
        let pixel = |at: f64, border: u32| ((at - f64::from(border)) / f64::from(scale)) as i32;
        self.app.event(&UiEvent::Cursor {
            x: pixel(x, left),
            y: pixel(y, top),
        });
    }
}

/// The wanted scale, or the largest whole one that fits; and the borders left and above.
fn fit(width: u32, height: u32, wanted: u32) -> (u32, u32, u32) {
    let largest = (width / WIDTH as u32).min(height / HEIGHT as u32).max(1);
    let scale = if wanted == 0 { largest } else { wanted.min(largest) };
    let border = |size: u32, picture: i32| size.saturating_sub(picture as u32 * scale) / 2;
    (scale, border(width, WIDTH), border(height, HEIGHT))
}

fn present(screen: &mut Screen, canvas: &Canvas, wanted: u32) -> Result<(), String> {
    let size = screen.window.inner_size();
    let (Some(width), Some(height)) = (NonZeroU32::new(size.width), NonZeroU32::new(size.height)) else {
        return Ok(());
    };
    screen
        .surface
        .resize(width, height)
        .map_err(|error| error.to_string())?;
    let mut buffer = screen.surface.buffer_mut().map_err(|error| error.to_string())?;
    let (scale, left, top) = fit(size.width, size.height, wanted);
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

impl ApplicationHandler for Frame {
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
            WindowEvent::Focused(false) => self.app.event(&UiEvent::FocusLost),
            WindowEvent::CursorMoved { position, .. } => self.cursor(position.x, position.y),
            WindowEvent::MouseInput {
                state,
                button: MouseButton::Left,
                ..
            } => self.app.event(&UiEvent::Mouse {
                is_down: state == ElementState::Pressed,
            }),
            WindowEvent::KeyboardInput { event, .. } => self.key(&event),
            _ => {}
        }
        if self.failure.is_some() || self.app.is_done() {
            events.exit();
        }
    }

    fn about_to_wait(&mut self, events: &ActiveEventLoop) {
        self.turn();
        // Whoever is interrupted says goodbye like everybody else.
        if self.app.is_done() || self.interrupted.load(Ordering::Relaxed) {
            events.exit();
        }
        let next = self.begun + self.now() + Duration::from_millis(2);
        events.set_control_flow(ControlFlow::WaitUntil(next));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_as_large_as_wanted_and_fits_and_stands_in_the_middle() {
        assert_eq!(fit(480, 270, 0), (1, 0, 0));
        assert_eq!(fit(1440, 810, 0), (3, 0, 0));
        assert_eq!(fit(1920, 1200, 0), (4, 0, 60));
        assert_eq!(fit(1440, 810, 1), (1, 480, 270));
        assert_eq!(fit(960, 540, 8), (2, 0, 0), "more than fits");
        assert_eq!(fit(1, 1, 0), (1, 0, 0), "a tiny window shows a corner");
    }
}
