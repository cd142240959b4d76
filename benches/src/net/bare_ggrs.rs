//! `ggrs` as a user takes it: its own codec and socket format, no wrapper.
//!
//! It must not be tuned beyond what its documentation advises.

use std::rc::Rc;
use std::time::Duration;

use ggrs::{
    Config, DesyncDetection, GgrsEvent, GgrsRequest, Message, NonBlockingSocket, P2PSession, PlayerType,
    PredictRepeatLast, SessionBuilder, SessionState,
};
use pvp_net::transport::link::Link;

use super::contender::{INPUT_DELAY_FRAMES, PREDICTION_WINDOW_FRAMES, Peer, TickTime, Wire};
use super::game::{FRAME, Game, Script, State};

struct Setup;

impl Config for Setup {
    type Input = u16;
    type InputPredictor = PredictRepeatLast;
    type State = State;
    type Address = u8;
}

impl NonBlockingSocket<u8> for Wire {
    /// As `ggrs::UdpNonBlockingSocket` encodes.
    fn send_to(&mut self, message: &Message, _peer: &u8) {
        self.send(&bincode::serialize(message).expect("a message of ggrs encodes"));
    }

    fn receive_all_messages(&mut self) -> Vec<(u8, Message)> {
        let mut messages = Vec::new();
        while let Some(bytes) = self.receive() {
            if let Ok(message) = bincode::deserialize(bytes) {
                messages.push((0, message));
            }
        }
        messages
    }
}

pub(super) struct GgrsPeer {
    session: P2PSession<Setup>,
    game: Game,
    script: Rc<Script>,
    time: TickTime,
    player: usize,
    skip: u32,
}

impl GgrsPeer {
    pub(super) fn new(player: usize, link: Link, script: Rc<Script>) -> GgrsPeer {
        let (wire, time) = Wire::new(link);
        let session = SessionBuilder::<Setup>::new()
            .with_num_players(2)
            .and_then(|builder| builder.with_fps(60))
            .expect("valid settings")
            .with_max_prediction_window(usize::from(PREDICTION_WINDOW_FRAMES))
            .with_input_delay(usize::from(INPUT_DELAY_FRAMES))
            .with_desync_detection_mode(DesyncDetection::On { interval: 60 })
            .add_player(PlayerType::Local, player)
            .and_then(|builder| builder.add_player(PlayerType::Remote(0), 1 - player))
            .and_then(|builder| builder.start_p2p_session(wire))
            .expect("valid settings");
        GgrsPeer {
            session,
            game: Game::default(),
            script,
            time,
            player,
            skip: 0,
        }
    }

    fn carry_out(&mut self, requests: Vec<GgrsRequest<Setup>>) {
        for request in requests {
            match request {
                GgrsRequest::SaveGameState { cell, frame } => {
                    let state = self.game.state;
                    cell.save(frame, Some(state), Some(u128::from(state.digest)));
                }
                GgrsRequest::LoadGameState { cell, .. } => {
                    self.game.state = cell.load().expect("saved before");
                }
                GgrsRequest::AdvanceFrame { inputs } => {
                    self.game.advance([inputs[0].0, inputs[1].0]);
                }
            }
        }
    }
}

impl Peer for GgrsPeer {
    fn tick(&mut self, now: Duration) -> bool {
        self.time.set(now);
        self.session.poll_remote_clients();
        for event in self.session.events() {
            if let GgrsEvent::WaitRecommendation { skip_frames } = event {
                self.skip = skip_frames;
            }
        }
        if self.session.current_state() != SessionState::Running {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        let before = self.game.log.len();
        let frame = usize::try_from(self.session.current_frame()).unwrap_or(0);
        let input = self.script.input(frame, self.player);
        if self.session.add_local_input(self.player, input).is_ok()
            && let Ok(requests) = self.session.advance_frame()
        {
            self.carry_out(requests);
        }
        self.game.log.len() > before
    }

    fn is_running(&self) -> bool {
        self.session.current_state() == SessionState::Running
    }

    fn frame_duration(&self) -> Duration {
        FRAME
    }

    fn confirmed_frames(&self) -> usize {
        usize::try_from(self.session.confirmed_frame()).unwrap_or(0)
    }

    fn frames(&self) -> usize {
        self.game.log.len()
    }

    fn resimulated(&self) -> u64 {
        self.game.resimulated
    }

    fn digest(&self, frame: usize) -> Option<u64> {
        self.game.log.get(frame).copied()
    }
}
