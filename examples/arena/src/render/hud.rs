//! Owns what is written over the world: health, rounds, time, physics changes, the prompt, banners and messages.
//! Must not read a clock: what moves comes from the state's frame.

use super::palette::{ALARM, DIM, GOLD, INK, MINT, Palette, WHITE, mix};
use super::{Canvas, HEIGHT, View, WIDTH, armament, figure, font, panel};
use crate::effects::Effects;
use crate::sound::Cues;
use pvp_sim::{Event, MODIFIER_COUNT, MatchState, ModKind, Modifier, Phase, PlayerId};
use weapon_gen::Sprite;

/// The prompt line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Prompt {
    /// Closed.
    #[default]
    Closed,
    /// Somebody types.
    Typing(Typing),
}

/// A line that is being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typing {
    /// What stands there.
    pub text: String,
    /// Where the next letter goes, in characters from the left.
    pub caret: usize,
    /// How many characters fit.
    pub limit: usize,
}

/// What is said of a weapon that was just forged, for some seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// What the players read.
    pub name: String,
    /// Where it came from, in a word or two.
    pub origin: String,
    /// Its win rate in percent against the reference weapons, if known.
    pub score: Option<u8>,
    /// The frame it was forged in.
    pub since_frame: u32,
}

/// The physics changes of a confirmed state: what is left of them is no guess.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    frame: u32,
    modifiers: [Modifier; MODIFIER_COUNT],
}

impl Changes {
    /// Those that live in a state.
    #[must_use]
    pub fn of<S: MatchState>(state: &S) -> Changes {
        Changes {
            frame: state.frame().0,
            modifiers: state.world().modifiers,
        }
    }

    /// Each live change with the frames that are left of it.
    pub fn live(&self) -> impl Iterator<Item = (&Modifier, u32)> {
        let left = |modifier: &Modifier| modifier.end_frame.saturating_sub(self.frame);
        self.modifiers
            .iter()
            .map(move |modifier| (modifier, left(modifier)))
            .filter(|(_, left)| *left > 0)
    }
}

/// What the window adds to the state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hud {
    /// Weapon names by player.
    pub weapons: [Option<(String, Sprite)>; 2],
    /// The newest weapon of each player, shown large for a while.
    pub cards: [Option<Card>; 2],
    /// The physics changes to show, if the state may be a guess; otherwise the state's own are shown.
    pub changes: Option<Changes>,
    /// The newest message.
    pub message: String,
    /// The prompt line.
    pub prompt: Prompt,
    /// Whether a menu covers the picture: no banner, message, card or prompt then.
    pub is_covered: bool,
    /// Whether somebody watches who cannot play: no keys are named.
    pub is_watching: bool,
    /// How many of the state's players take part; 0 for all.
    pub fighter_count: usize,
    /// Which colors tell the players apart.
    pub palette: Palette,
    /// What is shown of events.
    pub effects: Effects,
    /// What is heard of events.
    pub cues: Cues,
}

/// Width of a health bar.
const BAR: i32 = 156;
/// Frames in which lost health still shows in the bar.
const LOSS_FRAMES: u32 = 40;
const FRAME_COLOR: u32 = 0x006c_6088;
const FRAME_LIT: u32 = 0x009c_90ba;

pub(super) fn draw<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas) {
    canvas.forget_texts();
    if view.fighter_count() > 2 {
        crowd(view, canvas);
    } else {
        for player in 0..2 {
            health(view, canvas, player);
            panel::draw(view, canvas, player);
        }
    }
    clock(view, canvas);
    if view.hud.is_covered {
        return;
    }
    modifiers(view, canvas);
    banner(view, canvas);
    message(view, canvas);
    if let Prompt::Typing(typing) = &view.hud.prompt {
        prompt(canvas, typing, view.state.frame().0);
    }
}

/// A dark box with a metal edge.
pub(super) fn frame_box(canvas: &mut Canvas, left: i32, top: i32, width: i32, height: i32, edge: u32) {
    canvas.panel(left, top, width, height, edge);
}

fn health<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas, number: usize) {
    let player = &view.state.players()[number];
    let team = view.hud.palette.team(number);
    let full = view.def.rules.health.max(1);
    let wide = |health: i32| (health.clamp(0, full) * BAR + full - 1) / full;
    let is_right = number == 1;
    let head = if is_right { WIDTH - 26 } else { 8 };
    frame_box(canvas, head, 5, 18, 18, FRAME_COLOR);
    canvas.rect(head + 1, 6, 16, 16, team.dark);
    figure::portrait(canvas, number, &team, (head + 3, 9), is_right, player.is_alive());
    let left = if is_right { WIDTH - 28 - BAR } else { 28 };
    frame_box(canvas, left - 2, 6, BAR + 4, 12, FRAME_COLOR);
    let filled = wide(player.health);
    let (recent, age) = recent_loss(view, number);
    let ghost = wide(player.health + recent) - filled;
    let from = |width: i32, inset: i32| {
        if is_right {
            left + BAR - inset - width
        } else {
            left + inset
        }
    };
    let is_low = player.health * 4 <= full;
    let is_pulse = is_low && view.state.frame().0 % 30 < 15;
    let (light, middle, dark) = if is_pulse {
        (0x00ff_c0a0, ALARM, 0x0090_2030)
    } else {
        (team.light, team.middle, team.dark)
    };
    let fading = mix(0x00ff_f0e0, ALARM, age * 256 / LOSS_FRAMES);
    canvas.rect(from(ghost, filled), 8, ghost, 8, fading);
    canvas.rect(from(filled, 0), 8, filled, 8, middle);
    canvas.rect(from(filled, 0), 8, filled, 2, light);
    canvas.rect(from(filled, 0), 14, filled, 2, dark);
    for notch in 1..4 {
        canvas.rect(left + BAR * notch / 4, 8, 1, 8, INK);
    }
    let text = player.health.max(0).to_string();
    if is_right {
        font::left(canvas, left + 4, 9, &text, WHITE);
    } else {
        font::right(canvas, left + BAR - 4, 9, &text, WHITE);
    }
    pips(view, canvas, number, left);
}

/// More than two players: a small panel for each, side by side.
fn crowd<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas) {
    let count = view.fighter_count();
    let half = count.div_ceil(2);
    let wide = 208 / half as i32;
    let room = wide - 6;
    for (number, player) in view.state.players().iter().enumerate().take(count) {
        let team = view.hud.palette.team(number);
        // The clock stands in the middle.
        let left = if number < half {
            6 + wide * number as i32
        } else {
            WIDTH - wide * (count - number) as i32
        };
        frame_box(canvas, left, 5, 18, 18, FRAME_COLOR);
        canvas.rect(left + 1, 6, 16, 16, team.dark);
        figure::portrait(canvas, number, &team, (left + 3, 9), false, player.is_alive());
        frame_box(canvas, left + 20, 6, room - 20, 8, FRAME_COLOR);
        let filled = player.health.clamp(0, view.def.rules.health.max(1)) * (room - 24) / view.def.rules.health.max(1);
        canvas.rect(left + 22, 8, filled, 4, team.middle);
        canvas.rect(left + 22, 8, filled, 1, team.light);
        let spec = view.state.held_weapon(PlayerId(number as u8));
        let name = match (player.is_alive(), player.is_starter) {
            (false, _) => "out",
            (true, 1) => "pistol",
            (true, _) => armament::archetype_of(&spec).name(),
        };
        font::left(canvas, left + 21, 16, &font::cut(name, room - 22), DIM);
    }
}

/// Health lost in the last frames, and how long ago the newest loss was.
fn recent_loss<S: MatchState>(view: &View<'_, S>, number: usize) -> (i32, u32) {
    let mut sum = (0, LOSS_FRAMES);
    for (shown, age) in view.hud.effects.visible(view.state.frame().0) {
        match shown.event {
            Event::Hit { player, damage, .. } if player.index() == number && age < LOSS_FRAMES => {
                sum = (sum.0 + damage, sum.1.min(age));
            }
            _ => {}
        }
    }
    sum
}

/// One diamond for each round that wins the match.
fn pips<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas, number: usize, left: i32) {
    let won = view.state.players()[number].rounds_won;
    for round in 0..view.def.rules.rounds_to_win.min(9) as i32 {
        let x = if number == 1 {
            left + BAR - 5 - round * 12
        } else {
            left + 5 + round * 12
        };
        let is_won = (round as u32) < won;
        for row in -4..=4i32 {
            let half = 4 - row.abs();
            canvas.rect(x - half, 24 + row, 2 * half + 1, 1, INK);
        }
        for row in -3..=3i32 {
            let half = 3 - row.abs();
            let color = match (is_won, row < 0) {
                (true, true) => 0x00ff_f0b0,
                (true, false) => GOLD,
                (false, _) => 0x003a_3350,
            };
            canvas.rect(x - half, 24 + row, 2 * half + 1, 1, color);
        }
    }
}

fn clock<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas) {
    let world = view.state.world();
    let seconds = world.phase_frames / 60 + u32::from(!world.phase_frames.is_multiple_of(60));
    let is_sudden = world.phase() == Phase::Fight && world.phase_frames == 0;
    let (text, color) = match world.phase() {
        Phase::Fight if is_sudden => ("!!".to_owned(), if world.frame % 20 < 10 { ALARM } else { GOLD }),
        Phase::Fight if world.phase_frames > 600_000 => ("--".to_owned(), DIM),
        Phase::Fight if seconds <= 10 && world.frame % 30 < 15 => (seconds.to_string(), ALARM),
        Phase::Fight => (seconds.to_string(), WHITE),
        _ => ("--".to_owned(), DIM),
    };
    let middle = WIDTH / 2;
    frame_box(
        canvas,
        middle - 22,
        4,
        44,
        20,
        if is_sudden { ALARM } else { FRAME_LIT },
    );
    font::middle(canvas, (middle + 1, 7), &text, color, 2);
    font::middle(canvas, (middle, 27), &format!("ROUND {}", world.round), DIM, 1);
}

/// One chip for each live physics change: what, how strong, how long still.
fn modifiers<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas) {
    let frame = view.state.frame().0;
    let changes = view.hud.changes.unwrap_or_else(|| Changes::of(view.state));
    for (row, (modifier, left)) in (0..4).zip(changes.live()) {
        let Some(kind) = ModKind::from_u8(modifier.kind as u8) else {
            continue;
        };
        let y = 40 + row * 13;
        let percent = modifier.factor * 100 / 256;
        let text = format!("{} {percent}%", kind.name().to_uppercase());
        let color = if percent < 100 { 0x0090_d8ff } else { 0x00ff_b060 };
        let width = font::width(&text) + 34;
        let start = WIDTH / 2 - width / 2;
        frame_box(canvas, start, y - 2, width, 11, mix(color, INK, 120));
        let arrow = if percent < 100 { 1 } else { -1 };
        for step in 0..3 {
            let wide = 5 - 2 * step;
            canvas.rect(start + 4 + step, y + 3 + arrow * step, wide, 1, color);
        }
        font::left(canvas, start + 12, y, &text, color);
        let is_ending = left < 120 && frame % 16 < 8;
        let seconds = left.div_ceil(60).to_string() + "s";
        font::right(
            canvas,
            start + width - 3,
            y,
            &seconds,
            if is_ending { ALARM } else { WHITE },
        );
    }
}

fn banner<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas) {
    let world = view.state.world();
    let since = |full: u32| full.saturating_sub(world.phase_frames);
    let (text, color, age) = match world.phase() {
        Phase::Countdown => (
            format!("ROUND {}", world.round),
            GOLD,
            since(view.def.rules.countdown_frames),
        ),
        Phase::Fight => {
            let age = since(view.def.rules.round_frames);
            if age < 40 {
                ("FIGHT!".to_owned(), WHITE, age)
            } else {
                return;
            }
        }
        Phase::Aftermath => {
            let age = since(view.def.rules.aftermath_frames);
            match round_winner(view) {
                Some(winner) => {
                    let color = view.hud.palette.team(winner).light;
                    (format!("PLAYER {} TAKES THE ROUND", winner + 1), color, age)
                }
                None => ("NOBODY TAKES THE ROUND".to_owned(), WHITE, age),
            }
        }
        Phase::Finished => match view.state.winner() {
            Some(winner) => {
                let color = view.hud.palette.team(winner.index()).light;
                (format!("PLAYER {} WINS THE MATCH", winner.0 + 1), color, 60)
            }
            None => ("THE MATCH IS A DRAW".to_owned(), WHITE, 60),
        },
    };
    ribbon(canvas, &text, color, age as i32);
    if world.phase() == Phase::Finished && !view.hud.is_watching {
        font::middle(canvas, (WIDTH / 2, 126), "R: again   Q: menu", DIM, 1);
    }
}

/// Who has won the round that has just ended, even if poison or a late bomb got them afterwards.
fn round_winner<S: MatchState>(view: &View<'_, S>) -> Option<usize> {
    let shown = view.hud.effects.visible(view.state.frame().0);
    let told = shown.filter_map(|(shown, _)| match shown.event {
        Event::RoundEnded { winner } => Some(winner.map(PlayerId::index)),
        _ => None,
    });
    if let Some(winner) = told.last() {
        return winner;
    }
    // As after a jump in a replay: whoever stands.
    let mut alive = (0..view.fighter_count()).filter(|number| view.state.players()[*number].is_alive());
    alive.next().filter(|_| alive.next().is_none())
}

/// A band that opens over the picture's width, with large letters.
fn ribbon(canvas: &mut Canvas, text: &str, color: u32, age: i32) {
    let half = (age * 40).clamp(40, WIDTH / 2);
    let height = 28;
    let top = 90;
    canvas.shade(WIDTH / 2 - half, top, half * 2, height);
    canvas.rect(WIDTH / 2 - half, top, half * 2, 1, color);
    canvas.rect(WIDTH / 2 - half, top + height - 1, half * 2, 1, color);
    if age >= 3 {
        font::middle(canvas, (WIDTH / 2, top + 7), text, color, 2);
    }
}

fn message<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas) {
    let hud = view.hud;
    let is_ready = view.state.world().phase() != Phase::Finished
        && !hud.is_watching
        && view
            .state
            .players()
            .iter()
            .any(|player| player.forge_cooldown_frames == 0);
    let (text, color) = match (&hud.prompt, hud.message.as_str()) {
        (_, message) if !message.is_empty() => (message, WHITE),
        (Prompt::Closed, _) if is_ready => ("Enter: forge a weapon", DIM),
        _ => return,
    };
    let text = font::cut(text, WIDTH - 30);
    let half = font::width(&text) / 2 + 8;
    if color == WHITE {
        canvas.shade(WIDTH / 2 - half, HEIGHT - 13, half * 2, 12);
        canvas.rect(WIDTH / 2 - half, HEIGHT - 13, 2, 12, MINT);
        canvas.rect(WIDTH / 2 + half - 2, HEIGHT - 13, 2, 12, MINT);
    }
    font::middle(canvas, (WIDTH / 2, HEIGHT - 11), &text, color, 1);
}

fn prompt(canvas: &mut Canvas, typing: &Typing, frame: u32) {
    let (left, top, width) = (60, 76, WIDTH - 120);
    frame_box(canvas, left, top, width, 40, GOLD);
    font::left(canvas, left + 8, top + 6, "DESCRIBE A WEAPON", GOLD);
    let used = typing.text.chars().count();
    let is_full = used >= typing.limit;
    let color = if is_full { ALARM } else { DIM };
    font::right(canvas, left + 170, top + 6, &format!("{used}/{}", typing.limit), color);
    font::right(canvas, left + width - 8, top + 6, "Enter: forge   Esc: cancel", DIM);
    canvas.rect(left + 6, top + 18, width - 12, 16, 0x0010_0b18);
    let place = typing.text.char_indices().nth(typing.caret);
    let (mut before, after) = typing
        .text
        .split_at(place.map_or(typing.text.len(), |(place, _)| place));
    while font::width(before) > width - 40 {
        before = before.char_indices().nth(1).map_or("", |(next, _)| &before[next..]);
    }
    let end = left + 18 + if before.is_empty() { 0 } else { font::width(before) + 1 };
    font::left(canvas, left + 10, top + 23, ">", GOLD);
    font::left(canvas, left + 18, top + 23, before, WHITE);
    let mut rest = String::new();
    for each in after.chars() {
        rest.push(each);
        if end + 1 + font::width(&rest) > left + width - 10 {
            rest.pop();
            break;
        }
    }
    font::left(canvas, end + 1, top + 23, &rest, WHITE);
    if (frame / 20).is_multiple_of(2) {
        canvas.rect(end - 1, top + 21, 1, 11, GOLD);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pvp_sim::{DuelState, MatchDef};

    fn with_modifier(state: &DuelState, modifier: Modifier, frame: u32) -> DuelState {
        let mut changed = *state;
        let words: &mut [u32] = bytemuck::cast_slice_mut(std::slice::from_mut(&mut changed));
        for (place, word) in words.iter_mut().enumerate() {
            match pvp_sim::field_name::<DuelState>(place).to_string().as_str() {
                "world.frame" => *word = frame,
                "world.modifiers[0].kind" => *word = modifier.kind,
                "world.modifiers[0].factor" => *word = modifier.factor,
                "world.modifiers[0].end_frame" => *word = modifier.end_frame,
                _ => {}
            }
        }
        assert_eq!(changed.world().modifiers[0], modifier);
        changed
    }

    #[test]
    fn the_time_left_of_a_change_is_that_of_the_confirmed_state() {
        let def = MatchDef::duel(1);
        let start = DuelState::new(&def);
        let gravity = |end_frame| Modifier {
            kind: ModKind::Gravity as u32,
            factor: 128,
            end_frame,
        };
        // What is guessed ends later than what is confirmed.
        let guessed = with_modifier(&start, gravity(960), 70);
        let confirmed = with_modifier(&start, gravity(660), 60);
        let texts = |changes: Option<Changes>| -> Vec<String> {
            let hud = Hud {
                changes,
                ..Hud::default()
            };
            let view = View {
                def: &def,
                state: &guessed,
                hud: &hud,
            };
            let mut canvas = Canvas::new();
            modifiers(&view, &mut canvas);
            canvas.written.iter().map(|written| written.text.clone()).collect()
        };
        let shown = texts(Some(Changes::of(&confirmed)));
        assert!(shown.iter().any(|text| text == "10s"), "{shown:?}");
        assert!(
            texts(None).iter().any(|text| text == "15s"),
            "a state that is no guess is shown as it is"
        );
        let nothing = texts(Some(Changes::of(&start)));
        assert!(nothing.is_empty(), "a guessed change is not shown yet: {nothing:?}");
    }

    #[test]
    fn a_winner_who_dies_later_has_still_won_the_round() {
        let def = MatchDef::duel(1);
        let state = DuelState::new(&def);
        let mut hud = Hud::default();
        let winner = |hud: &Hud| {
            round_winner(&View {
                def: &def,
                state: &state,
                hud,
            })
        };
        assert_eq!(winner(&hud), None, "two stand");
        let ended = |winner| Event::RoundEnded { winner };
        hud.effects.play([&ended(Some(PlayerId(1)))], &state);
        let mut later = state;
        bytemuck::cast_slice_mut::<DuelState, u32>(std::slice::from_mut(&mut later))[0] = 1;
        assert_eq!(later.frame().0, 1, "the frame is the first word");
        let view = View {
            def: &def,
            state: &later,
            hud: &hud,
        };
        assert_eq!(round_winner(&view), Some(1));
    }
}
