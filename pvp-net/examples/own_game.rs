//! A game of your own, whole: two players pull a rope, and the score of rounds is kept, over encrypted UDP.
//!
//! `cargo run -p pvp-net --example own_game` plays both sides in one process. With two machines:
//! `cargo run -p pvp-net --example own_game -- host 0.0.0.0:7000`
//! `cargo run -p pvp-net --example own_game -- join HOST:7000`
#![allow(clippy::print_stdout, reason = "an example talks to people")]

use std::net::{SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant};

use pvp_net::transport::udp::{RoomKey, UdpTransport, entropy};
use pvp_net::{EventPhase, Events, LeaveReason, Phase, Session, SessionConfig, SessionEvent, Simulation};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

const FRAMES: u32 = 600;
/// The rope is won this far from the middle.
const WON_AT: i32 = 30;

/// The rules. Nothing in here changes during a match.
struct Tug;

/// Everything that changes: whole numbers only.
#[derive(Clone, Default)]
struct Rope {
    /// Below 0 on player 0's side.
    position: i32,
    rounds: [u32; 2],
    random: u32,
}

#[derive(Clone, PartialEq)]
struct RoundWon {
    player: usize,
}

impl Simulation for Tug {
    type Input = u8; // bit 0: pull
    type State = Rope;
    type Event = RoundWon;

    fn step(&self, rope: &mut Rope, inputs: &[u8], events: &mut Events<RoundWon>) {
        for (side, input) in [-1, 1].into_iter().zip(inputs) {
            rope.random = rope.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            rope.position += side * i32::from(input & 1) * (rope.random >> 30) as i32;
        }
        if rope.position.abs() >= WON_AT {
            let player = usize::from(rope.position > 0);
            rope.rounds[player] += 1;
            rope.position = 0;
            events.push(RoundWon { player });
        }
    }

    fn checksum(&self, rope: &Rope) -> u64 {
        let words = [rope.position as u32, rope.rounds[0], rope.rounds[1], rope.random];
        let mix = |sum: u64, word: u32| (sum ^ u64::from(word)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        words.into_iter().fold(0, mix)
    }

    fn begin_match(&mut self, match_seed: u64, rope: &mut Rope) {
        rope.random = match_seed as u32;
    }
}

type Side = Session<Tug, UdpTransport>;

fn side(player: u8, transport: UdpTransport) -> Fallible<Side> {
    let mut config = SessionConfig::new(player, u64::from_le_bytes(*b"rope tug"));
    config.entropy = entropy()?;
    Ok(Session::new(Tug, Rope::default(), transport, config, Duration::ZERO)?)
}

/// Polls, plays the frames that are due, and tells what happened.
fn tick(session: &mut Side, now: Duration) -> Fallible<()> {
    let player = session.config().local_player;
    session.poll(now);
    for event in session.events() {
        println!("player {player}: {event:?}");
        if let SessionEvent::Refused(refusal) = event {
            return Err(refusal.into());
        }
    }
    while session.is_frame_due(now) && !is_over(session) {
        // A player's keys would be read here; this one pulls for a while and breathes for a while.
        let rhythm = 40 + 7 * u32::from(player);
        let keys = (session.current_frame() / rhythm % 2) as u8;
        session.advance(now, keys)?;
    }
    for event in session.game_events() {
        if event.phase == EventPhase::Confirmed {
            let (frame, RoundWon { player: winner }) = (event.frame, event.event);
            println!("player {player}: {winner} wins a round in frame {frame}");
        }
    }
    // The other side may still need our last inputs: leave a moment after the end.
    if session.confirmed_frame() > FRAMES + 60 && !is_over(session) {
        session.leave(now, LeaveReason::Finished);
    }
    Ok(())
}

fn is_over(session: &Side) -> bool {
    matches!(session.phase(), Phase::Closed(_))
}

#[expect(clippy::disallowed_methods, reason = "a program reads the clock")]
fn main() -> Fallible<()> {
    let key = RoomKey::from_phrase("the phrase that both players agreed on");
    let local: SocketAddr = "127.0.0.1:0".parse()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut sides = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["host", address] => vec![side(0, UdpTransport::listen(address.parse()?, &key)?)?],
        ["join", address] => {
            let host = address.to_socket_addrs()?.next().ok_or("no such address")?;
            vec![side(1, UdpTransport::bind("0.0.0.0:0".parse()?, host, &key)?)?]
        }
        _ => {
            let host = UdpTransport::listen(local, &key)?;
            let guest = UdpTransport::bind(local, host.local_address(), &key)?;
            vec![side(0, host)?, side(1, guest)?]
        }
    };
    let start = Instant::now();
    while !sides.iter().all(is_over) {
        for side in &mut sides {
            tick(side, start.elapsed())?;
        }
        std::thread::park_timeout(Duration::from_millis(1));
    }
    let checksums: Vec<_> = sides.iter().map(|side| side.checksum_at(FRAMES)).collect();
    println!("rounds {:?}, frame {FRAMES}: {checksums:x?}", sides[0].state().rounds);
    let is_equal = checksums.iter().all(|sum| sum.is_some() && *sum == checksums[0]);
    if is_equal {
        Ok(())
    } else {
        Err("the peers disagree".into())
    }
}

#[test]
fn both_sides_agree() {
    main().expect("a match over loopback");
}
