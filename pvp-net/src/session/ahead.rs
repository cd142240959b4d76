//! Owns the look ahead for drawing: what the state will be when this side's queued inputs have their effect.
//! Must not touch the match: it works on a copy, and what the game says on the way is thrown away.

use crate::guard::INPUT_DELAY_FRAMES_MAX;
use crate::simulation::{Events, Simulation};
use crate::transport::Transport;

use super::{Session, step_once};

impl<S: Simulation, T: Transport> Session<S, T> {
    /// The state `frames` frames after [`state`](Self::state) (at most 16), for drawing instead of it.
    ///
    /// The inputs of this side that wait for their delay are known, so with `frames` up to
    /// [`input_delay_frames`](Self::input_delay_frames) the own fighter answers to a key at once. The peer is assumed to do what it
    /// did last, so it is wrong more often than in `state`. Costs a copy of the state and `frames` steps in each call; without a
    /// call, nothing. Game events still come when their frames are simulated.
    pub fn state_ahead(&mut self, frames: u8) -> &S::State {
        let ahead = match &mut self.ahead {
            Some(ahead) => {
                ahead.clone_from(&self.state);
                ahead
            }
            none => none.insert(self.state.clone()),
        };
        let run = &self.run;
        let local = usize::from(self.config.local_player);
        let next = run.current_frame - run.base_frame;
        let mut sink = Events::new();
        for frame in next..next + u32::from(frames.min(INPUT_DELAY_FRAMES_MAX)) {
            let mut inputs = [S::Input::default(); 2];
            inputs[local] = run.exchange.sent_or_last(frame);
            inputs[1 - local] = run.exchange.received_or_last(frame);
            step_once(&self.simulation, ahead, &inputs, &mut sink);
        }
        ahead
    }
}
