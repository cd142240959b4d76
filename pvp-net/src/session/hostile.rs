//! Owns what only a cheating peer does to a session; feature `hostile`, for fuzzing.
//! Must not be reachable from any other feature.

use crate::simulation::Simulation;
use crate::transport::Transport;
use crate::wire::datagram;

use super::Session;

impl<S: Simulation, T: Transport> Session<S, T> {
    /// Gives `packet` the tag that this session takes from its peer, whatever the rest says.
    pub fn sign_as_peer(&self, packet: &mut [u8]) {
        let exchange = &self.run.exchange;
        let sender = 1 - self.config.local_player;
        datagram::sign(
            packet,
            self.context,
            sender,
            exchange.received_count(),
            exchange.sent_count(),
        );
    }
}
