//! A bare `ggrs` session whose peer is this test: it speaks the bytes of `ggrs` 0.13.0 itself.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ggrs::{
    DesyncDetection, GgrsEvent, GgrsRequest, Message, NonBlockingSocket, P2PSession, PlayerType, PredictRepeatLast,
    SessionBuilder, SessionState,
};

const MAGIC: u16 = 7;
/// A timer of `ggrs` must not end the match while a slow machine runs the test.
const NEVER: Duration = Duration::from_secs(3600);

pub struct Game;

impl ggrs::Config for Game {
    type Input = u16;
    type InputPredictor = PredictRepeatLast;
    type State = ();
    type Address = u8;
}

#[derive(Default)]
struct Mailbox {
    incoming: VecDeque<Message>,
    outgoing: Vec<Vec<u8>>,
}

struct Socket(Arc<Mutex<Mailbox>>);

impl NonBlockingSocket<u8> for Socket {
    fn send_to(&mut self, message: &Message, _peer: &u8) {
        let bytes = bincode::serialize(message).unwrap();
        self.0.lock().unwrap().outgoing.push(bytes);
    }

    fn receive_all_messages(&mut self) -> Vec<(u8, Message)> {
        self.0
            .lock()
            .unwrap()
            .incoming
            .drain(..)
            .map(|message| (1, message))
            .collect()
    }
}

/// What an input message of `ggrs` says.
pub struct InputMessage {
    /// Disconnected flag and newest frame, for each player.
    pub statuses: Vec<(bool, i32)>,
    pub disconnect_requested: bool,
    pub start_frame: i32,
    pub ack_frame: i32,
    /// The run-length encoded inputs.
    pub payload: Vec<u8>,
}

/// The victim: player 0 of a running match with input delay 0 and window 8.
pub struct Bare {
    pub session: P2PSession<Game>,
    mailbox: Arc<Mutex<Mailbox>>,
    pub events: Vec<GgrsEvent<Game>>,
}

impl Bare {
    /// A match in which nothing was received yet.
    pub fn new() -> Self {
        Self::with(DesyncDetection::Off)
    }

    pub fn with(detection: DesyncDetection) -> Self {
        let mailbox = Arc::new(Mutex::new(Mailbox::default()));
        let session = SessionBuilder::<Game>::new()
            .with_num_players(2)
            .and_then(|builder| builder.add_player(PlayerType::Local, 0))
            .and_then(|builder| builder.add_player(PlayerType::Remote(1), 1))
            .and_then(|builder| {
                builder
                    .with_max_prediction_window(8)
                    .with_disconnect_timeout(NEVER)
                    .with_disconnect_notify_delay(NEVER)
                    .with_desync_detection_mode(detection)
                    .start_p2p_session(Socket(Arc::clone(&mailbox)))
            })
            .unwrap();
        let mut bare = Self {
            session,
            mailbox,
            events: Vec::new(),
        };
        bare.synchronize();
        bare
    }

    /// A match of `frames` honest frames, all confirmed.
    pub fn after(frames: i32) -> Self {
        let mut bare = Self::new();
        bare.play(frames);
        bare
    }

    pub fn play(&mut self, frames: i32) {
        for frame in 0..frames {
            self.deliver_input(&InputMessage::honest(frame, 1, frame - 1));
            self.tick();
        }
        assert_eq!(self.session.current_frame(), frames);
    }

    fn synchronize(&mut self) {
        for _ in 0..16 {
            self.session.poll_remote_clients();
            let requests: Vec<_> = self.mailbox.lock().unwrap().outgoing.drain(..).collect();
            for request in requests {
                if request[2..6] == [0; 4] {
                    self.deliver(1, &request[6..]);
                }
            }
        }
        assert!(self.session.current_state() == SessionState::Running);
    }

    /// Puts a message with this tag and these fields into the victim's socket.
    pub fn deliver(&mut self, tag: u32, fields: &[u8]) {
        let mut bytes = MAGIC.to_le_bytes().to_vec();
        bytes.extend(tag.to_le_bytes());
        bytes.extend(fields);
        let message = bincode::deserialize(&bytes).expect("a message of ggrs");
        self.mailbox.lock().unwrap().incoming.push_back(message);
    }

    pub fn deliver_input(&mut self, input: &InputMessage) {
        self.deliver(2, &input.to_bytes());
    }

    /// Receives what was delivered, and advances by one frame if the window allows it.
    pub fn tick(&mut self) {
        self.session.add_local_input(0, 0).unwrap();
        for request in self.session.advance_frame().unwrap() {
            if let GgrsRequest::SaveGameState { cell, frame } = request {
                cell.save(frame, None, Some(1));
            }
        }
        self.events.extend(self.session.events());
    }

    /// How many messages the victim has sent since the last call.
    pub fn take_sent(&mut self) -> usize {
        std::mem::take(&mut self.mailbox.lock().unwrap().outgoing).len()
    }
}

impl InputMessage {
    /// `count` unchanged inputs from `start_frame` on.
    pub fn honest(start_frame: i32, count: usize, ack_frame: i32) -> Self {
        let deltas = [2, 0, 0, 0].repeat(count);
        Self {
            statuses: vec![(false, start_frame); 2],
            disconnect_requested: false,
            start_frame,
            ack_frame,
            payload: literal(&deltas),
        }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = (self.statuses.len() as u64).to_le_bytes().to_vec();
        for (is_disconnected, frame) in &self.statuses {
            bytes.push(u8::from(*is_disconnected));
            bytes.extend(frame.to_le_bytes());
        }
        bytes.push(u8::from(self.disconnect_requested));
        bytes.extend(self.start_frame.to_le_bytes());
        bytes.extend(self.ack_frame.to_le_bytes());
        bytes.extend((self.payload.len() as u64).to_le_bytes());
        bytes.extend(&self.payload);
        bytes
    }
}

/// A literal run of the run-length code.
pub fn literal(bytes: &[u8]) -> Vec<u8> {
    let mut run = varint((bytes.len() as u64) << 1);
    run.extend(bytes);
    run
}

/// A run of `length` equal bytes, zeros or ones, in the run-length code.
pub fn run(length: u64, is_ones: bool) -> Vec<u8> {
    varint(length << 2 | u64::from(is_ones) << 1 | 1)
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
