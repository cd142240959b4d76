//! A session of `pvp-net` as a user takes it.
//!
//! It must not be tuned beyond what the other contenders get.

use std::rc::Rc;
use std::time::Duration;

use pvp_net::transport::link::Link;
use pvp_net::{Advance, Events, Phase, Session, SessionConfig, Simulation};

use super::contender::{INPUT_DELAY_FRAMES, PREDICTION_WINDOW_FRAMES, Peer};
use super::game::{Script, State};

/// The game's rules, as `pvp-net` wants them.
#[derive(Debug)]
pub(super) struct Rules;

impl Simulation for Rules {
    type Input = u16;
    type State = State;
    type Event = ();

    fn step(&self, state: &mut State, inputs: &[u16], _events: &mut Events<()>) {
        state.step([inputs[0], inputs[1]]);
    }

    fn checksum(&self, state: &State) -> u64 {
        state.digest
    }
}

pub(super) struct OurPeer {
    session: Session<Rules, Link>,
    script: Rc<Script>,
    player: usize,
}

impl OurPeer {
    pub(super) fn new(player: usize, link: Link, script: Rc<Script>) -> OurPeer {
        let config = SessionConfig {
            input_delay_frames: INPUT_DELAY_FRAMES,
            prediction_window_frames: PREDICTION_WINDOW_FRAMES,
            checksum_interval_frames: 60,
            entropy: 7 + player as u64,
            ..SessionConfig::new(player as u8, 1)
        };
        let session = Session::new(Rules, State::default(), link, config, Duration::ZERO).expect("valid settings");
        OurPeer {
            session,
            script,
            player,
        }
    }
}

impl Peer for OurPeer {
    fn tick(&mut self, now: Duration) -> bool {
        self.session.poll(now);
        drop(self.session.events());
        drop(self.session.game_events());
        let input = self.script.input(self.session.current_frame() as usize, self.player);
        matches!(self.session.advance(now, input), Ok(Advance::Stepped { .. }))
    }

    fn is_running(&self) -> bool {
        self.session.phase() == Phase::Running
    }

    fn frame_duration(&self) -> Duration {
        self.session.frame_duration()
    }

    fn confirmed_frames(&self) -> usize {
        self.session.confirmed_frame() as usize
    }

    fn frames(&self) -> usize {
        self.session.current_frame() as usize
    }

    fn resimulated(&self) -> u64 {
        self.session.stats().frames_resimulated
    }

    fn digest(&self, frame: usize) -> Option<u64> {
        self.session.checksum_at(frame as u32 + 1)
    }
}
