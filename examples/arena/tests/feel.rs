//! How the game feels, as numbers: from key to picture, and how long a match between bots lasts.
//!
//! `MATCHES=100 cargo test --release -p arena --test feel -- --nocapture` prints the lengths of a hundred matches.

use arena::duel::{DuelPeer, GAME_ID, Pilot};
use arena::forging::InlineForging;
use arena::prompts;
use arena::render::{Canvas, Hud, View, draw};
use pvp_net::SessionConfig;
use pvp_net::transport::link::{Link, LinkConfig, LinkControl};
use pvp_sim::bot::BotKind;
use pvp_sim::{Buttons, MatchState, PlayerId};
use std::time::Duration;

const FRAME: Duration = Duration::from_nanos(16_666_667);

struct Duel {
    peers: [DuelPeer<Link>; 2],
    control: LinkControl,
    now: Duration,
}

impl Duel {
    fn new(seed: u64, delay_frames: u8, pilots: [Pilot; 2]) -> Duel {
        let (a, b) = Link::pair(LinkConfig::new(seed, 0, 0, 0));
        let control = a.control();
        control.set_now(Duration::ZERO);
        let side = |player: u8, link, pilot| {
            let mut config = SessionConfig::new(player, GAME_ID);
            config.entropy = seed * 2 + u64::from(player);
            config.input_delay_frames = delay_frames;
            DuelPeer::new(link, config, pilot, InlineForging::boxed, Duration::ZERO).expect("fixed choices")
        };
        let [left, right] = pilots;
        let peers = [side(0, a, left), side(1, b, right)];
        let now = Duration::ZERO;
        Duel { peers, control, now }
    }

    /// One picture's time.
    fn turn(&mut self) {
        self.now += FRAME;
        self.control.set_now(self.now);
        for peer in &mut self.peers {
            peer.poll(self.now);
            peer.advance(self.now);
        }
    }

    fn picture(&self) -> Vec<u32> {
        let peer = &self.peers[0];
        let hud = Hud::default();
        let view = View {
            def: peer.session().simulation().def(),
            state: peer.state(),
            hud: &hud,
        };
        let mut canvas = Canvas::new();
        draw(&view, &mut canvas);
        canvas.pixels().to_vec()
    }
}

#[test]
fn a_key_is_seen_within_the_input_delay_and_one_frame() {
    for delay_frames in [0, 2, 5] {
        let begin = || {
            let mut duel = Duel::new(3, delay_frames, [Pilot::Outside, Pilot::Outside]);
            // Past the countdown.
            while duel.peers[0].state().frame().0 < 240 {
                duel.turn();
            }
            duel
        };
        let (mut pressed, mut calm) = (begin(), begin());
        assert!(pressed.picture() == calm.picture(), "twins");
        pressed.peers[0].press(Buttons::FIRE | Buttons::RIGHT, 0);
        let seen = (1..=60).find(|_| {
            pressed.turn();
            calm.turn();
            pressed.picture() != calm.picture()
        });
        println!("input delay {delay_frames}: seen after {seen:?} frames");
        assert!(
            seen.is_some_and(|frames| frames <= u32::from(delay_frames) + 1),
            "{seen:?}"
        );
    }
}

/// Seconds until a match of two bots is decided, and who won.
fn match_of(seed: u64) -> (u32, Option<PlayerId>) {
    let pilot = |player: usize| Pilot::Bot {
        kind: BotKind::ALL[(seed as usize / (1 + 2 * player)) % BotKind::ALL.len()],
        level: 2 + ((seed as usize + player) % 2) as u8,
        prompts: prompts::for_player(&[], player),
    };
    let mut duel = Duel::new(seed, 0, [pilot(0), pilot(1)]);
    while !duel.peers[0].state().is_finished() {
        duel.turn();
        assert!(
            duel.now < Duration::from_secs(600),
            "the match of seed {seed} does not end"
        );
    }
    let state = duel.peers[0].state();
    (state.frame().0 / 60, state.winner())
}

#[test]
fn matches_of_bots_last_one_to_three_minutes_and_are_decided() {
    let count: u64 = std::env::var("MATCHES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(2);
    let matches: Vec<_> = (1..=count).map(match_of).collect();
    let mut seconds: Vec<u32> = matches.iter().map(|(seconds, _)| *seconds).collect();
    seconds.sort_unstable();
    let decided = matches.iter().filter(|(_, winner)| winner.is_some()).count();
    let at = |percent: usize| seconds[(seconds.len() - 1) * percent / 100];
    println!(
        "{count} matches: {decided} decided; seconds: shortest {}, a tenth below {}, median {}, a tenth above {}, longest {}",
        at(0),
        at(10),
        at(50),
        at(90),
        at(100)
    );
    for minute in 0..6 {
        let within = seconds.iter().filter(|seconds| **seconds / 30 == minute).count();
        println!("{:>3} to {:>3} s: {within}", minute * 30, minute * 30 + 29);
    }
    assert_eq!(decided, matches.len(), "every match is decided");
    assert!((60..=180).contains(&at(50)), "the median match lasts {} s", at(50));
}
