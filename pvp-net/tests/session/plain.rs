//! A game as a stranger writes it: it ignores the match seed, and its state is large.

use std::time::Duration;

use pvp_net::transport::link::{Link, LinkConfig, LinkControl};
use pvp_net::{EpochCause, Events, Inspect, Phase, Session, SessionConfig, SessionEvent, Simulation};

/// Words of a state that no packing makes smaller: more than waits in the lane at a time.
const CELLS: usize = 20_000;

struct Plain;

impl Simulation for Plain {
    type Input = u8;
    type State = Vec<u64>;
    type Event = ();

    fn step(&self, cells: &mut Vec<u64>, inputs: &[u8], _: &mut Events<()>) {
        let turn = cells[0] as usize % CELLS;
        for input in inputs {
            cells[turn] = cells[turn].rotate_left(7) ^ u64::from(*input);
        }
        cells[0] += 1;
    }

    fn checksum(&self, cells: &Vec<u64>) -> u64 {
        xxhash_rust::xxh3::xxh3_64(bytemuck::cast_slice(cells))
    }
}

impl Inspect for Plain {
    fn sections(&self, cells: &Vec<u64>) -> Vec<(&'static str, u64)> {
        vec![("cells", self.checksum(cells))]
    }

    fn to_bytes(&self, cells: &Vec<u64>) -> Vec<u8> {
        bytemuck::cast_slice(cells).to_vec()
    }

    fn from_bytes(&self, bytes: &[u8]) -> Option<Vec<u64>> {
        let words = bytes.chunks_exact(8).map(bytemuck::pod_read_unaligned);
        (bytes.len() == 8 * CELLS).then(|| words.collect())
    }

    fn field_name(&self, offset: usize) -> String {
        format!("cells[{}]", offset / 8)
    }
}

fn start() -> Vec<u64> {
    let cells = 1..=CELLS as u64;
    cells.map(|cell| cell.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect()
}

struct Pair {
    sessions: [Session<Plain, Link>; 2],
    causes: [Vec<EpochCause>; 2],
    control: LinkControl,
    now: Duration,
}

fn session(player: u8, link: Link, takes_state: bool, now: Duration) -> Session<Plain, Link> {
    let mut config = SessionConfig::new(player, 1);
    config.entropy = 5 + u64::from(player) + 10 * u64::from(takes_state);
    config.takes_state = takes_state;
    Session::new(Plain, start(), link, config, now).unwrap().with_inspect()
}

impl Pair {
    fn new() -> Self {
        let (a, b) = Link::pair(LinkConfig::new(3, 60, 5, 0));
        let control = a.control();
        let now = Duration::ZERO;
        Self {
            sessions: [session(0, a, false, now), session(1, b, false, now)],
            causes: [Vec::new(), Vec::new()],
            control,
            now,
        }
    }

    fn run_ticks(&mut self, ticks: u32, mut until: impl FnMut(&mut Self) -> bool) -> bool {
        for _ in 0..ticks {
            self.now += Duration::from_micros(16_667);
            self.control.set_now(self.now);
            for (session, causes) in self.sessions.iter_mut().zip(&mut self.causes) {
                session.poll(self.now);
                causes.extend(session.events().filter_map(|event| match event {
                    SessionEvent::EpochStarted { cause, .. } => Some(cause),
                    _ => None,
                }));
                let keys = (session.current_frame() / 9) as u8;
                session.advance(self.now, keys).expect("the match goes on");
            }
            if until(self) {
                return true;
            }
        }
        false
    }

    fn restart_guest(&mut self) {
        let (nowhere, _) = Link::pair(LinkConfig::new(0, 0, 0, 0));
        let path = self.sessions[1].replace_transport(nowhere);
        self.sessions[1] = session(1, path, true, self.now);
        self.causes[1].clear();
    }

    fn assert_in_sync_after(&mut self, frames: u32) {
        let is_there = |pair: &mut Self| {
            let mut sessions = pair.sessions.iter();
            sessions.all(|session| session.phase() == Phase::Running && session.confirmed_frame() >= frames)
        };
        assert!(self.run_ticks(frames + 600, is_there), "{:?}", self.causes);
        let [a, b] = &self.sessions;
        let common = a.confirmed_frame().min(b.confirmed_frame());
        assert!(a.checksum_at(common).is_some());
        assert_eq!(a.checksum_at(common), b.checksum_at(common));
        assert_eq!((a.match_seed(), a.stats().desyncs), (b.match_seed(), b.stats().desyncs));
    }
}

fn is_rematch(cause: &EpochCause) -> bool {
    matches!(cause, EpochCause::Rematch { .. })
}

#[test]
fn a_game_that_ignores_the_seed_has_its_rematch_from_the_start_state() {
    let mut pair = Pair::new();
    pair.assert_in_sync_after(100);
    for session in &mut pair.sessions {
        session.rematch().expect("connected");
    }
    let has_begun = |pair: &mut Pair| pair.causes.iter().all(|causes| causes.iter().any(is_rematch));
    assert!(pair.run_ticks(100, has_begun));
    pair.assert_in_sync_after(100);
}

#[test]
fn a_rematch_agreed_while_a_state_is_on_its_way_takes_its_place() {
    let mut pair = Pair::new();
    pair.assert_in_sync_after(100);
    pair.restart_guest();
    let is_sent = |pair: &mut Pair| pair.sessions.iter().all(|session| session.phase() == Phase::Resuming);
    assert!(pair.run_ticks(200, is_sent), "the state is on its way");
    for session in &mut pair.sessions {
        session.rematch().expect("connected");
    }
    let has_begun = |pair: &mut Pair| pair.causes.iter().all(|causes| causes.iter().any(is_rematch));
    assert!(pair.run_ticks(600, has_begun), "{:?}", pair.causes);
    // Far beyond the time that a state may take.
    pair.assert_in_sync_after(2400);
    assert!(
        pair.causes
            .iter()
            .all(|causes| causes.iter().filter(|cause| is_rematch(cause)).count() == 1)
    );
}
