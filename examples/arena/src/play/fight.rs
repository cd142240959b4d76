//! Owns the screen of a match: keys to buttons, the prompt, the pause, what is laid over the picture, and what comes after.
//! Must not know where the other player sits.

use super::contest::{Contest, Status};
use super::controls::Controls;
use super::line::Line;
use super::menu::{Menu, Picked, Row};
use super::netgraph::{self, NetGraph};
use super::overlay;
use super::pads::{self, PadButton};
use super::ui::{Go, Screen, Shell, UiEvent};
use crate::prompts;
use crate::record::NetGauge;
use crate::render::{self, Canvas, Palette, Prompt, View, fit};
use crate::sound::Cue;
use pvp_sim::{MatchState, Phase};
use std::time::Duration;
use weapon_gen::prompt::PROMPT_GRAPHEMES_MAX;

/// A match on the screen.
pub(super) struct Fight {
    contest: Box<dyn Contest>,
    controls: Vec<Controls>,
    prompt: Option<(usize, Line)>,
    menu: Option<Menu>,
    clock: Clock,
    graph: NetGraph,
    gauge: NetGauge,
    shows_net: bool,
    shows_history: bool,
    /// How many weapons gamepads asked for: nobody types on one.
    surprises: usize,
}

/// Time of the match: stands still in a pause.
#[derive(Debug, Default)]
struct Clock {
    begun: Duration,
    paused_at: Option<Duration>,
    lost: Duration,
}

impl Clock {
    fn now(&self, real: Duration) -> Duration {
        self.paused_at
            .unwrap_or(real)
            .saturating_sub(self.begun)
            .saturating_sub(self.lost)
    }

    fn pause(&mut self, real: Duration, is_paused: bool) {
        match (is_paused, self.paused_at) {
            (true, None) => self.paused_at = Some(real),
            (false, Some(at)) => {
                self.lost += real.saturating_sub(at);
                self.paused_at = None;
            }
            _ => {}
        }
    }
}

const PAUSE_ROWS: [&str; 3] = ["go on", "leave the match", "leave the game"];
const END_ROWS: [&str; 3] = ["again", "back to the menu", "leave the game"];

impl Fight {
    /// Shows a match from now on.
    #[must_use]
    pub(super) fn new(contest: Box<dyn Contest>, shell: &Shell) -> Fight {
        let mut contest = contest;
        if shell.settings.colorblind {
            contest.hud_mut().palette = Palette::ColorBlind;
        }
        let seats = contest.seats().len();
        let hands = shell.settings.keys.iter().take(seats.max(1));
        Fight {
            controls: hands.cloned().map(Controls::new).collect(),
            contest,
            prompt: None,
            menu: None,
            clock: Clock {
                begun: shell.now,
                ..Clock::default()
            },
            graph: NetGraph::default(),
            gauge: NetGauge::default(),
            shows_net: false,
            shows_history: false,
            surprises: 0,
        }
    }

    fn is_decided(&self) -> bool {
        self.contest.state().is_finished()
    }

    fn is_over(&self) -> bool {
        self.is_decided() || matches!(self.contest.status(), Status::Over { .. })
    }

    fn open_menu(&mut self, shell: &Shell) {
        self.controls.iter_mut().for_each(Controls::let_go);
        let rows = |labels: [&str; 3]| labels.into_iter().map(Row::new).collect();
        let menu = match (self.contest.status(), self.is_decided()) {
            (Status::Over { .. }, _) => Menu::new("the match is over", rows(END_ROWS)),
            (_, true) => Menu::new("the match is decided", rows(END_ROWS)),
            _ if self.contest.can_pause() => Menu::new("paused", rows(PAUSE_ROWS)),
            _ => Menu::new("the match goes on", rows(PAUSE_ROWS)),
        };
        self.menu = Some(menu);
        if self.contest.can_pause() && !self.is_over() {
            self.clock.pause(shell.now, true);
        }
    }

    fn close_menu(&mut self, shell: &Shell) {
        self.menu = None;
        self.clock.pause(shell.now, false);
    }

    fn menu_event(&mut self, event: &UiEvent, shell: &mut Shell) -> Go {
        let is_over = self.is_over();
        let Some(menu) = &mut self.menu else { return Go::Stay };
        match menu.event(event) {
            Picked::Row(0) if is_over => self.again(shell),
            Picked::Row(0) | Picked::Back => {
                self.close_menu(shell);
                Go::Stay
            }
            Picked::Row(1) => Go::Main,
            Picked::Row(_) => Go::Quit,
            Picked::Nothing | Picked::Change(..) => Go::Stay,
        }
    }

    fn again(&mut self, shell: &mut Shell) -> Go {
        self.close_menu(shell);
        let now = self.clock.now(shell.now);
        if self.contest.rematch(now) { Go::Stay } else { Go::Main }
    }

    fn prompt_key(&mut self, key: &str, text: Option<&str>, shell: &Shell) {
        let Some((seat, line)) = &mut self.prompt else { return };
        match key {
            "Enter" | "NumpadEnter" => {
                let (seat, text) = (*seat, line.text());
                self.prompt = None;
                let now = self.clock.now(shell.now);
                self.contest.wish(now, seat, &text);
            }
            "Escape" => self.prompt = None,
            key => {
                if !line.edit(key)
                    && let Some(text) = text
                {
                    line.insert(text);
                }
            }
        }
    }

    fn press(&mut self, key: &str, shell: &mut Shell) -> Go {
        match key {
            "Escape" => self.open_menu(shell),
            // The lower button of a gamepad.
            "Enter" if self.is_over() => self.open_menu(shell),
            "F3" => self.shows_net = !self.shows_net,
            "Tab" => self.shows_history = !self.shows_history,
            "KeyR" if self.is_over() => return self.again(shell),
            "KeyQ" if self.is_over() => return Go::Main,
            _ => {
                if let Some(seat) = self.controls.iter().position(|hands| hands.opens_prompt(key))
                    && self.contest.status() == Status::Playing
                    && !self.is_decided()
                {
                    self.controls[seat].let_go();
                    self.prompt = Some((seat, Line::new(PROMPT_GRAPHEMES_MAX)));
                }
            }
        }
        Go::Stay
    }

    /// Hands on a gamepad; its upper button asks the forge for a surprise.
    fn pad_event(&mut self, pad: u8, event: &UiEvent, shell: &Shell) {
        let seat = pads::seat_of(pad, self.controls.len());
        let asks = matches!(
            event,
            UiEvent::Pad {
                button: PadButton::North,
                is_down: true,
                ..
            }
        );
        if asks && self.contest.status() == Status::Playing {
            self.surprises += 1;
            let prompt = prompts::surprise(shell.seed, self.surprises);
            self.contest.wish(self.clock.now(shell.now), seat, prompt);
        }
        if let Some(hands) = self.controls.get_mut(seat) {
            hands.event(event);
        }
    }

    fn is_first_countdown(&self) -> bool {
        let world = self.contest.state().world();
        self.contest.status() == Status::Playing && world.round == 1 && world.phase() == Phase::Countdown
    }

    /// The keys of everybody at this machine.
    fn keys_help(&self, canvas: &mut Canvas) {
        for (seat, hands) in (0..).zip(&self.controls) {
            let whose = match self.controls.len() {
                1 => String::new(),
                _ => format!("player {}: ", seat + 1),
            };
            let text = fit(&format!("{whose}{}", hands.help()), render::WIDTH - 24);
            let (y, width) = (212 + seat * 12, Canvas::text_width(&text) + 16);
            canvas.glass((render::WIDTH - width) / 2, y - 3, width, 13);
            canvas.text_middle(y, &text, 0x00f4_f0e8);
        }
    }

    /// Where everybody is, in pixels of the picture: scripts that play through the real window aim by this.
    fn log_places(&self) {
        let state = self.contest.state();
        if !tracing::enabled!(tracing::Level::DEBUG) || !state.frame().0.is_multiple_of(6) {
            return;
        }
        let [left, right] = [0, 1].map(|number| super::boxes::place(state.players()[number].position));
        tracing::debug!(frame = state.frame().0, ?left, ?right, "places");
    }

    fn show_prompt(&mut self) {
        let prompt = self.prompt.as_ref();
        self.contest.hud_mut().prompt = prompt.map_or(Prompt::Closed, |(_, line)| line.prompt());
    }
}

impl Screen for Fight {
    fn event(&mut self, event: &UiEvent, shell: &mut Shell) -> Go {
        if self.menu.is_some() {
            return self.menu_event(event, shell);
        }
        if let UiEvent::Pad { pad, .. } | UiEvent::Stick { pad, .. } = event {
            self.pad_event(*pad, event, shell);
            return Go::Stay;
        }
        if let UiEvent::Press { key, text, is_repeat } = event {
            if let Some((seat, _)) = self.prompt {
                self.prompt_key(key, text.as_deref(), shell);
                // Whoever does not type goes on playing.
                for (number, hands) in self.controls.iter_mut().enumerate() {
                    if number != seat && !matches!(key.as_str(), "Enter" | "Escape") && text.is_none() {
                        hands.event(event);
                    }
                }
                return Go::Stay;
            }
            if !is_repeat {
                let go = self.press(key, shell);
                if go != Go::Stay || self.menu.is_some() || self.prompt.is_some() {
                    return go;
                }
            }
        }
        self.controls.iter_mut().for_each(|hands| hands.event(event));
        Go::Stay
    }

    fn tick(&mut self, shell: &mut Shell) -> Go {
        let now = self.clock.now(shell.now);
        let players = *self.contest.state();
        for (seat, hands) in self.controls.iter().enumerate() {
            let number = usize::from(self.contest.seats().get(seat).copied().unwrap_or(0));
            let aim = hands.aim(&players.players()[number % 2]);
            self.contest.press(seat, hands.buttons(), aim);
        }
        if self.clock.paused_at.is_none() {
            self.contest.run_until(now);
        }
        let is_covered = self.menu.is_some()
            || self.shows_history
            || matches!(
                self.contest.status(),
                Status::Preparing { .. } | Status::Waiting { .. } | Status::Over { .. }
            );
        self.contest.hud_mut().is_covered = is_covered;
        self.contest.hud_mut().palette = Palette::of(shell.settings.colorblind);
        self.log_places();
        if let Some(stats) = self.contest.stats() {
            let frame = self.contest.state().frame().0;
            if frame < self.gauge.frame() {
                self.graph.clear();
            }
            if let Some(sample) = self.gauge.read(frame, &stats) {
                self.graph.push(sample);
            }
        }
        self.show_prompt();
        Go::Stay
    }

    fn takes_pads(&self) -> bool {
        self.menu.is_none() && !self.is_over()
    }

    fn cues(&mut self) -> Vec<Cue> {
        self.contest.hud_mut().cues.take().collect()
    }

    fn draw(&self, shell: &Shell, canvas: &mut Canvas) {
        let now = self.clock.now(shell.now);
        let [before, after] = self.contest.pictured();
        let state = overlay::between(before, after, self.contest.blend(now));
        let view = View {
            def: self.contest.def(),
            state: &state,
            hud: self.contest.hud(),
        };
        render::draw(&view, canvas);
        if self.menu.is_none() && self.is_first_countdown() {
            self.keys_help(canvas);
        }
        match self.contest.status() {
            Status::Preparing { title, steps, hints } => overlay::steps(canvas, &title, &steps, &hints),
            Status::Waiting { left } => overlay::waiting(canvas, left),
            Status::Over { text } if self.menu.is_none() => overlay::over(canvas, &text),
            _ => {}
        }
        if self.shows_net
            && let Some(stats) = self.contest.stats()
        {
            self.graph
                .draw(canvas, &netgraph::figures(&stats, self.contest.input_delay_frames()));
        }
        if self.shows_history {
            overlay::history(canvas, self.contest.history());
        }
        if let Some(menu) = &self.menu {
            canvas.shade(0, 0, render::WIDTH, render::HEIGHT);
            canvas.forget_texts();
            if !self.is_over() {
                self.keys_help(canvas);
            }
            menu.draw(canvas);
        }
    }

    fn close(&mut self, shell: &mut Shell) {
        let now = self.clock.now(shell.now);
        self.contest.leave(now);
    }
}
