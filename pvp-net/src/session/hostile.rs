//! Owns what only a cheating peer does to a session; feature `hostile`, for fuzzing.
//! Must not be reachable from any other feature.

use crate::simulation::Simulation;
use crate::transport::Transport;
use crate::wire::datagram;

use crate::hostile::{Forgery, Opened};
use crate::wire::bits::BitWriter;
use crate::wire::datagram::{ChecksumReport, Frames, Pulse, Sections};
use crate::wire::inputs;

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

    /// A datagram with these fields, true or not, and the tag that this session takes from its peer.
    pub fn forge_as_peer(&self, forgery: &Forgery<'_>) -> Vec<u8> {
        let frames = Frames {
            start: forgery.start,
            count: forgery.count,
            ack: forgery.ack,
        };
        let sections = Sections {
            pulse: forgery.ping.map(|(ping, sent_count)| Pulse {
                ping,
                sent_count,
                pong: forgery.pong,
            }),
            checksum: forgery
                .checksum
                .map(|(frame_low, checksum)| ChecksumReport { frame_low, checksum }),
            goodbye: forgery.goodbye,
            lane: forgery.lane,
        };
        let sender = 1 - self.config.local_player;
        let mut writer = BitWriter::default();
        datagram::write(&mut writer, self.context, sender, frames, sections, |writer| {
            for byte in forgery.raw_inputs {
                writer.write(u64::from(*byte), 8);
            }
            let blank = S::Input::default();
            let mut reference = bytemuck::bytes_of(&blank).to_vec();
            inputs::write(writer, &mut reference, forgery.inputs.iter().copied());
        });
        writer.bytes().to_vec()
    }

    /// Takes apart a datagram of play that this session has just sent; `None` if it is none.
    pub fn open_own(&self, packet: &[u8]) -> Option<Opened> {
        let (player, exchange) = (self.config.local_player, &self.run.exchange);
        let (sent, received) = (exchange.sent_count(), exchange.received_count());
        let mut datagram = datagram::read(packet, self.context, player, sent, received).ok()?;
        let frames = datagram.frames;
        let before = frames.start.checked_sub(1);
        let before = before.map_or_else(S::Input::default, |frame| exchange.sent_or_last(frame));
        let mut inputs = Vec::new();
        let mut reference = bytemuck::bytes_of(&before).to_vec();
        datagram.inputs(&mut reference, &mut inputs).ok()?;
        let sections = datagram.sections().ok()?;
        let mut writer = BitWriter::default();
        datagram::write(&mut writer, self.context, player, frames, sections, |writer| {
            let mut reference = bytemuck::bytes_of(&before).to_vec();
            inputs::write(writer, &mut reference, inputs.chunks_exact(size_of::<S::Input>()));
        });
        Some(Opened {
            epoch: self.context.epoch,
            start: frames.start,
            checksum: sections.checksum.map(|report| (report.frame_low, report.checksum)),
            goodbye: sections.goodbye,
            lane: sections.lane.map(<[u8]>::to_vec),
            is_all: writer.bytes() == packet,
            inputs,
        })
    }

    /// Sends a message of the session's own kind (the first byte) over the lane, in its turn and with a true tag.
    pub fn say_as_cheat(&mut self, message: &[u8]) {
        self.lane.send_vital(message.to_vec());
    }

    /// How many inputs this session has received and sent, as its peer can know from the datagrams.
    pub fn input_counts(&self) -> (u32, u32) {
        (self.run.exchange.received_count(), self.run.exchange.sent_count())
    }
}
